//! The client machine, outgoing: commands, answers, and the next bytes to send.

use bytes::Bytes;
use memchr::memchr;

use crate::{
    client::{
        Connection, State,
        request::{Idle, Phase, Request, must_wait},
        sasl::{CANCEL, base64_line},
        state::Still,
    },
    command::{AppendData, Command, CommandKind, kind::missing},
    config::{ClearTextCredentials, Transport},
    encode::{self, EncodeSession, Encoded, Fragment},
    error::SendError,
    event::{CommandId, Status, Transmit},
    types::capability::{LiteralMode, speaks_rev2},
};

/// Ends IDLE.
pub(super) const DONE: Bytes = Bytes::from_static(b"DONE\r\n");

impl Connection {
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

    /// Octets to send, if there are any. Nothing leaves before the greeting, nor between the answer to STARTTLS and
    /// [`handle_tls_established`](Self::handle_tls_established), nor after an error.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        if self.failed.is_some() || self.still != Still::No || self.state() == State::Greeting {
            return None;
        }
        let (id, transmit) = self.outbox.poll()?;
        if let Some(request) = self.requests.iter_mut().find(|request| request.id == id) {
            request.on_wire = true;
        }
        Some(transmit)
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
            return Err(SendError::Busy { command: kind, waits_for: request.kind });
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
                all.literal_mode(&self.enabled)
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
