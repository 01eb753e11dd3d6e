//! STATUS.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    num::NonZeroU32,
};

use imap_proto_lite::{
    Command, CommandId,
    command::StatusItem,
    response::{MailboxStatus, Response, StatusValue},
    search::SearchKey,
};

use crate::{
    error::{Error, Result},
    folder::{Access, Folder, FolderName, FolderStatus, OpenFolder},
    imap::{
        answer::accepted,
        mailbox::ImapMailbox,
        naming::{Naming, wire_name},
    },
    message::SizeHint,
};

/// So many STATUS are sent and not answered yet, at most.
const MOST_IN_FLIGHT: usize = 64;

impl ImapMailbox {
    /// What STATUS is asked for: all of it that this server has.
    pub(super) fn status_items(&self) -> Vec<StatusItem> {
        let mut items = vec![
            StatusItem::Messages,
            StatusItem::UidNext,
            StatusItem::UidValidity,
            StatusItem::Unseen,
        ];
        let machine = self.driver.machine();
        let optional = [StatusItem::Size, StatusItem::Deleted].into_iter();
        items.extend(optional.filter(|item| {
            let mailbox = super::naming::INBOX;
            let command = Command::Status { mailbox, items: Cow::Owned(vec![*item]) };
            machine
                .capabilities()
                .is_some_and(|known| command.missing_item(known, machine.enabled()).is_none())
        }));
        items
    }

    /// STATUS, or for the open folder SEARCH: STATUS is not for that one (RFC 9051 section 6.3.11).
    pub(super) async fn count_in(&mut self, folder: &FolderName) -> Result<FolderStatus> {
        if self.open.as_ref().is_some_and(|open| open.name == *folder) {
            return self.count_open().await;
        }
        let mailbox = wire_name(folder)?;
        self.settle().await?;
        let items = Cow::Owned(self.status_items());
        let id = self.send(&Command::Status { mailbox, items })?;
        let (mut found, utf8) = (None, self.driver.machine().utf8());
        self.complete(id, "STATUS", &mut |_, response| {
            let Response::Status(told) = response else {
                return false;
            };
            // A server may tell of other folders unasked.
            if !is_about(told, folder, utf8) {
                return false;
            }
            found = status(told).or_else(|| found.take());
            true
        })
        .await?;
        let found =
            found.ok_or_else(|| Error::inconsistent("the answer to STATUS has no count"))?;
        Ok(self.without_marks(folder, found))
    }

    /// Counts folders that the listing did not count, all in one round trip. What the server does
    /// not count is left out: it may refuse single folders, and a folder may be gone by now.
    pub(super) async fn count_each(
        &mut self,
        folders: &[Folder],
        counts: &mut HashMap<FolderName, FolderStatus>,
    ) -> Result<()> {
        let open = self.open.as_ref().map(|open| open.name.clone());
        let (items, utf8) = (self.status_items(), self.driver.machine().utf8());
        let is_counted = !counts.is_empty();
        let listed: HashSet<&FolderName> = folders.iter().map(|folder| &folder.name).collect();
        let mut asked = folders.iter().filter(|folder| {
            folder.selectable && !is_counted && Some(&folder.name) != open.as_ref()
        });
        let mut owed: Vec<CommandId> = Vec::new();
        let mut next = asked.next();
        while next.is_some() || !owed.is_empty() {
            while let Some(folder) = next {
                let (mailbox, items) = (wire_name(&folder.name)?, Cow::Borrowed(&items[..]));
                let command = Command::Status { mailbox, items };
                let has_room = owed.len() < MOST_IN_FLIGHT;
                match if has_room { self.try_send(&command)? } else { None } {
                    Some(id) => owed.push(id),
                    None => break,
                }
                next = asked.next();
            }
            let answer = self
                .next_answer(&mut |_, response| {
                    let Response::Status(told) = response else {
                        return false;
                    };
                    // Counts of other folders are not kept.
                    let name = FolderName::from_server(&told.mailbox.decoded(utf8));
                    counts.extend(name.filter(|name| listed.contains(name)).zip(status(told)));
                    true
                })
                .await?;
            owed.retain(|id| answer.id() != Some(*id));
            told(accepted("STATUS", answer))?;
        }
        let told_first = open.as_ref().and_then(|open| counts.get(open)).cloned();
        for (name, status) in counts.iter_mut() {
            *status = self.without_marks(name, std::mem::take(status));
        }
        // LIST counts the open folder too. Which of the marked messages there are is asked for.
        if let Some(open) = open
            && folders.iter().any(|folder| folder.name == open)
            && counts.get(&open).is_none_or(|status| Some(status) != told_first.as_ref())
        {
            let status = self.count_open().await?;
            let whole = told_first.filter(|told| told.messages == status.messages);
            counts.insert(open, whole.unwrap_or(status));
        }
        Ok(())
    }

    /// The open folder: which messages are unseen. The server tells new ones before that.
    async fn count_open(&mut self) -> Result<FolderStatus> {
        self.settle().await?;
        let marked = self.naming()?.uids_among(&self.marks);
        let unseen = told(self.search_uids(SearchKey::Unseen.into()).await)?;
        let mut status = self.counted().await?;
        status.unseen = unseen.map(|(mut unseen, _)| {
            unseen.subtract(&marked);
            unseen.count()
        });
        Ok(status)
    }

    /// Marks count as messages that are there: whether they are is only known of the open folder.
    fn without_marks(&self, folder: &FolderName, mut status: FolderStatus) -> FolderStatus {
        let mut open = OpenFolder::new(folder.clone(), Access::ReadOnly);
        open.uid_validity = status.uid_validity;
        let marked = Naming::new(&open, self.session).uids_among(&self.marks).count();
        if marked > 0 {
            status.messages = status.messages.saturating_sub(marked);
            (status.unseen, status.size) = (None, None);
        }
        status
    }
}

/// `None` for what the server refused for good.
fn told<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Err(error @ Error::Refused(_)) if !error.is_transient() => Ok(None),
        other => other.map(Some),
    }
}

/// Whether the answer to STATUS is about this folder.
pub(super) fn is_about(told: &MailboxStatus<'_>, folder: &FolderName, utf8: bool) -> bool {
    FolderName::from_server(&told.mailbox.decoded(utf8)).as_ref() == Some(folder)
}

/// The answer to STATUS, if it has the number of messages.
pub(super) fn status(told: &MailboxStatus<'_>) -> Option<FolderStatus> {
    let (mut status, mut messages) = (FolderStatus::default(), None);
    for value in told.values.iter() {
        match value {
            StatusValue::Messages(count) => messages = Some(count),
            StatusValue::UidNext(uid) => {
                status.uid_next = u32::try_from(uid).ok().and_then(NonZeroU32::new);
            }
            StatusValue::UidValidity(validity) => {
                status.uid_validity = NonZeroU32::new(validity.get());
            }
            StatusValue::Unseen(count) => status.unseen = Some(count),
            StatusValue::Deleted(count) => status.deleted = Some(count),
            StatusValue::Size(bytes) => status.size = Some(SizeHint::new(bytes)),
            _ => {}
        }
    }
    status.messages = messages?;
    Some(status)
}
