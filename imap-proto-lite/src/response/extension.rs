//! QUOTA (RFC 9208) and ACL (RFC 4314).

use alloc::vec::Vec;

use crate::{types::MailboxName, wire::IString};

/// Use and limit of one resource. STORAGE counts units of 1024 bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_structs, reason = "`quota-resource` has three pieces")]
pub struct QuotaResource<'a> {
    /// STORAGE, MESSAGE, MAILBOX or another.
    pub name: IString<'a>,
    /// How much is used.
    pub usage: u64,
    /// How much may be used.
    pub limit: u64,
}

/// QUOTA of one quota root.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_structs, reason = "`quota-response` has two pieces")]
pub struct Quota<'a> {
    /// The quota root; may be empty.
    pub root: IString<'a>,
    /// Its resources.
    pub resources: Vec<QuotaResource<'a>>,
}

/// QUOTAROOT: the quota roots of a mailbox.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_structs, reason = "`quotaroot-response` has two pieces")]
pub struct QuotaRoot<'a> {
    /// The mailbox.
    pub mailbox: MailboxName<'a>,
    /// Its quota roots.
    pub roots: Vec<IString<'a>>,
}

/// The rights of one identifier. RFC 4314 section 2.1 has the letters.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_structs, reason = "an identifier has rights")]
pub struct AclEntry<'a> {
    /// Whose rights; one that begins with `-` loses them.
    pub identifier: IString<'a>,
    /// One letter each; may be empty.
    pub rights: IString<'a>,
}

/// ACL of a mailbox. Old servers send one response for each entry.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_structs, reason = "`acl-data` has two pieces")]
pub struct Acl<'a> {
    /// The mailbox.
    pub mailbox: MailboxName<'a>,
    /// The entries.
    pub entries: Vec<AclEntry<'a>>,
}

/// LISTRIGHTS: the rights that an identifier can be given.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_structs, reason = "`listrights-data` has four pieces")]
pub struct ListRights<'a> {
    /// The mailbox.
    pub mailbox: MailboxName<'a>,
    /// Whose rights.
    pub identifier: IString<'a>,
    /// Rights that are always given.
    pub required: IString<'a>,
    /// Groups of rights that are given together.
    pub optional: Vec<IString<'a>>,
}
