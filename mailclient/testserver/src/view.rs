//! A folder as one IMAP session sees it: its sequence numbers stay what they are until the session
//! has been told otherwise ([RFC 9051 section
//! 7.5.1](https://www.rfc-editor.org/rfc/rfc9051#section-7.5.1)).

use std::collections::HashMap;

use imap_proto_lite::{Flag, SeqNumber, Uid, command::Messages};

use super::folder::{Folder, Message};

/// News for a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Update {
    /// This message is gone, and the sequence numbers above it move down.
    Expunge { sequence: SeqNumber, uid: Uid },
    /// The folder has this many messages now, and so many of them are recent.
    Exists { messages: u32, recent: u32 },
    /// Flags were changed.
    Flags { sequence: SeqNumber, uid: Uid, flags: Vec<Flag<'static>>, mod_seq: u64 },
    /// A keyword was used for the first time: these flags there are now.
    Known(Vec<Flag<'static>>),
}

/// The selected folder of a session.
#[derive(Debug)]
pub(super) struct View {
    /// The folder.
    pub(super) identity: u32,
    pub(super) read_only: bool,
    /// The UIDs of the sequence numbers.
    uids: Vec<u32>,
    /// UIDs from this one on are new to the session.
    uid_next: u32,
    /// The UIDs that are recent for this session, in ranges of a start and an end after the last.
    recent: Vec<(u32, u32)>,
    /// The last change of flags that the session was told.
    flags_heard: u64,
    /// The number of keywords that the session was told.
    keywords_heard: usize,
    /// The last change after which there was no news.
    all_heard: u64,
    /// Changes by this session: message and number of the change.
    own: HashMap<u32, u64>,
}

impl View {
    pub(super) fn new(folder: &Folder, read_only: bool) -> Self {
        let mut view = Self {
            identity: folder.identity,
            read_only,
            uids: folder.messages().iter().map(|message| message.uid).collect(),
            uid_next: folder.uid_next,
            recent: Vec::new(),
            flags_heard: folder.mod_seq,
            keywords_heard: folder.keywords(),
            all_heard: folder.mod_seq,
            own: HashMap::new(),
        };
        view.take_recent(folder);
        view
    }

    /// Makes the messages that no session was told of recent for this one. EXAMINE leaves them to
    /// the next session ([RFC 3501 section
    /// 6.3.2](https://www.rfc-editor.org/rfc/rfc3501#section-6.3.2)).
    fn take_recent(&mut self, folder: &Folder) {
        let from = folder.recent(!self.read_only);
        if from < folder.uid_next {
            self.recent.retain(|range| range.1 <= from);
            match self.recent.last_mut() {
                Some(last) if last.1 == from => last.1 = folder.uid_next,
                _ => self.recent.push((from, folder.uid_next)),
            }
            // Ranges whose messages are gone: now and then, so that there are never many more
            // ranges than messages.
            if self.recent.len().is_power_of_two() {
                let place = |uid: u32| self.uids.partition_point(|&one| one < uid);
                self.recent.retain(|range| place(range.0) < place(range.1));
            }
        }
    }

    /// Whether a message is recent for this session.
    pub(super) fn is_recent(&self, uid: u32) -> bool {
        self.recent.iter().any(|range| (range.0..range.1).contains(&uid))
    }

    /// How many recent messages there are.
    pub(super) fn recent(&self) -> u32 {
        let place = |uid: u32| self.uids.partition_point(|&one| one < uid);
        let counts = self.recent.iter().map(|range| place(range.1) - place(range.0));
        u32::try_from(counts.sum::<usize>()).unwrap_or(u32::MAX)
    }

    /// The flags of a message, with `\Recent`.
    pub(super) fn flags(&self, message: &Message) -> Vec<Flag<'static>> {
        let recent = Some(Flag::Recent).filter(|_| self.is_recent(message.uid));
        message.flags.iter().cloned().chain(recent).collect()
    }

    /// The number of messages that the session knows.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.uids.len()).unwrap_or(u32::MAX)
    }

    /// The highest sequence number, `None` in an empty folder.
    pub(super) fn last_sequence(&self) -> Option<SeqNumber> {
        SeqNumber::new(self.len())
    }

    /// The highest UID, `None` in an empty folder.
    pub(super) fn last_uid(&self) -> Option<Uid> {
        self.uids.last().copied().and_then(Uid::new)
    }

    /// Sequence number and UID of every message.
    pub(super) fn all(&self) -> impl Iterator<Item = (SeqNumber, Uid)> {
        (1..)
            .zip(&self.uids)
            .filter_map(|(sequence, uid)| Some((SeqNumber::new(sequence)?, Uid::new(*uid)?)))
    }

    /// The sequence number of a message.
    pub(super) fn sequence(&self, uid: u32) -> Option<SeqNumber> {
        let place = self.uids.binary_search(&uid).ok()?;
        SeqNumber::new(u32::try_from(place).ok()?.checked_add(1)?)
    }

    /// The messages that a command names, in ascending order. Numbers without a message are left
    /// out.
    pub(super) fn named(&self, messages: &Messages<'_>, saved: &[Uid]) -> Vec<(SeqNumber, Uid)> {
        let (Some(last_sequence), Some(last_uid)) = (self.last_sequence(), self.last_uid()) else {
            return Vec::new();
        };
        match messages {
            Messages::Sequence(set) => {
                let place = |number: SeqNumber| usize::try_from(number.get()).unwrap_or(usize::MAX);
                let ranges = set.resolved(last_sequence);
                self.at(ranges.map(|range| (place(range.low()) - 1, place(range.high()))).collect())
            }
            Messages::Uid(set) => {
                let ranges = set.resolved(last_uid).map(|range| {
                    let start = self.uids.partition_point(|&uid| uid < range.low().get());
                    let end = self.uids.partition_point(|&uid| uid <= range.high().get());
                    (start, end)
                });
                self.at(ranges.collect())
            }
            Messages::SavedResult { .. } => {
                let places =
                    saved.iter().filter_map(|uid| self.uids.binary_search(&uid.get()).ok());
                self.at(places.map(|place| (place, place + 1)).collect())
            }
        }
    }

    /// The messages at these places, each once.
    fn at(&self, mut ranges: Vec<(usize, usize)>) -> Vec<(SeqNumber, Uid)> {
        ranges.sort_unstable();
        let mut named = Vec::new();
        let mut from = 0;
        for (start, end) in ranges {
            let start = start.max(from);
            let end = end.min(self.uids.len());
            let uids = self.uids.get(start..end).unwrap_or_default();
            let places = start..;
            named.extend(places.zip(uids).filter_map(|(place, uid)| {
                let sequence = u32::try_from(place + 1).ok().and_then(SeqNumber::new)?;
                Some((sequence, Uid::new(*uid)?))
            }));
            from = from.max(end);
        }
        named
    }

    /// Records that the session changed the flags of a message itself, so that they are no news.
    pub(super) fn changed_itself(&mut self, uid: u32, mod_seq: u64) {
        self.own.insert(uid, mod_seq);
    }

    /// Whether [`updates`](Self::updates) may return news.
    pub(super) fn is_behind(&self, folder: Option<&Folder>) -> bool {
        folder.is_none_or(|folder| folder.mod_seq != self.all_heard)
    }

    /// The news for the session. EXPUNGE may not come in the middle of a command with sequence
    /// numbers: then it waits. `None` is a deleted folder: it counts as empty.
    pub(super) fn updates(&mut self, folder: Option<&Folder>, expunge: bool) -> Vec<Update> {
        let mut updates = Vec::new();
        let messages = folder.map(Folder::messages).unwrap_or_default();
        if let Some(folder) = folder {
            if folder.keywords() > self.keywords_heard {
                self.keywords_heard = folder.keywords();
                updates.push(Update::Known(folder.flags().collect()));
            }
            for message in messages {
                if message.mod_seq > self.flags_heard
                    && message.uid < self.uid_next
                    && self.own.get(&message.uid) != Some(&message.mod_seq)
                    && let (Some(sequence), Some(uid)) =
                        (self.sequence(message.uid), Uid::new(message.uid))
                {
                    updates.push(Update::Flags {
                        sequence,
                        uid,
                        flags: self.flags(message),
                        mod_seq: message.mod_seq,
                    });
                }
            }
            self.flags_heard = folder.mod_seq;
            self.own.clear();
        }
        if expunge {
            let there =
                |uid: u32| messages.binary_search_by_key(&uid, |message| message.uid).is_ok();
            // From the last to the first, so that the remaining numbers stay valid.
            let gone = self.all().filter(|(_, uid)| !there(uid.get())).collect::<Vec<_>>();
            let expunge = |&(sequence, uid)| Update::Expunge { sequence, uid };
            updates.extend(gone.iter().rev().map(expunge));
            if !gone.is_empty() {
                self.uids.retain(|uid| there(*uid));
            }
        }
        let news = messages.iter().filter(|message| message.uid >= self.uid_next);
        let before = self.uids.len();
        self.uids.extend(news.map(|message| message.uid));
        if let Some(folder) = folder {
            self.take_recent(folder);
        }
        if self.uids.len() > before {
            updates.push(Update::Exists { messages: self.len(), recent: self.recent() });
        }
        if let Some(folder) = folder {
            self.uid_next = folder.uid_next;
            if expunge {
                self.all_heard = folder.mod_seq;
            }
        }
        updates
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use imap_proto_lite::{SequenceSet, UidSet};

    use super::{super::folder::Change, *};

    fn folder(messages: u32) -> Folder {
        let mut folder = Folder::new(1, 1, "alice");
        for _ in 0..messages {
            folder.add(Arc::default(), Vec::new(), 0, 0);
        }
        folder
    }

    fn gone(number: u32, uid_of: u32) -> Update {
        Update::Expunge { sequence: seq(number), uid: uid(uid_of) }
    }

    fn seq(number: u32) -> SeqNumber {
        SeqNumber::new(number).unwrap()
    }

    fn uid(number: u32) -> Uid {
        Uid::new(number).unwrap()
    }

    #[test]
    fn nothing_happened() {
        let folder = folder(3);
        let mut view = View::new(&folder, false);
        assert!(!view.is_behind(Some(&folder)));
        assert_eq!(view.updates(Some(&folder), true), []);
    }

    #[test]
    fn an_expunge_waits_until_it_may_be_told() {
        let mut folder = folder(5);
        let mut view = View::new(&folder, false);
        folder.remove(|message| [2, 4].contains(&message.uid));
        folder.add(Arc::default(), Vec::new(), 0, 0);
        assert_eq!(view.updates(Some(&folder), false), [Update::Exists { messages: 6, recent: 6 }]);
        assert_eq!(view.sequence(5), Some(seq(5)));
        assert!(view.is_behind(Some(&folder)));
        assert_eq!(view.updates(Some(&folder), true), [gone(4, 4), gone(2, 2)]);
        assert_eq!(view.sequence(5), Some(seq(3)));
        assert!(!view.is_behind(Some(&folder)));
    }

    #[test]
    fn a_session_does_not_hear_its_own_changes_twice() {
        let mut folder = folder(3);
        let mut view = View::new(&folder, false);
        folder.store(1, Change::Add, &[Flag::Seen]);
        folder.store(2, Change::Add, &[Flag::Seen]);
        view.changed_itself(1, folder.message(1).unwrap().mod_seq);
        let updates = view.updates(Some(&folder), false);
        assert!(
            matches!(&updates[..], [Update::Flags { sequence, .. }] if *sequence == seq(2)),
            "{updates:?}"
        );
        folder.store(1, Change::Add, &[Flag::Draft]);
        assert_eq!(view.updates(Some(&folder), true).len(), 1);
        assert_eq!(view.updates(Some(&folder), true), []);
    }

    #[test]
    fn a_folder_that_is_gone_is_empty() {
        let folder = folder(2);
        let mut view = View::new(&folder, false);
        assert_eq!(view.updates(None, true), [gone(2, 2), gone(1, 1)]);
        assert_eq!(view.updates(None, true), []);
    }

    #[test]
    fn sets_name_what_is_there() {
        let mut folder = folder(6);
        folder.remove(|message| message.uid == 3);
        let view = View::new(&folder, false);
        let named = |messages: Messages<'_>| -> Vec<u32> {
            view.named(&messages, &[uid(2), uid(3)]).iter().map(|(_, uid)| uid.get()).collect()
        };
        let sequence = |text: &str| named(text.parse::<SequenceSet>().unwrap().into());
        let uids = |text: &str| named(text.parse::<UidSet>().unwrap().into());
        assert_eq!(sequence("3:4"), [4, 5]);
        assert_eq!(sequence("*"), [6]);
        assert_eq!(sequence("9:*"), [6]);
        assert_eq!(uids("3:4"), [4]);
        assert_eq!(uids("5:2,4:5,1"), [1, 2, 4, 5]);
        assert_eq!(uids("9:*"), [6]);
        assert_eq!(uids("1:4294967295"), [1, 2, 4, 5, 6]);
        assert_eq!(named(Messages::SavedResult { uid: true }), [2]);
        let empty = View::new(&self::folder(0), false);
        assert_eq!(empty.named(&UidSet::all().into(), &[]), []);
    }

    #[test]
    fn what_is_new_is_recent_for_one_session_only() {
        let mut folder = folder(2);
        let reader = View::new(&folder, true);
        assert!(reader.is_recent(1) && reader.recent() == 2);
        let mut one = View::new(&folder, false);
        assert_eq!(one.recent(), 2);
        let mut two = View::new(&folder, false);
        assert_eq!(two.recent(), 0);
        folder.add(Arc::default(), Vec::new(), 0, 0);
        let exists = |recent| [Update::Exists { messages: 3, recent }];
        assert_eq!(two.updates(Some(&folder), true), exists(1));
        assert_eq!(one.updates(Some(&folder), true), exists(2));
        assert!(two.is_recent(3) && !one.is_recent(3));
        let message = folder.message(3).unwrap();
        assert_eq!(two.flags(message), [Flag::Recent]);
        folder.remove(|message| message.uid == 3);
        two.updates(Some(&folder), true);
        assert_eq!(two.recent(), 0);
    }

    #[test]
    fn what_is_recent_needs_no_more_memory_than_the_messages() {
        let mut folder = folder(0);
        let mut one = View::new(&folder, false);
        // Every second message is recent for this session, the others for others.
        for _ in 0..1000 {
            folder.add(Arc::default(), Vec::new(), 0, 0);
            one.updates(Some(&folder), true);
            folder.add(Arc::default(), Vec::new(), 0, 0);
            let other = View::new(&folder, false);
            assert_eq!(other.recent(), 1);
            folder.remove(|_| true);
            one.updates(Some(&folder), true);
        }
        assert!(one.recent.len() < 4, "{}", one.recent.len());
        // Numbers that follow each other are one range.
        for _ in 0..1000 {
            folder.add(Arc::default(), Vec::new(), 0, 0);
            one.updates(Some(&folder), true);
        }
        assert!(one.recent() == 1000 && one.recent.len() < 4, "{}", one.recent.len());
    }

    #[test]
    fn a_new_keyword_is_told() {
        let mut folder = folder(1);
        let mut view = View::new(&folder, false);
        folder.store(1, Change::Add, &[super::super::folder::flag("$New").unwrap()]);
        let updates = view.updates(Some(&folder), true);
        assert!(
            matches!(&updates[..], [Update::Known(flags), _] if flags.len() == 6),
            "{updates:?}"
        );
    }
}
