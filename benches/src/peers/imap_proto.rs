//! `imap-proto` 0.17, the parser below `async-imap` and `imap`.

use std::hint::black_box;

use imap_proto::{
    Address, AttributeValue, BodyContentCommon, BodyContentSinglePart, BodyStructure, Capability,
    ContentEncoding, Envelope, MailboxDatum, NameAttribute, Response, StatusAttribute,
};
use imap_proto_lite::date::DateTime;
use nom::{Err, Needed};

use super::Step;
use crate::{
    answer::{Answer, Field, unescaped},
    measure::Outcome,
};

/// The fields that it understands: all except ESEARCH.
pub const FIELDS: &[Field] = &[
    Field::Number,
    Field::Uid,
    Field::Flags,
    Field::Date,
    Field::Size,
    Field::Envelope,
    Field::Structure,
    Field::Mailbox,
    Field::Attribute,
    Field::Search,
    Field::Status,
    Field::Capability,
];
/// The work that it leaves out.
pub const LEAVES_OUT: &str = "dates stay text, escapes stay in strings";

fn step(octets: &[u8], take: impl FnOnce(&Response<'_>)) -> Result<Step, String> {
    match Response::parse(octets) {
        Ok((rest, response)) => {
            take(&response);
            Ok(Step::Response(octets.len() - rest.len()))
        }
        Err(Err::Incomplete(Needed::Size(octets))) => Ok(Step::More(octets.get())),
        Err(Err::Incomplete(Needed::Unknown)) => Ok(Step::More(1)),
        Err(Err::Error(error) | Err::Failure(error)) => Err(format!("{:?}", error.code)),
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

/// Over reads.
///
/// # Errors
/// The first response that it does not understand.
pub fn streamed(octets: &[u8], read: usize) -> Outcome {
    super::streamed(octets, read, |octets| step(octets, look))
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
    match response {
        Response::Fetch(seq, attributes) => {
            answer.number(Field::Number, (*seq).into());
            attributes.iter().for_each(|value| attribute(answer, value));
        }
        Response::Expunge(number) => answer.number(Field::Number, (*number).into()),
        Response::MailboxData(MailboxDatum::Exists(number) | MailboxDatum::Recent(number)) => {
            answer.number(Field::Number, (*number).into());
        }
        Response::MailboxData(MailboxDatum::List(list)) => {
            for attribute in &list.name_attributes {
                answer.word(Field::Attribute, name(attribute).as_bytes());
            }
            answer.number(Field::Attribute, list.name_attributes.len() as u64);
            answer.nullable(
                Field::Mailbox,
                list.delimiter.as_ref().map(|delimiter| delimiter.as_bytes()),
            );
            answer.octets(Field::Mailbox, list.name.as_bytes());
        }
        Response::MailboxData(MailboxDatum::Search(ids)) => {
            ids.iter().for_each(|id| answer.number(Field::Search, (*id).into()))
        }
        Response::MailboxData(MailboxDatum::Status { mailbox, status }) => {
            answer.octets(Field::Mailbox, mailbox.as_bytes());
            for value in status {
                let (name, number) = match value {
                    StatusAttribute::Messages(number) => (0, *number),
                    StatusAttribute::UidNext(number) => (1, *number),
                    StatusAttribute::UidValidity(number) => (2, *number),
                    StatusAttribute::Unseen(number) => (3, *number),
                    _ => continue,
                };
                answer.number(Field::Status, name);
                answer.number(Field::Status, number.into());
            }
        }
        Response::Capabilities(capabilities) => {
            for capability in capabilities {
                match capability {
                    Capability::Imap4rev1 => answer.word(Field::Capability, b"IMAP4rev1"),
                    Capability::Auth(mechanism) => {
                        answer.word(Field::Capability, format!("AUTH={mechanism}").as_bytes())
                    }
                    Capability::Atom(name) => answer.word(Field::Capability, name.as_bytes()),
                }
            }
            answer.number(Field::Capability, capabilities.len() as u64);
        }
        _ => {}
    }
}

fn name(attribute: &NameAttribute<'_>) -> String {
    match attribute {
        NameAttribute::Extension(name) => name.to_string().trim_start_matches('\\').to_owned(),
        // The other names are those of the RFC.
        other => format!("{other:?}"),
    }
}

fn attribute(answer: &mut Answer, attribute: &AttributeValue<'_>) {
    match attribute {
        AttributeValue::Uid(uid) => answer.number(Field::Uid, (*uid).into()),
        AttributeValue::Flags(flags) => {
            flags.iter().for_each(|flag| answer.word(Field::Flags, flag.as_bytes()));
            answer.number(Field::Flags, flags.len() as u64);
        }
        AttributeValue::InternalDate(text) => {
            if let Some(date) = DateTime::parse(text.as_bytes()) {
                answer.date(date.unix_timestamp(), date.offset_minutes().into());
            }
        }
        AttributeValue::Rfc822Size(octets) => answer.number(Field::Size, (*octets).into()),
        AttributeValue::Envelope(value) => envelope(answer, Field::Envelope, value),
        AttributeValue::BodyStructure(structure) => part(answer, structure),
        AttributeValue::BodySection { data: Some(octets), .. } => {
            answer.octets(Field::Body, octets)
        }
        _ => {}
    }
}

fn value(octets: Option<&[u8]>) -> Option<Vec<u8>> {
    octets.map(unescaped)
}

fn envelope(answer: &mut Answer, field: Field, envelope: &Envelope<'_>) {
    answer.nullable(field, envelope.date.as_deref());
    answer.nullable(field, value(envelope.subject.as_deref()).as_deref());
    for list in [
        &envelope.from,
        &envelope.sender,
        &envelope.reply_to,
        &envelope.to,
        &envelope.cc,
        &envelope.bcc,
    ] {
        let addresses: &[Address<'_>] = list.as_deref().unwrap_or_default();
        for address in addresses {
            for string in [&address.name, &address.adl, &address.mailbox, &address.host] {
                answer.nullable(field, value(string.as_deref()).as_deref());
            }
        }
        answer.number(field, addresses.len() as u64);
    }
    answer.nullable(field, envelope.in_reply_to.as_deref());
    answer.nullable(field, envelope.message_id.as_deref());
}

fn part(answer: &mut Answer, structure: &BodyStructure<'_>) {
    const FIELD: Field = Field::Structure;
    let mut children: &[BodyStructure<'_>] = &[];
    match structure {
        BodyStructure::Multipart { common, bodies, .. } => {
            content_type(answer, common);
            extension(answer, common);
            children = bodies;
        }
        BodyStructure::Basic { common, other, .. } => single(answer, common, other, None, None),
        BodyStructure::Text { common, other, lines, .. } => {
            single(answer, common, other, Some(*lines), None)
        }
        BodyStructure::Message { common, other, envelope, body, lines, .. } => {
            single(answer, common, other, Some(*lines), Some(envelope));
            children = std::slice::from_ref(body);
        }
    }
    children.iter().for_each(|child| part(answer, child));
    answer.number(FIELD, children.len() as u64);
}

fn content_type(answer: &mut Answer, common: &BodyContentCommon<'_>) {
    answer.word(Field::Structure, common.ty.ty.as_bytes());
    answer.word(Field::Structure, common.ty.subtype.as_bytes());
    parameters(answer, common.ty.params.as_deref());
}

fn parameters(
    answer: &mut Answer,
    parameters: Option<&[(std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)]>,
) {
    answer.pairs(
        parameters
            .unwrap_or_default()
            .iter()
            .map(|(name, value)| (name.as_bytes(), value.as_bytes())),
    );
}

fn single(
    answer: &mut Answer,
    common: &BodyContentCommon<'_>,
    other: &BodyContentSinglePart<'_>,
    lines: Option<u32>,
    of_message: Option<&Envelope<'_>>,
) {
    const FIELD: Field = Field::Structure;
    content_type(answer, common);
    answer.nullable(FIELD, other.id.as_ref().map(|id| id.as_bytes()));
    answer.nullable(FIELD, other.description.as_ref().map(|description| description.as_bytes()));
    answer.word(
        FIELD,
        match &other.transfer_encoding {
            ContentEncoding::SevenBit => b"7bit",
            ContentEncoding::EightBit => b"8bit",
            ContentEncoding::Binary => b"binary",
            ContentEncoding::Base64 => b"base64",
            ContentEncoding::QuotedPrintable => b"quoted-printable",
            ContentEncoding::Other(name) => name.as_bytes(),
        },
    );
    answer.number(FIELD, other.octets.into());
    if let Some(lines) = lines {
        answer.number(FIELD, lines.into());
    }
    if let Some(of_message) = of_message {
        envelope(answer, FIELD, of_message);
    }
    answer.nullable(FIELD, other.md5.as_ref().map(|md5| md5.as_bytes()));
    extension(answer, common);
}

fn extension(answer: &mut Answer, common: &BodyContentCommon<'_>) {
    match &common.disposition {
        Some(disposition) => {
            answer.word(Field::Structure, disposition.ty.as_bytes());
            parameters(answer, disposition.params.as_deref());
        }
        None => answer.nullable(Field::Structure, None),
    }
    for language in common.language.iter().flatten() {
        answer.octets(Field::Structure, language.as_bytes());
    }
    answer.nullable(Field::Structure, common.location.as_ref().map(|location| location.as_bytes()));
}
