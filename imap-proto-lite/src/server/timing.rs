//! How long a client may be silent. The machine has no clock; a driver compares this with its own.

use core::time::Duration;

use crate::server::{
    connection::Connection,
    request::Turn,
    state::State::{Compressing, Greeting, Logout, TlsNegotiation},
};

/// RFC 9051 section 5.4: the autologout timer.
const AUTOLOGOUT: Duration = Duration::from_secs(30 * 60);

impl Connection {
    /// How long the client may be silent before [`handle_timeout`](Self::handle_timeout) may be
    /// called: the 30 minutes that RFC 9051 section 5.4 gives at least, again from the start with
    /// each byte. `None` where it is not the client's turn. Before login nothing is lost by closing
    /// sooner, and many servers do.
    pub fn timeout_hint(&self) -> Option<Duration> {
        let clients_turn = match self.state() {
            Greeting | Compressing | Logout => false,
            TlsNegotiation => true,
            _ => self.session.turn() != Some(Turn::Responder),
        };
        clients_turn.then_some(AUTOLOGOUT)
    }
}
