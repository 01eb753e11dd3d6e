//! The client machine against the server machine: every command is answered correctly, for every
//! cut.

mod answers;

use std::borrow::Cow;

use bytes::{Bytes, BytesMut};
use imap_proto_lite::{
    Atom, ClearTextCredentials, Command, Config, Flag, MailboxName, Response, SequenceSet, Status,
    Transport, Uid, UidSet,
    client::{Event, State},
    command::{
        AppendData, AppendMessage, FetchItem, FetchModifiers, ListReturn, ListSelection, Messages,
        SelectParameters, StatusItem, StoreAction,
    },
    search::SearchQuery,
    section::Section,
};
use mail_harness::random::Random;

use crate::support::{
    client::{argument, atom, config},
    pair::{App, Pair, upload},
    server::server_config,
    show::show_all,
};

const MESSAGES: [&[u8]; 4] =
    [b"Subject: {5}\r\n\r\n* 9 BYE\r\n", b"", b"a1 OK done\r\n.\r\n", b"\0\xff\r\n)"];

fn pair(seed: u64) -> Pair {
    Pair::new(config(), server_config(Transport::Tls), App::with(&MESSAGES), seed)
}

fn select(mailbox: &str) -> Command<'static> {
    Command::Select {
        mailbox: MailboxName::new(mailbox.to_owned()).unwrap(),
        parameters: SelectParameters::None,
    }
}

fn append(octets: usize) -> Command<'static> {
    let message = AppendMessage {
        flags: Cow::Borrowed(&[]),
        date: None,
        octets: octets as u64,
        data: AppendData::Literal,
    };
    Command::Append { mailbox: MailboxName::INBOX, message }
}

fn fetch(messages: Messages<'static>) -> Command<'static> {
    let items = vec![
        FetchItem::Uid,
        FetchItem::Flags,
        FetchItem::Rfc822Size,
        FetchItem::peek(Section::full()),
    ];
    Command::Fetch { messages, items: Cow::Owned(items), modifiers: FetchModifiers::default() }
}

fn store_deleted(uid: u32) -> Command<'static> {
    Command::Store {
        messages: Messages::from(UidSet::one(Uid::new(uid).unwrap())),
        action: StoreAction::AddFlags(Cow::Owned(vec![Flag::Deleted])),
        silent: false,
        unchanged_since: None,
    }
}

fn status(events: &[Event]) -> Status {
    match events.last() {
        Some(Event::Done { status, .. }) => *status,
        other => panic!("not answered: {other:?}"),
    }
}

fn shown(events: &[Event]) -> Vec<String> {
    show_all(events, |_| "it".into())
}

#[test]
fn a_whole_session() {
    for seed in 0..20 {
        let mut pair = pair(seed);
        pair.settle();
        assert!(matches!(pair.events[..], [Event::Greeting { .. }]));
        pair.events.clear();
        pair.login();
        assert_eq!(pair.client.state(), State::Authenticated);
        assert!(pair.client.capabilities().unwrap().has("UIDPLUS"), "they came with the answer");
        let list = Command::List {
            reference: MailboxName::new("").unwrap(),
            patterns: Cow::Owned(vec![MailboxName::new("*").unwrap()]),
            selection: ListSelection::default(),
            returns: ListReturn::default(),
        };
        assert_eq!(shown(&pair.run(&list))[0], "* LIST () / INBOX");
        let items = Cow::Borrowed(&[StatusItem::Messages][..]);
        assert_eq!(
            status(
                &pair.run(&Command::Status { mailbox: MailboxName::new("x y").unwrap(), items })
            ),
            Status::Ok
        );
        assert_eq!(status(&pair.run(&select("nowhere"))), Status::No);
        assert_eq!(pair.client.state(), State::Authenticated);
        assert_eq!(status(&pair.run(&select("INBOX"))), Status::Ok);
        assert_eq!(pair.server.state(), State::Selected);

        let events = pair.run(&fetch(Messages::from(SequenceSet::all())));
        let bodies: Vec<Vec<u8>> = bodies(&events);
        assert_eq!(bodies, MESSAGES);
        let lines: Vec<String> =
            shown(&events).into_iter().filter(|line| line.starts_with("* FETCH")).collect();
        assert_eq!(lines[2], "* FETCH 3 FLAGS (), SIZE 15, BODY[] streamed 15, UID 3");

        let search = Command::Search { uid: true, returns: None, query: SearchQuery::all() };
        assert_eq!(shown(&pair.run(&search))[0], "* SEARCH 1 2 3 4");
        assert_eq!(shown(&pair.run(&store_deleted(2)))[0], "* FETCH 2 UID 2, FLAGS (\\Deleted)");
        let expunge = Command::UidExpunge { uids: Cow::Owned(UidSet::one(Uid::new(2).unwrap())) };
        assert_eq!(shown(&pair.run(&expunge))[0], "* EXPUNGE 2");

        let message = b"Subject: new\r\n\r\nhello\r\n";
        pair.client.send(&append(message.len())).unwrap();
        pair.settle();
        upload(&mut pair, message);
        assert_eq!(status(&pair.events), Status::Ok);
        assert_eq!(pair.app.messages.last().unwrap().octets, message);
        pair.events.clear();

        let events = pair.run(&Command::Logout);
        assert_eq!(status(&events), Status::Ok);
        assert!(pair.app.closed);
        assert_eq!(pair.client.handle_eof(&BytesMut::new()), Ok(()));
        assert_eq!(pair.server.handle_eof(&BytesMut::new()), Ok(()));
    }
}

fn bodies(events: &[Event]) -> Vec<Vec<u8>> {
    let mut bodies: Vec<Vec<u8>> = Vec::new();
    for event in events {
        match event {
            Event::BodyStart { .. } => bodies.push(Vec::new()),
            Event::Body { chunk, .. } => bodies.last_mut().unwrap().extend_from_slice(chunk),
            _ => {}
        }
    }
    bodies
}

#[test]
fn a_large_body_respects_the_output_limit() {
    let big: Vec<u8> = (0..200_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    let mut pair = Pair::new(config(), server_config(Transport::Tls), App::with(&[&big]), 3);
    pair.settle();
    pair.login();
    pair.run(&select("INBOX"));
    let events = pair.run(&fetch(Messages::from(UidSet::all())));
    assert_eq!(bodies(&events), [big]);
}

#[test]
fn discarded_bodies_are_not_told() {
    let mut pair = pair(5);
    pair.settle();
    pair.login();
    pair.run(&select("INBOX"));
    let id = pair.client.send(&fetch(Messages::from(UidSet::all()))).unwrap();
    pair.client.discard(id);
    pair.settle();
    let shown = shown(&pair.events);
    assert_eq!(shown.iter().filter(|line| line.starts_with("* FETCH")).count(), MESSAGES.len());
    assert!(!shown.iter().any(|line| line.starts_with("body")), "{shown:?}");
    assert_eq!(status(&pair.events), Status::Ok);
    // The next one is not.
    pair.events.clear();
    let events = pair.run(&fetch(Messages::from(UidSet::all())));
    assert_eq!(bodies(&events).len(), MESSAGES.len());
}

#[test]
fn credentials_over_clear_text_wait_for_starttls() {
    for seed in 0..10 {
        let mut clear = Config::new(Transport::Clear);
        clear.tag_seed = seed;
        let mut pair = Pair::new(clear, server_config(Transport::Clear), App::with(&[]), seed);
        pair.settle();
        assert!(pair.client.capabilities().unwrap().has("STARTTLS"));
        assert!(pair.client.capabilities().unwrap().has("LOGINDISABLED"));
        pair.events.clear();
        let events = pair.run(&Command::StartTls);
        assert!(matches!(events[..], [Event::StartTls { .. }]));
        assert_eq!(pair.client.capabilities(), pair.client.capabilities());
        let mut pair = pair.tls();
        assert_eq!(pair.client.capabilities(), None);
        let events = pair.run(&Command::Capability);
        assert_eq!(status(&events), Status::Ok);
        assert!(!pair.client.capabilities().unwrap().has("STARTTLS"));
        assert!(pair.client.capabilities().unwrap().has_auth("XOAUTH2"));
        pair.login();
    }
}

#[test]
fn a_server_refuses_credentials_in_clear_text() {
    let mut clear = Config::new(Transport::Clear);
    clear.clear_text_credentials = ClearTextCredentials::SendThemInClearText;
    let mut config = server_config(Transport::Clear);
    config.capabilities_unasked = false;
    let mut pair = Pair::new(clear, config, App::with(&[]), 1);
    pair.settle();
    pair.events.clear();
    let events =
        pair.run(&Command::Login { user: argument("joe"), password: argument("x").into() });
    assert_eq!(shown(&events), [r#"done it No [PRIVACYREQUIRED] "LOGIN is disabled""#]);
    let plain = Command::Authenticate {
        mechanism: Atom::PLAIN,
        initial_response: Some(Cow::Borrowed(b"x")),
    };
    let events = pair.run(&plain);
    assert_eq!(shown(&events), [r#"done it No [PRIVACYREQUIRED] "not without TLS""#]);
}

#[test]
fn sasl_in_all_its_forms() {
    let plain = |response: Option<&'static [u8]>| Command::Authenticate {
        mechanism: atom("plain"),
        initial_response: response.map(Cow::Borrowed),
    };
    for initial_response_is_known in [false, true] {
        for seed in 0..5 {
            let mut config_ = server_config(Transport::Tls);
            if !initial_response_is_known {
                config_.capabilities.retain(|name| name != "SASL-IR");
            }
            let mut pair = Pair::new(config(), config_, App::with(&[]), seed);
            pair.settle();
            pair.events.clear();
            // Refused, with a challenge that says why.
            let events = pair.run(&plain(Some(b"\0joe\0wrong")));
            let [.., Event::Challenge { id, data, .. }] = &events[..] else { panic!("{events:?}") };
            assert_eq!(data, "{\"status\":\"401\"}");
            pair.client.answer(*id, Bytes::new()).unwrap();
            pair.settle();
            assert_eq!(shown(&std::mem::take(&mut pair.events)), [r#"done it No "no""#]);
            // Given up.
            let events = pair.run(&plain(None));
            let [Event::Challenge { id, .. }] = events[..] else { panic!("{events:?}") };
            pair.client.cancel(id).unwrap();
            pair.settle();
            assert_eq!(status(&std::mem::take(&mut pair.events)), Status::Bad);
            assert!(pair.app.log.last().unwrap().starts_with("AuthCancelled"));
            // Accepted.
            let events = pair.run(&plain(Some(b"\0joe\0tanstaaf")));
            assert_eq!(status(&events), Status::Ok);
            assert_eq!(pair.client.state(), State::Authenticated);
            let wrong =
                Command::Authenticate { mechanism: atom("SCRAM-SHA-1"), initial_response: None };
            assert!(pair.client.send(&wrong).is_err());
        }
    }
}

#[test]
fn an_unknown_mechanism_is_refused() {
    let mut pair = pair(1);
    pair.settle();
    pair.events.clear();
    let wrong = Command::Authenticate { mechanism: atom("SCRAM-SHA-1"), initial_response: None };
    assert_eq!(shown(&pair.run(&wrong)), [r#"done it No [CANNOT] "no such mechanism""#]);
}

#[test]
fn appends_are_refused_before_or_after_their_bytes() {
    for plus in [false, true] {
        let mut config_ = config();
        config_.quirks.synchronising_literals = !plus;
        let mut pair = Pair::new(config_, server_config(Transport::Tls), App::with(&[]), 9);
        pair.settle();
        pair.login();
        pair.app.refuse_append = true;
        pair.events.clear();
        pair.client.send(&append(20)).unwrap();
        pair.settle();
        if plus {
            upload(&mut pair, b"x1 LOGOUT\r\nx2 NOOP\r\n");
        }
        let done = shown(&std::mem::take(&mut pair.events));
        assert_eq!(done.last().unwrap(), r#"done it No [OVERQUOTA] "full""#);
        assert_eq!(status(&pair.run(&Command::Noop)), Status::Ok);
        assert!(pair.app.messages.is_empty());
        // Above the server's limit it is the machine that refuses.
        let events = pair.run(&append(usize::MAX >> 1));
        if !plus {
            assert_eq!(shown(&events), [r#"done it No [TOOBIG] "message too large""#]);
        }
    }
}

#[test]
fn updates_come_during_idle_or_at_the_end_of_a_command() {
    let mut pair = pair(11);
    pair.settle();
    pair.login();
    pair.run(&select("INBOX"));
    pair.server.update(&Response::Exists(5)).unwrap();
    pair.settle();
    assert!(pair.events.is_empty(), "nothing is in progress");
    assert_eq!(shown(&pair.run(&Command::Noop)), ["* EXISTS 5", r#"done it Ok "done""#]);

    let id = pair.client.send(&Command::Idle).unwrap();
    pair.settle();
    assert!(pair.app.idle);
    pair.server.update(&Response::Exists(6)).unwrap();
    pair.settle();
    assert_eq!(shown(&std::mem::take(&mut pair.events)), ["idling it", "* EXISTS 6"]);
    pair.client.end_idle(id).unwrap();
    pair.client.end_idle(id).unwrap();
    pair.settle();
    assert_eq!(shown(&std::mem::take(&mut pair.events)), [r#"done it Ok "IDLE terminated""#]);
    assert!(!pair.app.idle);

    // No EXPUNGE during FETCH by sequence number (RFC 9051 section 7.5.1), and no command that uses
    // one.
    let one = imap_proto_lite::SeqNumber::new(1).unwrap();
    pair.server.update(&Response::Exists(7)).unwrap();
    pair.server.update(&Response::Expunge(one)).unwrap();
    pair.server.update(&Response::Exists(8)).unwrap();
    let flags = |messages| Command::Fetch {
        messages,
        items: Cow::Owned(vec![FetchItem::Flags]),
        modifiers: FetchModifiers::default(),
    };
    let events = shown(&pair.run(&flags(Messages::from(SequenceSet::one(one)))));
    assert_eq!(events[1..], ["* EXISTS 7", r#"done it Ok "fetched""#]);
    let events = shown(&pair.run(&flags(Messages::from(UidSet::one(Uid::new(1).unwrap())))));
    assert_eq!(events[1..], ["* EXPUNGE 1", "* EXISTS 8", r#"done it Ok "fetched""#]);
}

#[test]
fn compression_starts_at_the_exact_byte() {
    let mut pair = pair(2);
    pair.settle();
    pair.login();
    let events = pair.run(&Command::Compress);
    assert!(matches!(events[..], [Event::StartCompression { .. }]));
    assert!(pair.client.send(&Command::Noop).is_err());
    let mut input = BytesMut::from(&b"deflated"[..]);
    assert_eq!(pair.client.poll_event(&mut input), Ok(None));
    assert_eq!(pair.client.handle_compressed(&mut input).unwrap(), "deflated");
    assert!(input.is_empty());
    assert_eq!(pair.server.handle_compressed(&mut BytesMut::new()).unwrap(), "");
    assert_eq!(status(&pair.run(&Command::Noop)), Status::Ok);
    assert_eq!(
        shown(&pair.run(&Command::Compress)),
        [r#"done it No [COMPRESSIONACTIVE] "compressed already""#]
    );
}

#[test]
fn commands_that_the_machine_answers_itself() {
    let mut config_ = server_config(Transport::Tls);
    config_.id = vec![("name".into(), "test".into())];
    let mut pair = Pair::new(config(), config_, App::with(&[]), 4);
    pair.settle();
    pair.events.clear();
    assert_eq!(
        shown(&pair.run(&Command::Id(Cow::Borrowed(&[]))))[0],
        "* Id(Some([(\"name\", Some(\"test\"))]))"
    );
    pair.login();
    let log = pair.app.log.len();
    assert_eq!(status(&pair.run(&Command::Noop)), Status::Ok);
    assert_eq!(status(&pair.run(&Command::Capability)), Status::Ok);
    let enable = Command::Enable { capabilities: Cow::Owned(vec![Atom::CONDSTORE, atom("X")]) };
    assert_eq!(
        shown(&pair.run(&enable)),
        ["* ENABLED CONDSTORE", r#"done it Ok "ENABLE completed""#]
    );
    assert!(pair.server.enabled().has("CONDSTORE") && pair.client.enabled().has("CONDSTORE"));
    assert_eq!(pair.app.log.len(), log, "nobody else was asked");
}

#[test]
fn random_commands_are_all_answered() {
    for seed in 0..60 {
        let mut pair = pair(seed);
        let mut random = Random::new(seed + 1000);
        pair.settle();
        pair.login();
        let mut accepted = 0;
        for _ in 0..30 {
            let command = match random.below(9) {
                0 => select(["INBOX", "nowhere"][random.below(2)]),
                1 => fetch(Messages::from(UidSet::all())),
                2 => fetch(Messages::from(SequenceSet::all())),
                3 => store_deleted(1 + u32::try_from(random.below(4)).unwrap()),
                4 => Command::Expunge,
                5 => Command::Search {
                    uid: random.below(2) == 0,
                    returns: None,
                    query: SearchQuery::all(),
                },
                6 => Command::Close,
                7 => Command::Namespace,
                _ => Command::Noop,
            };
            accepted += usize::from(pair.client.send(&command).is_ok());
            if random.below(3) == 0 {
                pair.settle();
            }
        }
        pair.settle();
        let done = pair.events.iter().filter(|event| matches!(event, Event::Done { .. })).count();
        assert_eq!(done, accepted);
        assert_eq!(pair.client.in_flight(), 0);
        assert_eq!(pair.client.state(), pair.server.state());
    }
}
