//! `imap-rs-core` 0.2: hand-written, borrowed.

use std::hint::black_box;

use imap_core::{DataResponse, FetchAttribute, ParseError, Response, StatusItem, parse_response};
use imap_proto_lite::date::DateTime;

use super::Step;
use crate::{
    answer::{Answer, Field},
    measure::Outcome,
};

/// The fields that it understands: nothing inside ENVELOPE and BODYSTRUCTURE.
pub const FIELDS: &[Field] = &[
    Field::Number,
    Field::Uid,
    Field::Flags,
    Field::Date,
    Field::Size,
    Field::Mailbox,
    Field::Attribute,
    Field::Search,
    Field::Status,
    Field::Capability,
];
/// The work that it leaves out.
pub const LEAVES_OUT: &str = "ENVELOPE and BODYSTRUCTURE stay bytes, dates stay text";

fn step(octets: &[u8], take: impl FnOnce(&Response<'_>)) -> Result<Step, String> {
    match parse_response(octets) {
        Ok((rest, response)) => {
            take(&response);
            Ok(Step::Response(octets.len() - rest.len()))
        }
        Err(ParseError::Incomplete) => Ok(Step::More(1)),
        Err(error) => Err(error.to_string()),
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
    let Response::Data(data) = response else {
        return;
    };
    match data {
        DataResponse::Fetch { seq, attributes } => {
            answer.number(Field::Number, (*seq).into());
            attributes.iter().for_each(|value| attribute(answer, value));
        }
        DataResponse::Exists(number)
        | DataResponse::Recent(number)
        | DataResponse::Expunge(number) => {
            answer.number(Field::Number, (*number).into());
        }
        DataResponse::List { flags, delimiter, name } => {
            for flag in flags {
                answer.word(Field::Attribute, flag.trim_start_matches('\\').as_bytes());
            }
            answer.number(Field::Attribute, flags.len() as u64);
            answer.nullable(Field::Mailbox, delimiter.map(str::as_bytes));
            answer.octets(Field::Mailbox, name.as_bytes());
        }
        DataResponse::Search(ids) => {
            ids.iter().for_each(|id| answer.number(Field::Search, (*id).into()))
        }
        DataResponse::Status { mailbox, items } => {
            answer.octets(Field::Mailbox, mailbox.as_bytes());
            for item in items {
                let (name, number) = match item {
                    StatusItem::Messages(number) => (0, *number),
                    StatusItem::UidNext(number) => (1, *number),
                    StatusItem::UidValidity(number) => (2, *number),
                    StatusItem::Unseen(number) => (3, *number),
                    StatusItem::Recent(_) | StatusItem::Other(_) => continue,
                };
                answer.number(Field::Status, name);
                answer.number(Field::Status, number.into());
            }
        }
        DataResponse::Capability(capabilities) => {
            capabilities
                .iter()
                .for_each(|capability| answer.word(Field::Capability, capability.as_bytes()));
            answer.number(Field::Capability, capabilities.len() as u64);
        }
        _ => {}
    }
}

fn attribute(answer: &mut Answer, attribute: &FetchAttribute<'_>) {
    match attribute {
        FetchAttribute::Uid(uid) => answer.number(Field::Uid, (*uid).into()),
        FetchAttribute::Flags(flags) => {
            flags.iter().for_each(|flag| answer.word(Field::Flags, flag.as_bytes()));
            answer.number(Field::Flags, flags.len() as u64);
        }
        FetchAttribute::InternalDate(text) => {
            if let Some(date) = DateTime::parse(text.trim_matches('"').as_bytes()) {
                answer.date(date.unix_timestamp(), date.offset_minutes().into());
            }
        }
        FetchAttribute::Rfc822Size(octets) => answer.number(Field::Size, (*octets).into()),
        FetchAttribute::BodySection { data: Some(octets), .. } => {
            answer.octets(Field::Body, octets)
        }
        _ => {}
    }
}
