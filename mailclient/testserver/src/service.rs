//! The state that all sessions of a server share.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use tokio::io::AsyncReadExt;
use tokio_rustls::TlsAcceptor;

use super::{
    clock::Clock,
    imap,
    limits::Limits,
    log::Log,
    persona::Persona,
    pop3,
    scheme::Scheme,
    store::Account,
    wire::{Stream, Wire},
};

/// A fault of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// It accepts the connection (and TLS), and never sends anything.
    NoGreeting,
    /// It accepts the connection (and TLS) and closes it at once.
    CloseBeforeGreeting,
    /// It greets and closes.
    CloseAfterGreeting,
}

pub(super) struct Shared {
    pub(super) accounts: Vec<Arc<Account>>,
    pub(super) acceptor: TlsAcceptor,
    pub(super) persona: Persona,
    pub(super) limits: Limits,
    pub(super) log: Arc<Log>,
    pub(super) fault: Option<Fault>,
    pub(super) clock: Clock,
    pub(super) connections: AtomicUsize,
    /// The number of challenges so far.
    pub(super) challenges: AtomicU64,
}

/// Counts a connection as long as it is served.
struct Counted<'s>(&'s AtomicUsize);

impl<'s> Counted<'s> {
    /// The connection, and whether there are too many with it.
    fn new(connections: &'s AtomicUsize, limit: usize) -> (Self, bool) {
        let before = connections.fetch_add(1, Ordering::Relaxed);
        (Self(connections), before >= limit)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Shared {
    /// A challenge that differs from all others of this server, in the form of a Message-ID.
    pub(super) fn challenge(&self) -> String {
        let number = self.challenges.fetch_add(1, Ordering::Relaxed);
        format!("<{number}.{}@localhost>", self.clock.now())
    }

    /// Serves one connection to its end.
    pub(super) async fn serve(&self, scheme: Scheme, stream: Box<dyn Stream>) -> io::Result<()> {
        let (_counted, is_full) = Counted::new(&self.connections, self.limits.connections);
        let mut wire = Wire::Clear(stream);
        let secure = match scheme {
            Scheme::Imaps | Scheme::Pop3s => {
                wire.upgrade(&self.acceptor).await?;
                true
            }
            Scheme::ImapStartTls | Scheme::Pop3Stls => false,
            Scheme::Imap | Scheme::Pop3 => true,
        };
        match self.fault {
            Some(Fault::NoGreeting) => {
                while wire.read(&mut [0; 1024]).await? > 0 {}
                return Ok(());
            }
            Some(Fault::CloseBeforeGreeting) => return Ok(()),
            Some(Fault::CloseAfterGreeting) | None => {}
        }
        if scheme.is_imap() {
            use imap_proto_lite::Transport::{Clear, Tls};
            imap::serve(self, wire, if secure { Tls } else { Clear }, is_full).await
        } else {
            use pop3_proto::Transport::{Clear, Tls};
            pop3::serve(self, wire, if secure { Tls } else { Clear }, is_full).await
        }
    }
}
