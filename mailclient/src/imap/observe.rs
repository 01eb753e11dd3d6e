//! Records what each event changes in the session: the open folder, changes, the server's goodbye.

use std::collections::VecDeque;

use imap_proto_lite::{
    CommandId, Status,
    client::Event,
    response::{Condition, Fetch, FetchAttribute, Response, ResponseCode},
};

use crate::{
    change::Change,
    driver::Stream,
    folder::MailboxStatus,
    imap::{ImapMailbox, flags::from_wire},
    message::{Id, MessageId},
};

/// The most changes that are kept; more become one [`Change::Resync`].
const KEPT_CHANGES: usize = 1024;

/// The open folder, as the server described it.
#[derive(Debug)]
pub(super) struct Selected {
    pub(super) name: String,
    pub(super) uid_validity: u32,
    pub(super) messages: u32,
    pub(super) read_only: bool,
}

impl Selected {
    pub(super) fn status(&self) -> MailboxStatus {
        MailboxStatus { messages: self.messages.into(), octets: None, read_only: self.read_only }
    }
}

/// A SELECT or EXAMINE in flight.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) id: CommandId,
    pub(super) folder: Selected,
}

/// Changes that were not returned to the caller yet.
#[derive(Debug, Default)]
pub(super) struct Changes(VecDeque<Change>);

impl Changes {
    fn push(&mut self, change: Change) {
        let full = self.0.len() >= KEPT_CHANGES;
        match (self.0.back_mut(), change) {
            // The latest count replaces the one before.
            (Some(Change::New { messages }), Change::New { messages: now }) => *messages = now,
            (Some(Change::Resync), _) => {}
            _ if full => {
                self.0.clear();
                self.0.push_back(Change::Resync);
            }
            (_, change) => self.0.push_back(change),
        }
    }

    pub(super) fn pop(&mut self) -> Option<Change> {
        self.0.pop_front()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl<S: Stream> ImapMailbox<S> {
    pub(super) fn observe(&mut self, event: &Event) {
        match event {
            Event::Untagged(line) => self.observe_response(&line.response()),
            Event::Done { id, status, code, .. } => {
                if self.idling == Some(*id) {
                    self.idling = None;
                }
                if self.uploading == Some(*id) {
                    self.uploading = None;
                }
                if self.opening.as_ref().is_some_and(|opening| opening.id == *id) {
                    self.opened(*status, code.as_ref());
                }
            }
            _ => {}
        }
    }

    fn opened(&mut self, status: Status, code: Option<&ResponseCode<'_>>) {
        self.selected = None;
        self.changes.clear();
        if let Some(mut opening) = self.opening.take()
            && status == Status::Ok
        {
            match code {
                Some(ResponseCode::ReadOnly) => opening.folder.read_only = true,
                Some(ResponseCode::ReadWrite) => opening.folder.read_only = false,
                _ => {}
            }
            self.selected = Some(opening.folder);
        }
    }

    fn observe_response(&mut self, response: &Response<'_>) {
        match response {
            Response::Exists(messages) => match (&mut self.opening, &mut self.selected) {
                (Some(opening), _) => opening.folder.messages = *messages,
                (None, Some(selected)) => {
                    let before = std::mem::replace(&mut selected.messages, *messages);
                    if *messages > before {
                        self.changes.push(Change::New { messages: *messages });
                    } else if *messages < before {
                        // Only EXPUNGE may lower the count.
                        self.changes.push(Change::Resync);
                    }
                }
                (None, None) => {}
            },
            Response::Expunge(_) => self.removed(1, None),
            Response::Vanished { earlier: false, uids } => {
                for range in uids.iter() {
                    if range.count() > KEPT_CHANGES as u64 {
                        self.changes.push(Change::Resync);
                        continue;
                    }
                    for uid in range.numbers() {
                        let id = self.id(uid);
                        self.removed(1, Some(id));
                    }
                }
            }
            Response::Fetch(fetch) => self.observe_flags(fetch),
            Response::Condition { condition, code, text } => {
                self.observe_condition(*condition, code.as_ref(), text)
            }
            _ => {}
        }
    }

    fn removed(&mut self, count: u32, id: Option<MessageId>) {
        // Until the SELECT is answered, EXPUNGE is about the folder before.
        if self.opening.is_some() {
            return;
        }
        if let Some(selected) = &mut self.selected {
            selected.messages = selected.messages.saturating_sub(count);
            self.changes.push(Change::Removed { id });
        }
    }

    /// An unsolicited flag update: flags alone, or with the UID.
    fn observe_flags(&mut self, fetch: &Fetch<'_>) {
        if self.listing.is_some() {
            return;
        }
        let (mut uid, mut flags) = (None, None);
        for attribute in fetch.attributes.iter() {
            match attribute {
                FetchAttribute::Uid(number) => uid = Some(number),
                FetchAttribute::Flags(list) => flags = Some(from_wire(&list)),
                FetchAttribute::ModSeq(_) => {}
                _ => return,
            }
        }
        if let (Some(selected), Some(flags)) = (&self.selected, flags) {
            let id = uid.map(|uid| MessageId(Id::Uid { uid_validity: selected.uid_validity, uid }));
            self.changes.push(Change::Flags { id, flags });
        }
    }

    fn observe_condition(
        &mut self,
        condition: Condition,
        code: Option<&ResponseCode<'_>>,
        text: &[u8],
    ) {
        let words = || {
            String::from_utf8_lossy(text)
                .chars()
                .filter(|c| !c.is_control())
                .take(256)
                .collect::<String>()
        };
        if condition == Condition::Bye {
            self.goodbye = Some(words().into());
            return;
        }
        match (code, &mut self.opening) {
            (Some(ResponseCode::UidValidity(value)), Some(opening)) => {
                opening.folder.uid_validity = value.get()
            }
            (Some(ResponseCode::ReadOnly), Some(opening)) => opening.folder.read_only = true,
            (Some(ResponseCode::Alert), _) => self.changes.push(Change::Alert(words())),
            _ => {}
        }
    }
}
