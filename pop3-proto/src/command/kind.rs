//! Which commands there are.

use core::fmt;

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
