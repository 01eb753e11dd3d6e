//! The toolkit of the shortcuts: tokens in their common form, inlined.
//!
//! Files named `fast` are built from these functions; elsewhere, at most a whole one is called as a
//! shortcut. Each gives exactly what the token of the same name in this folder gives, or `None`.
//! They are inlined into the shortcuts, whose documentation has the measured gains.

#[cfg(test)]
use alloc::vec::Vec;
use core::num::NonZeroU32;

pub(crate) use crate::wire::Token;
use crate::wire::{
    StringSpan,
    atom::{is_atom_char, is_word_char},
    steps, string, swar,
};

/// This byte.
#[inline(always)]
pub(crate) fn octet(input: &[u8], wanted: u8) -> Option<&[u8]> {
    match input.split_first() {
        Some((first, rest)) if *first == wanted => Some(rest),
        _ => None,
    }
}

/// The bytes of an [`atom`] and of a [`word`], as tables: one look-up for each byte.
static ATOM: [bool; 256] = table(true);
static WORD: [bool; 256] = table(false);

const fn table(atom: bool) -> [bool; 256] {
    let mut table = [false; 256];
    let mut octet = 0;
    while octet < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "the loop ends at 255")]
        let char = octet as u8;
        #[expect(clippy::indexing_slicing, reason = "runs at compile time")]
        {
            table[octet] = if atom { is_atom_char(char) } else { is_word_char(char) };
        }
        octet += 1;
    }
    table
}

/// Takes the bytes of this class, at least one.
#[inline(always)]
fn take_class<'a>(input: &'a [u8], class: &[bool; 256]) -> Token<'a, &'a [u8]> {
    let is_in = |octet: &u8| class.get(usize::from(*octet)).is_some_and(|is_in| *is_in);
    let length = input.iter().position(|octet| !is_in(octet)).unwrap_or(input.len());
    steps::add(length + 1);
    match input.split_at_checked(length) {
        Some((token, rest)) if length > 0 => Some((rest, token)),
        _ => None,
    }
}

/// [`atom`](crate::wire::atom::atom).
#[inline]
pub(crate) fn atom(input: &[u8]) -> Token<'_, &[u8]> {
    take_class(input, &ATOM)
}

/// [`word`](crate::wire::atom::word).
#[inline]
pub(crate) fn word(input: &[u8]) -> Token<'_, &[u8]> {
    take_class(input, &WORD)
}

/// [`number64`](crate::wire::number::number64).
#[inline(always)]
pub(crate) fn number64(input: &[u8]) -> Token<'_, u64> {
    let (value, digits) = leading_digits(input)?;
    if digits > 0 { Some((input.get(digits..)?, value)) } else { None }
}

/// [`nz_number`](crate::wire::number::nz_number).
#[inline(always)]
pub(crate) fn nz_number(input: &[u8]) -> Token<'_, NonZeroU32> {
    let (value, digits) = leading_digits(input)?;
    let number = NonZeroU32::new(u32::try_from(value).ok()?)?;
    Some((input.get(digits..)?, number))
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

/// [`quoted`](crate::wire::string::quoted) without escapes and control characters: its value.
#[inline(always)]
pub(crate) fn quoted(input: &[u8]) -> Token<'_, &[u8]> {
    let inside = octet(input, b'"')?;
    let (value, after) = inside.split_at_checked(swar::quoted_run(inside))?;
    Some((octet(after, b'"')?, value))
}

/// [`nil`](crate::wire::atom::nil) in capitals, with a space or parenthesis after it: one
/// comparison.
#[inline(always)]
pub(crate) fn nil(input: &[u8]) -> Option<&[u8]> {
    match input.split_first_chunk() {
        Some((b"NIL", rest @ [b' ' | b')', ..])) => Some(rest),
        _ => None,
    }
}

/// [`nstring`](crate::wire::string::nstring) as [`quoted`] or [`nil`].
///
/// Envelopes and body structures consist mostly of these two forms. Their shortcuts keep them apart
/// from the general case: mixing both in one expression spills values to the stack.
#[inline(always)]
pub(crate) fn nstring(input: &[u8]) -> Token<'_, Option<&[u8]>> {
    if input.first() == Some(&b'"') {
        let (rest, value) = quoted(input)?;
        return Some((rest, Some(value)));
    }
    Some((nil(input)?, None))
}

/// The place of an [`nstring`] in `all`, and the byte `end` after it.
#[inline(always)]
pub(crate) fn nstring_place(all: &[u8], rest: &mut &[u8], end: u8) -> Option<StringSpan> {
    match nstring(rest) {
        Some((after, None)) => {
            *rest = octet(after, end)?;
            Some(StringSpan::NIL)
        }
        Some((after, Some(value))) => {
            *rest = octet(after, end)?;
            StringSpan::new(all.len() - after.len() - 1 - value.len(), value.len())
        }
        None => any_nstring_place(all, rest, end),
    }
}

/// [`nstring_place`] with escapes, or a literal.
#[cold]
fn any_nstring_place(all: &[u8], rest: &mut &[u8], end: u8) -> Option<StringSpan> {
    let (after, value) = string::nstring(rest).ok()?;
    let place = StringSpan::of(&value, all)?;
    *rest = octet(after, end)?;
    Some(place)
}

/// What `item` reads, with at most one space before it. Two calls, because the place of the item
/// would wait for a choice between two inputs.
#[inline(always)]
pub(crate) fn after_space<'a, T>(
    input: &'a [u8],
    item: impl Fn(&'a [u8]) -> Token<'a, T>,
) -> Token<'a, T> {
    match octet(input, b' ') {
        Some(input) => item(input),
        None => item(input),
    }
}

/// The rest after this flag or attribute of a mailbox name, if the whole word is this one.
#[inline(always)]
pub(crate) fn known_flag<'a>(input: &'a [u8], flag: &[u8]) -> Option<&'a [u8]> {
    input.strip_prefix(flag).filter(|rest| matches!(rest, [] | [b' ', ..]))
}

/// ```abnf
/// flag-list       = "(" [flag *(SP flag)] ")"
/// ```
/// Returns the rest, and the inside with the number of flags; `None` if the list has anything but
/// flags and single spaces.
#[inline(always)]
pub(crate) fn flag_list(input: &[u8]) -> Token<'_, (&[u8], usize)> {
    let inside = octet(input, b'(')?;
    let mut rest = inside;
    let mut count = 0;
    loop {
        if let Some(after) = octet(rest, b' ') {
            rest = after;
        }
        if let Some(after) = octet(rest, b')') {
            let flags = inside.get(..inside.len() - rest.len())?;
            return Some((after, (flags, count)));
        }
        (rest, _) = word(rest)?;
        count += 1;
    }
}

/// A text with one byte less, another one or one more in every place: for the tests that compare a
/// shortcut with its rule.
#[cfg(test)]
pub(crate) fn changes(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    const BYTES: &[u8] = b" \"\\()[]{}*%+-:0123456789aNIL\0\t\r\n\x7f\xe9";
    (0..text.len()).flat_map(move |place| {
        let (start, end) = text.split_at(place);
        let rest = &end[1..];
        let other = BYTES.iter().flat_map(move |byte| {
            [[start, &[*byte], rest].concat(), [start, &[*byte], end].concat()]
        });
        core::iter::once([start, rest].concat()).chain(other)
    })
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use crate::wire::{self, fast};

    #[test]
    fn nil_needs_a_space_or_a_parenthesis_after_it() {
        for (text, rest) in [
            ("NIL ", Some(" ")),
            ("NIL)", Some(")")),
            ("NIL", None),
            ("NILS", None),
            ("NIL\"", None),
            ("nil ", None),
        ] {
            assert_eq!(fast::nil(text.as_bytes()), rest.map(str::as_bytes), "{text}");
        }
    }

    /// Each shortcut gives what its token gives, or nothing.
    #[test]
    fn tokens_of_the_toolkit_are_those_of_the_grammar() {
        let starts = [
            "",
            " ",
            "(",
            ")",
            "a",
            "A1",
            "[x]",
            "7",
            "0",
            "12345678",
            "123456789",
            "4294967296",
            "18446744073709551615",
            "18446744073709551616",
            "\"\"",
            "\"a b\"",
            "\"a",
            "\"a\\\"b\"",
            "\"\u{fc}\"",
            "\"\t\"",
            "NIL",
            "nil",
            "NILS",
            "\\Seen",
            "{3}\r\nabc",
            "\u{fc}",
            "%",
        ];
        for start in starts {
            for end in ["", " ", ")", "\r\n", " x", "\"", "x", "\u{1}", "]"] {
                let text = format!("{start}{end}");
                let text = text.as_bytes();
                let same = |fast: bool, name: &str| assert!(fast, "{name} of {text:?}");
                same(fast::atom(text) == wire::atom::atom(text).ok(), "atom");
                same(fast::word(text) == wire::word(text).ok(), "word");
                same(fast::number64(text) == wire::number64(text).ok(), "number64");
                same(fast::nz_number(text) == wire::nz_number(text).ok(), "nz-number");
                let quoted = wire::quoted(text).ok();
                same(
                    fast::quoted(text).is_none_or(|(rest, value)| {
                        quoted.is_some_and(|(after, one)| rest == after && one == *value)
                    }),
                    "quoted",
                );
                let nstring = wire::nstring(text).ok();
                same(
                    fast::nstring(text).is_none_or(|(rest, value)| {
                        nstring.is_some_and(|(after, one)| {
                            rest == after && one == value.map(wire::IString::plain)
                        })
                    }),
                    "nstring",
                );
            }
        }
    }
}
