//! [`MessageId`]: the name of one message.

use std::{num::NonZeroU32, sync::Arc};

use crate::folder::FolderName;

/// Names one message of one folder. Opaque, 32 bytes, and storable: [`Display`](std::fmt::Display)
/// and [`FromStr`](std::str::FromStr) round-trip, and the text of today is read by every later
/// version.
///
/// | text | what it is |
/// |---|---|
/// | `imap1:VALIDITY:UID:FOLDER` | an IMAP message (RFC 9051 section 2.3.1.1) |
/// | `pop1:ID` | a POP3 message by its unique-id (RFC 1939 section 7, UIDL) |
/// | `session:..` | a message of this session: the server has neither UIDVALIDITY nor unique-ids |
/// | `x-NAME:..` | an id of another implementation of [`Mailbox`](crate::Mailbox) |
///
/// ```
/// use mailclient::MessageId;
///
/// let id: MessageId = "imap1:1700000000:42:Archive%2F2026".parse()?;
/// assert_eq!(id.folder(), Some("Archive/2026".parse()?));
/// let moved = id.in_folder(&"Old/2026".parse()?);
/// assert_eq!(moved.to_string(), "imap1:1700000000:42:Old%2F2026");
/// # Ok::<(), mailclient::Error>(())
/// ```
///
/// Ids have no order. An id is only accepted where its folder is open, so it never names a message
/// of another folder, also where all folders of a server have one UIDVALIDITY.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct MessageId(pub(crate) Id);

const _: () = assert!(size_of::<MessageId>() <= 32);

/// The text is not a message id. [`Error::Misuse`](crate::Error::Misuse) where it is converted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a message id")]
pub struct NotAMessageId(pub(crate) Box<str>);

impl NotAMessageId {
    /// Keeps the beginning of the text.
    pub(super) fn of(text: &str) -> Self {
        Self(text.chars().take(80).collect::<String>().into())
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Id {
    /// An IMAP message.
    Uid { folder: FolderName, validity: NonZeroU32, uid: NonZeroU32 },
    /// A POP3 unique-id: opaque bytes.
    Pop3(Arc<[u8]>),
    /// A message of one session: a POP3 message number, or an IMAP UID without UIDVALIDITY.
    Session { folder: FolderName, session: u32, number: NonZeroU32 },
    /// `NAME:VALUE` of another implementation.
    Custom(Arc<str>),
}

impl MessageId {
    /// An id for an implementation of [`Mailbox`](crate::Mailbox) outside of this crate.
    ///
    /// # Errors
    /// [`NotAMessageId`] when `name` is empty or contains anything but lower-case ASCII letters,
    /// digits and hyphens.
    pub fn custom(name: &str, value: &str) -> Result<Self, NotAMessageId> {
        let fits =
            |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-';
        if name.is_empty() || !name.bytes().all(fits) {
            return Err(NotAMessageId(format!("x-{name}:").into()));
        }
        Ok(Self(Id::Custom(format!("{name}:{value}").into())))
    }

    /// Name and value of an id that [`custom`](Self::custom) made.
    #[must_use]
    pub fn as_custom(&self) -> Option<(&str, &str)> {
        match &self.0 {
            Id::Custom(text) => text.split_once(':'),
            _ => None,
        }
    }

    /// The folder that the message is in. INBOX for a POP3 message, `None` for an id of another
    /// implementation.
    #[must_use]
    pub fn folder(&self) -> Option<FolderName> {
        match &self.0 {
            Id::Uid { folder, .. } | Id::Session { folder, .. } => Some(folder.clone()),
            Id::Pop3(_) => Some(FolderName::inbox()),
            Id::Custom(_) => None,
        }
    }

    /// The same message after its folder was renamed: UIDs survive a rename (RFC 9051 section
    /// 6.3.6), the name in the id does not. POP3 has one folder: there the id is unchanged.
    #[must_use]
    pub fn in_folder(&self, name: &FolderName) -> Self {
        let mut id = self.clone();
        if let Id::Uid { folder, .. } | Id::Session { folder, .. } = &mut id.0 {
            *folder = name.clone();
        }
        id
    }

    /// Whether the id is good in later sessions too.
    #[must_use]
    pub const fn is_stable(&self) -> bool {
        !matches!(self.0, Id::Session { .. })
    }

    pub(crate) const fn uid(folder: FolderName, validity: NonZeroU32, uid: NonZeroU32) -> Self {
        Self(Id::Uid { folder, validity, uid })
    }

    pub(crate) fn unique_id(octets: &[u8]) -> Self {
        Self(Id::Pop3(octets.into()))
    }
}
