//! Commands that the application sees before they are served.

use bytes::BytesMut;
use pop3_proto::{
    SendError, Transport,
    server::{Config, Connection, Event, ScreenResponder, State},
};

use crate::support::server::maildrop;

struct Screened {
    machine: Connection,
    input: BytesMut,
}

impl Screened {
    fn new() -> Self {
        let mut config = Config::new(Transport::Tls);
        config.mechanisms = vec!["PLAIN".into()];
        config.screen = true;
        let mut screened = Self { machine: Connection::new(config), input: BytesMut::new() };
        screened.machine.greet("ready", None).unwrap();
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

    fn passes(&mut self, octets: &str) -> Option<Event> {
        let (_, responder) = self.shown(octets);
        responder.pass(&mut self.machine).unwrap();
        self.poll("")
    }
}

#[test]
fn every_command_is_shown_once_and_then_served() {
    let mut server = Screened::new();
    for (command, expected) in
        [("CAPA\r\n", "CAPA"), ("x-unknown y\r\n", "x-unknown"), ("\r\n", "")]
    {
        let (name, responder) = server.shown(command);
        assert_eq!(name, expected);
        // Nothing is read before it is decided.
        assert!(server.poll("").is_none());
        assert_eq!(server.written(), "");
        responder.pass(&mut server.machine).unwrap();
        assert!(server.poll("").is_none());
        let said = server.written();
        assert!(said.starts_with(if expected == "CAPA" { "+OK" } else { "-ERR" }), "{said}");
    }
    assert!(server.passes("USER ann\r\n").is_none());
    let Some(Event::Login { responder, .. }) = server.passes("PASS right\r\n") else { panic!() };
    responder.accept(&mut server.machine, maildrop(), "open").unwrap();
    assert_eq!(server.machine.state(), State::Transaction);
}

#[test]
fn a_refused_command_has_no_effect() {
    let mut server = Screened::new();
    assert!(server.passes("USER ann\r\n").is_none());
    let (_, responder) = server.shown("PASS right\r\n");
    responder.refuse(&mut server.machine, "-ERR [SYS/TEMP] later").unwrap();
    assert!(server.poll("").is_none());
    assert_eq!(server.written(), "+OK Password?\r\n-ERR [SYS/TEMP] later\r\n");
    // PASS counts only directly after USER.
    assert!(server.passes("PASS right\r\n").is_none());
    assert!(server.written().starts_with("-ERR"));
    let (_, responder) = server.shown("QUIT\r\n");
    let refused = responder.refuse(&mut server.machine, "-ERR a\r\n+OK");
    assert!(matches!(refused, Err(SendError::InvalidArgument { .. })));
    assert_eq!(server.written(), "");
}

#[test]
fn a_responder_answers_on_its_own_connection() {
    let mut server = Screened::new();
    let (_, responder) = server.shown("CAPA\r\n");
    let mut other = Screened::new();
    let _waiting = other.shown("CAPA\r\n");
    assert_eq!(responder.pass(&mut other.machine), Err(SendError::UnknownCommand));
}

#[test]
fn a_line_of_sasl_is_not_shown() {
    let mut server = Screened::new();
    let Some(Event::Auth { responder, .. }) = server.passes("AUTH PLAIN\r\n") else { panic!() };
    responder.challenge(&mut server.machine, b"").unwrap();
    assert!(matches!(server.poll("AGFubgByaWdodA==\r\n"), Some(Event::AuthResponse { .. })));
}
