//! The thirteen promises of the README, each by its name, on random conversations: a random script of the server (right, damaged,
//! hostile) against a random script of the application, cut at random.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::BytesMut;
use imap_proto_lite::{
    AString, Atom, ClearTextCredentials, Command, MailboxName, ProtocolError, Response, SendError,
    Transport,
    client::{Connection, Event},
    frame::{Frame, Framer},
    server,
};
use proptest::prelude::*;

use crate::support::{
    client::{argument, config, feed, greeted, send, transmitted},
    session::{Op, Session, clear, command, op, stream, talk},
    show::show_all,
};

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// And 1, 2, 6, 8, 9 and 10 beside it, in random order: the asserts stand in `Session`.
    #[test]
    fn invariant_7_no_panic_in_random_conversations(seed: u64, ops in proptest::collection::vec(op(), 0..120), over_tls: bool) {
        let session = talk(if over_tls { config() } else { clear() }, seed, &ops);
        if let Some(connection) = &session.connection && session.failed.is_none() {
            prop_assert_eq!(connection.in_flight(), session.open.len());
        }
    }

    #[test]
    fn invariant_1_progress_and_2_one_meaning_of_none(octets in stream(), cuts in proptest::collection::vec(1..30_usize, 1..20)) {
        let mut connection = Connection::new(config());
        let mut input = BytesMut::new();
        let mut rest = octets.as_slice();
        // A body that ends, and answers that wait, are events without octets of their own: there is one of each for some octets.
        let mut queued = 0_usize;
        for cut in cuts.iter().cycle() {
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            input.extend_from_slice(now);
            rest = later;
            loop {
                let before = input.len();
                match connection.poll_event(&mut input) {
                    Ok(Some(event)) => {
                        prop_assert!(input.len() <= before);
                        if input.len() == before {
                            prop_assert!(matches!(event, Event::BodyEnd), "{event:?} out of nothing");
                            prop_assert!(queued > 0);
                            queued -= 1;
                        }
                        queued += usize::from(matches!(event, Event::BodyStart { .. }));
                    }
                    Ok(None) => {
                        let waiting = input.clone();
                        prop_assert_eq!(connection.poll_event(&mut input), Ok(None));
                        prop_assert_eq!(&input, &waiting);
                        break;
                    }
                    Err(_) => return Ok(()),
                }
            }
            if rest.is_empty() {
                break;
            }
        }
    }

    #[test]
    fn invariant_4_bounded_in_random_conversations(seed: u64, ops in proptest::collection::vec(op(), 0..300)) {
        let mut small = clear();
        small.limits.line = 2048;
        small.limits.literal = 512;
        small.limits.body_chunk = 64;
        small.limits.commands_in_flight = 8;
        small.limits.command = 300;
        small.limits.sasl_line = 256;
        small.limits.capabilities = 16;
        let mut session = Session::new(small, seed);
        session.lean = true;
        // A line and its buffer, eight commands, a few names, and what the test itself remembers.
        session.step(&Op::Say(usize::try_from(seed % 2).unwrap()));
        let used = allocation_counter::measure(|| ops.iter().for_each(|op| session.step(op)));
        prop_assert!(used.bytes_max < 32 << 10, "{used:?}");
    }

    #[test]
    fn invariant_3_split_independence(octets in stream(), cuts in proptest::collection::vec(1..30_usize, 1..20)) {
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

    #[test]
    fn invariant_7_no_panic_whatever_the_octets(octets in proptest::collection::vec(any::<u8>(), 0..300), lines in stream()) {
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
    fn invariant_7_no_panic_if_the_input_is_tampered_with(octets in stream(), cuts in proptest::collection::vec(0..40_usize, 1..20)) {
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

    /// Beside a session that was refused some commands runs one that never tried them.
    #[test]
    fn invariant_11_a_send_error_means_nothing_happened_in_random_conversations(seed: u64, ops in proptest::collection::vec(op(), 0..120)) {
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
    fn invariant_12_secrets_are_nowhere(seed: u64, ops in proptest::collection::vec(op(), 0..80)) {
        let mut session = talk(clear(), seed, &ops);
        session.transmit();
        for number in 4..8 {
            write!(session.shown, "{:?}", command(number)).unwrap();
        }
        // A server that says our words back is another matter: SAID does not.
        for secret in canaries("tanstaaf") {
            prop_assert!(!session.shown.contains(&secret), "{secret} in {}", session.shown);
        }
    }

    #[test]
    fn invariant_13_no_credentials_in_clear_text(seed: u64, ops in proptest::collection::vec(op(), 0..80)) {
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

/// A word, and what base64 makes of it behind zero, one or two other octets.
fn canaries(word: &str) -> Vec<String> {
    let mut all = vec![word.to_owned()];
    for before in 0..3 {
        let text = STANDARD.encode([vec![0; before], word.as_bytes().to_vec()].concat());
        // The first and the last group hold other octets too.
        all.push(text[4..text.len() - 4].to_owned());
    }
    all
}

#[test]
fn invariant_1_progress_is_counted() {
    let (mut connection, mut input) = greeted(config(), "* OK ready\r\n");
    input.extend_from_slice(&b"* 1 EXISTS\r\n".repeat(1000));
    let mut events = 0;
    while connection.poll_event(&mut input).unwrap().is_some() {
        events += 1;
    }
    assert_eq!(events, 1000);
}

#[test]
fn invariant_8_correlation_is_by_tag_and_in_any_order() {
    let (mut connection, mut input) = greeted(config(), "* PREAUTH ready\r\n");
    let sent: Vec<_> = (0..5).map(|_| send(&mut connection, &Command::Noop)).collect();
    for (id, tag) in sent.iter().rev() {
        let (events, _) =
            feed(&mut connection, &mut input, format!("{tag} OK done\r\n").as_bytes(), || 2);
        assert!(matches!(events[..], [Event::Done { id: done, .. }] if done == *id));
    }
    // Twice the same tag, another case, a longer one, one that is queued only.
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
    let (mut one, _) = greeted(config(), "* PREAUTH ready\r\n");
    let (_, tag) = send(&mut one, &Command::Noop);
    let (mut queued, mut input) = greeted(config(), "* PREAUTH ready\r\n");
    queued.send(&Command::Noop).unwrap();
    let (_, error) = feed(&mut queued, &mut input, format!("{tag} OK x\r\n").as_bytes(), || 100);
    assert!(
        matches!(error, Some(ProtocolError::Unsolicited { .. })),
        "an answer before the question"
    );
}

#[test]
fn invariant_8_untagged_data_names_its_command_by_the_tag() {
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
        (format!("\"\\{first}\""), Some(one)),
        // Another case, a longer one, a shorter one, one that did not leave yet.
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
fn invariant_9_silence_before_the_greeting() {
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
fn invariant_6_poison() {
    let limit = config().limits.line;
    for fatal in [
        "nobody OK never asked\r\n".to_owned(),
        "* 1 FETCH (X {99999999999}\r\n".to_owned(),
        // The line itself can be shown; what follows it, nobody counted.
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
        // Neither what follows nor the end of the transport makes another error of it.
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
fn invariant_9_silence_between_starttls_and_tls() {
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
fn invariant_10_no_injection_in_arguments() {
    for octet in ["\r", "\n", "\0"] {
        let word = format!("a{octet}b");
        assert!(MailboxName::new(word.as_str()).is_err());
        assert!(AString::new(word.as_str()).is_err());
        assert!(Atom::new(word.as_str()).is_err());
    }
    // What is left cannot end the line either, whatever it looks like.
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
fn invariant_10_no_injection_behind_starttls() {
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
        assert!(
            matches!(events[..], [Event::StartTls { .. }]),
            "what stands behind it is not read"
        );
        assert_eq!(
            connection.handle_tls_established(&input).unwrap_err(),
            ProtocolError::InputAfterStartTls
        );
    }
}

#[test]
fn invariant_5_linear_also_octet_by_octet() {
    // Were one of these quadratic, the test would run for hours.
    let long = 4 << 20;
    let shapes: Vec<Vec<u8>> = vec![
        [b"* OK ".to_vec(), vec![b'x'; long], b"\r\n".to_vec()].concat(),
        [b"* SEARCH".to_vec(), b" 123456".repeat(long / 7), b"\r\n".to_vec()].concat(),
        [b"* X ".to_vec(), b"{1}\r\nx ".repeat(long / 8), b"\r\n".to_vec()].concat(),
        [b"* 1 FETCH (".to_vec(), b"BODY[] {1}\r\nx ".repeat(long / 14), b")\r\n".to_vec()]
            .concat(),
        [b"* 1 FETCH (".to_vec(), vec![b'('; long], b" {1}\r\nx\r\n".to_vec()].concat(),
        [b"* 1 FETCH (BODY[".to_vec(), vec![b'"'; long], b" {1}\r\nx\r\n".to_vec()].concat(),
        [b"* X ".to_vec(), b"\n".repeat(long), b"\r\n".to_vec()].concat(),
        [b"* X ".to_vec(), b"}\r".repeat(long / 2), b"\r\n".to_vec()].concat(),
    ];
    for shape in &shapes {
        for step in [1, usize::MAX] {
            let mut framer = Framer::new(&config().limits, &config().quirks);
            let mut input = BytesMut::new();
            let mut lines = 0;
            for piece in shape.chunks(step) {
                input.extend_from_slice(piece);
                while let Some(frame) = framer.next(&mut input).unwrap() {
                    lines += usize::from(matches!(frame, Frame::Line(_)));
                }
            }
            assert_eq!(lines, 1, "{}", shape[..20].escape_ascii());
        }
    }
}

#[test]
fn invariant_4_bounded_whatever_comes_for_ever() {
    let floods: [&[u8]; 7] = [
        b"* 1 EXISTS\r\n",
        b"* CAPABILITY IMAP4rev1 A B C D E F G H I J K L M N O P\r\n",
        b"* OK [CAPABILITY X1 X2 X3] x\r\n",
        b"* ENABLED CONDSTORE QRESYNC\r\n",
        b"* 1 FETCH (UID 1 BODY[] {10}\r\n0123456789)\r\n",
        b"garbage\r\n",
        b"* BYE again\r\n",
    ];
    for flood in floods {
        let (mut connection, _) = greeted(config(), "* PREAUTH ready\r\n");
        let send_and_count = |connection: &mut Connection, times: usize| {
            allocation_counter::measure(|| {
                let mut input = BytesMut::new();
                for _ in 0..times {
                    input.extend_from_slice(flood);
                    while connection.poll_event(&mut input).unwrap().is_some() {}
                }
            })
        };
        send_and_count(&mut connection, 100);
        let more = send_and_count(&mut connection, 50_000);
        assert!(
            more.bytes_current < 4096,
            "{}: {} octets stay",
            flood.escape_ascii(),
            more.bytes_current
        );
        assert!(
            more.bytes_max < 64 << 10,
            "{}: {} octets at once",
            flood.escape_ascii(),
            more.bytes_max
        );
    }
    // Different names do not add up either.
    let mut few = config();
    few.limits.capabilities = 20;
    let (mut connection, mut input) = greeted(few, "* PREAUTH ready\r\n");
    for number in 0..1000 {
        let line = format!(
            "* ENABLED X{number}\r\n* CAPABILITY {}\r\n",
            "Y ".repeat(50) + &"Z".repeat(1000)
        );
        feed(&mut connection, &mut input, line.as_bytes(), || 5000);
    }
    assert!(connection.enabled().iter().count() <= 20);
    assert!(connection.capabilities().unwrap().iter().count() <= 20);
}
