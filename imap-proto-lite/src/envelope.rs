//! ENVELOPE: RFC 9051 section 7.5.2.

use alloc::vec::Vec;

use crate::{
    list::{List, sealed::Element},
    parse,
    string::IString,
};

/// One address structure. All fields are as the server gave them: encoded words are not decoded.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Address<'a> {
    /// The display name.
    pub name: Option<IString<'a>>,
    /// The source route of RFC 822, obsolete.
    pub adl: Option<IString<'a>>,
    /// The local part; in a group start the name of the group.
    pub mailbox: Option<IString<'a>>,
    /// The domain; `None` in the marks of a group.
    pub host: Option<IString<'a>>,
}

/// What an address structure stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "RFC 9051 section 7.5.2 has three cases"
)]
pub enum AddressKind {
    /// A mailbox.
    Mailbox,
    /// The start of a group, whose name is in `mailbox`.
    GroupStart,
    /// The end of a group.
    GroupEnd,
}

impl<'a> Address<'a> {
    /// `name <mailbox@host>`
    #[must_use]
    pub const fn new(name: Option<IString<'a>>, mailbox: IString<'a>, host: IString<'a>) -> Self {
        Self {
            name,
            adl: None,
            mailbox: Some(mailbox),
            host: Some(host),
        }
    }

    /// The mark that opens the group `name`.
    #[must_use]
    pub const fn group_start(name: IString<'a>) -> Self {
        Self {
            name: None,
            adl: None,
            mailbox: Some(name),
            host: None,
        }
    }

    /// The mark that closes a group.
    #[must_use]
    pub const fn group_end() -> Self {
        Self {
            name: None,
            adl: None,
            mailbox: None,
            host: None,
        }
    }

    /// What this is. Servers leave marks out and unbalanced; nothing more than this structure is looked at.
    #[must_use]
    pub const fn kind(&self) -> AddressKind {
        match (&self.mailbox, &self.host) {
            (None, None) => AddressKind::GroupEnd,
            (Some(_), None) => AddressKind::GroupStart,
            _ => AddressKind::Mailbox,
        }
    }

    /// The same with octets of its own.
    #[must_use]
    pub fn into_owned(self) -> Address<'static> {
        let own = |field: Option<IString<'a>>| field.map(IString::into_owned);
        Address {
            name: own(self.name),
            adl: own(self.adl),
            mailbox: own(self.mailbox),
            host: own(self.host),
        }
    }
}

/// The kind of item of [`AddressList`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AddressElement;

impl Element for AddressElement {
    type Item<'a> = Address<'a>;

    #[inline]
    fn next<'a>(rest: &mut &'a [u8]) -> Option<Address<'a>> {
        let (after, address) = parse::envelope::address(parse::lexical::spaces(rest)).ok()?;
        *rest = after;
        Some(address)
    }

    fn write(item: &Address<'_>, out: &mut Vec<u8>) {
        out.push(b'(');
        for (place, field) in [&item.name, &item.adl, &item.mailbox, &item.host]
            .into_iter()
            .enumerate()
        {
            if place > 0 {
                out.push(b' ');
            }
            crate::encode::lexical::nstring(field.as_ref(), out);
        }
        out.push(b')');
    }
}

/// The addresses of one header field, in order, marks of groups between them. Empty where the server says NIL.
pub type AddressList<'a> = List<'a, AddressElement>;

/// The header of a message as the server took it apart.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Envelope<'a> {
    /// The text of the Date field, whatever it is.
    pub date: Option<IString<'a>>,
    /// The Subject field; encoded words are not decoded.
    pub subject: Option<IString<'a>>,
    /// From.
    pub from: AddressList<'a>,
    /// Sender; a server fills it from From.
    pub sender: AddressList<'a>,
    /// Reply-To; a server fills it from From.
    pub reply_to: AddressList<'a>,
    /// To.
    pub to: AddressList<'a>,
    /// Cc.
    pub cc: AddressList<'a>,
    /// Bcc.
    pub bcc: AddressList<'a>,
    /// In-Reply-To.
    pub in_reply_to: Option<IString<'a>>,
    /// Message-ID.
    pub message_id: Option<IString<'a>>,
}

impl Envelope<'_> {
    /// The same with octets of its own.
    #[must_use]
    pub fn into_owned(self) -> Envelope<'static> {
        Envelope {
            date: self.date.map(IString::into_owned),
            subject: self.subject.map(IString::into_owned),
            from: self.from.into_owned(),
            sender: self.sender.into_owned(),
            reply_to: self.reply_to.into_owned(),
            to: self.to.into_owned(),
            cc: self.cc.into_owned(),
            bcc: self.bcc.into_owned(),
            in_reply_to: self.in_reply_to.map(IString::into_owned),
            message_id: self.message_id.map(IString::into_owned),
        }
    }
}
