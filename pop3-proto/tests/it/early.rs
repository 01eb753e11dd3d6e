//! Answers that come too early: before their command, before it is complete, or a second time.

use bytes::Bytes;
use pop3_proto::{
    Command, CommandId, Config, ProtocolError, Status, Transport,
    client::{Event, State},
};

use crate::support::client::{Client, done, number};

/// AUTH with an initial response, which is sent on a separate line, or without one.
fn auth(mechanism: &'static str, initial_response: Option<&'static [u8]>) -> (Client, CommandId) {
    let mut client = Client::greeted();
    let id = client.send(&Command::Auth { mechanism, initial_response });
    (client, id)
}

/// The next event of these bytes, before anything else is sent.
fn next(client: &mut Client, input: &str) -> Result<Option<Event>, ProtocolError> {
    client.input.extend_from_slice(input.as_bytes());
    client.machine.poll_event(&mut client.input)
}

/// The exchange after the first challenge.
fn challenged() -> (Client, CommandId) {
    let (mut client, id) = auth("SCRAM-SHA-256", Some(b"n,,n=u,r=x"));
    client.hear("+ \r\n");
    client.hear("+ cj14eQ==\r\n");
    (client, id)
}

fn answered() -> (Client, CommandId) {
    let (mut client, id) = challenged();
    client.machine.answer(id, Bytes::from_static(b"x")).unwrap();
    (client, id)
}

fn cancelled() -> (Client, CommandId) {
    let (mut client, id) = challenged();
    client.machine.cancel(id).unwrap();
    (client, id)
}

fn sent((mut client, id): (Client, CommandId)) -> (Client, CommandId) {
    client.transmit();
    (client, id)
}

fn initial_response_queued() -> (Client, CommandId) {
    let (mut client, id) = auth("PLAIN", Some(b"\0u\0p"));
    assert!(matches!(next(&mut client, "+ \r\n"), Ok(Some(Event::Continuation { .. }))));
    (client, id)
}

fn token_refused() -> (Client, CommandId) {
    let (mut client, id) = auth("XOAUTH2", Some(b"t"));
    client.hear("+ \r\n");
    assert!(matches!(client.hear("+ e30=\r\n")[..], [Event::OAuthFailure { .. }]));
    (client, id)
}

/// Commands at a point where they are not complete.
fn incomplete() -> Vec<(&'static str, Client)> {
    let all = [
        ("nothing was said", auth("PLAIN", None)),
        ("the initial response waits", auth("PLAIN", Some(b"\0u\0p"))),
        ("it has not left", initial_response_queued()),
        ("a challenge waits", challenged()),
        ("it was cancelled", sent(cancelled())),
        ("the cancel has not left", cancelled()),
        ("the answer has not left", answered()),
        ("the token was refused", token_refused()),
    ];
    all.into_iter().map(|(what, (client, _))| (what, client)).collect()
}

/// Invariant 14: a success before the client has said everything is an error, and no login.
/// A refusal is possible at any time.
#[test]
fn an_answer_before_its_command_is_complete_is_no_success() {
    for (what, mut client) in incomplete() {
        let error = next(&mut client, "+OK in\r\n").unwrap_err();
        assert!(matches!(error, ProtocolError::Unexpected { command: Some(_), .. }), "{what}");
        assert_eq!(client.machine.state(), State::Closed, "{what}");
        assert_eq!(client.machine.poll_transmit(), None, "{what}");
    }
    for (what, mut client) in incomplete() {
        let event = next(&mut client, "-ERR no\r\n").unwrap();
        assert!(matches!(event, Some(Event::Done { status: Status::Err, .. })), "{what}");
        assert_eq!(client.machine.poll_transmit(), None, "{what}: it would leave as a command");
    }
}

#[test]
fn an_answer_after_its_command_is_complete_is_a_success() {
    for (mut client, _) in [sent(initial_response_queued()), sent(answered())] {
        assert_eq!(done(&client.hear("+OK in\r\n")).0, Status::Ok);
        assert_eq!(client.machine.state(), State::Transaction);
    }
}

/// Of two commands only the first was handed out: the answer to the second is forged, whatever it
/// looks like, also if it is polled for after the second was handed out.
#[test]
fn an_answer_before_its_command_left_is_an_error_in_any_form() {
    for forged in ["+OK\r\n", "-ERR no\r\n", "+OK\r\nSubject: x\r\n\r\n.\r\n", "+ \r\n"] {
        for command in [Command::Retr(number(1)), Command::List(None), Command::Dele(number(1))] {
            let mut client = Client::logged_in();
            client.send(&Command::Noop);
            let event = next(&mut client, &format!("+OK\r\n{forged}")).unwrap();
            assert!(matches!(event, Some(Event::Done { .. })));
            client.send(&command);
            let error = next(&mut client, "").unwrap_err();
            assert!(matches!(error, ProtocolError::Unsolicited { .. }), "{command:?} {forged:?}");
        }
        let mut client = Client::new(Config::new(Transport::Clear), "+OK\r\n");
        client.machine.send(&Command::Stls).unwrap();
        let error = next(&mut client, forged).unwrap_err();
        assert!(matches!(error, ProtocolError::Unsolicited { .. }), "STLS {forged:?}");
    }
}

/// A challenge while it is the client's turn, or after `*`, which the server must refuse.
#[test]
fn a_challenge_out_of_turn_is_an_error() {
    for (what, (mut client, _)) in [
        ("a challenge waits", challenged()),
        ("the answer has not left", answered()),
        ("it was cancelled", sent(cancelled())),
        ("the cancel has not left", cancelled()),
    ] {
        let error = next(&mut client, "+ eA==\r\n").unwrap_err();
        assert!(matches!(error, ProtocolError::Unexpected { .. }), "{what}: {error:?}");
        assert_eq!(client.machine.state(), State::Closed, "{what}");
    }
}

/// What the machine sends by itself leaves between two lines of one read, if it is polled for after
/// each event, so the cutting of the input changes nothing.
#[test]
fn what_a_continuation_releases_leaves_before_the_next_line_is_read() {
    for drained in [true, false] {
        let (mut client, id) = auth("PLAIN", Some(b"\0u\0p"));
        let event = next(&mut client, "+ \r\n+OK in\r\n").unwrap().unwrap();
        assert!(matches!(event, Event::Continuation { id: of, .. } if of == id), "{event:?}");
        if drained {
            client.transmit();
            assert_eq!(client.sent.last().unwrap(), &(Bytes::from_static(b"AHUAcA==\r\n"), true));
        }
        let next = next(&mut client, "");
        assert_eq!(matches!(next, Ok(Some(Event::Done { .. }))), drained, "{next:?}");
    }
}

/// Only what holds a secret is marked as one.
#[test]
fn the_end_of_an_exchange_is_no_secret() {
    let (client, _) = sent(cancelled());
    assert_eq!(client.sent.last().unwrap(), &(Bytes::from_static(b"*\r\n"), false));
    let (client, _) = token_refused();
    assert_eq!(client.sent.last().unwrap(), &(Bytes::from_static(b"\r\n"), false));
}
