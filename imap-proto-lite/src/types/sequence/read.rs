//! Reads and writes the ranges of a set in a response: RFC 9051 section 9.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use crate::{
    types::{
        Number, NumberRange,
        sequence::{RangeElement, fast},
    },
    wire::{leading_number, list::sealed::Element, write_number},
};

impl<N: Number> Element for RangeElement<N> {
    type Item<'a> = NumberRange<N>;
    const SEPARATOR: u8 = b',';

    #[inline]
    fn next(rest: &mut &[u8]) -> Option<NumberRange<N>> {
        let (range, behind) = match fast::member(rest) {
            Some(member) => member,
            None => member(rest)?,
        };
        *rest = behind;
        Some(range)
    }

    fn write(item: &NumberRange<N>, out: &mut Vec<u8>) {
        let number = |number: N, out: &mut Vec<u8>| {
            write_number(u64::from(number.number().get()), out);
        };
        number(item.first, out);
        if item.first != item.last {
            out.push(b':');
            number(item.last, out);
        }
    }
}

/// Slow path: any member. One whose number is 0 or over 32 bits is skipped.
#[inline(never)]
fn member<N: Number>(mut input: &[u8]) -> Option<(NumberRange<N>, &[u8])> {
    loop {
        let range = leading_range(input);
        let after = match range {
            Some((_, after)) => after,
            None => {
                let end = input
                    .iter()
                    .position(|octet| !matches!(octet, b'0'..=b'9' | b':' | b'*'))
                    .unwrap_or(input.len());
                input.get(end..).filter(|_| end > 0)?
            }
        };
        let after = after.strip_prefix(b",").unwrap_or(after);
        if let Some((range, _)) = range {
            return Some((range, after));
        }
        input = after;
    }
}

/// A range at the start of `input`, and the rest.
#[inline]
pub(crate) fn leading_range<N: Number>(input: &[u8]) -> Option<(NumberRange<N>, &[u8])> {
    let (first, after) = range_end(input)?;
    let (last, after) = match after.split_first() {
        Some((b':', after)) => range_end(after)?,
        _ => (first, after),
    };
    Some((NumberRange { first: N::from_number(first), last: N::from_number(last) }, after))
}

/// A number of a set. Servers should not send `*`, but some do: it is the largest number.
#[inline]
fn range_end(input: &[u8]) -> Option<(NonZeroU32, &[u8])> {
    match input {
        [b'*', rest @ ..] => Some((NonZeroU32::MAX, rest)),
        _ => leading_number(input),
    }
}
