//! [`Error`]: whose fault it is and what to do about it.

mod advice;
mod make;
mod partial;
mod protocol;
pub(crate) mod refusal;
mod tls;
mod versions;
pub(crate) mod words;

use std::{error::Error as StdError, fmt, io, sync::Arc, time::Duration};

use bytes::Bytes;
use zeroize::Zeroizing;

pub(crate) use self::advice::Advice;
pub use self::{protocol::ProtocolError, refusal::Refusal, tls::TlsError, versions::Versions};
use crate::{
    feature::Feature,
    folder::{FolderName, NotAFolderName},
    id::{MessageId, NotAMessageId},
    message::Flags,
    report::Report,
};

/// The result of most calls.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed.
///
/// | variant | what to do |
/// |---|---|
/// | [`Connect`], [`Closed`] | reconnect, with a growing pause |
/// | [`Timeout`] | reconnect; at stage *greeting* check port and security first |
/// | [`Tls`] | ask the user: wrong host, unknown root or port; never skip verification |
/// | [`Auth`] | ask for the password or fetch a new token; retry only if `is_transient` |
/// | [`Token`] | as the token source says: sign in again, or retry if `is_transient` |
/// | [`Refused`] | read the code; retry later if `is_transient`, else tell the user |
/// | [`Partial`] | look at the report; repeat `report.to_repeat()` if `is_transient` |
/// | [`Unknown`] | reconnect and check whether it happened before repeating it |
/// | [`Replacement`] | look which version is there; if both, delete the old one |
/// | [`Unsupported`] | offer something else; `features()` tells beforehand |
/// | [`NoSuchMessage`], [`StaleId`] | list again |
/// | [`OtherFolder`], [`NoFolder`] | open the folder |
/// | [`NoSuchPart`] | ask for the structure again |
/// | [`Damaged`] | this message alone cannot be read; the rest is fine |
/// | [`Limit`] | raise the limit, or stream instead of collecting |
/// | [`TooLarge`] | make the message smaller |
/// | [`NotKept`] | offer only what `OpenFolder::permanent_flags` has |
/// | [`Local`] | fix the reader or writer that was given; reconnect if `needs_reconnect` |
/// | [`ReadOnly`], [`WrongProtocol`], [`Misuse`], [`Account`] | fix the caller |
/// | [`Protocol`] | reconnect; if it repeats, report it with the server's name |
///
/// A recipe for all that passes by itself. [`Connect`](crate::Connect) opens a mailbox anew, and
/// the work looks what is there before it repeats a change that nothing confirmed ([`Unknown`]):
///
/// ```
/// # use std::time::Duration;
/// # use mailclient::{Connect, Error, Mailbox, Result};
/// /// Does a piece of work, again and again until it is done or a person has to act.
/// async fn until_done(
///     connect: &mut dyn Connect,
///     work: impl AsyncFn(&mut dyn Mailbox) -> Result<()>,
/// ) -> Result<()> {
///     let mut pause = Duration::from_secs(1);
///     loop {
///         let done = match connect.connect().await {
///             Ok(mut mailbox) => work(&mut *mailbox).await,
///             Err(error) => Err(error),
///         };
///         match done {
///             Err(error) if error.is_transient() || matches!(error, Error::Unknown { .. }) => {
///                 tokio::time::sleep(error.retry_after().unwrap_or(pause)).await;
///                 pause = (pause * 2).min(Duration::from_secs(300));
///             }
///             other => return other, // Done, or see the table.
///         }
///     }
/// }
/// ```
///
/// [`Connect`]: Self::Connect
/// [`Closed`]: Self::Closed
/// [`Timeout`]: Self::Timeout
/// [`Tls`]: Self::Tls
/// [`Auth`]: Self::Auth
/// [`Token`]: Self::Token
/// [`Refused`]: Self::Refused
/// [`Partial`]: Self::Partial
/// [`Unknown`]: Self::Unknown
/// [`Replacement`]: Self::Replacement
/// [`Unsupported`]: Self::Unsupported
/// [`NoSuchMessage`]: Self::NoSuchMessage
/// [`StaleId`]: Self::StaleId
/// [`OtherFolder`]: Self::OtherFolder
/// [`NoFolder`]: Self::NoFolder
/// [`NoSuchPart`]: Self::NoSuchPart
/// [`Damaged`]: Self::Damaged
/// [`Limit`]: Self::Limit
/// [`TooLarge`]: Self::TooLarge
/// [`NotKept`]: Self::NotKept
/// [`Local`]: Self::Local
/// [`ReadOnly`]: Self::ReadOnly
/// [`WrongProtocol`]: Self::WrongProtocol
/// [`Misuse`]: Self::Misuse
/// [`Account`]: Self::Account
/// [`Protocol`]: Self::Protocol
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The TCP connection failed, at every address of the host.
    #[error("cannot connect to {host}:{port}")]
    #[non_exhaustive]
    Connect {
        /// The host that was tried.
        host: Box<str>,
        /// The port that was tried.
        port: u16,
        /// The error of the operating system, at the last address.
        source: io::Error,
    },
    /// TLS could not be established.
    #[error(transparent)]
    Tls(Box<TlsError>),
    /// The server did not answer in time; the connection is closed.
    #[error("no answer from the server {}{}", stage.waiting(), says(said))]
    #[non_exhaustive]
    Timeout {
        /// The step that was waited for.
        stage: Stage,
        /// The last words of the server (`BYE`), escaped; usually empty.
        said: Box<str>,
    },
    /// The connection is closed: the server ended it, the network broke it, or an earlier failure
    /// or a call that was cut short made it unusable.
    #[error("the connection is closed{}", says(said))]
    #[non_exhaustive]
    Closed {
        /// The last words of the server (`BYE`, `-ERR`), escaped; often empty.
        said: Box<str>,
        /// What the transport reported, if it was that.
        source: Option<Arc<io::Error>>,
    },
    /// The server broke the protocol; nothing that follows can be trusted.
    #[error("the server broke the protocol")]
    Protocol(#[source] Box<ProtocolError>),
    /// The server said no: `NO`, `BAD` or `-ERR`.
    #[error("the server refused {}: {}", .0.command, .0.reason())]
    Refused(Box<Refusal>),
    /// The login failed.
    #[error("login failed ({mechanism}): {}", refusal.reason())]
    #[non_exhaustive]
    Auth {
        /// The SASL mechanism, or the command that carried the password.
        mechanism: &'static str,
        /// The server's answer.
        refusal: Box<Refusal>,
    },
    /// The token source failed: see [`Error::token`].
    #[error("there is no access token for the login")]
    #[non_exhaustive]
    Token {
        /// Why.
        source: Box<dyn StdError + Send + Sync>,
        /// Whether trying again may help, without a person.
        transient: bool,
    },
    /// This mailbox cannot do it.
    #[error("not possible here: {0}")]
    Unsupported(Feature),
    /// Some messages are neither done nor gone: the report tells for each what happened to it. Or,
    /// after `expunge`, the folder that was open could not be opened again.
    #[error("{0}")]
    Partial(Box<Report>),
    /// The connection ended before the answer: the command may have been carried out. Do not repeat
    /// it without a check.
    #[error("the connection ended before the server confirmed {command}; it may have happened")]
    #[non_exhaustive]
    Unknown {
        /// The command without an answer.
        command: &'static str,
        /// How the connection ended.
        source: Box<Self>,
    },
    /// A message was replaced half-way, and at least one of its versions is there.
    #[error("the message was not replaced: {versions}")]
    #[non_exhaustive]
    Replacement {
        /// Which versions are there.
        versions: Versions,
        /// The id of the new one, if the server told it.
        new: Option<MessageId>,
        /// Why it stopped.
        source: Box<Self>,
    },
    /// The message is not (or no longer) in the open folder.
    #[error("there is no message {0} here")]
    NoSuchMessage(Box<MessageId>),
    /// The message is there, and has no such MIME part.
    #[error("message {0} has no such part")]
    NoSuchPart(Box<MessageId>),
    /// The id is of another folder than the one that is open. Open that folder.
    #[error("message {id} is not in {open}, which is open")]
    #[non_exhaustive]
    OtherFolder {
        /// The id.
        id: Box<MessageId>,
        /// The folder that is open.
        open: FolderName,
    },
    /// The id is from before the folder's UIDVALIDITY changed, or from another session.
    #[error("message id {0} is no longer valid")]
    StaleId(Box<MessageId>),
    /// The id comes from the other protocol, or from another implementation.
    #[error("message id {0} belongs to another kind of mailbox")]
    WrongProtocol(Box<MessageId>),
    /// No folder is open: none was opened, the last `open` did not succeed, or the server closed
    /// the folder or gave it another UIDVALIDITY.
    #[error("no folder is open")]
    NoFolder,
    /// The folder is open for reading only; nothing was sent.
    #[error("{0} is open for reading only")]
    ReadOnly(FolderName),
    /// A part of an answer cannot be read: that of one message, or a single line.
    #[error("{0}")]
    Damaged(Box<Damage>),
    /// There is more than a limit allows.
    #[error("more than {limit} {what}")]
    #[non_exhaustive]
    Limit {
        /// The quantity, with its unit: a field of [`Limits`](crate::Limits), or the caller's.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// The message is larger than the server takes (APPENDLIMIT, RFC 7889); nothing of it was sent.
    #[error("the message has {size} bytes, and the server takes at most {limit}")]
    #[non_exhaustive]
    TooLarge {
        /// The bytes of the message.
        size: u64,
        /// The most bytes that the server takes.
        limit: u64,
    },
    /// The folder would lose these flags again (PERMANENTFLAGS, RFC 9051 section 7.1); nothing was
    /// sent.
    #[error("the folder does not keep {0}")]
    NotKept(Box<Flags>),
    /// The caller's own reader (of `append`) or writer (of `copy_to`) failed.
    #[error("the local end failed")]
    #[non_exhaustive]
    Local {
        /// How.
        source: io::Error,
        /// Whether the connection had to be closed, because half a message was sent.
        closed: bool,
    },
    /// The caller's fault; nothing was sent.
    #[error("{0}")]
    Misuse(Box<str>),
    /// The account's description is invalid, or the program was built without what it needs.
    #[error("{0}")]
    Account(Box<str>),
}

/// A part of an answer that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damage {
    /// The message that it is about, if that can be told.
    pub id: Option<MessageId>,
    /// A description of the problem, for people.
    pub reason: Box<str>,
    /// The bytes of the server, at most 64 KiB of them; empty if there are none.
    pub raw: Bytes,
}

impl Damage {
    /// The most bytes of the server that are kept.
    const RAW: usize = 64 << 10;

    /// A damage of one message, or of a line about none.
    #[must_use]
    pub fn new(id: Option<MessageId>, reason: impl Into<Box<str>>, raw: &[u8]) -> Self {
        let raw = raw.get(..Self::RAW).unwrap_or(raw);
        Self { id, reason: reason.into(), raw: Bytes::copy_from_slice(raw) }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.id {
            Some(id) => write!(f, "message {id}: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

impl Error {
    /// Worth trying again later with the same credentials and arguments; after a reconnect if
    /// [`needs_reconnect`](Self::needs_reconnect) says so.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Timeout { .. } | Self::Closed { .. } => true,
            Self::Tls(error) => error.is_transient(),
            Self::Token { transient, .. } => *transient,
            Self::Refused(refusal) => {
                refusal.advice() == Advice::Later || refusal.ends_the_session()
            }
            Self::Auth { refusal, .. } => refusal.advice() == Advice::Later,
            Self::Partial(report) => report.cause().is_some_and(Self::is_transient),
            _ => false,
        }
    }

    /// The credentials are refused: ask for the password, sign in again.
    #[must_use]
    pub fn is_auth(&self) -> bool {
        match self {
            Self::Auth { refusal, .. } => {
                matches!(refusal.advice(), Advice::WithOtherCredentials | Advice::Unknown)
            }
            Self::Token { transient, .. } => !transient,
            _ => false,
        }
    }

    /// This mailbox is not usable any more; connect again.
    #[must_use]
    pub fn needs_reconnect(&self) -> bool {
        match self {
            Self::Connect { .. }
            | Self::Tls(_)
            | Self::Timeout { .. }
            | Self::Closed { .. }
            | Self::Protocol(_)
            | Self::Auth { .. }
            | Self::Token { .. }
            | Self::Unknown { .. } => true,
            Self::Refused(refusal) => refusal.ends_the_session(),
            Self::Local { closed, .. } => *closed,
            Self::Partial(report) => report.cause().is_some_and(Self::needs_reconnect),
            Self::Replacement { source, .. } => source.needs_reconnect(),
            _ => false,
        }
    }

    /// The folder that messages were to be put into does not exist, and nothing was done: create it
    /// and repeat the call (TRYCREATE, RFC 9051 section 7.1).
    #[must_use]
    pub fn needs_folder(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.code.as_deref() == Some("TRYCREATE"),
            Self::Partial(report) => {
                report.done().is_empty() && report.cause().is_some_and(Self::needs_folder)
            }
            _ => false,
        }
    }

    /// The time that the server asked us to wait, at most five minutes. Exchange Online says
    /// `Request is throttled. Suggested Backoff Time: N milliseconds`.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refusal) | Self::Auth { refusal, .. } => {
                words::retry_after(&refusal.text)
            }
            Self::Closed { said, .. } | Self::Timeout { said, .. } => words::retry_after(said),
            Self::Partial(report) => report.cause().and_then(Self::retry_after),
            Self::Replacement { source, .. } => source.retry_after(),
            _ => None,
        }
    }

    /// The server answered, in good form, something that does not answer the question.
    pub(crate) fn inconsistent(what: &'static str) -> Self {
        ProtocolError::Inconsistent(what).into()
    }

    /// The error of a login without secrets that the server repeated in its words.
    pub(crate) fn without(mut self, secrets: &[Zeroizing<String>]) -> Self {
        match &mut self {
            Self::Closed { said, .. } | Self::Timeout { said, .. } => {
                *said = refusal::blanked(said, secrets);
            }
            Self::Refused(refusal) | Self::Auth { refusal, .. } => {
                refusal.text = refusal::blanked(&refusal.text, secrets);
            }
            Self::Protocol(error) => {
                let shown = error.to_string();
                if *refusal::blanked(&shown, secrets) != *shown {
                    return Self::inconsistent(
                        "a line that repeats the credentials came too early",
                    );
                }
            }
            _ => {}
        }
        self
    }

    pub(crate) fn account(reason: impl fmt::Display) -> Self {
        Self::Account(reason.to_string().into())
    }

    /// The connection is gone or cannot be trusted.
    pub(crate) const fn ends_the_connection(&self) -> bool {
        matches!(self, Self::Timeout { .. } | Self::Closed { .. } | Self::Protocol(_))
    }
}

fn says(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::Closed { .. } => io::ErrorKind::ConnectionAborted,
            Error::Timeout { .. } => io::ErrorKind::TimedOut,
            Error::NoSuchMessage(_) => io::ErrorKind::NotFound,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

impl From<NotAFolderName> for Error {
    fn from(error: NotAFolderName) -> Self {
        Self::misuse(error)
    }
}

impl From<NotAMessageId> for Error {
    fn from(error: NotAMessageId) -> Self {
        Self::misuse(error)
    }
}

impl From<ProtocolError> for Error {
    fn from(error: ProtocolError) -> Self {
        Self::Protocol(Box::new(error))
    }
}

impl From<TlsError> for Error {
    fn from(error: TlsError) -> Self {
        Self::Tls(Box::new(error))
    }
}

/// What the client waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// The TCP connection.
    Connect,
    /// The TLS handshake.
    Tls,
    /// The server's first line.
    Greeting,
    /// A token from the caller's source.
    Token,
    /// The login.
    Login,
    /// The answer to a command.
    Command,
}

impl Stage {
    const fn waiting(self) -> &'static str {
        match self {
            Self::Connect => "to the connection attempt",
            Self::Tls => "in the TLS handshake (does this port start with TLS?)",
            Self::Greeting => "after connecting (does this port start with TLS?)",
            Self::Token => "because the token source gave no token",
            Self::Login => "to the login",
            Self::Command => "to a command",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: Option<&str>, text: &str) -> Error {
        Error::Refused(Box::new(Refusal::new("SELECT", code, text)))
    }

    fn auth(code: Option<&str>, text: &str) -> Error {
        Error::auth("PLAIN", Refusal::new("the login", code, text))
    }

    #[test]
    fn an_error_fits_in_a_cache_line() {
        assert!(size_of::<Error>() <= 64, "{}", size_of::<Error>());
    }

    /// Transient, credentials, reconnect.
    #[test]
    fn predicates_tell_what_to_do() {
        let rows = [
            (Error::closed(), (true, false, true)),
            (Error::Timeout { stage: Stage::Command, said: "".into() }, (true, false, true)),
            (Error::inconsistent("x"), (false, false, true)),
            (Error::token("consent is missing"), (false, true, true)),
            (Error::token_for_now("503"), (true, false, true)),
            (Error::NoFolder, (false, false, false)),
            (refused(Some("INUSE"), "later"), (true, false, false)),
            (refused(Some("NONEXISTENT"), "no such mailbox"), (false, false, false)),
            (refused(Some("OVERQUOTA"), "full"), (false, false, false)),
            (refused(None, "Server Unavailable. 15"), (true, false, false)),
            (refused(None, "User is authenticated but not connected."), (true, false, true)),
            (refused(None, "Session invalidated - AccessTokenExpired"), (true, false, true)),
            (refused(Some("AUTHENTICATIONFAILED"), "Invalid credentials"), (true, false, true)),
            (refused(Some("EXPIRED"), ""), (true, false, true)),
            (auth(Some("AUTHENTICATIONFAILED"), "no"), (false, true, true)),
            (auth(None, "LOGIN failed."), (false, true, true)),
            (auth(Some("UNAVAILABLE"), "later"), (true, false, true)),
            (
                auth(Some("ALERT"), "Too many simultaneous connections. (Failure)"),
                (true, false, true),
            ),
            (auth(Some("SYS/PERM"), "POP is not enabled"), (false, false, true)),
            (auth(Some("SYS/TEMP"), ""), (true, false, true)),
            (auth(Some("CONTACTADMIN"), ""), (false, false, true)),
        ];
        for (error, expected) in rows {
            let found = (error.is_transient(), error.is_auth(), error.needs_reconnect());
            assert_eq!(found, expected, "{error:?}");
        }
    }

    #[test]
    fn a_wait_that_the_server_asked_for_is_found_everywhere() {
        let text = "Request is throttled. Suggested Backoff Time: 299883 milliseconds";
        let wait = Some(Duration::from_millis(299_883));
        assert_eq!(refused(None, text).retry_after(), wait);
        assert_eq!(auth(None, text).retry_after(), wait);
        assert_eq!(Error::closed_saying(text).retry_after(), wait);
        let text = "Suggested Backoff Time: 99999999999 milliseconds";
        assert_eq!(refused(None, text).retry_after(), Some(Duration::from_secs(300)));
        assert_eq!(refused(None, "no").retry_after(), None);
    }

    #[test]
    fn every_cause_is_a_source_and_is_not_said_twice() {
        let io = || io::Error::other("the reason");
        let errors = [
            Error::Connect { host: "h".into(), port: 1, source: io() },
            Error::Local { source: io(), closed: false },
            Error::token_for_now("the reason"),
            Error::Unknown { command: "COPY", source: Box::new(Error::closed()) },
            Error::replacement(Versions::Both, None, Error::closed_saying("the reason")),
            Error::Closed { said: "".into(), source: Some(Arc::new(io())) },
            Error::inconsistent("the reason"),
        ];
        for error in errors {
            assert!(error.source().is_some(), "{error:?}");
            assert!(!error.to_string().contains("the reason"), "{error}");
        }
    }
}
