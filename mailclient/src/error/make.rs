//! Errors for token sources, and for implementations of [`Mailbox`](crate::Mailbox) outside of this
//! crate. What a server did is told with the same values as in this one, so that
//! [`is_transient`](Error::is_transient) and its relatives answer in the same way.

use std::{error::Error as StdError, fmt, io, sync::Arc};

use crate::{
    error::{Damage, Error, Refusal, Stage},
    folder::FolderName,
    id::MessageId,
    message::NotADateTime,
};

/// Constructors, for token sources and for implementations of [`Mailbox`](crate::Mailbox).
impl Error {
    /// A token source cannot give a token until a person acts: signs in again, grants consent.
    /// [`is_auth`](Self::is_auth) is true.
    #[must_use]
    pub fn token(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Token { source: source.into(), transient: false }
    }

    /// A message of so many bytes, of which the server takes `limit` at most.
    #[must_use]
    pub const fn too_large(size: u64, limit: u64) -> Self {
        Self::TooLarge { size, limit }
    }

    /// A token source cannot give a token for now: its server is down, or the network.
    /// [`is_transient`](Self::is_transient) is true.
    #[must_use]
    pub fn token_for_now(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Token { source: source.into(), transient: true }
    }

    /// The server cannot be reached.
    #[must_use]
    pub fn connect(host: impl Into<Box<str>>, port: u16, source: io::Error) -> Self {
        Self::Connect { host: host.into(), port, source }
    }

    /// The server did not answer in time.
    #[must_use]
    pub fn timeout(stage: Stage) -> Self {
        Self::Timeout { stage, said: "".into() }
    }

    /// The connection is closed.
    #[must_use]
    pub fn closed() -> Self {
        Self::closed_saying("")
    }

    /// The server closed the connection, with these words.
    #[must_use]
    pub fn closed_saying(said: impl Into<Box<str>>) -> Self {
        Self::Closed { said: said.into(), source: None }
    }

    /// The transport broke.
    #[must_use]
    pub fn closed_by(source: io::Error) -> Self {
        Self::Closed { said: "".into(), source: Some(Arc::new(source)) }
    }

    /// The login was refused.
    #[must_use]
    pub fn auth(mechanism: &'static str, refusal: Refusal) -> Self {
        Self::Auth { mechanism, refusal: Box::new(refusal) }
    }

    /// The connection ended, as `source` says, before the command was answered.
    #[must_use]
    pub fn unknown(command: &'static str, source: Self) -> Self {
        Self::Unknown { command, source: Box::new(source) }
    }

    /// The id is of another folder than the one that is open.
    #[must_use]
    pub fn other_folder(id: MessageId, open: FolderName) -> Self {
        Self::OtherFolder { id: Box::new(id), open }
    }

    /// The message is not (or no longer) in the open folder.
    #[must_use]
    pub fn no_such_message(id: MessageId) -> Self {
        Self::NoSuchMessage(Box::new(id))
    }

    /// A part of an answer cannot be read: that of one message, or a single line.
    #[must_use]
    pub fn damaged(id: Option<MessageId>, reason: impl Into<Box<str>>, raw: &[u8]) -> Self {
        Self::Damaged(Box::new(Damage::new(id, reason, raw)))
    }

    /// There is more of something, named with its unit, than `limit`.
    #[must_use]
    pub const fn limit(what: &'static str, limit: u64) -> Self {
        Self::Limit { what, limit }
    }

    /// The caller's reader or writer failed, and the mailbox is usable.
    #[must_use]
    pub const fn local(source: io::Error) -> Self {
        Self::Local { source, closed: false }
    }

    /// The caller's fault; nothing was sent.
    #[must_use]
    pub fn misuse(reason: impl fmt::Display) -> Self {
        Self::Misuse(reason.to_string().into())
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<Damage> for Error {
    fn from(damage: Damage) -> Self {
        Self::Damaged(Box::new(damage))
    }
}

impl From<NotADateTime> for Error {
    fn from(error: NotADateTime) -> Self {
        Self::misuse(error)
    }
}
