//! Arguments of FETCH and STORE.

use alloc::borrow::Cow;

use crate::types::{Flag, MailboxName, ModSeq, PartNumber, Partial, PartialRange, Section};

/// What to fetch of a message: `fetch-att`.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum FetchItem<'a> {
    /// UID
    Uid,
    /// FLAGS
    Flags,
    /// INTERNALDATE
    InternalDate,
    /// RFC822.SIZE
    Rfc822Size,
    /// ENVELOPE
    Envelope,
    /// BODY: the structure without extension data.
    Body,
    /// BODYSTRUCTURE
    BodyStructure,
    /// `BODY[section]`, or `BODY.PEEK[section]`, which does not set `\Seen`.
    BodySection {
        /// Which piece of the message.
        section: Section<'a>,
        /// Which bytes of that.
        partial: Option<Partial>,
        /// Do not set `\Seen`.
        peek: bool,
    },
    /// RFC822 (RFC 3501): as `BODY[]`.
    Rfc822,
    /// RFC822.HEADER (RFC 3501): as `BODY.PEEK[HEADER]`.
    Rfc822Header,
    /// RFC822.TEXT (RFC 3501): as `BODY[TEXT]`.
    Rfc822Text,
    /// `BINARY[part]`, decoded by the server (RFC 3516).
    Binary {
        /// Which part; `None` is the whole message.
        part: Option<PartNumber<'a>>,
        /// Which bytes of that.
        partial: Option<Partial>,
        /// Do not set `\Seen`.
        peek: bool,
    },
    /// `BINARY.SIZE[part]` (RFC 3516)
    BinarySize {
        /// Which part; `None` is the whole message.
        part: Option<PartNumber<'a>>,
    },
    /// MODSEQ (RFC 7162)
    ModSeq,
    /// X-GM-MSGID (Gmail)
    GmailMessageId,
    /// X-GM-THRID (Gmail)
    GmailThreadId,
    /// X-GM-LABELS (Gmail)
    GmailLabels,
    /// EMAILID (RFC 8474)
    EmailId,
    /// THREADID (RFC 8474)
    ThreadId,
    /// PREVIEW (RFC 8970)
    Preview {
        /// Only if the server can return it at once.
        lazy: bool,
    },
    /// SAVEDATE (RFC 8514)
    SaveDate,
}

impl<'a> FetchItem<'a> {
    /// The items that are one word each, with that word.
    pub(crate) const WORDS: [(&'static str, Self); 17] = [
        ("UID", Self::Uid),
        ("FLAGS", Self::Flags),
        ("INTERNALDATE", Self::InternalDate),
        ("RFC822.SIZE", Self::Rfc822Size),
        ("ENVELOPE", Self::Envelope),
        ("BODY", Self::Body),
        ("BODYSTRUCTURE", Self::BodyStructure),
        ("RFC822", Self::Rfc822),
        ("RFC822.HEADER", Self::Rfc822Header),
        ("RFC822.TEXT", Self::Rfc822Text),
        ("MODSEQ", Self::ModSeq),
        ("X-GM-MSGID", Self::GmailMessageId),
        ("X-GM-THRID", Self::GmailThreadId),
        ("X-GM-LABELS", Self::GmailLabels),
        ("EMAILID", Self::EmailId),
        ("THREADID", Self::ThreadId),
        ("SAVEDATE", Self::SaveDate),
    ];

    /// `BODY.PEEK[section]`
    #[must_use]
    pub const fn peek(section: Section<'a>) -> Self {
        FetchItem::BodySection { section, partial: None, peek: true }
    }
}

/// The modifiers after the items of a FETCH.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct FetchModifiers {
    /// Only messages changed since (CONDSTORE, RFC 7162); must not be 0.
    pub changed_since: Option<ModSeq>,
    /// Return also the vanished messages (QRESYNC, RFC 7162); needs `changed_since`.
    pub vanished: bool,
    /// Only this window of the messages (PARTIAL, RFC 9394).
    pub partial: Option<PartialRange>,
}

/// What STORE does.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum StoreAction<'a> {
    /// `FLAGS`: exactly these.
    ReplaceFlags(Cow<'a, [Flag<'a>]>),
    /// `+FLAGS`: these too.
    AddFlags(Cow<'a, [Flag<'a>]>),
    /// `-FLAGS`: not these.
    RemoveFlags(Cow<'a, [Flag<'a>]>),
    /// `X-GM-LABELS` (Gmail): exactly these labels.
    ReplaceGmailLabels(Cow<'a, [MailboxName<'a>]>),
    /// `+X-GM-LABELS` (Gmail): these too.
    AddGmailLabels(Cow<'a, [MailboxName<'a>]>),
    /// `-X-GM-LABELS` (Gmail): not these.
    RemoveGmailLabels(Cow<'a, [MailboxName<'a>]>),
}
