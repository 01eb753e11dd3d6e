//! Decimal numbers.

use nom::{Parser, combinator::map_opt, error::ErrorKind};

use crate::wire::Parsed;

/// `1*DIGIT` that fits into 64 bits.
pub(crate) fn number(input: &[u8]) -> Parsed<'_, u64> {
    let mut value = 0_u64;
    let mut rest = input;
    while let [digit @ b'0'..=b'9', after @ ..] = rest {
        let next =
            value.checked_mul(10).and_then(|value| value.checked_add(u64::from(digit - b'0')));
        let Some(next) = next else {
            return Err(failed(input));
        };
        value = next;
        rest = after;
    }
    if rest.len() == input.len() {
        return Err(failed(input));
    }
    Ok((rest, value))
}

pub(crate) fn number_u32(input: &[u8]) -> Parsed<'_, u32> {
    map_opt(number, |number| u32::try_from(number).ok()).parse(input)
}

pub(super) const fn failed(input: &[u8]) -> nom::Err<nom::error::Error<&[u8]>> {
    nom::Err::Error(nom::error::Error { input, code: ErrorKind::Digit })
}
