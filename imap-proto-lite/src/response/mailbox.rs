//! Responses about mailboxes: LIST, STATUS, NAMESPACE. RFC 9051 sections 7.3 and 6.3.

use alloc::vec::Vec;

use crate::{
    types::{MailboxName, ModSeq, NameAttributes, UidValidity},
    wire::{IString, List},
};

/// One name: LIST, LSUB and the obsolete XLIST.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct ListEntry<'a> {
    /// The attributes of the name.
    pub attributes: NameAttributes<'a>,
    /// The separator of the levels of names; `None` if they are flat.
    pub delimiter: Option<u8>,
    /// The name.
    pub mailbox: MailboxName<'a>,
    /// CHILDINFO (RFC 5258): which selection options the children match; empty if there is none.
    pub child_info: Vec<IString<'a>>,
    /// OLDNAME (RFC 9051): the name before RENAME.
    pub old_name: Option<MailboxName<'a>>,
}

impl<'a> ListEntry<'a> {
    /// A name without extended data.
    #[must_use]
    pub const fn new(
        attributes: NameAttributes<'a>,
        delimiter: Option<u8>,
        mailbox: MailboxName<'a>,
    ) -> Self {
        Self { attributes, delimiter, mailbox, child_info: Vec::new(), old_name: None }
    }
}

/// One fact of a STATUS response.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum StatusValue<'a> {
    /// MESSAGES
    Messages(u64),
    /// RECENT
    Recent(u64),
    /// UIDNEXT; 0 is not a UID, but some servers send it.
    UidNext(u64),
    /// UIDVALIDITY
    UidValidity(UidValidity),
    /// UNSEEN: how many.
    Unseen(u64),
    /// DELETED: how many.
    Deleted(u64),
    /// SIZE: bytes.
    Size(u64),
    /// DELETED-STORAGE (RFC 9208): bytes that EXPUNGE would free.
    DeletedStorage(u64),
    /// HIGHESTMODSEQ; 0 means that none are kept.
    HighestModSeq(ModSeq),
    /// APPENDLIMIT: bytes; `None`: no limit is known.
    AppendLimit(Option<u64>),
    /// MAILBOXID
    MailboxId(IString<'a>),
    /// Another item, or a known one with an unsuitable value.
    Other {
        /// Its name.
        name: IString<'a>,
        /// Its value in wire form.
        value: IString<'a>,
    },
}

/// The kind of item of [`StatusValues`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct StatusElement;

/// The facts of a STATUS response, in the order of the server.
pub type StatusValues<'a> = List<'a, StatusElement>;

/// STATUS of one mailbox.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct MailboxStatus<'a> {
    /// The mailbox.
    pub mailbox: MailboxName<'a>,
    /// Its facts.
    pub values: StatusValues<'a>,
}

impl<'a> MailboxStatus<'a> {
    /// These facts of this mailbox.
    #[must_use]
    pub const fn new(mailbox: MailboxName<'a>, values: StatusValues<'a>) -> Self {
        Self { mailbox, values }
    }
}

/// One namespace: RFC 2342.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_structs, reason = "`namespace-descr` has three pieces")]
pub struct NamespaceEntry<'a> {
    /// The prefix of its names.
    pub prefix: IString<'a>,
    /// The separator of the levels of its names.
    pub delimiter: Option<u8>,
    /// Extensions: a name with its values.
    pub extensions: Vec<(IString<'a>, Vec<IString<'a>>)>,
}

/// NAMESPACE: empty lists where the server says NIL.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Namespaces<'a> {
    /// The user's own.
    pub personal: Vec<NamespaceEntry<'a>>,
    /// Those of other users.
    pub other_users: Vec<NamespaceEntry<'a>>,
    /// Shared ones.
    pub shared: Vec<NamespaceEntry<'a>>,
}
