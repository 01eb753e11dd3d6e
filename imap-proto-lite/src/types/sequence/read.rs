//! Reads and writes sets: RFC 9051 section 9.

use core::num::NonZeroU32;

use nom::{
    Parser as _,
    branch::alt,
    bytes::complete::tag,
    character::complete::{char, digit1},
    combinator::{consumed, map, not, opt, recognize},
    multi::many0_count,
    sequence::{preceded, separated_pair, terminated},
};

use crate::{
    types::{
        Number, NumberRange, Ranges,
        sequence::{Endpoint, RangeElement, fast},
    },
    wire::{Parsed, Token, ends, list::sealed::Element, nz_number, put::Out},
};

impl<N: Number> Element for RangeElement<N> {
    type Item<'a> = NumberRange<N>;
    const SEPARATOR: u8 = b',';
    const FAST: fn(&[u8]) -> Option<(&[u8], NumberRange<N>)> = fast::member;

    fn read(input: &[u8]) -> Token<'_, NumberRange<N>> {
        member(input)
    }

    fn write(item: &NumberRange<N>, out: &mut Out) {
        let last = (item.first != item.last).then(|| (b':', item.last.number().get()));
        out.put((item.first.number().get(), last));
    }
}

/// The next member and its comma; one with a number that is 0 or over 32 bits is skipped.
#[cold]
fn member<N: Number>(mut input: &[u8]) -> Option<(&[u8], NumberRange<N>)> {
    loop {
        let member = alt((map(response_range, Some), map(any_range, |_| None)));
        let (after, range) = terminated(member, opt(char(','))).parse(input).ok()?;
        if let Some(range) = range {
            return Some((after, range));
        }
        input = after;
    }
}

/// ```abnf
/// seq-number      = nz-number / "*"
/// ```
fn seq_number<N: Number>(input: &[u8]) -> Parsed<'_, Endpoint<N>> {
    let number = map(nz_number, |number| Endpoint::Number(N::from_number(number)));
    alt((map(char('*'), |_| Endpoint::Last), number)).parse(input)
}

/// ```abnf
/// seq-range       = seq-number ":" seq-number
/// ```
/// A `seq-number` alone is the range from it to itself.
pub(super) fn seq_range<N: Number>(input: &[u8]) -> Parsed<'_, (Endpoint<N>, Endpoint<N>)> {
    let one = map(terminated(seq_number, not(char(':'))), |number| (number, number));
    alt((separated_pair(seq_number, char(':'), seq_number), one)).parse(input)
}

/// A [`seq_range`] in a response. Servers should not send `*`, but some do: it is the largest
/// number.
fn response_range<N: Number>(input: &[u8]) -> Parsed<'_, NumberRange<N>> {
    let number = |end| match end {
        Endpoint::Number(number) => number,
        Endpoint::Last => N::from_number(NonZeroU32::MAX),
    };
    let range = |(first, last)| NumberRange { first: number(first), last: number(last) };
    map(seq_range, range).parse(input)
}

/// A [`seq_range`] of numbers of any size.
fn any_range(input: &[u8]) -> Parsed<'_, &[u8]> {
    let number = |input| alt((tag("*"), digit1)).parse(input);
    recognize((number, opt((char(':'), number)))).parse(input)
}

/// ```abnf
/// sequence-set    = (seq-number / seq-range) ["," sequence-set]
/// ```
pub(crate) fn sequence_set<N: Number>(input: &[u8]) -> Parsed<'_, Ranges<'_, N>> {
    terminated(members(|input| recognize(response_range::<N>).parse(input)), set_end).parse(input)
}

/// As [`sequence_set`], for sets that may be huge: the form is checked and the ranges are counted,
/// but the numbers are parsed only when they are asked for. A number that is 0 or does not fit 32
/// bits costs only its range.
pub(crate) fn unchecked_set<N: Number>(input: &[u8]) -> Parsed<'_, Ranges<'_, N>> {
    if let Some((rest, (set, count))) = fast::unchecked_set(input) {
        return Ok((rest, Ranges::from_wire_counted(set, count)));
    }
    terminated(unchecked_members, set_end).parse(input)
}

/// The start of an [`unchecked_set`], whatever follows it.
pub(crate) fn unchecked_members<N: Number>(input: &[u8]) -> Parsed<'_, Ranges<'_, N>> {
    members(any_range).parse(input)
}

/// Members of a set with commas between them, at least one. Never expanded.
fn members<N: Number>(
    member: fn(&[u8]) -> Parsed<'_, &[u8]>,
) -> impl Fn(&[u8]) -> Parsed<'_, Ranges<'_, N>> {
    move |input| {
        let others = many0_count(preceded(char(','), member));
        let (rest, (set, others)) = consumed(preceded(member, others)).parse(input)?;
        Ok((rest, Ranges::from_wire_counted(set, others + 1)))
    }
}

fn set_end(input: &[u8]) -> Parsed<'_, ()> {
    ends(" )\r").parse(input)
}
