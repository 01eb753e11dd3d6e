//! Shortcuts of FETCH.

use crate::{
    response::{AttributeIter, Attributes, BodyData, Fetch, FetchAttribute},
    types::{
        Flags, Section, SeqNumber, ServerDate, Uid, body_structure::read::body,
        envelope::read::envelope,
    },
    wire::{
        IString,
        fast::{flag_list, number64, nz_number, octet, quoted},
    },
};

/// FETCH, up to its first item. Saves 34 % of the instructions on FLAGS.
#[inline(always)]
pub(crate) fn fetch<'a>(octets: &'a [u8], streamed: &'a [u32]) -> Option<Fetch<'a>> {
    // All other shortcuts are tried after this one: a look at one byte sends them on.
    let rest =
        octets.strip_prefix(b"* ").filter(|rest| rest.first().is_some_and(u8::is_ascii_digit))?;
    let (rest, number) = nz_number(rest)?;
    let attributes = rest.strip_prefix(b" FETCH (")?;
    let start = octets.len() - attributes.len();
    Some(Fetch::new(SeqNumber::from(number), Attributes::received(octets, start, streamed)))
}

/// Inlined where the attributes are walked, in other crates too: an attribute is large to move.
impl<'l> Iterator for AttributeIter<'l> {
    type Item = FetchAttribute<'l>;

    #[inline]
    fn next(&mut self) -> Option<FetchAttribute<'l>> {
        if let Some(rest) = end(self.rest) {
            self.rest = rest;
            return None;
        }
        match attribute(self) {
            Some(attribute) => Some(attribute),
            None => self.next_slowly(),
        }
    }
}

/// The end of the list and of the line. Saves 8 % of the instructions on FLAGS.
#[inline(always)]
fn end(input: &[u8]) -> Option<&[u8]> {
    input.strip_prefix(b")\r\n").filter(|rest| rest.is_empty())
}

/// The next attribute, if it is one of those that nearly every FETCH consists of, in capitals, with
/// one space before and after its name. Saves 60 % of the instructions on FLAGS, 32 % on ENVELOPE,
/// 13 % on BODYSTRUCTURE and 30 % on small bodies.
///
/// Each branch builds its attribute where the caller wants it: an attribute is large to move.
#[inline(always)]
pub(super) fn attribute<'l>(iter: &mut AttributeIter<'l>) -> Option<FetchAttribute<'l>> {
    let input = match octet(iter.rest, b' ') {
        Some(rest) => rest,
        None => iter.rest,
    };
    if let Some(value) = input.strip_prefix(b"UID ") {
        let (rest, number) = nz_number(value)?;
        go_on(iter, rest)?;
        return Some(FetchAttribute::Uid(Uid::from(number)));
    }
    if let Some(value) = input.strip_prefix(b"FLAGS ") {
        let (rest, (flags, count)) = flag_list(value)?;
        go_on(iter, rest)?;
        return Some(FetchAttribute::Flags(Flags::from_wire_counted(flags, count)));
    }
    if let Some(value) = input.strip_prefix(b"RFC822.SIZE ") {
        let (rest, value) = number64(value)?;
        go_on(iter, rest)?;
        return Some(FetchAttribute::Rfc822Size(value));
    }
    if let Some(value) = input.strip_prefix(b"INTERNALDATE ") {
        let (rest, date) = quoted(value)?;
        go_on(iter, rest)?;
        return Some(FetchAttribute::InternalDate(ServerDate::received(IString::plain(date))));
    }
    if let Some(value) = input.strip_prefix(b"BODY[] ") {
        let (rest, octets) = literal_header(value)?;
        if !iter.is_streamed(rest) {
            return None;
        }
        go_on(iter, rest)?;
        return Some(FetchAttribute::BodySection {
            section: Section::full(),
            origin: None,
            data: BodyData::Streamed { octets },
        });
    }
    if let Some(value) = input.strip_prefix(b"ENVELOPE ") {
        let (rest, envelope) = envelope(value).ok()?;
        go_on(iter, rest)?;
        return Some(FetchAttribute::Envelope(envelope));
    }
    let (rest, structure) = body(input.strip_prefix(b"BODYSTRUCTURE ")?).ok()?;
    go_on(iter, rest)?;
    Some(FetchAttribute::BodyStructure(structure))
}

/// Leaves `rest`, if a value can end before it.
#[inline(always)]
fn go_on<'l>(iter: &mut AttributeIter<'l>, rest: &'l [u8]) -> Option<()> {
    if !matches!(rest.first(), Some(b' ' | b')')) {
        return None;
    }
    iter.rest = rest;
    Some(())
}

/// The header of a literal: its length.
#[inline(always)]
fn literal_header(input: &[u8]) -> Option<(&[u8], u64)> {
    let (rest, octets) = number64(octet(input, b'{')?)?;
    Some((rest.strip_prefix(b"}\r\n")?, octets))
}

/// The sections of the frequent body items, by their names. Saves 12 % of the instructions on small
/// bodies.
#[inline(always)]
pub(crate) fn body_item_name(name: &[u8]) -> Option<Section<'static>> {
    Some(match name {
        b"BODY[]" => Section::full(),
        b"BODY[HEADER]" => Section::header(),
        b"BODY[TEXT]" => Section::text(),
        _ => return None,
    })
}
