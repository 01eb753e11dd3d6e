//! Shortcuts of FETCH.

use crate::{
    response::AttributeIter,
    response::{Attributes, BodyData, Fetch, FetchAttribute},
    types::{
        Flags, ModSeq, Section, SeqNumber, ServerDate, Uid, body_structure::read::body,
        envelope::read::envelope,
    },
    wire::{
        IString,
        fast::{flag_list, number64, nz_number, octet, quoted},
        literal_header,
    },
};

/// FETCH. There is one for each message, so it is built where the caller wants it.
#[inline(always)]
pub(crate) fn fetch<'a>(octets: &'a [u8], streamed: &'a [u32]) -> Option<Fetch<'a>> {
    let rest = octets.strip_prefix(b"* ")?;
    let (rest, number) = nz_number(rest)?;
    let attributes = rest.strip_prefix(b" FETCH (")?;
    let start = octets.len() - attributes.len();
    Some(Fetch::new(SeqNumber::from(number), Attributes::received(octets, start, streamed)))
}

/// The next attribute, if it is one of those that nearly every FETCH consists of, in capitals, with
/// one space before and after its name.
#[inline(always)]
pub(crate) fn attribute<'l>(iter: &mut AttributeIter<'l>) -> Option<FetchAttribute<'l>> {
    let input = octet(iter.rest, b' ').unwrap_or(iter.rest);
    let (rest, attribute) = if let Some(value) = input.strip_prefix(b"UID ") {
        let (rest, number) = nz_number(value)?;
        (rest, FetchAttribute::Uid(Uid::from(number)))
    } else if let Some(value) = input.strip_prefix(b"FLAGS ") {
        let (rest, (flags, count)) = flag_list(value, |_| {})?;
        (rest, FetchAttribute::Flags(Flags::from_wire_counted(flags, count)))
    } else if let Some(value) = input.strip_prefix(b"MODSEQ (") {
        let (rest, value) = number64(value)?;
        (octet(rest, b')')?, FetchAttribute::ModSeq(ModSeq::new(value)))
    } else if let Some(value) = input.strip_prefix(b"RFC822.SIZE ") {
        let (rest, value) = number64(value)?;
        (rest, FetchAttribute::Rfc822Size(value))
    } else if let Some(value) = input.strip_prefix(b"INTERNALDATE ") {
        let (rest, date) = quoted(value)?;
        (rest, FetchAttribute::InternalDate(ServerDate::received(IString::plain(date))))
    } else if let Some(value) = input.strip_prefix(b"BODY[] ") {
        let (rest, octets) =
            literal_header(value).ok().filter(|(rest, _)| iter.is_streamed(rest))?;
        let (section, origin) = (Section::full(), None);
        let data = BodyData::Streamed { octets };
        (rest, FetchAttribute::BodySection { section, origin, data })
    } else if let Some(value) = input.strip_prefix(b"ENVELOPE ") {
        let (rest, value) = envelope(value).ok()?;
        (rest, FetchAttribute::Envelope(value))
    } else {
        let (rest, value) = body(input.strip_prefix(b"BODYSTRUCTURE ")?).ok()?;
        (rest, FetchAttribute::BodyStructure(value))
    };
    if !matches!(rest.first(), Some(b' ' | b')')) {
        return None;
    }
    iter.rest = rest;
    Some(attribute)
}
