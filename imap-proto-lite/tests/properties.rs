//! The thirteen promises of the README, each by its name, on random conversations: a random script of the server (right, damaged,
//! hostile) against a random script of the application, cut at random.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should say so at once"
)]

mod common;

use std::{borrow::Cow, collections::BTreeMap, fmt::Write as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::{Bytes, BytesMut};
use common::{Random, config, feed, greeted, send, show_all, transmitted};
use imap_proto_lite::{
    ClearTextCredentials, Command, CommandId, Config, MailboxName, ProtocolError, SendError,
    SequenceSet, Transport, UidSet,
    client::{Connection, Event, State},
    command::{AppendData, AppendMessage, FetchItem, FetchModifiers, Messages, SelectParameters},
    frame::{Frame, Framer},
    search::SearchQuery,
    section::Section,
    server,
};
use proptest::prelude::*;

/// What a server may say. `$` becomes the tag of a command in flight.
const SAID: &[&[u8]] = &[
    b"* OK ready\r\n",
    b"* PREAUTH [CAPABILITY IMAP4rev1 IDLE LITERAL+ SASL-IR ID] x\r\n",
    b"$ OK done\r\n",
    b"$ OK [CAPABILITY IMAP4rev1 IDLE] done\r\n",
    b"$ NO [TRYCREATE] no\r\n",
    b"$ BAD no\r\n",
    b"$ OK {5}\r\n",
    b"+ go\r\n",
    b"+ \r\n",
    b"+ eA==\r\n",
    b"+ !\r\n",
    b"+\r\n",
    b"* 3 EXISTS\r\n",
    b"* 1 EXPUNGE\r\n",
    b"* VANISHED 1:4294967295\r\n",
    b"* OK [CLOSED] x\r\n",
    b"* OK [UIDVALIDITY 1]\r\n",
    b"* CAPABILITY IMAP4rev1 IDLE LITERAL- AUTH=PLAIN ENABLE\r\n",
    b"* ENABLED CONDSTORE\r\n",
    b"* BYE bye {3}\r\n",
    b"* LIST (\\Sent) \"/\" {4}\r\na\r\nb\r\n",
    b"* LIST () \"/\" \"a{4}\"\r\n",
    b"* SEARCH 1 2 3\r\n",
    b"* 1 FETCH (UID 3 FLAGS (\\Seen) BODY[] {9}\r\n* 1 OK\r\n) RFC822.SIZE 4)\r\n",
    b"* 2 FETCH (RFC822 {0}\r\n BODY[HEADER] ~{3}\r\nabc BODY[1] NIL)\r\n",
    b"* 3 UIDFETCH (BINARY[1] {2}\r\nxy)\r\n",
    b"* 0 FETCH (BODY[] {2}\r\nxy)\r\n",
    b"* 1 FETCH (BODY[NO SUCH] {2}\r\nxy)\r\n",
    b"* 1 FETCH (ENVELOPE (NIL {3}\r\nabc NIL) BODY[] {1}\r\n\0)\r\n",
    b"* JUNK (((( {1}\r\n\xff ) \"\r\n",
    b"Server Unavailable. 15\r\n",
    b"\r\n",
    b"* \r\n",
    b"*\r\n",
];

/// What no server may say.
const HOSTILE: &[&[u8]] = &[
    b"zzz OK done\r\n",
    b"* 1 FETCH (BODY[] {99999999999999999999}\r\n",
    b"* LIST () \"/\" {5000000}\r\n",
    b"* X {-1}\r\n",
    b"$ HELLO\r\n",
    b"* 1 FETCH (BODY[] {4000000000}\r\n",
    b"{\"\\(",
    b"\r",
    b"\n",
    b"* 1 FETCH (BODY[] \"",
];

#[derive(Clone, Debug)]
enum Op {
    Say(usize),
    Hostile(usize),
    Send(usize),
    Answer(usize),
    Cancel,
    EndIdle,
    Discard,
    Transmit,
    Tls,
    Compressed,
    Eof,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        12 => (0..SAID.len()).prop_map(Op::Say),
        8 => Just(Op::Say(2)),
        1 => (0..HOSTILE.len()).prop_map(Op::Hostile),
        10 => (0..COMMANDS).prop_map(Op::Send),
        4 => (0..12_usize).prop_map(Op::Answer),
        1 => Just(Op::Cancel),
        2 => Just(Op::EndIdle),
        1 => Just(Op::Discard),
        10 => Just(Op::Transmit),
        1 => Just(Op::Tls),
        1 => Just(Op::Compressed),
        1 => Just(Op::Eof),
    ]
}

const COMMANDS: usize = 19;

fn command(number: usize) -> Command<'static> {
    let inbox = || MailboxName::INBOX;
    let items = || Cow::Owned(vec![FetchItem::Uid, FetchItem::peek(Section::full())]);
    let fetch = |messages| Command::Fetch {
        messages,
        items: items(),
        modifiers: FetchModifiers::default(),
    };
    let login = |user: &'static str| Command::Login {
        user: Cow::Borrowed(user),
        password: Cow::Borrowed("tanstaaf"),
    };
    let authenticate = |response: Option<&'static [u8]>| Command::Authenticate {
        mechanism: Cow::Borrowed("PLAIN"),
        initial_response: response.map(Cow::Borrowed),
    };
    match number {
        0 => Command::Capability,
        1 => Command::Noop,
        2 => Command::Logout,
        3 => Command::StartTls,
        4 => login("joe"),
        5 => login("jo\u{e9}"),
        6 => authenticate(None),
        7 => authenticate(Some(b"\0joe\0tanstaaf")),
        8 => Command::Select {
            mailbox: inbox(),
            parameters: SelectParameters::None,
        },
        9 => Command::Examine {
            mailbox: MailboxName::new("x\u{e9} y").unwrap(),
            parameters: SelectParameters::None,
        },
        10 => fetch(Messages::from(UidSet::all())),
        11 => fetch(Messages::from(SequenceSet::all())),
        12 => Command::Search {
            uid: true,
            returns: None,
            query: SearchQuery::all(),
        },
        13 => Command::Append {
            mailbox: inbox(),
            message: AppendMessage {
                flags: Cow::Borrowed(&[]),
                date: None,
                octets: 10,
                data: AppendData::Literal,
            },
        },
        14 => Command::Idle,
        15 => Command::Close,
        16 => Command::Compress,
        17 => Command::Enable {
            capabilities: Cow::Owned(vec!["CONDSTORE".into()]),
        },
        _ => Command::Create {
            mailbox: MailboxName::new("{3}\"\\").unwrap(),
            special_use: Cow::Borrowed(&[]),
        },
    }
}

/// A conversation and all that has to hold at each of its steps.
struct Session {
    connection: Option<Connection>,
    input: BytesMut,
    random: Random,
    greeted: bool,
    tags: BTreeMap<CommandId, String>,
    /// Commands accepted and not done.
    open: Vec<CommandId>,
    last_id: Option<CommandId>,
    waiting: Option<CommandId>,
    failed: Option<ProtocolError>,
    still: bool,
    events: Vec<Event>,
    shown: String,
}

impl Session {
    fn new(config: Config, seed: u64) -> Self {
        Self {
            connection: Some(Connection::new(config)),
            input: BytesMut::new(),
            random: Random::new(seed),
            greeted: false,
            tags: BTreeMap::new(),
            open: Vec::new(),
            last_id: None,
            waiting: None,
            failed: None,
            still: false,
            events: Vec::new(),
            shown: String::new(),
        }
    }

    fn step(&mut self, op: &Op) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        match op {
            Op::Say(number) => self.say(SAID[*number]),
            Op::Hostile(number) => self.say(HOSTILE[*number]),
            Op::Send(number) => {
                let before = connection.in_flight();
                match connection.send(&command(*number)) {
                    Ok(id) => {
                        assert!(self.last_id.is_none_or(|last| last < id), "ids count up");
                        assert!(self.failed.is_none() && !self.still);
                        self.last_id = Some(id);
                        self.open.push(id);
                        // Events that need no octets.
                        self.poll();
                    }
                    Err(error) => {
                        write!(self.shown, "{error:?} {error}").unwrap();
                        assert_eq!(connection.in_flight(), before);
                    }
                }
            }
            Op::Answer(length) => {
                if let Some(id) = self.waiting {
                    let _ = connection.answer(id, Bytes::from(vec![b'x'; *length]));
                    self.poll();
                }
            }
            Op::Cancel => {
                if let Some(id) = self.waiting {
                    let _ = connection.cancel(id);
                }
            }
            Op::EndIdle => {
                if let Some(id) = self.waiting.or(self.last_id) {
                    let _ = connection.end_idle(id);
                }
            }
            Op::Discard => {
                if let Some(id) = self.last_id {
                    connection.discard(id);
                }
            }
            Op::Transmit => self.transmit(),
            Op::Tls => {
                if !self.still || self.failed.is_some() {
                    return;
                }
                let connection = self.connection.take().unwrap();
                let waiting = self.input.len();
                let at_tls = self
                    .events
                    .last()
                    .is_some_and(|event| matches!(event, Event::StartTls { .. }));
                match connection.handle_tls_established(&self.input) {
                    Ok(fresh) => {
                        assert!(at_tls && waiting == 0);
                        assert_eq!(fresh.capabilities(), None);
                        assert_eq!(fresh.transport(), Transport::Tls);
                        assert_eq!(fresh.state(), State::NotAuthenticated);
                        assert_eq!(fresh.in_flight(), 0);
                        self.connection = Some(fresh);
                        self.still = false;
                    }
                    Err(error) => assert!(
                        !at_tls || (waiting > 0 && error == ProtocolError::InputBehindStartTls)
                    ),
                }
            }
            Op::Compressed => {
                if connection.handle_compressed(&mut self.input).is_ok() {
                    assert!(self.input.is_empty());
                    self.still = false;
                }
            }
            Op::Eof => {
                let before = self.failed.clone();
                let result = connection.handle_eof(&self.input);
                match (before, result) {
                    (Some(before), result) => assert_eq!(result, Err(before)),
                    (None, Err(error)) => self.fail(error),
                    (None, Ok(())) => {
                        assert_eq!(connection.state(), State::Logout);
                        self.poll();
                        assert!(self.open.is_empty(), "a legal end leaves nothing open");
                        self.connection = None;
                    }
                }
            }
        }
    }

    fn say(&mut self, octets: &[u8]) {
        // A tag that is in use, or none.
        let tag = self
            .open
            .first()
            .and_then(|id| self.tags.get(id))
            .cloned()
            .unwrap_or_else(|| "none".into());
        let octets: Vec<u8> = octets
            .iter()
            .flat_map(|octet| {
                if *octet == b'$' {
                    tag.as_bytes().to_vec()
                } else {
                    vec![*octet]
                }
            })
            .collect();
        let mut rest = &octets[..];
        while !rest.is_empty() {
            let (now, later) = rest.split_at((self.random.below(9) + 1).min(rest.len()));
            self.input.extend_from_slice(now);
            rest = later;
            self.poll();
        }
    }

    fn transmit(&mut self) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        while let Some(transmit) = connection.poll_transmit() {
            assert!(self.greeted, "nothing leaves before the greeting");
            assert!(!self.still, "nothing leaves while the transport is changed");
            assert!(self.failed.is_none(), "nothing leaves after an error");
            assert!(!transmit.bytes.is_empty());
            write!(self.shown, "{transmit:?}").unwrap();
            // The tag of a command stands at its start.
            let text = String::from_utf8_lossy(&transmit.bytes).into_owned();
            let untagged = self
                .open
                .iter()
                .find(|id| !self.tags.contains_key(*id))
                .copied();
            if let (Some(id), Some((tag, _))) = (untagged, text.split_once(' '))
                && tag.len() >= 5
                && tag.bytes().all(|octet| octet.is_ascii_alphanumeric())
                && tag.ends_with(&id.get().to_string())
            {
                self.tags.insert(id, tag.to_owned());
            }
        }
    }

    fn poll(&mut self) {
        for _ in 0..10_000 {
            let Some(connection) = &mut self.connection else {
                return;
            };
            let before = self.input.len();
            let result = connection.poll_event(&mut self.input);
            assert!(self.input.len() <= before);
            match result {
                Ok(None) => {
                    // Asking again changes nothing.
                    let length = self.input.len();
                    assert_eq!(connection.poll_event(&mut self.input), Ok(None));
                    assert_eq!(self.input.len(), length);
                    if self.still {
                        assert_eq!(length, before);
                    }
                    return;
                }
                Err(error) => {
                    if let Some(first) = &self.failed {
                        assert_eq!(*first, error);
                        return;
                    }
                    return self.fail(error);
                }
                Ok(Some(event)) => {
                    let queued = matches!(
                        event,
                        Event::BodyEnd | Event::ReadyForData { .. } | Event::Done { .. }
                    );
                    assert!(
                        self.input.len() < before || queued,
                        "{event:?} consumed nothing"
                    );
                    self.event(event);
                }
            }
        }
        panic!("no end of events");
    }

    fn event(&mut self, event: Event) {
        assert!(self.failed.is_none());
        assert!(!self.still, "no event while the transport is changed");
        let connection = self.connection.as_ref().unwrap();
        let mut done = |id: CommandId| {
            let place = self
                .open
                .iter()
                .position(|open| *open == id)
                .expect("done once, and was open");
            assert!(
                self.tags.contains_key(&id) || connection.state() == State::Logout,
                "an answer to what was never sent"
            );
            self.open.remove(place);
        };
        match &event {
            Event::Greeting { .. } => {
                assert!(!self.greeted);
                self.greeted = true;
            }
            Event::Done { id, .. } => done(*id),
            Event::StartTls { id } | Event::StartCompression { id } => {
                done(*id);
                self.still = true;
            }
            Event::Challenge { id, .. } | Event::ReadyForData { id } | Event::Idling { id } => {
                self.waiting = Some(*id)
            }
            _ => assert!(self.greeted),
        }
        write!(self.shown, "{event:?}{connection:?}").unwrap();
        self.events.push(event);
    }

    fn fail(&mut self, error: ProtocolError) {
        write!(self.shown, "{error:?}{error}").unwrap();
        self.failed = Some(error.clone());
        let connection = self.connection.as_mut().unwrap();
        // The same for ever, and nothing more to send.
        for _ in 0..3 {
            assert_eq!(connection.poll_event(&mut self.input), Err(error.clone()));
            assert_eq!(connection.poll_transmit(), None);
            assert_eq!(connection.handle_eof(&self.input), Err(error.clone()));
            assert_eq!(connection.send(&Command::Noop), Err(SendError::Closed));
        }
        assert_eq!(connection.error(), Some(&error));
    }
}

fn talk(config: Config, seed: u64, ops: &[Op]) -> Session {
    let mut session = Session::new(config, seed);
    session.step(&Op::Say(usize::try_from(seed % 2).unwrap()));
    for op in ops {
        session.step(op);
    }
    session
}

fn clear() -> Config {
    let mut config = config();
    config.transport = Transport::Clear;
    config.clear_text_credentials = ClearTextCredentials::SendThemInClearText;
    config
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(prop_oneof![9 => (0..SAID.len()).prop_map(|number| SAID[number]), 1 => (0..HOSTILE.len()).prop_map(|number| HOSTILE[number])], 0..30)
        .prop_map(|pieces| [b"* OK ready\r\n".to_vec(), pieces.concat()].concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Promises 1, 2, 6, 7, 8, 9 and 10: the asserts stand in `Session`.
    #[test]
    fn progress_one_meaning_of_none_poison_no_panic_correlation_silence(seed: u64, ops in proptest::collection::vec(op(), 0..120), over_tls: bool) {
        let session = talk(if over_tls { config() } else { clear() }, seed, &ops);
        if let Some(connection) = &session.connection && session.failed.is_none() {
 {
                prop_assert_eq!(connection.in_flight(), session.open.len());
            }
        }
    }

    #[test]
    fn split_independence(octets in stream(), cuts in proptest::collection::vec(1..30_usize, 1..20)) {
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
    fn no_panic_whatever_the_octets(octets in proptest::collection::vec(any::<u8>(), 0..300), lines in stream()) {
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
    fn no_panic_if_the_input_is_tampered_with(octets in stream(), cuts in proptest::collection::vec(0..40_usize, 1..20)) {
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

    #[test]
    fn secrets_are_nowhere(seed: u64, ops in proptest::collection::vec(op(), 0..80)) {
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
    fn no_credentials_in_clear_text(seed: u64, ops in proptest::collection::vec(op(), 0..80)) {
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
fn progress_is_counted() {
    let (mut connection, mut input) = greeted(config(), "* OK ready\r\n");
    input.extend_from_slice(&b"* 1 EXISTS\r\n".repeat(1000));
    let mut events = 0;
    while connection.poll_event(&mut input).unwrap().is_some() {
        events += 1;
    }
    assert_eq!(events, 1000);
}

#[test]
fn correlation_is_by_tag_and_in_any_order() {
    let (mut connection, mut input) = greeted(config(), "* PREAUTH ready\r\n");
    let sent: Vec<_> = (0..5)
        .map(|_| send(&mut connection, &Command::Noop))
        .collect();
    for (id, tag) in sent.iter().rev() {
        let (events, _) = feed(
            &mut connection,
            &mut input,
            format!("{tag} OK done\r\n").as_bytes(),
            || 2,
        );
        assert!(matches!(events[..], [Event::Done { id: done, .. }] if done == *id));
    }
    // Twice the same tag, another case, a longer one, one that is queued only.
    for line in [format!("{} OK x\r\n", sent[0].1), "zzz OK x\r\n".into()] {
        let (mut other, mut input) = greeted(config(), "* PREAUTH ready\r\n");
        let (_, tag) = send(&mut other, &Command::Noop);
        feed(
            &mut other,
            &mut input,
            format!("{tag} OK x\r\n").as_bytes(),
            || 100,
        );
        let (_, error) = feed(&mut other, &mut input, line.as_bytes(), || 100);
        assert!(
            matches!(error, Some(ProtocolError::UnknownTag { .. })),
            "{line}"
        );
    }
    for change in [
        str::to_lowercase as fn(&str) -> String,
        |tag| format!("{tag}1"),
        |tag| tag[1..].to_owned(),
    ] {
        let (mut other, mut input) = greeted(config(), "* PREAUTH ready\r\n");
        let (_, tag) = send(&mut other, &Command::Noop);
        let (_, error) = feed(
            &mut other,
            &mut input,
            format!("{} OK x\r\n", change(&tag)).as_bytes(),
            || 100,
        );
        assert!(matches!(error, Some(ProtocolError::UnknownTag { .. })));
    }
    let (mut one, _) = greeted(config(), "* PREAUTH ready\r\n");
    let (_, tag) = send(&mut one, &Command::Noop);
    let (mut queued, mut input) = greeted(config(), "* PREAUTH ready\r\n");
    queued.send(&Command::Noop).unwrap();
    let (_, error) = feed(
        &mut queued,
        &mut input,
        format!("{tag} OK x\r\n").as_bytes(),
        || 100,
    );
    assert!(
        matches!(error, Some(ProtocolError::UnknownTag { .. })),
        "an answer before the question"
    );
}

#[test]
fn silence_before_the_greeting() {
    let mut connection = Connection::new(config());
    let id = connection.send(&Command::Capability).unwrap();
    assert_eq!(connection.poll_transmit(), None);
    let mut input = BytesMut::from(&b"* OK ready\r\n"[..]);
    assert!(matches!(
        connection.poll_event(&mut input),
        Ok(Some(Event::Greeting { .. }))
    ));
    assert!(transmitted(&mut connection).ends_with(b" CAPABILITY\r\n"));
    assert_eq!(connection.in_flight(), 1);
    let _ = id;
}

#[test]
fn no_injection_behind_starttls() {
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
            ProtocolError::InputBehindStartTls
        );
    }
}

#[test]
fn linear_also_octet_by_octet() {
    // Were one of these quadratic, the test would run for hours.
    let long = 4 << 20;
    let shapes: Vec<Vec<u8>> = vec![
        [b"* OK ".to_vec(), vec![b'x'; long], b"\r\n".to_vec()].concat(),
        [
            b"* SEARCH".to_vec(),
            b" 123456".repeat(long / 7),
            b"\r\n".to_vec(),
        ]
        .concat(),
        [
            b"* X ".to_vec(),
            b"{1}\r\nx ".repeat(long / 8),
            b"\r\n".to_vec(),
        ]
        .concat(),
        [
            b"* 1 FETCH (".to_vec(),
            b"BODY[] {1}\r\nx ".repeat(long / 14),
            b")\r\n".to_vec(),
        ]
        .concat(),
        [
            b"* 1 FETCH (".to_vec(),
            vec![b'('; long],
            b" {1}\r\nx\r\n".to_vec(),
        ]
        .concat(),
        [
            b"* 1 FETCH (BODY[".to_vec(),
            vec![b'"'; long],
            b" {1}\r\nx\r\n".to_vec(),
        ]
        .concat(),
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
fn bounded_whatever_comes_for_ever() {
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

#[test]
fn continuation_requests_for_nothing_are_counted() {
    let (mut connection, mut input) = greeted(config(), "* PREAUTH ready\r\n");
    let (events, error) = feed(
        &mut connection,
        &mut input,
        &b"+ what?\r\n".repeat(65),
        || 100,
    );
    assert_eq!(events.len(), 64);
    assert!(matches!(
        error,
        Some(ProtocolError::Unexpected { command: None, .. })
    ));
}

#[test]
fn a_continuation_request_for_nothing_is_no_approval_of_a_later_literal() {
    let (mut connection, mut input) = greeted(config(), "* PREAUTH ready\r\n");
    feed(&mut connection, &mut input, b"+ \r\n", || 1);
    let create = Command::Create {
        mailbox: MailboxName::from_wire(&b"\xe9"[..]).unwrap(),
        special_use: Cow::Borrowed(&[]),
    };
    connection.send(&create).unwrap();
    let header = transmitted(&mut connection);
    assert!(header.ends_with(b"{1}\r\n"), "{}", header.escape_ascii());
    assert_eq!(transmitted(&mut connection), b"");
    feed(&mut connection, &mut input, b"+ \r\n", || 1);
    assert_eq!(transmitted(&mut connection), b"\xe9\r\n");
}

#[test]
fn too_many_or_senseless_sasl_rounds_are_cancelled() {
    let (mut connection, mut input) = greeted(config(), "* OK ready\r\n");
    let (id, tag) = send(
        &mut connection,
        &Command::Authenticate {
            mechanism: Cow::Borrowed("X"),
            initial_response: None,
        },
    );
    for round in 1..=9 {
        let (events, _) = feed(&mut connection, &mut input, b"+ eA==\r\n", || 3);
        if round <= 8 {
            assert!(matches!(events[..], [Event::Challenge { .. }]));
            connection.answer(id, Bytes::from_static(b"y")).unwrap();
            assert_eq!(transmitted(&mut connection), b"eQ==\r\n");
        } else {
            assert_eq!(events, []);
            assert_eq!(transmitted(&mut connection), b"*\r\n");
        }
    }
    let (events, _) = feed(
        &mut connection,
        &mut input,
        format!("{tag} BAD given up\r\n").as_bytes(),
        || 3,
    );
    assert!(matches!(events[..], [Event::Done { .. }]));
    send(
        &mut connection,
        &Command::Authenticate {
            mechanism: Cow::Borrowed("X"),
            initial_response: None,
        },
    );
    let (events, _) = feed(&mut connection, &mut input, b"+ no base64\r\n", || 3);
    assert_eq!(events, []);
    assert_eq!(transmitted(&mut connection), b"*\r\n");
}

#[test]
fn an_initial_response_that_is_too_long_for_its_line_waits() {
    let mut config_ = config();
    config_.limits.sasl_initial_response = 16;
    for (length, on_the_line) in [(12, true), (13, false)] {
        let (mut connection, mut input) = greeted(
            config_.clone(),
            "* OK [CAPABILITY IMAP4rev1 SASL-IR] ready\r\n",
        );
        let response = vec![b'a'; length];
        let command = Command::Authenticate {
            mechanism: Cow::Borrowed("X"),
            initial_response: Some(Cow::Borrowed(&response)),
        };
        connection.send(&command).unwrap();
        let line = transmitted(&mut connection);
        let encoded = STANDARD.encode(&response);
        assert_eq!(
            line.ends_with(format!(" X {encoded}\r\n").as_bytes()),
            on_the_line
        );
        let (events, _) = feed(&mut connection, &mut input, b"+ \r\n", || 3);
        if !on_the_line {
            assert_eq!(events, []);
            assert_eq!(
                transmitted(&mut connection),
                format!("{encoded}\r\n").as_bytes()
            );
        }
    }
}
