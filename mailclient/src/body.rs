//! [`Body`]: a message or a part of it, pulled in chunks.

use std::fmt;

use bytes::Bytes;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::{
    error::{Error, Result},
    mailbox::BoxFuture,
    message::SizeHint,
};

/// Where the chunks come from.
pub(crate) trait BodySource: Send {
    fn next_chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>>>;
}

/// The octets of a message, pulled in chunks of at most 64 KiB and never held. Lines end in CRLF as the server
/// sent them. Dropping it early is fine: the next call on the mailbox reads past what is left.
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

    /// The length as the server names it: good for a progress bar.
    #[must_use]
    pub const fn size_hint(&self) -> Option<SizeHint> {
        self.hint
    }

    /// How many octets came so far.
    #[must_use]
    pub const fn received(&self) -> u64 {
        self.received
    }

    /// The next chunk, or `None` at the end. Only `None` means that the message is complete. A chunk that is
    /// kept keeps its whole read buffer alive; copy what is to live long.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        let chunk = self.source.next_chunk().await?;
        self.received += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        Ok(chunk)
    }

    /// All remaining octets in one piece.
    ///
    /// # Errors
    /// [`Error::TooLarge`] when there are more than `limit` octets; see [`Error`].
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

    /// Writes all remaining octets to `writer`, telling `progress` after each chunk how many have come so far.
    /// Returns how many came in all.
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
