//! [`ImapMailbox`]: one session with a selected folder over IMAP.

mod delete;
mod fetch;
mod flags;
mod folders;
mod list;
mod login;
mod observe;
mod search;
mod transfer;
mod watch;

use std::collections::VecDeque;

use imap_proto_lite::{
    Command, CommandId, Status, Text, Uid, UidSet,
    capability::speaks_rev2,
    client::{Connection, Event},
    command::Messages,
    response::{Response, ResponseCode},
};
use tokio::io::AsyncRead;

use crate::{
    body::Body,
    change::Change,
    driver::{Driver, Stream},
    envelope::Envelope,
    error::{Error, Refusal, Result},
    feature::FeatureSet,
    folder::{Access, Folder, MailboxStatus},
    listing::{Listing, Window},
    mailbox::{BoxFuture, Mailbox},
    message::{FlagChange, Flags, Id, MessageId, Part, Summary},
    search::Query,
    tls::TlsConnection,
};
use delete::Marked;
use fetch::Reading;
use observe::{Changes, Opening, Selected};

/// One session with a selected folder over IMAP (RFC 3501, RFC 9051).
///
/// Works with a plain IMAP4rev1 server such as Exchange Online; extensions save round trips. All
/// methods of [`Mailbox`] are inherent methods as well.
#[derive(Debug)]
pub struct ImapMailbox<S = TlsConnection> {
    driver: Driver<S, Connection>,
    features: FeatureSet,
    /// The open folder; `None` after a failed open.
    selected: Option<Selected>,
    /// A SELECT without an answer yet. Its answer counts also when the future that sent it was
    /// dropped.
    opening: Option<Opening>,
    /// The messages that `close` deletes, by folder.
    marked: Vec<Marked>,
    /// Changes that were not returned yet.
    changes: Changes,
    /// The FETCH of the current listing, and its rows that were not returned yet.
    listing: Option<CommandId>,
    rows: VecDeque<Summary>,
    /// The body being pulled.
    reading: Option<Reading>,
    /// An APPEND that waits for more bytes. If it is dropped now, the connection has to be closed.
    uploading: Option<CommandId>,
    /// The IDLE in progress.
    idling: Option<CommandId>,
    /// The text of the server's `* BYE`.
    goodbye: Option<Box<str>>,
    timeouts: crate::account::Timeouts,
}

impl<S: Stream> ImapMailbox<S> {
    /// See [`Mailbox::features`].
    #[must_use]
    pub const fn features(&self) -> FeatureSet {
        self.features
    }

    fn has(&self, capability: &str) -> bool {
        self.driver.machine().capabilities().is_some_and(|known| known.has(capability))
    }

    /// Whether the server has this capability, which IMAP4rev2 includes.
    fn has_or_speaks_rev2(&self, capability: &str) -> bool {
        let machine = self.driver.machine();
        machine
            .capabilities()
            .is_some_and(|known| known.has(capability) || speaks_rev2(known, machine.enabled()))
    }

    fn send(&mut self, command: &Command<'_>) -> Result<CommandId> {
        if self.driver.is_closed() {
            return Err(self.end(Error::closed()));
        }
        Ok(self.driver.machine_mut().send(command)?)
    }

    /// The next event. It is recorded here, so that nothing is lost when the future that waits for
    /// it is dropped.
    async fn next_event(&mut self) -> Result<Event> {
        match self.driver.next_event().await {
            Ok(event) => {
                self.observe(&event);
                Ok(event)
            }
            Err(error) => Err(self.end(error)),
        }
    }

    /// Adds the server's `* BYE` to the error of a closed connection.
    fn end(&self, error: Error) -> Error {
        match (error, &self.goodbye) {
            (Error::Closed(_) | Error::Io(_), Some(goodbye)) => Error::Closed(goodbye.clone()),
            (error, _) => error,
        }
    }

    /// Makes the connection ready for the next command: reads the rest of the answers to calls
    /// whose futures were dropped, ends IDLE, and closes the connection after half an upload.
    async fn settle(&mut self) -> Result<()> {
        if self.uploading.is_some() {
            self.driver.close();
            return Err(Error::closed());
        }
        if let Some(id) = self.idling.take() {
            self.driver.machine_mut().end_idle(id)?;
        }
        if let Some(reading) = self.reading.take() {
            self.driver.machine_mut().discard(reading.id());
        }
        self.listing = None;
        self.rows.clear();
        while self.driver.machine().in_flight() > 0 {
            self.next_event().await?;
        }
        Ok(())
    }

    /// Passes the untagged responses before a command's answer to `seen`.
    async fn complete(
        &mut self,
        wanted: CommandId,
        command: &'static str,
        mut seen: impl FnMut(&Response<'_>),
    ) -> Result<Option<ResponseCode<'static>>> {
        loop {
            match self.next_event().await? {
                Event::Untagged(line) => seen(&line.response()),
                Event::Done { id, status, code, text, .. } if id == wanted => {
                    return match status {
                        Status::Ok => Ok(code),
                        Status::No | Status::Bad => Err(refused(command, code.as_ref(), &text)),
                    };
                }
                _ => {}
            }
        }
    }

    /// Sends a command and waits for its answer.
    async fn run(
        &mut self,
        name: &'static str,
        command: &Command<'_>,
    ) -> Result<Option<ResponseCode<'static>>> {
        let id = self.send(command)?;
        self.complete(id, name, |_| ()).await
    }

    /// The UIDs of message ids of the open folder.
    fn uids(&self, ids: &[MessageId]) -> Result<Vec<Uid>> {
        ids.iter().map(|id| self.uid(id)).collect()
    }

    fn uid(&self, id: &MessageId) -> Result<Uid> {
        match &id.0 {
            Id::Uid { uid_validity, uid } => match &self.selected {
                Some(selected) if selected.uid_validity == *uid_validity => Ok(*uid),
                _ => Err(Error::StaleId(Box::new(id.clone()))),
            },
            Id::Unique(_) | Id::Number { .. } => Err(Error::WrongProtocol(Box::new(id.clone()))),
        }
    }

    fn id(&self, uid: Uid) -> MessageId {
        let uid_validity = self.selected.as_ref().map_or(0, |selected| selected.uid_validity);
        MessageId(Id::Uid { uid_validity, uid })
    }
}

/// The most bytes of a set in one command. Exchange and others refuse lines of more than about
/// 8,000 bytes (RFC 7162 section 4 names 8,192).
const SET_OCTETS: usize = 4000;

/// `uids` as sets of ranges, one for each command, so that no command line becomes too long.
fn batches(uids: impl IntoIterator<Item = Uid>) -> Vec<Messages<'static>> {
    let mut uids: Vec<Uid> = uids.into_iter().collect();
    // Sorted: some servers (QQ) refuse sets that are not.
    uids.sort_unstable();
    uids.dedup();
    let set = UidSet::from_numbers(uids);
    set.iter().flat_map(|set| set.split(SET_OCTETS)).map(Messages::from).collect()
}

fn refusal(command: &'static str, code: Option<&ResponseCode<'_>>, text: &Text) -> Refusal {
    let code = code.and_then(|code| match code {
        ResponseCode::Other { name, .. } => Some(name.to_str_lossy().into_owned()),
        known => known.name().map(Into::into),
    });
    Refusal::new(command, code, text)
}

fn refused(command: &'static str, code: Option<&ResponseCode<'_>>, text: &Text) -> Error {
    Error::Refused(Box::new(refusal(command, code, text)))
}

impl<S: Stream> Mailbox for ImapMailbox<S> {
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
        Box::pin(std::future::ready(self.delete(ids)))
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        Box::pin((*self).close())
    }

    fn folders(&mut self) -> BoxFuture<'_, Result<Vec<Folder>>> {
        Box::pin(self.folders())
    }

    fn open<'a>(
        &'a mut self,
        folder: &'a str,
        access: Access,
    ) -> BoxFuture<'a, Result<MailboxStatus>> {
        Box::pin(self.open(folder, access))
    }

    fn set_flags<'a>(
        &'a mut self,
        ids: &'a [MessageId],
        change: FlagChange,
        flags: &'a Flags,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.set_flags(ids, change, flags))
    }

    fn search<'a>(&'a mut self, query: &'a Query) -> BoxFuture<'a, Result<Vec<MessageId>>> {
        Box::pin(self.search(query))
    }

    fn append<'a>(
        &'a mut self,
        folder: &'a str,
        flags: &'a Flags,
        octets: u64,
        message: &'a mut (dyn AsyncRead + Send + Unpin),
    ) -> BoxFuture<'a, Result<Option<MessageId>>> {
        Box::pin(self.append(folder, flags, octets, message))
    }

    fn copy<'a>(&'a mut self, ids: &'a [MessageId], folder: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.copy(ids, folder))
    }

    fn move_to<'a>(
        &'a mut self,
        ids: &'a [MessageId],
        folder: &'a str,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.move_to(ids, folder))
    }

    fn next_change(&mut self) -> BoxFuture<'_, Result<Change>> {
        Box::pin(self.next_change())
    }
}
