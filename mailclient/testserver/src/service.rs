//! The state that all sessions of a server share.

use std::{io, sync::Arc};

use tokio::io::AsyncReadExt;
use tokio_rustls::TlsAcceptor;

use super::{
    clock::Clock,
    imap, pop3,
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
    pub(super) hidden: Vec<String>,
    pub(super) fault: Option<Fault>,
    pub(super) clock: Clock,
}

impl Shared {
    /// Whether a capability is hidden.
    pub(super) fn hides(&self, capability: &str) -> bool {
        self.hidden.iter().any(|hidden| hidden.eq_ignore_ascii_case(capability))
    }

    /// Serves one connection to its end.
    pub(super) async fn serve(&self, scheme: Scheme, stream: Box<dyn Stream>) -> io::Result<()> {
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
            imap::serve(self, wire, if secure { Tls } else { Clear }).await
        } else {
            use pop3_proto::Transport::{Clear, Tls};
            pop3::serve(self, wire, if secure { Tls } else { Clear }).await
        }
    }
}
