//! The client machine, incoming: the next event in the octets that came, and what it means.

use base64::Engine as _;
use bytes::{Buf as _, Bytes, BytesMut};

use crate::{
    client::{
        Connection, Event, GreetingStatus, State,
        request::{Idle, Phase, Request},
        sasl::{BASE64, CANCEL},
        send::DONE,
        state::Still,
    },
    command::CommandKind,
    error::ProtocolError,
    event::{CommandId, Status, Text},
    frame::{Cut, Head},
    response::{Condition, FetchAttribute, Line, Response, ResponseCode, Streamed, parse},
    types::{
        capability,
        section::{PartNumber, Section},
    },
};

impl Connection {
    /// The next event, taken out of `input`. `None`: append octets and call again. Between two calls octets may only be
    /// appended to `input`.
    ///
    /// What came may have released octets to send, also where it is no event (the `+` for a literal, or for an initial response
    /// that did not go with AUTHENTICATE): look at [`poll_transmit`](Self::poll_transmit) behind each call, before waiting for more.
    ///
    /// # Errors
    ///
    /// See [`ProtocolError`]. The connection is over then, and the error comes again for ever.
    #[inline]
    pub fn poll_event(&mut self, input: &mut BytesMut) -> Result<Option<Event>, ProtocolError> {
        if !self.undisturbed() {
            return self.poll_other_event(input);
        }
        if self.framer.is_waiting(input) {
            return Ok(None);
        }
        self.poll_input(input)
    }

    // Each event is put together where the caller wants it: to move one costs as much as to find where it ends.

    /// There is nothing but the input to look at.
    fn poll_input(&mut self, input: &mut BytesMut) -> Result<Option<Event>, ProtocolError> {
        if let Some(end) = self.plain_data(input) {
            let octets = input.split_to(end).freeze();
            return Ok(Some(Event::Untagged(Line::new(octets, Streamed::Nowhere))));
        }
        if self.framer.in_body() && self.wants_bodies() {
            return Ok(Some(match self.framer.cut_body(input) {
                Some(octets) => {
                    let chunk = input.split_to(octets).freeze();
                    Event::Body { chunk }
                }
                None => Event::BodyEnd,
            }));
        }
        self.poll_other_event(input)
    }

    /// Whatever is neither a plain line of data nor of a body that somebody wants. Never inlined, so that those need no stack for all this.
    #[inline(never)]
    fn poll_other_event(&mut self, input: &mut BytesMut) -> Result<Option<Event>, ProtocolError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            if self.still != Still::No {
                return Ok(None);
            }
            let step = match self.framer.cut(input) {
                Ok(None) => return Ok(None),
                // Of a body that nobody wants: all others were seen to before.
                Ok(Some(Cut::Chunk(octets))) => {
                    input.advance(octets);
                    Ok(None)
                }
                Ok(Some(Cut::End)) => Ok(None),
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

    /// Whether there is nothing but the input to look at.
    #[inline]
    fn undisturbed(&self) -> bool {
        self.failed.is_none() && self.still == Still::No && self.ready.is_empty()
    }

    /// Where a line of data ends that is nothing to the machine: most of what a server sends, so it goes straight to the caller. Whatever is
    /// out of the ordinary is left to [`response`](Self::response), which would come to the same.
    #[inline]
    fn plain_data(&self, input: &[u8]) -> Option<usize> {
        match input {
            [b'*', b' ', first, second, ..]
                if self.state() != State::Greeting
                    && *first != b' '
                    && !concerns_the_machine(*first, *second) =>
            {
                self.framer.untouched_line(input)
            }
            _ => None,
        }
    }

    /// A complete response. No event: there is nothing to say about it.
    fn response(&mut self, line: Line) -> Result<Option<Event>, ProtocolError> {
        if self.state() == State::Greeting {
            return self.greeting(&line).map(Some);
        }
        match line.octets().first() {
            Some(b'*') => {
                self.untagged(&line);
                Ok(Some(Event::Untagged(line)))
            }
            Some(b'+') => self.continuation(line),
            _ => self.tagged(line),
        }
    }

    /// A body starts. No event: nobody wants it.
    fn body_start(
        &mut self,
        input: &mut BytesMut,
        head: &Head,
    ) -> Result<Option<Event>, ProtocolError> {
        let item = input.get(head.item.clone()).unwrap_or_default();
        if self.state() == State::Greeting {
            // A body needs a FETCH line, which is no greeting.
            return Err(ProtocolError::malformed("greeting", item));
        }
        let known = body_item(item);
        let (seq, uid) = self.framer.take_head(input, head);
        // Of no message, or of a section that does not exist: the line behind it will say so.
        let known = known.filter(|_| seq.is_some() || uid.is_some());
        self.skips_body = known.is_none();
        let (section, origin, binary) = known.unwrap_or_default();
        Ok(self.wants_bodies().then_some(Event::BodyStart {
            seq,
            uid,
            section,
            origin,
            binary,
            octets: head.octets,
        }))
    }

    /// Whether some FETCH on its way wants bodies. Which of them a body answers is not known while it comes: Dovecot sends the
    /// responses of several commands before the tagged line of the first.
    fn wants_bodies(&self) -> bool {
        let mut fetches = self
            .requests
            .iter()
            .filter(|request| request.kind == CommandKind::Fetch && request.on_wire)
            .peekable();
        !self.skips_body && (fetches.peek().is_none() || fetches.any(|request| !request.discarded))
    }
}

/// What the name of a body item says: section, origin, and whether the transfer encoding is undone (`BINARY`).
fn body_item(item: &[u8]) -> Option<(Section<'static>, Option<u64>, bool)> {
    match item {
        b"BODY[]" => return Some((Section::full(), None, false)),
        b"BODY[HEADER]" => return Some((Section::header(), None, false)),
        b"BODY[TEXT]" => return Some((Section::text(), None, false)),
        _ => {}
    }
    let line = [b"* 1 FETCH (", item, b" NIL)\r\n"].concat();
    let Response::Fetch(fetch) = parse::response(&line, &[]) else {
        return None;
    };
    let found = match fetch.iter().next()? {
        FetchAttribute::BodySection { section, origin, .. } => {
            (section.into_owned(), origin, false)
        }
        FetchAttribute::Binary { part, origin, .. } => {
            (Section { part: part.map(PartNumber::into_owned), text: None }, origin, true)
        }
        FetchAttribute::Rfc822(_) => (Section::full(), None, false),
        FetchAttribute::Rfc822Header(_) => (Section::header(), None, false),
        FetchAttribute::Rfc822Text(_) => (Section::text(), None, false),
        _ => return None,
    };
    Some(found)
}

impl Connection {
    /// ```abnf
    /// greeting        = "*" SP (resp-cond-auth / resp-cond-bye) CRLF
    /// resp-cond-auth  = ("OK" / "PREAUTH") SP resp-text
    /// ```
    pub(super) fn greeting(&mut self, line: &Line) -> Result<Event, ProtocolError> {
        let Response::Condition { condition, code, text } = line.response() else {
            return Err(ProtocolError::malformed("greeting", line.octets()));
        };
        let status = match condition {
            Condition::Ok => GreetingStatus::Ok,
            Condition::PreAuth => GreetingStatus::Preauth,
            Condition::Bye => GreetingStatus::Bye,
            Condition::No | Condition::Bad => {
                return Err(ProtocolError::malformed("greeting", line.octets()));
            }
        };
        if let Some(ResponseCode::Capability(list)) = &code {
            self.learn(list.as_wire());
        }
        match status {
            GreetingStatus::Bye => self.session.ended(),
            GreetingStatus::Ok | GreetingStatus::Preauth => {
                self.session.greeted(status == GreetingStatus::Preauth)
            }
        }
        Ok(Event::Greeting {
            status,
            code: code.map(ResponseCode::into_owned),
            text: text_in(line, &text),
        })
    }

    /// What the machine itself takes from an untagged response.
    pub(super) fn untagged(&mut self, line: &Line) {
        let words = line.octets().get(1..).unwrap_or_default();
        match words.trim_ascii_start() {
            [first, second, ..] if concerns_the_machine(*first, *second) => {}
            _ => return,
        }
        // The caller has the line parsed as well; here its words are enough.
        if let Some(words) = parse::fast::capability_data(line.octets()) {
            return self.learn(words);
        }
        match line.response() {
            Response::Capability(list) => self.learn(list.as_wire()),
            Response::Enabled(list) => {
                let limit = self.config.limits.capabilities;
                let room = limit.saturating_sub(self.enabled.iter().count());
                let names = list.iter().filter(|name| name.len() <= capability::LONGEST).take(room);
                for name in names {
                    self.enabled.add(name);
                }
                // The line answers the ENABLE in flight, and nothing needs to be taken on trust.
                for request in &mut self.requests {
                    if let Phase::Enable(wanted) = &mut request.phase {
                        wanted.clear();
                    }
                }
            }
            Response::Condition { condition, code, .. } => {
                match code {
                    Some(ResponseCode::Capability(list)) => self.learn(list.as_wire()),
                    Some(ResponseCode::Closed) if self.selecting() => self.session.mailbox_closed(),
                    _ => {}
                }
                if condition == Condition::Bye {
                    self.session.ended();
                }
            }
            _ => {}
        }
    }

    fn selecting(&self) -> bool {
        self.requests.iter().any(|request| {
            matches!(request.kind, CommandKind::Select | CommandKind::Examine) && request.on_wire
        })
    }

    fn learn(&mut self, words: &[u8]) {
        // The memory of the old ones serves again.
        let mut capabilities = self.capabilities.take().unwrap_or_default();
        capabilities.learn(words, self.config.limits.capabilities);
        for hidden in &self.config.hidden_capabilities {
            capabilities.remove(hidden);
        }
        self.capabilities = Some(capabilities);
        self.relearned = true;
    }

    /// ```abnf
    /// continue-req    = "+" SP (resp-text / base64) CRLF
    /// ```
    ///
    /// It answers exactly one thing: the literal at the head of the queue, else a SASL exchange, else IDLE. One for
    /// nothing is no approval of something later.
    pub(super) fn continuation(&mut self, line: Line) -> Result<Option<Event>, ProtocolError> {
        if let Some(id) = self.outbox.awaiting() {
            self.outbox.release();
            return Ok(self.start_upload(id));
        }
        let Some(request) = self
            .requests
            .iter_mut()
            .find(|request| request.on_wire && !matches!(request.phase, Phase::Plain))
        else {
            return self.stray(line);
        };
        let id = request.id;
        match &mut request.phase {
            Phase::Sasl(sasl) if !sasl.awaited && !sasl.cancelled && !self.outbox.holds(id) => {
                if let Some(initial) = sasl.initial.take() {
                    self.outbox.push(id, initial, true);
                    return Ok(None);
                }
                let text = line.octets().get(1..).unwrap_or_default().trim_ascii();
                let limit = self.config.limits.sasl_line;
                if text.len() > limit {
                    return Err(ProtocolError::too_long("sasl_line", limit as u64));
                }
                sasl.rounds += 1;
                match BASE64.decode(text) {
                    Ok(data) if sasl.rounds <= self.config.limits.sasl_rounds => {
                        sasl.awaited = true;
                        Ok(Some(Event::Challenge { id, data: Bytes::from(data) }))
                    }
                    // No mechanism has so many rounds, and none speaks anything but base64.
                    _ => {
                        sasl.cancelled = true;
                        self.outbox.push(id, CANCEL, false);
                        Ok(None)
                    }
                }
            }
            Phase::Idle(idle @ Idle::Asked { .. }) => {
                if *idle == (Idle::Asked { end: true }) {
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
    fn stray(&mut self, line: Line) -> Result<Option<Event>, ProtocolError> {
        self.strays += 1;
        if self.strays > self.config.limits.stray_continuations {
            return Err(ProtocolError::unexpected(None, line.octets()));
        }
        Ok(Some(Event::Unrecognized { line: line.octets().clone() }))
    }

    /// A `+` came for a literal of this command. Was it the message?
    pub(super) fn start_upload(&mut self, id: CommandId) -> Option<Event> {
        if self.outbox.awaits(id) {
            return None;
        }
        let request = self.requests.iter_mut().find(|request| request.id == id)?;
        let Phase::Upload(upload) = &mut request.phase else {
            return None;
        };
        upload.started = true;
        if upload.remaining == 0 {
            self.outbox.push(id, upload.tail.clone(), false);
        }
        Some(Event::ReadyForData { id })
    }

    /// ```abnf
    /// response-tagged = tag SP resp-cond-state CRLF
    /// ```
    pub(super) fn tagged(&mut self, line: Line) -> Result<Option<Event>, ProtocolError> {
        let octets = line.octets();
        let mut words = octets.splitn(3, |&octet| octet == b' ' || octet == b'\r');
        let tag = words.next().unwrap_or_default();
        let word = words.next().unwrap_or_default();
        let Some(place) = self.requests.iter().position(|request| request.tag.as_bytes() == tag)
        else {
            // "Server Unavailable. 15" of Exchange has neither tag nor star.
            return if [&b"OK"[..], b"NO", b"BAD"]
                .iter()
                .any(|status| word.eq_ignore_ascii_case(status))
            {
                Err(ProtocolError::unsolicited(octets))
            } else {
                Ok(Some(Event::Unrecognized { line: octets.clone() }))
            };
        };
        if self.requests.get(place).is_some_and(|request| !request.on_wire) {
            return Err(ProtocolError::unsolicited(octets));
        }
        let Response::Tagged { condition, code, text, .. } = line.response() else {
            return Err(ProtocolError::malformed("tagged response", octets));
        };
        let status = match condition {
            Condition::Ok => Status::Ok,
            Condition::No => Status::No,
            Condition::Bad => Status::Bad,
            Condition::PreAuth | Condition::Bye => {
                return Err(ProtocolError::malformed("tagged response", octets));
            }
        };
        let text = text_in(&line, &text);
        self.answered(place, status, code, text, octets)
    }

    fn answered(
        &mut self,
        place: usize,
        status: Status,
        code: Option<ResponseCode<'_>>,
        text: Text,
        octets: &[u8],
    ) -> Result<Option<Event>, ProtocolError> {
        let Some(request) = self.requests.remove(place) else {
            return Err(ProtocolError::unexpected(None, octets));
        };
        let Request { id, kind, phase, .. } = request;
        match phase {
            // What is queued of it answers something that nobody waits for any more.
            Phase::Sasl(_) | Phase::Idle(_) => self.outbox.forget(id),
            _ if self.outbox.holds(id) => {
                if status.is_ok() {
                    // It cannot have been done: the server does not have all of it.
                    return Err(ProtocolError::unexpected(Some(kind), octets));
                }
                self.outbox.refuse(id);
            }
            _ => {}
        }
        self.session.answered(kind, status);
        self.relearn(kind, status, code.as_ref());
        if status.is_ok() {
            match (kind, &phase) {
                (CommandKind::StartTls, _) => {
                    self.still = Still::StartTls;
                    return Ok(Some(Event::StartTls { id }));
                }
                (CommandKind::Compress, _) => {
                    self.still = Still::Compression;
                    return Ok(Some(Event::StartCompression { id }));
                }
                (_, Phase::Enable(wanted)) if self.config.quirks.enabled_without_line => {
                    for name in wanted {
                        self.enabled.add(name.as_bytes());
                    }
                }
                _ => {}
            }
        }
        let done = Event::Done { id, status, code: code.map(ResponseCode::into_owned), text };
        match phase {
            // The octets that were promised are owed all the same: what follows would be taken for them.
            Phase::Upload(mut upload) if upload.started && upload.remaining > 0 => {
                upload.answer = Some(done);
                self.requests.insert(place, Request { phase: Phase::Upload(upload), ..request });
                Ok(None)
            }
            _ => Ok(Some(done)),
        }
    }

    /// The message of an upload is complete: hand out the answer that waited for that.
    pub(super) fn release_answer(&mut self, id: CommandId) {
        let Some(place) = self.requests.iter().position(|request| request.id == id) else {
            return;
        };
        let Some(Request { phase: Phase::Upload(upload), .. }) = self.requests.get_mut(place)
        else {
            return;
        };
        if let Some(done) = upload.answer.take() {
            self.requests.remove(place);
            self.ready.push_back(done);
        }
    }

    /// Capabilities behind a tagged answer. A login makes the old ones void (RFC 9051 section 6.2.3); what comes with the answer to STARTTLS
    /// was said in clear text (section 6.2.1).
    fn relearn(&mut self, kind: CommandKind, status: Status, code: Option<&ResponseCode<'_>>) {
        let login =
            status.is_ok() && matches!(kind, CommandKind::Login | CommandKind::Authenticate);
        match code {
            Some(ResponseCode::Capability(list)) if kind != CommandKind::StartTls => {
                self.learn(list.as_wire())
            }
            _ if login && !self.relearned => self.capabilities = None,
            _ => {}
        }
    }

    /// The end: this error for ever, and nothing more to send.
    pub(super) fn fail(&mut self, error: ProtocolError) -> ProtocolError {
        self.failed = Some(error.clone());
        self.outbox.clear();
        self.requests.clear();
        self.ready.clear();
        error
    }
}

/// Whether the machine has to know untagged responses that begin so: OK, NO, BAD, BYE, PREAUTH, CAPABILITY, ENABLED.
#[inline]
pub(super) const fn concerns_the_machine(first: u8, second: u8) -> bool {
    matches!(
        (first.to_ascii_uppercase(), second.to_ascii_uppercase()),
        (b'O', b'K')
            | (b'N', b'O')
            | (b'B', b'A' | b'Y')
            | (b'P', b'R')
            | (b'C', b'A')
            | (b'E', b'N')
    )
}

/// Text of a response, as a slice of its line.
fn text_in(line: &Line, text: &[u8]) -> Text {
    let octets = line.octets();
    let all = octets.strip_suffix(b"\r\n").or_else(|| octets.strip_suffix(b"\n")).unwrap_or(octets);
    if text.is_empty() {
        Text::default()
    } else if all.ends_with(text) {
        Text::new(octets.slice(all.len() - text.len()..all.len()))
    } else {
        Text::new(Bytes::copy_from_slice(text))
    }
}
