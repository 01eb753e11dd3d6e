//! ENVELOPE: RFC 9051 section 9.

use super::lexical::{self, FAIL, Parsed, nstring, octet, spaces};
use crate::{
    envelope::{Address, AddressElement, AddressList, Envelope},
    list::sealed::Element as _,
    string::IString,
};

/// ```abnf
/// envelope        = "(" env-date SP env-subject SP env-from SP env-sender SP env-reply-to SP env-to SP env-cc SP
///                   env-bcc SP env-in-reply-to SP env-message-id ")"
/// ```
/// Fields that are missing at the end are NIL. Domino puts the whole in a second pair of parentheses.
pub(crate) fn envelope(input: &[u8]) -> Parsed<'_, Envelope<'_>> {
    let (rest, ()) = octet(input, b'(')?;
    if let [b'(', ..] = rest {
        let (rest, envelope) = fields(rest.get(1..).unwrap_or_default())?;
        let (rest, ()) = octet(spaces(rest), b')')?;
        return Ok((rest, envelope));
    }
    fields(rest)
}

#[inline]
fn fields(input: &[u8]) -> Parsed<'_, Envelope<'_>> {
    let mut rest = input;
    let envelope = Envelope {
        date: field(&mut rest)?,
        subject: field(&mut rest)?,
        from: addresses(&mut rest)?,
        sender: addresses(&mut rest)?,
        reply_to: addresses(&mut rest)?,
        to: addresses(&mut rest)?,
        cc: addresses(&mut rest)?,
        bcc: addresses(&mut rest)?,
        in_reply_to: field(&mut rest)?,
        message_id: field(&mut rest)?,
    };
    // What stands behind the last field (a fixture has one) is left out.
    while !matches!(rest.first(), Some(b')')) {
        let (after, value) = lexical::skip_value(spaces(rest))?;
        rest = spaces(after);
        if value.is_empty() && !matches!(rest.first(), Some(b')')) {
            return Err(FAIL);
        }
    }
    Ok((rest.get(1..).unwrap_or_default(), envelope))
}

/// One string field with the space behind it.
#[inline]
fn field<'a>(rest: &mut &'a [u8]) -> Result<Option<IString<'a>>, nom::Err<lexical::Fail>> {
    if let [b')', ..] = *rest {
        return Ok(None);
    }
    let (after, value) = nstring(rest)?;
    *rest = spaces(after);
    Ok(value)
}

/// ```abnf
/// env-from        = "(" 1*address ")" / nil
/// ```
/// With the space behind it. `()` is an empty list.
#[inline]
fn addresses<'a>(rest: &mut &'a [u8]) -> Result<AddressList<'a>, nom::Err<lexical::Fail>> {
    let input = *rest;
    match input.first() {
        Some(b'(') => {
            let inside = input.get(1..).unwrap_or_default();
            let mut after = inside;
            let mut count = 0;
            while skip_address(&mut after).is_some() {
                count += 1;
            }
            let list = inside.get(..inside.len() - after.len()).unwrap_or_default();
            let ((after, ()), list) = (
                octet(spaces(after), b')')?,
                AddressList::checked(list, count),
            );
            *rest = spaces(after);
            Ok(list)
        }
        Some(b')') => Ok(AddressList::default()),
        Some(b'"') => {
            // An empty string where a list is due says the same as NIL.
            let (after, value) = lexical::quoted(input)?;
            if !value.is_empty() {
                return Err(FAIL);
            }
            *rest = spaces(after);
            Ok(AddressList::default())
        }
        _ => {
            let (after, ()) = lexical::nil(input)?;
            *rest = spaces(after);
            Ok(AddressList::default())
        }
    }
}

#[inline]
fn skip_address(rest: &mut &[u8]) -> Option<()> {
    AddressElement::next(rest).map(drop)
}

/// ```abnf
/// address         = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")"
/// ```
/// Fields that are missing at the end are NIL.
#[inline]
pub(crate) fn address(input: &[u8]) -> Parsed<'_, Address<'_>> {
    let (mut rest, ()) = octet(input, b'(')?;
    let name = field(&mut rest)?;
    let adl = field(&mut rest)?;
    let mailbox = field(&mut rest)?;
    let host = field(&mut rest)?;
    let (rest, ()) = octet(rest, b')')?;
    Ok((
        rest,
        Address {
            name,
            adl,
            mailbox,
            host,
        },
    ))
}
