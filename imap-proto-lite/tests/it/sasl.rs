//! AUTHENTICATE: rounds and initial responses at their limits, the reason of a refused OAuth token,
//! and successes that cannot be.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::{Bytes, BytesMut};
use imap_proto_lite::{
    Command, CommandId, Status,
    client::{Connection, Event},
};

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
            assert!(matches!(events[..], [Event::Continuation { .. }]));
            assert_eq!(transmitted(&mut connection), b"*\r\n");
        }
    }
    let (events, _) =
        feed(&mut connection, &mut input, format!("{tag} BAD given up\r\n").as_bytes(), || 3);
    assert!(matches!(events[..], [Event::Done { .. }]));
    send(&mut connection, &Command::Authenticate { mechanism: atom("X"), initial_response: None });
    let (events, _) = feed(&mut connection, &mut input, b"+ no base64\r\n", || 3);
    assert!(matches!(events[..], [Event::Continuation { .. }]));
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
            assert!(matches!(events[..], [Event::Continuation { .. }]));
            assert_eq!(transmitted(&mut connection), format!("{encoded}\r\n").as_bytes());
        }
    }
}

/// A connection on which AUTHENTICATE was sent, and the tag of the command.
fn authenticating(
    mechanism: &str,
    initial: Option<&'static [u8]>,
) -> (Connection, BytesMut, CommandId, String) {
    let greeting = "* OK [CAPABILITY IMAP4rev1 SASL-IR] ready\r\n";
    let (mut connection, input) = greeted(config(), greeting);
    let command = Command::Authenticate {
        mechanism: atom(mechanism),
        initial_response: initial.map(Into::into),
    };
    let id = connection.send(&command).unwrap();
    let tag = connection.tag(id).unwrap().to_owned();
    transmitted(&mut connection);
    (connection, input, id, tag)
}

#[test]
fn the_reason_of_a_refused_token_is_answered_by_the_machine() {
    for (mechanism, closing) in [("XOAUTH2", "\r\n"), ("oauthbearer", "AQ==\r\n")] {
        let (mut connection, mut input, id, tag) = authenticating(mechanism, Some(b"token"));
        // {"status":"400"}
        let challenge = b"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n";
        let (events, _) = feed(&mut connection, &mut input, challenge, || 5);
        let [Event::OAuthFailure { id: of, failure, .. }] = &events[..] else {
            panic!("{events:?}");
        };
        assert_eq!(*of, id);
        assert_eq!(failure.status.as_ref().unwrap().as_bytes(), b"400");
        assert_eq!(failure.json, b"{\"status\":\"400\"}"[..]);
        assert!(connection.answer(id, Bytes::new()).is_err(), "answered already");
        assert_eq!(transmitted(&mut connection), closing.as_bytes());
        // A second reason is one too many.
        let (events, _) = feed(&mut connection, &mut input, challenge, || 5);
        assert!(matches!(events[..], [Event::Continuation { .. }]), "{events:?}");
        assert_eq!(transmitted(&mut connection), b"*\r\n");
        let answer = format!("{tag} NO refused\r\n");
        let (events, error) = feed(&mut connection, &mut input, answer.as_bytes(), || 5);
        assert!(matches!(events[..], [Event::Done { status: Status::No, .. }]) && error.is_none());
    }
}

#[test]
fn a_first_challenge_before_the_token_is_given_to_the_caller() {
    let (mut connection, mut input, id, _) = authenticating("XOAUTH2", None);
    let (events, _) = feed(&mut connection, &mut input, b"+ \r\n", || 5);
    assert!(matches!(events[..], [Event::Challenge { .. }]));
    connection.answer(id, Bytes::from_static(b"token")).unwrap();
    transmitted(&mut connection);
    let (events, _) = feed(&mut connection, &mut input, b"+ e30=\r\n", || 5);
    assert!(matches!(events[..], [Event::OAuthFailure { .. }]));
}
