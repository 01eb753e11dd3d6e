//! Reads what commands and responses of a search share.

use nom::{
    Parser as _,
    character::complete::char,
    combinator::{map, map_opt, opt},
    sequence::separated_pair,
};

use crate::{
    types::PartialRange,
    wire::{Parsed, nz_number},
};

/// RFC 9394: `partial-range-first / partial-range-last`
pub(crate) fn partial_range(input: &[u8]) -> Parsed<'_, PartialRange> {
    map_opt(separated_pair(end, char(':'), end), |(first, last)| {
        ((first < 0) == (last < 0)).then_some(PartialRange { first, last })
    })
    .parse(input)
}

/// One end of the range, negative after a minus.
fn end(input: &[u8]) -> Parsed<'_, i64> {
    let sign = map(opt(char('-')), |minus| if minus.is_some() { -1 } else { 1 });
    map((sign, nz_number), |(sign, number)| sign * i64::from(number.get())).parse(input)
}
