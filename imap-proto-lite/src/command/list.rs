//! Arguments of LIST, STATUS and SELECT.

use alloc::borrow::Cow;

use crate::{
    types::{ModSeq, UidSet, UidValidity},
    wire::keywords::keywords,
};

keywords! {
    /// An item of STATUS: `status-att`.
    #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
    #[non_exhaustive]
    pub enum StatusItem {
        /// MESSAGES
        Messages "MESSAGES",
        /// RECENT (RFC 3501)
        Recent "RECENT",
        /// UIDNEXT
        UidNext "UIDNEXT",
        /// UIDVALIDITY
        UidValidity "UIDVALIDITY",
        /// UNSEEN
        Unseen "UNSEEN",
        /// DELETED
        Deleted "DELETED",
        /// SIZE (RFC 8438)
        Size "SIZE",
        /// HIGHESTMODSEQ (RFC 7162)
        HighestModSeq "HIGHESTMODSEQ",
        /// APPENDLIMIT (RFC 7889)
        AppendLimit "APPENDLIMIT",
        /// MAILBOXID (RFC 8474)
        MailboxId "MAILBOXID",
    }
}

/// Which names an extended LIST returns: RFC 5258 section 3.1, RFC 6154.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct ListSelection {
    /// Subscribed names.
    pub subscribed: bool,
    /// Names on other servers too.
    pub remote: bool,
    /// Parents of names that match, too; needs `subscribed` or `special_use`.
    pub recursive_match: bool,
    /// Names with a special use.
    pub special_use: bool,
}

/// What an extended LIST returns: RFC 5258 section 3.2, RFC 5819, RFC 6154, RFC 8440.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct ListReturn<'a> {
    /// Whether they are subscribed.
    pub subscribed: bool,
    /// Whether they have children.
    pub children: bool,
    /// Their special uses.
    pub special_use: bool,
    /// The rights of the user (RFC 8440).
    pub my_rights: bool,
    /// Their STATUS.
    pub status: Cow<'a, [StatusItem]>,
}

/// How SELECT and EXAMINE open a mailbox: RFC 7162 section 3.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum SelectParameters<'a> {
    /// As in RFC 9051.
    #[default]
    None,
    /// `(CONDSTORE)`
    CondStore,
    /// `(QRESYNC (..))`: what changed since.
    QResync {
        /// The UIDVALIDITY the client knows.
        uid_validity: UidValidity,
        /// The highest modification sequence the client knows.
        mod_seq: ModSeq,
        /// The messages the client knows; `None` is all.
        known_uids: Option<Cow<'a, UidSet>>,
    },
}
