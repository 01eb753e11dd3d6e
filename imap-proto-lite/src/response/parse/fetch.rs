//! FETCH attributes: `msg-att` of RFC 9051 section 9. One damaged attribute is one
//! [`FetchAttribute::Malformed`].

use nom::{
    Parser as _,
    bytes::complete::tag_no_case,
    combinator::{map, map_opt, opt},
    sequence::preceded,
};

use crate::{
    command::FetchItem,
    response::{
        AttributeIter, BodyData, FetchAttribute, Labels, Raw,
        parse::{
            fast::{self, ends_value},
            repair,
        },
    },
    types::{
        Flags, ModSeq, Section, ServerDate, Uid,
        body_structure::read::body,
        envelope::read::envelope,
        section::read::{origin, section, section_binary},
    },
    wire::{
        FAIL, Fail, IString, Parsed, astring, atom::is_word, keyword, literal::literal,
        literal_header, nil, nstring, number64, nz_number, octet, quoted, skip_value, sp, spaces,
        steps, swar,
    },
};

impl<'l> Iterator for AttributeIter<'l> {
    type Item = FetchAttribute<'l>;

    #[inline]
    fn next(&mut self) -> Option<FetchAttribute<'l>> {
        msg_att(self)
    }
}

/// ```abnf
/// msg-att         = "(" (msg-att-dynamic / msg-att-static)
///                    *(SP (msg-att-dynamic / msg-att-static)) ")"
/// ```
/// Takes the next attribute; `None` after the closing parenthesis.
#[inline]
fn msg_att<'l>(iter: &mut AttributeIter<'l>) -> Option<FetchAttribute<'l>> {
    let input = spaces(iter.rest);
    match input {
        // The closing parenthesis is missing.
        [] | [b'\r', b'\n'] | [b'\n'] => return None,
        [b')', b'\r', b'\n'] => {
            iter.rest = &[];
            return None;
        }
        [b')', rest @ ..] => return end(iter, rest),
        _ => {}
    }
    // Returned from here and not through `any_attribute`: an attribute is large to move.
    match fast::attribute(input, &mut iter.rest) {
        Some(attribute) => Some(attribute),
        None => any_attribute(iter, input),
    }
}

/// The general case: any attribute, in any case and with any number of spaces.
fn any_attribute<'l>(iter: &mut AttributeIter<'l>, input: &'l [u8]) -> Option<FetchAttribute<'l>> {
    // The largest of the attributes: this saves a move.
    if let Some(value) = input.strip_prefix(b"BODYSTRUCTURE ")
        && let Ok((rest, structure)) = body(value)
        && ends_value(rest)
    {
        iter.rest = rest;
        return Some(FetchAttribute::BodyStructure(structure));
    }
    // The item of downloads.
    if let Some(value) = input.strip_prefix(b"BODY[] ")
        && let Ok((rest, octets)) = literal_header(value)
        && is_streamed(iter, rest)
        && ends_value(rest)
    {
        iter.rest = rest;
        return Some(FetchAttribute::BodySection {
            section: Section::full(),
            origin: None,
            data: BodyData::Streamed { octets },
        });
    }
    match attribute(iter, input) {
        Ok((rest, attribute)) if ends_value(rest) => {
            iter.rest = rest;
            Some(attribute)
        }
        _ => Some(damaged(iter, input)),
    }
}

/// Domino puts each attribute in parentheses, and some servers do not escape quotes; anything else
/// is malformed.
#[cold]
fn damaged<'l>(iter: &mut AttributeIter<'l>, input: &'l [u8]) -> FetchAttribute<'l> {
    if let [b'(', inside @ ..] = input
        && let Ok((rest, attribute)) = attribute(iter, spaces(inside))
        && let [b')', rest @ ..] = spaces(rest)
    {
        iter.rest = rest;
        return attribute;
    }
    if let Some((rest, attribute)) = repair::quotes(&mut iter.repairs, input) {
        iter.rest = rest;
        return attribute;
    }
    malformed(iter, input)
}

/// After the closing parenthesis only the line end is allowed.
fn end<'l>(iter: &mut AttributeIter<'l>, rest: &'l [u8]) -> Option<FetchAttribute<'l>> {
    iter.rest = &[];
    let rest = spaces(rest);
    let rest = without_line_end(rest).unwrap_or(rest);
    (!rest.is_empty())
        .then_some(FetchAttribute::Malformed { name: Raw::default(), raw: rest.into() })
}

fn without_line_end(line: &[u8]) -> Option<&[u8]> {
    line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n"))
}

/// Takes something that is not an attribute: a name and one balanced value; all the rest if it is
/// not balanced.
#[cold]
fn malformed<'l>(iter: &mut AttributeIter<'l>, input: &'l [u8]) -> FetchAttribute<'l> {
    let after = match attribute_name(input) {
        Ok((after_name, _)) => value_end(iter, after_name),
        // A section that does not close.
        Err(_) if bare_name(input).is_some_and(|(_, rest)| rest.first() == Some(&b'[')) => {
            Err(FAIL)
        }
        Err(_) => skip_value(input).map(|(rest, _)| rest),
    };
    let name = attribute_name(input).map_or(&b""[..], |(_, name)| name);
    let rest = match after {
        Ok(rest) if rest.len() < input.len() => rest,
        // No progress: a stray byte.
        Ok(rest) => rest.get(1..).unwrap_or_default(),
        // An unbalanced value has been scanned to the end of the line, so the number of attempts is
        // bounded.
        Err(_) if iter.unbalanced >= UNBALANCED_LIMIT => &[],
        Err(_) => {
            iter.unbalanced += 1;
            resynchronise(input)
        }
    };
    let raw = input.get(..input.len() - rest.len()).unwrap_or_default();
    // The rest of an unbalanced line includes the end of the list and of the line.
    let raw = if rest.is_empty() {
        without_line_end(raw).map_or(raw, |raw| raw.strip_suffix(b")").unwrap_or(raw))
    } else {
        raw
    };
    iter.rest = rest;
    FetchAttribute::Malformed { name: name.into(), raw: raw.into() }
}

/// Limit of searches for the next valid attribute after one that has no end, per response.
const UNBALANCED_LIMIT: u8 = 8;

/// The next attribute with a known name after unbalanced damage; else the end.
fn resynchronise(input: &[u8]) -> &[u8] {
    const NAMES: [&[u8]; 6] =
        [b" UID ", b" FLAGS (", b" INTERNALDATE ", b" RFC822.SIZE ", b" MODSEQ (", b" ENVELOPE ("];
    steps::add(input.len());
    let mut at = 1;
    while let Some(offset) = input.get(at..).and_then(|rest| memchr::memchr(b' ', rest)) {
        let rest = input.get(at + offset..).unwrap_or_default();
        let found = NAMES.iter().any(|name| {
            rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        });
        if found {
            return rest;
        }
        at += offset + 1;
    }
    &[]
}

/// The name of an attribute without its section.
fn bare_name(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = input
        .iter()
        .position(|octet| {
            !(octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-' | b'_' | b'/'))
        })
        .unwrap_or(input.len());
    steps::add(length + 1);
    input.split_at_checked(length).filter(|(name, _)| !name.is_empty())
}

/// Whether a known attribute begins here, where a value is due. Its section is not read: it may
/// have no end.
fn attribute_begins(input: &[u8]) -> bool {
    bare_name(input)
        .is_some_and(|(name, rest)| is_known(name) && matches!(rest.first(), Some(b' ' | b'[')))
}

/// The name of an attribute with its section and origin.
fn attribute_name(input: &[u8]) -> Parsed<'_, &[u8]> {
    let (mut name, mut rest) = bare_name(input).ok_or(FAIL)?;
    if let [b'[', inside @ ..] = rest {
        // Names of header fields may be quoted.
        let mut after = inside;
        loop {
            steps::add(1);
            after = match after.first() {
                Some(b']') => break,
                Some(b'"') => quoted(after)?.0,
                Some(b'{') if literal_header(after).is_ok() => literal(after)?.0,
                Some(b'\r') | None => return Err(FAIL),
                Some(_) => after.get(1..).unwrap_or_default(),
            };
        }
        rest = after.get(1..).unwrap_or_default();
        if let [b'<', ..] = rest {
            let end = memchr::memchr(b'>', rest);
            steps::add(end.unwrap_or(rest.len()));
            let end = end.ok_or(FAIL)?;
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        name = input.get(..input.len() - rest.len()).unwrap_or_default();
    }
    Ok((rest, name))
}

/// The rest after the value that follows a name.
fn value_end<'l>(
    iter: &AttributeIter<'l>,
    after_name: &'l [u8],
) -> Result<&'l [u8], nom::Err<Fail>> {
    let value = spaces(after_name);
    if value.len() == after_name.len() {
        // No space: a value that sticks to the name, or none.
        return skip_value(value).map(|(rest, _)| rest);
    }
    // The value is missing and the next attribute follows.
    if attribute_begins(value) {
        return Ok(after_name);
    }
    if let Ok((rest, length)) = literal_header(value) {
        if is_streamed(iter, rest) {
            return Ok(rest);
        }
        // A literal beyond the end of the line has no end.
        return usize::try_from(length).ok().and_then(|length| rest.get(length..)).ok_or(FAIL);
    }
    skip_value(value).map(|(rest, _)| rest)
}

/// Whether the literal whose header ends before `rest` was streamed.
#[inline]
fn is_streamed(iter: &AttributeIter<'_>, rest: &[u8]) -> bool {
    !iter.streamed.is_empty()
        && u32::try_from(iter.octets.len() - rest.len())
            .is_ok_and(|place| iter.streamed.binary_search(&place).is_ok())
}

/// The length of `INTERNALDATE` and the space after it. Other names without a section are shorter.
const LONGEST_NAME: usize = 13;

/// One attribute.
pub(crate) fn attribute<'l>(
    iter: &AttributeIter<'l>,
    input: &'l [u8],
) -> Parsed<'l, FetchAttribute<'l>> {
    let first = input.first().map_or(0, u8::to_ascii_uppercase);
    match first {
        b'B' => return body_item(iter, input),
        b'R' => return rfc822(iter, input),
        _ => {}
    }
    let start = input.get(..LONGEST_NAME).unwrap_or(input);
    let (name, value) = input.split_at_checked(swar::until_space(start)).ok_or(FAIL)?;
    let value = spaces(value);
    let is = |word| is_word(name, word);
    match first {
        b'U' if is("UID") => {
            map(nz_number, |number| FetchAttribute::Uid(Uid::from(number))).parse(value)
        }
        b'F' if is("FLAGS") => map(Flags::parse, FetchAttribute::Flags).parse(value),
        b'I' if is("INTERNALDATE") => internal_date(value),
        b'E' if is("ENVELOPE") => map(envelope, FetchAttribute::Envelope).parse(value),
        b'E' if is("EMAILID") => {
            map_opt(object_id, |id| id.map(FetchAttribute::EmailId)).parse(value)
        }
        b'M' if is("MODSEQ") => mod_seq(value),
        b'X' if is("X-GM-MSGID") => map(number64, FetchAttribute::GmailMessageId).parse(value),
        b'X' if is("X-GM-THRID") => map(number64, FetchAttribute::GmailThreadId).parse(value),
        b'X' if is("X-GM-LABELS") => map(labels, FetchAttribute::GmailLabels).parse(value),
        b'T' if is("THREADID") => map(object_id, FetchAttribute::ThreadId).parse(value),
        b'P' if is("PREVIEW") => {
            // RFC 8970 has no word before the value; drafts of it, and servers of that time, name
            // an algorithm.
            let text = preceded(opt(tag_no_case("(FUZZY) ")), nstring);
            map(text, FetchAttribute::Preview).parse(value)
        }
        b'S' if is("SAVEDATE") => {
            let date = map(nstring, |date| date.map(ServerDate::received));
            map(date, FetchAttribute::SaveDate).parse(value)
        }
        _ => unknown(iter, input),
    }
}

/// NIL occurs, for no date.
fn internal_date(value: &[u8]) -> Parsed<'_, FetchAttribute<'_>> {
    let (rest, date) = nstring(value)?;
    Ok((rest, FetchAttribute::InternalDate(ServerDate::received(date.unwrap_or_default()))))
}

/// ```abnf
/// fetch-mod-resp  = "MODSEQ" SP "(" permsg-modsequence ")"
/// ```
fn mod_seq(value: &[u8]) -> Parsed<'_, FetchAttribute<'_>> {
    let (rest, ()) = octet(value, b'(')?;
    let (rest, value) = number64(spaces(rest))?;
    let (rest, ()) = octet(spaces(rest), b')')?;
    Ok((rest, FetchAttribute::ModSeq(ModSeq::new(value))))
}

/// BODYSTRUCTURE, BODY, BINARY and BINARY.SIZE.
fn body_item<'l>(iter: &AttributeIter<'l>, input: &'l [u8]) -> Parsed<'l, FetchAttribute<'l>> {
    let value = |name: &str| keyword(input, name).ok().map(|(rest, ())| rest);
    if let Some(rest) = value("BODYSTRUCTURE ") {
        return map(body, FetchAttribute::BodyStructure).parse(spaces(rest));
    }
    if let Some(rest) = value("BODY[") {
        let (rest, section) = section(rest)?;
        let (rest, origin) = origin(rest)?;
        let (rest, data) = data(iter, rest)?;
        return Ok((rest, FetchAttribute::BodySection { section, origin, data }));
    }
    if let Some(rest) = value("BODY ") {
        return map(body, FetchAttribute::Body).parse(spaces(rest));
    }
    if let Some(rest) = value("BINARY.SIZE[") {
        let (rest, part) = section_binary(rest)?;
        let (rest, ()) = sp(rest)?;
        let (rest, octets) = number64(rest)?;
        return Ok((rest, FetchAttribute::BinarySize { part, octets }));
    }
    // pymap answers with the name that it was asked for.
    if let Some(rest) = value("BINARY[").or_else(|| value("BINARY.PEEK[")) {
        let (rest, part) = section_binary(rest)?;
        let (rest, origin) = origin(rest)?;
        let (rest, data) = data(iter, rest)?;
        return Ok((rest, FetchAttribute::Binary { part, origin, data }));
    }
    unknown(iter, input)
}

#[cold]
fn unknown<'l>(iter: &AttributeIter<'l>, input: &'l [u8]) -> Parsed<'l, FetchAttribute<'l>> {
    let (after_name, name) = attribute_name(input)?;
    if is_known(name) {
        // The name of a known attribute, followed by an unsuitable value.
        return Err(FAIL);
    }
    let (start, ()) = sp(after_name)?;
    let rest = value_end(iter, after_name)?;
    let value = start.get(..start.len().checked_sub(rest.len()).ok_or(FAIL)?).unwrap_or_default();
    if value.is_empty() {
        return Err(FAIL);
    }
    Ok((rest, FetchAttribute::Unknown { name: name.into(), value: value.into() }))
}

fn is_known(name: &[u8]) -> bool {
    let mut words = FetchItem::WORDS.iter().map(|(word, _)| word);
    words.any(|word| is_word(name, word)) || is_word(name, "PREVIEW")
}

/// RFC822, RFC822.SIZE, RFC822.HEADER, RFC822.TEXT: RFC 3501 section 7.4.2.
fn rfc822<'l>(iter: &AttributeIter<'l>, input: &'l [u8]) -> Parsed<'l, FetchAttribute<'l>> {
    let Ok((rest, ())) = keyword(input, "RFC822") else {
        return unknown(iter, input);
    };
    let value = |word: &str| keyword(rest, word).ok().map(|(rest, ())| rest);
    let data = |input| data(iter, input);
    if let Some(rest) = value(".SIZE ") {
        return map(number64, FetchAttribute::Rfc822Size).parse(spaces(rest));
    }
    if let Some(rest) = value(".HEADER") {
        return map(data, FetchAttribute::Rfc822Header).parse(rest);
    }
    if let Some(rest) = value(".TEXT") {
        return map(data, FetchAttribute::Rfc822Text).parse(rest);
    }
    // `RFC822[]` occurs for RFC822.
    let rest = rest.strip_prefix(b"[]").unwrap_or(rest);
    map(data, FetchAttribute::Rfc822).parse(rest)
}

/// The value of a body item with the space before it. Some servers send nothing at all where a
/// value is due.
#[inline]
fn data<'l>(iter: &AttributeIter<'l>, input: &'l [u8]) -> Parsed<'l, BodyData<'l>> {
    let value = spaces(input);
    match value.first() {
        Some(b')') => Ok((input, BodyData::Nil)),
        _ if value.len() == input.len() => Err(FAIL),
        Some(b'{' | b'~') => {
            let (rest, length) = literal_header(value)?;
            if is_streamed(iter, rest) {
                return Ok((after_body(rest), BodyData::Streamed { octets: length }));
            }
            let (rest, text) = literal(value)?;
            Ok((after_body(rest), BodyData::Inline(IString::plain(text))))
        }
        _ => match nstring(value) {
            Ok((rest, Some(text))) => Ok((rest, BodyData::Inline(text))),
            Ok((rest, None)) => Ok((rest, BodyData::Nil)),
            // The value is missing and the next attribute follows.
            Err(_) if attribute_begins(value) => Ok((input, BodyData::Nil)),
            Err(_) => Err(FAIL),
        },
    }
}

/// Skips a line end after a literal that was announced too short: it is not part of the value.
fn after_body(rest: &[u8]) -> &[u8] {
    match rest {
        [b'\r', b'\n', after @ ..] if matches!(after.first(), Some(b')' | b' ')) => after,
        _ => rest,
    }
}

/// ```abnf
/// objectid        = 1*255(ALPHA / DIGIT / "_" / "-")
/// ```
/// In its parentheses, or NIL.
pub(crate) fn object_id(input: &[u8]) -> Parsed<'_, Option<IString<'_>>> {
    if let Ok((rest, ())) = nil(input) {
        return Ok((rest, None));
    }
    let (rest, ()) = octet(input, b'(')?;
    let (rest, id) = astring(spaces(rest))?;
    let (rest, ()) = octet(spaces(rest), b')')?;
    Ok((rest, Some(id)))
}

/// A list of labels, or NIL.
fn labels(input: &[u8]) -> Parsed<'_, Labels<'_>> {
    if let Ok((rest, ())) = nil(input) {
        return Ok((rest, Labels::default()));
    }
    let (inside, ()) = octet(input, b'(')?;
    let (rest, labels) = Labels::leading(inside);
    let (rest, ()) = octet(spaces(rest), b')')?;
    Ok((rest, labels))
}
