//! The changes since a state (RFC 7162): FETCH of what changed, with VANISHED after ENABLE QRESYNC
//! and SEARCH without it, else the flags of all messages.
//!
//! A state is moved only past what was told. Its modification sequence is the highest that the
//! server had named when the changes were asked for, and every change up to that one is in the
//! answer. Whether something vanished untold is seen by the count of messages.

use std::{
    borrow::Cow,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use imap_proto_lite::{
    Atom, Command, ModSeq, SendError, UidSet,
    client::Event,
    command::{FetchItem, FetchModifiers, Messages},
    search::{SearchQuery, SearchReturn},
};

use crate::{
    change::Change,
    driver::Until,
    error::{Error, Result},
    feature::Feature,
    imap::{
        answer::{Heard, accepted},
        mailbox::{ImapMailbox, Under},
        syncing::{Ask, Syncing},
    },
    rows::Changes,
    sync::SyncState,
};

impl ImapMailbox {
    pub(super) async fn changes(&mut self, state: &SyncState) -> Result<Changes<'_>> {
        self.is_of_folder(state)?;
        self.settle().await?;
        if self.wants_qresync(state) {
            self.switch_on_qresync().await?;
        }
        if !self.is_of_folder(state)? {
            return Ok(Changes::ready(vec![Ok(Change::Reset)]));
        }
        let (since, highest) = (self.since(state), self.highest());
        let mut sync = Syncing::new(self.naming()?, self.limits, state, since, highest);
        if since.is_some() && self.may_lack(state) && !self.can(&flags_since(since, true)) {
            sync.left.push_back(Ask::Uids);
        }
        self.under = Under::Sync(Box::new(sync));
        let changes = Changes::new(ChangeStream(self));
        let is_exact = since.is_some() || state.known.is_empty();
        Ok(if is_exact { changes } else { changes.inexact() })
    }

    /// False if the folder has another UIDVALIDITY now.
    pub(super) fn is_of_folder(&self, state: &SyncState) -> Result<bool> {
        let open = self.folder()?;
        if open.name != state.folder {
            return Err(Error::misuse(format_args!(
                "a sync state of {} in {}",
                state.folder, open.name
            )));
        }
        let validity = open.uid_validity.ok_or(Error::Unsupported(Feature::Sync))?;
        Ok(validity == state.validity)
    }

    /// The highest modification sequence that the server named; 0 without CONDSTORE.
    fn highest(&self) -> u64 {
        let seen = self.view.sync_state().and_then(|seen| seen.highest_mod_seq);
        seen.map_or(0, |seen| seen.get().max(self.synced.mod_seq))
    }

    /// From which modification sequence on changes can be asked for. A server whose sequence went
    /// backwards has lost some.
    fn since(&self, state: &SyncState) -> Option<ModSeq> {
        let is_usable = state.mod_seq > 0 && state.mod_seq <= self.highest();
        let since = is_usable.then(|| ModSeq::new(state.mod_seq))?;
        self.can(&flags_since(Some(since), false)).then_some(since)
    }

    /// Whether there are so few messages that known ones have probably vanished.
    fn may_lack(&self, state: &SyncState) -> bool {
        let next = self.view.uid_next().map_or(0, |uid| uid.get());
        let new = next.saturating_sub(state.uid_next.max(1));
        u64::from(self.view.message_count()) < state.known.count() + u64::from(new)
    }

    /// ENABLE is for sessions without a selected folder (RFC 9051 section 6.3.1), so the folder is
    /// opened anew. Then VANISHED takes the place of SEARCH for the rest of the session.
    fn wants_qresync(&self, state: &SyncState) -> bool {
        let announces = self.capabilities().is_some_and(|known| known.has("QRESYNC"));
        let is_on = self.driver.machine().enabled().has("QRESYNC");
        announces
            && !is_on
            && !self.synced.asked
            && self.since(state).is_some()
            && self.may_lack(state)
            && self.can(&Command::Unselect)
    }

    /// If it is dropped, no folder is open.
    async fn switch_on_qresync(&mut self) -> Result<()> {
        let open = self.open.take().ok_or(Error::NoFolder)?;
        self.synced.asked = true;
        self.under = Under::Opening;
        let unselect = self.send(&Command::Unselect)?;
        let qresync = [Atom::new("QRESYNC").map_err(Error::misuse)?];
        let enable = Command::Enable { capabilities: Cow::Borrowed(&qresync) };
        let (enable, answer) = self.send_after(unselect, &enable, &mut |_, _| false).await?;
        let answer = match answer {
            Some(answer) => answer,
            None => self.answer(unselect, &mut |_, _| false).await?,
        };
        accepted("UNSELECT", answer)?;
        // A refusal is as good as no answer: the folder is opened again.
        self.answer(enable, &mut |_, _| false).await?;
        self.select(&open.name, open.access).await.map(drop)
    }

    fn poll_changes(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Change>>> {
        loop {
            let mut sync = match std::mem::replace(&mut self.under, Under::Nothing) {
                Under::Sync(sync) => sync,
                other => {
                    self.under = other;
                    return Poll::Ready(None);
                }
            };
            if self.open.is_none() {
                return Poll::Ready(Some(Err(Error::NoFolder)));
            }
            match sync.next(self.view.message_count()) {
                Some(None) => return Poll::Ready(None),
                Some(row) => {
                    self.under = Under::Sync(sync);
                    return Poll::Ready(row);
                }
                None => {}
            }
            if let Err(error) = self.send_asks(&mut sync) {
                return Poll::Ready(Some(Err(error)));
            }
            if sync.sent.is_empty() {
                sync.conclude(&self.view);
                self.under = Under::Sync(sync);
                continue;
            }
            match self.poll_heard(cx, Until::Event, &mut |view, line| sync.hear(view, line)) {
                Poll::Pending => {
                    self.under = Under::Sync(sync);
                    return Poll::Pending;
                }
                Poll::Ready(heard) => {
                    if let Err(error) = heard.and_then(|heard| self.note_answer(&mut sync, heard)) {
                        return Poll::Ready(Some(Err(error)));
                    }
                }
            }
            self.under = Under::Sync(sync);
        }
    }

    fn note_answer(&mut self, sync: &mut Syncing, heard: Heard) -> Result<()> {
        let Heard::Event(event @ Event::Done { .. }) = heard else {
            return Ok(());
        };
        match sync.take_sent(event.id()) {
            Some(Ask::Flags) => {
                self.synced.mod_seq = self.synced.mod_seq.max(sync.highest);
                accepted("FETCH", event).map(drop)
            }
            Some(Ask::Uids) => accepted("SEARCH", event).map(drop),
            Some(Ask::News) | None => Ok(()),
        }
    }

    /// Sends the commands that are left, as many as may be in flight.
    fn send_asks(&mut self, sync: &mut Syncing) -> Result<()> {
        while let Some(ask) = sync.left.front() {
            let command = match ask {
                Ask::News => Command::Noop,
                Ask::Flags => {
                    let vanished = flags_since(sync.since, true);
                    if self.can(&vanished) { vanished } else { flags_since(sync.since, false) }
                }
                Ask::Uids => {
                    let compact = all_uids(true);
                    if self.can(&compact) { compact } else { all_uids(false) }
                }
            };
            match self.driver.machine_mut().send(&command) {
                Ok(id) => {
                    self.driver.sent(id);
                    sync.note_sent(id, self.view.message_count());
                }
                Err(SendError::TooManyInFlight { .. } | SendError::Busy { .. })
                    if !sync.sent.is_empty() =>
                {
                    break;
                }
                // Says why.
                Err(_) => return self.send(&command).map(drop),
            }
        }
        Ok(())
    }
}

/// The flags of the messages that changed after `since`, or of all.
fn flags_since(since: Option<ModSeq>, vanished: bool) -> Command<'static> {
    let mut modifiers = FetchModifiers::default();
    modifiers.changed_since = since;
    modifiers.vanished = vanished && since.is_some();
    Command::Fetch {
        messages: Messages::from(UidSet::all()),
        items: Cow::Borrowed(&[FetchItem::Uid, FetchItem::Flags]),
        modifiers,
    }
}

/// Which messages there are, as ranges or one by one.
fn all_uids(compact: bool) -> Command<'static> {
    let mut returns = SearchReturn::default();
    returns.all = true;
    let returns = compact.then_some(returns);
    Command::Search { uid: true, returns, query: SearchQuery::all() }
}

struct ChangeStream<'m>(&'m mut ImapMailbox);

impl Stream for ChangeStream<'_> {
    type Item = Result<Change>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_changes(cx)
    }
}
