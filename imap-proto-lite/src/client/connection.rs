//! The client machine: what is queued, what is in flight, what came.

use alloc::collections::VecDeque;
use core::fmt;

use bytes::{Bytes, BytesMut};
use memchr::memchr;

use crate::{
    client::{
        Event,
        needs::{missing, speaks_rev2},
        outbox::Outbox,
        request::{Idle, Phase, Request, base64_line, must_wait},
        state::{Session, State},
        tag::Tags,
    },
    command::{AppendData, Command, CommandKind},
    config::{ClearTextCredentials, Config, Transport},
    encode::{self, EncodeSession, Encoded, Fragment},
    error::{ProtocolError, SendError},
    event::{CommandId, Status, Text},
    frame::Framer,
    types::capability::{Capabilities, LiteralMode},
};

/// The client's end of a connection.
///
/// * *Getters*: [`state`](Self::state), [`capabilities`](Self::capabilities), [`in_flight`](Self::in_flight), [`tag`](Self::tag).
/// * *What the application wants*: [`send`](Self::send), [`answer`](Self::answer), [`cancel`](Self::cancel),
///   [`end_idle`](Self::end_idle), [`discard`](Self::discard). They queue octets and never read.
/// * *What to do now*: [`poll_transmit`](Self::poll_transmit), [`poll_event`](Self::poll_event), and with a clock
///   [`timeout_hint`](Self::timeout_hint), [`keep_alive_hint`](Self::keep_alive_hint).
/// * *What happened to the transport*: [`handle_tls_established`](Self::handle_tls_established),
///   [`handle_compressed`](Self::handle_compressed), [`handle_eof`](Self::handle_eof).
///
/// Dropping it sends nothing.
pub struct Connection {
    pub(super) config: Config,
    pub(super) session: Session,
    pub(super) framer: Framer,
    tags: Tags,
    next_id: CommandId,
    pub(super) requests: VecDeque<Request>,
    pub(super) outbox: Outbox,
    /// Events that need no input.
    pub(super) ready: VecDeque<Event>,
    pub(super) capabilities: Option<Capabilities>,
    /// An untagged CAPABILITY came since the login was sent: it is of the time behind the login.
    pub(super) relearned: bool,
    pub(super) enabled: Capabilities,
    pub(super) still: Still,
    pub(super) strays: usize,
    pub(super) failed: Option<ProtocolError>,
    /// The body that is being read has no name that could be handed out.
    pub(super) skips_body: bool,
}

/// Ends a SASL exchange.
pub(super) const CANCEL: Bytes = Bytes::from_static(b"*\r\n");
/// Ends IDLE.
pub(super) const DONE: Bytes = Bytes::from_static(b"DONE\r\n");

/// Why the machine neither reads nor writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Still {
    No,
    /// STARTTLS was agreed on.
    StartTls,
    /// COMPRESS was agreed on.
    Compression,
    /// The transport ended, legally.
    Ended,
}

impl Connection {
    /// A connection whose greeting did not come yet.
    #[must_use]
    pub fn new(mut config: Config) -> Self {
        config.limits = config.limits.sensible();
        Self {
            session: Session::new(),
            framer: Framer::new(&config.limits, &config.quirks),
            tags: Tags::new(config.tag_seed),
            next_id: CommandId::FIRST,
            requests: VecDeque::new(),
            outbox: Outbox::default(),
            ready: VecDeque::new(),
            capabilities: None,
            relearned: false,
            enabled: Capabilities::default(),
            still: Still::No,
            strays: 0,
            failed: None,
            skips_body: false,
            config,
        }
    }

    // Getters.

    /// What the server has confirmed.
    #[must_use]
    pub fn state(&self) -> State {
        self.session.state()
    }

    /// What the server announced last, without [`Config::hidden_capabilities`]. `None`: never asked, or made void by
    /// STARTTLS or by a login whose answer brought none. Send CAPABILITY then.
    #[must_use]
    pub fn capabilities(&self) -> Option<&Capabilities> {
        self.capabilities.as_ref()
    }

    /// What ENABLE has switched on (RFC 5161).
    #[must_use]
    pub fn enabled(&self) -> &Capabilities {
        &self.enabled
    }

    /// Commands sent or queued, and not answered.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.requests.len()
    }

    /// What the octets travel over, as far as the machine was told.
    #[must_use]
    pub fn transport(&self) -> Transport {
        self.config.transport
    }

    /// The error that ended the connection.
    #[must_use]
    pub fn error(&self) -> Option<&ProtocolError> {
        self.failed.as_ref()
    }

    // What the application wants.

    /// Queues a command.
    ///
    /// Commands may be sent before earlier ones are answered, with the exceptions of RFC 9051 section 5.5, which are
    /// [`SendError::Busy`]: nothing behind LOGIN, AUTHENTICATE, STARTTLS, COMPRESS, ENABLE, IDLE, LOGOUT or an unfinished APPEND; none of
    /// STARTTLS, LOGIN, AUTHENTICATE, COMPRESS and IDLE behind anything; no sequence numbers behind a command that lets the server
    /// send EXPUNGE; no SELECT, EXAMINE, CLOSE or UNSELECT behind a command on the old mailbox. Literals wait in the queue for their
    /// own `+`, and so do the commands behind them.
    ///
    /// # Errors
    ///
    /// See [`SendError`]. Nothing happened then.
    pub fn send(&mut self, command: &Command<'_>) -> Result<CommandId, SendError> {
        self.check(command)?;
        let mut tags = self.tags.clone();
        let tag = tags.next();
        let id = self.next_id;
        let mut request = Request::new(id, tag, command);
        let encoded = self.encode(&mut request, command)?;
        // Nothing fails from here on.
        self.tags = tags;
        self.next_id = id.next();
        if matches!(request.kind, CommandKind::Login | CommandKind::Authenticate) {
            self.relearned = false;
        }
        let mut waits = false;
        for fragment in encoded {
            match (fragment, &mut request.phase) {
                // Behind the message.
                (Fragment::Octets { octets, .. }, Phase::Upload(upload)) if upload.announced => {
                    upload.tail = octets
                }
                (Fragment::Octets { octets, sensitive }, _) => {
                    self.outbox.push(id, octets, sensitive)
                }
                (Fragment::Continuation, _) => {
                    waits = true;
                    self.outbox.push_await(id);
                }
                (Fragment::Streamed { .. }, Phase::Upload(upload)) => upload.announced = true,
                (Fragment::Streamed { .. }, _) => {}
            }
        }
        // Without a place to wait the message may follow at once.
        let at_once = !waits && matches!(request.phase, Phase::Upload(_));
        self.requests.push_back(request);
        if at_once {
            let event = self.start_upload(id);
            self.ready.extend(event);
        }
        Ok(id)
    }

    /// Gives what the server waits for: the answer to a [`Challenge`](Event::Challenge) (raw octets; the machine does the
    /// base64), or octets of the message of an APPEND after [`ReadyForData`](Event::ReadyForData), in pieces of any
    /// size, up to exactly the announced number.
    ///
    /// # Errors
    ///
    /// [`SendError::NotAwaited`] before the server asked, [`SendError::TooLong`] above what was announced or the limit,
    /// [`SendError::InvalidArgument`] for NUL in a message that was not announced as literal8 (RFC 9051 section 4.3.1).
    pub fn answer(&mut self, id: CommandId, data: Bytes) -> Result<(), SendError> {
        self.check_open()?;
        let limit = self.config.limits.sasl_line;
        let request = self
            .requests
            .iter_mut()
            .find(|request| request.id == id)
            .ok_or(SendError::UnknownCommand)?;
        match &mut request.phase {
            Phase::Sasl(sasl) if sasl.awaited => {
                let line = base64_line(&data);
                if line.len() > limit.saturating_add(2) {
                    return Err(SendError::TooLong { limit });
                }
                sasl.awaited = false;
                self.outbox.push(id, line, true);
                Ok(())
            }
            Phase::Upload(upload) if upload.started => {
                let length = data.len() as u64;
                if length > upload.remaining {
                    return Err(SendError::TooLong {
                        limit: usize::try_from(upload.remaining).unwrap_or(usize::MAX),
                    });
                }
                if upload.data == AppendData::Literal && memchr(0, &data).is_some() {
                    return Err(SendError::InvalidArgument {
                        argument: "message",
                        reason: "NUL needs a literal8",
                    });
                }
                if length == 0 {
                    return Ok(());
                }
                upload.remaining -= length;
                let end = (upload.remaining == 0).then(|| upload.tail.clone());
                self.outbox.push(id, data, false);
                if let Some(tail) = end {
                    self.outbox.push(id, tail, false);
                    self.release_answer(id);
                }
                Ok(())
            }
            _ => Err(SendError::NotAwaited),
        }
    }

    /// Ends a SASL exchange with `*` in place of an answer (RFC 9051 section 6.2.2). The server answers the command with BAD.
    ///
    /// # Errors
    ///
    /// [`SendError::NotAwaited`] while no challenge waits for an answer.
    pub fn cancel(&mut self, id: CommandId) -> Result<(), SendError> {
        self.check_open()?;
        let request = self
            .requests
            .iter_mut()
            .find(|request| request.id == id)
            .ok_or(SendError::UnknownCommand)?;
        match &mut request.phase {
            Phase::Sasl(sasl) if sasl.awaited => {
                sasl.awaited = false;
                sasl.cancelled = true;
                self.outbox.push(id, CANCEL, false);
                Ok(())
            }
            _ => Err(SendError::NotAwaited),
        }
    }

    /// Ends IDLE with `DONE`; its [`Done`](Event::Done) follows. Updates may still come before it. Before the server's `+` the
    /// wish is remembered. Asking twice is asking once.
    ///
    /// # Errors
    ///
    /// [`SendError::UnknownCommand`] if no such IDLE is in flight: the server may have ended it.
    pub fn end_idle(&mut self, id: CommandId) -> Result<(), SendError> {
        self.check_open()?;
        let request = self
            .requests
            .iter_mut()
            .find(|request| request.id == id)
            .ok_or(SendError::UnknownCommand)?;
        let Phase::Idle(idle) = &mut request.phase else {
            return Err(SendError::NotAwaited);
        };
        match idle {
            Idle::Asked { end } => *end = true,
            Idle::Idling => {
                *idle = Idle::Ended;
                self.outbox.push(id, DONE, false);
            }
            Idle::Ended => {}
        }
        Ok(())
    }

    /// Nobody wants the rest of this command any more: the bodies of a FETCH are read over without events, from the next
    /// octet on. Its lines still come, because they belong to the connection, and so does its `Done`. While another FETCH
    /// is on its way its bodies come too: nothing tells them from those of the other.
    pub fn discard(&mut self, id: CommandId) {
        if let Some(request) = self.requests.iter_mut().find(|request| request.id == id) {
            request.discarded = true;
        }
    }

    // What happened to the transport.

    /// The TLS handshake after [`StartTls`](Event::StartTls) succeeded. The machine that comes back knows nothing of what was
    /// said in clear text: no capabilities, no pending octets. Its command ids and tags go on.
    ///
    /// # Errors
    ///
    /// [`ProtocolError::InputBehindStartTls`] if `input`, the octets received in clear text, is not empty: somebody put them
    /// there. [`ProtocolError::NoStartTls`] if there was no such event. Close the transport.
    pub fn handle_tls_established(self, input: &BytesMut) -> Result<Self, ProtocolError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if self.still != Still::StartTls {
            return Err(ProtocolError::NoStartTls);
        }
        if !input.is_empty() {
            return Err(ProtocolError::InputBehindStartTls);
        }
        let mut config = self.config;
        config.transport = Transport::Tls;
        let mut fresh = Self::new(config);
        fresh.session = Session::behind_start_tls();
        fresh.tags = self.tags;
        fresh.next_id = self.next_id;
        Ok(fresh)
    }

    /// Goes on after [`StartCompression`](Event::StartCompression) (RFC 4978). What `input` holds is compressed already: it is
    /// taken out and given back. Inflate it, and what is received from now on, into an input of plain octets (a bounded number at
    /// a time: deflate can swell a thousandfold), and deflate what is polled, flushed behind each command.
    ///
    /// # Errors
    ///
    /// [`ProtocolError::NoStartTls`] if there was no such event.
    pub fn handle_compressed(&mut self, input: &mut BytesMut) -> Result<Bytes, ProtocolError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        if self.still != Still::Compression {
            return Err(ProtocolError::NoStartTls);
        }
        self.still = Still::No;
        Ok(input.split().freeze())
    }

    /// The transport ended. A LOGOUT without its answer counts as answered: poll its `Done`.
    ///
    /// # Errors
    ///
    /// [`ProtocolError::UnexpectedEof`] wherever else than behind BYE or LOGOUT, and there if other commands are unanswered.
    pub fn handle_eof(&mut self, input: &BytesMut) -> Result<(), ProtocolError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let logout_only = self
            .requests
            .iter()
            .all(|request| request.kind == CommandKind::Logout && request.on_wire);
        let over = self.state() == State::Logout || !self.requests.is_empty();
        let between = self.framer.at_boundary(input) || self.state() == State::Logout;
        if self.still == Still::No && logout_only && over && between {
            self.session.ended();
            self.still = Still::Ended;
            self.outbox.clear();
            if let Some(request) = self.requests.pop_front() {
                self.ready.push_back(Event::Done {
                    id: request.id,
                    status: Status::Ok,
                    code: None,
                    text: Text::default(),
                });
            }
            return Ok(());
        }
        if self.still == Still::Ended {
            return Ok(());
        }
        let during = self.requests.front().map(|request| request.kind);
        Err(self.fail(ProtocolError::UnexpectedEof { in_flight: self.requests.len(), during }))
    }

    // Inside: sending.

    fn check_open(&self) -> Result<(), SendError> {
        if self.failed.is_some() || self.still != Still::No || self.state() == State::Logout {
            return Err(SendError::Closed);
        }
        Ok(())
    }

    fn check(&self, command: &Command<'_>) -> Result<(), SendError> {
        self.check_open()?;
        let kind = command.kind();
        if let Some(request) =
            self.requests.iter().rev().find(|request| must_wait(command, request))
        {
            return Err(SendError::Busy { command: kind, behind: request.kind });
        }
        // What is in flight is taken to succeed: a failure makes the server refuse what follows, and nothing worse.
        let state = self
            .requests
            .iter()
            .fold(self.state(), |state, request| state.after(request.kind, Status::Ok));
        if !state.allows(kind)
            || (kind == CommandKind::StartTls && self.config.transport == Transport::Tls)
        {
            return Err(SendError::NotAllowed { command: kind, state });
        }
        let limit = self.config.limits.commands_in_flight;
        if self.requests.len() >= limit {
            return Err(SendError::TooManyInFlight { limit });
        }
        if matches!(kind, CommandKind::Login | CommandKind::Authenticate)
            && self.config.transport == Transport::Clear
            && self.config.clear_text_credentials == ClearTextCredentials::Refuse
        {
            return Err(SendError::ClearText);
        }
        let Some(capabilities) = &self.capabilities else {
            return Ok(());
        };
        if kind == CommandKind::Login && capabilities.has("LOGINDISABLED") {
            return Err(SendError::LoginDisabled);
        }
        match missing(command, capabilities, &self.enabled) {
            Some(name) if !self.config.quirks.unannounced => {
                Err(SendError::MissingCapability(name))
            }
            _ => Ok(()),
        }
    }

    /// The fragments of a command, as this session may send them.
    fn encode(&self, request: &mut Request, command: &Command<'_>) -> Result<Encoded, SendError> {
        let without_initial;
        let mut command = command;
        if let Command::Authenticate { mechanism, initial_response: Some(response) } = command {
            let line = base64_line(response);
            let limit = self.config.limits.sasl_line;
            if line.len() > limit.saturating_add(2) {
                return Err(SendError::TooLong { limit });
            }
            let announced = self.capabilities.as_ref().is_some_and(|all| all.has("SASL-IR"));
            let short = line.len() <= self.config.limits.sasl_initial_response.saturating_add(2);
            if !announced || !short || self.config.quirks.no_initial_response {
                if let Phase::Sasl(sasl) = &mut request.phase {
                    sasl.initial = Some(line);
                }
                without_initial =
                    Command::Authenticate { mechanism: mechanism.clone(), initial_response: None };
                command = &without_initial;
            }
        }
        let session = EncodeSession::new(self.literal_mode(), self.utf8());
        let encoded = encode::command(&request.tag, command, &session).map_err(|error| {
            SendError::InvalidArgument { argument: error.argument, reason: error.reason }
        })?;
        let limit = self.config.limits.command;
        if encoded.octets() > limit { Err(SendError::TooLong { limit }) } else { Ok(encoded) }
    }

    /// How literals may be sent, as far as the server said so (RFC 7888).
    fn literal_mode(&self) -> LiteralMode {
        match &self.capabilities {
            Some(all) if !self.config.quirks.synchronising_literals => {
                if all.has("LITERAL+") {
                    LiteralMode::Plus
                } else if all.has("LITERAL-") || speaks_rev2(all, &self.enabled) {
                    LiteralMode::Minus
                } else {
                    LiteralMode::Sync
                }
            }
            _ => LiteralMode::Sync,
        }
    }

    /// Whether 8-bit may stand in quoted strings, and mailbox names are UTF-8 (RFC 6855, RFC 9051 section 5.1).
    fn utf8(&self) -> bool {
        self.enabled.has("UTF8=ACCEPT")
            || self.capabilities.as_ref().is_some_and(|all| speaks_rev2(all, &self.enabled))
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("state", &self.state())
            .field("in_flight", &self.in_flight())
            .field("capabilities", &self.capabilities)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}
