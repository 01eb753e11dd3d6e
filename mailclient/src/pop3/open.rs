//! STAT and NOOP.

use pop3_proto::{Command, client::Event};

use crate::{
    error::{Error, Result},
    feature::Feature,
    folder::{Access, FolderName, FolderStatus, OpenFolder},
    message::SizeHint,
    pop3::mailbox::Pop3Mailbox,
};

impl Pop3Mailbox {
    pub(super) async fn select(
        &mut self,
        folder: &FolderName,
        access: Access,
    ) -> Result<OpenFolder> {
        if !folder.is_inbox() {
            return Err(Error::Unsupported(Feature::Folders));
        }
        self.settle().await?;
        let (messages, _) = self.stat().await?;
        let mut open = OpenFolder::new(FolderName::inbox(), access);
        open.messages = messages;
        self.open = Some(open.clone());
        Ok(open)
    }

    /// Messages and bytes of the maildrop, what is marked here included.
    async fn stat(&mut self) -> Result<(u64, Option<u64>)> {
        let id = self.send(&Command::Stat)?;
        let mut found = None;
        self.complete(id, "STAT", &mut |event| {
            if let Event::Stat { messages, octets, .. } = event {
                found = Some((*messages, *octets));
            }
            false
        })
        .await?;
        found.ok_or_else(|| Error::inconsistent("the answer to STAT holds no count"))
    }

    pub(super) async fn count(&mut self) -> Result<FolderStatus> {
        self.folder()?;
        self.settle().await?;
        let (messages, size) = self.stat().await?;
        let (marked, marked_size) = self.count_marked().await?;
        let mut status = FolderStatus::new(messages.saturating_sub(marked));
        status.size = size.map(|size| SizeHint::new(size.saturating_sub(marked_size)));
        Ok(status)
    }

    pub(super) async fn noop(&mut self) -> Result<()> {
        let id = self.send(&Command::Noop)?;
        self.complete(id, "NOOP", &mut |_| false).await
    }

    pub(super) async fn noop_when_quiet(&mut self) -> Result<()> {
        if self.driver.is_quiet()? {
            self.settle().await?;
            self.noop().await?;
        }
        Ok(())
    }
}
