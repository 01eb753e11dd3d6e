//! How long to wait for the server, and when to keep the session alive. The machine has no clock: a
//! driver compares these with its own.

use core::time::Duration;

use super::connection::Connection;
use crate::{command::CommandKind, patience::Patience, state::State};

/// RFC 1939 section 3 gives an idle client 10 minutes, but some servers (Outlook.com) close a
/// session after one.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

impl Connection {
    /// How long to wait for the server. `None` if it owes nothing. A command counts once
    /// [`poll_transmit`](Self::poll_transmit) has handed it out. Ask again after each event and
    /// after writing; [`Patience`] says when the clock starts.
    ///
    /// In [`State::TlsNegotiation`] it is the time for the handshake. A caller that knows its
    /// server may wait for any other time. When it has passed, close the transport and drop the
    /// machine: nothing is sent, so nothing is deleted.
    pub fn timeout_hint(&self) -> Option<Patience> {
        match self.state() {
            State::Greeting => Some(Patience::GREETING),
            State::TlsNegotiation => Some(Patience::TLS),
            State::Update | State::Closed => None,
            // The rest of the line that ends the session.
            _ if self.session.is_unsolicited() => Some(Patience::ANSWER),
            state @ (State::Authorization | State::Transaction) => {
                let due = self.queue.due()?;
                match due.kind {
                    _ if due.waits_for_caller() => None,
                    // The server has no messages to remove.
                    CommandKind::Quit if state == State::Authorization => Some(Patience::ANSWER),
                    kind => Some(kind.facts().patience),
                }
            }
        }
    }

    /// After how much silence to send NOOP, so that the server does not close the session. `None`
    /// while a command is in flight or none may be sent. 30 seconds.
    ///
    /// For callers that take long between two commands, for example to store a message. Nothing
    /// keeps the session alive in the middle of a message: read it to its end first, or
    /// [`discard`](Self::discard) it.
    pub fn keep_alive_hint(&self) -> Option<Duration> {
        let quiet = self.in_flight() == 0 && !self.session.is_unsolicited();
        (self.state() == State::Transaction && quiet).then_some(KEEP_ALIVE)
    }
}
