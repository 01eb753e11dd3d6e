//! [`Pop3Mailbox`]: one maildrop over POP3.

mod fetch;
mod index;
mod login;

use std::{
    collections::{BTreeSet, HashMap},
    hash::{BuildHasher, RandomState},
};

use pop3_proto::{
    Command, CommandId, MessageNumber, Status,
    client::{Connection, Event},
};

use crate::{
    body::Body,
    driver::{Driver, Stream},
    envelope::Envelope,
    error::{Error, Refusal, Result},
    feature::{Feature, FeatureSet},
    folder::{Access, Folder, MailboxStatus, Role},
    listing::{Listing, Window},
    mailbox::{BoxFuture, Mailbox},
    message::{MessageId, Part, SizeHint},
    tls::TlsConnection,
};
use index::Index;

/// One maildrop over POP3 (RFC 1939).
///
/// The content of a maildrop is fixed when the session begins: to see new mail, connect again. All
/// methods of [`Mailbox`] are inherent methods as well.
#[derive(Debug)]
pub struct Pop3Mailbox<S = TlsConnection> {
    driver: Driver<S, Connection>,
    features: FeatureSet,
    /// Distinguishes the message numbers of this session from those of other sessions.
    session: u64,
    /// Built by the first call that needs it.
    index: Option<Index>,
    /// Messages whose DELE the server has confirmed.
    deleted: BTreeSet<MessageNumber>,
    /// DELE commands without an answer yet. An answer counts also when the future that sent it was
    /// dropped.
    deleting: HashMap<CommandId, MessageNumber>,
    /// The next row of the current listing.
    next_row: usize,
    /// The RETR or TOP whose body is being pulled.
    body: Option<CommandId>,
}

impl<S: Stream> Pop3Mailbox<S> {
    fn opened(driver: Driver<S, Connection>) -> Self {
        let mut mailbox = Self {
            driver,
            features: FeatureSet::new(),
            session: RandomState::new().hash_one(0),
            index: None,
            deleted: BTreeSet::new(),
            deleting: HashMap::new(),
            next_row: 0,
            body: None,
        };
        mailbox.features = mailbox.offered();
        mailbox
    }

    /// Without CAPA, TOP and UIDL are assumed, because servers older than CAPA have them.
    fn offered(&self) -> FeatureSet {
        let capabilities = self.driver.machine().capabilities();
        FeatureSet::new()
            .with(Feature::Delete)
            .with_if(Feature::StableIds, capabilities.is_none_or(|known| known.has_uidl()))
            .with_if(Feature::Headers, capabilities.is_none_or(|known| known.has_top()))
    }

    /// See [`Mailbox::features`].
    #[must_use]
    pub const fn features(&self) -> FeatureSet {
        self.features
    }

    /// See [`Mailbox::status`].
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn status(&mut self) -> Result<MailboxStatus> {
        self.settle().await?;
        let id = self.send(&Command::Stat)?;
        let mut found = None;
        self.complete(id, "STAT", |event| {
            if let Event::Stat { messages, octets, .. } = event {
                found = Some((messages, octets));
            }
        })
        .await?;
        let (messages, octets) =
            found.ok_or_else(|| Error::inconsistent("the answer to STAT holds no count"))?;
        Ok(MailboxStatus { messages, octets: octets.map(SizeHint::new), read_only: false })
    }

    /// See [`Mailbox::delete`]. The server forgets the marks when the session ends without
    /// [`close`](Self::close).
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn delete(&mut self, ids: &[MessageId]) -> Result<()> {
        self.settle().await?;
        for id in ids {
            let number = self.number(id).await?;
            if self.deleted.contains(&number) {
                continue;
            }
            let command = self.send(&Command::Dele(number))?;
            self.deleting.insert(command, number);
            self.complete(command, "DELE", |_| ()).await?;
        }
        Ok(())
    }

    /// See [`Mailbox::close`].
    ///
    /// # Errors
    /// See [`Error`]; [`Error::Unknown`] when there were deletions and the connection ended before
    /// the server confirmed them, [`Error::Refused`] when it did not remove all of them.
    pub async fn close(mut self) -> Result<()> {
        self.settle().await?;
        let deletions = !self.deleted.is_empty();
        let id = self.send(&Command::Quit)?;
        match self.complete(id, "QUIT", |_| ()).await {
            Ok(()) => self.driver.shut_down().await,
            // Nothing was to be deleted: a server that hangs up without an answer has done all.
            Err(Error::Closed(_)) if !deletions => {}
            Err(error) if deletions => return Err(error.or_unknown("QUIT")),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// See [`Mailbox::folders`].
    #[must_use]
    pub fn folders(&self) -> Vec<Folder> {
        vec![Folder {
            name: "INBOX".into(),
            delimiter: None,
            role: Some(Role::Inbox),
            selectable: true,
        }]
    }

    fn send(&mut self, command: &Command<'_>) -> Result<CommandId> {
        if self.driver.is_closed() {
            return Err(Error::closed());
        }
        Ok(self.driver.machine_mut().send(command)?)
    }

    /// The next event. The answer to a DELE is recorded even if its future was dropped.
    async fn next_event(&mut self) -> Result<Event> {
        let event = self.driver.next_event().await?;
        if let Event::Done { id, status, .. } = &event
            && let Some(number) = self.deleting.remove(id)
            && *status == Status::Ok
        {
            self.deleted.insert(number);
        }
        Ok(event)
    }

    /// Reads the rest of the answers to calls whose futures were dropped.
    async fn settle(&mut self) -> Result<()> {
        if let Some(id) = self.body.take() {
            self.driver.machine_mut().discard(id);
        }
        while self.driver.machine().in_flight() > 0 {
            self.next_event().await?;
        }
        Ok(())
    }

    /// Passes the events of a command to `seen` until its answer is complete.
    async fn complete(
        &mut self,
        wanted: CommandId,
        command: &'static str,
        mut seen: impl FnMut(Event),
    ) -> Result<()> {
        loop {
            match self.next_event().await? {
                Event::Done { id, status, code, text, .. } if id == wanted => {
                    return match status {
                        Status::Ok => Ok(()),
                        _ => Err(refused(command, code.as_ref(), &text)),
                    };
                }
                event => seen(event),
            }
        }
    }
}

fn refusal(
    command: &'static str,
    code: Option<&pop3_proto::ResponseCode>,
    text: &pop3_proto::Text,
) -> Refusal {
    Refusal::new(command, code.map(ToString::to_string), text)
}

fn refused(
    command: &'static str,
    code: Option<&pop3_proto::ResponseCode>,
    text: &pop3_proto::Text,
) -> Error {
    Error::Refused(Box::new(refusal(command, code, text)))
}

impl<S: Stream> Mailbox for Pop3Mailbox<S> {
    fn features(&self) -> FeatureSet {
        self.features()
    }

    fn status(&mut self) -> BoxFuture<'_, Result<MailboxStatus>> {
        Box::pin(self.status())
    }

    fn list(&mut self, window: Window) -> BoxFuture<'_, Result<Listing<'_>>> {
        Box::pin(self.list(window))
    }

    fn envelopes<'a>(
        &'a mut self,
        ids: &'a [MessageId],
    ) -> BoxFuture<'a, Result<Vec<Option<Envelope>>>> {
        Box::pin(self.envelopes(ids))
    }

    fn fetch<'a>(&'a mut self, id: &'a MessageId, part: Part) -> BoxFuture<'a, Result<Body<'a>>> {
        Box::pin(self.fetch(id, part))
    }

    fn delete<'a>(&'a mut self, ids: &'a [MessageId]) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.delete(ids))
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        Box::pin((*self).close())
    }

    fn folders(&mut self) -> BoxFuture<'_, Result<Vec<Folder>>> {
        Box::pin(std::future::ready(Ok(Self::folders(self))))
    }

    fn open<'a>(
        &'a mut self,
        folder: &'a str,
        access: Access,
    ) -> BoxFuture<'a, Result<MailboxStatus>> {
        let _ = access;
        if folder.eq_ignore_ascii_case("INBOX") {
            Box::pin(self.status())
        } else {
            Box::pin(std::future::ready(Err(Error::Unsupported(Feature::Folders))))
        }
    }
}
