//! ENVELOPE: RFC 9051 section 9.

use nom::{
    Parser,
    branch::alt,
    character::complete::char,
    combinator::{consumed, map, map_opt, not, peek, success, value, verify},
    multi::{fold_many0, many0},
    sequence::{delimited, preceded, terminated},
};

use crate::{
    types::{
        Address, AddressList, Envelope,
        envelope::{EnvelopeFields, fast},
    },
    wire::{Fail, IString, Parsed, byte, nil, nstring, opt_sp, quoted, skip_value, sp, word},
};

/// ```abnf
/// envelope        = "(" env-date SP env-subject SP env-from SP env-sender SP env-reply-to SP
///                   env-to SP env-cc SP env-bcc SP env-in-reply-to SP env-message-id ")"
/// ```
/// This is the value of an item: the list or another item follows.
pub(crate) fn envelope(input: &[u8]) -> Parsed<'_, Envelope<'_>> {
    terminated(inner_envelope, item_end).parse(input)
}

/// [`envelope`] inside a BODYSTRUCTURE.
pub(crate) fn inner_envelope(input: &[u8]) -> Parsed<'_, Envelope<'_>> {
    if let Some(envelope) = fast::envelope(input) {
        return Ok(envelope);
    }
    general_envelope(input)
}

pub(super) fn general_envelope(input: &[u8]) -> Parsed<'_, Envelope<'_>> {
    let fields = alt((envelope_fields, doubled));
    map_opt(consumed(fields), |(octets, fields)| Envelope::received(octets, &fields)).parse(input)
}

fn envelope_fields(input: &[u8]) -> Parsed<'_, EnvelopeFields<'_>> {
    let list = || preceded(sp, address_list(address));
    let (input, (date, subject)) =
        (preceded(char('('), nstring), preceded(sp, nstring)).parse(input)?;
    let (input, (from, sender, reply_to)) = (list(), list(), list()).parse(input)?;
    let (input, (to, cc, bcc)) = (list(), list(), list()).parse(input)?;
    let (input, (in_reply_to, message_id)) =
        (preceded(sp, nstring), delimited(sp, nstring, close)).parse(input)?;
    #[rustfmt::skip]
    let fields = EnvelopeFields {
        date, subject, from, sender, reply_to, to, cc, bcc, in_reply_to, message_id,
    };
    Ok((input, fields))
}

/// Domino: a second pair of parentheses around the envelope.
#[cold]
fn doubled(input: &[u8]) -> Parsed<'_, EnvelopeFields<'_>> {
    delimited(char('('), envelope_fields, close).parse(input)
}

/// An envelope that ends early, has values after its last field, or has short addresses. Quotes
/// that a server did not escape can look like that, so the caller looks for those first.
///
/// Fields missing at the end are NIL. QQ sends envelopes of nine fields: if the ninth is in angle
/// brackets, it is the Message-ID, which nearly every message has, and not In-Reply-To, which few
/// have.
#[cold]
pub(crate) fn irregular_envelope(input: &[u8]) -> Parsed<'_, Envelope<'_>> {
    let fields = terminated(irregular_fields, item_end);
    map_opt(consumed(fields), |(octets, fields)| Envelope::received(octets, &fields)).parse(input)
}

#[cold]
fn irregular_fields(input: &[u8]) -> Parsed<'_, EnvelopeFields<'_>> {
    let list = || or_missing(preceded(sp, address_list(any_address)));
    let string = || or_missing(preceded(sp, nstring));
    let (input, (date, subject)) =
        preceded(char('('), (or_missing(nstring), string())).parse(input)?;
    let (input, (from, sender, reply_to)) = (list(), list(), list()).parse(input)?;
    let (input, (to, cc, bcc)) = (list(), list(), list()).parse(input)?;
    let last_string = terminated(preceded(sp, verify(nstring, is_message_id)), peek(close));
    let (input, (in_reply_to, message_id)) = alt((
        (success(None), last_string),
        (string(), preceded(sp, nstring)),
        (value(None, or_missing(preceded(sp, nil))), success(None)),
    ))
    .parse(input)?;
    let (input, _) = terminated(many0(preceded(sp, skip_value)), close).parse(input)?;
    #[rustfmt::skip]
    let fields = EnvelopeFields {
        date, subject, from, sender, reply_to, to, cc, bcc, in_reply_to, message_id,
    };
    Ok((input, fields))
}

/// Whether this has the form of a Message-ID.
fn is_message_id(value: &Option<IString<'_>>) -> bool {
    value.as_ref().is_some_and(|value| {
        let value = value.to_cow();
        value.starts_with(b"<") && value.ends_with(b">")
    })
}

/// The value, or the default where the list ends.
pub(crate) fn or_missing<'a, T: Default + Clone>(
    rule: impl Parser<&'a [u8], Output = T, Error = Fail>,
) -> impl Parser<&'a [u8], Output = T, Error = Fail> {
    alt((value(T::default(), peek(close)), rule))
}

/// ```abnf
/// env-from        = "(" 1*address ")" / nil
/// ```
/// `()` and `""` (hydroxide) are an empty list, and spaces between addresses occur (Exchange).
fn address_list<'a>(
    address: impl Parser<&'a [u8], Output = Address<'a>, Error = Fail>,
) -> impl Parser<&'a [u8], Output = AddressList<'a>, Error = Fail> {
    let addresses = fold_many0(preceded(opt_sp, address), || 0, |count, _| count + 1);
    let addresses =
        map(consumed(addresses), |(octets, count)| AddressList::from_wire_counted(octets, count));
    alt((
        delimited(char('('), addresses, close),
        value(AddressList::default(), nil),
        value(AddressList::default(), verify(quoted, IString::is_empty)),
    ))
}

/// ```abnf
/// address         = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")"
/// ```
fn address(input: &[u8]) -> Parsed<'_, Address<'_>> {
    let name = preceded((char('('), opt_sp), nstring);
    let fields =
        (name, preceded(sp, nstring), preceded(sp, nstring), delimited(sp, nstring, close));
    map(fields, |(name, adl, mailbox, host)| Address { name, adl, mailbox, host }).parse(input)
}

/// An address whose missing fields at the end are NIL.
pub(crate) fn any_address(input: &[u8]) -> Parsed<'_, Address<'_>> {
    alt((address, short_address)).parse(input)
}

#[cold]
fn short_address(input: &[u8]) -> Parsed<'_, Address<'_>> {
    let field = || or_missing(preceded(sp, nstring));
    let fields = (or_missing(nstring), field(), field(), field());
    map(delimited((char('('), opt_sp), fields, close), |(name, adl, mailbox, host)| Address {
        name,
        adl,
        mailbox,
        host,
    })
    .parse(input)
}

/// The end of a list, which may have spaces before it.
pub(crate) fn close(input: &[u8]) -> Parsed<'_, ()> {
    value((), (opt_sp, char(')'))).parse(input)
}

/// Checks that no value follows the value of an item. If one does, an unescaped quote was taken for
/// the end of a string.
pub(crate) fn item_end(input: &[u8]) -> Parsed<'_, ()> {
    let list = terminated(char('('), not(byte(|octet| octet.is_ascii_alphabetic())));
    let value = alt((char('"'), list, preceded(word, char('"'))));
    not(preceded(opt_sp, value)).parse(input)
}
