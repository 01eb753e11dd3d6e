//! The invariants of the server machine: a random script of a client (right, damaged, hostile), cut
//! at random, against an application that uses every responder.

use std::fmt::Write as _;

use bytes::BytesMut;
use imap_proto_lite::{
    ClearTextCredentials, Command, Flag, Flags, Response, SeqNumber, Transport,
    client::State,
    response::FetchAttribute,
    section::Section,
    server::{Config, Connection, Event, Responder},
};
use mail_harness::memory::allocated;
use proptest::prelude::*;

use crate::support::server::server_config;

/// What a client may say. `$` becomes a tag.
const SAID: &[&str] = &[
    "$ CAPABILITY\r\n",
    "$ NOOP\r\n",
    "$ ID NIL\r\n",
    "$ LOGIN joe tanstaaf\r\n",
    "$ LOGIN {3}\r\njoe {8}\r\ntanstaaf\r\n",
    "$ LOGIN {3+}\r\njoe \"tanstaaf\"\r\n",
    "$ LOGIN joe wrong\r\n",
    "$ AUTHENTICATE PLAIN AGpvZQB0YW5zdGFhZg==\r\n",
    "$ AUTHENTICATE PLAIN\r\nAGpvZQB0YW5zdGFhZg==\r\n",
    "$ AUTHENTICATE PLAIN\r\n*\r\n",
    "$ ENABLE CONDSTORE\r\n",
    "$ SELECT INBOX\r\n",
    "$ SELECT INBOX\r\n",
    "$ EXAMINE nowhere\r\n",
    "$ FETCH 1 BODY[]\r\n",
    "$ UID FETCH 1:* (FLAGS BODY[])\r\n",
    "$ SEARCH ALL\r\n",
    "$ STORE 1 +FLAGS (\\Deleted)\r\n",
    "$ EXPUNGE\r\n",
    "$ IDLE\r\nDONE\r\n",
    "$ APPEND INBOX {13+}\r\na\r\nt99 NOOP\r\n\r\n",
    "$ APPEND INBOX {5+}\r\nhello\r\n",
    "$ CREATE {5+}\r\na}\r\nb\r\n",
    "$ CLOSE\r\n",
    "$ LIST \"\" {1+}\r\n*\r\n",
];

/// Lines that end a conversation, break it, or are invalid.
const HOSTILE: &[&str] = &[
    "$ LOGOUT\r\n",
    "$ STARTTLS\r\n",
    "$ COMPRESS DEFLATE\r\n",
    "$ IDLE\r\n",
    "DONE\r\n",
    "$ AUTHENTICATE PLAIN\r\n",
    "*\r\n",
    "dGFuc3RhYWY=\r\n",
    "!\r\n",
    "$ X\r\n",
    "\r\n",
    "$\r\n",
    "+ OK\r\n",
    "* OK\r\n",
    "$ CREATE {999999}\r\n",
    "$ CREATE {999999+}\r\n",
    "$ APPEND INBOX {99999999999}\r\n",
    "$ APPEND INBOX {99999999999+}\r\n",
    "$ APPEND INBOX {18446744073709551616+}\r\n",
    "$ APPEND INBOX {3+}\r\nabc {3+}\r\nabc\r\n",
    "$ APPEND INBOX (\\Seen {3+}\r\nabc\r\n",
    "$ FETCH 1 ((((((((((((((((\r\n",
    "$ UID SEARCH NOT NOT NOT NOT NOT NOT\r\n",
    "$ LOGIN \"joe\r\n",
    "$ NOOP\n",
    "\r",
    "\n",
    "{5}",
    "\0\u{ff}\r\n",
];

fn script(pieces: &[&str]) -> Vec<u8> {
    let mut script = String::new();
    for (number, piece) in pieces.iter().enumerate() {
        script += &piece.replace('$', &format!("t{number}"));
    }
    script.into_bytes()
}

fn any_script() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => (0..SAID.len()).prop_map(|number| SAID[number]),
        1 => (0..HOSTILE.len()).prop_map(|number| HOSTILE[number]),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| script(&pieces))
}

fn config(transport: Transport) -> Config {
    let mut config = server_config(transport);
    config.limits.command = 2000;
    config.limits.literal = 500;
    config.limits.message = 1000;
    config.limits.body_chunk = 16;
    config.limits.sasl_line = 200;
    config.limits.sasl_rounds = 3;
    config.limits.bad_commands = 5;
    config.limits.updates = 100;
    config
}

/// One end of a conversation, and its record.
struct Talk {
    machine: Connection,
    input: BytesMut,
    /// Nothing is recorded.
    lean: bool,
    output: Vec<u8>,
    /// Events, and what could be seen of the machine.
    shown: String,
    asked_for_secrets: bool,
    /// The machine waits for another transport, or is closed.
    over: bool,
    last_update: u32,
}

impl Talk {
    fn new(config: Config) -> Self {
        let mut machine = Connection::new(config);
        machine.greet("ready").unwrap();
        Self {
            machine,
            input: BytesMut::new(),
            lean: false,
            output: Vec::new(),
            shown: String::new(),
            asked_for_secrets: false,
            over: false,
            last_update: 0,
        }
    }

    fn hear(&mut self, octets: &[u8]) {
        self.input.extend_from_slice(octets);
        self.write();
        while !self.over {
            let before = self.input.len();
            let event = self.machine.poll_event(&mut self.input).unwrap();
            let said = self.write();
            assert!(self.input.len() <= before);
            let Some(event) = event else {
                if said {
                    continue;
                }
                // Asking again changes nothing.
                let length = self.input.len();
                assert!(matches!(self.machine.poll_event(&mut self.input), Ok(None)));
                assert_eq!(self.input.len(), length);
                assert_eq!(self.machine.poll_transmit(), None);
                return;
            };
            assert!(
                self.input.len() < before || matches!(event, Event::Close),
                "{event:?} out of nothing"
            );
            if !self.lean {
                writeln!(self.shown, "{event:?} {:?}", self.machine).unwrap();
            }
            self.serve(event);
            self.write();
        }
    }

    fn write(&mut self) -> bool {
        let mut said = false;
        while let Some(transmit) = self.machine.poll_transmit() {
            assert!(!transmit.bytes.is_empty());
            if !self.lean {
                self.output.extend_from_slice(&transmit.bytes);
            }
            said = true;
        }
        said
    }

    fn serve(&mut self, event: Event) {
        let machine = &mut self.machine;
        match event {
            Event::Login { password, responder, .. } => {
                self.asked_for_secrets = true;
                if password.as_bytes() == b"tanstaaf" {
                    responder.accept(machine, "in").unwrap();
                } else {
                    responder.refuse(machine, None, "no").unwrap();
                }
            }
            Event::Authenticate { initial_response: Some(data), responder, .. }
            | Event::AuthResponse { data, responder, .. } => {
                self.asked_for_secrets = true;
                if data.as_bytes().ends_with(b"tanstaaf") {
                    responder.accept(machine, "in").unwrap();
                } else {
                    responder.challenge(machine, b"?").unwrap();
                }
            }
            Event::Authenticate { responder, .. } => {
                self.asked_for_secrets = true;
                responder.challenge(machine, b"").unwrap();
            }
            Event::Select { command, mut responder, .. } => {
                if matches!(command.parse(), Command::Select { .. }) {
                    responder.untagged(machine, &Response::Exists(1)).unwrap();
                    responder.accept(machine, false, "selected").unwrap();
                } else {
                    responder.refuse(machine, None, "no").unwrap();
                }
            }
            Event::Append { octets, responder, .. } => {
                if octets == 5 {
                    responder.refuse(machine, None, "no fives").unwrap();
                } else {
                    responder.accept(machine).unwrap();
                }
            }
            Event::AppendEnd { responder, .. } => responder.ok(machine, None, "stored").unwrap(),
            Event::Idle => {
                let _ = machine.update(&Response::Exists(7));
            }
            Event::Command { command, responder, .. } => {
                // News in the middle of everything.
                self.last_update += 1;
                let news = match self.last_update % 3 {
                    0 => Response::Expunge(SeqNumber::new(1).unwrap()),
                    _ => Response::Exists(self.last_update),
                };
                let _ = machine.update(&news);
                self.answer(&command.parse(), responder);
            }
            Event::StartTls | Event::StartCompression | Event::Close => self.over = true,
            _ => {}
        }
    }

    fn answer(&mut self, command: &Command<'_>, mut responder: Responder) {
        if matches!(command, Command::Fetch { .. }) {
            for seq in 1..3 {
                let seq = SeqNumber::new(seq).unwrap();
                let mut fetch = responder.fetch(&mut self.machine, seq).unwrap();
                let flags = FetchAttribute::Flags(Flags::new([Flag::Seen]));
                fetch.attribute(&mut self.machine, flags).unwrap();
                let mut rest = &[b'x'; 2000][..];
                let octets = rest.len() as u64;
                let mut body =
                    fetch.body(&mut self.machine, &Section::full(), None, octets).unwrap();
                while !rest.is_empty() {
                    let taken = body.write(&mut self.machine, rest).unwrap();
                    rest = &rest[taken..];
                    // What has no room waits until something was written.
                    assert!(self.write() || taken > 0);
                }
                let fetch = body.finish(&mut self.machine).unwrap();
                responder = fetch.finish(&mut self.machine).unwrap();
            }
        }
        responder.ok(&mut self.machine, None, "yes").unwrap();
    }

    fn run(config: Config, octets: &[u8], mut cut: impl FnMut() -> usize) -> Self {
        let mut talk = Self::new(config);
        let mut rest = octets;
        while !rest.is_empty() && !talk.over {
            let (now, later) = rest.split_at(cut().clamp(1, rest.len()));
            talk.hear(now);
            rest = later;
        }
        talk
    }

    /// The numbers of the tags that were answered, in order.
    fn answered(&self) -> Vec<usize> {
        let mut answered = Vec::new();
        for line in String::from_utf8_lossy(&self.output).lines() {
            let mut words = line.split(' ');
            let tag = words.next().unwrap();
            let status = words.next().unwrap_or_default();
            if let Some(Ok(number)) = tag.strip_prefix('t').map(str::parse)
                && ["OK", "NO", "BAD"].contains(&status)
            {
                answered.push(number);
            }
        }
        answered
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// [`Talk`] asserts progress and the meaning of `None` at each step.
    #[test]
    fn split_independence_events_do_not_depend_on_the_cuts(octets in any_script(), cuts in proptest::collection::vec(1..40_usize, 1..20)) {
        let run = |cut: &mut dyn FnMut() -> usize| {
            let talk = Talk::run(config(Transport::Tls), &octets, cut);
            (talk.output.escape_ascii().to_string(), talk.machine.state(), talk.over)
        };
        let whole = run(&mut || usize::MAX);
        prop_assert_eq!(&run(&mut || 1), &whole);
        let mut place = 0;
        prop_assert_eq!(&run(&mut || { place += 1; cuts[place % cuts.len()] }), &whole);
    }

    #[test]
    fn no_panic_whatever_the_bytes_and_calls(octets in proptest::collection::vec(any::<u8>(), 0..300), said in any_script()) {
        let damaged: Vec<u8> = said.iter().zip(octets.iter().cycle()).map(|(one, other)| if other % 16 == 0 { *other } else { *one }).collect();
        for octets in [&octets, &damaged, &[said.as_slice(), octets.as_slice()].concat()] {
            Talk::run(config(Transport::Tls), octets, || 7);
        }
    }

    #[test]
    fn each_command_is_answered_once_and_in_order(numbers in proptest::collection::vec(0..SAID.len(), 0..40)) {
        let pieces: Vec<&str> = numbers.iter().map(|number| SAID[*number]).collect();
        let mut patient = config(Transport::Tls);
        patient.limits.bad_commands = usize::MAX;
        let talk = Talk::run(patient, &script(&pieces), || 11);
        prop_assert_eq!(talk.answered(), (0..pieces.len()).collect::<Vec<_>>());
        prop_assert!(talk.input.is_empty());
    }

    #[test]
    fn no_command_is_answered_twice(octets in any_script()) {
        let mut answered = Talk::run(config(Transport::Tls), &octets, || 5).answered();
        // Where a line that breaks the script took the place of an APPEND, its bytes are lines.
        answered.retain(|number| *number != 99);
        prop_assert!(answered.is_sorted_by(|one, next| one < next), "{answered:?}");
    }

    #[test]
    fn silence_before_the_greeting(octets in any_script()) {
        let mut machine = Connection::new(config(Transport::Tls));
        let mut input = BytesMut::from(octets.as_slice());
        prop_assert!(matches!(machine.poll_event(&mut input), Ok(None)));
        prop_assert_eq!(machine.poll_transmit(), None);
        prop_assert_eq!(&input[..], &octets[..]);
    }

    #[test]
    fn secrets_are_not_in_debug_display_events_or_errors(octets in any_script()) {
        let talk = Talk::run(config(Transport::Tls), &octets, || usize::MAX);
        for secret in ["tanstaaf", "dGFuc3RhYWY", "RhbnN0YWF"] {
            prop_assert!(!talk.shown.contains(secret), "{}", talk.shown);
        }
    }

    #[test]
    fn no_credentials_in_clear_text(octets in any_script()) {
        let mut clear = config(Transport::Clear);
        clear.clear_text_credentials = ClearTextCredentials::Refuse;
        let talk = Talk::run(clear, &octets, || 9);
        prop_assert!(!talk.asked_for_secrets);
        prop_assert!(matches!(
            talk.machine.state(),
            State::NotAuthenticated | State::TlsNegotiation | State::Logout
        ));
    }

    #[test]
    fn memory_is_bounded_in_random_conversations(octets in any_script()) {
        // The machine with its limits: a command with literals, an answer of 512 bytes and one body
        // line, updates, and the input.
        let mut talk = Talk::new(config(Transport::Tls));
        talk.lean = true;
        let ((), used) = allocated(|| {
            for piece in octets.chunks(50) {
                if !talk.over {
                    talk.hear(piece);
                }
            }
        });
        prop_assert!(used.peak < 16 << 10, "{used:?}");
    }
}

#[test]
fn memory_is_bounded_whatever_the_client_sends() {
    let floods = [
        "t NOOP\r\n",
        "t X\r\nt NOOP\r\n",
        "t ENABLE CONDSTORE X Y Z\r\n",
        "t FETCH 1 BODY[]\r\n",
        "t SELECT INBOX\r\n",
        "t SEARCH ALL\r\n",
        "t IDLE\r\nDONE\r\n",
        "t APPEND INBOX {6+}\r\nabcdef\r\n",
        "t APPEND INBOX {5}\r\n",
        "t CREATE {999999}\r\nt NOOP\r\n",
    ];
    for flood in floods {
        let mut talk = Talk::run(
            config(Transport::Tls),
            b"a LOGIN joe tanstaaf\r\nb SELECT INBOX\r\n",
            || 100,
        );
        talk.lean = true;
        let mut many = |times: usize| {
            allocated(|| {
                for _ in 0..times {
                    talk.hear(flood.as_bytes());
                }
            })
            .1
        };
        many(100);
        let used = many(5_000);
        assert!(!talk.over, "{flood}");
        assert!(used.kept < 4096, "{flood}: {used:?}");
        assert!(used.peak < 16 << 10, "{flood}: {used:?}");
    }
}

#[test]
fn work_is_linear_also_byte_by_byte() {
    // Were one of these quadratic, the test would run for hours.
    let long = 2 << 20;
    let mut config = config(Transport::Tls);
    config.limits.command = 8 << 20;
    config.limits.literal = 8 << 20;
    config.limits.message = 8 << 20;
    let shapes = [
        format!("a CREATE {}\r\n", "x".repeat(long)),
        format!("a CREATE \"{}\r\n", "\\\"".repeat(long / 2)),
        format!("a LOGIN {}x\r\n", "{1+}\r\nx ".repeat(long / 8)),
        format!("a FETCH 1 {}\r\n", "(".repeat(long)),
        format!("a SEARCH {}ALL\r\n", "NOT ".repeat(long / 4)),
        format!("a APPEND INBOX {}{{1+}}\r\nx\r\n", "(\"".repeat(long / 2)),
        format!("a CREATE {}\r\n", "\n".repeat(long)),
        format!("a CREATE {}\r\n", "}\r".repeat(long / 2)),
        format!("a CREATE {{{long}+}}\r\n{}\r\n", "{1}\r\n".repeat(long / 5 + 1)),
    ];
    for shape in &shapes {
        for step in [1, usize::MAX] {
            let login = b"l LOGIN joe tanstaaf\r\ns SELECT INBOX\r\n";
            let mut talk = Talk::run(config.clone(), login, || 100);
            talk.lean = true;
            for piece in shape.as_bytes().chunks(step) {
                talk.input.extend_from_slice(piece);
                while let Some(event) = talk.machine.poll_event(&mut talk.input).unwrap() {
                    talk.serve(event);
                }
                talk.write();
            }
            assert!(talk.input.len() < 10, "{}", &shape[..20]);
        }
    }
}
