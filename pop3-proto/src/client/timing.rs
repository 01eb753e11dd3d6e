//! How long to wait, and how long not to. The machine has no clock; these are what a clock is compared with.

use core::time::Duration;

use super::{State, connection::Connection};
use crate::command::CommandKind;

/// Without an octet for so long, a server that owes an answer is given up.
const ANSWER: Duration = Duration::from_secs(60);

/// The same where the server has to open a maildrop or to remove messages from it. Dovecot's own client waits as long for PASS.
const MAILDROP: Duration = Duration::from_secs(5 * 60);

/// Servers close an idle session after a minute (Outlook.com), though RFC 1939 section 3 gives ten.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

impl Connection {
    /// How long to wait for the next octet before the server is given up, `None` where it owes nothing. Ask again after each event and each
    /// command, and begin anew with each octet that comes: what is measured is silence, not how long an answer takes.
    ///
    /// In [`State::TlsNegotiation`] it is the time for the handshake, which hangs as easily as an answer does (CVE-2011-1947). One minute, and five where a
    /// login opens the maildrop or QUIT removes messages. A caller that knows its server may take any other time. When it has passed,
    /// close the transport and drop the machine: nothing is sent, so nothing is deleted.
    #[must_use]
    pub fn timeout_hint(&self) -> Option<Duration> {
        match self.state() {
            State::Greeting | State::TlsNegotiation => Some(ANSWER),
            State::Update | State::Closed => None,
            state @ (State::Authorization | State::Transaction) => match self.due_kind()? {
                // It is the caller who has to say something.
                CommandKind::Auth if self.waits_for_answer() => None,
                CommandKind::Pass | CommandKind::Apop | CommandKind::Auth => Some(MAILDROP),
                CommandKind::Quit if state == State::Transaction => Some(MAILDROP),
                _ => Some(ANSWER),
            },
        }
    }

    /// After how much silence to send NOOP, so that the server does not close the session; `None` while an answer is on its way, or where nothing may be
    /// sent. Half a minute.
    ///
    /// For whoever takes long between two commands, for example to store a message. Within a message nothing can keep the session: read it to its end
    /// first, or [`discard`](Self::discard) it.
    #[must_use]
    pub fn keep_alive_hint(&self) -> Option<Duration> {
        (self.state() == State::Transaction && self.in_flight() == 0).then_some(KEEP_ALIVE)
    }
}
