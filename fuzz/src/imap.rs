//! IMAP: the response parser, the framing and the client machine.

use std::borrow::Cow;

use bytes::{Bytes, BytesMut};
use imap_proto_lite::{
    AString, Atom, ClearTextCredentials, Command, CommandId, Config, Flag, MailboxName,
    ProtocolError, Secret, Transport, UidSet,
    client::{Connection, Event},
    command::{
        AppendMessage, FetchItem, FetchModifiers, ListReturn, ListSelection, Messages,
        SelectParameters, StatusItem, StoreAction,
    },
    search::{SearchKey, SearchQuery},
    section::Section,
};

use crate::model::{self, Kind, Machine};

/// A client machine under a list of operations; [the model](crate) describes their form.
///
/// The byte 0xFE and a digit are replaced by the tag of the command with that number, so that an
/// input can answer it.
pub fn imap_connection(data: &[u8]) {
    model::run::<Connection>(&with_tags(data));
}

/// Any bytes after a greeting, whole and cut: the events are the same, and every line can be read.
pub fn imap_frame(data: &[u8]) {
    let mut operations = b"1F* PREAUTH ready\r\n\xffSf\xffSs x\xffF".to_vec();
    operations
        .extend(with_tags(data).into_iter().map(|octet| if octet == 0xff { b'?' } else { octet }));
    model::run::<Connection>(&operations);
}

/// One line, read to its last item.
pub fn imap_parse(data: &[u8]) {
    let mut connection = Connection::new(Config::new(Transport::Tls));
    let mut input = BytesMut::from(&b"* PREAUTH ready\r\n"[..]);
    let _ = connection.poll_event(&mut input);
    input.extend_from_slice(data);
    if !data.ends_with(b"\r\n") {
        input.extend_from_slice(b"\r\n");
    }
    for _ in 0..=data.len() {
        match connection.poll_event(&mut input) {
            Ok(Some(Event::Untagged(line))) => read(&line),
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => break,
        }
    }
}

/// Reads a line to the end; its `Debug` walks through every item.
fn read(line: &imap_proto_lite::Line) {
    let text = format!("{:?}", line.response());
    assert!(!text.is_empty());
    // A detached line has the same meaning.
    assert_eq!(text, format!("{:?}", line.detached().response()));
}

fn with_tags(data: &[u8]) -> Vec<u8> {
    let tags = tags();
    let mut out = Vec::with_capacity(data.len() + 32);
    let mut octets = data.iter();
    while let Some(&octet) = octets.next() {
        if octet != 0xfe {
            out.push(octet);
            continue;
        }
        let number = octets.next().map_or(0, |digit| usize::from(digit % 16));
        if let Some(tag) = tags.get(number) {
            out.extend_from_slice(tag);
        }
    }
    out
}

/// The first tags of a connection with the seed 0, which is what the model uses.
fn tags() -> Vec<Vec<u8>> {
    let mut connection = Connection::new(Config::new(Transport::Tls));
    let mut input = BytesMut::from(&b"* PREAUTH ready\r\n"[..]);
    let _ = connection.poll_event(&mut input);
    let mut sent = Vec::new();
    for _ in 0..10 {
        let _ = connection.send(&Command::Noop);
    }
    while let Some(transmit) = connection.poll_transmit() {
        sent.extend_from_slice(&transmit.bytes);
    }
    let lines = sent.split(|&octet| octet == b'\n').filter(|line| !line.is_empty());
    lines
        .map(|line| line.split(|&octet| octet == b' ').next().unwrap_or_default().to_vec())
        .collect()
}

impl Machine for Connection {
    type Id = CommandId;
    type Event = Event;
    type Error = ProtocolError;

    fn new(options: u8) -> Self {
        let bit = |place: u8| options >> place & 1 == 1;
        let mut config = Config::new(if bit(0) { Transport::Tls } else { Transport::Clear });
        if bit(1) {
            config.clear_text_credentials = ClearTextCredentials::SendThemInClearText;
        }
        if bit(2) {
            config.limits.line = 64;
            config.limits.literal = 16;
            config.limits.body = Some(40);
            config.limits.body_chunk = 16;
            config.limits.commands_in_flight = 3;
            config.limits.sasl_rounds = 2;
            config.limits.sasl_line = 32;
            config.limits.capabilities = 2;
            config.limits.stray_continuations = 1;
        }
        if bit(3) {
            config.quirks.bare_lf = true;
            config.quirks.no_initial_response = true;
            config.quirks.synchronising_literals = true;
        }
        if bit(4) {
            config.quirks.unannounced = true;
            config.hidden_capabilities.push("IDLE".into());
        }
        Self::new(config)
    }

    fn send(&mut self, which: u8, argument: &str) -> Option<CommandId> {
        let mailbox = MailboxName::new(argument.trim()).unwrap_or(MailboxName::INBOX);
        let messages = || Messages::from(UidSet::all());
        let command = match which {
            b'c' => Command::Capability,
            b't' => Command::StartTls,
            b'l' => {
                let (user, password) = argument.split_once(' ').unwrap_or((argument, ""));
                Command::Login {
                    user: AString::new(user).ok()?,
                    password: Secret::new(password).ok()?,
                }
            }
            b'a' | b'A' => {
                let (mechanism, said) = argument.split_once(' ').unwrap_or((argument, ""));
                Command::Authenticate {
                    mechanism: Atom::new(mechanism).ok()?,
                    initial_response: (which == b'A').then_some(Cow::Borrowed(said.as_bytes())),
                }
            }
            b'n' => Command::Noop,
            b'q' => Command::Logout,
            b's' => Command::Select { mailbox, parameters: SelectParameters::None },
            b'e' => Command::Examine { mailbox, parameters: SelectParameters::None },
            b'L' => Command::List {
                reference: MailboxName::new("").ok()?,
                patterns: vec![mailbox].into(),
                selection: ListSelection::default(),
                returns: ListReturn::default(),
            },
            b'S' => Command::Status { mailbox, items: StatusItem::ALL[..4].into() },
            b'f' => Command::Fetch {
                messages: messages(),
                items: vec![FetchItem::Flags, FetchItem::peek(Section::full())].into(),
                modifiers: FetchModifiers::default(),
            },
            b'F' => Command::Search {
                uid: true,
                returns: None,
                query: SearchQuery::from(SearchKey::Subject(AString::new(argument).ok()?)),
            },
            b'w' => Command::Store {
                messages: messages(),
                action: StoreAction::AddFlags(vec![Flag::Deleted].into()),
                silent: false,
                unchanged_since: None,
            },
            b'x' => Command::Expunge,
            b'i' => Command::Idle,
            b'p' => Command::Append {
                mailbox,
                message: AppendMessage {
                    flags: vec![Flag::Seen].into(),
                    date: None,
                    octets: 5,
                    data: Default::default(),
                },
            },
            b'u' => Command::Unselect,
            b'C' => Command::Close,
            b'm' => Command::Move { messages: messages(), mailbox },
            _ => Command::Create { mailbox, special_use: Cow::default() },
        };
        self.send(&command).ok()
    }

    fn answer(&mut self, id: CommandId, data: Bytes) {
        let _ = self.answer(id, data);
    }

    fn cancel(&mut self, id: CommandId) {
        let _ = self.cancel(id);
    }

    fn discard(&mut self, id: CommandId) {
        self.discard(id);
    }

    fn end_idle(&mut self, id: CommandId) {
        let _ = self.end_idle(id);
    }

    fn withdraw(&mut self, id: CommandId) -> bool {
        self.withdraw(id)
    }

    fn poll_transmit(&mut self) -> Option<Bytes> {
        self.poll_transmit().map(|transmit| transmit.bytes)
    }

    fn poll_event(&mut self, input: &mut BytesMut) -> Result<Option<Event>, ProtocolError> {
        self.poll_event(input)
    }

    fn tls(self, input: &BytesMut) -> Result<Self, ProtocolError> {
        self.handle_tls_established(input)
    }

    fn eof(&mut self, input: &BytesMut) -> Result<(), ProtocolError> {
        self.handle_eof(input)
    }

    fn in_flight(&self) -> usize {
        self.in_flight()
    }

    fn is_premature(_: &ProtocolError) -> bool {
        false
    }

    fn kind(event: Event) -> Kind<CommandId> {
        let text = format!("{event:?}");
        match event {
            Event::Body { chunk, .. } => Kind::Body(chunk),
            Event::Done { id, .. } | Event::StartTls { id, .. } => Kind::Done(id, text),
            Event::Untagged(line) => {
                read(&line);
                Kind::Other(format!("{text} {:?}", line.response()))
            }
            _ => Kind::Other(text),
        }
    }
}
