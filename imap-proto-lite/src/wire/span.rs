//! The place of a value in the bytes that it was read from. An
//! [`Envelope`](crate::types::envelope::Envelope) and a
//! [`BodyStructure`](crate::types::body_structure::BodyStructure) hold places instead of values, so
//! that they are small to move and an unused value costs nothing.

use core::ops::Range;

use nom::Offset as _;

use crate::wire::{
    IString, List,
    list::{Iter, sealed::Element},
};

/// The place of an `nstring`. Offset 0 is NIL, or a missing field: a value never starts there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StringSpan {
    at: u32,
    length: u32,
}

/// Marks the inside of a quoted string that holds backslashes. A string is never that long.
const ESCAPED: u32 = 1 << 31;

impl StringSpan {
    pub(crate) const NIL: Self = Self { at: 0, length: 0 };

    /// `None` if the numbers are too large.
    pub(crate) fn new(at: usize, length: usize) -> Option<Self> {
        let length = u32::try_from(length).ok().filter(|length| length & ESCAPED == 0)?;
        Some(Self { at: u32::try_from(at).ok()?, length })
    }

    /// The place of a value that was read from `octets`.
    pub(crate) fn of(value: &Option<IString<'_>>, octets: &[u8]) -> Option<Self> {
        let Some(value) = value else {
            return Some(Self::NIL);
        };
        let (inside, escaped) = value.as_received()?;
        let mut span = Self::new(octets.offset(inside), inside.len())?;
        if escaped {
            span.length |= ESCAPED;
        }
        Some(span)
    }

    pub(crate) const fn is_nil(self) -> bool {
        self.at == 0
    }

    pub(crate) const fn range(self) -> Range<usize> {
        self.at as usize..(self.at + (self.length & !ESCAPED)) as usize
    }

    /// The string of these bytes, which are its wire form.
    pub(crate) const fn string(self, value: &[u8]) -> IString<'_> {
        if self.length & ESCAPED == 0 { IString::plain(value) } else { IString::escaped(value) }
    }

    /// The value in its wire form, from the bytes that it was found in.
    pub(crate) fn raw(self, octets: &[u8]) -> Option<&[u8]> {
        if self.is_nil() { None } else { octets.get(self.range()) }
    }

    /// Whether the value is this ASCII word in any case.
    pub(crate) fn is(self, word: &str, octets: &[u8]) -> bool {
        if self.length & ESCAPED == 0 {
            return self.length as usize == word.len()
                && self.raw(octets).is_some_and(|raw| raw.eq_ignore_ascii_case(word.as_bytes()));
        }
        self.value(octets).is_some_and(|value| value.eq_ignore_ascii_case(word))
    }

    /// The value, from the bytes that it was found in.
    pub(crate) fn value(self, octets: &[u8]) -> Option<IString<'_>> {
        Some(self.string(self.raw(octets)?))
    }
}

/// The place of the inside of a checked list, and its number of items.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ListSpan {
    at: u32,
    length: u32,
    count: u32,
}

impl ListSpan {
    pub(crate) const EMPTY: Self = Self { at: 0, length: 0, count: 0 };

    /// `None` if the numbers are too large.
    pub(crate) fn new(at: usize, length: usize, count: usize) -> Option<Self> {
        let number = |number| u32::try_from(number).ok();
        Some(Self { at: number(at)?, length: number(length)?, count: number(count)? })
    }

    /// The place of a list that was read from `octets`.
    pub(crate) fn of<E: Element>(list: &List<'_, E>, octets: &[u8]) -> Option<Self> {
        if list.is_empty() {
            return Some(Self::EMPTY);
        }
        let inside = list.as_wire();
        Self::new(octets.offset(inside), inside.len(), list.len())
    }

    pub(crate) const fn count(self) -> usize {
        self.count as usize
    }

    pub(crate) const fn range(self) -> Range<usize> {
        self.at as usize..(self.at + self.length) as usize
    }

    /// The inside, from the bytes that it was found in.
    pub(crate) fn inside(self, octets: &[u8]) -> &[u8] {
        octets.get(self.range()).unwrap_or_default()
    }

    /// The items.
    pub(crate) fn iter<E: Element>(self, octets: &[u8]) -> Iter<'_, E> {
        Iter::new(self.inside(octets), self.count as usize)
    }
    /// The list.
    pub(crate) fn value<E: Element>(self, octets: &[u8]) -> List<'_, E> {
        List::from_wire_counted(self.inside(octets), self.count())
    }
}
