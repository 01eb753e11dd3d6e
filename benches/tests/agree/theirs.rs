//! The reading of `imap-codec`: it gets the bytes as a server does; this is the meaning of its
//! command.

use std::num::NonZeroU32;

use imap_codec::{
    CommandCodec,
    decode::{CommandDecodeError, Decoder as _},
    imap_types::{
        command::{Command, CommandBody, FetchModifier, SelectParameter, StoreModifier},
        core::{AString, LiteralMode},
        datetime::{DateTime, NaiveDate},
        extensions::{binary::LiteralOrLiteral8, compress::CompressionAlgorithm},
        fetch::{MacroOrMessageDataItemNames, MessageDataItemName, Part, Section},
        flag::{Flag, StoreResponse, StoreType},
        mailbox::{ListMailbox, Mailbox},
        search::SearchKey,
        sequence::{SeqOrUid, Sequence, SequenceSet},
        status::StatusDataItemName,
    },
};
use imap_proto_lite::encode::Fragment;

use crate::meaning::{Meaning, Query, part};

/// Passes the fragments to the decoder, and answers `+` wherever it and our encoder both wait.
/// Streamed bytes are `x`.
///
/// # Errors
/// imap-codec does not read a command, or only one of the two waits.
pub(crate) fn read<T>(
    fragments: &[Fragment],
    then: impl FnOnce(&Command<'_>) -> T,
) -> Result<T, String> {
    let mut octets = Vec::new();
    for fragment in fragments {
        match fragment {
            Fragment::Octets { octets: more, .. } => octets.extend_from_slice(more),
            Fragment::Streamed { octets: count } => {
                octets.resize(octets.len() + usize::try_from(*count).unwrap(), b'x');
            }
            Fragment::Continuation => match CommandCodec::default().decode(&octets) {
                Err(CommandDecodeError::LiteralFound { mode: LiteralMode::Sync, tag, .. })
                    if tag.as_ref() == "A.1" => {}
                other => return Err(format!("we wait for a + and it says {other:?}")),
            },
            other => panic!("{other:?}"),
        }
    }
    match CommandCodec::default().decode(&octets) {
        Ok((b"", command)) if command.tag.as_ref() == "A.1" => Ok(then(&command)),
        Ok((rest, command)) => panic!("{command:?}, and left over: {}", rest.escape_ascii()),
        Err(error) => Err(format!("{error:?}")),
    }
}

/// The meaning of the command.
pub(crate) fn meaning(command: &Command<'_>) -> Meaning {
    let named = |verb, mailbox| Meaning::of(verb).string("mailbox", name(mailbox));
    match &command.body {
        CommandBody::Capability => Meaning::of("CAPABILITY"),
        CommandBody::Noop => Meaning::of("NOOP"),
        CommandBody::Logout => Meaning::of("LOGOUT"),
        CommandBody::StartTLS => Meaning::of("STARTTLS"),
        CommandBody::Namespace => Meaning::of("NAMESPACE"),
        CommandBody::Compress { algorithm: CompressionAlgorithm::Deflate } => {
            Meaning::of("COMPRESS").text("algorithm", "DEFLATE")
        }
        CommandBody::Idle => Meaning::of("IDLE"),
        CommandBody::Unselect => Meaning::of("UNSELECT"),
        CommandBody::Check => Meaning::of("CHECK"),
        CommandBody::Close => Meaning::of("CLOSE"),
        CommandBody::Expunge => Meaning::of("EXPUNGE"),
        CommandBody::Id { parameters } => {
            parameters.iter().flatten().fold(Meaning::of("ID"), |meaning, (name, value)| {
                let meaning = meaning.string("name", name.as_ref());
                match &value.0 {
                    Some(value) => meaning.string("value", value.as_ref()),
                    None => meaning.text("no value", ""),
                }
            })
        }
        CommandBody::Login { username, password } => Meaning::of("LOGIN")
            .string("user", username.as_ref())
            .string("password", password.declassify().as_ref()),
        CommandBody::Authenticate { mechanism, initial_response } => {
            let meaning = Meaning::of("AUTHENTICATE")
                .text("mechanism", mechanism.as_ref().to_ascii_uppercase());
            match initial_response {
                Some(response) => meaning.string("response", response.declassify()),
                None => meaning,
            }
        }
        CommandBody::Enable { capabilities } => Meaning::of("ENABLE").list(
            "capabilities",
            capabilities.as_ref().iter().map(|one| one.to_string().to_ascii_uppercase()),
        ),
        CommandBody::List { reference, mailbox_wildcard } => Meaning::of("LIST")
            .string("reference", name(reference))
            .string("pattern", pattern(mailbox_wildcard)),
        CommandBody::Lsub { reference, mailbox_wildcard } => Meaning::of("LSUB")
            .string("reference", name(reference))
            .string("pattern", pattern(mailbox_wildcard)),
        CommandBody::Status { mailbox, item_names } => {
            named("STATUS", mailbox).list("items", item_names.iter().map(status_item))
        }
        CommandBody::Select { mailbox, parameters } => select(named("SELECT", mailbox), parameters),
        CommandBody::Examine { mailbox, parameters } => {
            select(named("EXAMINE", mailbox), parameters)
        }
        CommandBody::Create { mailbox } => named("CREATE", mailbox),
        CommandBody::Delete { mailbox } => named("DELETE", mailbox),
        CommandBody::Rename { from, to } => named("RENAME", from).string("to", name(to)),
        CommandBody::Subscribe { mailbox } => named("SUBSCRIBE", mailbox),
        CommandBody::Unsubscribe { mailbox } => named("UNSUBSCRIBE", mailbox),
        CommandBody::Append { mailbox, flags, date, message } => {
            let meaning = named("APPEND", mailbox).list("flags", flags.iter().map(flag));
            let meaning = match date {
                Some(date) => meaning.text("date", date_time(date)),
                None => meaning,
            };
            let (form, octets) = match message {
                LiteralOrLiteral8::Literal(literal) => ("literal", literal.data()),
                LiteralOrLiteral8::Literal8(literal) => ("literal8", &*literal.data),
            };
            assert!(octets.iter().all(|octet| *octet == b'x'));
            meaning.text(form, octets.len())
        }
        CommandBody::ExpungeUid { sequence_set } => {
            Meaning::of("EXPUNGE").uid(true).text("messages", set(sequence_set))
        }
        CommandBody::Search { charset, criteria, uid } => {
            let meaning = Meaning::of("SEARCH").uid(*uid);
            let meaning = match charset {
                Some(charset) => meaning.text("charset", charset.as_ref()),
                None => meaning,
            };
            meaning.query(&conditions(criteria.as_ref()))
        }
        CommandBody::Sort { sort_criteria, charset, search_criteria, uid } => Meaning::of("SORT")
            .uid(*uid)
            .list(
                "criteria",
                sort_criteria
                    .as_ref()
                    .iter()
                    .map(|one| format!("{} reverse={}", one.key.as_ref(), one.reverse)),
            )
            .text("charset", charset.as_ref())
            .query(&conditions(search_criteria.as_ref())),
        CommandBody::Thread { algorithm, charset, search_criteria, uid } => Meaning::of("THREAD")
            .uid(*uid)
            .text("algorithm", algorithm)
            .text("charset", charset.as_ref())
            .query(&conditions(search_criteria.as_ref())),
        CommandBody::Fetch { sequence_set, macro_or_item_names, uid, modifiers } => {
            let items: Vec<_> = match macro_or_item_names {
                MacroOrMessageDataItemNames::MessageDataItemNames(items) => {
                    items.iter().map(item).collect()
                }
                MacroOrMessageDataItemNames::Macro(one) => vec![format!("the macro {one}")],
            };
            Meaning::of("FETCH")
                .uid(*uid)
                .text("messages", set(sequence_set))
                .list("items", items)
                .list(
                    "modifiers",
                    modifiers.iter().map(|modifier| match modifier {
                        FetchModifier::ChangedSince(value) => format!("changed since {value}"),
                        FetchModifier::Vanished => "vanished".to_owned(),
                    }),
                )
        }
        CommandBody::Store { sequence_set, kind, response, flags, uid, modifiers } => {
            Meaning::of("STORE")
                .uid(*uid)
                .text("messages", set(sequence_set))
                .text(
                    "what",
                    match kind {
                        StoreType::Replace => "replace",
                        StoreType::Add => "add",
                        StoreType::Remove => "remove",
                    },
                )
                .text("silent", *response == StoreResponse::Silent)
                .list("flags", flags.iter().map(flag))
                .list(
                    "modifiers",
                    modifiers.iter().map(|modifier| match modifier {
                        StoreModifier::UnchangedSince(value) => format!("unchanged since {value}"),
                    }),
                )
        }
        CommandBody::Copy { sequence_set, mailbox, uid } => Meaning::of("COPY")
            .uid(*uid)
            .text("messages", set(sequence_set))
            .string("mailbox", name(mailbox)),
        CommandBody::Move { sequence_set, mailbox, uid } => Meaning::of("MOVE")
            .uid(*uid)
            .text("messages", set(sequence_set))
            .string("mailbox", name(mailbox)),
        CommandBody::GetQuota { root } => Meaning::of("GETQUOTA").string("root", root.as_ref()),
        CommandBody::GetQuotaRoot { mailbox } => named("GETQUOTAROOT", mailbox),
        CommandBody::SetQuota { root, quotas } => {
            Meaning::of("SETQUOTA").string("root", root.as_ref()).list(
                "limits",
                quotas.iter().map(|one| {
                    format!("{} {}", one.resource.to_string().to_ascii_uppercase(), one.limit)
                }),
            )
        }
        other => panic!("we never send {other:?}"),
    }
}

fn name<'a>(mailbox: &'a Mailbox<'_>) -> &'a [u8] {
    match mailbox {
        Mailbox::Inbox => b"INBOX",
        Mailbox::Other(other) => other.as_ref(),
    }
}

fn pattern<'a>(pattern: &'a ListMailbox<'_>) -> &'a [u8] {
    match pattern {
        ListMailbox::Token(token) => token.as_ref(),
        ListMailbox::String(string) => string.as_ref(),
    }
}

fn status_item(item: &StatusDataItemName) -> String {
    match item {
        StatusDataItemName::Messages => "MESSAGES",
        StatusDataItemName::Recent => "RECENT",
        StatusDataItemName::UidNext => "UIDNEXT",
        StatusDataItemName::UidValidity => "UIDVALIDITY",
        StatusDataItemName::Unseen => "UNSEEN",
        StatusDataItemName::Deleted => "DELETED",
        StatusDataItemName::DeletedStorage => "DELETED-STORAGE",
        StatusDataItemName::Size => "SIZE",
        StatusDataItemName::HighestModSeq => "HIGHESTMODSEQ",
    }
    .to_owned()
}

fn select(meaning: Meaning, parameters: &[SelectParameter]) -> Meaning {
    parameters.iter().fold(meaning, |meaning, parameter| match parameter {
        SelectParameter::CondStore => meaning.text("condstore", ""),
        SelectParameter::QResync {
            uid_validity,
            mod_sequence_value,
            known_uids,
            seq_match_data,
        } => {
            assert_eq!(*seq_match_data, None);
            let meaning =
                meaning.text("uid validity", uid_validity).text("mod-sequence", mod_sequence_value);
            match known_uids {
                Some(uids) => meaning.text("known", set(uids)),
                None => meaning,
            }
        }
    })
}

fn set(set: &SequenceSet) -> String {
    let end = |end: &SeqOrUid| match end {
        SeqOrUid::Value(number) => number.to_string(),
        SeqOrUid::Asterisk => "*".to_owned(),
    };
    let ranges: Vec<_> = set
        .0
        .as_ref()
        .iter()
        .map(|sequence| match sequence {
            Sequence::Single(one) => end(one),
            Sequence::Range(first, last) => format!("{} to {}", end(first), end(last)),
        })
        .collect();
    ranges.join(", ")
}

fn flag(flag: &Flag<'_>) -> String {
    flag.to_string()
}

/// As chrono shows it, year first.
fn date(date: &NaiveDate) -> String {
    format!("{:?}", date.as_ref())
}

fn date_time(date: &DateTime) -> String {
    let date = date.as_ref();
    format!("{} {}", date.timestamp(), date.offset().local_minus_utc() / 60)
}

fn item(item: &MessageDataItemName<'_>) -> String {
    let range = |partial: &Option<(u32, NonZeroU32)>| match partial {
        Some((offset, octets)) => format!(" {octets} octets from {offset}"),
        None => String::new(),
    };
    let path = |path: &[NonZeroU32]| (!path.is_empty()).then(|| part(path.iter().copied()));
    match item {
        MessageDataItemName::Uid => "UID".to_owned(),
        MessageDataItemName::Flags => "FLAGS".to_owned(),
        MessageDataItemName::InternalDate => "INTERNALDATE".to_owned(),
        MessageDataItemName::Rfc822Size => "RFC822.SIZE".to_owned(),
        MessageDataItemName::Envelope => "ENVELOPE".to_owned(),
        MessageDataItemName::Body => "BODY".to_owned(),
        MessageDataItemName::BodyStructure => "BODYSTRUCTURE".to_owned(),
        MessageDataItemName::Rfc822 => "RFC822".to_owned(),
        MessageDataItemName::Rfc822Header => "RFC822.HEADER".to_owned(),
        MessageDataItemName::Rfc822Text => "RFC822.TEXT".to_owned(),
        MessageDataItemName::ModSeq => "MODSEQ".to_owned(),
        MessageDataItemName::BodyExt { section: which, partial, peek } => {
            format!("body peek={peek} of {}{}", section(which.as_ref()), range(partial))
        }
        MessageDataItemName::Binary { section, partial, peek } => {
            format!("binary peek={peek} of part {:?}{}", path(section), range(partial))
        }
        MessageDataItemName::BinarySize { section } => {
            format!("binary size of part {:?}", path(section))
        }
    }
}

fn section(section: Option<&Section<'_>>) -> String {
    let names = |names: &[AString<'_>]| {
        let names: Vec<_> = names.iter().map(|name| name.as_ref().to_vec()).collect();
        format!("{names:?}")
    };
    let (which, text) = match section {
        None => (None, "all".to_owned()),
        Some(Section::Part(part)) => (Some(part), "all".to_owned()),
        Some(Section::Header(part)) => (part.as_ref(), "header".to_owned()),
        Some(Section::Text(part)) => (part.as_ref(), "text".to_owned()),
        Some(Section::Mime(part)) => (Some(part), "mime".to_owned()),
        Some(Section::HeaderFields(part, fields)) => {
            (part.as_ref(), format!("fields {}", names(fields.as_ref())))
        }
        Some(Section::HeaderFieldsNot(part, fields)) => {
            (part.as_ref(), format!("fields but {}", names(fields.as_ref())))
        }
    };
    let which = which.map(|Part(path)| part(path.as_ref().iter().copied()));
    format!("part {which:?} {text}")
}

fn conditions(all: &[SearchKey<'_>]) -> Query {
    let mut keys = Vec::new();
    all.iter().for_each(|key| names(key, &mut keys));
    Query::new(keys, |says| {
        let mut place = 0;
        // Evaluates each condition, because that counts the places.
        all.iter().map(|key| holds(key, &mut place, says)).fold(true, |all, one| all & one)
    })
}

/// Whether a search is true; `place` is that of its first condition, and then of the one after its
/// last.
fn holds(key: &SearchKey<'_>, place: &mut usize, says: &dyn Fn(usize) -> bool) -> bool {
    match key {
        SearchKey::Not(one) => !holds(one, place, says),
        SearchKey::Or(one, other) => {
            let one = holds(one, place, says);
            one | holds(other, place, says)
        }
        SearchKey::And(keys) => {
            keys.as_ref().iter().map(|key| holds(key, place, says)).fold(true, |all, one| all & one)
        }
        _ => {
            *place += 1;
            says(*place - 1)
        }
    }
}

fn names(key: &SearchKey<'_>, into: &mut Vec<String>) {
    let text = |word: &str, text: &AString<'_>| format!("{word} {}", text.as_ref().escape_ascii());
    into.push(match key {
        SearchKey::Not(one) => return names(one, into),
        SearchKey::Or(one, other) => {
            names(one, into);
            return names(other, into);
        }
        SearchKey::And(keys) => return keys.as_ref().iter().for_each(|key| names(key, into)),
        SearchKey::All => "ALL".to_owned(),
        SearchKey::Answered => "ANSWERED".to_owned(),
        SearchKey::Deleted => "DELETED".to_owned(),
        SearchKey::Draft => "DRAFT".to_owned(),
        SearchKey::Flagged => "FLAGGED".to_owned(),
        SearchKey::Seen => "SEEN".to_owned(),
        SearchKey::Recent => "RECENT".to_owned(),
        SearchKey::New => "NEW".to_owned(),
        SearchKey::Old => "OLD".to_owned(),
        SearchKey::Unanswered => "UNANSWERED".to_owned(),
        SearchKey::Undeleted => "UNDELETED".to_owned(),
        SearchKey::Undraft => "UNDRAFT".to_owned(),
        SearchKey::Unflagged => "UNFLAGGED".to_owned(),
        SearchKey::Unseen => "UNSEEN".to_owned(),
        SearchKey::Keyword(keyword) => format!("KEYWORD {}", keyword.as_ref()),
        SearchKey::Unkeyword(keyword) => format!("UNKEYWORD {}", keyword.as_ref()),
        SearchKey::Bcc(value) => text("BCC", value),
        SearchKey::Body(value) => text("BODY", value),
        SearchKey::Cc(value) => text("CC", value),
        SearchKey::From(value) => text("FROM", value),
        SearchKey::Subject(value) => text("SUBJECT", value),
        SearchKey::Text(value) => text("TEXT", value),
        SearchKey::To(value) => text("TO", value),
        SearchKey::Header(name, value) => text(&text("HEADER", name), value),
        SearchKey::Before(day) => format!("BEFORE {}", date(day)),
        SearchKey::On(day) => format!("ON {}", date(day)),
        SearchKey::Since(day) => format!("SINCE {}", date(day)),
        SearchKey::SentBefore(day) => format!("SENTBEFORE {}", date(day)),
        SearchKey::SentOn(day) => format!("SENTON {}", date(day)),
        SearchKey::SentSince(day) => format!("SENTSINCE {}", date(day)),
        SearchKey::Larger(octets) => format!("LARGER {octets}"),
        SearchKey::Smaller(octets) => format!("SMALLER {octets}"),
        SearchKey::Older(seconds) => format!("OLDER {seconds}"),
        SearchKey::Younger(seconds) => format!("YOUNGER {seconds}"),
        SearchKey::SequenceSet(one) => format!("numbers {}", set(one)),
        SearchKey::Uid(one) => format!("UID {}", set(one)),
        SearchKey::ModSequence { entry: None, modseq } => format!("MODSEQ {modseq}"),
        other => panic!("we never send {other:?}"),
    });
}
