//! [`Model`]: a plain model of a server's folders. A test does the same to the model and through a
//! client, and compares what the server says that happened with what the model foresaw: nothing is
//! stored, deleted or altered that was not asked for.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

/// A message in a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Message {
    /// Its UID.
    pub uid: u32,
    /// Its flags, with their backslashes.
    pub flags: BTreeSet<String>,
    /// The message.
    pub bytes: Bytes,
}

/// Something that happened to a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happened {
    /// A message was stored.
    Stored(String, Message),
    /// The message with this UID was deleted for good.
    Deleted(String, u32, Bytes),
    /// The flags of a message were changed to these.
    Flagged(String, Message),
    /// What no operation of the model does, in the words of the server.
    Other(String),
}

#[derive(Clone, Debug, Default)]
struct Folder {
    messages: Vec<Message>,
    next_uid: u32,
}

/// How flags are changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// These are set.
    Add,
    /// These are taken away.
    Remove,
    /// These take the place of all others.
    Replace,
}

/// The folders of one user.
#[derive(Clone, Debug, Default)]
pub struct Model {
    folders: BTreeMap<String, Folder>,
    happened: Vec<Happened>,
}

impl Model {
    /// No folders.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A folder as it is at the beginning, its messages in the order of their UIDs.
    pub fn begin(&mut self, name: &str, messages: Vec<Message>) {
        let next_uid = messages.last().map_or(1, |last| last.uid + 1);
        self.folders.insert(name.into(), Folder { messages, next_uid });
    }

    /// The messages of a folder.
    ///
    /// # Panics
    /// There is no such folder.
    #[must_use]
    pub fn messages(&self, folder: &str) -> &[Message] {
        &self.folders[folder].messages
    }

    /// The message with a UID.
    ///
    /// # Panics
    /// There is no such folder.
    #[must_use]
    pub fn message(&self, folder: &str, uid: u32) -> Option<&Message> {
        self.messages(folder).iter().find(|message| message.uid == uid)
    }

    fn folder(&mut self, name: &str) -> &mut Folder {
        self.folders.get_mut(name).unwrap_or_else(|| panic!("no folder {name}"))
    }

    /// A message is stored, with the next UID.
    ///
    /// # Panics
    /// There is no such folder.
    pub fn store(&mut self, folder: &str, flags: BTreeSet<String>, bytes: Bytes) {
        let into = self.folder(folder);
        let message = Message { uid: into.next_uid, flags, bytes };
        into.next_uid += 1;
        into.messages.push(message.clone());
        self.happened.push(Happened::Stored(folder.into(), message));
    }

    /// Messages are deleted for good. A message that is not there is nothing.
    ///
    /// # Panics
    /// There is no such folder.
    pub fn delete(&mut self, folder: &str, uids: &BTreeSet<u32>) {
        let from = self.folder(folder);
        let gone: Vec<Message> =
            from.messages.extract_if(.., |message| uids.contains(&message.uid)).collect();
        let gone = gone.into_iter();
        self.happened.extend(gone.map(|one| Happened::Deleted(folder.into(), one.uid, one.bytes)));
    }

    /// The flags of messages are changed. A message that has them already is not altered.
    ///
    /// # Panics
    /// There is no such folder.
    pub fn flag(
        &mut self,
        folder: &str,
        uids: &BTreeSet<u32>,
        change: Change,
        flags: &BTreeSet<String>,
    ) {
        let mut altered = Vec::new();
        for message in &mut self.folder(folder).messages {
            let new = match change {
                Change::Add => &message.flags | flags,
                Change::Remove => &message.flags - flags,
                Change::Replace => flags.clone(),
            };
            if uids.contains(&message.uid) && message.flags != new {
                message.flags = new;
                altered.push(Happened::Flagged(folder.into(), message.clone()));
            }
        }
        self.happened.append(&mut altered);
    }

    /// Messages are stored in another folder as well, in their order.
    ///
    /// # Panics
    /// There is no such folder.
    pub fn copy(&mut self, folder: &str, uids: &BTreeSet<u32>, to: &str) {
        let messages = self.messages(folder).iter();
        let copied: Vec<Message> =
            messages.filter(|message| uids.contains(&message.uid)).cloned().collect();
        for message in copied {
            self.store(to, message.flags, message.bytes);
        }
    }

    /// Compares what the server says with what was foreseen since the last comparison; the order
    /// does not count.
    ///
    /// # Errors
    /// What happened unasked, and what did not happen.
    pub fn compare(&mut self, happened: impl IntoIterator<Item = Happened>) -> Result<(), String> {
        let mut foreseen = std::mem::take(&mut self.happened);
        let mut unasked = Vec::new();
        for one in happened {
            match foreseen.iter().position(|other| *other == one) {
                Some(place) => drop(foreseen.swap_remove(place)),
                None => unasked.push(one),
            }
        }
        if unasked.is_empty() && foreseen.is_empty() {
            return Ok(());
        }
        Err(format!("not asked for: {unasked:?}; missing: {foreseen:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(ToString::to_string).collect()
    }

    fn message(uid: u32, names: &[&str]) -> Message {
        Message { uid, flags: flags(names), bytes: Bytes::from(format!("message {uid}")) }
    }

    fn deleted(uid: u32) -> Happened {
        Happened::Deleted("INBOX".into(), uid, message(uid, &[]).bytes)
    }

    fn model() -> Model {
        let mut model = Model::new();
        model.begin("INBOX", vec![message(3, &[]), message(5, &["\\Seen"])]);
        model.begin("Archive", Vec::new());
        model
    }

    #[test]
    fn what_was_asked_for_is_foreseen_in_any_order() {
        let mut model = model();
        let uids = BTreeSet::from([3, 5, 7]);
        model.copy("INBOX", &uids, "Archive");
        model.flag("INBOX", &uids, Change::Add, &flags(&["\\Seen"]));
        model.delete("INBOX", &BTreeSet::from([5]));
        model.store("INBOX", flags(&[]), Bytes::from_static(b"new"));
        let copied = |uid, of: Message| Happened::Stored("Archive".into(), Message { uid, ..of });
        let new = Message { uid: 6, flags: flags(&[]), bytes: Bytes::from_static(b"new") };
        let happened = [
            Happened::Stored("INBOX".into(), new),
            copied(2, message(5, &["\\Seen"])),
            copied(1, message(3, &[])),
            deleted(5),
            // The other one was seen before.
            Happened::Flagged("INBOX".into(), message(3, &["\\Seen"])),
        ];
        assert_eq!(model.compare(happened), Ok(()));
        assert_eq!(model.messages("INBOX").len(), 2);
        assert_eq!(model.message("INBOX", 3), Some(&message(3, &["\\Seen"])));
        assert_eq!(model.compare([]), Ok(()));
    }

    #[test]
    fn flags_are_added_removed_and_replaced() {
        let mut model = model();
        let uids = BTreeSet::from([5]);
        let steps = [
            (Change::Add, &["\\Flagged"][..], &["\\Flagged", "\\Seen"][..]),
            (Change::Remove, &["\\Seen"], &["\\Flagged"]),
            (Change::Replace, &["\\Draft"], &["\\Draft"]),
        ];
        for (change, names, expected) in steps {
            model.flag("INBOX", &uids, change, &flags(names));
            let flagged = Happened::Flagged("INBOX".into(), message(5, expected));
            assert_eq!(model.compare([flagged]), Ok(()));
        }
    }

    #[test]
    fn what_was_not_asked_for_and_what_is_missing_are_told() {
        let mut model = model();
        model.delete("INBOX", &BTreeSet::from([3]));
        let told = model.compare([deleted(5)]).unwrap_err();
        let (unasked, missing) = told.split_once("; missing: ").unwrap();
        assert!(unasked.contains("message 5") && missing.contains("message 3"), "{told}");
        // The same twice is once too often.
        model.delete("INBOX", &BTreeSet::from([5]));
        assert!(model.compare([deleted(5), deleted(5)]).is_err());
    }
}
