//! Deletion: marks on our side, carried out by UID EXPUNGE of just those messages.

use std::{borrow::Cow, collections::BTreeMap};

use imap_proto_lite::{Command, UidSet, command::StoreAction, flag::Flag};

use crate::{
    error::{Error, Result},
    feature::Feature,
    folder::{Access, FolderName},
    id::{Id, IdSet, MessageId, Ranges},
    imap::{
        batch::{Batch, Ended},
        mailbox::ImapMailbox,
        naming::{Naming, sets},
    },
    report::{Outcome, Report},
};

impl ImapMailbox {
    pub(super) fn mark(&mut self, ids: &IdSet) -> Result<()> {
        if !self.can_expunge() {
            return Err(Error::Unsupported(Feature::Delete));
        }
        self.writable()?;
        self.naming()?.uids(ids)?;
        self.marks.merge(ids);
        Ok(())
    }

    pub(super) fn unmark(&mut self, ids: &IdSet) -> Result<()> {
        let is_ours = |id: &&MessageId| matches!(id.0, Id::Session { .. });
        if let Some(id) = ids.others().iter().find(|id| !is_ours(id)) {
            return Err(Error::WrongProtocol(Box::new(id.clone())));
        }
        self.marks.subtract(ids);
        Ok(())
    }

    pub(super) async fn expunge_now(&mut self) -> Result<Report> {
        if !self.can_expunge() {
            return Err(Error::Unsupported(Feature::Expunge));
        }
        self.settle().await?;
        let report = self.expunge_marks(false).await;
        // All of it is done, but the caller's folder could not be opened again.
        let is_lost = report.is_complete() && self.open.is_none() && report.cause().is_some();
        if is_lost { Err(Error::Partial(Box::new(report))) } else { report.into_result() }
    }

    pub(super) async fn expunge_and_log_out(&mut self) -> Result<Report> {
        if let Some(report) = &self.closed {
            return Ok(report.clone());
        }
        let report = match self.settle().await {
            Ok(()) => self.expunge_marks(true).await.into_result()?,
            // Nothing was to be done, and the session is over.
            Err(error) if self.marks.is_empty() && error.ends_the_connection() => Report::new(),
            Err(error) => {
                return Report::stopped(self.marks.clone(), Outcome::NotSent, error).into_result();
            }
        };
        // The deletions are confirmed: how the session ends does not matter any more.
        let _ = self.ask("LOGOUT", &Command::Logout).await;
        self.driver.shut_down().await;
        self.open = None;
        self.closed = Some(report.clone());
        Ok(report)
    }

    /// Carries out the marks of every folder and goes on after refusals. A deletion that is done
    /// is no mark any more. The folder that was open is open again afterwards, unless the session
    /// ends then.
    async fn expunge_marks(&mut self, then_ends: bool) -> Report {
        let mut report = Report::new();
        let before = self.open.as_ref().map(|open| (open.name.clone(), open.access));
        for (folder, marks) in self.marks_by_folder() {
            let part = match self.expunge_in(&folder, &marks).await {
                Ok(part) => part,
                Err(error) => Report::stopped(marks, Outcome::NotSent, error),
            };
            self.marks.subtract(&part.done());
            self.marks.subtract(&part.gone());
            report.merge(part);
        }
        if let Some((folder, access)) = before
            && !(then_ends && report.is_complete())
            && self.open.as_ref().is_none_or(|open| open.name != folder || open.access != access)
            && let Err(error) = self.select(&folder, access).await
        {
            report.set_cause(error);
        }
        report
    }

    fn marks_by_folder(&self) -> Vec<(FolderName, IdSet)> {
        let mut folders: BTreeMap<FolderName, IdSet> = BTreeMap::new();
        for (folder, validity, uids) in self.marks.uids() {
            let part = IdSet::from_uids(folder.clone(), validity, uids.clone());
            folders.entry(folder.clone()).or_default().merge(&part);
        }
        for id in self.marks.others() {
            if let Some(folder) = id.folder() {
                folders.entry(folder).or_default().insert(id.clone());
            }
        }
        let mut folders: Vec<_> = folders.into_iter().collect();
        // The open folder first: it needs no SELECT.
        let open = self.open.as_ref().map(|open| open.name.clone());
        folders.sort_by_key(|(folder, _)| Some(folder) != open.as_ref());
        folders
    }

    /// The marks of one folder. Those of another UIDVALIDITY name messages that are not there any
    /// more, or that cannot be told: they are dropped, and the report says so.
    async fn expunge_in(&mut self, folder: &FolderName, marks: &IdSet) -> Result<Report> {
        let is_open = |mailbox: &Self| {
            let open = mailbox.open.as_ref();
            open.is_some_and(|open| open.name == *folder && open.access == Access::ReadWrite)
        };
        if !is_open(self) {
            self.select(folder, Access::ReadWrite).await?;
        }
        self.writable()?;
        let naming = self.naming()?;
        let uids = naming.uids_among(marks);
        let mut stale = marks.clone();
        stale.subtract(&naming.ids(uids.clone()));
        let mut report = self.remove(&naming, uids).await;
        let first = stale.iter().next();
        if let Some(first) = first {
            report.set_cause(Error::StaleId(Box::new(first)));
            self.marks.subtract(&stale);
            report.push_set(stale, Outcome::NotSent);
        }
        Ok(report)
    }

    /// Removes messages of the open folder, and no other.
    pub(super) async fn remove(&mut self, naming: &Naming, uids: Ranges) -> Report {
        let mut report = Report::new();
        if !self.can_expunge() {
            // The server may have taken it back since the messages were marked.
            let error = Error::Unsupported(Feature::Expunge);
            report.push_failed(naming.ids(uids), error, Outcome::NotSent);
            return report;
        }
        let (mut existing, mut deleted) = (Ranges::new(), Ranges::new());
        for (set, asked) in sets(&uids) {
            match self.existing(&set, &asked).await {
                Ok((there, flagged)) => {
                    let mut gone = asked.clone();
                    gone.subtract(&there);
                    report.push_set(naming.ids(gone), Outcome::Gone);
                    existing.merge(&there.intersection(&asked));
                    deleted.merge(&flagged);
                }
                Err(error) => report.push_failed(naming.ids(asked), error, Outcome::NotSent),
            }
        }
        for (set, uids) in sets(&existing) {
            if report.cause().is_some_and(Error::ends_the_connection) {
                report.push_set(naming.ids(uids), Outcome::NotSent);
                continue;
            }
            let mut ours = self.remove_set(naming, &set, uids, &mut report).await;
            ours.subtract(&deleted);
            self.unflag(ours).await;
        }
        report
    }

    /// STORE and UID EXPUNGE of one set. Returns the messages that may carry `\Deleted` now and
    /// were not removed.
    pub(super) async fn remove_set(
        &mut self,
        naming: &Naming,
        set: &UidSet,
        uids: Ranges,
        report: &mut Report,
    ) -> Ranges {
        let (mut stored, store) = (Ranges::new(), flag_deleted(set, true));
        let ended = self.run_in_folder("STORE", &store, &uids, &mut stored).await;
        let (ready, mut flagged) = match ended {
            Ended::Ok => (uids, Ranges::new()),
            Ended::Refused { error, .. } => {
                // Those that a row named are marked; one of the others may be gone by now.
                let ready = stored.intersection(&uids);
                let mut rest = uids;
                rest.subtract(&ready);
                report.push_failed(naming.ids(rest.clone()), error, Outcome::NotSent);
                (ready, rest)
            }
            // They are there, and may carry `\Deleted`: another client's EXPUNGE would remove them.
            Ended::Cut { was_sent, error } => {
                let outcome = Outcome::unanswered(was_sent);
                report.push_failed(naming.ids(uids.clone()), error, outcome);
                return uids;
            }
        };
        for (set, ready) in sets(&ready) {
            let expunge = Command::UidExpunge { uids: Cow::Borrowed(&set) };
            let none = (&Ranges::new(), &mut Ranges::new());
            match self.run_in_folder("UID EXPUNGE", &expunge, none.0, none.1).await {
                Ended::Ok => report.push_set(naming.ids(ready), Outcome::done()),
                Ended::Refused { error, .. } => {
                    flagged.merge(&ready);
                    report.push_failed(naming.ids(ready), error, Outcome::NotSent);
                }
                Ended::Cut { was_sent, error } => {
                    report.push_failed(naming.ids(ready), error, Outcome::unanswered(was_sent));
                }
            }
        }
        flagged
    }

    /// Takes `\Deleted` back from messages that did not carry it before. A failure leaves it there,
    /// where the next `expunge` finds it.
    pub(super) async fn unflag(&mut self, uids: Ranges) {
        for (set, uids) in sets(&uids) {
            let store = flag_deleted(&set, false);
            let _ = self.run_in_folder("STORE", &store, &uids, &mut Ranges::new()).await;
        }
    }
}

/// STORE that sets or clears `\Deleted`.
fn flag_deleted(set: &UidSet, is_set: bool) -> Command<'_> {
    let flags = Cow::Borrowed(&[Flag::Deleted][..]);
    let action =
        if is_set { StoreAction::AddFlags(flags) } else { StoreAction::RemoveFlags(flags) };
    Batch::Store(action, None).command(set)
}
