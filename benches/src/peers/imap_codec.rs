//! `imap-codec` 2.0 (alpha): decode and encode, with its own two-step way of framing.

use std::hint::black_box;

use imap_codec::{
    ResponseCodec,
    decode::{Decoder as _, ResponseDecodeError},
    fragmentizer::Fragmentizer,
    imap_types::{
        body::{BodyStructure, Disposition, SpecificFields},
        core::{IString, NString},
        envelope::Envelope,
        fetch::MessageDataItem,
        flag::{FlagFetch, FlagNameAttribute},
        mailbox::Mailbox,
        response::{Data, Response},
        status::StatusDataItem,
    },
};

use super::Step;
use crate::{
    answer::{Answer, Field},
    measure::Outcome,
    source::{READ, Source},
};

/// The fields that it understands: all except ESEARCH.
pub const FIELDS: &[Field] = super::imap_proto::FIELDS;
/// The work that it leaves out.
pub const LEAVES_OUT: &str = "";

fn step(octets: &[u8], take: impl FnOnce(&Response<'_>)) -> Result<Step, String> {
    match ResponseCodec::default().decode(octets) {
        Ok((rest, response)) => {
            take(&response);
            Ok(Step::Response(octets.len() - rest.len()))
        }
        Err(ResponseDecodeError::Incomplete | ResponseDecodeError::LiteralFound { .. }) => {
            Ok(Step::More(1))
        }
        Err(ResponseDecodeError::Failed) => Err("not understood".to_owned()),
    }
}

fn look(response: &Response<'_>) {
    black_box(response);
}

/// The whole load from one buffer.
///
/// # Errors
/// The first response that it does not understand.
pub fn whole(octets: &[u8]) -> Outcome {
    super::whole(octets, |octets| step(octets, look))
}

/// Over reads, decoding again after each.
///
/// # Errors
/// The first response that it does not understand.
pub fn streamed(octets: &[u8], read: usize) -> Outcome {
    super::streamed(octets, read, |octets| step(octets, look))
}

/// Over reads through its `Fragmentizer`, which finds the end of a message before it is decoded.
///
/// # Errors
/// The first response that it does not understand.
pub fn fragmentized(octets: &[u8], read: usize) -> Outcome {
    let codec = ResponseCodec::default();
    let mut fragmentizer = Fragmentizer::without_max_message_size();
    let mut source = Source::new(octets, read);
    let mut block = vec![0; READ];
    let mut responses = 0;
    loop {
        if fragmentizer.progress().is_none() {
            let octets = source.read(&mut block);
            if octets == 0 {
                return Ok(responses);
            }
            fragmentizer.enqueue_bytes(block.get(..octets).unwrap_or_default());
        } else if fragmentizer.is_message_complete() {
            let response = fragmentizer
                .decode_message(&codec)
                .map_err(|_| super::at(responses, "not understood".to_owned()))?;
            look(&response);
            responses += 1;
        }
    }
}

/// The values that it understands of a load.
///
/// # Errors
/// The first response that it does not understand.
pub fn understood(octets: &[u8]) -> Result<Answer, String> {
    let mut answer = Answer::default();
    super::whole(octets, |octets| step(octets, |understood| response(&mut answer, understood)))?;
    Ok(answer)
}

fn response(answer: &mut Answer, response: &Response<'_>) {
    let Response::Data(data) = response else {
        return;
    };
    match data {
        Data::Fetch { seq, items } => {
            answer.number(Field::Number, seq.get().into());
            items.as_ref().iter().for_each(|value| item(answer, value));
        }
        Data::Exists(number) | Data::Recent(number) => {
            answer.number(Field::Number, (*number).into())
        }
        Data::Expunge(number) => answer.number(Field::Number, number.get().into()),
        Data::List { items, delimiter, mailbox: name } => {
            for attribute in items {
                let name = match attribute {
                    FlagNameAttribute::Noinferiors => "noinferiors".to_owned(),
                    FlagNameAttribute::Noselect => "noselect".to_owned(),
                    FlagNameAttribute::Marked => "marked".to_owned(),
                    FlagNameAttribute::Unmarked => "unmarked".to_owned(),
                    other => other.to_string().trim_start_matches('\\').to_owned(),
                };
                answer.word(Field::Attribute, name.as_bytes());
            }
            answer.number(Field::Attribute, items.len() as u64);
            answer.nullable(
                Field::Mailbox,
                delimiter
                    .as_ref()
                    .map(|delimiter| delimiter.inner().to_string())
                    .as_ref()
                    .map(|text| text.as_bytes()),
            );
            mailbox(answer, name);
        }
        Data::Search(ids, ..) => {
            ids.iter().for_each(|id| answer.number(Field::Search, id.get().into()))
        }
        Data::Status { mailbox: name, items } => {
            mailbox(answer, name);
            for item in items.iter() {
                let (name, number) = match item {
                    StatusDataItem::Messages(number) => (0, *number),
                    StatusDataItem::UidNext(number) => (1, number.get()),
                    StatusDataItem::UidValidity(number) => (2, number.get()),
                    StatusDataItem::Unseen(number) => (3, *number),
                    _ => continue,
                };
                answer.number(Field::Status, name);
                answer.number(Field::Status, number.into());
            }
        }
        Data::Capability(capabilities) => {
            for capability in capabilities.as_ref() {
                answer.word(Field::Capability, capability.to_string().as_bytes());
            }
            answer.number(Field::Capability, capabilities.as_ref().len() as u64);
        }
        _ => {}
    }
}

fn mailbox(answer: &mut Answer, mailbox: &Mailbox<'_>) {
    match mailbox {
        Mailbox::Inbox => answer.octets(Field::Mailbox, b"INBOX"),
        Mailbox::Other(name) => answer.octets(Field::Mailbox, name.as_ref()),
    }
}

fn item(answer: &mut Answer, item: &MessageDataItem<'_>) {
    match item {
        MessageDataItem::Uid(uid) => answer.number(Field::Uid, uid.get().into()),
        MessageDataItem::Flags(flags) => {
            for flag in flags {
                let name = match flag {
                    FlagFetch::Flag(flag) => flag.to_string(),
                    FlagFetch::Recent => "\\Recent".to_owned(),
                };
                answer.word(Field::Flags, name.as_bytes());
            }
            answer.number(Field::Flags, flags.len() as u64);
        }
        MessageDataItem::InternalDate(date) => {
            let date = date.as_ref();
            answer.date(date.timestamp(), i64::from(date.offset().local_minus_utc()) / 60);
        }
        MessageDataItem::Rfc822Size(octets) => answer.number(Field::Size, (*octets).into()),
        MessageDataItem::Envelope(value) => envelope(answer, Field::Envelope, value),
        MessageDataItem::BodyStructure(structure) => part(answer, structure),
        MessageDataItem::BodyExt { data, .. } => answer.nullable(Field::Body, value(data)),
        _ => {}
    }
}

fn value<'a>(string: &'a NString<'_>) -> Option<&'a [u8]> {
    string.0.as_ref().map(AsRef::as_ref)
}

fn envelope(answer: &mut Answer, field: Field, envelope: &Envelope<'_>) {
    answer.nullable(field, value(&envelope.date));
    answer.nullable(field, value(&envelope.subject));
    for list in [
        &envelope.from,
        &envelope.sender,
        &envelope.reply_to,
        &envelope.to,
        &envelope.cc,
        &envelope.bcc,
    ] {
        let strings = list.iter().map(|address| {
            [&address.name, &address.adl, &address.mailbox, &address.host].map(value)
        });
        answer.addresses(field, strings);
    }
    answer.nullable(field, value(&envelope.in_reply_to));
    answer.nullable(field, value(&envelope.message_id));
}

fn parameters(answer: &mut Answer, parameters: &[(IString<'_>, IString<'_>)]) {
    answer.pairs(parameters.iter().map(|(name, value)| (name.as_ref(), value.as_ref())));
}

fn part(answer: &mut Answer, structure: &BodyStructure<'_>) {
    const FIELD: Field = Field::Structure;
    let mut children: &[BodyStructure<'_>] = &[];
    match structure {
        BodyStructure::Multi { bodies, subtype, extension_data } => {
            answer.word(FIELD, b"multipart");
            answer.word(FIELD, subtype.as_ref());
            parameters(
                answer,
                extension_data
                    .as_ref()
                    .map(|extension| extension.parameter_list.as_slice())
                    .unwrap_or_default(),
            );
            extension(
                answer,
                extension_data.as_ref().and_then(|extension| extension.tail.as_ref()),
            );
            children = bodies.as_ref();
        }
        BodyStructure::Single { body, extension_data } => {
            let (kind, subtype): (&[u8], &[u8]) = match &body.specific {
                SpecificFields::Basic { r#type, subtype } => (r#type.as_ref(), subtype.as_ref()),
                SpecificFields::Message { .. } => (b"message", b"rfc822"),
                SpecificFields::Text { subtype, .. } => (b"text", subtype.as_ref()),
            };
            answer.word(FIELD, kind);
            answer.word(FIELD, subtype);
            parameters(answer, &body.basic.parameter_list);
            answer.nullable(FIELD, value(&body.basic.id));
            answer.nullable(FIELD, value(&body.basic.description));
            answer.word(FIELD, body.basic.content_transfer_encoding.as_ref());
            answer.number(FIELD, body.basic.size.into());
            match &body.specific {
                SpecificFields::Basic { .. } => {}
                SpecificFields::Message {
                    envelope: of_message,
                    body_structure,
                    number_of_lines,
                } => {
                    answer.number(FIELD, (*number_of_lines).into());
                    envelope(answer, FIELD, of_message);
                    children = std::slice::from_ref(body_structure);
                }
                SpecificFields::Text { number_of_lines, .. } => {
                    answer.number(FIELD, (*number_of_lines).into())
                }
            }
            answer.nullable(
                FIELD,
                extension_data.as_ref().and_then(|extension| value(&extension.md5)),
            );
            extension(
                answer,
                extension_data.as_ref().and_then(|extension| extension.tail.as_ref()),
            );
        }
    }
    children.iter().for_each(|child| part(answer, child));
    answer.number(FIELD, children.len() as u64);
}

fn extension(answer: &mut Answer, disposition: Option<&Disposition<'_>>) {
    const FIELD: Field = Field::Structure;
    match disposition.and_then(|disposition| disposition.disposition.as_ref()) {
        Some((kind, of_kind)) => {
            answer.word(FIELD, kind.as_ref());
            parameters(answer, of_kind);
        }
        None => answer.nullable(FIELD, None),
    }
    let language = disposition.and_then(|disposition| disposition.tail.as_ref());
    for language in language.iter().flat_map(|language| &language.language) {
        answer.octets(FIELD, language.as_ref());
    }
    let location = language.and_then(|language| language.tail.as_ref());
    answer.nullable(FIELD, location.and_then(|location| value(&location.location)));
}
