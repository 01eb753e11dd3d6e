//! LIST and STATUS.

use std::{borrow::Cow, num::NonZeroU32};

use imap_proto_lite::{
    Command, MailboxName,
    command::{ListReturn, ListSelection, StatusItem},
    name_attribute::NameAttribute,
    response::{ListEntry, Response, StatusValue},
};

use crate::{
    error::{Error, Result},
    folder::{Access, Folder, FolderName, FolderStatus, Folders, OpenFolder, Role},
    imap::{
        mailbox::ImapMailbox,
        naming::{Naming, wire_name},
    },
};

const STATUS: [StatusItem; 4] =
    [StatusItem::Messages, StatusItem::UidNext, StatusItem::UidValidity, StatusItem::Unseen];

impl ImapMailbox {
    /// STATUS, or NOOP for the open folder. Marks count as messages that are there: whether they
    /// are is only known of the open folder.
    pub(super) async fn count_in(&mut self, folder: &FolderName) -> Result<FolderStatus> {
        if self.open.as_ref().is_some_and(|open| open.name == *folder) {
            return self.count().await;
        }
        let mailbox = wire_name(folder)?;
        self.settle().await?;
        let id = self.send(&Command::Status { mailbox, items: Cow::Borrowed(&STATUS) })?;
        let (mut status, mut messages) = (FolderStatus::default(), None);
        let number = |value: u64| u32::try_from(value).ok().and_then(NonZeroU32::new);
        self.complete(id, "STATUS", &mut |_, response| {
            let Response::Status(told) = response else {
                return false;
            };
            for value in told.values.iter() {
                match value {
                    StatusValue::Messages(count) => messages = Some(count),
                    StatusValue::UidNext(uid) => status.uid_next = number(uid),
                    StatusValue::UidValidity(validity) => {
                        status.uid_validity = NonZeroU32::new(validity.get());
                    }
                    StatusValue::Unseen(count) => status.unseen = Some(count),
                    _ => {}
                }
            }
            true
        })
        .await?;
        let messages =
            messages.ok_or_else(|| Error::inconsistent("the answer to STATUS holds no count"))?;
        let mut open = OpenFolder::new(folder.clone(), Access::ReadOnly);
        open.uid_validity = status.uid_validity;
        let marked = Naming::new(&open, self.session).uids_among(&self.marks).count();
        status.messages = messages.saturating_sub(marked);
        Ok(status)
    }

    pub(super) async fn list_folders(&mut self, which: Folders) -> Result<Vec<Folder>> {
        self.settle().await?;
        if which == Folders::Subscribed {
            let pattern = name("*")?;
            return self.listed(&Command::Lsub { reference: name("")?, pattern }).await;
        }
        let everything = [name("*")?];
        let list = |returns| {
            Ok::<_, Error>(Command::List {
                reference: name("")?,
                patterns: Cow::Borrowed(&everything),
                selection: ListSelection::default(),
                returns,
            })
        };
        let mut returns = ListReturn::default();
        returns.special_use = true;
        returns.children = true;
        let extended = list(returns)?;
        if self.can(&extended) {
            match self.listed(&extended).await {
                // Some servers announce it and refuse it, or return nothing (Strato): plain LIST
                // works everywhere.
                Err(Error::Refused(_)) => {}
                Ok(folders) if folders.is_empty() => {}
                other => return other,
            }
        }
        self.listed(&list(ListReturn::default())?).await
    }

    async fn listed(&mut self, command: &Command<'_>) -> Result<Vec<Folder>> {
        let id = self.send(command)?;
        let utf8 = self.driver.machine().utf8();
        let limit = self.limits.folders;
        let (mut folders, mut bytes, mut damage) = (Vec::new(), 0_u64, None);
        self.complete(id, command.kind().to_keyword(), &mut |_, response| {
            match response {
                Response::List(entry) | Response::Lsub(entry) => {
                    bytes = bytes.saturating_add(weight(entry));
                    if bytes > limit {
                        return true;
                    }
                    match folder(entry, utf8) {
                        Some(folder) => folders.push(folder),
                        None => drop(damage.get_or_insert_with(|| {
                            let raw = entry.mailbox.raw();
                            Error::damaged(None, "the name of a folder cannot be read", &raw)
                        })),
                    }
                }
                Response::Malformed { raw } => drop(damage.get_or_insert_with(|| {
                    Error::damaged(None, "a line of the folder listing cannot be read", raw)
                })),
                _ => return false,
            }
            true
        })
        .await?;
        if bytes > limit {
            return Err(Error::limit("bytes of folder names", limit));
        }
        if let Some(damage) = damage {
            return Err(damage);
        }
        folders.sort_by_key(|folder| folder.role != Some(Role::Inbox));
        Ok(folders)
    }
}

fn name(text: &str) -> Result<MailboxName<'_>> {
    MailboxName::new(text).map_err(Error::misuse)
}

/// The memory of an entry, in bytes.
fn weight(entry: &ListEntry<'_>) -> u64 {
    (entry.mailbox.raw().len() + size_of::<Folder>()) as u64
}

/// `utf8`: names in this session are UTF-8.
fn folder(entry: &ListEntry<'_>, utf8: bool) -> Option<Folder> {
    let mut folder = Folder::new(FolderName::from_server(&entry.mailbox.decoded(utf8))?);
    folder.delimiter = entry.delimiter.map(char::from);
    for attribute in entry.attributes.iter() {
        let role = match attribute {
            NameAttribute::NoSelect | NameAttribute::NonExistent => {
                folder.selectable = false;
                continue;
            }
            NameAttribute::All => Role::All,
            NameAttribute::Archive => Role::Archive,
            NameAttribute::Drafts => Role::Drafts,
            NameAttribute::Flagged => Role::Flagged,
            NameAttribute::Junk => Role::Junk,
            NameAttribute::Sent => Role::Sent,
            NameAttribute::Trash => Role::Trash,
            _ => continue,
        };
        folder.role.get_or_insert(role);
    }
    Some(folder)
}
