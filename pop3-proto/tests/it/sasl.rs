//! AUTH of both roles: base64 to the letter, and the empty initial response.

use bytes::{Bytes, BytesMut};
use pop3_proto::{
    ClearTextCredentials, Command, Config, ProtocolError, SendError, Status, Transport,
    client::Event,
    server::{self, AuthResponder},
};

use crate::support::client::{Client, done};

/// Invalid base64 that some decoders accept; RFC 5034 section 4 wants it refused.
const NO_BASE64: [&str; 9] =
    ["=AAA", "AAA=BBB", "AA=A", "A", "QQ", "QQ=", "QQ==QQ==", "QR==", "Q\rQ="];

struct Server {
    machine: server::Connection,
    input: BytesMut,
}

impl Server {
    fn new() -> Self {
        let mut config = server::Config::new(Transport::Tls);
        config.mechanisms = vec!["PLAIN".to_owned()];
        let mut server = Self { machine: server::Connection::new(config), input: BytesMut::new() };
        server.machine.greet("", None).unwrap();
        server.said();
        server
    }

    fn said(&mut self) -> String {
        let mut said = Vec::new();
        while let Some(transmit) = self.machine.poll_transmit() {
            said.extend_from_slice(&transmit.bytes);
        }
        String::from_utf8(said).unwrap()
    }

    fn hear(&mut self, octets: &str) -> Option<server::Event> {
        self.input.extend_from_slice(octets.as_bytes());
        self.machine.poll_event(&mut self.input).unwrap()
    }

    fn asked(&mut self) -> AuthResponder {
        match self.hear("AUTH PLAIN\r\n") {
            Some(server::Event::Auth { responder, .. }) => responder,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_server_refuses_invalid_base64() {
    for text in NO_BASE64 {
        let mut server = Server::new();
        assert!(server.hear(&format!("AUTH PLAIN {text}\r\n")).is_none(), "{text:?}");
        assert!(server.said().starts_with("-ERR"), "{text:?}");

        let responder = server.asked();
        responder.challenge(&mut server.machine, b"").unwrap();
        let event = server.hear(&format!("{text}\r\n"));
        assert!(matches!(event, Some(server::Event::AuthCancelled)), "{text:?}");
        assert!(server.said().starts_with("+ \r\n-ERR"), "{text:?}");
    }
    let mut server = Server::new();
    let responder = server.asked();
    responder.challenge(&mut server.machine, b"").unwrap();
    match server.hear("AAA=\r\n") {
        Some(server::Event::AuthResponse { data, .. }) => assert_eq!(data.as_bytes(), b"\0\0"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_client_cancels_invalid_base64() {
    for text in NO_BASE64 {
        let mut client = Client::greeted();
        client.send(&Command::Auth { mechanism: "X-TALK", initial_response: None });
        let events = client.hear(&format!("+ {text}\r\n"));
        assert!(matches!(events[..], [Event::Continuation { .. }]), "{text:?}: {events:?}");
        assert_eq!(client.sent.last().unwrap().0, "*\r\n", "{text:?}");
        assert_eq!(done(&client.hear("-ERR cancelled\r\n")).0, Status::Err);
    }
    let mut client = Client::greeted();
    client.send(&Command::Auth { mechanism: "X-TALK", initial_response: None });
    let events = client.hear("+ AAA=\r\n");
    assert!(matches!(&events[..], [Event::Challenge { data, .. }] if data == "\0\0"));
}

#[test]
fn an_empty_initial_response_is_not_an_absent_one() {
    let sent = |capabilities: &str, initial_response| {
        let mut client = Client::greeted();
        client.exchange(&Command::Capa, &format!("+OK\r\n{capabilities}.\r\n"));
        client.sent.clear();
        client.send(&Command::Auth { mechanism: "EXTERNAL", initial_response });
        client.hear("+ \r\n");
        let sent = client.sent.iter().map(|(octets, _)| &octets[..]);
        String::from_utf8(sent.collect::<Vec<_>>().concat()).unwrap()
    };
    let sasl = "SASL EXTERNAL\r\n";
    assert!(sent(sasl, Some(b"")).starts_with("AUTH EXTERNAL =\r\n"));
    assert_eq!(sent(sasl, None), "AUTH EXTERNAL\r\n");
    assert_eq!(sent("", Some(b"")), "AUTH EXTERNAL\r\n\r\n");

    for (command, expected) in [("AUTH PLAIN =", Some(&b""[..])), ("AUTH PLAIN", None)] {
        let mut server = Server::new();
        match server.hear(&format!("{command}\r\n")) {
            Some(server::Event::Auth { initial_response, .. }) => {
                let octets = initial_response.as_ref().map(server::Password::as_bytes);
                assert_eq!(octets, expected, "{command}");
            }
            other => panic!("{other:?}"),
        }
    }
}

/// Before a token was sent a challenge cannot be the reason why it is refused: the caller gets it.
#[test]
fn a_challenge_before_the_token_is_not_a_failure() {
    for mechanism in ["XOAUTH2", "OAUTHBEARER"] {
        let mut client = Client::greeted();
        let id = client.send(&Command::Auth { mechanism, initial_response: None });
        let events = client.hear("+ eyJzdGF0dXMiOiI0MDAifQ==\r\n");
        assert!(matches!(&events[..], [Event::Challenge { .. }]), "{events:?}");
        client.machine.answer(id, "token".into()).unwrap();
        client.transmit();
        let events = client.hear("+ eyJzdGF0dXMiOiI0MDAifQ==\r\n");
        assert!(matches!(&events[..], [Event::OAuthFailure { .. }]), "{events:?}");
    }
}

/// The limit holds for what the caller says, first and later.
#[test]
fn client_lines_at_the_limit() {
    let mut config = Config::new(Transport::Tls);
    config.limits.sasl_octets = 20;
    for (octets, expected) in [(20, true), (21, false)] {
        let data = vec![b'x'; octets];
        let too_long = |expected: bool| (!expected).then_some(SendError::TooLong { limit: 20 });
        let mut client = Client::new(config, "+OK\r\n");
        let auth = Command::Auth { mechanism: "X-TALK", initial_response: Some(&data) };
        assert_eq!(client.machine.send(&auth).err(), too_long(expected));
        let mut client = Client::new(config, "+OK\r\n");
        let id = client.send(&Command::Auth { mechanism: "X-TALK", initial_response: None });
        client.hear("+ \r\n");
        let answered = client.machine.answer(id, data.into());
        assert_eq!(answered.err(), too_long(expected));
    }
}

/// AUTH with the token on a separate line, which waits for the first challenge.
fn two_lines(mechanism: &'static str) -> Client {
    let mut client = Client::greeted();
    client.send(&Command::Auth { mechanism, initial_response: Some(b"token") });
    client
}

/// What the machine says to input that is read in one piece, before anything else is sent.
fn at_once(client: &mut Client, input: &str) -> Result<Vec<Event>, ProtocolError> {
    client.input.extend_from_slice(input.as_bytes());
    let mut events = Vec::new();
    while let Some(event) = client.machine.poll_event(&mut client.input)? {
        events.push(event);
    }
    Ok(events)
}

#[test]
fn an_answer_that_was_not_sent_dies_with_its_exchange() {
    let mut client = two_lines("PLAIN");
    let events = at_once(&mut client, "+ \r\n-ERR no\r\n").unwrap();
    assert_eq!(done(&events).0, Status::Err);
    assert_eq!(client.machine.poll_transmit(), None, "the token would leave as a command");

    let mut client = Client::greeted();
    let id = client.send(&Command::Auth { mechanism: "X-TALK", initial_response: None });
    client.hear("+ dHdv\r\n");
    client.machine.answer(id, Bytes::from_static(b"secret")).unwrap();
    let events = at_once(&mut client, "-ERR [SYS/TEMP] timeout\r\n").unwrap();
    assert_eq!(done(&events).0, Status::Err);
    client.send(&Command::User("joe"));
    assert_eq!(client.sent.last().unwrap().0, "USER joe\r\n");
    assert_eq!(client.sent.len(), 2);
}

#[test]
fn nothing_is_answered_after_an_error() {
    let mut client = Client::greeted();
    let id = client.send(&Command::Auth { mechanism: "X-TALK", initial_response: None });
    client.hear("+ dHdv\r\n");
    client.machine.handle_eof(&client.input).unwrap_err();
    assert_eq!(client.machine.answer(id, Bytes::new()), Err(SendError::Closed));
    assert_eq!(client.machine.cancel(id), Err(SendError::Closed));
}

#[test]
fn user_and_pass_are_refused_where_only_stls_is_offered() {
    let consent = |transport| {
        let mut config = Config::new(transport);
        config.clear_text_credentials = ClearTextCredentials::SendThemInClearText;
        config
    };
    for (transport, capabilities, expected) in [
        (Transport::Clear, "STLS\r\n", Some(SendError::LoginDisabled)),
        (Transport::Clear, "STLS\r\nUSER\r\n", None),
        // Many servers leave USER out, and some announce nothing at all.
        (Transport::Clear, "TOP\r\nUIDL\r\n", None),
        (Transport::Clear, "", None),
        (Transport::Tls, "STLS\r\n", None),
    ] {
        let mut client = Client::new(consent(transport), "+OK\r\n");
        client.exchange(&Command::Capa, &format!("+OK\r\n{capabilities}.\r\n"));
        let refused = client.machine.send(&Command::User("joe")).err();
        assert_eq!(refused, expected, "{transport:?} {capabilities:?}");
    }
}

#[test]
fn half_an_unsolicited_line_asks_for_no_noop() {
    let mut client = Client::logged_in();
    assert!(client.machine.keep_alive_hint().is_some());
    assert!(client.hear("half").is_empty());
    assert_eq!(client.machine.keep_alive_hint(), None);
}
