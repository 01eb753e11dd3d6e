//! Every command that imap-codec knows, with every argument in every form.

use std::{borrow::Cow, num::NonZeroU32};

use imap_proto_lite::{
    argument::{AString, Atom, HeaderName},
    command::{
        AppendData, AppendMessage, Command, FetchItem, FetchModifiers, IdParameter, ListReturn,
        ListSelection, Messages, SelectParameters, StatusItem, StoreAction,
    },
    date::{Date, DateTime},
    flag::{Flag, Keyword},
    mailbox_name::MailboxName,
    search::{SearchKey, SearchQuery, SortCriterion, SortKey, ThreadAlgorithm},
    section::{HeaderNames, PartNumber, Partial, Section, SectionText},
    sequence::{Endpoint, ModSeq, SeqNumber, SequenceSet, Uid, UidSet, UidValidity},
};

/// All of them.
pub(crate) fn commands() -> Vec<Command<'static>> {
    let mut all = vec![
        Command::Capability,
        Command::Noop,
        Command::Logout,
        Command::StartTls,
        Command::Namespace,
        Command::Compress,
        Command::Idle,
        Command::Unselect,
        Command::Check,
        Command::Close,
        Command::Expunge,
        Command::Id(Cow::Borrowed(&[])),
        Command::Enable {
            capabilities: vec![Atom::CONDSTORE, atom("utf8=accept"), atom("X-y")].into(),
        },
        Command::Status {
            mailbox: MailboxName::INBOX,
            items: StatusItem::ALL
                .iter()
                .copied()
                .filter(|item| !matches!(item, StatusItem::AppendLimit | StatusItem::MailboxId))
                .collect(),
        },
        Command::SetQuota { root: argument(""), limits: Cow::Borrowed(&[]) },
    ];
    for mechanism in ["PLAIN", "XOAUTH2", "scram-sha-256-plus", "X_y"] {
        for response in [None, Some(&b""[..]), Some(b"\0u\0p"), Some(b"\xff\x01")] {
            all.push(Command::Authenticate {
                mechanism: atom(mechanism),
                initial_response: response.map(Cow::Borrowed),
            });
        }
    }
    with_names(&mut all);
    with_strings(&mut all);
    with_sets(&mut all);
    let date = Date::new(2024, 2, 9).unwrap();
    for offset in [0, 330, -765, 24 * 60 - 1] {
        for data in [AppendData::Literal, AppendData::Literal8] {
            let date = DateTime::new(date, 23, 59, 59, offset);
            all.push(append(MailboxName::INBOX, &[Flag::Seen], date, data));
        }
    }
    for item in items() {
        all.push(fetch(vec![item]));
    }
    all.push(fetch(items()));
    for action in [
        StoreAction::ReplaceFlags(flags()),
        StoreAction::RemoveFlags(flags()),
        StoreAction::AddFlags(Cow::Borrowed(&[])),
    ] {
        for silent in [true, false] {
            all.push(Command::Store {
                messages: UidSet::all().into(),
                action: action.clone(),
                silent,
                unchanged_since: None,
            });
        }
    }
    all
}

/// Awkward strings: every byte that some form cannot hold, and text that looks like another token.
const STRINGS: [&str; 27] = [
    "",
    "a",
    "NIL",
    "nil",
    "INBOX",
    "inBox",
    "INBOX/a",
    "a b",
    " ",
    "\"",
    "\\",
    "a\"b\\c",
    "(a)",
    "{5}",
    "{5+}",
    "~{5}",
    "[a]",
    "a]",
    "%",
    "a*b",
    "+",
    "R&D",
    "\t",
    "\x7f",
    "Entwürfe",
    "日本語/\u{1f600}",
    "*",
];

fn argument(text: impl Into<Cow<'static, str>>) -> AString<'static> {
    AString::new(text).unwrap()
}

fn atom(text: &'static str) -> Atom<'static> {
    Atom::new(text).unwrap()
}

fn strings() -> impl Iterator<Item = Cow<'static, str>> {
    // Around the lengths at which LITERAL- begins to wait.
    let long = [4095, 4096, 4097].map(|octets| Cow::Owned("\u{7f}".repeat(octets)));
    STRINGS.into_iter().map(Cow::Borrowed).chain(long)
}

fn names() -> Vec<MailboxName<'static>> {
    let wire =
        [&b"Entw&APw-rfe"[..], b"&", b"&AGE-", b"Entw\xfcrfe", b"\xff\xfe", "\u{e4}".as_bytes()];
    strings()
        .map(|name| MailboxName::new(name).unwrap())
        .chain(wire.map(|name| MailboxName::from_wire(name).unwrap()))
        .collect()
}

fn sets() -> Vec<Vec<(Endpoint<NonZeroU32>, Endpoint<NonZeroU32>)>> {
    let number = |number: u32| Endpoint::Number(NonZeroU32::new(number).unwrap());
    let last = Endpoint::Last;
    vec![
        vec![(number(1), number(1))],
        vec![(last, last)],
        vec![(number(1), last)],
        vec![(last, number(7))],
        vec![(number(9), number(3)), (number(4), number(4))],
        vec![(number(u32::MAX), number(u32::MAX)), (number(1), number(u32::MAX))],
    ]
}

fn every_set() -> Vec<Messages<'static>> {
    let mut all = Vec::new();
    for ranges in sets() {
        let uid = |end: Endpoint<NonZeroU32>| match end {
            Endpoint::Number(number) => Endpoint::Number(Uid::from(number)),
            Endpoint::Last => Endpoint::Last,
        };
        let seq = |end: Endpoint<NonZeroU32>| match end {
            Endpoint::Number(number) => Endpoint::Number(SeqNumber::from(number)),
            Endpoint::Last => Endpoint::Last,
        };
        let uids = ranges.iter().map(|(first, last)| (uid(*first), uid(*last)));
        let seqs = ranges.iter().map(|(first, last)| (seq(*first), seq(*last)));
        all.push(UidSet::from_ranges(uids).unwrap().into());
        all.push(SequenceSet::from_ranges(seqs).unwrap().into());
    }
    all
}

fn with_names(all: &mut Vec<Command<'static>>) {
    for mailbox in names() {
        let other = MailboxName::new("b c").unwrap();
        all.extend([
            Command::Select { mailbox: mailbox.clone(), parameters: SelectParameters::None },
            Command::Examine { mailbox: mailbox.clone(), parameters: SelectParameters::CondStore },
            Command::Create { mailbox: mailbox.clone(), special_use: Cow::Borrowed(&[]) },
            Command::Delete { mailbox: mailbox.clone() },
            Command::Rename { from: mailbox.clone(), to: other.clone() },
            Command::Rename { from: other, to: mailbox.clone() },
            Command::Subscribe { mailbox: mailbox.clone() },
            Command::Unsubscribe { mailbox: mailbox.clone() },
            Command::List {
                reference: mailbox.clone(),
                patterns: vec![mailbox.clone()].into(),
                selection: ListSelection::default(),
                returns: ListReturn::default(),
            },
            Command::Lsub { reference: mailbox.clone(), pattern: mailbox.clone() },
            Command::Status {
                mailbox: mailbox.clone(),
                items: Cow::Borrowed(&[StatusItem::Messages]),
            },
            Command::Copy { messages: UidSet::all().into(), mailbox: mailbox.clone() },
            Command::Move { messages: SequenceSet::all().into(), mailbox: mailbox.clone() },
            Command::GetQuotaRoot { mailbox: mailbox.clone() },
            append(mailbox, &[], None, AppendData::Literal),
        ]);
    }
}

fn with_strings(all: &mut Vec<Command<'static>>) {
    for value in strings().map(argument) {
        all.extend(HeaderName::new(value.clone().into_cow().into_owned()).map(|name| {
            let value = value.clone();
            search(SearchKey::Header { name, value }.into())
        }));
        let key =
            SearchKey::Header { name: HeaderName::new("Subject").unwrap(), value: value.clone() };
        all.extend([
            Command::Login { user: value.clone(), password: value.clone().into() },
            Command::GetQuota { root: value.clone() },
            Command::SetQuota {
                root: value.clone(),
                limits: vec![(atom("STORAGE"), u64::MAX), (atom("x"), 0)].into(),
            },
            search(key.into()),
        ]);
        if let Ok(field) = IdParameter::new(value.clone(), Some(value.clone())) {
            let without = IdParameter::new(argument("b"), None).unwrap();
            all.push(Command::Id(vec![field, without].into()));
        }
        let query = SearchQuery::or(
            SearchKey::Subject(value.clone()).into(),
            SearchKey::Body(value).into(),
        );
        all.push(Command::Sort {
            uid: true,
            criteria: Cow::Borrowed(&[SortCriterion { key: SortKey::Date, reverse: true }]),
            query: query.clone(),
        });
        all.push(Command::Thread { uid: false, algorithm: ThreadAlgorithm::References, query });
    }
}

fn with_sets(all: &mut Vec<Command<'static>>) {
    for messages in every_set() {
        if let Messages::Uid(uids) = &messages {
            all.push(Command::UidExpunge { uids: uids.clone() });
            all.push(search(SearchKey::Uid(uids.clone().into_owned()).into()));
            all.push(Command::Select {
                mailbox: MailboxName::INBOX,
                parameters: SelectParameters::QResync {
                    uid_validity: UidValidity::new(u32::MAX),
                    mod_seq: ModSeq::new(1),
                    known_uids: Some(uids.clone()),
                },
            });
        }
        if let Messages::Sequence(set) = &messages {
            all.push(search(SearchKey::Sequence(set.clone().into_owned()).into()));
        }
        let mut modifiers = FetchModifiers::default();
        modifiers.changed_since = Some(ModSeq::new(u64::MAX));
        modifiers.vanished = messages.is_uid();
        all.extend([
            Command::Fetch {
                messages: messages.clone(),
                items: Cow::Borrowed(&[FetchItem::Flags]),
                modifiers,
            },
            Command::Store {
                messages: messages.clone(),
                action: StoreAction::AddFlags(flags()),
                silent: true,
                unchanged_since: Some(ModSeq::new(0)),
            },
            Command::Copy { messages: messages.clone(), mailbox: MailboxName::INBOX },
            Command::Move { messages, mailbox: MailboxName::INBOX },
        ]);
    }
}

fn flags() -> Cow<'static, [Flag<'static>]> {
    vec![
        Flag::Seen,
        Flag::Answered,
        Flag::Flagged,
        Flag::Deleted,
        Flag::Draft,
        Flag::Keyword(Keyword::FORWARDED),
        Flag::Extension(Keyword::new("Important").unwrap()),
    ]
    .into()
}

fn append(
    mailbox: MailboxName<'static>,
    flags: &'static [Flag<'static>],
    date: Option<DateTime>,
    data: AppendData,
) -> Command<'static> {
    Command::Append {
        mailbox,
        message: AppendMessage { flags: Cow::Borrowed(flags), date, octets: 5, data },
    }
}

/// A plain SEARCH.
pub(crate) fn search(query: SearchQuery<'static>) -> Command<'static> {
    Command::Search { uid: false, returns: None, query }
}

fn items() -> Vec<FetchItem<'static>> {
    let part = || PartNumber::new([1, 20, u32::MAX].map(|number| NonZeroU32::new(number).unwrap()));
    let names =
        || HeaderNames::new(["Subject", "X-(y)", "{3}"].map(|name| HeaderName::new(name).unwrap()));
    let mut items = vec![
        FetchItem::Uid,
        FetchItem::Flags,
        FetchItem::InternalDate,
        FetchItem::Rfc822Size,
        FetchItem::Envelope,
        FetchItem::Body,
        FetchItem::BodyStructure,
        FetchItem::Rfc822,
        FetchItem::Rfc822Header,
        FetchItem::Rfc822Text,
        FetchItem::ModSeq,
    ];
    for part in [None, part()] {
        items.push(FetchItem::BinarySize { part: part.clone() });
        let texts = [
            None,
            Some(SectionText::Header),
            Some(SectionText::Text),
            Some(SectionText::HeaderFields(names())),
            Some(SectionText::HeaderFieldsNot(names())),
            part.as_ref().map(|_| SectionText::Mime),
        ];
        for peek in [true, false] {
            for partial in [None, Some(Partial { offset: u32::MAX, octets: NonZeroU32::MIN })] {
                items.push(FetchItem::Binary { part: part.clone(), partial, peek });
                items.extend(texts.iter().map(|text| FetchItem::BodySection {
                    section: Section { part: part.clone(), text: text.clone() },
                    partial,
                    peek,
                }));
            }
        }
    }
    items
}

fn fetch(items: Vec<FetchItem<'static>>) -> Command<'static> {
    Command::Fetch {
        messages: UidSet::all().into(),
        items: items.into(),
        modifiers: FetchModifiers::default(),
    }
}
