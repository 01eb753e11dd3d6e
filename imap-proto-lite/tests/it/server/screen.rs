//! Commands that the application sees before they are served.

use bytes::BytesMut;
use imap_proto_lite::{
    SendError, Transport,
    client::State,
    server::{Connection, Event, ScreenResponder},
};

use crate::support::server::server_config;

struct Screened {
    machine: Connection,
    input: BytesMut,
}

impl Screened {
    fn new() -> Self {
        let mut config = server_config(Transport::Tls);
        config.screen = true;
        let mut screened = Self { machine: Connection::new(config), input: BytesMut::new() };
        screened.machine.greet("ready").unwrap();
        screened.written();
        screened
    }

    fn written(&mut self) -> String {
        let mut octets = Vec::new();
        while let Some(transmit) = self.machine.poll_transmit() {
            octets.extend_from_slice(&transmit.bytes);
        }
        String::from_utf8(octets).unwrap()
    }

    fn poll(&mut self, octets: &str) -> Option<Event> {
        self.input.extend_from_slice(octets.as_bytes());
        self.machine.poll_event(&mut self.input).unwrap()
    }

    /// The command that comes with these bytes.
    fn shown(&mut self, octets: &str) -> (String, ScreenResponder) {
        match self.poll(octets) {
            Some(Event::Screen { name, responder, .. }) => (name, responder),
            other => panic!("{other:?}"),
        }
    }

    fn refuses(&mut self, octets: &str, answer: &str) -> String {
        let (_, responder) = self.shown(octets);
        responder.refuse(&mut self.machine, answer).unwrap();
        assert!(self.poll("").is_none());
        self.written()
    }
}

#[test]
fn every_command_is_shown_once_and_then_served() {
    let mut server = Screened::new();
    for (command, expected) in [
        ("a NOOP\r\n", "NOOP"),
        ("b uid fetch 1 FLAGS\r\n", "uid fetch"),
        ("c X-UNKNOWN y\r\n", "X-UNKNOWN"),
        ("d\r\n", ""),
        ("\r\n", ""),
    ] {
        let (name, responder) = server.shown(command);
        assert_eq!(name, expected);
        // Nothing is read before it is decided.
        assert!(server.poll("").is_none());
        assert_eq!(server.written(), "");
        responder.pass(&mut server.machine).unwrap();
        assert!(server.poll("").is_none());
        let said = server.written();
        assert!(said.contains(if expected == "NOOP" { "a OK" } else { "BAD" }), "{said}");
    }
    let (name, responder) = server.shown("e LOGIN joe {1+}\r\nx\r\nf NOOP\r\n");
    assert_eq!(name, "LOGIN");
    responder.pass(&mut server.machine).unwrap();
    let Some(Event::Login { responder, .. }) = server.poll("") else { panic!() };
    responder.accept(&mut server.machine, "in").unwrap();
    assert_eq!(server.shown("").0, "NOOP");
}

#[test]
fn a_refused_command_has_no_effect_and_takes_its_literals_along() {
    let mut server = Screened::new();
    assert_eq!(server.refuses("a LOGIN joe {1+}\r\nx\r\n", "NO later"), "a NO later\r\n");
    assert_eq!(server.machine.state(), State::NotAuthenticated);
    assert_eq!(server.refuses("b NOOP\r\n", "OK no"), "b OK no\r\n");
    assert_eq!(server.refuses("\r\n", "BAD no"), "* BAD no\r\n");
    // The message of APPEND is asked for no more, or dropped.
    assert_eq!(server.refuses("c APPEND INBOX {6}\r\n", "NO full"), "c NO full\r\n");
    assert_eq!(server.refuses("d APPEND INBOX {6+}\r\n", "NO full"), "");
    assert!(server.poll("x NOOP\r\n").is_none());
    assert_eq!(server.written(), "d NO full\r\n");
    assert_eq!(server.shown("e NOOP\r\n").0, "NOOP");
}

#[test]
fn an_answer_is_one_line() {
    for answer in ["NO a\r\nb OK", "NO \0", "NO {5}"] {
        let mut server = Screened::new();
        let (_, responder) = server.shown("a NOOP\r\n");
        let refused = responder.refuse(&mut server.machine, answer);
        assert!(matches!(refused, Err(SendError::InvalidArgument { .. })), "{answer:?}");
        assert_eq!(server.written(), "");
    }
    // A responder answers once, and only on its connection.
    let mut server = Screened::new();
    let (_, responder) = server.shown("a NOOP\r\n");
    let mut other = Screened::new();
    let _waiting = other.shown("a NOOP\r\n");
    assert_eq!(responder.pass(&mut other.machine), Err(SendError::UnknownCommand));
}

#[test]
fn what_is_no_command_is_not_shown() {
    let mut server = Screened::new();
    let (_, responder) = server.shown("a AUTHENTICATE PLAIN\r\n");
    responder.pass(&mut server.machine).unwrap();
    let Some(Event::Authenticate { responder, .. }) = server.poll("") else { panic!() };
    responder.challenge(&mut server.machine, b"").unwrap();
    let Some(Event::AuthResponse { responder, .. }) = server.poll("Z29vZA==\r\n") else { panic!() };
    responder.accept(&mut server.machine, "in").unwrap();
    let (_, responder) = server.shown("b IDLE\r\n");
    responder.pass(&mut server.machine).unwrap();
    assert!(matches!(server.poll(""), Some(Event::Idle)));
    assert!(matches!(server.poll("DONE\r\n"), Some(Event::IdleEnd)));
}
