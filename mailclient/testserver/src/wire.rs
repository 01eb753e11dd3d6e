//! The stream of one session: clear, then perhaps TLS.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// Any stream: a socket, or one end of a pipe in memory.
pub(super) enum Wire<S> {
    Clear(S),
    Tls(Box<TlsStream<S>>),
    /// The handshake failed.
    Broken,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    /// Does the handshake.
    pub(super) async fn upgrade(&mut self, acceptor: &TlsAcceptor) -> io::Result<()> {
        let Self::Clear(stream) = std::mem::replace(self, Self::Broken) else {
            return Err(io::Error::other("TLS within TLS"));
        };
        *self = Self::Tls(Box::new(acceptor.accept(stream).await?));
        Ok(())
    }

    /// Writes the bytes of a machine.
    pub(super) async fn send(
        &mut self,
        mut transmits: impl FnMut() -> Option<Bytes>,
    ) -> io::Result<bool> {
        let mut any = false;
        while let Some(octets) = transmits() {
            self.write_all(&octets).await?;
            any = true;
        }
        if any {
            self.flush().await?;
        }
        Ok(any)
    }

    /// Appends the next bytes to `input`; false at the end.
    pub(super) async fn receive(&mut self, input: &mut BytesMut) -> io::Result<bool> {
        input.reserve(16 * 1024);
        Ok(self.read_buf(input).await? > 0)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Broken => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Broken => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
            Self::Broken => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Broken => Poll::Ready(Ok(())),
        }
    }
}
