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
        let is_wrong = |fault: &Fault| matches!(fault, Fault::WrongSizes(_));
        let fault = match self.faults.meet(&[], is_wrong).map(|rule| rule.fault) {
            Some(Fault::WrongSizes(bytes)) => bytes,
            _ => 0,
        };
        self.persona.quirks.size_error.saturating_add(fault)
    }

    /// The accounts for a mechanism, to judge what the client said. No account has a good token
    /// after tokens have expired.
    pub(super) fn accounts_for(&self, exchange: &Exchange, said: Option<&[u8]>) -> &[Arc<Account>] {
        // Shorter is the answer to an error, which holds no token.
        let is_token = exchange.is_by_token() && said.is_some_and(|said| said.len() > 1);
        if is_token && self.meets(&Fault::TokensExpired) { &[] } else { &self.accounts }
    }
}
