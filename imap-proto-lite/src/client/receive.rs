//! The client machine, incoming: what each response means, given what is in flight.

use base64::{
    Engine as _,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;

use crate::{
    client::{
        Connection, Event, GreetingStatus,
        connection::{CANCEL, DONE, Still},
        request::{Idle, Phase, Request},
    },
    command::CommandKind,
    error::ProtocolError,
    event::{CommandId, Line, Status, Text},
    response::{Condition, Response, ResponseCode, parse},
    types::capability,
};

/// Servers forget the padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

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
        if let Some(words) = parse::plain_capabilities(line.octets()) {
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
                    return Err(ProtocolError::TooLong { what: "sasl_line", limit: limit as u64 });
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
                Err(ProtocolError::UnknownTag { line: Text::excerpt(octets) })
            } else {
                Ok(Some(Event::Unrecognized { line: octets.clone() }))
            };
        };
        if self.requests.get(place).is_some_and(|request| !request.on_wire) {
            return Err(ProtocolError::UnknownTag { line: Text::excerpt(octets) });
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
