//! The invariants of the README over random conversations: a random script of the server (right,
//! damaged, hostile) against a random script of the application, cut at random. Those about memory
//! and work are in `memory`.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::BytesMut;
use imap_proto_lite::{
    AString, Atom, ClearTextCredentials, Command, MailboxName, ProtocolError, Response, SendError,
    Transport,
    capability::LiteralMode,
    client::{Connection, Event},
    command::Tag,
    encode::{self, EncodeSession},
    parse, server,
};
use proptest::{collection::vec, prelude::*};

use crate::support::{
    client::{argument, config, feed, greeted, send, transmitted},
    session::{Op, Session, clear, command, op, stream, talk},
    show::show_all,
};

/// Bytes of a name: pieces of every form, any of which can be alone.
fn raw_name() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::sample::select(vec![
            &b"&"[..],
            b"-",
            b"&-",
            b"&AGE-",
            b"&AOk-",
            b"&U,A-",
            b"&2D0-",
            b"&AAA-",
            b"&AA0ACg-",
            b"&,,0-",
            b"AOk",
            b"a",
            b"/",
            b" ",
            b"\t",
            b"\x7f",
            b"\\",
            b"\"",
            b"inbox",
            b"NIL",
            "\u{e9}".as_bytes(),
            "\u{65e5}".as_bytes(),
            "\u{fffd}".as_bytes(),
            b"\xe9",
            b"\xef",
        ])
        .prop_map(<[u8]>::to_vec),
        any::<u8>()
            .prop_filter("not in a line", |octet| !b"\r\n\0".contains(octet))
            .prop_map(|octet| vec![octet]),
    ];
    vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// [`Session`] asserts more at each step: silence, progress, the error that sticks.
    #[test]
    fn no_panic_whatever_the_bytes_and_calls(seed: u64, ops in vec(op(), 0..120), over_tls: bool) {
        talk(if over_tls { config() } else { clear() }, seed, &ops);
    }

    /// [`Session`] asserts that no command is done twice, or done without being open.
    #[test]
    fn each_accepted_command_is_done_once(seed: u64, ops in vec(op(), 0..120), over_tls: bool) {
        let session = talk(if over_tls { config() } else { clear() }, seed, &ops);
        if let Some(connection) = &session.connection && session.failed.is_none() {
            prop_assert_eq!(connection.in_flight(), session.open.len());
        }
    }

    #[test]
    fn progress_every_event_consumes_bytes_or_something_queued(octets in stream(), cuts in vec(1..30_usize, 1..20)) {
        let mut connection = Connection::new(config());
        let mut input = BytesMut::new();
        let mut rest = octets.as_slice();
        // The end of a body consumes no bytes; there is one for each start.
        let mut queued = 0_usize;
        for cut in cuts.iter().cycle() {
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            input.extend_from_slice(now);
            rest = later;
            loop {
                let before = input.len();
                let Ok(Some(event)) = connection.poll_event(&mut input) else { break };
                prop_assert!(input.len() <= before);
                if input.len() == before {
                    prop_assert!(matches!(event, Event::BodyEnd), "{event:?} out of nothing");
                    prop_assert!(queued > 0);
                    queued -= 1;
                }
                queued += usize::from(matches!(event, Event::BodyStart { .. }));
            }
            if rest.is_empty() {
                break;
            }
        }
    }

    #[test]
    fn none_means_more_bytes_are_needed(octets in stream(), cuts in vec(1..30_usize, 1..20)) {
        let mut connection = Connection::new(config());
        let mut input = BytesMut::new();
        let mut rest = octets.as_slice();
        for cut in cuts.iter().cycle() {
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            input.extend_from_slice(now);
            rest = later;
            while let Ok(Some(_)) = connection.poll_event(&mut input) {}
            if connection.poll_event(&mut input) == Ok(None) {
                let waiting = input.clone();
                for _ in 0..3 {
                    prop_assert_eq!(connection.poll_event(&mut input), Ok(None));
                }
                prop_assert_eq!(&input, &waiting);
            }
            if rest.is_empty() {
                break;
            }
        }
    }

    #[test]
    fn split_independence_events_do_not_depend_on_the_cuts(octets in stream(), cuts in vec(1..30_usize, 1..20)) {
        let run = |cut: &mut dyn FnMut() -> usize| {
            let mut connection = Connection::new(config());
            let (events, error) = feed(&mut connection, &mut BytesMut::new(), &octets, cut);
            (show_all(&events, |_| String::new()), error)
        };
        let whole = run(&mut || usize::MAX);
        prop_assert_eq!(&run(&mut || 1), &whole);
        let mut place = 0;
        let cut = run(&mut || { place += 1; cuts[place % cuts.len()] });
        prop_assert_eq!(&cut, &whole);
    }

    /// From LIST to a command, in a session without UTF-8 and in one with it.
    #[test]
    fn names_go_back_as_they_came_and_have_different_texts(one in raw_name(), two in raw_name()) {
        for utf8 in [false, true] {
            let texts = [&one, &two].map(|raw| {
                let mut line = format!("* LIST () NIL {{{}}}\r\n", raw.len()).into_bytes();
                line.extend_from_slice(raw);
                line.extend_from_slice(b"\r\n");
                let Response::List(entry) = parse::response(&line, &[]) else { panic!("LIST") };
                assert_eq!(*entry.mailbox.raw(), **raw);
                let text = entry.mailbox.decoded(utf8).into_owned();
                let name = MailboxName::new(text.as_str()).unwrap();
                assert!(utf8 || name == entry.mailbox, "{text:?}");
                assert_eq!(name.decoded(utf8), text);
                let command = Command::Delete { mailbox: name };
                let session = EncodeSession::new(LiteralMode::Plus, utf8);
                let sent = encode::command(&Tag::new("a").unwrap(), &command, &session).unwrap().to_vec();
                let Ok((_, Command::Delete { mailbox })) = parse::command(&sent) else {
                    panic!("{}", sent.escape_ascii())
                };
                assert!(*mailbox.raw() == **raw || mailbox == MailboxName::INBOX, "{text:?}");
                text
            });
            prop_assert_eq!(texts[0] == texts[1], one == two);
        }
    }

    #[test]
    fn no_panic_of_either_machine_whatever_the_bytes(octets in vec(any::<u8>(), 0..300), lines in stream()) {
        for octets in [&octets, &lines, &[lines.as_slice(), octets.as_slice()].concat()] {
            let mut connection = Connection::new(config());
            feed(&mut connection, &mut BytesMut::new(), octets, || 5);
            let mut server = server::Connection::new(server::Config::new(Transport::Tls));
            server.greet("ready").unwrap();
            let mut input = BytesMut::from(octets.as_slice());
            for _ in 0..1000 {
                let _ = server.poll_transmit();
                match server.poll_event(&mut input) {
                    Ok(Some(server::Event::Command { responder, .. })) => responder.no(&mut server, None, "no").unwrap(),
                    Ok(Some(server::Event::Login { responder, .. })) => responder.accept(&mut server, "in").unwrap(),
                    Ok(Some(_)) => {}
                    _ => break,
                }
            }
        }
    }

    #[test]
    fn no_panic_if_the_input_is_truncated(octets in stream(), cuts in vec(0..40_usize, 1..20)) {
        let mut connection = Connection::new(config());
        let mut input = BytesMut::new();
        let mut rest = octets.as_slice();
        for cut in cuts {
            let (now, later) = rest.split_at(cut.min(rest.len()));
            input.extend_from_slice(now);
            rest = later;
            while let Ok(Some(_)) = connection.poll_event(&mut input) {}
            input.truncate(cut / 2);
        }
    }

    /// Compares a session in which commands were refused with one that did not try them.
    #[test]
    fn a_send_error_means_nothing_happened(seed: u64, ops in vec(op(), 0..120)) {
        let mut refused = 0;
        let mut one = talk(config(), seed, &[]);
        let mut other = talk(config(), seed, &[]);
        for op in ops {
            let last = one.last_id;
            one.step(&op);
            if matches!(op, Op::Send(_)) && one.last_id == last {
                refused += 1;
            } else {
                other.step(&op);
            }
        }
        one.transmit();
        other.transmit();
        prop_assert_eq!(&one.events, &other.events, "{} refused", refused);
        prop_assert_eq!(one.sent.escape_ascii().to_string(), other.sent.escape_ascii().to_string());
        prop_assert_eq!(one.last_id, other.last_id);
        prop_assert_eq!(&one.failed, &other.failed);
    }

    #[test]
    fn secrets_are_not_in_debug_display_events_or_errors(seed: u64, ops in vec(op(), 0..80)) {
        let mut session = talk(clear(), seed, &ops);
        session.transmit();
        for number in 4..8 {
            write!(session.shown, "{:?}", command(number)).unwrap();
        }
        // SAID does not repeat our words; a server that does is not covered.
        for secret in canaries("tanstaaf") {
            prop_assert!(!session.shown.contains(&secret), "{secret} in {}", session.shown);
        }
    }

    #[test]
    fn no_credentials_in_clear_text(seed: u64, ops in vec(op(), 0..80)) {
        let mut refusing = config();
        refusing.transport = Transport::Clear;
        let mut session = Session::new(refusing, seed);
        let mut sent = Vec::new();
        for op in &ops {
            if matches!(op, Op::Tls) {
                continue;
            }
            session.step(op);
            if let Some(connection) = &mut session.connection {
                sent.extend(transmitted(connection));
            }
        }
        drop(session);
        let sent = String::from_utf8_lossy(&sent).into_owned();
        for secret in canaries("tanstaaf") {
            prop_assert!(!sent.contains(&secret));
        }
    }
}

/// A word, and its base64 after zero, one or two other bytes.
fn canaries(word: &str) -> Vec<String> {
    let mut all = vec![word.to_owned()];
    for before in 0..3 {
        let text = STANDARD.encode([vec![0; before], word.as_bytes().to_vec()].concat());
        // The first and the last group hold other bytes too.
        all.push(text[4..text.len() - 4].to_owned());
    }
    all
}

#[test]
fn a_thousand_lines_are_a_thousand_events() {
    let (mut connection, mut input) = greeted(config(), "* OK ready\r\n");
    input.extend_from_slice(&b"* 1 EXISTS\r\n".repeat(1000));
    let mut events = 0;
    while connection.poll_event(&mut input).unwrap().is_some() {
        events += 1;
    }
    assert_eq!(events, 1000);
}

#[test]
fn answers_are_matched_by_tag_in_any_order() {
    let (mut connection, mut input) = greeted(config(), "* PREAUTH ready\r\n");
    let sent: Vec<_> = (0..5).map(|_| send(&mut connection, &Command::Noop)).collect();
    for (id, tag) in sent.iter().rev() {
        let (events, _) =
            feed(&mut connection, &mut input, format!("{tag} OK done\r\n").as_bytes(), || 2);
        assert!(matches!(events[..], [Event::Done { id: done, .. }] if done == *id));
    }
    // A tag twice, and one that was never used.
    for line in [format!("{} OK x\r\n", sent[0].1), "zzz OK x\r\n".into()] {
        let (mut other, mut input) = greeted(config(), "* PREAUTH ready\r\n");
        let (_, tag) = send(&mut other, &Command::Noop);
        feed(&mut other, &mut input, format!("{tag} OK x\r\n").as_bytes(), || 100);
        let (_, error) = feed(&mut other, &mut input, line.as_bytes(), || 100);
        assert!(matches!(error, Some(ProtocolError::Unsolicited { .. })), "{line}");
    }
    for change in [
        str::to_lowercase as fn(&str) -> String,
        |tag| format!("{tag}1"),
        |tag| tag[1..].to_owned(),
    ] {
        let (mut other, mut input) = greeted(config(), "* PREAUTH ready\r\n");
        let (_, tag) = send(&mut other, &Command::Noop);
        let (_, error) =
            feed(&mut other, &mut input, format!("{} OK x\r\n", change(&tag)).as_bytes(), || 100);
        assert!(matches!(error, Some(ProtocolError::Unsolicited { .. })));
    }
}

#[test]
fn untagged_data_names_its_command_by_the_tag() {
    let (mut connection, mut input) = greeted(config(), "* PREAUTH ready\r\n");
    let (one, first) = send(&mut connection, &Command::Noop);
    let (two, second) = send(&mut connection, &Command::Noop);
    let queued = connection.send(&Command::Noop).unwrap();
    assert_eq!(connection.tag(one), Some(&*first));
    assert_eq!(connection.tag(two), Some(&*second));
    let third = connection.tag(queued).unwrap().to_owned();
    for (tag, command) in [
        (format!("\"{second}\""), Some(two)),
        (format!("{{{}}}\r\n{first}", first.len()), Some(one)),
        // A stray backslash, another case, a longer one, a shorter one, one that was not sent yet.
        (format!("\"\\{first}\""), None),
        (format!("\"{}\"", first.to_lowercase()), None),
        (format!("\"{first}1\""), None),
        (format!("\"{}\"", &first[..first.len() - 1]), None),
        (format!("\"{third}\""), None),
        ("\"\"".into(), None),
    ] {
        let line = format!("* ESEARCH (TAG {tag}) UID COUNT 4\r\n");
        let (events, _) = feed(&mut connection, &mut input, line.as_bytes(), || 5);
        let [Event::Untagged(line)] = &events[..] else { panic!("{events:?}") };
        let Response::Esearch(result) = line.response() else { panic!("{line:?}") };
        let tag = result.tag.unwrap();
        assert_eq!(connection.command_of(&tag), command, "{tag:?}");
    }
    let done = format!("{first} OK done\r\n");
    feed(&mut connection, &mut input, done.as_bytes(), || 100);
    assert_eq!(connection.tag(one), None, "it is answered");
    assert_eq!(connection.command_of(&first.into()), None);
}

#[test]
fn silence_before_the_greeting() {
    let mut connection = Connection::new(config());
    let id = connection.send(&Command::Capability).unwrap();
    assert_eq!(connection.poll_transmit(), None);
    let mut input = BytesMut::from(&b"* OK ready\r\n"[..]);
    assert!(matches!(connection.poll_event(&mut input), Ok(Some(Event::Greeting { .. }))));
    assert!(transmitted(&mut connection).ends_with(b" CAPABILITY\r\n"));
    assert_eq!(connection.in_flight(), 1);
    let _ = id;
}

#[test]
fn an_error_is_returned_for_ever() {
    let limit = config().limits.line;
    for fatal in [
        "zzz OK for no command\r\n".to_owned(),
        "* 1 FETCH (X {99999999999}\r\n".to_owned(),
        // The line itself can be shown; what follows it has no known length.
        "* 1 FETCH (BODY[] {}\r\n* 2 EXISTS\r\n".to_owned(),
        "x".repeat(limit + 1),
    ] {
        let (mut connection, mut input) = greeted(config(), "* PREAUTH ready\r\n");
        connection.send(&Command::Noop).unwrap();
        input.extend_from_slice(fatal.as_bytes());
        let error = match connection.poll_event(&mut input) {
            Ok(line) => {
                assert!(matches!(line, Some(Event::Untagged(_))), "{line:?}");
                connection.poll_event(&mut input).unwrap_err()
            }
            Err(error) => error,
        };
        let state = connection.state();
        // Neither more bytes nor the end of the transport changes the error.
        input.clear();
        input.extend_from_slice(b"* 1 EXISTS\r\n");
        for _ in 0..3 {
            assert_eq!(connection.poll_event(&mut input), Err(error.clone()));
            assert_eq!(connection.handle_eof(&input), Err(error.clone()));
            assert_eq!(connection.poll_transmit(), None, "NOOP was not sent yet");
            assert_eq!(connection.send(&Command::Noop), Err(SendError::Closed));
        }
        assert_eq!(connection.error(), Some(&error));
        assert_eq!(connection.state(), state);
        assert_eq!(connection.in_flight(), 0);
    }
}

#[test]
fn silence_during_the_tls_upgrade() {
    let (mut connection, mut input) =
        greeted(clear(), "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n");
    let (_, tag) = send(&mut connection, &Command::StartTls);
    let (events, _) =
        feed(&mut connection, &mut input, format!("{tag} OK go\r\n").as_bytes(), || 100);
    assert!(matches!(events[..], [Event::StartTls { .. }]));
    assert_eq!(connection.send(&Command::Noop), Err(SendError::Closed));
    assert_eq!(connection.poll_transmit(), None);
    let mut connection = connection.handle_tls_established(&input).unwrap();
    assert!(!send(&mut connection, &Command::Noop).1.is_empty());
}

#[test]
fn no_injection_in_arguments() {
    for octet in ["\r", "\n", "\0"] {
        let word = format!("a{octet}b");
        assert!(MailboxName::new(word.as_str()).is_err());
        assert!(AString::new(word.as_str()).is_err());
        assert!(Atom::new(word.as_str()).is_err());
    }
    // Other words cannot end the line either.
    for word in ["{3}", "{3+}", "~{3}", "\" {3}", "a\\", "\"\\", "* OK", "NIL", ""] {
        let (mut connection, _) = greeted(config(), "* OK ready\r\n");
        let login = Command::Login { user: argument(word), password: argument(word).into() };
        connection.send(&login).unwrap();
        let sent = String::from_utf8(transmitted(&mut connection)).unwrap();
        assert_eq!(sent.matches("\r\n").count(), 1, "{sent:?}");
        assert!(sent.ends_with("\r\n") && !sent.ends_with("}\r\n"), "{sent:?}");
    }
}

#[test]
fn no_injection_after_starttls() {
    for injected in ["x", "\r\n", "* CAPABILITY IMAP4rev1\r\n"] {
        let mut clear = clear();
        clear.clear_text_credentials = ClearTextCredentials::Refuse;
        let (mut connection, mut input) =
            greeted(clear, "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n");
        let (_, tag) = send(&mut connection, &Command::StartTls);
        let (events, _) = feed(
            &mut connection,
            &mut input,
            format!("{tag} OK go\r\n{injected}").as_bytes(),
            || 100,
        );
        assert!(matches!(events[..], [Event::StartTls { .. }]), "bytes after it are not read");
        assert_eq!(
            connection.handle_tls_established(&input).unwrap_err(),
            ProtocolError::InputAfterStartTls
        );
    }
}

/// The tag of a command that is queued and was not sent.
#[test]
fn an_answer_before_its_command_is_an_error() {
    let (mut one, _) = greeted(config(), "* PREAUTH ready\r\n");
    let (_, tag) = send(&mut one, &Command::Noop);
    let (mut queued, mut input) = greeted(config(), "* PREAUTH ready\r\n");
    queued.send(&Command::Noop).unwrap();
    let (_, error) = feed(&mut queued, &mut input, format!("{tag} OK x\r\n").as_bytes(), || 100);
    assert!(matches!(error, Some(ProtocolError::Unsolicited { .. })));
}

/// Dropping a machine sends nothing, not even LOGOUT.
#[test]
fn drop_sends_nothing() {
    let (mut connection, _) = greeted(config(), "* PREAUTH ready\r\n");
    send(&mut connection, &Command::Noop);
    assert_eq!(connection.poll_transmit(), None);
    // The machine owns no socket: all bytes come out of `poll_transmit`.
    drop(connection);
}

#[test]
fn a_second_answer_is_an_error() {
    let (mut connection, mut input) = greeted(config(), "* PREAUTH ready\r\n");
    let (_, tag) = send(&mut connection, &Command::Noop);
    let twice = format!("{tag} OK done\r\n").repeat(2);
    let (events, error) = feed(&mut connection, &mut input, twice.as_bytes(), || 3);
    assert!(matches!(events[..], [Event::Done { .. }]));
    assert!(matches!(error, Some(ProtocolError::Unsolicited { .. })));
}
