//! One folder in memory: messages in the order of their UIDs, each change numbered.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use imap_proto_lite::{Flag, envelope::Envelope, flag::Keyword};

use super::envelope::envelope;

/// A message; copies in other folders share the content.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) uid: u32,
    pub(super) flags: Vec<Flag<'static>>,
    /// INTERNALDATE: seconds since 1970.
    pub(super) date: i64,
    /// The number of the last change of the flags.
    pub(super) mod_seq: u64,
    pub(super) content: Arc<Content>,
}

impl Message {
    pub(super) fn has(&self, flag: &Flag<'_>) -> bool {
        self.flags.contains(flag)
    }
}

/// The bytes of a message, and facts about them.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) octets: Bytes,
    envelope: OnceLock<Envelope<'static>>,
}

impl Content {
    pub(super) fn new(octets: Bytes) -> Self {
        Self { octets, envelope: OnceLock::new() }
    }

    /// Computed on first use, because every listing asks for it.
    pub(super) fn envelope(&self) -> &Envelope<'static> {
        self.envelope.get_or_init(|| envelope(&self.octets))
    }
}

/// How STORE changes flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Replace,
    Add,
    Remove,
}

/// A folder.
#[derive(Debug)]
pub(super) struct Folder {
    /// UIDVALIDITY, unique on a server, so it serves as identity as well.
    pub(super) uid_validity: u32,
    pub(super) uid_next: u32,
    /// HIGHESTMODSEQ: the number of the last change.
    pub(super) mod_seq: u64,
    pub(super) subscribed: bool,
    /// Whether it holds messages, or only other folders.
    pub(super) selectable: bool,
    messages: Vec<Message>,
}

impl Folder {
    pub(super) const fn new(uid_validity: u32) -> Self {
        Self {
            uid_validity,
            uid_next: 1,
            mod_seq: 1,
            subscribed: true,
            selectable: true,
            messages: Vec::new(),
        }
    }

    pub(super) fn messages(&self) -> &[Message] {
        &self.messages
    }

    pub(super) fn message(&self, uid: u32) -> Option<&Message> {
        let place = self.messages.binary_search_by_key(&uid, |message| message.uid).ok()?;
        self.messages.get(place)
    }

    /// Appends a message and returns its UID.
    pub(super) fn add(
        &mut self,
        content: Arc<Content>,
        mut flags: Vec<Flag<'static>>,
        date: i64,
    ) -> u32 {
        let uid = self.uid_next;
        self.uid_next += 1;
        self.mod_seq += 1;
        flags.retain(|flag| !matches!(flag, Flag::Recent | Flag::Any));
        self.messages.push(Message { uid, flags, date, mod_seq: self.mod_seq, content });
        uid
    }

    /// Changes flags; false when there is no such message.
    pub(super) fn store(&mut self, uid: u32, change: Change, flags: &[Flag<'static>]) -> bool {
        let Ok(place) = self.messages.binary_search_by_key(&uid, |message| message.uid) else {
            return false;
        };
        let Some(message) = self.messages.get_mut(place) else {
            return false;
        };
        let mut new = match change {
            Change::Replace => Vec::new(),
            Change::Add | Change::Remove => message.flags.clone(),
        };
        for flag in flags {
            match change {
                Change::Remove => new.retain(|one| one != flag),
                Change::Replace | Change::Add if !new.contains(flag) => new.push(flag.clone()),
                Change::Replace | Change::Add => {}
            }
        }
        if new != message.flags {
            message.flags = new;
            self.mod_seq += 1;
            message.mod_seq = self.mod_seq;
        }
        true
    }

    /// Removes the messages for which `which` is true, and returns their UIDs.
    pub(super) fn remove(&mut self, mut which: impl FnMut(&Message) -> bool) -> Vec<u32> {
        let mut removed = Vec::new();
        self.messages.retain(|message| {
            let goes = which(message);
            if goes {
                removed.push(message.uid);
            }
            !goes
        });
        if !removed.is_empty() {
            self.mod_seq += 1;
        }
        removed
    }

    /// Takes all messages out.
    pub(super) fn take(&mut self) -> Vec<Message> {
        self.mod_seq += 1;
        std::mem::take(&mut self.messages)
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
        let mut folder = Folder::new(7);
        for _ in 0..3 {
            folder.add(Arc::default(), vec![Flag::Seen, Flag::Recent], 0);
        }
        folder
    }

    #[test]
    fn uids_ascend_and_are_never_used_again() {
        let mut folder = folder();
        assert_eq!(folder.remove(|message| message.uid != 1), [2, 3]);
        assert_eq!(folder.add(Arc::default(), Vec::new(), 0), 4);
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
}
