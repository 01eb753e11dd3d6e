//! The stream of one session: clear, then perhaps TLS.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// A socket, or one end of a pipe in memory. Boxed, so that a user's crate compiles no session.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

pub(super) enum Wire {
    Clear(Box<dyn Stream>),
    Tls(Box<TlsStream<Box<dyn Stream>>>),
    /// The handshake failed.
    Broken,
}

impl Wire {
    /// Does the handshake.
    pub(super) async fn upgrade(&mut self, acceptor: &TlsAcceptor) -> io::Result<()> {
        let Self::Clear(stream) = std::mem::replace(self, Self::Broken) else {
            return Err(io::Error::other("TLS within TLS"));
        };
        *self = Self::Tls(Box::new(acceptor.accept(stream).await?));
        Ok(())
    }

    /// Appends the next bytes to `input`; false at the end.
    pub(super) async fn receive(&mut self, input: &mut BytesMut) -> io::Result<bool> {
        input.reserve(16 * 1024);
        Ok(self.read_buf(input).await? > 0)
    }

    /// The stream; `None` after a failed handshake.
    fn stream(&mut self) -> Option<Pin<&mut dyn Stream>> {
        match self {
            Self::Clear(stream) => Some(Pin::new(stream)),
            Self::Tls(stream) => Some(Pin::new(&mut **stream)),
            Self::Broken => None,
        }
    }
}

const NOT_CONNECTED: io::ErrorKind = io::ErrorKind::NotConnected;

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut().stream() {
            Some(stream) => stream.poll_read(cx, buf),
            None => Poll::Ready(Err(NOT_CONNECTED.into())),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut().stream() {
            Some(stream) => stream.poll_write(cx, buf),
            None => Poll::Ready(Err(NOT_CONNECTED.into())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().stream().map_or(Poll::Ready(Ok(())), |stream| stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().stream().map_or(Poll::Ready(Ok(())), |stream| stream.poll_shutdown(cx))
    }
}
