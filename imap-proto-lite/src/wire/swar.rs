//! Scanning of many bytes at a time, as words and blocks. Parsers spend most of their time here.

use core::hint::select_unpredictable;

use memchr::{memchr, memrchr};

use crate::wire::steps;

/// One in each byte of a word.
pub(crate) const ONES: u64 = 0x0101_0101_0101_0101;
/// The digit 0 in each byte of a word.
const ZEROS: u64 = ONES * b'0' as u64;
/// The high bit of each byte of a word.
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The number that the first eight bytes begin with, and its number of digits. Read as one word if
/// there are eight bytes.
#[inline]
pub(crate) fn parse_leading_digits(input: &[u8]) -> (u64, usize) {
    let Some(eight) = input.first_chunk() else {
        let digits = input.iter().take_while(|octet| octet.is_ascii_digit());
        return digits.fold((0, 0), |(value, digits), octet| {
            (value * 10 + u64::from(octet & 0x0f), digits + 1)
        });
    };
    // '0' to '9' become 0 to 9.
    let word = u64::from_le_bytes(*eight) ^ ZEROS;
    let digits = digits_missing(u64::from_le_bytes(*eight)).trailing_zeros() / 8;
    // Missing digits become zeros at the front. No digit at all is a shift by 64.
    let word = word.checked_shl(64 - 8 * digits).unwrap_or(0);
    (number_of(word), digits as usize)
}

/// The number that the input ends with, and its number of digits; of a longer one the first eight.
#[inline]
pub(crate) fn parse_trailing_digits(input: &[u8]) -> (u64, usize) {
    let before = input.iter().rposition(|octet| !octet.is_ascii_digit());
    let start = before.map_or(0, |place| place + 1);
    parse_leading_digits(input.get(start..).unwrap_or_default())
}

/// The number whose digits are the bytes of a word, each from 0 to 9, the first in the lowest byte.
#[inline]
const fn number_of(word: u64) -> u64 {
    // Pairs, then fours, then all.
    let pairs = word.wrapping_mul(10).wrapping_add(word >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff
}

/// The first member of `input`, the rest of a well-formed set of numbers: its first number, its
/// last number, and the number of bytes before its comma. Only if both numbers have at most seven
/// digits.
///
/// Branch-free: whether a member is a range is unpredictable. A single number is read as the range
/// n:n.
#[inline]
pub(crate) fn parse_member(input: &[u8]) -> Option<(u64, u64, usize)> {
    let octets: &[u8; 16] = input.first_chunk()?;
    let front = u64::from_le_bytes(*octets.first_chunk()?);
    let back = u64::from_le_bytes(*octets.last_chunk()?);
    // Digits and colons have bit 4, commas and stars have not.
    let end = place_of_first(!front & (ONES << 4), !back & (ONES << 4));
    // '0' to '9' become 0 to 9, all others more.
    let front = front ^ ZEROS;
    let first_digits = (front.wrapping_add(ONES * 0x76) & HIGHS).trailing_zeros() / 8;
    let last_start = select_unpredictable(first_digits == end, 0, first_digits + 1);
    let last = u64::from_le_bytes(*octets.get(last_start as usize..)?.first_chunk()?) ^ ZEROS;
    // As in `parse_leading_digits`, in two steps, so that no digit at all gives zero.
    let number = |word: u64, digits: u32| {
        let word = (word << 8).checked_shl(56_u32.wrapping_sub(8 * digits))?;
        Some(number_of(word))
    };
    let first = number(front, first_digits)?;
    let last = number(last, end.wrapping_sub(last_start))?;
    Some((first, last, end as usize))
}

/// The first byte of two words that has a bit set. Branch-free: which word has it is unpredictable.
#[inline]
fn place_of_first(first: u64, second: u64) -> u32 {
    let word = select_unpredictable(first != 0, first, second);
    let before = select_unpredictable(first != 0, 0, 8);
    before + word.trailing_zeros() / 8
}

/// The number of bytes before the first `"`, `\` or control character: a quoted string ends there,
/// or needs a closer look.
#[inline]
pub(crate) fn quoted_run(octets: &[u8]) -> usize {
    let (words, tail) = octets.as_chunks();
    let mut at = 0;
    for word in words {
        let ends = ends_of_quoted(u64::from_le_bytes(*word));
        if ends != 0 {
            let length = at + octets_before(ends);
            steps::add(length + 1);
            return length;
        }
        at += 8;
    }
    let length = at + quoted_run_in_tail(tail);
    steps::add(length + 1);
    length
}

/// The number of bytes before the first one marked by its high bit: 8 if none is.
#[inline]
const fn octets_before(mark: u64) -> usize {
    (mark.trailing_zeros() / 8) as usize
}

/// The high bit of each byte that is `"`, `\` or a control character; exact up to the first of
/// them.
#[inline]
const fn ends_of_quoted(word: u64) -> u64 {
    // Turns `"` into a space and keeps controls below it, so that one comparison finds both.
    let turned = word ^ (ONES * (b'"' ^ b' ') as u64);
    let backslashes = word ^ (ONES * b'\\' as u64);
    let ends = (turned.wrapping_sub(ONES * (b' ' + 1) as u64) & !turned)
        | (backslashes.wrapping_sub(ONES) & !backslashes);
    ends & HIGHS
}

/// As [`quoted_run`], for less than a word, which is frequent at the end of a list. Reads two
/// halves of a word, which may overlap.
#[inline]
fn quoted_run_in_tail(tail: &[u8]) -> usize {
    if let (Some(first), Some(last)) = (tail.first_chunk(), tail.last_chunk()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        let place = octets_before(ends_of_quoted(u64::from(last) << 32 | u64::from(first)));
        return match place {
            0..4 => place,
            _ => tail.len() + place - 8,
        };
    }
    tail.iter().position(|octet| matches!(octet, b'"' | b'\\' | ..0x20)).unwrap_or(tail.len())
}

/// The number of digits at the start.
#[inline]
pub(crate) fn count_digits(octets: &[u8]) -> usize {
    let (words, _) = octets.as_chunks::<8>();
    let first = words
        .first()
        .map_or(0, |word| digits_missing(u64::from_le_bytes(*word)).trailing_zeros() as usize / 8);
    if words.is_empty() || first == 8 {
        let rest = octets.get(first..).unwrap_or_default();
        return first + rest.iter().take_while(|octet| octet.is_ascii_digit()).count();
    }
    first
}

/// Whether these bytes are digits and spaces.
pub(crate) fn are_numbers(octets: &[u8]) -> bool {
    // No early exit, so the loop vectorises.
    !octets.iter().fold(false, |odd, octet| odd | !(octet.is_ascii_digit() | (*octet == b' ')))
}

/// The number of leading bytes that are members of a set of numbers, each with its comma, and the
/// number of members. A member is a number, or two with a colon between; their size is not checked.
///
/// Works in blocks, as far as these are only digits, colons and commas. Returns zero members if the
/// form is wrong: the caller checks one by one.
pub(crate) fn count_members(octets: &[u8]) -> (usize, usize) {
    const BLOCK: usize = 64;
    let mut broken = !octets.first().is_some_and(u8::is_ascii_digit);
    // One if the last separator of the words before is a colon.
    let mut open = 0;
    let (mut length, mut count) = (0, 0);
    let mut rest = octets;
    while let Some((block, after)) = rest.split_first_chunk::<BLOCK>()
        && let Some(behind) = rest.get(1..).and_then(<[u8]>::first_chunk::<BLOCK>)
    {
        // No early exit, so the loop vectorises.
        let (mut odd, mut empty, mut commas) = (false, false, 0_u8);
        for (octet, next) in block.iter().zip(behind) {
            let comma = *octet == b',';
            odd |= !(comma | matches!(octet, b'0'..=b':'));
            empty |= !(octet.is_ascii_digit() | next.is_ascii_digit());
            commas += u8::from(comma);
        }
        if odd {
            break;
        }
        broken |= empty;
        count += usize::from(commas);
        for word in block.as_chunks::<8>().0 {
            let word = u64::from_le_bytes(*word);
            // Of these bytes only the colon has this value or a larger one, and only the comma has
            // no bit 4.
            let colons = word.wrapping_add(ONES * (0x80 - b':' as u64)) & HIGHS;
            let commas = !(word << 3) & HIGHS;
            // Each colon borrows from the next comma, through the digits. Another colon between
            // finds its own byte taken.
            let (left, borrowed) = commas.overflowing_sub(colons | open);
            broken |= colons & !left != 0;
            open = u64::from(borrowed);
        }
        length += BLOCK;
        rest = after;
    }
    let whole = octets.get(..length).unwrap_or_default();
    match memrchr(b',', whole) {
        Some(end) if !broken => (end + 1, count),
        _ => (0, 0),
    }
}

/// The number of bytes before the first space.
///
/// Byte by byte, unrolled eight times. A correctly predicted branch costs less than waiting for the
/// position of a bit.
#[inline]
pub(crate) fn until_space(octets: &[u8]) -> usize {
    let (blocks, tail) = octets.as_chunks::<8>();
    let mut at = 0;
    for block in blocks {
        for (place, octet) in block.iter().enumerate() {
            if *octet == b' ' {
                return at + place;
            }
        }
        at += 8;
    }
    at + tail.iter().take_while(|octet| **octet != b' ').count()
}

/// Whether these bytes are words with spaces between them, without parentheses, `"` and control
/// characters.
pub(crate) fn are_words(octets: &[u8]) -> bool {
    // No early exit, so the loop vectorises.
    let odd = octets.iter().fold(false, |odd, octet| {
        odd | (*octet < b' ')
            | (*octet == b'"')
            | (*octet == b'(')
            | (*octet == b')')
            | (*octet == 0x7f)
    });
    !odd
}

/// The number of words with spaces between them.
pub(crate) fn count_words(octets: &[u8]) -> usize {
    let mut count = usize::from(octets.first().is_some_and(|first| *first != b' '));
    let behind = octets.get(1..).unwrap_or_default();
    for (before, here) in octets.chunks(128).zip(behind.chunks(128)) {
        // At most 128, which fits a byte.
        let starts = before.iter().zip(here).fold(0_u8, |starts, (before, here)| {
            starts + u8::from((*before == b' ') & (*here != b' '))
        });
        count += usize::from(starts);
    }
    count
}

/// Whether the first of these bytes is somewhere followed by the second.
pub(crate) fn contains_pair(bytes: &[u8], [first, second]: [u8; 2]) -> bool {
    let following = bytes.get(1..).unwrap_or_default();
    // No early exit, so the loop vectorises.
    bytes
        .iter()
        .zip(following)
        .fold(false, |found, (one, next)| found | ((*one == first) & (*next == second)))
}

/// The high bit of each byte that is no digit.
#[inline]
const fn digits_missing(word: u64) -> u64 {
    // '0' to '9' become 0 to 9.
    let word = word ^ (ONES * b'0' as u64);
    (((word & !HIGHS) + ONES * 0x76) | word) & HIGHS
}

/// The offset of the first LF. Most lines are short, and the end of a line in a block is
/// unpredictable, so all bytes of a block are compared, without an early exit.
#[inline]
pub(crate) fn find_line_feed(octets: &[u8]) -> Option<usize> {
    const BLOCK: u8 = 64;
    /// Beyond these blocks `memchr` is faster.
    const BLOCKS_BEFORE_MEMCHR: usize = 2;
    let (blocks, _) = octets.as_chunks::<{ BLOCK as usize }>();
    let mut at = 0;
    for block in blocks.iter().take(BLOCKS_BEFORE_MEMCHR) {
        let first = (0..BLOCK).zip(block).fold(BLOCK, |first, (place, octet)| {
            first.min(if *octet == b'\n' { place } else { BLOCK })
        });
        if first < BLOCK {
            return Some(at + usize::from(first));
        }
        at += usize::from(BLOCK);
    }
    memchr(b'\n', octets.get(at..)?).map(|place| at + place)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::{
        are_numbers, are_words, count_digits, count_words, find_line_feed, quoted_run, until_space,
    };

    #[test]
    fn line_feeds_by_blocks() {
        for length in 0..150 {
            assert_eq!(find_line_feed(&vec![b'\r'; length]), None);
            for place in 0..length {
                let mut text = vec![0x8a; length];
                text[place..].fill(b'\n');
                assert_eq!(find_line_feed(&text), Some(place), "{length}");
            }
        }
    }

    #[test]
    fn numbers_are_counted_by_blocks() {
        let text = b"1 22 333  4444 55555 666666 7777777 88888888 999999999 1000000000 7";
        for start in 0..text.len() {
            for end in start..=text.len() {
                let piece = &text[start..end];
                let count = piece.split(|octet| *octet == b' ').filter(|one| !one.is_empty());
                let count = count.count();
                assert_eq!((are_numbers(piece), count_words(piece)), (true, count));
                for other in [b'(', b'/', b':', 0xb0, 0xa0, 0] {
                    let mut longer = piece.to_vec();
                    longer.push(other);
                    longer.extend_from_slice(b"1 2 3 4 5 6");
                    assert!(!are_numbers(&longer), "{other}");
                }
            }
        }
    }

    #[test]
    fn digits_are_counted_by_words() {
        for length in 0..30 {
            for tail in [&b""[..], b" ", b")", b" 1234567890", b"/", b":", b"\xb0\xb9"] {
                let mut text = vec![b'7'; length];
                text.extend_from_slice(tail);
                assert_eq!(count_digits(&text), length);
            }
        }
    }

    #[test]
    fn words_are_counted_by_blocks() {
        let mut text = "ID IDLE  AUTH=PLAIN THREAD=ORDEREDSUBJECT X ".repeat(9);
        text.push('\u{fc}');
        let text = text.as_bytes();
        for start in 0..70 {
            for end in start..=text.len() {
                let piece = &text[start..end];
                let all = piece.split(|octet| *octet == b' ');
                let count = all.filter(|one| !one.is_empty()).count();
                assert_eq!((are_words(piece), count_words(piece)), (true, count));
                let first = piece.split(|octet| *octet == b' ').next();
                assert_eq!(first.map(<[u8]>::len), Some(until_space(piece)));
            }
        }
        for octet in 0..=u8::MAX {
            let word = [b'A', b' ', octet, b' ', b'B'];
            let odd = octet < b' ' || matches!(octet, b'"' | b'(' | b')' | 0x7f);
            assert_eq!(are_words(&word), !odd, "{octet}");
        }
    }

    #[test]
    fn ends_of_quoted_strings_by_words() {
        for octet in 0..=u8::MAX {
            let ends = matches!(octet, b'"' | b'\\' | ..0x20);
            for length in (1..34).chain([40]) {
                for place in 0..length {
                    let mut text = vec![0xa2; length];
                    text[place] = octet;
                    let expected = if ends { place } else { length };
                    assert_eq!(quoted_run(&text), expected, "{octet} at {place} of {length}");
                    text[place + 1..].fill(b'"');
                    let expected = if ends { place } else { place + 1 };
                    assert_eq!(quoted_run(&text), expected, "{octet} at {place} of {length}");
                }
            }
        }
    }
}
