//! A random conversation: a script of the server (right, damaged, hostile) against a script of the
//! application, cut at random.

use std::{borrow::Cow, collections::BTreeMap, fmt::Write as _};

use bytes::{Bytes, BytesMut};
use imap_proto_lite::{
    Atom, ClearTextCredentials, Command, CommandId, Config, MailboxName, ProtocolError, SendError,
    SequenceSet, Transport, UidSet,
    client::{Connection, Event, State},
    command::{AppendData, AppendMessage, FetchItem, FetchModifiers, Messages, SelectParameters},
    search::SearchQuery,
    section::Section,
};
use mail_harness::random::Random;
use proptest::prelude::*;

use super::client::{argument, config};

/// What a server may say. `$` becomes the tag of a command in flight.
pub(crate) const SAID: &[&[u8]] = &[
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
pub(crate) const HOSTILE: &[&[u8]] = &[
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
pub(crate) enum Op {
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

pub(crate) fn op() -> impl Strategy<Value = Op> {
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

pub(crate) const COMMANDS: usize = 19;

pub(crate) fn command(number: usize) -> Command<'static> {
    let inbox = || MailboxName::INBOX;
    let items = || Cow::Owned(vec![FetchItem::Uid, FetchItem::peek(Section::full())]);
    let fetch = |messages| Command::Fetch {
        messages,
        items: items(),
        modifiers: FetchModifiers::default(),
    };
    let login = |user: &'static str| Command::Login {
        user: argument(user),
        password: argument("tanstaaf").into(),
    };
    let authenticate = |response: Option<&'static [u8]>| Command::Authenticate {
        mechanism: Atom::PLAIN,
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
        8 => Command::Select { mailbox: inbox(), parameters: SelectParameters::None },
        9 => Command::Examine {
            mailbox: MailboxName::new("x\u{e9} y").unwrap(),
            parameters: SelectParameters::None,
        },
        10 => fetch(Messages::from(UidSet::all())),
        11 => fetch(Messages::from(SequenceSet::all())),
        12 => Command::Search { uid: true, returns: None, query: SearchQuery::all() },
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
        17 => Command::Enable { capabilities: Cow::Owned(vec![Atom::CONDSTORE]) },
        _ => Command::Create {
            mailbox: MailboxName::new("{3}\"\\").unwrap(),
            special_use: Cow::Borrowed(&[]),
        },
    }
}

/// A conversation, with asserts at each of its steps.
pub(crate) struct Session {
    pub(crate) connection: Option<Connection>,
    pub(crate) input: BytesMut,
    pub(crate) random: Random,
    pub(crate) greeted: bool,
    pub(crate) tags: BTreeMap<CommandId, String>,
    /// Commands accepted and not done.
    pub(crate) open: Vec<CommandId>,
    pub(crate) last_id: Option<CommandId>,
    pub(crate) waiting: Option<CommandId>,
    pub(crate) failed: Option<ProtocolError>,
    pub(crate) still: bool,
    /// The last event was that of STARTTLS.
    at_tls: bool,
    /// Memory is measured: nothing is kept to be looked at.
    pub(crate) lean: bool,
    pub(crate) events: Vec<Event>,
    pub(crate) shown: String,
    /// All bytes that left.
    pub(crate) sent: Vec<u8>,
}

impl Session {
    pub(crate) fn new(config: Config, seed: u64) -> Self {
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
            at_tls: false,
            lean: false,
            events: Vec::new(),
            shown: String::new(),
            sent: Vec::new(),
        }
    }

    pub(crate) fn step(&mut self, op: &Op) {
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
                        // Events that need no bytes.
                        self.poll();
                    }
                    Err(error) => {
                        if !self.lean {
                            write!(self.shown, "{error:?} {error}").unwrap();
                        }
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
                let at_tls = self.at_tls;
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
                        !at_tls || (waiting > 0 && error == ProtocolError::InputAfterStartTls)
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

    pub(crate) fn say(&mut self, octets: &[u8]) {
        // A tag that is in use, or none.
        let tag = self
            .open
            .first()
            .and_then(|id| self.tags.get(id))
            .cloned()
            .unwrap_or_else(|| "none".into());
        let octets: Vec<u8> = octets
            .iter()
            .flat_map(|octet| if *octet == b'$' { tag.as_bytes().to_vec() } else { vec![*octet] })
            .collect();
        let mut rest = &octets[..];
        while !rest.is_empty() {
            let (now, later) = rest.split_at((self.random.below(9) + 1).min(rest.len()));
            self.input.extend_from_slice(now);
            rest = later;
            self.poll();
        }
    }

    pub(crate) fn transmit(&mut self) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        while let Some(transmit) = connection.poll_transmit() {
            assert!(self.greeted, "nothing leaves before the greeting");
            assert!(!self.still, "nothing leaves while the transport is changed");
            assert!(self.failed.is_none(), "nothing leaves after an error");
            assert!(!transmit.bytes.is_empty());
            if !self.lean {
                write!(self.shown, "{transmit:?}").unwrap();
                self.sent.extend_from_slice(&transmit.bytes);
            }
            // A command starts with its tag.
            let text = String::from_utf8_lossy(&transmit.bytes).into_owned();
            let untagged = self.open.iter().find(|id| !self.tags.contains_key(*id)).copied();
            if let (Some(id), Some((tag, _))) = (untagged, text.split_once(' '))
                && tag.len() >= 5
                && tag.bytes().all(|octet| octet.is_ascii_alphanumeric())
                && tag.ends_with(&id.get().to_string())
            {
                self.tags.insert(id, tag.to_owned());
            }
        }
    }

    pub(crate) fn poll(&mut self) {
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
                    assert!(self.input.len() < before || queued, "{event:?} consumed nothing");
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
            let place =
                self.open.iter().position(|open| *open == id).expect("done once, and was open");
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
            Event::StartTls { id, .. } | Event::StartCompression { id, .. } => {
                done(*id);
                self.still = true;
            }
            Event::Challenge { id, .. }
            | Event::ReadyForData { id, .. }
            | Event::Idling { id, .. } => self.waiting = Some(*id),
            _ => assert!(self.greeted),
        }
        self.at_tls = matches!(event, Event::StartTls { .. });
        if !self.lean {
            write!(self.shown, "{event:?}{connection:?}").unwrap();
            self.events.push(event);
        }
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

pub(crate) fn talk(config: Config, seed: u64, ops: &[Op]) -> Session {
    let mut session = Session::new(config, seed);
    session.step(&Op::Say(usize::try_from(seed % 2).unwrap()));
    for op in ops {
        session.step(op);
    }
    session
}

pub(crate) fn clear() -> Config {
    let mut config = config();
    config.transport = Transport::Clear;
    config.clear_text_credentials = ClearTextCredentials::SendThemInClearText;
    config
}

pub(crate) fn stream() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(prop_oneof![9 => (0..SAID.len()).prop_map(|number| SAID[number]), 1 => (0..HOSTILE.len()).prop_map(|number| HOSTILE[number])], 0..30)
        .prop_map(|pieces| [b"* OK ready\r\n".to_vec(), pieces.concat()].concat())
}
