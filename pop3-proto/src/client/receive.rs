//! How answers are read: octets to events.

use alloc::{boxed::Box, string::ToString as _};

use bytes::{Buf, Bytes, BytesMut};

use super::{
    Event, State,
    connection::Connection,
    listing::{Item, Items, Listing, Plain, Strictness},
    request::Shape,
    sasl::Reaction,
};
use crate::{
    body::{Decoded, DotDecoder},
    command::CommandKind,
    error::ProtocolError,
    event::{Status, Text},
    frame::{Line, LineEnd},
    response::{Response, ResponseCode, StatusLine, parse},
    types::{self, Capabilities, Timestamp, UniqueId},
};

/// Where the answer that is due stands.
pub(super) enum Phase {
    /// Its status line (or the greeting) comes next.
    Status,
    /// Its lines do.
    Items(Box<Listing>),
    /// Its message does.
    Body(Box<Body>),
    /// It is complete but for its `Done`.
    Done(Outcome),
}

/// A status line that was read.
#[derive(Clone)]
pub(super) struct Outcome {
    status: Status,
    code: Option<ResponseCode>,
    text: Text,
}

pub(super) struct Body {
    outcome: Outcome,
    decoder: DotDecoder,
    octets: u64,
    /// It has more octets than are allowed.
    over: bool,
}

impl Connection {
    /// One event, or `None` where there are not octets enough for one.
    pub(super) fn read(&mut self, input: &mut BytesMut) -> Result<Option<Event>, ProtocolError> {
        if self.unsolicited {
            return Err(ProtocolError::Unsolicited);
        }
        loop {
            match self.state() {
                State::Greeting => return self.read_greeting(input),
                // Whatever is here was sent in clear text, by whomever.
                State::TlsNegotiation if input.is_empty() => return Ok(None),
                State::TlsNegotiation => return Err(ProtocolError::InputBehindStartTls),
                State::Update | State::Closed => {
                    // Behind the answer to QUIT (or a refused greeting) nothing is anybody's.
                    input.clear();
                    return Ok(self.give_up_next());
                }
                State::Authorization | State::Transaction => {}
            }
            let progress = match &mut self.phase {
                Phase::Status => self.read_status(input)?,
                Phase::Items(_) => self.read_item(input)?,
                Phase::Body(_) => self.read_body(input)?,
                Phase::Done(_) => self.complete(input).map_or(Progress::GoOn, Progress::Event),
            };
            match progress {
                Progress::Event(event) => return Ok(Some(event)),
                Progress::More => return Ok(None),
                Progress::GoOn => {}
            }
        }
    }

    /// What was queued before a greeting that said no: each gets its `Done`.
    fn give_up_next(&mut self) -> Option<Event> {
        let pending = self.pop()?;
        Some(Event::Done { id: pending.id, status: Status::Err, code: None, text: Text::default() })
    }

    fn read_greeting(&mut self, input: &mut BytesMut) -> Result<Option<Event>, ProtocolError> {
        let Some(line) = self.line(input, None, self.config.limits.status_line, "greeting")? else {
            return Ok(None);
        };
        let octets = take(input, line);
        let Some(StatusLine { status, text }) = parse::status_line(&octets) else {
            return Err(ProtocolError::Unexpected { command: None, line: Text::excerpt(&octets) });
        };
        let timestamp = types::timestamp(text).map(|timestamp| Timestamp(timestamp.into()));
        let outcome = self.outcome(status, &octets, text);
        self.session.greeted(status);
        self.check_for_early_octets(input);
        self.timestamp.clone_from(&timestamp);
        Ok(Some(Event::Greeting { status, code: outcome.code, text: outcome.text, timestamp }))
    }

    fn read_status(&mut self, input: &mut BytesMut) -> Result<Progress, ProtocolError> {
        let limits = &self.config.limits;
        let sasl_line = limits.sasl_octets.div_ceil(3) * 4 + 4;
        let status_line = limits.status_line;
        let (kind, limit) = match self.due() {
            None if input.is_empty() => return Ok(Progress::More),
            None => return Err(ProtocolError::Unsolicited),
            Some(due) => match &due.shape {
                Shape::Auth(exchange) if exchange.is_waiting() => {
                    // The server may give up, but nothing else.
                    (due.kind, status_line)
                }
                Shape::Auth(_) => (due.kind, status_line.max(sasl_line)),
                _ => (due.kind, status_line),
            },
        };
        let Some(line) = self.line(input, None, limit, "status line")? else {
            return Ok(Progress::More);
        };
        let octets = take(input, line);
        let unexpected =
            || ProtocolError::Unexpected { command: Some(kind), line: Text::excerpt(&octets) };
        let StatusLine { status, text } = match parse::response(&octets) {
            Some(Response::Status(line)) => line,
            Some(Response::Challenge(base64)) => {
                return self.challenge(base64).ok_or_else(unexpected)?;
            }
            None => return Err(unexpected()),
        };
        let outcome = self.outcome(status, &octets, text);
        let malformed = |what| ProtocolError::Malformed { what, line: Text::excerpt(&octets) };
        let ok_is_challenge = self.config.quirks.ok_is_first_challenge;
        let Some(due) = self.due() else {
            return Err(ProtocolError::Unsolicited);
        };
        let (id, discard) = (due.id, due.discard);
        if status == Status::Err {
            let long = match &due.shape {
                Shape::Auth(exchange) => {
                    exchange.suspicious_length().filter(|_| is_protocol_error(text))
                }
                _ => None,
            };
            self.phase = Phase::Done(outcome);
            return Ok(long.map_or(Progress::GoOn, |octets| {
                Progress::Event(Event::TokenTooLong { id, octets })
            }));
        }
        let event = match &mut due.shape {
            Shape::Status => None,
            Shape::Stat => {
                let listing = parse::drop_listing(text).ok_or_else(|| malformed("drop listing"))?;
                Some(Event::Stat { id, messages: listing.messages, octets: listing.octets })
            }
            Shape::ScanListing(asked) => {
                let listing =
                    parse::single_scan_listing(text).ok_or_else(|| malformed("scan listing"))?;
                let number = listing.number.unwrap_or(*asked);
                // The number of the message alone is not taken for its octets.
                let alone =
                    listing.number.is_none() && listing.octets == Some(u64::from(asked.get()));
                if alone || number != *asked {
                    return Err(malformed("scan listing"));
                }
                Some(Event::ScanListing { id, number, octets: listing.octets })
            }
            Shape::UniqueId(asked) => {
                let listing = parse::single_unique_id_listing(text)
                    .ok_or_else(|| malformed("unique-id listing"))?;
                let number = listing.number.unwrap_or(*asked);
                // Nor for its unique-id.
                let alone =
                    listing.number.is_none() && listing.unique_id == asked.to_string().as_bytes();
                if alone || number != *asked {
                    return Err(malformed("unique-id listing"));
                }
                let most = self.config.limits.unique_id;
                Some(Event::UniqueId {
                    id,
                    number,
                    unique_id: unique_id(&octets, listing.unique_id, most)?,
                })
            }
            Shape::Language => {
                parse::lang_listing(text).map(|(tag, description)| Event::Language {
                    id,
                    tag: octets.slice_ref(tag),
                    description: description.map(|text| Text::new(octets.slice_ref(text))),
                })
            }
            Shape::Items(items) => {
                let items = *items;
                self.phase = Phase::Items(Box::new(Listing::new(outcome, items, line.end)));
                return Ok(Progress::GoOn);
            }
            Shape::Body => {
                let octets = parse::octets_hint(text);
                let decoder =
                    DotDecoder::new(line.end).strip_single_dot(self.config.quirks.strip_single_dot);
                self.phase =
                    Phase::Body(Box::new(Body { outcome, decoder, octets: 0, over: false }));
                return Ok(Progress::unless(discard, Event::BodyStart { id, octets }));
            }
            Shape::Auth(exchange) if exchange.is_unspoken() => {
                if !ok_is_challenge {
                    // Nothing was proved yet, so this cannot be a success.
                    return Err(unexpected());
                }
                return self.challenge(b"").ok_or_else(unexpected)?;
            }
            Shape::Auth(_) => None,
            Shape::Tls => {
                self.session.answered(CommandKind::Stls, Status::Ok, true);
                self.pop();
                return Ok(Progress::Event(Event::StartTls { id }));
            }
        };
        self.phase = Phase::Done(outcome);
        Ok(event.map_or(Progress::GoOn, |event| Progress::unless(discard, event)))
    }

    /// `None` where no challenge can be meant.
    fn challenge(&mut self, base64: &[u8]) -> Option<Result<Progress, ProtocolError>> {
        let limit = self.config.limits.sasl_rounds;
        let due = self.due()?;
        let (id, Shape::Auth(exchange)) = (due.id, &mut due.shape) else {
            return None;
        };
        let reaction = exchange.challenge(base64);
        if exchange.rounds() > limit {
            return Some(Err(ProtocolError::TooLong {
                what: "SASL challenges",
                limit: limit as u64,
            }));
        }
        let (line, progress) = match reaction {
            Reaction::Challenge(data) => {
                return Some(Ok(Progress::Event(Event::Challenge { id, data })));
            }
            Reaction::Send(line) => (line, Progress::GoOn),
            Reaction::OAuthFailure(failure, line) => {
                (line, Progress::Event(Event::OAuthFailure { id, failure: Box::new(failure) }))
            }
            Reaction::Unexpected => return None,
        };
        self.sasl_line = Some(line);
        Some(Ok(progress))
    }

    /// A line of LIST or UIDL as nearly every server sends it, read in one go: a maildrop has a million of them. Whatever is out of the ordinary is
    /// left to [`read_item`](Self::read_item), which would come to the same.
    #[inline]
    pub(super) fn read_plain_item(&mut self, input: &mut BytesMut) -> Option<Event> {
        let Phase::Items(listing) = &mut self.phase else {
            return None;
        };
        // Of a line that came in part this much was looked at before.
        if !self.framer.is_fresh() {
            return None;
        }
        let id = self.queue.front().filter(|due| !due.discard)?.id;
        let (item, octets) = listing.plain_item(input, &self.config)?;
        Some(match item {
            Plain::ScanListing(number, size) => {
                input.advance(octets);
                Event::ScanListing { id, number, octets: Some(size) }
            }
            Plain::UniqueId(number, unique_id) => {
                let unique_id = Some(UniqueId::short(unique_id)?);
                input.advance(octets);
                Event::UniqueId { id, number, unique_id }
            }
        })
    }

    fn read_item(&mut self, input: &mut BytesMut) -> Result<Progress, ProtocolError> {
        let limits = &self.config.limits;
        let strict = match (self.config.quirks.strict_listings, self.session.has_marked()) {
            (false, _) => Strictness::None,
            (true, true) => Strictness::Lines,
            (true, false) => Strictness::LinesAndOrder,
        };
        let (Phase::Items(listing), Some(due)) = (&mut self.phase, self.queue.front()) else {
            return Ok(Progress::GoOn);
        };
        let found = self.framer.line(input, Some(listing.end), limits.listing_line);
        let Some(line) = found.map_err(|limit| too_long("listing line", limit))? else {
            return Ok(Progress::More);
        };
        let content = input.get(..line.content).unwrap_or_default();
        if content == b"." {
            input.advance(line.total);
            self.end_items();
            return Ok(Progress::GoOn);
        }
        // Stuffed, though no conforming line of these needs it.
        let stuffing = usize::from(content.starts_with(b".."));
        let content = content.get(stuffing..).unwrap_or_default();
        let event = match listing.item(due.id, content, line.total, strict, limits)? {
            Item::Event(event) => {
                input.advance(line.total);
                event
            }
            Item::UniqueId { number, offset, length } => {
                // Cut out of the input: no copy and no allocation for each.
                input.advance(stuffing + offset);
                let octets = input.split_to(length);
                input.advance(line.total - stuffing - offset - length);
                let unique_id = (length > 0).then(|| UniqueId::from_line(octets.freeze()));
                Event::UniqueId { id: due.id, number, unique_id }
            }
        };
        Ok(Progress::unless(due.discard, event))
    }

    fn end_items(&mut self) {
        let Phase::Items(listing) = core::mem::replace(&mut self.phase, Phase::Status) else {
            return;
        };
        if listing.items == Items::Capabilities {
            self.capabilities = Some(listing.capabilities);
        }
        self.phase = Phase::Done(listing.outcome);
    }

    fn read_body(&mut self, input: &mut BytesMut) -> Result<Progress, ProtocolError> {
        let limits = &self.config.limits;
        let (Phase::Body(body), Some(due)) = (&mut self.phase, self.queue.front()) else {
            return Ok(Progress::GoOn);
        };
        let id = due.id;
        if let (true, Some(limit)) = (body.over, limits.message_octets) {
            return Err(ProtocolError::TooLong { what: "message octets", limit });
        }
        match body.decoder.decode(input, limits.body_chunk, limits.copy_below) {
            Decoded::More => Ok(Progress::More),
            Decoded::Chunk(mut chunk) => {
                if let Some(limit) = limits.message_octets {
                    // Up to the limit it is told, so that it does not matter how the chunks were cut.
                    let room =
                        usize::try_from(limit.saturating_sub(body.octets)).unwrap_or(usize::MAX);
                    body.over = chunk.len() > room;
                    chunk.truncate(room);
                    if chunk.is_empty() {
                        return Err(ProtocolError::TooLong { what: "message octets", limit });
                    }
                }
                body.octets = body.octets.saturating_add(chunk.len() as u64);
                Ok(Progress::unless(due.discard, Event::Body { id, chunk }))
            }
            Decoded::End => {
                let (octets, outcome) = (body.octets, body.outcome.clone());
                self.phase = Phase::Done(outcome);
                Ok(Progress::unless(due.discard, Event::BodyEnd { id, octets }))
            }
        }
    }

    /// Octets that were here before a command was written do not answer it, even if it is written before they are read: mail that a server
    /// forgot to stuff can hold a forged answer.
    fn check_for_early_octets(&mut self, input: &BytesMut) {
        let open = matches!(self.state(), State::Authorization | State::Transaction);
        self.unsolicited = open && self.due().is_none() && !input.is_empty();
    }

    /// The answer is complete: its `Done`.
    fn complete(&mut self, input: &BytesMut) -> Option<Event> {
        let Phase::Done(outcome) = core::mem::replace(&mut self.phase, Phase::Status) else {
            return None;
        };
        let pending = self.pop()?;
        let before = self.state();
        self.session.answered(pending.kind, outcome.status, self.queue.is_empty());
        if before != self.state() {
            // What a server can do may differ after login.
            self.capabilities = None;
        }
        self.check_for_early_octets(input);
        Some(Event::Done {
            id: pending.id,
            status: outcome.status,
            code: outcome.code,
            text: outcome.text,
        })
    }

    fn line(
        &mut self,
        input: &BytesMut,
        end: Option<LineEnd>,
        limit: usize,
        what: &'static str,
    ) -> Result<Option<Line>, ProtocolError> {
        self.framer.line(input, end, limit).map_err(|limit| too_long(what, limit))
    }

    /// Splits a response code off. Codes that nobody knows are codes only from a server that announced them: Exchange
    /// puts other things into brackets.
    fn outcome(&self, status: Status, octets: &Bytes, text: &[u8]) -> Outcome {
        let whole = || Outcome { status, code: None, text: Text::new(octets.slice_ref(text)) };
        let Some((code, behind)) = parse::code::response_code(text) else {
            return whole();
        };
        let code = match parse::code::known_response_code(code) {
            Some(code) => code,
            None if self.capabilities.as_ref().is_some_and(Capabilities::has_resp_codes) => {
                ResponseCode::Other(octets.slice_ref(code))
            }
            None => return whole(),
        };
        Outcome { status, code: Some(code), text: Text::new(octets.slice_ref(behind)) }
    }
}

/// What one step of reading came to.
enum Progress {
    Event(Event),
    /// There is more to do with what is there.
    GoOn,
    /// There are not octets enough.
    More,
}

impl Progress {
    /// The event, unless nobody wants it.
    fn unless(discard: bool, event: Event) -> Self {
        if discard { Self::GoOn } else { Self::Event(event) }
    }
}

/// Takes a line out of the input and gives its content.
fn take(input: &mut BytesMut, line: Line) -> Bytes {
    let mut octets = input.split_to(line.total);
    octets.truncate(line.content);
    octets.freeze()
}

fn unique_id(line: &Bytes, found: &[u8], limit: usize) -> Result<Option<UniqueId>, ProtocolError> {
    if found.len() > limit {
        return Err(too_long("unique-id", limit));
    }
    Ok((!found.is_empty()).then(|| UniqueId::from_line(line.slice_ref(found))))
}

pub(super) fn too_long(what: &'static str, limit: usize) -> ProtocolError {
    ProtocolError::TooLong { what, limit: limit as u64 }
}

/// How Exchange Online words it when a token is too long for it.
fn is_protocol_error(text: &[u8]) -> bool {
    const WORDS: &[u8] = b"protocol error";
    text.windows(WORDS.len()).any(|window| window.eq_ignore_ascii_case(WORDS))
}
