//! A substitute for a socket: returns bytes in reads of a chosen size.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{BufMut as _, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The default size of a read.
pub const READ: usize = 16 * 1024;

/// Bytes to be read. Each read copies, as read(2) does.
#[derive(Clone, Debug)]
pub struct Source<'a> {
    rest: &'a [u8],
    read: usize,
}

impl<'a> Source<'a> {
    /// Returns at most `read` bytes at a time.
    #[must_use]
    pub const fn new(octets: &'a [u8], read: usize) -> Self {
        Self { rest: octets, read }
    }

    fn next(&mut self, room: usize) -> &'a [u8] {
        let octets = self.read.min(room).min(self.rest.len());
        let (now, later) = self.rest.split_at_checked(octets).unwrap_or((self.rest, &[]));
        self.rest = later;
        now
    }

    /// Reads into a slice; 0 at the end.
    #[inline]
    pub fn read(&mut self, into: &mut [u8]) -> usize {
        let now = self.next(into.len());
        if let Some(into) = into.get_mut(..now.len()) {
            into.copy_from_slice(now);
        }
        now.len()
    }

    /// Reads to the end of a buffer, which grows only if it has no room at all for a read; 0 at the
    /// end.
    #[inline]
    pub fn read_buf(&mut self, into: &mut BytesMut) -> usize {
        into.reserve(self.read.min(self.rest.len()));
        let now = self.next(usize::MAX);
        into.put_slice(now);
        now.len()
    }
}

/// A tokio stream over a source. Written bytes are dropped.
#[derive(Debug)]
pub struct Stream<'a>(
    /// The source.
    Source<'a>,
);

impl<'a> Stream<'a> {
    /// A stream that is always ready.
    #[must_use]
    pub const fn new(source: Source<'a>) -> Self {
        Self(source)
    }
}

impl AsyncRead for Stream<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let octets = self.0.read(into.initialize_unfilled());
        into.advance(octets);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream<'_> {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(octets.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
