//! ENVELOPE: RFC 9051 section 7.5.2.

use alloc::borrow::Cow;
use core::fmt;

pub(crate) mod fast;
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

/// Defines the fields once: their places, the accessors, and [`EnvelopeFields`].
macro_rules! fields {
    ($($(#[$doc:meta])* $field:ident: $span:ident => $value:ty,)*) => {
        /// The offsets of the fields.
        #[derive(Clone, Copy, Default)]
        pub(crate) struct Places {
            $(pub(crate) $field: $span,)*
        }

        impl Places {
            /// The places of fields that were read from `octets`.
            fn of(fields: &EnvelopeFields<'_>, octets: &[u8]) -> Option<Self> {
                Some(Self { $($field: $span::of(&fields.$field, octets)?,)* })
            }
        }

        impl Envelope<'_> {
            $($(#[$doc])*
            pub fn $field<'a>(&'a self) -> $value {
                self.places.$field.value(&self.octets)
            })*

            /// All fields at once.
            pub fn fields(&self) -> EnvelopeFields<'_> {
                EnvelopeFields { $($field: self.$field()),* }
            }
        }

        impl fmt::Debug for Envelope<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("Envelope")$(.field(stringify!($field), &self.$field()))*.finish()
            }
        }

        /// The fields of an [`Envelope`].
        #[derive(Clone, PartialEq, Eq, Debug, Default)]
        #[non_exhaustive]
        pub struct EnvelopeFields<'a> {
            $($(#[$doc])* pub $field: $value,)*
        }
    };
}

fields! {
    /// The text of the Date field, unparsed.
    date: StringSpan => Option<IString<'a>>,
    /// The Subject field; encoded words are not decoded.
    subject: StringSpan => Option<IString<'a>>,
    /// From.
    from: ListSpan => AddressList<'a>,
    /// Sender; a server fills it from From.
    sender: ListSpan => AddressList<'a>,
    /// Reply-To; a server fills it from From.
    reply_to: ListSpan => AddressList<'a>,
    /// To.
    to: ListSpan => AddressList<'a>,
    /// Cc.
    cc: ListSpan => AddressList<'a>,
    /// Bcc.
    bcc: ListSpan => AddressList<'a>,
    /// In-Reply-To.
    in_reply_to: StringSpan => Option<IString<'a>>,
    /// Message-ID.
    message_id: StringSpan => Option<IString<'a>>,
}

impl<'a> Envelope<'a> {
    /// The envelope that was read from `octets`; `None` if it is too long.
    pub(crate) fn received(octets: &'a [u8], fields: &EnvelopeFields<'_>) -> Option<Self> {
        Some(Self { octets: Cow::Borrowed(octets), places: Places::of(fields, octets)? })
    }

    pub(crate) const fn received_at(octets: &'a [u8], places: Places) -> Self {
        Self { octets: Cow::Borrowed(octets), places }
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
