//! The server machine: its public face, and what its responders do.

use alloc::{collections::VecDeque, string::String, vec::Vec};
use core::fmt;

use bytes::{Bytes, BytesMut};

use crate::{
    command::CommandKind,
    config::{ClearTextCredentials, Transport},
    error::ProtocolError,
    event::Transmit,
    frame::CommandFramer,
    server::{
        config::Config,
        request::{Request, Token, next_connection},
        state::{Session, State},
    },
    types::capability::{Capabilities, CapabilityList},
};

/// The server's end of a connection.
///
/// * *Getters*: [`state`](Self::state), [`enabled`](Self::enabled), [`is_full`](Self::is_full).
/// * *What the server wants*: [`greet`](Self::greet), the responders, [`update`](Self::update), [`bye`](Self::bye). They queue octets.
/// * *What to do now*: [`poll_transmit`](Self::poll_transmit), [`poll_event`](Self::poll_event).
/// * *What happened to the transport*: [`handle_tls_established`](Self::handle_tls_established),
///   [`handle_compressed`](Self::handle_compressed), [`handle_timeout`](Self::handle_timeout), [`handle_eof`](Self::handle_eof).
pub struct Connection {
    pub(super) config: Config,
    pub(super) session: Session,
    pub(super) framer: CommandFramer,
    pub(super) phase: Phase,
    pub(super) out: BytesMut,
    pub(super) enabled: Capabilities,
    pub(super) compressed: bool,
    /// Commands in a row that were none.
    pub(super) bad_commands: usize,
    pub(super) failed: Option<ProtocolError>,
    pub(super) updates: VecDeque<Update>,
    pub(super) update_octets: usize,
    pub(super) connection: usize,
    next_request: u64,
}

pub(super) struct Update {
    pub(super) octets: Bytes,
    /// It moves sequence numbers, so it must not come during a command that uses them.
    pub(super) expunges: bool,
    /// It tells of the selected mailbox, and means nothing in another one.
    pub(super) of_selected: bool,
}

/// What the machine waits for.
pub(super) enum Phase {
    /// [`Connection::greet`].
    Greeting,
    /// A command.
    Command,
    /// A responder.
    Pending(Request),
    /// The client's line in a SASL exchange.
    Sasl(Request),
    /// The octets of a message; with the tagged line that is due behind it if nobody wants it.
    Message {
        pending: Request,
        refusal: Option<Bytes>,
    },
    /// `DONE`.
    Idle {
        tag: Bytes,
    },
    /// The caller's handshake.
    StartTls,
    /// The caller's inflater.
    Compression,
    /// Nothing; the caller was not told yet.
    Closing,
    Closed,
}

impl Connection {
    /// A connection that has to [`greet`](Self::greet) first.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            session: Session::new(),
            framer: CommandFramer::new(&config.limits, config.lf_commands),
            phase: Phase::Greeting,
            out: BytesMut::new(),
            enabled: Capabilities::default(),
            compressed: false,
            bad_commands: 0,
            failed: None,
            updates: VecDeque::new(),
            update_octets: 0,
            connection: next_connection(),
            next_request: 1,
            config,
        }
    }

    // Getters.

    /// Where the session stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.session.state()
    }

    /// What the client has switched on with ENABLE.
    #[must_use]
    pub fn enabled(&self) -> &Capabilities {
        &self.enabled
    }

    /// Whether so much waits to be written that nothing more should be added, see [`Limits::output`](super::Limits::output).
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.out.len() >= self.config.limits.output
    }

    /// Whether the client is in IDLE.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Idle { .. })
    }

    // What to do now.

    /// The next octets to write. Poll until `None`, after each event and each answer.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        if self.failed.is_some() || self.out.is_empty() {
            return None;
        }
        Some(Transmit { bytes: self.out.split().freeze(), sensitive: false })
    }

    // What happened to the transport.

    /// The TLS handshake that [`Event::StartTls`](super::Event::StartTls) asked for is done: gives the machine for the protected connection. It greets no
    /// more and knows nothing of what was said in clear text.
    ///
    /// # Errors
    /// [`ProtocolError::InputAfterStartTls`] if `input` is not empty, [`ProtocolError::NoStartTls`] in any other state.
    pub fn handle_tls_established(self, input: &BytesMut) -> Result<Self, ProtocolError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if !matches!(self.phase, Phase::StartTls) || !self.out.is_empty() {
            return Err(ProtocolError::NoStartTls);
        }
        if !input.is_empty() {
            return Err(ProtocolError::InputAfterStartTls);
        }
        let mut config = self.config;
        config.transport = Transport::Tls;
        let mut fresh = Self::new(config);
        fresh.session = Session::after_tls();
        fresh.phase = Phase::Command;
        Ok(fresh)
    }

    /// Goes on after [`Event::StartCompression`](super::Event::StartCompression), once what [`poll_transmit`](Self::poll_transmit) gives is written: the answer to
    /// COMPRESS is not compressed. What `input` holds is compressed already: it is taken out and given back.
    ///
    /// # Errors
    /// [`ProtocolError::NoStartTls`] in any other state.
    pub fn handle_compressed(&mut self, input: &mut BytesMut) -> Result<Bytes, ProtocolError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        if !matches!(self.phase, Phase::Compression) || !self.out.is_empty() {
            return Err(ProtocolError::NoStartTls);
        }
        self.phase = Phase::Command;
        self.compressed = true;
        Ok(input.split().freeze())
    }

    /// The client closed its side.
    ///
    /// # Errors
    /// [`ProtocolError::UnexpectedEof`] everywhere but behind LOGOUT or BYE.
    pub fn handle_eof(&mut self, input: &BytesMut) -> Result<(), ProtocolError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        if matches!(self.phase, Phase::Closing | Phase::Closed) {
            self.phase = Phase::Closed;
            return Ok(());
        }
        let (in_flight, during) = match &self.phase {
            Phase::Pending(pending) | Phase::Sasl(pending) | Phase::Message { pending, .. } => {
                (1, Some(pending.kind))
            }
            Phase::Idle { .. } => (1, Some(CommandKind::Idle)),
            _ => (usize::from(!self.framer.at_boundary(input)), None),
        };
        let error = ProtocolError::UnexpectedEof { in_flight, during };
        self.failed = Some(error.clone());
        self.close();
        self.phase = Phase::Closed;
        self.out.clear();
        Err(error)
    }

    // Inside: writing.

    pub(super) fn token(&self, request: u64) -> Token {
        Token { connection: self.connection, request }
    }

    pub(super) fn next_request(&mut self) -> u64 {
        let request = self.next_request;
        self.next_request = request.wrapping_add(1);
        request
    }

    pub(super) fn close(&mut self) {
        self.session.ended();
        self.updates.clear();
        self.phase = Phase::Closing;
    }

    /// Sends what waits. Behind an EXPUNGE that must not come yet everything waits: it may count messages as they are after it.
    pub(super) fn flush_updates(&mut self, may_expunge: bool) {
        match self.state() {
            State::Selected => {}
            State::Authenticated => self.drop_updates(),
            _ => return,
        }
        while let Some(update) = self.updates.front() {
            if update.expunges && !may_expunge {
                return;
            }
            if let Some(update) = self.updates.pop_front() {
                self.update_octets = self.update_octets.saturating_sub(update.octets.len());
                self.out.extend_from_slice(&update.octets);
            }
        }
    }

    /// The selected mailbox is another one, or none.
    pub(super) fn drop_updates(&mut self) {
        self.updates.retain(|update| !update.of_selected);
        self.update_octets = self.updates.iter().map(|update| update.octets.len()).sum();
    }

    /// Whether credentials may be given over this transport.
    pub(super) fn takes_credentials(&self) -> bool {
        self.config.transport == Transport::Tls
            || self.config.clear_text_credentials == ClearTextCredentials::SendThemInClearText
    }

    /// What CAPABILITY says in this state.
    pub(super) fn capabilities(&self) -> CapabilityList<'static> {
        let mut words: Vec<String> = Vec::new();
        if matches!(self.state(), State::Greeting | State::NotAuthenticated) {
            words.extend(self.config.capabilities.iter().cloned());
            if self.config.starttls && self.config.transport == Transport::Clear {
                words.push("STARTTLS".into());
            }
            if !self.takes_credentials() || !self.config.login {
                words.push("LOGINDISABLED".into());
            }
            if self.takes_credentials() {
                words.extend(
                    self.config.mechanisms.iter().map(|name| alloc::format!("AUTH={name}")),
                );
            }
        } else {
            words.extend(self.config.capabilities_after_login.iter().cloned());
        }
        CapabilityList::new(words.iter().map(String::as_bytes)).into_owned()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("state", &self.state())
            .field("queued", &self.out.len())
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}
