//! Words and texts as arguments of commands: RFC 9051 sections 4.1 and 4.3.
//!
//! Every value of these types can be sent in every session: the encoder chooses atom, quoted string
//! or literal. None of them holds CR, LF or NUL, so no argument ends the line of its command.

use alloc::borrow::Cow;
use core::fmt;

use crate::wire::atom;

macro_rules! arguments {
    ($(
        $(#[$doc:meta])* $name:ident,
        $(#[$new_doc:meta])* new if $holds:path, else $error:ident;
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name<'a>(Cow<'a, str>);

        impl<'a> $name<'a> {
            $(#[$new_doc])*
            pub fn new(text: impl Into<Cow<'a, str>>) -> Result<Self, $error> {
                let text = text.into();
                if $holds(text.as_bytes()) { Ok(Self(text)) } else { Err($error) }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The bytes of the text.
            pub fn as_bytes(&self) -> &[u8] {
                self.0.as_bytes()
            }

            /// The text, owned or borrowed as it was given.
            #[must_use]
            pub fn into_cow(self) -> Cow<'a, str> {
                self.0
            }

            /// Converts into an owned value.
            #[must_use]
            pub fn into_owned(self) -> $name<'static> {
                $name(Cow::Owned(self.0.into_owned()))
            }
        }
    )*};
}

arguments! {
    /// An atom: SASL mechanisms, capabilities, resources of a quota, ids of OBJECTID (RFC 8474).
    /// Compared exactly; where the RFC ignores case, compare the [text](Self::as_str) with
    /// [`eq_ignore_ascii_case`](str::eq_ignore_ascii_case).
    #[derive(PartialEq, Eq)]
    Atom,
    /// An atom.
    ///
    /// # Errors
    /// The text is empty or holds a space, a control character, 8-bit or one of `( ) { % * " \ ]`.
    new if atom::is_atom, else NotAnAtom;

    /// An `astring`: user names, texts to search for, quota roots, identifiers of ACL, fields of
    /// ID. Any text without CR, LF and NUL, also the empty one.
    ///
    /// The RFC lets a literal hold CR and LF. They are refused all the same: in a search or a
    /// password they come from a file that was read with its line end, or from an attack.
    #[derive(PartialEq, Eq)]
    AString,
    /// An argument.
    ///
    /// # Errors
    /// The text holds CR, LF or NUL.
    new if is_line, else NotAnAString;

    /// The name of a header field, without its colon: RFC 5322 section 2.2. Compared without case.
    HeaderName,
    /// The name of a header field.
    ///
    /// # Errors
    /// The text is empty or holds a space, a colon, a control character or 8-bit.
    new if is_header_name, else NotAHeaderName;

    /// A secret text: the password of LOGIN. `Debug` does not show it, and there is no `Display`.
    #[derive(PartialEq, Eq)]
    Secret,
    /// A secret.
    ///
    /// # Errors
    /// The text holds CR, LF or NUL.
    new if is_line, else NotAnAString;
}

/// The text is not an atom.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "not an atom: empty, or it holds a space, a control character, 8-bit or one of ( ) {{ % * \" \\ ]"
)]
#[non_exhaustive]
pub struct NotAnAtom;

/// The text cannot be an argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("an argument cannot hold CR, LF or NUL")]
#[non_exhaustive]
pub struct NotAnAString;

/// The text names no header field.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "not the name of a header field: empty, or it holds a space, a colon, a control character or 8-bit"
)]
#[non_exhaustive]
pub struct NotAHeaderName;

macro_rules! shown {
    ($($name:ident)*) => {$(
        impl fmt::Display for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        /// The text in double quotes with everything unprintable escaped.
        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
    )*};
}

shown! { Atom AString HeaderName }

impl<'a> From<AString<'a>> for Secret<'a> {
    fn from(text: AString<'a>) -> Self {
        Self(text.0)
    }
}

impl fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Atom<'_> {
    /// The SASL mechanism PLAIN (RFC 4616).
    pub const PLAIN: Atom<'static> = Atom(Cow::Borrowed("PLAIN"));
    /// The SASL mechanism LOGIN, which no RFC defines and old servers have.
    pub const LOGIN: Atom<'static> = Atom(Cow::Borrowed("LOGIN"));
    /// The SASL mechanism OAUTHBEARER (RFC 7628).
    pub const OAUTHBEARER: Atom<'static> = Atom(Cow::Borrowed("OAUTHBEARER"));
    /// The SASL mechanism XOAUTH2 (Gmail, Microsoft).
    pub const XOAUTH2: Atom<'static> = Atom(Cow::Borrowed("XOAUTH2"));
    /// To ENABLE: RFC 9051.
    pub const IMAP4REV2: Atom<'static> = Atom(Cow::Borrowed("IMAP4rev2"));
    /// To ENABLE: RFC 7162 section 3.1.
    pub const CONDSTORE: Atom<'static> = Atom(Cow::Borrowed("CONDSTORE"));
    /// To ENABLE: RFC 7162 section 3.2.
    pub const QRESYNC: Atom<'static> = Atom(Cow::Borrowed("QRESYNC"));
    /// To ENABLE: RFC 6855 section 3.
    pub const UTF8_ACCEPT: Atom<'static> = Atom(Cow::Borrowed("UTF8=ACCEPT"));
}

impl PartialEq for HeaderName<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for HeaderName<'_> {}

/// Whether the bytes are free of CR, LF and NUL.
pub(crate) fn is_line(octets: &[u8]) -> bool {
    !octets.iter().any(|octet| matches!(octet, b'\r' | b'\n' | 0))
}

/// ```abnf
/// field-name      = 1*ftext
/// ftext           = %d33-57 / %d59-126
/// ```
fn is_header_name(octets: &[u8]) -> bool {
    !octets.is_empty() && octets.iter().all(|octet| octet.is_ascii_graphic() && *octet != b':')
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::ToString as _};

    use super::*;

    /// A text; whether it is an atom, an argument, the name of a header field.
    const TABLE: [(&str, bool, bool, bool); 37] = [
        ("", false, true, false),
        ("PLAIN", true, true, true),
        ("SCRAM-SHA-256-PLUS", true, true, true),
        ("UTF8=ACCEPT", true, true, true),
        ("X-GM-EXT-1", true, true, true),
        ("$a.b/c&d_e'f|g~h}i[j", true, true, true),
        ("LITERAL+", true, true, true),
        ("a:b", true, true, false),
        ("NIL", true, true, true),
        ("a b", false, true, false),
        (" ", false, true, false),
        ("a(", false, true, true),
        ("a)", false, true, true),
        ("{3}", false, true, true),
        ("a%", false, true, true),
        ("*", false, true, true),
        ("\"", false, true, true),
        ("a\\", false, true, true),
        ("a]", false, true, true),
        ("a\tb", false, true, false),
        ("\x01", false, true, false),
        ("\x1f", false, true, false),
        ("a\x7f", false, true, false),
        ("é", false, true, false),
        ("日本", false, true, false),
        ("\u{85}\u{2028}", false, true, false),
        ("\r", false, false, false),
        ("\n", false, false, false),
        ("\0", false, false, false),
        ("a\rb", false, false, false),
        ("a\nb", false, false, false),
        ("a\0b", false, false, false),
        ("secret\n", false, false, false),
        ("secret\r\n", false, false, false),
        ("{3}\r\nabc", false, false, false),
        ("\u{1f600}\r\nA2 DELETE INBOX", false, false, false),
        ("Subject\0", false, false, false),
    ];

    #[test]
    fn each_constructor_takes_what_its_grammar_has() {
        for (text, atom, argument, header_name) in TABLE {
            assert_eq!(Atom::new(text).is_ok(), atom, "atom {text:?}");
            assert_eq!(AString::new(text).is_ok(), argument, "argument {text:?}");
            assert_eq!(HeaderName::new(text).is_ok(), header_name, "name {text:?}");
        }
    }

    #[test]
    fn every_octet_of_ascii_is_in_its_place() {
        for octet in 0..=0x7f_u8 {
            let text = format!("a{}b", char::from(octet));
            let special = b"(){ %*\"\\]".contains(&octet) && octet != b'}';
            let printable = matches!(octet, b'!'..=b'~');
            assert_eq!(Atom::new(&*text).is_ok(), printable && !special, "{octet:#x}");
            assert_eq!(AString::new(&*text).is_ok(), !matches!(octet, 0 | 10 | 13), "{octet:#x}");
            assert_eq!(HeaderName::new(&*text).is_ok(), printable && octet != b':', "{octet:#x}");
        }
    }

    #[test]
    fn what_goes_in_comes_out() {
        for (text, atom, argument, header_name) in TABLE {
            if atom {
                let one = Atom::new(text).unwrap();
                assert_eq!((one.as_str(), one.as_bytes()), (text, text.as_bytes()));
                assert_eq!(one.clone().into_owned(), one);
                assert_eq!(one.to_string(), text);
            }
            if argument {
                let one = AString::new(text).unwrap();
                assert_eq!((one.as_str(), one.as_bytes()), (text, text.as_bytes()));
                assert_eq!(one.clone().into_owned(), one);
                assert_eq!(format!("{one:?}"), format!("{text:?}"));
                assert_eq!(one.into_cow(), text);
            }
            if header_name {
                let one = HeaderName::new(text).unwrap();
                assert_eq!((one.as_str(), one.as_bytes()), (text, text.as_bytes()));
                assert_eq!(one.clone().into_owned(), one);
            }
        }
    }

    #[test]
    fn the_constants_are_what_their_constructor_takes() {
        for one in [
            Atom::PLAIN,
            Atom::LOGIN,
            Atom::OAUTHBEARER,
            Atom::XOAUTH2,
            Atom::IMAP4REV2,
            Atom::CONDSTORE,
            Atom::QRESYNC,
            Atom::UTF8_ACCEPT,
        ] {
            assert_eq!(Atom::new(one.as_str()), Ok(one.clone()));
        }
    }

    #[test]
    fn names_of_header_fields_have_no_case_and_the_others_have() {
        let name = |text| HeaderName::new(text).unwrap();
        assert_eq!(name("Message-ID"), name("message-id"));
        assert_ne!(name("Message-ID"), name("Message-IDs"));
        assert_ne!(Atom::new("M1"), Atom::new("m1"));
        assert_ne!(AString::new("joe"), AString::new("Joe"));
    }

    #[test]
    fn a_secret_is_an_argument_that_is_not_shown() {
        for (text, _, argument, _) in TABLE {
            let secret = Secret::new(text);
            assert_eq!(secret.is_ok(), argument, "{text:?}");
            if let Ok(secret) = secret {
                assert_eq!((secret.as_str(), secret.as_bytes()), (text, text.as_bytes()));
                assert_eq!(format!("{secret:?}"), "[redacted]");
                assert_eq!(secret.clone().into_owned(), secret);
                assert_eq!(Secret::from(AString::new(text).unwrap()), secret);
                assert_eq!(secret.into_cow(), text);
            }
        }
    }

    #[test]
    fn the_errors_say_why() {
        assert_eq!(
            AString::new("a\n").unwrap_err().to_string(),
            "an argument cannot hold CR, LF or NUL"
        );
        assert!(
            Atom::new("a b")
                .unwrap_err()
                .to_string()
                .starts_with("not an atom: empty, or it holds a space")
        );
        assert!(
            HeaderName::new("a:")
                .unwrap_err()
                .to_string()
                .starts_with("not the name of a header field: empty, or it holds a space, a colon")
        );
    }
}
