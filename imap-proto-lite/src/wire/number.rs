//! Numbers: RFC 9051 section 9.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use crate::wire::{FAIL, Parsed, steps, swar};

/// ```abnf
/// number64        = 1*DIGIT
/// ```
#[inline]
pub(crate) fn number64(input: &[u8]) -> Parsed<'_, u64> {
    digits(input).ok_or(FAIL)
}

/// As [`number64`].
#[inline(always)]
pub(crate) fn digits(input: &[u8]) -> Option<(&[u8], u64)> {
    let (value, digits) = leading_digits(input)?;
    if digits > 0 { Some((input.get(digits..)?, value)) } else { None }
}

/// The value of the digits at the start and how many there are; 0 if there are none. `None` beyond
/// 64 bits.
#[inline(always)]
fn leading_digits(input: &[u8]) -> Option<(u64, usize)> {
    let (mut value, mut digits) = swar::parse_leading_digits(input);
    if digits == 8 {
        for octet in input.get(8..)? {
            let digit = octet.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
            digits += 1;
        }
    }
    steps::add(digits + 1);
    Some((value, digits))
}

/// ```abnf
/// number          = 1*DIGIT
/// ```
#[inline]
pub(crate) fn number(input: &[u8]) -> Parsed<'_, u32> {
    let (rest, value) = number64(input)?;
    Ok((rest, u32::try_from(value).map_err(|_| FAIL)?))
}

/// ```abnf
/// nz-number       = digit-nz *DIGIT
/// ```
#[inline]
pub(crate) fn nz_number(input: &[u8]) -> Parsed<'_, NonZeroU32> {
    leading_number(input).map(|(number, rest)| (rest, number)).ok_or(FAIL)
}

/// An [`nz_number`] and the rest of the input.
#[inline]
pub(crate) fn leading_number(input: &[u8]) -> Option<(NonZeroU32, &[u8])> {
    let (value, digits) = leading_digits(input)?;
    let number = NonZeroU32::new(u32::try_from(value).ok()?)?;
    Some((number, input.get(digits..)?))
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

    use super::{FAIL, number64};

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
