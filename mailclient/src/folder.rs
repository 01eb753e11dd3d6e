//! [`Folder`] and [`MailboxStatus`].

use crate::message::SizeHint;

/// A folder; IMAP calls it a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Folder {
    /// The full name, decoded. Give it back to [`Mailbox::open`](crate::Mailbox::open) as it is.
    pub name: String,
    /// The separator of the name's levels, if there are levels.
    pub delimiter: Option<char>,
    /// The purpose of the folder (RFC 6154), if the server tells it.
    pub role: Option<Role>,
    /// Whether it can be opened; a folder that only holds others cannot.
    pub selectable: bool,
}

/// The purpose of a folder (RFC 6154 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    /// Messages marked as important.
    Flagged,
    /// Spam.
    Junk,
    /// Sent mail.
    Sent,
    /// Deleted mail.
    Trash,
}

/// How a folder is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// Flags and messages can be changed (IMAP SELECT).
    #[default]
    ReadWrite,
    /// Nothing can be changed (IMAP EXAMINE).
    ReadOnly,
}

/// The content of a folder, counted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MailboxStatus {
    /// The messages; on POP3 without those marked for deletion.
    pub messages: u64,
    /// Their total size in bytes, if the server tells it.
    pub octets: Option<SizeHint>,
    /// Whether nothing can be changed; always `false` on POP3.
    pub read_only: bool,
}
