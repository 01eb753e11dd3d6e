//! [`FolderName`].

use std::{
    fmt,
    str::FromStr,
    sync::{Arc, LazyLock},
};

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
pub struct NotAFolderName(pub(super) &'static str);

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

impl TryFrom<String> for FolderName {
    type Error = NotAFolderName;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::new(&name)
    }
}

impl From<FolderName> for String {
    fn from(name: FolderName) -> Self {
        name.as_str().to_owned()
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
