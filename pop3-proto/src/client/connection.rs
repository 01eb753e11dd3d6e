//! The client machine: its parts, and what happened to the transport.
//!
//! `send` queues commands and hands them out, `receive` reads answers.

use core::fmt;

use bytes::BytesMut;

use super::{
    request::{Outcome, Queue, Reading},
    state::Session,
};
use crate::{
    config::{Config, Transport},
    error::ProtocolError,
    event::{CommandId, Transmit},
    frame::LineFramer,
    response::QuitOutcome,
    state::State,
    types::{Capabilities, Timestamp},
};

/// One session, seen from the client.
pub struct Connection {
    pub(super) config: Config,
    pub(super) session: Session,
    pub(super) capabilities: Option<Capabilities>,
    pub(super) timestamp: Option<Timestamp>,
    pub(super) queue: Queue,
    pub(super) next_id: CommandId,
    /// A line of a SASL exchange that has not been handed out.
    pub(super) sasl_line: Option<Transmit>,
    pub(super) framer: LineFramer,
    pub(super) reading: Reading,
    /// What the status line of the answer said, until its `Done` is given.
    pub(super) outcome: Option<Outcome>,
    /// Commands are encoded here and split off, so that most need no allocation.
    pub(super) scratch: BytesMut,
    failed: Option<ProtocolError>,
}

impl Connection {
    /// A connection that waits for its greeting.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self::with(config, Session::new(), CommandId::FIRST)
    }

    fn with(mut config: Config, session: Session, next_id: CommandId) -> Self {
        config.limits = config.limits.clamped();
        Self {
            config,
            session,
            capabilities: None,
            timestamp: None,
            queue: Queue::default(),
            next_id,
            sasl_line: None,
            framer: LineFramer::new(),
            reading: Reading::Status,
            outcome: None,
            scratch: BytesMut::new(),
            failed: None,
        }
    }

    /// The state of the session, as the server has confirmed it.
    pub fn state(&self) -> State {
        self.session.state()
    }

    /// What the connection runs over.
    pub fn transport(&self) -> Transport {
        self.config.transport
    }

    /// What the server announced. `None` if it was not asked since the connection, the TLS upgrade
    /// or the login.
    pub fn capabilities(&self) -> Option<&Capabilities> {
        self.capabilities.as_ref()
    }

    /// How many commands were accepted whose [`Done`](super::Event::Done) was not polled yet.
    pub fn in_flight(&self) -> usize {
        self.queue.len()
    }

    /// What happened to the messages that were marked with DELE. `None` before QUIT was handed out
    /// in `Transaction`.
    pub fn quit_outcome(&self) -> Option<QuitOutcome> {
        self.session.quit_outcome()
    }

    /// The error that ended the session.
    pub fn error(&self) -> Option<&ProtocolError> {
        self.failed.as_ref()
    }

    /// The TLS handshake that [`Event::StartTls`](super::Event::StartTls) asked for is done.
    /// Returns the machine for the protected connection, which knows nothing that was said in clear
    /// text.
    ///
    /// # Errors
    /// [`ProtocolError::InputAfterStartTls`] if `input` is not empty, [`ProtocolError::NoStartTls`]
    /// in any other state.
    pub fn handle_tls_established(self, input: &BytesMut) -> Result<Self, ProtocolError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if self.session.state() != State::TlsNegotiation {
            return Err(ProtocolError::NoStartTls);
        }
        if !input.is_empty() {
            return Err(ProtocolError::InputAfterStartTls);
        }
        let config = Config { transport: Transport::Tls, ..self.config };
        Ok(Self::with(config, Session::after_tls(), self.next_id))
    }

    /// The server closed its side. Poll all events of `input` first. After `Ok`, poll once more;
    /// then the session is over.
    ///
    /// # Errors
    /// [`ProtocolError::UnexpectedEof`] before the answer to QUIT, unless the greeting was a
    /// refusal. [`ProtocolError::Unsolicited`] after the beginning of a line that no command asked
    /// for.
    pub fn handle_eof(&mut self, input: &BytesMut) -> Result<(), ProtocolError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        if matches!(self.state(), State::Update | State::Closed) {
            return Ok(());
        }
        Err(self.fail(if self.session.is_unsolicited() {
            ProtocolError::unsolicited(input)
        } else {
            ProtocolError::UnexpectedEof {
                in_flight: self.queue.len(),
                during: self.queue.due().map(|due| due.kind),
            }
        }))
    }

    /// Ends the session with an error.
    pub(super) fn fail(&mut self, error: ProtocolError) -> ProtocolError {
        self.session.failed();
        self.sasl_line = None;
        self.failed.insert(error).clone()
    }
}

impl fmt::Debug for Connection {
    /// Without bytes that wait to be sent, because they may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("state", &self.state())
            .field("transport", &self.config.transport)
            .field("capabilities", &self.capabilities)
            .field("in_flight", &self.in_flight())
            .field("sent", &self.queue.sent())
            .field("next_id", &self.next_id.get())
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}
