//! Responses of a server: RFC 9051 section 7 and the extensions of the subset.

use alloc::vec::Vec;

mod code;
pub(crate) mod encode;
mod extension;
mod fetch;
mod line;
mod mailbox;
mod own;
pub(crate) mod parse;
mod raw;
mod search;

pub(crate) use self::code::CODES_WITHOUT_ARGUMENT;
pub(crate) use self::line::Streamed;
pub use self::{
    code::{CharsetElement, Charsets, ResponseCode},
    extension::{Acl, AclEntry, ListRights, Quota, QuotaResource, QuotaRoot},
    fetch::{AttributeIter, Attributes, BodyData, Fetch, FetchAttribute, LabelElement, Labels},
    line::Line,
    mailbox::{
        ListEntry, MailboxStatus, NamespaceEntry, Namespaces, StatusElement, StatusValue,
        StatusValues,
    },
    raw::Raw,
    search::{Esearch, NumberElement, Numbers, ResultSet, SearchResult, ThreadMessage, Threads},
};
use crate::{
    command::Tag,
    event::Status,
    types::{CapabilityList, Flags, MailboxName, SeqNumber, Uid, UidRanges},
    wire::{IString, keywords::keywords},
};

keywords! {
    /// The condition of a status response.
    #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
    #[expect(clippy::exhaustive_enums, reason = "RFC 9051 section 7.1 has these five")]
    pub enum Condition {
        /// OK
        Ok "OK",
        /// NO
        No "NO",
        /// BAD
        Bad "BAD",
        /// PREAUTH: only as a greeting.
        PreAuth "PREAUTH",
        /// BYE: the server closes the connection.
        Bye "BYE",
    }
}

impl Condition {
    /// The status in a tagged response; `None` for PREAUTH and BYE, which are only untagged.
    pub(crate) const fn status(self) -> Option<Status> {
        match self {
            Self::Ok => Some(Status::Ok),
            Self::No => Some(Status::No),
            Self::Bad => Some(Status::Bad),
            Self::PreAuth | Self::Bye => None,
        }
    }
}

/// One response, borrowed from its bytes.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Response<'a> {
    /// The end of a command.
    Tagged {
        /// The tag of the command.
        tag: Tag<'a>,
        /// OK, NO or BAD.
        condition: Condition,
        /// The part for programs.
        code: Option<ResponseCode<'a>>,
        /// The part for people, in an unknown charset.
        text: Raw<'a>,
    },
    /// An untagged status response, the greeting among them.
    Condition {
        /// Which one.
        condition: Condition,
        /// The part for programs.
        code: Option<ResponseCode<'a>>,
        /// The part for people, in an unknown charset.
        text: Raw<'a>,
    },
    /// `+`: a continuation request, with the text after the sign and a space.
    Continuation {
        /// Base64 in a SASL exchange, else a text for people.
        text: Raw<'a>,
    },
    /// CAPABILITY
    Capability(CapabilityList<'a>),
    /// ENABLED (RFC 5161)
    Enabled(CapabilityList<'a>),
    /// LIST
    List(ListEntry<'a>),
    /// LSUB
    Lsub(ListEntry<'a>),
    /// STATUS
    Status(MailboxStatus<'a>),
    /// FLAGS: the flags that the mailbox knows.
    Flags(Flags<'a>),
    /// EXISTS: how many messages there are.
    Exists(u32),
    /// RECENT (RFC 3501): how many are new.
    Recent(u32),
    /// EXPUNGE: this message is gone, and the numbers above it are one lower now.
    Expunge(SeqNumber),
    /// VANISHED (RFC 7162): these messages are gone.
    Vanished {
        /// They were gone before; the count of messages does not change.
        earlier: bool,
        /// Which ones; some may never have been known.
        uids: UidRanges<'a>,
    },
    /// FETCH
    Fetch(Fetch<'a>),
    /// UIDFETCH (RFC 9586): as FETCH, by unique identifier.
    UidFetch {
        /// The message.
        uid: Uid,
        /// Its attributes.
        attributes: Attributes<'a>,
    },
    /// SEARCH
    Search(SearchResult<'a>),
    /// SORT (RFC 5256): as SEARCH, in order.
    Sort(SearchResult<'a>),
    /// ESEARCH (RFC 4731)
    Esearch(Esearch<'a>),
    /// THREAD (RFC 5256)
    Thread(Threads),
    /// NAMESPACE (RFC 2342)
    Namespace(Namespaces<'a>),
    /// ID (RFC 2971): name, version and so on of the server; `None` if it sends NIL.
    Id(Option<Vec<(IString<'a>, Option<IString<'a>>)>>),
    /// QUOTA (RFC 9208)
    Quota(Quota<'a>),
    /// QUOTAROOT (RFC 9208)
    QuotaRoot(QuotaRoot<'a>),
    /// ACL (RFC 4314)
    Acl(Acl<'a>),
    /// MYRIGHTS (RFC 4314)
    MyRights {
        /// The mailbox.
        mailbox: MailboxName<'a>,
        /// The rights of the user, one letter each.
        rights: IString<'a>,
    },
    /// LISTRIGHTS (RFC 4314)
    ListRights(ListRights<'a>),
    /// `* NOOP`, which no RFC has: Zimbra keeps the connection alive with it during a long command
    /// (ruby/net-imap#2). It means only that the server is alive.
    Noop,
    /// A response that this crate does not know.
    Unknown {
        /// Its name.
        name: Raw<'a>,
        /// The number before the name.
        number: Option<u32>,
        /// The whole response.
        raw: Raw<'a>,
    },
    /// A response that does not fit its name, or a line that is not a response.
    Malformed {
        /// The whole response.
        raw: Raw<'a>,
    },
}

impl Response<'_> {
    /// Whether this is an untagged line of this name, such as `SEARCH`, that
    /// [cannot be read](Self::Malformed): the data that it stands for is missing.
    pub fn is_malformed(&self, name: &'static str) -> bool {
        matches!(self, Self::Malformed { raw } if parse::begins_with_name(raw, name))
    }
}
