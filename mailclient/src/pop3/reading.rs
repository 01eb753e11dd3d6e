//! [`Asked`]: one body on its way.

use pop3_proto::{Command, CommandId, MessageNumber};

use crate::{
    error::{Error, Result},
    id::MessageId,
    in_flight::{HEADER, Share},
};

/// A body that is asked for, or being pulled.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) id: MessageId,
    pub(super) command: CommandId,
    pub(super) share: Share,
    /// The size that LIST told.
    pub(super) size: Option<u64>,
    pub(super) received: u64,
    pub(super) is_complete: bool,
}

/// The part to read of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Whole,
    Headers,
}

impl What {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Whole => "RETR",
            Self::Headers => "TOP",
        }
    }

    pub(super) const fn command(self, number: MessageNumber) -> Command<'static> {
        match self {
            Self::Whole => Command::Retr(number),
            Self::Headers => Command::Top { number, lines: 0 },
        }
    }

    /// The bytes to expect of a message of this size; of a header, about.
    pub(super) fn bytes(self, size: Option<u64>) -> Option<u64> {
        match self {
            Self::Whole => size,
            Self::Headers => Some(size.unwrap_or(HEADER).min(HEADER)),
        }
    }
}

impl Asked {
    /// An empty message where the listing told a size is not the message.
    pub(super) fn finish(&self, what: What) -> Result<()> {
        if !self.is_complete {
            return Err(Error::inconsistent("a message ended without its end"));
        }
        let is_hollow = what == What::Whole && self.received == 0;
        if is_hollow && self.size.is_some_and(|size| size > 0) {
            let reason = "the server gives an empty message in its place";
            return Err(Error::damaged(Some(self.id.clone()), reason, b""));
        }
        Ok(())
    }
}
