//! Folders: [`FolderName`], [`OpenFolder`], [`FolderStatus`] and [`Folder`].

use std::{
    fmt,
    num::NonZeroU32,
    str::FromStr,
    sync::{Arc, LazyLock},
};

use crate::message::SizeHint;

/// The name of a folder, as people write it. IMAP calls a folder a mailbox.
///
/// A name that came from a server goes back to it as the same bytes: names that are not the
/// encoding of a text keep their bytes after a U+FFFD. `INBOX` is the same name in any case and is
/// always shown in capitals (RFC 9051 section 5.1); every other name counts letter by letter.
///
/// ```
/// use mailclient::FolderName;
///
/// let name: FolderName = "inbox".parse()?;
/// assert_eq!(name, FolderName::inbox());
/// assert_ne!("Archive".parse::<FolderName>()?, "archive".parse()?);
/// # Ok::<(), mailclient::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FolderName(Arc<str>);

static INBOX: LazyLock<FolderName> = LazyLock::new(|| FolderName("INBOX".into()));

impl FolderName {
    /// The folder that every user has, and the only one of POP3.
    #[must_use]
    pub fn inbox() -> Self {
        INBOX.clone()
    }

    /// A name with the levels that the delimiter of the server separates.
    ///
    /// # Errors
    /// [`NotAFolderName`] when the name is empty, longer than 4,096 bytes, or contains a line end
    /// or NUL, which no protocol can send.
    pub fn new(name: &str) -> Result<Self, NotAFolderName> {
        if name.is_empty() || name.len() > LONGEST_NAME {
            return Err(NotAFolderName("a folder name has between 1 and 4,096 bytes"));
        }
        Self::from_server(name)
            .ok_or(NotAFolderName("a folder name cannot contain line ends or NUL"))
    }

    /// A decoded name of a server, which may be empty or long.
    pub(crate) fn from_server(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("INBOX") {
            return Some(Self::inbox());
        }
        (!name.contains(['\r', '\n', '\0'])).then(|| Self(name.into()))
    }

    /// The name as a text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is `INBOX`.
    #[must_use]
    pub fn is_inbox(&self) -> bool {
        self.as_str() == "INBOX"
    }
}

/// Bytes of the longest name that the caller can make; servers allow far less.
const LONGEST_NAME: usize = 4096;

/// No folder can have this name. [`Error::Misuse`](crate::Error::Misuse) where it is converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAFolderName(&'static str);

impl FromStr for FolderName {
    type Err = NotAFolderName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::new(name)
    }
}

impl TryFrom<&str> for FolderName {
    type Error = NotAFolderName;

    fn try_from(name: &str) -> Result<Self, Self::Error> {
        Self::new(name)
    }
}

impl AsRef<str> for FolderName {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for FolderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for FolderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// How a folder is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
}

impl OpenFolder {
    /// A folder without UIDs and without messages.
    #[must_use]
    pub const fn new(name: FolderName, access: Access) -> Self {
        Self { name, access, uid_validity: None, uid_next: None, messages: 0 }
    }
}

/// The content of the open folder, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FolderStatus {
    /// The messages, without those marked for deletion here.
    pub messages: u64,
    /// Their total size in bytes, if the server tells it.
    pub size: Option<SizeHint>,
    /// The messages without `\Seen`, if the server was asked for them.
    pub unseen: Option<u64>,
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
}

/// A folder of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Folder {
    /// The full name. Give it back to [`Mailbox::open`](crate::Mailbox::open) as it is.
    pub name: FolderName,
    /// The separator of the name's levels, if there are levels.
    pub delimiter: Option<char>,
    /// The purpose of the folder (RFC 6154), if the server tells it.
    pub role: Option<Role>,
    /// Whether it can be opened; a folder that only holds others cannot.
    pub selectable: bool,
}

impl Folder {
    /// A folder that can be opened, without levels and without a purpose. INBOX has its own.
    #[must_use]
    pub fn new(name: FolderName) -> Self {
        let role = name.is_inbox().then_some(Role::Inbox);
        Self { name, delimiter: None, role, selectable: true }
    }
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

/// A folder to create.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// Which folders to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Folders {
    /// All that the user can see.
    #[default]
    All,
    /// Those that the user subscribed to.
    Subscribed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_no_server_takes_are_refused() {
        let long = "x".repeat(LONGEST_NAME + 1);
        for name in ["", "a\r\nb", "a\nb", "a\0b", &long] {
            assert!(FolderName::new(name).is_err(), "{name:?}");
        }
        for name in ["a", "Entwürfe/2026", "\u{fffd}&-x", "a b", "InBox/x"] {
            assert_eq!(FolderName::new(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn inbox_is_one_name() {
        for name in ["INBOX", "inbox", "InBox"] {
            let name = FolderName::new(name).unwrap();
            assert!(name.is_inbox());
            assert_eq!(name.to_string(), "INBOX");
        }
    }
}
