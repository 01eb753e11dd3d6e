//! Bytes to frames: complete lines, and the bytes of streamed bodies between them. The first of the
//! three steps.
//!
//! A response ends at the first CRLF that is not inside a literal (RFC 9051 section 2.2.2). A
//! literal header is one only where the grammar wants a string: never in the text of a status
//! response (`OK`, `NO`, `BAD`, `BYE`, `PREAUTH`, tagged or not) or of a continuation request,
//! never inside a quoted string, never inside a word. The content of a literal is counted and never
//! looked at.
//!
//! * A literal that is the value of a top-level `BODY[..]`, `BINARY[..]`, `RFC822`, `RFC822.HEADER`
//!   or `RFC822.TEXT` item of a FETCH (or UIDFETCH) is *streamed*: slices of the input buffer, none
//!   of it held.
//! * All others stay in their line, under [`Limits::literal`] and [`Limits::line`].
//!
//! The bytes of an unfinished line stay in the caller's buffer. The framer remembers how far it
//! looked, so the work is linear even when bytes arrive one at a time. An announced size reserves
//! nothing.
//!
//! The machines use this. It is also useful for recorded streams, where there is no command to
//! match a tag with:
//!
//! ```
//! use bytes::BytesMut;
//! use imap_proto_lite::{Limits, Quirks, frame::{Frame, Framer}};
//!
//! let mut framer = Framer::new(&Limits::default(), &Quirks::default());
//! let mut input = BytesMut::from(&b"* 2 FETCH (BODY[] {5}\r\nhello UID 7)\r\nx OK done\r\n"[..]);
//! let mut lines = 0;
//! while let Some(frame) = framer.next(&mut input)? {
//!     match frame {
//!         Frame::Line(line) => {
//!             lines += 1;
//!             println!("{:?}", line.response());
//!         }
//!         Frame::Body { chunk } => assert_eq!(chunk, "hello"),
//!         _ => {}
//!     }
//! }
//! assert_eq!(lines, 2);
//! # Ok::<(), imap_proto_lite::ProtocolError>(())
//! ```

mod command;
pub(crate) mod fast;
mod kind;
mod lexer;
mod literal;
mod scan;
#[cfg(test)]
mod tests;

use core::{mem, ops::Range};

use bytes::{Buf, Bytes, BytesMut};

pub(crate) use self::command::{CommandFrame, CommandFramer};
use self::{
    kind::Kind,
    lexer::{Lexer, Place},
    literal::Size,
    scan::Scan,
};
use crate::{
    config::{Limits, Quirks},
    error::ProtocolError,
    response::{Line, Streamed},
    types::{SeqNumber, Uid},
};

/// A piece of a server's byte stream.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Frame {
    /// A complete response.
    Line(Line),
    /// A body starts, in the middle of a FETCH response whose line follows it.
    BodyStart {
        /// Number of the message; `None` in a UIDFETCH (RFC 9586), or where the number is not
        /// valid.
        seq: Option<SeqNumber>,
        /// Its UID, if that item came before the body, or if this is a UIDFETCH.
        uid: Option<Uid>,
        /// Name of the item as the server wrote it, such as `BODY[HEADER]<0>`.
        item: Bytes,
        /// Announced bytes.
        octets: u64,
    },
    /// Bytes of that body, at least one and at most [`Limits::body_chunk`].
    Body {
        /// A slice of the input buffer.
        chunk: Bytes,
    },
    /// The body is complete.
    BodyEnd,
}

/// A frame that has been located in the input but not split off yet: the caller splits it off where
/// it builds its event, which saves moves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Cut {
    /// The length of a complete response: [`Framer::take_line`].
    Line(usize),
    /// The bytes before a body: [`Framer::take_head`].
    Head(Head),
    /// The length of a piece of the body. The caller takes it.
    Chunk(usize),
    /// The body is over.
    End,
}

/// The bytes of a response up to a body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Head {
    /// Their length.
    end: usize,
    /// Where the name of the item is in them.
    pub(crate) item: Range<usize>,
    /// The announced length of the body.
    pub(crate) octets: u64,
}

/// The position of a framer in the stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum At {
    /// At the start of a response, with nothing scanned yet.
    Start,
    /// In a response.
    Response,
    /// In a body: the number of bytes that have not come yet.
    Body(u64),
    /// After a line that ended in an unreadable literal header: the following bytes may be the
    /// literal, so nothing can be read as a line any more.
    Lost,
}

/// Cuts the bytes of a server into frames.
#[derive(Clone, Debug)]
pub struct Framer {
    line_limit: usize,
    literal_limit: u64,
    body_limit: u64,
    chunk_limit: usize,
    bare_lf: bool,
    at: At,
    /// The part of the current response that was taken out of the input because a body followed it.
    head: BytesMut,
    /// Bytes that the limit allows for the rest of the current response.
    room: usize,
    streamed: Streamed,
    kind: Option<Kind>,
    scan: Scan,
    /// The error of an unreadable literal header at the end of the current line or of the one
    /// before.
    lost: Option<ProtocolError>,
}

/// Capacity of a head that is kept for the next one, in bytes.
const HEAD_CAPACITY_KEPT: usize = 4096;

impl Framer {
    /// At the start of a stream.
    #[must_use]
    pub fn new(limits: &Limits, quirks: &Quirks) -> Self {
        let limits = limits.clamped();
        Self {
            line_limit: limits.line,
            literal_limit: limits.literal as u64,
            body_limit: limits.body.unwrap_or(u64::MAX),
            chunk_limit: limits.body_chunk,
            bare_lf: quirks.bare_lf,
            at: At::Start,
            head: BytesMut::new(),
            room: limits.line,
            streamed: Streamed::Nowhere,
            kind: None,
            scan: Scan::default(),
            lost: None,
        }
    }

    /// Takes the next frame out of `input`. `None`: append bytes and call again.
    ///
    /// Between two calls bytes may only be appended to `input`.
    ///
    /// # Errors
    ///
    /// [`ProtocolError::TooLong`] and [`ProtocolError::Malformed`] where the end of a line or
    /// literal cannot be known any more. Nothing after it can be read.
    pub fn next(&mut self, input: &mut BytesMut) -> Result<Option<Frame>, ProtocolError> {
        if let Some(end) = fast::untouched_line(self, input) {
            let octets = input.split_to(end).freeze();
            return Ok(Some(Frame::Line(Line::new(octets, Streamed::Nowhere))));
        }
        Ok(self.cut(input)?.map(|cut| match cut {
            Cut::Line(end) => Frame::Line(self.take_line(input, end)),
            Cut::Head(head) => {
                let item = input.get(head.item.clone()).map(Bytes::copy_from_slice);
                let (seq, uid) = self.take_head(input, &head);
                Frame::BodyStart { seq, uid, item: item.unwrap_or_default(), octets: head.octets }
            }
            Cut::Chunk(length) => Frame::Body { chunk: input.split_to(length).freeze() },
            Cut::End => Frame::BodyEnd,
        }))
    }

    /// Locates the frame at the front of `input`. A line, a head or a chunk has to be taken before
    /// the next call; the framer counts a chunk as taken.
    pub(crate) fn cut(&mut self, input: &[u8]) -> Result<Option<Cut>, ProtocolError> {
        match self.at {
            At::Body(1..) | At::Start | At::Response | At::Lost if input.is_empty() => Ok(None),
            At::Body(_) => Ok(Some(self.cut_body(input).map_or(Cut::End, Cut::Chunk))),
            At::Start | At::Response => self.cut_response(input),
            At::Lost => self.lost.clone().map_or(Ok(None), Err),
        }
    }

    /// In a body: how many bytes of it are at the front of `input`, which must not be empty.
    /// `None`: the body is over.
    pub(crate) fn cut_body(&mut self, input: &[u8]) -> Option<usize> {
        let At::Body(remaining @ 1..) = self.at else {
            self.at = At::Response;
            return None;
        };
        let length = piece(remaining, self.chunk_limit, input);
        self.at = At::Body(remaining.saturating_sub(length as u64));
        Some(length)
    }

    /// Whether nothing of a response is pending, here or in `input`: the stream may end.
    #[must_use]
    pub fn at_boundary(&self, input: &[u8]) -> bool {
        !self.in_body() && self.head.is_empty() && input.is_empty()
    }

    /// Whether a body is being streamed.
    pub fn in_body(&self) -> bool {
        matches!(self.at, At::Body(_))
    }

    fn cut_response(&mut self, input: &[u8]) -> Result<Option<Cut>, ProtocolError> {
        self.at = At::Response;
        loop {
            let found = self.scan.find_line_end(input, self.bare_lf);
            if found.map_or(input.len(), |(_, end)| end) > self.room {
                return Err(self.line_too_long());
            }
            let Some((text_end, end)) = found else {
                return Ok(None);
            };
            match self.literal(input, text_end)? {
                None => return Ok(Some(Cut::Line(end))),
                Some((Place::Body(item), octets)) if self.streams() => {
                    if octets > self.body_limit {
                        return Err(self.body_too_long());
                    }
                    return Ok(Some(Cut::Head(Head { end, item, octets })));
                }
                Some((_, octets)) => self.skip_literal(end, octets)?,
            }
        }
    }

    /// The literal whose header ends the line at `text_end`.
    fn literal(
        &mut self,
        input: &[u8],
        text_end: usize,
    ) -> Result<Option<(Place, u64)>, ProtocolError> {
        let text = input.get(self.scan.segment..text_end).unwrap_or_default();
        let Some(header) = literal::trailing(text) else {
            return Ok(None);
        };
        let start = self.scan.segment + header.start;
        let before = input.get(..start).unwrap_or_default();
        if let Some((fetch, octets)) = fast::body_head(self, before, header.size) {
            self.kind = Some(Kind::Fetch(Some(fetch.seq)));
            self.scan.lexer = Lexer::in_fetch(fetch.uid);
            self.scan.lexed = start;
            return Ok(Some((Place::Body(fetch.item), octets)));
        }
        let kind = *self.kind.get_or_insert_with(|| Kind::of(text));
        if kind == Kind::Text {
            return Ok(None);
        }
        match (self.scan.literal_at(input, start), header.size) {
            (Place::Text, _) => Ok(None),
            (place, Size::Octets(size)) => Ok(Some((place, size))),
            (Place::Body(_), Size::Huge) => Err(self.body_too_long()),
            (Place::String, Size::Huge) => {
                Err(ProtocolError::TooLong { what: "literal", limit: self.literal_limit })
            }
            (_, Size::Unreadable) => {
                let header = text.get(header.start..).unwrap_or(text);
                self.lost = Some(ProtocolError::malformed("literal header", header));
                Ok(None)
            }
        }
    }

    fn streams(&self) -> bool {
        matches!(self.kind, Some(Kind::Fetch(_) | Kind::UidFetch(_)))
    }

    fn skip_literal(&mut self, end: usize, size: u64) -> Result<(), ProtocolError> {
        if size > self.literal_limit {
            return Err(ProtocolError::TooLong { what: "literal", limit: self.literal_limit });
        }
        let after = usize::try_from(size).ok().and_then(|size| size.checked_add(end));
        let Some(after) = after.filter(|after| *after <= self.room) else {
            return Err(self.line_too_long());
        };
        self.scan.skip_literal(after);
        Ok(())
    }

    /// Takes the bytes before a body out of `input`. Returns the message of the body: its number,
    /// and its UID if it is known.
    pub(crate) fn take_head(
        &mut self,
        input: &mut BytesMut,
        head: &Head,
    ) -> (Option<SeqNumber>, Option<Uid>) {
        self.move_to_head(input, head.end);
        self.streamed.push(u32::try_from(self.head.len()).unwrap_or(u32::MAX));
        self.scan.lexer.after_literal();
        self.at = At::Body(head.octets);
        match self.kind {
            Some(Kind::Fetch(seq)) => (seq, self.scan.lexer.uid),
            Some(Kind::UidFetch(uid)) => (None, uid),
            _ => (None, None),
        }
    }

    /// Takes a complete response out of `input`.
    pub(crate) fn take_line(&mut self, input: &mut BytesMut, end: usize) -> Line {
        let octets = if self.head.is_empty() {
            input.split_to(end).freeze()
        } else {
            self.move_to_head(input, end);
            // A small allocation is reused for the next head, once this line is dropped.
            if self.head.len() > HEAD_CAPACITY_KEPT {
                mem::take(&mut self.head).freeze()
            } else {
                self.head.split().freeze()
            }
        };
        let streamed = mem::take(&mut self.streamed);
        self.room = self.line_limit;
        self.kind = None;
        self.at = if self.lost.is_some() { At::Lost } else { At::Start };
        self.scan = Scan::default();
        Line::new(octets, streamed)
    }

    fn move_to_head(&mut self, input: &mut BytesMut, end: usize) {
        self.head.extend_from_slice(input.get(..end).unwrap_or_default());
        input.advance(end);
        self.room = self.room.saturating_sub(end);
        self.scan.start_at(0);
    }

    fn body_too_long(&self) -> ProtocolError {
        ProtocolError::TooLong { what: "body", limit: self.body_limit }
    }

    fn line_too_long(&self) -> ProtocolError {
        ProtocolError::TooLong { what: "line", limit: self.line_limit as u64 }
    }
}

/// How many bytes of a body are taken at once: it has `remaining` more, the first in `input`.
fn piece(remaining: u64, limit: usize, input: &[u8]) -> usize {
    usize::try_from(remaining).unwrap_or(usize::MAX).min(limit).min(input.len())
}

/// Whether a line ends in a literal header, `{n+}` if `non_synchronising` and `{n}` if not.
pub(crate) fn ends_in_literal(line: &[u8], non_synchronising: bool) -> bool {
    literal::trailing(line).is_some_and(|header| header.non_synchronising == non_synchronising)
}
