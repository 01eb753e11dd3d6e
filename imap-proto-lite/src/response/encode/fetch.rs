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
    types::{PartNumber, ServerDate, envelope::write::envelope, section::write::section},
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
        FetchAttribute::Flags(list) => named("FLAGS", out, |out| flag_list(list, out)),
        FetchAttribute::InternalDate(date) => nstring("INTERNALDATE", Some(date.raw()), out),
        FetchAttribute::SaveDate(date) => {
            nstring("SAVEDATE", date.as_ref().map(ServerDate::raw), out)
        }
        FetchAttribute::Preview(text) => nstring("PREVIEW", text.as_ref(), out),
        FetchAttribute::Envelope(value) => named("ENVELOPE", out, |out| envelope(value, out)),
        FetchAttribute::Body(structure) => named("BODY", out, |out| structure.write(false, out)),
        FetchAttribute::BodyStructure(structure) => {
            named("BODYSTRUCTURE", out, |out| structure.write(true, out));
        }
        FetchAttribute::BodySection { section: one, origin, data } => {
            out.extend_from_slice(b"BODY[");
            section(one, out);
            out.push(b']');
            write_origin(*origin, out);
            body_data(data, b"", output);
        }
        FetchAttribute::Binary { part, origin, data } => {
            binary("BINARY[", part.as_ref(), out);
            write_origin(*origin, out);
            body_data(data, b"~", output);
        }
        FetchAttribute::BinarySize { part, octets } => {
            binary("BINARY.SIZE[", part.as_ref(), out);
            out.push(b' ');
            write_number(*octets, out);
        }
        FetchAttribute::Rfc822(data) => rfc822("RFC822", data, output),
        FetchAttribute::Rfc822Header(data) => rfc822("RFC822.HEADER", data, output),
        FetchAttribute::Rfc822Text(data) => rfc822("RFC822.TEXT", data, output),
        FetchAttribute::GmailLabels(labels) => {
            in_parentheses("X-GM-LABELS", out, |out| labels.write(out));
        }
        FetchAttribute::EmailId(id) => object_id("EMAILID", Some(id), out),
        FetchAttribute::ThreadId(id) => object_id("THREADID", id.as_ref(), out),
        FetchAttribute::Unknown { name, value } => {
            line(name, out);
            out.push(b' ');
            raw(value, out);
        }
        FetchAttribute::Malformed { raw: octets, .. } => raw(octets, out),
    }
}

fn rfc822(name: &str, data: &BodyData<'_>, output: &mut Output) {
    output.octets.extend_from_slice(name.as_bytes());
    body_data(data, b"", output);
}

fn binary(name: &str, part: Option<&PartNumber<'_>>, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(part.map_or(b"", PartNumber::as_wire));
    out.push(b']');
}

fn named(name: &str, out: &mut Vec<u8>, value: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(name.as_bytes());
    out.push(b' ');
    value(out);
}

fn numbered(name: &str, value: u64, out: &mut Vec<u8>) {
    named(name, out, |out| write_number(value, out));
}

fn nstring(name: &str, value: Option<&IString<'_>>, out: &mut Vec<u8>) {
    named(name, out, |out| write_nstring(value, out));
}

fn in_parentheses(name: &str, out: &mut Vec<u8>, inside: impl FnOnce(&mut Vec<u8>)) {
    named(name, out, |out| {
        out.push(b'(');
        inside(out);
        out.push(b')');
    });
}

fn object_id(name: &str, id: Option<&IString<'_>>, out: &mut Vec<u8>) {
    match id {
        Some(id) => in_parentheses(name, out, |out| write_astring(&id.to_cow(), out)),
        None => nstring(name, None, out),
    }
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
