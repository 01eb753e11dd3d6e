//! APPEND, COPY and MOVE.

use std::borrow::Cow;

use bytes::BytesMut;
use imap_proto_lite::{
    Command, CommandId, Status,
    client::Event,
    command::{AppendData, AppendMessage},
    response::ResponseCode,
};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::{
    driver::Stream,
    error::{Error, Result},
    feature::Feature,
    imap::{ImapMailbox, batches, flags::to_wire, folders::name, refused},
    message::{Flags, Id, MessageId},
};

/// Bytes of an upload that are read at once.
const CHUNK: usize = 64 * 1024;

impl<S: Stream> ImapMailbox<S> {
    /// See [`Mailbox::append`](crate::Mailbox::append).
    ///
    /// # Errors
    /// See [`Error`]; [`Error::Unknown`] when all bytes were sent and the connection ended before
    /// the answer.
    pub async fn append(
        &mut self,
        folder: &str,
        flags: &Flags,
        octets: u64,
        message: &mut (dyn AsyncRead + Send + Unpin),
    ) -> Result<Option<MessageId>> {
        self.settle().await?;
        let flags = to_wire(flags)?;
        let append = AppendMessage {
            flags: Cow::Borrowed(&flags),
            date: None,
            octets,
            data: AppendData::Literal,
        };
        let id = self.send(&Command::Append { mailbox: name(folder)?, message: append })?;
        self.uploading = Some(id);
        let mut left = octets;
        let answer = self.upload(id, &mut left, message).await;
        // A server that did not receive all bytes has stored nothing.
        answer.map_err(|error| if left == 0 { error.or_unknown("APPEND") } else { error })
    }

    async fn upload(
        &mut self,
        wanted: CommandId,
        left: &mut u64,
        message: &mut (dyn AsyncRead + Send + Unpin),
    ) -> Result<Option<MessageId>> {
        let mut ready = false;
        loop {
            let event = if ready && *left > 0 {
                self.feed(wanted, left, message).await?;
                match self.driver.next_event_or_drained().await? {
                    Some(event) => {
                        self.observe(&event);
                        event
                    }
                    None => continue,
                }
            } else {
                self.next_event().await?
            };
            match event {
                Event::ReadyForData { id, .. } if id == wanted => ready = true,
                Event::Done { id, status, code, text, .. } if id == wanted => {
                    return match status {
                        Status::Ok => Ok(appended(code.as_ref())),
                        Status::No | Status::Bad => Err(refused("APPEND", code.as_ref(), &text)),
                    };
                }
                _ => {}
            }
        }
    }

    /// Passes the next piece of the message to the machine.
    async fn feed(
        &mut self,
        id: CommandId,
        left: &mut u64,
        message: &mut (dyn AsyncRead + Send + Unpin),
    ) -> Result<()> {
        let most = usize::try_from(*left).unwrap_or(CHUNK).min(CHUNK);
        let mut chunk = BytesMut::with_capacity(most);
        let read = (&mut *message).take(most as u64).read_buf(&mut chunk).await;
        match read {
            Ok(0) => {
                self.driver.close();
                let short = format!("the message ended {left} bytes too early");
                Err(Error::Local(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, short)))
            }
            Ok(_) => {
                *left -= chunk.len() as u64;
                // Refused bytes (a literal cannot contain NUL) leave half a message on the wire.
                self.driver.machine_mut().answer(id, chunk.freeze()).map_err(|error| {
                    self.driver.close();
                    error.into()
                })
            }
            Err(error) => {
                self.driver.close();
                Err(Error::Local(error))
            }
        }
    }

    /// See [`Mailbox::copy`](crate::Mailbox::copy).
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn copy(&mut self, ids: &[MessageId], folder: &str) -> Result<()> {
        self.settle().await?;
        for messages in batches(self.uids(ids)?) {
            let copy = Command::Copy { messages, mailbox: name(folder)? };
            self.run("COPY", &copy).await.map_err(|error| error.or_unknown("COPY"))?;
        }
        Ok(())
    }

    /// See [`Mailbox::move_to`](crate::Mailbox::move_to).
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn move_to(&mut self, ids: &[MessageId], folder: &str) -> Result<()> {
        if !self.features.contains(Feature::Move) {
            return Err(Error::Unsupported(Feature::Move));
        }
        self.settle().await?;
        for messages in batches(self.uids(ids)?) {
            let command = Command::Move { messages, mailbox: name(folder)? };
            self.run("MOVE", &command).await.map_err(|error| error.or_unknown("MOVE"))?;
        }
        Ok(())
    }
}

/// The new id of the message, if the server tells it (RFC 4315).
fn appended(code: Option<&ResponseCode<'_>>) -> Option<MessageId> {
    match code {
        Some(ResponseCode::AppendUid { uid_validity, uids }) => {
            let uid = uids.numbers().next()?;
            Some(MessageId(Id::Uid { uid_validity: uid_validity.get(), uid }))
        }
        _ => None,
    }
}
