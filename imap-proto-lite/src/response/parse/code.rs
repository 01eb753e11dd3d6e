//! Status responses and their codes: `resp-text` of RFC 9051 section 9.

use nom::{
    Parser as _,
    branch::alt,
    bytes::complete::{tag_no_case, take_till1, take_while1},
    character::complete::{char, space0, space1},
    combinator::{all_consuming, map, map_opt, map_parser, opt, recognize, rest},
    multi::many0_count,
    sequence::{delimited, pair, preceded, terminated},
};

use crate::{
    response::{CODES_WITHOUT_ARGUMENT, Charsets, Raw, ResponseCode, parse::fetch::object_id},
    types::{
        Flags, ModSeq, UidValidity, capability::capability_list, sequence::read::sequence_set,
    },
    wire::{
        Fail, IString, Parsed, in_parentheses, list_inside, nil_or, nstring, number::number,
        number64, opt_sp, quoted, sp,
    },
};

/// ```abnf
/// resp-text       = ["[" resp-text-code "]" SP] [text]
/// ```
/// A line that does not begin with a code is text; `{5}` at its end is text too.
pub(crate) fn resp_text(input: &[u8]) -> Parsed<'_, (Option<ResponseCode<'_>>, Raw<'_>)> {
    preceded(opt_sp, pair(opt(code_in_brackets), map(rest, Raw::from))).parse(input)
}

/// ```abnf
/// "[" resp-text-code "]" SP
/// ```
pub(crate) fn code_in_brackets(input: &[u8]) -> Parsed<'_, ResponseCode<'_>> {
    terminated(map_parser(brackets, resp_text_code), opt(char(' '))).parse(input)
}

/// The inside of the brackets. A `]` in quotes or parentheses does not end it.
fn brackets(input: &[u8]) -> Parsed<'_, &[u8]> {
    let text = take_till1(|octet| matches!(octet, b'"' | b'(' | b']'));
    let piece = alt((text, recognize(quoted), recognize(list_inside)));
    let closed = recognize(many0_count(piece));
    // Quotes or parentheses do not close: the first bracket ends the code.
    let unclosed = take_till1(|octet| octet == b']');
    alt((delimited(char('['), closed, char(']')), delimited(char('['), unclosed, char(']'))))
        .parse(input)
}

/// ```abnf
/// resp-text-code  = "ALERT" / "BADCHARSET" [SP "(" charset *(SP charset) ")" ] / ... /
///                   atom [SP 1*<any TEXT-CHAR except "]">]
/// ```
fn resp_text_code(input: &[u8]) -> Parsed<'_, ResponseCode<'_>> {
    let other = map(pair(code_name, opt(preceded(char(' '), rest))), |(name, argument)| {
        ResponseCode::Other { name: IString::plain(name), argument: argument.map(IString::plain) }
    });
    alt((all_consuming(terminated(known_code, space0)), all_consuming(other))).parse(input)
}

fn code_name(input: &[u8]) -> Parsed<'_, &[u8]> {
    take_while1(|octet: u8| octet.is_ascii_graphic() && !b"[](){}\"\\=%*<>@,;:".contains(&octet))
        .parse(input)
}

/// A known code with an argument that fits it.
fn known_code(input: &[u8]) -> Parsed<'_, ResponseCode<'_>> {
    let copy_uid = (uid_validity, sp, sequence_set, sp, sequence_set);
    let charsets = in_parentheses(|input| Ok(Charsets::leading(input)));
    // RFC 9585: `"(" (quoted / nil) SP (number / nil) SP (number / nil) ")"`
    let in_progress = in_parentheses((nstring, sp, nil_or(number64), sp, nil_or(number64)));
    alt((
        map(code("UIDVALIDITY", uid_validity), ResponseCode::UidValidity),
        map(code("UIDNEXT", number), ResponseCode::UidNext),
        map(code("UNSEEN", number), ResponseCode::Unseen),
        map(code("PERMANENTFLAGS", Flags::parse), ResponseCode::PermanentFlags),
        map(code("HIGHESTMODSEQ", number64), |value| {
            ResponseCode::HighestModSeq(ModSeq::new(value))
        }),
        map(code("CAPABILITY", capability_list), ResponseCode::Capability),
        map(code("COPYUID", copy_uid), |(uid_validity, (), source, (), destination)| {
            ResponseCode::CopyUid { uid_validity, source, destination }
        }),
        map(code("APPENDUID", (uid_validity, sp, sequence_set)), |(uid_validity, (), uids)| {
            ResponseCode::AppendUid { uid_validity, uids }
        }),
        map(code("MODIFIED", sequence_set), ResponseCode::Modified),
        map_opt(code("MAILBOXID", object_id), |id| id.map(ResponseCode::MailboxId)),
        map(code("MESSAGELIMIT", number), ResponseCode::MessageLimit),
        map(code("BADCHARSET", charsets), ResponseCode::BadCharset),
        map(code("INPROGRESS", in_progress), |(tag, (), progress, (), goal)| {
            ResponseCode::InProgress { tag, progress, goal }
        }),
        map(code("WEBALERT", url), ResponseCode::WebAlert),
        map(code("REFERRAL", url), ResponseCode::Referral),
        without_argument,
    ))
    .parse(input)
}

/// A name and its argument.
fn code<'a, T>(
    name: &'static str,
    argument: impl nom::Parser<&'a [u8], Output = T, Error = Fail>,
) -> impl nom::Parser<&'a [u8], Output = T, Error = Fail> {
    preceded((tag_no_case(name), space1), argument)
}

/// A known code without an argument: it has none, or the server left it out.
fn without_argument(input: &[u8]) -> Parsed<'_, ResponseCode<'_>> {
    map_opt(code_name, |name| {
        let is = |word: &str| name.eq_ignore_ascii_case(word.as_bytes());
        if is("BADCHARSET") {
            return Some(ResponseCode::BadCharset(Charsets::default()));
        }
        if is("INPROGRESS") {
            return Some(ResponseCode::InProgress { tag: None, progress: None, goal: None });
        }
        CODES_WITHOUT_ARGUMENT.iter().find(|(word, _)| is(word)).map(|(_, code)| code.clone())
    })
    .parse(input)
}

fn uid_validity(input: &[u8]) -> Parsed<'_, UidValidity> {
    map(number, UidValidity::new).parse(input)
}

fn url(input: &[u8]) -> Parsed<'_, IString<'_>> {
    map(rest, |url: &[u8]| IString::plain(url.trim_ascii_end())).parse(input)
}
