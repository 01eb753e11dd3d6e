//! The body of a multi-line response: undoes its byte-stuffing and finds the end mark.
//! [RFC 1939 section 3](https://www.rfc-editor.org/rfc/rfc1939#section-3): a line that begins with
//! a dot is sent with a second one ("byte-stuffed"), and a line with only a dot, the end mark (the
//! RFC's termination octet with its CRLF), ends the response.
//!
//! Incremental: looks at each byte a constant number of times, keeps nothing but a state, and gives
//! the payload of one call in one piece.

use bytes::{Buf, Bytes, BytesMut};
use memchr::{memchr, memmem::Finder};

use crate::frame::LineEnd;

/// Removes the stuffed dots of a body, and finds its end mark.
#[derive(Clone, Debug)]
pub struct DotDecoder {
    state: State,
    end: LineEnd,
    strip_single_dot: bool,
    finder: Finder<'static>,
}

/// What [`DotDecoder::decode`] found.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a body continues, has ended, or waits")]
pub enum Decoded {
    /// Payload, never empty.
    Chunk(Bytes),
    /// The end mark (`.` CRLF), which is consumed.
    End,
    /// Append bytes and call again.
    More,
}

/// What [`DotDecoder::decode_slices`] did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes consumed. The rest (at most two, before the end) must be at the front of the next
    /// call's input.
    pub consumed: usize,
    /// The last of the bytes consumed are the end mark.
    pub ended: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Before the first byte of a line.
    LineStart,
    /// In a line.
    InLine,
    /// After a CR.
    Cr,
}

/// How many bytes after a removed dot are looked at one by one.
const NEAR: usize = 64;

/// The meaning of the next bytes.
enum Step {
    Payload(usize),
    Skip(usize),
    End(usize),
    /// More bytes are needed.
    Hold,
}

impl DotDecoder {
    /// A decoder at the first byte after a status line with this line end.
    #[must_use]
    pub fn new(end: LineEnd) -> Self {
        let finder = Finder::new(match end {
            LineEnd::CrLf => &b"\r\n."[..],
            LineEnd::Lf => &b"\n."[..],
        });
        Self { state: State::LineStart, end, strip_single_dot: false, finder }
    }

    /// Removes a single dot at the beginning of a line as well, as the RFC says to the letter. For
    /// a conforming server this makes no difference.
    #[must_use]
    pub const fn strip_single_dot(mut self, strip: bool) -> Self {
        self.strip_single_dot = strip;
        self
    }

    /// Takes payload from the front of `input`: up to `most` bytes (at least 16) in one piece,
    /// moved together where dots were removed. A piece of less than `copy_below` bytes is copied,
    /// so that it does not keep the buffer alive.
    pub fn decode(&mut self, input: &mut BytesMut, most: usize, copy_below: usize) -> Decoded {
        let most = most.max(16).min(input.len());
        let Some(window) = input.get_mut(..most) else {
            return Decoded::More;
        };
        let mut dotted = false;
        let (mut read, mut written) = (0, 0);
        while let Some(rest) = window.get(read..) {
            match self.step(rest, &mut dotted) {
                Step::Payload(octets) => {
                    if written < read {
                        window.copy_within(read..read + octets, written);
                    }
                    read += octets;
                    written += octets;
                }
                Step::Skip(octets) => {
                    read += octets;
                    self.walk(window, &mut read, &mut written);
                }
                // After payload, the end mark waits for the next call.
                Step::End(octets) if written == 0 => {
                    input.advance(octets);
                    return Decoded::End;
                }
                Step::End(_) | Step::Hold => break,
            }
        }
        if written == 0 {
            input.advance(read);
            return Decoded::More;
        }
        if written < copy_below {
            let chunk = Bytes::copy_from_slice(window.get(..written).unwrap_or_default());
            input.advance(read);
            return Decoded::Chunk(chunk);
        }
        let mut chunk = input.split_to(read);
        chunk.truncate(written);
        Decoded::Chunk(chunk.freeze())
    }

    /// For callers without [`BytesMut`]: calls `payload` for each piece. Stops after the end mark.
    pub fn decode_slices(&mut self, input: &[u8], mut payload: impl FnMut(&[u8])) -> Progress {
        let mut dotted = false;
        let mut consumed = 0;
        while let Some(rest) = input.get(consumed..) {
            match self.step(rest, &mut dotted) {
                Step::Payload(octets) => {
                    payload(rest.get(..octets).unwrap_or_default());
                    consumed += octets;
                }
                Step::Skip(octets) => consumed += octets,
                Step::End(octets) => {
                    return Progress { consumed: consumed + octets, ended: true };
                }
                Step::Hold => break,
            }
        }
        Progress { consumed, ended: false }
    }

    /// Moves payload byte by byte after a removed dot, because the next one may be near (a body may
    /// consist of nothing else) and starting a search costs more than walking there. Stops after
    /// [`NEAR`] bytes without a dot to remove, and before a line that [`step`](Self::step) has to
    /// look at.
    fn walk(&mut self, window: &mut [u8], read: &mut usize, written: &mut usize) {
        let (mut from, mut to) = (*read, *written);
        let mut state = State::InLine;
        let mut end = from + NEAR;
        while from < end
            && let Some(&octet) = window.get(from)
            && let Some(place) = window.get_mut(to)
        {
            *place = octet;
            from += 1;
            to += 1;
            state = match (octet, self.end) {
                (b'\n', LineEnd::Lf) => State::LineStart,
                (b'\n', LineEnd::CrLf) if state == State::Cr => State::LineStart,
                (b'\r', LineEnd::CrLf) => State::Cr,
                _ => State::InLine,
            };
            if state == State::LineStart && window.get(from) == Some(&b'.') {
                if window.get(from + 1) != Some(&b'.') {
                    break;
                }
                from += 1;
                end = from + NEAR;
                // The second dot is payload, whatever follows.
                state = State::InLine;
            }
        }
        self.state = state;
        (*read, *written) = (from, to);
    }

    /// Finds the first dot after a line end.
    ///
    /// Most bytes of mail are base64, which has no dots, so a search for a dot alone is faster than
    /// one for line end and dot. Where dots are frequent, as in header fields and prose, it is
    /// slower: `dotted` remembers that.
    fn dot_after_line_end(&self, octets: &[u8], dotted: &mut bool) -> Option<usize> {
        /// Dots are frequent if there is one in fewer bytes than these.
        const APART: usize = 512;
        let line_end = self.finder.needle().len() - 1;
        let (mut from, mut dots) = (0, 0);
        while !*dotted {
            let dot = from + memchr(b'.', octets.get(from..)?)?;
            dots += 1;
            *dotted = dot < dots * APART;
            if octets.get(..dot)?.ends_with(self.finder.needle().get(..line_end)?) {
                return Some(dot);
            }
            from = dot + 1;
        }
        Some(from + self.finder.find(octets.get(from..)?)? + line_end)
    }

    /// `dotted`: whether dots were frequent so far.
    fn step(&mut self, rest: &[u8], dotted: &mut bool) -> Step {
        match (self.state, rest) {
            (_, []) => return Step::Hold,
            (State::LineStart, [b'.', after @ ..]) => match (self.end, after) {
                (_, [] | [b'\r']) => return Step::Hold,
                (_, [b'\r', b'\n', ..]) => return Step::End(3),
                (LineEnd::Lf, [b'\n', ..]) => return Step::End(2),
                (_, [next, ..]) => {
                    self.state = State::InLine;
                    if *next == b'.' || self.strip_single_dot {
                        return Step::Skip(1);
                    }
                }
            },
            (State::Cr, [b'\n', ..]) => {
                self.state = State::LineStart;
                return Step::Payload(1);
            }
            _ => self.state = State::InLine,
        }
        if let Some(dot) = self.dot_after_line_end(rest, dotted) {
            self.state = State::LineStart;
            // The line end before the dot belongs to the payload.
            return Step::Payload(dot);
        }
        self.state = match (self.end, rest) {
            (LineEnd::CrLf, [.., b'\r', b'\n']) | (LineEnd::Lf, [.., b'\n']) => State::LineStart,
            (LineEnd::CrLf, [.., b'\r']) => State::Cr,
            _ => State::InLine,
        };
        Step::Payload(rest.len())
    }
}

#[cfg(test)]
mod tests;
