//! Reads what commands and responses of a search share.

use nom::{
    Parser as _,
    character::complete::char,
    combinator::{map, map_opt, opt, verify},
    sequence::separated_pair,
};

use crate::{
    types::PartialRange,
    wire::{Parsed, number::number},
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
    let position = verify(number, |number| *number > 0);
    map((opt(char('-')), position), |(minus, number)| {
        let number = i64::from(number);
        if minus.is_some() { -number } else { number }
    })
    .parse(input)
}
