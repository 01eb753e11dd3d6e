//! FETCH attributes: RFC 9051 section 7.5.2.

use alloc::vec::Vec;

use crate::{
    response::{
        Attributes, BodyData, FetchAttribute,
        encode::{
            flag_list,
            raw::{line, raw},
        },
    },
    types::{PartNumber, ServerDate, envelope::write::envelope, section::write::section_spec},
    wire::put::{Out, Put, SP, astring, literal, nil_or, nstring, parens, spaced, streamed},
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
    let mut out = Out::default();
    out.put((msg_att(attributes), b')'));
    let streamed = out.streamed_places().filter_map(|place| u32::try_from(place).ok()).collect();
    (out.bytes, streamed)
}

/// ```abnf
/// msg-att         = "(" (msg-att-dynamic / msg-att-static)
///                    *(SP (msg-att-dynamic / msg-att-static)) ")"
/// ```
/// The inside of the parentheses.
pub(crate) fn msg_att<'a>(attributes: impl IntoIterator<Item = FetchAttribute<'a>>) -> impl Put {
    spaced(attributes.into_iter().map(|attribute| move |out: &mut Out| one_att(&attribute, out)))
}

/// ```abnf
/// msg-att-static  = "ENVELOPE" SP envelope / "INTERNALDATE" SP date-time / ...
/// ```
fn one_att(attribute: &FetchAttribute<'_>, out: &mut Out) {
    match attribute {
        FetchAttribute::Uid(uid) => out.put(("UID ", uid.get())),
        FetchAttribute::Rfc822Size(octets) => out.put(("RFC822.SIZE ", *octets)),
        FetchAttribute::GmailMessageId(id) => out.put(("X-GM-MSGID ", *id)),
        FetchAttribute::GmailThreadId(id) => out.put(("X-GM-THRID ", *id)),
        FetchAttribute::ModSeq(value) => out.put(("MODSEQ ", parens(value.get()))),
        FetchAttribute::Flags(list) => out.put(("FLAGS ", flag_list(list))),
        FetchAttribute::InternalDate(date) => out.put(("INTERNALDATE ", nstring(Some(date.raw())))),
        FetchAttribute::SaveDate(date) => {
            out.put(("SAVEDATE ", nstring(date.as_ref().map(ServerDate::raw))));
        }
        FetchAttribute::Preview(text) => out.put(("PREVIEW ", nstring(text.as_ref()))),
        FetchAttribute::Envelope(value) => out.put(("ENVELOPE ", envelope(value))),
        FetchAttribute::Body(structure) => out.put(("BODY ", structure.body(false))),
        FetchAttribute::BodyStructure(structure) => {
            out.put(("BODYSTRUCTURE ", structure.body(true)));
        }
        FetchAttribute::BodySection { section, origin: from, data } => {
            let section = ("BODY[", section_spec(section), b']');
            out.put((section, origin(*from), body_data(data, " ")));
        }
        FetchAttribute::Binary { part, origin: from, data } => {
            out.put(("BINARY[", section_part(part), origin(*from), body_data(data, " ~")));
        }
        FetchAttribute::BinarySize { part, octets } => {
            out.put(("BINARY.SIZE[", section_part(part), SP, *octets));
        }
        FetchAttribute::Rfc822(data) => out.put(("RFC822", body_data(data, " "))),
        FetchAttribute::Rfc822Header(data) => out.put(("RFC822.HEADER", body_data(data, " "))),
        FetchAttribute::Rfc822Text(data) => out.put(("RFC822.TEXT", body_data(data, " "))),
        FetchAttribute::GmailLabels(labels) => out.put(("X-GM-LABELS ", parens(labels))),
        FetchAttribute::EmailId(id) => out.put(("EMAILID ", parens(astring(id)))),
        FetchAttribute::ThreadId(id) => {
            out.put(("THREADID ", nil_or(id.as_ref().map(|id| parens(astring(id))))));
        }
        FetchAttribute::Unknown { name, value } => out.put((line(name), SP, raw(value))),
        FetchAttribute::Malformed { raw: octets, .. } => out.put(raw(octets)),
    }
}

/// RFC 3516: `[section-part] "]"`
fn section_part(part: &Option<PartNumber<'_>>) -> impl Put {
    (part.as_ref().map(PartNumber::as_wire), b']')
}

/// `["<" number64 ">"]`
fn origin(origin: Option<u64>) -> impl Put {
    origin.map(|origin| (b'<', origin, b'>'))
}

/// The value of a body item: always a literal, which can hold any byte. `before` is the space
/// before it, and `~` where it has to be a literal8.
fn body_data(data: &BodyData<'_>, before: &'static str) -> impl Put {
    move |out: &mut Out| match data {
        BodyData::Nil => out.put(" NIL"),
        BodyData::Inline(text) => out.put((before, literal(&text.to_cow()))),
        BodyData::Streamed { octets } => out.put((before, streamed(*octets))),
    }
}
