//! Atoms, keywords, spaces and `NIL`: RFC 9051 section 9.

use memchr::memrchr;
use nom::{
    Parser,
    branch::alt,
    bytes::complete::{tag_no_case, take_while, take_while1},
    character::complete::{char, one_of},
    combinator::{eof, map, not, peek, recognize, value, verify},
    multi::many0_count,
    number::complete::u8,
    sequence::{delimited, pair, terminated},
};

use crate::wire::{FAIL, Fail, Parsed, steps};

/// ```abnf
/// ATOM-CHAR       = <any CHAR except atom-specials>
/// atom-specials   = "(" / ")" / "{" / SP / CTL / list-wildcards / quoted-specials /
///                   resp-specials
/// ```
pub(crate) const fn is_atom_char(octet: u8) -> bool {
    octet.is_ascii_graphic()
        && !matches!(octet, b'(' | b')' | b'{' | b'%' | b'*' | b'"' | b'\\' | b']')
}

/// ```abnf
/// ASTRING-CHAR    = ATOM-CHAR / resp-specials
/// ```
pub(crate) const fn is_astring_char(octet: u8) -> bool {
    is_atom_char(octet) || octet == b']'
}

/// The bytes that some servers send in an atom: all but SP, parentheses, `"` and controls.
pub(crate) const fn is_word_char(octet: u8) -> bool {
    !matches!(octet, 0..=b' ' | b'(' | b')' | b'"' | 0x7f)
}

/// Whether this is an `atom` by the RFC.
pub(crate) fn is_atom(octets: &[u8]) -> bool {
    !octets.is_empty() && octets.iter().all(|octet| is_atom_char(*octet))
}

/// Whether this can be sent as `1*ASTRING-CHAR`.
pub(crate) fn is_astring_atom(octets: &[u8]) -> bool {
    !octets.is_empty() && octets.iter().all(|octet| is_astring_char(*octet))
}

/// ```abnf
/// atom            = 1*ATOM-CHAR
/// ```
pub(crate) fn atom(input: &[u8]) -> Parsed<'_, &[u8]> {
    steps::counted(take_while1(is_atom_char)).parse(input)
}

/// An atom as some servers write it, with `[ ] { } % * \` and 8-bit bytes in it.
pub(crate) fn word(input: &[u8]) -> Parsed<'_, &[u8]> {
    steps::counted(take_while1(is_word_char)).parse(input)
}

/// One byte of a class. (`satisfy` and `none_of` of nom panic at a byte above 0x7f.)
pub(crate) fn byte<'a>(
    is_in: impl Fn(u8) -> bool,
) -> impl Parser<&'a [u8], Output = u8, Error = Fail> {
    verify(u8, move |octet| is_in(*octet))
}

/// SP: one by the RFC, several from some servers.
pub(crate) fn sp(input: &[u8]) -> Parsed<'_, ()> {
    value((), pair(char(' '), opt_sp)).parse(input)
}

/// Any spaces, also none, where some servers send them.
pub(crate) fn opt_sp(input: &[u8]) -> Parsed<'_, ()> {
    value((), steps::counted(take_while(|octet| octet == b' '))).parse(input)
}

/// Skips any spaces.
pub(crate) fn spaces(input: &[u8]) -> &[u8] {
    opt_sp(input).map_or(input, |(rest, ())| rest)
}

/// Whether `name` is this word in any case. Its usual spelling takes one comparison.
pub(crate) fn is_word(name: &[u8], word: &'static str) -> bool {
    name == word.as_bytes() || name.eq_ignore_ascii_case(word.as_bytes())
}

/// This word in any case, not as the start of a longer word.
pub(crate) fn whole_word<'a>(
    name: &'static str,
) -> impl Parser<&'a [u8], Output = (), Error = Fail> {
    value((), terminated(tag_no_case(name), not(word)))
}

/// `NIL` in any case, not as the start of a longer word.
pub(crate) fn nil(input: &[u8]) -> Parsed<'_, ()> {
    whole_word("NIL").parse(input)
}

/// NILs in a list whose items are never NIL.
pub(crate) fn nils(input: &[u8]) -> Parsed<'_, usize> {
    many0_count((opt_sp, nil)).parse(input)
}

/// The value of the rule, or `None` for NIL.
pub(crate) fn nil_or<'a, T>(
    rule: impl Parser<&'a [u8], Output = T, Error = Fail>,
) -> impl Parser<&'a [u8], Output = Option<T>, Error = Fail> {
    alt((map(nil, |()| None), map(rule, Some)))
}

/// The end of the input, or one of these ASCII characters, which stays in the rest.
pub(crate) fn ends<'a>(before: &'static str) -> impl Parser<&'a [u8], Output = (), Error = Fail> {
    value((), alt((eof, peek(recognize(one_of(before))))))
}

/// Everything before the last of these bytes.
pub(crate) fn until_last(wanted: u8) -> impl Fn(&[u8]) -> Parsed<'_, &[u8]> {
    move |input| {
        steps::add(input.len());
        let place = memrchr(wanted, input).ok_or(FAIL)?;
        input.split_at_checked(place).map(|(before, rest)| (rest, before)).ok_or(FAIL)
    }
}

/// The value of the rule, in parentheses, with any spaces inside of them.
pub(crate) fn in_parentheses<'a, T>(
    rule: impl Parser<&'a [u8], Output = T, Error = Fail>,
) -> impl Parser<&'a [u8], Output = T, Error = Fail> {
    delimited((char('('), opt_sp), rule, (opt_sp, char(')')))
}
