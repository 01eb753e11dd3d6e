//! Octets looked at eight at a time, as words: what a parser spends most of its time on.

use memchr::memchr;

/// One in each octet of a word.
pub(crate) const ONES: u64 = 0x0101_0101_0101_0101;
/// The high bit of each octet of a word.
const HIGHS: u64 = 0x8080_8080_8080_8080;

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
    let digits = digits_missing(u64::from_le_bytes(*eight)).trailing_zeros() / 8;
    // With zeros in place of the digits that are missing, at the front. None at all is a shift by 64.
    let word = word.checked_shl(64 - 8 * digits).unwrap_or(0);
    // Pairs, then fours, then all.
    let pairs = word.wrapping_mul(10).wrapping_add(word >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    let value = fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff;
    (value, digits as usize)
}

/// How many octets come before the first `"`, `\` or control character: a quoted string ends there, or needs a closer look.
#[inline]
pub(crate) fn quoted_run(octets: &[u8]) -> usize {
    let (words, tail) = octets.as_chunks();
    let mut at = 0;
    for word in words {
        let ends = ends_of_quoted(u64::from_le_bytes(*word));
        if ends != 0 {
            return at + octets_before(ends);
        }
        at += 8;
    }
    at + quoted_run_in_tail(tail)
}

/// Octets before the first of two words that is marked: 16 if none is.
#[inline]
const fn place_of_first(first: u64, second: u64) -> usize {
    let (word, before) = if first != 0 { (first, 0) } else { (second, 8) };
    before + octets_before(word)
}

/// Octets before the first that is marked by its high bit: 8 if none is.
#[inline]
const fn octets_before(mark: u64) -> usize {
    (mark.trailing_zeros() / 8) as usize
}

/// The high bit of each octet that is `"`, `\` or a control character; exact up to the first of them.
#[inline]
const fn ends_of_quoted(word: u64) -> u64 {
    // That makes `"` a space, and the controls stay what they are: one comparison does for both.
    let turned = word ^ (ONES * (b'"' ^ b' ') as u64);
    let backslashes = word ^ (ONES * b'\\' as u64);
    let ends = (turned.wrapping_sub(ONES * (b' ' + 1) as u64) & !turned)
        | (backslashes.wrapping_sub(ONES) & !backslashes);
    ends & HIGHS
}

/// The same in less than a word, at the end of a list: the last string stands there. Two halves of a word, which may overlap.
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
    tail.iter()
        .position(|octet| matches!(octet, b'"' | b'\\' | ..0x20))
        .unwrap_or(tail.len())
}

/// How many digits the octets begin with.
#[inline]
pub(crate) fn digits(octets: &[u8]) -> usize {
    let (words, _) = octets.as_chunks::<8>();
    let first = words.first().map_or(0, |word| {
        digits_missing(u64::from_le_bytes(*word)).trailing_zeros() as usize / 8
    });
    if words.is_empty() || first == 8 {
        let rest = octets.get(first..).unwrap_or_default();
        return first
            + rest
                .iter()
                .take_while(|octet| octet.is_ascii_digit())
                .count();
    }
    first
}

/// How many octets are digits and spaces before the first that is neither, and how many numbers these are.
pub(crate) fn numbers(octets: &[u8]) -> (usize, usize) {
    let (words, _) = octets.as_chunks::<8>();
    let mut length = 0;
    let mut count = 0;
    // A number begins where a digit is behind a space, and at the start.
    let mut before = 0x80;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let digits = !digits_missing(word) & HIGHS;
        let others = word ^ (ONES * b' ' as u64);
        let spaces = !(((others & !HIGHS) + !HIGHS) | others) & HIGHS;
        if digits | spaces != HIGHS {
            break;
        }
        let starts = digits & (spaces << 8 | before);
        before = spaces >> 56;
        count += ((starts >> 7).wrapping_mul(ONES) >> 56) as usize;
        length += 8;
    }
    let mut behind_space = before != 0;
    for octet in octets.get(length..).unwrap_or_default() {
        let digit = octet.is_ascii_digit();
        if !digit && *octet != b' ' {
            break;
        }
        count += usize::from(digit && behind_space);
        behind_space = !digit;
        length += 1;
    }
    (length, count)
}

/// How many words these octets are with spaces between them; `None` if there is a parenthesis, `"` or a control character.
///
/// Without a way out of the loops, so that the compiler does sixteen octets at a time.
pub(crate) fn words(octets: &[u8]) -> Option<usize> {
    let odd = octets.iter().fold(false, |odd, octet| {
        odd | (*octet < b' ')
            | (*octet == b'"')
            | (*octet == b'(')
            | (*octet == b')')
            | (*octet == 0x7f)
    });
    if odd {
        return None;
    }
    let mut count = usize::from(octets.first().is_some_and(|first| *first != b' '));
    let behind = octets.get(1..).unwrap_or_default();
    for (before, here) in octets.chunks(128).zip(behind.chunks(128)) {
        // At most 128, which an octet can count.
        let starts = before
            .iter()
            .zip(here)
            .fold(0_u8, |starts, (before, here)| {
                starts + u8::from((*before == b' ') & (*here != b' '))
            });
        count += usize::from(starts);
    }
    Some(count)
}

/// The high bit of each octet that is no digit.
#[inline]
const fn digits_missing(word: u64) -> u64 {
    // '0' to '9' become 0 to 9.
    let word = word ^ (ONES * b'0' as u64);
    (((word & !HIGHS) + ONES * 0x76) | word) & HIGHS
}

/// Where the first LF is. Most lines are short, and where in a block a line ends is what the processor would guess wrong: so all octets of
/// a block are looked at, without a way out.
#[inline]
pub(crate) fn line_feed(octets: &[u8]) -> Option<usize> {
    const BLOCK: u8 = 64;
    /// More are better searched by those who know the processor.
    const NEAR: usize = 2;
    let (blocks, _) = octets.as_chunks::<{ BLOCK as usize }>();
    let mut at = 0;
    for block in blocks.iter().take(NEAR) {
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

    use super::{digits, line_feed, numbers, quoted_run, words};

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
    fn numbers_are_counted_by_words() {
        let text = b"1 22 333  4444 55555 666666 7777777 88888888 999999999 1000000000 7";
        for start in 0..text.len() {
            for end in start..=text.len() {
                let piece = &text[start..end];
                let count = piece
                    .split(|octet| *octet == b' ')
                    .filter(|one| !one.is_empty());
                let count = count.count();
                assert_eq!(numbers(piece), (piece.len(), count));
                for other in [b'(', b'/', b':', 0xb0, 0xa0, 0] {
                    let mut longer = piece.to_vec();
                    longer.push(other);
                    longer.extend_from_slice(b"1 2 3 4 5 6");
                    assert_eq!(numbers(&longer), (piece.len(), count), "{other}");
                }
            }
        }
    }

    #[test]
    fn digits_are_counted_by_words() {
        for length in 0..30 {
            for tail in [
                &b""[..],
                b" ",
                b")",
                b" 1234567890",
                b"/",
                b":",
                b"\xb0\xb9",
            ] {
                let mut text = vec![b'7'; length];
                text.extend_from_slice(tail);
                assert_eq!(digits(&text), length);
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
                assert_eq!(words(piece), Some(count));
            }
        }
        for octet in 0..=u8::MAX {
            let word = [b'A', b' ', octet, b' ', b'B'];
            let odd = octet < b' ' || matches!(octet, b'"' | b'(' | b')' | 0x7f);
            assert_eq!(words(&word).is_none(), odd, "{octet}");
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
                    assert_eq!(
                        quoted_run(&text),
                        expected,
                        "{octet} at {place} of {length}"
                    );
                    text[place + 1..].fill(b'"');
                    let expected = if ends { place } else { place + 1 };
                    assert_eq!(
                        quoted_run(&text),
                        expected,
                        "{octet} at {place} of {length}"
                    );
                }
            }
        }
    }
}
