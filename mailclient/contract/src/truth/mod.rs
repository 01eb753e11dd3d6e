//! The content of the server, and what another client does to it. Neither goes through
//! `mailclient`.

mod real;
mod session;

use std::io;

use mail_testserver::TestServer;

use crate::USER;

pub use self::real::RealServer;
pub(crate) use self::session::Session;

/// The server that a suite compares with.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Truth<'s> {
    /// The embedded one, looked at from inside.
    Embedded(&'s TestServer),
    /// Another one, looked at over IMAP.
    Real(&'s RealServer),
}

impl<'s> From<&'s TestServer> for Truth<'s> {
    fn from(server: &'s TestServer) -> Self {
        Self::Embedded(server)
    }
}

impl<'s> From<&'s RealServer> for Truth<'s> {
    fn from(server: &'s RealServer) -> Self {
        Self::Real(server)
    }
}

/// A message on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) uid: u32,
    /// Its flags as the server spells them, without `\Recent`, sorted.
    pub(crate) flags: Vec<String>,
    pub(crate) bytes: Vec<u8>,
}

impl Stored {
    fn new(uid: u32, mut flags: Vec<String>, bytes: Vec<u8>) -> Self {
        flags.retain(|flag| flag != "\\Recent");
        flags.sort();
        Self { uid, flags, bytes }
    }

    pub(crate) fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|one| one == flag)
    }

    pub(crate) fn contains(&self, text: &str) -> bool {
        self.bytes.windows(text.len()).any(|bytes| bytes == text.as_bytes())
    }
}

impl Truth<'_> {
    /// The messages of a folder, oldest first; `/` separates the levels of its name.
    pub(crate) fn stored(self, folder: &str) -> io::Result<Vec<Stored>> {
        let server = match self {
            Self::Embedded(server) => server,
            Self::Real(server) => return server.stored(folder),
        };
        let messages = server.messages(USER, folder);
        let messages = messages.ok_or_else(|| io::Error::other(format!("no folder {folder}")))?;
        let stored = messages
            .into_iter()
            .map(|message| Stored::new(message.uid, message.flags, message.bytes.to_vec()));
        Ok(stored.collect())
    }

    /// The names of all folders, with `/` between their levels.
    pub(crate) fn folders(self) -> io::Result<Vec<String>> {
        match self {
            Self::Embedded(server) => Ok(server.folders(USER)),
            Self::Real(server) => server.folders(),
        }
    }

    /// Lets a message arrive in INBOX.
    pub(crate) fn deliver(self, message: Vec<u8>) -> io::Result<()> {
        match self {
            Self::Embedded(server) => server.deliver(USER, "INBOX", message).map(drop),
            Self::Real(server) => server.append("INBOX", &message),
        }
    }
}
