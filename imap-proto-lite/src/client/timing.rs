//! How long to wait, and how long not to. The machine has no clock; these are what a clock is compared with.

use core::time::Duration;

use crate::{
    client::{
        Connection, State,
        request::{Idle, Phase, Request},
        state::Still,
    },
    command::CommandKind,
};

/// Without an octet for so long, a server that owes an answer is given up.
const ANSWER: Duration = Duration::from_secs(60);

/// The same where the server reads or writes a whole mailbox before it says anything.
const MAILBOX: Duration = Duration::from_secs(5 * 60);

/// RFC 2177 has IDLE renewed after 29 minutes, and RFC 9051 section 5.4 gives a session half an hour; what lies between the two ends closes sooner.
const KEEP_ALIVE: Duration = Duration::from_secs(9 * 60);

impl Connection {
    /// How long to wait for the next octet before the server is given up, `None` where it owes nothing: with nothing in flight, in IDLE, and
    /// where it is the caller who has to say something. Ask again after each event and each command, and begin anew with each octet that
    /// comes: what is measured is silence, not how long an answer takes.
    ///
    /// One minute, also for the greeting and for the handshake behind [`StartTls`](super::Event::StartTls); five where a login, a search or a
    /// change of many messages is on its way. A caller that knows its server may take any other time. When it has passed, close the transport
    /// and drop the machine: what was in flight may have happened or not.
    #[must_use]
    pub fn timeout_hint(&self) -> Option<Duration> {
        if self.failed.is_some() {
            return None;
        }
        match (self.still, self.state()) {
            (Still::StartTls, _) | (Still::No, State::Greeting) => Some(ANSWER),
            (Still::Compression | Still::Ended, _) => None,
            (Still::No, _) => self.requests.iter().filter_map(patience).max(),
        }
    }

    /// After how much silence to send NOOP, or in IDLE to end it and begin again, so that the session is not closed (RFC 2177, RFC 9051 section
    /// 5.4); `None` while an answer is on its way, and where nobody is logged in. Nine minutes.
    #[must_use]
    pub fn keep_alive_hint(&self) -> Option<Duration> {
        let open = self.failed.is_none()
            && self.still == Still::No
            && matches!(self.state(), State::Authenticated | State::Selected);
        let quiet = self.requests.iter().all(is_idling);
        (open && quiet).then_some(KEEP_ALIVE)
    }
}

fn is_idling(request: &Request) -> bool {
    matches!(request.phase, Phase::Idle(Idle::Idling))
}

/// How long its answer may take, if it is the server's turn.
fn patience(request: &Request) -> Option<Duration> {
    use CommandKind as K;
    let callers_turn = match &request.phase {
        Phase::Sasl(sasl) => sasl.awaited,
        Phase::Upload(upload) => upload.started && upload.remaining > 0,
        Phase::Idle(_) => is_idling(request),
        Phase::Plain | Phase::Enable(_) => false,
    };
    if callers_turn {
        return None;
    }
    Some(match request.kind {
        K::Login | K::Authenticate | K::Select | K::Examine | K::Close => MAILBOX,
        K::Search | K::Sort | K::Thread => MAILBOX,
        K::Check | K::Expunge | K::UidExpunge | K::Copy | K::Move | K::Append | K::Replace => {
            MAILBOX
        }
        _ => ANSWER,
    })
}
