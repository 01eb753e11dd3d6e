//! Whose turn it is: when a server reads nothing, who may answer, and what silence, EOF and TLS
//! mean then.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use pop3_proto::{
    ProtocolError, ResponseCode, SendError, Timestamp, Transport,
    server::{
        AuthResponder, BodyResponder, BodyWriter, Config, Connection, Event, LoginResponder,
        QuitResponder, State,
    },
};

use crate::support::server::{MESSAGES, Server, config, maildrop};

/// The bytes that wait to be written.
fn written(machine: &mut Connection) -> String {
    let mut octets = Vec::new();
    while let Some(transmit) = machine.poll_transmit() {
        octets.extend_from_slice(&transmit.bytes);
    }
    String::from_utf8(octets).unwrap()
}

/// The event of these bytes, with nothing served.
fn asked(server: &mut Server, octets: &str) -> Event {
    server.input.extend_from_slice(octets.as_bytes());
    server.machine.poll_event(&mut server.input).unwrap().unwrap()
}

fn login(server: &mut Server) -> LoginResponder {
    match asked(server, "USER ann\r\nPASS right\r\n") {
        Event::Login { responder, .. } => responder,
        other => panic!("{other:?}"),
    }
}

fn auth(server: &mut Server) -> AuthResponder {
    match asked(server, "AUTH PLAIN\r\n") {
        Event::Auth { responder, .. } => responder,
        other => panic!("{other:?}"),
    }
}

fn body(server: &mut Server, command: &str) -> BodyResponder {
    match asked(server, command) {
        Event::Retr { responder, .. } | Event::Top { responder, .. } => responder,
        other => panic!("{other:?}"),
    }
}

fn writer(server: &mut Server) -> BodyWriter {
    let responder = body(server, "RETR 1\r\n");
    let writer = responder.accept(&mut server.machine, "").unwrap();
    written(&mut server.machine);
    writer
}

fn quit(server: &mut Server) -> QuitResponder {
    match asked(server, "QUIT\r\n") {
        Event::Quit { responder, .. } => responder,
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_is_read_before_the_greeting() {
    let mut machine = Connection::new(config());
    let mut input = BytesMut::from("USER ann\r\n");
    assert!(machine.poll_event(&mut input).unwrap().is_none());
    assert_eq!((&input[..], written(&mut machine)), (&b"USER ann\r\n"[..], String::new()));
    machine.greet("", None).unwrap();
    assert!(machine.poll_event(&mut input).unwrap().is_none());
    assert_eq!(written(&mut machine), "+OK \r\n+OK Password?\r\n");
}

#[test]
fn a_session_can_be_refused() {
    let mut machine = Connection::new(config());
    machine.refuse_session(Some(ResponseCode::SysTemp), "busy").unwrap();
    assert_eq!(machine.state(), State::Closed);
    let mut input = BytesMut::from("QUIT\r\n");
    assert!(matches!(machine.poll_event(&mut input), Ok(Some(Event::Close))));
    assert!(matches!(machine.poll_event(&mut input), Ok(None)), "once");
    assert!(input.is_empty());
    assert_eq!(written(&mut machine), "-ERR [SYS/TEMP] busy\r\n");
    machine.handle_eof(&input).unwrap();
}

/// APOP: offered with a timestamp, and then compared with the secret by the responder of that
/// request.
#[test]
fn apop_checks_the_digest() {
    const APOP: &str = "APOP mrose c4c9334bac560ecc979e58001b3e22fb\r\n";
    let server = |timestamp: Option<&str>| {
        let mut server = Server {
            machine: Connection::new(config()),
            input: BytesMut::new(),
            disk_full: false,
            removed: None,
            closed: false,
        };
        let timestamp = timestamp.map(|text| Timestamp::new(text).unwrap());
        server.machine.greet("ready", timestamp).unwrap();
        (written(&mut server.machine), server)
    };
    let (greeting, mut one) = server(Some("<1896.697170952@dbc.mtview.ca.us>"));
    assert_eq!(greeting, "+OK ready <1896.697170952@dbc.mtview.ca.us>\r\n");
    let (_, mut other) = server(Some("<1896.697170952@dbc.mtview.ca.us>"));
    let apop = |server: &mut Server| match asked(server, APOP) {
        Event::Apop { name, digest, responder, .. } => {
            assert_eq!(name, "mrose");
            (digest, responder)
        }
        other => panic!("{other:?}"),
    };
    let (digest, responder) = apop(&mut one);
    assert!(responder.verify(&one.machine, &digest, b"tanstaaf"));
    assert!(!responder.verify(&one.machine, &digest, b"tanstaag"));
    assert!(!responder.verify(&other.machine, &digest, b"tanstaaf"), "not asked there");
    let (_, others) = apop(&mut other);
    assert!(!others.verify(&one.machine, &digest, b"tanstaaf"), "another request");
    responder.accept(&mut one.machine, maildrop(), "in").unwrap();
    assert_eq!(one.machine.state(), State::Transaction);

    let (_, mut without) = server(None);
    assert_eq!(without.say(APOP), "-ERR Unknown command\r\n");
}

#[test]
fn too_many_challenges_end_an_exchange() {
    let mut config = config();
    config.limits.sasl_rounds = 2;
    let mut server = Server::new(config);
    let mut responder = auth(&mut server);
    for _ in 0..2 {
        responder.challenge(&mut server.machine, b"?").unwrap();
        assert_eq!(written(&mut server.machine), "+ Pw==\r\n");
        responder = match asked(&mut server, "AAAA\r\n") {
            Event::AuthResponse { responder, .. } => responder,
            other => panic!("{other:?}"),
        };
    }
    responder.challenge(&mut server.machine, b"?").unwrap();
    // An application with state for the exchange is told that it is over.
    assert!(matches!(asked(&mut server, ""), Event::AuthCancelled));
    assert_eq!(written(&mut server.machine), "-ERR Too many challenges\r\n");
    assert_eq!(server.say("USER ann\r\n"), "+OK Password?\r\n");
}

/// A client that asks and does not read gets no further than the buffer.
#[test]
fn no_command_is_read_until_answers_are_written() {
    // Without room at all there would be no session.
    for output in [0, 1] {
        let mut config = config();
        config.limits.output = output;
        let mut server = Server::new(config);
        server.input.extend_from_slice(b"USER ann\r\nUSER ann\r\n");
        for _ in 0..2 {
            assert!(server.machine.poll_event(&mut server.input).unwrap().is_none());
            assert!(server.machine.poll_event(&mut server.input).unwrap().is_none());
            assert_eq!(written(&mut server.machine), "+OK Password?\r\n");
        }
    }
    // Nor while a listing is half made.
    let mut server = Server::logged_in();
    server.input.extend_from_slice(b"LIST\r\nNOOP\r\n");
    assert!(server.machine.poll_event(&mut server.input).unwrap().is_none());
    assert_eq!(&server.input[..], b"NOOP\r\n");
    assert!(written(&mut server.machine).ends_with(".\r\n"));
    assert_eq!(server.say(""), "+OK\r\n");
}

/// Limits of zero are raised to the smallest that works.
#[test]
fn limits_of_zero_leave_a_session() {
    let mut config = config();
    let limits = &mut config.limits;
    limits.command = 0;
    limits.auth_line = 0;
    limits.sasl_rounds = 0;
    limits.bad_commands = 0;
    limits.output = 0;
    let mut server = Server::new(config);
    let line = |octets: usize| format!("USER {}\r\n", "u".repeat(octets - 7));
    assert_eq!(server.say(&line(255)), "+OK Password?\r\n");
    assert_eq!(server.say("AUTH PLAIN\r\n"), "+ Pw==\r\n");
    assert_eq!(server.say("AAAA\r\n"), "-ERR [AUTH] no\r\n");
    assert_eq!(
        server.say("USER ann\r\nPASS right\r\nNOOP\r\n"),
        "+OK Password?\r\n+OK open\r\n+OK\r\n"
    );
    assert_eq!(server.say("WHAT\r\n"), "-ERR Unknown command\r\n");
    assert!(server.closed);
}

/// The lines after those of TOP are accepted even without room in the output.
#[test]
fn top_takes_the_rest_of_a_message_without_room() {
    let mut config = config();
    config.limits.output = 8;
    let mut server = Server::new(config);
    server.say("USER ann\r\nPASS right\r\n");
    let responder = body(&mut server, "TOP 1 0\r\n");
    let mut writer = responder.accept(&mut server.machine, "").unwrap();
    written(&mut server.machine);
    let message = MESSAGES[0].as_bytes();
    let mut taken = 0;
    while !writer.is_full(&server.machine) {
        taken += writer.write(&mut server.machine, &message[taken..]).unwrap();
        if !writer.is_full(&server.machine) {
            written(&mut server.machine);
        }
    }
    // Its last bytes wait to be written.
    for _ in 0..3 {
        assert_eq!(writer.write(&mut server.machine, message).unwrap(), message.len());
    }
    writer.finish(&mut server.machine).unwrap();
}

#[test]
fn tls_is_accepted_only_after_stls() {
    let clear = || {
        let mut machine = Connection::new(Config::new(Transport::Clear));
        machine.greet("ready", None).unwrap();
        written(&mut machine);
        machine
    };
    let none = BytesMut::new();
    // No STLS was sent.
    assert_eq!(clear().handle_tls_established(&none).unwrap_err(), ProtocolError::NoStartTls);
    let begun = || {
        let mut machine = clear();
        let event = machine.poll_event(&mut BytesMut::from("STLS\r\n"));
        assert!(matches!(event, Ok(Some(Event::StartTls))));
        machine
    };
    // The client does not know yet.
    assert_eq!(begun().handle_tls_established(&none).unwrap_err(), ProtocolError::NoStartTls);
    // Bytes in clear text are not part of the handshake.
    let mut machine = begun();
    written(&mut machine);
    assert_eq!(
        machine.handle_tls_established(&BytesMut::from("x")).unwrap_err(),
        ProtocolError::InputAfterStartTls
    );
    let mut machine = begun();
    written(&mut machine);
    let machine = machine.handle_tls_established(&none).unwrap();
    assert_eq!((machine.state(), machine.transport()), (State::Authorization, Transport::Tls));
    // After the error no bytes are written, not even queued ones.
    let mut machine = begun();
    let error = machine.poll_event(&mut BytesMut::from("x")).unwrap_err();
    assert_eq!(machine.poll_transmit(), None);
    assert_eq!(machine.handle_eof(&none), Err(error));
}

#[test]
fn eof_depends_on_whose_turn_it_is() {
    let none = BytesMut::new();
    let eof = |in_flight| Err(ProtocolError::UnexpectedEof { in_flight, during: None });
    let mut server = Server::new(config());
    assert_eq!(server.machine.handle_eof(&none), eof(0));
    // While the caller has a request, and when it answers after that.
    let mut server = Server::new(config());
    let responder = login(&mut server);
    assert_eq!(server.machine.handle_eof(&none), eof(1));
    assert_eq!(
        responder.accept(&mut server.machine, maildrop(), ""),
        Err(SendError::UnknownCommand)
    );
    assert_eq!(server.machine.state(), State::Closed);
    // The client has said what it wants, and messages are being removed.
    let mut server = Server::logged_in();
    let responder = quit(&mut server);
    server.machine.handle_eof(&none).unwrap();
    responder.committed(&mut server.machine, "bye").unwrap();
    server.machine.handle_eof(&none).unwrap();
}

#[test]
fn timeouts_depend_on_whose_turn_it_is() {
    let ten_minutes = Some(Duration::from_secs(600));
    assert_eq!(Connection::new(config()).timeout_hint(), None, "greet first");
    let mut server = Server::new(config());
    assert_eq!(server.machine.timeout_hint(), ten_minutes);
    let responder = login(&mut server);
    assert_eq!(server.machine.timeout_hint(), None, "it is the caller who is silent");
    responder.accept(&mut server.machine, maildrop(), "").unwrap();
    assert_eq!(server.machine.timeout_hint(), ten_minutes);
    let responder = quit(&mut server);
    // Messages are being removed: that goes on, and its answer is written.
    server.machine.handle_timeout();
    assert_eq!((server.machine.state(), server.machine.timeout_hint()), (State::Update, None));
    written(&mut server.machine);
    responder.committed(&mut server.machine, "bye").unwrap();
    server.machine.handle_timeout();
    assert_eq!(written(&mut server.machine), "+OK bye\r\n");
    assert_eq!(server.machine.timeout_hint(), None);

    let mut server = Server::new(config());
    let responder = auth(&mut server);
    responder.challenge(&mut server.machine, b"").unwrap();
    assert_eq!(server.machine.timeout_hint(), ten_minutes, "a line of SASL is owed");

    // RFC 1939 section 3: the server closes without an answer, whatever waits, and outstanding
    // responders answer nothing.
    let mut server = Server::logged_in();
    server.input.extend_from_slice(b"LIST\r\n");
    assert!(server.machine.poll_event(&mut server.input).unwrap().is_none());
    server.machine.handle_timeout();
    assert_eq!(server.machine.poll_transmit(), None);
    assert!(matches!(asked(&mut server, "NOOP\r\n"), Event::Close));
    let mut server = Server::new(config());
    let responder = login(&mut server);
    server.machine.handle_timeout();
    assert_eq!(
        responder.accept(&mut server.machine, maildrop(), ""),
        Err(SendError::UnknownCommand)
    );
    assert_eq!(server.machine.state(), State::Closed);
}

#[test]
fn response_codes_can_be_switched_off() {
    let refused = |resp_codes, code: &'static [u8]| {
        let mut config = config();
        config.resp_codes = resp_codes;
        let mut server = Server::new(config);
        let responder = login(&mut server);
        written(&mut server.machine);
        let code = ResponseCode::Other(Bytes::from_static(code));
        responder.refuse(&mut server.machine, Some(code), "no").unwrap();
        written(&mut server.machine)
    };
    assert_eq!(refused(true, b"X-LATER"), "-ERR [X-LATER] no\r\n");
    assert_eq!(refused(true, b"A]\r\n+OK B"), "-ERR [A+OKB] no\r\n");
    assert_eq!(refused(false, b"X-LATER"), "-ERR no\r\n");
}

/// Ten bad commands end a session; a login resets the count, and an unknown message does not count.
#[test]
fn a_login_resets_the_count_of_bad_commands() {
    let mut server = Server::new(config());
    for _ in 0..9 {
        server.say("WHAT\r\n");
    }
    server.say("USER ann\r\nPASS right\r\n");
    for _ in 0..9 {
        server.say("WHAT\r\n");
    }
    for _ in 0..20 {
        assert_eq!(server.say("RETR 99\r\n"), "-ERR No such message\r\n");
    }
    assert!(!server.closed);
    server.say("WHAT\r\n");
    assert!(server.closed);
}

/// Each responder, on a connection that waits for one of its kind, only another one.
#[test]
fn responders_of_another_connection_answer_nothing() {
    const WRONG: SendError = SendError::UnknownCommand;
    let mut one = Server::new(config());
    let mut other = Server::new(config());
    let mine = login(&mut one);
    let theirs = login(&mut other);
    written(&mut one.machine);
    assert_eq!(theirs.refuse(&mut one.machine, None, "no"), Err(WRONG));
    assert_eq!(written(&mut one.machine), "");
    mine.refuse(&mut one.machine, None, "no").unwrap();
    assert_eq!(written(&mut one.machine), "-ERR no\r\n");

    let mut one = Server::new(config());
    let mut other = Server::new(config());
    let (mine, theirs) = (auth(&mut one), auth(&mut other));
    assert_eq!(theirs.challenge(&mut one.machine, b"?"), Err(WRONG));
    assert_eq!(written(&mut one.machine), "");
    mine.challenge(&mut one.machine, b"?").unwrap();

    let mut one = Server::logged_in();
    let mut other = Server::logged_in();
    let (mine, theirs) = (body(&mut one, "RETR 1\r\n"), body(&mut other, "RETR 1\r\n"));
    assert_eq!(theirs.accept(&mut one.machine, "").unwrap_err(), WRONG);
    assert_eq!(written(&mut one.machine), "");
    mine.accept(&mut one.machine, "").unwrap().finish(&mut one.machine).unwrap();

    for end in [BodyWriter::finish, |writer: BodyWriter, machine: &mut Connection| {
        writer.abort(machine).map(|()| 0)
    }] {
        let mut one = Server::logged_in();
        let mut other = Server::logged_in();
        let mut mine = writer(&mut one);
        let mut theirs = writer(&mut other);
        assert_eq!(theirs.write(&mut one.machine, b"mixed up\r\n"), Err(WRONG));
        assert_eq!(end(theirs, &mut one.machine), Err(WRONG));
        assert_eq!(
            (one.machine.state(), written(&mut one.machine)),
            (State::Transaction, String::new())
        );
        assert_eq!(mine.write(&mut one.machine, b"x\r\n"), Ok(3));
        assert_eq!(mine.finish(&mut one.machine), Ok(3));
        assert_eq!(written(&mut one.machine), "x\r\n.\r\n");
    }

    // Is a TOP full? Not of another connection's writer.
    let mut one = Server::logged_in();
    let mut other = Server::logged_in();
    let mut mine = body(&mut one, "TOP 4 0\r\n").accept(&mut one.machine, "").unwrap();
    let theirs = body(&mut other, "TOP 4 0\r\n").accept(&mut other.machine, "").unwrap();
    let message = MESSAGES[3].as_bytes();
    assert_eq!(mine.write(&mut one.machine, message), Ok(message.len()));
    assert!(mine.is_full(&one.machine) && !theirs.is_full(&one.machine));

    let mut one = Server::logged_in();
    let mut other = Server::logged_in();
    let (mine, theirs) = (quit(&mut one), quit(&mut other));
    assert_eq!(theirs.committed(&mut one.machine, ""), Err(WRONG));
    let theirs = quit(&mut Server::logged_in());
    assert_eq!(theirs.failed(&mut one.machine, None, ""), Err(WRONG));
    assert_eq!((one.machine.state(), written(&mut one.machine)), (State::Update, String::new()));
    mine.committed(&mut one.machine, "bye").unwrap();
    assert_eq!(written(&mut one.machine), "+OK bye\r\n");
}

/// RFC 2595 section 4 makes the client forget; the server made the timestamp, and there is no
/// second greeting.
#[test]
fn the_timestamp_of_the_greeting_is_valid_after_tls() {
    let mut machine = Connection::new(Config::new(Transport::Clear));
    machine.greet("ready", Timestamp::new("<1896.697170952@dbc.mtview.ca.us>")).unwrap();
    let mut input = BytesMut::from("STLS\r\n");
    assert!(matches!(machine.poll_event(&mut input), Ok(Some(Event::StartTls))));
    written(&mut machine);
    let mut machine = machine.handle_tls_established(&input).unwrap();
    // The example of RFC 1939 section 7.
    input.extend_from_slice(b"APOP mrose c4c9334bac560ecc979e58001b3e22fb\r\n");
    match machine.poll_event(&mut input) {
        Ok(Some(Event::Apop { digest, responder, .. })) => {
            assert!(responder.verify(&machine, &digest, b"tanstaaf"));
            responder.accept(&mut machine, maildrop(), "open").unwrap();
        }
        other => panic!("{other:?}, {}", written(&mut machine)),
    }
    assert_eq!(written(&mut machine), "+OK open\r\n");
}
