//! Octets looked at eight at a time, as words: what a parser spends most of its time on.

use memchr::memchr;

/// One in each octet of a word.
pub(crate) const ONES: u64 = 0x0101_0101_0101_0101;
/// The high bit of each octet of a word.
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The lowest octet of the result that is 0x80 is where the first zero octet of `word` is.
#[inline]
pub(crate) const fn zero_octets(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGHS
}

/// The number that the first eight octets begin with, and its digits. In one word where there are eight octets: numbers are
/// much of what a server sends.
#[inline]
pub(crate) fn first_digits(input: &[u8]) -> (u64, usize) {
    let Some(eight) = input.first_chunk() else {
        let digits = input.iter().take_while(|octet| octet.is_ascii_digit());
        return digits.fold((0, 0), |(value, digits), octet| {
            (value * 10 + u64::from(octet & 0x0f), digits + 1)
        });
    };
    // '0' to '9' become 0 to 9.
    let word = u64::from_le_bytes(*eight) ^ 0x3030_3030_3030_3030;
    // The high bit of each octet that is above 9.
    let others = ((word & 0x7f7f_7f7f_7f7f_7f7f) + 0x7676_7676_7676_7676) | word;
    let digits = (others & HIGHS).trailing_zeros() / 8;
    // With zeros in place of the digits that are missing, at the front. None at all is a shift by 64.
    let word = word.checked_shl(64 - 8 * digits).unwrap_or(0);
    // Pairs, then fours, then all.
    let pairs = word.wrapping_mul(10).wrapping_add(word >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    let value = fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff;
    (value, digits as usize)
}

/// How many octets come before the first `"`, `\` or control character: a quoted string ends there, or needs a closer look.
///
/// In blocks of two words: most strings of a response end in the first block or the second, and which one is what the
/// processor guesses wrong.
#[inline]
pub(crate) fn quoted_run(octets: &[u8]) -> usize {
    let (blocks, tail) = octets.as_chunks::<16>();
    let mut at = 0;
    for block in blocks {
        let (words, _) = block.as_chunks::<8>();
        let [first, second] = words else { break };
        let (first, second) = (ends_of_quoted(*first), ends_of_quoted(*second));
        if first | second != 0 {
            return at + place_of_first(first, second);
        }
        at += 16;
    }
    at + last_quoted_run(tail)
}

#[inline]
const fn place_of_first(first: u64, second: u64) -> usize {
    let (word, before) = if first != 0 { (first, 0) } else { (second, 8) };
    before + (word.trailing_zeros() / 8) as usize
}

/// The high bit of each octet that is `"`, `\` or a control character; exact up to the first of them.
#[inline]
const fn ends_of_quoted(eight: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(eight);
    let quotes = word ^ (ONES * b'"' as u64);
    let backslashes = word ^ (ONES * b'\\' as u64);
    let ends = (quotes.wrapping_sub(ONES) & !quotes)
        | (backslashes.wrapping_sub(ONES) & !backslashes)
        | (word.wrapping_sub(ONES * 0x20) & !word);
    ends & HIGHS
}

/// The same at the end of a line, where the last string stands.
fn last_quoted_run(tail: &[u8]) -> usize {
    let (at, rest) = match tail.split_first_chunk() {
        Some((word, _)) if ends_of_quoted(*word) != 0 => (0, tail),
        Some((_, rest)) => (8, rest),
        None => (0, tail),
    };
    at + rest
        .iter()
        .position(|octet| matches!(octet, b'"' | b'\\' | ..0x20))
        .unwrap_or(rest.len())
}

/// Where the first LF is. In a short line that is found before a search has begun.
#[inline]
pub(crate) fn line_feed(octets: &[u8]) -> Option<usize> {
    const NEAR: usize = 8;
    let (words, _) = octets.as_chunks::<8>();
    for (place, word) in words.iter().take(NEAR).enumerate() {
        let found = zero_octets(u64::from_le_bytes(*word) ^ (ONES * 0x0a));
        if found != 0 {
            return Some(place * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let near = words.len().min(NEAR) * 8;
    memchr(b'\n', octets.get(near..)?).map(|place| near + place)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::{line_feed, quoted_run};

    #[test]
    fn line_feeds_by_words() {
        for length in 0..150 {
            assert_eq!(line_feed(&vec![b'\r'; length]), None);
            for place in 0..length {
                let mut text = vec![0x8a; length];
                text[place..].fill(b'\n');
                assert_eq!(line_feed(&text), Some(place), "{length}");
            }
        }
    }

    #[test]
    fn ends_of_quoted_strings_by_words() {
        for octet in 0..=u8::MAX {
            for length in 0..40 {
                for place in 0..length {
                    let mut text = vec![0xa2; length];
                    text[place] = octet;
                    let ends = matches!(octet, b'"' | b'\\' | ..0x20);
                    let expected = if ends { place } else { length };
                    assert_eq!(
                        quoted_run(&text),
                        expected,
                        "{octet} at {place} of {length}"
                    );
                    // Behind it everything is an end.
                    text[place + 1..].fill(b'"');
                    let next = place + 1;
                    assert_eq!(
                        quoted_run(&text),
                        if ends { place } else { next },
                        "{octet}"
                    );
                }
            }
        }
    }
}
