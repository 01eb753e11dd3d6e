//! COPY and MOVE.

use crate::{
    error::{Error, Result},
    feature::Feature,
    folder::FolderName,
    id::IdSet,
    imap::{batch::Batch, mailbox::ImapMailbox, naming::wire_name},
    report::Report,
};

impl ImapMailbox {
    pub(super) async fn copy_to(&mut self, ids: &IdSet, folder: &FolderName) -> Result<Report> {
        let lost = |error| Report::not_sent(ids, error);
        let naming = self.naming().map_err(lost)?;
        let (uids, mailbox) = (naming.uids(ids)?, wire_name(folder)?);
        self.settle().await.map_err(lost)?;
        self.run_batches(&naming, uids, &Batch::Copy(folder, mailbox)).await.into_result()
    }

    /// MOVE (RFC 6851), else COPY and the removal of just those messages.
    pub(super) async fn move_away(&mut self, ids: &IdSet, folder: &FolderName) -> Result<Report> {
        if !self.can_move() && !self.can_expunge() {
            return Err(Error::Unsupported(Feature::Move));
        }
        let mailbox = wire_name(folder)?;
        let naming = self.ready_to_change(ids).await?;
        let uids = naming.uids(ids)?;
        if self.can_move() {
            let batch = Batch::Move(folder, mailbox);
            return self.run_batches(&naming, uids, &batch).await.into_result();
        }
        let copied = self.run_batches(&naming, uids, &Batch::Copy(folder, mailbox)).await;
        let removed = self.remove(&naming, naming.uids_among(&copied.done())).await;
        // Another client may have removed one in between: it is moved then too.
        let mut moved = removed.done();
        moved.merge(&removed.gone());
        let mut report = copied.half_done(&moved);
        report.take_cause_of(removed);
        report.into_result()
    }
}
