//! Numbers: RFC 9051 section 9.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use nom::{
    Parser,
    character::complete::u64,
    combinator::{map_opt, map_res},
};

use crate::wire::{Parsed, steps};

/// ```abnf
/// number64        = 1*DIGIT
/// ```
pub(crate) fn number64(input: &[u8]) -> Parsed<'_, u64> {
    let (rest, number) = u64(input)?;
    steps::add(input.len() - rest.len());
    Ok((rest, number))
}

/// ```abnf
/// number          = 1*DIGIT
/// ```
pub(crate) fn number(input: &[u8]) -> Parsed<'_, u32> {
    map_res(number64, u32::try_from).parse(input)
}

/// ```abnf
/// nz-number       = digit-nz *DIGIT
/// ```
pub(crate) fn nz_number(input: &[u8]) -> Parsed<'_, NonZeroU32> {
    map_opt(number, NonZeroU32::new).parse(input)
}

/// Writes a number in decimal.
pub(crate) fn write_number(value: u64, out: &mut Vec<u8>) {
    let mut digits = [0u8; 20];
    let mut value = value;
    let mut used = 0;
    for place in digits.iter_mut().rev() {
        *place = b'0' + u8::try_from(value % 10).unwrap_or_default();
        used += 1;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(digits.len() - used..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::number64;
    use crate::wire::FAIL;

    #[test]
    fn numbers_by_words() {
        let numbers = [
            0,
            7,
            10,
            123,
            9_999_999,
            12_345_678,
            99_999_999,
            100_000_000,
            4_294_967_296,
            u64::MAX,
        ];
        for number in numbers {
            for tail in ["", " ", ")", ") FLAGS ()", "/", ":", "\u{b0}", "x1234567"] {
                let text = format!("{number}{tail}");
                assert_eq!(number64(text.as_bytes()), Ok((tail.as_bytes(), number)), "{text}");
            }
        }
        assert_eq!(number64(b"000000000000000000000000000012 "), Ok((&b" "[..], 12)));
        for text in ["", " 1234567", "x", "18446744073709551616", "/2345678", "-1"] {
            assert_eq!(number64(text.as_bytes()), Err(FAIL), "{text}");
        }
    }
}
