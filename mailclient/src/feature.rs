//! What a mailbox can do: [`Feature`] and [`FeatureSet`].

use std::fmt;

use imap_proto_lite::CommandKind;

macro_rules! features {
    ($( $(#[doc = $doc:literal])+ $name:ident => $text:literal, )+) => {
        /// A capability that a mailbox may have.
        ///
        /// A method that needs `f` returns
        /// [`Error::Unsupported(f)`](crate::Error::Unsupported) exactly when the set lacks it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Feature {
            $( $(#[doc = $doc])+ $name, )+
        }

        impl Feature {
            /// Every feature, in the order of this enum.
            pub const ALL: &'static [Self] = &[$( Self::$name, )+];

            /// A short description for the user.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $( Self::$name => $text, )+ }
            }
        }
    };
}

features! {
    /// Message ids stay valid in later sessions (POP3: UIDL; IMAP: UIDVALIDITY).
    StableIds => "ids that outlive the session",
    /// Headers can be read without the body (POP3: TOP; IMAP: always).
    Headers => "headers without the body",
    /// Messages can be deleted (IMAP: UIDPLUS, because a bare EXPUNGE would also remove messages
    /// that other clients marked).
    Delete => "delete messages",
    /// Deletions can be carried out while the session goes on (IMAP: UIDPLUS; POP3: never).
    Expunge => "carry out deletions before the end",
    /// There are folders besides INBOX, and [`Mailbox::open`](crate::Mailbox::open) reaches them.
    Folders => "folders beyond INBOX",
    /// Folders can be created, renamed, removed and subscribed to.
    FolderChanges => "create and remove folders",
    /// Folders can be created with a [`Role`](crate::Role) (IMAP: CREATE-SPECIAL-USE).
    FolderRoles => "create folders with a purpose",
    /// The server tells whose folders there are (IMAP: NAMESPACE).
    Namespaces => "folders of other users",
    /// Messages have flags that can be read and changed.
    Flags => "flags",
    /// Flags can be changed unless another client changed the message (IMAP: CONDSTORE).
    ConditionalFlags => "flags of messages that did not change meanwhile",
    /// Messages have Gmail's labels, which can be read and changed (IMAP: X-GM-EXT-1).
    Labels => "labels",
    /// The server searches.
    Search => "search on the server",
    /// The server searches by age in seconds (IMAP: WITHIN).
    AgeSearch => "search by age in seconds",
    /// The server searches by modification sequence (IMAP: CONDSTORE).
    ModSeqSearch => "search by modification sequence",
    /// The server searches as Gmail's web page does (IMAP: X-GM-EXT-1).
    GmailSearch => "search in Gmail's language",
    /// The server sorts (IMAP: SORT).
    Sort => "sort on the server",
    /// The server sorts by the names of people as they are shown (IMAP: SORT=DISPLAY).
    DisplaySort => "sort by shown names",
    /// The server finds conversations by references (IMAP: THREAD=REFERENCES).
    Threads => "conversations",
    /// The server finds conversations by subject (IMAP: THREAD=ORDEREDSUBJECT).
    SubjectThreads => "conversations by subject",
    /// The server finds conversations by references alone (IMAP: THREAD=REFS).
    RefsThreads => "conversations by references alone",
    /// A message can be put into a folder.
    Append => "append a message",
    /// A message that holds NUL can be put into a folder (IMAP: BINARY).
    BinaryAppend => "append a message with NUL in it",
    /// A message can be put in the place of another one.
    Replace => "replace a message",
    /// Messages can be copied to another folder.
    Copy => "copy to a folder",
    /// Messages can be moved to another folder (IMAP: MOVE, else UIDPLUS).
    Move => "move to a folder",
    /// Single MIME parts, header fields and ranges of bytes can be read without the rest.
    Sections => "single MIME parts",
    /// MIME parts can be read without their transfer encoding (IMAP: always; the server undoes it
    /// where it has BINARY).
    Decoding => "decoded MIME parts",
    /// The server describes the MIME structure of a message (IMAP: always).
    Structure => "the MIME structure",
    /// The server reports changes while the session is open.
    Changes => "notice of changes",
    /// What changed since an earlier session can be asked for.
    Sync => "changes since an earlier session",
    /// The server has limits on what is stored (IMAP: QUOTA).
    Quota => "quotas",
    /// Folders can be shared (IMAP: ACL).
    Rights => "rights of shared folders",
    /// Many commands can be sent at once (IMAP: always; POP3: PIPELINING).
    Pipelining => "many commands at once",
}

impl Feature {
    /// The feature that a command belongs to, of those that a server may lack.
    pub(crate) const fn of_command(command: CommandKind) -> Self {
        match command {
            CommandKind::UidExpunge => Self::Expunge,
            CommandKind::Move => Self::Move,
            CommandKind::Sort => Self::Sort,
            CommandKind::Thread => Self::Threads,
            CommandKind::Append => Self::BinaryAppend,
            CommandKind::Replace => Self::Replace,
            CommandKind::Store => Self::ConditionalFlags,
            CommandKind::Idle => Self::Changes,
            CommandKind::Namespace => Self::Namespaces,
            CommandKind::Create => Self::FolderRoles,
            CommandKind::GetQuota | CommandKind::GetQuotaRoot | CommandKind::SetQuota => {
                Self::Quota
            }
            CommandKind::GetAcl
            | CommandKind::SetAcl
            | CommandKind::DeleteAcl
            | CommandKind::ListRights
            | CommandKind::MyRights => Self::Rights,
            CommandKind::Fetch => Self::Decoding,
            _ => Self::Search,
        }
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.description())
    }
}

/// A set of [`Feature`]s.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct FeatureSet(u64);

const _: () = assert!(Feature::ALL.len() <= u64::BITS as usize);

impl FeatureSet {
    /// The set without any feature.
    #[must_use]
    pub const fn new() -> Self {
        Self(0)
    }

    /// This set with one more.
    #[must_use]
    pub const fn with(self, feature: Feature) -> Self {
        Self(self.0 | 1 << feature as u32)
    }

    /// This set with one more if `condition` is true.
    #[must_use]
    pub const fn with_if(self, feature: Feature, condition: bool) -> Self {
        if condition { self.with(feature) } else { self }
    }

    /// Whether the feature is in the set.
    #[must_use]
    pub const fn contains(self, feature: Feature) -> bool {
        self.0 & 1 << feature as u32 != 0
    }

    /// The features of the set, in the order of the enum.
    pub fn iter(self) -> impl Iterator<Item = Feature> {
        Feature::ALL.iter().copied().filter(move |feature| self.contains(*feature))
    }
}

impl FromIterator<Feature> for FeatureSet {
    fn from_iter<I: IntoIterator<Item = Feature>>(features: I) -> Self {
        features.into_iter().fold(Self::new(), Self::with)
    }
}

impl Extend<Feature> for FeatureSet {
    fn extend<I: IntoIterator<Item = Feature>>(&mut self, more: I) {
        *self = more.into_iter().fold(*self, Self::with);
    }
}

/// As [`iter`](FeatureSet::iter).
impl IntoIterator for FeatureSet {
    type Item = Feature;
    type IntoIter = std::vec::IntoIter<Feature>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter().collect::<Vec<_>>().into_iter()
    }
}

impl fmt::Debug for FeatureSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Feature, FeatureSet};

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set: FeatureSet = [Feature::Flags, Feature::Changes].into_iter().collect();
        for feature in Feature::ALL {
            assert_eq!(
                set.contains(*feature),
                matches!(feature, Feature::Flags | Feature::Changes)
            );
        }
        assert_eq!(set.iter().count(), 2);
        assert_eq!(format!("{set:?}"), "{Flags, Changes}");
    }
}
