//! Every `SendError` once, and the misuse that types do not prevent.

use bytes::{Bytes, BytesMut};
use pop3_proto::{
    ClearTextCredentials, Command, CommandId, CommandKind, Config, MessageNumber, ProtocolError,
    SendError, Transport,
    client::{Connection, Event, State},
    server::{self, Maildrop},
};

use crate::support::client::Client;

fn connection(transport: Transport, server: &str) -> (Connection, BytesMut) {
    let mut machine = Connection::new(Config::new(transport));
    let mut input = BytesMut::from(server);
    while machine.poll_event(&mut input).unwrap().is_some() {}
    (machine, input)
}

fn greeted() -> (Connection, BytesMut) {
    connection(Transport::Tls, "+OK\r\n")
}

/// Sends, lets the server answer, and polls everything.
fn exchange(machine: &mut Connection, command: &Command<'_>, answer: &str) -> CommandId {
    let id = machine.send(command).unwrap();
    while machine.poll_transmit().is_some() {}
    let mut input = BytesMut::from(answer);
    while machine.poll_event(&mut input).unwrap().is_some() {}
    id
}

fn logged_in() -> Connection {
    let (mut machine, _) = greeted();
    exchange(&mut machine, &Command::User("u"), "+OK\r\n");
    exchange(&mut machine, &Command::Pass("p"), "+OK\r\n");
    assert_eq!(machine.state(), State::Transaction);
    machine
}

#[test]
fn not_allowed() {
    let (mut machine, _) = greeted();
    let error = machine.send(&Command::Retr(MessageNumber::new(1).unwrap())).unwrap_err();
    assert_eq!(
        error,
        SendError::NotAllowed { command: CommandKind::Retr, state: State::Authorization }
    );
    let error = machine.send(&Command::Pass("p")).unwrap_err();
    assert_eq!(
        error,
        SendError::NotAllowed { command: CommandKind::Pass, state: State::Authorization }
    );
    let error = Connection::new(Config::new(Transport::Tls)).send(&Command::User("u")).unwrap_err();
    assert_eq!(error, SendError::NotAllowed { command: CommandKind::User, state: State::Greeting });
}

#[test]
fn busy() {
    let mut machine = logged_in();
    machine.send(&Command::Quit).unwrap();
    let error = machine.send(&Command::Noop).unwrap_err();
    assert_eq!(error, SendError::Busy { command: CommandKind::Noop, waits_for: CommandKind::Quit });
}

#[test]
fn invalid_argument() {
    let (mut machine, _) = greeted();
    let error = machine.send(&Command::User("u\r\nDELE 1")).unwrap_err();
    assert_eq!(
        error,
        SendError::InvalidArgument { argument: "user name", reason: "contains CR, LF or NUL" }
    );
}

#[test]
fn too_long() {
    let (mut machine, _) = greeted();
    let error = machine.send(&Command::User(&"u".repeat(249))).unwrap_err();
    assert_eq!(error, SendError::TooLong { limit: 255 });
    machine.send(&Command::User(&"u".repeat(248))).unwrap();
}

#[test]
fn missing_capability() {
    let (mut machine, _) = greeted();
    exchange(&mut machine, &Command::Capa, "+OK\r\nTOP\r\n.\r\n");
    assert_eq!(machine.send(&Command::Utf8), Err(SendError::MissingCapability("UTF8")));
    assert_eq!(machine.send(&Command::Lang(None)), Err(SendError::MissingCapability("LANG")));
    // Without CAPA the command may be tried.
    let (mut machine, _) = greeted();
    assert!(machine.send(&Command::Utf8).is_ok());
    let (mut machine, _) = connection(Transport::Clear, "+OK\r\n");
    exchange(&mut machine, &Command::Capa, "+OK\r\n.\r\n");
    assert_eq!(machine.send(&Command::Stls), Err(SendError::MissingCapability("STLS")));
}

#[test]
fn too_many_in_flight() {
    let mut machine = logged_in();
    for _ in 0..32 {
        machine.send(&Command::Noop).unwrap();
    }
    assert_eq!(machine.send(&Command::Noop), Err(SendError::TooManyInFlight { limit: 32 }));
    assert_eq!(machine.in_flight(), 32);
    // The window in bytes: 17 commands of 240 bytes are 4,080.
    let mut machine = logged_in();
    let line = "X".repeat(238);
    let raw = Command::Raw { line: &line, reply: pop3_proto::ReplyShape::Single };
    for _ in 0..17 {
        machine.send(&raw).unwrap();
    }
    assert_eq!(machine.send(&raw), Err(SendError::TooManyInFlight { limit: 4096 }));
    machine.send(&Command::Noop).unwrap();
}

#[test]
fn clear_text() {
    let (mut machine, _) = connection(Transport::Clear, "+OK\r\n");
    assert_eq!(machine.send(&Command::User("u")), Err(SendError::ClearText));
    let auth = Command::Auth { mechanism: "PLAIN", initial_response: Some(b"\0u\0p") };
    assert_eq!(machine.send(&auth), Err(SendError::ClearText));
}

#[test]
fn unknown_command() {
    let (mut machine, _) = greeted();
    let id = exchange(&mut machine, &Command::Capa, "+OK\r\n.\r\n");
    assert_eq!(machine.answer(id, Bytes::new()), Err(SendError::UnknownCommand));
    assert_eq!(machine.cancel(id), Err(SendError::UnknownCommand));
    // Discarding a command that is done changes nothing.
    machine.discard(id);
    let auth = Command::Auth { mechanism: "X", initial_response: None };
    let id = machine.send(&auth).unwrap();
    let not_awaited = Err(SendError::NotAwaited);
    assert_eq!(machine.answer(id, Bytes::new()), not_awaited, "before the challenge");
    assert_eq!(machine.cancel(id), not_awaited, "before the challenge");
    while machine.poll_transmit().is_some() {}
    let event = machine.poll_event(&mut BytesMut::from("+ \r\n")).unwrap();
    assert!(matches!(event, Some(Event::Challenge { .. })));
    machine.answer(id, Bytes::new()).unwrap();
    assert_eq!(machine.answer(id, Bytes::new()), not_awaited, "twice");
}

#[test]
fn closed() {
    let mut machine = logged_in();
    exchange(&mut machine, &Command::Quit, "+OK\r\n");
    assert_eq!(machine.send(&Command::Noop), Err(SendError::Closed));
    let (mut machine, _) = connection(Transport::Tls, "-ERR\r\n");
    assert_eq!(machine.send(&Command::Capa), Err(SendError::Closed));
    let (mut machine, mut input) = greeted();
    input.extend_from_slice(b"unsolicited\r\n");
    machine.poll_event(&mut input).unwrap_err();
    assert_eq!(machine.send(&Command::Capa), Err(SendError::Closed));
}

/// A handover without STLS, and one after an error.
#[test]
fn tls_without_stls() {
    let (machine, input) = greeted();
    assert_eq!(machine.handle_tls_established(&input).unwrap_err(), ProtocolError::NoStartTls);
    let (mut machine, mut input) = connection(Transport::Clear, "+OK\r\n");
    input.extend_from_slice(b"x\r\n");
    let error = machine.poll_event(&mut input).unwrap_err();
    assert_eq!(machine.handle_tls_established(&input).unwrap_err(), error);
}

/// Responders answer only the connection and the request that they came from.
#[test]
fn responders_of_another_connection() {
    let server = || {
        let mut server = server::Connection::new(server::Config::new(Transport::Tls));
        server.greet("ready", None).unwrap();
        assert_eq!(server.greet("again", None), Err(SendError::NotAwaited));
        assert_eq!(server.refuse_session(None, "late"), Err(SendError::NotAwaited));
        server
    };
    let login = |server: &mut server::Connection| {
        let mut input = BytesMut::from("USER u\r\nPASS p\r\n");
        match server.poll_event(&mut input).unwrap() {
            Some(server::Event::Login { responder, .. }) => responder,
            other => panic!("{other:?}"),
        }
    };
    let (mut one, mut other) = (server(), server());
    let responder = login(&mut one);
    let others = login(&mut other);
    assert_eq!(
        others.accept(&mut one, Maildrop::default(), "mixed up"),
        Err(SendError::UnknownCommand)
    );
    assert_eq!(one.state(), server::State::Authorization);
    responder.accept(&mut one, Maildrop::default(), "in").unwrap();
    assert_eq!(one.state(), server::State::Transaction);
}

/// A server with PIPELINING (and more), whose answer to CAPA is known.
fn announcing(config: Config, capabilities: &str) -> Connection {
    let mut machine = Connection::new(config);
    while machine.poll_event(&mut BytesMut::from("+OK <1.2@example.org>\r\n")).unwrap().is_none() {}
    let answer = format!("+OK\r\n{capabilities}.\r\n");
    exchange(&mut machine, &Command::Capa, &answer);
    machine
}

/// PASS follows USER and nothing else; before USER is accepted only inside TLS.
#[test]
fn pass_follows_user() {
    let not_allowed =
        Err(SendError::NotAllowed { command: CommandKind::Pass, state: State::Authorization });
    let busy = Err(SendError::Busy { command: CommandKind::Pass, waits_for: CommandKind::User });
    let mut consent = Config::new(Transport::Clear);
    consent.clear_text_credentials = ClearTextCredentials::SendThemInClearText;
    let tls = Config::new(Transport::Tls);
    // In clear text a refused USER must not be followed by a password in clear text.
    let mut machine = announcing(consent, "USER\r\nPIPELINING\r\n");
    machine.send(&Command::User("u")).unwrap();
    assert_eq!(machine.send(&Command::Pass("p")), busy);
    let mut machine = announcing(tls, "USER\r\nTOP\r\n");
    machine.send(&Command::User("u")).unwrap();
    assert_eq!(machine.send(&Command::Pass("p")), busy);
    let mut machine = announcing(tls, "USER\r\nPIPELINING\r\n");
    machine.send(&Command::User("u")).unwrap();
    machine.send(&Command::Pass("p")).unwrap();
    // Something between them, not answered yet, and answered.
    let mut machine = announcing(tls, "USER\r\nPIPELINING\r\n");
    machine.send(&Command::User("u")).unwrap();
    machine.send(&Command::Capa).unwrap();
    assert_eq!(machine.send(&Command::Pass("p")), not_allowed);
    while machine.poll_transmit().is_some() {}
    let mut input = BytesMut::from("+OK\r\n+OK\r\nUSER\r\nPIPELINING\r\n.\r\n");
    while machine.poll_event(&mut input).unwrap().is_some() {}
    assert_eq!(machine.in_flight(), 0);
    assert_eq!(machine.send(&Command::Pass("p")), not_allowed);
}

/// RFC 6856 section 2.2: a name or a password that is not ASCII needs `UTF8 USER`, or the UTF8
/// command, or a quirk.
#[test]
fn credentials_that_are_not_ascii() {
    let user = Command::User("jos\u{e9}");
    let tls = Config::new(Transport::Tls);
    for capabilities in ["USER\r\n", "USER\r\nUTF8\r\n"] {
        let error = announcing(tls, capabilities).send(&user).unwrap_err();
        assert!(
            matches!(error, SendError::InvalidArgument { argument: "user name", .. }),
            "{error}"
        );
    }
    announcing(tls, "USER\r\nUTF8 USER\r\n").send(&user).unwrap();
    let mut machine = announcing(tls, "USER\r\nUTF8\r\n");
    exchange(&mut machine, &Command::Utf8, "-ERR\r\n");
    machine.send(&user).unwrap_err();
    exchange(&mut machine, &Command::Utf8, "+OK\r\n");
    machine.send(&user).unwrap();
    let mut quirk = tls;
    quirk.quirks.utf8_credentials = true;
    announcing(quirk, "USER\r\n").send(&user).unwrap();
}

/// The digest counts.
#[test]
fn apop_within_the_limit_of_a_command() {
    for (octets, expected) in [(215, true), (216, false)] {
        let mut machine = announcing(Config::new(Transport::Tls), "TOP\r\n");
        let name = "n".repeat(octets);
        let apop = Command::Apop { name: &name, secret: "s" };
        let sent = machine.send(&apop);
        assert_eq!(sent.is_ok(), expected, "{octets}");
        match machine.poll_transmit() {
            Some(transmit) => assert_eq!(transmit.bytes.len(), 255),
            None => assert_eq!(sent, Err(SendError::TooLong { limit: 255 })),
        }
    }
}

/// A challenge is answered by the id of the AUTH that it belongs to.
#[test]
fn answer_to_an_exchange_that_is_over() {
    let (mut machine, _) = greeted();
    let auth = Command::Auth { mechanism: "X", initial_response: None };
    let over = exchange(&mut machine, &auth, "-ERR\r\n");
    let id = exchange(&mut machine, &auth, "+ \r\n");
    assert_ne!(over, id);
    assert_eq!(machine.answer(over, Bytes::new()), Err(SendError::UnknownCommand));
    assert_eq!(machine.cancel(over), Err(SendError::UnknownCommand));
    machine.answer(id, Bytes::new()).unwrap();
}

/// APOP needs a msg-id as timestamp; its digest is a credential.
#[test]
fn apop_needs_a_msg_id() {
    let apop = Command::Apop { name: "mrose", secret: "tanstaaf" };
    for greeting in [
        "+OK\r\n",
        "+OK <>\r\n",
        "+OK <a>\r\n",
        "+OK <a@>\r\n",
        "+OK <a@b\r\n",
        "+OK <a b@c>\r\n",
        "+OK <\x01@c>\r\n",
    ] {
        let client = &mut Client::new(Config::new(Transport::Tls), greeting);
        assert_eq!(
            client.machine.send(&apop),
            Err(SendError::MissingCapability("APOP")),
            "{greeting:?}"
        );
    }
    let mut client =
        Client::new(Config::new(Transport::Tls), "+OK <1896.697170952@dbc.mtview.ca.us>\r\n");
    client.exchange(&apop, "-ERR no\r\n");
    assert_eq!(
        client.sent,
        [(Bytes::from_static(b"APOP mrose c4c9334bac560ecc979e58001b3e22fb\r\n"), true)]
    );
}
