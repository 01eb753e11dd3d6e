//! One folder in memory: messages in the order of their UIDs, each change numbered.

use std::{
    cell::Cell,
    collections::{BTreeSet, VecDeque},
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use imap_proto_lite::{Flag, envelope::Envelope, flag::Keyword, name_attribute::NameAttribute};
use md5::{Digest as _, Md5};

use super::{acl::Rights, envelope::envelope, log::Change as Logged};

/// Expunged messages that a folder remembers, for QRESYNC.
const REMEMBERED: usize = 65_536;

/// The flags that every folder has.
const SYSTEM_FLAGS: [Flag<'static>; 5] =
    [Flag::Answered, Flag::Flagged, Flag::Deleted, Flag::Seen, Flag::Draft];

/// A message; copies in other folders share the content.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) uid: u32,
    pub(super) flags: Vec<Flag<'static>>,
    /// INTERNALDATE: seconds since 1970.
    pub(super) date: i64,
    /// When it came into this folder: seconds since 1970.
    pub(super) saved: i64,
    /// The number of the last change of the flags.
    pub(super) mod_seq: u64,
    /// Gmail's labels.
    pub(super) labels: Vec<String>,
    pub(super) content: Arc<Content>,
}

impl Message {
    pub(super) fn has(&self, flag: &Flag<'_>) -> bool {
        self.flags.contains(flag)
    }

    /// The flags as text, for the log and for tests.
    pub(super) fn flag_names(&self) -> Vec<String> {
        self.flags.iter().map(ToString::to_string).collect()
    }
}

/// The bytes of a message, and facts about them.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) octets: Bytes,
    envelope: OnceLock<Envelope<'static>>,
    digest: OnceLock<u64>,
    sent_len: OnceLock<u64>,
}

impl Content {
    pub(super) fn new(octets: Bytes) -> Self {
        Self { octets, ..Self::default() }
    }

    /// Its size in bytes.
    pub(super) fn len(&self) -> u64 {
        u64::try_from(self.octets.len()).unwrap_or(u64::MAX)
    }

    /// Its size in bytes as POP3 sends it: each line ends in CRLF, the last one too.
    pub(super) fn sent_len(&self) -> u64 {
        *self.sent_len.get_or_init(|| {
            let is_bare = |&place: &usize| {
                place.checked_sub(1).and_then(|before| self.octets.get(before)) != Some(&b'\r')
            };
            let bare = memchr::memchr_iter(b'\n', &self.octets).filter(is_bare).count();
            let bare = u64::try_from(bare).unwrap_or(u64::MAX);
            let added = match self.octets.last() {
                None | Some(b'\n') => 0,
                Some(b'\r') => 1,
                Some(_) => 2,
            };
            self.len() + bare + added
        })
    }

    /// Computed on first use, because every listing asks for it.
    pub(super) fn envelope(&self) -> &Envelope<'static> {
        self.envelope.get_or_init(|| envelope(&self.octets))
    }

    /// The same for the same bytes, for EMAILID and X-GM-MSGID.
    pub(super) fn digest(&self) -> u64 {
        *self.digest.get_or_init(|| digest(&self.octets))
    }
}

/// A number for these bytes, which is the same in every run and release: the first half of their
/// MD5, without its highest bit, because Gmail's numbers have 63.
pub(super) fn digest(octets: &[u8]) -> u64 {
    let first = Md5::digest(octets).first_chunk().copied().unwrap_or_default();
    u64::from_be_bytes(first) >> 1
}

/// How STORE changes flags and labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Replace,
    Add,
    Remove,
}

impl Change {
    /// The values after the change.
    fn apply<T: Clone + PartialEq>(self, before: &[T], values: &[T]) -> Vec<T> {
        let mut after = if self == Self::Replace { Vec::new() } else { before.to_vec() };
        for value in values {
            match self {
                Self::Remove => after.retain(|one| one != value),
                Self::Replace | Self::Add if !after.contains(value) => after.push(value.clone()),
                Self::Replace | Self::Add => {}
            }
        }
        after
    }
}

/// Whether there are at most `limit` values with the new ones, each counted once.
fn fits<T: PartialEq>(
    known: usize,
    values: impl Iterator<Item = T>,
    is_known: impl Fn(&T) -> bool,
    limit: usize,
) -> bool {
    let mut new: Vec<T> = Vec::new();
    for value in values {
        if !is_known(&value) && !new.contains(&value) {
            new.push(value);
            if known + new.len() > limit {
                return false;
            }
        }
    }
    true
}

/// A folder.
#[derive(Debug)]
pub(super) struct Folder {
    /// Unique on a server; a folder that is made again has another one.
    pub(super) identity: u32,
    /// UIDVALIDITY as clients are told; 0 if they are told none.
    pub(super) uid_validity: u32,
    pub(super) uid_next: u32,
    /// HIGHESTMODSEQ: the number of the last change.
    pub(super) mod_seq: u64,
    /// Whether it holds messages, or only other folders.
    pub(super) selectable: bool,
    pub(super) special_use: Option<NameAttribute<'static>>,
    pub(super) rights: Rights,
    /// No session was told of the messages with this UID and higher ones: they are recent.
    recent_from: Cell<u32>,
    keywords: Vec<Flag<'static>>,
    /// Gmail's labels that were used.
    labels: BTreeSet<String>,
    /// The expunged messages, each with the number of that change.
    expunged: VecDeque<(u64, u32)>,
    /// Expunges up to this change are not all remembered.
    forgotten: u64,
    octets: u64,
    /// Changes that the log was not told yet.
    unlogged: Vec<Logged>,
    messages: Vec<Message>,
}

impl Folder {
    pub(super) fn new(identity: u32, uid_validity: u32, owner: &str) -> Self {
        Self {
            identity,
            uid_validity,
            uid_next: 1,
            mod_seq: 1,
            selectable: true,
            special_use: None,
            rights: Rights::of_owner(owner),
            recent_from: Cell::new(1),
            keywords: Vec::new(),
            labels: BTreeSet::new(),
            expunged: VecDeque::new(),
            forgotten: 0,
            octets: 0,
            unlogged: Vec::new(),
            messages: Vec::new(),
        }
    }

    pub(super) fn messages(&self) -> &[Message] {
        &self.messages
    }

    pub(super) fn message(&self, uid: u32) -> Option<&Message> {
        self.messages.get(self.place(uid)?)
    }

    fn place(&self, uid: u32) -> Option<usize> {
        self.messages.binary_search_by_key(&uid, |message| message.uid).ok()
    }

    /// The bytes of all messages.
    pub(super) const fn octets(&self) -> u64 {
        self.octets
    }

    /// The flags that clients may set here: those of the RFC and the keywords that were used.
    pub(super) fn flags(&self) -> impl Iterator<Item = Flag<'static>> + '_ {
        SYSTEM_FLAGS.into_iter().chain(self.keywords.iter().cloned())
    }

    /// How many keywords were used.
    pub(super) const fn keywords(&self) -> usize {
        self.keywords.len()
    }

    /// Whether the folder has at most `limit` keywords with these flags.
    pub(super) fn takes(&self, flags: &[Flag<'_>], limit: usize) -> bool {
        let keywords = flags.iter().filter(|flag| !SYSTEM_FLAGS.contains(flag));
        fits(self.keywords.len(), keywords, |flag| self.keywords.contains(flag), limit)
    }

    /// Whether the folder has at most `limit` labels with these.
    pub(super) fn takes_labels(&self, labels: &[String], limit: usize) -> bool {
        fits(self.labels.len(), labels.iter(), |label| self.labels.contains(*label), limit)
    }

    fn know(&mut self, flags: &[Flag<'static>]) {
        for flag in flags {
            if !SYSTEM_FLAGS.contains(flag) && !self.keywords.contains(flag) {
                self.keywords.push(flag.clone());
            }
        }
    }

    /// The messages that no session was told of before: from this UID on. With `take` they are
    /// recent for this session and for no other.
    pub(super) fn recent(&self, take: bool) -> u32 {
        let from = self.recent_from.get();
        if take {
            self.recent_from.set(self.uid_next);
        }
        from
    }

    /// Appends a message and returns its UID. `saved` is now.
    pub(super) fn add(
        &mut self,
        content: Arc<Content>,
        mut flags: Vec<Flag<'static>>,
        date: i64,
        saved: i64,
    ) -> u32 {
        let uid = self.uid_next;
        self.uid_next += 1;
        self.mod_seq += 1;
        flags.retain(|flag| !matches!(flag, Flag::Recent | Flag::Any));
        self.know(&flags);
        self.octets += content.len();
        let bytes = content.octets.clone();
        let mod_seq = self.mod_seq;
        let message = Message { uid, flags, date, saved, mod_seq, labels: Vec::new(), content };
        self.unlogged.push(Logged::Stored { uid, flags: message.flag_names(), bytes });
        self.messages.push(message);
        uid
    }

    /// Changes flags; false when there is no such message.
    pub(super) fn store(&mut self, uid: u32, change: Change, flags: &[Flag<'static>]) -> bool {
        let Some(place) = self.place(uid) else {
            return false;
        };
        if change != Change::Remove {
            self.know(flags);
        }
        let Some(message) = self.messages.get_mut(place) else {
            return false;
        };
        let new = change.apply(&message.flags, flags);
        if new != message.flags {
            message.flags = new;
            self.mod_seq += 1;
            message.mod_seq = self.mod_seq;
            let bytes = message.content.octets.clone();
            self.unlogged.push(Logged::Flagged { uid, flags: message.flag_names(), bytes });
        }
        true
    }

    /// Changes Gmail's labels; false when there is no such message.
    pub(super) fn label(&mut self, uid: u32, change: Change, labels: &[String]) -> bool {
        let place = self.place(uid);
        let Some(message) = place.and_then(|place| self.messages.get_mut(place)) else {
            return false;
        };
        if change != Change::Remove {
            self.labels.extend(labels.iter().cloned());
        }
        let new = change.apply(&message.labels, labels);
        if new != message.labels {
            message.labels = new;
            self.mod_seq += 1;
            message.mod_seq = self.mod_seq;
            let (labels, bytes) = (message.labels.clone(), message.content.octets.clone());
            self.unlogged.push(Logged::Labelled { uid, labels, bytes });
        }
        true
    }

    /// Removes the messages for which `which` is true, and returns their UIDs.
    pub(super) fn remove(&mut self, mut which: impl FnMut(&Message) -> bool) -> Vec<u32> {
        let mut removed = Vec::new();
        let mod_seq = self.mod_seq + 1;
        self.messages.retain(|message| {
            let goes = which(message);
            if goes {
                removed.push(message.uid);
                self.octets = self.octets.saturating_sub(message.content.len());
                self.expunged.push_back((mod_seq, message.uid));
                let bytes = message.content.octets.clone();
                self.unlogged.push(Logged::Deleted { uid: message.uid, bytes });
            }
            !goes
        });
        if !removed.is_empty() {
            self.mod_seq = mod_seq;
        }
        while self.expunged.len() > REMEMBERED {
            if let Some((change, _)) = self.expunged.pop_front() {
                self.forgotten = change;
            }
        }
        removed
    }

    /// The UIDs that were expunged after this change. If that is not remembered: every UID without
    /// a message ([RFC 7162 section
    /// 3.2.5.1](https://www.rfc-editor.org/rfc/rfc7162#section-3.2.5.1) allows both).
    pub(super) fn expunged_since(&self, mod_seq: u64) -> Vec<u32> {
        if mod_seq < self.forgotten {
            return (1..self.uid_next).filter(|uid| self.place(*uid).is_none()).collect();
        }
        let since = self.expunged.iter().filter(|(change, _)| *change > mod_seq);
        let mut uids: Vec<u32> = since.map(|(_, uid)| *uid).collect();
        uids.sort_unstable();
        uids
    }

    /// Takes all messages out.
    pub(super) fn take(&mut self) -> Vec<Message> {
        let messages = self.messages.clone();
        self.mod_seq += 1;
        self.remove(|_| true);
        messages
    }

    /// The changes that the log was not told yet.
    pub(super) fn take_unlogged(&mut self) -> Vec<Logged> {
        std::mem::take(&mut self.unlogged)
    }

    pub(super) fn count(&self, which: impl Fn(&Message) -> bool) -> u32 {
        let count = self.messages.iter().filter(|message| which(message)).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }
}

/// The flag with this name.
pub(super) fn flag(name: &str) -> Option<Flag<'static>> {
    Some(match name {
        "\\Seen" => Flag::Seen,
        "\\Answered" => Flag::Answered,
        "\\Flagged" => Flag::Flagged,
        "\\Deleted" => Flag::Deleted,
        "\\Draft" => Flag::Draft,
        _ => Flag::Keyword(Keyword::new(name.to_owned()).ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> Folder {
        let mut folder = Folder::new(7, 7, "alice");
        for _ in 0..3 {
            folder.add(Arc::default(), vec![Flag::Seen, Flag::Recent], 0, 0);
        }
        folder
    }

    #[test]
    fn uids_ascend_and_are_never_used_again() {
        let mut folder = folder();
        assert_eq!(folder.remove(|message| message.uid != 1), [2, 3]);
        assert_eq!(folder.add(Arc::default(), Vec::new(), 0, 0), 4);
        assert_eq!(folder.uid_next, 5);
        assert!(folder.message(2).is_none());
        assert_eq!(folder.message(4).map(|message| message.uid), Some(4));
    }

    #[test]
    fn flags_change_as_they_are_told() {
        let mut folder = folder();
        let before = folder.mod_seq;
        assert!(folder.store(2, Change::Add, &[Flag::Flagged, Flag::Flagged, Flag::Seen]));
        assert_eq!(folder.messages()[1].flags, [Flag::Seen, Flag::Flagged]);
        assert!(folder.store(2, Change::Remove, &[Flag::Seen, Flag::Draft]));
        assert_eq!(folder.messages()[1].flags, [Flag::Flagged]);
        assert!(folder.store(2, Change::Replace, &[Flag::Draft]));
        assert_eq!(folder.messages()[1].flags, [Flag::Draft]);
        assert_eq!(folder.mod_seq, before + 3);
        assert!(folder.store(2, Change::Replace, &[Flag::Draft]));
        assert_eq!(folder.mod_seq, before + 3, "nothing changed");
        assert!(!folder.store(9, Change::Add, &[Flag::Seen]));
    }

    #[test]
    fn a_flag_that_only_servers_set_is_not_kept() {
        assert_eq!(folder().messages()[0].flags, [Flag::Seen]);
        assert_eq!(flag("\\Seen"), Some(Flag::Seen));
        assert_eq!(flag("$Junk"), Some(Flag::Keyword(Keyword::JUNK)));
        assert_eq!(flag("two words"), None);
    }

    #[test]
    fn keywords_are_known_once_they_were_used_and_are_not_without_end() {
        let mut folder = folder();
        let keyword = |number: usize| flag(&format!("k{number}")).unwrap();
        folder.store(1, Change::Remove, &[keyword(0)]);
        assert_eq!(folder.keywords(), 0);
        for number in 0..100 {
            assert!(folder.takes(&[keyword(number)], 100));
            folder.store(1, Change::Add, &[keyword(number)]);
        }
        assert_eq!(folder.flags().count(), 5 + 100);
        assert!(!folder.takes(&[keyword(100)], 100));
        assert!(folder.takes(&[keyword(3), Flag::Seen], 100));
    }

    #[test]
    fn a_label_is_a_change_and_labels_are_not_without_end() {
        let mut folder = folder();
        let names =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        folder.take_unlogged();
        let before = folder.mod_seq;
        assert!(folder.label(2, Change::Add, &names(&["a", "b", "a"])));
        assert!(folder.label(2, Change::Add, &names(&["b"])), "nothing changes");
        assert!(folder.label(2, Change::Remove, &names(&["a"])));
        assert!(!folder.label(9, Change::Add, &names(&["a"])));
        assert_eq!(folder.messages()[1].labels, ["b"]);
        assert_eq!((folder.mod_seq, folder.messages()[1].mod_seq), (before + 2, before + 2));
        assert_eq!(folder.take_unlogged().len(), 2);
        // Both names were used.
        assert!(folder.takes_labels(&names(&["a", "c", "c"]), 3));
        assert!(!folder.takes_labels(&names(&["c", "d"]), 3));
    }

    #[test]
    fn what_was_expunged_is_remembered_with_its_number() {
        let mut folder = folder();
        let before = folder.mod_seq;
        folder.remove(|message| message.uid == 3);
        folder.remove(|message| message.uid == 1);
        assert_eq!(folder.expunged_since(before), [1, 3]);
        assert_eq!(folder.expunged_since(before + 1), [1]);
        assert_eq!(folder.expunged_since(before + 2), [0; 0]);
        folder.forgotten = before + 1;
        folder.expunged.clear();
        assert_eq!(folder.expunged_since(before), [1, 3], "the gaps");
        assert_eq!(folder.octets(), 0);
    }

    /// EMAILID is the same for all releases: this is the MD5 of nothing, d41d8cd98f00b204...
    #[test]
    fn a_digest_depends_on_no_release() {
        assert_eq!(digest(b""), 0xd41d_8cd9_8f00_b204 >> 1);
    }

    #[test]
    fn a_message_is_recent_for_one_session() {
        let mut folder = folder();
        assert_eq!(folder.recent(false), 1);
        assert_eq!(folder.recent(true), 1);
        folder.add(Arc::default(), Vec::new(), 0, 0);
        assert_eq!(folder.recent(true), 4);
        assert_eq!(folder.recent(true), 5);
    }
}
