//! LIST and UIDL, and the message numbers of ids.

use pop3_proto::{Command, MessageNumber, UniqueIdIndex};

use crate::{
    error::{Error, Result},
    folder::FolderName,
    id::{Id, MessageId},
    pop3::{index::Index, mailbox::Pop3Mailbox},
};

pub(super) const UNREADABLE_IDS: &str = "part of the listing of unique-ids cannot be read";

impl Pop3Mailbox {
    /// The index, built on first use. True if it had to be built, which asks the server.
    pub(super) async fn build_index(&mut self) -> Result<bool> {
        if self.index.is_some() {
            return Ok(false);
        }
        let mut index = Index::default();
        let id = self.send(&Command::List(None))?;
        self.complete(id, "LIST", &mut |event| index.learn_size(event)).await?;
        index.finish(self.unique_ids().await?);
        self.index = Some(index);
        Ok(true)
    }

    /// UIDL is tried also where it is not announced: some servers have it all the same. A server
    /// that refuses it although it is announced refuses it for the moment: taking every message for
    /// new then would download all again, so that is an error.
    async fn unique_ids(&mut self) -> Result<UniqueIdIndex> {
        let mut ids = UniqueIdIndex::new();
        if self.hidden.iter().any(|hidden| hidden.eq_ignore_ascii_case("UIDL")) {
            self.uidl_works = Some(false);
            return Ok(ids);
        }
        let is_announced = self.capabilities().is_some_and(pop3_proto::Capabilities::has_uidl);
        let id = self.send(&Command::Uidl(None))?;
        match self.complete(id, "UIDL", &mut |event| ids.learn(event)).await {
            Ok(()) => {
                self.uidl_works = Some(true);
                Ok(ids)
            }
            Err(Error::Refused(refusal)) if !is_announced && !refusal.ends_the_session() => {
                self.uidl_works = Some(false);
                Ok(UniqueIdIndex::new())
            }
            Err(error) => Err(error),
        }
    }

    pub(super) fn index(&self) -> Result<&Index> {
        self.index.as_ref().ok_or(Error::NoFolder)
    }

    /// Whether an id can be one of this session at all.
    ///
    /// # Errors
    /// [`Error::StaleId`], [`Error::WrongProtocol`].
    pub(super) fn check_id(&self, id: &MessageId) -> Result<()> {
        match &id.0 {
            Id::Pop3(_) => Ok(()),
            Id::Session { session, .. } if *session != self.session => {
                Err(Error::StaleId(Box::new(id.clone())))
            }
            Id::Session { folder, .. } if folder.is_inbox() => Ok(()),
            Id::Session { .. } => {
                Err(Error::OtherFolder { id: Box::new(id.clone()), open: FolderName::inbox() })
            }
            Id::Uid { .. } | Id::Custom(_) => Err(Error::WrongProtocol(Box::new(id.clone()))),
        }
    }

    /// The message number of an id, by the index.
    pub(super) fn number(&self, id: &MessageId) -> Result<MessageNumber> {
        self.check_id(id)?;
        let gone = || Error::NoSuchMessage(Box::new(id.clone()));
        let index = self.index()?;
        match &id.0 {
            Id::Pop3(octets) => match index.number(octets) {
                Some(number) => Ok(number),
                // A line that was not read may be of this message, or of one with its id.
                None if !index.is_complete() => {
                    Err(Error::damaged(Some(id.clone()), UNREADABLE_IDS, b""))
                }
                None => Err(gone()),
            },
            Id::Session { number, .. } => {
                let number = MessageNumber::new(number.get()).ok_or_else(gone)?;
                index.size(number).map(|_| number).ok_or_else(gone)
            }
            _ => Err(gone()),
        }
    }
}
