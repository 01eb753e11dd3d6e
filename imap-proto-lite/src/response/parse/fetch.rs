//! FETCH attributes: `msg-att` of RFC 9051 section 9, with those of RFC 3501, RFC 3516, RFC 7162,
//! RFC 8474, RFC 8514, RFC 8970 and Gmail. One damaged attribute is one
//! [`FetchAttribute::Malformed`].

use nom::{
    Parser,
    branch::alt,
    bytes::complete::{is_not, tag, tag_no_case, take, take_while1},
    character::complete::{char, crlf, line_ending, one_of},
    combinator::{
        all_consuming, consumed, eof, map, map_opt, not, opt, peek, recognize, value, verify,
    },
    multi::many0_count,
    sequence::{delimited, preceded, terminated},
};

use crate::{
    command::FetchItem,
    response::{
        AttributeIter, BodyData, FetchAttribute, Labels, Raw,
        parse::{fast, repair},
    },
    types::{
        Flags, ModSeq, PartNumber, Section, ServerDate, Uid,
        body_structure::read::body,
        envelope::read::envelope,
        section::read::{origin, section, section_binary},
    },
    wire::{
        FAIL, Fail, IString, Parsed, astring,
        atom::{in_parentheses, nil_or, nils, opt_sp},
        literal::literal,
        literal_header, nil, nstring, number64, nz_number, quoted, skip_value, some_value, sp,
    },
};

impl<'l> AttributeIter<'l> {
    /// ```abnf
    /// msg-att         = "(" (msg-att-dynamic / msg-att-static)
    ///                    *(SP (msg-att-dynamic / msg-att-static)) ")"
    /// ```
    /// Reads the next attribute in any form; `None` after the closing parenthesis.
    pub(super) fn next_slowly(&mut self) -> Option<FetchAttribute<'l>> {
        let (input, ()) = opt_sp(self.rest).ok()?;
        if let Ok((after, _)) = end(input) {
            return closing(self, input, after);
        }
        let found = terminated(|input| attribute(self, input), value_end).parse(input);
        let (rest, attribute) = found.unwrap_or_else(|_| damaged(self, input));
        self.rest = rest;
        Some(attribute)
    }
}

/// The end of the list. The closing parenthesis may be missing at the end of the line.
fn end(input: &[u8]) -> Parsed<'_, ()> {
    value((), alt((recognize(char(')')), recognize((opt(line_ending), eof))))).parse(input)
}

fn without_line_end(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n")).unwrap_or(line)
}

/// Where the value of an attribute can end. After a literal, some servers leave out the space
/// before the next name.
fn value_end(input: &[u8]) -> Parsed<'_, ()> {
    value((), peek(alt((recognize(one_of(" )")), eof, known_name)))).parse(input)
}

/// One attribute.
fn attribute<'l>(iter: &AttributeIter<'l>, input: &'l [u8]) -> Parsed<'l, FetchAttribute<'l>> {
    alt((
        msg_att_static,
        msg_att_dynamic,
        body_item(|input| body_data(iter, input)),
        extension,
        |input| unknown(iter, input),
    ))
    .parse(input)
}

/// A name, and its value after a space.
fn att<'l, T>(
    name: &'static str,
    value: impl Parser<&'l [u8], Output = T, Error = Fail>,
) -> impl Parser<&'l [u8], Output = T, Error = Fail> {
    preceded((tag_no_case(name), sp), value)
}

/// ```abnf
/// msg-att-static  = "ENVELOPE" SP envelope / "INTERNALDATE" SP date-time /
///                   "RFC822.SIZE" SP number64 / "BODY" ["STRUCTURE"] SP body /
///                   "BODY" section ["<" number ">"] SP nstring /
///                   "BINARY" section-binary SP (nstring / literal8) /
///                   "BINARY.SIZE" section-binary SP number / "UID" SP uniqueid
/// ```
/// [`body_item`] reads those whose value can be streamed. Some servers send NIL for a date.
fn msg_att_static(input: &[u8]) -> Parsed<'_, FetchAttribute<'_>> {
    let date = map(nstring, |date| ServerDate::received(date.unwrap_or_default()));
    let binary_size = (tag_no_case("BINARY.SIZE["), section_binary, sp, number64);
    alt((
        map(att("UID", nz_number), |number| FetchAttribute::Uid(Uid::from(number))),
        map(att("RFC822.SIZE", number64), FetchAttribute::Rfc822Size),
        map(att("INTERNALDATE", date), FetchAttribute::InternalDate),
        map(att("ENVELOPE", envelope), FetchAttribute::Envelope),
        map(att("BODYSTRUCTURE", body), FetchAttribute::BodyStructure),
        map(att("BODY", body), FetchAttribute::Body),
        map(binary_size, |(_, part, (), octets)| FetchAttribute::BinarySize { part, octets }),
    ))
    .parse(input)
}

/// ```abnf
/// msg-att-dynamic = "FLAGS" SP "(" [flag-fetch *(SP flag-fetch)] ")"
/// fetch-mod-resp  = "MODSEQ" SP "(" permsg-modsequence ")"
/// ```
fn msg_att_dynamic(input: &[u8]) -> Parsed<'_, FetchAttribute<'_>> {
    let mod_seq = alt((in_parentheses(number64), bare_mod_seq));
    alt((
        map(att("FLAGS", Flags::parse), FetchAttribute::Flags),
        map(att("MODSEQ", mod_seq), |value| FetchAttribute::ModSeq(ModSeq::new(value))),
    ))
    .parse(input)
}

/// MODSEQ without its parentheses; the report does not name the server.
#[cold]
fn bare_mod_seq(input: &[u8]) -> Parsed<'_, u64> {
    number64(input)
}

/// ```abnf
/// fetch-emailid-resp  = "EMAILID" SP "(" objectid ")"
/// fetch-threadid-resp = "THREADID" SP ( "(" objectid ")" / nil )
/// msg-att-static      =/ "SAVEDATE" SP (date-time / nil)
/// ```
/// and PREVIEW (RFC 8970) and the attributes of Gmail.
fn extension(input: &[u8]) -> Parsed<'_, FetchAttribute<'_>> {
    let date = map(nstring, |date| date.map(ServerDate::received));
    // RFC 8970 has no word before the value; drafts of it, and servers of that time, name an
    // algorithm.
    let preview = preceded(opt(tag_no_case("(FUZZY) ")), nstring);
    let labels = in_parentheses(terminated(|inside| Ok(Labels::leading(inside)), nils));
    alt((
        map(att("X-GM-MSGID", number64), FetchAttribute::GmailMessageId),
        map(att("X-GM-THRID", number64), FetchAttribute::GmailThreadId),
        map(att("X-GM-LABELS", nil_or(labels)), |labels| {
            FetchAttribute::GmailLabels(labels.unwrap_or_default())
        }),
        map_opt(att("EMAILID", object_id), |id| id.map(FetchAttribute::EmailId)),
        map(att("THREADID", object_id), FetchAttribute::ThreadId),
        map(att("PREVIEW", preview), FetchAttribute::Preview),
        map(att("SAVEDATE", date), FetchAttribute::SaveDate),
    ))
    .parse(input)
}

/// ```abnf
/// objectid        = 1*255(ALPHA / DIGIT / "_" / "-")
/// ```
/// In its parentheses, or NIL.
pub(crate) fn object_id(input: &[u8]) -> Parsed<'_, Option<IString<'_>>> {
    nil_or(in_parentheses(astring)).parse(input)
}

/// The attributes whose value can be streamed: `BODY[..]`, `BINARY[..]` and those of RFC 3501
/// section 7.4.2. pymap answers with the name in the command, `BINARY.PEEK[..]`; another server
/// sends `RFC822[]`.
fn body_item<'l>(
    data: impl Fn(&'l [u8]) -> Parsed<'l, BodyData<'l>> + Copy,
) -> impl Parser<&'l [u8], Output = FetchAttribute<'l>, Error = Fail> {
    let bracket = |name| (tag_no_case(name), opt(tag_no_case(".PEEK")), char('['));
    let body = preceded(bracket("BODY"), (section, origin, data));
    let binary = preceded(bracket("BINARY"), (section_binary, origin, data));
    let rfc822 = (tag_no_case("RFC822"), opt(tag("[]")));
    alt((
        map(body, |(section, origin, data)| FetchAttribute::BodySection { section, origin, data }),
        map(binary, |(part, origin, data)| FetchAttribute::Binary { part, origin, data }),
        map(preceded(tag_no_case("RFC822.HEADER"), data), FetchAttribute::Rfc822Header),
        map(preceded(tag_no_case("RFC822.TEXT"), data), FetchAttribute::Rfc822Text),
        map(preceded(rfc822, data), FetchAttribute::Rfc822),
    ))
}

/// The name of a [`body_item`] alone: section, origin, and whether the transfer encoding is undone
/// (`BINARY`).
pub(crate) fn body_item_name(name: &[u8]) -> Option<(Section<'static>, Option<u64>, bool)> {
    if let Some(section) = fast::body_item_name(name) {
        return Some((section, None, false));
    }
    let item = body_item(|input| Ok((input, BodyData::Nil)));
    Some(match all_consuming(item).parse(name).ok()?.1 {
        FetchAttribute::BodySection { section, origin, .. } => {
            (section.into_owned(), origin, false)
        }
        FetchAttribute::Binary { part, origin, .. } => {
            (Section { part: part.map(PartNumber::into_owned), text: None }, origin, true)
        }
        FetchAttribute::Rfc822Header(_) => (Section::header(), None, false),
        FetchAttribute::Rfc822Text(_) => (Section::text(), None, false),
        _ => (Section::full(), None, false),
    })
}

/// The value of a body item with the space before it.
fn body_data<'l>(iter: &AttributeIter<'l>, input: &'l [u8]) -> Parsed<'l, BodyData<'l>> {
    let streamed = map(|input| streamed(iter, input), |octets| BodyData::Streamed { octets });
    let inline = map(literal, |text| BodyData::Inline(IString::plain(text)));
    let literal = terminated(alt((streamed, inline)), opt(late_line_end));
    let string = map(nstring, |text| text.map_or(BodyData::Nil, BodyData::Inline));
    alt((preceded(sp, alt((literal, string))), no_data)).parse(input)
}

/// The header of a literal that was streamed. Returns the number of its bytes.
fn streamed<'l>(iter: &AttributeIter<'l>, input: &'l [u8]) -> Parsed<'l, u64> {
    let (rest, octets) = literal_header(input)?;
    if iter.is_streamed(rest) { Ok((rest, octets)) } else { Err(FAIL) }
}

/// A line end after a literal that was announced too short (Domino): it is not part of the value.
#[cold]
fn late_line_end(input: &[u8]) -> Parsed<'_, &[u8]> {
    terminated(crlf, peek(one_of(" )"))).parse(input)
}

/// Some servers send nothing at all where a value is due.
#[cold]
fn no_data(input: &[u8]) -> Parsed<'_, BodyData<'_>> {
    let last = recognize((opt_sp, char(')')));
    let next = recognize((sp, known_name));
    value(BodyData::Nil, peek(alt((last, next)))).parse(input)
}

/// Another attribute: a name and one value of any kind.
fn unknown<'l>(iter: &AttributeIter<'l>, input: &'l [u8]) -> Parsed<'l, FetchAttribute<'l>> {
    let known = alt((nil, value((), verify(name, is_known))));
    let streamed = recognize(|input| streamed(iter, input));
    let any = alt((streamed, some_value));
    let any = preceded((sp, not(known_name)), any);
    map(preceded(not(known), (full_name, any)), |(name, value)| FetchAttribute::Unknown {
        name: name.into(),
        value: value.into(),
    })
    .parse(input)
}

// Names.

/// The name of an attribute without its section.
fn name(input: &[u8]) -> Parsed<'_, &[u8]> {
    take_while1(|octet: u8| octet.is_ascii_alphanumeric() || b".-_/".contains(&octet)).parse(input)
}

/// The name of an attribute with its section and origin, whatever they say. Names of header fields
/// may be quoted.
fn full_name(input: &[u8]) -> Parsed<'_, &[u8]> {
    let piece = alt((recognize(quoted), literal, is_not("[]\"{\r\n"), tag("{")));
    let section = delimited(char('['), many0_count(piece), char(']'));
    let origin = delimited(char('<'), is_not("> \r\n"), char('>'));
    let long = recognize((name, section, opt(origin)));
    alt((long, terminated(name, not(char('['))))).parse(input)
}

/// The names that are not single words of a command.
const OTHER_NAMES: [&str; 5] = ["PREVIEW", "BODY.PEEK", "BINARY", "BINARY.PEEK", "BINARY.SIZE"];

fn is_known(name: &[u8]) -> bool {
    let mut words = FetchItem::WORDS.iter().map(|(word, _)| *word).chain(OTHER_NAMES);
    words.any(|word| name.eq_ignore_ascii_case(word.as_bytes()))
}

/// The name of a known attribute with something after it. Its section is not read: it may have no
/// end.
fn known_name(input: &[u8]) -> Parsed<'_, &[u8]> {
    terminated(verify(name, is_known), peek(one_of(" ["))).parse(input)
}

// Damage.

/// Reads an attribute whose value breaks its rules. Domino puts each attribute in
/// parentheses, and some servers do not escape quotes; anything else is malformed.
#[cold]
fn damaged<'l>(iter: &mut AttributeIter<'l>, input: &'l [u8]) -> (&'l [u8], FetchAttribute<'l>) {
    let domino = in_parentheses(|input| attribute(iter, input)).parse(input);
    domino
        .or_else(|_| unclosed(iter, input))
        .or_else(|_| repair::quotes(&mut iter.repairs, input))
        .unwrap_or_else(|end| malformed(iter, input, end))
}

/// The last attribute of a FETCH without its closing parenthesis. A value that ends in a
/// parenthesis does not count: that may be the end of the FETCH, and then the value has swallowed
/// other attributes.
fn unclosed<'l>(iter: &AttributeIter<'l>, input: &'l [u8]) -> Parsed<'l, FetchAttribute<'l>> {
    let last = verify(consumed(|input| attribute(iter, input)), |(text, _)| !text.ends_with(b")"));
    map(terminated(last, peek((line_ending, eof))), |(_, attribute)| attribute).parse(input)
}

/// After so many malformed attributes and places tried, the parser no longer searches damaged bytes
/// for the next attribute. Each search may read the whole response: this keeps the work linear.
const TRIES_LIMIT: u8 = 16;

/// Takes bytes that are not an attribute: up to their `end`, or a balanced value, or else
/// everything up to the next attribute from which the rest of the line can be read.
#[cold]
fn malformed<'l>(
    iter: &mut AttributeIter<'l>,
    input: &'l [u8],
    end: Option<&'l [u8]>,
) -> (&'l [u8], FetchAttribute<'l>) {
    iter.tries = iter.tries.saturating_add(1);
    let balanced = end.or_else(|| balanced(iter, input).ok().map(|(rest, _)| rest));
    // A list that never closes: the damage has swallowed the parenthesis.
    let rest = match balanced.filter(|rest| !without_line_end(rest).is_empty()) {
        Some(rest) => rest,
        None => readable(iter, input).or(balanced).unwrap_or_default(),
    };
    let raw = before(input, rest);
    // The rest of an unbalanced line includes the end of the list.
    let raw = match balanced {
        None if rest.is_empty() => raw.strip_suffix(b")").unwrap_or(raw),
        _ => raw,
    };
    let name = full_name(input).map_or(&[][..], |(_, name)| name);
    (rest, FetchAttribute::Malformed { name: name.into(), raw: raw.into() })
}

/// The part of `input` before `rest`, without the line end.
fn before<'l>(input: &'l [u8], rest: &[u8]) -> &'l [u8] {
    let taken: Parsed<'_, _> = take(input.len() - rest.len())(input);
    taken.map_or(input, |(_, taken)| without_line_end(taken))
}

/// A name and one balanced value, or a balanced value alone, or else a stray byte.
fn balanced<'l>(iter: &AttributeIter<'l>, input: &'l [u8]) -> Parsed<'l, &'l [u8]> {
    let streamed = recognize(|input| streamed(iter, input));
    // The value may be missing, or follow the name without a space.
    let any = alt((
        recognize(peek((sp, known_name))),
        preceded(sp, alt((streamed, skip_value))),
        preceded(not(sp), skip_value),
    ));
    let (rest, taken) =
        alt((recognize((full_name, any)), preceded(not(name), skip_value))).parse(input)?;
    if taken.is_empty() { take(1_usize)(input) } else { Ok((rest, taken)) }
}

/// The first known attribute after damage from which the rest of the line can be read without more
/// damage, else the first one that can be read itself. The space before it is left.
fn readable<'l>(iter: &mut AttributeIter<'l>, input: &'l [u8]) -> Option<&'l [u8]> {
    let mut first = None;
    let mut rest = input;
    while iter.tries < TRIES_LIMIT
        && let Ok((after, place)) = next_known(rest)
    {
        iter.tries += 1;
        rest = after;
        let mut tail = AttributeIter { rest: place, tries: TRIES_LIMIT, repairs: u8::MAX, ..*iter };
        let is_good = |one: &FetchAttribute<'_>| !matches!(one, FetchAttribute::Malformed { .. });
        if tail.next().is_some_and(|one| is_good(&one)) {
            if tail.all(|one| is_good(&one)) {
                return Some(place);
            }
            first = first.or(Some(place));
        }
    }
    first
}

/// The input from the next known name on, with the space before it; and the rest after that name.
fn next_known(input: &[u8]) -> Parsed<'_, &[u8]> {
    let found = || preceded(sp, known_name);
    let other = preceded(not(found()), alt((is_not(" "), recognize(sp))));
    let (place, _) = many0_count(other).parse(input)?;
    value(place, found()).parse(place)
}

/// The closing parenthesis, after which only the line end is allowed. After damage, the parenthesis
/// may be part of the damage.
fn closing<'l>(
    iter: &mut AttributeIter<'l>,
    input: &'l [u8],
    after: &'l [u8],
) -> Option<FetchAttribute<'l>> {
    let next = if iter.tries > 0 { readable(iter, after) } else { None };
    iter.rest = next.unwrap_or_default();
    let raw = match next {
        Some(next) => before(input, next),
        None => without_line_end(opt_sp(after).map_or(after, |(after, ())| after)),
    };
    (!raw.is_empty()).then(|| FetchAttribute::Malformed { name: Raw::default(), raw: raw.into() })
}

#[cfg(test)]
mod tests;
