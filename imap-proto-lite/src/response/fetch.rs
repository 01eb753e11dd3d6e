//! FETCH: the attributes of a message. RFC 9051 section 7.5.2.

use alloc::{borrow::Cow, vec::Vec};
use core::fmt;

use nom::{Parser as _, sequence::preceded};

use crate::{
    response::Raw,
    types::{
        BodyStructure, Envelope, Flags, ModSeq, PartNumber, Section, SeqNumber, ServerDate, Uid,
    },
    wire::{
        Escaped, IString, List, Token, astring,
        atom::{self, nils},
        list::sealed::Element,
        opt_sp,
        put::{self, Out},
    },
};

/// The value of a body item.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum BodyData<'a> {
    /// No value: `NIL`, or nothing at all where a value is due.
    Nil,
    /// The bytes, here.
    Inline(IString<'a>),
    /// The body was streamed before this response was complete.
    Streamed {
        /// The number of its bytes.
        octets: u64,
    },
}

/// One attribute of a message: `msg-att-dynamic` and `msg-att-static`.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum FetchAttribute<'a> {
    /// UID
    Uid(Uid),
    /// FLAGS
    Flags(Flags<'a>),
    /// INTERNALDATE
    InternalDate(ServerDate<'a>),
    /// RFC822.SIZE: the size in bytes, by the server's count.
    Rfc822Size(u64),
    /// MODSEQ (RFC 7162)
    ModSeq(ModSeq),
    /// ENVELOPE
    Envelope(Envelope<'a>),
    /// BODY: the structure, usually without extension data.
    Body(BodyStructure<'a>),
    /// BODYSTRUCTURE
    BodyStructure(BodyStructure<'a>),
    /// `BODY[section]<origin>`
    BodySection {
        /// What of the message.
        section: Section<'a>,
        /// The offset of the first byte, if a part was requested.
        origin: Option<u64>,
        /// The bytes.
        data: BodyData<'a>,
    },
    /// RFC822
    Rfc822(BodyData<'a>),
    /// RFC822.HEADER
    Rfc822Header(BodyData<'a>),
    /// RFC822.TEXT
    Rfc822Text(BodyData<'a>),
    /// `BINARY[part]<origin>` (RFC 3516)
    Binary {
        /// Which part; `None` is the whole message.
        part: Option<PartNumber<'a>>,
        /// The offset of the first byte, if a part was requested.
        origin: Option<u64>,
        /// The bytes.
        data: BodyData<'a>,
    },
    /// `BINARY.SIZE[part]` (RFC 3516)
    BinarySize {
        /// Which part; `None` is the whole message.
        part: Option<PartNumber<'a>>,
        /// Bytes after decoding.
        octets: u64,
    },
    /// X-GM-MSGID
    GmailMessageId(u64),
    /// X-GM-THRID
    GmailThreadId(u64),
    /// X-GM-LABELS
    GmailLabels(Labels<'a>),
    /// EMAILID (RFC 8474)
    EmailId(IString<'a>),
    /// THREADID (RFC 8474)
    ThreadId(Option<IString<'a>>),
    /// PREVIEW (RFC 8970)
    Preview(Option<IString<'a>>),
    /// SAVEDATE (RFC 8514)
    SaveDate(Option<ServerDate<'a>>),
    /// An attribute that this crate does not know.
    Unknown {
        /// Its name.
        name: Raw<'a>,
        /// Its value in wire form.
        value: Raw<'a>,
    },
    /// An attribute whose value does not fit its name, or anything else that is not an attribute.
    Malformed {
        /// Its name; empty where there is none.
        name: Raw<'a>,
        /// The bytes from the wire, name and value.
        raw: Raw<'a>,
    },
}

/// The kind of item of [`Labels`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LabelElement;

impl Element for LabelElement {
    type Item<'a> = IString<'a>;

    /// NIL is not a label; Gmail sometimes lists it.
    fn read(input: &[u8]) -> Token<'_, IString<'_>> {
        preceded((nils, opt_sp), astring).parse(input).ok()
    }

    fn write(item: &IString<'_>, out: &mut Out) {
        match item.to_cow() {
            system if system.strip_prefix(b"\\").is_some_and(atom::is_atom) => out.put(&*system),
            label if label.eq_ignore_ascii_case(b"NIL") => out.put(put::string(&*label)),
            label => out.put(put::astring(&*label)),
        }
    }
}

/// Gmail's labels, in modified UTF-7; system labels begin with a backslash.
pub type Labels<'a> = List<'a, LabelElement>;

/// The attributes of one message, parsed one at a time when they are asked for.
#[derive(Clone)]
pub struct Attributes<'a> {
    /// The whole response.
    octets: Cow<'a, [u8]>,
    /// Where the attributes begin, after the opening parenthesis.
    start: usize,
    /// The places where streamed literals were left out.
    streamed: Cow<'a, [u32]>,
}

impl<'a> Attributes<'a> {
    pub(crate) const fn received(octets: &'a [u8], start: usize, streamed: &'a [u32]) -> Self {
        Self { octets: Cow::Borrowed(octets), start, streamed: Cow::Borrowed(streamed) }
    }

    pub(crate) const fn from_owned(octets: Vec<u8>, streamed: Vec<u32>) -> Self {
        Self { octets: Cow::Owned(octets), start: 0, streamed: Cow::Owned(streamed) }
    }

    /// The attributes in the order of the server.
    pub fn iter(&self) -> AttributeIter<'_> {
        let rest = self.octets.get(self.start..).unwrap_or_default();
        AttributeIter { octets: &self.octets, rest, streamed: &self.streamed, tries: 0, repairs: 0 }
    }
}

impl PartialEq for Attributes<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for Attributes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// The attributes of one message; see [`Attributes::iter`].
#[derive(Clone)]
pub struct AttributeIter<'l> {
    pub(crate) octets: &'l [u8],
    pub(crate) rest: &'l [u8],
    pub(crate) streamed: &'l [u32],
    /// The malformed attributes so far, plus the places tried after them; see `TRIES_LIMIT`.
    pub(crate) tries: u8,
    /// The number of repairs tried so far.
    pub(crate) repairs: u8,
}

impl AttributeIter<'_> {
    /// Whether the literal whose header ends before `rest` was streamed.
    pub(crate) fn is_streamed(&self, rest: &[u8]) -> bool {
        !self.streamed.is_empty()
            && u32::try_from(self.octets.len() - rest.len())
                .is_ok_and(|place| self.streamed.binary_search(&place).is_ok())
    }
}

impl fmt::Debug for AttributeIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Escaped(self.rest), f)
    }
}

/// A FETCH response: some attributes of one message, asked for or not.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Fetch<'a> {
    /// The message.
    pub seq: SeqNumber,
    /// Its attributes.
    pub attributes: Attributes<'a>,
}

impl<'a> Fetch<'a> {
    /// Attributes of a message.
    #[must_use]
    pub const fn new(seq: SeqNumber, attributes: Attributes<'a>) -> Self {
        Self { seq, attributes }
    }

    /// The attributes in the order of the server.
    pub fn iter(&self) -> AttributeIter<'_> {
        self.attributes.iter()
    }

    /// The UID, if it is among the attributes. `None` if there are two different ones: where a
    /// server does not escape quotes, a sender can write text that looks like another UID.
    pub fn uid(&self) -> Option<Uid> {
        let mut uids = self.iter().filter_map(|attribute| match attribute {
            FetchAttribute::Uid(uid) => Some(uid),
            _ => None,
        });
        let uid = uids.next()?;
        uids.all(|other| other == uid).then_some(uid)
    }

    /// The flags, if they are among the attributes.
    pub fn flags(&self) -> Option<Flags<'_>> {
        self.iter().find_map(|attribute| match attribute {
            FetchAttribute::Flags(flags) => Some(flags),
            _ => None,
        })
    }
}
