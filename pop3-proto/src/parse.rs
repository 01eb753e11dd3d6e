//! Complete lines in, meaning out. Nothing here keeps state, and nothing reads beyond its line.
//!
//! Lines come without their line end. Each function bears the name of its rule, with the rule above it: from
//! [RFC 1939 section 9](https://www.rfc-editor.org/rfc/rfc1939#section-9), [RFC 2449 section 4](https://www.rfc-editor.org/rfc/rfc2449#section-4),
//! [RFC 5034](https://www.rfc-editor.org/rfc/rfc5034#section-4) and [RFC 6856](https://www.rfc-editor.org/rfc/rfc6856). Where the RFC's rule cannot be
//! meant as it stands (RFC 2449's `greeting` allows no space in it), the rule says what is meant. What is tolerated beyond a rule stands below it.

use bytes::Bytes;
use nom::{
    IResult, Parser,
    branch::alt,
    bytes::complete::{tag, tag_no_case, take_till1, take_while, take_while_m_n, take_while1},
    combinator::{all_consuming, map, map_opt, opt, peek, recognize, rest, value, verify},
    error::ErrorKind,
    sequence::{delimited, preceded, terminated},
};

use crate::{
    capability::{Capability, Expire, Mechanisms},
    command::MessageNumber,
    event::{Status, Text},
    response::{DropListing, Response, ResponseCode, ScanListing, StatusLine, UniqueIdListing},
};

mod command;

pub(crate) use command::{BadCommand, Request, command};

/// The first line of any answer.
///
/// ```text
/// response    = status-line / challenge
/// challenge   = "+" [SP base64]                    ; RFC 5034 section 4
/// ```
/// Tolerated: `+` without the space (Exchange), words in place of base64 (the machine decides what they are worth).
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
    (indicator, text_behind).map(|(status, text)| StatusLine { status, text }).parse(line)
}

fn challenge(line: &[u8]) -> IResult<&[u8], &[u8]> {
    preceded(tag("+"), text_behind).parse(line)
}

/// Nothing, or a space and the rest of the line.
fn text_behind(input: &[u8]) -> IResult<&[u8], &[u8]> {
    all_consuming(alt((preceded(one_space, rest), nom::combinator::eof))).parse(input)
}

/// ```text
/// resp-code  = "[" resp-level *("/" resp-level) "]"     ; RFC 2449 section 8
/// resp-level = 1*rchar                                  ; printable, none of SP "/" "]"
/// ```
/// Gives the code without its brackets, and the text behind it.
#[must_use]
pub fn response_code(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let rchar = |octet: u8| octet.is_ascii_graphic() && !matches!(octet, b'/' | b']');
    let level = || take_while1(rchar);
    let code = recognize((level(), nom::multi::many0_count((tag("/"), level()))));
    let code = delimited(tag("["), code, tag("]"));
    (code, opt(one_space), rest)
        .map(|(code, _, text)| (code, text))
        .parse(text)
        .ok()
        .map(|(_, found)| found)
}

/// The meaning of a code. Of a deeper level than is known the known part counts; `None` for a code that is not known.
#[must_use]
pub fn known_response_code(code: &[u8]) -> Option<ResponseCode> {
    let mut levels = code.split(|octet| *octet == b'/').map(<[u8]>::to_ascii_uppercase);
    let first = levels.next()?;
    let second = levels.next();
    match (first.as_slice(), second.as_deref()) {
        (b"IN-USE", _) => Some(ResponseCode::InUse),
        (b"LOGIN-DELAY", _) => Some(ResponseCode::LoginDelay),
        (b"SYS", Some(b"TEMP")) => Some(ResponseCode::SysTemp),
        (b"SYS", Some(b"PERM")) => Some(ResponseCode::SysPerm),
        (b"SYS", _) => Some(ResponseCode::Sys),
        (b"AUTH", _) => Some(ResponseCode::Auth),
        (b"UTF8", _) => Some(ResponseCode::Utf8),
        _ => None,
    }
}

/// The timestamp of a greeting, wherever in it: a `msg-id`.
///
/// ```text
/// timestamp = "<" 1*tchar "@" 1*tchar ">"          ; tchar: printable, none of "<" ">" "@"
/// ```
#[must_use]
pub fn timestamp(text: &[u8]) -> Option<&[u8]> {
    let tchar = || {
        take_while1(|octet: u8| octet.is_ascii_graphic() && !matches!(octet, b'<' | b'>' | b'@'))
    };
    let mut timestamp = recognize((tag("<"), tchar(), tag("@"), tchar(), tag(">")));
    let mut from = text;
    while let Some(at) = memchr::memchr(b'<', from) {
        from = from.get(at..)?;
        let found: IResult<&[u8], &[u8]> = timestamp.parse(from);
        if let Ok((_, found)) = found {
            return Some(found);
        }
        from = from.get(1..)?;
    }
    None
}

/// The text of a positive answer to STAT.
///
/// ```text
/// drop-listing = messages SP octets [SP *octet]    ; both 1*DIGIT
/// ```
/// Tolerated: more spaces; a number of octets that is negative, too large or printed badly (it has a digit in it): `None`.
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

/// A whole line of LIST in the form that needs no tolerance, with its CRLF, at the front of octets that may go on. `None` means nothing.
///
/// Gives the octets of the line last.
#[inline]
pub(crate) fn plain_scan_listing(octets: &[u8]) -> Option<(MessageNumber, u64, usize)> {
    let (number, rest) = plain_number(octets)?;
    let (size, rest) = plain_number(rest.strip_prefix(b" ")?)?;
    let rest = rest.strip_prefix(b"\r\n")?;
    Some((MessageNumber::new(u32::try_from(number).ok()?)?, size, octets.len() - rest.len()))
}

/// The same for a line of UIDL with a conforming unique-id of at most 38 octets.
#[inline]
pub(crate) fn plain_unique_id_listing(octets: &[u8]) -> Option<(MessageNumber, &[u8], usize)> {
    let (number, rest) = plain_number(octets)?;
    let rest = rest.strip_prefix(b" ")?;
    let length = graphic_octets(rest);
    if !(1..=38).contains(&length) {
        return None;
    }
    let (unique_id, behind) = rest.split_at_checked(length)?;
    let behind = behind.strip_prefix(b"\r\n")?;
    Some((MessageNumber::new(u32::try_from(number).ok()?)?, unique_id, octets.len() - behind.len()))
}

/// How many octets at the front are visible ASCII: word by word, up to 40.
#[inline]
fn graphic_octets(octets: &[u8]) -> usize {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    const ONES: u64 = 0x0101_0101_0101_0101;
    let mut graphic = 0;
    let mut rest = octets;
    while graphic < 40
        && let Some((eight, behind)) = rest.split_first_chunk()
    {
        let word = u64::from_le_bytes(*eight);
        // The high bits: of octets from '!' on, of DEL, and of 8-bit octets.
        let seven = word & LOW;
        let from_exclamation_mark = seven + 0x5f * ONES;
        let delete = seven + ONES;
        let others = (!from_exclamation_mark | delete | word) & HIGH;
        if others != 0 {
            return graphic + others.trailing_zeros() as usize / 8;
        }
        graphic += 8;
        rest = behind;
    }
    graphic + rest.iter().take(8).take_while(|octet| octet.is_ascii_graphic()).count()
}

/// At most 15 digits, so that nothing overflows. Eight octets are looked at in one word: a listing is nothing but numbers.
#[inline]
fn plain_number(octets: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    let mut rest = octets;
    if let Some((eight, behind)) = octets.split_first_chunk() {
        // '0' to '9' become 0 to 9.
        let word = u64::from_le_bytes(*eight) ^ 0x3030_3030_3030_3030;
        // The high bit of each octet that is above 9.
        let others = ((word & 0x7f7f_7f7f_7f7f_7f7f) + 0x7676_7676_7676_7676) | word;
        let digits = (others & 0x8080_8080_8080_8080).trailing_zeros() / 8;
        if digits == 0 {
            return None;
        }
        // With zeros in place of the digits that are missing, at the front.
        value = decimal(word << (64 - 8 * digits));
        if digits < 8 {
            return Some((value, octets.get(digits as usize..)?));
        }
        rest = behind;
    }
    while let [digit @ b'0'..=b'9', after @ ..] = rest {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        rest = after;
    }
    (1..=15).contains(&(octets.len() - rest.len())).then_some((value, rest))
}

/// The number with these eight digits, the first in the lowest octet: pairs, then fours, then all.
#[inline]
const fn decimal(digits: u64) -> u64 {
    let pairs = (digits.wrapping_mul(10).wrapping_add(digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100).wrapping_add(pairs >> 16)) & 0x0000_ffff_0000_ffff;
    (fours.wrapping_mul(10_000).wrapping_add(fours >> 32)) & 0xffff_ffff
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
/// Tolerated: more spaces before the unique-id, spaces and 8-bit octets in it, any length, and none at all behind the space
/// (the message has no id then).
#[must_use]
pub fn unique_id_listing(line: &[u8]) -> Option<UniqueIdListing<'_>> {
    let (unique_id, number) = message_number_then_space(line).ok()?;
    Some(UniqueIdListing { number: Some(number), unique_id: self::unique_id(unique_id)? })
}

/// The text of a positive answer to `UIDL n`: a [`unique_id_listing`], or, tolerated, the unique-id alone.
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
/// Tolerated: any case, more spaces, TAB, `SASL=` for `SASL SP`. A tag that is not known, or whose parameters do not parse, is
/// [`Capability::Other`]. `None` only for an empty line.
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
        // Arguments other than USER are met in the field and change nothing.
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
    // `=` ends only SASL: other tags may hold one.
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
/// Gives the tag and its description.
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

/// A number of octets in the text of a positive answer to RETR, as RFC 1939's examples have it. A hint.
///
/// ```text
/// text = 1*DIGIT SP "octets" [SP *octet]
/// ```
#[must_use]
pub fn octets_hint(text: &[u8]) -> Option<u64> {
    terminated(number, (spaces1, tag_no_case("octets"))).parse(text).ok().map(|(_, octets)| octets)
}

// ---------------------------------------------------------------------------------------------------------------------

const fn is_space(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

fn trim_spaces(text: &[u8]) -> &[u8] {
    let mut text = text;
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

fn one_space(input: &[u8]) -> IResult<&[u8], &[u8]> {
    alt((tag(" "), tag("\t"))).parse(input)
}

fn spaces0(input: &[u8]) -> IResult<&[u8], &[u8]> {
    take_while(is_space).parse(input)
}

fn spaces1(input: &[u8]) -> IResult<&[u8], &[u8]> {
    take_while1(is_space).parse(input)
}

/// `1*DIGIT` that fits. By hand: a listing has a million of them.
fn number(input: &[u8]) -> IResult<&[u8], u64> {
    let mut value = 0_u64;
    let mut rest = input;
    while let [digit @ b'0'..=b'9', after @ ..] = rest {
        let next =
            value.checked_mul(10).and_then(|value| value.checked_add(u64::from(digit - b'0')));
        let Some(next) = next else {
            return Err(failed(input, ErrorKind::Digit));
        };
        value = next;
        rest = after;
    }
    if rest.len() == input.len() {
        return Err(failed(input, ErrorKind::Digit));
    }
    Ok((rest, value))
}

fn number_u32(input: &[u8]) -> IResult<&[u8], u32> {
    map_opt(number, |number| u32::try_from(number).ok()).parse(input)
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

/// A token that is a number, or was meant as one: `-1`, `%!d(float64=5461)` and what does not fit give `None`.
fn octets(input: &[u8]) -> IResult<&[u8], Option<u64>> {
    // The usual case first: a million of them in a listing.
    if let Ok((rest, octets)) = number(input)
        && rest.first().is_none_or(|octet| is_space(*octet))
    {
        return Ok((rest, Some(octets)));
    }
    value(None, verify(take_till1(is_space), |token: &[u8]| token.iter().any(u8::is_ascii_digit)))
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
