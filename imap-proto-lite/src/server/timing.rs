//! How long a client may be silent. The machine has no clock; this is what a clock is compared with.

use core::time::Duration;

use crate::server::connection::{Connection, Phase};

/// RFC 9051 section 5.4: an autologout comes after half an hour at least.
const AUTOLOGOUT: Duration = Duration::from_secs(30 * 60);

impl Connection {
    /// How long the client may be silent before [`handle_timeout`](Self::handle_timeout) may be called: the half hour that RFC 9051 section 5.4 gives at
    /// least, anew with each octet. `None` where it is not the client that is waited for. Before login nothing is lost by closing sooner, and
    /// many servers do.
    #[must_use]
    pub fn timeout_hint(&self) -> Option<Duration> {
        match self.phase {
            Phase::Command
            | Phase::Sasl(_)
            | Phase::Message { .. }
            | Phase::Idle { .. }
            | Phase::StartTls => Some(AUTOLOGOUT),
            Phase::Greeting
            | Phase::Pending(_)
            | Phase::Compression
            | Phase::Closing
            | Phase::Closed => None,
        }
    }

    /// The client was silent for too long: sends `* BYE`, where anything can be said, and closes (RFC 9051 section 5.4).
    pub fn handle_timeout(&mut self) {
        // What is closed stays closed.
        if self.bye(None, "Autologout; idle for too long").is_err() && self.failed.is_none() {
            self.close();
        }
    }
}
