//! The timestamp of a greeting.

use alloc::boxed::Box;
use core::fmt;

use nom::{
    Parser,
    bytes::complete::{tag, take_till, take_while1},
    combinator::{not, recognize},
    multi::many0_count,
    sequence::preceded,
};

use crate::{
    event::Text,
    wire::{Parsed, found},
};

/// The timestamp of a greeting, angle brackets included: a `msg-id` that differs each time.
/// [RFC 1939 section 7](https://www.rfc-editor.org/rfc/rfc1939#section-7), APOP.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Timestamp(pub(crate) Box<[u8]>);

impl Timestamp {
    /// Checks the form `<left@right>` and takes a copy.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        timestamp(text.as_bytes())
            .filter(|found| found.len() == text.len())
            .map(|found| Self(found.into()))
    }

    /// The bytes, angle brackets included.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::excerpt(&self.0).fmt(f)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::excerpt(&self.0).fmt(f)
    }
}

/// Finds the timestamp in the text of a greeting: a `msg-id`.
///
/// ```text
/// timestamp = "<" 1*tchar "@" 1*tchar ">"          ; tchar: printable, none of "<" ">" "@"
/// ```
#[must_use]
pub fn timestamp(text: &[u8]) -> Option<&[u8]> {
    let up_to_bracket = || take_till(|octet| octet == b'<');
    let others = many0_count((not(msg_id), tag("<"), up_to_bracket()));
    found(preceded((up_to_bracket(), others), msg_id), text)
}

fn msg_id(input: &[u8]) -> Parsed<'_, &[u8]> {
    recognize((tag("<"), tchars, tag("@"), tchars, tag(">"))).parse(input)
}

fn tchars(input: &[u8]) -> Parsed<'_, &[u8]> {
    let is_tchar = |octet: u8| octet.is_ascii_graphic() && !matches!(octet, b'<' | b'>' | b'@');
    take_while1(is_tchar).parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps() {
        for (text, expected) in [
            (
                &b"ready <1896.697170952@dbc.mtview.ca.us>"[..],
                Some(&b"<1896.697170952@dbc.mtview.ca.us>"[..]),
            ),
            (b"<a@b>", Some(b"<a@b>")),
            (b"<a <b@c> d>", Some(b"<b@c>")),
            (b"<<a@b>>", Some(b"<a@b>")),
            (b"<a@b", None),
            (b"<a@b@c>", None),
            (b"<a b@c>", None),
            (b"<ab>", None),
            (b"<a@\xe9>", None),
            (b"", None),
        ] {
            assert_eq!(timestamp(text), expected, "{text:?}");
        }
    }
}
