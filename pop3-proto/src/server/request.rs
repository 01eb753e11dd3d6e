//! Commands that are being answered.

use crate::response::encode::MessageEncoder;

/// Names one request of one connection, so that a responder answers no other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Token {
    pub(super) connection: usize,
    pub(super) request: u64,
}

/// Whose turn it is, and for what.
pub(super) enum Request {
    /// The client has to send a command.
    None,
    /// The client has to answer a challenge.
    SaslLine {
        /// Challenges so far.
        rounds: usize,
    },
    /// The caller has to decide on a command that it was shown.
    Screen,
    /// The caller has to answer USER and PASS, or APOP.
    Login,
    /// The caller has to answer AUTH or a line of SASL.
    Auth {
        /// Challenges so far.
        rounds: usize,
    },
    /// The caller has to answer RETR or TOP.
    Body {
        /// Of TOP.
        lines: Option<u32>,
    },
    /// The caller writes a message.
    Message(MessageEncoder),
    /// The caller has to answer QUIT.
    Quit,
}

impl Request {
    /// The client has to send a line.
    pub(super) const fn waits_for_client(&self) -> bool {
        matches!(self, Self::None | Self::SaslLine { .. })
    }
}

/// A listing of the maildrop that is being written piece by piece.
pub(super) struct Listing {
    pub(super) items: Items,
    /// The index from which on messages have to be listed.
    pub(super) next: usize,
}

pub(super) enum Items {
    Sizes,
    UniqueIds,
}
