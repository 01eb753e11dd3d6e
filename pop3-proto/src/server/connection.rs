//! The server machine: requests in, responders out. What it answers by itself is in `answers`.

use core::{
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::{Buf, BufMut as _, Bytes, BytesMut};

use super::{
    config::Config,
    event::{Event, Maildrop, Password},
    receive::Cursor,
    responder::{AuthResponder, Token},
    state::{Session, State},
};
use crate::{
    config::Transport,
    error::{ProtocolError, SendError},
    event::{Status, Transmit},
    frame::{LineEnd, LineFramer},
    response::{
        ResponseCode,
        encode::{self, Writer},
    },
    types::Timestamp,
    wire,
};

/// RFC 1939 section 3: the autologout timer.
const AUTOLOGOUT: Duration = Duration::from_secs(10 * 60);

/// Tells connections apart, so that a responder answers nobody but who asked.
static CONNECTIONS: AtomicUsize = AtomicUsize::new(0);

/// One session, seen from the server.
pub struct Connection {
    serial: usize,
    pub(super) config: Config,
    pub(super) session: Session,
    pub(super) timestamp: Option<Timestamp>,
    framer: LineFramer,
    pub(super) output: BytesMut,
    /// A listing that is written piece by piece.
    pub(super) cursor: Option<Cursor>,
    pub(super) waiting: Waiting,
    request: u64,
    pub(super) bad_commands: u32,
    /// [`Event::AuthCancelled`] and [`Event::Close`] that were not polled yet.
    pub(super) auth_cancelled: bool,
    close: bool,
    error: Option<ProtocolError>,
}

/// Whose turn it is.
pub(super) enum Waiting {
    /// The client's, with a command.
    Command,
    /// The client's, with a line of SASL. So many challenges were sent.
    SaslLine {
        rounds: usize,
    },
    /// The caller's, with a responder.
    Login,
    Auth {
        rounds: usize,
    },
    Body {
        lines: Option<u32>,
    },
    Writer(Writer),
    Quit,
}

impl Connection {
    /// A connection that has to [`greet`](Self::greet) first.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self::with(config, Session::new())
    }

    fn with(mut config: Config, session: Session) -> Self {
        config.limits = config.limits.sensible();
        Self {
            serial: CONNECTIONS.fetch_add(1, Ordering::Relaxed),
            config,
            session,
            timestamp: None,
            framer: LineFramer::new(),
            output: BytesMut::new(),
            cursor: None,
            waiting: Waiting::Command,
            request: 0,
            bad_commands: 0,
            auth_cancelled: false,
            close: false,
            error: None,
        }
    }

    /// Where the session stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.session.state()
    }

    /// What the connection runs over.
    #[must_use]
    pub fn transport(&self) -> Transport {
        self.config.transport
    }

    /// Did the client go to UTF-8 mode?
    #[must_use]
    pub fn is_utf8(&self) -> bool {
        self.session.is_utf8()
    }

    /// The language the client chose.
    #[must_use]
    pub fn language(&self) -> Option<&str> {
        self.config.languages.get(self.session.language()?).map(|language| language.tag.as_str())
    }

    /// Sends the greeting. With a timestamp (from the caller's randomness, different for each connection) APOP is offered.
    ///
    /// What would end the line in this text, and in those of the responders, is replaced by `?`.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] if it was sent before.
    pub fn greet(&mut self, text: &str, timestamp: Option<Timestamp>) -> Result<(), SendError> {
        if self.state() != State::Greeting {
            return Err(SendError::UnknownCommand);
        }
        self.session.greeted();
        self.output.put_slice(b"+OK ");
        encode::text(&mut self.output, text);
        if let Some(timestamp) = &timestamp {
            self.output.put_u8(b' ');
            self.output.put_slice(timestamp.as_bytes());
        }
        self.output.put_slice(b"\r\n");
        self.timestamp = timestamp;
        Ok(())
    }

    /// Sends a greeting that says no, and closes.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] if a greeting was sent before.
    pub fn refuse_session(
        &mut self,
        code: Option<ResponseCode>,
        text: &str,
    ) -> Result<(), SendError> {
        if self.state() != State::Greeting {
            return Err(SendError::UnknownCommand);
        }
        self.reply(Status::Err, code, text);
        self.close();
        Ok(())
    }

    /// The next octets to write. Poll until `None`, after each event and each answer.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        if self.error.is_some() {
            return None;
        }
        self.fill();
        if self.output.is_empty() {
            return None;
        }
        Some(Transmit { bytes: self.output.split().freeze(), sensitive: false })
    }

    /// The next request. `Ok(None)` means: spend the responder that is out, write what is queued, or append octets to `input`.
    ///
    /// # Errors
    /// The client broke the protocol beyond a `-ERR`; the same error comes for ever.
    pub fn poll_event(&mut self, input: &mut BytesMut) -> Result<Option<Event>, ProtocolError> {
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        loop {
            if core::mem::take(&mut self.auth_cancelled) {
                return Ok(Some(Event::AuthCancelled));
            }
            match self.state() {
                State::Closed => {
                    input.clear();
                    return Ok(core::mem::take(&mut self.close).then_some(Event::Close));
                }
                State::Authorization | State::Transaction => {}
                // What stands behind STLS was sent in clear text, by whomever: CVE-2011-0411.
                State::TlsNegotiation if !input.is_empty() => {
                    return Err(self.poison(ProtocolError::InputBehindStartTls));
                }
                State::Greeting | State::TlsNegotiation | State::Update => return Ok(None),
            }
            let sasl = matches!(self.waiting, Waiting::SaslLine { .. });
            let turn = sasl || matches!(self.waiting, Waiting::Command);
            if !turn || self.cursor.is_some() || self.output.len() >= self.config.limits.output {
                return Ok(None);
            }
            let Some(line) = self.line(input) else {
                return Ok(None);
            };
            let event = if sasl { self.sasl_line(&line) } else { self.command(&line) };
            if event.is_some() {
                return Ok(event);
            }
        }
    }

    /// The TLS handshake that [`Event::StartTls`] asked for is done: gives the machine for the protected connection.
    ///
    /// # Errors
    /// [`ProtocolError::InputBehindStartTls`] if `input` is not empty, [`ProtocolError::NoStartTls`] in any other state, or
    /// where the answer to STLS was not written.
    pub fn handle_tls_established(self, input: &BytesMut) -> Result<Self, ProtocolError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if self.session.state() != State::TlsNegotiation || !self.output.is_empty() {
            return Err(ProtocolError::NoStartTls);
        }
        if !input.is_empty() {
            return Err(ProtocolError::InputBehindStartTls);
        }
        let config = Config { transport: Transport::Tls, ..self.config };
        Ok(Self::with(config, Session::after_tls()))
    }

    /// The client closed its side. Unless it said QUIT, nothing may be removed.
    ///
    /// # Errors
    /// [`ProtocolError::UnexpectedEof`] everywhere but after QUIT.
    pub fn handle_eof(&mut self, input: &BytesMut) -> Result<(), ProtocolError> {
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        let _ = input;
        // In UPDATE the client has said what it wants; that it does not wait for the answer changes nothing.
        if matches!(self.state(), State::Closed | State::Update) {
            return Ok(());
        }
        let in_flight = usize::from(!matches!(self.waiting, Waiting::Command));
        Err(self.poison(ProtocolError::UnexpectedEof { in_flight, during: None }))
    }

    /// How long the client may be silent before [`handle_timeout`](Self::handle_timeout) may be called: the 10 minutes that
    /// [RFC 1939 section 3](https://www.rfc-editor.org/rfc/rfc1939#section-3) gives at least, anew with each command. `None` where it is not the client that is waited
    /// for. Before login nothing is lost by closing sooner, and many servers do.
    #[must_use]
    pub fn timeout_hint(&self) -> Option<Duration> {
        let turn = matches!(self.waiting, Waiting::Command | Waiting::SaslLine { .. });
        let open = matches!(
            self.state(),
            State::Authorization | State::TlsNegotiation | State::Transaction
        );
        (turn && open).then_some(AUTOLOGOUT)
    }

    /// The client was silent for too long ([RFC 1939 section 3](https://www.rfc-editor.org/rfc/rfc1939#section-3): 10 minutes at least). Closes
    /// without an answer, and nothing may be removed.
    pub fn handle_timeout(&mut self) {
        if !matches!(self.state(), State::Closed | State::Update) {
            self.output.clear();
            self.cursor = None;
            self.close();
        }
    }

    fn line(&mut self, input: &mut BytesMut) -> Option<Bytes> {
        let end = if self.config.lf_commands { None } else { Some(LineEnd::CrLf) };
        match self.framer.line(input, end, self.config.limits.auth_line) {
            Ok(None) => None,
            Ok(Some(line)) => {
                let mut octets = input.split_to(line.total);
                octets.truncate(line.content);
                Some(octets.freeze())
            }
            Err(_) => {
                // Where it ends nobody knows, and what follows could be anything.
                self.reply(Status::Err, None, "Line too long");
                self.close();
                None
            }
        }
    }

    /// An answer to a challenge.
    fn sasl_line(&mut self, line: &[u8]) -> Option<Event> {
        let Waiting::SaslLine { rounds } = self.waiting else {
            return None;
        };
        // `*` gives up, and is no base64 either.
        let Ok(data) = STANDARD.decode(line) else {
            self.waiting = Waiting::Command;
            self.reply(Status::Err, None, "AUTH cancelled");
            return Some(Event::AuthCancelled);
        };
        let responder = AuthResponder(self.token(Waiting::Auth { rounds }));
        Some(Event::AuthResponse { data: Password(data.into()), responder })
    }

    pub(super) fn token(&mut self, waiting: Waiting) -> Token {
        self.waiting = waiting;
        self.request += 1;
        Token { connection: self.serial, request: self.request }
    }

    pub(super) fn close(&mut self) {
        self.session.closed();
        self.waiting = Waiting::Command;
        self.close = true;
    }

    /// A status line.
    pub(super) fn reply(&mut self, status: Status, code: Option<ResponseCode>, text: &str) {
        self.output.put_slice(if status.is_ok() { b"+OK" } else { b"-ERR" });
        if let Some(code) = code.filter(|_| self.config.resp_codes) {
            self.output.put_slice(b" [");
            let harmless = |octet: u8| octet.is_ascii_graphic() && octet != b']';
            self.output.extend(code.as_bytes().iter().copied().filter(|octet| harmless(*octet)));
            self.output.put_u8(b']');
        }
        if !text.is_empty() {
            self.output.put_u8(b' ');
            encode::text(&mut self.output, text);
        }
        self.output.put_slice(b"\r\n");
    }

    fn poison(&mut self, error: ProtocolError) -> ProtocolError {
        self.session.closed();
        self.error.insert(error).clone()
    }

    // What the responders do. Each checks that the responder belongs to the request that is out.

    fn check(&self, token: &Token) -> Result<(), SendError> {
        let out = !matches!(self.waiting, Waiting::Command | Waiting::SaslLine { .. })
            && self.error.is_none();
        if out && *token == (Token { connection: self.serial, request: self.request }) {
            Ok(())
        } else {
            Err(SendError::UnknownCommand)
        }
    }

    pub(super) fn login_accept(
        &mut self,
        token: &Token,
        maildrop: Maildrop,
        text: &str,
    ) -> Result<(), SendError> {
        self.check(token)?;
        self.waiting = Waiting::Command;
        self.session.logged_in(maildrop);
        self.bad_commands = 0;
        self.reply(Status::Ok, None, text);
        Ok(())
    }

    pub(super) fn refuse(
        &mut self,
        token: &Token,
        code: Option<ResponseCode>,
        text: &str,
    ) -> Result<(), SendError> {
        self.check(token)?;
        let quit = matches!(self.waiting, Waiting::Quit);
        self.waiting = Waiting::Command;
        self.reply(Status::Err, code, text);
        if quit {
            self.close();
        }
        Ok(())
    }

    pub(super) fn challenge(&mut self, token: &Token, data: &[u8]) -> Result<(), SendError> {
        self.check(token)?;
        let Waiting::Auth { rounds } = self.waiting else {
            return Err(SendError::UnknownCommand);
        };
        if rounds >= self.config.limits.sasl_rounds {
            self.waiting = Waiting::Command;
            self.auth_cancelled = true;
            self.reply(Status::Err, None, "Too many challenges");
            return Ok(());
        }
        self.waiting = Waiting::SaslLine { rounds: rounds + 1 };
        self.output.put_slice(b"+ ");
        wire::base64(&mut self.output, data);
        self.output.put_slice(b"\r\n");
        Ok(())
    }

    pub(super) fn body_accept(&mut self, token: &Token, text: &str) -> Result<(), SendError> {
        self.check(token)?;
        let Waiting::Body { lines } = self.waiting else {
            return Err(SendError::UnknownCommand);
        };
        self.waiting = Waiting::Writer(Writer::new(lines));
        self.reply(Status::Ok, None, text);
        Ok(())
    }

    pub(super) fn body_write(&mut self, token: &Token, octets: &[u8]) -> Result<usize, SendError> {
        self.check(token)?;
        let Waiting::Writer(writer) = &mut self.waiting else {
            return Err(SendError::UnknownCommand);
        };
        if writer.is_full() {
            return Ok(octets.len());
        }
        let room = self.config.limits.output.saturating_sub(self.output.len());
        let taken = octets.get(..room).unwrap_or(octets);
        writer.write(taken, &mut self.output);
        Ok(taken.len())
    }

    pub(super) fn body_is_full(&self, token: &Token) -> bool {
        self.check(token).is_ok()
            && matches!(&self.waiting, Waiting::Writer(writer) if writer.is_full())
    }

    pub(super) fn body_finish(&mut self, token: &Token) -> Result<u64, SendError> {
        self.check(token)?;
        match core::mem::replace(&mut self.waiting, Waiting::Command) {
            Waiting::Writer(writer) => Ok(writer.finish(&mut self.output)),
            other => {
                self.waiting = other;
                Err(SendError::UnknownCommand)
            }
        }
    }

    pub(super) fn body_abort(&mut self, token: &Token) -> Result<(), SendError> {
        self.check(token)?;
        self.close();
        Ok(())
    }

    pub(super) fn quit_committed(&mut self, token: &Token, text: &str) -> Result<(), SendError> {
        self.check(token)?;
        self.reply(Status::Ok, None, text);
        self.close();
        Ok(())
    }

    #[cfg(feature = "apop")]
    pub(super) fn verify(&self, token: &Token, digest: &[u8; 16], secret: &[u8]) -> bool {
        let Some(timestamp) = self.timestamp.as_ref().filter(|_| self.check(token).is_ok()) else {
            return false;
        };
        crate::apop::same(&crate::apop::digest(timestamp, secret), digest)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("state", &self.state())
            .field("transport", &self.config.transport)
            .field("output", &self.output.remaining())
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}
