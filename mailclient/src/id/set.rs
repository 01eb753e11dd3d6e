//! [`IdSet`]: a set of message ids that stays ranges.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
    num::NonZeroU32,
};

use crate::{
    folder::FolderName,
    id::{
        message_id::{Id, MessageId},
        ranges::Ranges,
    },
};

/// A set of message ids, also of several folders.
///
/// IMAP ids are kept as ranges: a million neighbouring messages take the memory of one. Others are
/// kept one by one, in the order in which they were added.
///
/// Storable: [`Display`](fmt::Display) and [`FromStr`](std::str::FromStr) round-trip, and the text
/// of today is read by every later version. It is the texts of the ids, separated by spaces; those
/// of one folder are one text, with ranges.
///
/// ```
/// use mailclient::{IdSet, MessageId};
///
/// let ids: IdSet = ["imap1:1:7:INBOX", "imap1:1:8:INBOX", "pop1:a"]
///     .iter()
///     .map(|text| text.parse::<MessageId>())
///     .collect::<Result<_, _>>()?;
/// assert_eq!(ids.len(), 3);
/// assert!(ids.contains(&"imap1:1:8:INBOX".parse()?));
/// assert!(!ids.contains(&"imap1:1:8:Archive".parse()?));
/// assert_eq!(ids.to_string(), "imap1:1:7-8:INBOX pop1:a");
/// for id in &ids {
///     println!("{id}");
/// }
/// # Ok::<(), mailclient::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct IdSet {
    uids: BTreeMap<(FolderName, NonZeroU32), Ranges>,
    others: Vec<MessageId>,
    /// The same as `others`, to ask for.
    known: HashSet<MessageId>,
}

impl IdSet {
    /// The empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an id; `false` if it was there.
    pub fn insert(&mut self, id: MessageId) -> bool {
        match id.0 {
            Id::Uid { folder, validity, uid } => {
                self.uids.entry((folder, validity)).or_default().insert(uid)
            }
            other => {
                let absent = self.known.insert(MessageId(other.clone()));
                if absent {
                    self.others.push(MessageId(other));
                }
                absent
            }
        }
    }

    /// Takes an id out; `false` if it was not there.
    pub fn remove(&mut self, id: &MessageId) -> bool {
        let present = self.contains(id);
        if present {
            self.subtract(&id.into());
        }
        present
    }

    /// Adds all ids of another set.
    pub fn merge(&mut self, other: &Self) {
        for (key, ranges) in &other.uids {
            self.uids.entry(key.clone()).or_default().merge(ranges);
        }
        for id in &other.others {
            self.insert(id.clone());
        }
    }

    /// Takes all ids of another set out.
    pub fn subtract(&mut self, other: &Self) {
        for (key, ranges) in &other.uids {
            if let Some(ours) = self.uids.get_mut(key) {
                ours.subtract(ranges);
            }
        }
        self.uids.retain(|_, ranges| !ranges.is_empty());
        if !other.known.is_empty() {
            self.others.retain(|id| !other.known.contains(id));
            self.known.retain(|id| !other.known.contains(id));
        }
    }

    /// Whether an id is in the set.
    #[must_use]
    pub fn contains(&self, id: &MessageId) -> bool {
        match &id.0 {
            Id::Uid { folder, validity, uid } => self
                .uids
                .get(&(folder.clone(), *validity))
                .is_some_and(|ranges| ranges.contains(*uid)),
            _ => self.known.contains(id),
        }
    }

    /// How many ids there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.uids.values().map(Ranges::count).sum::<u64>() + self.others.len() as u64
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.uids.is_empty() && self.others.is_empty()
    }

    /// The ids: those of IMAP by folder, with rising UIDs, then the others as they were added.
    /// A set that a server made can have thousands of millions of ids: bound what is done with
    /// each.
    pub fn iter(&self) -> impl Iterator<Item = MessageId> + '_ {
        let uids = self.uids.iter().flat_map(|((folder, validity), ranges)| {
            ranges.numbers().map(|uid| MessageId::uid(folder.clone(), *validity, uid))
        });
        uids.chain(self.others.iter().cloned())
    }

    /// Adds IMAP ids of one folder.
    pub(crate) fn insert_uids(&mut self, folder: FolderName, validity: NonZeroU32, uids: &Ranges) {
        if !uids.is_empty() {
            self.uids.entry((folder, validity)).or_default().merge(uids);
        }
    }

    /// The IMAP ids, by folder and UIDVALIDITY.
    pub(crate) fn uids(&self) -> impl Iterator<Item = (&FolderName, NonZeroU32, &Ranges)> {
        self.uids.iter().map(|((folder, validity), ranges)| (folder, *validity, ranges))
    }

    /// The IMAP ids, if they are all of one folder and UIDVALIDITY and there are no other ids.
    pub(crate) fn only_uids(&self) -> Option<(&FolderName, NonZeroU32, &Ranges)> {
        let mut folders = self.uids();
        let only = folders.next().filter(|_| self.others.is_empty());
        only.filter(|_| folders.next().is_none())
    }

    /// The UIDs of one folder.
    pub(crate) fn uids_of(&self, folder: &FolderName, validity: NonZeroU32) -> Option<&Ranges> {
        self.uids.get(&(folder.clone(), validity))
    }

    /// The ids that are not IMAP ids, in the order in which they were added.
    pub(crate) fn others(&self) -> &[MessageId] {
        &self.others
    }

    /// The folders of the ids.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &FolderName> {
        let others = self.others.iter().filter_map(|id| match &id.0 {
            Id::Session { folder, .. } => Some(folder),
            _ => None,
        });
        self.uids.keys().map(|(folder, _)| folder).chain(others)
    }

    /// Gives the ids of each folder another name of it; those without one are taken out.
    pub(crate) fn rename(&mut self, name: impl Fn(&FolderName) -> Option<FolderName>) {
        let before = std::mem::take(self);
        for ((folder, validity), uids) in before.uids {
            if let Some(folder) = name(&folder) {
                self.uids.entry((folder, validity)).or_default().merge(&uids);
            }
        }
        for id in before.others {
            self.extend(match &id.0 {
                Id::Session { folder, .. } => name(folder).map(|name| id.in_folder(&name)),
                _ => Some(id),
            });
        }
    }

    pub(crate) fn from_uids(folder: FolderName, validity: NonZeroU32, uids: Ranges) -> Self {
        let mut set = Self::new();
        set.insert_uids(folder, validity, &uids);
        set
    }
}

impl PartialEq for IdSet {
    fn eq(&self, other: &Self) -> bool {
        self.uids == other.uids && self.known == other.known
    }
}

impl Eq for IdSet {}

impl From<MessageId> for IdSet {
    fn from(id: MessageId) -> Self {
        let mut set = Self::new();
        set.insert(id);
        set
    }
}

impl From<&MessageId> for IdSet {
    fn from(id: &MessageId) -> Self {
        id.clone().into()
    }
}

impl FromIterator<MessageId> for IdSet {
    fn from_iter<I: IntoIterator<Item = MessageId>>(ids: I) -> Self {
        let mut set = Self::new();
        set.extend(ids);
        set
    }
}

impl<'a> FromIterator<&'a MessageId> for IdSet {
    fn from_iter<I: IntoIterator<Item = &'a MessageId>>(ids: I) -> Self {
        ids.into_iter().cloned().collect()
    }
}

impl Extend<MessageId> for IdSet {
    fn extend<I: IntoIterator<Item = MessageId>>(&mut self, ids: I) {
        for id in ids {
            self.insert(id);
        }
    }
}

impl<'a> Extend<&'a MessageId> for IdSet {
    fn extend<I: IntoIterator<Item = &'a MessageId>>(&mut self, ids: I) {
        self.extend(ids.into_iter().cloned());
    }
}

impl<const N: usize> From<[MessageId; N]> for IdSet {
    fn from(ids: [MessageId; N]) -> Self {
        ids.into_iter().collect()
    }
}

/// As [`iter`](IdSet::iter).
impl<'a> IntoIterator for &'a IdSet {
    type Item = MessageId;
    type IntoIter = Box<dyn Iterator<Item = MessageId> + Send + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

/// In the order of [`iter`](IdSet::iter).
impl IntoIterator for IdSet {
    type Item = MessageId;
    type IntoIter = Box<dyn Iterator<Item = MessageId> + Send>;

    fn into_iter(self) -> Self::IntoIter {
        let uids = self.uids.into_iter().flat_map(|((folder, validity), ranges)| {
            ranges.into_numbers().map(move |uid| MessageId::uid(folder.clone(), validity, uid))
        });
        Box::new(uids.chain(self.others))
    }
}

/// The most entries that `Debug` shows.
const SHOWN: usize = 16;

impl fmt::Debug for IdSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut set = f.debug_set();
        let ranges = self.uids.iter().flat_map(|((folder, validity), ranges)| {
            ranges.iter().map(move |(first, last)| (folder, validity, first, last))
        });
        for (folder, validity, first, last) in ranges.take(SHOWN) {
            set.entry(&format_args!("imap1:{validity}:{first}-{last}:{folder}"));
        }
        for id in self.others.iter().take(SHOWN) {
            set.entry(&format_args!("{id}"));
        }
        set.entry(&format_args!("{} in all", self.len())).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(texts: &[&str]) -> IdSet {
        texts.iter().map(|text| text.parse::<MessageId>().unwrap()).collect()
    }

    #[test]
    fn ids_of_folders_stay_apart() {
        let mut set = ids(&["imap1:1:7:INBOX", "imap1:1:7:Archive", "imap1:2:7:INBOX", "pop1:a"]);
        assert_eq!(set.len(), 4);
        assert!(!set.insert("imap1:1:7:inbox".parse().unwrap()));
        assert!(set.remove(&"imap1:1:7:INBOX".parse().unwrap()));
        assert!(!set.remove(&"imap1:1:7:INBOX".parse().unwrap()));
        assert_eq!(set, ids(&["pop1:a", "imap1:1:7:Archive", "imap1:2:7:INBOX"]));
    }

    #[test]
    fn others_keep_their_order() {
        let set = ids(&["pop1:c", "pop1:a", "pop1:b", "pop1:a"]);
        let texts: Vec<String> = set.iter().map(|id| id.to_string()).collect();
        assert_eq!(texts, ["pop1:c", "pop1:a", "pop1:b"]);
    }

    #[test]
    fn sets_are_added_and_taken_away() {
        let mut set = ids(&["imap1:1:7:INBOX", "pop1:a", "pop1:b"]);
        set.merge(&ids(&["imap1:1:8:INBOX", "pop1:c"]));
        set.subtract(&ids(&["imap1:1:7:INBOX", "imap1:1:9:INBOX", "pop1:b"]));
        assert_eq!(set, ids(&["imap1:1:8:INBOX", "pop1:a", "pop1:c"]));
        set.subtract(&set.clone());
        assert!(set.is_empty());
    }

    #[test]
    fn a_huge_set_is_shown_in_a_line() {
        let folder = FolderName::inbox();
        let mut uids = Ranges::new();
        uids.insert_range(NonZeroU32::MIN, NonZeroU32::MAX);
        let set = IdSet::from_uids(folder, NonZeroU32::MIN, uids);
        assert_eq!(set.len(), u64::from(u32::MAX));
        assert_eq!(format!("{set:?}"), "{imap1:1:1-4294967295:INBOX, 4294967295 in all}");
    }
}
