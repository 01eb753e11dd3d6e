//! [`Change`]: one change of the open folder.

use crate::message::{Flags, MessageId};

/// One change of the open folder, from [`Mailbox::next_change`](crate::Mailbox::next_change).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// The folder now holds this many messages, more than before.
    New {
        /// All messages of the folder, counted.
        messages: u32,
    },
    /// A message was removed.
    Removed {
        /// Its id; `None` when the server told only a sequence number.
        id: Option<MessageId>,
    },
    /// The flags of a message changed.
    Flags {
        /// Its id; `None` when the server told only a sequence number.
        id: Option<MessageId>,
        /// Its flags now.
        flags: Flags,
    },
    /// The server wants a person to read this.
    Alert(String),
    /// There were more changes than are kept, or the server contradicted itself: list again.
    Resync,
}
