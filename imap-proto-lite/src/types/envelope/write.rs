//! Writes an ENVELOPE: RFC 9051 section 7.5.2.

use alloc::vec::Vec;

use crate::{
    types::{
        Address, AddressList, Envelope,
        envelope::{
            AddressElement, EnvelopeFields, fast,
            read::{self, any_address},
        },
    },
    wire::{list::sealed::Element, spaces, write_nstring},
};

impl Envelope<'_> {
    /// The envelope with these fields: for servers.
    #[must_use]
    pub fn new(fields: &EnvelopeFields<'_>) -> Envelope<'static> {
        let mut octets = Vec::new();
        envelope_fields(fields, &mut octets);
        read::envelope(&octets)
            .map_or_else(|_| Envelope::default(), |(_, envelope)| envelope.into_owned())
    }
}

impl Element for AddressElement {
    type Item<'a> = Address<'a>;

    fn next<'a>(rest: &mut &'a [u8]) -> Option<Address<'a>> {
        if let Some((after, address)) = fast::address(rest) {
            *rest = after;
            return Some(address);
        }
        let (after, address) = any_address(spaces(rest)).ok()?;
        *rest = after;
        Some(address)
    }

    fn write(item: &Address<'_>, out: &mut Vec<u8>) {
        out.push(b'(');
        for (place, field) in
            [&item.name, &item.adl, &item.mailbox, &item.host].into_iter().enumerate()
        {
            if place > 0 {
                out.push(b' ');
            }
            write_nstring(field.as_ref(), out);
        }
        out.push(b')');
    }
}

/// Writes an envelope as the RFC spells it, however it was received.
pub(crate) fn envelope(value: &Envelope<'_>, out: &mut Vec<u8>) {
    envelope_fields(&value.fields(), out);
}

fn envelope_fields(value: &EnvelopeFields<'_>, out: &mut Vec<u8>) {
    out.push(b'(');
    write_nstring(value.date.as_ref(), out);
    out.push(b' ');
    write_nstring(value.subject.as_ref(), out);
    for list in [&value.from, &value.sender, &value.reply_to, &value.to, &value.cc, &value.bcc] {
        out.push(b' ');
        addresses(list, out);
    }
    out.push(b' ');
    write_nstring(value.in_reply_to.as_ref(), out);
    out.push(b' ');
    write_nstring(value.message_id.as_ref(), out);
    out.push(b')');
}

fn addresses(list: &AddressList<'_>, out: &mut Vec<u8>) {
    if list.is_empty() {
        return out.extend_from_slice(b"NIL");
    }
    out.push(b'(');
    for address in list {
        AddressElement::write(&address, out);
    }
    out.push(b')');
}
