//! The invariants of the README over random conversations. Those about memory and work are in
//! `memory`.

use bytes::{Bytes, BytesMut};
use pop3_proto::{
    Command, CommandId, Config, MessageNumber, ProtocolError, ReplyShape, SendError, Transport,
    client::{Connection, Event, State},
};
use proptest::{collection::vec, prelude::*};

use crate::support::{
    client::Client,
    session::{CANARY, Op, command, config, greeted, ops, pipelining, server_octets},
};

/// Plays rounds of commands and of the bytes that the server sends then, cut as `cut` says. Returns
/// all events and all bytes sent.
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
    // An unsolicited line without its end is an error at the end of the input.
    if let Err(error @ ProtocolError::Unsolicited { .. }) = machine.handle_eof(&input) {
        log.push(format!("{error:?}"));
    }
    log
}

/// The moments at which the client sends depend on the cuts; its bytes do not.
fn learned(log: &[String]) -> Vec<&String> {
    log.iter().filter(|line| !line.starts_with("C ")).collect()
}

/// Whether two ways to cut gave the same events. An answer that arrives before its command was sent
/// is unsolicited; with another cut the command may have been sent in between. Events after such a
/// point are not compared.
fn agree(one: &[&String], other: &[&String]) -> bool {
    let early = |log: &[&String]| log.last().is_some_and(|line| line.starts_with("Unsolicited"));
    if early(one) || early(other) {
        let told =
            (one.len() - usize::from(early(one))).min(other.len() - usize::from(early(other)));
        return one[..told] == other[..told];
    }
    one == other
}

/// Sends, takes the bytes to be written, or appends to the input; other operations do nothing.
fn apply(machine: &mut Connection, input: &mut BytesMut, op: Op) {
    match op {
        Op::Send(index) => _ = machine.send(&command(index)),
        Op::Transmit => while machine.poll_transmit().is_some() {},
        Op::Feed(octets) => input.extend_from_slice(&octets),
        _ => {}
    }
}

/// What a machine in clear text sends, each piece with the state in which it is taken.
fn sent_in_clear_text(ops: Vec<Op>) -> Vec<(State, Bytes)> {
    let mut machine = Connection::new(Config::new(Transport::Clear));
    let mut input = BytesMut::new();
    let mut sent = Vec::new();
    for op in ops {
        match op {
            Op::Transmit => {}
            op => apply(&mut machine, &mut input, op),
        }
        let state = machine.state();
        while let Some(transmit) = machine.poll_transmit() {
            sent.push((state, transmit.bytes));
        }
        while let Ok(Some(_)) = machine.poll_event(&mut input) {}
    }
    sent
}

/// A machine on which every operation is carried out, and a record of the calls.
struct Conversation {
    machine: Connection,
    input: BytesMut,
    /// Commands that were accepted.
    ids: Vec<CommandId>,
    /// Commands that are done.
    done: Vec<CommandId>,
    /// All that could get into a log.
    seen: String,
}

impl Conversation {
    fn new(seed: u8) -> Self {
        Self {
            machine: Connection::new(config(seed)),
            input: BytesMut::new(),
            ids: Vec::new(),
            done: Vec::new(),
            seen: String::new(),
        }
    }

    /// Ends early where the handover to TLS fails, which leaves no machine.
    fn run(mut self, ops: Vec<Op>) -> Self {
        for op in ops {
            if matches!(op, Op::Tls) && self.machine.state() == State::TlsNegotiation {
                match self.machine.handle_tls_established(&self.input) {
                    Ok(fresh) => self.machine = fresh,
                    Err(_) => return Self::new(0),
                }
            } else {
                self.step(op);
            }
            self.see(&format!("{:?}", self.machine));
        }
        self
    }

    fn see(&mut self, text: &str) {
        self.seen.push_str(text);
    }

    fn step(&mut self, op: Op) {
        match op {
            Op::Send(index) => {
                self.see(&format!("{:?}", command(index)));
                match self.machine.send(&command(index)) {
                    Ok(id) => self.ids.push(id),
                    Err(error) => self.see(&format!("{error:?} {error}")),
                }
            }
            Op::Answer(data) => {
                if let Some(id) = self.ids.last() {
                    let _ = self.machine.answer(*id, data.into());
                }
            }
            Op::Cancel => {
                if let Some(id) = self.ids.last() {
                    let _ = self.machine.cancel(*id);
                }
            }
            Op::Discard(at) => {
                if let Some(id) = self.ids.get(usize::from(at)) {
                    self.machine.discard(*id);
                }
            }
            Op::Transmit => {
                // USER is personal, but not secret.
                let transmit = self.machine.poll_transmit();
                if let Some(transmit) = transmit.filter(|sent| !sent.bytes.starts_with(b"USER")) {
                    self.see(&format!("{transmit:?}"));
                }
            }
            Op::Feed(octets) => self.input.extend_from_slice(&octets),
            Op::Truncate(left) => self.input.truncate(left),
            Op::Poll => self.poll(),
            Op::Eof => {
                if let Err(error) = self.machine.handle_eof(&self.input) {
                    self.see(&format!("{error:?} {error}"));
                }
            }
            Op::Tls => {}
        }
    }

    fn poll(&mut self) {
        loop {
            match self.machine.poll_event(&mut self.input) {
                Ok(Some(event)) => {
                    self.see(&format!("{event:?}"));
                    if let Event::Done { id, .. } | Event::StartTls { id, .. } = event {
                        self.done.push(id);
                    }
                }
                Ok(None) => return,
                Err(error) => return self.see(&format!("{error:?} {error}")),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn progress_every_event_consumes_bytes_or_something_queued(seed in any::<u8>(), ops in ops()) {
        let mut machine = Connection::new(config(seed));
        let mut input = BytesMut::new();
        for op in ops {
            apply(&mut machine, &mut input, op);
            // A command has at most three events without bytes: start, end, done.
            let mut most = input.len() + 3 * machine.in_flight() + 1;
            loop {
                let before = input.len();
                let event = machine.poll_event(&mut input);
                prop_assert!(input.len() <= before);
                if !matches!(event, Ok(Some(_))) {
                    break;
                }
                prop_assert!(most > 0, "events without end");
                most -= 1;
            }
        }
    }

    #[test]
    fn none_means_more_bytes_are_needed(seed in any::<u8>(), ops in ops()) {
        let mut machine = Connection::new(config(seed));
        let mut input = BytesMut::new();
        for op in ops {
            apply(&mut machine, &mut input, op);
            while let Ok(Some(_)) = machine.poll_event(&mut input) {}
            if machine.poll_event(&mut input) == Ok(None) {
                let (waiting, in_flight) = (input.clone(), machine.in_flight());
                for _ in 0..3 {
                    prop_assert_eq!(machine.poll_event(&mut input), Ok(None));
                }
                prop_assert_eq!(&input, &waiting);
                prop_assert_eq!(machine.in_flight(), in_flight);
            }
        }
    }

    #[test]
    fn split_independence_events_do_not_depend_on_the_cuts(
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
    fn an_error_is_returned_for_ever(seed in any::<u8>(), ops in ops()) {
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
    fn no_panic_whatever_the_bytes_and_calls(seed in any::<u8>(), ops in ops()) {
        Conversation::new(seed).run(ops);
    }

    #[test]
    fn each_accepted_command_is_done_once(seed in any::<u8>(), ops in ops()) {
        let conversation = Conversation::new(seed).run(ops);
        let Conversation { ids, done, machine, .. } = &conversation;
        prop_assert!(ids.is_sorted_by(|one, next| one < next), "ids count up");
        // In order, and those that are not done are in flight.
        prop_assert!(ids.starts_with(done), "{ids:?} {done:?}");
        prop_assert_eq!(ids.len() - done.len(), machine.in_flight());
    }

    #[test]
    fn secrets_are_not_in_debug_display_events_or_errors(seed in any::<u8>(), ops in ops()) {
        let Conversation { seen, .. } = Conversation::new(seed).run(ops);
        for encoded in [CANARY, "Y2FuYXJ5LTdmM2E", "NhbmFyeS03ZjNh", "jYW5hcnktN2YzY"] {
            prop_assert!(!seen.contains(encoded), "{}", seen);
        }
    }

    #[test]
    fn silence_before_the_greeting_and_after_the_end(ops in ops()) {
        for (state, _) in sent_in_clear_text(ops) {
            let silent = [State::Greeting, State::TlsNegotiation, State::Update, State::Closed];
            prop_assert!(!silent.contains(&state), "{state:?}");
        }
    }

    #[test]
    fn no_credentials_in_clear_text(ops in ops()) {
        for (_, bytes) in sent_in_clear_text(ops) {
            let sent = bytes.to_ascii_uppercase();
            for keyword in ["USER", "PASS", "APOP", "AUTH"] {
                prop_assert!(!sent.starts_with(keyword.as_bytes()));
            }
            let canary = CANARY.as_bytes();
            prop_assert!(!bytes.windows(canary.len()).any(|window| window == canary));
        }
    }

    #[test]
    fn a_send_error_means_nothing_happened(seed in any::<u8>(), ops in ops(), last in any::<usize>()) {
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

/// With the default configuration no answer of a server makes the machine send a credential in
/// clear text.
#[test]
fn no_downgrade_leads_to_credentials_in_clear_text() {
    let credentials = [
        Command::User("u"),
        Command::Auth { mechanism: "PLAIN", initial_response: Some(b"\0u\0p") },
        Command::Auth { mechanism: "ANONYMOUS", initial_response: None },
        Command::Apop { name: "u", secret: "p" },
    ];
    for capa in
        ["-ERR\r\n", "+OK\r\n.\r\n", "+OK\r\nUSER\r\nSASL PLAIN\r\n.\r\n", "+OK\r\nSTLS\r\n.\r\n"]
    {
        let mut client = Client::new(Config::new(Transport::Clear), "+OK <1.2@example.org>\r\n");
        client.exchange(&Command::Capa, capa);
        if client.machine.send(&Command::Stls).is_ok() {
            client.transmit();
            client.hear("-ERR not now\r\n");
        }
        let before = client.sent.len();
        for command in &credentials {
            assert_eq!(client.machine.send(command), Err(SendError::ClearText), "{capa}");
        }
        client.transmit();
        assert_eq!(client.sent.len(), before);
    }
}

/// What must not be logged is marked as sensitive.
#[test]
fn pieces_that_hold_a_secret_are_marked() {
    let mut client = Client::new(Config::new(Transport::Tls), "+OK <1.2@example.org>\r\n");
    client.exchange(&Command::Capa, "+OK\r\nUSER\r\nSASL PLAIN\r\n.\r\n");
    client.exchange(&Command::Apop { name: "u", secret: "p" }, "-ERR\r\n");
    for initial_response in [&b"short"[..], &[b'l'; 300]] {
        client
            .send(&Command::Auth { mechanism: "PLAIN", initial_response: Some(initial_response) });
        if initial_response.len() > 200 {
            client.hear("+\r\n");
        }
        client.hear("-ERR\r\n");
    }
    let id = client.send(&Command::Auth { mechanism: "X-TALK", initial_response: None });
    client.hear("+ dHdv\r\n");
    client.machine.answer(id, Bytes::from_static(b"secret")).unwrap();
    client.transmit();
    client.hear("-ERR\r\n");
    client.exchange(&Command::Raw { line: "XAUTH secret", reply: ReplyShape::Single }, "-ERR\r\n");
    client.exchange(&Command::User("u"), "+OK\r\n");
    client.exchange(&Command::Pass("secret"), "+OK\r\n");
    let marked: Vec<_> = client
        .sent
        .iter()
        .map(|(octets, sensitive)| {
            let begin = octets.split(|octet| matches!(octet, b' ' | b'\r')).next().unwrap();
            (String::from_utf8_lossy(begin).into_owned(), *sensitive)
        })
        .collect();
    let long = "bGxs".repeat(100);
    let expected = [
        ("CAPA", false),
        ("APOP", true),
        ("AUTH", true),
        ("AUTH", false),
        (&*long, true),
        ("AUTH", false),
        ("c2VjcmV0", true),
        ("XAUTH", true),
        ("USER", false),
        ("PASS", true),
    ]
    .map(|(begin, sensitive)| (begin.to_owned(), sensitive));
    assert_eq!(marked, expected);
}

/// Bytes after the answer to STLS are an error, and capabilities learned in clear text are
/// forgotten.
#[test]
fn no_injection_after_starttls() {
    for after in [&b""[..], b"+", b"+OK\r\n", b"+OK injected\r\n+OK\r\n", b"\0"] {
        let mut machine = Connection::new(Config::new(Transport::Clear));
        let mut input = BytesMut::from("+OK <1.2@example.org>\r\n");
        machine.poll_event(&mut input).unwrap();
        machine.send(&Command::Capa).unwrap();
        while machine.poll_transmit().is_some() {}
        input.extend_from_slice(b"+OK\r\nSTLS\r\nPIPELINING\r\n.\r\n");
        while machine.poll_event(&mut input).unwrap().is_some() {}
        assert!(machine.capabilities().is_some());
        let id = machine.send(&Command::Stls).unwrap();
        while machine.poll_transmit().is_some() {}
        input.extend_from_slice(b"+OK\r\n");
        input.extend_from_slice(after);
        let event = machine.poll_event(&mut input).unwrap();
        assert!(matches!(event, Some(Event::StartTls { id: answered, .. }) if answered == id));
        assert_eq!(&input[..], after, "nothing of it was read");
        match machine.handle_tls_established(&input) {
            Ok(mut fresh) => {
                assert_eq!(after, b"");
                assert_eq!(fresh.capabilities(), None);
                assert_eq!(
                    (fresh.state(), fresh.transport()),
                    (State::Authorization, Transport::Tls)
                );
                assert!(fresh.send(&Command::Capa).unwrap() > id, "ids go on");
            }
            Err(error) => {
                assert_ne!(after, b"");
                assert_eq!(error, ProtocolError::InputAfterStartTls);
            }
        }
    }
}

/// An answer that arrived before its command was sent is forged, even if the caller sends before
/// it polls.
#[test]
fn an_answer_before_its_command_is_an_error() {
    let mut machine = pipelining();
    machine.send(&Command::Retr(MessageNumber::new(1).unwrap())).unwrap();
    while machine.poll_transmit().is_some() {}
    let mut input = BytesMut::from("+OK\r\nmail\r\n.\r\n+OK forged\r\n");
    while !matches!(machine.poll_event(&mut input).unwrap(), Some(Event::Done { .. })) {}
    machine.send(&Command::Dele(MessageNumber::new(1).unwrap())).unwrap();
    assert_eq!(machine.poll_transmit(), None, "nothing is sent to a server that forges answers");
    let error = machine.poll_event(&mut input).unwrap_err();
    assert!(matches!(error, ProtocolError::Unsolicited { .. }));
}

/// Dropping a machine sends nothing, not even QUIT.
#[test]
fn drop_sends_nothing() {
    let mut client = Client::logged_in();
    client.exchange(&Command::Dele(MessageNumber::new(1).unwrap()), "+OK\r\n");
    let mut machine = client.machine;
    assert_eq!(machine.poll_transmit(), None);
    assert_eq!(machine.quit_outcome(), None);
    // The machine owns no socket: all bytes come out of `poll_transmit`.
    drop(machine);
}

#[test]
fn silence_before_the_greeting() {
    let mut machine = Connection::new(Config::new(Transport::Tls));
    let sent = machine.send(&Command::Capa);
    assert_eq!(machine.poll_transmit(), None);
    machine.poll_event(&mut BytesMut::from("+OK\r\n")).unwrap();
    assert_eq!(machine.poll_transmit().is_some(), sent.is_ok());
}

#[test]
fn silence_during_the_tls_upgrade() {
    let mut client = Client::new(Config::new(Transport::Clear), "+OK\r\n");
    client.exchange(&Command::Stls, "+OK\r\n");
    for index in 0..27 {
        assert!(client.machine.send(&command(index)).is_err());
        assert_eq!(client.machine.poll_transmit(), None);
    }
    let mut machine = client.machine.handle_tls_established(&client.input).unwrap();
    machine.send(&Command::Capa).unwrap();
    assert!(machine.poll_transmit().is_some());
}

#[test]
fn no_injection_in_arguments() {
    for byte in ["\r", "\n", "\0"] {
        let word = format!("a{byte}b");
        for command in [
            Command::User(&word),
            Command::Auth { mechanism: &word, initial_response: None },
            Command::Raw { line: &word, reply: ReplyShape::Single },
        ] {
            let error = greeted().send(&command).unwrap_err();
            assert!(matches!(error, SendError::InvalidArgument { .. }), "{command:?}: {error}");
        }
    }
}

#[test]
fn a_second_answer_is_an_error() {
    let mut client = Client::logged_in();
    client.send(&Command::Noop);
    client.input.extend_from_slice(b"+OK\r\n+OK\r\n");
    assert!(matches!(client.machine.poll_event(&mut client.input), Ok(Some(Event::Done { .. }))));
    let error = client.machine.poll_event(&mut client.input).unwrap_err();
    assert!(matches!(error, ProtocolError::Unsolicited { .. }));
}
