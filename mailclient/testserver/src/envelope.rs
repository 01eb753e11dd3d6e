//! ENVELOPE: the fields of a header that a list of messages shows ([RFC 9051 section
//! 7.5.2](https://www.rfc-editor.org/rfc/rfc9051#section-7.5.2)).

use imap_proto_lite::{
    envelope::{Address, AddressList, Envelope, EnvelopeFields},
    string::IString,
};

use super::{address, header};

/// The envelope of a message (or of its header). Encoded words stay as they are.
pub(super) fn envelope(message: &[u8]) -> Envelope<'static> {
    let text = |name: &str| header::value(message, name).map(IString::new);
    let list = |name: &str| {
        let addresses = header::fields(message)
            .filter(|field| field.name.eq_ignore_ascii_case(name.as_bytes()))
            .flat_map(|field| address::address_list(field.value));
        AddressList::new(addresses.map(on_the_wire))
    };
    let mut fields = EnvelopeFields::default();
    fields.date = text("Date");
    fields.subject = text("Subject");
    fields.from = list("From");
    // "the server MUST default" Sender and Reply-To to From.
    let or_from = |list: AddressList<'static>| {
        if list.is_empty() { fields.from.clone() } else { list }
    };
    fields.sender = or_from(list("Sender"));
    fields.reply_to = or_from(list("Reply-To"));
    fields.to = list("To");
    fields.cc = list("Cc");
    fields.bcc = list("Bcc");
    fields.in_reply_to = text("In-Reply-To");
    fields.message_id = text("Message-ID");
    Envelope::new(&fields)
}

fn on_the_wire(address: address::Address) -> Address<'static> {
    let mut wire = Address::default();
    wire.name = address.name.map(IString::new);
    wire.adl = address.route.map(IString::new);
    wire.mailbox = address.mailbox.map(IString::new);
    wire.host = address.host.map(IString::new);
    wire
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(
        name: Option<&'static str>,
        mailbox: &'static str,
        host: &'static str,
    ) -> AddressList<'static> {
        let address =
            Address::new(name.map(IString::from), IString::from(mailbox), IString::from(host));
        AddressList::new([address])
    }

    #[test]
    fn sender_and_reply_to_default_to_from() {
        let envelope = envelope(
            b"FROM: A <a@b>\r\nSubject: =?utf-8?Q?x?=\r\n y\r\nDate: today\r\nReply-To: c@d\r\n\r\nTo: body\r\n",
        );
        assert_eq!(envelope.from(), one(Some("A"), "a", "b"));
        assert_eq!(envelope.sender(), envelope.from());
        assert_eq!(envelope.reply_to(), one(None, "c", "d"));
        assert_eq!(envelope.subject(), Some(IString::from("=?utf-8?Q?x?= y")));
        assert_eq!(envelope.date(), Some(IString::from("today")));
        assert!(envelope.to().is_empty() && envelope.message_id().is_none());
    }

    #[test]
    fn a_message_without_header_has_an_empty_envelope() {
        assert_eq!(envelope(b""), Envelope::default());
        assert_eq!(envelope(b"\r\nFrom: a@b\r\n"), Envelope::default());
    }
}
