//! The loop of a session, the same for both protocols: events of the machine, bytes to the client,
//! bytes from the client.

use std::{future::Future, io};

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncWriteExt;

use super::{
    changes::NextChange,
    link::{Link, Waited},
    service::Shared,
};

/// What a machine wants next.
pub(super) enum Next<E> {
    /// Write what is queued, then do the TLS handshake.
    StartTls,
    /// Write what is queued, then close.
    Close,
    /// Answer this.
    Event(E),
    /// Write what is queued; if nothing is, read.
    Wait,
}

/// A server machine of one of the protocols.
pub(super) trait Machine: Sized + Send {
    type Event: Send;

    fn next(&mut self, input: &mut BytesMut) -> io::Result<Next<Self::Event>>;

    fn transmit(&mut self) -> Option<Bytes>;

    /// The machine for the connection after the TLS handshake.
    fn protected(self, input: &BytesMut) -> io::Result<Self>;

    /// The client has closed its side, with or without a farewell.
    fn ended(&mut self, input: &BytesMut);

    /// The client was silent for too long.
    fn timed_out(&mut self);
}

/// Implements [`Machine`] for the connection of a protocol crate.
macro_rules! machine {
    ($connection:ty, $event:ident) => {
        impl Machine for $connection {
            type Event = $event;

            fn next(&mut self, input: &mut BytesMut) -> io::Result<Next<$event>> {
                Ok(match self.poll_event(input).map_err(crate::session::broken)? {
                    Some($event::StartTls) => Next::StartTls,
                    Some($event::Close) => Next::Close,
                    Some(event) => Next::Event(event),
                    None => Next::Wait,
                })
            }

            fn transmit(&mut self) -> Option<Bytes> {
                self.poll_transmit().map(|transmit| transmit.bytes)
            }

            fn protected(self, input: &BytesMut) -> io::Result<Self> {
                self.handle_tls_established(input).map_err(crate::session::broken)
            }

            fn ended(&mut self, input: &BytesMut) {
                // The error says that the client did not say goodbye: that is its right.
                let _ = self.handle_eof(input);
            }

            fn timed_out(&mut self) {
                self.handle_timeout();
            }
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

/// The part of a session that knows the accounts.
pub(super) trait Session: Send {
    type Machine: Machine;

    /// Answers a request of the client.
    fn event(
        &mut self,
        machine: &mut Self::Machine,
        link: &mut Link,
        event: <Self::Machine as Machine>::Event,
    ) -> impl Future<Output = io::Result<()>> + Send;

    /// The change that a client waits to be told.
    fn next_news(&self, _machine: &Self::Machine) -> Option<NextChange> {
        None
    }

    /// Queues the [news](Self::next_news).
    fn tell_news(&mut self, _machine: &mut Self::Machine) -> io::Result<()> {
        Ok(())
    }
}

/// Serves one connection, whose greeting is queued, to its end.
pub(super) async fn run<S: Session>(
    mut machine: S::Machine,
    mut session: S,
    mut link: Link,
    shared: &Shared,
) -> io::Result<()> {
    loop {
        match machine.next(&mut link.input) {
            Ok(Next::StartTls) => {
                link.flush(&mut machine).await?;
                link.wire.upgrade(&shared.acceptor).await?;
                link.take_all();
                machine = machine.protected(&link.input)?;
            }
            Ok(Next::Close) => {
                link.flush(&mut machine).await?;
                return link.wire.shutdown().await;
            }
            Ok(Next::Event(event)) => session.event(&mut machine, &mut link, event).await?,
            Ok(Next::Wait) => {
                if link.flush(&mut machine).await? || link.feed().await? {
                    continue;
                }
                link.interrupt().await?;
                match link.wait(session.next_news(&machine), shared.limits.silence).await {
                    Waited::Received(received) => {
                        if !received? {
                            machine.ended(&link.input);
                            return link.wire.shutdown().await;
                        }
                    }
                    Waited::News => session.tell_news(&mut machine)?,
                    Waited::Faults => {}
                    Waited::Silence => machine.timed_out(),
                }
            }
            Err(error) => {
                link.flush(&mut machine).await?;
                link.wire.shutdown().await?;
                return Err(error);
            }
        }
    }
}
