//! Writes an ENVELOPE: RFC 9051 section 7.5.2.

use nom::{Parser as _, sequence::preceded};

use crate::{
    types::{
        Address, AddressList, Envelope,
        envelope::{
            AddressElement, EnvelopeFields, fast,
            read::{self, any_address},
        },
    },
    wire::{
        Token,
        list::sealed::Element,
        opt_sp,
        put::{Out, Put, SP, many, nil_or, nstring, parens, spaced},
    },
};

impl Envelope<'_> {
    /// The envelope with these fields: for servers.
    #[must_use]
    pub fn new(fields: &EnvelopeFields<'_>) -> Envelope<'static> {
        let mut out = Out::default();
        out.put(envelope_fields(fields));
        read::envelope(&out.bytes)
            .map_or_else(|_| Envelope::default(), |(_, envelope)| envelope.into_owned())
    }
}

impl Element for AddressElement {
    type Item<'a> = Address<'a>;

    const FAST: fn(&[u8]) -> Token<'_, Address<'_>> = fast::address;

    fn read(input: &[u8]) -> Token<'_, Address<'_>> {
        preceded(opt_sp, any_address).parse(input).ok()
    }

    /// ```abnf
    /// address         = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")"
    /// ```
    fn write(item: &Address<'_>, out: &mut Out) {
        let fields = [&item.name, &item.adl, &item.mailbox, &item.host];
        out.put(parens(spaced(fields.map(|field| nstring(field.as_ref())))));
    }
}

/// Writes an envelope as the RFC spells it, however it was received.
pub(crate) fn envelope(value: &Envelope<'_>) -> impl Put {
    move |out: &mut Out| out.put(envelope_fields(&value.fields()))
}

/// ```abnf
/// envelope        = "(" env-date SP env-subject SP env-from SP env-sender SP env-reply-to SP
///                   env-to SP env-cc SP env-bcc SP env-in-reply-to SP env-message-id ")"
/// ```
fn envelope_fields(value: &EnvelopeFields<'_>) -> impl Put {
    let before = [&value.date, &value.subject].map(|one| nstring(one.as_ref()));
    let lists = [&value.from, &value.sender, &value.reply_to, &value.to, &value.cc, &value.bcc];
    let after = [&value.in_reply_to, &value.message_id].map(|one| nstring(one.as_ref()));
    parens((spaced(before), SP, spaced(lists.map(|list| addresses(list))), SP, spaced(after)))
}

/// `"(" 1*address ")" / nil`
fn addresses(list: &AddressList<'_>) -> impl Put {
    let address = |one| move |out: &mut Out| AddressElement::write(&one, out);
    nil_or((!list.is_empty()).then(|| parens(many(list.iter().map(address)))))
}
