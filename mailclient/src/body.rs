//! [`Body`]: a message or a part of it, pulled in chunks.

use std::fmt;

use bytes::Bytes;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::{
    error::{Error, Result},
    mailbox::BoxFuture,
    message::SizeHint,
};

/// The mailbox that the chunks come from.
pub(crate) trait BodySource: Send {
    fn next_chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>>>;
}

/// The bytes of a message, pulled in chunks of at most 64 KiB and never held. Lines end in CRLF as
/// the server sent them. It may be dropped early: the next call on the mailbox skips the rest.
#[must_use = "nothing is read until `chunk` is awaited"]
pub struct Body<'a> {
    source: &'a mut dyn BodySource,
    hint: Option<SizeHint>,
    received: u64,
}

impl<'a> Body<'a> {
    pub(crate) fn new(source: &'a mut dyn BodySource, hint: Option<SizeHint>) -> Self {
        Self { source, hint, received: 0 }
    }

    /// The length that the server announced: good for a progress bar only.
    #[must_use]
    pub const fn size_hint(&self) -> Option<SizeHint> {
        self.hint
    }

    /// The number of bytes received so far.
    #[must_use]
    pub const fn received(&self) -> u64 {
        self.received
    }

    /// The next chunk, or `None` at the end. Only `None` means that the message is complete. A
    /// chunk keeps its whole read buffer alive; copy it to keep it for long.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        let chunk = self.source.next_chunk().await?;
        self.received += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        Ok(chunk)
    }

    /// All remaining bytes in one piece.
    ///
    /// # Errors
    /// [`Error::TooLarge`] when there are more than `limit` bytes; see [`Error`].
    pub async fn collect(mut self, limit: u64) -> Result<Vec<u8>> {
        let mut octets = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if octets.len() as u64 + chunk.len() as u64 > limit {
                return Err(Error::TooLarge { limit });
            }
            octets.extend_from_slice(&chunk);
        }
        Ok(octets)
    }

    /// Writes all remaining bytes to `writer` and passes `progress` the number so far after each
    /// chunk. Returns the total.
    ///
    /// # Errors
    /// [`Error::Local`] when the writer fails; see [`Error`].
    pub async fn copy_to<W>(mut self, writer: &mut W, mut progress: impl FnMut(u64)) -> Result<u64>
    where
        W: AsyncWrite + Unpin + ?Sized,
    {
        while let Some(chunk) = self.chunk().await? {
            writer.write_all(&chunk).await.map_err(Error::Local)?;
            progress(self.received);
        }
        writer.flush().await.map_err(Error::Local)?;
        Ok(self.received)
    }
}

impl fmt::Debug for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("hint", &self.hint)
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}
