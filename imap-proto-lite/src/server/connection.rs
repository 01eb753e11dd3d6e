//! The server machine: its public face, and what its responders do.

use alloc::{borrow::Cow, collections::VecDeque, string::String, vec::Vec};
use core::fmt;

use bytes::{Bytes, BytesMut};

use crate::{
    command::{CommandKind, Tag},
    config::{ClearTextCredentials, Transport},
    encode::{self, Fragment},
    error::{ProtocolError, SendError},
    event::Transmit,
    frame::{CommandFramer, ends_in_literal},
    response::{Condition, Response, ResponseCode},
    server::{
        config::Config,
        event::Event,
        responder::{Token, next_connection},
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
    updates: VecDeque<Update>,
    update_octets: usize,
    pub(super) connection: usize,
    next_request: u64,
}

struct Update {
    octets: Bytes,
    /// It moves sequence numbers, so it must not come during a command that uses them.
    expunges: bool,
    /// It tells of the selected mailbox, and means nothing in another one.
    of_selected: bool,
}

/// What the machine waits for.
pub(super) enum Phase {
    /// [`Connection::greet`].
    Greeting,
    /// A command.
    Command,
    /// A responder.
    Pending(Pending),
    /// The client's line in a SASL exchange.
    Sasl(Pending),
    /// The octets of a message; with the tagged line that is due behind it if nobody wants it.
    Message {
        pending: Pending,
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

/// A command that is being answered.
pub(super) struct Pending {
    pub(super) request: u64,
    pub(super) tag: Bytes,
    pub(super) kind: CommandKind,
    /// EXPUNGE may come before its tagged line (RFC 9051 section 7.5.1).
    pub(super) may_expunge: bool,
    /// Of an APPEND: the client waits for our `+`.
    pub(super) synchronising: bool,
    pub(super) rounds: usize,
    /// A FETCH response was begun and is not ended: nothing else can be said.
    pub(super) in_response: bool,
    /// Octets missing of the body that is being written.
    pub(super) body: Option<u64>,
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

    // What the server wants.

    /// Sends `* OK`.
    ///
    /// # Errors
    /// [`SendError::Closed`] if a greeting was sent before.
    pub fn greet(&mut self, text: &str) -> Result<(), SendError> {
        self.greeting(Condition::Ok, None, text)
    }

    /// Sends `* PREAUTH`: the transport has authenticated the client.
    ///
    /// # Errors
    /// [`SendError::Closed`] if a greeting was sent before.
    pub fn greet_authenticated(&mut self, text: &str) -> Result<(), SendError> {
        self.greeting(Condition::PreAuth, None, text)
    }

    /// Sends `* BYE` as the greeting, and closes.
    ///
    /// # Errors
    /// [`SendError::Closed`] if a greeting was sent before.
    pub fn refuse_session(
        &mut self,
        code: Option<ResponseCode<'_>>,
        text: &str,
    ) -> Result<(), SendError> {
        self.greeting(Condition::Bye, code, text)
    }

    fn greeting(
        &mut self,
        condition: Condition,
        code: Option<ResponseCode<'_>>,
        text: &str,
    ) -> Result<(), SendError> {
        if !matches!(self.phase, Phase::Greeting) {
            return Err(SendError::Closed);
        }
        if condition == Condition::Bye {
            self.condition(None, condition, code, text);
            self.close();
            return Ok(());
        }
        self.session.greeted(condition == Condition::PreAuth);
        self.phase = Phase::Command;
        let capabilities = self.capabilities();
        let code =
            self.config.capabilities_unasked.then_some(ResponseCode::Capability(capabilities));
        self.condition(None, condition, code, text);
        Ok(())
    }

    /// News of the selected mailbox (EXISTS, EXPUNGE, VANISHED, FETCH, FLAGS...), or of others (STATUS, LIST). They leave before the
    /// tagged line of the next command, in IDLE at once, and EXPUNGE not during FETCH, STORE and SEARCH by sequence number
    /// (RFC 9051 section 7.5.1). News of the selected mailbox are dropped where none is selected any more, or another one.
    ///
    /// # Errors
    /// [`SendError::TooLong`] if more than [`Limits::updates`](super::Limits::updates) wait, for their time or for a client in IDLE to
    /// read: give the client up or read the mailbox again. [`SendError::InvalidArgument`] for what is no untagged response.
    /// [`SendError::Closed`].
    pub fn update(&mut self, response: &Response<'_>) -> Result<(), SendError> {
        if self.failed.is_some() || matches!(self.phase, Phase::Closing | Phase::Closed) {
            return Err(SendError::Closed);
        }
        let octets = encoded_untagged(response)?;
        let limit = self.config.limits.updates;
        let waiting = if self.is_idle() { self.out.len() } else { self.update_octets };
        if waiting.saturating_add(octets.len()) > limit {
            return Err(SendError::TooLong { limit });
        }
        self.update_octets += octets.len();
        self.updates.push_back(Update {
            octets: octets.into(),
            expunges: matches!(response, Response::Expunge(_) | Response::Vanished { .. }),
            of_selected: !matches!(
                response,
                Response::List(_) | Response::Lsub(_) | Response::Status(_)
            ),
        });
        if self.is_idle() {
            self.flush_updates(true);
        }
        Ok(())
    }

    /// Sends `* BYE` and closes: the server goes down, the user is locked out, the client was still for too long. In the middle of
    /// a FETCH response it only closes: the client would take the line for a part of the message.
    ///
    /// # Errors
    /// [`SendError::Closed`] if the connection is closed.
    pub fn bye(&mut self, code: Option<ResponseCode<'_>>, text: &str) -> Result<(), SendError> {
        if self.failed.is_some()
            || matches!(
                self.phase,
                Phase::Closing | Phase::Closed | Phase::StartTls | Phase::Compression
            )
        {
            return Err(SendError::Closed);
        }
        if !matches!(&self.phase, Phase::Pending(pending) if pending.in_response) {
            self.condition(None, Condition::Bye, code, text);
        }
        self.close();
        Ok(())
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

    /// The next request, taken out of `input`. `None`: spend the responder that is out, write what is queued, or append octets
    /// to `input`.
    ///
    /// # Errors
    /// What the client does wrong is answered, not an error. The error of
    /// [`handle_eof`](Self::handle_eof) comes again for ever.
    pub fn poll_event(&mut self, input: &mut BytesMut) -> Result<Option<Event>, ProtocolError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        Ok(self.receive(input))
    }

    // What happened to the transport.

    /// The TLS handshake that [`Event::StartTls`] asked for is done: gives the machine for the protected connection. It greets no
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

    /// Goes on after [`Event::StartCompression`], once what [`poll_transmit`](Self::poll_transmit) gives is written: the answer to
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

    pub(super) fn condition(
        &mut self,
        tag: Option<&[u8]>,
        condition: Condition,
        code: Option<ResponseCode<'_>>,
        text: &str,
    ) {
        let octets = encoded_condition(tag, condition, code, text);
        self.out.extend_from_slice(&octets);
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

/// A status response, with text that cannot be mistaken for anything else.
pub(super) fn encoded_condition(
    tag: Option<&[u8]>,
    condition: Condition,
    code: Option<ResponseCode<'_>>,
    text: &str,
) -> Vec<u8> {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = Cow::Owned(if text.is_empty() { "done".into() } else { text.into_bytes() });
    let response = match tag.and_then(Tag::received) {
        Some(tag) => Response::Tagged { tag, condition, code, text },
        None => Response::Condition { condition, code, text },
    };
    encode::response(&response).to_vec()
}

/// An untagged response; a body in it has to be inline.
pub(super) fn encoded_untagged(response: &Response<'_>) -> Result<Vec<u8>, SendError> {
    let invalid = |reason| SendError::InvalidArgument { argument: "response", reason };
    match response {
        Response::Tagged { .. } | Response::Continuation { .. } | Response::Malformed { .. } => {
            return Err(invalid("not untagged"));
        }
        Response::Condition { condition: Condition::Bye | Condition::PreAuth, .. } => {
            return Err(invalid("begins or ends a connection"));
        }
        Response::Unknown { raw, .. } if !is_one_line(raw) => {
            return Err(invalid("not one untagged line"));
        }
        _ => {}
    }
    let encoded = encode::response(response);
    if encoded.fragments.iter().any(|fragment| matches!(fragment, Fragment::Streamed { .. })) {
        return Err(invalid("a streamed body needs a FetchWriter"));
    }
    Ok(encoded.to_vec())
}

/// Whether the octets of an extension are one untagged response, which nothing behind it is taken for a part of.
fn is_one_line(raw: &[u8]) -> bool {
    let line = raw.strip_suffix(b"\r\n").unwrap_or(raw);
    line.starts_with(b"* ")
        && !line.iter().any(|octet| matches!(octet, b'\r' | b'\n' | 0))
        && !ends_in_literal(line, false)
}
