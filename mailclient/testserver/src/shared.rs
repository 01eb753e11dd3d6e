//! The state that all sessions of a server share.

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use tokio_rustls::TlsAcceptor;

use super::{
    auth::Exchange,
    clock::Clock,
    faults::{Fault, Faults},
    limits::Limits,
    log::Log,
    persona::Persona,
    store::Account,
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
}
