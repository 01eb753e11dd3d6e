//! SELECT, EXAMINE, NOOP.

use std::num::NonZeroU32;

use imap_proto_lite::{Command, command::SelectParameters, response::Response, selected::Selected};

use crate::{
    error::{Error, Result},
    folder::{Access, FolderName, FolderStatus, OpenFolder},
    id::session_number,
    imap::{
        mailbox::{ImapMailbox, Under},
        naming::{number, sets, wire_name},
    },
};

impl ImapMailbox {
    pub(super) async fn select(
        &mut self,
        folder: &FolderName,
        access: Access,
    ) -> Result<OpenFolder> {
        self.open = None;
        self.settle().await?;
        let (mailbox, parameters) = (wire_name(folder)?, SelectParameters::None);
        let (name, command) = match access {
            Access::ReadWrite => ("SELECT", Command::Select { mailbox, parameters }),
            Access::ReadOnly => ("EXAMINE", Command::Examine { mailbox, parameters }),
        };
        let id = self.send(&command)?;
        self.under = Under::Opening;
        self.view = Selected::new();
        self.is_sticky = true;
        self.permanent_flags = None;
        self.synced.mod_seq = 0;
        self.pending.forget_changes();
        let (mut is_counted, mut unreadable) = (false, None);
        self.complete(id, name, &mut |_, response| {
            match response {
                Response::Exists(_) => is_counted = true,
                Response::Malformed { raw } => unreadable = Some(raw.to_vec()),
                _ => {}
            }
            false
        })
        .await?;
        self.under = Under::Nothing;
        if !is_counted {
            let reason = match unreadable {
                Some(_) => "the number of messages in the folder cannot be read",
                None => "the server does not tell how many messages the folder has",
            };
            return Err(Error::damaged(None, reason, &unreadable.unwrap_or_default()));
        }
        if !self.is_sticky {
            // Its UIDs are good until it is selected again (RFC 4315 section 4). Those of a folder
            // that only lacks UIDVALIDITY must not change during the session (RFC 9051 section
            // 2.3.1.1), so its ids stay good, and the marks of folders that are not open with them.
            self.session = session_number();
        }
        let access = if self.view.is_read_only() { Access::ReadOnly } else { access };
        let open = OpenFolder {
            name: folder.clone(),
            access,
            uid_validity: self.seen_validity(),
            uid_next: self.seen_uid_next(),
            messages: self.view.message_count().into(),
            permanent_flags: self.permanent_flags.clone(),
        };
        self.open = Some(open.clone());
        Ok(open)
    }

    fn seen_uid_next(&self) -> Option<NonZeroU32> {
        self.view.uid_next().map(number)
    }

    /// NOOP brings the count up to date: STATUS is not for the open folder (RFC 9051 section
    /// 6.3.11).
    pub(super) async fn count(&mut self) -> Result<FolderStatus> {
        self.settle().await?;
        self.ask("NOOP", &Command::Noop).await?;
        self.counted().await
    }

    /// The open folder as the server told it last.
    pub(super) async fn counted(&mut self) -> Result<FolderStatus> {
        let open = self.folder()?;
        let mut status = FolderStatus::new(0);
        status.uid_validity = open.uid_validity;
        status.uid_next = self.seen_uid_next();
        let mut marked = 0;
        for (set, uids) in sets(&self.naming()?.uids_among(&self.marks)) {
            let (existing, _) = self.existing(&set, &uids).await?;
            marked += existing.intersection(&uids).count();
        }
        status.messages = u64::from(self.view.message_count()).saturating_sub(marked);
        Ok(status)
    }

    pub(super) async fn noop_when_quiet(&mut self) -> Result<()> {
        if self.driver.is_quiet()? {
            self.settle().await?;
            self.ask("NOOP", &Command::Noop).await?;
        }
        Ok(())
    }
}
