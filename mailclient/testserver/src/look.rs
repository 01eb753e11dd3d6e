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
    store::{Account, NewMessage, Refusal},
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
    /// told at once. `/` separates the levels of the folder. The bytes are stored unchanged: end
    /// the lines with CRLF, as mail that arrives at a server has them.
    ///
    /// # Errors
    /// There is no such user or folder ([`NotFound`](io::ErrorKind::NotFound)), or a limit or the
    /// quota leaves no room ([`QuotaExceeded`](io::ErrorKind::QuotaExceeded)).
    pub fn deliver(&self, user: &str, folder: &str, message: impl Into<Bytes>) -> io::Result<u32> {
        let now = self.shared.clock.now();
        let content = Arc::new(Content::new(message.into()));
        let message = NewMessage { content, flags: Vec::new(), date: now, saved: now };
        let account = self.account(user).ok_or_else(|| no_user(user))?;
        let stored = account.append(folder, message);
        stored.map(|(_, uid)| uid).map_err(|refusal| not_stored(user, folder, refusal))
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

/// The error for a user that the server does not have.
pub(super) fn no_user(user: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("no user {user:?}"))
}

/// The error for a message that could not be stored.
pub(super) fn not_stored(user: &str, folder: &str, refusal: Refusal) -> io::Error {
    match refusal {
        Refusal::NonExistent => {
            let what = format!("user {user:?} has no folder {folder:?}; Builder::folder makes one");
            io::Error::new(io::ErrorKind::NotFound, what)
        }
        _ => {
            let what = format!("the limits or the quota leave no room in {folder:?} of {user:?}");
            io::Error::new(io::ErrorKind::QuotaExceeded, what)
        }
    }
}
