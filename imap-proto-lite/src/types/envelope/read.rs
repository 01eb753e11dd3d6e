//! ENVELOPE: RFC 9051 section 9.

use crate::{
    types::{
        Address, Envelope,
        envelope::{Places, fast},
    },
    wire::{
        FAIL, IString, ListSpan, Parsed, StringSpan, atom, nstring, spaces, span, string, value,
    },
};

/// ```abnf
/// envelope        = "(" env-date SP env-subject SP env-from SP env-sender SP env-reply-to SP
///                   env-to SP env-cc SP env-bcc SP env-in-reply-to SP env-message-id ")"
/// ```
/// Fields missing at the end are NIL. Domino adds a second pair of parentheses around it.
pub(crate) fn envelope(input: &[u8]) -> Parsed<'_, Envelope<'_>> {
    let mut places = Places::default();
    let rest = read_envelope(input, &mut places).ok_or(FAIL)?;
    let octets = input.get(..input.len() - rest.len()).ok_or(FAIL)?;
    Ok((rest, Envelope::received(octets, places)))
}

/// Finds the fields of the envelope at the start of `input`. Returns the rest.
fn read_envelope<'a>(input: &'a [u8], places: &mut Places) -> Option<&'a [u8]> {
    match input {
        [b'(', b'(', fields @ ..] => match spaces(read_fields(input.len(), fields, places)?) {
            [b')', rest @ ..] => Some(rest),
            _ => None,
        },
        [b'(', fields @ ..] => read_fields(input.len(), fields, places),
        _ => None,
    }
}

/// `all`: the length of the envelope and everything after it.
fn read_fields<'a>(all: usize, mut rest: &'a [u8], places: &mut Places) -> Option<&'a [u8]> {
    places.date = string_place(all, &mut rest)?;
    places.subject = string_place(all, &mut rest)?;
    let start = rest;
    places.from = addresses(all, &mut rest)?;
    let from = start.get(..start.len() - rest.len())?;
    for list in [&mut places.sender, &mut places.reply_to] {
        *list = match rest.strip_prefix(from) {
            // A message without these fields has a copy of From here, which need not be read again.
            Some(after) => {
                rest = spaces(after);
                places.from
            }
            None => addresses(all, &mut rest)?,
        };
    }
    for list in [&mut places.to, &mut places.cc, &mut places.bcc] {
        *list = addresses(all, &mut rest)?;
    }
    places.in_reply_to = string_place(all, &mut rest)?;
    places.message_id = string_place(all, &mut rest)?;
    // Skip values after the last field (a recorded server sends one).
    while !matches!(rest.first(), Some(b')')) {
        let (after, value) = value::skip_value(spaces(rest)).ok()?;
        rest = spaces(after);
        if value.is_empty() && !matches!(rest.first(), Some(b')')) {
            return None;
        }
    }
    rest.get(1..)
}

/// One string field and the space after it. A field missing at the end is NIL.
#[inline]
fn string_place(all: usize, rest: &mut &[u8]) -> Option<StringSpan> {
    if let [b')', ..] = *rest {
        return Some(StringSpan::NIL);
    }
    let (after, place) = span::nstring_place(all, rest)?;
    *rest = spaces(after);
    Some(place)
}

/// ```abnf
/// env-from        = "(" 1*address ")" / nil
/// ```
/// And the space after it. `()` is an empty list.
#[inline]
fn addresses(all: usize, rest: &mut &[u8]) -> Option<ListSpan> {
    let (after, list) = match *rest {
        [b'(', inside @ ..] => {
            let mut after = inside;
            let mut count = 0;
            while let Some(rest) = skip_address(after) {
                after = rest;
                count += 1;
            }
            let list = ListSpan::new(all - inside.len(), inside.len() - after.len(), count)?;
            let [b')', after @ ..] = spaces(after) else {
                return None;
            };
            (after, list)
        }
        input @ [b')', ..] => (input, ListSpan::EMPTY),
        [b'"', ..] => {
            // An empty string in place of a list means NIL.
            let (after, value) = string::quoted(rest).ok()?;
            if !value.is_empty() {
                return None;
            }
            (after, ListSpan::EMPTY)
        }
        input => (atom::nil(input).ok()?.0, ListSpan::EMPTY),
    };
    *rest = spaces(after);
    Some(list)
}

/// ```abnf
/// address         = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")"
/// ```
#[inline]
pub(crate) fn address<'a>(rest: &mut &'a [u8]) -> Option<Address<'a>> {
    match fast::address(rest) {
        Some((after, fields)) => {
            *rest = after;
            let [name, adl, mailbox, host] = fields.map(|field| field.map(IString::plain));
            Some(Address { name, adl, mailbox, host })
        }
        None => lenient_address(rest),
    }
}

/// Slow path: fields missing at the end are NIL, and any number of spaces is accepted.
#[inline(never)]
fn lenient_address<'a>(rest: &mut &'a [u8]) -> Option<Address<'a>> {
    let [b'(', fields @ ..] = spaces(rest) else {
        return None;
    };
    let mut fields = fields;
    let mut field = || {
        if let [b')', ..] = fields {
            return Some(None);
        }
        let (after, value) = nstring(fields).ok()?;
        fields = spaces(after);
        Some(value)
    };
    let address = Address { name: field()?, adl: field()?, mailbox: field()?, host: field()? };
    let [b')', after @ ..] = fields else {
        return None;
    };
    *rest = after;
    Some(address)
}

/// Skips an address without building it.
#[inline]
fn skip_address(input: &[u8]) -> Option<&[u8]> {
    match fast::address(input) {
        Some((rest, _)) => Some(rest),
        None if input.first() == Some(&b')') => None,
        None => {
            let mut rest = input;
            lenient_address(&mut rest).map(|_| rest)
        }
    }
}
