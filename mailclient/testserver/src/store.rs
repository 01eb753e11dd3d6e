//! Accounts and their folders in memory, shared by the sessions of both protocols.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use imap_proto_lite::name_attribute::NameAttribute;

use super::{
    acl::Rights,
    changes::{Changes, NextChange},
    folder::{Folder, Message},
    limits::Limits,
    log::{Change, LogEntry},
    names::{SEPARATOR, canonical},
};

mod maildrop;
mod value;

pub(super) use self::{
    maildrop::Maildrop,
    value::{Listed, NewMessage, Quota, Refusal, Rules},
};

/// One user: the password, the token and the folders.
pub(super) struct Account {
    pub(super) name: String,
    password: String,
    token: String,
    rules: Rules,
    inside: Mutex<Inside>,
}

struct Inside {
    folders: BTreeMap<String, Folder>,
    subscribed: BTreeSet<String>,
    next_identity: u32,
    quota: Quota,
    changes: Changes,
    maildrop_taken: bool,
}

impl Account {
    /// An account with these folders, all subscribed; there is always an INBOX.
    pub(super) fn new(
        name: &str,
        password: &str,
        token: &str,
        rules: Rules,
        folders: &[String],
    ) -> Self {
        let account = Self {
            name: name.into(),
            password: password.into(),
            token: token.into(),
            inside: Mutex::new(Inside {
                folders: BTreeMap::new(),
                subscribed: BTreeSet::new(),
                next_identity: rules.first_uid_validity.max(1),
                quota: Quota::default(),
                changes: Changes::default(),
                maildrop_taken: false,
            }),
            rules,
        };
        for folder in std::iter::once("INBOX").chain(folders.iter().map(String::as_str)) {
            // A name given twice is one folder.
            let _ = account.create(folder, special_use(folder));
        }
        let mut inside = account.lock();
        inside.subscribed = inside.folders.keys().cloned().collect();
        drop(inside);
        account
    }

    pub(super) fn password_is(&self, password: &[u8]) -> bool {
        self.password.as_bytes() == password
    }

    pub(super) fn token_is(&self, token: &[u8]) -> bool {
        self.token.as_bytes() == token
    }

    /// The secret of the challenge mechanisms.
    pub(super) const fn password(&self) -> &str {
        self.password.as_str()
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        // A test that panicked with the lock has failed already.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// After a change: logs it, and wakes the sessions that wait for changes.
    fn changed(&self, inside: &mut Inside) {
        for (name, folder) in &mut inside.folders {
            for change in folder.take_unlogged() {
                self.log(name, change);
            }
        }
        inside.changes.changed();
    }

    fn log(&self, folder: &str, change: Change) {
        let (user, folder) = (self.name.clone(), folder.to_owned());
        self.rules.log.push(LogEntry { user, folder, change });
    }

    /// Reads a folder.
    pub(super) fn look<T>(&self, name: &str, look: impl FnOnce(&Folder) -> T) -> Option<T> {
        self.lock().folders.get(&*canonical(name)).map(look)
    }

    /// Reads the folder with this identity, whatever its name is now.
    pub(super) fn look_at<T>(&self, identity: u32, look: impl FnOnce(&Folder) -> T) -> Option<T> {
        let inside = self.lock();
        let mut folders = inside.folders.values();
        folders.find(|folder| folder.identity == identity).map(look)
    }

    /// Changes the folder with this identity.
    pub(super) fn change_at<T>(
        &self,
        identity: u32,
        change: impl FnOnce(&mut Folder) -> T,
    ) -> Option<T> {
        let mut inside = self.lock();
        let mut folders = inside.folders.values_mut();
        let folder = folders.find(|folder| folder.identity == identity)?;
        let before = folder.mod_seq;
        let result = change(folder);
        if folder.mod_seq != before {
            self.changed(&mut inside);
        }
        Some(result)
    }

    /// Changes a folder.
    pub(super) fn change<T>(&self, name: &str, change: impl FnOnce(&mut Folder) -> T) -> Option<T> {
        let mut inside = self.lock();
        let result = change(inside.folders.get_mut(&*canonical(name))?);
        self.changed(&mut inside);
        Some(result)
    }

    /// A folder into which this user may put messages of so many bytes; none, with 0 bytes, needs
    /// no room.
    fn room<'i>(
        &self,
        inside: &'i mut Inside,
        name: &str,
        messages: usize,
        octets: u64,
    ) -> Result<&'i mut Folder, Refusal> {
        let (used, count) = inside.usage();
        let quota = inside.quota;
        let folder = inside
            .folders
            .get_mut(&*canonical(name))
            .filter(|folder| folder.selectable)
            .ok_or(Refusal::NonExistent)?;
        if !folder.rights.granted(&self.name).contains('i') {
            return Err(Refusal::NoPerm);
        }
        if messages == 0 {
            return Ok(folder);
        }
        let octets = used.saturating_add(octets);
        let messages = count.saturating_add(u64::try_from(messages).unwrap_or(u64::MAX));
        let is_over = octets > self.rules.limits.stored_bytes
            || messages > self.rules.limits.messages
            || quota.storage.is_some_and(|limit| octets.div_ceil(1024) > limit)
            || quota.messages.is_some_and(|limit| messages > limit);
        if is_over { Err(Refusal::OverQuota) } else { Ok(folder) }
    }

    /// Whether a message of so many bytes can be stored.
    pub(super) fn has_room(&self, name: &str, octets: u64) -> Result<(), Refusal> {
        self.room(&mut self.lock(), name, 1, octets).map(|_| ())
    }

    /// Stores a message, and returns UIDVALIDITY and UID.
    pub(super) fn append(&self, name: &str, message: NewMessage) -> Result<(u32, u32), Refusal> {
        let mut inside = self.lock();
        let NewMessage { content, flags, date, saved } = message;
        let folder = self.room(&mut inside, name, 1, content.len())?;
        if !folder.takes(&flags, self.rules.limits.keywords) {
            return Err(Refusal::Limit);
        }
        let uid = folder.add(content, flags, date, saved);
        let uid_validity = folder.uid_validity;
        self.changed(&mut inside);
        Ok((uid_validity, uid))
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
        saved: i64,
    ) -> Result<(u32, Vec<(u32, u32)>), Refusal> {
        let mut inside = self.lock();
        let source = inside.folders.values().find(|folder| folder.identity == from);
        let messages: Vec<Message> = source
            .map(|folder| uids.iter().filter_map(|&uid| folder.message(uid).cloned()).collect())
            .unwrap_or_default();
        let octets = messages.iter().map(|message| message.content.len()).sum();
        // A move needs no more room.
        let (count, octets) = if remove { (0, 0) } else { (messages.len(), octets) };
        let target = self.room(&mut inside, to, count, octets)?;
        let flags: Vec<_> = messages.iter().flat_map(|message| message.flags.clone()).collect();
        if !target.takes(&flags, self.rules.limits.keywords) {
            return Err(Refusal::Limit);
        }
        let uid_validity = target.uid_validity;
        let pairs: Vec<(u32, u32)> = messages
            .into_iter()
            .map(|message| {
                let uid = target.add(message.content, message.flags, message.date, saved);
                (message.uid, uid)
            })
            .collect();
        if remove {
            let source = inside.folders.values_mut().find(|folder| folder.identity == from);
            if let Some(source) = source {
                // Only the UIDs from before: a move within one folder must not remove its copies.
                let mut gone: Vec<u32> = pairs.iter().map(|(before, _)| *before).collect();
                gone.sort_unstable();
                source.remove(|message| gone.binary_search(&message.uid).is_ok());
            }
        }
        self.changed(&mut inside);
        Ok((uid_validity, pairs))
    }

    /// All names, INBOX first, then by name; with the subscribed names that have no folder.
    pub(super) fn list(&self) -> Vec<Listed> {
        let inside = self.lock();
        let mut list: Vec<Listed> = Vec::new();
        for (name, folder) in &inside.folders {
            let rights = folder.rights.granted(&self.name);
            if rights.contains('l') {
                list.push(Listed {
                    name: name.clone(),
                    exists: true,
                    selectable: folder.selectable,
                    subscribed: inside.subscribed.contains(name),
                    has_children: inside.has_children(name),
                    special_use: folder.special_use.clone(),
                    rights,
                });
            }
        }
        for name in &inside.subscribed {
            if !inside.folders.contains_key(name) {
                list.push(Listed {
                    name: name.clone(),
                    exists: false,
                    selectable: false,
                    subscribed: true,
                    has_children: inside.has_children(name),
                    special_use: None,
                    rights: String::new(),
                });
            }
        }
        list.sort_by(|one, two| {
            (one.name != "INBOX", &one.name).cmp(&(two.name != "INBOX", &two.name))
        });
        list
    }

    /// CREATE, with missing parents. A separator at the end is not part of the name.
    pub(super) fn create(
        &self,
        name: &str,
        special_use: Option<NameAttribute<'static>>,
    ) -> Result<(), Refusal> {
        let name = name.strip_suffix(SEPARATOR).unwrap_or(name);
        let name = canonical(name);
        let mut inside = self.lock();
        self.check_name(&inside, &name)?;
        match inside.folders.get_mut(&*name) {
            Some(folder) if folder.selectable => return Err(Refusal::AlreadyExists),
            Some(folder) => {
                folder.selectable = true;
                self.log(&name, Change::FolderCreated);
            }
            None => {
                self.check_parent(&inside, &name)?;
                self.make_parents(&mut inside, &name);
                self.make(&mut inside, &name);
            }
        }
        if let Some(folder) = inside.folders.get_mut(&*name) {
            folder.special_use = special_use;
        }
        self.changed(&mut inside);
        Ok(())
    }

    /// Whether a new folder may have this name.
    fn check_name(&self, inside: &Inside, name: &str) -> Result<(), Refusal> {
        if name.is_empty() || name.split(SEPARATOR).any(str::is_empty) {
            return Err(Refusal::Cannot);
        }
        let limits = &self.rules.limits;
        let depth = name.split(SEPARATOR).count();
        if name.len() > limits.folder_name || depth > limits.folder_depth {
            return Err(Refusal::Limit);
        }
        if inside.folders.len() + depth > limits.folders { Err(Refusal::Limit) } else { Ok(()) }
    }

    /// Whether the user may make a folder below the nearest existing one.
    fn check_parent(&self, inside: &Inside, name: &str) -> Result<(), Refusal> {
        let parents = name.rmatch_indices(SEPARATOR).filter_map(|(at, _)| name.get(..at));
        let parent = parents.filter_map(|parent| inside.folders.get(parent)).next();
        match parent {
            Some(parent) if !parent.rights.granted(&self.name).contains('k') => {
                Err(Refusal::NoPerm)
            }
            _ => Ok(()),
        }
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
        if !folder.rights.granted(&self.name).contains('x') {
            return Err(Refusal::NoPerm);
        }
        if has_children && !folder.selectable {
            return Err(Refusal::HasChildren);
        }
        folder.selectable = false;
        folder.take();
        self.changed(&mut inside);
        if !has_children {
            inside.folders.remove(&*name);
        }
        self.log(&name, Change::FolderDeleted);
        Ok(())
    }

    /// RENAME, with the children. From INBOX the messages move, and an empty INBOX stays.
    pub(super) fn rename(&self, from: &str, to: &str, now: i64) -> Result<(), Refusal> {
        let from = canonical(from);
        let to = canonical(to.strip_suffix(SEPARATOR).unwrap_or(to));
        let mut inside = self.lock();
        let source = inside.folders.get(&*from).ok_or(Refusal::NonExistent)?;
        if !source.rights.granted(&self.name).contains('x') {
            return Err(Refusal::NoPerm);
        }
        if inside.folders.contains_key(&*to) {
            return Err(Refusal::AlreadyExists);
        }
        let below = format!("{from}{SEPARATOR}");
        if to.starts_with(&below) {
            return Err(Refusal::Cannot);
        }
        self.check_name(&inside, &to)?;
        let children: Vec<String> =
            inside.folders.keys().filter(|name| name.starts_with(&below)).cloned().collect();
        let renamed = |name: &str| format!("{to}{}", name.get(from.len()..).unwrap_or_default());
        if from != "INBOX" {
            for name in &children {
                self.check_name(&inside, &renamed(name))?;
            }
        }
        self.check_parent(&inside, &to)?;
        self.make_parents(&mut inside, &to);
        if from == "INBOX" {
            let moved = inside.folders.get_mut("INBOX").map(Folder::take).unwrap_or_default();
            let folder = self.make(&mut inside, &to);
            for message in moved {
                folder.add(message.content, message.flags, message.date, now);
            }
        } else {
            for name in children.into_iter().chain([from.to_string()]) {
                if let Some(folder) = inside.folders.remove(&name) {
                    inside.folders.insert(renamed(&name), folder);
                }
            }
            self.log(&from, Change::FolderRenamed { to: to.to_string() });
        }
        self.changed(&mut inside);
        Ok(())
    }

    /// SUBSCRIBE and UNSUBSCRIBE. A name stays subscribed when its folder is deleted ([RFC 9051
    /// section 6.3.7](https://www.rfc-editor.org/rfc/rfc9051#section-6.3.7)).
    pub(super) fn subscribe(&self, name: &str, subscribed: bool) -> Result<(), Refusal> {
        let name = canonical(name);
        let mut inside = self.lock();
        let changed = if subscribed {
            if !inside.folders.contains_key(&*name) {
                return Err(Refusal::NonExistent);
            }
            if inside.subscribed.len() >= self.rules.limits.folders.saturating_mul(2) {
                return Err(Refusal::Limit);
            }
            inside.subscribed.insert(name.to_string())
        } else {
            inside.subscribed.remove(&*name)
        };
        if changed {
            self.log(&name, if subscribed { Change::Subscribed } else { Change::Unsubscribed });
        }
        self.changed(&mut inside);
        Ok(())
    }

    /// Changes the rights on a folder, for which the user needs the right `a`.
    pub(super) fn administer<T>(
        &self,
        name: &str,
        change: impl FnOnce(&mut Rights) -> T,
    ) -> Result<T, Refusal> {
        let mut inside = self.lock();
        let folder = inside.folders.get_mut(&*canonical(name)).ok_or(Refusal::NonExistent)?;
        if !folder.rights.granted(&self.name).contains('a') {
            return Err(Refusal::NoPerm);
        }
        let result = change(&mut folder.rights);
        self.changed(&mut inside);
        Ok(result)
    }

    /// Bytes and messages of all folders.
    pub(super) fn usage(&self) -> (u64, u64) {
        self.lock().usage()
    }

    /// The limits of the server.
    pub(super) const fn limits(&self) -> &Limits {
        &self.rules.limits
    }

    pub(super) fn quota(&self) -> Quota {
        self.lock().quota
    }

    pub(super) fn set_quota(&self, quota: Quota) {
        self.lock().quota = quota;
    }

    /// The number of the last change of the account.
    pub(super) fn version(&self) -> u64 {
        self.lock().changes.version()
    }

    /// The next change after `version`.
    pub(super) fn after(&self, version: u64) -> NextChange {
        self.lock().changes.after(version)
    }

    fn make<'i>(&self, inside: &'i mut Inside, name: &str) -> &'i mut Folder {
        let identity = inside.next_identity;
        inside.next_identity += 1;
        let uid_validity = self.rules.uid_validity.of(identity);
        self.log(name, Change::FolderCreated);
        let folder = || Folder::new(identity, uid_validity, &self.name);
        inside.folders.entry(name.to_owned()).or_insert_with(folder)
    }

    fn make_parents(&self, inside: &mut Inside, name: &str) {
        for (at, _) in name.match_indices(SEPARATOR) {
            let parent = name.get(..at).unwrap_or_default();
            if !inside.folders.contains_key(parent) {
                self.make(inside, parent);
            }
        }
    }
}

impl Inside {
    fn has_children(&self, name: &str) -> bool {
        let below = format!("{name}{SEPARATOR}");
        let mut behind = self.folders.range(below.clone()..);
        behind.next().is_some_and(|(name, _)| name.starts_with(&below))
    }

    fn usage(&self) -> (u64, u64) {
        let folders = self.folders.values();
        folders.fold((0, 0), |(octets, messages), folder| {
            let count = u64::try_from(folder.messages().len()).unwrap_or(u64::MAX);
            (octets + folder.octets(), messages + count)
        })
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The special use of the default folders.
fn special_use(name: &str) -> Option<NameAttribute<'static>> {
    Some(match name {
        "Archive" => NameAttribute::Archive,
        "Drafts" => NameAttribute::Drafts,
        "Junk" => NameAttribute::Junk,
        "Sent" => NameAttribute::Sent,
        "Trash" => NameAttribute::Trash,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
