//! Text of header fields: encoded words (RFC 2047), raw UTF-8 (RFC 6532), charsets.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Base64 as mail has it: with or without its padding, and with any bits after the last byte.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The longest encoded word that may hold question marks, as some programs write them.
const LONGEST_WITH_MARKS: usize = 256;

/// Decodes the body of an unstructured field, or a phrase: unfolded, in Unicode, without control
/// characters.
pub(super) fn unstructured(value: &[u8]) -> String {
    let mut text = String::new();
    // The bytes of adjacent encoded words of one charset: some programs cut inside of a character.
    let mut held: Option<(&[u8], Vec<u8>)> = None;
    let mut rest = value;
    while let Some((plain, word, after)) = next_word(rest) {
        let is_adjacent = plain.iter().all(u8::is_ascii_whitespace);
        if let Some((charset, mut bytes)) = held.take() {
            if is_adjacent && is_joined(charset, word.charset) {
                bytes.extend_from_slice(&word.bytes);
                (held, rest) = (Some((charset, bytes)), after);
                continue;
            }
            text.push_str(&decode(&bytes, Some(charset)));
            if !is_adjacent {
                text.push_str(&decode(plain, None));
            }
        } else {
            text.push_str(&decode(plain, None));
        }
        (held, rest) = (Some((word.charset, word.bytes)), after);
    }
    if let Some((charset, bytes)) = held {
        text.push_str(&decode(&bytes, Some(charset)));
    }
    text.push_str(&decode(rest, None));
    clean(&text)
}

/// Decodes bytes in a charset (a label of the WHATWG Encoding Standard). Without a charset, or with
/// one that is unknown: UTF-8 where the bytes are that, else Windows-1252.
pub(super) fn decode(bytes: &[u8], charset: Option<&[u8]>) -> String {
    // A language may follow (RFC 2231 section 5).
    let label = charset.and_then(|charset| charset.split(|byte| *byte == b'*').next());
    let known = label.and_then(|label| match label {
        b"iso-8859-8-i" | b"ISO-8859-8-I" => Some(encoding_rs::ISO_8859_8),
        label if label.eq_ignore_ascii_case(b"us-ascii") => None,
        label if label.eq_ignore_ascii_case(b"cp932") => Some(encoding_rs::SHIFT_JIS),
        label => Encoding::for_label_no_replacement(label),
    });
    let encoding = known.unwrap_or_else(|| match std::str::from_utf8(bytes) {
        Ok(_) => UTF_8,
        Err(_) => WINDOWS_1252,
    });
    encoding.decode_with_bom_removal(bytes).0.into_owned()
}

/// A text on one line: white space is a space, and no control character is left, nor one that
/// turns the direction of the rest around (`gpj.exe` shown as `exe.jpg`).
pub(super) fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            // The line end of a folded line: the white space after it is the separator.
            '\r' | '\n' if matches!(chars.peek(), Some(' ' | '\t' | '\r' | '\n')) => {}
            '\t' | '\r' | '\n' | '\u{2028}' | '\u{2029}' => cleaned.push(' '),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            char if char.is_control() => cleaned.push('\u{fffd}'),
            char => cleaned.push(char),
        }
    }
    cleaned.trim().to_owned()
}

/// Decodes quoted-printable (RFC 2045 section 6.7); `_` is a space in encoded words. All
/// bytes outside of escapes stay as they are.
pub(super) fn quoted_printable(text: &[u8], is_word: bool) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'_', _) if is_word => bytes.push(b' '),
            (b'=', [high, low, after @ ..]) if hex(*high).is_some() && hex(*low).is_some() => {
                bytes.push(hex(*high).unwrap_or(0) << 4 | hex(*low).unwrap_or(0));
                rest = after;
            }
            (b'=', _) if !is_word => match after_soft_break(after) {
                Some(after) => rest = after,
                None => bytes.push(byte),
            },
            _ => bytes.push(byte),
        }
    }
    bytes
}

/// Decodes `%41` (RFC 2231 section 4).
pub(super) fn percent_encoded(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match after {
            [high, low, after @ ..] if byte == b'%' => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest = after;
                }
                _ => bytes.push(byte),
            },
            _ => bytes.push(byte),
        }
    }
    bytes
}

/// Whether two adjacent words are decoded as one. In ISO-2022 each begins and ends in ASCII.
fn is_joined(one: &[u8], two: &[u8]) -> bool {
    let is_shifting = one.get(..8).is_some_and(|label| label.eq_ignore_ascii_case(b"iso-2022"));
    one.eq_ignore_ascii_case(two) && !is_shifting
}

/// The length of the encoded word that begins here.
pub(super) fn encoded_word(value: &[u8]) -> Option<usize> {
    let (_, after) = word(value.strip_prefix(b"=?")?)?;
    Some(value.len() - after.len())
}

struct Word<'v> {
    charset: &'v [u8],
    bytes: Vec<u8>,
}

/// The text before the first encoded word, that word, and the text after it.
fn next_word(value: &[u8]) -> Option<(&[u8], Word<'_>, &[u8])> {
    let mut starts = memchr::memmem::find_iter(value, b"=?");
    starts.find_map(|start| {
        let (word, after) = word(value.get(start + 2..)?)?;
        Some((value.get(..start)?, word, after))
    })
}

/// `encoded-word = "=?" charset "?" encoding "?" encoded-text "?="`, after its `=?`.
fn word(rest: &[u8]) -> Option<(Word<'_>, &[u8])> {
    let (charset, rest) = until_mark(rest)?;
    let (encoding, rest) = until_mark(rest)?;
    if charset.is_empty() || charset.len() > 64 || !charset.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    let is_end = |at: usize| rest.get(at + 1) == Some(&b'=');
    let mut marks = memchr::memchr_iter(b'?', rest);
    let first = marks.next()?;
    let mut near = marks.take_while(|at| *at < LONGEST_WITH_MARKS);
    let end = if is_end(first) { first } else { near.find(|at| is_end(*at))? };
    let text = rest.get(..end)?;
    let bytes = match encoding {
        b"q" | b"Q" => quoted_printable(text, true),
        b"b" | b"B" => {
            let digits: Vec<u8> = text.iter().copied().filter(is_base64).collect();
            // One digit too many has no meaning.
            let whole = digits.len() - usize::from(digits.len() % 4 == 1);
            BASE64.decode(digits.get(..whole)?).ok()?
        }
        _ => return None,
    };
    Some((Word { charset, bytes }, rest.get(end + 2..)?))
}

fn until_mark(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let mark = rest.iter().take(70).position(|byte| *byte == b'?')?;
    Some((rest.get(..mark)?, rest.get(mark + 1..)?))
}

/// A digit of base64, not its padding.
pub(super) const fn is_base64(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// The most blanks between a `=` and the line end that it takes away: a line has no more.
pub(super) const BLANKS: usize = 998;

/// What follows the line end after a `=` that continues the line.
fn after_soft_break(after: &[u8]) -> Option<&[u8]> {
    let blanks = count_blanks(after);
    match after.get(blanks..)? {
        [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] => Some(rest),
        _ => None,
    }
}

fn count_blanks(text: &[u8]) -> usize {
    text.iter().take(BLANKS).take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// Whether it depends on what comes next if a `=` before this text is an escape.
pub(super) fn is_open_escape(after: &[u8]) -> bool {
    let blanks = count_blanks(after);
    matches!(after.get(blanks..), Some([] | [b'\r']))
        || matches!(after, [digit] if hex(*digit).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_decoded() {
        let rows: [(&[u8], &str); 34] = [
            (b"", ""),
            (b" plain  text ", "plain  text"),
            (b"folded\r\n text\r\n\there\n too", "folded text here too"),
            (b"=?utf-8?q?J=C3=BCrgen_M?=", "J\u{fc}rgen M"),
            (b"=?UTF-8?B?SsO8cmdlbg==?= =?iso-8859-1?Q?=FC?=", "J\u{fc}rgen\u{fc}"),
            (b"=?utf-8?q?one?=\r\n =?utf-8?q?_two?=", "one two"),
            (b"=?utf-8?q?one?= and =?utf-8?q?two?=", "one and two"),
            (b"a=?utf-8?q?b?=c", "abc"),
            // A character cut between two words.
            (b"=?utf-8?B?4pw=?= =?utf-8?B?kw==?=", "\u{2713}"),
            (b"=?utf-8?Q?=E2=9C?=\r\n =?UTF-8?Q?=93?=", "\u{2713}"),
            (b"=?utf-8?B?4pyT4pyT?=", "\u{2713}\u{2713}"),
            (b"=?utf-8?B?4pyT4pyT?", "=?utf-8?B?4pyT4pyT?"),
            (b"=?utf-8?B?YWI?= =?utf-8?b?Y2Q?=", "abcd"),
            // Spaces and question marks, which are against the rule.
            (b"=?utf-8?q?What? all of it?=", "What? all of it"),
            (b"=?utf-8?q?=?= =?utf-8?q??= x", "= x"),
            (b"=?utf-8*en?q?a?=", "a"),
            (b"=?x-unknown?q?caf=E9?=", "caf\u{e9}"),
            (b"=?utf-8?x?a?=", "=?utf-8?x?a?="),
            (b"=?utf-8 ?q?a?=", "=?utf-8 ?q?a?="),
            (b"=?=?utf-8?q?a?=", "=?a"),
            (b"=?utf-8?q?a=3?=", "a=3"),
            (b"caf\xe9", "caf\u{e9}"),
            (b"caf\xc3\xa9", "caf\u{e9}"),
            (b"=?iso-2022-jp?B?GyRCOzNFRBsoQg==?=", "\u{5c71}\u{7530}"),
            (b"=?iso-2022-jp?B?GyRCOzMbKEI=?= =?iso-2022-jp?B?GyRCRUQbKEI=?=", "\u{5c71}\u{7530}"),
            (b"=?gb2312?B?xOO6ww==?=", "\u{4f60}\u{597d}"),
            (b"=?big5?B?p0Gmbg==?=", "\u{4f60}\u{597d}"),
            (b"=?euc-kr?B?vsiz5w==?=", "\u{c548}\u{b155}"),
            (b"=?ks_c_5601-1987?B?vsiz5w==?=", "\u{c548}\u{b155}"),
            (b"=?shift_jis?B?jlKTYw==?=", "\u{5c71}\u{7530}"),
            (b"=?koi8-r?Q?=C4=C1?=", "\u{434}\u{430}"),
            (b"=?windows-1252?q?=80?= =?iso-8859-15?q?=A4?=", "\u{20ac}\u{20ac}"),
            // No control characters, and nothing that turns the line around.
            (b"=?utf-8?q?a=0D=0AX-Spam:_no=1B[2J=00?=", "a X-Spam: no\u{fffd}[2J\u{fffd}"),
            (b"=?utf-8?q?=E2=80=AEgpj.exe?=", "gpj.exe"),
        ];
        for (value, expected) in rows {
            let expected = expected.trim();
            assert_eq!(unstructured(value), expected, "{}", String::from_utf8_lossy(value));
        }
    }

    #[test]
    fn many_beginnings_of_words_are_little_work() {
        for piece in ["=?a?q?x ", "=?", "=?a?b?", "=?a?q??", "=?a?q?a?= ", "=?utf-8?b?YQ?="] {
            let text = piece.repeat(100_000 / piece.len());
            assert!(unstructured(text.as_bytes()).len() <= 2 * text.len());
        }
    }

    #[test]
    fn quoted_printable_is_decoded_and_damage_stays() {
        let rows: [(&[u8], &[u8]); 8] = [
            (b"a=3Db=c3=A9", b"a=b\xc3\xa9"),
            (b"one =\r\ntwo=\nthree", b"one twothree"),
            (b"soft = \t\r\nbreak", b"soft break"),
            (b"a=", b"a="),
            (b"a=4", b"a=4"),
            (b"a=zz", b"a=zz"),
            (b"a_b\r\n", b"a_b\r\n"),
            (b"==41", b"=A"),
        ];
        for (text, expected) in rows {
            assert_eq!(quoted_printable(text, false), expected);
        }
        assert_eq!(percent_encoded(b"a%20b%e2%82%acc%4"), "a b\u{20ac}c%4".as_bytes());
    }
}
