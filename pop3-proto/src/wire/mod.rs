//! Tokens, in both directions.

pub(crate) mod number;
pub(crate) mod steps;
pub(crate) mod swar;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::BytesMut;
use nom::{
    IResult, Parser,
    branch::alt,
    bytes::complete::{tag, take_while, take_while1},
};

/// What a rule of the grammar returns: the rest of the input, and what it found.
pub(crate) type Parsed<'a, T> = IResult<&'a [u8], T>;

/// The value of a rule at the start of `input`; what follows is not looked at.
pub(crate) fn found<'a, T>(
    mut rule: impl Parser<&'a [u8], Output = T, Error = nom::error::Error<&'a [u8]>>,
    input: &'a [u8],
) -> Option<T> {
    rule.parse(input).ok().map(|(_, found)| found)
}

/// Anything but a line end and NUL, which some servers and clients take for one.
pub(crate) const fn is_line_octet(octet: u8) -> bool {
    !matches!(octet, b'\r' | b'\n' | 0)
}

pub(crate) const fn is_space(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

pub(crate) fn trim_spaces(text: &[u8]) -> &[u8] {
    let mut text = text;
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

pub(crate) fn one_space(input: &[u8]) -> Parsed<'_, &[u8]> {
    alt((tag(" "), tag("\t"))).parse(input)
}

pub(crate) fn spaces0(input: &[u8]) -> Parsed<'_, &[u8]> {
    take_while(is_space).parse(input)
}

pub(crate) fn spaces1(input: &[u8]) -> Parsed<'_, &[u8]> {
    take_while1(is_space).parse(input)
}

/// Everything up to the last space, and the word after it.
pub(crate) fn before_last_word(input: &[u8]) -> Parsed<'_, (&[u8], &[u8])> {
    let space = memchr::memrchr(b' ', input);
    let parts = space.and_then(|space| Some((input.get(..space)?, input.get(space + 1..)?)));
    match parts {
        Some(parts) => Ok((&[], parts)),
        None => Err(number::failed(input)),
    }
}

/// Appends the base64 of `data`.
pub(crate) fn base64(out: &mut BytesMut, data: &[u8]) {
    let begin = out.len();
    out.resize(begin + base64_len(data.len()), 0);
    if let Some(room) = out.get_mut(begin..) {
        // The room is exact, so this cannot fail.
        let _ = STANDARD.encode_slice(data, room);
    }
}

/// The length of the base64 of so many bytes.
pub(crate) const fn base64_len(octets: usize) -> usize {
    octets.div_ceil(3) * 4
}
