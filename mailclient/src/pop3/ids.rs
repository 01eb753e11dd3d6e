//! LIST and UIDL, and the message numbers of ids.

use pop3_proto::{Command, MessageNumber};

use crate::{
    error::{Advice, Error, Result},
    folder::FolderName,
    id::{Id, MessageId},
    pop3::{index::Index, mailbox::Pop3Mailbox},
};

pub(super) const UNREADABLE_IDS: &str = "part of the listing of unique-ids cannot be read";
const SHARED_ID: &str = "more than one message has this unique-id";

impl Pop3Mailbox {
    /// The index, built on first use. True if it had to be built, which asks the server.
    pub(super) async fn build_index(&mut self) -> Result<bool> {
        if self.index.is_some() {
            return Ok(false);
        }
        let limit = self.longest_index;
        let mut index = Index::new(limit);
        let id = self.send(&Command::List(None))?;
        index.begin();
        self.complete(id, "LIST", &mut |event| index.learn(event)).await?;
        self.uidl_works = Some(self.learn_unique_ids(&mut index).await?);
        if index.messages.is_full() {
            return Err(Error::limit("bytes of the index of a maildrop", limit as u64));
        }
        self.index = Some(index);
        Ok(true)
    }

    /// Whether UIDL works. It is tried also where it is not announced: some servers have it all the
    /// same. A server that refuses it although it is announced, or that says so, refuses it for the
    /// moment: taking every message for new then would download all again, so that is an error.
    async fn learn_unique_ids(&mut self, index: &mut Index) -> Result<bool> {
        if self.hidden.iter().any(|hidden| hidden.eq_ignore_ascii_case("UIDL")) {
            return Ok(false);
        }
        let is_announced = self.capabilities().is_some_and(pop3_proto::Capabilities::has_uidl);
        let id = self.send(&Command::Uidl(None))?;
        index.begin();
        match self.complete(id, "UIDL", &mut |event| index.learn(event)).await {
            Ok(()) => Ok(true),
            Err(Error::Refused(refusal))
                if !is_announced
                    && !refusal.ends_the_session()
                    && refusal.advice() != Advice::Later =>
            {
                Ok(false)
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
        let messages = &self.index()?.messages;
        match &id.0 {
            Id::Pop3(octets) => match messages.number(octets) {
                Some(number) => Ok(number),
                // A line that was not read may be of this message, or of one with its id.
                None if !messages.is_complete() => {
                    Err(Error::damaged(Some(id.clone()), UNREADABLE_IDS, b""))
                }
                None if messages.contains(octets) => {
                    Err(Error::damaged(Some(id.clone()), SHARED_ID, b""))
                }
                None => Err(gone()),
            },
            Id::Session { number, .. } => {
                let number = MessageNumber::new(number.get()).ok_or_else(gone)?;
                messages.size(number).map(|_| number).ok_or_else(gone)
            }
            _ => Err(gone()),
        }
    }
}
