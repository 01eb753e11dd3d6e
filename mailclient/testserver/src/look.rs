//! What a test does to a running server besides connecting to it: delivers messages, looks into the
//! mailboxes, reads the log.

use std::{
    io,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;

use super::{
    TestServer,
    auth::find,
    faults::Faults,
    folder::Content,
    log::LogEntry,
    store::{Account, NewMessage},
};

/// A message in a mailbox, as [`TestServer::messages`] shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredMessage {
    /// Its UID.
    pub uid: u32,
    /// Its flags, with their backslashes.
    pub flags: Vec<String>,
    /// INTERNALDATE.
    pub date: SystemTime,
    /// The message.
    pub bytes: Bytes,
}

impl TestServer {
    /// Delivers a message, as a mail transfer agent does, and returns its UID. Sessions in IDLE are
    /// told at once. `/` separates the levels of the folder.
    ///
    /// # Errors
    /// There is no such user or folder, or no room in it.
    pub fn deliver(&self, user: &str, folder: &str, message: impl Into<Bytes>) -> io::Result<u32> {
        let now = self.shared.clock.now();
        let content = Arc::new(Content::new(message.into()));
        let message = NewMessage { content, flags: Vec::new(), date: now, saved: now };
        let stored = self.account(user).and_then(|account| account.append(folder, message).ok());
        stored.map(|(_, uid)| uid).ok_or_else(|| {
            let what = format!("no user {user:?} with room in a folder {folder:?}");
            io::Error::new(io::ErrorKind::InvalidInput, what)
        })
    }

    /// The faults of the server, to be switched on and off while it runs.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.shared.faults.clone()
    }

    /// The messages in a folder of a user; `None` if there is no such folder.
    #[must_use]
    pub fn messages(&self, user: &str, folder: &str) -> Option<Vec<StoredMessage>> {
        self.account(user)?.look(folder, |folder| {
            let messages = folder.messages().iter();
            let stored = messages.map(|message| StoredMessage {
                uid: message.uid,
                flags: message.flag_names(),
                date: UNIX_EPOCH + Duration::from_secs(u64::try_from(message.date).unwrap_or(0)),
                bytes: message.content.octets.clone(),
            });
            stored.collect()
        })
    }

    /// The names of a user's folders, INBOX first; empty for a user that does not exist.
    #[must_use]
    pub fn folders(&self, user: &str) -> Vec<String> {
        let listed = self.account(user).map(|account| account.list()).unwrap_or_default();
        listed.into_iter().filter(|listed| listed.exists).map(|listed| listed.name).collect()
    }

    /// What happened to messages and folders since the start, or since
    /// [`clear_log`](Self::clear_log), in its order. Of very many entries the oldest are dropped.
    #[must_use]
    pub fn log(&self) -> Vec<LogEntry> {
        self.shared.log.entries()
    }

    /// Empties the log.
    pub fn clear_log(&self) {
        self.shared.log.clear();
    }

    fn account(&self, user: &str) -> Option<Arc<Account>> {
        find(&self.shared.accounts, user.as_bytes())
    }
}
