//! The server machine alone: what it says to bytes of a client, right and wrong ones.

mod offers;
mod properties;
mod screen;
mod turns;

use bytes::BytesMut;
use pop3_proto::{
    ProtocolError, Transport,
    server::{Config, Connection, Event, State},
};

use crate::support::server::{Server, config};

fn err(answer: &str) -> bool {
    answer.starts_with("-ERR") && answer.ends_with("\r\n") && answer.lines().count() == 1
}

#[test]
fn unknown_commands_are_refused_and_the_connection_stays() {
    let mut server = Server::new(config());
    for line in ["RETR 1\r\n", "XYZZY\r\n", "\r\n", "USER\r\n", "STAT 1\r\n", "NOOP\0\r\n"] {
        let answer = server.say(line);
        assert!(err(&answer), "{line:?}: {answer:?}");
    }
    assert!(!server.closed);
    assert_eq!(server.say("USER ann\r\n"), "+OK Password?\r\n");
}

#[test]
fn nothing_is_removed_without_quit() {
    let mut server = Server::logged_in();
    assert!(server.say("DELE 1\r\n").starts_with("+OK"));
    let error = server.machine.handle_eof(&BytesMut::new()).unwrap_err();
    assert!(matches!(error, ProtocolError::UnexpectedEof { .. }));
    assert_eq!(server.removed, None);
}

#[test]
fn after_a_refused_login_the_client_tries_again_or_quits() {
    let mut server = Server::new(config());
    server.say("USER ann\r\n");
    assert_eq!(server.say("PASS wrong\r\n"), "-ERR [AUTH] no\r\n");
    assert!(err(&server.say("PASS right\r\n")), "USER comes first");
    server.say("USER ann\r\n");
    assert_eq!(server.say("PASS right\r\n"), "+OK open\r\n");

    let mut server = Server::new(config());
    server.say("USER ann\r\n");
    server.say("PASS wrong\r\n");
    assert!(server.say("QUIT\r\n").starts_with("+OK"));
    assert!(server.closed && server.removed.is_none());
}

#[test]
fn commands_of_255_bytes_are_accepted_and_endless_ones_are_not() {
    let mut server = Server::new(config());
    let line = |octets: usize| format!("USER {}\r\n", "u".repeat(octets - 7));
    assert_eq!(line(255).len(), 255);
    for octets in [255, 1024] {
        assert_eq!(server.say(&line(octets)), "+OK Password?\r\n", "{octets}");
    }
    assert!(err(&server.say(&line(1025))));
    // RFC 5034 section 4: a SASL line may be longer. One of 8,192 bytes is, one more is not.
    let answer = |octets: usize| format!("{}\r\n", "A".repeat(octets - 2));
    for (octets, understood) in [(8190, true), (8193, false)] {
        assert_eq!(server.say("AUTH PLAIN\r\n"), "+ Pw==\r\n");
        let said = server.say(&answer(octets));
        assert!(err(&said), "{said}");
        assert_eq!(said.contains("[AUTH]"), understood, "{octets}: {said}");
    }
    // The end of that line is unknown, so the next bytes could be anything.
    assert!(server.closed);
    let mut server = Server::new(config());
    assert_eq!(server.say(&"x".repeat(100_000)), "-ERR Line too long\r\n");
    assert!(server.closed && server.input.is_empty());
    assert_eq!(server.say("\r\nUSER ann\r\n"), "");
}

#[test]
fn messages_stay_unless_they_are_deleted() {
    let mut server = Server::logged_in();
    server.say("RETR 1\r\n");
    server.say("QUIT\r\n");
    assert_eq!(server.removed, Some(vec![]), "RETR is no DELE");
}

#[test]
fn the_table_of_states_of_rfc_1939() {
    // Command, allowed before login, allowed after it.
    const TABLE: [(&str, bool, bool); 16] = [
        ("CAPA", true, true),
        ("USER ann", true, false),
        ("AUTH", true, false),
        ("NOOP", false, true),
        ("STAT", false, true),
        ("LIST", false, true),
        ("LIST 1", false, true),
        ("UIDL", false, true),
        ("UIDL 1", false, true),
        ("RETR 1", false, true),
        ("TOP 1 0", false, true),
        ("DELE 1", false, true),
        ("RSET", false, true),
        ("PASS right", false, false),
        ("STLS", false, false),
        ("QUIT", true, true),
    ];
    for (command, before, behind) in TABLE {
        for (mut server, allowed) in
            [(Server::new(config()), before), (Server::logged_in(), behind)]
        {
            let state = server.machine.state();
            let answer = server.say(&format!("{command}\r\n"));
            assert_eq!(answer.starts_with("+OK"), allowed, "{command} in {state:?}: {answer}");
        }
    }
    let mut clear = Config::new(Transport::Clear);
    clear.mechanisms = vec!["PLAIN".to_owned()];
    let mut server = Server::new(clear);
    for command in ["USER ann\r\n", "AUTH PLAIN\r\n"] {
        assert!(err(&server.say(command)), "{command}: in clear text");
    }
    assert!(server.say("STLS\r\n").starts_with("+OK"));
    assert_eq!(server.machine.state(), State::TlsNegotiation);
}

#[test]
fn every_message_is_stuffed_and_ended() {
    let mut server = Server::logged_in();
    for (command, body) in [
        ("RETR 1", "..one\r\n\r\nline 1\r\n...line 2\r\nline 3\r\n"),
        ("RETR 2", "Subject: no last line end\r\n\r\nline\r\n"),
        ("RETR 3", "Subject: header only\r\n"),
        ("RETR 5", "Subject: unix\r\n\r\n..\r\nline\r\n"),
        ("TOP 1 0", "..one\r\n\r\n"),
        ("TOP 1 2", "..one\r\n\r\nline 1\r\n...line 2\r\n"),
        ("TOP 1 99", "..one\r\n\r\nline 1\r\n...line 2\r\nline 3\r\n"),
        ("TOP 3 5", "Subject: header only\r\n"),
        ("TOP 4 5", "Subject: header and the blank line\r\n\r\n"),
        ("TOP 5 1", "Subject: unix\r\n\r\n..\r\n"),
    ] {
        assert_eq!(
            server.say(&format!("{command}\r\n")),
            format!("+OK here\r\n{body}.\r\n"),
            "{command}"
        );
    }
    for refused in ["RETR 0", "RETR 6", "RETR", "RETR x", "TOP 1", "TOP 1 -1", "TOP 6 0"] {
        assert!(err(&server.say(&format!("{refused}\r\n"))), "{refused}");
    }
}

#[test]
fn deleted_messages_are_hidden_until_rset() {
    let mut server = Server::logged_in();
    let whole = server.say("STAT\r\n");
    assert!(server.say("DELE 2\r\n").starts_with("+OK"));
    for refused in ["DELE 2", "RETR 2", "TOP 2 0", "LIST 2", "UIDL 2"] {
        assert!(err(&server.say(&format!("{refused}\r\n"))), "{refused}");
    }
    assert!(!server.say("LIST\r\n").contains("\r\n2 "));
    assert!(!server.say("UIDL\r\n").contains("\r\n2 "));
    assert_ne!(server.say("STAT\r\n"), whole);
    assert!(server.say("RSET\r\n").starts_with("+OK"));
    assert_eq!(server.say("STAT\r\n"), whole);
    server.say("DELE 3\r\nDELE 1\r\n");
    assert!(server.say("QUIT\r\n").starts_with("+OK"));
    let removed = server.removed.unwrap();
    assert_eq!(removed.iter().map(|number| number.get()).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn a_failed_quit_is_told() {
    let mut server = Server::logged_in();
    server.disk_full = true;
    server.say("DELE 1\r\n");
    assert_eq!(server.say("QUIT\r\n"), "-ERR [SYS/TEMP] disk full\r\n");
    assert!(server.closed && server.removed.is_none());
}

#[test]
fn auth_lists_the_mechanisms() {
    let mut server = Server::new(config());
    for command in ["AUTH\r\n", "AUTH \r\n"] {
        assert_eq!(
            server.say(command),
            "+OK Mechanisms follow\r\nPLAIN\r\nXOAUTH2\r\n.\r\n",
            "{command:?}"
        );
    }
    assert!(server.say("CAPA\r\n").contains("\r\nSASL PLAIN XOAUTH2\r\n"));
    assert!(err(&server.say("AUTH CRAM-MD5\r\n")));
}

#[test]
fn too_many_bad_commands_close_the_connection() {
    let mut server = Server::new(config());
    for _ in 0..10 {
        assert!(!server.closed);
        assert!(err(&server.say("WHAT\r\n")));
    }
    assert!(server.closed);
    assert_eq!(server.say("USER ann\r\n"), "");
}

#[test]
fn bare_lf_is_accepted_only_if_configured() {
    let mut strict = Server::new(config());
    // One line, in which a bare LF is nothing that can be read as two.
    assert_eq!(strict.say("USER ann\nNOOP\r\n"), "-ERR Unknown command\r\n");
    let mut lenient = config();
    lenient.lf_commands = true;
    let mut lenient = Server::new(lenient);
    assert_eq!(lenient.say("USER ann\nPASS right\n"), "+OK Password?\r\n+OK open\r\n");
}

#[test]
fn commands_after_stls_are_not_read() {
    for behind in ["x", "CAPA\r\n", "USER ann\r\nPASS right\r\n"] {
        let mut server = Connection::new(Config::new(Transport::Clear));
        server.greet("ready", None).unwrap();
        while server.poll_transmit().is_some() {}
        let mut input = BytesMut::from(format!("STLS\r\n{behind}").as_bytes());
        assert!(matches!(server.poll_event(&mut input), Ok(Some(Event::StartTls))));
        while server.poll_transmit().is_some() {}
        assert_eq!(input, behind.as_bytes());
        assert_eq!(server.poll_event(&mut input).unwrap_err(), ProtocolError::InputAfterStartTls);
        assert_eq!(
            server.handle_tls_established(&BytesMut::new()).unwrap_err(),
            ProtocolError::InputAfterStartTls,
            "and never again"
        );
    }
}

#[test]
fn user_does_not_reveal_which_users_exist() {
    let answers: Vec<_> = ["ann", "nobody", "root", "ann@example.org"]
        .iter()
        .map(|user| {
            let mut server = Server::new(Config::new(Transport::Tls));
            let user = server.say(&format!("USER {user}\r\n"));
            (user, server.say("PASS wrong\r\n"))
        })
        .collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(answers[0].0, "+OK Password?\r\n");
}
