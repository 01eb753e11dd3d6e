//! The client machine alone: refusals, and answers that no command asked for.

use std::collections::BTreeSet;

use bytes::BytesMut;
use pop3_proto::{
    Command, Config, PopUrl, ProtocolError, QuitOutcome, ReplyShape, Retry, SendError, Status,
    Transport, UniqueId, UniqueIdIndex,
    client::{Event, State},
    server::MaildropMessage,
};

use crate::support::client::{Client, done, number};

#[test]
fn a_refusal_ends_its_command_only() {
    let mut client = Client::logged_in();
    let unknown = Command::Raw { line: "XYZZY", reply: ReplyShape::Lines };
    for command in [unknown, Command::Retr(number(9)), Command::Uidl(None), Command::Capa] {
        let events = client.exchange(&command, "-ERR unknown\r\n");
        assert_eq!((events.len(), done(&events)), (1, (Status::Err, None)));
        assert_eq!(client.machine.state(), State::Transaction);
    }
    assert_eq!(done(&client.exchange(&Command::Noop, "+OK\r\n")).0, Status::Ok);
}

#[test]
fn without_quit_there_is_no_outcome() {
    let mut client = Client::logged_in();
    client.exchange(&Command::Dele(number(1)), "+OK\r\n");
    let input = BytesMut::new();
    client.machine.handle_eof(&input).unwrap_err();
    assert_eq!(client.machine.quit_outcome(), None);
    assert!(!client.sent.iter().any(|(octets, _)| octets.starts_with(b"QUIT")));
    // The outcome is unknown only where QUIT was sent and not answered.
    let mut client = Client::logged_in();
    client.exchange(&Command::Dele(number(1)), "+OK\r\n");
    client.send(&Command::Quit);
    client.machine.handle_eof(&input).unwrap_err();
    assert_eq!(client.machine.quit_outcome(), Some(QuitOutcome::Unknown));
}

#[test]
fn after_a_refused_login_another_login_or_quit_is_allowed() {
    let mut client = Client::greeted();
    for answer in ["-ERR [IN-USE] locked\r\n", "-ERR [AUTH] no\r\n"] {
        client.exchange(&Command::User("u"), "+OK\r\n");
        assert_eq!(done(&client.exchange(&Command::Pass("p"), answer)).0, Status::Err);
        assert_eq!(client.machine.state(), State::Authorization);
    }
    client.exchange(&Command::Quit, "+OK\r\n");
    assert_eq!(client.machine.state(), State::Closed);
    assert_eq!(client.machine.quit_outcome(), None, "nothing was open");
}

#[test]
fn expire_0_is_told_before_a_message_is_retrieved() {
    for (line, keeps) in [
        ("EXPIRE 0", false),
        ("EXPIRE 0 USER", false),
        ("EXPIRE 30", true),
        ("EXPIRE NEVER", true),
        ("UIDL", true),
    ] {
        let mut client = Client::logged_in();
        client.exchange(&Command::Capa, &format!("+OK\r\n{line}\r\n.\r\n"));
        let known = client.machine.capabilities().unwrap();
        assert_eq!(known.keeps_mail(), keeps, "{line}");
    }
}

/// Exchange Online answers a token of more than 4,096 bytes like an unknown command.
#[test]
fn a_token_too_long_for_exchange_online_is_told() {
    let answers = "-ERR Protocol error. Connection is closed. 10\r\n";
    for (octets, mechanism, answer, reported) in [
        (3069, "XOAUTH2", answers, None),
        (3072, "XOAUTH2", answers, Some(4098)),
        (3072, "OAUTHBEARER", answers, Some(4098)),
        (3072, "PLAIN", answers, None),
        (3072, "XOAUTH2", "-ERR [AUTH] no\r\n", None),
    ] {
        let mut client = Client::greeted();
        let token = vec![b'x'; octets];
        client.send(&Command::Auth { mechanism, initial_response: Some(&token) });
        assert!(matches!(client.hear("+ \r\n")[..], [Event::Continuation { .. }]));
        let events = client.hear(answer);
        let found = events.iter().find_map(|event| match event {
            Event::TokenTooLong { octets, .. } => Some(*octets),
            _ => None,
        });
        assert_eq!(found, reported, "{octets} {mechanism} {answer}");
        // What it answered is told all the same, and the credentials are not blamed.
        assert_eq!(done(&events).0, Status::Err);
    }
    // Where the server has said why, it was not the length.
    let mut client = Client::greeted();
    client.send(&Command::Auth { mechanism: "XOAUTH2", initial_response: Some(&[b'x'; 3072]) });
    client.hear("+ \r\n");
    let events = client.hear("+ eyJzdGF0dXMiOiI0MDAifQ==\r\n");
    assert!(matches!(&events[..], [Event::OAuthFailure { .. }]));
    assert_eq!(client.hear(answers).len(), 1);
}

/// Some servers close instead of refusing.
#[test]
fn the_end_of_a_connection_names_the_command_that_was_due() {
    for command in [
        Command::User("u"),
        Command::Auth { mechanism: "PLAIN", initial_response: Some(b"x") },
        Command::Capa,
    ] {
        let mut client = Client::greeted();
        client.send(&command);
        let error = client.machine.handle_eof(&BytesMut::new()).unwrap_err();
        let during = command.kind();
        assert!(
            matches!(error, ProtocolError::UnexpectedEof { in_flight: 1, during: Some(kind) } if kind == during)
        );
    }
}

/// What each response code asks for, and RFC 3206's rule about those that are missing.
#[test]
fn retry_of_each_response_code() {
    for (code, retry) in [
        ("[AUTH]", Retry::WithOtherCredentials),
        ("[IN-USE]", Retry::Later),
        ("[LOGIN-DELAY]", Retry::Later),
        ("[SYS/TEMP]", Retry::Later),
        ("[SYS/PERM]", Retry::AskAPerson),
        ("[SYS/PERM/DISK]", Retry::AskAPerson),
        ("[SYS/NEW]", Retry::Unknown),
        ("[UTF8]", Retry::Differently),
    ] {
        let mut client = Client::greeted();
        client.exchange(&Command::User("u"), "+OK\r\n");
        let events = client.exchange(&Command::Pass("p"), &format!("-ERR {code} no\r\n"));
        assert_eq!(done(&events).1.unwrap().retry(), retry, "{code}");
    }
}

/// Servers that give the reason in words.
#[test]
fn retry_is_guessed_from_words() {
    for (words, retry) in [
        ("maildrop already locked", Retry::Later),
        ("Mailbox is LOCKED by another POP3 session", Retry::Later),
        ("wait 15 minutes", Retry::Later),
        ("Service Unavailable", Retry::Later),
        ("mailbox in use", Retry::Later),
        ("invalid password", Retry::Unknown),
        ("", Retry::Unknown),
    ] {
        let mut client = Client::greeted();
        client.exchange(&Command::User("u"), "+OK\r\n");
        match client.exchange(&Command::Pass("p"), &format!("-ERR {words}\r\n")).pop() {
            Some(Event::Done { code, text, .. }) => {
                assert_eq!((code, Retry::guess(&text)), (None, retry), "{words}");
            }
            other => panic!("{other:?}"),
        }
    }
}

/// Through the machine; unit tests of the index check the rules.
#[test]
fn the_index_learns_from_events() {
    let mut client = Client::logged_in();
    let mut index = UniqueIdIndex::new();
    for event in
        client.exchange(&Command::Uidl(None), "+OK\r\n1 a\r\n2 \r\n3 a\r\n5 b/../c\r\n.\r\n")
    {
        index.learn(&event);
    }
    assert_eq!(index.len(), 4);
    assert_eq!(index.number(b"a"), None);
    assert_eq!(index.number(b"b/../c"), Some(number(5)));
    assert_eq!(index.unique_id(number(2)), None);
    assert!(index.is_complete());
}

/// A line without its second part, or with a number that is none. The message that it is about may
/// have the unique-id of another one.
#[test]
fn an_unreadable_line_of_a_listing_makes_the_index_incomplete() {
    for line in ["2", "x y", "0 b", "4294967296 b", "", "-"] {
        for (command, answer, complete) in [
            (Command::Uidl(None), format!("+OK\r\n1 a\r\n{line}\r\n.\r\n"), false),
            (Command::List(None), format!("+OK\r\n{line}\r\n1 5\r\n.\r\n"), false),
            (Command::Capa, "+OK\r\nUIDL\r\n\r\n.\r\n".to_owned(), true),
        ] {
            let mut client = Client::logged_in();
            let mut index = UniqueIdIndex::new();
            index.insert(number(1), UniqueId::new("a").as_ref());
            let events = client.exchange(&command, &answer);
            let is_unread = |event: &&Event| matches!(event, Event::Unrecognized { .. });
            assert_eq!(events.iter().filter(is_unread).count(), 1, "{command:?}, {line:?}");
            events.iter().for_each(|event| index.learn(event));
            assert_eq!(index.is_complete(), complete, "{command:?}, {line:?}");
            assert_eq!(index.number(b"a"), complete.then(|| number(1)));
            assert_eq!(index.unique_id(number(1)), Some(&b"a"[..]));
        }
    }
}

/// RFC 1939 section 7: unique-ids that are accepted, and those that a server may send.
#[test]
fn unique_ids_that_conform() {
    let longest = "x".repeat(70);
    for (octets, conforms) in [
        (&b"!"[..], Some(true)),
        (b"~", Some(true)),
        (longest.as_bytes(), Some(true)),
        (&[b'x'; 71], Some(false)),
        (&[b'x'; 1024], Some(false)),
        (&[b'x'; 1025], None),
        (b"a b", Some(false)),
        (b"a\x7f", Some(false)),
        (b"\xe9", Some(false)),
        (b"", None),
        (b" a", None),
        (b"a\t", None),
        (b"a\0b", None),
        (b"a\r\nb", None),
    ] {
        let id = UniqueId::new(octets.to_vec());
        assert_eq!(id.as_ref().map(UniqueId::is_conforming), conforms, "{octets:?}");
        let message = id.and_then(|id| MaildropMessage::new(1, id));
        assert_eq!(message.is_some(), conforms == Some(true), "{octets:?}");
    }
}

/// Where a maildrop is looked for.
#[test]
fn ports_and_srv_records() {
    for (url, transport, port, service) in [
        ("pop://mail.example.org", Transport::Clear, 110, "_pop3._tcp"),
        ("pops://mail.example.org", Transport::Tls, 995, "_pop3s._tcp"),
    ] {
        let url: PopUrl = url.parse().unwrap();
        assert_eq!((url.transport(), url.port()), (transport, port));
        assert_eq!((transport.port(), transport.srv_service()), (port, service));
    }
}

/// Unsolicited lines in every state in which nothing was asked.
#[test]
fn unsolicited_lines_are_an_error_in_every_state() {
    for mut client in [Client::greeted(), Client::logged_in()] {
        let state = client.machine.state();
        client.input.extend_from_slice(b"+OK nobody asked\r\n");
        let error = client.machine.poll_event(&mut client.input).unwrap_err();
        assert!(
            matches!(error, ProtocolError::Unsolicited { line, .. } if line.as_bytes() == b"+OK nobody asked"),
            "{state:?}"
        );
        assert_eq!(client.machine.state(), State::Closed);
    }
    // After the end of the session bytes are dropped.
    let mut client = Client::logged_in();
    client.exchange(&Command::Quit, "+OK\r\n");
    assert!(client.hear("+OK late\r\n").is_empty());
    assert_eq!(client.machine.quit_outcome(), Some(QuitOutcome::Committed));
}

#[test]
fn nothing_is_sent_after_quit() {
    let mut client = Client::logged_in();
    client.exchange(&Command::Quit, "+OK\r\n");
    for command in [Command::Capa, Command::Noop, Command::Quit, Command::Retr(number(1))] {
        assert_eq!(client.machine.send(&command), Err(SendError::Closed));
    }
    assert_eq!(client.machine.poll_transmit(), None);
}

/// Without PIPELINING a command is sent only after the one before it was answered.
#[test]
fn commands_wait_for_each_other_without_pipelining() {
    let mut client = Client::logged_in();
    client.sent.clear();
    client.send(&Command::Stat);
    client.send(&Command::Noop);
    assert_eq!(client.sent.len(), 1, "{:?}", client.sent);
    client.hear("+OK 0 0\r\n");
    assert_eq!(client.sent.len(), 2);
    client.hear("+OK\r\n");
    // With it all leave at once.
    client.exchange(&Command::Capa, "+OK\r\nPIPELINING\r\n.\r\n");
    client.sent.clear();
    client.send(&Command::Stat);
    client.send(&Command::Noop);
    assert_eq!(client.sent.len(), 2);
}

/// Bytes that arrived before a command was sent do not answer it.
#[test]
fn early_bytes_are_not_an_answer() {
    // After the greeting in the same read; only the greeting was polled.
    let mut client = Client::new(Config::new(Transport::Tls), "");
    client.input.extend_from_slice(b"+OK\r\n+OK forged\r\n");
    let greeting = client.machine.poll_event(&mut client.input).unwrap();
    assert!(matches!(greeting, Some(Event::Greeting { .. })));
    client.machine.send(&Command::Capa).unwrap();
    assert_eq!(client.machine.poll_transmit(), None);
    // The error is returned even if the caller drops the bytes.
    client.input.clear();
    let error = client.machine.poll_event(&mut client.input).unwrap_err();
    assert!(matches!(error, ProtocolError::Unsolicited { .. }));

    // Of a command that is queued and was not written.
    let mut client = Client::logged_in();
    client.machine.send(&Command::Noop).unwrap();
    client.input.extend_from_slice(b"+OK forged\r\n");
    let error = client.machine.poll_event(&mut client.input).unwrap_err();
    assert!(matches!(error, ProtocolError::Unsolicited { .. }));
}

/// Bytes after the last answer of a session are dropped, in the same read or in a later one.
#[test]
fn bytes_after_the_end_are_dropped() {
    for late in ["+OK late\r\n", "half a line", "\r\n"] {
        let mut client = Client::logged_in();
        let events = client.exchange(&Command::Quit, &format!("+OK\r\n{late}"));
        assert_eq!(done(&events).0, Status::Ok);
        assert!(client.input.is_empty(), "{late:?}");
        client.machine.handle_eof(&client.input).unwrap();
        assert_eq!(client.machine.state(), State::Update);

        let mut client = Client::new(Config::new(Transport::Tls), "");
        assert_eq!(client.hear(&format!("-ERR busy\r\n{late}")).len(), 1);
        assert!(client.input.is_empty(), "{late:?}");
        client.machine.handle_eof(&client.input).unwrap();
        assert_eq!(client.machine.state(), State::Closed);
    }
}

/// The server owes no answer to a command that was not sent.
#[test]
fn eof_before_a_command_was_sent() {
    let mut client = Client::greeted();
    client.machine.send(&Command::Capa).unwrap();
    assert_eq!(client.machine.timeout_hint(), None);
    assert_eq!(
        client.machine.handle_eof(&BytesMut::new()),
        Err(ProtocolError::UnexpectedEof { in_flight: 1, during: None })
    );
}

/// `discard` before the answer: of every kind of answer only its `Done` is told.
#[test]
fn discard_hides_all_events_but_done() {
    for (command, answer) in [
        (Command::Stat, "+OK 1 5\r\n"),
        (Command::List(Some(number(1))), "+OK 1 5\r\n"),
        (Command::Uidl(Some(number(1))), "+OK 1 x\r\n"),
        (Command::List(None), "+OK\r\n1 5\r\n2  6\r\n.\r\n"),
        (Command::Uidl(None), "+OK\r\n1 x\r\n2  y\r\n.\r\n"),
        (Command::Capa, "+OK\r\nTOP\r\n.\r\n"),
        (Command::Lang(Some("de")), "+OK de Deutsch\r\n"),
        (Command::Lang(None), "+OK\r\nde Deutsch\r\n.\r\n"),
        (Command::Retr(number(1)), "+OK 5 octets\r\nbody\r\n.\r\n"),
    ] {
        let mut client = Client::logged_in();
        let id = client.send(&command);
        client.machine.discard(id);
        let events = client.hear(answer);
        assert_eq!((events.len(), done(&events).0), (1, Status::Ok), "{command:?}: {events:?}");
    }
    // What it was asked for is known all the same.
    let mut client = Client::logged_in();
    let id = client.send(&Command::Capa);
    client.machine.discard(id);
    client.hear("+OK\r\nTOP\r\n.\r\n");
    assert!(client.machine.capabilities().unwrap().has_top());
}

/// A unique-id is not a file name, but gives a safe one.
#[test]
fn a_unique_id_has_a_safe_file_name() {
    let dangerous =
        ["../../etc/passwd", "/etc/passwd", "..", "C:\\x", "a\x01b", "CON", "\u{202e}x"];
    let mut names = BTreeSet::new();
    for text in dangerous {
        let id = UniqueId::new(text.as_bytes().to_vec()).unwrap();
        let name = id.to_hex();
        assert!(name.bytes().all(|octet| matches!(octet, b'0'..=b'9' | b'a'..=b'f')), "{name}");
        assert_eq!(name.len(), 2 * text.len());
        assert!(names.insert(name), "different for different ids: {text}");
        let shown = format!("{id} {id:?}");
        assert!(!shown.contains(['\x01', '\u{202e}']), "{shown:?}");
    }
}

/// A pool of connections can check their transport, and a session keeps its user.
#[test]
fn the_transport_and_the_user_of_a_session_stay() {
    let mut client = Client::new(Config::new(Transport::Clear), "+OK\r\n");
    assert_eq!(client.machine.transport(), Transport::Clear);
    client.exchange(&Command::Stls, "+OK\r\n");
    assert_eq!(client.machine.transport(), Transport::Clear, "not before the handshake");
    let fresh = client.machine.handle_tls_established(&client.input).unwrap();
    assert_eq!(fresh.transport(), Transport::Tls);

    let mut client = Client::logged_in();
    for command in [
        Command::User("somebody else"),
        Command::Pass("p"),
        Command::Auth { mechanism: "PLAIN", initial_response: Some(b"\0somebody else\0p") },
        Command::Stls,
    ] {
        let error = client.machine.send(&command).unwrap_err();
        assert!(
            matches!(error, SendError::NotAllowed { state: State::Transaction, .. }),
            "{command:?}: {error}"
        );
    }
}
