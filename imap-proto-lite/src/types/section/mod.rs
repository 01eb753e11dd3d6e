//! Which piece of a message: `section` and `partial` of RFC 9051 section 6.4.5.

use alloc::borrow::Cow;
use core::{fmt, mem, num::NonZeroU32};

pub(crate) mod read;
pub(crate) mod write;

use crate::{
    types::HeaderName,
    wire::{
        List, nz_number,
        put::{Out, joined},
        string::debug_as_display,
    },
};

/// The number of a body part, such as `1.2.3`: numbers from 1, outermost first.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PartNumber<'a>(Cow<'a, [u8]>);

impl<'a> PartNumber<'a> {
    /// A part by its path; `None` if the path is empty.
    pub fn new(path: impl IntoIterator<Item = NonZeroU32>) -> Option<Self> {
        let mut out = Out::default();
        out.put(joined(b'.', path.into_iter().map(NonZeroU32::get)));
        (!out.bytes.is_empty()).then_some(Self(Cow::Owned(out.bytes)))
    }

    /// The numbers, outermost first.
    pub fn path(&self) -> impl Iterator<Item = NonZeroU32> + '_ {
        self.0
            .split(|octet| *octet == b'.')
            .filter_map(|number| nz_number(number).ok().map(|(_, number)| number))
    }

    /// Converts into an owned value.
    #[must_use]
    pub fn into_owned(self) -> PartNumber<'static> {
        PartNumber(Cow::Owned(self.0.into_owned()))
    }

    pub(crate) fn as_wire(&self) -> &[u8] {
        &self.0
    }
}

/// The text is not a part number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a part number: numbers from 1 with dots between them")]
#[non_exhaustive]
pub struct NotAPartNumber;

impl fmt::Display for PartNumber<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.escape_ascii(), f)
    }
}

debug_as_display!(PartNumber);

/// The kind of item in [`HeaderNames`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct HeaderNameElement;

/// Names of header fields.
pub type HeaderNames<'a> = List<'a, HeaderNameElement>;

/// A piece of a message or part: `section-text`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SectionText<'a> {
    /// `HEADER`: the whole header of a message.
    Header,
    /// `HEADER.FIELDS`: these fields of it.
    HeaderFields(HeaderNames<'a>),
    /// `HEADER.FIELDS.NOT`: all but these.
    HeaderFieldsNot(HeaderNames<'a>),
    /// `TEXT`: the body of a message, without its header.
    Text,
    /// `MIME`: the MIME header of a part.
    Mime,
}

/// Header names are equal in any case and order: servers recase, quote and reorder them.
impl PartialEq for SectionText<'_> {
    fn eq(&self, other: &Self) -> bool {
        let subset = |one: &HeaderNames<'_>, two: &HeaderNames<'_>| {
            one.iter().all(|name| two.iter().any(|other| name == other))
        };
        match (self, other) {
            (Self::HeaderFields(one), Self::HeaderFields(two))
            | (Self::HeaderFieldsNot(one), Self::HeaderFieldsNot(two)) => {
                subset(one, two) && subset(two, one)
            }
            _ => mem::discriminant(self) == mem::discriminant(other),
        }
    }
}

impl Eq for SectionText<'_> {}

/// A section of a message: the inside of the brackets of `BODY[]`. The default is the whole
/// message.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "`section-spec` has two pieces")]
pub struct Section<'a> {
    /// The part; `None` is the message.
    pub part: Option<PartNumber<'a>>,
    /// The piece of it; `None` is all.
    pub text: Option<SectionText<'a>>,
}

impl<'a> Section<'a> {
    /// The whole message: `[]`.
    #[must_use]
    pub const fn full() -> Self {
        Self { part: None, text: None }
    }

    /// The header of the message: `[HEADER]`.
    #[must_use]
    pub const fn header() -> Self {
        Self { part: None, text: Some(SectionText::Header) }
    }

    /// The body of the message: `[TEXT]`.
    #[must_use]
    pub const fn text() -> Self {
        Self { part: None, text: Some(SectionText::Text) }
    }

    /// These fields of the header: `[HEADER.FIELDS (..)]`.
    pub fn header_fields<'b>(names: impl IntoIterator<Item = HeaderName<'b>>) -> Self {
        Self { part: None, text: Some(SectionText::HeaderFields(HeaderNames::new(names))) }
    }

    /// The content of a part: `[1.2]`.
    #[must_use]
    pub const fn part(number: PartNumber<'a>) -> Self {
        Self { part: Some(number), text: None }
    }

    /// The MIME header of a part: `[1.2.MIME]`.
    #[must_use]
    pub const fn mime(number: PartNumber<'a>) -> Self {
        Self { part: Some(number), text: Some(SectionText::Mime) }
    }

    /// Converts into an owned value.
    #[must_use]
    pub fn into_owned(self) -> Section<'static> {
        use SectionText as Text;
        let text = self.text.map(|text| match text {
            Text::HeaderFields(names) => Text::HeaderFields(names.into_owned()),
            Text::HeaderFieldsNot(names) => Text::HeaderFieldsNot(names.into_owned()),
            Text::Header => Text::Header,
            Text::Text => Text::Text,
            Text::Mime => Text::Mime,
        });
        Section { part: self.part.map(PartNumber::into_owned), text }
    }
}

/// A range of bytes of a section: `<offset.octets>`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_structs, reason = "`partial` has two numbers")]
pub struct Partial {
    /// The first byte, from 0.
    pub offset: u32,
    /// How many bytes at most.
    pub octets: NonZeroU32,
}

#[cfg(test)]
mod tests {
    use alloc::{string::ToString as _, vec::Vec};

    use super::*;

    #[test]
    fn header_names_match_in_any_case_and_order() {
        let fields = |names: &[&'static str]| {
            Section::header_fields(names.iter().map(|name| HeaderName::new(*name).unwrap()))
        };
        let one = fields(&["Subject", "Date"]);
        assert_eq!(one, fields(&["DATE", "subject"]));
        assert_ne!(one, fields(&["DATE"]));
        assert_eq!(one.to_string(), "HEADER.FIELDS (Subject Date)");
        assert_eq!(fields(&["X-(y)"]).to_string(), "HEADER.FIELDS (\"X-(y)\")");
    }

    #[test]
    fn part_numbers() {
        let number: PartNumber<'_> = "1.20.3".parse().unwrap();
        assert_eq!(number.path().map(NonZeroU32::get).collect::<Vec<_>>(), [1, 20, 3]);
        assert_eq!(PartNumber::new(number.path()).unwrap(), number);
        for bad in ["", "0", "1.", "1.0", ".1", "1.a", "1..2"] {
            assert!(bad.parse::<PartNumber<'_>>().is_err(), "{bad}");
        }
    }
}
