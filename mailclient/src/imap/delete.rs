//! Deletion, provisional until the session is closed.

use std::{borrow::Cow, collections::BTreeSet};

use imap_proto_lite::{
    Command, Uid,
    command::{Messages, StoreAction},
    flag::Flag,
};

use crate::{
    driver::Stream,
    error::{Error, Result},
    feature::Feature,
    folder::Access,
    imap::{ImapMailbox, batches},
    message::{Id, MessageId},
};

/// The messages to delete from one folder. Kept here and not as `\Deleted` on the server, so that a
/// session that ends early deletes nothing and another client's EXPUNGE does not either.
#[derive(Debug)]
pub(super) struct Marked {
    folder: String,
    uid_validity: u32,
    uids: BTreeSet<Uid>,
}

impl<S: Stream> ImapMailbox<S> {
    /// See [`Mailbox::delete`](crate::Mailbox::delete). Sends nothing before
    /// [`close`](Self::close).
    ///
    /// # Errors
    /// [`Error::Unsupported`] without UIDPLUS: a bare EXPUNGE would also remove messages that other
    /// clients marked.
    pub fn delete(&mut self, ids: &[MessageId]) -> Result<()> {
        if !self.features.contains(Feature::Delete) {
            return Err(Error::Unsupported(Feature::Delete));
        }
        let uids = self.uids(ids)?;
        let selected = self.selected.as_ref().ok_or_else(|| Error::misuse("no folder is open"))?;
        if selected.read_only {
            return Err(Error::misuse("the folder is open for reading only"));
        }
        let known = self.marked.iter_mut().find(|marked| {
            marked.folder == selected.name && marked.uid_validity == selected.uid_validity
        });
        match known {
            Some(marked) => marked.uids.extend(uids),
            None => self.marked.push(Marked {
                folder: selected.name.clone(),
                uid_validity: selected.uid_validity,
                uids: uids.into_iter().collect(),
            }),
        }
        Ok(())
    }

    /// Whether a message of the open folder is marked.
    pub(super) fn is_marked(&self, uid: Uid) -> bool {
        self.selected.as_ref().is_some_and(|selected| {
            self.marked.iter().any(|marked| {
                marked.folder == selected.name
                    && marked.uid_validity == selected.uid_validity
                    && marked.uids.contains(&uid)
            })
        })
    }

    /// See [`Mailbox::close`](crate::Mailbox::close).
    ///
    /// # Errors
    /// See [`Error`]; [`Error::Unknown`] when the connection ended before the server confirmed the
    /// deletions, [`Error::StaleId`] when a folder was replaced meanwhile: nothing is deleted
    /// there.
    pub async fn close(mut self) -> Result<()> {
        self.settle().await?;
        for marked in std::mem::take(&mut self.marked) {
            self.expunge(marked).await?;
        }
        match self.run("LOGOUT", &Command::Logout).await {
            // The deletions are confirmed: how the session ends no longer matters.
            Ok(_) | Err(Error::Closed(_) | Error::Io(_) | Error::Timeout { .. }) => {
                self.driver.shut_down().await;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    async fn expunge(&mut self, marked: Marked) -> Result<()> {
        let Some(first) = marked.uids.first() else {
            return Ok(());
        };
        let stale = Error::StaleId(Box::new(MessageId(Id::Uid {
            uid_validity: marked.uid_validity,
            uid: *first,
        })));
        let open = self
            .selected
            .as_ref()
            .is_some_and(|selected| selected.name == marked.folder && !selected.read_only);
        if !open {
            self.open(&marked.folder, Access::ReadWrite).await?;
        }
        if self.selected.as_ref().map(|selected| selected.uid_validity) != Some(marked.uid_validity)
        {
            return Err(stale);
        }
        for messages in batches(marked.uids) {
            let Messages::Uid(uids) = &messages else {
                continue;
            };
            let expunge = Command::UidExpunge { uids: uids.clone() };
            let action = StoreAction::AddFlags(Cow::Borrowed(&[Flag::Deleted]));
            let store = Command::Store { messages, action, silent: true, unchanged_since: None };
            self.run("STORE", &store).await?;
            self.run("UID EXPUNGE", &expunge)
                .await
                .map_err(|error| error.or_unknown("UID EXPUNGE"))?;
        }
        Ok(())
    }
}
