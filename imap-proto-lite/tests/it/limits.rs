//! Every limit of a client: the last byte within it, and one above. `commands_in_flight` and
//! `command` are in `misuse`, `sasl_rounds` and `sasl_initial_response` in `sasl`.

use std::borrow::Cow;

use bytes::{Bytes, BytesMut};
use imap_proto_lite::{
    Command, Limits, MailboxName, ProtocolError, SendError,
    client::{Connection, Event},
};

use crate::support::client::{atom, config, feed, greeted, send, transmitted};

const PREAUTH: &str = "* PREAUTH ready\r\n";

fn limited(limits: Limits, greeting: &str) -> (Connection, BytesMut) {
    let mut config = config();
    config.limits = limits;
    greeted(config, greeting)
}

/// The outcome of `octets`: the number of events, or the exceeded limit; the same for every cut.
fn outcome(limits: Limits, octets: &[u8]) -> Result<usize, (&'static str, u64)> {
    let run = |cut: usize| {
        let (mut connection, mut input) = limited(limits, PREAUTH);
        let (events, error) = feed(&mut connection, &mut input, octets, || cut);
        match error {
            None => Ok(events.iter().filter(|event| !matches!(event, Event::Body { .. })).count()),
            Some(ProtocolError::TooLong { what, limit }) => Err((what, limit)),
            Some(error) => panic!("{error}"),
        }
    };
    let whole = run(usize::MAX);
    assert_eq!(run(1), whole);
    assert_eq!(run(3), whole);
    whole
}

#[test]
fn limit_line() {
    let mut limits = Limits::default();
    limits.line = 64;
    let line = |length: usize| format!("* OK {}\r\n", "x".repeat(length - 7));
    assert_eq!(outcome(limits, line(63).as_bytes()), Ok(1));
    assert_eq!(outcome(limits, line(64).as_bytes()), Ok(1));
    assert_eq!(outcome(limits, line(65).as_bytes()), Err(("line", 64)));
    // Nor where the machine has nothing to do with the line.
    let data = |length: usize| format!("* X {}\r\n", "x".repeat(length - 6));
    assert_eq!(outcome(limits, data(64).as_bytes()), Ok(1));
    assert_eq!(outcome(limits, data(65).as_bytes()), Err(("line", 64)));
    // Without an end it is not waited for.
    assert_eq!(outcome(limits, &[b'x'; 65]), Err(("line", 64)));
    // Literals inside of the line count, bodies do not.
    let with_literal =
        |length: usize| format!("* LIST () NIL {{{length}}}\r\n{}\r\n", "x".repeat(length));
    assert_eq!(outcome(limits, with_literal(64 - 22).as_bytes()), Ok(1));
    assert_eq!(outcome(limits, with_literal(65 - 22).as_bytes()), Err(("line", 64)));
    // The header of the literal is enough: what cannot fit is not waited for.
    assert_eq!(outcome(limits, b"* LIST () NIL {45}\r\n"), Err(("line", 64)));
    let body = format!("* 1 FETCH (BODY[] {{5000}}\r\n{})\r\n", "x".repeat(5000));
    assert_eq!(outcome(limits, body.as_bytes()), Ok(3));
    // The data before a body and after it form one line.
    let around = |length: usize| format!("* 1 FETCH (BODY[] {{1}}\r\nx {}", "x".repeat(length));
    assert_eq!(outcome(limits, around(64 - 24).as_bytes()), Ok(2));
    assert_eq!(outcome(limits, around(65 - 24).as_bytes()), Err(("line", 64)));
    assert_eq!(Limits::default().line, 16 << 20);
}

#[test]
fn limit_literal() {
    let mut limits = Limits::default();
    limits.literal = 9;
    let line = |length: usize| format!("* LIST () NIL {{{length}}}\r\n{}\r\n", "x".repeat(length));
    assert_eq!(outcome(limits, line(8).as_bytes()), Ok(1));
    assert_eq!(outcome(limits, line(9).as_bytes()), Ok(1));
    assert_eq!(outcome(limits, line(10).as_bytes()), Err(("literal", 9)));
    // The header is enough, for every announced size.
    for number in ["10", "4294967296", "18446744073709551615"] {
        let header = format!("* LIST () NIL {{{number}}}\r\n");
        assert_eq!(outcome(limits, header.as_bytes()), Err(("literal", 9)));
    }
    assert_eq!(Limits::default().literal, 1 << 20);
}

#[test]
fn limit_body() {
    let mut limits = Limits::default();
    limits.body = Some(9);
    let line =
        |length: usize| format!("* 1 FETCH (BODY[] {{{length}}}\r\n{})\r\n", "x".repeat(length));
    assert_eq!(outcome(limits, line(8).as_bytes()), Ok(3));
    assert_eq!(outcome(limits, line(9).as_bytes()), Ok(3));
    assert_eq!(outcome(limits, line(10).as_bytes()), Err(("body", 9)));
    assert_eq!(Limits::default().body, None);
}

#[test]
fn limit_body_chunk() {
    let chunks = |limit: usize, length: usize| {
        let mut limits = Limits::default();
        limits.body_chunk = limit;
        let (mut connection, mut input) = limited(limits, PREAUTH);
        let octets = format!("* 1 FETCH (BODY[] {{{length}}}\r\n{})\r\n", "x".repeat(length));
        let (events, error) = feed(&mut connection, &mut input, octets.as_bytes(), || usize::MAX);
        assert_eq!(error, None);
        events
            .iter()
            .filter_map(|event| match event {
                Event::Body { chunk, .. } => Some(chunk.len()),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(chunks(100, 99), [99]);
    assert_eq!(chunks(100, 100), [100]);
    assert_eq!(chunks(100, 101), [100, 1]);
    // The most there is.
    assert_eq!(chunks(usize::MAX, (64 << 10) + 1), [64 << 10, 1]);
    assert_eq!(Limits::default().body_chunk, 64 << 10);
}

#[test]
fn limit_sasl_line() {
    let mut limits = Limits::default();
    limits.sasl_line = 16;
    let authenticate = |response: Option<&'static [u8]>| Command::Authenticate {
        mechanism: atom("X"),
        initial_response: response.map(Cow::Borrowed),
    };
    // A challenge, as base64.
    for (length, fits) in [(12, true), (16, true), (20, false)] {
        let (mut connection, mut input) = limited(limits, "* OK ready\r\n");
        send(&mut connection, &authenticate(None));
        let challenge = format!("+ {}\r\n", "eHh4".repeat(length / 4));
        let (events, error) = feed(&mut connection, &mut input, challenge.as_bytes(), || 3);
        if fits {
            assert!(
                matches!(&events[..], [Event::Challenge { data, .. }] if data.len() == length / 4 * 3)
            );
        } else {
            assert_eq!(error, Some(ProtocolError::TooLong { what: "sasl_line", limit: 16 }));
        }
    }
    // An answer, and an initial response.
    let (mut connection, mut input) = limited(limits, "* OK ready\r\n");
    let (id, _) = send(&mut connection, &authenticate(None));
    feed(&mut connection, &mut input, b"+ \r\n", || 9);
    assert_eq!(
        connection.answer(id, Bytes::from_static(&[b'x'; 13])),
        Err(SendError::TooLong { limit: 16 })
    );
    connection.answer(id, Bytes::from_static(&[b'x'; 12])).unwrap();
    assert_eq!(transmitted(&mut connection), b"eHh4eHh4eHh4eHh4\r\n");
    let (mut connection, _) = limited(limits, "* OK ready\r\n");
    assert_eq!(
        connection.send(&authenticate(Some(&[b'x'; 13]))),
        Err(SendError::TooLong { limit: 16 })
    );
    assert!(connection.send(&authenticate(Some(&[b'x'; 12]))).is_ok());
    assert_eq!(Limits::default().sasl_line, 64 << 10);
}

#[test]
fn limit_capabilities() {
    let mut limits = Limits::default();
    limits.capabilities = 3;
    for (count, kept) in [(2, 2), (3, 3), (4, 3)] {
        let words: Vec<String> = (0..count).map(|number| format!("X{number}")).collect();
        let line = format!("* CAPABILITY {}\r\n", words.join(" "));
        let (mut connection, mut input) = limited(limits, PREAUTH);
        let (events, error) = feed(&mut connection, &mut input, line.as_bytes(), || 5);
        // The line itself shows all of them.
        assert_eq!((events.len(), error), (1, None));
        assert_eq!(connection.capabilities().unwrap().iter().count(), kept);
    }
    // A name of 256 bytes is a capability, a longer one is not.
    for (length, kept) in [(256, 1), (257, 0)] {
        let line = format!("* CAPABILITY {}\r\n", "X".repeat(length));
        let (mut connection, mut input) = limited(limits, PREAUTH);
        feed(&mut connection, &mut input, line.as_bytes(), || 50);
        assert_eq!(connection.capabilities().unwrap().iter().count(), kept);
        let line = format!("* ENABLED {}\r\n", "X".repeat(length));
        feed(&mut connection, &mut input, line.as_bytes(), || 50);
        assert_eq!(connection.enabled().iter().count(), kept);
    }
    assert_eq!(Limits::default().capabilities, 512);
}

#[test]
fn limits_too_small_for_a_session_are_raised() {
    let mut limits = Limits::default();
    limits.line = 0;
    limits.body_chunk = 0;
    limits.commands_in_flight = 0;
    limits.command = 0;
    limits.sasl_rounds = 0;
    limits.sasl_line = 0;
    let mut config = config();
    config.limits = limits;
    let mut connection = Connection::new(config);
    let mut input = BytesMut::from(&b"* OK\r\n"[..]);
    assert!(matches!(connection.poll_event(&mut input), Ok(Some(Event::Greeting { .. }))));
    send(&mut connection, &Command::Noop);
}

#[test]
fn stray_continuation_requests_have_a_limit() {
    let (mut connection, mut input) = greeted(config(), "* PREAUTH ready\r\n");
    // From one tagged line to the next, and not in the life of a connection.
    for _ in 0..3 {
        let (_, tag) = send(&mut connection, &Command::Noop);
        let stray = b"+ what?\r\n".repeat(1024);
        let (events, error) = feed(&mut connection, &mut input, &stray, || 100);
        assert_eq!((events.len(), error), (1024, None));
        feed(&mut connection, &mut input, format!("{tag} OK x\r\n").as_bytes(), || 100);
    }
    let flood = b"+ what?\r\n".repeat(1025);
    let (events, error) = feed(&mut connection, &mut input, &flood, || 100);
    assert_eq!(events.len(), 1024);
    assert!(matches!(error, Some(ProtocolError::Unexpected { command: None, .. })));
}

#[test]
fn a_stray_continuation_request_does_not_release_a_later_literal() {
    let (mut connection, mut input) = greeted(config(), "* PREAUTH ready\r\n");
    feed(&mut connection, &mut input, b"+ \r\n", || 1);
    let create = Command::Create {
        mailbox: MailboxName::from_wire(&b"\xe9"[..]).unwrap(),
        special_use: Cow::Borrowed(&[]),
    };
    connection.send(&create).unwrap();
    let header = transmitted(&mut connection);
    assert!(header.ends_with(b"{1}\r\n"), "{}", header.escape_ascii());
    assert_eq!(transmitted(&mut connection), b"");
    feed(&mut connection, &mut input, b"+ \r\n", || 1);
    assert_eq!(transmitted(&mut connection), b"\xe9\r\n");
}
