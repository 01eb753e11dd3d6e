//! Accounts and their folders in memory, shared by the sessions of both protocols.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use super::folder::{Folder, Message};

/// The separator between the levels of a folder name.
pub(super) const SEPARATOR: char = '/';

/// Why an operation on folders was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There is no such folder.
    NonExistent,
    /// The folder exists already.
    AlreadyExists,
    /// It has child folders.
    HasChildren,
    /// It is never possible for this name.
    Cannot,
}

/// A name in the answer to LIST.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) selectable: bool,
    pub(super) subscribed: bool,
    pub(super) has_children: bool,
}

/// One user: the password, the token and the folders.
pub(super) struct Account {
    pub(super) name: String,
    password: String,
    token: String,
    inside: Mutex<Inside>,
}

struct Inside {
    folders: BTreeMap<String, Folder>,
    next_uid_validity: u32,
    /// The number of calls of `change`.
    version: u64,
    waiting: Vec<Waker>,
    maildrop_taken: bool,
}

impl Account {
    /// An account with these folders; there is always an INBOX.
    pub(super) fn new(
        name: &str,
        password: &str,
        token: &str,
        uid_validity: u32,
        folders: &[String],
    ) -> Self {
        let account = Self {
            name: name.into(),
            password: password.into(),
            token: token.into(),
            inside: Mutex::new(Inside {
                folders: BTreeMap::new(),
                next_uid_validity: uid_validity.max(1),
                version: 0,
                waiting: Vec::new(),
                maildrop_taken: false,
            }),
        };
        for folder in std::iter::once("INBOX").chain(folders.iter().map(String::as_str)) {
            // A name given twice is one folder.
            let _ = account.create(folder);
        }
        account
    }

    pub(super) fn password_is(&self, password: &[u8]) -> bool {
        self.password.as_bytes() == password
    }

    pub(super) fn token_is(&self, token: &[u8]) -> bool {
        self.token.as_bytes() == token
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        // A test that panicked with the lock has failed already.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a folder.
    pub(super) fn look<T>(&self, name: &str, look: impl FnOnce(&Folder) -> T) -> Option<T> {
        self.lock().folders.get(&*canonical(name)).map(look)
    }

    /// Reads the folder with this UIDVALIDITY, whatever its name is now.
    pub(super) fn look_at<T>(
        &self,
        uid_validity: u32,
        look: impl FnOnce(&Folder) -> T,
    ) -> Option<T> {
        let inside = self.lock();
        let mut folders = inside.folders.values();
        folders.find(|folder| folder.uid_validity == uid_validity).map(look)
    }

    /// Changes the folder with this UIDVALIDITY.
    pub(super) fn change_at<T>(
        &self,
        uid_validity: u32,
        change: impl FnOnce(&mut Folder) -> T,
    ) -> Option<T> {
        let mut inside = self.lock();
        let mut folders = inside.folders.values_mut();
        let folder = folders.find(|folder| folder.uid_validity == uid_validity)?;
        let before = folder.mod_seq;
        let result = change(folder);
        if folder.mod_seq != before {
            inside.changed();
        }
        Some(result)
    }

    /// Changes a folder.
    pub(super) fn change<T>(&self, name: &str, change: impl FnOnce(&mut Folder) -> T) -> Option<T> {
        let mut inside = self.lock();
        let result = change(inside.folders.get_mut(&*canonical(name))?);
        inside.changed();
        Some(result)
    }

    /// Copies messages, in the order of `uids`, to the end of another folder, or moves them there.
    /// Returns the UIDVALIDITY of that folder and, for each existing message, its UID before and
    /// after.
    pub(super) fn copy(
        &self,
        from: u32,
        uids: &[u32],
        to: &str,
        remove: bool,
    ) -> Result<(u32, Vec<(u32, u32)>), Refusal> {
        let mut inside = self.lock();
        let source = inside.folders.values_mut().find(|folder| folder.uid_validity == from);
        let messages: Vec<Message> = source
            .map(|folder| uids.iter().filter_map(|&uid| folder.message(uid).cloned()).collect())
            .unwrap_or_default();
        let target = inside
            .folders
            .get_mut(&*canonical(to))
            .filter(|folder| folder.selectable)
            .ok_or(Refusal::NonExistent)?;
        let uid_validity = target.uid_validity;
        let pairs: Vec<(u32, u32)> = messages
            .into_iter()
            .map(|message| (message.uid, target.add(message.content, message.flags, message.date)))
            .collect();
        if remove {
            let source = inside.folders.values_mut().find(|folder| folder.uid_validity == from);
            if let Some(source) = source {
                // Only the UIDs from before: a move within one folder must not remove its copies.
                let mut gone: Vec<u32> = pairs.iter().map(|(before, _)| *before).collect();
                gone.sort_unstable();
                source.remove(|message| gone.binary_search(&message.uid).is_ok());
            }
        }
        inside.changed();
        Ok((uid_validity, pairs))
    }

    /// All names, INBOX first, then by name.
    pub(super) fn list(&self) -> Vec<Listed> {
        let inside = self.lock();
        let mut list: Vec<Listed> = inside
            .folders
            .iter()
            .map(|(name, folder)| Listed {
                name: name.clone(),
                selectable: folder.selectable,
                subscribed: folder.subscribed,
                has_children: inside.has_children(name),
            })
            .collect();
        list.sort_by_key(|listed| listed.name != "INBOX");
        list
    }

    /// CREATE, with missing parents. A separator at the end is not part of the name.
    pub(super) fn create(&self, name: &str) -> Result<(), Refusal> {
        let name = name.strip_suffix(SEPARATOR).unwrap_or(name);
        let name = canonical(name);
        if name.is_empty() || name.split(SEPARATOR).any(str::is_empty) {
            return Err(Refusal::Cannot);
        }
        let mut inside = self.lock();
        match inside.folders.get_mut(&*name) {
            Some(folder) if folder.selectable => return Err(Refusal::AlreadyExists),
            Some(folder) => folder.selectable = true,
            None => {
                inside.make_parents(&name);
                inside.make(&name);
            }
        }
        inside.changed();
        Ok(())
    }

    /// DELETE: a folder with children stays as a name that holds no messages.
    pub(super) fn delete(&self, name: &str) -> Result<(), Refusal> {
        let name = canonical(name);
        let mut inside = self.lock();
        let has_children = inside.has_children(&name);
        let folder = inside.folders.get_mut(&*name).ok_or(Refusal::NonExistent)?;
        if name == "INBOX" {
            return Err(Refusal::Cannot);
        }
        if !has_children {
            inside.folders.remove(&*name);
        } else if folder.selectable {
            folder.selectable = false;
            folder.take();
        } else {
            return Err(Refusal::HasChildren);
        }
        inside.changed();
        Ok(())
    }

    /// RENAME, with the children. From INBOX the messages move, and an empty INBOX stays.
    pub(super) fn rename(&self, from: &str, to: &str) -> Result<(), Refusal> {
        let from = canonical(from);
        let to = canonical(to.strip_suffix(SEPARATOR).unwrap_or(to));
        let mut inside = self.lock();
        if !inside.folders.contains_key(&*from) {
            return Err(Refusal::NonExistent);
        }
        if inside.folders.contains_key(&*to) {
            return Err(Refusal::AlreadyExists);
        }
        let below = format!("{from}{SEPARATOR}");
        if to.split(SEPARATOR).any(str::is_empty) || to.starts_with(&below) {
            return Err(Refusal::Cannot);
        }
        inside.make_parents(&to);
        if from == "INBOX" {
            let moved = inside.folders.get_mut("INBOX").map(Folder::take).unwrap_or_default();
            let folder = inside.make(&to);
            for message in moved {
                folder.add(message.content, message.flags, message.date);
            }
        } else {
            let names: Vec<String> = inside
                .folders
                .keys()
                .filter(|name| **name == *from || name.starts_with(&below))
                .cloned()
                .collect();
            for name in names {
                if let Some(folder) = inside.folders.remove(&name) {
                    let rest = name.get(from.len()..).unwrap_or_default();
                    inside.folders.insert(format!("{to}{rest}"), folder);
                }
            }
        }
        inside.changed();
        Ok(())
    }

    /// SUBSCRIBE and UNSUBSCRIBE.
    pub(super) fn subscribe(&self, name: &str, subscribed: bool) -> Result<(), Refusal> {
        self.change(name, |folder| folder.subscribed = subscribed).ok_or(Refusal::NonExistent)
    }

    /// The number of the last change of the account.
    pub(super) fn version(&self) -> u64 {
        self.lock().version
    }

    /// Waits until there is a change after `version`.
    pub(super) fn poll_changed(&self, version: u64, context: &Context<'_>) -> Poll<()> {
        let mut inside = self.lock();
        if inside.version != version {
            return Poll::Ready(());
        }
        if !inside.waiting.iter().any(|waker| waker.will_wake(context.waker())) {
            inside.waiting.push(context.waker().clone());
        }
        Poll::Pending
    }

    /// The exclusive-access lock of the maildrop ([RFC 1939 section
    /// 4](https://www.rfc-editor.org/rfc/rfc1939#section-4)), released when the value is dropped;
    /// `None` while another session holds it.
    pub(super) fn lock_maildrop(self: &Arc<Self>) -> Option<Maildrop> {
        let mut inside = self.lock();
        if inside.maildrop_taken {
            return None;
        }
        inside.maildrop_taken = true;
        let inbox = inside.folders.get("INBOX");
        Some(Maildrop {
            uid_validity: inbox.map_or(0, |folder| folder.uid_validity),
            messages: inbox.map(|folder| folder.messages().to_vec()).unwrap_or_default(),
            account: Arc::clone(self),
        })
    }
}

impl Inside {
    fn changed(&mut self) {
        self.version += 1;
        for waker in self.waiting.drain(..) {
            waker.wake();
        }
    }

    fn has_children(&self, name: &str) -> bool {
        let below = format!("{name}{SEPARATOR}");
        let mut behind = self.folders.range(below.clone()..);
        behind.next().is_some_and(|(name, _)| name.starts_with(&below))
    }

    fn make(&mut self, name: &str) -> &mut Folder {
        let uid_validity = self.next_uid_validity;
        self.next_uid_validity += 1;
        self.folders.entry(name.to_owned()).or_insert_with(|| Folder::new(uid_validity))
    }

    fn make_parents(&mut self, name: &str) {
        for (at, _) in name.match_indices(SEPARATOR) {
            let parent = name.get(..at).unwrap_or_default();
            if !self.folders.contains_key(parent) {
                self.make(parent);
            }
        }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("name", &self.name).finish_non_exhaustive()
    }
}

/// INBOX as it was when a POP3 session entered the Transaction state.
#[derive(Debug)]
pub(super) struct Maildrop {
    pub(super) uid_validity: u32,
    pub(super) messages: Vec<Message>,
    account: Arc<Account>,
}

impl Maildrop {
    /// The Update state: removes messages for good.
    pub(super) fn remove(&self, uids: &[u32]) {
        if !uids.is_empty() {
            self.account.change_at(self.uid_validity, |folder| {
                folder.remove(|message| uids.contains(&message.uid))
            });
        }
    }
}

impl Drop for Maildrop {
    fn drop(&mut self) {
        self.account.lock().maildrop_taken = false;
    }
}

/// Normalises INBOX, which is case-insensitive, also as a parent.
fn canonical(name: &str) -> std::borrow::Cow<'_, str> {
    match name.get(..5) {
        Some(head) if head.eq_ignore_ascii_case("INBOX") && head != "INBOX" => {
            match name.get(5..) {
                Some(rest) if rest.is_empty() || rest.starts_with(SEPARATOR) => {
                    format!("INBOX{rest}").into()
                }
                _ => name.into(),
            }
        }
        _ => name.into(),
    }
}

/// `list-mailbox`: whether a pattern covers a name. `*` matches anything, `%` anything within a
/// level.
pub(super) fn covers(pattern: &str, name: &str) -> bool {
    // The positions in the pattern that fit the name read so far: linear in both for any pattern.
    let pattern: Vec<char> = pattern.chars().collect();
    let mut at = vec![false; pattern.len() + 1];
    let reach = |at: &mut Vec<bool>, from: usize| {
        let mut place = from;
        loop {
            if let Some(state) = at.get_mut(place) {
                *state = true;
            }
            match pattern.get(place) {
                Some('*' | '%') => place += 1,
                _ => break,
            }
        }
    };
    reach(&mut at, 0);
    for letter in name.chars() {
        let mut next = vec![false; pattern.len() + 1];
        for (place, sign) in pattern.iter().enumerate() {
            if !at.get(place).copied().unwrap_or_default() {
                continue;
            }
            match sign {
                '*' => reach(&mut next, place),
                '%' if letter != SEPARATOR => reach(&mut next, place),
                '%' => {}
                sign if *sign == letter => reach(&mut next, place + 1),
                _ => {}
            }
        }
        at = next;
    }
    at.last().copied().unwrap_or_default()
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
