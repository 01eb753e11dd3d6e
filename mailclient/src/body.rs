//! [`Body`] and [`Bodies`]: messages, or parts of them, pulled in chunks.

use std::{
    fmt,
    future::poll_fn,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use futures_core::Stream;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

use crate::{
    error::{Error, Result},
    id::MessageId,
    message::SizeHint,
};

/// The bytes of a message, or of a part of one, pulled in chunks and never held. Lines end as the
/// server sent them, which is in CRLF on a correct one.
///
/// It is a [`Stream`] of chunks and an [`AsyncRead`]. It may be dropped early: the next call on the
/// mailbox skips the rest.
///
/// ```
/// # use mailclient::{Mailbox, MessageId, Part, Result};
/// # async fn count_lines(mailbox: &mut dyn Mailbox, id: &MessageId) -> Result<usize> {
/// let mut body = mailbox.fetch(id, &Part::Whole).await?;
/// let mut lines = 0;
/// while let Some(chunk) = body.chunk().await? {
///     lines += chunk.iter().filter(|byte| **byte == b'\n').count();
/// }
/// # Ok(lines)
/// # }
/// ```
#[must_use = "nothing is read until `chunk` is awaited"]
pub struct Body<'a> {
    chunks: Pin<Box<dyn Stream<Item = Result<Bytes>> + Send + 'a>>,
    /// The part of a chunk that `AsyncRead` did not take yet.
    rest: Bytes,
    size: Option<SizeHint>,
    received: u64,
    /// It ended with an error: it will never be complete.
    is_broken: bool,
}

impl<'a> Body<'a> {
    /// A body from any stream of chunks: for wrappers and other implementations of
    /// [`Mailbox`](crate::Mailbox). The end of the stream means that the message is complete.
    pub fn new(chunks: impl Stream<Item = Result<Bytes>> + Send + 'a) -> Self {
        let chunks = Box::pin(chunks);
        Self { chunks, rest: Bytes::new(), size: None, received: 0, is_broken: false }
    }

    /// A body that is there already.
    pub fn ready(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let size = SizeHint::new(bytes.len() as u64);
        Self::new(Ready(Some(bytes).into_iter())).with_size(Some(size))
    }

    /// With the length that the server announced.
    pub const fn with_size(mut self, size: Option<SizeHint>) -> Self {
        self.size = size;
        self
    }

    /// The length that the server announced: good for a progress bar only.
    #[must_use]
    pub const fn size_hint(&self) -> Option<SizeHint> {
        self.size
    }

    /// The number of bytes received so far.
    #[must_use]
    pub const fn received(&self) -> u64 {
        self.received
    }

    /// The next chunk, or `None` at the end. Only `None` means that the message is complete. A
    /// chunk has at most 64 KiB; it keeps its whole read buffer alive, so copy it to keep it for
    /// long.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Timeout`] and [`Error::Protocol`] when the connection ends in
    /// the middle; [`Error::Refused`] when the server gives up in the middle;
    /// [`Error::Damaged`] when the server sent another message or an empty one in its place. After
    /// an error the body is broken: it is never `None` then.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        poll_fn(|cx| self.poll_chunk(cx)).await
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>>> {
        if !self.rest.is_empty() {
            return Poll::Ready(Ok(Some(std::mem::take(&mut self.rest))));
        }
        if self.is_broken {
            return Poll::Ready(Err(Error::closed()));
        }
        let chunk = ready!(self.chunks.as_mut().poll_next(cx)).transpose();
        self.is_broken = chunk.is_err();
        let chunk = chunk?;
        self.received += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        Poll::Ready(Ok(chunk))
    }

    /// All remaining bytes in one piece.
    ///
    /// # Errors
    /// As [`chunk`](Self::chunk); [`Error::Limit`] when there are more than `limit` bytes.
    pub async fn collect(mut self, limit: u64) -> Result<Vec<u8>> {
        let mut message = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if (message.len() + chunk.len()) as u64 > limit {
                return Err(Error::limit("bytes to collect", limit));
            }
            message.extend_from_slice(&chunk);
        }
        Ok(message)
    }

    /// Writes all remaining bytes to `writer`, flushes it, and passes `progress` the number so far
    /// after each chunk. Returns the total.
    ///
    /// # Errors
    /// As [`chunk`](Self::chunk); [`Error::Local`] when the writer fails, after which the mailbox
    /// is usable.
    pub async fn copy_to<W>(mut self, writer: &mut W, mut progress: impl FnMut(u64)) -> Result<u64>
    where
        W: AsyncWrite + Unpin + ?Sized,
    {
        let failed = |source| Error::Local { source, closed: false };
        while let Some(chunk) = self.chunk().await? {
            writer.write_all(&chunk).await.map_err(failed)?;
            progress(self.received);
        }
        writer.flush().await.map_err(failed)?;
        Ok(self.received)
    }
}

impl Stream for Body<'_> {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_chunk(cx).map(Result::transpose)
    }
}

impl AsyncRead for Body<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.rest.is_empty() {
            match ready!(self.poll_chunk(cx)) {
                Ok(Some(chunk)) => self.rest = chunk,
                Ok(None) => return Poll::Ready(Ok(())),
                Err(error) => return Poll::Ready(Err(error.into())),
            }
        }
        let taken = self.rest.len().min(buffer.remaining());
        buffer.put_slice(self.rest.get(..taken).unwrap_or_default());
        self.rest.advance(taken);
        Poll::Ready(Ok(()))
    }
}

impl fmt::Debug for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("size", &self.size)
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}

/// One step of [`Bodies`].
#[derive(Debug)]
#[non_exhaustive]
pub enum BodyEvent {
    /// The body of this message begins.
    #[non_exhaustive]
    Start {
        /// The message.
        id: MessageId,
        /// The length that the server announced, for a progress bar.
        size: Option<SizeHint>,
    },
    /// Bytes of that body.
    Chunk(Bytes),
    /// The body is complete.
    End,
    /// This message could not be read; others follow.
    #[non_exhaustive]
    Failed {
        /// The message.
        id: MessageId,
        /// Why: it is gone, marked for deletion, damaged, or refused.
        error: Error,
    },
}

impl BodyEvent {
    /// The body of a message begins.
    #[must_use]
    pub const fn start(id: MessageId, size: Option<SizeHint>) -> Self {
        Self::Start { id, size }
    }

    /// A message could not be read.
    #[must_use]
    pub const fn failed(id: MessageId, error: Error) -> Self {
        Self::Failed { id, error }
    }
}

/// The bodies of many messages, one after the other: a flat [`Stream`] of [`BodyEvent`]s, or
/// messages with [`next`](Self::next). Each message that was asked for comes once, as a body or as
/// a failure, unless the stream ends with an error. It may be dropped early.
///
/// ```
/// # use mailclient::{IdSet, Mailbox, Part, Result};
/// # async fn store(mailbox: &mut dyn Mailbox, ids: &IdSet) -> Result<()> {
/// let mut bodies = mailbox.fetch_many(ids, &Part::Whole).await?;
/// while let Some(next) = bodies.next().await {
///     let (id, body) = next?;
///     match body {
///         Ok(body) => println!("{id}: {} bytes", body.collect(1 << 26).await?.len()),
///         Err(error) => println!("{id}: {error}"),
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is read until `next` is awaited"]
pub struct Bodies<'a> {
    events: Pin<Box<dyn Stream<Item = Result<BodyEvent>> + Send + 'a>>,
    /// Between `Start` and `End`.
    is_inside: bool,
}

impl<'a> Bodies<'a> {
    /// Bodies from any stream: for wrappers and other implementations of
    /// [`Mailbox`](crate::Mailbox).
    pub fn new(events: impl Stream<Item = Result<BodyEvent>> + Send + 'a) -> Self {
        Self { events: Box::pin(events), is_inside: false }
    }

    /// Bodies that are there already, and the errors in place of others.
    pub fn ready(bodies: Vec<(MessageId, Result<Bytes>)>) -> Self {
        let mut events = Vec::new();
        for (id, body) in bodies {
            match body {
                Ok(bytes) => {
                    let size = SizeHint::new(bytes.len() as u64);
                    let start = BodyEvent::Start { id, size: Some(size) };
                    events.extend([start, BodyEvent::Chunk(bytes), BodyEvent::End]);
                }
                Err(error) => events.push(BodyEvent::Failed { id, error }),
            }
        }
        Self::new(Ready(events.into_iter()))
    }

    /// The body of the only message that was asked for.
    pub(crate) async fn into_body(mut self) -> Result<Body<'a>> {
        match poll_fn(|cx| Pin::new(&mut self).poll_next(cx)).await {
            Some(Ok(BodyEvent::Start { size, .. })) => Ok(Body::new(Only(self)).with_size(size)),
            Some(Ok(BodyEvent::Failed { error, .. }) | Err(error)) => Err(error),
            Some(Ok(BodyEvent::Chunk(_) | BodyEvent::End)) | None => Err(Error::closed()),
        }
    }

    /// The next chunk of the message that began.
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        if !self.is_inside {
            return Poll::Ready(None);
        }
        Poll::Ready(match ready!(Pin::new(self).poll_next(cx)) {
            Some(Ok(BodyEvent::Chunk(chunk))) => Some(Ok(chunk)),
            Some(Ok(BodyEvent::End)) => None,
            Some(Ok(BodyEvent::Failed { error, .. }) | Err(error)) => Some(Err(error)),
            Some(Ok(BodyEvent::Start { .. })) | None => Some(Err(Error::closed())),
        })
    }

    /// The next message. The rest of the body before it is read and dropped.
    pub async fn next(&mut self) -> Option<Result<(MessageId, Result<Body<'_>>)>> {
        loop {
            match poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await? {
                Err(error) => return Some(Err(error)),
                Ok(BodyEvent::Failed { id, error }) => return Some(Ok((id, Err(error)))),
                Ok(BodyEvent::Start { id, size }) => {
                    return Some(Ok((id, Ok(Body::new(Inside(self)).with_size(size)))));
                }
                Ok(BodyEvent::Chunk(_) | BodyEvent::End) => {}
            }
        }
    }
}

impl Stream for Bodies<'_> {
    type Item = Result<BodyEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let event = ready!(self.events.as_mut().poll_next(cx));
        match &event {
            Some(Ok(BodyEvent::Start { .. })) => self.is_inside = true,
            Some(Ok(BodyEvent::Chunk(_))) => {}
            _ => self.is_inside = false,
        }
        Poll::Ready(event)
    }
}

impl fmt::Debug for Bodies<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bodies").finish_non_exhaustive()
    }
}

/// What is there already.
struct Ready<I>(I);

impl<I: Iterator + Unpin> Stream for Ready<I> {
    type Item = Result<I::Item>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next().map(Ok))
    }
}

/// The chunks of one body of many, and those of the only one.
struct Inside<'b, 'a>(&'b mut Bodies<'a>);
struct Only<'a>(Bodies<'a>);

impl Stream for Inside<'_, '_> {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_chunk(cx)
    }
}

impl Stream for Only<'_> {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_chunk(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Script(Vec<Option<Result<Bytes>>>);

    impl Stream for Script {
        type Item = Result<Bytes>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Ready(self.0.remove(0))
        }
    }

    #[tokio::test]
    async fn a_broken_body_is_never_complete() {
        let chunk = Bytes::from_static(b"half");
        let mut body = Body::new(Script(vec![Some(Ok(chunk)), Some(Err(Error::NoFolder)), None]));
        assert_eq!(body.chunk().await.unwrap().unwrap(), "half");
        assert!(matches!(body.chunk().await, Err(Error::NoFolder)));
        assert!(matches!(body.chunk().await, Err(Error::Closed { .. })));
    }
}
