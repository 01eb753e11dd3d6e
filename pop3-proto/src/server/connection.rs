//! The server machine: its parts, and what happened to the transport.
//!
//! `receive` reads commands, `answer` writes answers.

use core::{
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
};

use bytes::{Buf as _, Bytes, BytesMut};

use super::{
    config::Config,
    request::{Listing, Request, Token},
    state::{Session, State},
};
use crate::{
    config::Transport,
    error::{ProtocolError, SendError},
    frame::LineFramer,
    types::Timestamp,
};

/// Numbers the connections of the process, so that a responder answers only on its own.
static CONNECTIONS: AtomicUsize = AtomicUsize::new(0);

/// One session, seen from the server.
pub struct Connection {
    serial: usize,
    pub(super) config: Config,
    pub(super) session: Session,
    pub(super) timestamp: Option<Timestamp>,
    pub(super) framer: LineFramer,
    pub(super) output: BytesMut,
    pub(super) listing: Option<Listing>,
    pub(super) request: Request,
    /// The command that was shown to the caller.
    pub(super) held: Option<Bytes>,
    /// Requests so far.
    requests: u64,
    failed: Option<ProtocolError>,
}

impl Connection {
    /// A connection that has to [`greet`](Self::greet) first.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self::with(config, Session::new())
    }

    fn with(mut config: Config, session: Session) -> Self {
        config.limits = config.limits.clamped();
        Self {
            serial: CONNECTIONS.fetch_add(1, Ordering::Relaxed),
            config,
            session,
            timestamp: None,
            framer: LineFramer::new(),
            output: BytesMut::new(),
            listing: None,
            request: Request::None,
            held: None,
            requests: 0,
            failed: None,
        }
    }

    /// The state of the session.
    pub fn state(&self) -> State {
        self.session.state()
    }

    /// What the connection runs over.
    pub fn transport(&self) -> Transport {
        self.config.transport
    }

    /// True if the client has switched to UTF-8 mode.
    pub fn is_utf8(&self) -> bool {
        self.session.is_utf8()
    }

    /// The language that the client has chosen.
    pub fn language(&self) -> Option<&str> {
        self.config.languages.get(self.session.language()?).map(|language| language.tag.as_str())
    }

    /// The error that ended the session.
    pub fn error(&self) -> Option<&ProtocolError> {
        self.failed.as_ref()
    }

    /// The TLS handshake that [`Event::StartTls`](super::Event::StartTls) asked for is done.
    /// Returns the machine for the protected connection. It does not greet again, and what the
    /// client said before is forgotten. The timestamp of the greeting stays valid, because this end
    /// made it: RFC 2595 section 4 makes the client discard what it learned in clear text, and RFC
    /// 1939 section 7 knows no other timestamp than that of the greeting. An attacker who changes
    /// it on its way only makes the login fail: the digest is protected by TLS.
    ///
    /// # Errors
    /// [`ProtocolError::InputAfterStartTls`] if `input` is not empty, [`ProtocolError::NoStartTls`]
    /// in any other state, and if the answer to STLS was not written.
    pub fn handle_tls_established(self, input: &BytesMut) -> Result<Self, ProtocolError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if self.session.state() != State::TlsNegotiation || !self.output.is_empty() {
            return Err(ProtocolError::NoStartTls);
        }
        if !input.is_empty() {
            return Err(ProtocolError::InputAfterStartTls);
        }
        let config = Config { transport: Transport::Tls, ..self.config };
        let timestamp = self.timestamp;
        Ok(Self { timestamp, ..Self::with(config, Session::after_tls()) })
    }

    /// The client closed its side. Poll all events of `input` first. Without a QUIT, nothing may be
    /// removed. After `Ok`, use the responder of QUIT if that was not done yet; then the session is
    /// over.
    ///
    /// # Errors
    /// [`ProtocolError::UnexpectedEof`] before QUIT.
    pub fn handle_eof(&mut self, input: &BytesMut) -> Result<(), ProtocolError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let _ = input;
        // In UPDATE the client has said what to remove. That it does not wait for the answer
        // changes nothing.
        if matches!(self.state(), State::Closed | State::Update) {
            return Ok(());
        }
        let in_flight = usize::from(!matches!(self.request, Request::None));
        Err(self.fail(ProtocolError::UnexpectedEof { in_flight, during: None }))
    }

    /// The client was silent for too long
    /// ([RFC 1939 section 3](https://www.rfc-editor.org/rfc/rfc1939#section-3): at least 10
    /// minutes). Closes without an answer, and nothing may be removed.
    pub fn handle_timeout(&mut self) {
        if !matches!(self.state(), State::Closed | State::Update) {
            self.output.clear();
            self.listing = None;
            self.close();
        }
    }

    /// Ends the session.
    pub(super) fn close(&mut self) {
        self.session.closed();
        self.request = Request::None;
    }

    /// Ends the session with an error.
    pub(super) fn fail(&mut self, error: ProtocolError) -> ProtocolError {
        self.session.failed();
        self.failed.insert(error).clone()
    }

    /// Begins a request that the caller has to answer.
    pub(super) const fn begin(&mut self, request: Request) -> Token {
        self.request = request;
        self.requests += 1;
        self.token()
    }

    /// Whether this token belongs to the request that the caller has to answer.
    pub(super) fn check(&self, token: Token) -> Result<(), SendError> {
        if !self.request.waits_for_client() && self.failed.is_none() && token == self.token() {
            Ok(())
        } else {
            Err(SendError::UnknownCommand)
        }
    }

    const fn token(&self) -> Token {
        Token { connection: self.serial, request: self.requests }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("state", &self.state())
            .field("transport", &self.config.transport)
            .field("output", &self.output.remaining())
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}
