//! APPEND.

use std::{
    borrow::Cow,
    future::poll_fn,
    io,
    num::NonZeroU32,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use imap_proto_lite::{
    Command, CommandId,
    client::Event,
    command::{AppendData, AppendMessage},
    date,
    response::ResponseCode,
};
use tokio::{
    io::{AsyncRead, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use crate::{
    append::Append,
    clock::later,
    driver::Until,
    error::{Error, Result},
    folder::FolderName,
    id::MessageId,
    imap::{
        answer::{Heard, accepted},
        flags::to_wire,
        mailbox::{ImapMailbox, Under},
        naming::{number, wire_name},
    },
    message::DateTime,
};

/// Bytes of an upload that are read at once.
const CHUNK: usize = 64 << 10;

type Reader<'r> = &'r mut (dyn AsyncRead + Send + Unpin);

/// What happened next in an upload.
enum Step {
    /// The caller's reader gave these bytes.
    Read(Bytes),
    /// The server answered, or asks for the bytes.
    Event(Event),
}

/// The caller's reader, and since when it gives nothing.
struct Source<'r> {
    reader: Reader<'r>,
    buffer: Vec<u8>,
    silence: Duration,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl ImapMailbox {
    pub(super) async fn upload(
        &mut self,
        folder: &FolderName,
        options: &Append,
        message: Reader<'_>,
    ) -> Result<Option<MessageId>> {
        let flags = to_wire(&options.flags)?;
        let date = options.received.as_ref().map(wire_date).transpose()?;
        let message_head = AppendMessage {
            flags: Cow::Borrowed(&flags),
            date,
            octets: options.size,
            data: AppendData::Literal,
        };
        let mailbox = wire_name(folder)?;
        self.settle().await?;
        let id = self.send(&Command::Append { mailbox, message: message_head })?;
        self.under = Under::Upload;
        let silence = self.driver.timeouts().silence;
        let mut source = Source { reader: message, buffer: vec![0; CHUNK], silence, alarm: None };
        let mut left = options.size;
        let is_open = self.open.as_ref().is_some_and(|open| open.name == *folder);
        match self.upload_all(id, is_open, &mut left, &mut source).await {
            Ok((answer, noop)) => {
                self.under = Under::Nothing;
                let code = accepted("APPEND", answer)?;
                if is_open {
                    self.hear_of_it(noop).await;
                }
                Ok(code.and_then(|code| appended(folder, &code)))
            }
            // A server that did not receive all bytes has stored nothing.
            Err(error) if left == 0 && error.ends_the_connection() => {
                Err(Error::Unknown { command: "APPEND", source: Box::new(error) })
            }
            Err(error) => Err(error),
        }
    }

    /// Passes the message to the server until that answers. For the open folder a NOOP goes out
    /// with the last bytes: Courier tells the message to nothing else (RFC 9051 section 6.3.12).
    async fn upload_all(
        &mut self,
        wanted: CommandId,
        is_open: bool,
        left: &mut u64,
        source: &mut Source<'_>,
    ) -> Result<(Event, Option<CommandId>)> {
        let (mut is_ready, mut noop) = (false, None);
        loop {
            let wants = if is_ready { *left } else { 0 };
            match poll_fn(|cx| self.poll_upload(cx, wants, source)).await? {
                Step::Event(Event::ReadyForData { id, .. }) if id == wanted => is_ready = true,
                Step::Event(event @ Event::Done { .. }) if event.id() == Some(wanted) => {
                    return Ok((event, noop));
                }
                // Answered first, it may have told nothing.
                Step::Event(event) if noop.is_some() && event.id() == noop => noop = None,
                Step::Event(_) => {}
                Step::Read(bytes) if bytes.is_empty() => {
                    let short = format!("the message ended {left} bytes too early");
                    let source = io::Error::new(io::ErrorKind::UnexpectedEof, short);
                    return Err(self.broken_off(source));
                }
                Step::Read(bytes) => {
                    let length = bytes.len() as u64;
                    let given = self.driver.machine_mut().answer(wanted, bytes);
                    match given {
                        Ok(()) => {
                            *left = left.saturating_sub(length);
                            if is_open && *left == 0 {
                                noop = self.try_send(&Command::Noop)?;
                            }
                        }
                        // The session ended by itself: the next poll says how.
                        Err(imap_proto_lite::SendError::Closed) => is_ready = false,
                        Err(error) => {
                            let source = io::Error::new(io::ErrorKind::InvalidData, error);
                            return Err(self.broken_off(source));
                        }
                    }
                }
            }
        }
    }

    /// Hears what NOOP tells. It is sent now where the server takes one command at a time. The
    /// message is stored, whatever happens here.
    async fn hear_of_it(&mut self, noop: Option<CommandId>) {
        if let Ok(id) = noop.map_or_else(|| self.send(&Command::Noop), Ok) {
            let _ = self.complete(id, "NOOP", &mut |_, _| false).await;
        }
    }

    /// Hears the server; once everything is written, also reads the caller's message.
    fn poll_upload(
        &mut self,
        cx: &mut Context<'_>,
        wants: u64,
        source: &mut Source<'_>,
    ) -> Poll<Result<Step>> {
        loop {
            let until = if wants > 0 { Until::Written } else { Until::Event };
            match ready!(self.poll_heard(cx, until, &mut |_, _| false))? {
                Heard::Event(event) => return Poll::Ready(Ok(Step::Event(event))),
                Heard::Line => {}
                Heard::Time => {
                    let read = ready!(source.poll_read(cx, wants)).map(Step::Read);
                    return Poll::Ready(read.map_err(|source| self.broken_off(source)));
                }
            }
        }
    }

    /// The caller's message stopped after a part of it was sent: the connection is lost.
    fn broken_off(&mut self, source: io::Error) -> Error {
        drop(self.driver.give_up());
        Error::Local { source, closed: true }
    }
}

impl Source<'_> {
    /// At most `wants` bytes of the caller; none at the end.
    fn poll_read(&mut self, cx: &mut Context<'_>, wants: u64) -> Poll<io::Result<Bytes>> {
        let most = usize::try_from(wants).unwrap_or(CHUNK).min(CHUNK);
        let mut buffer = ReadBuf::new(self.buffer.get_mut(..most).unwrap_or_default());
        match Pin::new(&mut *self.reader).poll_read(cx, &mut buffer) {
            Poll::Ready(Ok(())) => {
                self.alarm = None;
                Poll::Ready(Ok(BytesMut::from(buffer.filled()).freeze()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                let end = || Box::pin(sleep_until(later(Instant::now(), self.silence)));
                let alarm = self.alarm.get_or_insert_with(end);
                alarm.as_mut().poll(cx).map(|()| {
                    let reason = "the reader of the message gave nothing for too long";
                    Err(io::Error::new(io::ErrorKind::TimedOut, reason))
                })
            }
        }
    }
}

/// The new id of the message, if the server tells it (RFC 4315).
fn appended(folder: &FolderName, code: &ResponseCode<'_>) -> Option<MessageId> {
    match code {
        ResponseCode::AppendUid { uid_validity, uids } => {
            let validity = NonZeroU32::new(uid_validity.get())?;
            Some(MessageId::uid(folder.clone(), validity, number(uids.numbers().next()?)))
        }
        _ => None,
    }
}

fn wire_date(date: &DateTime) -> Result<date::DateTime> {
    let day = date::Date::new(date.year, date.month, date.day);
    let DateTime { hour, minute, second, offset_minutes, .. } = *date;
    day.and_then(|day| date::DateTime::new(day, hour, minute, second, offset_minutes))
        .ok_or_else(|| Error::misuse("the time of receipt does not exist"))
}
