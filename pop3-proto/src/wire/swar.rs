//! Eight bytes in one word: every word-at-a-time trick of the crate.

/// Counts the bytes at the front that are visible ASCII, up to 40.
#[inline]
pub(crate) fn graphic_octets(octets: &[u8]) -> usize {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    const ONES: u64 = 0x0101_0101_0101_0101;
    let mut graphic = 0;
    let mut rest = octets;
    while graphic < 40
        && let Some((eight, after)) = rest.split_first_chunk()
    {
        let word = u64::from_le_bytes(*eight);
        // The high bits: of bytes from '!' on, of DEL, and of 8-bit bytes.
        let seven = word & LOW;
        let from_exclamation_mark = seven + 0x5f * ONES;
        let delete = seven + ONES;
        let others = (!from_exclamation_mark | delete | word) & HIGH;
        if others != 0 {
            return graphic + others.trailing_zeros() as usize / 8;
        }
        graphic += 8;
        rest = after;
    }
    graphic + rest.iter().take(8).take_while(|octet| octet.is_ascii_graphic()).count()
}

/// Reads a number of at most 15 digits, so that nothing overflows. Returns the rest too.
#[inline]
pub(crate) fn leading_number(octets: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    let mut rest = octets;
    if let Some((eight, after)) = octets.split_first_chunk() {
        // '0' to '9' become 0 to 9.
        let word = u64::from_le_bytes(*eight) ^ 0x3030_3030_3030_3030;
        // The high bit of each byte that is above 9.
        let others = ((word & 0x7f7f_7f7f_7f7f_7f7f) + 0x7676_7676_7676_7676) | word;
        let digits = (others & 0x8080_8080_8080_8080).trailing_zeros() / 8;
        if digits == 0 {
            return None;
        }
        // Leading zeros replace the missing digits.
        value = decimal(word << (64 - 8 * digits));
        if digits < 8 {
            return Some((value, octets.get(digits as usize..)?));
        }
        rest = after;
    }
    while let [digit @ b'0'..=b'9', after @ ..] = rest {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        rest = after;
    }
    (1..=15).contains(&(octets.len() - rest.len())).then_some((value, rest))
}

/// The number of these eight digits, the first in the lowest byte: pairs, then fours, then all.
#[inline]
const fn decimal(digits: u64) -> u64 {
    let pairs = (digits.wrapping_mul(10).wrapping_add(digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100).wrapping_add(pairs >> 16)) & 0x0000_ffff_0000_ffff;
    (fours.wrapping_mul(10_000).wrapping_add(fours >> 32)) & 0xffff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_numbers_by_words() {
        for number in [
            0,
            1,
            9,
            10,
            99,
            1_234,
            99_999,
            1_234_567,
            12_345_678,
            99_999_999,
            100_000_000,
            999_999_999_999_999,
        ] {
            for tail in ["", " ", "\r\n", " 123456789", "/", ":", "\u{b0}", "x"] {
                let text = alloc::format!("{number}{tail}");
                assert_eq!(
                    leading_number(text.as_bytes()),
                    Some((number, tail.as_bytes())),
                    "{text}"
                );
            }
        }
        for text in ["", " 1", "x2345678", "1000000000000000", "/2345678", ":2345678"] {
            assert_eq!(leading_number(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn visible_octets_by_words() {
        for octet in 0..=255_u8 {
            for before in 0..20 {
                for after in [0, 9] {
                    let mut text = alloc::vec![b'~'; before];
                    text.push(octet);
                    text.resize(before + 1 + after, b'!');
                    let expected = if octet.is_ascii_graphic() { text.len() } else { before };
                    assert_eq!(graphic_octets(&text), expected, "{text:?}");
                }
            }
        }
    }
}
