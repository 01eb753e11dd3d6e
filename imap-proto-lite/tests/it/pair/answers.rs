//! The client machine against the server machine, with random commands, pipelined and cut at
//! random: every answer is the one that a model of the mailbox gives.

use std::borrow::Cow;

use imap_proto_lite::{
    Command, Flag, MailboxName, SequenceSet, Transport, Uid, UidSet,
    client::State,
    command::{
        AppendData, AppendMessage, FetchItem, FetchModifiers, ListReturn, ListSelection, Messages,
        SelectParameters, StatusItem, StoreAction,
    },
    search::SearchQuery,
    section::Section,
};
use mail_harness::{random::Random, text::quoted};

use crate::support::{
    client::config,
    pair::{App, Pair, upload},
    server::server_config,
    show::show_all,
};

/// What the application of the server is to say.
struct Model {
    selected: bool,
    next_uid: u32,
    messages: Vec<(u32, usize, Vec<u8>)>,
}

#[derive(Clone, Copy, Debug)]
enum Ask {
    Select(&'static str),
    Fetch { uid: bool },
    Delete(u32),
    Expunge,
    Search { uid: bool },
    Close,
    Namespace,
    List,
    Status,
    Noop,
    Capability,
}

fn name(text: &'static str) -> MailboxName<'static> {
    MailboxName::new(text).unwrap()
}

impl Ask {
    fn any(random: &mut Random) -> Self {
        let uid = random.below(2) == 0;
        match random.below(14) {
            0..3 => Self::Select(["INBOX", "INBOX", "nowhere"][random.below(3)]),
            3 | 4 => Self::Fetch { uid },
            5 | 6 => Self::Delete(1 + u32::try_from(random.below(8)).unwrap()),
            7 => Self::Expunge,
            8 => Self::Search { uid },
            9 => Self::Close,
            10 => Self::Namespace,
            11 => Self::List,
            12 => Self::Status,
            _ if uid => Self::Noop,
            _ => Self::Capability,
        }
    }

    fn command(self) -> Command<'static> {
        match self {
            Self::Select(mailbox) => {
                Command::Select { mailbox: name(mailbox), parameters: SelectParameters::None }
            }
            Self::Fetch { uid } => Command::Fetch {
                messages: if uid {
                    Messages::from(UidSet::all())
                } else {
                    Messages::from(SequenceSet::all())
                },
                items: Cow::Owned(vec![
                    FetchItem::Uid,
                    FetchItem::Flags,
                    FetchItem::Rfc822Size,
                    FetchItem::peek(Section::full()),
                ]),
                modifiers: FetchModifiers::default(),
            },
            Self::Delete(uid) => Command::Store {
                messages: Messages::from(UidSet::one(Uid::new(uid).unwrap())),
                action: StoreAction::AddFlags(Cow::Owned(vec![Flag::Deleted])),
                silent: false,
                unchanged_since: None,
            },
            Self::Expunge => Command::Expunge,
            Self::Search { uid } => {
                Command::Search { uid, returns: None, query: SearchQuery::all() }
            }
            Self::Close => Command::Close,
            Self::Namespace => Command::Namespace,
            Self::List => Command::List {
                reference: name(""),
                patterns: Cow::Owned(vec![name("*")]),
                selection: ListSelection::default(),
                returns: ListReturn::default(),
            },
            Self::Status => Command::Status {
                mailbox: name("x {3} y"),
                items: Cow::Borrowed(&[StatusItem::Messages][..]),
            },
            Self::Noop => Command::Noop,
            Self::Capability => Command::Capability,
        }
    }
}

impl Model {
    /// All that the client learns from the answer, as text.
    fn answer(&mut self, ask: Ask, events: &mut Vec<String>) {
        let mut say = |text: String| events.push(text);
        let needs_mailbox = matches!(
            ask,
            Ask::Fetch { .. } | Ask::Delete(_) | Ask::Expunge | Ask::Search { .. } | Ask::Close
        );
        if needs_mailbox && !self.selected {
            return say(r#"done it Bad "not allowed in this state""#.into());
        }
        match ask {
            Ask::Select("INBOX") => {
                self.selected = true;
                say("* FLAGS \\Seen \\Deleted".into());
                say(format!("* EXISTS {}", self.messages.len()));
                say("* OK [UIDVALIDITY 7] valid".into());
                say(r#"done it Ok [READ-WRITE] "selected""#.into());
            }
            Ask::Select(_) => {
                self.selected = false;
                say(r#"done it No [NONEXISTENT] "no such mailbox""#.into());
            }
            Ask::Fetch { .. } => {
                for (place, (uid, deleted, octets)) in self.messages.iter().enumerate() {
                    let (seq, size) = (place + 1, octets.len());
                    let flags = vec!["\\Deleted"; *deleted].join(" ");
                    say(format!("body-start {seq} uid - [] {size}"));
                    if size > 0 {
                        say(format!("body {}", quoted(octets)));
                    }
                    say("body-end".into());
                    say(format!(
                        "* FETCH {seq} FLAGS ({flags}), SIZE {size}, BODY[] streamed {size}, UID {uid}"
                    ));
                }
                say(r#"done it Ok "fetched""#.into());
            }
            Ask::Delete(wanted) => {
                for (place, (uid, deleted, _)) in self.messages.iter_mut().enumerate() {
                    if *uid == wanted {
                        *deleted += 1;
                        let flags = vec!["\\Deleted"; *deleted].join(" ");
                        say(format!("* FETCH {} UID {uid}, FLAGS ({flags})", place + 1));
                    }
                }
                say(r#"done it Ok "stored""#.into());
            }
            Ask::Expunge => {
                while let Some(place) =
                    self.messages.iter().position(|(_, deleted, _)| *deleted > 0)
                {
                    self.messages.remove(place);
                    say(format!("* EXPUNGE {}", place + 1));
                }
                say(r#"done it Ok "expunged""#.into());
            }
            Ask::Search { uid } => {
                let numbers: Vec<String> = self
                    .messages
                    .iter()
                    .enumerate()
                    .map(
                        |(place, message)| {
                            if uid { message.0.to_string() } else { (place + 1).to_string() }
                        },
                    )
                    .collect();
                say(format!("* SEARCH {}", numbers.join(" ")).trim_end().into());
                say(r#"done it Ok "found""#.into());
            }
            Ask::Close => {
                self.selected = false;
                say(r#"done it Ok "done""#.into());
            }
            Ask::Namespace => say(r#"done it No [CANNOT] "no Namespace here""#.into()),
            Ask::List => {
                say("* LIST () / INBOX".into());
                say(r#"done it Ok "listed""#.into());
            }
            Ask::Status => {
                say(format!("* STATUS x {{3}} y (Messages({}))", self.messages.len()));
                say(r#"done it Ok "told""#.into());
            }
            Ask::Noop if self.selected => say(r#"done it Ok "done""#.into()),
            Ask::Noop => say(r#"done it Ok "NOOP completed""#.into()),
            Ask::Capability => {
                say("* CAPABILITY IMAP4rev1 LITERAL+ ID".into());
                say(r#"done it Ok "CAPABILITY completed""#.into());
            }
        }
    }
}

#[test]
fn every_answer_equals_the_model() {
    let first: [&[u8]; 3] = [b"a1 OK {5}\r\n", b"", b"\0\xff\r\n)"];
    let mut pipelined = 0;
    for seed in 0..150 {
        let mut random = Random::new(seed);
        let mut server = server_config(Transport::Tls);
        server.limits.bad_commands = usize::MAX;
        server.capabilities_after_login = ["IMAP4rev1", "LITERAL+", "ID"].map(String::from).into();
        let mut client = config();
        client.quirks.unannounced = true;
        client.quirks.synchronising_literals = seed % 2 == 0;
        let mut pair = Pair::new(client, server, App::with(&first), seed);
        pair.settle();
        pair.login();
        pair.events.clear();
        let messages = first.iter().zip(1..);
        let mut model = Model {
            selected: false,
            next_uid: 4,
            messages: messages.map(|(octets, uid)| (uid, 0, octets.to_vec())).collect(),
        };
        let mut expected = Vec::new();
        let mut events = Vec::new();
        for _ in 0..40 {
            if random.below(12) == 0 {
                pair.settle();
                events.append(&mut pair.events);
                let octets = vec![b"x\r\n"[random.below(3)]; random.below(700)];
                let append = Command::Append {
                    mailbox: name("INBOX"),
                    message: AppendMessage {
                        flags: Cow::Borrowed(&[]),
                        date: None,
                        octets: octets.len() as u64,
                        data: AppendData::Literal,
                    },
                };
                pair.client.send(&append).unwrap();
                pair.settle();
                expected.push("ready it".into());
                if !octets.is_empty() {
                    upload(&mut pair, &octets);
                }
                expected.push(format!(r#"done it Ok [APPENDUID 7 {}] "stored""#, model.next_uid));
                model.messages.push((model.next_uid, 0, octets));
                model.next_uid += 1;
                continue;
            }
            let ask = Ask::any(&mut random);
            if pair.client.send(&ask.command()).is_ok() {
                model.answer(ask, &mut expected);
            }
            if random.below(3) == 0 {
                pair.settle();
            }
            pipelined = pipelined.max(pair.client.in_flight());
        }
        pair.settle();
        events.append(&mut pair.events);
        assert_eq!(show_all(&events, |_| "it".into()), expected, "seed {seed}");
        assert_eq!(pair.client.in_flight(), 0);
        assert_eq!(pair.client.state(), pair.server.state());
        assert_eq!(pair.client.state() == State::Selected, model.selected);
        let stored: Vec<_> = pair.app.messages.iter().map(|message| &message.octets).collect();
        let modelled: Vec<_> = model.messages.iter().map(|message| &message.2).collect();
        assert_eq!(stored, modelled);
    }
    assert!(pipelined > 4, "no more than {pipelined} at once");
}
