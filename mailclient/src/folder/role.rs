//! [`Role`]: the purpose of a folder.

use std::fmt;

/// The purpose of a folder (RFC 6154 section 2, RFC 8457).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Role {
    /// Arriving mail.
    Inbox,
    /// All messages of all folders.
    All,
    /// Kept mail.
    Archive,
    /// Messages being written.
    Drafts,
    /// Messages marked as flagged.
    Flagged,
    /// Messages that are thought important.
    Important,
    /// Spam.
    Junk,
    /// Sent mail.
    Sent,
    /// Deleted mail.
    Trash,
}

/// In English, to show to a person: `Drafts`.
impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// How the purpose of a folder is known, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RoleSource {
    /// The server tells it (RFC 6154), or the folder is INBOX.
    Server,
    /// The provider of the account gives its folders this name: see
    /// [`Provider::folders`](crate::provider::Provider::folders).
    Provider,
    /// The name means so in some language: a guess.
    Name,
}
