//! Work is linear: counts the bytes that the framer and the scanners look at, and those of the
//! output.

use alloc::{format, string::String, vec::Vec};
use core::fmt::{self, Write as _};

use bytes::BytesMut;

use crate::{
    Limits, Quirks, Response,
    frame::{Frame, Framer},
    response::{FetchAttribute, parse::response},
    wire::steps,
};

/// The largest line that is tried, and the limit of one by default.
const LARGEST: usize = 16 << 20;

/// Repeats `piece` as often as fits into `octets`.
fn around((start, piece, end): (&str, &str, &str), octets: usize) -> Vec<u8> {
    let pieces = (octets - start.len() - end.len()) / piece.len();
    [start, &piece.repeat(pieces), end].concat().into_bytes()
}

/// Counts the bytes of text written to it.
struct Shown(u64);

impl fmt::Write for Shown {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len() as u64;
        Ok(())
    }
}

/// Frames the bytes, which come in pieces of `cut`, reads every value of each response, and returns
/// the number of steps.
fn count(octets: &[u8], cut: usize) -> u64 {
    let mut framer = Framer::new(&Limits::default(), &Quirks::default());
    let mut input = BytesMut::new();
    let mut shown = Shown(0);
    let mut lines = 0;
    steps::take();
    for piece in octets.chunks(cut) {
        input.extend_from_slice(piece);
        while let Some(frame) = framer.next(&mut input).unwrap() {
            if let Frame::Line(line) = frame {
                // `Debug` reads every value.
                write!(shown, "{:?}", line.response()).unwrap();
                lines += 1;
            }
        }
    }
    assert_eq!(lines, 1, "it is one response");
    steps::take() + shown.0
}

/// Each is one response. These grow up to the limit of a line: valid long responses, and deep or
/// empty nesting.
const LONG: [(&str, &str, &str); 12] = [
    ("* 1 FETCH (FLAGS (", "\\Seen ", "))\r\n"),
    ("* 1 FETCH (X ", "(", "\r\n"),
    ("* 1 FETCH (BODYSTRUCTURE ", "(", ")\r\n"),
    (
        "* 1 FETCH (BODYSTRUCTURE (",
        r#"("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1)"#,
        " \"MIXED\"))\r\n",
    ),
    ("* 1 FETCH (ENVELOPE (\"", "\\\"", "\" NIL NIL))\r\n"),
    ("* 1 FETCH (ENVELOPE (NIL NIL (", "(NIL NIL \"a\" \"b\")", ")))\r\n"),
    ("* 1 FETCH (", "UID 4 ", ")\r\n"),
    ("* 1 FETCH (", "BODY[] {1}\r\nx ", ")\r\n"),
    ("* SEARCH", " 12345", "\r\n"),
    ("* OK [COPYUID 1 1", ",3:4", " 5] x\r\n"),
    ("* CAPABILITY", " X", "\r\n"),
    ("* X ", "{1}\r\nx ", "\r\n"),
];

/// These grow up to 2 MiB: other long responses, and those that make a reader look ahead without
/// success.
const SHAPES: [(&str, &str, &str); 25] = [
    ("* 1 FETCH (FLAGS (", "(a) \"b\" ", "))\r\n"),
    ("* 1 FETCH (FLAGS (", "(", "))\r\n"),
    ("* 1 FETCH (X-GM-LABELS (", "(", "))\r\n"),
    ("* 1 FETCH (X ", "(\"", "\r\n"),
    ("* 1 FETCH (BODYSTRUCTURE (", r#"("X" ("a" "b"#, " \"MIXED\"))\r\n"),
    ("* 1 FETCH (BODYSTRUCTURE (\"TEXT\" \"PLAIN\" (", "\"a\" \"b\" ", " (\r\n"),
    (
        "* 1 FETCH (BODYSTRUCTURE (\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 1 1 NIL NIL (",
        "\"a\" NIL ",
        ")))\r\n",
    ),
    ("* 1 FETCH (ENVELOPE (NIL NIL ", "(", ")))\r\n"),
    ("* 1 FETCH (", "ENVELOPE (\"a\"b) ", ")\r\n"),
    ("* 1 FETCH (", "ENVELOPE (\"a\"b\") ", ")\r\n"),
    ("* 1 FETCH (ENVELOPE (NIL \"", "a\"b ", "\" NIL NIL NIL NIL NIL NIL NIL NIL))\r\n"),
    ("* 1 FETCH (ENVELOPE (\"", "\\\" ", "))\r\n"),
    ("* 1 FETCH (", "UID x ", ")\r\n"),
    ("* 1 FETCH (", "X ( UID 1 ", ")\r\n"),
    ("* 1 FETCH (", "BODY[ ", ")\r\n"),
    ("* 1 FETCH (", "X BODY[ ", ")\r\n"),
    ("* 1 FETCH (", "BODY[] <BODY[]<", ")\r\n"),
    ("* 1 FETCH (", "FLAGS ( ENVELOPE (\" ", ")\r\n"),
    ("* SEARCH", " 12345", " x\r\n"),
    ("* ESEARCH (TAG \"a\") UID ALL 1", ",3:4", "\r\n"),
    ("* OK [PERMANENTFLAGS (", "(\"", ")] x\r\n"),
    ("* OK [X ", "\"a(", "\r\n"),
    ("* LIST () NIL ", "a ", "\"\r\n"),
    ("* STATUS ", "a (", "MESSAGES 1)\r\n"),
    ("* THREAD ", "(1 ", "\r\n"),
];

/// The shapes, and the length up to which they grow.
fn shapes() -> impl Iterator<Item = ((&'static str, &'static str, &'static str), usize)> {
    let long = LONG.into_iter().map(|shape| (shape, LARGEST));
    long.chain(SHAPES.into_iter().map(|shape| (shape, 2 << 20)))
}

#[test]
fn work_grows_with_the_octets() {
    for (shape, largest) in shapes() {
        let name = || format!("{} {} {}", shape.0, shape.1, shape.2);
        let mut octets = 1 << 12;
        let mut small = count(&around(shape, octets), octets);
        while octets < largest {
            octets *= 2;
            let large = count(&around(shape, octets), octets);
            // Less would mean that some bytes were not read at all.
            assert!(large >= octets as u64 * 9 / 10, "{}: {large} of {octets}", name());
            assert!(
                large * 10 <= small * 21,
                "{}: {small} steps for {} octets, {large} for {octets}",
                name(),
                octets / 2
            );
            small = large;
        }
    }
}

#[test]
fn a_part_is_found_by_its_number_in_linear_time() {
    let count = |parts: usize| {
        let part = r#"("A" "B" NIL NIL NIL NIL 0)"#.repeat(parts);
        let line = format!("* 1 FETCH (BODYSTRUCTURE ({part} \"MIXED\"))\r\n");
        let Response::Fetch(fetch) = response(line.as_bytes(), &[]) else { panic!("FETCH") };
        let Some(FetchAttribute::BodyStructure(structure)) = fetch.iter().next() else {
            panic!("BODYSTRUCTURE")
        };
        let last = format!("{parts}").parse().unwrap();
        let behind = format!("{}", parts + 1).parse().unwrap();
        steps::take();
        assert_eq!(structure.part(&last).unwrap().index(), parts);
        assert!(structure.part(&behind).is_none());
        steps::take()
    };
    let (small, large) = (count(2_000), count(4_000));
    assert!(large * 10 <= small * 21, "{small} {large}");
}

#[test]
fn work_grows_with_the_octets_that_come_one_by_one() {
    for (shape, _) in shapes() {
        let name: String = format!("{} {} {}", shape.0, shape.1, shape.2);
        let mut octets = 1 << 12;
        let mut small = count(&around(shape, octets), 1);
        while octets < 1 << 18 {
            octets *= 2;
            let large = count(&around(shape, octets), 1);
            assert!(large * 10 <= small * 21, "{name}: {small} {large} {octets}");
            small = large;
        }
    }
}
