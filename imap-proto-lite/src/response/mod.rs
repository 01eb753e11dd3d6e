//! Responses of a server: RFC 9051 section 7 and the extensions of the subset.

use alloc::{borrow::Cow, vec::Vec};

mod code;
pub(crate) mod encode;
mod extension;
mod fetch;
mod line;
mod mailbox;
pub(crate) mod parse;
mod search;
mod show;

pub(crate) use self::code::PLAIN as PLAIN_CODES;
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
    search::{Esearch, NumberElement, Numbers, ResultSet, SearchResult, ThreadMessage, Threads},
};
use crate::{
    command::Tag,
    types::{
        capability::CapabilityList,
        flag::Flags,
        mailbox_name::MailboxName,
        sequence::{SeqNumber, Uid, UidRanges},
    },
    wire::string::IString,
};

/// The condition of a status response.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "RFC 9051 section 7.1 has these five")]
pub enum Condition {
    /// OK
    Ok,
    /// NO
    No,
    /// BAD
    Bad,
    /// PREAUTH: only as a greeting.
    PreAuth,
    /// BYE: the server closes the connection.
    Bye,
}

/// One response, borrowed from its bytes.
#[derive(Clone, PartialEq)]
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
        text: Cow<'a, [u8]>,
    },
    /// An untagged status response, the greeting among them.
    Condition {
        /// Which one.
        condition: Condition,
        /// The part for programs.
        code: Option<ResponseCode<'a>>,
        /// The part for people, in an unknown charset.
        text: Cow<'a, [u8]>,
    },
    /// `+`: a continuation request, with the text after the sign and a space.
    Continuation {
        /// Base64 in a SASL exchange, else a text for people.
        text: Cow<'a, [u8]>,
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
        name: Cow<'a, [u8]>,
        /// The number before the name.
        number: Option<u32>,
        /// The whole response.
        raw: Cow<'a, [u8]>,
    },
    /// A response that does not fit its name, or a line that is not a response.
    Malformed {
        /// The whole response.
        raw: Cow<'a, [u8]>,
    },
}

impl Response<'_> {
    /// Converts into an owned value.
    #[must_use]
    pub fn into_owned(self) -> Response<'static> {
        let own = |octets: Cow<'_, [u8]>| Cow::Owned(octets.into_owned());
        match self {
            Self::Tagged { tag, condition, code, text } => Response::Tagged {
                tag: tag.into_owned(),
                condition,
                code: code.map(ResponseCode::into_owned),
                text: own(text),
            },
            Self::Condition { condition, code, text } => Response::Condition {
                condition,
                code: code.map(ResponseCode::into_owned),
                text: own(text),
            },
            Self::Continuation { text } => Response::Continuation { text: own(text) },
            Self::Capability(list) => Response::Capability(list.into_owned()),
            Self::Enabled(list) => Response::Enabled(list.into_owned()),
            Self::List(entry) => Response::List(entry.into_owned()),
            Self::Lsub(entry) => Response::Lsub(entry.into_owned()),
            Self::Status(status) => Response::Status(status.into_owned()),
            Self::Flags(flags) => Response::Flags(flags.into_owned()),
            Self::Exists(count) => Response::Exists(count),
            Self::Recent(count) => Response::Recent(count),
            Self::Expunge(seq) => Response::Expunge(seq),
            Self::Vanished { earlier, uids } => {
                Response::Vanished { earlier, uids: uids.into_owned() }
            }
            Self::Fetch(fetch) => Response::Fetch(fetch.into_owned()),
            Self::UidFetch { uid, attributes } => {
                Response::UidFetch { uid, attributes: attributes.into_owned() }
            }
            Self::Search(result) => Response::Search(result.into_owned()),
            Self::Sort(result) => Response::Sort(result.into_owned()),
            Self::Esearch(result) => Response::Esearch(result.into_owned()),
            Self::Thread(threads) => Response::Thread(threads),
            Self::Namespace(namespaces) => Response::Namespace(namespaces.into_owned()),
            Self::Id(parameters) => Response::Id(parameters.map(|parameters| {
                let own = |(name, value): (IString<'_>, Option<IString<'_>>)| {
                    (name.into_owned(), value.map(IString::into_owned))
                };
                parameters.into_iter().map(own).collect()
            })),
            Self::Quota(quota) => Response::Quota(quota.into_owned()),
            Self::QuotaRoot(root) => Response::QuotaRoot(root.into_owned()),
            Self::Acl(acl) => Response::Acl(acl.into_owned()),
            Self::MyRights { mailbox, rights } => {
                Response::MyRights { mailbox: mailbox.into_owned(), rights: rights.into_owned() }
            }
            Self::ListRights(rights) => Response::ListRights(rights.into_owned()),
            Self::Noop => Response::Noop,
            Self::Unknown { name, number, raw } => {
                Response::Unknown { name: own(name), number, raw: own(raw) }
            }
            Self::Malformed { raw } => Response::Malformed { raw: own(raw) },
        }
    }
}
