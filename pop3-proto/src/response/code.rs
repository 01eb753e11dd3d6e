//! Response codes.

use core::fmt;

use bytes::Bytes;

use crate::{event::Text, retry::Retry};

/// An extended response code:
/// [RFC 2449 section 8](https://www.rfc-editor.org/rfc/rfc2449#section-8),
/// [RFC 3206](https://www.rfc-editor.org/rfc/rfc3206),
/// [RFC 6856 section 5](https://www.rfc-editor.org/rfc/rfc6856#section-5).
///
/// Codes are hierarchical: `[SYS/PERM/DISK]` is read as its known part, `SYS/PERM`.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResponseCode {
    /// `IN-USE`: another session holds the maildrop.
    InUse,
    /// `LOGIN-DELAY`: too soon after the last login.
    LoginDelay,
    /// `SYS/TEMP`: a failure of the server that may pass.
    SysTemp,
    /// `SYS/PERM`: a failure of the server that a person has to repair.
    SysPerm,
    /// `SYS` with another second level or none.
    Sys,
    /// `AUTH`: the credentials are wrong.
    Auth,
    /// `UTF8`: the message needs UTF-8 mode.
    Utf8,
    /// Another code, without its brackets. Read only from a server that announced `RESP-CODES`,
    /// else it remains part of the text.
    Other(Bytes),
}

impl ResponseCode {
    /// What a refusal with this code asks for. Without a code, see [`Retry::guess`].
    pub const fn retry(&self) -> Retry {
        match self {
            Self::Auth => Retry::WithOtherCredentials,
            Self::InUse | Self::LoginDelay | Self::SysTemp => Retry::Later,
            Self::Utf8 => Retry::Differently,
            Self::SysPerm => Retry::AskAPerson,
            Self::Sys | Self::Other(_) => Retry::Unknown,
        }
    }

    /// The code without its brackets.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::InUse => b"IN-USE",
            Self::LoginDelay => b"LOGIN-DELAY",
            Self::SysTemp => b"SYS/TEMP",
            Self::SysPerm => b"SYS/PERM",
            Self::Sys => b"SYS",
            Self::Auth => b"AUTH",
            Self::Utf8 => b"UTF8",
            Self::Other(code) => code,
        }
    }
}

impl fmt::Display for ResponseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::excerpt(self.as_bytes()).fmt(f)
    }
}

impl fmt::Debug for ResponseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{self}]")
    }
}

impl Retry {
    /// A guess from the words of a refusal without a code, for servers that say only in words that
    /// a maildrop is locked. It may be shown or delay an attempt; it must not decide about
    /// credentials.
    #[must_use]
    pub fn guess(text: &Text) -> Self {
        const LATER: [&[u8]; 8] = [
            b"lock",
            b"in use",
            b"busy",
            b"wait",
            b"try again",
            b"too many",
            b"temporar",
            b"service unavailable",
        ];
        let holds = |word: &[u8]| {
            text.as_bytes().windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
        };
        if LATER.into_iter().any(holds) { Self::Later } else { Self::Unknown }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::response::parse::code::known_response_code;

    /// Every code by its name on the wire, and the codes below it.
    #[test]
    fn each_code_asks_for_what_its_rfc_says() {
        for (code, retry, source) in [
            ("LOGIN-DELAY", Retry::Later, "RFC 2449 section 8.1.1"),
            ("IN-USE", Retry::Later, "RFC 2449 section 8.1.2"),
            ("SYS/TEMP", Retry::Later, "RFC 3206 section 4"),
            ("SYS/TEMP/DISK", Retry::Later, "RFC 2449 section 8: known up to a level"),
            ("SYS/PERM", Retry::AskAPerson, "RFC 3206 section 4"),
            ("AUTH", Retry::WithOtherCredentials, "RFC 3206 section 5"),
            ("SYS", Retry::Unknown, "RFC 3206 section 4 requires a second level"),
            ("SYS/NEW", Retry::Unknown, "RFC 3206 section 4 has two of them"),
            ("UTF8", Retry::Differently, "RFC 6856 section 5: after the command UTF8"),
        ] {
            let known = known_response_code(code.as_bytes()).unwrap();
            assert_eq!(known.retry(), retry, "{source}");
        }
        assert_eq!(known_response_code(b"EXPIRE"), None, "a capability");
        let other = ResponseCode::Other(Bytes::from_static(b"X"));
        assert_eq!(other.retry(), Retry::Unknown);
    }
}
