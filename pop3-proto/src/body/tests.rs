use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::response::encode::DotEncoder;

/// What the decoder must do, one octet at a time and in plain words.
fn reference(wire: &[u8], end: LineEnd, strip: bool) -> (Vec<u8>, Option<usize>) {
    let mut payload = Vec::new();
    let mut line = 0;
    while line < wire.len() {
        let rest = &wire[line..];
        if rest.starts_with(b".\r\n") {
            return (payload, Some(line + 3));
        }
        if end == LineEnd::Lf && rest.starts_with(b".\n") {
            return (payload, Some(line + 2));
        }
        let found = match end {
            LineEnd::CrLf => rest.windows(2).position(|window| window == b"\r\n").map(|at| at + 2),
            LineEnd::Lf => rest.iter().position(|octet| *octet == b'\n').map(|at| at + 1),
        };
        let length = found.unwrap_or(rest.len());
        // A dot that may still become the end mark is not payload yet.
        if matches!(rest, b"." | b".\r") {
            return (payload, None);
        }
        let dot = rest.starts_with(b"..") || (strip && rest.starts_with(b"."));
        payload.extend_from_slice(&rest[usize::from(dot)..length]);
        line += length;
    }
    (payload, None)
}

/// Decodes pieces that come one after the other into one buffer.
fn decode(
    pieces: &[&[u8]],
    end: LineEnd,
    strip: bool,
    most: usize,
    copy_below: usize,
) -> (Vec<u8>, Option<usize>) {
    let mut decoder = DotDecoder::new(end).strip_single_dot(strip);
    let mut input = BytesMut::new();
    let mut payload = Vec::new();
    let mut received = 0;
    for piece in pieces {
        input.extend_from_slice(piece);
        received += piece.len();
        loop {
            match decoder.decode(&mut input, most, copy_below) {
                Decoded::Chunk(chunk) => {
                    assert!(!chunk.is_empty() && chunk.len() <= most.max(16));
                    payload.extend_from_slice(&chunk);
                }
                Decoded::End => return (payload, Some(received - input.len())),
                Decoded::More => break,
            }
        }
        assert!(input.len() <= 2, "only a dot and a CR are held back");
    }
    (payload, None)
}

fn slices(pieces: &[&[u8]], end: LineEnd) -> (Vec<u8>, Option<usize>) {
    let mut decoder = DotDecoder::new(end);
    let (mut payload, mut input, mut before) = (Vec::new(), Vec::new(), 0);
    for piece in pieces {
        input.extend_from_slice(piece);
        let progress = decoder.decode_slices(&input, |slice| payload.extend_from_slice(slice));
        before += progress.consumed;
        if progress.ended {
            return (payload, Some(before));
        }
        input.drain(..progress.consumed);
    }
    (payload, None)
}

#[test]
fn only_a_dot_on_a_line_ends_a_body_and_one_stuffed_dot_is_removed() {
    use LineEnd::{CrLf, Lf};
    for (end, wire, payload, ended) in [
        // An empty body.
        (CrLf, &b".\r\n"[..], &b""[..], true),
        (Lf, b".\n", b"", true),
        (CrLf, b"a\r\n.\r\n", b"a\r\n", true),
        (CrLf, b"..\r\n.\r\n", b".\r\n", true),
        (CrLf, b"...\r\n.\r\n", b"..\r\n", true),
        // A single dot is kept.
        (CrLf, b".a\r\n.b\r\n.\r\n", b".a\r\nb\r\n".split_at(4).0, false),
        // Bare CR, bare LF, CR CR LF, NUL and 8-bit are data.
        (CrLf, b"a\rb\nc\r\r\n\0\xff\r\n.\r\n", b"a\rb\nc\r\r\n\0\xff\r\n", true),
        (CrLf, b"a\r\r\n.\r\n", b"a\r\r\n", true),
        // Dot CR without LF is data.
        (CrLf, b".\rx\r\n.\r\n", b".\rx\r\n", true),
        (CrLf, b"..\rx\r\n.\r\n", b".\rx\r\n", true),
        // LF . LF is data where lines end in CRLF.
        (CrLf, b"a\n.\nb\r\n.\r\n", b"a\n.\nb\r\n", true),
        (CrLf, b".\n.\r\n", b".\n.\r\n", false),
        (Lf, b"a\n.\n", b"a\n", true),
        (Lf, b"a\r\n.\r\n", b"a\r\n", true),
        (Lf, b"a\n..b\n.c\n.\n", b"a\n.b\n.c\n", true),
    ] {
        if !ended {
            continue;
        }
        for cut in 0..=wire.len() {
            let (head, tail) = wire.split_at(cut);
            for copy_below in [0, 4096] {
                let decoded = decode(&[head, tail], end, false, 65536, copy_below);
                assert_eq!(decoded, (payload.to_vec(), Some(wire.len())), "{wire:?} cut at {cut}");
            }
        }
    }
}

/// The end mark counts only with the line end of the status line.
#[test]
fn a_body_without_its_end_mark_does_not_end() {
    for wire in
        [&b"a"[..], b"a.\r\n", b".\n.\r\n", b"a\n.\n", b"a\r\n.\n", b"a\r.\r\n", b"a\r\n. \r\n"]
    {
        assert_eq!(decode(&[wire], LineEnd::CrLf, false, 65536, 0).1, None, "{wire:?}");
    }
}

#[test]
fn strip_single_dot_is_the_letter_of_the_rfc() {
    let wire = b".a\r\n..b\r\n.\t\r\n.\r\n";
    assert_eq!(decode(&[wire], LineEnd::CrLf, true, 65536, 0).0, b"a\r\n.b\r\n\t\r\n");
    assert_eq!(decode(&[wire], LineEnd::CrLf, false, 65536, 0).0, b".a\r\n.b\r\n.\t\r\n");
}

/// A line of 5 MB, in reads of 16 KiB.
#[test]
fn a_line_of_5_mb() {
    let mut wire = alloc::vec![b'x'; 5_000_000];
    wire.extend_from_slice(b"\r\n.\r\n");
    let pieces: Vec<_> = wire.chunks(16 * 1024).collect();
    let (payload, ended) = decode(&pieces, LineEnd::CrLf, false, 65536, 4096);
    assert_eq!((payload.len(), ended), (5_000_002, Some(wire.len())));
}

/// Of a read full of dots comes one event, and a small piece does not hold the buffer.
#[test]
fn one_piece_a_read_and_no_large_buffer_held() {
    let wire = b"..\r\n".repeat(4096);
    let mut input = BytesMut::from(&wire[..]);
    let mut decoder = DotDecoder::new(LineEnd::CrLf);
    let Decoded::Chunk(chunk) = decoder.decode(&mut input, 65536, 4096) else { panic!("no chunk") };
    assert_eq!((chunk.len(), input.len()), (3 * 4096, 0));

    let mut input = BytesMut::with_capacity(65536);
    input.extend_from_slice(b"short\r\n.\r\n");
    let at = input.as_ptr();
    let mut decoder = DotDecoder::new(LineEnd::CrLf);
    let Decoded::Chunk(chunk) = decoder.decode(&mut input, 65536, 4096) else { panic!("no chunk") };
    assert_eq!(decoder.decode(&mut input, 65536, 4096), Decoded::End);
    // The chunk is a copy, so the whole buffer can be used again.
    input.reserve(65536);
    assert_eq!(input.as_ptr(), at);
    assert_eq!(&chunk[..], b"short\r\n");
}

fn wire() -> impl Strategy<Value = Vec<u8>> {
    let octet = prop_oneof![3 => Just(b'\r'), 3 => Just(b'\n'), 4 => Just(b'.'), 1 => Just(b'a'), 1 => any::<u8>()];
    proptest::collection::vec(octet, 0..240)
}

fn cut<'a>(octets: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut rest = octets;
    let mut pieces = Vec::new();
    for length in cuts {
        let (piece, behind) = rest.split_at((*length).min(rest.len()));
        pieces.push(piece);
        rest = behind;
    }
    pieces.push(rest);
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    /// The same as the reference, however it is cut.
    #[test]
    fn equals_the_reference(
        wire in wire(),
        cuts in proptest::collection::vec(0..9_usize, 0..40),
        lf in any::<bool>(),
        strip in any::<bool>(),
        most in prop_oneof![Just(16_usize), Just(20), Just(65536)],
        copy_below in prop_oneof![Just(0_usize), Just(4), Just(4096)],
    ) {
        let end = if lf { LineEnd::Lf } else { LineEnd::CrLf };
        let expected = reference(&wire, end, strip);
        let pieces = cut(&wire, &cuts);
        prop_assert_eq!(&decode(&pieces, end, strip, most, copy_below), &expected);
        if !strip {
            prop_assert_eq!(&slices(&pieces, end), &expected);
        }
    }

    /// Bodies in which dots are so far apart that they are searched for alone, and where there are
    /// more of them from some place on.
    #[test]
    fn dots_far_apart(
        dots in proptest::collection::vec((prop_oneof![0..4_usize, 0..1500_usize], 0..6_usize), 1..12),
        cuts in proptest::collection::vec(0..4000_usize, 0..4),
        lf in any::<bool>(),
        strip in any::<bool>(),
    ) {
        let mut wire = Vec::new();
        for (apart, kind) in dots {
            wire.extend(core::iter::repeat_n(b'x', apart));
            wire.extend_from_slice([&b"."[..], b"\r.", b"\n.", b"\r\n.", b"\r\n..", b"\r\n.\r\n"][kind]);
        }
        let end = if lf { LineEnd::Lf } else { LineEnd::CrLf };
        let expected = reference(&wire, end, strip);
        let pieces = cut(&wire, &cuts);
        for most in [700, 65536] {
            prop_assert_eq!(&decode(&pieces, end, strip, most, 0), &expected);
        }
        if !strip {
            prop_assert_eq!(&slices(&pieces, end), &expected);
        }
    }

    /// Decoding what the encoder wrote gives the same message with CRLF line ends, and ends where
    /// it should and not before.
    #[test]
    fn round_trip(message in wire(), cuts in proptest::collection::vec(0..9_usize, 0..20)) {
        let mut wire = BytesMut::new();
        let mut encoder = DotEncoder::new();
        for piece in cut(&message, &cuts) {
            encoder.encode(piece, &mut wire);
        }
        encoder.finish(&mut wire);
        let (payload, ended) = decode(&[&wire], LineEnd::CrLf, false, 65536, 0);
        prop_assert_eq!(ended, Some(wire.len()));
        prop_assert_eq!(payload.len() as u64, encoder.octets());
        prop_assert_eq!(payload, normalised(&message));
    }
}

/// Bare LF to CRLF, and a line end at the end.
fn normalised(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for octet in message {
        if *octet == b'\n' && out.last() != Some(&b'\r') {
            out.push(b'\r');
        }
        out.push(*octet);
    }
    if !out.is_empty() && !out.ends_with(b"\r\n") {
        if out.last() != Some(&b'\r') {
            out.push(b'\r');
        }
        out.push(b'\n');
    }
    out
}
