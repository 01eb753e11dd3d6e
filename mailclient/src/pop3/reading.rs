//! [`Reading`]: one body on its way.

use pop3_proto::{Command, CommandId, MessageNumber};

use crate::{
    error::{Error, Result},
    id::MessageId,
};

/// A body that is asked for, or being pulled.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) id: MessageId,
    pub(super) command: CommandId,
    pub(super) what: What,
    /// The size that LIST told.
    pub(super) size: Option<u64>,
    pub(super) received: u64,
    pub(super) is_complete: bool,
}

/// The part to read of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
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
}

impl Reading {
    /// An empty message where the listing told a size is not the message.
    pub(super) fn finish(&self) -> Result<()> {
        if !self.is_complete {
            return Err(Error::inconsistent("a message ended without its end"));
        }
        let is_hollow = self.what == What::Whole && self.received == 0;
        if is_hollow && self.size.is_some_and(|size| size > 0) {
            let reason = "the server gives an empty message in its place";
            return Err(Error::damaged(Some(self.id.clone()), reason, b""));
        }
        Ok(())
    }
}

pub(super) const fn command(what: What, number: MessageNumber) -> Command<'static> {
    match what {
        What::Whole => Command::Retr(number),
        What::Headers => Command::Top { number, lines: 0 },
    }
}
