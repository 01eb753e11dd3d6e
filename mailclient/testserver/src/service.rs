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
    auth::Exchange,
    clock::Clock,
    faults::{Fault, Faults},
    imap,
    limits::Limits,
    log::Log,
    persona::Persona,
    pop3,
    scheme::Scheme,
    store::Account,
    wire::{Stream, Wire},
};

pub(super) struct Shared {
    pub(super) accounts: Vec<Arc<Account>>,
    pub(super) acceptor: TlsAcceptor,
    pub(super) persona: Persona,
    pub(super) limits: Limits,
    pub(super) log: Arc<Log>,
    pub(super) faults: Faults,
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

    /// Whether a fault is met now.
    pub(super) fn meets(&self, fault: &Fault) -> bool {
        self.faults.meet(&[], |one| one == fault).is_some()
    }

    /// By how many bytes the sizes are wrong that the server tells.
    pub(super) fn size_error(&self) -> i64 {
        let fault = self.faults.any(|fault| match fault {
            Fault::WrongSizes(bytes) => Some(*bytes),
            _ => None,
        });
        self.persona.quirks.size_error.saturating_add(fault.unwrap_or_default())
    }

    /// The accounts for a mechanism. No account has a good token after tokens have expired.
    pub(super) fn accounts_for(&self, exchange: &Exchange) -> &[Arc<Account>] {
        let expired = |fault: &Fault| (*fault == Fault::TokensExpired).then_some(());
        if exchange.is_by_token() && self.faults.any(expired).is_some() {
            &[]
        } else {
            &self.accounts
        }
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
        if self.meets(&Fault::NoGreeting) {
            while wire.read(&mut [0; 1024]).await? > 0 {}
            return Ok(());
        }
        if self.meets(&Fault::CloseBeforeGreeting) {
            return Ok(());
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
