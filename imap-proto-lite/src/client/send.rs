//! The client machine, outgoing: commands, answers, and the next bytes to send.

use core::mem;

use bytes::Bytes;
use memchr::memchr;

use crate::{
    client::{
        Connection, Event, State,
        request::{Idle, Phase, Request, Upload},
        sasl::{CANCEL, base64_line},
    },
    command::{AppendData, Command, CommandKind, Tag, kind::Change},
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
    /// Commands may be sent before earlier ones are answered, except where RFC 9051 section 5.5
    /// forbids it, which is [`SendError::Busy`]:
    ///
    /// * No command may follow LOGIN, AUTHENTICATE, STARTTLS, COMPRESS, ENABLE, IDLE, LOGOUT or an
    ///   unfinished APPEND.
    /// * STARTTLS, LOGIN, AUTHENTICATE, COMPRESS and IDLE must not follow another command.
    /// * A command with sequence numbers must not follow one that lets the server send EXPUNGE.
    /// * A command that selects another mailbox, or none, must not follow one on the old mailbox.
    ///
    /// Literals wait in the queue for their own `+`, and so do the commands after them.
    ///
    /// # Errors
    ///
    /// [`SendError`] says why the command was refused. Nothing was queued then.
    pub fn send(&mut self, command: &Command<'_>) -> Result<CommandId, SendError> {
        self.check(command)?;
        let mut tags = self.tags.clone();
        let (request, encoded) = self.encode(self.next_id, tags.next(), command)?;
        // No error from here on: the command exists.
        self.tags = tags;
        self.next_id = request.id.next();
        Ok(self.queue(request, encoded))
    }

    /// Gives the data that the server waits for: the answer to a
    /// [`Challenge`](super::Event::Challenge) (raw bytes; the machine adds base64), or bytes of the
    /// message of an APPEND after [`ReadyForData`](super::Event::ReadyForData), in pieces of any
    /// size, up to exactly the announced number.
    ///
    /// # Errors
    ///
    /// [`SendError::NotAwaited`] before the server asked, [`SendError::TooLong`] for more than was
    /// announced or than the limit allows, [`SendError::InvalidArgument`] for NUL in a message that
    /// was not announced as literal8 (RFC 9051 section 4.3.1).
    pub fn answer(&mut self, id: CommandId, data: Bytes) -> Result<(), SendError> {
        let limit = self.config.limits.sasl_line;
        let (line, sensitive) = match &mut self.request(id)?.phase {
            Phase::Sasl(exchange) if exchange.is_waiting() => {
                let line = base64_line(&data, limit)?;
                exchange.answered();
                (line, true)
            }
            Phase::Upload(upload) if upload.started => {
                upload.give(&data)?;
                (data, false)
            }
            _ => return Err(SendError::NotAwaited),
        };
        self.outbox.push(id, line, sensitive);
        self.end_upload(id);
        Ok(())
    }

    /// Ends a SASL exchange with `*` in place of an answer (RFC 9051 section 6.2.2). The server
    /// answers the command with BAD.
    ///
    /// # Errors
    ///
    /// [`SendError::NotAwaited`] while no challenge waits for an answer.
    pub fn cancel(&mut self, id: CommandId) -> Result<(), SendError> {
        match &mut self.request(id)?.phase {
            Phase::Sasl(exchange) if exchange.is_waiting() => exchange.cancelled(),
            _ => return Err(SendError::NotAwaited),
        }
        self.outbox.push(id, CANCEL, false);
        Ok(())
    }

    /// Ends IDLE with `DONE`; its [`Done`](super::Event::Done) follows. Updates may still come
    /// before it. Before the server's `+` the request is remembered. Asking twice has no effect.
    ///
    /// # Errors
    ///
    /// [`SendError::UnknownCommand`] if the command is not in flight: the server may have ended it.
    /// [`SendError::NotAwaited`] if it is not an IDLE. [`SendError::Closed`] after the end.
    pub fn end_idle(&mut self, id: CommandId) -> Result<(), SendError> {
        let Phase::Idle(idle) = &mut self.request(id)?.phase else {
            return Err(SendError::NotAwaited);
        };
        match idle {
            Idle::Asked => *idle = Idle::ToEnd,
            Idle::Idling => {
                *idle = Idle::Ended;
                self.outbox.push(id, DONE, false);
            }
            Idle::ToEnd | Idle::Ended => {}
        }
        Ok(())
    }

    /// Drops the rest of this command: the bodies of a FETCH are skipped without events, from the
    /// next byte on. Its lines still come, because they belong to the connection, and so does its
    /// `Done`. While another FETCH is in flight the bodies of both come, because the server does
    /// not say which FETCH a body answers.
    pub fn discard(&mut self, id: CommandId) {
        if let Some(request) = self.requests.iter_mut().find(|request| request.id == id) {
            request.discarded = true;
        }
    }

    /// Takes a command back. `true`: none of its bytes was polled, so it never happened; none of
    /// its bytes leaves, and it gets no `Done`. `false`: nothing changed, because the command has
    /// left in part or as a whole, or because a later command depends on it (a FETCH on the SELECT
    /// before it), or because there is no such command.
    pub fn withdraw(&mut self, id: CommandId) -> bool {
        let place = self.requests.iter().position(|request| request.id == id);
        let Some(place) = place.filter(|place| self.may_withdraw(*place)) else {
            return false;
        };
        self.requests.remove(place);
        self.outbox.forget(id);
        // An upload without a synchronising literal is ready before the command has left.
        self.ready.retain(|event| event.id() != Some(id));
        // The last tag was seen by no server: the next command may have it.
        if self.next_id == id.next() {
            self.tags.take_back();
        }
        true
    }

    // What to do now.

    /// The next bytes to send, if there are any. No byte leaves before the greeting, nor between
    /// the answer to STARTTLS and [`handle_tls_established`](Self::handle_tls_established), nor
    /// after an error.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        if !self.session.may_transmit() {
            return None;
        }
        let (id, transmit) = self.outbox.poll()?;
        if let Some(request) = self.requests.iter_mut().find(|request| request.id == id) {
            if !request.on_wire && request.kind.is_login() {
                self.session.login_started();
            }
            request.on_wire = true;
        }
        Some(transmit)
    }

    // Inside: what may be sent.

    /// The command that the application speaks to.
    fn request(&mut self, id: CommandId) -> Result<&mut Request, SendError> {
        if !self.session.accepts_commands() {
            return Err(SendError::Closed);
        }
        self.requests.iter_mut().find(|request| request.id == id).ok_or(SendError::UnknownCommand)
    }

    fn check(&self, command: &Command<'_>) -> Result<(), SendError> {
        if !self.session.accepts_commands() {
            return Err(SendError::Closed);
        }
        let kind = command.kind();
        // The order of commands: RFC 9051 section 5.5.
        if let Some(request) = self.requests.iter().rev().find(|request| request.delays(command)) {
            return Err(SendError::Busy { command: kind, waits_for: request.kind });
        }
        // The state, as if all commands in flight succeed. If one fails, the server refuses what
        // follows, and no harm is done.
        let state = self.state_after(self.requests.iter());
        let tls_twice = kind == CommandKind::StartTls && self.config.transport == Transport::Tls;
        if tls_twice || !state.allows(kind) {
            return Err(SendError::NotAllowed { command: kind, state });
        }
        let limit = self.config.limits.commands_in_flight;
        if self.in_flight() >= limit {
            return Err(SendError::TooManyInFlight { limit });
        }
        // Credentials and capabilities.
        if kind.is_login()
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
        let missing = command.missing(capabilities, &self.enabled);
        let missing = missing.filter(|_| !self.config.quirks.unannounced);
        missing.map_or(Ok(()), |name| Err(SendError::MissingCapability(name)))
    }

    /// The state if all these commands succeed.
    fn state_after<'r>(&self, requests: impl Iterator<Item = &'r Request>) -> State {
        requests.fold(self.state(), |state, request| state.after(request.kind, Status::Ok))
    }

    /// Whether the command at this place has not left, and the later ones do not depend on it.
    fn may_withdraw(&self, place: usize) -> bool {
        let mut requests = self.requests.iter();
        let mut state = self.state_after(requests.by_ref().take(place));
        let Some(withdrawn) = requests.next().filter(|request| !request.on_wire) else {
            return false;
        };
        // Without a SELECT, later commands would act on the mailbox selected before it.
        let mut selects =
            matches!(withdrawn.kind.facts().change, Change::Select | Change::Deselect);
        // Without a search that saves its result, they would act on the result saved before it.
        let mut saves = withdrawn.saves_result;
        for request in requests {
            let facts = request.kind.facts();
            if !state.allows(request.kind)
                || (selects && request.kind.needs_mailbox())
                || (saves && request.uses_saved_result)
            {
                return false;
            }
            saves &= !request.saves_result && facts.change != Change::Select;
            selects &= facts.change != Change::Select;
            state = state.after(request.kind, Status::Ok);
        }
        true
    }

    // Inside: encoding and queueing.

    /// A command and its fragments, as this session may send them.
    fn encode(
        &self,
        id: CommandId,
        tag: Tag<'static>,
        command: &Command<'_>,
    ) -> Result<(Request, Encoded), SendError> {
        let deferred = self.defer_initial_response(command)?;
        let (command, initial_response) = match &deferred {
            Some((without, line)) => (without, Some(line.clone())),
            None => (command, None),
        };
        let request = Request::new(id, tag, command, initial_response);
        let session = EncodeSession::new(self.literal_mode(), self.utf8());
        let encoded = encode::command(&request.tag, command, &session).map_err(|error| {
            SendError::InvalidArgument { argument: error.argument, reason: error.reason }
        })?;
        let limit = self.config.limits.command;
        if encoded.octets() > limit {
            return Err(SendError::TooLong { limit });
        }
        Ok((request, encoded))
    }

    /// AUTHENTICATE without its initial response, and the line with that response, if the line has
    /// to wait for the server's `+` (RFC 4959).
    fn defer_initial_response<'a>(
        &self,
        command: &Command<'a>,
    ) -> Result<Option<(Command<'a>, Bytes)>, SendError> {
        let Command::Authenticate { mechanism, initial_response: Some(response) } = command else {
            return Ok(None);
        };
        let line = base64_line(response, self.config.limits.sasl_line)?;
        let announced = self.capabilities.as_ref().is_some_and(|all| all.has("SASL-IR"));
        let short = line.len() <= self.config.limits.sasl_initial_response.saturating_add(2);
        if announced && short && !self.config.quirks.no_initial_response {
            return Ok(None);
        }
        let mechanism = mechanism.clone();
        Ok(Some((Command::Authenticate { mechanism, initial_response: None }, line)))
    }

    fn queue(&mut self, mut request: Request, encoded: Encoded) -> CommandId {
        let id = request.id;
        let (mut is_announced, mut tail) = (false, Bytes::new());
        for fragment in encoded {
            match fragment {
                // The rest of an APPEND leaves after the message.
                Fragment::Octets { octets, .. } if is_announced => tail = octets,
                Fragment::Octets { octets, sensitive } => self.outbox.push(id, octets, sensitive),
                Fragment::Continuation => self.outbox.push_await(id),
                Fragment::Streamed { .. } => is_announced = true,
            }
        }
        if let Phase::Upload(upload) = &mut request.phase {
            upload.tail = tail;
        }
        self.requests.push_back(request);
        // Without a literal that waits for a `+`, the message may follow at once.
        let ready = self.start_upload(id);
        self.ready.extend(ready);
        id
    }

    /// The server takes the message of this command, unless one more literal waits for a `+`.
    pub(super) fn start_upload(&mut self, id: CommandId) -> Option<Event> {
        if self.outbox.awaits(id) {
            return None;
        }
        self.upload(id)?.started = true;
        self.end_upload(id);
        Some(Event::ReadyForData { id })
    }

    /// After the whole message: queues the rest of the command, and hands out the answer if it has
    /// come already.
    fn end_upload(&mut self, id: CommandId) {
        let Some(upload) = self.upload(id).filter(|upload| upload.remaining == 0) else {
            return;
        };
        let (tail, answer) = (mem::take(&mut upload.tail), upload.answer.take());
        self.outbox.push(id, tail, false);
        if let Some(done) = answer {
            self.requests.retain(|request| request.id != id);
            self.ready.push_back(done);
        }
    }

    fn upload(&mut self, id: CommandId) -> Option<&mut Upload> {
        self.requests.iter_mut().find_map(|request| match &mut request.phase {
            Phase::Upload(upload) if request.id == id => Some(upload),
            _ => None,
        })
    }

    /// How literals may be sent, as far as the server said so (RFC 7888).
    fn literal_mode(&self) -> LiteralMode {
        let capabilities = self.capabilities.as_ref();
        let usable = capabilities.filter(|_| !self.config.quirks.synchronising_literals);
        usable.map_or(LiteralMode::Sync, |all| all.literal_mode(&self.enabled))
    }

    /// Whether quoted strings may contain 8-bit bytes, and mailbox names are UTF-8 (RFC 6855,
    /// RFC 9051 section 5.1).
    pub fn utf8(&self) -> bool {
        self.enabled.has("UTF8=ACCEPT")
            || self.capabilities.as_ref().is_some_and(|all| speaks_rev2(all, &self.enabled))
    }
}

impl Upload {
    /// The caller gives a part of the message.
    fn give(&mut self, data: &[u8]) -> Result<(), SendError> {
        let length = data.len() as u64;
        if length > self.remaining {
            let limit = usize::try_from(self.remaining).unwrap_or(usize::MAX);
            return Err(SendError::TooLong { limit });
        }
        if self.data == AppendData::Literal && memchr(0, data).is_some() {
            return Err(SendError::InvalidArgument {
                argument: "message",
                reason: "NUL needs a literal8",
            });
        }
        self.remaining -= length;
        Ok(())
    }
}
