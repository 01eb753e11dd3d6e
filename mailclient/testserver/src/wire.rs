//! The stream of one session: clear, then perhaps TLS, then perhaps compressed.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf},
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::deflate::Deflate;

/// A socket, or one end of a pipe in memory. Boxed, so that a user's crate compiles no session.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

pub(super) struct Wire {
    layer: Layer,
    deflate: Option<Box<Deflate>>,
}

enum Layer {
    Clear(Box<dyn Stream>),
    Tls(Box<TlsStream<Box<dyn Stream>>>),
    /// The handshake failed.
    Broken,
}

impl Wire {
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        Self { layer: Layer::Clear(stream), deflate: None }
    }

    /// Does the handshake, within `limit`.
    pub(super) async fn upgrade(
        &mut self,
        acceptor: &TlsAcceptor,
        limit: Option<Duration>,
    ) -> io::Result<()> {
        let Layer::Clear(stream) = std::mem::replace(&mut self.layer, Layer::Broken) else {
            return Err(io::Error::other("TLS within TLS"));
        };
        let handshake = acceptor.accept(stream);
        let stream = match limit {
            Some(limit) => timeout(limit, handshake).await??,
            None => handshake.await?,
        };
        self.layer = Layer::Tls(Box::new(stream));
        Ok(())
    }

    /// Compresses from now on. The client's compressed bytes begin with `received`.
    pub(super) fn compress(&mut self, received: Bytes) {
        self.deflate = Some(Box::new(Deflate::new(BytesMut::from(&received[..]))));
    }

    /// Appends the next bytes to `input`; false at the end. Nothing is lost if the future is
    /// dropped.
    pub(super) async fn receive(&mut self, input: &mut BytesMut) -> io::Result<bool> {
        let Some(deflate) = &mut self.deflate else {
            input.reserve(16 * 1024);
            return Ok(self.layer.read_buf(input).await? > 0);
        };
        loop {
            if deflate.inflate(input)? {
                return Ok(true);
            }
            deflate.received.reserve(16 * 1024);
            if self.layer.read_buf(&mut deflate.received).await? == 0 {
                return Ok(false);
            }
        }
    }

    /// Writes. Compressed bytes leave with [`flush`](Self::flush).
    pub(super) async fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        match &mut self.deflate {
            Some(deflate) => deflate.deflate(octets),
            None => self.layer.write_all(octets).await,
        }
    }

    pub(super) async fn flush(&mut self) -> io::Result<()> {
        if let Some(deflate) = &mut self.deflate {
            let octets = deflate.take()?;
            self.layer.write_all(&octets).await?;
        }
        self.layer.flush().await
    }

    pub(super) async fn shutdown(&mut self) -> io::Result<()> {
        self.layer.shutdown().await
    }
}

impl Layer {
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

impl AsyncRead for Layer {
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

impl AsyncWrite for Layer {
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
