//! The output of our encoder, read by `imap-codec`.

use std::collections::BTreeMap;

use imap_proto_lite::{
    Response,
    capability::LiteralMode,
    command::{
        Command, CommandKind, FetchItem, ListReturn, ListSelection, StatusItem, StoreAction, Tag,
    },
    encode::{self, EncodeSession},
    parse,
    search::{SearchKey, SearchQuery},
    sequence::UidSet,
};

use crate::{
    differences::{DIFFERENCES, NESTING},
    every::{commands, search},
    generate::Gen,
    ours, theirs,
};

const SESSIONS: [(LiteralMode, bool); 6] = [
    (LiteralMode::Sync, false),
    (LiteralMode::Plus, false),
    (LiteralMode::Minus, false),
    (LiteralMode::Sync, true),
    (LiteralMode::Plus, true),
    (LiteralMode::Minus, true),
];

/// The number of each difference, and of the commands of each kind that were understood alike.
#[derive(Default)]
struct Tally {
    differences: BTreeMap<&'static str, usize>,
    agreed: BTreeMap<String, usize>,
}

fn tag() -> Tag<'static> {
    Tag::new("A.1").unwrap()
}

/// Checks the command in every session: imap-codec reads the same meaning, or refuses it for a
/// listed reason.
fn check(command: &Command<'_>, tally: &mut Tally) {
    let reasons: Vec<_> =
        DIFFERENCES.iter().filter(|difference| (difference.holds)(command)).collect();
    for (literals, utf8) in SESSIONS {
        let session = EncodeSession::new(literals, utf8);
        let encoded = encode::command(&tag(), command, &session).unwrap();
        let shown = encoded.to_vec().escape_ascii().to_string();
        match theirs::read(&encoded.fragments, theirs::meaning) {
            Ok(meaning) => {
                let reasons: Vec<_> = reasons.iter().map(|one| (one.what, one.why)).collect();
                assert_eq!(reasons, [], "it is understood: {shown}");
                assert_eq!(meaning, ours::meaning(command, utf8), "{shown}");
                *tally.agreed.entry(format!("{:?}", command.kind())).or_default() += 1;
            }
            Err(error) => {
                assert!(!reasons.is_empty(), "{error}: {shown}");
                for one in &reasons {
                    *tally.differences.entry(one.what).or_default() += 1;
                }
            }
        }
    }
}

#[test]
fn imap_codec_reads_every_command_as_it_was_meant() {
    let mut tally = Tally::default();
    let all = commands();
    for command in &all {
        check(command, &mut tally);
    }
    println!("{} commands: {:?}", all.len(), tally.agreed);
    assert_eq!(tally.differences, BTreeMap::new(), "all of these are known to it");
}

/// Removes the parts that imap-codec does not know, so that the rest is compared.
fn known(command: &mut Command<'_>) {
    match command {
        Command::List { patterns, selection, returns, .. } => {
            patterns.to_mut().truncate(1);
            *selection = ListSelection::default();
            *returns = ListReturn::default();
        }
        Command::Status { items, .. } => items
            .to_mut()
            .iter_mut()
            .filter(|item| matches!(item, StatusItem::AppendLimit | StatusItem::MailboxId))
            .for_each(|item| *item = StatusItem::Deleted),
        Command::Create { special_use, .. } => special_use.to_mut().clear(),
        Command::Search { returns, .. } => *returns = None,
        Command::Fetch { items, modifiers, .. } => {
            modifiers.partial = None;
            let unknown = |item: &FetchItem<'_>| {
                matches!(
                    item,
                    FetchItem::GmailMessageId
                        | FetchItem::GmailThreadId
                        | FetchItem::GmailLabels
                        | FetchItem::EmailId
                        | FetchItem::ThreadId
                        | FetchItem::Preview { .. }
                        | FetchItem::SaveDate
                )
            };
            items
                .to_mut()
                .iter_mut()
                .filter(|item| unknown(item))
                .for_each(|item| *item = FetchItem::Envelope);
        }
        _ => {}
    }
}

#[test]
fn imap_codec_reads_commands_with_random_arguments_as_they_were_meant() {
    let mut tally = Tally::default();
    for seed in 0..36_000 {
        let mut command = Gen(seed).command();
        // imap-codec needs the bytes.
        if let Command::Append { message, .. } | Command::Replace { message, .. } = &mut command {
            message.octets %= 10_000;
        }
        if seed % 2 == 1 {
            known(&mut command);
        }
        check(&command, &mut tally);
    }
    println!("alike: {:?}\nrefused: {:?}", tally.agreed, tally.differences);
    for difference in DIFFERENCES {
        assert!(
            tally.differences.contains_key(difference.what)
                || NOT_GENERATED.contains(&difference.what),
            "never met: {}",
            difference.what
        );
    }
    for kind in CommandKind::ALL {
        let alike = tally.agreed.get(&format!("{kind:?}")).copied();
        assert_eq!(alike.is_some(), !UNKNOWN.contains(kind), "{kind:?}");
        assert!(alike.is_none_or(|times| times > 100), "{kind:?}: {alike:?}");
    }
}

/// Cases that no seed produces.
const NOT_GENERATED: [&str; 1] = ["a flag with ]"];

/// Commands that imap-codec does not know in any form.
const UNKNOWN: [CommandKind; 7] = [
    CommandKind::Raw,
    CommandKind::Replace,
    CommandKind::GetAcl,
    CommandKind::SetAcl,
    CommandKind::DeleteAcl,
    CommandKind::ListRights,
    CommandKind::MyRights,
];

#[test]
fn a_received_keyword_with_a_bracket_is_refused_by_imap_codec() {
    let mut tally = Tally::default();
    let response = parse::response(b"* FLAGS (OIB-Seen-[Gmail]/All)\r\n", &[]);
    let Response::Flags(received) = response else {
        panic!("{response:?}");
    };
    check(
        &Command::Store {
            messages: UidSet::all().into(),
            action: StoreAction::AddFlags(received.iter().collect()),
            silent: false,
            unchanged_since: None,
        },
        &mut tally,
    );
    assert_eq!(tally.differences, BTreeMap::from([("a flag with ]", SESSIONS.len())]));
}

#[test]
fn searches_within_searches_are_read_up_to_where_imap_codec_stops() {
    let nested = |levels: usize| {
        (0..levels).fold(SearchKey::Seen.into(), |query, level| match level % 3 {
            0 => SearchQuery::not(query),
            1 => SearchQuery::or(SearchKey::Draft.into(), query),
            _ => SearchQuery::and([SearchKey::Flagged.into(), query]),
        })
    };
    let mut tally = Tally::default();
    for levels in 0..=8 {
        check(&search(nested(levels)), &mut tally);
    }
    assert_eq!(tally.agreed.len(), 1);
    let encoded =
        encode::command(&tag(), &search(SearchQuery::not(nested(8))), &EncodeSession::default())
            .unwrap();
    assert!(theirs::read(&encoded.fragments, |_| ()).is_err(), "no longer so: {NESTING}");
}
