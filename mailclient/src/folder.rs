//! [`Folder`] and [`MailboxStatus`].

use crate::message::SizeHint;

/// A folder: what IMAP calls a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Folder {
    /// The full name, decoded. Give it back to [`Mailbox::open`](crate::Mailbox::open) as it is.
    pub name: String,
    /// What separates the levels of the name, if there are levels.
    pub delimiter: Option<char>,
    /// What the folder is for (RFC 6154), where the server says so.
    pub role: Option<Role>,
    /// Whether it can be opened; a folder that only holds others cannot.
    pub selectable: bool,
}

/// What a folder is for (RFC 6154 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Where mail arrives.
    Inbox,
    /// All messages, whatever their folder.
    All,
    /// Kept mail.
    Archive,
    /// Messages being written.
    Drafts,
    /// Messages marked as important.
    Flagged,
    /// Spam.
    Junk,
    /// What was sent.
    Sent,
    /// What was thrown away.
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

/// How much is in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MailboxStatus {
    /// The messages; on POP3 without those marked for deletion.
    pub messages: u64,
    /// Their length in all, where the server says so.
    pub octets: Option<SizeHint>,
    /// Whether nothing can be changed; always `false` on POP3.
    pub read_only: bool,
}
