//! The client machine: what is sent when, and what happened to the transport. How answers are read is in `reply`.

use alloc::collections::VecDeque;
use core::fmt;

use bytes::{Bytes, BytesMut};

use super::{
    Event, State,
    receive::Phase,
    request::Shape,
    sasl::{CANCEL, Exchange},
    state::Session,
};
use crate::{
    command::{Command, CommandKind, encode},
    config::{ClearTextCredentials, Config, Transport},
    error::{ProtocolError, SendError},
    event::{CommandId, Transmit},
    frame::LineFramer,
    response::QuitOutcome,
    types::{Capabilities, Timestamp},
};

/// One session, seen from the client.
pub struct Connection {
    pub(super) config: Config,
    pub(super) session: Session,
    pub(super) capabilities: Option<Capabilities>,
    pub(super) timestamp: Option<Timestamp>,
    /// Accepted and not answered, in order. The first `written` of them were handed out.
    pub(super) queue: VecDeque<Pending>,
    written: usize,
    /// Octets of all commands in `queue`.
    octets: usize,
    next_id: CommandId,
    /// A line of a SASL exchange that waits to be handed out.
    pub(super) sasl_line: Option<Bytes>,
    pub(super) framer: LineFramer,
    pub(super) phase: Phase,
    /// There are octets that no command asked for: the error of the next poll.
    pub(super) unsolicited: bool,
    error: Option<ProtocolError>,
    /// Commands are encoded here and split off, so that most need no allocation.
    pub(super) scratch: BytesMut,
}

/// A command that is not answered yet.
pub(super) struct Pending {
    pub(super) id: CommandId,
    pub(super) kind: CommandKind,
    pub(super) shape: Shape,
    /// Until it is handed out.
    octets: Option<Transmit>,
    length: usize,
    pub(super) discard: bool,
}

impl Connection {
    /// A connection that waits for its greeting.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self::with(config, Session::new(), CommandId::FIRST)
    }

    fn with(mut config: Config, session: Session, next_id: CommandId) -> Self {
        config.limits = config.limits.sensible();
        Self {
            config,
            session,
            capabilities: None,
            timestamp: None,
            queue: VecDeque::new(),
            written: 0,
            octets: 0,
            next_id,
            sasl_line: None,
            framer: LineFramer::new(),
            phase: Phase::Status,
            unsolicited: false,
            error: None,
            scratch: BytesMut::new(),
        }
    }

    /// Where the session stands, as the server has confirmed it.
    #[must_use]
    pub fn state(&self) -> State {
        self.session.state()
    }

    /// What the connection runs over.
    #[must_use]
    pub fn transport(&self) -> Transport {
        self.config.transport
    }

    /// What the server announced; `None` if it was never asked, or if TLS or login made the answer void.
    #[must_use]
    pub fn capabilities(&self) -> Option<&Capabilities> {
        self.capabilities.as_ref()
    }

    /// Commands accepted and not yet answered.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.queue.len()
    }

    /// What became of the messages that were marked with DELE; `None` before QUIT was handed out in `Transaction`.
    #[must_use]
    pub fn quit_outcome(&self) -> Option<QuitOutcome> {
        self.session.quit_outcome()
    }

    /// Queues a command.
    ///
    /// Up to 32 may wait ([`Limits`](crate::Limits)). They are handed out at once where the server announced PIPELINING, else one by
    /// one. Nothing may follow STLS, PASS, APOP, AUTH, UTF8 and QUIT before their answer.
    ///
    /// # Errors
    /// Nothing happened, and the error says why.
    pub fn send(&mut self, command: &Command<'_>) -> Result<CommandId, SendError> {
        let kind = command.kind();
        self.check(command, kind)?;
        let context = encode::Context {
            limit: self.config.limits.command,
            utf8_credentials: self.config.quirks.utf8_credentials
                || self.session.is_utf8()
                || self.capabilities.as_ref().is_some_and(Capabilities::has_utf8_user),
            initial_response: self.initial_response_on_line(command),
        };
        let mut out = core::mem::take(&mut self.scratch);
        let encoded = encode::command(&mut out, command, context).and_then(|on_line| {
            self.finish_encoding(&mut out, command)?;
            self.fits(out.len())?;
            Ok((Shape::of(command, &self.config, on_line)?, on_line))
        });
        let (shape, on_line) = match encoded {
            Ok(encoded) => encoded,
            Err(error) => {
                out.clear();
                self.scratch = out;
                return Err(error);
            }
        };
        let octets = out.split().freeze();
        self.scratch = out;
        let id = self.next_id;
        self.next_id = id.next();
        self.octets += octets.len();
        let length = octets.len();
        let sensitive = matches!(kind, CommandKind::Pass | CommandKind::Apop)
            || on_line
            || kind == CommandKind::Raw;
        self.session.queued(kind);
        self.queue.push_back(Pending {
            id,
            kind,
            shape,
            octets: Some(Transmit { bytes: octets, sensitive }),
            length,
            discard: false,
        });
        Ok(id)
    }

    /// Answers the challenge of an AUTH with raw octets; base64 is the machine's.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] where no challenge of that command waits, [`SendError::TooLong`].
    pub fn answer(&mut self, id: CommandId, data: Bytes) -> Result<(), SendError> {
        let limit = self.config.limits.sasl_octets;
        let exchange = self.waiting_exchange(id)?;
        if data.len() > limit {
            return Err(SendError::TooLong { limit });
        }
        exchange.answered(data.len().div_ceil(3) * 4 + 2);
        encode::sasl_answer(&mut self.scratch, &data);
        self.sasl_line = Some(self.scratch.split().freeze());
        Ok(())
    }

    /// Gives an AUTH up with `*`. The server's refusal follows as `Done`.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] where no challenge of that command waits.
    pub fn cancel(&mut self, id: CommandId) -> Result<(), SendError> {
        self.waiting_exchange(id)?.cancelled();
        self.sasl_line = Some(CANCEL);
        Ok(())
    }

    /// No more events of that command, except its `Done` (and [`Event::StartTls`] and challenges, which ask for something). Its octets
    /// are still read and thrown away.
    pub fn discard(&mut self, id: CommandId) {
        if let Some(pending) = self.queue.iter_mut().find(|pending| pending.id == id) {
            pending.discard = true;
        }
    }

    /// The next octets to write. Poll until `None`, after each command and each event.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        if self.unsolicited || !matches!(self.state(), State::Authorization | State::Transaction) {
            return None;
        }
        if let Some(bytes) = self.sasl_line.take() {
            return Some(Transmit { bytes, sensitive: true });
        }
        if self.written > 0 && !self.capabilities.as_ref().is_some_and(Capabilities::has_pipelining)
        {
            return None;
        }
        let next = self.queue.get_mut(self.written)?;
        let transmit = next.octets.take()?;
        self.session.sent(next.kind);
        self.written += 1;
        Some(transmit)
    }

    /// The next thing the server said. `Ok(None)` means: append octets to `input` and call again.
    ///
    /// Takes what it understood from the front of `input`. Not polling is how to slow the server
    /// down: what is not polled stays in `input`, and when that is full, stop reading.
    ///
    /// # Errors
    /// The server broke the protocol; the same error comes for ever.
    pub fn poll_event(&mut self, input: &mut BytesMut) -> Result<Option<Event>, ProtocolError> {
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        if let Some(event) = self.read_plain_item(input) {
            return Ok(Some(event));
        }
        match self.read(input) {
            Ok(event) => Ok(event),
            Err(error) => Err(self.poison(error)),
        }
    }

    /// The TLS handshake that [`Event::StartTls`] asked for is done: gives the machine for the protected connection, which knows nothing
    /// that was said in clear text.
    ///
    /// # Errors
    /// [`ProtocolError::InputBehindStartTls`] if `input` is not empty, [`ProtocolError::NoStartTls`] in any other state.
    pub fn handle_tls_established(self, input: &BytesMut) -> Result<Self, ProtocolError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if self.session.state() != State::TlsNegotiation {
            return Err(ProtocolError::NoStartTls);
        }
        if !input.is_empty() {
            return Err(ProtocolError::InputBehindStartTls);
        }
        let config = Config { transport: Transport::Tls, ..self.config };
        Ok(Self::with(config, Session::after_tls(), self.next_id))
    }

    /// The server closed its side. Poll all events first; `input` is what was received and makes none.
    ///
    /// # Errors
    /// [`ProtocolError::UnexpectedEof`] everywhere but after the answer to QUIT and after a refused greeting.
    pub fn handle_eof(&mut self, input: &BytesMut) -> Result<(), ProtocolError> {
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        // What a server says behind its answer to QUIT is nobody's.
        let _ = input;
        if matches!(self.state(), State::Update | State::Closed) {
            return Ok(());
        }
        Err(self.poison(ProtocolError::UnexpectedEof {
            in_flight: self.queue.len(),
            during: self.due_kind(),
        }))
    }

    fn poison(&mut self, error: ProtocolError) -> ProtocolError {
        self.session.failed();
        self.error.insert(error).clone()
    }

    /// The command whose answer is due.
    pub(super) fn due(&mut self) -> Option<&mut Pending> {
        if self.written == 0 { None } else { self.queue.front_mut() }
    }

    /// The kind of the command whose answer is due.
    pub(super) fn due_kind(&self) -> Option<CommandKind> {
        let due = self.queue.front().filter(|_| self.written > 0)?;
        Some(due.kind)
    }

    /// A challenge is with the caller.
    pub(super) fn waits_for_answer(&self) -> bool {
        matches!(self.queue.front().map(|due| &due.shape), Some(Shape::Auth(exchange)) if exchange.is_waiting())
    }

    /// The answer to the first command is complete.
    pub(super) fn pop(&mut self) -> Option<Pending> {
        let pending = self.queue.pop_front()?;
        self.written = self.written.saturating_sub(1);
        self.octets -= pending.length;
        Some(pending)
    }

    fn waiting_exchange(&mut self, id: CommandId) -> Result<&mut Exchange, SendError> {
        match self.due() {
            Some(Pending { id: due, shape: Shape::Auth(exchange), .. })
                if *due == id && exchange.is_waiting() =>
            {
                Ok(exchange)
            }
            _ => Err(SendError::UnknownCommand),
        }
    }

    /// Whether the command may be sent at all, now.
    fn check(&self, command: &Command<'_>, kind: CommandKind) -> Result<(), SendError> {
        let state = self.state();
        let not_allowed = SendError::NotAllowed { command: kind, state };
        if matches!(state, State::Update | State::Closed) {
            return Err(SendError::Closed);
        }
        if !state.allows(kind) {
            return Err(not_allowed);
        }
        if let Some(last) = self.queue.back()
            && last.kind.is_barrier()
        {
            return Err(SendError::Busy { command: kind, behind: last.kind });
        }
        if kind.is_credential()
            && self.config.transport == Transport::Clear
            && self.config.clear_text_credentials == ClearTextCredentials::Refuse
        {
            return Err(SendError::ClearText);
        }
        match command {
            Command::Stls if self.config.transport == Transport::Tls || self.session.is_utf8() => {
                return Err(not_allowed);
            }
            Command::Pass(_) => self.check_pass(not_allowed)?,
            #[cfg(feature = "apop")]
            Command::Apop { .. } if self.timestamp.is_none() => {
                return Err(SendError::MissingCapability("APOP"));
            }
            _ => {}
        }
        let missing = |has: fn(&Capabilities) -> bool| {
            self.capabilities.as_ref().is_some_and(|known| !has(known))
        };
        match command {
            Command::Stls if missing(Capabilities::has_stls) => {
                Err(SendError::MissingCapability("STLS"))
            }
            Command::Utf8 if missing(Capabilities::has_utf8) => {
                Err(SendError::MissingCapability("UTF8"))
            }
            Command::Lang(_) if missing(Capabilities::has_lang) => {
                Err(SendError::MissingCapability("LANG"))
            }
            Command::Auth { mechanism, .. }
                if self.config.quirks.only_advertised_mechanisms
                    && !self
                        .capabilities
                        .as_ref()
                        .is_some_and(|known| known.has_mechanism(mechanism)) =>
            {
                Err(SendError::MissingCapability("the SASL mechanism"))
            }
            _ => self.fits(0),
        }
    }

    /// PASS follows the USER that was accepted just before. Inside TLS, and with PIPELINING, it need not wait for that: a refused USER
    /// makes it fail, and nobody overhears it.
    fn check_pass(&self, not_allowed: SendError) -> Result<(), SendError> {
        match self.queue.back() {
            None if self.session.user_accepted() => Ok(()),
            Some(last) if last.kind == CommandKind::User => {
                let pipelining =
                    self.capabilities.as_ref().is_some_and(Capabilities::has_pipelining);
                if pipelining && self.config.transport == Transport::Tls {
                    Ok(())
                } else {
                    Err(SendError::Busy { command: CommandKind::Pass, behind: CommandKind::User })
                }
            }
            _ => Err(not_allowed),
        }
    }

    /// The window: commands, and octets of commands.
    fn fits(&self, octets: usize) -> Result<(), SendError> {
        let limits = &self.config.limits;
        if self.queue.len() >= limits.commands_in_flight {
            return Err(SendError::TooManyInFlight { limit: limits.commands_in_flight });
        }
        if self.octets + octets > limits.octets_in_flight {
            return Err(SendError::TooManyInFlight { limit: limits.octets_in_flight });
        }
        Ok(())
    }

    fn initial_response_on_line(&self, command: &Command<'_>) -> bool {
        let Command::Auth { mechanism, .. } = command else {
            return false;
        };
        let quirks = &self.config.quirks;
        let two_lines = quirks.auth_in_two_lines
            || (Exchange::is_oauth(mechanism) && !quirks.oauth_in_one_line);
        // RFC 5034 section 4: not to a server that may speak RFC 1734 only.
        !two_lines && self.capabilities.as_ref().is_some_and(Capabilities::has_sasl)
    }

    /// What the encoder cannot know.
    #[cfg(feature = "apop")]
    fn finish_encoding(&self, out: &mut BytesMut, command: &Command<'_>) -> Result<(), SendError> {
        if let (Command::Apop { secret, .. }, Some(timestamp)) = (command, &self.timestamp) {
            out.truncate(out.len() - 2);
            crate::apop::append_digest(out, timestamp, secret);
            let limit = self.config.limits.command;
            if out.len() > limit {
                return Err(SendError::TooLong { limit });
            }
        }
        Ok(())
    }

    #[cfg(not(feature = "apop"))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "its twin above needs both")]
    const fn finish_encoding(&self, _: &mut BytesMut, _: &Command<'_>) -> Result<(), SendError> {
        Ok(())
    }
}

impl fmt::Debug for Connection {
    /// No octets that wait to be sent, whatever they are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("state", &self.state())
            .field("transport", &self.config.transport)
            .field("capabilities", &self.capabilities)
            .field("in_flight", &self.in_flight())
            .field("written", &self.written)
            .field("next_id", &self.next_id.get())
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}
