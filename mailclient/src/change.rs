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

impl SyncState {
    /// Moves the state past a row that was told. Only the last row, [`Change::State`], moves it
    /// past changes of flags: until then they are told again. Rows about other folders are ignored,
    /// and so is [`Change::Reset`]: go on with a [`new`](Self::new) state.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::New { id: Some(id), .. } => {
                if let Some(uid) = self.uid(id) {
                    self.known.insert(uid);
                    self.uid_next = self.uid_next.max(uid.get().saturating_add(1));
                }
            }
            Change::Removed { id: Some(id) } => {
                if let Some(uid) = self.uid(id) {
                    self.known.remove_range(uid, uid);
                }
            }
            Change::State(state) => self.clone_from(state),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_moves_past_each_row_of_its_folder() {
        let mut state: SyncState = "sync1:1:4:7:1-3:INBOX".parse().unwrap();
        let id = |text: &str| Some(text.parse().unwrap());
        for (change, after) in [
            (Change::removed(id("imap1:1:2:INBOX")), "sync1:1:4:7:1,3:INBOX"),
            (Change::removed(id("imap1:1:3:Archive")), "sync1:1:4:7:1,3:INBOX"),
            (Change::removed(id("imap1:2:3:INBOX")), "sync1:1:4:7:1,3:INBOX"),
            (Change::removed(id("pop1:a")), "sync1:1:4:7:1,3:INBOX"),
            (Change::removed(None), "sync1:1:4:7:1,3:INBOX"),
            (
                Change::new_message(id("imap1:1:8:INBOX").unwrap(), None, 3),
                "sync1:1:9:7:1,3,8:INBOX",
            ),
            (Change::new_messages(4), "sync1:1:9:7:1,3,8:INBOX"),
            (Change::Reset, "sync1:1:9:7:1,3,8:INBOX"),
            (Change::State("sync1:1:9:8:1:INBOX".parse().unwrap()), "sync1:1:9:8:1:INBOX"),
        ] {
            state.apply(&change);
            assert_eq!(state.to_string(), after, "{change:?}");
        }
    }
}
