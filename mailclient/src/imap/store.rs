//! STORE of the caller's flags and labels.

use std::borrow::Cow;

use imap_proto_lite::{Atom, MailboxName, ModSeq, command::StoreAction};

use crate::{
    error::{Error, Result},
    feature::Feature,
    id::IdSet,
    imap::{batch::Batch, flags::to_wire, mailbox::ImapMailbox, naming::Naming},
    message::{FlagChange, Flags},
    report::Report,
    sync::SyncState,
};

impl ImapMailbox {
    pub(super) async fn store_flags(
        &mut self,
        ids: &IdSet,
        change: FlagChange,
        flags: &Flags,
    ) -> Result<Report> {
        self.store(ids, change, flags, None).await
    }

    /// Conditional STORE (RFC 7162 section 3.1.3).
    pub(super) async fn store_flags_since(
        &mut self,
        ids: &IdSet,
        change: FlagChange,
        flags: &Flags,
        since: &SyncState,
    ) -> Result<Report> {
        // A sync state needs a UIDVALIDITY.
        if !self.can_store_on_condition() || self.folder()?.uid_validity.is_none() {
            return Err(Error::Unsupported(Feature::ConditionalFlags));
        }
        if !self.is_of_folder(since)? {
            return Err(Error::misuse("the sync state is from before the UIDVALIDITY changed"));
        }
        if since.mod_seq == 0 {
            return Err(Error::misuse("the sync state has no modification sequence"));
        }
        self.store(ids, change, flags, Some(ModSeq::new(since.mod_seq))).await
    }

    async fn store(
        &mut self,
        ids: &IdSet,
        change: FlagChange,
        flags: &Flags,
        unchanged_since: Option<ModSeq>,
    ) -> Result<Report> {
        let wire = to_wire(flags)?;
        let lost = self.permanent_flags.as_ref().map(|kept| kept.lost(flags)).unwrap_or_default();
        // The server would take them, and forget them.
        if change != FlagChange::Remove && lost != Flags::new() && self.writable().is_ok() {
            return Err(Error::NotKept(Box::new(lost)));
        }
        let naming = self.ready_to_change(ids).await?;
        let (uids, wire) = (naming.uids(ids)?, Cow::Borrowed(&wire[..]));
        let action = match change {
            FlagChange::Add => StoreAction::AddFlags(wire),
            FlagChange::Remove => StoreAction::RemoveFlags(wire),
            FlagChange::Replace => StoreAction::ReplaceFlags(wire),
        };
        let batch = Batch::Store(action, unchanged_since);
        self.run_batches(&naming, uids, &batch).await.into_result()
    }

    /// STORE of X-GM-LABELS.
    pub(super) async fn store_labels(
        &mut self,
        ids: &IdSet,
        change: FlagChange,
        labels: &[String],
    ) -> Result<Report> {
        if !self.can_label() {
            return Err(Error::Unsupported(Feature::Labels));
        }
        let wire: Vec<_> = labels.iter().map(|label| wire_label(label)).collect::<Result<_>>()?;
        let naming = self.ready_to_change(ids).await?;
        let (uids, wire) = (naming.uids(ids)?, Cow::Borrowed(&wire[..]));
        let action = match change {
            FlagChange::Add => StoreAction::AddGmailLabels(wire),
            FlagChange::Remove => StoreAction::RemoveGmailLabels(wire),
            FlagChange::Replace => StoreAction::ReplaceGmailLabels(wire),
        };
        self.run_batches(&naming, uids, &Batch::Store(action, None)).await.into_result()
    }

    /// Before the messages of the open folder are changed: nothing is sent for an id that is not of
    /// this folder, or where it is open for reading only.
    pub(super) async fn ready_to_change(&mut self, ids: &IdSet) -> Result<Naming> {
        let lost = |error| Report::not_sent(ids, error);
        self.writable().map_err(lost)?;
        let naming = self.naming()?;
        naming.uids(ids)?;
        self.settle().await.map_err(lost)?;
        Ok(naming)
    }
}

/// A label in its wire form. A system label is a backslash and an atom.
fn wire_label(label: &str) -> Result<MailboxName<'_>> {
    let is_label = match label.strip_prefix('\\') {
        Some(system) => Atom::new(system).is_ok(),
        None => !label.is_empty(),
    };
    if !is_label {
        return Err(Error::misuse(format_args!("{label:?} is no label")));
    }
    MailboxName::new(label).map_err(Error::misuse)
}
