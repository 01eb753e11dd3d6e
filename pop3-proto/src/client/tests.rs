//! What the machine decides by itself: withdrawing, capabilities, and lines that no command asked
//! for.

use alloc::{format, vec::Vec};

use bytes::{Bytes, BytesMut};

use super::*;
use crate::{
    command::Command,
    config::{Config, Transport},
    error::{ProtocolError, SendError},
    event::{CommandId, Status},
    types::MessageNumber,
};

/// A session in `Authorization` whose server announces these capabilities.
fn announcing(capabilities: &str) -> Connection {
    announcing_to(Config::new(Transport::Tls), capabilities)
}

fn announcing_to(config: Config, capabilities: &str) -> Connection {
    let mut machine = Connection::new(config);
    hear(&mut machine, "+OK ready\r\n");
    machine.send(&Command::Capa).unwrap();
    wire(&mut machine);
    hear(&mut machine, &format!("+OK\r\n{capabilities}.\r\n"));
    machine
}

fn logged_in(pipelining: bool) -> Connection {
    let mut machine = announcing("USER\r\n");
    for command in [Command::User("u"), Command::Pass("p")] {
        machine.send(&command).unwrap();
        wire(&mut machine);
        hear(&mut machine, "+OK\r\n");
    }
    if pipelining {
        machine.send(&Command::Capa).unwrap();
        wire(&mut machine);
        hear(&mut machine, "+OK\r\nPIPELINING\r\n.\r\n");
    }
    machine
}

/// Everything that the machine wants to send now.
fn wire(machine: &mut Connection) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(transmit) = machine.poll_transmit() {
        out.extend_from_slice(&transmit.bytes);
    }
    out
}

fn hear(machine: &mut Connection, input: &str) -> Vec<Event> {
    let mut input = BytesMut::from(input);
    let mut events = Vec::new();
    while let Some(event) = machine.poll_event(&mut input).unwrap() {
        events.push(event);
    }
    events
}

fn done(events: &[Event]) -> Vec<CommandId> {
    let done = events.iter().filter(|event| matches!(event, Event::Done { .. }));
    done.filter_map(Event::id).collect()
}

fn dele(number: u32) -> Command<'static> {
    Command::Dele(MessageNumber::new(number).unwrap())
}

#[test]
fn a_withdrawn_command_is_not_sent_and_has_no_done() {
    for pipelining in [false, true] {
        let mut machine = logged_in(pipelining);
        let ids = [dele(1), dele(2), dele(3)].map(|command| machine.send(&command).unwrap());
        assert!(machine.withdraw(ids[1]));
        assert!(!machine.withdraw(ids[1]), "twice");
        assert_eq!(machine.in_flight(), 2);
        let mut sent = wire(&mut machine);
        let mut events = hear(&mut machine, "+OK\r\n");
        sent.extend(wire(&mut machine));
        events.extend(hear(&mut machine, "+OK\r\n"));
        assert_eq!(sent, b"DELE 1\r\nDELE 3\r\n");
        assert_eq!(done(&events), [ids[0], ids[2]]);
        assert_eq!(machine.in_flight(), 0);
    }
}

#[test]
fn a_command_that_was_handed_out_is_not_withdrawn() {
    let mut machine = logged_in(false);
    let first = machine.send(&dele(1)).unwrap();
    let second = machine.send(&dele(2)).unwrap();
    assert!(machine.poll_transmit().is_some());
    assert!(!machine.withdraw(first));
    assert!(machine.withdraw(second), "it waits for the answer to the first");
    assert_eq!(done(&hear(&mut machine, "+OK\r\n")), [first]);
    assert!(!machine.withdraw(first), "it was answered");
    assert_eq!(wire(&mut machine), b"");
}

#[test]
fn a_withdrawn_command_leaves_no_trace() {
    // What it took of the window.
    let mut config = Config::new(Transport::Tls);
    config.limits.commands_in_flight = 1;
    let mut machine = Connection::new(config);
    let id = machine.send(&Command::Capa).unwrap();
    assert!(machine.send(&Command::Capa).is_err());
    assert!(machine.withdraw(id));
    let quit = machine.send(&Command::Quit).unwrap();
    assert!(quit > id, "an id is never used twice");
    // A barrier, before the greeting too.
    assert!(machine.withdraw(quit));
    machine.send(&Command::Capa).unwrap();

    // PASS may still follow a USER that was accepted.
    let mut machine = announcing("USER\r\n");
    machine.send(&Command::User("u")).unwrap();
    wire(&mut machine);
    hear(&mut machine, "+OK\r\n");
    let capa = machine.send(&Command::Capa).unwrap();
    assert!(machine.send(&Command::Pass("p")).is_err());
    assert!(machine.withdraw(capa));
    machine.send(&Command::Pass("p")).unwrap();

    // A QUIT that was not sent has no outcome.
    let mut machine = logged_in(false);
    let quit = machine.send(&Command::Quit).unwrap();
    assert!(machine.withdraw(quit));
    assert_eq!((machine.quit_outcome(), machine.state()), (None, State::Transaction));
}

#[test]
fn a_command_that_another_depends_on_is_not_withdrawn() {
    let mut machine = announcing("USER\r\nPIPELINING\r\n");
    let capa = machine.send(&Command::Capa).unwrap();
    let user = machine.send(&Command::User("u")).unwrap();
    let pass = machine.send(&Command::Pass("p")).unwrap();
    assert!(!machine.withdraw(user));
    assert!(machine.withdraw(capa));
    assert!(machine.withdraw(pass));
    assert!(machine.withdraw(user));
    assert_eq!(wire(&mut machine), b"");
}

#[test]
fn auth_is_withdrawn_only_before_its_line() {
    let auth = Command::Auth { mechanism: "PLAIN", initial_response: Some(b"secret") };
    let mut machine = announcing("SASL PLAIN\r\n");
    let id = machine.send(&auth).unwrap();
    assert!(machine.withdraw(id));
    assert_eq!(machine.answer(id, Bytes::new()), Err(SendError::UnknownCommand));
    assert_eq!(wire(&mut machine), b"");
    let mut machine = announcing("STLS\r\n");
    let id = machine.send(&auth).unwrap();
    assert_eq!(wire(&mut machine), b"AUTH PLAIN\r\n");
    assert!(!machine.withdraw(id), "its initial response waits for the first +");
}

#[test]
fn commands_need_what_the_server_announces() {
    for (command, error) in [
        (Command::Utf8, SendError::MissingCapability("UTF8")),
        (Command::Lang(None), SendError::MissingCapability("LANG")),
    ] {
        assert_eq!(announcing("TOP\r\n").send(&command), Err(error));
        announcing("USER\r\nUTF8\r\nLANG\r\n").send(&command).unwrap();
        // A server that was not asked may have it.
        let mut machine = Connection::new(Config::new(Transport::Tls));
        hear(&mut machine, "+OK\r\n");
        machine.send(&command).unwrap();
    }
}

#[test]
fn a_line_that_no_command_asked_for_is_shown_however_it_is_cut() {
    let text = b"-ERR session idle\r\n";
    for size in 1..=text.len() {
        let mut machine = logged_in(false);
        let mut input = BytesMut::new();
        let mut pieces = text.chunks(size);
        let error = loop {
            input.extend_from_slice(pieces.next().unwrap());
            match machine.poll_event(&mut input) {
                Ok(None) => {
                    machine.send(&Command::Noop).unwrap();
                    assert_eq!(machine.poll_transmit(), None);
                }
                Ok(event) => panic!("{event:?}"),
                Err(error) => break error,
            }
        };
        assert_eq!(error, ProtocolError::unsolicited(b"-ERR session idle"));
        assert_eq!(machine.error(), Some(&error));
    }
    // A server that closes in the middle of it.
    let mut machine = logged_in(false);
    let mut input = BytesMut::from("-ERR sess");
    assert_eq!(machine.poll_event(&mut input), Ok(None));
    assert_eq!(machine.handle_eof(&input), Err(ProtocolError::unsolicited(b"-ERR sess")));
    // A line without end.
    let mut machine = logged_in(false);
    let mut input = BytesMut::from(&[b'x'; 10_000][..]);
    let error = machine.poll_event(&mut input).unwrap_err();
    assert_eq!(error, ProtocolError::unsolicited(&[b'x'; 8192]));
}

#[test]
fn a_refused_token_is_explained_and_closed_by_the_machine() {
    for (mechanism, closing) in
        [("XOAUTH2", &b"\r\n"[..]), ("OAUTHBEARER", b"AQ==\r\n"), ("oauthbearer", b"AQ==\r\n")]
    {
        let mut machine = announcing("SASL XOAUTH2 OAUTHBEARER\r\n");
        let id = machine.send(&Command::Auth { mechanism, initial_response: Some(b"t") }).unwrap();
        wire(&mut machine);
        hear(&mut machine, "+ \r\n");
        assert_eq!(wire(&mut machine), b"dA==\r\n");
        // {"status":"401"}
        let events = hear(&mut machine, "+ eyJzdGF0dXMiOiI0MDEifQ==\r\n");
        assert!(
            matches!(&*events, [Event::OAuthFailure { failure, .. }]
                if failure.status.as_ref().is_some_and(|status| status.as_bytes() == b"401")),
            "{events:?}"
        );
        assert_eq!(wire(&mut machine), closing, "{mechanism}");
        let events = hear(&mut machine, "-ERR no\r\n");
        assert!(
            matches!(&*events, [Event::Done { id: done, status: Status::Err, .. }] if *done == id)
        );
    }
}

/// As GreenMail, which has UIDL and leaves it out of CAPA.
#[test]
fn what_is_not_announced_is_sent_on_request() {
    let mut config = Config::new(Transport::Tls);
    for is_sent in [false, true] {
        config.quirks.unannounced = is_sent;
        let mut machine = announcing_to(config, "USER\r\n");
        let answer = machine.send(&Command::Utf8);
        assert_eq!(answer.is_ok(), is_sent, "{answer:?}");
    }
}
