//! The commands of POP3.

use core::{
    fmt,
    num::{NonZeroU32, ParseIntError},
    str::FromStr,
};

/// Number of a message in the maildrop of one session, beginning with 1:
/// [RFC 1939 section 4](https://www.rfc-editor.org/rfc/rfc1939#section-4).
///
/// It means nothing in another session; [`UniqueId`](crate::UniqueId) does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct MessageNumber(NonZeroU32);

impl MessageNumber {
    /// `None` for zero.
    #[must_use]
    pub const fn new(number: u32) -> Option<Self> {
        match NonZeroU32::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

impl From<NonZeroU32> for MessageNumber {
    fn from(number: NonZeroU32) -> Self {
        Self(number)
    }
}

impl FromStr for MessageNumber {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Display for MessageNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

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

/// Which command, without its arguments.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum CommandKind {
    /// CAPA
    Capa,
    /// STLS
    Stls,
    /// USER
    User,
    /// PASS
    Pass,
    /// APOP
    Apop,
    /// AUTH
    Auth,
    /// STAT
    Stat,
    /// LIST
    List,
    /// UIDL
    Uidl,
    /// RETR
    Retr,
    /// TOP
    Top,
    /// DELE
    Dele,
    /// NOOP
    Noop,
    /// RSET
    Rset,
    /// QUIT
    Quit,
    /// UTF8
    Utf8,
    /// LANG
    Lang,
    /// A raw command.
    Raw,
}

impl CommandKind {
    /// Every kind, in the order of the declaration.
    pub(crate) const ALL: [Self; 18] = [
        Self::Capa,
        Self::Stls,
        Self::User,
        Self::Pass,
        Self::Apop,
        Self::Auth,
        Self::Stat,
        Self::List,
        Self::Uidl,
        Self::Retr,
        Self::Top,
        Self::Dele,
        Self::Noop,
        Self::Rset,
        Self::Quit,
        Self::Utf8,
        Self::Lang,
        Self::Raw,
    ];

    /// The keyword as it stands on the wire, and `raw` for a raw command.
    #[must_use]
    pub const fn to_keyword(self) -> &'static str {
        match self {
            Self::Capa => "CAPA",
            Self::Stls => "STLS",
            Self::User => "USER",
            Self::Pass => "PASS",
            Self::Apop => "APOP",
            Self::Auth => "AUTH",
            Self::Stat => "STAT",
            Self::List => "LIST",
            Self::Uidl => "UIDL",
            Self::Retr => "RETR",
            Self::Top => "TOP",
            Self::Dele => "DELE",
            Self::Noop => "NOOP",
            Self::Rset => "RSET",
            Self::Quit => "QUIT",
            Self::Utf8 => "UTF8",
            Self::Lang => "LANG",
            Self::Raw => "raw",
        }
    }

    /// The kind that a keyword names, whatever its case. Never [`Raw`](Self::Raw).
    pub(crate) fn from_keyword(keyword: &[u8]) -> Option<Self> {
        Self::ALL
            .into_iter()
            .filter(|kind| *kind != Self::Raw)
            .find(|kind| kind.to_keyword().as_bytes().eq_ignore_ascii_case(keyword))
    }

    /// Nothing may be sent behind it before its answer: the state, the capabilities or the charset change, or the number of round
    /// trips is unknown. [RFC 2449 section 6.6](https://www.rfc-editor.org/rfc/rfc2449#section-6.6) and what follows from it.
    pub(crate) const fn is_barrier(self) -> bool {
        matches!(self, Self::Stls | Self::Pass | Self::Apop | Self::Auth | Self::Quit | Self::Utf8)
    }

    /// It carries a user name, a password or a proof of one.
    pub(crate) const fn is_credential(self) -> bool {
        matches!(self, Self::User | Self::Pass | Self::Apop | Self::Auth)
    }
}

impl fmt::Display for CommandKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_keyword())
    }
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
