use alloc::vec::Vec;

use super::*;

fn top(message: &[u8], lines: u32, piece: usize) -> BytesMut {
    let mut encoder = MessageEncoder::new(Some(lines));
    let mut out = BytesMut::new();
    for piece in message.chunks(piece) {
        encoder.encode(piece, &mut out);
    }
    encoder.finish(&mut out);
    out
}

#[test]
fn top_counts_lines_of_the_body() {
    let message = b"A: 1\r\nB: 2\r\n\r\none\r\n.two\r\n\r\nfour";
    for (lines, expected) in [
        (0, &b"A: 1\r\nB: 2\r\n\r\n.\r\n"[..]),
        (1, b"A: 1\r\nB: 2\r\n\r\none\r\n.\r\n"),
        (2, b"A: 1\r\nB: 2\r\n\r\none\r\n..two\r\n.\r\n"),
        (3, b"A: 1\r\nB: 2\r\n\r\none\r\n..two\r\n\r\n.\r\n"),
        (4, b"A: 1\r\nB: 2\r\n\r\none\r\n..two\r\n\r\nfour\r\n.\r\n"),
        (u32::MAX, b"A: 1\r\nB: 2\r\n\r\none\r\n..two\r\n\r\nfour\r\n.\r\n"),
    ] {
        for piece in 1..=message.len() {
            assert_eq!(top(message, lines, piece), expected, "TOP {lines} in pieces of {piece}");
        }
    }
    // A header without a body, with and without its empty line; bare LF; an empty message.
    assert_eq!(top(b"A: 1\r\n", 0, 9), &b"A: 1\r\n.\r\n"[..]);
    assert_eq!(top(b"A: 1\r\n\r\n", 5, 9), &b"A: 1\r\n\r\n.\r\n"[..]);
    assert_eq!(top(b"A: 1\n\none\ntwo\n", 1, 2), &b"A: 1\r\n\r\none\r\n.\r\n"[..]);
    assert_eq!(top(b"", 3, 1), &b".\r\n"[..]);
    // A line of one CR is not empty, wherever it is cut.
    for piece in 1..5 {
        assert_eq!(top(b"\r\r\nA: 1\r\n\r\nbody\r\n", 0, piece), &b"\r\r\nA: 1\r\n\r\n.\r\n"[..]);
    }
    assert_eq!(top(b"\r\nbody\r\nmore\r\n", 1, 1), &b"\r\nbody\r\n.\r\n"[..]);
}

fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut out = BytesMut::new();
    let mut encoder = DotEncoder::new();
    encoder.encode(message, &mut out);
    encoder.finish(&mut out);
    out.to_vec()
}

#[test]
fn stuffing() {
    for (message, wire) in [
        (&b""[..], &b".\r\n"[..]),
        (b"a", b"a\r\n.\r\n"),
        (b"a\r\n", b"a\r\n.\r\n"),
        (b".", b"..\r\n.\r\n"),
        (b".\r\n.\r\n", b"..\r\n..\r\n.\r\n"),
        (b".a\n.b\n", b"..a\r\n..b\r\n.\r\n"),
        (b"a\r", b"a\r\n.\r\n"),
        (b"a\rb\r\r\n", b"a\rb\r\r\n.\r\n"),
        (b"\n\n.", b"\r\n\r\n..\r\n.\r\n"),
    ] {
        assert_eq!(stuffed(message), wire, "{message:?}");
    }
}

#[test]
fn text_of_a_server_is_one_line() {
    let mut out = BytesMut::new();
    text(&mut out, "plain \u{e9}");
    text(&mut out, "\r\n+OK\tforged\0\u{9b}");
    assert_eq!(out, "plain \u{e9}??+OK?forged??".as_bytes());
}
