//! [`Error`]: whose fault it is and what to do about it.

use std::{fmt, io, time::Duration};

use crate::{feature::Feature, message::MessageId};

/// The result of most calls.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed.
///
/// | variant | what to do |
/// |---|---|
/// | [`Connect`], [`Io`], [`Closed`] | reconnect, with a growing pause |
/// | [`Timeout`] | reconnect; at stage *greeting* check port and security first |
/// | [`Tls`] | ask the user: wrong host, unknown root or port; never skip verification |
/// | [`Auth`] | ask for the password or fetch a new token; retry only if `is_transient` |
/// | [`Refused`] | read the code; retry later if `is_transient`, else tell the user |
/// | [`Unsupported`] | offer something else; `features()` tells beforehand |
/// | [`Unknown`] | reconnect and check whether it happened before repeating it |
/// | [`NoSuchMessage`], [`StaleId`] | list again |
/// | [`WrongProtocol`], [`Misuse`], [`Account`] | fix the caller |
/// | [`TooLarge`] | raise the limit or stream instead of collecting |
/// | [`Local`] | fix the reader or writer that was given; reconnect after a failed `append` |
/// | [`Protocol`] | reconnect; if it repeats, report it with the server's name |
///
/// [`Connect`]: Self::Connect
/// [`Io`]: Self::Io
/// [`Closed`]: Self::Closed
/// [`Timeout`]: Self::Timeout
/// [`Tls`]: Self::Tls
/// [`Auth`]: Self::Auth
/// [`Refused`]: Self::Refused
/// [`Unsupported`]: Self::Unsupported
/// [`Unknown`]: Self::Unknown
/// [`NoSuchMessage`]: Self::NoSuchMessage
/// [`StaleId`]: Self::StaleId
/// [`WrongProtocol`]: Self::WrongProtocol
/// [`Misuse`]: Self::Misuse
/// [`Account`]: Self::Account
/// [`TooLarge`]: Self::TooLarge
/// [`Local`]: Self::Local
/// [`Protocol`]: Self::Protocol
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The TCP connection failed.
    #[error("cannot connect to {host}:{port}: {source}")]
    Connect {
        /// The host that was tried.
        host: Box<str>,
        /// The port that was tried.
        port: u16,
        /// The error of the operating system.
        source: io::Error,
    },
    /// TLS could not be established.
    #[error("{0}")]
    Tls(Box<TlsError>),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Io(io::Error),
    /// No byte moved for as long as the account's timeouts allow.
    #[error("no answer from the server {}", stage.waiting())]
    Timeout {
        /// The stage that was waited for.
        stage: Stage,
    },
    /// The connection is closed: by the server, or because an earlier failure or an upload that was
    /// cut short made it unusable.
    #[error("the connection is closed{}", says(.0))]
    Closed(Box<str>),
    /// The server broke the protocol; nothing that follows can be trusted.
    #[error("the server broke the protocol: {0}")]
    Protocol(Box<ProtocolError>),
    /// The server said no: `NO`, `BAD` or `-ERR`.
    #[error("the server refused {}: {}", .0.command, .0.reason())]
    Refused(Box<Refusal>),
    /// The login failed.
    #[error("login failed ({mechanism}): {}", refusal.reason())]
    Auth {
        /// The SASL mechanism, or the command that carried the password.
        mechanism: &'static str,
        /// The server's answer.
        refusal: Box<Refusal>,
    },
    /// This mailbox cannot do it.
    #[error("not possible here: {0}")]
    Unsupported(Feature),
    /// The connection ended before the answer: the command may have been carried out. Do not repeat
    /// it without a check.
    #[error("the connection ended before the server confirmed {command}; it may have happened")]
    Unknown {
        /// The command without an answer.
        command: &'static str,
    },
    /// The message is not (or no longer) in the open folder.
    #[error("there is no message {0} here")]
    NoSuchMessage(Box<MessageId>),
    /// The id is from before the folder's UIDVALIDITY changed, or from another session.
    #[error("message id {0} is no longer valid")]
    StaleId(Box<MessageId>),
    /// The id comes from the other protocol.
    #[error("message id {0} belongs to the other protocol")]
    WrongProtocol(Box<MessageId>),
    /// The caller's fault; nothing was sent.
    #[error("{0}")]
    Misuse(Box<str>),
    /// The account's description is invalid.
    #[error("{0}")]
    Account(Box<str>),
    /// There are more bytes than the caller allowed.
    #[error("larger than the limit of {limit} bytes")]
    TooLarge {
        /// The caller's limit, in bytes.
        limit: u64,
    },
    /// The caller's own reader (of `append`) or writer (of `copy_to`) failed. After a failed
    /// `append` the connection is closed; after a failed `copy_to` the mailbox is usable.
    #[error("the local end failed: {0}")]
    Local(io::Error),
}

impl Error {
    /// Worth trying again later with the same credentials and arguments.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Io(_) | Self::Timeout { .. } | Self::Closed(_) => true,
            Self::Refused(refusal) => refusal.is_transient(),
            Self::Auth { refusal, .. } => refusal.is_transient(),
            _ => false,
        }
    }

    /// The server refused the credentials: ask for the password, fetch a new token.
    #[must_use]
    pub fn is_auth(&self) -> bool {
        matches!(self, Self::Auth { refusal, .. } if !refusal.is_transient())
    }

    /// This mailbox is not usable any more; connect again.
    #[must_use]
    pub const fn needs_reconnect(&self) -> bool {
        matches!(
            self,
            Self::Connect { .. }
                | Self::Tls(_)
                | Self::Io(_)
                | Self::Timeout { .. }
                | Self::Closed(_)
                | Self::Protocol(_)
                | Self::Auth { .. }
                | Self::Unknown { .. }
        )
    }

    /// The time that the server asked us to wait, at most five minutes. Exchange Online says
    /// `Request is throttled. Suggested Backoff Time: N milliseconds`.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refusal) => refusal.retry_after(),
            Self::Auth { refusal, .. } => refusal.retry_after(),
            _ => None,
        }
    }

    pub(crate) fn closed() -> Self {
        Self::Closed("".into())
    }

    /// The server ended the stream while an answer was due.
    pub(crate) fn cut(error: ProtocolError) -> Self {
        if error.is_end_of_stream() { Self::closed() } else { error.into() }
    }

    /// The server answered, in good form, something that does not answer the question.
    pub(crate) fn inconsistent(what: &'static str) -> Self {
        ProtocolError::Inconsistent(what).into()
    }

    /// The server refused a login.
    pub(crate) fn auth(mechanism: &'static str, refusal: Refusal) -> Self {
        Self::Auth { mechanism, refusal: Box::new(refusal) }
    }

    /// The server closed the connection where the answer to a login was due, which means a refusal.
    pub(crate) fn auth_without_answer(mechanism: &'static str) -> Self {
        let text = "the server closed the connection instead of answering";
        Self::auth(mechanism, Refusal::new("the login", None, text))
    }

    pub(crate) fn misuse(reason: impl fmt::Display) -> Self {
        Self::Misuse(reason.to_string().into())
    }

    pub(crate) fn account(reason: impl fmt::Display) -> Self {
        Self::Account(reason.to_string().into())
    }

    /// The connection ended before the answer to a command that must not be repeated without a
    /// check.
    pub(crate) fn or_unknown(self, command: &'static str) -> Self {
        match self {
            Self::Io(_) | Self::Timeout { .. } | Self::Closed(_) | Self::Protocol(_) => {
                Self::Unknown { command }
            }
            other => other,
        }
    }
}

fn says(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

impl From<ProtocolError> for Error {
    fn from(error: ProtocolError) -> Self {
        Self::Protocol(Box::new(error))
    }
}

impl From<pop3_proto::SendError> for Error {
    fn from(error: pop3_proto::SendError) -> Self {
        Self::misuse(error)
    }
}

impl From<imap_proto_lite::SendError> for Error {
    fn from(error: imap_proto_lite::SendError) -> Self {
        Self::misuse(error)
    }
}

/// The peer's fault, from either protocol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// From `pop3-proto`.
    #[error(transparent)]
    Pop3(#[from] pop3_proto::ProtocolError),
    /// From `imap-proto-lite`.
    #[error(transparent)]
    Imap(#[from] imap_proto_lite::ProtocolError),
    /// The server answered, in good form, something that does not answer the question.
    #[error("{0}")]
    Inconsistent(&'static str),
}

impl ProtocolError {
    fn is_end_of_stream(&self) -> bool {
        matches!(
            self,
            Self::Pop3(pop3_proto::ProtocolError::UnexpectedEof { .. })
                | Self::Imap(imap_proto_lite::ProtocolError::UnexpectedEof { .. })
        )
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
    /// The login.
    Login,
    /// The answer to a command.
    Command,
}

impl Stage {
    const fn waiting(self) -> &'static str {
        match self {
            Self::Connect => "to the connection attempt",
            Self::Tls => "in the TLS handshake (is this a port that starts with TLS?)",
            Self::Greeting => {
                "in place of a greeting (is this a port that starts with TLS at once?)"
            }
            Self::Login => "to the login",
            Self::Command => "to a command",
        }
    }
}

/// A server's `NO`, `BAD` or `-ERR`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The command that was refused.
    pub command: &'static str,
    /// The response code in upper case without brackets (`IN-USE`, `AUTHENTICATIONFAILED`), if
    /// there was one.
    pub code: Option<Box<str>>,
    /// The server's words, control characters escaped, at most 256 bytes.
    pub text: Box<str>,
}

/// Codes that mean "not now" (RFC 5530, RFC 2449, RFC 3206).
const TRANSIENT_CODES: [&str; 7] =
    ["UNAVAILABLE", "INUSE", "LIMIT", "IN-USE", "LOGIN-DELAY", "SYS/TEMP", "SERVERBUG"];
/// The longest wait that is taken from a server's hint.
const LONGEST_HINT: Duration = Duration::from_secs(5 * 60);

impl Refusal {
    pub(crate) fn new(
        command: &'static str,
        code: Option<String>,
        text: impl fmt::Display,
    ) -> Self {
        Self {
            command,
            code: code.map(|code| code.to_uppercase().into()),
            text: text.to_string().into(),
        }
    }

    fn is_transient(&self) -> bool {
        self.retry_after().is_some()
            || self
                .code
                .as_deref()
                .is_some_and(|code| TRANSIENT_CODES.iter().any(|known| code.starts_with(known)))
    }

    fn retry_after(&self) -> Option<Duration> {
        let (_, wait) = self.text.split_once("Backoff Time:")?;
        let digits: String = wait.trim_start().chars().take_while(char::is_ascii_digit).collect();
        Some(Duration::from_millis(digits.parse().ok()?).min(LONGEST_HINT))
    }

    fn reason(&self) -> String {
        match (&self.code, &*self.text) {
            (Some(code), "") => format!("[{code}]"),
            (Some(code), text) => format!("[{code}] {text}"),
            (None, "") => "no reason given".into(),
            (None, text) => text.into(),
        }
    }
}

/// Why TLS could not be established.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificate is for another host.
    #[error("the server's certificate is not for {host}: check the host name")]
    WrongHost {
        /// The host that was asked for.
        host: Box<str>,
    },
    /// The certificate does not lead to a root that is trusted here.
    #[error(
        "the server's certificate is not trusted here: add its root if this is a private server"
    )]
    UntrustedRoot,
    /// The certificate is expired, not yet valid, or revoked.
    #[error("the server's certificate is not valid: {0}")]
    Certificate(Box<str>),
    /// The server does not speak TLS on this port.
    #[error("the server does not speak TLS on this port: check the port, or use the STARTTLS form")]
    NotTls,
    /// The server closed the connection during the handshake.
    #[error("the server closed the connection during the TLS handshake")]
    Closed,
    /// The server offers no STARTTLS or STLS; nothing is sent without it.
    #[error("the server offers no {0} on this port: use the port that starts with TLS")]
    NotOffered(&'static str),
    /// Any other failure.
    #[error("the TLS handshake failed: {0}")]
    Other(Box<str>),
}

impl TlsError {
    pub(crate) fn from_handshake(host: &str, error: &io::Error) -> Self {
        use rustls::CertificateError as Certificate;
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match inner {
            Some(rustls::Error::InvalidCertificate(reason)) => match reason {
                Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                    Self::WrongHost { host: host.into() }
                }
                Certificate::UnknownIssuer => Self::UntrustedRoot,
                other => Self::Certificate(other.to_string().into()),
            },
            Some(rustls::Error::InvalidMessage(_)) => Self::NotTls,
            Some(other) => Self::Other(other.to_string().into()),
            None if error.kind() == io::ErrorKind::UnexpectedEof => Self::Closed,
            None if error.kind() == io::ErrorKind::ConnectionReset => Self::Closed,
            None => Self::Other(error.to_string().into()),
        }
    }
}

impl From<TlsError> for Error {
    fn from(error: TlsError) -> Self {
        Self::Tls(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Error, Refusal, Stage};

    fn refused(code: Option<&str>, text: &str) -> Error {
        Error::Refused(Box::new(Refusal::new("SELECT", code.map(Into::into), text)))
    }

    #[test]
    fn an_error_fits_in_a_cache_line() {
        assert!(size_of::<Error>() <= 64, "{}", size_of::<Error>());
    }

    #[test]
    fn predicates() {
        assert!(refused(Some("inuse"), "later").is_transient());
        assert!(refused(Some("SYS/TEMP"), "").is_transient());
        assert!(!refused(Some("NONEXISTENT"), "no such mailbox").is_transient());
        assert!(Error::Timeout { stage: Stage::Command }.needs_reconnect());
        assert!(!refused(None, "no").needs_reconnect());
        let auth = |code: Option<&str>| Error::Auth {
            mechanism: "PLAIN",
            refusal: Box::new(Refusal::new("AUTHENTICATE", code.map(Into::into), "failed")),
        };
        assert!(auth(Some("AUTHENTICATIONFAILED")).is_auth());
        assert!(!auth(Some("UNAVAILABLE")).is_auth());
        assert!(auth(Some("UNAVAILABLE")).is_transient());
    }

    #[test]
    fn exchange_throttling_names_the_wait_and_it_is_capped() {
        let text = "Request is throttled. Suggested Backoff Time: 92415 milliseconds";
        assert_eq!(refused(None, text).retry_after(), Some(Duration::from_millis(92_415)));
        assert!(refused(None, text).is_transient());
        let text = "Request is throttled. Suggested Backoff Time: 99999999 milliseconds";
        assert_eq!(refused(None, text).retry_after(), Some(Duration::from_secs(300)));
    }
}
