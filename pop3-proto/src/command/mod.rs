//! The commands of POP3.

pub(crate) mod encode;
mod kind;
pub(crate) mod parse;

use core::fmt;

pub use kind::CommandKind;
pub(crate) use kind::States;

use crate::types::MessageNumber;

/// A command, its arguments borrowed.
///
/// `Debug` shows no secret in any build profile.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command<'a> {
    /// Lists the capabilities of the server:
    /// [RFC 2449 section 5](https://www.rfc-editor.org/rfc/rfc2449#section-5).
    Capa,
    /// Begins TLS: [RFC 2595 section 4](https://www.rfc-editor.org/rfc/rfc2595#section-4). Answered
    /// by [`StartTls`](crate::client::Event::StartTls), or by `Done` with a refusal.
    Stls,
    /// The name of the maildrop:
    /// [RFC 1939 section 7](https://www.rfc-editor.org/rfc/rfc1939#section-7).
    User(&'a str),
    /// The password, directly after USER. It is sent unchanged, spaces at its end included.
    Pass(&'a str),
    /// Name and digest in place of a password in clear text:
    /// [RFC 1939 section 7](https://www.rfc-editor.org/rfc/rfc1939#section-7). Needs a greeting
    /// with a timestamp. MD5 no longer protects the secret against a man in the middle
    /// (CVE-2007-1558): use it only inside TLS, for servers that offer nothing better.
    ///
    /// Name and secret are sent unchanged. In UTF-8 mode,
    /// [RFC 6856](https://www.rfc-editor.org/rfc/rfc6856) requires the caller to prepare both with
    /// SASLprep first.
    #[cfg(feature = "apop")]
    Apop {
        /// The name of the maildrop.
        name: &'a str,
        /// The shared secret. Only its digest is sent.
        secret: &'a str,
    },
    /// A SASL exchange: [RFC 5034 section 4](https://www.rfc-editor.org/rfc/rfc5034#section-4).
    /// The data here and in `answer` are not encoded: the machine does the base64. It also decides
    /// whether the initial response is sent on the AUTH line or after the first `+`.
    Auth {
        /// The mechanism, by convention in capitals.
        mechanism: &'a str,
        /// The first message of the client. `Some(&[])` is an empty initial response, `None` is
        /// no initial response.
        initial_response: Option<&'a [u8]>,
    },
    /// Counts the messages:
    /// [RFC 1939 section 5](https://www.rfc-editor.org/rfc/rfc1939#section-5).
    Stat,
    /// Sizes of one message or of all.
    List(Option<MessageNumber>),
    /// Unique-ids of one message or of all:
    /// [RFC 1939 section 7](https://www.rfc-editor.org/rfc/rfc1939#section-7).
    Uidl(Option<MessageNumber>),
    /// One message.
    Retr(MessageNumber),
    /// The header of one message and the first lines of its body. Some servers send the whole
    /// message.
    Top {
        /// Which message.
        number: MessageNumber,
        /// Lines of the body.
        lines: u32,
    },
    /// Marks a message as deleted. The server removes it after a QUIT that succeeds, not before.
    ///
    /// Pipelined after the RETR of the same message it counts even if that message breaks off or
    /// cannot be stored. To delete after storing, send it once the message is safe.
    Dele(MessageNumber),
    /// Does nothing, and is answered.
    Noop,
    /// Removes all deletion marks.
    Rset,
    /// Ends the session. In the state `Transaction` the server removes the marked messages.
    Quit,
    /// Switches to UTF-8 mode:
    /// [RFC 6856 section 2](https://www.rfc-editor.org/rfc/rfc6856#section-2). No STLS after it.
    Utf8,
    /// Chooses the language of the server's texts (`*`: the server chooses), or lists the
    /// languages: [RFC 6856 section 3](https://www.rfc-editor.org/rfc/rfc6856#section-3).
    Lang(Option<&'a str>),
    /// A command that this crate does not know (`XTND XLST`, `LAST`, `*ENV 1`). The commands it
    /// knows are refused here, because they would bypass its rules.
    Raw {
        /// Keyword and arguments without the line end.
        line: &'a str,
        /// What follows the status line of a positive answer.
        reply: ReplyShape,
    },
}

/// What follows the status line of a positive answer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ReplyShape {
    /// Nothing.
    Single,
    /// Lines up to a dot, one [`Line`](crate::client::Event::Line) event each.
    Lines,
    /// A message up to a dot, as for RETR.
    Body,
}

impl fmt::Debug for Command<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind().to_keyword())?;
        match self {
            // A user name is personal data rather than a secret, but people type passwords into
            // the wrong field.
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
            // It may contain a secret.
            Self::Raw { reply, .. } => write!(f, " [redacted] {reply:?}"),
            _ => Ok(()),
        }
    }
}
