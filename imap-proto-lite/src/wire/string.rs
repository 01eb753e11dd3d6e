//! Strings of the protocol: RFC 9051 section 4.3.

use alloc::{borrow::Cow, string::String, vec::Vec};
use core::fmt::{self, Write as _};

use nom::{
    Parser,
    branch::alt,
    bytes::complete::take_till,
    character::complete::char,
    combinator::{map, not, recognize, value, verify},
    multi::fold_many0,
    sequence::{delimited, preceded},
};

use crate::wire::{Parsed, byte, literal::literal, literal_header, nil_or, steps, word};

/// The value of a quoted string, a literal or an atom: bytes in an unknown charset.
///
/// A quoted string keeps its backslashes until the value is asked for, so reading a response
/// allocates nothing. All comparisons are of values.
#[derive(Clone)]
pub struct IString<'a>(Repr<'a>);

/// Three words: an envelope has ten of these and a response hundreds.
#[derive(Clone)]
enum Repr<'a> {
    Plain(&'a [u8]),
    /// The inside of a quoted string that holds backslashes.
    Escaped(&'a [u8]),
    /// The value.
    Owned(Vec<u8>),
}

impl<'a> IString<'a> {
    /// The string with this value.
    pub fn new(value: impl Into<Cow<'a, [u8]>>) -> Self {
        Self(match value.into() {
            Cow::Borrowed(value) => Repr::Plain(value),
            Cow::Owned(value) => Repr::Owned(value),
        })
    }

    pub(crate) const fn plain(value: &'a [u8]) -> Self {
        Self(Repr::Plain(value))
    }

    pub(crate) const fn escaped(inside: &'a [u8]) -> Self {
        Self(Repr::Escaped(inside))
    }

    /// The bytes as received, and whether they contain escapes; `None` for an owned string.
    pub(crate) const fn as_received(&self) -> Option<(&'a [u8], bool)> {
        match self.0 {
            Repr::Plain(value) => Some((value, false)),
            Repr::Escaped(inside) => Some((inside, true)),
            Repr::Owned(_) => None,
        }
    }

    /// The value; copied only to remove escapes.
    pub fn to_cow(&self) -> Cow<'_, [u8]> {
        self.borrowed().into_cow()
    }

    /// The value as owned bytes or as a slice that lives as long as the response.
    #[must_use]
    pub fn into_cow(self) -> Cow<'a, [u8]> {
        match self.0 {
            Repr::Plain(value) => Cow::Borrowed(value),
            Repr::Escaped(_) => Cow::Owned(self.bytes().collect()),
            Repr::Owned(value) => Cow::Owned(value),
        }
    }

    /// The value as text; bytes that are not UTF-8 are replaced.
    pub fn to_str_lossy(&self) -> Cow<'_, str> {
        match self.to_cow() {
            Cow::Borrowed(value) => String::from_utf8_lossy(value),
            Cow::Owned(value) => Cow::Owned(String::from_utf8_lossy(&value).into_owned()),
        }
    }

    /// The value as text; `None` if it is not UTF-8.
    pub(crate) fn into_text(self) -> Option<Cow<'a, str>> {
        match self.into_cow() {
            Cow::Borrowed(value) => core::str::from_utf8(value).ok().map(Cow::Borrowed),
            Cow::Owned(value) => String::from_utf8(value).ok().map(Cow::Owned),
        }
    }

    /// The bytes that the string holds, and whether they contain escapes.
    const fn held(&self) -> (&[u8], bool) {
        match &self.0 {
            Repr::Plain(value) => (value, false),
            Repr::Escaped(inside) => (inside, true),
            Repr::Owned(value) => (value.as_slice(), false),
        }
    }

    /// The bytes of the value, one by one, without a copy.
    pub fn bytes(&self) -> impl Iterator<Item = u8> + '_ {
        let (octets, escapes) = self.held();
        let mut octets = octets.iter().copied().peekable();
        core::iter::from_fn(move || match octets.next()? {
            // A backslash before any other character is one that the server did not escape.
            b'\\' if escapes => octets.next_if(|next| matches!(next, b'"' | b'\\')).or(Some(b'\\')),
            octet => Some(octet),
        })
    }

    /// Bytes in the value.
    pub fn len(&self) -> usize {
        match self.held() {
            (_, true) => self.bytes().count(),
            (value, false) => value.len(),
        }
    }

    /// Whether the value is the empty string.
    pub fn is_empty(&self) -> bool {
        self.bytes().next().is_none()
    }

    /// Whether the value is this ASCII word in any case.
    #[must_use]
    pub fn eq_ignore_ascii_case(&self, word: &str) -> bool {
        let lower = |octet: u8| octet.to_ascii_lowercase();
        self.bytes().map(lower).eq(word.bytes().map(lower))
    }

    /// Converts into an owned string.
    #[must_use]
    pub fn into_owned(self) -> IString<'static> {
        IString(Repr::Owned(self.into_cow().into_owned()))
    }

    /// The same string, borrowed.
    #[must_use]
    pub fn borrowed(&self) -> IString<'_> {
        match self.held() {
            (inside, true) => IString::escaped(inside),
            (value, false) => IString::plain(value),
        }
    }
}

impl Default for IString<'_> {
    fn default() -> Self {
        Self::plain(b"")
    }
}

impl PartialEq for IString<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes().eq(other.bytes())
    }
}

impl Eq for IString<'_> {}

impl PartialEq<[u8]> for IString<'_> {
    fn eq(&self, other: &[u8]) -> bool {
        self.bytes().eq(other.iter().copied())
    }
}

impl PartialEq<&str> for IString<'_> {
    fn eq(&self, other: &&str) -> bool {
        self == other.as_bytes()
    }
}

impl core::hash::Hash for IString<'_> {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        for octet in self.bytes() {
            state.write_u8(octet);
        }
        state.write_u8(0xff);
    }
}

/// The value in double quotes with everything unprintable escaped.
impl fmt::Debug for IString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for octet in self.bytes() {
            fmt::Display::fmt(&octet.escape_ascii(), f)?;
        }
        f.write_str("\"")
    }
}

impl<'a> From<&'a IString<'_>> for IString<'a> {
    fn from(value: &'a IString<'_>) -> Self {
        value.borrowed()
    }
}

impl<'a> From<&'a str> for IString<'a> {
    fn from(value: &'a str) -> Self {
        Self::plain(value.as_bytes())
    }
}

impl<'a> From<&'a [u8]> for IString<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::plain(value)
    }
}

impl From<String> for IString<'_> {
    fn from(value: String) -> Self {
        Self::new(value.into_bytes())
    }
}

/// Bytes as `Display` text: printable ASCII unchanged, including quotes and backslashes, and
/// everything else escaped.
pub(crate) struct Printable<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| match octet {
            b' '..=b'~' => f.write_char(char::from(*octet)),
            _ => fmt::Display::fmt(&octet.escape_ascii(), f),
        })
    }
}

/// Implements `Debug` as `Display`.
macro_rules! debug_as_display {
    ($($name:ident),*) => {
        $(impl core::fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        })*
    };
}
pub(crate) use debug_as_display;

/// Bytes as `Debug` text: unprintable ones are escaped.
pub(crate) struct Escaped<'a>(pub(crate) &'a [u8]);

impl fmt::Debug for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// ```abnf
/// quoted          = DQUOTE *QUOTED-CHAR DQUOTE
/// QUOTED-CHAR     = <any TEXT-CHAR except quoted-specials> / "\" quoted-specials /
///                   UTF8-2 / UTF8-3 / UTF8-4
/// ```
/// 8-bit bytes and control characters are accepted. A backslash escapes a quote or a backslash;
/// before anything else it is one that the server did not escape (`"C:\dir"`).
pub(crate) fn quoted(input: &[u8]) -> Parsed<'_, IString<'_>> {
    alt((
        map(delimited(char('"'), plain_text, char('"')), IString::plain),
        map(delimited(char('"'), escaped_text, char('"')), IString::escaped),
    ))
    .parse(input)
}

/// The bytes before a `"`, a `\` or the end of the line.
fn plain_text(input: &[u8]) -> Parsed<'_, &[u8]> {
    let ends = |octet| matches!(octet, b'"' | b'\\' | b'\r' | b'\n');
    steps::counted(take_till(ends)).parse(input)
}

/// The bytes before a `"` that is not escaped.
fn escaped_text(input: &[u8]) -> Parsed<'_, &[u8]> {
    let escape = value((), (char('\\'), byte(|octet| !matches!(octet, b'\r' | b'\n'))));
    let text = value((), verify(plain_text, |text: &[u8]| !text.is_empty()));
    recognize(fold_many0(alt((text, escape)), || (), |(), ()| ())).parse(input)
}

/// ```abnf
/// string          = quoted / literal
/// ```
pub(crate) fn string(input: &[u8]) -> Parsed<'_, IString<'_>> {
    alt((quoted, map(literal, IString::plain))).parse(input)
}

/// ```abnf
/// nstring         = string / nil
/// ```
pub(crate) fn nstring(input: &[u8]) -> Parsed<'_, Option<IString<'_>>> {
    nil_or(string).parse(input)
}

/// ```abnf
/// astring         = 1*ASTRING-CHAR / string
/// ```
/// An unquoted one may also have 8-bit bytes and the characters that `astring` excludes. An
/// incomplete literal is not an atom.
pub(crate) fn astring(input: &[u8]) -> Parsed<'_, IString<'_>> {
    alt((string, map(preceded(not(literal_header), word), IString::plain))).parse(input)
}

/// Whether the value can be a quoted string in any session.
pub(crate) fn is_quotable(value: &[u8]) -> bool {
    value.iter().all(|octet| matches!(octet, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn escapes_are_no_part_of_the_value() {
        let string = IString::escaped(br#"a\"b\\c"#);
        assert_eq!(string, r#"a"b\c"#);
        assert_eq!(string.len(), 5);
        assert_eq!(string, IString::from(r#"a"b\c"#));
        assert_eq!(format!("{string:?}"), r#""a\"b\\c""#);
    }

    #[test]
    fn a_lone_backslash_stays() {
        for (inside, value) in
            [(r"a\", r"a\"), (r"C:\dir", r"C:\dir"), (r"\a\b", r"\a\b"), (r#"\"x\\\""#, r#""x\""#)]
        {
            let string = IString::escaped(inside.as_bytes());
            assert_eq!(string, value, "{inside}");
            assert_eq!(string.len(), value.len());
            assert_eq!(string.to_cow().as_ref(), value.as_bytes());
        }
    }

    #[test]
    fn any_byte_may_follow_a_backslash() {
        for octet in (0..=u8::MAX).filter(|octet| !matches!(octet, b'\r' | b'\n')) {
            let text = [b'"', b'\\', octet, b'"'];
            assert!(matches!(quoted(&text), Ok(([], _))), "{octet:#x}");
        }
        assert!(quoted(b"\"\\\xfc").is_err());
    }

    #[test]
    fn words_compare_in_any_case() {
        assert!(IString::from("Inbox").eq_ignore_ascii_case("INBOX"));
        assert!(!IString::from("Inbo").eq_ignore_ascii_case("INBOX"));
        assert!(!IString::from("Inboxx").eq_ignore_ascii_case("INBOX"));
    }
}
