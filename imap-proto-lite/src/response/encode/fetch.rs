//! FETCH attributes, written as RFC 9051 section 7.5.2 has them.

use alloc::vec::Vec;

use crate::{
    response::{
        BodyData, FetchAttribute, LabelElement,
        encode::{Output, flags, line, raw},
    },
    types::{date::ServerDate, envelope::write::envelope, section::write::section},
    wire::{
        list::sealed::Element as _,
        literal::write_literal,
        number::write_number,
        string::{write_astring, write_nstring, write_string},
    },
};

/// The inside of a FETCH list with its closing parenthesis, and where octets were left out of it.
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
    let mut item = |name: &str, value: u64| {
        out.extend_from_slice(name.as_bytes());
        write_number(value, out);
    };
    match attribute {
        FetchAttribute::Uid(uid) => item("UID ", u64::from(uid.get())),
        FetchAttribute::Rfc822Size(octets) => item("RFC822.SIZE ", *octets),
        FetchAttribute::GmailMessageId(id) => item("X-GM-MSGID ", *id),
        FetchAttribute::GmailThreadId(id) => item("X-GM-THRID ", *id),
        FetchAttribute::ModSeq(value) => {
            item("MODSEQ (", value.get());
            out.push(b')');
        }
        FetchAttribute::Flags(list) => {
            out.extend_from_slice(b"FLAGS ");
            flags(list, out);
        }
        FetchAttribute::InternalDate(date) => {
            out.extend_from_slice(b"INTERNALDATE ");
            write_string(&date.raw().to_cow(), out);
        }
        FetchAttribute::SaveDate(date) => {
            out.extend_from_slice(b"SAVEDATE ");
            write_nstring(date.as_ref().map(ServerDate::raw), out);
        }
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
        FetchAttribute::GmailLabels(labels) => {
            out.extend_from_slice(b"X-GM-LABELS (");
            for (place, label) in labels.iter().enumerate() {
                if place > 0 {
                    out.push(b' ');
                }
                LabelElement::write(&label, out);
            }
            out.push(b')');
        }
        FetchAttribute::EmailId(id) => {
            out.extend_from_slice(b"EMAILID (");
            write_astring(&id.to_cow(), out);
            out.push(b')');
        }
        FetchAttribute::ThreadId(Some(id)) => {
            out.extend_from_slice(b"THREADID (");
            write_astring(&id.to_cow(), out);
            out.push(b')');
        }
        FetchAttribute::ThreadId(None) => out.extend_from_slice(b"THREADID NIL"),
        FetchAttribute::Preview(text) => {
            out.extend_from_slice(b"PREVIEW ");
            write_nstring(text.as_ref(), out);
        }
        FetchAttribute::Unknown { name, value } => {
            line(name, out);
            out.push(b' ');
            raw(value, out);
        }
        FetchAttribute::Malformed { raw: octets, .. } => raw(octets, out),
    }
}

fn write_origin(origin: Option<u64>, out: &mut Vec<u8>) {
    if let Some(origin) = origin {
        out.push(b'<');
        write_number(origin, out);
        out.push(b'>');
    }
}

/// The value of a body item with the space before it: always a literal, so that any octet can be in it.
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
