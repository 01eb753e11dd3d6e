//! Work is linear: the octets that the scanners look at, counted.

#![cfg(feature = "std")]

use alloc::{format, vec::Vec};

use super::{lexical::steps, response};
use crate::response::Response;

fn around(start: &str, piece: &str, end: &str, octets: usize) -> Vec<u8> {
    let mut all = start.as_bytes().to_vec();
    while all.len() < octets {
        all.extend_from_slice(piece.as_bytes());
    }
    all.extend_from_slice(end.as_bytes());
    all
}

fn count(octets: &[u8]) -> u64 {
    steps::take();
    if let Response::Fetch(fetch) = response(octets, &[]) {
        assert!(fetch.iter().count() <= octets.len());
    }
    steps::take()
}

#[test]
fn work_grows_with_the_octets() {
    let shapes = [
        ("* 1 FETCH (FLAGS (", "\\Seen ", "))\r\n"),
        ("* 1 FETCH (X ", "(", "\r\n"),
        ("* 1 FETCH (BODYSTRUCTURE ", "(", ")\r\n"),
        (
            "* 1 FETCH (BODYSTRUCTURE (",
            r#"("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1)"#,
            " \"MIXED\"))\r\n",
        ),
        ("* SEARCH", " 12345", " x\r\n"),
        ("* OK [COPYUID 1 1", ",3:4", " 5] x\r\n"),
        ("* 1 FETCH (ENVELOPE (\"", "\\\"", "\" NIL NIL))\r\n"),
        (
            "* 1 FETCH (ENVELOPE (NIL NIL (",
            "(NIL NIL \"a\" \"b\")",
            ")))\r\n",
        ),
        ("* 1 FETCH (", "UID x ", ")\r\n"),
        ("* 1 FETCH (", "X ( UID 1 ", ")\r\n"),
        ("* 1 FETCH (", "BODY[ ", ")\r\n"),
        ("* 1 FETCH (", "X BODY[ ", ")\r\n"),
        ("* 1 FETCH (", "BODY[] <BODY[]<", ")\r\n"),
        ("* 1 FETCH (", "FLAGS ( ENVELOPE (\" ", ")\r\n"),
        ("* CAPABILITY", " X", "\r\n"),
        ("* LIST () NIL ", "a ", "\"\r\n"),
        ("* THREAD ", "(1 ", "\r\n"),
        (
            "* 1 FETCH (BODYSTRUCTURE (\"TEXT\" \"PLAIN\" (",
            "\"a\" \"b\" ",
            " (\r\n",
        ),
    ];
    for (start, piece, end) in shapes {
        for octets in [1 << 12, 1 << 16, 1 << 20] {
            let small = count(&around(start, piece, end, octets));
            let large = count(&around(start, piece, end, 2 * octets));
            assert!(
                small > 0 && large * 10 <= small * 21 + 2_000,
                "{}",
                format!("{start}{piece} {octets}: {small} {large}")
            );
        }
        // One more at the size of the limit of a line.
        let small = count(&around(start, piece, end, 1 << 23));
        let large = count(&around(start, piece, end, 1 << 24));
        assert!(
            large * 10 <= small * 21,
            "{}",
            format!("{start}{piece}: {small} {large}")
        );
    }
}
