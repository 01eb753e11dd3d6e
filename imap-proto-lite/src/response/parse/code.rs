//! Status responses and their codes: `resp-text` of RFC 9051 section 9.

use nom::{
    Parser as _, branch::alt, character::complete::char, combinator::map, sequence::terminated,
};

use crate::{
    response::{
        CODES_WITHOUT_ARGUMENT, Charsets, Raw, ResponseCode,
        parse::{fetch::object_id, whole},
    },
    types::{
        CapabilityList, Flags, ModSeq, Number, Ranges, UidValidity, sequence::read::leading_range,
    },
    wire::{FAIL, IString, Parsed, atom, number, number64, sp, spaces, steps, string, swar, value},
};

/// ```abnf
/// resp-text       = ["[" resp-text-code "]" SP] [text]
/// ```
/// A line that does not begin with a code is text, and never announces a literal.
pub(crate) fn resp_text(input: &[u8]) -> (Option<ResponseCode<'_>>, Raw<'_>) {
    let text = spaces(input);
    if let [b'[', inside @ ..] = text
        && let Some((argument, rest)) = brackets(inside)
        && let Some(code) = resp_text_code(argument)
    {
        let rest = rest.strip_prefix(b" ").unwrap_or(rest);
        return (Some(code), Raw::from(rest));
    }
    (None, Raw::from(text))
}

/// The inside of the brackets, found by the first `]` outside quotes and parentheses.
fn brackets(inside: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut depth = 0u32;
    let mut rest = inside;
    let mut fallback = true;
    while let Some((octet, after)) = rest.split_first() {
        steps::add(1);
        rest = match octet {
            b']' if depth == 0 => {
                return inside
                    .split_at_checked(inside.len() - rest.len())
                    .map(|(code, _)| (code, after));
            }
            b'(' => {
                depth += 1;
                after
            }
            b')' => {
                depth = depth.saturating_sub(1);
                after
            }
            b'"' if fallback => match string::quoted(rest) {
                Ok((after, _)) => after,
                Err(_) => {
                    fallback = false;
                    after
                }
            },
            _ => after,
        };
    }
    // Quotes or parentheses do not close: the first bracket ends the code.
    steps::add(inside.len());
    let end = memchr::memchr(b']', inside)?;
    inside.split_at_checked(end).map(|(code, rest)| (code, rest.get(1..).unwrap_or_default()))
}

/// ```abnf
/// resp-text-code  = atom [SP 1*<any TEXT-CHAR except "]">] / ...
/// ```
fn resp_text_code(input: &[u8]) -> Option<ResponseCode<'_>> {
    let (rest, name) = code_name(input).ok()?;
    let argument = rest.strip_prefix(b" ");
    if argument.is_none() && !rest.is_empty() {
        return None;
    }
    if let Some(code) = known(name, argument) {
        return Some(code);
    }
    Some(ResponseCode::Other { name: IString::plain(name), argument: argument.map(IString::plain) })
}

fn code_name(input: &[u8]) -> Parsed<'_, &[u8]> {
    let length = input
        .iter()
        .position(|octet| !octet.is_ascii_graphic() || b"[](){}\"\\=%*<>@,;:".contains(octet));
    let (name, rest) = input.split_at_checked(length.unwrap_or(input.len())).ok_or(FAIL)?;
    if name.is_empty() { Err(FAIL) } else { Ok((rest, name)) }
}

/// A known code with an argument that fits it.
fn known<'a>(name: &'a [u8], argument: Option<&'a [u8]>) -> Option<ResponseCode<'a>> {
    let Some(argument) = argument.map(<[u8]>::trim_ascii).filter(|argument| !argument.is_empty())
    else {
        return without_argument(name);
    };
    let is = |word: &str| name.eq_ignore_ascii_case(word.as_bytes());
    let number = || whole(number64(argument)).ok();
    let small = || number().and_then(|number| u32::try_from(number).ok());
    Some(match name.first()?.to_ascii_uppercase() {
        b'U' if is("UIDVALIDITY") => ResponseCode::UidValidity(UidValidity::new(small()?)),
        b'U' if is("UIDNEXT") => ResponseCode::UidNext(small()?),
        b'U' if is("UNSEEN") => ResponseCode::Unseen(small()?),
        b'P' if is("PERMANENTFLAGS") => {
            let flags = whole(value::list_inside(argument)).ok()?;
            ResponseCode::PermanentFlags(Flags::received(flags))
        }
        b'H' if is("HIGHESTMODSEQ") => ResponseCode::HighestModSeq(ModSeq::new(number()?)),
        b'C' if is("CAPABILITY") => ResponseCode::Capability(CapabilityList::received(argument)?),
        b'C' if is("COPYUID") => {
            let sets = (uid_validity, ranges, sp, ranges).parse(argument);
            let (uid_validity, source, (), destination) = whole(sets).ok()?;
            ResponseCode::CopyUid { uid_validity, source, destination }
        }
        b'A' if is("APPENDUID") => {
            let (uid_validity, uids) = whole((uid_validity, ranges).parse(argument)).ok()?;
            ResponseCode::AppendUid { uid_validity, uids }
        }
        b'M' if is("MODIFIED") => ResponseCode::Modified(whole(ranges(argument)).ok()?),
        b'M' if is("MAILBOXID") => ResponseCode::MailboxId(whole(object_id(argument)).ok()??),
        b'M' if is("MESSAGELIMIT") => ResponseCode::MessageLimit(small()?),
        b'B' if is("BADCHARSET") => {
            let inside = argument.strip_prefix(b"(")?.strip_suffix(b")")?;
            ResponseCode::BadCharset(Charsets::from_wire(inside)?)
        }
        b'I' if is("INPROGRESS") => in_progress(argument)?,
        b'W' if is("WEBALERT") => ResponseCode::WebAlert(IString::plain(argument)),
        b'R' if is("REFERRAL") => ResponseCode::Referral(IString::plain(argument)),
        _ => return None,
    })
}

/// A known code that has no argument, or leaves it out.
fn without_argument(name: &[u8]) -> Option<ResponseCode<'static>> {
    let is = |word: &str| name.eq_ignore_ascii_case(word.as_bytes());
    if is("BADCHARSET") {
        return Some(ResponseCode::BadCharset(Charsets::default()));
    }
    if is("INPROGRESS") {
        return Some(ResponseCode::InProgress { tag: None, progress: None, goal: None });
    }
    CODES_WITHOUT_ARGUMENT.iter().find(|(word, _)| is(word)).map(|(_, code)| code.clone())
}

fn uid_validity(input: &[u8]) -> Parsed<'_, UidValidity> {
    map(terminated(number::number, char(' ')), UidValidity::new).parse(input)
}

/// ```abnf
/// uid-set         = (uniqueid / uid-range) *("," uid-set)
/// ```
/// Never expanded.
pub(crate) fn ranges<N: Number>(input: &[u8]) -> Parsed<'_, Ranges<'_, N>> {
    let (mut rest, mut count) = (input, 0);
    loop {
        let (_, after) = leading_range::<N>(rest).ok_or(FAIL)?;
        count += 1;
        match after.first() {
            Some(b',') => rest = after.get(1..).unwrap_or_default(),
            None | Some(b' ' | b')' | b'\r') => {
                rest = after;
                break;
            }
            Some(_) => return Err(FAIL),
        }
    }
    let set = input.get(..input.len() - rest.len()).unwrap_or_default();
    Ok((rest, Ranges::from_wire_counted(set, count)))
}

/// As [`ranges`], for sets that may be huge: the form is checked and the ranges are counted, but
/// the numbers are parsed only when they are asked for. A number that is 0 or does not fit 32 bits
/// costs only its range.
pub(crate) fn unchecked_ranges<N: Number>(input: &[u8]) -> Parsed<'_, Ranges<'_, N>> {
    // Most of a large set is checked in blocks. The rest is walked, and so is a set in an unusual
    // form.
    let (length, members) = swar::count_members(input);
    steps::add(length);
    let mut rest = input.get(length..).unwrap_or_default();
    let mut count = members + 1;
    loop {
        rest = number_end(rest).ok_or(FAIL)?;
        if let [b':', after @ ..] = rest {
            rest = number_end(after).ok_or(FAIL)?;
        }
        match rest {
            [b',', after @ ..] => rest = after,
            [] | [b' ' | b')' | b'\r', ..] => break,
            _ => return Err(FAIL),
        }
        count += 1;
    }
    let length = input.len() - rest.len();
    let set = input.get(..length).unwrap_or_default();
    Ok((rest, Ranges::from_wire_counted(set, count)))
}

/// The rest after a number of any size, or after `*`.
#[inline]
fn number_end(input: &[u8]) -> Option<&[u8]> {
    if let [b'*', rest @ ..] = input {
        return Some(rest);
    }
    let digits = swar::count_digits(input);
    steps::add(digits + 1);
    input.get(digits..).filter(|_| digits > 0)
}

/// RFC 9585: `"(" (quoted / nil) SP (number / nil) SP (number / nil) ")"`
fn in_progress(argument: &[u8]) -> Option<ResponseCode<'_>> {
    let count = |input| alt((map(atom::nil, |()| None), map(number64, Some))).parse(input);
    let inside = argument.strip_prefix(b"(")?.strip_suffix(b")")?;
    let fields = (string::nstring, sp, count, sp, count).parse(inside);
    let (tag, (), progress, (), goal) = whole(fields).ok()?;
    Some(ResponseCode::InProgress { tag, progress, goal })
}
