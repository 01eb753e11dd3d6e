//! How long to wait. The machine has no clock: a driver compares these with its own.

use core::time::Duration;

use crate::{
    client::{
        Connection, State,
        request::{Idle, Phase, Request},
    },
    patience::Patience,
};

/// RFC 2177 has IDLE renewed after 29 minutes, and RFC 9051 section 5.4 gives a session half an
/// hour. Devices on the network path close idle connections sooner.
const KEEP_ALIVE: Duration = Duration::from_secs(9 * 60);

impl Connection {
    /// How long to wait for the server. `None` if it owes nothing: with no command in flight, in
    /// IDLE, and if the caller has to act. A command counts once
    /// [`poll_transmit`](Self::poll_transmit) has handed it out. Ask again after each event and
    /// after writing; [`Patience`] says when the clock starts.
    ///
    /// With several commands in flight, the hint allows what any of them allows. When the time has
    /// passed, close the transport and drop the machine: the commands in flight may have been
    /// carried out or not.
    pub fn timeout_hint(&self) -> Option<Patience> {
        match self.state() {
            _ if self.failed.is_some() => None,
            State::TlsNegotiation => Some(Patience::TLS),
            State::Greeting => Some(Patience::GREETING),
            State::Compressing => None,
            _ => self
                .requests
                .iter()
                .filter(|request| request.on_wire && !awaits_caller(request))
                .map(|request| request.patience)
                .reduce(Patience::longer),
        }
    }

    /// After how much silence to send NOOP, or in IDLE to end it and begin again, so that the
    /// session is not closed (RFC 2177, RFC 9051 section 5.4). `None` while an answer is due, and
    /// before the login. Nine minutes.
    pub fn keep_alive_hint(&self) -> Option<Duration> {
        let open = self.session.is_open()
            && matches!(self.state(), State::Authenticated | State::Selected);
        let quiet = self.requests.iter().all(is_idling);
        (open && quiet).then_some(KEEP_ALIVE)
    }
}

fn is_idling(request: &Request) -> bool {
    matches!(request.phase, Phase::Idle(Idle::Idling))
}

/// Whether the server waits for the caller and not the other way round.
fn awaits_caller(request: &Request) -> bool {
    match &request.phase {
        Phase::Sasl(exchange) => exchange.is_waiting(),
        Phase::Upload(upload) => upload.is_awaited(),
        Phase::Idle(_) => is_idling(request),
        Phase::Plain | Phase::Enable(_) => false,
    }
}
