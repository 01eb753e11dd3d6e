//! The lines of LIST, UIDL, CAPA, LANG and raw commands.

use bytes::Bytes;

use super::{
    Event,
    receive::{Outcome, too_long},
};
use crate::{
    config::{Config, Limits},
    error::ProtocolError,
    event::{CommandId, Text},
    frame::LineEnd,
    response::parse,
    types::{Capabilities, MessageNumber},
};

/// What the lines of a multi-line answer are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Items {
    ScanListings,
    UniqueIds,
    Capabilities,
    Languages,
    Lines,
}

/// A multi-line answer of which the status line was read.
pub(super) struct Listing {
    pub(super) outcome: Outcome,
    pub(super) items: Items,
    pub(super) end: LineEnd,
    pub(super) capabilities: Capabilities,
    count: u64,
    octets: usize,
    /// The message number of the last item.
    last: u32,
}

/// How a line that is not as it should be is met.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Strictness {
    None,
    Lines,
    LinesAndOrder,
}

/// What one line came to.
pub(super) enum Item {
    Event(Event),
    /// The unique-id stands there in the line.
    UniqueId {
        number: MessageNumber,
        offset: usize,
        length: usize,
    },
}

/// What a line without anything remarkable says.
pub(super) enum Plain<'a> {
    ScanListing(MessageNumber, u64),
    UniqueId(MessageNumber, &'a [u8]),
}

impl Listing {
    pub(super) fn new(outcome: Outcome, items: Items, end: LineEnd) -> Self {
        Self {
            outcome,
            items,
            end,
            capabilities: Capabilities::default(),
            count: 0,
            octets: 0,
            last: 0,
        }
    }

    /// One line without its line end, of `total` octets with it.
    pub(super) fn item(
        &mut self,
        id: CommandId,
        content: &[u8],
        total: usize,
        strictness: Strictness,
        limits: &Limits,
    ) -> Result<Item, ProtocolError> {
        self.count_line(total, limits)?;
        let (number, item) = match self.items {
            Items::ScanListings => match parse::scan_listing(content) {
                Some(found) => (
                    found.number,
                    found.number.map(|number| {
                        Item::Event(Event::ScanListing { id, number, octets: found.octets })
                    }),
                ),
                None => (None, None),
            },
            Items::UniqueIds => match parse::unique_id_listing(content) {
                Some(found) => {
                    let length = found.unique_id.len();
                    if length > limits.unique_id {
                        return Err(too_long("unique-id", limits.unique_id));
                    }
                    // Where the parser found it, as a slice cannot be returned while the input is split.
                    let offset = (found.unique_id.as_ptr() as usize)
                        .saturating_sub(content.as_ptr() as usize);
                    (
                        found.number,
                        found.number.map(|number| Item::UniqueId { number, offset, length }),
                    )
                }
                None => (None, None),
            },
            // Capabilities are kept for long, so they are copied; and languages are few.
            Items::Capabilities => {
                let capability = parse::capability(&Bytes::copy_from_slice(content));
                if let Some(capability) = &capability {
                    self.capabilities.push(capability.clone());
                }
                (
                    None,
                    capability.map(|capability| Item::Event(Event::Capability { id, capability })),
                )
            }
            Items::Languages => {
                let language =
                    parse::lang_listing(content).map(|(tag, description)| Event::Language {
                        id,
                        tag: Bytes::copy_from_slice(tag),
                        description: description
                            .map(|text| Text::new(Bytes::copy_from_slice(text))),
                    });
                (None, language.map(Item::Event))
            }
            Items::Lines => {
                (None, Some(Item::Event(Event::Line { id, line: Bytes::copy_from_slice(content) })))
            }
        };
        let Some(item) = item else {
            let judged = matches!(self.items, Items::ScanListings | Items::UniqueIds);
            if strictness == Strictness::None || !judged {
                return Ok(Item::Event(Event::Unrecognized {
                    id,
                    line: Bytes::copy_from_slice(content),
                }));
            }
            return Err(self.malformed(content));
        };
        if let Some(number) = number {
            let follows = self.last.checked_add(1) == Some(number.get());
            if strictness == Strictness::LinesAndOrder && !follows {
                return Err(ProtocolError::Malformed {
                    what: "order of message numbers",
                    line: Text::excerpt(content),
                });
            }
            self.last = number.get();
        }
        Ok(item)
    }

    /// What a line without anything remarkable at the front of `input` says, and the octets of that line.
    #[inline]
    pub(super) fn plain_item<'a>(
        &mut self,
        input: &'a [u8],
        config: &Config,
    ) -> Option<(Plain<'a>, usize)> {
        let limits = &config.limits;
        if self.end != LineEnd::CrLf
            || config.quirks.strict_listings
            || self.count >= limits.listing_items
        {
            return None;
        }
        let (item, octets) = match self.items {
            Items::ScanListings => {
                let (number, octets, length) = parse::fast::plain_scan_listing(input)?;
                (Plain::ScanListing(number, octets), length)
            }
            Items::UniqueIds => {
                let (number, unique_id, length) = parse::fast::plain_unique_id_listing(input)?;
                if unique_id.len() > limits.unique_id {
                    return None;
                }
                (Plain::UniqueId(number, unique_id), length)
            }
            _ => return None,
        };
        if octets > limits.listing_line {
            return None;
        }
        self.count += 1;
        Some((item, octets))
    }

    fn count_line(&mut self, octets: usize, limits: &Limits) -> Result<(), ProtocolError> {
        self.count += 1;
        let (what, limit) = match self.items {
            Items::ScanListings | Items::UniqueIds | Items::Lines => {
                ("listing items", limits.listing_items)
            }
            Items::Capabilities => ("capability lines", limits.capability_lines as u64),
            Items::Languages => ("languages", limits.language_lines),
        };
        if self.count > limit {
            return Err(ProtocolError::TooLong { what, limit });
        }
        if self.items == Items::Capabilities {
            self.octets = self.octets.saturating_add(octets);
            if self.octets > limits.capability_octets {
                return Err(too_long("octets of capabilities", limits.capability_octets));
            }
        }
        Ok(())
    }

    fn malformed(&self, line: &[u8]) -> ProtocolError {
        let what =
            if self.items == Items::ScanListings { "scan listing" } else { "unique-id listing" };
        ProtocolError::Malformed { what, line: Text::excerpt(line) }
    }
}
