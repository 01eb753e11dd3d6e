//! All values that `imap-proto-lite` understands of a load.

use std::borrow::Cow;

use imap_proto_lite::{
    Response,
    body_structure::{Part, PartKind},
    client::Event,
    envelope::Envelope,
    response::{FetchAttribute, StatusValue},
    string::IString,
};

use super::imap::{events, lists};
use crate::answer::{Answer, Field};

/// The answer of the client machine over reads of this size.
///
/// # Errors
/// The first response that is not understood.
pub fn understood(octets: &[u8], read: usize) -> Result<Answer, String> {
    let mut answer = Answer::default();
    events(octets, read, |event| match event {
        Event::Untagged(line) => response(&mut answer, &line.response()),
        Event::Body { chunk, .. } => {
            answer.part(Field::Body, chunk);
            Ok(())
        }
        Event::BodyEnd => {
            answer.octets(Field::Body, b"");
            Ok(())
        }
        _ => Ok(()),
    })?;
    Ok(answer)
}

fn response(answer: &mut Answer, response: &Response<'_>) -> Result<(), String> {
    match response {
        Response::Fetch(fetch) => {
            answer.number(Field::Number, fetch.seq.get().into());
            return fetch.iter().try_for_each(|item| attribute(answer, &item));
        }
        Response::Exists(number) | Response::Recent(number) => {
            answer.number(Field::Number, (*number).into())
        }
        Response::Expunge(number) => answer.number(Field::Number, number.get().into()),
        Response::Condition { .. } => {}
        Response::List(entry) => {
            for attribute in entry.attributes.iter() {
                answer.word(Field::Attribute, attribute.name());
            }
            answer.number(Field::Attribute, entry.attributes.len() as u64);
            answer.nullable(Field::Mailbox, entry.delimiter.as_ref().map(std::slice::from_ref));
            answer.octets(Field::Mailbox, &entry.mailbox.raw());
        }
        Response::Search(search) => search
            .numbers
            .iter()
            .for_each(|number| answer.number(Field::Search, number.get().into())),
        Response::Esearch(esearch) => {
            let Some(set) = esearch.all.as_ref().and_then(|set| set.uids()) else {
                return Err(format!("{esearch:?}"));
            };
            for range in set.iter() {
                answer.number(Field::Esearch, range.first.get().into());
                answer.number(Field::Esearch, range.last.get().into());
            }
        }
        Response::Status(status) => {
            answer.octets(Field::Mailbox, &status.mailbox.raw());
            for value in status.values.iter() {
                let (name, number) = match value {
                    StatusValue::Messages(number) => (0, number),
                    StatusValue::UidNext(number) => (1, number),
                    StatusValue::UidValidity(number) => (2, number.get().into()),
                    StatusValue::Unseen(number) => (3, number),
                    other => return Err(format!("{other:?}")),
                };
                answer.number(Field::Status, name);
                answer.number(Field::Status, number);
            }
        }
        Response::Capability(list) => {
            for capability in list.iter() {
                answer.word(Field::Capability, capability.as_ref());
            }
            answer.number(Field::Capability, list.len() as u64);
        }
        other => return Err(format!("{other:?}")),
    }
    Ok(())
}

fn attribute(answer: &mut Answer, attribute: &FetchAttribute<'_>) -> Result<(), String> {
    match attribute {
        FetchAttribute::Uid(uid) => answer.number(Field::Uid, uid.get().into()),
        FetchAttribute::Flags(flags) => {
            for flag in flags.iter() {
                let (prefix, name) = flag.as_wire();
                answer.word(Field::Flags, &[prefix.as_bytes(), name].concat());
            }
            answer.number(Field::Flags, flags.len() as u64);
        }
        FetchAttribute::InternalDate(date) => {
            let date = date.date_time().ok_or_else(|| format!("{attribute:?}"))?;
            answer.date(date.unix_timestamp(), date.offset_minutes().into());
        }
        FetchAttribute::Rfc822Size(octets) => answer.number(Field::Size, *octets),
        FetchAttribute::Envelope(value) => envelope(answer, Field::Envelope, value),
        FetchAttribute::BodyStructure(structure) => part(answer, structure.root()),
        // Its bytes were streamed as a body.
        FetchAttribute::BodySection { .. } => {}
        other => return Err(format!("{other:?}")),
    }
    Ok(())
}

fn value<'a>(string: Option<&'a IString<'_>>) -> Option<Cow<'a, [u8]>> {
    string.map(IString::to_cow)
}

fn envelope(answer: &mut Answer, field: Field, envelope: &Envelope<'_>) {
    answer.nullable(field, value(envelope.date().as_ref()).as_deref());
    answer.nullable(field, value(envelope.subject().as_ref()).as_deref());
    for list in lists(envelope) {
        for address in list.iter() {
            for string in [&address.name, &address.adl, &address.mailbox, &address.host] {
                answer.nullable(field, value(string.as_ref()).as_deref());
            }
        }
        answer.number(field, list.len() as u64);
    }
    answer.nullable(field, value(envelope.in_reply_to().as_ref()).as_deref());
    answer.nullable(field, value(envelope.message_id().as_ref()).as_deref());
}

fn parameters<'a>(
    answer: &mut Answer,
    parameters: impl Iterator<Item = (IString<'a>, Option<IString<'a>>)>,
) {
    let parameters: Vec<_> = parameters
        .map(|(name, value)| (name.into_cow(), value.map(IString::into_cow).unwrap_or_default()))
        .collect();
    answer.pairs(parameters.iter().map(|(name, value)| (name.as_ref(), value.as_ref())));
}

fn part(answer: &mut Answer, part: Part<'_>) {
    const FIELD: Field = Field::Structure;
    answer.word(FIELD, &part.media_type().to_cow());
    answer.word(FIELD, &part.subtype().to_cow());
    parameters(answer, part.parameters().iter());
    if part.kind() != PartKind::Multipart {
        answer.nullable(FIELD, value(part.id().as_ref()).as_deref());
        answer.nullable(FIELD, value(part.description().as_ref()).as_deref());
        answer.word(FIELD, value(part.encoding().as_ref()).as_deref().unwrap_or_default());
        answer.number(FIELD, part.octets().unwrap_or(u64::MAX));
        if let Some(lines) = part.lines() {
            answer.number(FIELD, lines);
        }
        if let Some(of_message) = part.envelope() {
            envelope(answer, FIELD, &of_message);
        }
        answer.nullable(FIELD, value(part.md5().as_ref()).as_deref());
    }
    match part.disposition() {
        Some(disposition) => {
            answer.word(FIELD, &disposition.kind.to_cow());
            parameters(answer, disposition.parameters.iter());
        }
        None => answer.nullable(FIELD, None),
    }
    for language in part.languages().iter() {
        answer.octets(FIELD, &language.to_cow());
    }
    answer.nullable(FIELD, value(part.location().as_ref()).as_deref());
    let mut children = 0;
    for child in part.children() {
        children += 1;
        self::part(answer, child);
    }
    answer.number(FIELD, children);
}
