//! [`Namespace`]: whose folders names are.

use crate::folder::FolderName;

/// A part of the names of a server, and whose folders they are (RFC 2342).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Namespace {
    /// Whose folders are in it.
    pub owner: Owner,
    /// What the names begin with, delimiter included; may be empty.
    pub prefix: String,
    /// The separator of the levels of the names, if there are levels.
    pub delimiter: Option<char>,
}

/// Whose folders a namespace holds (RFC 2342 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Owner {
    /// The user's own.
    Personal,
    /// Those of another user, who shares them.
    OtherUsers,
    /// Those that no user owns, such as public folders.
    Shared,
}

impl Namespace {
    /// A namespace.
    #[must_use]
    pub fn new(owner: Owner, prefix: impl Into<String>, delimiter: Option<char>) -> Self {
        Self { owner, prefix: prefix.into(), delimiter }
    }

    /// The namespace of a name: of those that it may be in, the one with the longest prefix. INBOX
    /// is always the user's own.
    #[must_use]
    pub fn of<'n>(namespaces: &'n [Self], name: &FolderName) -> Option<&'n Self> {
        let holds = |namespace: &&Self| {
            let prefix = namespace.prefix.as_str();
            // The folder at the root of it has the name without the delimiter.
            let root = prefix.strip_suffix(|end| Some(end) == namespace.delimiter);
            if name.is_inbox() {
                return namespace.owner == Owner::Personal;
            }
            name.as_str().starts_with(prefix) || root == Some(name.as_str())
        };
        namespaces.iter().filter(holds).max_by_key(|namespace| namespace.prefix.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_tells_the_owner() {
        let namespaces = [
            Namespace::new(Owner::Personal, "", Some('/')),
            Namespace::new(Owner::OtherUsers, "Other Users/", Some('/')),
            Namespace::new(Owner::Shared, "Public/", Some('/')),
        ];
        for (name, owner) in [
            ("INBOX", Owner::Personal),
            ("Work/Public/x", Owner::Personal),
            ("Publicity", Owner::Personal),
            ("Public", Owner::Shared),
            ("Public/x", Owner::Shared),
            ("Other Users/ann/Team", Owner::OtherUsers),
        ] {
            let found = Namespace::of(&namespaces, &FolderName::new(name).unwrap()).unwrap();
            assert_eq!(found.owner, owner, "{name}");
        }
        let below = [Namespace::new(Owner::Personal, "INBOX.", Some('.'))];
        assert!(Namespace::of(&below, &FolderName::new("#shared.x").unwrap()).is_none());
        assert!(Namespace::of(&below, &FolderName::inbox()).is_some());
    }
}
