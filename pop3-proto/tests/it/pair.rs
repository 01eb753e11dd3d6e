//! The client machine against the server machine, in memory: scenarios, and random scripts over
//! random cuts.

use std::collections::BTreeSet;

use bytes::{Bytes, BytesMut};
use pop3_proto::{
    Command, CommandId, Expire, ProtocolError, QuitOutcome, Status, Transport,
    client::{self, Event},
    server,
};
use proptest::{collection::vec, prelude::*};

use crate::support::pair::{Pair, messages, number};

#[test]
fn a_session_from_login_to_quit() {
    let mut pair = Pair::logged_in(messages(&[
        "Subject: one\r\n\r\n.dot\r\n",
        "Subject: two\r\n\r\na\r\nb\r\nc\r\n",
    ]));
    pair.events.clear();
    for command in [
        Command::Stat,
        Command::List(None),
        Command::Uidl(None),
        Command::List(Some(number(2))),
        Command::Uidl(Some(number(2))),
    ] {
        assert_eq!(pair.done(&command), Status::Ok);
    }
    let learned: Vec<_> = pair
        .events
        .iter()
        .filter(|event| !matches!(event, Event::Done { .. }))
        .map(|event| format!("{event:?}"))
        .collect();
    assert_eq!(
        learned.join("\n"),
        "Stat { id: CommandId(4), messages: 2, octets: Some(47) }\n\
         ScanListing { id: CommandId(5), number: MessageNumber(1), octets: Some(22) }\n\
         ScanListing { id: CommandId(5), number: MessageNumber(2), octets: Some(25) }\n\
         UniqueId { id: CommandId(6), number: MessageNumber(1), unique_id: Some(UniqueId(\"id-1\")) }\n\
         UniqueId { id: CommandId(6), number: MessageNumber(2), unique_id: Some(UniqueId(\"id-2\")) }\n\
         ScanListing { id: CommandId(7), number: MessageNumber(2), octets: Some(25) }\n\
         UniqueId { id: CommandId(8), number: MessageNumber(2), unique_id: Some(UniqueId(\"id-2\")) }"
    );
    let id = pair.client.send(&Command::Retr(number(1))).unwrap();
    pair.run();
    assert_eq!(pair.body(id), b"Subject: one\r\n\r\n.dot\r\n");
    let id = pair.client.send(&Command::Top { number: number(2), lines: 1 }).unwrap();
    pair.run();
    assert_eq!(pair.body(id), b"Subject: two\r\n\r\na\r\n");
    assert_eq!(pair.backend.octets_written, [22, 19]);

    assert_eq!(pair.done(&Command::Dele(number(1))), Status::Ok);
    for command in [
        Command::Dele(number(1)),
        Command::Retr(number(1)),
        Command::List(Some(number(1))),
        Command::Uidl(Some(number(3))),
    ] {
        assert_eq!(pair.done(&command), Status::Err, "{command:?}");
    }
    assert_eq!(pair.done(&Command::Rset), Status::Ok);
    assert_eq!(pair.done(&Command::Dele(number(2))), Status::Ok);
    assert_eq!(pair.backend.removed, None, "nothing is removed before QUIT");
    assert_eq!(pair.done(&Command::Quit), Status::Ok);
    assert_eq!(pair.backend.removed, Some(vec![number(2)]));
    assert_eq!(pair.client.quit_outcome(), Some(QuitOutcome::Committed));
    assert!(pair.closed);
    pair.client.handle_eof(&pair.client_input).unwrap();
    pair.server.handle_eof(&pair.server_input).unwrap();
}

/// A lost connection removes nothing.
#[test]
fn a_lost_connection_removes_nothing() {
    let mut pair = Pair::logged_in(messages(&["a"]));
    pair.done(&Command::Dele(number(1)));
    let error = pair.server.handle_eof(&pair.server_input).unwrap_err();
    assert!(matches!(error, ProtocolError::UnexpectedEof { .. }));
    assert_eq!(pair.server.state(), server::State::Closed);
    assert!(pair.server.poll_event(&mut BytesMut::from("QUIT\r\n")).is_err());
    assert_eq!(pair.backend.removed, None);

    // Nor does silence.
    let mut pair = Pair::logged_in(messages(&["a"]));
    pair.done(&Command::Dele(number(1)));
    pair.server.handle_timeout();
    pair.run();
    assert!(pair.closed);
    assert_eq!(pair.backend.removed, None);
}

#[test]
fn quit_that_fails() {
    let mut pair = Pair::logged_in(messages(&["a"]));
    pair.backend.commit_fails = true;
    pair.done(&Command::Dele(number(1)));
    assert_eq!(pair.done(&Command::Quit), Status::Err);
    assert_eq!(pair.client.quit_outcome(), Some(QuitOutcome::SomeNotRemoved));
    assert!(pair.closed);
}

#[test]
fn every_way_to_log_in() {
    let attempts: [(&str, &[u8], Status); 5] = [
        ("PLAIN", b"\0user\0right", Status::Ok),
        ("PLAIN", b"\0user\0wrong", Status::Err),
        ("XOAUTH2", b"user=user\x01auth=Bearer right\x01\x01", Status::Ok),
        ("XOAUTH2", b"user=user\x01auth=Bearer wrong\x01\x01", Status::Err),
        ("X-NONE", b"x", Status::Err),
    ];
    for capa in [false, true] {
        for (mechanism, data, expected) in attempts {
            let mut pair = Pair::greeted(Vec::new());
            if capa {
                pair.done(&Command::Capa);
            }
            assert_eq!(
                pair.done(&Command::Auth { mechanism, initial_response: Some(data) }),
                expected,
                "{mechanism} {capa}"
            );
            let logged_in = pair.client.state() == client::State::Transaction;
            assert_eq!(logged_in, expected == Status::Ok);
            assert_eq!(pair.server.state() == server::State::Transaction, logged_in);
        }
    }
    // Wrong, then right; and a talk of some rounds; and one that is given up.
    let mut pair = Pair::greeted(Vec::new());
    pair.done(&Command::User("user"));
    assert_eq!(pair.done(&Command::Pass("wrong")), Status::Err);
    let talk = Command::Auth { mechanism: "X-TALK", initial_response: None };
    let id = pair.client.send(&talk).unwrap();
    pair.run();
    pair.client.answer(id, Bytes::from_static(b"one")).unwrap();
    pair.run();
    pair.client.cancel(id).unwrap();
    pair.run();
    assert_eq!(pair.status(id), Some(Status::Err));
    let id = pair.client.send(&talk).unwrap();
    for answer in ["one", "three"] {
        pair.run();
        pair.client.answer(id, Bytes::from_static(answer.as_bytes())).unwrap();
    }
    pair.run();
    assert_eq!(pair.status(id), Some(Status::Ok));
}

#[test]
fn stls_between_client_and_server() {
    let mut pair = Pair::new(messages(&["a"]), Transport::Clear);
    pair.server.greet("ready", None).unwrap();
    pair.run();
    pair.done(&Command::Capa);
    let known = pair.client.capabilities().unwrap();
    assert!(
        known.has_stls() && !known.has_user() && !known.has_sasl(),
        "no credentials in clear text: {known:?}"
    );
    assert_eq!(pair.client.send(&Command::User("user")), Err(pop3_proto::SendError::ClearText));
    pair.client.send(&Command::Stls).unwrap();
    pair.run();
    assert_eq!(pair.server.state(), server::State::TlsNegotiation);
    let Pair { client, server, client_input, server_input, .. } = pair;
    let mut pair = Pair {
        client: client.handle_tls_established(&client_input).unwrap(),
        server: server.handle_tls_established(&server_input).unwrap(),
        ..Pair::new(messages(&["a"]), Transport::Clear)
    };
    pair.done(&Command::Capa);
    let known = pair.client.capabilities().unwrap();
    assert!(!known.has_stls() && known.has_user() && known.has_mechanism("plain"), "{known:?}");
    assert_eq!(known.implementation(), None, "not before login");
    pair.done(&Command::User("user"));
    assert_eq!(pair.done(&Command::Pass("right")), Status::Ok);
    pair.done(&Command::Capa);
    let known = pair.client.capabilities().unwrap();
    assert_eq!(known.implementation().unwrap().as_bytes(), b"pair");
    assert_eq!(
        (known.expire(), known.login_delay(), known.keeps_mail()),
        (Some(Expire::Never), Some(0), true)
    );
}

#[test]
fn utf8_and_lang() {
    let mut pair = Pair::greeted(Vec::new());
    pair.done(&Command::Capa);
    assert_eq!(pair.done(&Command::Lang(None)), Status::Ok);
    assert_eq!(pair.done(&Command::Lang(Some("fr"))), Status::Err);
    assert_eq!(pair.done(&Command::Lang(Some("DE"))), Status::Ok);
    assert_eq!(pair.server.language(), Some("de-AT"));
    assert_eq!(pair.done(&Command::Lang(Some("*"))), Status::Ok);
    assert_eq!(pair.server.language(), Some("en"));
    let languages =
        pair.events.iter().filter(|event| matches!(event, Event::Language { .. })).count();
    assert_eq!(languages, 4);
    assert_eq!(pair.done(&Command::Utf8), Status::Ok);
    assert!(pair.server.is_utf8());
    assert_eq!(pair.done(&Command::User("\u{fc}ser")), Status::Ok);
}

/// A backend that fails in the middle of a message closes, and the client reports an incomplete
/// message.
#[test]
fn an_aborted_body_is_incomplete() {
    let mut pair = Pair::logged_in(messages(&["a"]));
    pair.client.send(&Command::Retr(number(1))).unwrap();
    while pair.backend.writing.is_none() {
        assert!(pair.step());
    }
    let (writer, _) = pair.backend.writing.take().unwrap();
    writer.abort(&mut pair.server).unwrap();
    pair.run();
    assert!(pair.closed);
    assert!(!pair.events.iter().any(|event| matches!(event, Event::BodyEnd { .. })));
    assert!(pair.client.handle_eof(&pair.client_input).is_err());
}

fn message() -> impl Strategy<Value = Bytes> {
    let piece = prop_oneof![
        Just(&b"\r\n"[..]),
        Just(&b"."[..]),
        Just(&b".\r\n"[..]),
        Just(&b"text\r\n"[..]),
        Just(&b"Subject: x\r\n"[..]),
        Just(&b"\0\xff"[..]),
        Just(&b"\r"[..]),
        Just(&b"+OK\r\n"[..]),
    ];
    // All lines end in CRLF, as in a mail store, so every byte must come through.
    vec(piece, 0..30).prop_map(|pieces| {
        let mut octets = pieces.concat();
        if !octets.is_empty() && !octets.ends_with(b"\r\n") {
            octets.extend_from_slice(b"x\r\n");
        }
        octets.into()
    })
}

/// What has to come of a command: its status, its items and its body.
type Answer = (CommandId, Status, Vec<String>, Option<Vec<u8>>);

/// What TOP is: the header, the empty line, and so many lines.
fn top(message: &[u8], lines: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let mut left = None;
    for line in message.split_inclusive(|octet| *octet == b'\n') {
        match &mut left {
            None if line == b"\r\n" => left = Some(lines),
            None => {}
            Some(0) => break,
            Some(left) => *left -= 1,
        }
        out.extend_from_slice(line);
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 384, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every answer is right and every body equal, for all commands and all cuts.
    #[test]
    fn random_commands_are_all_answered(
        messages in vec(message(), 0..5),
        script in vec((0..10_u8, 1..7_u32, 0..4_u32), 0..30),
        cuts in vec(1..40_usize, 1..50),
        pipelined in any::<bool>(),
    ) {
        let mut pair = Pair::logged_in(messages.clone());
        let mut cuts = cuts.into_iter().cycle();
        pair.cut = Box::new(move || cuts.next().unwrap());
        let mut deleted = BTreeSet::new();
        // What each answer has to be.
        let mut expected: Vec<Answer> = Vec::new();
        for (kind, n, lines) in script {
            let there = |n: u32, deleted: &BTreeSet<u32>| (n as usize) <= messages.len() && !deleted.contains(&n);
            let exists = there(n, &deleted);
            let status = if exists { Status::Ok } else { Status::Err };
            let message = || messages[n as usize - 1].clone();
            let left: Vec<u32> = (1..=u32::try_from(messages.len()).unwrap()).filter(|n| !deleted.contains(n)).collect();
            let octets = |n: u32| messages[n as usize - 1].len();
            let (command, status, items, body) = match kind {
                0 => (Command::Stat, Status::Ok, vec![format!("{} {}", left.len(), left.iter().map(|n| octets(*n)).sum::<usize>())], None),
                1 => (Command::List(None), Status::Ok, left.iter().map(|n| format!("{n} {}", octets(*n))).collect(), None),
                2 => (Command::Uidl(None), Status::Ok, left.iter().map(|n| format!("{n} id-{n}")).collect(), None),
                3 => {
                    let items = if exists { vec![format!("{n} {}", octets(n))] } else { Vec::new() };
                    (Command::List(Some(number(n))), status, items, None)
                }
                4 => {
                    let items = if exists { vec![format!("{n} id-{n}")] } else { Vec::new() };
                    (Command::Uidl(Some(number(n))), status, items, None)
                }
                5 => (Command::Retr(number(n)), status, Vec::new(), exists.then(|| message().to_vec())),
                6 => (Command::Top { number: number(n), lines }, status, Vec::new(), exists.then(|| top(&message(), lines))),
                7 => {
                    deleted.insert(n);
                    (Command::Dele(number(n)), status, Vec::new(), None)
                }
                8 => {
                    deleted.clear();
                    (Command::Rset, Status::Ok, Vec::new(), None)
                }
                _ => (Command::Noop, Status::Ok, Vec::new(), None),
            };
            if kind == 7 && !exists {
                // Not there, so not marked either, unless it was before.
                if (n as usize) > messages.len() {
                    deleted.remove(&n);
                }
            }
            let id = loop {
                match pair.client.send(&command) {
                    Ok(id) => break id,
                    Err(pop3_proto::SendError::TooManyInFlight { .. }) => prop_assert!(pair.step()),
                    Err(error) => panic!("{error}"),
                }
            };
            expected.push((id, status, items, body));
            if !pipelined {
                pair.run();
            }
        }
        prop_assert_eq!(pair.done(&Command::Quit), Status::Ok);
        let removed = pair.backend.removed.clone().unwrap();
        prop_assert_eq!(removed, deleted.iter().map(|n| number(*n)).collect::<Vec<_>>());
        for (id, status, items, body) in expected {
            prop_assert_eq!(pair.status(id), Some(status));
            let seen: Vec<String> = pair.events.iter().filter(|event| event.id() == Some(id)).filter_map(|event| match event {
                Event::Stat { messages, octets, .. } => Some(format!("{messages} {}", octets.unwrap())),
                Event::ScanListing { number, octets, .. } => Some(format!("{number} {}", octets.unwrap())),
                Event::UniqueId { number, unique_id, .. } => Some(format!("{number} {}", unique_id.as_ref().unwrap())),
                _ => None,
            }).collect();
            prop_assert_eq!(seen, items);
            prop_assert_eq!(pair.body(id), body.unwrap_or_default());
        }
    }
}
