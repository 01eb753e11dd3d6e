//! Folders: names, listings, the open one, and their content counted.

mod listing;
mod name;
mod namespace;
mod role;
mod role_names;

use std::num::NonZeroU32;

pub(crate) use self::role_names::assign_by_name;
pub use self::{
    listing::{Folder, FolderScope, Folders},
    name::{FolderName, NotAFolderName},
    namespace::{Namespace, Owner},
    role::{Role, RoleSource},
};
use crate::message::{PermanentFlags, SizeHint};

/// How a folder is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Access {
    /// Flags and messages can be changed (IMAP SELECT).
    ReadWrite,
    /// Nothing can be changed (IMAP EXAMINE). Also on POP3, where every call that would change
    /// something is refused before anything is sent.
    ReadOnly,
}

/// The folder that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenFolder {
    /// Its name.
    pub name: FolderName,
    /// What may be done. A server can grant less than was asked for (RFC 9051 section 6.3.2).
    pub access: Access,
    /// The UIDVALIDITY (RFC 9051 section 2.3.1.1). `None` on POP3 and on servers that send none:
    /// ids are good for this session only then, unless the server has unique-ids.
    pub uid_validity: Option<NonZeroU32>,
    /// A UID that no message has yet: new messages have this one or a higher one. `None` if that is
    /// not known.
    pub uid_next: Option<NonZeroU32>,
    /// The messages that were in it when it was opened.
    pub messages: u64,
    /// The flags that it keeps; `None` if the server did not say, and then it keeps all (RFC 9051
    /// section 7.1), and on POP3, which has no flags.
    pub permanent_flags: Option<PermanentFlags>,
}

impl OpenFolder {
    /// A folder without UIDs and without messages.
    #[must_use]
    pub const fn new(name: FolderName, access: Access) -> Self {
        Self {
            name,
            access,
            uid_validity: None,
            uid_next: None,
            messages: 0,
            permanent_flags: None,
        }
    }

    /// With so many messages.
    #[must_use]
    pub const fn with_messages(mut self, messages: u64) -> Self {
        self.messages = messages;
        self
    }

    /// With UIDs: their UIDVALIDITY, and the next one if it is known.
    #[must_use]
    pub const fn with_uids(mut self, validity: NonZeroU32, next: Option<NonZeroU32>) -> Self {
        (self.uid_validity, self.uid_next) = (Some(validity), next);
        self
    }
}

/// The content of a folder, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
#[non_exhaustive]
pub struct FolderStatus {
    /// The messages, without those marked for deletion here.
    pub messages: u64,
    /// Their total size in bytes, if the server tells it (STATUS=SIZE, RFC 8438). `None` for a
    /// folder with marked messages, whose share is not known.
    pub size: Option<SizeHint>,
    /// The messages without `\Seen`, without those marked for deletion here. `None` if the server
    /// was not asked for them, and for a folder with marked messages that is not open: which of
    /// those are seen is not known.
    pub unseen: Option<u64>,
    /// The messages with `\Deleted`, which another client may expunge, if the server tells it
    /// (IMAP4rev2, RFC 9208 section 4.1.4). Messages that are marked here have no `\Deleted`.
    pub deleted: Option<u64>,
    /// The UIDVALIDITY (RFC 9051 section 2.3.1.1), if there is one.
    pub uid_validity: Option<NonZeroU32>,
    /// A UID that no message has yet: new messages have this one or a higher one. `None` if that is
    /// not known.
    pub uid_next: Option<NonZeroU32>,
}

impl FolderStatus {
    /// So many messages, and nothing else known.
    #[must_use]
    pub fn new(messages: u64) -> Self {
        Self { messages, ..Self::default() }
    }

    /// With a total size.
    #[must_use]
    pub const fn with_size(mut self, size: SizeHint) -> Self {
        self.size = Some(size);
        self
    }

    /// With so many messages without `\Seen`.
    #[must_use]
    pub const fn with_unseen(mut self, unseen: u64) -> Self {
        self.unseen = Some(unseen);
        self
    }

    /// With UIDs: their UIDVALIDITY, and the next one if it is known.
    #[must_use]
    pub const fn with_uids(mut self, validity: NonZeroU32, next: Option<NonZeroU32>) -> Self {
        (self.uid_validity, self.uid_next) = (Some(validity), next);
        self
    }
}

/// A folder to create.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct NewFolder {
    /// Its name.
    pub name: FolderName,
    /// Its purpose (CREATE-SPECIAL-USE, RFC 6154), if it is to have one.
    pub role: Option<Role>,
}

impl NewFolder {
    /// A folder without a purpose.
    #[must_use]
    pub const fn new(name: FolderName) -> Self {
        Self { name, role: None }
    }

    /// With a purpose.
    #[must_use]
    pub const fn with_role(mut self, role: Role) -> Self {
        self.role = Some(role);
        self
    }
}
