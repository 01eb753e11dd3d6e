//! What the store takes and gives.

use std::sync::Arc;

use imap_proto_lite::{Flag, name_attribute::NameAttribute};

use crate::{folder::Content, limits::Limits, log::Log, persona::UidValidity};

/// Why an operation on folders was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no such folder.
    NonExistent,
    /// The folder exists already.
    AlreadyExists,
    /// It has child folders.
    HasChildren,
    /// It is never possible for this name.
    Cannot,
    /// The user lacks the right.
    NoPerm,
    /// The quota or the space of the account is used up.
    OverQuota,
    /// A limit of the server.
    Limit,
}

/// A name in the answer to LIST.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) name: String,
    /// There is such a folder; a subscribed name may have none.
    pub(crate) exists: bool,
    pub(crate) selectable: bool,
    pub(crate) subscribed: bool,
    pub(crate) has_children: bool,
    pub(crate) special_use: Option<NameAttribute<'static>>,
    /// The rights of the user.
    pub(crate) rights: String,
}

/// The quota of an account ([RFC 9208](https://www.rfc-editor.org/rfc/rfc9208)); `None` is no
/// limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Quota {
    /// In units of 1,024 bytes.
    pub(crate) storage: Option<u64>,
    pub(crate) messages: Option<u64>,
}

/// A message to be stored.
#[derive(Clone, Debug)]
pub(crate) struct NewMessage {
    pub(crate) content: Arc<Content>,
    pub(crate) flags: Vec<Flag<'static>>,
    /// INTERNALDATE: seconds since 1970.
    pub(crate) date: i64,
    /// Now: seconds since 1970.
    pub(crate) saved: i64,
}

/// What all accounts of a server share.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) uid_validity: UidValidity,
    pub(crate) first_uid_validity: u32,
    pub(crate) limits: Limits,
    pub(crate) log: Arc<Log>,
}

#[cfg(test)]
impl Rules {
    /// Without limits that a test would meet.
    pub(crate) fn of(first_uid_validity: u32) -> Self {
        Self {
            uid_validity: UidValidity::PerFolder,
            first_uid_validity,
            limits: Limits::default(),
            log: Arc::default(),
        }
    }
}
