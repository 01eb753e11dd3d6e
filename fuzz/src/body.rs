//! POP3's dot decoder against a simple reference.

use bytes::BytesMut;
use pop3_proto::{
    body::{Decoded, DotDecoder},
    frame::LineEnd,
};

/// Decodes a body, whole and cut, and compares it with a reference that reads line by line.
///
/// The first byte chooses the line ends, the handling of single dots and the size of chunks.
pub fn body_decode(data: &[u8]) {
    let Some((&options, wire)) = data.split_first() else {
        return;
    };
    let end = if options & 1 == 0 { LineEnd::CrLf } else { LineEnd::Lf };
    let strip = options & 2 != 0;
    let most = 16 + usize::from(options >> 3);
    let expected = reference(wire, end, strip);
    for cut in [wire.len().max(1), 1, 1 + usize::from(options % 7)] {
        assert_eq!(decode(wire, end, strip, most, cut), expected, "cut after {cut}");
    }
    let mut payload = Vec::new();
    let mut decoder = DotDecoder::new(end).strip_single_dot(strip);
    let progress = decoder.decode_slices(wire, |piece| payload.extend_from_slice(piece));
    assert_eq!((payload, progress.ended.then_some(progress.consumed)), expected);
}

/// The payload, and how many bytes it took if the end mark came.
fn decode(
    wire: &[u8],
    end: LineEnd,
    strip: bool,
    most: usize,
    cut: usize,
) -> (Vec<u8>, Option<usize>) {
    let mut decoder = DotDecoder::new(end).strip_single_dot(strip);
    let mut input = BytesMut::new();
    let (mut payload, mut fed) = (Vec::new(), 0);
    for piece in wire.chunks(cut) {
        input.extend_from_slice(piece);
        fed += piece.len();
        loop {
            match decoder.decode(&mut input, most, 8) {
                Decoded::Chunk(chunk) => {
                    assert!(!chunk.is_empty() && chunk.len() <= most);
                    payload.extend_from_slice(&chunk);
                }
                Decoded::End => return (payload, Some(fed - input.len())),
                Decoded::More => break,
            }
        }
        assert!(input.len() <= 2, "more is kept than a dot and a CR");
    }
    (payload, None)
}

/// RFC 1939 section 3, byte by byte: `held` is the beginning of a line that may turn out to end the
/// body.
fn reference(wire: &[u8], end: LineEnd, strip: bool) -> (Vec<u8>, Option<usize>) {
    let mut payload: Vec<u8> = Vec::new();
    let mut held: Vec<u8> = Vec::new();
    let mut at_start = true;
    let mut before = 0;
    for (place, &octet) in wire.iter().enumerate() {
        if at_start {
            held.push(octet);
            match held[..] {
                [b'.'] | [b'.', b'\r'] => continue,
                [b'.', b'\r', b'\n'] => return (payload, Some(place + 1)),
                [b'.', b'\n'] if end == LineEnd::Lf => return (payload, Some(place + 1)),
                _ => {}
            }
            if held[0] == b'.' && held.len() > 1 && (strip || held[1] == b'.') {
                held.remove(0);
            }
            before = held[..held.len() - 1].last().copied().unwrap_or_default();
            payload.append(&mut held);
        } else {
            payload.push(octet);
        }
        at_start = octet == b'\n' && (end == LineEnd::Lf || before == b'\r');
        before = octet;
    }
    (payload, None)
}
