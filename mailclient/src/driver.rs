//! The only file that awaits a socket: it moves bytes between a stream and a protocol machine.
//!
//! All state is in the machine and in the two buffers here, none in a future, so any future of this
//! module may be dropped at any await: received bytes stay in `input`, unwritten bytes stay in
//! `output`, and the next call goes on from there. It reads while it writes, because a peer that
//! only writes until its peer reads would otherwise wait for us while we wait for it (RFC 2449
//! section 6.6).

use std::{
    future::poll_fn,
    io,
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Buf, Bytes, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::timeout,
};

use crate::error::{Error, ProtocolError, Result, Stage};

/// The transport of a connection: a TCP stream, TLS over one, or an in-memory pipe.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Stream for T {}

/// Free space in the input buffer before each read, in bytes.
const READ_OCTETS: usize = 32 * 1024;

/// The calls that both protocol machines share and the driver makes.
pub(crate) trait Machine: Sized + Send {
    type Event;
    fn poll_transmit(&mut self) -> Option<Bytes>;
    fn poll_event(&mut self, input: &mut BytesMut) -> Result<Option<Self::Event>, ProtocolError>;
    fn handle_tls_established(self, input: &BytesMut) -> Result<Self, ProtocolError>;
    fn handle_eof(&mut self, input: &BytesMut) -> Result<(), ProtocolError>;
}

/// Implements [`Machine`] once for both crates, so that two machines of different shapes do not
/// compile.
macro_rules! machines {
    ($($protocol:ident)+) => {$(
        impl Machine for $protocol::client::Connection {
            type Event = $protocol::client::Event;
            fn poll_transmit(&mut self) -> Option<Bytes> {
                self.poll_transmit().map(|$protocol::Transmit { bytes, .. }| bytes)
            }
            fn poll_event(
                &mut self,
                input: &mut BytesMut,
            ) -> Result<Option<Self::Event>, ProtocolError> {
                Ok(self.poll_event(input)?)
            }
            fn handle_tls_established(self, input: &BytesMut) -> Result<Self, ProtocolError> {
                Ok(self.handle_tls_established(input)?)
            }
            fn handle_eof(&mut self, input: &BytesMut) -> Result<(), ProtocolError> {
                Ok(self.handle_eof(input)?)
            }
        }

        /// The signatures of the calls that the mailboxes make, or will make, on their own machine.
        const _: () = {
            use $protocol::{
                Capabilities, Command, CommandId, Config, Patience, ProtocolError, SendError, Transport,
                client::{Connection, State},
            };
            const _: fn(Config) -> Connection = Connection::new;
            const _: fn(&Connection) -> State = Connection::state;
            const _: fn(&Connection) -> Option<&Capabilities> = Connection::capabilities;
            const _: fn(&Connection) -> Transport = Connection::transport;
            const _: fn(&Connection) -> usize = Connection::in_flight;
            const _: fn(&Connection) -> Option<&ProtocolError> = Connection::error;
            const _: fn(&Connection) -> Option<Patience> = Connection::timeout_hint;
            const _: fn(&Connection) -> Option<Duration> = Connection::keep_alive_hint;
            const _: fn(&mut Connection, &Command<'_>) -> Result<CommandId, SendError> =
                Connection::send;
            const _: fn(&mut Connection, CommandId, Bytes) -> Result<(), SendError> =
                Connection::answer;
            const _: fn(&mut Connection, CommandId) -> Result<(), SendError> = Connection::cancel;
            const _: fn(&mut Connection, CommandId) = Connection::discard;
            const _: fn(&mut Connection, CommandId) -> bool = Connection::withdraw;
        };
    )+};
}

machines!(pop3_proto imap_proto_lite);

/// A stream, its buffers and a machine.
#[derive(Debug)]
pub(crate) struct Driver<S, M> {
    stream: S,
    machine: M,
    input: BytesMut,
    /// Bytes of the machine that the stream has not taken yet.
    output: Bytes,
    /// Bytes were written since the last complete flush; TLS holds some back until then.
    unflushed: bool,
    /// The longest time without a byte in either direction while an answer is due.
    patience: Duration,
    stage: Stage,
    /// Set by the first failure of the transport and never cleared; the machine keeps its own
    /// error.
    closed: bool,
}

/// The result of driving the stream.
enum Progress {
    Moved,
    EndOfStream,
}

impl<S: Stream, M: Machine> Driver<S, M> {
    pub(crate) fn new(stream: S, machine: M, patience: Duration, stage: Stage) -> Self {
        Self {
            stream,
            machine,
            input: BytesMut::new(),
            output: Bytes::new(),
            unflushed: false,
            patience,
            stage,
            closed: false,
        }
    }

    /// The machine, to send commands and to answer challenges. Nothing leaves before the next await
    /// here.
    pub(crate) fn machine_mut(&mut self) -> &mut M {
        &mut self.machine
    }

    pub(crate) fn machine(&self) -> &M {
        &self.machine
    }

    /// Sets the stage that [`Error::Timeout`] names, and the longest silence.
    pub(crate) fn set_stage(&mut self, stage: Stage, patience: Duration) {
        self.stage = stage;
        self.patience = patience;
    }

    /// Whether the transport has failed or was given up; every later call says [`Error::Closed`].
    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Gives the connection up: nothing more is read or written. For a wire that cannot be made
    /// clean.
    pub(crate) fn close(&mut self) {
        self.closed = true;
    }

    /// Writes the rest and closes the stream properly (TLS close_notify). The session is over, so a
    /// failure is ignored.
    pub(crate) async fn shut_down(&mut self) {
        self.closed = true;
        let _ = timeout(self.patience, self.stream.shutdown()).await;
    }

    /// The next event, reading and writing as needed.
    ///
    /// # Errors
    /// A protocol error of the machine, a failure of the transport, or [`Error::Timeout`].
    pub(crate) async fn next_event(&mut self) -> Result<M::Event> {
        loop {
            if let Some(event) = self.poll_machine()? {
                return Ok(event);
            }
            self.progress().await?;
        }
    }

    /// The next event while output is left, or `None` once every byte was written and flushed.
    ///
    /// # Errors
    /// As [`Self::next_event`].
    pub(crate) async fn next_event_or_drained(&mut self) -> Result<Option<M::Event>> {
        loop {
            if let Some(event) = self.poll_machine()? {
                return Ok(Some(event));
            }
            self.pull_output();
            if self.output.is_empty() && !self.unflushed {
                return Ok(None);
            }
            self.progress().await?;
        }
    }

    /// Returns the stream for a TLS handshake, and a fresh machine for the session after it. Bytes
    /// that came in clear after the server's consent are an attack or a broken server: they end the
    /// session before the handshake.
    ///
    /// # Errors
    /// [`Error::Protocol`] when there are bytes in the input.
    pub(crate) fn into_tls_parts(self) -> Result<(S, M)> {
        let machine = self.machine.handle_tls_established(&self.input)?;
        Ok((self.stream, machine))
    }

    fn poll_machine(&mut self) -> Result<Option<M::Event>> {
        if self.closed {
            return Err(Error::closed());
        }
        self.machine.poll_event(&mut self.input).map_err(|error| {
            self.closed = true;
            error.into()
        })
    }

    fn pull_output(&mut self) {
        while self.output.is_empty() {
            match self.machine.poll_transmit() {
                Some(bytes) => self.output = bytes,
                None => break,
            }
        }
    }

    /// Waits until at least one byte moved, for at most the patience of the current stage.
    async fn progress(&mut self) -> Result<()> {
        if self.closed {
            return Err(Error::closed());
        }
        let moved = timeout(self.patience, poll_fn(|cx| self.poll_progress(cx))).await;
        match moved {
            Ok(Ok(Progress::Moved)) => Ok(()),
            Ok(Ok(Progress::EndOfStream)) => {
                self.closed = true;
                Err(match self.machine.handle_eof(&self.input) {
                    Ok(()) => Error::closed(),
                    Err(error) => Error::cut(error),
                })
            }
            Ok(Err(error)) => {
                self.closed = true;
                Err(Error::Io(error))
            }
            Err(_elapsed) => {
                self.closed = true;
                Err(Error::Timeout { stage: self.stage })
            }
        }
    }

    fn poll_progress(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Progress>> {
        let wrote = self.poll_write(cx)?;
        self.input.reserve(READ_OCTETS);
        // `read_buf` has no state: dropping it while it is pending loses nothing.
        match pin!(self.stream.read_buf(&mut self.input)).poll(cx) {
            Poll::Ready(Ok(0)) => Poll::Ready(Ok(Progress::EndOfStream)),
            Poll::Ready(Ok(_)) => Poll::Ready(Ok(Progress::Moved)),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending if wrote => Poll::Ready(Ok(Progress::Moved)),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Writes as much as the stream takes; true when anything moved. A failed write is not the end:
    /// the peer's last words (`* BYE`, `-ERR`) may still be readable, so only the read decides,
    /// unless it waits.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> io::Result<bool> {
        let mut wrote = false;
        loop {
            self.pull_output();
            if self.output.is_empty() {
                break;
            }
            match Pin::new(&mut self.stream).poll_write(cx, &self.output) {
                Poll::Ready(Ok(0)) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(Ok(octets)) => {
                    self.output.advance(octets);
                    self.unflushed = true;
                    wrote = true;
                }
                Poll::Ready(Err(error)) => return self.write_failed(cx, error),
                Poll::Pending => return Ok(wrote),
            }
        }
        if self.unflushed {
            match Pin::new(&mut self.stream).poll_flush(cx) {
                Poll::Ready(Ok(())) => {
                    self.unflushed = false;
                    wrote = true;
                }
                Poll::Ready(Err(error)) => return self.write_failed(cx, error),
                Poll::Pending => {}
            }
        }
        Ok(wrote)
    }

    fn write_failed(&mut self, cx: &mut Context<'_>, error: io::Error) -> io::Result<bool> {
        self.input.reserve(READ_OCTETS);
        match pin!(self.stream.read_buf(&mut self.input)).poll(cx) {
            Poll::Ready(Ok(octets)) if octets > 0 => {
                self.output = Bytes::new();
                self.unflushed = false;
                Ok(true)
            }
            _ => Err(error),
        }
    }
}
