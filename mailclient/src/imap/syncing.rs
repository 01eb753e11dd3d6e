//! [`Syncing`]: the changes since a state on their way, and what is known after them.

use std::{collections::VecDeque, mem, num::NonZeroU32};

use imap_proto_lite::{
    CommandId, ModSeq,
    response::{Fetch, FetchAttribute, Response},
    selected::Selected,
};

use crate::{
    change::Change,
    error::{Error, Result},
    id::Ranges,
    imap::{
        finding::{Finding, RANGE},
        flags::from_wire,
        naming::{Naming, number},
    },
    limits::Limits,
    sync::SyncState,
};

/// What synchronisations learned in this session.
#[derive(Debug, Default)]
pub(super) struct Synced {
    /// The highest modification sequence that a row of the open folder named.
    pub(super) mod_seq: u64,
    /// QRESYNC was asked for: the server may not have switched it on (iCloud).
    pub(super) asked: bool,
}

/// A command of a synchronisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// NOOP: the server tells the news of the folder before it answers the others.
    News,
    /// FETCH: the flags of the messages that changed, or of all.
    Flags,
    /// SEARCH: which messages there are.
    Uids,
}

/// Changes that are being pulled.
#[derive(Debug)]
pub(super) struct Syncing {
    naming: Naming,
    limits: Limits,
    /// Asks for what changed after it; `None`: for all messages.
    pub(super) since: Option<ModSeq>,
    /// The commands that are still to be sent.
    pub(super) left: VecDeque<Ask>,
    /// Those in flight.
    pub(super) sent: Vec<(CommandId, Ask)>,
    /// The state once every row so far was told.
    state: SyncState,
    /// Where all messages are asked for: the known ones that no row named yet.
    unseen: Ranges,
    rows: VecDeque<Result<Change>>,
    /// Told after `rows`, one by one. They stay ranges, however many a server names in a line.
    removed: Ranges,
    added: Ranges,
    /// Told after everything else.
    last: Option<Result<Change>>,
    is_over: bool,
    /// A message went away by its number, which names no message here.
    is_shifted: bool,
    /// The answer to SEARCH, and how many messages there were when it was sent.
    found: Finding,
    least: Option<u32>,
    /// The highest modification sequence of a row.
    pub(super) highest: u64,
}

impl Syncing {
    /// The changes after `since`, and the flags of all messages without one. Every change up to
    /// `mod_seq` will have been told.
    pub(super) fn new(
        naming: Naming,
        limits: Limits,
        state: &SyncState,
        since: Option<ModSeq>,
        mod_seq: u64,
    ) -> Self {
        let state = SyncState { mod_seq, ..state.clone() };
        Self {
            naming,
            limits,
            since,
            left: VecDeque::from([Ask::News, Ask::Flags]),
            sent: Vec::new(),
            unseen: if since.is_none() { state.known.clone() } else { Ranges::new() },
            state,
            rows: VecDeque::new(),
            removed: Ranges::new(),
            added: Ranges::new(),
            last: None,
            is_over: false,
            is_shifted: false,
            found: Finding::new(limits.search),
            least: None,
            highest: 0,
        }
    }

    /// The next row that is there; `Some(None)` at the end.
    pub(super) fn next(&mut self, messages: u32) -> Option<Option<Result<Change>>> {
        let row = if let Some(row) = self.rows.pop_front() {
            row
        } else if let Some(uid) = self.removed.pop_first() {
            Ok(Change::removed(Some(self.naming.id(uid))))
        } else if let Some(uid) = self.added.pop_first() {
            Ok(Change::new_message(self.naming.id(uid), None, messages.into()))
        } else {
            return self.is_over.then(|| self.last.take());
        };
        Some(Some(row))
    }

    /// Notes that the first of the commands left was sent, with so many messages in the folder.
    pub(super) fn note_sent(&mut self, id: CommandId, messages: u32) {
        if let Some(ask) = self.left.pop_front() {
            self.sent.push((id, ask));
            self.least = self.least.or_else(|| (ask == Ask::Uids).then_some(messages));
        }
    }

    /// The command that is answered.
    pub(super) fn take_sent(&mut self, id: Option<CommandId>) -> Option<Ask> {
        let place = self.sent.iter().position(|(sent, _)| Some(*sent) == id)?;
        Some(self.sent.swap_remove(place).1)
    }

    fn awaits(&self, ask: Ask) -> bool {
        self.sent.iter().any(|(_, sent)| *sent == ask)
    }

    /// True if the response is part of the answers.
    pub(super) fn hear(&mut self, view: &Selected, response: &Response<'_>) -> bool {
        match response {
            Response::Fetch(fetch) if self.awaits(Ask::Flags) => {
                fetch.seq.get() <= view.message_count() && self.hear_fetch(view, fetch)
            }
            Response::Vanished { uids, .. } => {
                uids.iter().for_each(|range| self.lose(number(range.low()), number(range.high())));
                true
            }
            Response::Expunge(_) => {
                self.is_shifted = true;
                false
            }
            _ if self.awaits(Ask::Uids) && self.found.hear(response) => true,
            Response::Malformed { raw } => {
                let reason = "a line among the changes cannot be read";
                self.rows.push_back(Err(Error::damaged(None, reason, raw)));
                true
            }
            _ => false,
        }
    }

    fn hear_fetch(&mut self, view: &Selected, fetch: &Fetch<'_>) -> bool {
        let uid = fetch.uid().or_else(|| view.uid(fetch.seq)).map(number);
        let (mut flags, mut mod_seq, mut damage) = (None, 0, None);
        for attribute in fetch.iter() {
            match attribute {
                FetchAttribute::Flags(list) => flags = Some(from_wire(&list)),
                FetchAttribute::ModSeq(value) => mod_seq = value.get(),
                FetchAttribute::Malformed { name, raw }
                    if !name.eq_ignore_ascii_case(b"MODSEQ") =>
                {
                    damage = Some(raw.to_vec());
                }
                _ => {}
            }
        }
        if let Some(raw) = damage {
            let id = uid.map(|uid| self.naming.id(uid));
            self.rows.push_back(Err(Error::damaged(id, "a change cannot be read", &raw)));
            return true;
        }
        let (Some(uid), Some(flags)) = (uid, flags) else {
            return false;
        };
        self.highest = self.highest.max(mod_seq);
        self.unseen.remove_range(uid, uid);
        self.removed.remove_range(uid, uid);
        let id = self.naming.id(uid);
        let change = if self.state.known.insert(uid) {
            Change::new_message(id, Some(flags), view.message_count().into())
        } else {
            Change::flags(Some(id), flags)
        };
        self.rows.push_back(Ok(change));
        if self.state.known.len() as u64 * RANGE > self.limits.search {
            self.end(Err(Error::limit("bytes of known messages", self.limits.search)));
        }
        true
    }

    /// Those of these messages that are known are gone.
    fn lose(&mut self, first: NonZeroU32, last: NonZeroU32) {
        self.unseen.remove_range(first, last);
        self.removed.merge(&self.state.known.take_range(first, last));
    }

    fn end(&mut self, last: Result<Change>) {
        (self.last, self.is_over) = (Some(last), true);
    }

    /// Every command is answered. If there are not as many messages as are known, the server did
    /// not tell all that vanished, and is asked which there are. It is asked as well when one went
    /// meanwhile: Dovecot answers the FETCH from what it knew before, so a new message that came
    /// in the place of the other one is not in the answer.
    pub(super) fn conclude(&mut self, view: &Selected) {
        let messages = view.message_count();
        let known = self.state.known.count() - self.unseen.count();
        let gone = match self.least {
            None if self.is_shifted || known != u64::from(messages) => {
                self.left.push_back(Ask::Uids);
                return;
            }
            None => mem::take(&mut self.unseen),
            Some(least) => match self.compare(least.min(messages).into()) {
                Ok(Some(gone)) => gone,
                Ok(None) => return self.end(Ok(Change::Resync)),
                Err(error) => return self.end(Err(error)),
            },
        };
        gone.iter().for_each(|(first, last)| self.lose(first, last));
        let next = self.state.known.last().map_or(0, |last| last.get().saturating_add(1));
        self.state.uid_next = view.uid_next().map_or(next, |uid| uid.get().max(next));
        self.end(Ok(Change::State(self.state.clone())));
    }

    /// Compares what is known with what the search found: the messages that are gone, or `None` if
    /// the answer contradicts what the server told before.
    fn compare(&mut self, least: u64) -> Result<Option<Ranges>> {
        let found = mem::replace(&mut self.found, Finding::new(0)).finish()?;
        let mut new = found.clone();
        new.subtract(&self.state.known);
        if found.count() < least || new.count() > self.limits.changes as u64 {
            return Ok(None);
        }
        let mut gone = self.state.known.clone();
        gone.subtract(&found);
        self.state.known.merge(&new);
        self.added = new;
        Ok(Some(gone))
    }
}
