//! STORE of the caller's flags.

use std::borrow::Cow;

use imap_proto_lite::command::StoreAction;

use crate::{
    error::Result,
    id::IdSet,
    imap::{batch::Batch, flags::to_wire, mailbox::ImapMailbox, naming::Naming},
    message::{FlagChange, Flags},
    report::Report,
};

impl ImapMailbox {
    pub(super) async fn store_flags(
        &mut self,
        ids: &IdSet,
        change: FlagChange,
        flags: &Flags,
    ) -> Result<Report> {
        let naming = self.ready_to_change(ids).await?;
        let uids = naming.uids(ids)?;
        let flags = to_wire(flags)?;
        let action = match change {
            FlagChange::Add => StoreAction::AddFlags(Cow::Borrowed(&flags)),
            FlagChange::Remove => StoreAction::RemoveFlags(Cow::Borrowed(&flags)),
            FlagChange::Replace => StoreAction::ReplaceFlags(Cow::Borrowed(&flags)),
        };
        self.run_batches(&naming, uids, &Batch::Store(action)).await.into_result()
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
