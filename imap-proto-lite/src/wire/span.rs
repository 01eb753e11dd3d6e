//! The place of a value in the bytes that it was read from. An
//! [`Envelope`](crate::types::envelope::Envelope) and a
//! [`BodyStructure`](crate::types::body_structure::BodyStructure) hold places instead of values, so
//! that they are small to move and an unused value costs nothing.

use crate::wire::{IString, List, fast, list::sealed::Element, nstring};

/// The place of an `nstring`. Offset 0 is NIL, or a missing field: a value never starts there.
///
/// Offset and length share one word: two 32-bit stores followed by a 64-bit load stall the
/// processor.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StringSpan(u64);

/// Marks the inside of a quoted string that holds backslashes. A string is never that long.
const ESCAPED: u32 = 1 << 31;

impl StringSpan {
    pub(crate) const NIL: Self = Self(0);

    #[inline]
    pub(crate) fn new(at: usize, octets: usize, escaped: bool) -> Option<Self> {
        let octets = u32::try_from(octets).ok().filter(|octets| octets & ESCAPED == 0)?;
        let octets = if escaped { octets | ESCAPED } else { octets };
        Some(Self(pack(u32::try_from(at).ok()?, octets)))
    }

    #[inline]
    pub(crate) const fn is_nil(self) -> bool {
        self.0 == 0
    }

    /// Whether the value is this ASCII word in any case.
    #[inline]
    pub(crate) fn is<const N: usize>(self, octets: &[u8], word: &[u8; N]) -> bool {
        let (at, length) = unpack(self.0);
        if length & ESCAPED != 0 {
            return self.get(octets).is_some_and(|value| value.to_cow().eq_ignore_ascii_case(word));
        }
        length as usize == N
            && octets
                .get(at as usize..)
                .and_then(<[u8]>::first_chunk::<N>)
                .is_some_and(|value| value.eq_ignore_ascii_case(word))
    }

    /// The value, from the bytes that it was found in.
    #[inline]
    pub(crate) fn get(self, octets: &[u8]) -> Option<IString<'_>> {
        if self.is_nil() {
            return None;
        }
        let (at, length) = unpack(self.0);
        let value = octets.get(at as usize..at as usize + (length & !ESCAPED) as usize)?;
        Some(if length & ESCAPED == 0 { IString::plain(value) } else { IString::escaped(value) })
    }
}

/// The place of an [`nstring`] in a value of `all` bytes, of which `input` is the end.
#[inline]
pub(crate) fn nstring_place(all: usize, input: &[u8]) -> Option<(&[u8], StringSpan)> {
    match fast::nstring(input) {
        Some((rest, Some(value))) => {
            let place = StringSpan::new(all - rest.len() - 1 - value.len(), value.len(), false)?;
            Some((rest, place))
        }
        Some((rest, None)) => Some((rest, StringSpan::NIL)),
        None => any_nstring_place(all, input),
    }
}

/// The general case of [`nstring_place`].
#[inline(never)]
pub(crate) fn any_nstring_place(all: usize, input: &[u8]) -> Option<(&[u8], StringSpan)> {
    let (rest, value) = nstring(input).ok()?;
    let Some(value) = value else {
        return Some((rest, StringSpan::NIL));
    };
    let (inside, escaped) = value.as_received()?;
    let behind = rest.len() + usize::from(input.first() == Some(&b'"'));
    StringSpan::new(all - behind - inside.len(), inside.len(), escaped).map(|place| (rest, place))
}

/// The place of the inside of a checked list, and its number of items.
#[derive(Clone, Copy, Debug, Default)]
#[repr(Rust, packed(4))]
pub(crate) struct ListSpan {
    /// As in [`StringSpan`].
    place: u64,
    count: u32,
}

impl ListSpan {
    pub(crate) const EMPTY: Self = Self { place: 0, count: 0 };

    #[inline]
    pub(crate) fn new(at: usize, octets: usize, count: usize) -> Option<Self> {
        let (at, octets) = (u32::try_from(at).ok()?, u32::try_from(octets).ok()?);
        Some(Self { place: pack(at, octets), count: u32::try_from(count).ok()? })
    }

    /// The inside, from the bytes that it was found in.
    #[inline]
    pub(crate) fn inside(self, octets: &[u8]) -> &[u8] {
        let (at, length) = unpack(self.place);
        octets.get(at as usize..at as usize + length as usize).unwrap_or_default()
    }

    /// The list.
    #[inline]
    pub(crate) fn get<E: Element>(self, octets: &[u8]) -> List<'_, E> {
        List::from_wire_counted(self.inside(octets), self.count as usize)
    }
}

#[inline]
const fn pack(at: u32, octets: u32) -> u64 {
    (at as u64) << 32 | octets as u64
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the halves of a word")]
const fn unpack(place: u64) -> (u32, u32) {
    ((place >> 32) as u32, place as u32)
}
