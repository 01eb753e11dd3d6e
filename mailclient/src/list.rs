//! [`List`] and [`Summary`]: which messages to list, and what to say of each.

use crate::{
    id::{IdSet, MessageId},
    message::{DateTime, Envelope, Flags, SizeHint},
    structure::Structure,
};

/// A request to list messages: which of them, what to say of each, and in which order.
///
/// ```
/// use mailclient::List;
///
/// let newest_with_subjects = List::newest(50).with_envelopes().newest_first();
/// let everything = List::all();
/// # drop((newest_with_subjects, everything));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct List {
    /// Which messages.
    pub window: Window,
    /// What to say of each.
    pub fields: Fields,
    /// The newest first, in place of the oldest.
    pub newest_first: bool,
}

/// Which messages to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Window {
    /// All of the folder.
    #[default]
    All,
    /// The last messages, at most this many.
    Newest(u32),
    /// The messages that came after this one.
    After(MessageId),
    /// These, as far as they are there.
    Ids(IdSet),
}

/// What to say of each message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fields {
    /// The size.
    pub size: bool,
    /// The flags. POP3 has none.
    pub flags: bool,
    /// When the server received it. POP3 does not say.
    pub received: bool,
    /// The header fields that a list of messages shows. Reads the header block of each message: on
    /// POP3 with TOP, which needs [`Feature::Headers`](crate::Feature::Headers).
    pub envelope: bool,
    /// The MIME tree, which tells of attachments. Needs
    /// [`Feature::Structure`](crate::Feature::Structure).
    pub structure: bool,
    /// Gmail's labels, and its numbers of the message and its conversation. They need
    /// [`Feature::Labels`](crate::Feature::Labels).
    pub labels: bool,
}

impl Default for Fields {
    /// Size, flags and the time of receipt, which every server has at hand.
    fn default() -> Self {
        List::all().fields
    }
}

impl List {
    const fn of(window: Window) -> Self {
        let fields = Fields {
            size: true,
            flags: true,
            received: true,
            envelope: false,
            structure: false,
            labels: false,
        };
        Self { window, fields, newest_first: false }
    }

    /// All messages.
    #[must_use]
    pub const fn all() -> Self {
        Self::of(Window::All)
    }

    /// The last messages, at most `count`.
    #[must_use]
    pub const fn newest(count: u32) -> Self {
        Self::of(Window::Newest(count))
    }

    /// The messages that came after `id`, which may be gone by now on IMAP.
    #[must_use]
    pub const fn after(id: MessageId) -> Self {
        Self::of(Window::After(id))
    }

    /// These messages, as far as they are there.
    #[must_use]
    pub const fn ids(ids: IdSet) -> Self {
        Self::of(Window::Ids(ids))
    }

    /// With the header fields of each message.
    #[must_use]
    pub const fn with_envelopes(mut self) -> Self {
        self.fields.envelope = true;
        self
    }

    /// With the MIME tree of each message.
    #[must_use]
    pub const fn with_structure(mut self) -> Self {
        self.fields.structure = true;
        self
    }

    /// With Gmail's labels of each message.
    #[must_use]
    pub const fn with_labels(mut self) -> Self {
        self.fields.labels = true;
        self
    }

    /// The newest first: a listing of a large folder shows its end at once.
    #[must_use]
    pub const fn newest_first(mut self) -> Self {
        self.newest_first = true;
        self
    }

    /// With these fields only.
    #[must_use]
    pub const fn with_fields(mut self, fields: Fields) -> Self {
        self.fields = fields;
        self
    }
}

/// One row of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Summary {
    /// The message.
    pub id: MessageId,
    /// Its size as the server tells it; `None` if there is no readable size.
    pub size: Option<SizeHint>,
    /// Its flags; `None` means that the protocol has no flags (POP3), or that they were not asked
    /// for.
    pub flags: Option<Flags>,
    /// When the server received it (IMAP INTERNALDATE); `None` on POP3.
    pub received: Option<DateTime>,
    /// Its header fields, if they were asked for.
    pub envelope: Option<Box<Envelope>>,
    /// Its MIME tree, if it was asked for.
    pub structure: Option<Box<Structure>>,
    /// Gmail's labels, if they were asked for. Those of the system begin with a backslash
    /// (`\Inbox`, `\Starred`).
    pub labels: Option<Vec<String>>,
    /// Gmail's number of the message, the same in every folder (X-GM-MSGID), if labels were asked
    /// for.
    pub gmail_message: Option<u64>,
    /// Gmail's number of the conversation (X-GM-THRID), if labels were asked for.
    pub gmail_thread: Option<u64>,
}

impl Summary {
    /// A row that says nothing but the id.
    #[must_use]
    pub const fn new(id: MessageId) -> Self {
        Self {
            id,
            size: None,
            flags: None,
            received: None,
            envelope: None,
            structure: None,
            labels: None,
            gmail_message: None,
            gmail_thread: None,
        }
    }

    /// With a size.
    #[must_use]
    pub const fn with_size(mut self, size: SizeHint) -> Self {
        self.size = Some(size);
        self
    }

    /// With flags.
    #[must_use]
    pub fn with_flags(mut self, flags: Flags) -> Self {
        self.flags = Some(flags);
        self
    }

    /// With the time of receipt.
    #[must_use]
    pub const fn with_received(mut self, received: DateTime) -> Self {
        self.received = Some(received);
        self
    }

    /// With header fields.
    #[must_use]
    pub fn with_envelope(mut self, envelope: Envelope) -> Self {
        self.envelope = Some(Box::new(envelope));
        self
    }

    /// With a MIME tree.
    #[must_use]
    pub fn with_structure(mut self, structure: Structure) -> Self {
        self.structure = Some(Box::new(structure));
        self
    }
}
