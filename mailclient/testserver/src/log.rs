//! What happened to the messages and folders of a server, in the order in which it happened.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;

/// Entries that are kept. A test has fewer; a flood of changes must not fill the memory.
const KEPT: usize = 65_536;

/// Bytes of messages that the entries keep from being freed, at most.
const KEPT_BYTES: usize = 512 << 20;

/// One change, by a session of either protocol or by a test.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogEntry {
    /// Whose mailbox it was.
    pub user: String,
    /// The name of the folder at that time; `/` separates the levels.
    pub folder: String,
    /// What happened.
    pub change: Change,
}

/// What happened to a message or to a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A message was stored: delivered, appended, copied or moved here.
    #[non_exhaustive]
    Stored {
        /// Its UID.
        uid: u32,
        /// Its flags, with their backslashes.
        flags: Vec<String>,
        /// The message.
        bytes: Bytes,
    },
    /// A message was deleted for good: expunged, moved away, or removed by POP3.
    #[non_exhaustive]
    Deleted {
        /// Its UID.
        uid: u32,
        /// The message.
        bytes: Bytes,
    },
    /// The flags of a message were changed.
    #[non_exhaustive]
    Flagged {
        /// Its UID.
        uid: u32,
        /// Its flags after the change, with their backslashes.
        flags: Vec<String>,
        /// The message.
        bytes: Bytes,
    },
    /// Gmail's labels of a message were changed.
    #[non_exhaustive]
    Labelled {
        /// Its UID.
        uid: u32,
        /// Its labels after the change.
        labels: Vec<String>,
        /// The message.
        bytes: Bytes,
    },
    /// The folder was made.
    FolderCreated,
    /// The folder was deleted. Its messages are told before, as deleted.
    FolderDeleted,
    /// The folder was renamed; its messages stay.
    #[non_exhaustive]
    FolderRenamed {
        /// The new name.
        to: String,
    },
    /// The folder was subscribed.
    Subscribed,
    /// The folder was unsubscribed.
    Unsubscribed,
}

impl Change {
    /// The bytes that an entry keeps: message, flags or labels, and a new name.
    fn len(&self) -> usize {
        match self {
            Self::Stored { bytes, flags: words, .. }
            | Self::Flagged { bytes, flags: words, .. }
            | Self::Labelled { bytes, labels: words, .. } => {
                let words = words.iter().map(|word| word.len() + size_of::<String>());
                bytes.len() + words.sum::<usize>()
            }
            Self::Deleted { bytes, .. } => bytes.len(),
            Self::FolderRenamed { to } => to.len(),
            _ => 0,
        }
    }
}

/// The entries of one server.
#[derive(Debug, Default)]
pub(super) struct Log(Mutex<Inside>);

#[derive(Debug, Default)]
struct Inside {
    entries: VecDeque<LogEntry>,
    bytes: usize,
}

impl Log {
    pub(super) fn push(&self, entry: LogEntry) {
        let mut inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inside.bytes += entry.change.len();
        inside.entries.push_back(entry);
        while inside.entries.len() > KEPT || inside.bytes > KEPT_BYTES {
            let Some(oldest) = inside.entries.pop_front() else {
                return;
            };
            inside.bytes = inside.bytes.saturating_sub(oldest.change.len());
        }
    }

    pub(super) fn entries(&self) -> Vec<LogEntry> {
        let inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inside.entries.iter().cloned().collect()
    }

    pub(super) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Inside::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(uid: u32, bytes: &Bytes) -> LogEntry {
        let change = Change::Deleted { uid, bytes: bytes.clone() };
        LogEntry { user: "alice".into(), folder: "INBOX".into(), change }
    }

    #[test]
    fn flags_and_names_count_like_messages() {
        let (flags, bytes) = (vec!["abc".into()], Bytes::from_static(b"xx"));
        let flagged = Change::Flagged { uid: 1, flags, bytes };
        assert_eq!(flagged.len(), 2 + 3 + size_of::<String>());
        assert_eq!(Change::FolderRenamed { to: "name".into() }.len(), 4);
    }

    #[test]
    fn the_oldest_entries_go_first() {
        let (log, none) = (Log::default(), Bytes::new());
        for uid in 0..70_000 {
            log.push(entry(uid, &none));
        }
        let entries = log.entries();
        assert_eq!(entries.len(), KEPT);
        assert_eq!(entries.last(), Some(&entry(69_999, &none)));
        let large = Bytes::from(vec![0; 64 << 20]);
        for uid in 0..9 {
            log.push(entry(uid, &large));
        }
        assert_eq!(log.entries().len(), 8);
        log.clear();
        assert_eq!(log.entries(), []);
    }
}
