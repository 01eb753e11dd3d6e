//! The client machine, incoming: the next event in the bytes that came, and what it means.

use bytes::BytesMut;

use crate::{
    client::{
        Connection, Event, GreetingStatus, State,
        request::{Idle, Phase, Request},
        sasl::Reaction,
        send::DONE,
    },
    command::CommandKind,
    error::ProtocolError,
    event::{Status, Text},
    frame::{Cut, Head},
    response::{Condition, Line, Response, ResponseCode, parse},
    types::capability,
};

impl Connection {
    /// [`poll_event`](Self::poll_event) in the general case.
    pub(super) fn poll_slowly(
        &mut self,
        input: &mut BytesMut,
    ) -> Result<Option<Event>, ProtocolError> {
        self.check_failed()?;
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            if !self.session.is_open() {
                return Ok(None);
            }
            let step = match self.framer.cut(input) {
                Ok(None) => return Ok(None),
                Ok(Some(Cut::Chunk(octets))) => {
                    let chunk = input.split_to(octets).freeze();
                    Ok(self.wants_bodies().then_some(Event::Body { chunk }))
                }
                Ok(Some(Cut::End)) => Ok(self.wants_bodies().then_some(Event::BodyEnd)),
                Ok(Some(Cut::Head(head))) => self.body_start(input, &head),
                Ok(Some(Cut::Line(end))) => {
                    let line = self.framer.take_line(input, end);
                    self.response(line)
                }
                Err(error) => Err(error),
            };
            match step {
                Ok(Some(event)) => return Ok(Some(event)),
                Ok(None) => {}
                Err(error) => return Err(self.fail(error)),
            }
        }
    }

    /// Takes a complete response. `None` if it is no event.
    fn response(&mut self, line: Line) -> Result<Option<Event>, ProtocolError> {
        if self.state() == State::Greeting {
            return self.greeting(&line).map(Some);
        }
        match line.octets().first() {
            Some(b'*') => {
                self.untagged(&line);
                Ok(Some(Event::Untagged(line)))
            }
            Some(b'+') => self.continuation(&line),
            // COPYUID without `* OK`, as Exchange Online sends it.
            Some(b'[') if matches!(line.response(), Response::Condition { .. }) => {
                Ok(Some(Event::Untagged(line)))
            }
            _ => self.tagged(&line),
        }
    }

    /// Takes the start of a body. `None` if the caller does not want it.
    fn body_start(
        &mut self,
        input: &mut BytesMut,
        head: &Head,
    ) -> Result<Option<Event>, ProtocolError> {
        let item = input.get(head.item.clone()).unwrap_or_default();
        if self.state() == State::Greeting {
            // A body is part of a FETCH line, which is no greeting.
            return Err(ProtocolError::malformed("greeting", item));
        }
        let known = parse::fetch::body_item_name(item);
        let (seq, uid) = self.framer.take_head(input, head);
        // A body of no message, or of a section that does not exist, has no event. Its line comes.
        let known = known.filter(|_| seq.is_some() || uid.is_some());
        self.session.body_started(known.is_some());
        let (section, origin, binary) = known.unwrap_or_default();
        let octets = head.octets;
        let start = Event::BodyStart { seq, uid, section, origin, binary, octets };
        Ok(self.wants_bodies().then_some(start))
    }

    /// Whether a FETCH in flight wants bodies. Which FETCH a body answers is not known while it
    /// comes: Dovecot sends the responses of several commands before the tagged line of the first.
    pub(super) fn wants_bodies(&self) -> bool {
        let is_fetch = |request: &&Request| request.kind == CommandKind::Fetch && request.on_wire;
        let mut fetches = self.requests.iter().filter(is_fetch).peekable();
        !self.session.body_is_discarded()
            && (fetches.peek().is_none() || fetches.any(|request| !request.discarded))
    }

    // Untagged responses.

    /// ```abnf
    /// greeting        = "*" SP (resp-cond-auth / resp-cond-bye) CRLF
    /// resp-cond-auth  = ("OK" / "PREAUTH") SP resp-text
    /// ```
    fn greeting(&mut self, line: &Line) -> Result<Event, ProtocolError> {
        let malformed = || ProtocolError::malformed("greeting", line.octets());
        let Response::Condition { condition, code, text } = line.response() else {
            return Err(malformed());
        };
        let status = match condition {
            // A code without its star is no greeting.
            _ if !line.octets().starts_with(b"*") => return Err(malformed()),
            Condition::Ok => GreetingStatus::Ok,
            Condition::PreAuth => GreetingStatus::Preauth,
            Condition::Bye => GreetingStatus::Bye,
            Condition::No | Condition::Bad => return Err(malformed()),
        };
        if let Some(ResponseCode::Capability(list)) = &code {
            self.learn(list.as_wire());
        }
        match status {
            GreetingStatus::Bye => self.refuse_all(),
            _ => self.session.greeted(status == GreetingStatus::Preauth),
        }
        let text = Text::new(line.octets().slice_ref(&text));
        Ok(Event::Greeting { status, code: code.map(ResponseCode::into_owned), text })
    }

    /// Takes what affects the machine from an untagged response.
    fn untagged(&mut self, line: &Line) {
        let words = line.octets().get(1..).unwrap_or_default();
        match words.trim_ascii_start() {
            [first, second, ..] if affects_state(*first, *second) => {}
            _ => return,
        }
        // The caller parses the line as well; the machine needs no more than its words.
        if let Some(words) = parse::fast::capability_data(line.octets()) {
            return self.learn(words);
        }
        match line.response() {
            Response::Capability(list) => self.learn(list.as_wire()),
            Response::Enabled(list) => {
                // Bounds memory against a hostile server.
                let limit = self.config.limits.capabilities;
                let room = limit.saturating_sub(self.enabled.iter().count());
                let is_short = |name: &&[u8]| name.len() <= capability::LONGEST_CAPABILITY;
                list.iter().filter(is_short).take(room).for_each(|name| self.enabled.add(name));
                // The line answers the ENABLE in flight: its names need not be taken on trust.
                for request in &mut self.requests {
                    if let Phase::Enable(wanted) = &mut request.phase {
                        wanted.clear();
                    }
                }
            }
            Response::Condition { condition, code, .. } => {
                match code {
                    Some(ResponseCode::Capability(list)) => self.learn(list.as_wire()),
                    Some(ResponseCode::Closed) if self.is_selecting() => {
                        self.session.mailbox_closed();
                    }
                    _ => {}
                }
                if condition == Condition::Bye {
                    self.session.ended();
                }
            }
            _ => {}
        }
    }

    fn is_selecting(&self) -> bool {
        self.requests.iter().any(|request| {
            matches!(request.kind, CommandKind::Select | CommandKind::Examine) && request.on_wire
        })
    }

    fn learn(&mut self, words: &[u8]) {
        // Reuses the memory of the old list.
        let mut capabilities = self.capabilities.take().unwrap_or_default();
        capabilities.learn(words, self.config.limits.capabilities);
        for hidden in &self.config.hidden_capabilities {
            capabilities.remove(hidden);
        }
        self.capabilities = Some(capabilities);
        self.session.capabilities_came();
    }

    // Continuation requests.

    /// ```abnf
    /// continue-req    = "+" SP (resp-text / base64) CRLF
    /// ```
    ///
    /// It answers exactly one thing: the literal at the head of the queue, else a SASL exchange,
    /// else IDLE. A stray one does not approve something that is sent later.
    fn continuation(&mut self, line: &Line) -> Result<Option<Event>, ProtocolError> {
        if let Some(id) = self.outbox.release() {
            let ready = self.start_upload(id);
            return Ok(Some(ready.unwrap_or(Event::Continuation { id })));
        }
        let waits =
            |request: &&mut Request| request.on_wire && !matches!(request.phase, Phase::Plain);
        let Some(request) = self.requests.iter_mut().find(waits) else {
            return self.stray(line);
        };
        let (id, kind) = (request.id, request.kind);
        let unexpected = || Err(ProtocolError::unexpected(Some(kind), line.octets()));
        match &mut request.phase {
            // It is the client's turn.
            Phase::Sasl(_) if self.outbox.holds(id) => unexpected(),
            Phase::Sasl(exchange) => {
                let text = line.octets().get(1..).unwrap_or_default().trim_ascii();
                let limits = &self.config.limits;
                if text.len() > limits.sasl_line {
                    let limit = limits.sasl_line as u64;
                    return Err(ProtocolError::TooLong { what: "sasl_line", limit });
                }
                let (answer, secret, event) = match exchange.challenge(text, limits.sasl_rounds) {
                    Reaction::Challenge(data) => return Ok(Some(Event::Challenge { id, data })),
                    Reaction::Send(answer, secret) => (answer, secret, Event::Continuation { id }),
                    Reaction::OAuthFailure(failure, answer) => {
                        (answer, false, Event::OAuthFailure { id, failure })
                    }
                    Reaction::Unexpected => return unexpected(),
                };
                self.outbox.push(id, answer, secret);
                Ok(Some(event))
            }
            Phase::Idle(idle @ (Idle::Asked | Idle::ToEnd)) => {
                if *idle == Idle::ToEnd {
                    *idle = Idle::Ended;
                    self.outbox.push(id, DONE, false);
                } else {
                    *idle = Idle::Idling;
                }
                Ok(Some(Event::Idling { id }))
            }
            _ => self.stray(line),
        }
    }

    /// Exchange sends some (jstedfast/MailKit#852).
    fn stray(&mut self, line: &Line) -> Result<Option<Event>, ProtocolError> {
        if !self.session.allows_stray_continuation(self.config.limits.stray_continuations) {
            return Err(ProtocolError::unexpected(None, line.octets()));
        }
        Ok(Some(Event::Unrecognized { line: line.octets().clone() }))
    }

    /// A server that greets with BYE reads no command: those that were queued are refused unsent.
    fn refuse_all(&mut self) {
        self.session.ended();
        self.outbox.clear();
        let refused = self.requests.drain(..);
        self.ready.extend(refused.map(|request| Event::unanswered(request.id, Status::No)));
    }

    // Tagged responses.

    /// ```abnf
    /// response-tagged = tag SP resp-cond-state CRLF
    /// ```
    fn tagged(&mut self, line: &Line) -> Result<Option<Event>, ProtocolError> {
        let octets = line.octets();
        let mut words = octets.splitn(3, |&octet| octet == b' ' || octet == b'\r');
        let tag = words.next().unwrap_or_default();
        let word = words.next().unwrap_or_default();
        let mut requests = self.requests.iter().enumerate();
        let found = requests.find(|(_, request)| request.tag.as_bytes() == tag);
        let Some((place, request)) = found else {
            let is = |status: &[u8]| word.eq_ignore_ascii_case(status);
            let refuses_done = tag == b"DONE" && !is(b"OK") && self.session.take_unread_done();
            // "Server Unavailable. 15" of Exchange has neither tag nor star.
            return if !refuses_done && (is(b"OK") || is(b"NO") || is(b"BAD")) {
                Err(ProtocolError::unsolicited(octets))
            } else {
                Ok(Some(Event::Unrecognized { line: octets.clone() }))
            };
        };
        if !request.on_wire {
            return Err(ProtocolError::unsolicited(octets));
        }
        let malformed = || ProtocolError::malformed("tagged response", octets);
        let Response::Tagged { condition, code, text, .. } = line.response() else {
            return Err(malformed());
        };
        let status = condition.status().ok_or_else(malformed)?;
        if request.is_answered() {
            return Err(ProtocolError::unsolicited(octets));
        }
        let queued = self.outbox.holds(request.id);
        if status.is_ok() && request.is_unfinished(queued) {
            return Err(ProtocolError::unexpected(Some(request.kind), octets));
        }
        let done_left = !queued && matches!(request.phase, Phase::Idle(Idle::Ended));
        match request.phase {
            // They answer a question that the server does not ask any more.
            Phase::Sasl(_) | Phase::Idle(_) => self.outbox.forget(request.id),
            _ => self.outbox.refuse(request.id),
        }
        let text = Text::new(octets.slice_ref(&text));
        Ok(self.answered(place, status, code, text, done_left))
    }

    /// What the answer to a command changes. Returns its event, unless that has to wait.
    fn answered(
        &mut self,
        place: usize,
        status: Status,
        code: Option<ResponseCode<'_>>,
        text: Text,
        done_left: bool,
    ) -> Option<Event> {
        let request = self.requests.get(place)?;
        let (id, kind) = (request.id, request.kind);
        if let Phase::Enable(wanted) = &request.phase
            && (status.is_ok() && self.config.quirks.enabled_without_line)
        {
            wanted.iter().for_each(|name| self.enabled.add(name.as_bytes()));
        }
        self.session.answered(kind, status, done_left);
        self.relearn(kind, status, code.as_ref());
        let event = match self.state() {
            State::TlsNegotiation => Event::StartTls { id },
            State::Compressing => Event::StartCompression { id },
            _ => Event::Done { id, status, code: code.map(ResponseCode::into_owned), text },
        };
        // The announced bytes must still be sent, or the server would take the next command for
        // them. The answer waits until then.
        if let Some(Request { phase: Phase::Upload(upload), .. }) = self.requests.get_mut(place)
            && upload.is_awaited()
        {
            upload.answer = Some(event);
            return None;
        }
        self.requests.remove(place);
        Some(event)
    }

    /// Takes capabilities from a tagged answer. A login makes the old ones void (RFC 9051 section
    /// 6.2.3). Those in the answer to STARTTLS came in clear text and do not count (section 6.2.1).
    fn relearn(&mut self, kind: CommandKind, status: Status, code: Option<&ResponseCode<'_>>) {
        match code {
            Some(ResponseCode::Capability(list)) if kind != CommandKind::StartTls => {
                self.learn(list.as_wire());
            }
            _ if status.is_ok() && kind.is_login() && !self.session.capabilities_since_login() => {
                self.capabilities = None;
            }
            _ => {}
        }
    }

    /// The end: every further call returns this error, and nothing more is sent.
    pub(super) fn fail(&mut self, error: ProtocolError) -> ProtocolError {
        self.failed = Some(error.clone());
        self.session.closed();
        self.outbox.clear();
        self.requests.clear();
        self.ready.clear();
        error
    }
}

/// Whether untagged responses that begin so affect the state of the machine: OK, NO, BAD, BYE,
/// PREAUTH, CAPABILITY, ENABLED.
pub(super) const fn affects_state(first: u8, second: u8) -> bool {
    let start = [first.to_ascii_uppercase(), second.to_ascii_uppercase()];
    matches!(&start, b"OK" | b"NO" | b"BA" | b"BY" | b"PR" | b"CA" | b"EN")
}
