//! [`Scheme`]: a protocol, and how it is protected.

use std::fmt;

/// A protocol and how it is protected, as in the scheme of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// IMAP, TLS from the start.
    Imaps,
    /// IMAP, upgraded by STARTTLS; a login in clear text is refused.
    ImapStartTls,
    /// POP3, TLS from the start.
    Pop3s,
    /// POP3, upgraded by STLS; a login in clear text is refused.
    Pop3Stls,
    /// IMAP over a stream that counts as protected, such as a pipe in memory or a port on loopback:
    /// TLS is neither started nor offered.
    Imap,
    /// POP3 over a stream that counts as protected, such as a pipe in memory or a port on loopback:
    /// TLS is neither started nor offered.
    Pop3,
}

impl Scheme {
    /// Those that the server always listens for, each on its own port.
    pub const TLS: [Self; 4] = [Self::Imaps, Self::ImapStartTls, Self::Pop3s, Self::Pop3Stls];

    /// Whether the protocol is IMAP; it is POP3 otherwise.
    #[must_use]
    pub const fn is_imap(self) -> bool {
        matches!(self, Self::Imaps | Self::ImapStartTls | Self::Imap)
    }

    /// The text before `://` in a URL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Imaps => "imaps",
            Self::ImapStartTls => "imap+starttls",
            Self::Pop3s => "pop3s",
            Self::Pop3Stls => "pop3+stls",
            Self::Imap => "imap",
            Self::Pop3 => "pop3",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
