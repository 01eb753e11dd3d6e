//! What the machine, which has no clock, says of time: how long to wait, and how long not to.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use pop3_proto::{
    ClearTextCredentials, Command, Config, Patience, Transport,
    client::{Connection, State},
};

use crate::support::client::{Client, number};

/// How long to wait for each command, from the facts about it.
#[test]
fn each_answer_has_its_patience() {
    let mut client = Client::greeted();
    assert_eq!(client.machine.timeout_hint(), None, "the server owes nothing");
    client.send(&Command::User("u"));
    assert_eq!(client.machine.timeout_hint(), Some(Patience::LOGIN));
    client.hear("+OK\r\n");
    client.send(&Command::Pass("p"));
    assert_eq!(client.machine.timeout_hint(), Some(Patience::LOGIN));
    client.hear("+OK\r\n");
    assert_eq!(client.machine.timeout_hint(), None);
    for (command, answer, patience) in [
        (Command::Noop, "+OK\r\n", Patience::ANSWER),
        (Command::Uidl(None), "+OK\r\n.\r\n", Patience::STREAM),
        (Command::Retr(number(1)), "+OK\r\n.\r\n", Patience::STREAM),
        (Command::Quit, "+OK\r\n", Patience::SLOW_ANSWER),
    ] {
        client.send(&command);
        assert_eq!(client.machine.timeout_hint(), Some(patience), "{command:?}");
        client.hear(answer);
        assert_eq!(client.machine.timeout_hint(), None, "{command:?}");
    }
    let mut client = Client::greeted();
    client.send(&Command::Quit);
    assert_eq!(client.machine.timeout_hint(), Some(Patience::ANSWER), "no messages to remove");
}

/// The rest of a line that no command asked for is waited for too.
#[test]
fn half_an_unsolicited_line_has_a_deadline() {
    let mut client = Client::logged_in();
    client.hear("-ERR idle");
    assert_eq!(client.machine.timeout_hint(), Some(Patience::ANSWER));
}

/// Some servers close after a minute of silence.
#[test]
fn keep_alive_is_due_between_commands_only() {
    assert_eq!(Client::greeted().machine.keep_alive_hint(), None);
    let mut client = Client::logged_in();
    let hint = client.machine.keep_alive_hint().unwrap();
    assert!(hint < Duration::from_secs(60));
    client.send(&Command::Retr(number(1)));
    assert_eq!(client.machine.keep_alive_hint(), None);
    client.hear("+OK\r\nhalf a mess");
    assert_eq!(client.machine.keep_alive_hint(), None, "within a message nothing helps");
    client.hear("age\r\n.\r\n");
    assert_eq!(client.machine.keep_alive_hint(), Some(hint));
    client.exchange(&Command::Quit, "+OK\r\n");
    assert_eq!(client.machine.keep_alive_hint(), None);
}

/// A silent server never blocks the caller for ever: every wait has a deadline.
#[test]
fn every_wait_has_a_deadline() {
    let mut clear = Config::new(Transport::Clear);
    clear.clear_text_credentials = ClearTextCredentials::SendThemInClearText;
    let mut machine = Connection::new(clear);
    assert!(machine.timeout_hint().is_some(), "before the greeting");
    machine.poll_event(&mut BytesMut::from("+OK\r\n")).unwrap();

    let mut client = Client::new(clear, "+OK\r\n");
    client.send(&Command::Stls);
    assert!(client.machine.timeout_hint().is_some());
    client.hear("+OK\r\n");
    assert_eq!(client.machine.state(), State::TlsNegotiation);
    assert!(client.machine.timeout_hint().is_some(), "in the handshake: CVE-2011-1947");

    let mut client = Client::greeted();
    let id = client.send(&Command::Auth { mechanism: "X-TALK", initial_response: None });
    assert!(client.machine.timeout_hint().is_some());
    client.hear("+ dHdv\r\n");
    assert_eq!(client.machine.timeout_hint(), None, "the client's turn");
    client.machine.answer(id, Bytes::from_static(b"x")).unwrap();
    assert!(client.machine.timeout_hint().is_some());

    let mut client = Client::logged_in();
    for (command, begin) in [
        (Command::Retr(number(1)), "+OK\r\nbegin of a mess"),
        (Command::List(None), "+OK\r\n1 100\r\n2"),
        (Command::Noop, "+O"),
    ] {
        client.send(&command);
        assert!(client.machine.timeout_hint().is_some());
        client.hear(begin);
        assert!(client.machine.timeout_hint().is_some(), "{command:?}");
        client.hear(if command == Command::Noop { "K\r\n" } else { " 5\r\n.\r\n" });
        assert_eq!(client.machine.timeout_hint(), None, "{command:?}");
    }
}
