//! [`Protocol`] and [`Security`].

use std::{fmt, str::FromStr};

use crate::error::{Error, Result};

/// The protocol of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// IMAP4rev1 or IMAP4rev2 (RFC 3501, RFC 9051).
    Imap,
    /// POP3 (RFC 1939).
    Pop3,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Imap => "IMAP",
            Self::Pop3 => "POP3",
        })
    }
}

impl FromStr for Protocol {
    type Err = Error;

    /// Reads `IMAP` and `POP3`, in any case.
    ///
    /// # Errors
    /// [`Error::Account`] for any other name.
    fn from_str(name: &str) -> Result<Self> {
        let known = [Self::Imap, Self::Pop3];
        let found = known.into_iter().find(|one| one.to_string().eq_ignore_ascii_case(name));
        found.ok_or_else(|| Error::account(format_args!("{name:?} is not a protocol")))
    }
}

/// How TLS begins. There is no fall-back and no clear text (RFC 8314).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Security {
    /// The connection starts with TLS: ports 993 and 995.
    ImplicitTls,
    /// The connection starts in clear and is upgraded (STARTTLS, STLS) before anything else: ports
    /// 143 and 110. A server that does not offer it gets no credentials.
    StartTls,
}
