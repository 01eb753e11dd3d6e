//! FETCH attributes: RFC 9051 section 7.5.2.

use alloc::vec::Vec;

use crate::{
    response::{
        Attributes, BodyData, FetchAttribute,
        encode::{
            flag_list,
            output::{Output, line, raw},
        },
    },
    types::{ServerDate, envelope::write::envelope, section::write::section},
    wire::{IString, write_astring, write_literal, write_nstring, write_number},
};

impl Attributes<'_> {
    /// A list of these attributes.
    pub fn new<'b>(attributes: impl IntoIterator<Item = FetchAttribute<'b>>) -> Self {
        let (octets, streamed) = self::attributes(attributes);
        Self::from_owned(octets, streamed)
    }
}

/// The inside of a FETCH list with its closing parenthesis, and the places of streamed bodies.
pub(crate) fn attributes<'a>(
    attributes: impl IntoIterator<Item = FetchAttribute<'a>>,
) -> (Vec<u8>, Vec<u32>) {
    let mut out = Output::default();
    msg_att(attributes, &mut out);
    let streamed = out.gaps.iter().filter_map(|(place, _)| u32::try_from(*place).ok()).collect();
    (out.octets, streamed)
}

/// The attributes with the closing parenthesis.
pub(crate) fn msg_att<'a>(
    attributes: impl IntoIterator<Item = FetchAttribute<'a>>,
    output: &mut Output,
) {
    for (place, attribute) in attributes.into_iter().enumerate() {
        if place > 0 {
            output.octets.push(b' ');
        }
        one_att(&attribute, output);
    }
    output.octets.push(b')');
}

fn one_att(attribute: &FetchAttribute<'_>, output: &mut Output) {
    let out = &mut output.octets;
    match attribute {
        FetchAttribute::Uid(uid) => numbered("UID", u64::from(uid.get()), out),
        FetchAttribute::Rfc822Size(octets) => numbered("RFC822.SIZE", *octets, out),
        FetchAttribute::GmailMessageId(id) => numbered("X-GM-MSGID", *id, out),
        FetchAttribute::GmailThreadId(id) => numbered("X-GM-THRID", *id, out),
        FetchAttribute::ModSeq(value) => {
            in_parentheses("MODSEQ", out, |out| write_number(value.get(), out))
        }
        FetchAttribute::Flags(list) => {
            out.extend_from_slice(b"FLAGS ");
            flag_list(list, out);
        }
        FetchAttribute::InternalDate(date) => nstring("INTERNALDATE", Some(date.raw()), out),
        FetchAttribute::SaveDate(date) => {
            nstring("SAVEDATE", date.as_ref().map(ServerDate::raw), out)
        }
        FetchAttribute::Preview(text) => nstring("PREVIEW", text.as_ref(), out),
        FetchAttribute::Envelope(value) => {
            out.extend_from_slice(b"ENVELOPE ");
            envelope(value, out);
        }
        FetchAttribute::Body(structure) => {
            out.extend_from_slice(b"BODY ");
            structure.write(false, out);
        }
        FetchAttribute::BodyStructure(structure) => {
            out.extend_from_slice(b"BODYSTRUCTURE ");
            structure.write(true, out);
        }
        FetchAttribute::BodySection { .. }
        | FetchAttribute::Binary { .. }
        | FetchAttribute::BinarySize { .. }
        | FetchAttribute::Rfc822(_)
        | FetchAttribute::Rfc822Header(_)
        | FetchAttribute::Rfc822Text(_) => body_item(attribute, output),
        FetchAttribute::GmailLabels(labels) => {
            in_parentheses("X-GM-LABELS", out, |out| labels.write(out));
        }
        FetchAttribute::EmailId(id) | FetchAttribute::ThreadId(Some(id)) => {
            let email = matches!(attribute, FetchAttribute::EmailId(_));
            let name = if email { "EMAILID" } else { "THREADID" };
            in_parentheses(name, out, |out| write_astring(&id.to_cow(), out));
        }
        FetchAttribute::ThreadId(None) => out.extend_from_slice(b"THREADID NIL"),
        FetchAttribute::Unknown { name, value } => {
            line(name, out);
            out.push(b' ');
            raw(value, out);
        }
        FetchAttribute::Malformed { raw: octets, .. } => raw(octets, out),
    }
}

/// The items that are a body or, for BINARY.SIZE, the size of one.
fn body_item(attribute: &FetchAttribute<'_>, output: &mut Output) {
    let out = &mut output.octets;
    match attribute {
        FetchAttribute::BodySection { section: one, origin, data } => {
            out.extend_from_slice(b"BODY[");
            section(one, out);
            out.push(b']');
            write_origin(*origin, out);
            body_data(data, b"", output);
        }
        FetchAttribute::Rfc822(data) => {
            out.extend_from_slice(b"RFC822");
            body_data(data, b"", output);
        }
        FetchAttribute::Rfc822Header(data) => {
            out.extend_from_slice(b"RFC822.HEADER");
            body_data(data, b"", output);
        }
        FetchAttribute::Rfc822Text(data) => {
            out.extend_from_slice(b"RFC822.TEXT");
            body_data(data, b"", output);
        }
        FetchAttribute::Binary { part, origin, data } => {
            out.extend_from_slice(b"BINARY[");
            out.extend_from_slice(part.as_ref().map_or(b"", |part| part.as_wire()));
            out.push(b']');
            write_origin(*origin, out);
            body_data(data, b"~", output);
        }
        FetchAttribute::BinarySize { part, octets } => {
            out.extend_from_slice(b"BINARY.SIZE[");
            out.extend_from_slice(part.as_ref().map_or(b"", |part| part.as_wire()));
            out.extend_from_slice(b"] ");
            write_number(*octets, out);
        }
        _ => {}
    }
}

fn numbered(name: &str, value: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.push(b' ');
    write_number(value, out);
}

fn nstring(name: &str, value: Option<&IString<'_>>, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.push(b' ');
    write_nstring(value, out);
}

fn in_parentheses(name: &str, out: &mut Vec<u8>, inside: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b" (");
    inside(out);
    out.push(b')');
}

fn write_origin(origin: Option<u64>, out: &mut Vec<u8>) {
    if let Some(origin) = origin {
        out.push(b'<');
        write_number(origin, out);
        out.push(b'>');
    }
}

/// The value of a body item with the space before it: always a literal, which can hold any byte.
fn body_data(data: &BodyData<'_>, prefix: &[u8], output: &mut Output) {
    let out = &mut output.octets;
    out.push(b' ');
    match data {
        BodyData::Nil => out.extend_from_slice(b"NIL"),
        BodyData::Inline(text) => {
            let text = text.to_cow();
            out.extend_from_slice(prefix);
            write_literal(&text, out);
        }
        BodyData::Streamed { octets } => {
            out.extend_from_slice(prefix);
            out.push(b'{');
            write_number(*octets, out);
            out.extend_from_slice(b"}\r\n");
            output.gaps.push((output.octets.len(), *octets));
        }
    }
}
