//! Two ends in memory: the client machine against the server machine, with a mailbox, cut at
//! random.

use bytes::{Bytes, BytesMut};
use imap_proto_lite::{
    Command, Config, Flag, Flags, MailboxName, Response, SeqNumber, Uid, UidValidity, client,
    command::{FetchItem, Messages, StoreAction},
    name_attribute::NameAttributes,
    response::{
        Condition, FetchAttribute, ListEntry, MailboxStatus, Numbers, ResponseCode, SearchResult,
        StatusValue, StatusValues,
    },
    sequence::UidRanges,
    server::{self, Responder},
};
use mail_harness::random::Random;

use super::client::argument;

/// One message of the mailbox.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) uid: u32,
    pub(crate) flags: Vec<Flag<'static>>,
    pub(crate) octets: Vec<u8>,
}

/// What the server's application knows.
#[derive(Default)]
pub(crate) struct App {
    pub(crate) messages: Vec<Message>,
    next_uid: u32,
    upload: Option<(u64, Vec<u8>)>,
    /// How the next APPEND fares.
    pub(crate) refuse_append: bool,
    /// Every request, as the server's machine showed it.
    pub(crate) log: Vec<String>,
    pub(crate) idle: bool,
    pub(crate) closed: bool,
}

impl App {
    pub(crate) fn with(messages: &[&[u8]]) -> Self {
        let mut app = Self { next_uid: 1, ..Self::default() };
        for octets in messages {
            app.add(octets.to_vec());
        }
        app
    }

    fn add(&mut self, octets: Vec<u8>) -> u32 {
        let uid = self.next_uid;
        self.next_uid += 1;
        self.messages.push(Message { uid, flags: Vec::new(), octets });
        uid
    }
}

pub(crate) struct Pair {
    pub(crate) client: client::Connection,
    pub(crate) server: server::Connection,
    pub(crate) app: App,
    pub(crate) events: Vec<client::Event>,
    to_client: Vec<u8>,
    to_server: Vec<u8>,
    client_input: BytesMut,
    server_input: BytesMut,
    random: Random,
    /// A FETCH that waits for room.
    job: Option<Job>,
}

/// The rest of a FETCH.
struct Job {
    /// Sequence numbers.
    left: Vec<usize>,
    items: Vec<FetchItem<'static>>,
    step: Step,
}

enum Step {
    Next(Responder),
    Body { writer: server::BodyWriter, octets: Vec<u8> },
}

impl Pair {
    pub(crate) fn new(client: Config, server: server::Config, app: App, seed: u64) -> Self {
        let mut server = server::Connection::new(server);
        server.greet("ready").unwrap();
        Self {
            client: client::Connection::new(client),
            server,
            app,
            events: Vec::new(),
            to_client: Vec::new(),
            to_server: Vec::new(),
            client_input: BytesMut::new(),
            server_input: BytesMut::new(),
            random: Random::new(seed),
            job: None,
        }
    }

    /// Moves bytes in pieces of random size until neither side has any.
    pub(crate) fn settle(&mut self) {
        for _ in 0..1_000_000 {
            let mut moved = false;
            while let Some(transmit) = self.client.poll_transmit() {
                self.to_server.extend_from_slice(&transmit.bytes);
            }
            while let Some(transmit) = self.server.poll_transmit() {
                self.to_client.extend_from_slice(&transmit.bytes);
            }
            moved |= carry(&mut self.to_server, &mut self.server_input, &mut self.random);
            moved |= carry(&mut self.to_client, &mut self.client_input, &mut self.random);
            while let Some(event) = self.client.poll_event(&mut self.client_input).unwrap() {
                self.events.push(event);
                moved = true;
            }
            if self.job.is_some() {
                self.work();
                moved = true;
            }
            while let Some(event) = self.server.poll_event(&mut self.server_input).unwrap() {
                self.serve(event);
                moved = true;
            }
            if !moved {
                return;
            }
        }
        panic!("the two never come to rest");
    }

    /// Sends, settles, and gives the events that came.
    pub(crate) fn run(&mut self, command: &Command<'_>) -> Vec<client::Event> {
        self.client.send(command).unwrap_or_else(|error| panic!("{command:?}: {error}"));
        self.settle();
        std::mem::take(&mut self.events)
    }

    pub(crate) fn tls(mut self) -> Self {
        self.client = self.client.handle_tls_established(&self.client_input).unwrap();
        self.server = self.server.handle_tls_established(&self.server_input).unwrap();
        self
    }

    pub(crate) fn login(&mut self) {
        let command =
            Command::Login { user: argument("joe"), password: argument("tan\"staaf").into() };
        let events = self.run(&command);
        assert!(
            matches!(events.last(), Some(client::Event::Done { status, .. }) if status.is_ok()),
            "{events:?}"
        );
    }

    fn serve(&mut self, event: server::Event) {
        self.app.log.push(format!("{event:?}"));
        let server = &mut self.server;
        match event {
            server::Event::Login { user, password, responder, .. } => {
                if user == "joe" && password.as_bytes() == b"tan\"staaf" {
                    responder.accept(server, "welcome").unwrap();
                } else {
                    responder
                        .refuse(server, Some(ResponseCode::AuthenticationFailed), "wrong")
                        .unwrap();
                }
            }
            server::Event::Authenticate { initial_response: Some(response), responder, .. }
            | server::Event::AuthResponse { data: response, responder, .. } => {
                match response.as_bytes() {
                    b"\0joe\0tanstaaf" => responder.accept(server, "welcome").unwrap(),
                    b"" => responder.refuse(server, None, "no").unwrap(),
                    _ => responder.challenge(server, b"{\"status\":\"401\"}").unwrap(),
                }
            }
            server::Event::Authenticate { initial_response: None, responder, .. } => {
                responder.challenge(server, b"").unwrap()
            }
            server::Event::Select { command, mut responder, .. } => {
                let (Command::Select { mailbox, .. } | Command::Examine { mailbox, .. }) =
                    command.parse()
                else {
                    panic!()
                };
                if !mailbox.is_inbox() {
                    return responder
                        .refuse(server, Some(ResponseCode::NonExistent), "no such mailbox")
                        .unwrap();
                }
                let exists = u32::try_from(self.app.messages.len()).unwrap();
                for response in [
                    Response::Flags(Flags::new([Flag::Seen, Flag::Deleted])),
                    Response::Exists(exists),
                    Response::Condition {
                        condition: Condition::Ok,
                        code: Some(ResponseCode::UidValidity(UidValidity::new(7))),
                        text: "valid".into(),
                    },
                ] {
                    responder.untagged(server, &response).unwrap();
                }
                responder.accept(server, false, "selected").unwrap();
            }
            server::Event::Append { octets, responder, .. } => {
                if self.app.refuse_append {
                    return responder
                        .refuse(server, Some(ResponseCode::OverQuota), "full")
                        .unwrap();
                }
                self.app.upload = Some((octets, Vec::new()));
                responder.accept(server).unwrap();
            }
            server::Event::AppendData { chunk, .. } => {
                self.app.upload.as_mut().unwrap().1.extend_from_slice(&chunk)
            }
            server::Event::AppendEnd { responder, .. } => {
                let (announced, octets) = self.app.upload.take().unwrap();
                assert_eq!(octets.len() as u64, announced);
                let uid = self.app.add(octets);
                let uids = UidRanges::new([imap_proto_lite::sequence::NumberRange {
                    first: Uid::new(uid).unwrap(),
                    last: Uid::new(uid).unwrap(),
                }]);
                responder
                    .ok(
                        server,
                        Some(ResponseCode::AppendUid { uid_validity: UidValidity::new(7), uids }),
                        "stored",
                    )
                    .unwrap();
            }
            server::Event::AppendAborted => self.app.upload = None,
            server::Event::Idle => self.app.idle = true,
            server::Event::IdleEnd => self.app.idle = false,
            server::Event::Close => self.app.closed = true,
            server::Event::Command { command, responder, .. } => self.command(&command, responder),
            _ => {}
        }
    }

    fn command(&mut self, command: &server::OwnedCommand, mut responder: Responder) {
        let server = &mut self.server;
        let app = &mut self.app;
        match command.parse() {
            Command::List { .. } => {
                let entry =
                    ListEntry::new(NameAttributes::default(), Some(b'/'), MailboxName::INBOX);
                responder.untagged(server, &Response::List(entry)).unwrap();
                responder.ok(server, None, "listed").unwrap();
            }
            Command::Status { mailbox, .. } => {
                let values = StatusValues::new([StatusValue::Messages(app.messages.len() as u64)]);
                responder
                    .untagged(server, &Response::Status(MailboxStatus::new(mailbox, values)))
                    .unwrap();
                responder.ok(server, None, "told").unwrap();
            }
            Command::Search { uid, .. } => {
                let numbers = app.messages.iter().enumerate().map(|(place, message)| {
                    if uid { message.uid } else { u32::try_from(place + 1).unwrap() }
                });
                let numbers = Numbers::new(numbers.map(|number| number.try_into().unwrap()));
                responder
                    .untagged(server, &Response::Search(SearchResult::new(numbers, None)))
                    .unwrap();
                responder.ok(server, None, "found").unwrap();
            }
            Command::Store { messages, action, .. } => {
                for place in places(&messages, &app.messages) {
                    let message = &mut app.messages[place];
                    let StoreAction::AddFlags(flags) = &action else { panic!() };
                    message.flags.extend(flags.iter().cloned().map(Flag::into_owned));
                    let seq = SeqNumber::new(u32::try_from(place + 1).unwrap()).unwrap();
                    let mut fetch = responder.fetch(server, seq).unwrap();
                    fetch
                        .attribute(server, FetchAttribute::Uid(Uid::new(message.uid).unwrap()))
                        .unwrap();
                    fetch
                        .attribute(
                            server,
                            FetchAttribute::Flags(Flags::new(message.flags.iter().cloned())),
                        )
                        .unwrap();
                    responder = fetch.finish(server).unwrap();
                }
                responder.ok(server, None, "stored").unwrap();
            }
            Command::UidExpunge { .. } | Command::Expunge => {
                while let Some(place) =
                    app.messages.iter().position(|message| message.flags.contains(&Flag::Deleted))
                {
                    app.messages.remove(place);
                    let seq = SeqNumber::new(u32::try_from(place + 1).unwrap()).unwrap();
                    responder.untagged(server, &Response::Expunge(seq)).unwrap();
                }
                responder.ok(server, None, "expunged").unwrap();
            }
            Command::Fetch { messages, items, .. } => {
                let mut left = places(&messages, &app.messages);
                left.reverse();
                let items = items.iter().filter_map(|item| match item {
                    FetchItem::BodySection { .. } => {
                        Some(FetchItem::peek(imap_proto_lite::section::Section::full()))
                    }
                    FetchItem::Uid => Some(FetchItem::Uid),
                    FetchItem::Flags => Some(FetchItem::Flags),
                    FetchItem::Rfc822Size => Some(FetchItem::Rfc822Size),
                    _ => None,
                });
                self.job = Some(Job { left, items: items.collect(), step: Step::Next(responder) });
            }
            Command::Check | Command::Close | Command::Unselect | Command::Noop => {
                responder.ok(server, None, "done").unwrap()
            }
            command => responder
                .no(server, Some(ResponseCode::Cannot), &format!("no {:?} here", command.kind()))
                .unwrap(),
        }
    }

    /// A piece of a FETCH: at most as many bytes as there is room for. The UID follows the body.
    fn work(&mut self) {
        let Some(Job { mut left, items, step }) = self.job.take() else {
            return;
        };
        let server = &mut self.server;
        let step = match step {
            Step::Next(responder) if responder.is_full(server) => Step::Next(responder),
            Step::Next(responder) => {
                let Some(place) = left.last().copied() else {
                    return responder.ok(server, None, "fetched").unwrap();
                };
                let message = self.app.messages[place].clone();
                let mut fetch = responder
                    .fetch(server, SeqNumber::new(u32::try_from(place + 1).unwrap()).unwrap())
                    .unwrap();
                for item in &items {
                    match item {
                        FetchItem::Flags => fetch
                            .attribute(
                                server,
                                FetchAttribute::Flags(Flags::new(message.flags.iter().cloned())),
                            )
                            .unwrap(),
                        FetchItem::Rfc822Size => fetch
                            .attribute(
                                server,
                                FetchAttribute::Rfc822Size(message.octets.len() as u64),
                            )
                            .unwrap(),
                        _ => {}
                    }
                }
                if items.iter().any(|item| matches!(item, FetchItem::BodySection { .. })) {
                    let writer = fetch
                        .body(
                            server,
                            &imap_proto_lite::section::Section::full(),
                            None,
                            message.octets.len() as u64,
                        )
                        .unwrap();
                    Step::Body { writer, octets: message.octets }
                } else {
                    fetch
                        .attribute(server, FetchAttribute::Uid(Uid::new(message.uid).unwrap()))
                        .unwrap();
                    left.pop();
                    Step::Next(fetch.finish(server).unwrap())
                }
            }
            Step::Body { mut writer, mut octets } => {
                let taken = writer.write(server, &octets).unwrap();
                octets.drain(..taken);
                if octets.is_empty() {
                    assert_eq!(writer.remaining(server), 0);
                    let place = left.pop().unwrap();
                    let mut fetch = writer.finish(server).unwrap();
                    fetch
                        .attribute(
                            server,
                            FetchAttribute::Uid(Uid::new(self.app.messages[place].uid).unwrap()),
                        )
                        .unwrap();
                    Step::Next(fetch.finish(server).unwrap())
                } else {
                    Step::Body { writer, octets }
                }
            }
        };
        self.job = Some(Job { left, items, step });
    }
}

fn carry(from: &mut Vec<u8>, to: &mut BytesMut, random: &mut Random) -> bool {
    if from.is_empty() {
        return false;
    }
    let length = (random.below(40) + 1).min(from.len());
    to.extend_from_slice(&from[..length]);
    from.drain(..length);
    true
}

fn places(wanted: &Messages<'_>, all: &[Message]) -> Vec<usize> {
    let last = u32::try_from(all.len()).unwrap().max(1);
    let last_uid = all.last().map_or(1, |message| message.uid);
    (0..all.len())
        .filter(|place| match wanted {
            Messages::Sequence(set) => set.contains(
                SeqNumber::new(u32::try_from(place + 1).unwrap()).unwrap(),
                SeqNumber::new(last).unwrap(),
            ),
            Messages::Uid(set) => {
                set.contains(Uid::new(all[*place].uid).unwrap(), Uid::new(last_uid).unwrap())
            }
            Messages::SavedResult { .. } => false,
        })
        .collect()
}

/// The bytes of an APPEND, in pieces.
pub(crate) fn upload(pair: &mut Pair, octets: &[u8]) {
    let id = pair.events.iter().find_map(|event| match event {
        client::Event::ReadyForData { id, .. } => Some(*id),
        _ => None,
    });
    let id = id.expect("the server asked for the message");
    for piece in octets.chunks(7) {
        pair.client.answer(id, Bytes::copy_from_slice(piece)).unwrap();
        pair.settle();
    }
}
