//! ENVELOPE: RFC 9051 section 7.5.2.

use alloc::borrow::Cow;
use core::fmt;

mod fast;
pub(crate) mod read;
pub(crate) mod write;

use crate::wire::{IString, List, ListSpan, StringSpan};

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

/// The kind of an address structure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "RFC 9051 section 7.5.2 has three cases")]
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
        Self { name, adl: None, mailbox: Some(mailbox), host: Some(host) }
    }

    /// The mark that opens the group `name`.
    #[must_use]
    pub const fn group_start(name: IString<'a>) -> Self {
        Self { name: None, adl: None, mailbox: Some(name), host: None }
    }

    /// The mark that closes a group.
    #[must_use]
    pub const fn group_end() -> Self {
        Self { name: None, adl: None, mailbox: None, host: None }
    }

    /// The kind, from this structure alone: servers omit group marks and leave them unbalanced.
    pub const fn kind(&self) -> AddressKind {
        match (&self.mailbox, &self.host) {
            (None, None) => AddressKind::GroupEnd,
            (Some(_), None) => AddressKind::GroupStart,
            _ => AddressKind::Mailbox,
        }
    }
}

/// The kind of item in [`AddressList`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AddressElement;

/// The addresses of one header field, in order, with the marks of groups. Empty for NIL.
pub type AddressList<'a> = List<'a, AddressElement>;

/// The header of a message as the server parsed it. Fields are read on access.
#[derive(Clone, Default)]
pub struct Envelope<'a> {
    octets: Cow<'a, [u8]>,
    places: Places,
}

/// The offsets of the fields.
#[derive(Clone, Copy, Default)]
pub(crate) struct Places {
    pub(crate) date: StringSpan,
    pub(crate) subject: StringSpan,
    pub(crate) from: ListSpan,
    pub(crate) sender: ListSpan,
    pub(crate) reply_to: ListSpan,
    pub(crate) to: ListSpan,
    pub(crate) cc: ListSpan,
    pub(crate) bcc: ListSpan,
    pub(crate) in_reply_to: StringSpan,
    pub(crate) message_id: StringSpan,
}

impl<'a> Envelope<'a> {
    #[inline]
    pub(crate) const fn received(octets: &'a [u8], places: Places) -> Self {
        Self { octets: Cow::Borrowed(octets), places }
    }

    /// The text of the Date field, unparsed.
    #[inline]
    pub fn date(&self) -> Option<IString<'_>> {
        self.places.date.get(&self.octets)
    }

    /// The Subject field; encoded words are not decoded.
    #[inline]
    pub fn subject(&self) -> Option<IString<'_>> {
        self.places.subject.get(&self.octets)
    }

    /// From.
    #[inline]
    pub fn from(&self) -> AddressList<'_> {
        self.places.from.get(&self.octets)
    }

    /// Sender; a server fills it from From.
    #[inline]
    pub fn sender(&self) -> AddressList<'_> {
        self.places.sender.get(&self.octets)
    }

    /// Reply-To; a server fills it from From.
    #[inline]
    pub fn reply_to(&self) -> AddressList<'_> {
        self.places.reply_to.get(&self.octets)
    }

    /// To.
    #[inline]
    pub fn to(&self) -> AddressList<'_> {
        self.places.to.get(&self.octets)
    }

    /// Cc.
    #[inline]
    pub fn cc(&self) -> AddressList<'_> {
        self.places.cc.get(&self.octets)
    }

    /// Bcc.
    #[inline]
    pub fn bcc(&self) -> AddressList<'_> {
        self.places.bcc.get(&self.octets)
    }

    /// In-Reply-To.
    #[inline]
    pub fn in_reply_to(&self) -> Option<IString<'_>> {
        self.places.in_reply_to.get(&self.octets)
    }

    /// Message-ID.
    #[inline]
    pub fn message_id(&self) -> Option<IString<'_>> {
        self.places.message_id.get(&self.octets)
    }

    /// All fields at once.
    pub fn fields(&self) -> EnvelopeFields<'_> {
        EnvelopeFields {
            date: self.date(),
            subject: self.subject(),
            from: self.from(),
            sender: self.sender(),
            reply_to: self.reply_to(),
            to: self.to(),
            cc: self.cc(),
            bcc: self.bcc(),
            in_reply_to: self.in_reply_to(),
            message_id: self.message_id(),
        }
    }

    /// Converts into an owned value.
    #[must_use]
    pub fn into_owned(self) -> Envelope<'static> {
        Envelope { octets: Cow::Owned(self.octets.into_owned()), places: self.places }
    }
}

/// Two envelopes are equal if their fields are, whatever their wire forms.
impl PartialEq for Envelope<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.fields() == other.fields()
    }
}

impl Eq for Envelope<'_> {}

impl fmt::Debug for Envelope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self.fields();
        f.debug_struct("Envelope")
            .field("date", &fields.date)
            .field("subject", &fields.subject)
            .field("from", &fields.from)
            .field("sender", &fields.sender)
            .field("reply_to", &fields.reply_to)
            .field("to", &fields.to)
            .field("cc", &fields.cc)
            .field("bcc", &fields.bcc)
            .field("in_reply_to", &fields.in_reply_to)
            .field("message_id", &fields.message_id)
            .finish()
    }
}

/// The fields of an [`Envelope`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct EnvelopeFields<'a> {
    /// The text of the Date field, unparsed.
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
