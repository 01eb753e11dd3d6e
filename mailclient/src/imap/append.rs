//! APPEND, and the message that a command carries.

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
    Command, CommandId, SendError,
    client::Event,
    command::{AppendData, AppendMessage},
    date,
    response::{Response, ResponseCode},
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
    feature::Feature,
    folder::FolderName,
    id::{MessageId, Ranges},
    imap::{
        answer::{Heard, Listener, accepted},
        batch::note_row,
        flags::to_wire,
        mailbox::{ImapMailbox, Under},
        naming::{number, wire_name},
    },
    message::DateTime,
};

/// Bytes of an upload that are read at once.
const CHUNK: usize = 64 << 10;

pub(super) type Reader<'r> = &'r mut (dyn AsyncRead + Send + Unpin);

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

/// A message on its way to a folder.
pub(super) struct Sending<'s> {
    id: CommandId,
    folder: &'s FolderName,
    source: Source<'s>,
    /// Its bytes that are not sent yet.
    left: u64,
    /// It goes to the open folder, and a NOOP goes out with its last bytes.
    pub(super) asks_for_news: bool,
    pub(super) noop: Option<CommandId>,
    /// A question about messages that went out before it, until it is answered.
    pub(super) question: Option<CommandId>,
    /// The messages that the answer to that named.
    pub(super) rows: Ranges,
    /// The new id that an untagged response told.
    pub(super) new: Option<MessageId>,
}

impl Sending<'_> {
    /// Whether the server may have stored the message all the same. One that did not receive every
    /// byte has stored nothing.
    pub(super) const fn may_be_stored(&self, error: &Error) -> bool {
        self.left == 0 && error.ends_the_connection()
    }
}

impl ImapMailbox {
    pub(super) async fn upload(
        &mut self,
        folder: &FolderName,
        options: &Append,
        message: Reader<'_>,
    ) -> Result<Option<MessageId>> {
        let command = Command::Append { mailbox: wire_name(folder)?, message: head(options)? };
        self.check_announced(options)?;
        self.settle().await?;
        self.check_size(folder, options).await?;
        let id = self.send(&command)?;
        let mut sending = self.sending(id, folder, options, message);
        sending.asks_for_news = self.open.as_ref().is_some_and(|open| open.name == *folder);
        let answer = match self.send_message(&mut sending).await {
            Err(error) if sending.may_be_stored(&error) => {
                return Err(Error::Unknown { command: "APPEND", source: Box::new(error) });
            }
            answer => answer?,
        };
        let code = accepted("APPEND", answer)?;
        if sending.asks_for_news {
            // The message is stored, whatever happens here.
            let _ = self.hear_news(sending.noop).await;
        }
        Ok(code.and_then(|code| appended(folder, &code)))
    }

    /// What is refused before a byte is sent: NUL where the server has no literal8 (RFC 3516).
    pub(super) fn check_announced(&self, options: &Append) -> Result<()> {
        match options.binary && !self.can_append_binary() {
            true => Err(Error::Unsupported(Feature::BinaryAppend)),
            false => Ok(()),
        }
    }

    /// The beginning of an upload whose command is queued.
    pub(super) fn sending<'s>(
        &self,
        id: CommandId,
        folder: &'s FolderName,
        options: &Append,
        message: Reader<'s>,
    ) -> Sending<'s> {
        let silence = self.driver.timeouts().silence;
        Sending {
            id,
            folder,
            source: Source { reader: message, buffer: vec![0; CHUNK], silence, alarm: None },
            left: options.size,
            asks_for_news: false,
            noop: None,
            question: None,
            rows: Ranges::new(),
            new: None,
        }
    }

    /// Passes the message to the server until that answers. A NOOP goes out with the last bytes
    /// for the open folder: Courier tells the message to nothing else (RFC 9051 section 6.3.12).
    pub(super) async fn send_message(&mut self, sending: &mut Sending<'_>) -> Result<Event> {
        self.under = Under::Upload;
        let mut is_ready = false;
        loop {
            let wants = if is_ready { sending.left } else { 0 };
            match poll_fn(|cx| self.poll_upload(cx, wants, sending)).await? {
                Step::Event(Event::ReadyForData { id, .. }) if id == sending.id => is_ready = true,
                Step::Event(event @ Event::Done { .. }) if event.id() == Some(sending.id) => {
                    self.under = Under::Nothing;
                    return Ok(event);
                }
                Step::Event(event @ Event::Done { .. }) => {
                    // Answered first, NOOP may have told nothing.
                    sending.noop.take_if(|noop| event.id() == Some(*noop));
                    if sending.question.take_if(|id| event.id() == Some(*id)).is_some()
                        && accepted("FETCH", event).is_err()
                    {
                        // What there is cannot be told: it counts as there.
                        sending.rows.insert_range(NonZeroU32::MIN, NonZeroU32::MAX);
                    }
                }
                Step::Event(_) => {}
                Step::Read(bytes) if bytes.is_empty() => {
                    let short = format!("the message ended {} bytes too early", sending.left);
                    let source = io::Error::new(io::ErrorKind::UnexpectedEof, short);
                    return Err(self.broken_off(source));
                }
                Step::Read(bytes) => is_ready = self.pass_on(sending, bytes)?,
            }
        }
    }

    /// Gives bytes of the message to the machine. False once the session has ended by itself: the
    /// next poll says how.
    fn pass_on(&mut self, sending: &mut Sending<'_>, bytes: Bytes) -> Result<bool> {
        let length = bytes.len() as u64;
        match self.driver.machine_mut().answer(sending.id, bytes) {
            Ok(()) => {}
            Err(SendError::Closed) => return Ok(false),
            Err(SendError::InvalidArgument { .. }) => {
                let reason = "the message holds NUL and was not announced with `Append::binary`";
                let source = io::Error::new(io::ErrorKind::InvalidData, reason);
                return Err(self.broken_off(source));
            }
            Err(error) => {
                let source = io::Error::new(io::ErrorKind::InvalidData, error);
                return Err(self.broken_off(source));
            }
        }
        sending.left = sending.left.saturating_sub(length);
        if sending.asks_for_news && sending.left == 0 {
            sending.noop = self.try_send(&Command::Noop)?;
        }
        Ok(true)
    }

    /// Hears what NOOP tells of the open folder. It is sent now where the server takes one command
    /// at a time.
    pub(super) async fn hear_news(&mut self, noop: Option<CommandId>) -> Result<()> {
        let id = noop.map_or_else(|| self.send(&Command::Noop), Ok)?;
        self.complete(id, "NOOP", &mut |_, _| false).await.map(drop)
    }

    /// Hears the server; once everything is written, also reads the caller's message.
    fn poll_upload(
        &mut self,
        cx: &mut Context<'_>,
        wants: u64,
        sending: &mut Sending<'_>,
    ) -> Poll<Result<Step>> {
        loop {
            let until = if wants > 0 { Until::Written } else { Until::Event };
            let Sending { folder, question, rows, new, .. } = sending;
            let listen: &mut Listener<'_> = &mut |view, response| match response {
                Response::Condition { code: Some(code), .. } => {
                    *new = appended(folder, code).or_else(|| new.take());
                    false
                }
                Response::Fetch(_) if question.is_some() => {
                    note_row(rows, view, response).is_some()
                }
                _ => false,
            };
            match ready!(self.poll_heard(cx, until, listen))? {
                Heard::Event(event) => return Poll::Ready(Ok(Step::Event(event))),
                Heard::Line => {}
                Heard::Time => {
                    let read = ready!(sending.source.poll_read(cx, wants)).map(Step::Read);
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

/// The arguments of a command that stores a message.
pub(super) fn head(options: &Append) -> Result<AppendMessage<'_>> {
    Ok(AppendMessage {
        flags: Cow::Owned(to_wire(&options.flags)?),
        date: options.received.as_ref().map(wire_date).transpose()?,
        octets: options.size,
        data: if options.binary { AppendData::Literal8 } else { AppendData::Literal },
    })
}

/// The new id of the message, if the server tells it (RFC 4315).
pub(super) fn appended(folder: &FolderName, code: &ResponseCode<'_>) -> Option<MessageId> {
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
