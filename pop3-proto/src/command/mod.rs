//! The commands of POP3.

pub(crate) mod encode;
mod kind;
pub(crate) mod parse;

use core::fmt;

pub use kind::CommandKind;

use crate::types::MessageNumber;

/// A command, its arguments borrowed.
///
/// `Debug` shows no secret, in any build.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command<'a> {
    /// List what the server can do: [RFC 2449 section 5](https://www.rfc-editor.org/rfc/rfc2449#section-5).
    Capa,
    /// Begin TLS: [RFC 2595 section 4](https://www.rfc-editor.org/rfc/rfc2595#section-4). Answered by
    /// [`StartTls`](crate::client::Event::StartTls) or by `Done` with a refusal.
    Stls,
    /// The name of the maildrop: [RFC 1939 section 7](https://www.rfc-editor.org/rfc/rfc1939#section-7).
    User(&'a str),
    /// The password, directly after USER, sent to the last space as it is.
    Pass(&'a str),
    /// Name and digest in place of a password in clear: [RFC 1939 section 7](https://www.rfc-editor.org/rfc/rfc1939#section-7). Only
    /// where the greeting carried a timestamp. MD5 no longer protects the secret from whoever sits in the middle
    /// (CVE-2007-1558), so it is for servers that offer nothing better, and inside TLS.
    ///
    /// Name and secret go in as they are. In UTF-8 mode [RFC 6856](https://www.rfc-editor.org/rfc/rfc6856) wants both prepared with SASLprep
    /// first, or the digest of one person's two ways to type the same word differs; that is the caller's, as are all tables of Unicode.
    #[cfg(feature = "apop")]
    Apop {
        /// The name of the maildrop.
        name: &'a str,
        /// The shared secret. Only its digest is sent.
        secret: &'a str,
    },
    /// A SASL exchange: [RFC 5034 section 4](https://www.rfc-editor.org/rfc/rfc5034#section-4). All data here and in `answer` are raw octets; base64 is
    /// the machine's. It decides whether the initial response goes on the AUTH line or after the first `+`.
    Auth {
        /// The mechanism, in capitals by custom.
        mechanism: &'a str,
        /// What the client says first. `Some(&[])` is an empty initial response, `None` is none.
        initial_response: Option<&'a [u8]>,
    },
    /// Count the messages: [RFC 1939 section 5](https://www.rfc-editor.org/rfc/rfc1939#section-5).
    Stat,
    /// Sizes of one message or of all.
    List(Option<MessageNumber>),
    /// Unique-ids of one message or of all: [RFC 1939 section 7](https://www.rfc-editor.org/rfc/rfc1939#section-7).
    Uidl(Option<MessageNumber>),
    /// One message.
    Retr(MessageNumber),
    /// The header of one message and the first lines of its body. Servers exist that send the whole message.
    Top {
        /// Which message.
        number: MessageNumber,
        /// Lines of the body.
        lines: u32,
    },
    /// Mark a message as deleted. It is gone after a QUIT that succeeds, not before.
    ///
    /// It may be pipelined behind the RETR of the same message, and then it counts even if that message breaks off or cannot be stored:
    /// whoever deletes what was retrieved sends it when the message is safe.
    Dele(MessageNumber),
    /// Nothing, answered.
    Noop,
    /// Take all marks back.
    Rset,
    /// End the session. In the state `Transaction` this removes what is marked.
    Quit,
    /// Go to UTF-8 mode: [RFC 6856 section 2](https://www.rfc-editor.org/rfc/rfc6856#section-2). No STLS after it.
    Utf8,
    /// Choose the language of the server's texts (`*` is the server's own choice), or list them:
    /// [RFC 6856 section 3](https://www.rfc-editor.org/rfc/rfc6856#section-3).
    Lang(Option<&'a str>),
    /// A command this crate does not know (`XTND XLST`, `LAST`, `*ENV 1`). Those it knows are refused here, as
    /// they would go round its rules.
    Raw {
        /// Keyword and arguments without the line end.
        line: &'a str,
        /// How a positive answer goes on.
        reply: ReplyShape,
    },
}

/// How a positive answer goes on after its status line.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ReplyShape {
    /// Not at all.
    Single,
    /// Lines up to a dot, one [`Line`](crate::client::Event::Line) event each.
    Lines,
    /// A message up to a dot, as for RETR.
    Body,
}

impl Command<'_> {
    /// Which command it is.
    #[must_use]
    pub const fn kind(&self) -> CommandKind {
        match self {
            Self::Capa => CommandKind::Capa,
            Self::Stls => CommandKind::Stls,
            Self::User(_) => CommandKind::User,
            Self::Pass(_) => CommandKind::Pass,
            #[cfg(feature = "apop")]
            Self::Apop { .. } => CommandKind::Apop,
            Self::Auth { .. } => CommandKind::Auth,
            Self::Stat => CommandKind::Stat,
            Self::List(_) => CommandKind::List,
            Self::Uidl(_) => CommandKind::Uidl,
            Self::Retr(_) => CommandKind::Retr,
            Self::Top { .. } => CommandKind::Top,
            Self::Dele(_) => CommandKind::Dele,
            Self::Noop => CommandKind::Noop,
            Self::Rset => CommandKind::Rset,
            Self::Quit => CommandKind::Quit,
            Self::Utf8 => CommandKind::Utf8,
            Self::Lang(_) => CommandKind::Lang,
            Self::Raw { .. } => CommandKind::Raw,
        }
    }
}

impl fmt::Debug for Command<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind().to_keyword())?;
        match self {
            // The name is personal data rather than a secret, but a password typed into the wrong field is one.
            Self::User(_) | Self::Pass(_) => f.write_str(" [redacted]"),
            #[cfg(feature = "apop")]
            Self::Apop { .. } => f.write_str(" [redacted]"),
            Self::Auth { mechanism, initial_response } => {
                write!(f, " {}", mechanism.escape_debug())?;
                if initial_response.is_some() { f.write_str(" [redacted]") } else { Ok(()) }
            }
            Self::List(Some(number))
            | Self::Uidl(Some(number))
            | Self::Retr(number)
            | Self::Dele(number) => write!(f, " {number}"),
            Self::Top { number, lines } => write!(f, " {number} {lines}"),
            Self::Lang(Some(range)) => write!(f, " {}", range.escape_debug()),
            // Nobody knows what it carries.
            Self::Raw { reply, .. } => write!(f, " [redacted] {reply:?}"),
            Self::Capa
            | Self::Stls
            | Self::Stat
            | Self::List(None)
            | Self::Uidl(None)
            | Self::Noop
            | Self::Rset
            | Self::Quit
            | Self::Utf8
            | Self::Lang(None) => Ok(()),
        }
    }
}
