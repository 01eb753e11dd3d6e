//! Complete responses, borrowed from their bytes.

#[cfg(test)]
mod tests;

use alloc::vec::Vec;

use memchr::memchr;
use nom::Parser;

pub(crate) mod code;
mod extension;
pub(crate) mod fast;
pub(crate) mod fetch;
pub(crate) mod mailbox;
mod repair;
pub(crate) mod search;

use crate::{
    command::Tag,
    response::{Attributes, Condition, Fetch, Raw, Response},
    types::{CapabilityList, Flags, SeqNumber, Uid},
    wire::{FAIL, Fail, Parsed, atom, number, sp, spaces, value},
};

/// Parses one complete response, with its final CRLF and with the bytes of its literals.
///
/// `streamed` holds, in ascending order, the offsets in `octets` just after the CRLF of each
/// literal header whose literal was left out because it was streamed.
#[must_use]
#[inline]
pub fn response<'a>(octets: &'a [u8], streamed: &'a [u32]) -> Response<'a> {
    if let Some(fetch) = fast::fetch(octets, streamed) {
        return Response::Fetch(fetch);
    }
    other_response(octets, streamed)
}

fn other_response<'a>(octets: &'a [u8], streamed: &'a [u32]) -> Response<'a> {
    match octets {
        [b'*', b' ', b'L', b'I', b'S', b'T', b' ', rest @ ..] => {
            if let Some(entry) = fast::mailbox_list(rest) {
                return Response::List(entry);
            }
        }
        [b'*', b' ', b'S', b'T', b'A', b'T', b'U', b'S', b' ', rest @ ..] => {
            if let Some(status) = fast::status(rest) {
                return Response::Status(status);
            }
        }
        _ => {}
    }
    let line =
        octets.strip_suffix(b"\r\n").or_else(|| octets.strip_suffix(b"\n")).unwrap_or(octets);
    match line {
        [b'*', b' ', rest @ ..] => untagged(octets, spaces(rest), streamed),
        [b'+', rest @ ..] if matches!(rest.first(), None | Some(b' ')) => {
            Response::Continuation { text: Raw::from(rest.strip_prefix(b" ").unwrap_or(rest)) }
        }
        _ => tagged(line).unwrap_or_else(|_| malformed(octets)),
    }
}

fn malformed(octets: &[u8]) -> Response<'_> {
    Response::Malformed { raw: Raw::from(octets) }
}

/// ```abnf
/// response-tagged = tag SP resp-cond-state CRLF
/// ```
fn tagged(line: &[u8]) -> Result<Response<'_>, nom::Err<Fail>> {
    let end = memchr(b' ', line).ok_or(FAIL)?;
    let (tag, rest) = line.split_at_checked(end).ok_or(FAIL)?;
    let tag = Tag::received(tag).ok_or(FAIL)?;
    let (rest, condition) = condition(spaces(rest)).ok_or(FAIL)?;
    condition.status().ok_or(FAIL)?;
    let (code, text) = code::resp_text(rest);
    Ok(Response::Tagged { tag, condition, code, text })
}

/// The condition at the start of a status response, and the rest.
fn condition(input: &[u8]) -> Option<(&[u8], Condition)> {
    let end = memchr(b' ', input).unwrap_or(input.len());
    let (word, rest) = input.split_at_checked(end)?;
    let condition = match word.len() {
        2 if word.eq_ignore_ascii_case(b"OK") => Condition::Ok,
        2 if word.eq_ignore_ascii_case(b"NO") => Condition::No,
        3 if word.eq_ignore_ascii_case(b"BAD") => Condition::Bad,
        3 if word.eq_ignore_ascii_case(b"BYE") => Condition::Bye,
        7 if word.eq_ignore_ascii_case(b"PREAUTH") => Condition::PreAuth,
        _ => return None,
    };
    Some((rest, condition))
}

/// ```abnf
/// response-data   = "*" SP (resp-cond-state / resp-cond-bye / mailbox-data / message-data /
///                   capability-data / enable-data) CRLF
/// ```
fn untagged<'a>(octets: &'a [u8], input: &'a [u8], streamed: &'a [u32]) -> Response<'a> {
    match input.first() {
        Some(b'0'..=b'9') => {
            numbered(octets, input, streamed).unwrap_or_else(|_| malformed(octets))
        }
        Some(_) => named(octets, input),
        None => malformed(octets),
    }
}

/// ```abnf
/// message-data    = nz-number SP ("EXPUNGE" / ("FETCH" SP msg-att))
/// ```
/// and EXISTS, RECENT and UIDFETCH.
#[inline]
fn numbered<'a>(
    octets: &'a [u8],
    input: &'a [u8],
    streamed: &'a [u32],
) -> Result<Response<'a>, nom::Err<Fail>> {
    let (rest, number) = number::number(input)?;
    let (rest, ()) = sp(rest)?;
    if let [b'F' | b'f', b'E' | b'e', b'T' | b't', b'C' | b'c', b'H' | b'h', b' ', rest @ ..] = rest
    {
        let (rest, ()) = atom::octet(spaces(rest), b'(')?;
        let seq = SeqNumber::new(number).ok_or(FAIL)?;
        return Ok(Response::Fetch(Fetch::new(seq, attributes(octets, input, rest, streamed))));
    }
    let (rest, name) = atom::word(rest)?;
    let is = |word: &str| name.eq_ignore_ascii_case(word.as_bytes());
    // EXISTS, RECENT and EXPUNGE end the line.
    let alone = spaces(rest).is_empty();
    Ok(match name.len() {
        6 if alone && is("EXISTS") => Response::Exists(number),
        6 if alone && is("RECENT") => Response::Recent(number),
        7 if alone && is("EXPUNGE") => Response::Expunge(SeqNumber::new(number).ok_or(FAIL)?),
        // The word of GNU Mailutils. Ignoring it would shift the numbers of all later messages.
        8 if alone && is("EXPUNGED") => Response::Expunge(SeqNumber::new(number).ok_or(FAIL)?),
        6 if is("EXISTS") || is("RECENT") => return Err(FAIL),
        5 if is("FETCH") => return Err(FAIL),
        7 if is("EXPUNGE") => return Err(FAIL),
        8 if is("UIDFETCH") => {
            let (rest, ()) = atom::octet(spaces(rest), b'(')?;
            Response::UidFetch {
                uid: Uid::new(number).ok_or(FAIL)?,
                attributes: attributes(octets, input, rest, streamed),
            }
        }
        _ => Response::Unknown {
            name: Raw::from(name),
            number: Some(number),
            raw: Raw::from(octets),
        },
    })
}

/// `input` is the end of `octets` without its CRLF, and `rest` the end of `input`.
#[inline]
fn attributes<'a>(
    octets: &'a [u8],
    input: &[u8],
    rest: &[u8],
    streamed: &'a [u32],
) -> Attributes<'a> {
    let line_end = if octets.ends_with(b"\r\n") { 2 } else { usize::from(octets.ends_with(b"\n")) };
    debug_assert!(input.len() + line_end <= octets.len(), "the input is a piece of the response");
    Attributes::received(octets, octets.len() - line_end - rest.len(), streamed)
}

/// The value, if nothing follows it.
fn whole<T>(parsed: Parsed<'_, T>) -> Result<T, nom::Err<Fail>> {
    match parsed? {
        ([], value) => Ok(value),
        _ => Err(FAIL),
    }
}

/// Items with any spaces between them, up to the end of the line or a closing parenthesis.
fn items<'a, T>(
    input: &'a [u8],
    mut item: impl Parser<&'a [u8], Output = T, Error = Fail>,
) -> Parsed<'a, Vec<T>> {
    let mut rest = spaces(input);
    let mut all = Vec::new();
    while !matches!(rest, [] | [b')', ..]) {
        let (after, one) = item.parse(rest)?;
        all.push(one);
        rest = spaces(after);
    }
    Ok((rest, all))
}

/// Everything that begins with a name.
fn named<'a>(octets: &'a [u8], input: &'a [u8]) -> Response<'a> {
    let first = input.first().map_or(0, u8::to_ascii_uppercase);
    if matches!(first, b'O' | b'N' | b'B' | b'P')
        && let Some((rest, condition)) = condition(input)
    {
        let (code, text) = code::resp_text(rest);
        return Response::Condition { condition, code, text };
    }
    // `* [COPYUID 1 2 3]`: Exchange leaves the OK out.
    if first == b'[' {
        let (code, text) = code::resp_text(input);
        if code.is_some() {
            return Response::Condition { condition: Condition::Ok, code, text };
        }
    }
    let Ok((rest, name)) = atom::word(input) else {
        return malformed(octets);
    };
    let is = |word| atom::is_word(name, word);
    let rest = spaces(rest);
    let data = Data { octets, rest };
    match first {
        b'A' if is("ACL") => data.whole(extension::acl_data(rest), Response::Acl),
        b'C' if is("CAPABILITY") => data.capabilities(Response::Capability),
        b'E' if is("ENABLED") => data.capabilities(Response::Enabled),
        b'E' if is("ESEARCH") => data.whole(search::esearch_response(rest), Response::Esearch),
        b'F' if is("FLAGS") => data
            .whole(value::list_inside(rest).map(|(rest, flags)| (spaces(rest), flags)), |flags| {
                Response::Flags(Flags::received(flags))
            }),
        b'I' if is("ID") => data.whole(mailbox::id_response(rest), Response::Id),
        b'L' if is("LIST") => data.whole(mailbox::mailbox_list(rest), Response::List),
        b'L' if is("LSUB") => data.whole(mailbox::mailbox_list(rest), Response::Lsub),
        b'L' if is("LISTRIGHTS") => {
            data.whole(extension::listrights_data(rest), Response::ListRights)
        }
        b'M' if is("MYRIGHTS") => data.whole(extension::myrights_data(rest), |response| response),
        b'N' if is("NAMESPACE") => {
            data.whole(mailbox::namespace_response(rest), Response::Namespace)
        }
        b'N' if is("NOOP") && rest.is_empty() => Response::Noop,
        b'Q' if is("QUOTA") => data.whole(extension::quota_response(rest), Response::Quota),
        b'Q' if is("QUOTAROOT") => {
            data.whole(extension::quotaroot_response(rest), Response::QuotaRoot)
        }
        b'S' if is("STATUS") => data.whole(mailbox::status(rest), Response::Status),
        b'S' if is("SEARCH") => data.whole(search::search_data(rest), Response::Search),
        b'S' if is("SORT") => data.whole(search::search_data(rest), Response::Sort),
        b'T' if is("THREAD") => data.whole(search::thread_data(rest), Response::Thread),
        b'V' if is("VANISHED") => data.vanished(),
        b'X' if is("XLIST") => data.whole(mailbox::mailbox_list(rest), Response::List),
        _ => Response::Unknown { name: Raw::from(name), number: None, raw: Raw::from(octets) },
    }
}

/// A response with a known name, and the rest after the name.
struct Data<'a> {
    octets: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Data<'a> {
    /// The value, if the line ends after it.
    #[inline]
    fn whole<T>(
        &self,
        parsed: Parsed<'a, T>,
        make: impl FnOnce(T) -> Response<'a>,
    ) -> Response<'a> {
        match parsed {
            Ok(([] | [b'\r' | b'\n', ..], value)) => make(value),
            _ => malformed(self.octets),
        }
    }

    fn capabilities(&self, make: impl FnOnce(CapabilityList<'a>) -> Response<'a>) -> Response<'a> {
        CapabilityList::received(self.rest.trim_ascii_end())
            .map_or_else(|| malformed(self.octets), make)
    }

    /// ```abnf
    /// expunged-resp   = "VANISHED" [SP "(EARLIER)"] SP known-uids
    /// ```
    fn vanished(&self) -> Response<'a> {
        let (rest, earlier) = match atom::keyword(self.rest, "(EARLIER)") {
            Ok((rest, ())) => (spaces(rest), true),
            Err(_) => (self.rest, false),
        };
        self.whole(code::unchecked_ranges(rest).map(|(rest, uids)| (spaces(rest), uids)), |uids| {
            Response::Vanished { earlier, uids }
        })
    }
}
