//! [`Change`]: one change of a folder.

use crate::{id::MessageId, message::Flags};

/// One change of the open folder, from [`Mailbox::next_change`](crate::Mailbox::next_change) and
/// [`Mailbox::changes_since`](crate::Mailbox::changes_since).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// The folder holds more messages than before: list those after the last known one.
    #[non_exhaustive]
    New {
        /// All messages of the folder, counted.
        messages: u64,
    },
    /// A message was removed.
    #[non_exhaustive]
    Removed {
        /// Its id; `None` when the server told only a sequence number that no call has named yet.
        id: Option<MessageId>,
    },
    /// The flags of a message changed.
    #[non_exhaustive]
    Flags {
        /// Its id; `None` when the server told only a sequence number that no call has named yet.
        id: Option<MessageId>,
        /// Its flags now.
        flags: Flags,
    },
    /// The server wants a person to read this; escaped, at most 1,024 bytes.
    Alert(String),
    /// There were more changes than are kept, or the server contradicted itself: list again.
    Resync,
    /// The folder has another UIDVALIDITY (RFC 9051 section 2.3.1.1): every id of it is stale. Open
    /// it again and list again.
    Reset,
}

/// For implementations of [`Mailbox`](crate::Mailbox) outside of this crate.
impl Change {
    /// The folder holds more messages than before.
    #[must_use]
    pub const fn new_messages(messages: u64) -> Self {
        Self::New { messages }
    }

    /// A message was removed.
    #[must_use]
    pub const fn removed(id: Option<MessageId>) -> Self {
        Self::Removed { id }
    }

    /// The flags of a message changed.
    #[must_use]
    pub const fn flags(id: Option<MessageId>, flags: Flags) -> Self {
        Self::Flags { id, flags }
    }
}
