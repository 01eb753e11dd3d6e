//! [`Folders`] and [`Folder`]: what a listing of folders asks for, and its rows.

use imap_proto_lite::MailboxName;

use crate::{
    error::Damage,
    folder::{FolderName, FolderStatus, Namespace, NotAFolderName, Owner, Role, RoleSource},
};

/// Which folders to list, and what to tell of each.
///
/// ```
/// use mailclient::{Folder, Folders};
///
/// # fn below(folder: &Folder) {
/// let everything_with_counts = Folders::all().with_counts();
/// let children = Folders::below(folder).one_level();
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Folders {
    /// Where to look.
    pub scope: FolderScope,
    /// Only the names that the user subscribed to: LIST (SUBSCRIBED) where LIST-EXTENDED is, else
    /// LSUB. A subscribed name may have no folder any more.
    pub subscribed: bool,
    /// Only the first level of the scope.
    pub one_level: bool,
    /// Count the messages of each folder ([`Folder::status`]): in the same round trip where
    /// LIST-STATUS is (RFC 5819), else in one more.
    pub counts: bool,
    /// Tell whose each folder is ([`Folder::owner`]), which takes one more round trip. Needs
    /// [`Feature::Namespaces`](crate::Feature::Namespaces).
    pub owners: bool,
}

/// The part of the tree of folders that is listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FolderScope {
    /// From the top.
    #[default]
    All,
    /// Below a folder, without that one.
    Below {
        /// The folder.
        name: FolderName,
        /// The delimiter of its listing; without one nothing is below it.
        delimiter: Option<char>,
    },
    /// One folder.
    Named(FolderName),
    /// The names that a pattern covers: `*` is any text, `%` any text within one level
    /// (RFC 9051 section 6.3.9).
    Matching(String),
    /// The names of a namespace. Some servers (Courier) list shared folders only so.
    Within(Namespace),
}

impl Folders {
    /// All that the user can see.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Those that the user subscribed to.
    #[must_use]
    pub fn subscribed() -> Self {
        Self { subscribed: true, ..Self::default() }
    }

    /// Those below a folder of an earlier listing. `%` and `*` in its name are letters.
    #[must_use]
    pub fn below(folder: &Folder) -> Self {
        let (name, delimiter) = (folder.name.clone(), folder.delimiter);
        Self::scoped(FolderScope::Below { name, delimiter })
    }

    /// One folder, if it is there. `%` and `*` in its name are letters.
    #[must_use]
    pub fn named(name: FolderName) -> Self {
        Self::scoped(FolderScope::Named(name))
    }

    /// Those whose whole name a pattern covers: see [`FolderScope::Matching`].
    #[must_use]
    pub fn matching(pattern: impl Into<String>) -> Self {
        Self::scoped(FolderScope::Matching(pattern.into()))
    }

    /// Those of a namespace.
    #[must_use]
    pub fn within(namespace: Namespace) -> Self {
        Self::scoped(FolderScope::Within(namespace))
    }

    fn scoped(scope: FolderScope) -> Self {
        Self { scope, ..Self::default() }
    }

    /// Only the first level, such as the children of a folder and not theirs.
    #[must_use]
    pub const fn one_level(mut self) -> Self {
        self.one_level = true;
        self
    }

    /// With the messages of each folder counted.
    #[must_use]
    pub const fn with_counts(mut self) -> Self {
        self.counts = true;
        self
    }

    /// With the owner of each folder.
    #[must_use]
    pub const fn with_owners(mut self) -> Self {
        self.owners = true;
        self
    }

    /// The pattern of LIST. It covers at least what [`holds`](Self::holds) lets through: a pattern
    /// has no way to say that `%` or `*` is a letter.
    pub(crate) fn pattern(&self) -> String {
        let any = if self.one_level { '%' } else { '*' };
        match &self.scope {
            FolderScope::All => any.into(),
            FolderScope::Below { name, delimiter: Some(delimiter) } => {
                format!("{name}{delimiter}{any}")
            }
            FolderScope::Below { name, .. } | FolderScope::Named(name) => name.to_string(),
            FolderScope::Matching(pattern) => pattern.clone(),
            FolderScope::Within(namespace) => format!("{}{any}", namespace.prefix),
        }
    }

    /// Whether a folder that the server listed was asked for.
    pub(crate) fn holds(&self, folder: &Folder) -> bool {
        match &self.scope {
            FolderScope::Below { name, .. } => {
                let mut above =
                    std::iter::successors(folder.parent(), |name| parent(name, folder.delimiter));
                let levels = if self.one_level { 1 } else { usize::MAX };
                above.by_ref().take(levels).any(|above| above == *name)
            }
            FolderScope::Named(name) => folder.name == *name,
            FolderScope::All | FolderScope::Matching(_) | FolderScope::Within(_) => true,
        }
    }
}

/// A folder of a listing.
///
/// The fields that are `Option` are `None` where the server did not tell.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Folder {
    /// The full name. Give it back to [`Mailbox::open`](crate::Mailbox::open) as it is.
    pub name: FolderName,
    /// The separator of the name's levels, if there are levels.
    pub delimiter: Option<char>,
    /// The purpose of the folder. By its name, at most one folder of a listing has each purpose.
    pub role: Option<Role>,
    /// How the purpose is known.
    pub role_source: Option<RoleSource>,
    /// Whether it can be opened; a folder that only holds others cannot.
    pub selectable: bool,
    /// Whether there is such a folder: a subscribed name, or a level above a folder, may be a name
    /// only (RFC 5258 section 3).
    pub exists: bool,
    /// Whether folders are below it (RFC 3348).
    pub children: Option<bool>,
    /// Whether folders can be made below it (`\Noinferiors`).
    pub inferiors: bool,
    /// Whether the user subscribed to it (RFC 5258 section 3.4).
    pub subscribed: Option<bool>,
    /// Whose it is, if [`Folders::owners`] asked for it.
    pub owner: Option<Owner>,
    /// Its content, counted, if [`Folders::counts`] asked for it and the server counted it.
    pub status: Option<FolderStatus>,
    /// Set in a row that cannot be read, which is kept so that it is not missed. Its name is made
    /// of what the server sent, begins with U+FFFD, and is no folder's.
    pub damage: Option<Box<Damage>>,
}

impl Folder {
    /// A folder that can be opened, without levels and without a purpose. INBOX has its own.
    #[must_use]
    pub fn new(name: FolderName) -> Self {
        let role = name.is_inbox().then_some(Role::Inbox);
        Self {
            name,
            delimiter: None,
            role,
            role_source: role.map(|_| RoleSource::Server),
            selectable: true,
            exists: true,
            children: None,
            inferiors: true,
            subscribed: None,
            owner: None,
            status: None,
            damage: None,
        }
    }

    /// With the separator of its levels.
    #[must_use]
    pub const fn with_delimiter(mut self, delimiter: char) -> Self {
        self.delimiter = Some(delimiter);
        self
    }

    /// With a purpose, and how that is known.
    #[must_use]
    pub const fn with_role(mut self, role: Role, source: RoleSource) -> Self {
        (self.role, self.role_source) = (Some(role), Some(source));
        self
    }

    /// With its content counted.
    #[must_use]
    pub fn with_status(mut self, status: FolderStatus) -> Self {
        self.status = Some(status);
        self
    }

    /// A row that cannot be read.
    #[must_use]
    pub fn damaged(damage: Damage) -> Self {
        let shown: String = String::from_utf8_lossy(&damage.raw).chars().take(200).collect();
        let shown = shown.replace(|letter: char| letter.is_control(), " ");
        let name = FolderName::from_server(&format!("\u{fffd}{}", shown.trim()));
        let mut folder = Self::new(name.unwrap_or_else(FolderName::inbox));
        (folder.selectable, folder.exists, folder.inferiors) = (false, false, false);
        folder.damage = Some(Box::new(damage));
        folder
    }

    /// The last level of the name, for people: `2026` of `Work/2026`.
    #[must_use]
    pub fn leaf(&self) -> &str {
        let name = self.name.as_str();
        let Some(delimiter) = self.delimiter else {
            return name;
        };
        let trimmed = name.strip_suffix(delimiter).unwrap_or(name);
        trimmed.rsplit(delimiter).next().unwrap_or(trimmed)
    }

    /// The name of the level above, which need not be a folder that can be opened. `None` at the
    /// top.
    #[must_use]
    pub fn parent(&self) -> Option<FolderName> {
        parent(&self.name, self.delimiter)
    }

    /// The name of a folder below this one, for [`Mailbox::create`](crate::Mailbox::create).
    ///
    /// # Errors
    /// [`NotAFolderName`] when `leaf` holds the delimiter or what no name can hold, and when the
    /// server has no levels.
    pub fn child(&self, leaf: &str) -> Result<FolderName, NotAFolderName> {
        match self.delimiter {
            Some(delimiter) if !leaf.is_empty() && !leaf.contains(delimiter) => {
                let name = self.name.as_str();
                let name = name.strip_suffix(delimiter).unwrap_or(name);
                FolderName::new(&format!("{name}{delimiter}{leaf}"))
            }
            _ => Err(NotAFolderName("a folder has one level more than the one above it")),
        }
    }
}

fn parent(name: &FolderName, delimiter: Option<char>) -> Option<FolderName> {
    let delimiter = u8::try_from(delimiter?).ok()?;
    let parent = MailboxName::new(name.as_str()).ok()?.parent(delimiter)?;
    FolderName::from_server(&parent.decoded(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str, delimiter: Option<char>) -> Folder {
        let mut folder = Folder::new(FolderName::from_server(name).unwrap());
        folder.delimiter = delimiter;
        folder
    }

    #[test]
    fn names_have_levels() {
        for (name, delimiter, leaf, parent) in [
            ("Work/2026", Some('/'), "2026", Some("Work")),
            ("inbox.Sent", Some('.'), "Sent", Some("INBOX")),
            ("Work/2026", None, "Work/2026", None),
            ("Public Folders/", Some('/'), "Public Folders", None),
            ("INBOX", Some('/'), "INBOX", None),
            // Bytes that encode no text: only the level with them is marked.
            ("\u{fffd}Work/R&D", Some('/'), "R&D", Some("Work")),
            ("\u{fffd}R&D/2026", Some('/'), "2026", Some("\u{fffd}R&D")),
        ] {
            let folder = folder(name, delimiter);
            assert_eq!(folder.leaf(), leaf, "{name}");
            assert_eq!(folder.parent().as_ref().map(FolderName::as_str), parent, "{name}");
        }
        let work = folder("Work", Some('/'));
        assert_eq!(work.child("2027").unwrap().as_str(), "Work/2027");
        for leaf in ["", "a/b", "a\nb"] {
            assert!(work.child(leaf).is_err(), "{leaf:?}");
        }
        assert!(folder("Work", None).child("2027").is_err());
    }

    #[test]
    fn wildcards_in_a_name_are_letters() {
        let hundred = folder("100%", Some('/'));
        let below = Folders::below(&hundred);
        assert_eq!(below.pattern(), "100%/*");
        for (name, deep, near) in [
            ("100%/a", true, true),
            ("100%/a/b", true, false),
            ("100 and 1/a", false, false),
            ("100%", false, false),
        ] {
            assert_eq!(below.holds(&folder(name, Some('/'))), deep, "{name}");
            assert_eq!(below.clone().one_level().holds(&folder(name, Some('/'))), near, "{name}");
        }
        let named = Folders::named(hundred.name.clone());
        assert_eq!(named.pattern(), "100%");
        assert!(named.holds(&hundred) && !named.holds(&folder("100 and 1", Some('/'))));
        assert_eq!(Folders::below(&folder("flat", None)).pattern(), "flat");
    }

    #[test]
    fn a_damaged_row_is_no_folder() {
        let row = Folder::damaged(Damage::new(None, "unreadable", b"* LIST \xff\r\n\0 x"));
        assert!(!row.selectable && !row.exists && row.damage.is_some());
        assert_eq!(row.name.as_str(), "\u{fffd}* LIST \u{fffd}    x");
    }
}
