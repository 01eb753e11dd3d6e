//! The server machine: construction, getters and the transport.

use alloc::string::String;
use core::fmt;

use bytes::{Bytes, BytesMut};

use crate::{
    config::{ClearTextCredentials, Transport},
    error::ProtocolError,
    frame::CommandFramer,
    server::{
        config::{Config, Limits},
        request::{Held, Tokens, Turn},
        state::{Session, State},
    },
    types::{Capabilities, CapabilityList},
};

/// The server's end of a connection.
///
/// * *Getters*: [`state`](Self::state), [`enabled`](Self::enabled), [`error`](Self::error),
///   [`is_full`](Self::is_full), [`is_idle`](Self::is_idle).
/// * *What the application says*: [`greet`](Self::greet), the responders, [`update`](Self::update),
///   [`bye`](Self::bye). They queue bytes.
/// * *What to do now*: [`poll_transmit`](Self::poll_transmit), [`poll_event`](Self::poll_event),
///   [`timeout_hint`](Self::timeout_hint).
/// * *What happened to the transport*: [`handle_tls_established`](Self::handle_tls_established),
///   [`handle_compressed`](Self::handle_compressed), [`handle_timeout`](Self::handle_timeout),
///   [`handle_eof`](Self::handle_eof).
pub struct Connection {
    pub(super) config: Config,
    pub(super) session: Session,
    pub(super) framer: CommandFramer,
    pub(super) output: BytesMut,
    pub(super) tokens: Tokens,
    /// The command that was shown to the application.
    pub(super) held: Option<Held>,
}

impl Connection {
    /// A connection that has to [`greet`](Self::greet) first.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self::with(config, Session::new())
    }

    fn with(mut config: Config, session: Session) -> Self {
        config.limits = config.limits.clamped();
        let Limits { command, literal, body_chunk, .. } = config.limits;
        let framer = CommandFramer::new(command, literal, body_chunk, config.lf_commands);
        Self { config, session, framer, output: BytesMut::new(), tokens: Tokens::new(), held: None }
    }

    // Getters.

    /// The state of the session.
    pub const fn state(&self) -> State {
        self.session.state()
    }

    /// The extensions that the client has switched on with ENABLE.
    pub const fn enabled(&self) -> &Capabilities {
        self.session.enabled()
    }

    /// The error that ended the connection.
    pub const fn error(&self) -> Option<&ProtocolError> {
        self.session.failed()
    }

    /// The tag of the command that is being answered, for the TAG of ESEARCH (RFC 4466 section
    /// 2.6.2).
    pub fn tag(&self) -> Option<&[u8]> {
        self.session.request().map(|request| &*request.tag)
    }

    /// Whether the client has said who it is, with ID (RFC 2971). Some servers open no mailbox
    /// before that.
    pub const fn is_identified(&self) -> bool {
        self.session.is_identified()
    }

    /// Whether so many bytes are queued that nothing more should be added, see
    /// [`Limits::output`](super::Limits::output).
    pub fn is_full(&self) -> bool {
        self.output.len() >= self.config.limits.output
    }

    /// Whether the client is in IDLE.
    pub fn is_idle(&self) -> bool {
        self.session.turn() == Some(Turn::Done)
    }

    // What happened to the transport.

    /// The TLS handshake that [`Event::StartTls`](super::Event::StartTls) asked for is done.
    /// Returns the machine for the protected connection. It does not greet again and knows nothing
    /// of what was said in clear text.
    ///
    /// # Errors
    /// [`ProtocolError::InputAfterStartTls`] if `input` is not empty; [`ProtocolError::NoStartTls`]
    /// if no handshake is due or bytes are queued that must be written before it.
    pub fn handle_tls_established(self, input: &BytesMut) -> Result<Self, ProtocolError> {
        self.session.check()?;
        if self.state() != State::TlsNegotiation || !self.output.is_empty() {
            return Err(ProtocolError::NoStartTls);
        }
        if !input.is_empty() {
            return Err(ProtocolError::InputAfterStartTls);
        }
        let config = Config { transport: Transport::Tls, ..self.config };
        Ok(Self::with(config, Session::after_tls()))
    }

    /// Continues after [`Event::StartCompression`](super::Event::StartCompression), once the bytes
    /// from [`poll_transmit`](Self::poll_transmit) are written: the answer to COMPRESS is not
    /// compressed. The content of `input` is compressed already; it is taken out and returned.
    ///
    /// # Errors
    /// [`ProtocolError::NoStartTls`] if no compression is due or bytes are queued that must be
    /// written before it.
    pub fn handle_compressed(&mut self, input: &mut BytesMut) -> Result<Bytes, ProtocolError> {
        self.session.check()?;
        if self.state() != State::Compressing || !self.output.is_empty() {
            return Err(ProtocolError::NoStartTls);
        }
        self.session.compressed();
        Ok(input.split().freeze())
    }

    /// The client closed its side.
    ///
    /// # Errors
    /// [`ProtocolError::UnexpectedEof`], unless LOGOUT was answered or BYE sent.
    pub fn handle_eof(&mut self, input: &BytesMut) -> Result<(), ProtocolError> {
        self.session.check()?;
        if self.state() == State::Logout {
            self.session.take_close();
            return Ok(());
        }
        let (in_flight, during) = match self.session.request() {
            Some(request) => (1, Some(request.kind)),
            None => (usize::from(!self.framer.at_boundary(input)), None),
        };
        self.output.clear();
        Err(self.session.fail(ProtocolError::UnexpectedEof { in_flight, during }))
    }

    /// The client was silent for too long: sends `* BYE`, if a line may be sent now, and closes
    /// (RFC 9051 section 5.4).
    pub fn handle_timeout(&mut self) {
        if self.bye(None, "Autologout; idle for too long").is_err() {
            self.session.ended();
        }
    }

    // Inside.

    /// Whether the client may send credentials over this transport.
    pub(super) fn takes_credentials(&self) -> bool {
        self.config.transport == Transport::Tls
            || self.config.clear_text_credentials == ClearTextCredentials::SendThemInClearText
    }

    pub(super) fn offers_starttls(&self) -> bool {
        self.config.starttls && self.config.transport == Transport::Clear
    }

    /// The capabilities in this state.
    pub(super) fn capabilities(&self) -> CapabilityList<'static> {
        if !matches!(self.state(), State::Greeting | State::NotAuthenticated) {
            let words = self.config.capabilities_after_login.iter();
            return CapabilityList::new(words.map(String::as_bytes)).into_owned();
        }
        let mut words = self.config.capabilities.clone();
        if self.offers_starttls() {
            words.push("STARTTLS".into());
        }
        if !self.takes_credentials() || !self.config.login {
            words.push("LOGINDISABLED".into());
        }
        if self.takes_credentials() {
            let mechanisms = self.config.mechanisms.iter();
            words.extend(mechanisms.map(|name| alloc::format!("AUTH={name}")));
        }
        CapabilityList::new(words.iter().map(String::as_bytes)).into_owned()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("state", &self.state())
            .field("queued", &self.output.len())
            .field("failed", &self.error())
            .finish_non_exhaustive()
    }
}
