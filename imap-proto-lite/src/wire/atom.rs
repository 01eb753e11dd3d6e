//! Atoms, keywords, spaces and `NIL`: RFC 9051 section 9.

use nom::{
    Parser,
    branch::alt,
    bytes::complete::{tag_no_case, take_while},
    character::complete::char,
    combinator::{map, not, value},
    sequence::{delimited, terminated},
};

use crate::wire::{FAIL, Fail, Parsed, fast, steps};

/// The class of ATOM-CHAR. Classes are bits of [`CLASS`].
pub(crate) const ATOM: u8 = 1;
/// ASTRING-CHAR.
const ASTRING: u8 = 2;
/// The bytes that some servers send in an atom: all but SP, parentheses, `"` and controls.
pub(crate) const WORD: u8 = 4;

static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut octet = 0usize;
    while octet < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "the loop ends at 255")]
        let char = octet as u8;
        let special = matches!(char, b'(' | b')' | b'{' | b' ' | b'%' | b'*' | b'"' | b'\\' | b']');
        let control = char < 0x20 || char == 0x7f;
        let mut class = 0;
        if !special && !control && char < 0x80 {
            class |= ATOM | ASTRING;
        }
        if char == b']' {
            class |= ASTRING;
        }
        if !control && !matches!(char, b' ' | b'(' | b')' | b'"') {
            class |= WORD;
        }
        #[expect(
            clippy::indexing_slicing,
            reason = "the table has 256 entries and this runs at compile time"
        )]
        {
            table[octet] = class;
        }
        octet += 1;
    }
    table
}

#[inline]
pub(crate) fn is_in(octet: u8, class: u8) -> bool {
    // A table of 256 entries has one for every byte.
    CLASS.get(usize::from(octet)).is_some_and(|bits| bits & class != 0)
}

/// Takes the bytes of this class, at least one.
#[inline]
fn take_class(input: &[u8], class: u8) -> Parsed<'_, &[u8]> {
    let length = input.iter().position(|octet| !is_in(*octet, class)).unwrap_or(input.len());
    steps::add(length + 1);
    match input.split_at_checked(length) {
        Some((token, rest)) if length > 0 => Ok((rest, token)),
        _ => Err(FAIL),
    }
}

/// Whether this is an `atom` by the RFC.
pub(crate) fn is_atom(octets: &[u8]) -> bool {
    !octets.is_empty() && octets.iter().all(|octet| is_in(*octet, ATOM))
}

/// Whether this can be sent as `1*ASTRING-CHAR`.
pub(crate) fn is_astring_atom(octets: &[u8]) -> bool {
    !octets.is_empty() && octets.iter().all(|octet| is_in(*octet, ASTRING))
}

/// ```abnf
/// atom            = 1*ATOM-CHAR
/// ```
#[inline]
pub(crate) fn atom(input: &[u8]) -> Parsed<'_, &[u8]> {
    take_class(input, ATOM)
}

/// An atom as some servers write it, with `[ ] { } % * \` and 8-bit bytes in it.
#[inline]
pub(crate) fn word(input: &[u8]) -> Parsed<'_, &[u8]> {
    take_class(input, WORD)
}

/// This byte.
#[inline]
pub(crate) fn octet(input: &[u8], wanted: u8) -> Parsed<'_, ()> {
    match input.split_first() {
        Some((first, rest)) if *first == wanted => Ok((rest, ())),
        _ => Err(FAIL),
    }
}

/// SP: one by the RFC, several from some servers.
#[inline(always)]
pub(crate) fn sp(input: &[u8]) -> Parsed<'_, ()> {
    match input {
        [b' ', b' ', ..] => Ok((spaces(input), ())),
        [b' ', rest @ ..] => Ok((rest, ())),
        _ => Err(FAIL),
    }
}

/// Skips any spaces.
#[inline]
pub(crate) fn spaces(mut input: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] = input {
        steps::add(1);
        input = rest;
    }
    input
}

/// Whether `name` is this word in any case. The spelling of the RFC is tried first: it is one
/// comparison.
#[inline]
pub(crate) fn is_word(name: &[u8], word: &'static str) -> bool {
    name == word.as_bytes() || name.eq_ignore_ascii_case(word.as_bytes())
}

/// This word in any case.
#[inline]
pub(crate) fn keyword<'a>(input: &'a [u8], word: &str) -> Parsed<'a, ()> {
    match input.split_at_checked(word.len()) {
        Some((start, rest)) if start.eq_ignore_ascii_case(word.as_bytes()) => Ok((rest, ())),
        _ => Err(FAIL),
    }
}

/// `NIL` in any case, not as the start of a longer word.
#[inline]
pub(crate) fn nil(input: &[u8]) -> Parsed<'_, ()> {
    if let Some(rest) = fast::nil(input) {
        return Ok((rest, ()));
    }
    whole_word("NIL").parse(input)
}

/// Any spaces, also none, where some servers send them.
pub(crate) fn opt_sp(input: &[u8]) -> Parsed<'_, ()> {
    let (rest, spaces) = take_while(|octet| octet == b' ')(input)?;
    steps::add(spaces.len());
    Ok((rest, ()))
}

/// This word in any case, not as the start of a longer word.
pub(crate) fn whole_word<'a>(
    name: &'static str,
) -> impl Parser<&'a [u8], Output = (), Error = Fail> {
    value((), terminated(tag_no_case(name), not(word)))
}

/// What the rule reads, or `None` for NIL.
pub(crate) fn nil_or<'a, T>(
    rule: impl Parser<&'a [u8], Output = T, Error = Fail>,
) -> impl Parser<&'a [u8], Output = Option<T>, Error = Fail> {
    alt((map(nil, |()| None), map(rule, Some)))
}

#[allow(dead_code, reason = "for the rules that become nom")]
/// What the rule reads, in parentheses, with any spaces inside of them.
pub(crate) fn in_parentheses<'a, T>(
    rule: impl Parser<&'a [u8], Output = T, Error = Fail>,
) -> impl Parser<&'a [u8], Output = T, Error = Fail> {
    delimited((char('('), opt_sp), rule, (opt_sp, char(')')))
}
