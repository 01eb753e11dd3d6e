//! How long to wait for the client. The machine has no clock: a driver compares this with its own.

use core::time::Duration;

use super::{connection::Connection, state::State};

/// RFC 1939 section 3: the autologout timer.
const AUTOLOGOUT: Duration = Duration::from_secs(10 * 60);

impl Connection {
    /// How long the client may be silent before [`handle_timeout`](Self::handle_timeout) may be
    /// called: the 10 minutes that
    /// [RFC 1939 section 3](https://www.rfc-editor.org/rfc/rfc1939#section-3) gives at least, anew
    /// after each command. `None` if the machine does not wait for the client. Before login
    /// nothing is lost by closing sooner, and many servers do.
    pub fn timeout_hint(&self) -> Option<Duration> {
        let open = matches!(
            self.state(),
            State::Authorization | State::TlsNegotiation | State::Transaction
        );
        (open && self.request.waits_for_client()).then_some(AUTOLOGOUT)
    }
}
