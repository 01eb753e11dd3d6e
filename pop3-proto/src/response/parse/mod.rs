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
    IResult, Parser,
    branch::alt,
    bytes::complete::{tag, tag_no_case, take_till1, take_while_m_n},
    combinator::{all_consuming, eof, map, opt, peek, rest, value, verify},
    error::ErrorKind,
    sequence::{delimited, preceded, terminated},
};

pub(crate) mod code;
pub(crate) mod fast;

use crate::{
    event::{Status, Text},
    response::{DropListing, Response, ScanListing, StatusLine, UniqueIdListing},
    types::{Capability, Expire, Mechanisms, MessageNumber},
    wire::{
        is_space,
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
    alt((map(status, Response::Status), map(challenge, Response::Challenge)))
        .parse(line)
        .ok()
        .map(|(_, response)| response)
}

/// ```text
/// status-line = ("+OK" / "-ERR") [SP *octet]       ; octet: anything but CR and LF
/// ```
/// Tolerated: lower case, TAB for SP. Not tolerated: `+OKAY`.
#[must_use]
pub fn status_line(line: &[u8]) -> Option<StatusLine<'_>> {
    status(line).ok().map(|(_, line)| line)
}

fn status(line: &[u8]) -> IResult<&[u8], StatusLine<'_>> {
    let indicator =
        alt((value(Status::Ok, tag_no_case("+OK")), value(Status::Err, tag_no_case("-ERR"))));
    (indicator, rest_of_line).map(|(status, text)| StatusLine { status, text }).parse(line)
}

fn challenge(line: &[u8]) -> IResult<&[u8], &[u8]> {
    preceded(tag("+"), rest_of_line).parse(line)
}

/// Nothing, or a space and the rest of the line.
fn rest_of_line(input: &[u8]) -> IResult<&[u8], &[u8]> {
    all_consuming(alt((preceded(one_space, rest), eof))).parse(input)
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
    (number_then_space, octets)
        .map(|(messages, octets)| DropListing { messages, octets })
        .parse(text)
        .ok()
        .map(|(_, listing)| listing)
}

/// A line of a positive answer to LIST.
///
/// ```text
/// scan-listing = message-number SP octets [SP *octet]
/// ```
/// Tolerated: as in [`drop_listing`].
#[must_use]
pub fn scan_listing(line: &[u8]) -> Option<ScanListing> {
    let (line, number) = message_number_then_space(line).ok()?;
    let (_, octets) = octets(line).ok()?;
    Some(ScanListing { number: Some(number), octets })
}

/// The text of a positive answer to `LIST n`: a [`scan_listing`], or, tolerated, the octets alone.
#[must_use]
pub fn single_scan_listing(text: &[u8]) -> Option<ScanListing> {
    scan_listing(text).or_else(|| {
        let alone = all_consuming(delimited(spaces0, number, spaces0)).parse(text);
        alone.ok().map(|(_, octets)| ScanListing { number: None, octets: Some(octets) })
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
    let (unique_id, number) = message_number_then_space(line).ok()?;
    Some(UniqueIdListing { number: Some(number), unique_id: self::unique_id(unique_id)? })
}

/// The text of a positive answer to `UIDL n`: a [`unique_id_listing`], or, tolerated, the unique-id
/// alone.
#[must_use]
pub fn single_unique_id_listing(text: &[u8]) -> Option<UniqueIdListing<'_>> {
    unique_id_listing(text).or_else(|| {
        let unique_id = unique_id(text)?;
        (!unique_id.is_empty() && !unique_id.contains(&b' '))
            .then_some(UniqueIdListing { number: None, unique_id })
    })
}

fn unique_id(text: &[u8]) -> Option<&[u8]> {
    let text = trim_spaces(text);
    (!text.iter().any(|octet| matches!(octet, b'\r' | b'\n' | 0))).then_some(text)
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
    let params = trim_spaces(params.strip_prefix(b"=").unwrap_or(params));
    let bare = |capability: Capability| params.is_empty().then_some(capability);
    let typed = match name.to_ascii_uppercase().as_slice() {
        b"TOP" => bare(Capability::Top),
        b"UIDL" => bare(Capability::Uidl),
        b"USER" => bare(Capability::User),
        b"STLS" => bare(Capability::Stls),
        b"LANG" => bare(Capability::Lang),
        b"PIPELINING" => bare(Capability::Pipelining),
        b"RESP-CODES" => bare(Capability::RespCodes),
        b"AUTH-RESP-CODE" => bare(Capability::AuthRespCode),
        b"SASL" => Some(Capability::Sasl(Mechanisms(line.slice_ref(params)))),
        b"IMPLEMENTATION" => Some(Capability::Implementation(Text::new(line.slice_ref(params)))),
        b"LOGIN-DELAY" => {
            let delay = all_consuming((number_u32, user))
                .map(|(seconds, per_user)| Capability::LoginDelay { seconds, per_user });
            parsed(delay, params)
        }
        b"EXPIRE" => {
            let after =
                alt((value(Expire::Never, tag_no_case("NEVER")), map(number_u32, Expire::Days)));
            let expire = all_consuming((after, user))
                .map(|(after, per_user)| Capability::Expire { after, per_user });
            parsed(expire, params)
        }
        // Some servers send other arguments than USER; they have no effect.
        b"UTF8" => Some(Capability::Utf8 {
            user: params
                .split(|octet| is_space(*octet))
                .any(|param| param.eq_ignore_ascii_case(b"USER")),
        }),
        _ => None,
    };
    Some(typed.unwrap_or_else(|| Capability::Other(line.slice_ref(trimmed))))
}

fn capability_tag(line: &[u8]) -> IResult<&[u8], &[u8]> {
    // `=` ends only SASL: other tags may contain one.
    alt((terminated(tag_no_case("SASL"), peek(tag("="))), take_till1(is_space))).parse(line)
}

/// `[SP "USER"]` to the end.
fn user(input: &[u8]) -> IResult<&[u8], bool> {
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
    all_consuming((language_tag, opt(preceded(spaces1, rest))))
        .parse(trim_spaces(line))
        .ok()
        .map(|(_, found)| found)
}

/// A number of octets in the text of a positive answer to RETR, as in the examples of RFC 1939. A
/// hint.
///
/// ```text
/// text = 1*DIGIT SP "octets" [SP *octet]
/// ```
#[must_use]
pub fn octets_hint(text: &[u8]) -> Option<u64> {
    terminated(number, (spaces1, tag_no_case("octets"))).parse(text).ok().map(|(_, octets)| octets)
}

fn number_then_space(input: &[u8]) -> IResult<&[u8], u64> {
    delimited(spaces0, number, spaces1).parse(input)
}

fn message_number_then_space(input: &[u8]) -> IResult<&[u8], MessageNumber> {
    let (input, number) = number_then_space(input)?;
    match u32::try_from(number).ok().and_then(MessageNumber::new) {
        Some(number) => Ok((input, number)),
        None => Err(failed(input, ErrorKind::MapOpt)),
    }
}

/// A number, or a word meant as one: `-1`, `%!d(float64=5461)` and a number that does not fit give
/// `None`.
fn octets(input: &[u8]) -> IResult<&[u8], Option<u64>> {
    alt((
        map(terminated(number, peek(alt((eof, one_space)))), Some),
        value(
            None,
            verify(take_till1(is_space), |token: &[u8]| token.iter().any(u8::is_ascii_digit)),
        ),
    ))
    .parse(input)
}

const fn failed(input: &[u8], kind: ErrorKind) -> nom::Err<nom::error::Error<&[u8]>> {
    nom::Err::Error(nom::error::Error { input, code: kind })
}

fn parsed<'a, T>(
    mut parser: impl Parser<&'a [u8], Output = T, Error = nom::error::Error<&'a [u8]>>,
    input: &'a [u8],
) -> Option<T> {
    parser.parse(input).ok().map(|(_, found)| found)
}

#[cfg(test)]
mod tests;
