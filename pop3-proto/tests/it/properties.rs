//! The invariants of the design that hold for every session, each by its number, over random ones. `bounds` and `injection` have the others.

use bytes::{Bytes, BytesMut};
use pop3_proto::{
    CommandId, Config, ProtocolError, Transport,
    client::{Connection, Event, State},
};
use proptest::{collection::vec, prelude::*};

use crate::support::random::{CANARY, Op, command, config, ops, pipelining, server_octets};

/// Rounds of commands and of what the server sends then, cut as `cut` says. Gives everything that was learned and sent.
fn play(rounds: &[(Vec<usize>, Vec<u8>)], mut cut: impl FnMut(usize) -> usize) -> Vec<String> {
    let mut machine = pipelining();
    let mut input = BytesMut::new();
    let mut log = Vec::new();
    let mut body: Option<(CommandId, Vec<u8>)> = None;
    let mut challenge = None;
    for (commands, octets) in rounds {
        for index in commands {
            let _ = machine.send(&command(*index));
        }
        if let Some(id) = challenge.take() {
            let _ = machine.answer(id, Bytes::from_static(b"answer"));
        }
        let mut left = &octets[..];
        loop {
            while let Some(transmit) = machine.poll_transmit() {
                log.push(format!("C {:?}", transmit.bytes));
            }
            if left.is_empty() {
                break;
            }
            let (piece, rest) = left.split_at(cut(left.len()).clamp(1, left.len()));
            left = rest;
            input.extend_from_slice(piece);
            loop {
                match machine.poll_event(&mut input) {
                    Ok(Some(Event::Body { id, chunk, .. })) => match &mut body {
                        Some((_, octets)) => octets.extend_from_slice(&chunk),
                        None => body = Some((id, chunk.to_vec())),
                    },
                    other => {
                        if !matches!(other, Ok(None)) || left.is_empty() {
                            log.extend(
                                body.take().map(|(id, octets)| format!("{id:?} {octets:?}")),
                            );
                        }
                        match other {
                            Ok(Some(event)) => {
                                if let Event::Challenge { id, .. } = event {
                                    challenge = Some(id);
                                }
                                log.push(format!("{event:?}"));
                            }
                            Ok(None) => break,
                            Err(error) => {
                                log.push(format!("{error:?}"));
                                return log;
                            }
                        }
                    }
                }
            }
        }
    }
    log
}

/// Lines of what the client sends come at other moments when the input is cut otherwise; what they are does not differ.
fn learned(log: &[String]) -> Vec<&String> {
    log.iter().filter(|line| !line.starts_with("C ")).collect()
}

/// Whether two cuttings taught the same. An answer that comes before its command has left is unsolicited; cut later, the
/// command may have left in between and it is an answer. What is behind such a point says nothing, so it is not compared.
fn agree(one: &[&String], other: &[&String]) -> bool {
    let early = |log: &[&String]| log.last().is_some_and(|line| line.starts_with("Unsolicited"));
    if early(one) || early(other) {
        let told =
            (one.len() - usize::from(early(one))).min(other.len() - usize::from(early(other)));
        return one[..told] == other[..told];
    }
    one == other
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn invariant_1_progress_and_invariant_2_one_meaning_of_none(seed in any::<u8>(), ops in ops()) {
        let mut machine = Connection::new(config(seed));
        let mut input = BytesMut::new();
        for op in ops {
            match op {
                Op::Send(index) => { let _ = machine.send(&command(index)); }
                Op::Transmit => while machine.poll_transmit().is_some() {},
                Op::Feed(octets) => input.extend_from_slice(&octets),
                _ => {}
            }
            // Each event took an octet or a queued item, of which a command has three at most: start, end, done.
            let mut most = input.len() + 3 * machine.in_flight() + 1;
            let mut after_none = false;
            for _ in 0..=most + 4 {
                let (before, in_flight) = (input.len(), machine.in_flight());
                match machine.poll_event(&mut input) {
                    Ok(Some(_)) => {
                        prop_assert!(!after_none, "an event after None, without an octet more");
                        prop_assert!(most > 0, "events without end");
                        most -= 1;
                    }
                    Ok(None) if after_none => break,
                    Ok(None) => {
                        after_none = true;
                        prop_assert_eq!(machine.in_flight(), in_flight);
                    }
                    Err(_) => break,
                }
                prop_assert!(input.len() <= before);
            }
        }
    }

    #[test]
    fn invariant_3_split_independence(
        rounds in vec((vec(any::<usize>(), 0..4), server_octets()), 1..6),
        cuts in vec(1..7_usize, 1..60),
    ) {
        let whole = play(&rounds, |left| left);
        let single = play(&rounds, |_| 1);
        let mut cuts = cuts.into_iter().cycle();
        let random = play(&rounds, |_| cuts.next().unwrap());
        let (whole, single, random) = (learned(&whole), learned(&single), learned(&random));
        prop_assert!(agree(&whole, &single), "{whole:?}\n{single:?}");
        prop_assert!(agree(&whole, &random), "{whole:?}\n{random:?}");
    }

    #[test]
    fn invariant_6_poison(seed in any::<u8>(), ops in ops()) {
        let mut machine = Connection::new(config(seed));
        let mut input = BytesMut::new();
        let mut poisoned: Option<ProtocolError> = None;
        for op in ops {
            if let Op::Send(index) = op {
                let sent = machine.send(&command(index));
                prop_assert!(poisoned.is_none() || sent.is_err());
            }
            if let Op::Feed(octets) = op {
                input.extend_from_slice(&octets);
            }
            if poisoned.is_some() {
                prop_assert_eq!(machine.poll_transmit(), None);
                prop_assert_eq!(machine.state(), State::Closed);
            } else {
                while machine.poll_transmit().is_some() {}
            }
            match machine.poll_event(&mut input) {
                Err(error) => {
                    if let Some(first) = &poisoned {
                        prop_assert_eq!(first, &error);
                    }
                    prop_assert_eq!(machine.handle_eof(&input), Err(error.clone()));
                    poisoned = Some(error);
                }
                Ok(_) => prop_assert!(poisoned.is_none(), "it came back to life"),
            }
        }
    }

    #[test]
    fn invariant_7_no_panic_invariant_8_correlation_and_invariant_12_secrets(seed in any::<u8>(), ops in ops()) {
        let mut machine = Connection::new(config(seed));
        let mut input = BytesMut::new();
        let mut ids: Vec<CommandId> = Vec::new();
        let mut done: Vec<CommandId> = Vec::new();
        let mut seen = String::new();
        for op in ops {
            match op {
                Op::Send(index) => {
                    seen.push_str(&format!("{:?}", command(index)));
                    match machine.send(&command(index)) {
                        Ok(id) => {
                            prop_assert!(ids.last().is_none_or(|last| *last < id), "ids count up");
                            ids.push(id);
                        }
                        Err(error) => seen.push_str(&format!("{error:?} {error}")),
                    }
                }
                Op::Answer(data) => if let Some(id) = ids.last() { let _ = machine.answer(*id, data.into()); },
                Op::Cancel => if let Some(id) = ids.last() { let _ = machine.cancel(*id); },
                Op::Discard(at) => if let Some(id) = ids.get(usize::from(at)) { machine.discard(*id); },
                Op::Transmit => if let Some(transmit) = machine.poll_transmit() {
                    // USER is personal, and no secret.
                    if !transmit.bytes.starts_with(b"USER") {
                        seen.push_str(&format!("{transmit:?}"));
                    }
                },
                Op::Feed(octets) => input.extend_from_slice(&octets),
                Op::Truncate(left) => input.truncate(left),
                Op::Poll => loop {
                    match machine.poll_event(&mut input) {
                        Ok(Some(event)) => {
                            seen.push_str(&format!("{event:?}"));
                            if let Event::Done { id, .. } | Event::StartTls { id, .. } = event {
                                done.push(id);
                            }
                        }
                        Ok(None) => break,
                        Err(error) => {
                            seen.push_str(&format!("{error:?} {error}"));
                            break;
                        }
                    }
                },
                Op::Eof => if let Err(error) = machine.handle_eof(&input) { seen.push_str(&format!("{error:?} {error}")); },
                Op::Tls => if machine.state() == State::TlsNegotiation {
                    match machine.handle_tls_established(&input) {
                        Ok(fresh) => machine = fresh,
                        Err(_) => return Ok(()),
                    }
                },
            }
            seen.push_str(&format!("{machine:?}"));
        }
        // Each accepted command is done once, in order, or still in flight.
        prop_assert!(ids.starts_with(&done), "{ids:?} {done:?}");
        prop_assert_eq!(ids.len() - done.len(), machine.in_flight());
        for encoded in [CANARY, "Y2FuYXJ5LTdmM2E", "NhbmFyeS03ZjNh", "jYW5hcnktN2YzY"] {
            prop_assert!(!seen.contains(encoded), "{}", seen);
        }
    }

    #[test]
    fn invariant_7_no_panic_of_the_server(
        pieces in vec(prop_oneof![
            Just(&b"CAPA\r\n"[..]), Just(&b"USER u\r\n"[..]), Just(&b"PASS p\r\n"[..]), Just(&b"AUTH PLAIN\r\n"[..]),
            Just(&b"AUTH\r\n"[..]), Just(&b"AUTH PLAIN AHUAcA==\r\n"[..]), Just(&b"*\r\n"[..]), Just(&b"QQ==\r\n"[..]),
            Just(&b"STAT\r\n"[..]), Just(&b"LIST\r\n"[..]), Just(&b"UIDL 1\r\n"[..]), Just(&b"RETR 1\r\n"[..]),
            Just(&b"TOP 1 1\r\n"[..]), Just(&b"DELE 1\r\n"[..]), Just(&b"RSET\r\n"[..]), Just(&b"QUIT\r\n"[..]),
            Just(&b"STLS\r\n"[..]), Just(&b"UTF8\r\n"[..]), Just(&b"LANG\r\n"[..]), Just(&b"LANG en\r\n"[..]),
            Just(&b"\r\n"[..]), Just(&b"\n"[..]), Just(&b"\xff\0"[..]), Just(&b"NOOP"[..]),
        ], 0..40),
        seed in any::<u16>(),
    ) {
        use pop3_proto::server;
        let mut config = server::Config::new(if seed & 1 == 0 { Transport::Tls } else { Transport::Clear });
        config.mechanisms = vec!["PLAIN".to_owned()];
        config.languages = vec![server::Language::new("en", "English")];
        config.utf8 = true;
        config.lf_commands = seed & 2 == 0;
        config.limits.bad_commands = 4;
        let mut machine = server::Connection::new(config);
        machine.greet("hello", None).unwrap();
        let mut input = BytesMut::new();
        let message = server::MaildropMessage::new(3, pop3_proto::UniqueId::new("id").unwrap()).unwrap();
        let mut drop_it = seed;
        for piece in pieces {
            input.extend_from_slice(piece);
            drop_it = drop_it.rotate_left(3).wrapping_add(7);
            let mut events = 0;
            while let Ok(Some(event)) = machine.poll_event(&mut input) {
                events += 1;
                prop_assert!(events < 1000);
                while machine.poll_transmit().is_some() {}
                // Some responders are dropped: the connection stops, and that is all.
                if drop_it & 15 == 0 {
                    continue;
                }
                let yes = drop_it & 16 == 0;
                let maildrop = server::Maildrop::new(vec![message.clone()]);
                match event {
                    server::Event::Login { responder, .. } if yes => responder.accept(&mut machine, maildrop, "in").unwrap(),
                    server::Event::Login { responder, .. } => responder.refuse(&mut machine, None, "no").unwrap(),
                    server::Event::Auth { responder, .. } | server::Event::AuthResponse { responder, .. } => {
                        if yes { responder.challenge(&mut machine, b"x").unwrap() } else { responder.accept(&mut machine, maildrop, "in").unwrap() }
                    }
                    server::Event::Retr { responder, .. } | server::Event::Top { responder, .. } => {
                        let mut writer = responder.accept(&mut machine, "").unwrap();
                        let taken = writer.write(&mut machine, b".a\n").unwrap();
                        prop_assert_eq!(taken, 3);
                        if yes { writer.finish(&mut machine).unwrap(); } else { writer.abort(&mut machine).unwrap(); }
                    }
                    server::Event::Quit { responder, .. } => responder.committed(&mut machine, "bye").unwrap(),
                    _ => {}
                }
            }
            while machine.poll_transmit().is_some() {}
        }
        let _ = machine.handle_eof(&input);
    }

    #[test]
    fn invariant_9_silence_and_invariant_13_no_credentials_in_clear(ops in ops()) {
        let mut machine = Connection::new(Config::new(Transport::Clear));
        let mut input = BytesMut::new();
        for op in ops {
            match op {
                Op::Send(index) => { let _ = machine.send(&command(index)); }
                Op::Feed(octets) => input.extend_from_slice(&octets),
                _ => {}
            }
            let state = machine.state();
            while let Some(transmit) = machine.poll_transmit() {
                prop_assert!(!matches!(state, State::Greeting | State::TlsNegotiation | State::Update | State::Closed));
                let sent = transmit.bytes.to_ascii_uppercase();
                for keyword in ["USER", "PASS", "APOP", "AUTH"] {
                    prop_assert!(!sent.starts_with(keyword.as_bytes()));
                }
                prop_assert!(!transmit.bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes()));
            }
            while let Ok(Some(_)) = machine.poll_event(&mut input) {}
        }
    }

    #[test]
    fn invariant_11_a_send_error_means_nothing_happened(seed in any::<u8>(), ops in ops(), last in any::<usize>()) {
        let mut machine = Connection::new(config(seed));
        let mut input = BytesMut::new();
        for op in ops {
            match op {
                Op::Send(index) => { let _ = machine.send(&command(index)); }
                Op::Transmit => { let _ = machine.poll_transmit(); }
                Op::Feed(octets) => input.extend_from_slice(&octets),
                Op::Poll => { let _ = machine.poll_event(&mut input); }
                _ => {}
            }
            let before = format!("{machine:?}");
            let allowed = (0..27).filter(|index| machine.send(&command(*index)).is_err()).count();
            // Those that were refused left no trace: only the others show.
            if allowed == 27 {
                prop_assert_eq!(before, format!("{machine:?}"));
            } else {
                break;
            }
        }
        let before = format!("{machine:?}");
        if machine.send(&command(last)).is_err() {
            prop_assert_eq!(before, format!("{machine:?}"));
        }
    }
}
