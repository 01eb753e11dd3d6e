//! The body of a multi-line response: dots un-stuffed, the end found. [RFC 1939 section 3](https://www.rfc-editor.org/rfc/rfc1939#section-3).
//!
//! Incremental: each octet is looked at a constant number of times, nothing is kept but a state, and the payload of one call is one piece.

use bytes::{Buf, Bytes, BytesMut};
use memchr::{memchr, memmem::Finder};

use crate::frame::LineEnd;

/// Undoes dot-stuffing.
#[derive(Clone, Debug)]
pub struct DotDecoder {
    state: State,
    end: LineEnd,
    strip_single_dot: bool,
    finder: Finder<'static>,
}

/// What [`DotDecoder::decode`] found.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a body goes on, has ended, or waits")]
pub enum Decoded {
    /// Payload, never empty.
    Chunk(Bytes),
    /// The end mark was there and is consumed.
    End,
    /// Append octets and call again.
    More,
}

/// What [`DotDecoder::decode_slices`] did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Progress {
    /// Octets consumed. The others (two at most, before the end) have to be at the front of the next call's input.
    pub consumed: usize,
    /// The end mark is among them.
    pub ended: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Before the first octet of a line.
    LineStart,
    /// Within a line.
    InLine,
    /// Behind a CR.
    Cr,
}

/// So many octets behind a removed dot are walked one by one.
const NEAR: usize = 64;

/// What the next octets are.
enum Step {
    Payload(usize),
    Skip(usize),
    End(usize),
    /// They do not say yet.
    Hold,
}

impl DotDecoder {
    /// A decoder at the first octet behind a status line that ended so.
    #[must_use]
    pub fn new(end: LineEnd) -> Self {
        let finder = Finder::new(match end {
            LineEnd::CrLf => &b"\r\n."[..],
            LineEnd::Lf => &b"\n."[..],
        });
        Self { state: State::LineStart, end, strip_single_dot: false, finder }
    }

    /// Remove a single dot at the beginning of a line as well: the letter of the RFC, where a conforming server makes no difference.
    #[must_use]
    pub const fn strip_single_dot(mut self, strip: bool) -> Self {
        self.strip_single_dot = strip;
        self
    }

    /// Takes payload from the front of `input`: at most `most` octets (at least 16), in one piece, moved together where dots were removed. A
    /// piece below `copy_below` octets is copied out, so that it does not keep the buffer alive.
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
                // With payload before it the end mark waits for the next call.
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

    /// The same for callers without [`BytesMut`]: calls `payload` for each piece. Stops behind the end mark.
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

    /// Behind a removed dot the next one may be near (at worst a body has nothing else), and a search costs more to begin than
    /// to walk there. Moves payload until the last [`NEAR`] octets had no dot to remove, or a line begins that [`step`](Self::step)
    /// has to look at.
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
                // The second dot is payload, whatever it is followed by.
                state = State::InLine;
            }
        }
        self.state = state;
        (*read, *written) = (from, to);
    }

    /// Where the first dot is that a line begins with, but for one at the very front.
    ///
    /// Most octets of mail are base64, which has no dots: one octet is found faster than three. Where dots are frequent, as in header fields and
    /// prose, it is the other way round, and `dotted` says so from then on.
    fn dot_behind_line_end(&self, octets: &[u8], dotted: &mut bool) -> Option<usize> {
        /// Dots are frequent where there is one in fewer octets than these.
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

    /// `dotted`: whether dots were frequent in the octets before.
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
        if let Some(dot) = self.dot_behind_line_end(rest, dotted) {
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
