//! Commands in flight: in which order, what the answer to each looks like, and how much of the
//! first answer was read.

use alloc::{
    boxed::Box,
    collections::{VecDeque, vec_deque},
    string::ToString as _,
};

use bytes::{Bytes, BytesMut};

use super::{event::Event, sasl::Exchange};
use crate::{
    body::DotDecoder,
    command::{Command, CommandKind, ReplyShape, encode},
    config::{Config, Limits},
    error::{ProtocolError, SendError},
    event::{CommandId, Status, Text, Transmit},
    frame::LineEnd,
    response::{ResponseCode, parse},
    types::{Capabilities, MessageNumber, UniqueId},
};

/// A command that has not been answered yet.
pub(super) struct Request {
    pub(super) id: CommandId,
    pub(super) kind: CommandKind,
    pub(super) shape: Shape,
    /// The caller wants none of its events but the last.
    pub(super) discard: bool,
    /// Until it is handed out.
    transmit: Option<Transmit>,
    length: usize,
}

impl Request {
    pub(super) const fn new(
        id: CommandId,
        kind: CommandKind,
        shape: Shape,
        bytes: Bytes,
        sensitive: bool,
    ) -> Self {
        let length = bytes.len();
        let transmit = Some(Transmit { bytes, sensitive });
        Self { id, kind, shape, discard: false, transmit, length }
    }

    /// The caller has to answer a challenge.
    pub(super) fn waits_for_caller(&self) -> bool {
        matches!(&self.shape, Shape::Auth(exchange) if exchange.is_waiting())
    }
}

/// The commands in flight, in order. Those that were handed out come first.
#[derive(Default)]
pub(super) struct Queue {
    requests: VecDeque<Request>,
    /// How many were handed out.
    sent: usize,
    /// Bytes of all commands in the queue.
    length: usize,
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.requests.len()
    }

    /// Bytes of all commands in the queue.
    pub(super) const fn length(&self) -> usize {
        self.length
    }

    pub(super) const fn sent(&self) -> usize {
        self.sent
    }

    pub(super) fn last(&self) -> Option<&Request> {
        self.requests.back()
    }

    pub(super) fn iter_mut(&mut self) -> vec_deque::IterMut<'_, Request> {
        self.requests.iter_mut()
    }

    pub(super) fn push(&mut self, request: Request) {
        self.length += request.length;
        self.requests.push_back(request);
    }

    /// The command whose answer comes next.
    pub(super) fn due(&self) -> Option<&Request> {
        if self.sent == 0 { None } else { self.requests.front() }
    }

    pub(super) fn due_mut(&mut self) -> Option<&mut Request> {
        if self.sent == 0 { None } else { self.requests.front_mut() }
    }

    /// Hands out the next command.
    pub(super) fn transmit(&mut self) -> Option<(CommandKind, Transmit)> {
        let next = self.requests.get_mut(self.sent)?;
        let transmit = next.transmit.take()?;
        self.sent += 1;
        Some((next.kind, transmit))
    }

    /// Removes the first command, whose answer is complete.
    pub(super) fn pop(&mut self) -> Option<Request> {
        let request = self.requests.pop_front()?;
        self.sent = self.sent.saturating_sub(1);
        self.length -= request.length;
        Some(request)
    }

    /// Removes a command that was not handed out, unless the command after it depends on it.
    pub(super) fn withdraw(&mut self, id: CommandId) -> bool {
        let Some(place) = self.requests.iter().position(|request| request.id == id) else {
            return false;
        };
        // PASS is accepted only directly after USER.
        let needed =
            self.requests.get(place + 1).is_some_and(|next| next.kind == CommandKind::Pass);
        if place < self.sent || needed {
            return false;
        }
        if let Some(request) = self.requests.remove(place) {
            self.length -= request.length;
        }
        true
    }
}

/// The form of an answer. It is decided when the command is accepted, so the reader never guesses.
pub(super) enum Shape {
    Status,
    Stat,
    /// `LIST n`, with the message that was asked for.
    ScanListing(MessageNumber),
    /// `UIDL n`.
    UniqueId(MessageNumber),
    /// `LANG x`
    Language,
    Items(Items),
    Body,
    Auth(Box<Exchange>),
    Tls,
}

impl Shape {
    pub(super) fn of(
        command: &Command<'_>,
        config: &Config,
        initial_response_sent: bool,
    ) -> Result<Self, SendError> {
        let multi = config.quirks.single_listing_is_multi;
        Ok(match *command {
            Command::Stat => Self::Stat,
            Command::List(Some(number)) if !multi => Self::ScanListing(number),
            Command::List(_) => Self::Items(Items::ScanListings),
            Command::Uidl(Some(number)) if !multi => Self::UniqueId(number),
            Command::Uidl(_) => Self::Items(Items::UniqueIds),
            Command::Capa => Self::Items(Items::Capabilities),
            Command::Lang(None) => Self::Items(Items::Languages),
            Command::Lang(Some(_)) => Self::Language,
            Command::Retr(_)
            | Command::Top { .. }
            | Command::Raw { reply: ReplyShape::Body, .. } => Self::Body,
            Command::Raw { reply: ReplyShape::Lines, .. } => Self::Items(Items::Lines),
            Command::Stls => Self::Tls,
            Command::Auth { mechanism, initial_response } => {
                let limit = config.limits.sasl_octets;
                if initial_response.is_some_and(|data| data.len() > limit) {
                    return Err(SendError::TooLong { limit });
                }
                let waiting = initial_response.filter(|_| !initial_response_sent).map(|data| {
                    let mut line = BytesMut::new();
                    encode::sasl_answer(&mut line, data);
                    line.freeze()
                });
                Self::Auth(Box::new(Exchange::new(mechanism, waiting, initial_response_sent)))
            }
            Command::User(_)
            | Command::Pass(_)
            | Command::Dele(_)
            | Command::Noop
            | Command::Rset
            | Command::Quit
            | Command::Utf8
            | Command::Raw { reply: ReplyShape::Single, .. } => Self::Status,
            #[cfg(feature = "apop")]
            Command::Apop { .. } => Self::Status,
        })
    }

    /// What the status line of a positive answer says besides its status, for the forms that have
    /// no further lines.
    pub(super) fn item(
        &self,
        id: CommandId,
        line: &Bytes,
        text: &[u8],
        limits: &Limits,
    ) -> Result<Option<Event>, ProtocolError> {
        let malformed = |what| ProtocolError::malformed(what, line);
        Ok(match self {
            Self::Stat => {
                let listing = parse::drop_listing(text).ok_or_else(|| malformed("drop listing"))?;
                Some(Event::Stat { id, messages: listing.messages, octets: listing.octets })
            }
            Self::ScanListing(asked) => {
                const RULE: &str = "scan listing";
                let listing = parse::single_scan_listing(text).ok_or_else(|| malformed(RULE))?;
                let number = listing.number.unwrap_or(*asked);
                // The number of the message alone is not taken for its size.
                let alone =
                    listing.number.is_none() && listing.octets == Some(u64::from(asked.get()));
                if alone || number != *asked {
                    return Err(malformed(RULE));
                }
                Some(Event::ScanListing { id, number, octets: listing.octets })
            }
            Self::UniqueId(asked) => {
                const RULE: &str = "unique-id listing";
                let listing =
                    parse::single_unique_id_listing(text).ok_or_else(|| malformed(RULE))?;
                let number = listing.number.unwrap_or(*asked);
                // Nor is it taken for its unique-id.
                let alone =
                    listing.number.is_none() && listing.unique_id == asked.to_string().as_bytes();
                if alone || number != *asked {
                    return Err(malformed(RULE));
                }
                let found = listing.unique_id;
                if found.len() > limits.unique_id {
                    return Err(ProtocolError::too_long("unique_id", limits.unique_id));
                }
                let unique_id =
                    (!found.is_empty()).then(|| UniqueId::from_line(line.slice_ref(found)));
                Some(Event::UniqueId { id, number, unique_id })
            }
            Self::Language => parse::lang_listing(text).map(|(tag, description)| Event::Language {
                id,
                tag: line.slice_ref(tag),
                description: description.map(|text| Text::new(line.slice_ref(text))),
            }),
            _ => None,
        })
    }
}

/// How much of the answer that is due was read.
pub(super) enum Reading {
    /// Nothing: its status line (or the greeting) comes next.
    Status,
    /// The status line: lines come next.
    Items(Box<Listing>),
    /// The status line: a message comes next.
    Body(Box<Body>),
    /// Everything. Its `Done` was not given yet.
    Done,
}

/// What a status line said.
pub(super) struct Outcome {
    pub(super) status: Status,
    pub(super) code: Option<ResponseCode>,
    pub(super) text: Text,
}

/// A message that is being read.
pub(super) struct Body {
    pub(super) decoder: DotDecoder,
    /// Bytes so far.
    pub(super) octets: u64,
    /// It has more bytes than the limit allows.
    pub(super) over: bool,
}

/// What the lines of a multi-line answer are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Items {
    ScanListings,
    UniqueIds,
    Capabilities,
    Languages,
    Lines,
}

impl Items {
    /// The command whose answer they are.
    const fn kind(self) -> CommandKind {
        match self {
            Self::ScanListings => CommandKind::List,
            Self::UniqueIds => CommandKind::Uidl,
            Self::Capabilities => CommandKind::Capa,
            Self::Languages => CommandKind::Lang,
            Self::Lines => CommandKind::Raw,
        }
    }
}

/// A multi-line answer whose status line was read.
pub(super) struct Listing {
    pub(super) items: Items,
    pub(super) end: LineEnd,
    pub(super) capabilities: Capabilities,
    pub(super) count: u64,
    /// Bytes of all lines of CAPA.
    length: usize,
    /// The message number of the last item.
    last: u32,
}

/// Which lines of a listing end the session.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Strictness {
    None,
    /// Lines that do not parse.
    Lines,
    /// And message numbers that are not the next one.
    LinesAndOrder,
}

/// The meaning of one line.
pub(super) enum Item {
    Event(Event),
    /// A unique-id, which is this part of the line.
    UniqueId {
        number: MessageNumber,
        offset: usize,
        length: usize,
    },
}

impl Item {
    const fn number(&self) -> Option<MessageNumber> {
        match self {
            Self::UniqueId { number, .. } | Self::Event(Event::ScanListing { number, .. }) => {
                Some(*number)
            }
            Self::Event(_) => None,
        }
    }
}

impl Listing {
    pub(super) fn new(items: Items, end: LineEnd) -> Self {
        Self { items, end, capabilities: Capabilities::default(), count: 0, length: 0, last: 0 }
    }

    /// Reads one line without its line end, of `total` bytes with it.
    pub(super) fn item(
        &mut self,
        id: CommandId,
        content: &[u8],
        total: usize,
        strictness: Strictness,
        limits: &Limits,
    ) -> Result<Item, ProtocolError> {
        self.count_line(total, limits)?;
        let item = match self.items {
            Items::ScanListings => scan_listing(id, content),
            Items::UniqueIds => unique_id_listing(content, limits)?,
            // Capabilities are kept for the session, so they are copied out of the input.
            Items::Capabilities => {
                let capability = parse::capability(&Bytes::copy_from_slice(content));
                if let Some(capability) = &capability {
                    self.capabilities.push(capability.clone());
                }
                capability.map(|capability| Item::Event(Event::Capability { id, capability }))
            }
            Items::Languages => language(id, content),
            Items::Lines => {
                Some(Item::Event(Event::Line { id, line: Bytes::copy_from_slice(content) }))
            }
        };
        let Some(item) = item else {
            return self.unrecognized(id, content, strictness);
        };
        if let Some(number) = item.number() {
            let follows = self.last.checked_add(1) == Some(number.get());
            if strictness == Strictness::LinesAndOrder && !follows {
                return Err(ProtocolError::malformed("order of message numbers", content));
            }
            self.last = number.get();
        }
        Ok(item)
    }

    fn count_line(&mut self, length: usize, limits: &Limits) -> Result<(), ProtocolError> {
        self.count += 1;
        let (what, limit) = match self.items {
            Items::ScanListings | Items::UniqueIds | Items::Lines => {
                ("listing_items", limits.listing_items)
            }
            Items::Capabilities => ("capability_lines", limits.capability_lines as u64),
            Items::Languages => ("language_lines", limits.language_lines),
        };
        if self.count > limit {
            return Err(ProtocolError::TooLong { what, limit });
        }
        if self.items == Items::Capabilities {
            self.length = self.length.saturating_add(length);
            if self.length > limits.capability_octets {
                return Err(ProtocolError::too_long("capability_octets", limits.capability_octets));
            }
        }
        Ok(())
    }

    fn unrecognized(
        &self,
        id: CommandId,
        content: &[u8],
        strictness: Strictness,
    ) -> Result<Item, ProtocolError> {
        match (self.items, strictness) {
            (_, Strictness::None) | (Items::Capabilities | Items::Languages | Items::Lines, _) => {
                let (kind, line) = (self.items.kind(), Bytes::copy_from_slice(content));
                Ok(Item::Event(Event::Unrecognized { id, kind, line }))
            }
            (Items::ScanListings, _) => Err(ProtocolError::malformed("scan listing", content)),
            (Items::UniqueIds, _) => Err(ProtocolError::malformed("unique-id listing", content)),
        }
    }
}

fn scan_listing(id: CommandId, content: &[u8]) -> Option<Item> {
    let listing = parse::scan_listing(content)?;
    let number = listing.number?;
    Some(Item::Event(Event::ScanListing { id, number, octets: listing.octets }))
}

fn unique_id_listing(content: &[u8], limits: &Limits) -> Result<Option<Item>, ProtocolError> {
    let Some(found) = parse::unique_id_listing(content) else {
        return Ok(None);
    };
    let length = found.unique_id.len();
    if length > limits.unique_id {
        return Err(ProtocolError::too_long("unique_id", limits.unique_id));
    }
    // A place in the line and not a slice, because the line is still part of the input.
    let offset = (found.unique_id.as_ptr() as usize).saturating_sub(content.as_ptr() as usize);
    Ok(found.number.map(|number| Item::UniqueId { number, offset, length }))
}

fn language(id: CommandId, content: &[u8]) -> Option<Item> {
    let (tag, description) = parse::lang_listing(content)?;
    Some(Item::Event(Event::Language {
        id,
        tag: Bytes::copy_from_slice(tag),
        description: description.map(|text| Text::new(Bytes::copy_from_slice(text))),
    }))
}
