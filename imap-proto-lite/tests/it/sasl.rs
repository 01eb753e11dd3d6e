//! AUTHENTICATE: rounds and initial responses at their limits.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use imap_proto_lite::{Command, client::Event};

use crate::support::client::{atom, config, feed, greeted, send, transmitted};

#[test]
fn too_many_or_undecodable_sasl_rounds_are_cancelled() {
    let (mut connection, mut input) = greeted(config(), "* OK ready\r\n");
    let (id, tag) = send(
        &mut connection,
        &Command::Authenticate { mechanism: atom("X"), initial_response: None },
    );
    for round in 1..=9 {
        let (events, _) = feed(&mut connection, &mut input, b"+ eA==\r\n", || 3);
        if round <= 8 {
            assert!(matches!(events[..], [Event::Challenge { .. }]));
            connection.answer(id, Bytes::from_static(b"y")).unwrap();
            assert_eq!(transmitted(&mut connection), b"eQ==\r\n");
        } else {
            assert_eq!(events, []);
            assert_eq!(transmitted(&mut connection), b"*\r\n");
        }
    }
    let (events, _) =
        feed(&mut connection, &mut input, format!("{tag} BAD given up\r\n").as_bytes(), || 3);
    assert!(matches!(events[..], [Event::Done { .. }]));
    send(&mut connection, &Command::Authenticate { mechanism: atom("X"), initial_response: None });
    let (events, _) = feed(&mut connection, &mut input, b"+ no base64\r\n", || 3);
    assert_eq!(events, []);
    assert_eq!(transmitted(&mut connection), b"*\r\n");
}

#[test]
fn an_initial_response_too_long_for_its_line_waits() {
    let mut config_ = config();
    config_.limits.sasl_initial_response = 16;
    for (length, on_the_line) in [(12, true), (13, false)] {
        let (mut connection, mut input) =
            greeted(config_.clone(), "* OK [CAPABILITY IMAP4rev1 SASL-IR] ready\r\n");
        let response = vec![b'a'; length];
        let command = Command::Authenticate {
            mechanism: atom("X"),
            initial_response: Some(Cow::Borrowed(&response)),
        };
        connection.send(&command).unwrap();
        let line = transmitted(&mut connection);
        let encoded = STANDARD.encode(&response);
        assert_eq!(line.ends_with(format!(" X {encoded}\r\n").as_bytes()), on_the_line);
        let (events, _) = feed(&mut connection, &mut input, b"+ \r\n", || 3);
        if !on_the_line {
            assert_eq!(events, []);
            assert_eq!(transmitted(&mut connection), format!("{encoded}\r\n").as_bytes());
        }
    }
}
