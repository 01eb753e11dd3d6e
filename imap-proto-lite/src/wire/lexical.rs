//! Tokens: atoms, strings, literals, numbers, flags, and the balanced skip. RFC 9051 section 9.
//!
//! Every function is nom-shaped (`input -> IResult`) with an error that has no size. The scanners are written by hand
//! because most of the time of a parse is spent in them.

use nom::{
    Err, IResult,
    error::{ErrorKind, ParseError},
};

use crate::{
    types::sequence::leading_number,
    wire::{span::StringSpan, string::IString, swar},
};

/// A parse error: the caller keeps the raw octets, so nothing more is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fail;

impl<I> ParseError<I> for Fail {
    fn from_error_kind(_: I, _: ErrorKind) -> Self {
        Self
    }
    fn append(_: I, _: ErrorKind, other: Self) -> Self {
        other
    }
}

impl<I, E> nom::error::FromExternalError<I, E> for Fail {
    fn from_external_error(_: I, _: ErrorKind, _: E) -> Self {
        Self
    }
}

pub(crate) type Parsed<'a, T> = IResult<&'a [u8], T, Fail>;

/// The error of every rule.
pub(crate) const FAIL: Err<Fail> = Err::Error(Fail);

/// Counts the octets that the scanners look at, for the test of linear work; nothing outside of tests.
pub(crate) mod steps {
    #[cfg(all(test, feature = "std"))]
    std::thread_local! {
        static COUNT: core::cell::Cell<u64> = const { core::cell::Cell::new(0) };
    }

    #[inline]
    pub(crate) fn add(_octets: usize) {
        #[cfg(all(test, feature = "std"))]
        COUNT.with(|count| count.set(count.get() + _octets as u64));
    }

    #[cfg(all(test, feature = "std"))]
    pub(crate) fn take() -> u64 {
        COUNT.with(|count| count.replace(0))
    }
}

/// What an octet is, as bits.
const ATOM: u8 = 1; // ATOM-CHAR
const ASTRING: u8 = 2; // ASTRING-CHAR
const WORD: u8 = 4; // a run that some server sends where an atom is due: all but SP ( ) " and controls

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
fn is(octet: u8, class: u8) -> bool {
    // A table of 256 entries has one for every octet.
    CLASS.get(usize::from(octet)).is_some_and(|bits| bits & class != 0)
}

/// Splits after the octets of this class: one at least.
#[inline]
fn run(input: &[u8], class: u8) -> Parsed<'_, &[u8]> {
    let length = input.iter().position(|octet| !is(*octet, class)).unwrap_or(input.len());
    steps::add(length + 1);
    match input.split_at_checked(length) {
        Some((token, rest)) if length > 0 => Ok((rest, token)),
        _ => Err(FAIL),
    }
}

/// Whether this is an `atom` of the RFC.
pub(crate) fn is_atom(octets: &[u8]) -> bool {
    !octets.is_empty() && octets.iter().all(|octet| is(*octet, ATOM))
}

/// Whether this can be sent as `1*ASTRING-CHAR`.
pub(crate) fn is_astring_atom(octets: &[u8]) -> bool {
    !octets.is_empty() && octets.iter().all(|octet| is(*octet, ASTRING))
}

/// ```abnf
/// atom            = 1*ATOM-CHAR
/// ```
#[inline]
pub(crate) fn atom(input: &[u8]) -> Parsed<'_, &[u8]> {
    run(input, ATOM)
}

/// An atom as servers write them, with `[ ] { } % * \` and 8-bit in it.
#[inline]
pub(crate) fn word(input: &[u8]) -> Parsed<'_, &[u8]> {
    run(input, WORD)
}

/// One octet that has to be there.
#[inline]
pub(crate) fn octet(input: &[u8], wanted: u8) -> Parsed<'_, ()> {
    match input.split_first() {
        Some((first, rest)) if *first == wanted => Ok((rest, ())),
        _ => Err(FAIL),
    }
}

/// SP: one by the RFC, more of them from some servers.
#[inline(always)]
pub(crate) fn sp(input: &[u8]) -> Parsed<'_, ()> {
    match input {
        [b' ', b' ', ..] => Ok((spaces(input), ())),
        [b' ', rest @ ..] => Ok((rest, ())),
        _ => Err(FAIL),
    }
}

/// What is behind any spaces.
#[inline]
pub(crate) fn spaces(mut input: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] = input {
        steps::add(1);
        input = rest;
    }
    input
}

/// Whether `name` is this word in any case. As the RFC spells it first: that is a comparison of words.
#[inline]
pub(crate) fn is_word(name: &[u8], word: &'static str) -> bool {
    name == word.as_bytes() || name.eq_ignore_ascii_case(word.as_bytes())
}

/// A word in any case, and what is behind it.
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
    if let Some(rest) = plain_nil(input) {
        return Ok((rest, ()));
    }
    match input {
        [b'N' | b'n', b'I' | b'i', b'L' | b'l', rest @ ..]
            if rest.first().is_none_or(|next| !is(*next, WORD)) =>
        {
            Ok((rest, ()))
        }
        _ => Err(FAIL),
    }
}

/// ```abnf
/// quoted          = DQUOTE *QUOTED-CHAR DQUOTE
/// ```
/// 8-bit is taken as it is and `\x` is `x` for any `x`.
#[inline]
pub(crate) fn quoted(input: &[u8]) -> Parsed<'_, IString<'_>> {
    let [b'"', inside @ ..] = input else {
        return Err(FAIL);
    };
    match inside.split_at_checked(quoted_run(inside)) {
        Some((value, [b'"', rest @ ..])) => Ok((rest, IString::plain(value))),
        _ => odd_quoted(inside),
    }
}

/// As [`quoted`], where something else than its end is in the string.
#[cold]
fn odd_quoted(inside: &[u8]) -> Parsed<'_, IString<'_>> {
    let mut at = 0;
    let mut escaped = false;
    loop {
        at += quoted_run(inside.get(at..).unwrap_or_default());
        match inside.get(at) {
            Some(b'"') => {
                let (value, rest) = inside.split_at_checked(at).ok_or(FAIL)?;
                let value = if escaped { IString::escaped(value) } else { IString::plain(value) };
                return Ok((rest.get(1..).unwrap_or_default(), value));
            }
            Some(b'\\') => match inside.get(at + 1) {
                None | Some(b'\r' | b'\n') => return Err(FAIL),
                Some(_) => {
                    escaped = true;
                    at += 2;
                }
            },
            None | Some(b'\r' | b'\n') => return Err(FAIL),
            // Another control character: a careless server.
            Some(_) => at += 1,
        }
    }
}

/// How many octets come before one that ends a quoted string or needs a closer look.
#[inline]
pub(crate) fn quoted_run(octets: &[u8]) -> usize {
    let length = swar::quoted_run(octets);
    steps::add(length + 1);
    length
}

/// ```abnf
/// literal         = "{" number64 ["+"] "}" CRLF *CHAR8
/// literal8        = "~{" number64 "}" CRLF *OCTET
/// ```
/// Gives the length and what is behind the CRLF.
#[inline]
pub(crate) fn literal_header(input: &[u8]) -> Parsed<'_, u64> {
    let input = input.strip_prefix(b"~").unwrap_or(input);
    let (input, ()) = octet(input, b'{')?;
    let (input, length) = number64(input)?;
    match input.strip_prefix(b"+").unwrap_or(input) {
        // LF alone gets this far where the framer takes it for a line end.
        [b'}', b'\r', b'\n', rest @ ..] | [b'}', b'\n', rest @ ..] => Ok((rest, length)),
        _ => Err(FAIL),
    }
}

/// A literal whose octets are here.
pub(crate) fn literal(input: &[u8]) -> Parsed<'_, IString<'_>> {
    let (rest, length) = literal_header(input)?;
    let (value, rest) = usize::try_from(length)
        .ok()
        .and_then(|length| rest.split_at_checked(length))
        .ok_or(FAIL)?;
    Ok((rest, IString::plain(value)))
}

/// ```abnf
/// string          = quoted / literal
/// ```
#[inline]
pub(crate) fn string(input: &[u8]) -> Parsed<'_, IString<'_>> {
    match input.first() {
        Some(b'"') => quoted(input),
        Some(b'{' | b'~') => literal(input),
        _ => Err(FAIL),
    }
}

/// ```abnf
/// nstring         = string / nil
/// ```
#[inline]
pub(crate) fn nstring(input: &[u8]) -> Parsed<'_, Option<IString<'_>>> {
    if let Some((rest, value)) = plain_nstring(input) {
        return Ok((rest, value.map(IString::plain)));
    }
    match input.first() {
        Some(b'"') => {
            let (rest, value) = quoted(input)?;
            Ok((rest, Some(value)))
        }
        Some(b'{' | b'~') => {
            let (rest, value) = literal(input)?;
            Ok((rest, Some(value)))
        }
        _ => nil(input).map(|(rest, ())| (rest, None)),
    }
}

/// An [`nstring`] in the forms that nearly all have: in quotes without escapes, or NIL.
///
/// Envelopes and body structures are made of these. Their rules read a whole address or parameter of such strings first, and
/// anything else in functions of their own: where both meet in one expression, values go through memory, and the
/// processor waits for them longer than it has worked.
#[inline(always)]
pub(crate) fn plain_nstring(input: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    if let [b'"', inside @ ..] = input {
        let (value, behind) = inside.split_at_checked(quoted_run(inside))?;
        return match behind {
            [b'"', rest @ ..] => Some((rest, Some(value))),
            _ => None,
        };
    }
    Some((plain_nil(input)?, None))
}

/// `NIL` as nearly every server writes it, and something behind it: one comparison.
#[inline(always)]
pub(crate) fn plain_nil(input: &[u8]) -> Option<&[u8]> {
    match input.split_first_chunk() {
        Some((b"NIL", rest @ [b' ' | b')', ..])) => Some(rest),
        _ => None,
    }
}

/// Where the value of an [`nstring`] is, `input` being the end of so many octets.
#[inline]
pub(crate) fn nstring_place(all: usize, input: &[u8]) -> Option<(&[u8], StringSpan)> {
    match plain_nstring(input) {
        Some((rest, Some(value))) => {
            let place = StringSpan::new(all - rest.len() - 1 - value.len(), value.len(), false)?;
            Some((rest, place))
        }
        Some((rest, None)) => Some((rest, StringSpan::NIL)),
        None => odd_nstring_place(all, input),
    }
}

/// As [`nstring_place`], for what is not plain.
#[inline(never)]
pub(crate) fn odd_nstring_place(all: usize, input: &[u8]) -> Option<(&[u8], StringSpan)> {
    let (rest, value) = nstring(input).ok()?;
    let Some(value) = value else {
        return Some((rest, StringSpan::NIL));
    };
    let (inside, escaped) = value.as_received()?;
    let behind = rest.len() + usize::from(input.first() == Some(&b'"'));
    StringSpan::new(all - behind - inside.len(), inside.len(), escaped).map(|place| (rest, place))
}

/// ```abnf
/// astring         = 1*ASTRING-CHAR / string
/// ```
/// 8-bit and the characters that `astring` leaves out are taken in an unquoted one.
#[inline]
pub(crate) fn astring(input: &[u8]) -> Parsed<'_, IString<'_>> {
    match input.first() {
        Some(b'"') => quoted(input),
        Some(b'{' | b'~') if literal_header(input).is_ok() => literal(input),
        _ => word(input).map(|(rest, value)| (rest, IString::plain(value))),
    }
}

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
    let (mut value, mut digits) = swar::first_digits(input);
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
    match digits {
        0 => None,
        _ => Some((input.get(digits..)?, value)),
    }
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
pub(crate) fn nz_number(input: &[u8]) -> Parsed<'_, core::num::NonZeroU32> {
    leading_number(input).map(|(number, rest)| (rest, number)).ok_or(FAIL)
}

/// Takes the next flag of the inside of a flag list. A nested list, a string or a stray parenthesis is no flag and is
/// left out; a bare backslash is a flag with an empty name.
#[inline]
pub(crate) fn next_flag<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    loop {
        let input = spaces(rest);
        match word(input) {
            Ok((after, flag)) => {
                *rest = after;
                return Some(flag);
            }
            Err(_) => *rest = skip_no_flag(input)?,
        }
    }
}

#[cold]
fn skip_no_flag(input: &[u8]) -> Option<&[u8]> {
    match skip_value(input) {
        Ok((rest, _)) if rest.len() < input.len() => Some(rest),
        _ => input.get(1..),
    }
}

/// Skips one value of any kind: atom, string, literal, or a balanced list in which strings and literals are
/// respected. It never recurses. `streamed` literals do not occur inside lists.
pub(crate) fn skip_value(input: &[u8]) -> Parsed<'_, &[u8]> {
    let mut rest = input;
    let mut depth = 0u64;
    loop {
        steps::add(1);
        rest = match rest.first() {
            Some(b'(') => {
                depth += 1;
                rest.get(1..).unwrap_or_default()
            }
            Some(b')') => {
                if depth == 0 {
                    break;
                }
                depth -= 1;
                rest.get(1..).unwrap_or_default()
            }
            Some(b'"') => quoted(rest)?.0,
            Some(b'{' | b'~') if literal_header(rest).is_ok() => literal(rest)?.0,
            Some(b' ') if depth > 0 => spaces(rest),
            Some(b' ' | b'\r' | b'\n') | None => break,
            // A stray control character is part of an atom.
            Some(_) => {
                word(rest).map_or_else(|_| rest.get(1..).unwrap_or_default(), |(rest, _)| rest)
            }
        };
        if depth == 0 && matches!(rest.first(), Some(b' ' | b')' | b'\r') | None) {
            break;
        }
    }
    if depth > 0 {
        return Err(FAIL);
    }
    let length = input.len() - rest.len();
    input.split_at_checked(length).map(|(value, rest)| (rest, value)).ok_or(FAIL)
}

/// A balanced list: its inside without the outer parentheses.
pub(crate) fn list_inside(input: &[u8]) -> Parsed<'_, &[u8]> {
    if input.first() != Some(&b'(') {
        return Err(FAIL);
    }
    let (rest, list) = skip_list(input)?;
    Ok((rest, list.get(1..list.len().saturating_sub(1)).unwrap_or_default()))
}

/// As [`skip_value`], for a list: ends at the parenthesis that closes the first one.
pub(crate) fn skip_list(input: &[u8]) -> Parsed<'_, &[u8]> {
    let mut rest = input;
    let mut depth = 0u64;
    loop {
        steps::add(1);
        rest = match rest.first() {
            Some(b'(') => {
                depth += 1;
                rest.get(1..).unwrap_or_default()
            }
            Some(b')') => {
                depth = depth.checked_sub(1).ok_or(FAIL)?;
                let rest = rest.get(1..).unwrap_or_default();
                if depth == 0 {
                    let length = input.len() - rest.len();
                    return input
                        .split_at_checked(length)
                        .map(|(list, rest)| (rest, list))
                        .ok_or(FAIL);
                }
                rest
            }
            Some(b'"') => quoted(rest)?.0,
            Some(b'{' | b'~') if literal_header(rest).is_ok() => literal(rest)?.0,
            Some(b'\r' | b'\n') | None => return Err(FAIL),
            Some(b' ') => spaces(rest),
            Some(_) => {
                word(rest).map_or_else(|_| rest.get(1..).unwrap_or_default(), |(rest, _)| rest)
            }
        };
    }
}

/// ```abnf
/// flag-list       = "(" [flag *(SP flag)] ")"
/// ```
/// What is behind it, its inside, and the number of its flags, in one pass; `None` if something else is in it. `each` gets the
/// flags, also those before something else.
#[inline(always)]
pub(crate) fn flag_list<'a>(
    input: &'a [u8],
    mut each: impl FnMut(&'a [u8]),
) -> Option<(&'a [u8], &'a [u8], usize)> {
    let [b'(', inside @ ..] = input else {
        return None;
    };
    let mut rest = inside;
    let mut count = 0;
    loop {
        rest = spaces(rest);
        if let [b')', after @ ..] = rest {
            let flags = inside.get(..inside.len() - rest.len())?;
            return Some((after, flags, count));
        }
        let (after, flag) = word(rest).ok()?;
        each(flag);
        count += 1;
        rest = after;
    }
}

#[cfg(test)]
mod tests;
