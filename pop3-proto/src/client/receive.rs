//! Reading answers: bytes to events.

use alloc::boxed::Box;

use bytes::{Buf as _, Bytes, BytesMut};

use super::{
    connection::Connection,
    event::Event,
    fast,
    request::{Body, Item, Items, Listing, Outcome, Reading, Shape, Strictness},
    sasl::Reaction,
};
use crate::{
    body::{Decoded, DotDecoder},
    command::CommandKind,
    error::ProtocolError,
    event::{Status, Text, Transmit},
    frame::{Line, LineEnd},
    response::{Response, ResponseCode, StatusLine, parse},
    state::State,
    types::{self, Capabilities, Timestamp, UniqueId},
};

/// The result of one step of reading.
enum Progress {
    Event(Event),
    /// The input allows another step.
    Continue,
    /// More input is needed.
    More,
}

impl Progress {
    /// The event, unless the caller does not want it.
    fn unless(discard: bool, event: Event) -> Self {
        if discard { Self::Continue } else { Self::Event(event) }
    }
}

impl Connection {
    /// The next event. `Ok(None)` means: append bytes to `input` and call again. After
    /// [`Event::StartTls`], do the handshake first.
    ///
    /// Removes from the front of `input` what it has read. To slow the server down, stop polling:
    /// the bytes stay in `input`, and when that is full, stop reading.
    ///
    /// # Errors
    /// The server broke the protocol; the same error is returned for ever.
    pub fn poll_event(&mut self, input: &mut BytesMut) -> Result<Option<Event>, ProtocolError> {
        if let Some(error) = self.error() {
            return Err(error.clone());
        }
        if let Some(event) = fast::item(self, input) {
            return Ok(Some(event));
        }
        self.read(input).map_err(|error| self.fail(error))
    }

    fn read(&mut self, input: &mut BytesMut) -> Result<Option<Event>, ProtocolError> {
        loop {
            match self.state() {
                State::Greeting => return self.read_greeting(input),
                // Whatever is here was sent in clear text, perhaps by an attacker.
                State::TlsNegotiation if input.is_empty() => return Ok(None),
                State::TlsNegotiation => return Err(ProtocolError::InputAfterStartTls),
                State::Update | State::Closed => {
                    // Nothing after the answer to QUIT (or a refused greeting) has a meaning.
                    input.clear();
                    return Ok(self.refuse_next());
                }
                State::Authorization | State::Transaction => {}
            }
            if self.session.is_unsolicited() {
                return self.read_unsolicited(input);
            }
            let progress = match &self.reading {
                Reading::Status => self.read_status(input)?,
                Reading::Items(_) => self.read_item(input)?,
                Reading::Body(_) => self.read_body(input)?,
                Reading::Done => self.complete(input).map_or(Progress::Continue, Progress::Event),
            };
            match progress {
                Progress::Event(event) => return Ok(Some(event)),
                Progress::More => return Ok(None),
                Progress::Continue => {}
            }
        }
    }

    /// Gives the `Done` of the next command that was queued before a greeting that is a refusal.
    fn refuse_next(&mut self) -> Option<Event> {
        let request = self.queue.pop()?;
        Some(Event::Done { id: request.id, status: Status::Err, code: None, text: Text::default() })
    }

    /// Reads a line that no command asked for to its end, so that the error shows all of it however
    /// the input is cut. A caller that dropped the input gets the error too.
    fn read_unsolicited(&mut self, input: &BytesMut) -> Result<Option<Event>, ProtocolError> {
        if input.is_empty() {
            return Err(ProtocolError::unsolicited(input));
        }
        let shown = match self.framer.line(input, None, self.config.limits.status_line) {
            Ok(None) => return Ok(None),
            Ok(Some(line)) => line.content,
            Err(limit) => limit,
        };
        Err(ProtocolError::unsolicited(input.get(..shown).unwrap_or(input)))
    }

    fn read_greeting(&mut self, input: &mut BytesMut) -> Result<Option<Event>, ProtocolError> {
        let limit = self.config.limits.status_line;
        let found = self.line(input, limit);
        let found = found.map_err(|_| ProtocolError::too_long("status_line", limit))?;
        let Some((line, _)) = found else {
            return Ok(None);
        };
        let Some(StatusLine { status, text }) = parse::status_line(&line) else {
            return Err(ProtocolError::unexpected(None, &line));
        };
        let timestamp = types::timestamp(text).map(|timestamp| Timestamp(timestamp.into()));
        let outcome = self.outcome(status, &line, text);
        self.session.greeted(status);
        self.check_for_early_input(input);
        self.timestamp.clone_from(&timestamp);
        Ok(Some(Event::Greeting { status, code: outcome.code, text: outcome.text, timestamp }))
    }

    /// Reads the first line of an answer.
    fn read_status(&mut self, input: &mut BytesMut) -> Result<Progress, ProtocolError> {
        let Some(due) = self.queue.due() else {
            if input.is_empty() {
                return Ok(Progress::More);
            }
            self.session.received_unsolicited();
            return Ok(Progress::Continue);
        };
        let kind = due.kind;
        let limits = &self.config.limits;
        let sasl_line = limits.sasl_octets.div_ceil(3) * 4 + 4;
        // While a challenge waits for the caller, the server may refuse but not send another.
        let takes_challenge = matches!(&due.shape, Shape::Auth(exchange) if !exchange.is_waiting());
        let (longest, error) = if takes_challenge && sasl_line > limits.status_line {
            (sasl_line, ProtocolError::too_long("sasl_octets", limits.sasl_octets))
        } else {
            (limits.status_line, ProtocolError::too_long("status_line", limits.status_line))
        };
        let Some((line, end)) = self.line(input, longest).map_err(|_| error)? else {
            return Ok(Progress::More);
        };
        match parse::response(&line) {
            Some(Response::Status(StatusLine { status: Status::Ok, text })) => {
                self.accepted(&line, text, end)
            }
            Some(Response::Status(StatusLine { status: Status::Err, text })) => {
                Ok(self.refused(&line, text))
            }
            Some(Response::Challenge(text)) => self.challenge(text, &line),
            None => Err(ProtocolError::unexpected(Some(kind), &line)),
        }
    }

    /// `-ERR` ends every answer.
    fn refused(&mut self, line: &Bytes, text: &[u8]) -> Progress {
        let long = self.queue.due().and_then(|due| match &due.shape {
            Shape::Auth(exchange) if is_protocol_error(text) => exchange
                .suspicious_length()
                .map(|octets| Event::TokenTooLong { id: due.id, octets }),
            _ => None,
        });
        self.outcome = Some(self.outcome(Status::Err, line, text));
        self.reading = Reading::Done;
        long.map_or(Progress::Continue, Progress::Event)
    }

    /// `+OK`: what follows depends on the command.
    fn accepted(
        &mut self,
        line: &Bytes,
        text: &[u8],
        end: LineEnd,
    ) -> Result<Progress, ProtocolError> {
        let outcome = self.outcome(Status::Ok, line, text);
        let Some(due) = self.queue.due() else {
            return Ok(Progress::Continue);
        };
        let (id, discard) = (due.id, due.discard);
        let progress = match &due.shape {
            Shape::Items(items) => {
                self.reading = Reading::Items(Box::new(Listing::new(*items, end)));
                Progress::Continue
            }
            Shape::Body => {
                let strip = self.config.quirks.strip_single_dot;
                let decoder = DotDecoder::new(end).strip_single_dot(strip);
                self.reading = Reading::Body(Box::new(Body { decoder, octets: 0, over: false }));
                let octets = parse::octets_hint(text);
                Progress::unless(discard, Event::BodyStart { id, octets })
            }
            // Nothing was proved yet, so this is no success.
            Shape::Auth(exchange) if exchange.is_unspoken() => {
                return if self.config.quirks.ok_is_first_challenge {
                    self.challenge(b"", line)
                } else {
                    Err(ProtocolError::unexpected(Some(due.kind), line))
                };
            }
            // A success before the client has said everything is none.
            Shape::Auth(exchange) if !exchange.is_complete() || self.sasl_line.is_some() => {
                return Err(ProtocolError::unexpected(Some(due.kind), line));
            }
            Shape::Tls => {
                self.session.answered(CommandKind::Stls, Status::Ok, true);
                self.queue.pop();
                return Ok(Progress::Event(Event::StartTls { id }));
            }
            shape => {
                let item = shape.item(id, line, text, &self.config.limits)?;
                self.reading = Reading::Done;
                item.map_or(Progress::Continue, |item| Progress::unless(discard, item))
            }
        };
        self.outcome = Some(outcome);
        Ok(progress)
    }

    /// `+` with this text.
    fn challenge(&mut self, text: &[u8], line: &[u8]) -> Result<Progress, ProtocolError> {
        let limit = self.config.limits.sasl_rounds;
        let Some(due) = self.queue.due_mut() else {
            return Ok(Progress::Continue);
        };
        let id = due.id;
        let unexpected = || ProtocolError::unexpected(Some(due.kind), line);
        let Shape::Auth(exchange) = &mut due.shape else {
            return Err(unexpected());
        };
        if self.sasl_line.is_some() {
            return Err(unexpected());
        }
        let (bytes, sensitive, event) = match exchange.challenge(text, limit) {
            Reaction::Challenge(data) => {
                return Ok(Progress::Event(Event::Challenge { id, data }));
            }
            Reaction::Send(answer, sensitive) => (answer, sensitive, Event::Continuation { id }),
            Reaction::OAuthFailure(failure, answer) => {
                (answer, false, Event::OAuthFailure { id, failure: Box::new(failure) })
            }
            Reaction::Unexpected => return Err(unexpected()),
        };
        self.sasl_line = Some(Transmit { bytes, sensitive });
        Ok(Progress::Event(event))
    }

    fn read_item(&mut self, input: &mut BytesMut) -> Result<Progress, ProtocolError> {
        let limits = &self.config.limits;
        let strictness = match (self.config.quirks.strict_listings, self.session.has_marked()) {
            (false, _) => Strictness::None,
            (true, true) => Strictness::Lines,
            (true, false) => Strictness::LinesAndOrder,
        };
        let (Reading::Items(listing), Some(due)) = (&mut self.reading, self.queue.due()) else {
            return Ok(Progress::Continue);
        };
        let found = self.framer.line(input, Some(listing.end), limits.listing_line);
        let found = found.map_err(|limit| ProtocolError::too_long("listing_line", limit))?;
        let Some(line) = found else {
            return Ok(Progress::More);
        };
        let content = input.get(..line.content).unwrap_or_default();
        if content == b"." {
            input.advance(line.total);
            if listing.items == Items::Capabilities {
                self.capabilities = Some(core::mem::take(&mut listing.capabilities));
            }
            self.reading = Reading::Done;
            return Ok(Progress::Continue);
        }
        // No line of these answers needs a stuffed dot, but a raw command may have any lines.
        let stuffing = usize::from(content.starts_with(b".."));
        let content = content.get(stuffing..).unwrap_or_default();
        let event = match listing.item(due.id, content, line.total, strictness, limits)? {
            Item::Event(event) => {
                input.advance(line.total);
                event
            }
            Item::UniqueId { number, offset, length } => {
                // Split off the input: neither a copy nor an allocation.
                input.advance(stuffing + offset);
                let octets = input.split_to(length);
                input.advance(line.total - stuffing - offset - length);
                let unique_id = (length > 0).then(|| UniqueId::from_line(octets.freeze()));
                Event::UniqueId { id: due.id, number, unique_id }
            }
        };
        Ok(Progress::unless(due.discard, event))
    }

    fn read_body(&mut self, input: &mut BytesMut) -> Result<Progress, ProtocolError> {
        let limits = &self.config.limits;
        let (Reading::Body(body), Some(due)) = (&mut self.reading, self.queue.due()) else {
            return Ok(Progress::Continue);
        };
        let (id, discard) = (due.id, due.discard);
        let too_long = |limit| ProtocolError::TooLong { what: "body", limit };
        if let (true, Some(limit)) = (body.over, limits.body) {
            return Err(too_long(limit));
        }
        match body.decoder.decode(input, limits.body_chunk, limits.copy_below) {
            Decoded::More => Ok(Progress::More),
            Decoded::Chunk(mut chunk) => {
                if let Some(limit) = limits.body {
                    // Up to the limit the caller gets it, so the events are the same however the
                    // input is cut.
                    let room =
                        usize::try_from(limit.saturating_sub(body.octets)).unwrap_or(usize::MAX);
                    body.over = chunk.len() > room;
                    chunk.truncate(room);
                    if chunk.is_empty() {
                        return Err(too_long(limit));
                    }
                }
                body.octets = body.octets.saturating_add(chunk.len() as u64);
                Ok(Progress::unless(discard, Event::Body { id, chunk }))
            }
            Decoded::End => {
                let octets = body.octets;
                self.reading = Reading::Done;
                Ok(Progress::unless(discard, Event::BodyEnd { id, octets }))
            }
        }
    }

    /// Input that was received before a command was written does not answer it, even if the command
    /// is written before the input is read: mail that a server forgot to stuff may contain a forged
    /// answer.
    fn check_for_early_input(&mut self, input: &BytesMut) {
        if self.session.is_open() && self.queue.due().is_none() && !input.is_empty() {
            self.session.received_unsolicited();
        }
    }

    /// The answer is complete: gives its `Done`.
    fn complete(&mut self, input: &BytesMut) -> Option<Event> {
        self.reading = Reading::Status;
        let (request, outcome) = (self.queue.pop()?, self.outcome.take()?);
        let before = self.state();
        if request.kind == CommandKind::Auth {
            // A line that is still queued answers a question that the server no longer asks.
            self.sasl_line = None;
        }
        self.session.answered(request.kind, outcome.status, self.queue.sent() == 0);
        if before != self.state() {
            // The server may announce other capabilities after login.
            self.capabilities = None;
        }
        self.check_for_early_input(input);
        let Outcome { status, code, text } = outcome;
        Some(Event::Done { id: request.id, status, code, text })
    }

    /// Splits a line off the input.
    fn line(
        &mut self,
        input: &mut BytesMut,
        limit: usize,
    ) -> Result<Option<(Bytes, LineEnd)>, usize> {
        let found = self.framer.line(input, None, limit)?;
        Ok(found.map(|Line { content, total, end, .. }| {
            let mut line = input.split_to(total);
            line.truncate(content);
            (line.freeze(), end)
        }))
    }

    /// Splits off a response code. An unknown code counts only if the server announced RESP-CODES:
    /// Exchange writes other things in brackets.
    fn outcome(&self, status: Status, line: &Bytes, text: &[u8]) -> Outcome {
        let whole = || Outcome { status, code: None, text: Text::new(line.slice_ref(text)) };
        let Some((code, rest)) = parse::code::response_code(text) else {
            return whole();
        };
        let code = match parse::code::known_response_code(code) {
            Some(code) => code,
            None if self.announces(Capabilities::has_resp_codes) => {
                ResponseCode::Other(line.slice_ref(code))
            }
            None => return whole(),
        };
        Outcome { status, code: Some(code), text: Text::new(line.slice_ref(rest)) }
    }
}

/// The words of Exchange Online for a token that is too long for it.
fn is_protocol_error(text: &[u8]) -> bool {
    const WORDS: &[u8] = b"protocol error";
    text.windows(WORDS.len()).any(|window| window.eq_ignore_ascii_case(WORDS))
}
