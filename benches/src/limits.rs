//! The best that the processor can do, and the simplest code: the scale of the figures.

use std::hint::black_box;

use bytes::{Buf as _, BytesMut};
use memchr::{memchr, memrchr};

use crate::source::{READ, Source};

/// Copies everything, a block of 64 KiB at a time, into one block.
#[must_use]
pub fn copy_blocks(octets: &[u8], block: &mut [u8]) -> u64 {
    let size = block.len().max(1);
    for piece in octets.chunks(size) {
        if let Some(into) = block.get_mut(..piece.len()) {
            into.copy_from_slice(piece);
        }
        black_box(&mut *block);
    }
    octets.len() as u64
}

/// Searches each line feed with a separate call, as a framer does.
#[must_use]
pub fn memchr_per_line(octets: &[u8]) -> u64 {
    let mut rest = octets;
    let mut lines = 0;
    while let Some(found) = memchr(b'\n', rest) {
        lines += 1;
        rest = rest.get(found + 1..).unwrap_or_default();
    }
    lines
}

/// The size of the literal that a line announces at its end.
#[must_use]
pub fn announced(line: &[u8]) -> Option<usize> {
    let inner = line.strip_suffix(b"}\r\n")?;
    let number = inner.get(memrchr(b'{', inner)? + 1..)?;
    std::str::from_utf8(number).ok()?.parse().ok()
}

/// Reads of 16 KiB in which only line ends and sizes are looked for. `take` is given the input and
/// the size of each line and of each piece of a literal at its front, and removes them. Returns the
/// number of lines.
#[must_use]
pub fn pass_over(octets: &[u8], take: impl Fn(&mut BytesMut, usize)) -> u64 {
    let mut source = Source::new(octets, READ);
    let mut input = BytesMut::with_capacity(READ + 4096);
    let mut literal = 0;
    let mut lines = 0;
    while source.read_buf(&mut input) > 0 {
        while !input.is_empty() {
            if literal > 0 {
                let here = input.len().min(literal);
                take(&mut input, here);
                literal -= here;
                continue;
            }
            let Some(found) = memchr(b'\n', &input) else {
                break;
            };
            literal = announced(input.get(..=found).unwrap_or_default()).unwrap_or(0);
            take(&mut input, found + 1);
            lines += 1;
        }
    }
    lines
}

/// Lends the bytes in place.
pub fn lend(input: &mut BytesMut, octets: usize) {
    black_box(input.get(..octets));
    input.advance(octets);
}

/// Hands the bytes out as `Bytes`, as an event that owns them does.
pub fn hand_out(input: &mut BytesMut, octets: usize) {
    black_box(&input.split_to(octets).freeze());
}

/// Searches an absent byte: the speed of reading.
#[must_use]
pub fn memchr_absent(octets: &[u8]) -> u64 {
    u64::from(memchr(0, octets).is_some())
}

/// A table that has 1 for bytes which end a token.
#[must_use]
pub fn token_table() -> [u8; 256] {
    let mut table = [0; 256];
    for octet in b"() \"\\{\r\n" {
        if let Some(entry) = table.get_mut(usize::from(*octet)) {
            *entry = 1;
        }
    }
    table
}

/// One look-up a byte: the floor of a tokenizer that goes byte by byte.
#[must_use]
pub fn table_per_octet(octets: &[u8], table: &[u8; 256]) -> u64 {
    octets.iter().map(|octet| table.get(usize::from(*octet)).copied().map_or(0, u64::from)).sum()
}

/// Un-stuffs POP3 bodies one byte at a time into `out`, as most clients do. Returns the number of
/// bodies.
#[must_use]
pub fn unstuff_per_octet(octets: &[u8], out: &mut Vec<u8>) -> u64 {
    #[derive(Clone, Copy)]
    enum State {
        LineStart,
        Dot,
        DotCr,
        InLine,
        Cr,
    }
    let mut state = State::LineStart;
    let mut bodies = 0;
    out.clear();
    for &octet in octets {
        state = match (state, octet) {
            (State::LineStart, b'.') => State::Dot,
            (State::Dot, b'\r') => State::DotCr,
            (State::DotCr, b'\n') => {
                bodies += 1;
                black_box(&mut *out).clear();
                State::LineStart
            }
            (State::DotCr, _) => {
                out.extend_from_slice(&[b'\r', octet]);
                State::InLine
            }
            (State::Cr, b'\n') => {
                out.push(octet);
                State::LineStart
            }
            (_, b'\r') => {
                out.push(octet);
                State::Cr
            }
            _ => {
                out.push(octet);
                State::InLine
            }
        };
    }
    bodies
}
