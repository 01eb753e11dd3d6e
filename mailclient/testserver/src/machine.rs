//! The server machines of both protocols, as the loop of a session sees them.

use std::io;

use bytes::{Bytes, BytesMut};

/// What a machine wants next.
pub(super) enum Next<M: Machine> {
    /// A command came: let it pass, or refuse it.
    Screen(String, M::Screen),
    /// Write what is queued, then do the TLS handshake.
    StartTls,
    /// Write what is queued, then compress.
    Compress,
    /// Write what is queued, then close.
    Close,
    /// Answer this.
    Event(M::Event),
    /// Write what is queued; if nothing is, read.
    Wait,
}

/// A server machine of one of the protocols.
pub(super) trait Machine: Sized + Send {
    type Event: Send;
    /// Decides on a command.
    type Screen: Send;

    fn next(&mut self, input: &mut BytesMut) -> io::Result<Next<Self>>;

    fn transmit(&mut self) -> Option<Bytes>;

    fn pass(&mut self, screen: Self::Screen) -> io::Result<()>;

    /// Answers a command with this text, after its tag if it has one.
    fn refuse(&mut self, screen: Self::Screen, answer: &str) -> io::Result<()>;

    /// The machine for the connection after the TLS handshake.
    fn protected(self, input: &BytesMut) -> io::Result<Self>;

    /// The connection is compressed from now on. Takes out what has come of it.
    fn compressed(&mut self, input: &mut BytesMut) -> io::Result<Bytes>;

    /// The client has closed its side, with or without a farewell.
    fn ended(&mut self, input: &BytesMut);

    /// The client was silent for too long.
    fn timed_out(&mut self);
}

/// Implements [`Machine`] for the connection of a protocol crate. `compression` is for the protocol
/// that has it.
macro_rules! machine {
    ($connection:ty, $event:ident, $screen:ty $(, $compression:ident)?) => {
        impl Machine for $connection {
            type Event = $event;
            type Screen = $screen;

            fn next(&mut self, input: &mut BytesMut) -> io::Result<Next<Self>> {
                Ok(match self.poll_event(input).map_err(crate::machine::broken)? {
                    Some($event::Screen { name, responder, .. }) => Next::Screen(name, responder),
                    Some($event::StartTls) => Next::StartTls,
                    $(Some($event::$compression) => Next::Compress,)?
                    Some($event::Close) => Next::Close,
                    Some(event) => Next::Event(event),
                    None => Next::Wait,
                })
            }

            fn transmit(&mut self) -> Option<Bytes> {
                self.poll_transmit().map(|transmit| transmit.bytes)
            }

            fn pass(&mut self, screen: $screen) -> io::Result<()> {
                screen.pass(self).map_err(crate::machine::refused)
            }

            fn refuse(&mut self, screen: $screen, answer: &str) -> io::Result<()> {
                screen.refuse(self, answer).map_err(crate::machine::refused)
            }

            fn protected(self, input: &BytesMut) -> io::Result<Self> {
                self.handle_tls_established(input).map_err(crate::machine::broken)
            }

            machine!(@compressed $($compression)?);

            fn ended(&mut self, input: &BytesMut) {
                // The error says that the client did not say goodbye: that is its right.
                let _ = self.handle_eof(input);
            }

            fn timed_out(&mut self) {
                self.handle_timeout();
            }
        }
    };
    (@compressed $compression:ident) => {
        fn compressed(&mut self, input: &mut BytesMut) -> io::Result<Bytes> {
            self.handle_compressed(input).map_err(crate::machine::broken)
        }
    };
    (@compressed) => {
        fn compressed(&mut self, _input: &mut BytesMut) -> io::Result<Bytes> {
            Err(io::ErrorKind::Unsupported.into())
        }
    };
}
pub(super) use machine;

/// The client broke the protocol.
pub(super) fn broken(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// The machine took an answer that it cannot send: a bug of this server.
pub(super) fn refused(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::other(error)
}
