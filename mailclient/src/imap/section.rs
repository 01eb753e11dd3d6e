//! [`Piece`]: how a part of a message is asked for, and what its bytes are checked against.

use std::{
    num::{NonZeroU32, NonZeroU64},
    ops::Range,
};

use imap_proto_lite::{
    HeaderName,
    command::FetchItem,
    response::{BodyData, Fetch, FetchAttribute},
    section::{PartNumber, Partial, Section, SectionText},
};

use crate::{
    error::{Error, Result},
    imap::decoding::Decoding,
    in_flight::HEADER,
    message::Decoder,
    part::Part,
};

/// What is asked of each message.
#[derive(Debug)]
pub(super) struct Piece {
    section: Section<'static>,
    partial: Option<Partial>,
    /// The most bytes that it has; about, for a header.
    most: Option<u64>,
    pub(super) is_whole: bool,
    /// Its transfer encoding is to be undone.
    pub(super) decoding: Option<Decoding>,
}

/// What a server says of a body before its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Head {
    /// Where the bytes begin in the section.
    pub(super) origin: Option<u64>,
    pub(super) octets: u64,
    /// The server has undone the transfer encoding.
    pub(super) is_decoded: bool,
}

impl Piece {
    /// `has_binary`: the server undoes transfer encodings.
    pub(super) fn of(part: &Part, has_binary: bool) -> Result<Self> {
        let (of, range) = match part {
            Part::Range { of, bytes } => (&**of, Some(bytes)),
            whole => (whole, None),
        };
        let decoding = match of {
            Part::Section { decoded: true, .. } if range.is_some() => {
                return Err(Error::misuse(
                    "a range of a decoded part; read one of the encoded part",
                ));
            }
            Part::Section { path, decoded: true } => {
                Some(Decoding::new(part_number(path)?, has_binary))
            }
            _ => None,
        };
        let is_header = !matches!(of, Part::Whole | Part::Section { .. });
        let length = range.map(|bytes| bytes.end.saturating_sub(bytes.start));
        Ok(Self {
            section: section(of)?,
            partial: range.map(partial).transpose()?,
            most: length.or_else(|| is_header.then_some(HEADER)),
            is_whole: *part == Part::Whole,
            decoding,
        })
    }

    /// `BODY.PEEK[..]`, which never sets `\Seen`, or `BINARY.PEEK[..]`.
    pub(super) fn item(&self) -> FetchItem<'static> {
        match &self.decoding {
            Some(decoding) if decoding.is_binary => decoding.item(),
            _ => FetchItem::BodySection {
                section: self.section.clone(),
                partial: self.partial,
                peek: true,
            },
        }
    }

    pub(super) fn is_binary(&self) -> bool {
        self.decoding.as_ref().is_some_and(|decoding| decoding.is_binary)
    }

    /// The bytes of the piece of a message of this size, at most; of a header, about.
    pub(super) fn bytes(&self, size: u64) -> u64 {
        self.most.map_or(size, |most| most.min(size))
    }

    /// Whether NIL in its place says that the message has no such part.
    pub(super) const fn may_be_missing(&self) -> bool {
        self.section.part.is_some()
    }

    /// Whether the bytes that come are those that were asked for. Some servers send all of a
    /// section in place of a range of it, without saying so.
    pub(super) fn is_asked(&self, head: Head) -> bool {
        let Some(Partial { offset, octets }) = self.partial else {
            return head.origin.is_none_or(|origin| origin == 0);
        };
        head.origin.unwrap_or(0) == u64::from(offset) && head.octets <= u64::from(octets.get())
    }

    /// What undoes the encoding of the body that comes; `None` if the encoding is not known yet.
    pub(super) fn decoder(&self, uid: NonZeroU32, head: Head) -> Option<Decoder> {
        match &self.decoding {
            Some(decoding) if !head.is_decoded => decoding.decoder(uid),
            _ => Some(Decoder::default()),
        }
    }
}

fn section(part: &Part) -> Result<Section<'static>> {
    match part {
        Part::Whole => Ok(Section::full()),
        Part::Headers => Ok(Section::header()),
        Part::Fields(names) => {
            let names = names.iter().map(|name| HeaderName::new(name.clone()));
            let names: Vec<_> = names.collect::<Result<_, _>>().map_err(Error::misuse)?;
            if names.is_empty() {
                return Err(Error::misuse("no header field is asked for"));
            }
            Ok(Section::header_fields(names))
        }
        Part::Section { path, .. } => part_number(path).map(Section::part),
        Part::MimeHeaders(path) => part_number(path).map(Section::mime),
        Part::EnclosedHeaders(path) => {
            let part = Some(part_number(path)?);
            Ok(Section { part, text: Some(SectionText::Header) })
        }
        Part::Range { .. } => Err(Error::misuse("a range of a range of bytes")),
    }
}

fn part_number(path: &[NonZeroU32]) -> Result<PartNumber<'static>> {
    PartNumber::new(path.iter().copied())
        .ok_or_else(|| Error::misuse("the path of a MIME part is empty"))
}

fn partial(bytes: &Range<u64>) -> Result<Partial> {
    let count = NonZeroU64::new(bytes.end.saturating_sub(bytes.start));
    let count = count.and_then(|count| NonZeroU32::try_from(count).ok());
    match (u32::try_from(bytes.start), count) {
        (Ok(offset), Some(octets)) => Ok(Partial { offset, octets }),
        _ => Err(Error::misuse("a range of bytes is empty or beyond 4 GiB")),
    }
}

/// The body in an attribute of a response.
pub(super) fn body_of(attribute: FetchAttribute<'_>) -> Option<(Head, BodyData<'_>)> {
    match attribute {
        FetchAttribute::BodySection { origin, data, .. } => {
            Some((Head { origin, ..Head::default() }, data))
        }
        FetchAttribute::Binary { origin, data, .. } => {
            Some((Head { origin, octets: 0, is_decoded: true }, data))
        }
        _ => None,
    }
}

/// Whether a body came before this line.
pub(super) fn is_body(fetch: &Fetch<'_>) -> bool {
    let mut bodies = fetch.iter().filter_map(body_of);
    bodies.any(|(_, data)| matches!(data, BodyData::Streamed { .. }))
}
