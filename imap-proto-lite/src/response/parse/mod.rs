//! Complete responses, borrowed from their bytes: RFC 9051 section 9.

#[cfg(test)]
mod tests;

use nom::{
    Offset as _, Parser as _,
    branch::alt,
    bytes::complete::{tag, tag_no_case, take_till1},
    character::complete::{char, digit1, one_of, space0},
    combinator::{eof, map, map_opt, not, opt, recognize, rest, verify},
    sequence::{pair, preceded, separated_pair, terminated},
};

pub(crate) mod code;
mod extension;
pub(crate) mod fast;
pub(crate) mod fetch;
pub(crate) mod mailbox;
mod repair;
pub(crate) mod search;

use crate::{
    command::Tag,
    response::{Attributes, Condition, Fetch, Raw, Response, ResponseCode},
    types::{Flags, SeqNumber, Uid, capability::capability_list, sequence::read::unchecked_set},
    wire::{FAIL, Parsed, atom::is_word, ends, number::number, opt_sp, sp, whole_word, word},
};

/// Parses one complete response, with its final CRLF and with the bytes of its literals.
///
/// `streamed` holds, in ascending order, the offsets in `octets` just after the CRLF of each
/// literal header whose literal was left out because it was streamed.
#[must_use]
pub fn response<'a>(octets: &'a [u8], streamed: &'a [u32]) -> Response<'a> {
    if let Some(fetch) = fast::fetch(octets, streamed) {
        return Response::Fetch(fetch);
    }
    other_response(octets, streamed)
}

fn other_response<'a>(octets: &'a [u8], streamed: &'a [u32]) -> Response<'a> {
    if let Some(entry) = fast::mailbox_list(octets) {
        return Response::List(entry);
    }
    if let Some(status) = fast::status(octets) {
        return Response::Status(status);
    }
    if let Some(list) = fast::capability_list(octets) {
        return Response::Capability(list);
    }
    if let Some(found) = fast::message_data(octets).or_else(|| fast::resp_cond(octets)) {
        return found;
    }
    general_response(octets, streamed)
}

/// ```abnf
/// response        = *(continue-req / response-data) response-done
/// response-done   = response-tagged / response-fatal
/// ```
/// This rule reads one of them.
fn general_response<'a>(octets: &'a [u8], streamed: &'a [u32]) -> Response<'a> {
    let line =
        octets.strip_suffix(b"\r\n").or_else(|| octets.strip_suffix(b"\n")).unwrap_or(octets);
    let data = |input| response_data(octets, streamed, input);
    let found =
        alt((preceded((tag("* "), opt_sp), data), continue_req, response_tagged, bare_code))
            .parse(line);
    found.map_or_else(|_| Response::Malformed { raw: Raw::from(octets) }, |(_, response)| response)
}

/// ```abnf
/// continue-req    = "+" SP (resp-text / base64) CRLF
/// ```
/// Some servers send the sign alone.
fn continue_req(input: &[u8]) -> Parsed<'_, Response<'_>> {
    let text = preceded(char('+'), alt((preceded(char(' '), rest), eof)));
    map(text, |text| Response::Continuation { text: Raw::from(text) }).parse(input)
}

/// ```abnf
/// response-tagged = tag SP resp-cond-state CRLF
/// ```
fn response_tagged(input: &[u8]) -> Parsed<'_, Response<'_>> {
    let state = verify(condition, |condition: &Condition| condition.status().is_some());
    let tag = map_opt(take_till1(|octet| octet == b' '), Tag::received);
    map((tag, sp, state, code::resp_text), |(tag, (), condition, (code, text))| Response::Tagged {
        tag,
        condition,
        code,
        text,
    })
    .parse(input)
}

/// COPYUID without `* OK`: Exchange Online sends it so (jstedfast/MailKit#115). Only the codes that
/// are known: a text in brackets is no response.
#[cold]
fn bare_code(input: &[u8]) -> Parsed<'_, Response<'_>> {
    let known = verify(code::code_in_brackets, |code: &ResponseCode<'_>| code.name().is_some());
    map(pair(known, rest), condition_ok).parse(input)
}

/// The response of a code without its OK: `* [COPYUID 1 2 3]`.
fn condition_ok<'a>((code, text): (ResponseCode<'a>, &'a [u8])) -> Response<'a> {
    Response::Condition { condition: Condition::Ok, code: Some(code), text: Raw::from(text) }
}

/// ```abnf
/// response-data   = "*" SP (resp-cond-state / resp-cond-bye / mailbox-data / message-data /
///                   capability-data / enable-data) CRLF
/// ```
/// The input begins after the star.
fn response_data<'a>(
    octets: &'a [u8],
    streamed: &'a [u32],
    input: &'a [u8],
) -> Parsed<'a, Response<'a>> {
    let message = |input| message_data(octets, streamed, input);
    let named = |input| named_data(octets, input);
    let without_ok = map(pair(code::code_in_brackets, rest), condition_ok);
    alt((message, resp_cond, without_ok, preceded(not(digit1), named))).parse(input)
}

/// ```abnf
/// resp-cond-state = ("OK" / "NO" / "BAD") SP resp-text
/// resp-cond-bye   = "BYE" SP resp-text
/// resp-cond-auth  = ("OK" / "PREAUTH") SP resp-text
/// ```
fn resp_cond(input: &[u8]) -> Parsed<'_, Response<'_>> {
    map((condition, code::resp_text), |(condition, (code, text))| Response::Condition {
        condition,
        code,
        text,
    })
    .parse(input)
}

fn condition(input: &[u8]) -> Parsed<'_, Condition> {
    terminated(map_opt(word, Condition::from_keyword), ends(" ")).parse(input)
}

/// ```abnf
/// message-data    = nz-number SP ("EXPUNGE" / ("FETCH" SP msg-att))
/// msg-att         = "(" (msg-att-dynamic / msg-att-static) *(SP ...) ")"
/// ```
/// and EXISTS, RECENT and UIDFETCH. The attributes of a FETCH are parsed on access.
fn message_data<'a>(
    octets: &'a [u8],
    streamed: &'a [u32],
    input: &'a [u8],
) -> Parsed<'a, Response<'a>> {
    let (after, (number, name)) = separated_pair(number, sp, word).parse(input)?;
    let is = |word| is_word(name, word);
    let attributes = map(preceded((sp, char('(')), rest), |inside: &[u8]| {
        Attributes::received(octets, octets.offset(inside), streamed)
    });
    if is("FETCH") {
        let seq = SeqNumber::new(number).ok_or(FAIL)?;
        return map(attributes, |attributes| Response::Fetch(Fetch::new(seq, attributes)))
            .parse(after);
    }
    if is("UIDFETCH") {
        let uid = Uid::new(number).ok_or(FAIL)?;
        return map(attributes, |attributes| Response::UidFetch { uid, attributes }).parse(after);
    }
    let response = if is("EXISTS") {
        Response::Exists(number)
    } else if is("RECENT") {
        Response::Recent(number)
    // EXPUNGED is the word of GNU Mailutils. Ignoring it would shift the numbers of all later
    // messages.
    } else if is("EXPUNGE") || is("EXPUNGED") {
        Response::Expunge(SeqNumber::new(number).ok_or(FAIL)?)
    } else {
        let (name, number) = (Raw::from(name), Some(number));
        return Ok((&[], Response::Unknown { name, number, raw: Raw::from(octets) }));
    };
    line_end(after).map(|(rest, _)| (rest, response))
}

/// The end of a line of data; a bare CR or LF ends it too.
fn line_end(input: &[u8]) -> Parsed<'_, &[u8]> {
    preceded(space0, alt((eof, recognize(one_of("\r\n"))))).parse(input)
}

/// The rule for the data after the name of a response.
type Rule = for<'a> fn(&'a [u8]) -> Parsed<'a, Response<'a>>;

/// ```abnf
/// mailbox-data    = "FLAGS" SP flag-list / "LIST" SP mailbox-list / esearch-response /
///                   "STATUS" SP mailbox SP "(" [status-att-list] ")" / namespace-response
/// ```
/// and the responses of the extensions. XLIST is the obsolete LIST of Gmail.
const NAMED: [(&str, Rule); 19] = [
    ("CAPABILITY", |input| map(capability_list, Response::Capability).parse(input)),
    ("SEARCH", |input| map(search::search_data, Response::Search).parse(input)),
    ("ESEARCH", |input| map(search::esearch_response, Response::Esearch).parse(input)),
    ("LIST", |input| map(mailbox::mailbox_list, Response::List).parse(input)),
    ("STATUS", |input| map(mailbox::status, Response::Status).parse(input)),
    ("FLAGS", |input| map(Flags::parse, Response::Flags).parse(input)),
    ("VANISHED", expunged_resp),
    ("ENABLED", |input| map(capability_list, Response::Enabled).parse(input)),
    ("NAMESPACE", |input| map(mailbox::namespace_response, Response::Namespace).parse(input)),
    ("ID", |input| map(mailbox::id_response, Response::Id).parse(input)),
    ("LSUB", |input| map(mailbox::mailbox_list, Response::Lsub).parse(input)),
    ("XLIST", |input| map(mailbox::mailbox_list, Response::List).parse(input)),
    ("SORT", |input| map(search::search_data, Response::Sort).parse(input)),
    ("THREAD", |input| map(search::thread_data, Response::Thread).parse(input)),
    ("QUOTA", |input| map(extension::quota_response, Response::Quota).parse(input)),
    ("QUOTAROOT", |input| map(extension::quotaroot_response, Response::QuotaRoot).parse(input)),
    ("ACL", |input| map(extension::acl_data, Response::Acl).parse(input)),
    ("MYRIGHTS", extension::myrights_data),
    ("LISTRIGHTS", |input| map(extension::listrights_data, Response::ListRights).parse(input)),
];

/// A response that begins with a name, known or not.
fn named_data<'a>(octets: &'a [u8], input: &'a [u8]) -> Parsed<'a, Response<'a>> {
    let (after, name) = terminated(word, opt_sp).parse(input)?;
    match NAMED.iter().find(|(known, _)| is_word(name, known)) {
        Some((_, rule)) => terminated(rule, line_end).parse(after),
        None if is_word(name, "NOOP") && after.is_empty() => Ok((after, Response::Noop)),
        None => {
            let name = Raw::from(name);
            Ok((&[], Response::Unknown { name, number: None, raw: Raw::from(octets) }))
        }
    }
}

/// Whether a line begins with a star and this name.
pub(super) fn begins_with_name(line: &[u8], name: &'static str) -> bool {
    preceded((tag("*"), sp), whole_word(name)).parse(line).is_ok()
}

/// ```abnf
/// expunged-resp   = "VANISHED" [SP "(EARLIER)"] SP known-uids
/// ```
fn expunged_resp(input: &[u8]) -> Parsed<'_, Response<'_>> {
    let earlier = opt(terminated(tag_no_case("(EARLIER)"), opt_sp));
    map(pair(earlier, unchecked_set), |(earlier, uids)| Response::Vanished {
        earlier: earlier.is_some(),
        uids,
    })
    .parse(input)
}
