//! Every way in which the end of a response can be missed.

use alloc::{format, string::String, vec::Vec};

use bytes::BytesMut;

use crate::{
    Limits, ProtocolError, Quirks,
    frame::{CommandFrame, CommandFramer, Frame, Framer},
};

/// The frames as short text, body chunks merged.
fn frames_in_steps(
    octets: &[u8],
    step: usize,
    limits: &Limits,
    quirks: &Quirks,
) -> (Vec<String>, Option<ProtocolError>) {
    let mut framer = Framer::new(limits, quirks);
    let mut input = BytesMut::new();
    let mut shown: Vec<String> = Vec::new();
    for piece in octets.chunks(step) {
        input.extend_from_slice(piece);
        loop {
            match framer.next(&mut input) {
                Ok(None) => break,
                Err(error) => return (shown, Some(error)),
                Ok(Some(Frame::Line(line))) => {
                    shown.push(format!("L {} {:?}", line.octets().escape_ascii(), line.streamed()));
                }
                Ok(Some(Frame::BodyStart { seq, uid, item, octets })) => {
                    let seq = seq.map_or(0, |seq| seq.get());
                    let uid = uid.map_or(0, |uid| uid.get());
                    shown.push(format!("S {seq} {uid} {} {octets}", item.escape_ascii()));
                    shown.push("B ".into());
                }
                Ok(Some(Frame::Body { chunk })) => {
                    shown.last_mut().unwrap().push_str(&format!("{}", chunk.escape_ascii()));
                }
                Ok(Some(Frame::BodyEnd)) => shown.push("E".into()),
            }
        }
    }
    (shown, None)
}

fn frames(octets: &str) -> Vec<String> {
    let (limits, quirks) = (Limits::default(), Quirks::default());
    let whole = frames_in_steps(octets.as_bytes(), usize::MAX, &limits, &quirks);
    for step in [1, 2, 3, 7] {
        assert_eq!(
            frames_in_steps(octets.as_bytes(), step, &limits, &quirks),
            whole,
            "in steps of {step}"
        );
    }
    assert_eq!(whole.1, None);
    whole.0
}

fn lines(octets: &str) -> usize {
    let frames = frames(octets);
    assert!(frames.iter().all(|frame| frame.starts_with('L')), "{frames:?}");
    frames.len()
}

#[test]
fn text_announces_no_literal() {
    for line in [
        "* OK see {5}\r\n",
        "* ok [ALERT] {5}\r\n",
        "* NO {5}\r\n",
        "* BAD x {5}\r\n",
        "* BYE {5}\r\n",
        "* PREAUTH {5}\r\n",
        "*  OK {5}\r\n",
        "* OK[ALERT] {5}\r\n",
        "+ {5}\r\n",
        "+ OK {5+}\r\n",
        "a1 OK done {5}\r\n",
        "a1 NO [X {5}\r\n",
        "Server Unavailable {15}\r\n",
    ] {
        assert_eq!(lines(&format!("{line}* 1 EXISTS\r\n")), 2, "{line}");
    }
}

#[test]
fn quoted_strings_and_words_announce_no_literal() {
    for line in [
        "* LIST () \"/\" \"a {5}\"\r\n",
        "* LIST () \"/\" \"a \\\" {5}\r\n",
        "* LIST () \"/\" a{5}\r\n",
        "* LIST () \"/\" {5\r\n",
        "* LIST () \"/\" \"a\\\\\" b{5}\r\n",
        "* 1 FETCH (ENVELOPE (\"x {5}\r\n",
    ] {
        assert_eq!(lines(&format!("{line}* 1 EXISTS\r\n")), 2, "{line}");
    }
}

#[test]
fn quotes_inside_words_do_not_hide_a_literal() {
    assert_eq!(lines("* LIST () \"/\" foo\"bar {3}\r\na\r\n\r\n* 1 EXISTS\r\n"), 2);
    assert_eq!(lines("* X \"foo \" bar\" {3}\r\na\r\n\r\n* 1 EXISTS\r\n"), 2);
}

#[test]
fn literals_stay_in_their_line() {
    assert_eq!(
        frames("* LIST () \"/\" {8}\r\na {5}\r\nb\r\n* LSUB () NIL ~{1}\r\nx\r\n"),
        [
            "L * LIST () \\\"/\\\" {8}\\r\\na {5}\\r\\nb\\r\\n []",
            "L * LSUB () NIL ~{1}\\r\\nx\\r\\n []"
        ]
    );
    assert_eq!(lines("* STATUS {0003+}\r\nfoo (MESSAGES 1)\r\n"), 1);
    assert_eq!(lines("* JUNK {0}\r\n{2}\r\nab {0}\r\n\r\n"), 1);
    assert_eq!(lines("* 1 FETCH (ENVELOPE ({2}\r\nab {3}\r\ncde) X-NEW {1}\r\nz)\r\n"), 1);
}

#[test]
fn a_literal_that_ends_in_cr_does_not_end_its_line_with_the_next_lf() {
    assert_eq!(lines("* LIST () NIL {2}\r\na\r\nb\r\n"), 1);
}

#[test]
fn bodies_are_streamed_in_any_order_of_items() {
    assert_eq!(
        frames(
            "* 7 FETCH (UID 9 BODY[] {5}\r\nhe{1} FLAGS (\\Seen) BODY[HEADER]<0> {2}\r\nab BODY[1] \"q\")\r\n* 1 EXISTS\r\n"
        ),
        [
            "S 7 9 BODY[] 5",
            "B he{1}",
            "E",
            "S 7 9 BODY[HEADER]<0> 2",
            "B ab",
            "E",
            "L * 7 FETCH (UID 9 BODY[] {5}\\r\\n FLAGS (\\\\Seen) BODY[HEADER]<0> {2}\\r\\n BODY[1] \\\"q\\\")\\r\\n [29, 65]",
            "L * 1 EXISTS\\r\\n []",
        ]
    );
    assert_eq!(
        frames("* 7 fetch (rfc822.size 4 rfc822 {4}\r\na\r\n) uid 12)\r\n"),
        [
            "S 7 0 rfc822 4",
            "B a\\r\\n)",
            "E",
            "L * 7 fetch (rfc822.size 4 rfc822 {4}\\r\\n uid 12)\\r\\n [37]"
        ]
    );
    assert_eq!(frames("* 3 UIDFETCH (BINARY[1.2] ~{1}\r\nx)\r\n")[0], "S 0 3 BINARY[1.2] 1");
    assert_eq!(frames("* 1 FETCH (BODY[] {0}\r\n)\r\n")[..3], ["S 1 0 BODY[] 0", "B ", "E"]);
    assert_eq!(frames("* 0 FETCH (BODY[] {1}\r\nx)\r\n")[0], "S 0 0 BODY[] 1");
    assert_eq!(frames("* 1 FETCH (BODY[]{1}\r\nx)\r\n")[0], "S 1 0 BODY[] 1");
}

#[test]
fn section_names_may_hold_anything() {
    let frames =
        frames("* 1 FETCH (BODY[HEADER.FIELDS (\"X] {3}\" {4}\r\n]{9} To)] {2}\r\nab)\r\n");
    assert_eq!(frames[0], "S 1 0 BODY[HEADER.FIELDS (\\\"X] {3}\\\" {4}\\r\\n]{9} To)] 2");
    assert_eq!(frames[1], "B ab");
}

#[test]
fn what_is_no_body_item_is_not_streamed() {
    for line in [
        "* 1 FETCH (BODY (\"a\" {1}\r\nx))\r\n",
        "* 1 FETCH (BODYSTRUCTURE ({1}\r\nx))\r\n",
        "* 1 FETCH (FLAGS (BODY[] {1}\r\nx))\r\n",
        "* 1 FETCH (BINARY.SIZE[1] {1}\r\nx)\r\n",
        "* 1 FETCH (RFC822.SIZE {1}\r\nx)\r\n",
        "* LIST (BODY[] {1}\r\nx)\r\n",
        "* 1 EXPUNGE (BODY[] {1}\r\nx)\r\n",
    ] {
        assert_eq!(lines(line), 1, "{line}");
    }
}

#[test]
fn line_ends() {
    assert_eq!(lines("* 1 EXISTS\n* 2 EXISTS\r\n"), 1);
    assert_eq!(lines("* 1 EXISTS\r* 2 EXISTS\r\r\n"), 1);
    assert_eq!(lines("\r\n"), 1);
    let quirks = Quirks { bare_lf: true, ..Quirks::default() };
    let relaxed =
        frames_in_steps(b"* 1 EXISTS\n* LIST () NIL {1}\nx\n", 1, &Limits::default(), &quirks).0;
    assert_eq!(relaxed.len(), 2);
}

fn error(octets: &str, limits: &Limits) -> Option<ProtocolError> {
    let whole = frames_in_steps(octets.as_bytes(), usize::MAX, limits, &Quirks::default()).1;
    assert_eq!(frames_in_steps(octets.as_bytes(), 1, limits, &Quirks::default()).1, whole);
    whole
}

#[test]
fn limits_hold_just_under_at_and_just_over() {
    let limits = Limits { line: 40, literal: 5, body: Some(6), ..Limits::default() };
    let too_long = |what, limit| Some(ProtocolError::TooLong { what, limit });
    for (length, expected) in [(39, None), (40, None), (41, too_long("line", 40))] {
        let line = format!("* OK {}\r\n", "x".repeat(length - 7));
        assert_eq!(error(&line, &limits), expected);
    }
    for (size, expected) in
        [(4, None), (5, None), (6, too_long("literal", 5)), (u64::MAX, too_long("literal", 5))]
    {
        assert_eq!(error(&format!("* X {{{size}}}\r\n"), &limits), expected);
    }
    for (size, expected) in
        [(5, None), (6, None), (7, too_long("body", 6)), (99_999, too_long("body", 6))]
    {
        assert_eq!(error(&format!("* 1 FETCH (BODY[] {{{size}}}\r\n"), &limits), expected);
    }
    // All literals together, and the lines between the bodies together.
    assert_eq!(error(&format!("* X{}", " {5}\r\n12345".repeat(9)), &limits), too_long("line", 40));
    assert_eq!(
        error(&format!("* 1 FETCH ({}", "BODY[] {1}\r\nx ".repeat(9)), &limits),
        too_long("line", 40)
    );
    // Each response by itself.
    assert_eq!(error(&"* 1 FETCH (BODY[] {1}\r\nx)\r\n".repeat(9), &limits), None);
}

#[test]
fn sizes_that_cannot_be_end_the_stream() {
    let limits = Limits::default();
    let digits = "9".repeat(100_000);
    for size in [digits.as_str(), "18446744073709551616"] {
        assert!(matches!(
            error(&format!("* X {{{size}}}\r\n"), &limits),
            Some(ProtocolError::TooLong { .. })
        ));
        assert!(matches!(
            error(&format!("* 1 FETCH (BODY[] {{{size}}}\r\n"), &limits),
            Some(ProtocolError::TooLong { .. })
        ));
    }
    for header in ["{}", "{-1}", "~{}", "{+}"] {
        // The line itself is given. The bytes after it may be the literal, so they are not read as
        // lines.
        let line = format!("* X {header}\r\n");
        assert_eq!(lines(&line), 1, "{header}");
        for behind in ["x", "* 1 EXISTS\r\n", "\r\n"] {
            assert!(
                matches!(
                    error(&format!("{line}{behind}"), &limits),
                    Some(ProtocolError::Malformed { .. })
                ),
                "{header}{behind}"
            );
        }
    }
    assert_eq!(lines(&format!("* X {{{}5}}\r\n12345\r\n", "0".repeat(1000))), 1);
}

#[test]
fn a_chunk_has_a_limit() {
    let limits = Limits { body_chunk: 16, ..Limits::default() };
    let mut framer = Framer::new(&limits, &Quirks::default());
    let mut input =
        BytesMut::from(&b"* 1 FETCH (BODY[] {35}\r\n0123456789abcdef0123456789abcdefXYZ)\r\n"[..]);
    let mut chunks = Vec::new();
    while let Some(frame) = framer.next(&mut input).unwrap() {
        if let Frame::Body { chunk } = frame {
            chunks.push(chunk);
        }
    }
    assert_eq!(chunks, ["0123456789abcdef", "0123456789abcdef", "XYZ"]);
    assert!(framer.at_boundary(&input));
}

#[test]
fn an_input_that_shrinks_between_calls_does_no_harm() {
    let mut framer = Framer::new(&Limits::default(), &Quirks::default());
    let mut input = BytesMut::from(&b"* LIST () NIL {40}\r\nabc"[..]);
    assert_eq!(framer.next(&mut input), Ok(None));
    input.clear();
    assert_eq!(framer.next(&mut input), Ok(None));
    input.extend_from_slice(b"\r\n");
    assert_eq!(framer.next(&mut input), Ok(None));
}

#[test]
fn a_command_is_judged_without_the_next_one() {
    // `APPEND` is in the next line.
    let octets = b"a)b)c){4}\r\nabcd\r\nb APPEND x {2}\r\n";
    for step in [1, octets.len()] {
        let mut framer = CommandFramer::new(1_000, 100, 100, false);
        let mut input = BytesMut::new();
        let mut frames = Vec::new();
        for piece in octets.chunks(step) {
            input.extend_from_slice(piece);
            while let Some(frame) = framer.next(&mut input).unwrap() {
                frames.push(frame);
            }
        }
        assert!(
            matches!(
                &*frames,
                [
                    CommandFrame::Continue,
                    CommandFrame::Command(_),
                    CommandFrame::Append { octets: 2, synchronising: true, .. }
                ]
            ),
            "{step}: {frames:?}"
        );
    }
}

#[test]
fn lines_of_a_client_have_one_limit_whole_and_byte_by_byte() {
    let too_long = |what, limit| Err(ProtocolError::TooLong { what, limit });
    let sasl = |length: usize, step| {
        // The limit of a command is lower.
        let mut framer = CommandFramer::new(40, 10, 10, false);
        let line = format!("{}\r\n", "x".repeat(length));
        let mut input = BytesMut::new();
        for bytes in line.as_bytes().chunks(step) {
            input.extend_from_slice(bytes);
            match framer.next_text(&mut input, "sasl_line", 60) {
                Ok(None) => {}
                found => return found.map(|line| line.map(|line| line.len())),
            }
        }
        Ok(None)
    };
    let after_message = |length: usize, step| {
        let mut framer = CommandFramer::new(40, 10, 10, false);
        let line = format!("a APPEND b {{1+}}\r\n.{}\r\n", "x".repeat(length));
        let mut input = BytesMut::new();
        for bytes in line.as_bytes().chunks(step) {
            input.extend_from_slice(bytes);
            while let Some(frame) = framer.next(&mut input)? {
                if let CommandFrame::AppendEnd(rest) = frame {
                    return Ok(Some(rest.len()));
                }
            }
        }
        Ok(None)
    };
    for step in [1, 7, 1000] {
        assert_eq!(sasl(60, step), Ok(Some(60)), "{step}");
        assert_eq!(sasl(61, step), too_long("sasl_line", 60), "{step}");
        assert_eq!(after_message(38, step), Ok(Some(40)), "{step}");
        assert_eq!(after_message(39, step), too_long("command", 40), "{step}");
    }
}
