//! The shortcuts of BODYSTRUCTURE: one space between values, strings in quotes or NIL, and
//! extension data that is NIL but for the disposition.

use crate::{
    types::body_structure::{Count, Fields},
    wire::{
        IString, ListSpan, StringSpan,
        fast::{self, Token, octet, quoted},
    },
};

/// The start of a part and whether it has parts, from its parenthesis on.
#[inline(always)]
pub(super) fn open(input: &[u8]) -> Token<'_, bool> {
    let rest = octet(input, b'(')?;
    match rest.first()? {
        b'(' => Some((rest, true)),
        b'"' => Some((rest, false)),
        _ => None,
    }
}

/// A part that begins here.
#[inline(always)]
pub(super) fn next_part(input: &[u8]) -> Option<&[u8]> {
    input.starts_with(b"(").then_some(input)
}

/// Whether the value of an item ends here, as [`item_end`](crate::types::envelope::read::item_end).
#[inline(always)]
pub(super) fn ends_item(rest: &[u8]) -> bool {
    matches!(rest, [b')', ..] | [b' ', b'A'..=b'Z', ..])
}

/// [`body_fields`](super::fields::body_fields), read from the end of `all`.
#[inline(always)]
pub(super) fn body_fields<'a>(
    all: &'a [u8],
    input: &'a [u8],
    fields: &mut Fields,
) -> Option<&'a [u8]> {
    let mut rest = input;
    fields.media_type = string(all, &mut rest)?;
    fields.subtype = string(all, &mut rest)?;
    fields.parameters = parameters(all, &mut rest)?;
    rest = octet(rest, b' ')?;
    fields.id = nstring(all, &mut rest)?;
    fields.description = nstring(all, &mut rest)?;
    fields.encoding = nstring(all, &mut rest)?;
    let (rest, octets) = fast::number64(rest)?;
    fields.octets = Count::new(octets);
    matches!(rest, [b' ' | b')', ..]).then_some(rest)
}

/// The number of lines and the space before it.
#[inline(always)]
pub(super) fn lines(input: &[u8]) -> Token<'_, Count> {
    let (rest, lines) = fast::number64(octet(input, b' ')?)?;
    matches!(rest, [b' ' | b')', ..]).then_some((rest, Count::new(lines)))
}

/// [`body_ext_1part`](super::fields::body_ext_1part).
#[inline(always)]
pub(super) fn body_ext_1part<'a>(
    all: &'a [u8],
    input: &'a [u8],
    fields: &mut Fields,
) -> Option<&'a [u8]> {
    if let Some(rest) = input.strip_prefix(b" NIL NIL NIL NIL)") {
        return Some(rest);
    }
    match octet(input, b')') {
        Some(rest) => Some(rest),
        None => extension(all, input.strip_prefix(b" NIL")?, fields),
    }
}

/// The end of a multipart, from the space before its subtype on.
#[inline]
pub(super) fn body_type_mpart<'a>(
    all: &'a [u8],
    input: &'a [u8],
    fields: &mut Fields,
) -> Option<&'a [u8]> {
    let (rest, subtype) = quoted(octet(input, b' ')?)?;
    fields.subtype = place(all, rest, subtype)?;
    if let Some(rest) = octet(rest, b')') {
        return Some(rest);
    }
    let mut rest = octet(rest, b' ')?;
    fields.parameters = parameters(all, &mut rest)?;
    extension(all, rest, fields)
}

/// The extension data that all parts can have, and the closing parenthesis.
#[inline]
fn extension<'a>(all: &'a [u8], input: &'a [u8], fields: &mut Fields) -> Option<&'a [u8]> {
    if let Some(rest) = input.strip_prefix(b" NIL NIL NIL)") {
        return Some(rest);
    }
    let rest = match input.strip_prefix(b" (") {
        Some(mut rest) => {
            fields.disposition = string(all, &mut rest)?;
            fields.disposition_parameters = parameters(all, &mut rest)?;
            octet(rest, b')')?
        }
        None => input,
    };
    let ends: [&[u8]; 3] = [b" NIL NIL)", b" NIL)", b")"];
    ends.iter().find_map(|end| rest.strip_prefix(*end))
}

/// A string and the space after it.
#[inline(always)]
fn string(all: &[u8], rest: &mut &[u8]) -> Option<StringSpan> {
    let (after, value) = quoted(rest)?;
    *rest = octet(after, b' ')?;
    place(all, after, value)
}

/// An `nstring` and the space after it.
#[inline(always)]
fn nstring(all: &[u8], rest: &mut &[u8]) -> Option<StringSpan> {
    if let Some(after) = fast::nil(rest) {
        *rest = octet(after, b' ')?;
        return Some(StringSpan::NIL);
    }
    string(all, rest)
}

/// The place of a quoted string that ends before `after`.
#[inline(always)]
fn place(all: &[u8], after: &[u8], value: &[u8]) -> Option<StringSpan> {
    StringSpan::new(all.len() - after.len() - 1 - value.len(), value.len())
}

/// Parameters with values, or NIL.
#[inline]
fn parameters(all: &[u8], rest: &mut &[u8]) -> Option<ListSpan> {
    if let Some(after) = fast::nil(rest) {
        *rest = after;
        return Some(ListSpan::EMPTY);
    }
    let inside = octet(rest, b'(')?;
    let (mut after, _) = pair(inside)?;
    let mut count = 1;
    while let Some(next) = octet(after, b' ') {
        (after, _) = pair(next)?;
        count += 1;
    }
    let list = ListSpan::new(all.len() - inside.len(), inside.len() - after.len(), count)?;
    *rest = octet(after, b')')?;
    Some(list)
}

/// [`parameter`](super::fields::parameter), which the list or another pair follows.
#[inline(always)]
pub(super) fn parameter(input: &[u8]) -> Token<'_, (IString<'_>, Option<IString<'_>>)> {
    let (rest, (name, value)) = pair(input)?;
    let pair = (IString::plain(name), Some(IString::plain(value)));
    matches!(rest, [] | [b' ' | b')', ..]).then_some((rest, pair))
}

/// [`parameter`] and the space before it.
#[inline(always)]
pub(super) fn next_parameter(input: &[u8]) -> Token<'_, (IString<'_>, Option<IString<'_>>)> {
    parameter(octet(input, b' ').unwrap_or(input))
}

/// Two strings without escapes and one space between them.
#[inline(always)]
fn pair(input: &[u8]) -> Token<'_, (&[u8], &[u8])> {
    let (rest, name) = quoted(input)?;
    let (rest, value) = quoted(octet(rest, b' ')?)?;
    Some((rest, (name, value)))
}
