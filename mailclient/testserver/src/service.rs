//! One connection from its acceptance to its greeting.

use std::{
    io,
    sync::atomic::{AtomicUsize, Ordering},
};

use bytes::BytesMut;

use super::{
    faults::Fault,
    imap, pop3,
    scheme::Scheme,
    shared::Shared,
    wire::{Stream, Wire},
};

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

/// Serves one connection to its end.
pub(super) async fn serve(
    shared: &Shared,
    scheme: Scheme,
    stream: Box<dyn Stream>,
) -> io::Result<()> {
    let (_counted, is_full) = Counted::new(&shared.connections, shared.limits.connections);
    let mut wire = Wire::new(stream);
    let secure = match scheme {
        Scheme::Imaps | Scheme::Pop3s => {
            wire.upgrade(&shared.acceptor, shared.limits.handshake).await?;
            true
        }
        Scheme::ImapStartTls | Scheme::Pop3Stls => false,
        Scheme::Imap | Scheme::Pop3 => true,
    };
    if shared.meets(&Fault::NoGreeting) {
        let mut said = BytesMut::new();
        while wire.receive(&mut said).await? {
            said.clear();
        }
        return Ok(());
    }
    if shared.meets(&Fault::CloseBeforeGreeting) {
        return Ok(());
    }
    if scheme.is_imap() {
        use imap_proto_lite::Transport::{Clear, Tls};
        imap::serve(shared, wire, if secure { Tls } else { Clear }, is_full).await
    } else {
        use pop3_proto::Transport::{Clear, Tls};
        pop3::serve(shared, wire, if secure { Tls } else { Clear }, is_full).await
    }
}
