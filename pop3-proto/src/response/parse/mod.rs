//! Responses: complete lines in, meaning out.
//!
//! Lines come without their line end. Each function has the name of its rule, with the rule above
//! it: from [RFC 1939 section 9](https://www.rfc-editor.org/rfc/rfc1939#section-9), [RFC 2449
//! section 4](https://www.rfc-editor.org/rfc/rfc2449#section-4), [RFC
//! 5034](https://www.rfc-editor.org/rfc/rfc5034#section-4) and [RFC
//! 6856](https://www.rfc-editor.org/rfc/rfc6856). Where an RFC's rule is mistaken (the `greeting`
//! of RFC 2449 allows no space) the rule here is corrected. Tolerated deviations follow each rule.

use bytes::Bytes;
use nom::{
    Parser,
    branch::alt,
    bytes::complete::{tag, tag_no_case, take_till, take_till1, take_while, take_while_m_n},
    character::complete::digit1,
    combinator::{all_consuming, eof, map, map_opt, opt, peek, rest, value, verify},
    multi::fold_many0,
    sequence::{delimited, pair, preceded, separated_pair, terminated},
};

pub(crate) mod code;
pub(crate) mod fast;

use crate::{
    event::{Status, Text},
    response::{DropListing, Response, ScanListing, StatusLine, UniqueIdListing},
    types::{Capability, Expire, Mechanisms, MessageNumber},
    wire::{
        Parsed, found, is_line_octet, is_space,
        number::{number, number_u32},
        one_space, spaces0, spaces1, trim_spaces,
    },
};

/// The first line of any answer.
///
/// ```text
/// response    = status-line / challenge
/// challenge   = "+" [SP base64]                    ; RFC 5034 section 4
/// ```
/// Tolerated: `+` without the space (Exchange), words in place of base64 (the machine judges them).
#[must_use]
pub fn response(line: &[u8]) -> Option<Response<'_>> {
    found(alt((map(status, Response::Status), map(challenge, Response::Challenge))), line)
}

/// ```text
/// status-line = ("+OK" / "-ERR") [SP *octet]       ; octet: anything but CR and LF
/// ```
/// Tolerated: lower case, TAB for SP. Not tolerated: `+OKAY`.
#[must_use]
pub fn status_line(line: &[u8]) -> Option<StatusLine<'_>> {
    found(status, line)
}

fn status(line: &[u8]) -> Parsed<'_, StatusLine<'_>> {
    let indicator =
        alt((value(Status::Ok, tag_no_case("+OK")), value(Status::Err, tag_no_case("-ERR"))));
    (indicator, rest_of_line).map(|(status, text)| StatusLine { status, text }).parse(line)
}

fn challenge(line: &[u8]) -> Parsed<'_, &[u8]> {
    preceded(tag("+"), rest_of_line).parse(line)
}

/// Nothing, or a space and the rest of the line.
fn rest_of_line(input: &[u8]) -> Parsed<'_, &[u8]> {
    alt((preceded(one_space, rest), eof)).parse(input)
}

/// The text of a positive answer to STAT.
///
/// ```text
/// drop-listing = messages SP octets [SP *octet]    ; both 1*DIGIT
/// ```
/// Tolerated: more spaces; a number of octets that is negative, too large or badly printed (a word
/// with a digit): `None`.
#[must_use]
pub fn drop_listing(text: &[u8]) -> Option<DropListing> {
    let listing = separated_pair(preceded(spaces0, number), spaces1, octets);
    found(listing.map(|(messages, octets)| DropListing { messages, octets }), text)
}

/// A line of a positive answer to LIST.
///
/// ```text
/// scan-listing = message-number SP octets [SP *octet]
/// ```
/// Tolerated: as in [`drop_listing`].
#[must_use]
pub fn scan_listing(line: &[u8]) -> Option<ScanListing> {
    let listing = separated_pair(message_number, spaces1, octets);
    found(listing.map(|(number, octets)| ScanListing { number: Some(number), octets }), line)
}

/// The text of a positive answer to `LIST n`: a [`scan_listing`], or, tolerated, the octets alone.
#[must_use]
pub fn single_scan_listing(text: &[u8]) -> Option<ScanListing> {
    scan_listing(text).or_else(|| {
        let alone = all_consuming(delimited(spaces0, number, spaces0));
        found(alone.map(|octets| ScanListing { number: None, octets: Some(octets) }), text)
    })
}

/// A line of a positive answer to UIDL.
///
/// ```text
/// unique-id-listing = message-number SP unique-id
/// unique-id         = 1*70 (%x21-7E)
/// ```
/// Tolerated: more spaces before the unique-id, spaces and 8-bit bytes in it, any length, and no
/// unique-id after the space.
#[must_use]
pub fn unique_id_listing(line: &[u8]) -> Option<UniqueIdListing<'_>> {
    let listing = separated_pair(message_number, spaces1, unique_id);
    found(
        listing.map(|(number, unique_id)| UniqueIdListing { number: Some(number), unique_id }),
        line,
    )
}

/// The text of a positive answer to `UIDL n`: a [`unique_id_listing`], or, tolerated, the unique-id
/// alone.
#[must_use]
pub fn single_unique_id_listing(text: &[u8]) -> Option<UniqueIdListing<'_>> {
    unique_id_listing(text).or_else(|| {
        let alone = verify(unique_id, |unique_id: &[u8]| {
            !unique_id.is_empty() && !unique_id.contains(&b' ')
        });
        found(alone.map(|unique_id| UniqueIdListing { number: None, unique_id }), text)
    })
}

/// To the end of the line, without the spaces at both ends.
fn unique_id(input: &[u8]) -> Parsed<'_, &[u8]> {
    map(all_consuming(take_while(is_line_octet)), trim_spaces).parse(input)
}

/// A line of a positive answer to CAPA.
///
/// ```text
/// capability = tag *(SP param)                     ; RFC 2449 section 3, all printable
/// sasl       = "SASL" *(SP mechanism)
/// expire     = "EXPIRE" SP ("NEVER" / 1*DIGIT) [SP "USER"]
/// delay      = "LOGIN-DELAY" SP 1*DIGIT [SP "USER"]
/// utf8       = "UTF8" [SP "USER"]
/// ```
/// Tolerated: any case, more spaces, TAB, `SASL=` for `SASL SP`. A tag that is unknown, or whose
/// parameters do not parse, is [`Capability::Other`]. `None` only for an empty line.
#[must_use]
pub fn capability(line: &Bytes) -> Option<Capability> {
    let trimmed = trim_spaces(line);
    let (params, name) = capability_tag(trimmed).ok()?;
    let params = trim_spaces(params);
    let typed = match name.to_ascii_uppercase().as_slice() {
        b"SASL" => Some(Capability::Sasl(Mechanisms(line.slice_ref(params)))),
        b"IMPLEMENTATION" => Some(Capability::Implementation(Text::new(line.slice_ref(params)))),
        b"LOGIN-DELAY" => found(all_consuming(delay), params),
        b"EXPIRE" => found(all_consuming(expire), params),
        b"UTF8" => found(all_consuming(utf8), params),
        name if params.is_empty() => without_parameters(name),
        _ => None,
    };
    Some(typed.unwrap_or_else(|| Capability::Other(line.slice_ref(trimmed))))
}

/// `=` ends only SASL: other tags may contain one.
fn capability_tag(line: &[u8]) -> Parsed<'_, &[u8]> {
    alt((terminated(tag_no_case("SASL"), tag("=")), take_till1(is_space))).parse(line)
}

const fn without_parameters(name: &[u8]) -> Option<Capability> {
    match name {
        b"TOP" => Some(Capability::Top),
        b"UIDL" => Some(Capability::Uidl),
        b"USER" => Some(Capability::User),
        b"STLS" => Some(Capability::Stls),
        b"LANG" => Some(Capability::Lang),
        b"PIPELINING" => Some(Capability::Pipelining),
        b"RESP-CODES" => Some(Capability::RespCodes),
        b"AUTH-RESP-CODE" => Some(Capability::AuthRespCode),
        _ => None,
    }
}

fn delay(params: &[u8]) -> Parsed<'_, Capability> {
    pair(number_u32, user)
        .map(|(seconds, per_user)| Capability::LoginDelay { seconds, per_user })
        .parse(params)
}

fn expire(params: &[u8]) -> Parsed<'_, Capability> {
    let after = alt((value(Expire::Never, tag_no_case("NEVER")), map(number_u32, Expire::Days)));
    pair(after, user).map(|(after, per_user)| Capability::Expire { after, per_user }).parse(params)
}

/// Some servers send other parameters than USER; they have no effect.
fn utf8(params: &[u8]) -> Parsed<'_, Capability> {
    let is_user = |user, param: &[u8]| user || param.eq_ignore_ascii_case(b"USER");
    fold_many0(terminated(take_till1(is_space), spaces0), || false, is_user)
        .map(|user| Capability::Utf8 { user })
        .parse(params)
}

/// `[SP "USER"]` to the end.
fn user(input: &[u8]) -> Parsed<'_, bool> {
    map(opt((spaces1, tag_no_case("USER"))), |user| user.is_some()).parse(input)
}

/// A line of a LANG listing, and the text of a positive answer to `LANG x`.
///
/// ```text
/// lang-listing = language-tag [SP *octet]          ; RFC 6856 section 3.2
/// ```
/// Returns the tag and its description.
#[must_use]
pub fn lang_listing(line: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let language_tag = take_while_m_n(1, 100, |octet: u8| {
        octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'*')
    });
    let listing = all_consuming((language_tag, opt(preceded(spaces1, rest))));
    found(listing, trim_spaces(line))
}

/// A number of octets in the text of a positive answer to RETR, as in the examples of RFC 1939. A
/// hint.
///
/// ```text
/// text = 1*DIGIT SP "octets" [SP *octet]
/// ```
#[must_use]
pub fn octets_hint(text: &[u8]) -> Option<u64> {
    found(terminated(number, (spaces1, tag_no_case("octets"))), text)
}

fn message_number(input: &[u8]) -> Parsed<'_, MessageNumber> {
    map_opt(preceded(spaces0, number_u32), MessageNumber::new).parse(input)
}

/// A number, or a word meant as one: `-1`, `%!d(float64=5461)` and a number that does not fit give
/// `None`.
fn octets(input: &[u8]) -> Parsed<'_, Option<u64>> {
    let whole = terminated(number, peek(alt((one_space, eof))));
    let with_digit = (
        take_till(|octet: u8| is_space(octet) || octet.is_ascii_digit()),
        digit1,
        take_till(is_space),
    );
    alt((map(whole, Some), value(None, with_digit))).parse(input)
}

#[cfg(test)]
mod tests;
