//! [`Change`]: one change of a folder.

use crate::{id::MessageId, message::Flags, sync::SyncState};

/// One change of the open folder, from [`Mailbox::next_change`](crate::Mailbox::next_change) and
/// [`Mailbox::changes_since`](crate::Mailbox::changes_since).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// The folder holds more messages than before.
    #[non_exhaustive]
    New {
        /// The new message; `None` when the server told only the count: list the messages after the
        /// last known one.
        id: Option<MessageId>,
        /// Its flags, if the server told them.
        flags: Option<Flags>,
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
    /// Everything up to here was told: the last row of
    /// [`Mailbox::changes_since`](crate::Mailbox::changes_since).
    State(SyncState),
}

/// For implementations of [`Mailbox`](crate::Mailbox) outside of this crate.
impl Change {
    /// The folder holds more messages than before.
    #[must_use]
    pub const fn new_messages(messages: u64) -> Self {
        Self::New { id: None, flags: None, messages }
    }

    /// A message that was not there before, and how many there are now.
    #[must_use]
    pub const fn new_message(id: MessageId, flags: Option<Flags>, messages: u64) -> Self {
        Self::New { id: Some(id), flags, messages }
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
