//! [`Quota`] and [`Rights`].

use std::fmt;

/// A limit of the server on what is stored (RFC 9208).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Quota {
    /// The quota root: folders with the same one share the limit. Often empty.
    pub root: String,
    /// The resource that is limited, and the unit of `used` and `limit`.
    pub resource: QuotaResource,
    /// How much is used.
    pub used: u64,
    /// How much may be used. Less than `used` if the limit was lowered since.
    pub limit: u64,
}

/// What a quota counts (RFC 9208 section 5).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum QuotaResource {
    /// `STORAGE`: bytes of messages. The server counts units of 1,024.
    Storage,
    /// `MESSAGE`: messages.
    Messages,
    /// `MAILBOX`: folders.
    Folders,
    /// `ANNOTATION-STORAGE`: bytes of annotations. The server counts units of 1,024.
    Annotations,
    /// Another resource, in a unit of the server.
    Other(String),
}

impl Quota {
    /// A quota.
    #[must_use]
    pub fn new(root: impl Into<String>, resource: QuotaResource, used: u64, limit: u64) -> Self {
        Self { root: root.into(), resource, used, limit }
    }

    /// From the name and the numbers of the server.
    pub(crate) fn from_server(root: &str, name: &str, used: u64, limit: u64) -> Self {
        let (resource, unit) = match name.to_ascii_uppercase().as_str() {
            "STORAGE" => (QuotaResource::Storage, 1024),
            "MESSAGE" => (QuotaResource::Messages, 1),
            "MAILBOX" => (QuotaResource::Folders, 1),
            "ANNOTATION-STORAGE" => (QuotaResource::Annotations, 1024),
            _ => (QuotaResource::Other(name.to_owned()), 1),
        };
        Self::new(root, resource, used.saturating_mul(unit), limit.saturating_mul(unit))
    }
}

/// Something that a user may do in a folder (RFC 4314 section 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Right {
    /// `l`: the folder is listed, and can be subscribed to.
    Lookup,
    /// `r`: messages can be read.
    Read,
    /// `s`: `\Seen` is kept across sessions.
    KeepSeen,
    /// `w`: flags other than `\Seen` and `\Deleted` can be changed.
    Write,
    /// `i`: messages can be appended and copied to it.
    Insert,
    /// `p`: mail can be sent to the address of the folder.
    Post,
    /// `k`: folders can be created below it.
    CreateFolders,
    /// `x`: the folder can be removed and renamed.
    RemoveFolder,
    /// `t`: `\Deleted` can be changed.
    DeleteMessages,
    /// `e`: messages can be expunged.
    Expunge,
    /// `a`: the rights can be changed.
    Administer,
}

impl Right {
    /// The letter of the RFC.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Lookup => 'l',
            Self::Read => 'r',
            Self::KeepSeen => 's',
            Self::Write => 'w',
            Self::Insert => 'i',
            Self::Post => 'p',
            Self::CreateFolders => 'k',
            Self::RemoveFolder => 'x',
            Self::DeleteMessages => 't',
            Self::Expunge => 'e',
            Self::Administer => 'a',
        }
    }
}

/// What the user may do in a folder: one letter a right (RFC 4314).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rights(String);

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        Self(rights.into_iter().map(Right::letter).collect())
    }
}

/// The letters.
impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Rights {
    /// From the letters of the server, such as `lrswipkxte`.
    #[must_use]
    pub fn new(letters: impl Into<String>) -> Self {
        Self(letters.into())
    }

    /// Whether a right is there. Servers of RFC 2086 (Courier) tell `c` and `d` in place of `k`,
    /// `x`, `t` and `e`; beside one of those they mean nothing more. `c` is `k`, `d` is `t` and
    /// `e`; `x` is in one of the two, which differs by server, so both are needed for it (RFC 4314
    /// section 2.1.1).
    #[must_use]
    pub fn has(&self, right: Right) -> bool {
        let tells = |letter: char| self.0.contains(letter);
        let is_old = !self.0.contains(['k', 'x', 't', 'e']);
        tells(right.letter())
            || is_old
                && match right {
                    Right::CreateFolders => tells('c'),
                    Right::DeleteMessages | Right::Expunge => tells('d'),
                    Right::RemoveFolder => tells('c') && tells('d'),
                    _ => false,
                }
    }

    /// The letters of the server, those without a [`Right`] among them.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn obsolete_rights_mean_what_replaced_them() {
        use Right::{CreateFolders, DeleteMessages, Expunge, Read, RemoveFolder};
        for (letters, granted) in [
            ("lrswipkxtecda", vec![Read, CreateFolders, RemoveFolder, DeleteMessages, Expunge]),
            ("acdilrsw", vec![Read, CreateFolders, RemoveFolder, DeleteMessages, Expunge]),
            ("lrc", vec![Read, CreateFolders]),
            ("lrd", vec![Read, DeleteMessages, Expunge]),
            // A server of RFC 4314 tells `c` for `k` alone, and `d` for `t` alone.
            ("rkc", vec![Read, CreateFolders]),
            ("rtcd", vec![Read, DeleteMessages]),
            ("", vec![]),
        ] {
            let rights = Rights::new(letters);
            for right in [Read, CreateFolders, RemoveFolder, DeleteMessages, Expunge] {
                assert_eq!(rights.has(right), granted.contains(&right), "{letters} {right:?}");
            }
        }
    }

    #[test]
    fn storage_is_in_bytes() {
        let quota = Quota::from_server("", "storage", 3, u64::MAX);
        assert_eq!(quota, Quota::new("", QuotaResource::Storage, 3072, u64::MAX));
        let quota = Quota::from_server("r", "X-NEW", 3, 4);
        assert_eq!(quota, Quota::new("r", QuotaResource::Other("X-NEW".into()), 3, 4));
    }
}
