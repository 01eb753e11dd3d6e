//! The intended meaning: that of a command of `imap-proto-lite`, from its types alone.

use imap_proto_lite::{
    command::{AppendData, Command, FetchItem, Messages, SelectParameters, StoreAction},
    date::{Date, DateTime},
    flag::Flag,
    mailbox_name::MailboxName,
    search::{SearchKey, SearchQuery, SortKey, ThreadAlgorithm},
    section::{Partial, Section, SectionText},
    sequence::{Endpoint, Number, Set},
};

use crate::meaning::{Meaning, Query, part};

/// The meaning of `command` in a session with or without UTF-8. Covers every command that
/// imap-codec knows.
pub(crate) fn meaning(command: &Command<'_>, utf8: bool) -> Meaning {
    let named = |verb, mailbox| Meaning::of(verb).string("mailbox", &name(mailbox, utf8));
    match command {
        Command::Capability => Meaning::of("CAPABILITY"),
        Command::Noop => Meaning::of("NOOP"),
        Command::Logout => Meaning::of("LOGOUT"),
        Command::StartTls => Meaning::of("STARTTLS"),
        Command::Namespace => Meaning::of("NAMESPACE"),
        Command::Compress => Meaning::of("COMPRESS").text("algorithm", "DEFLATE"),
        Command::Idle => Meaning::of("IDLE"),
        Command::Unselect => Meaning::of("UNSELECT"),
        Command::Check => Meaning::of("CHECK"),
        Command::Close => Meaning::of("CLOSE"),
        Command::Expunge => Meaning::of("EXPUNGE"),
        Command::Id(parameters) => {
            parameters.iter().fold(Meaning::of("ID"), |meaning, parameter| {
                let meaning = meaning.string("name", parameter.name().as_bytes());
                match parameter.value() {
                    Some(value) => meaning.string("value", value.as_bytes()),
                    None => meaning.text("no value", ""),
                }
            })
        }
        Command::Login { user, password } => Meaning::of("LOGIN")
            .string("user", user.as_bytes())
            .string("password", password.as_bytes()),
        Command::Authenticate { mechanism, initial_response } => {
            let meaning = Meaning::of("AUTHENTICATE")
                .text("mechanism", mechanism.as_str().to_ascii_uppercase());
            match initial_response {
                Some(response) => meaning.string("response", response),
                None => meaning,
            }
        }
        Command::Enable { capabilities } => Meaning::of("ENABLE")
            .list("capabilities", capabilities.iter().map(|one| one.as_str().to_ascii_uppercase())),
        Command::List { reference, patterns, .. } => patterns.iter().fold(
            Meaning::of("LIST").string("reference", &name(reference, utf8)),
            |meaning, one| meaning.string("pattern", &pattern(one, utf8)),
        ),
        Command::Lsub { reference, pattern: one } => Meaning::of("LSUB")
            .string("reference", &name(reference, utf8))
            .string("pattern", &pattern(one, utf8)),
        Command::Status { mailbox, items } => named("STATUS", mailbox)
            .list("items", items.iter().map(|item| item.keyword().to_owned())),
        Command::Select { mailbox, parameters } => select(named("SELECT", mailbox), parameters),
        Command::Examine { mailbox, parameters } => select(named("EXAMINE", mailbox), parameters),
        Command::Create { mailbox, .. } => named("CREATE", mailbox),
        Command::Delete { mailbox } => named("DELETE", mailbox),
        Command::Rename { from, to } => named("RENAME", from).string("to", &name(to, utf8)),
        Command::Subscribe { mailbox } => named("SUBSCRIBE", mailbox),
        Command::Unsubscribe { mailbox } => named("UNSUBSCRIBE", mailbox),
        Command::Append { mailbox, message } => {
            let meaning = named("APPEND", mailbox).list("flags", flags(&message.flags));
            let meaning = match message.date {
                Some(date) => meaning.text("date", date_time(date)),
                None => meaning,
            };
            let form = match message.data {
                AppendData::Literal => "literal",
                AppendData::Literal8 => "literal8",
                other => panic!("{other:?}"),
            };
            meaning.text(form, message.octets)
        }
        Command::UidExpunge { uids } => {
            Meaning::of("EXPUNGE").uid(true).text("messages", set(uids))
        }
        Command::Search { uid, query, .. } => {
            let meaning = Meaning::of("SEARCH").uid(*uid);
            let meaning = if query.needs_charset() && !utf8 {
                meaning.text("charset", "UTF-8")
            } else {
                meaning
            };
            meaning.query(&conditions(query))
        }
        Command::Sort { uid, criteria, query } => Meaning::of("SORT")
            .uid(*uid)
            .list(
                "criteria",
                criteria.iter().map(|one| format!("{} reverse={}", sort_key(one.key), one.reverse)),
            )
            .text("charset", charset(query, utf8))
            .query(&conditions(query)),
        Command::Thread { uid, algorithm, query } => Meaning::of("THREAD")
            .uid(*uid)
            .text(
                "algorithm",
                match algorithm {
                    ThreadAlgorithm::OrderedSubject => "ORDEREDSUBJECT",
                    ThreadAlgorithm::References => "REFERENCES",
                    ThreadAlgorithm::Refs => "REFS",
                    other => panic!("{other:?}"),
                },
            )
            .text("charset", charset(query, utf8))
            .query(&conditions(query)),
        Command::Fetch { messages, items, modifiers } => {
            let mut said = Vec::new();
            if let Some(mod_seq) = modifiers.changed_since {
                said.push(format!("changed since {mod_seq}"));
            }
            if modifiers.vanished {
                said.push("vanished".to_owned());
            }
            Meaning::of("FETCH")
                .uid(messages.is_uid())
                .text("messages", numbers(messages))
                .list("items", items.iter().map(item))
                .list("modifiers", said)
        }
        Command::Store { messages, action, silent, unchanged_since } => {
            let (what, all) = match action {
                StoreAction::ReplaceFlags(flags) => ("replace", flags),
                StoreAction::AddFlags(flags) => ("add", flags),
                StoreAction::RemoveFlags(flags) => ("remove", flags),
                other => panic!("{other:?}"),
            };
            Meaning::of("STORE")
                .uid(messages.is_uid())
                .text("messages", numbers(messages))
                .text("what", what)
                .text("silent", silent)
                .list("flags", flags(all))
                .list(
                    "modifiers",
                    unchanged_since.map(|mod_seq| format!("unchanged since {mod_seq}")),
                )
        }
        Command::Copy { messages, mailbox } => Meaning::of("COPY")
            .uid(messages.is_uid())
            .text("messages", numbers(messages))
            .string("mailbox", &name(mailbox, utf8)),
        Command::Move { messages, mailbox } => Meaning::of("MOVE")
            .uid(messages.is_uid())
            .text("messages", numbers(messages))
            .string("mailbox", &name(mailbox, utf8)),
        Command::GetQuota { root } => Meaning::of("GETQUOTA").string("root", root.as_bytes()),
        Command::GetQuotaRoot { mailbox } => named("GETQUOTAROOT", mailbox),
        Command::SetQuota { root, limits } => {
            Meaning::of("SETQUOTA").string("root", root.as_bytes()).list(
                "limits",
                limits
                    .iter()
                    .map(|(name, limit)| format!("{} {limit}", name.as_str().to_ascii_uppercase())),
            )
        }
        other => panic!("imap-codec should not know {other:?}"),
    }
}

/// The bytes of a name. `INBOX` is one name in any case.
fn name(mailbox: &MailboxName<'_>, utf8: bool) -> Vec<u8> {
    if mailbox.is_inbox() { b"INBOX".to_vec() } else { pattern(mailbox, utf8) }
}

/// A name of the program is all ASCII in modified UTF-7; one of a server is sent as it came.
fn pattern(mailbox: &MailboxName<'_>, utf8: bool) -> Vec<u8> {
    let raw = mailbox.raw();
    if utf8 && raw.is_ascii() {
        mailbox.decoded(true).as_bytes().to_vec()
    } else {
        raw.into_owned()
    }
}

fn select(meaning: Meaning, parameters: &SelectParameters<'_>) -> Meaning {
    match parameters {
        SelectParameters::None => meaning,
        SelectParameters::CondStore => meaning.text("condstore", ""),
        SelectParameters::QResync { uid_validity, mod_seq, known_uids } => {
            let meaning = meaning.text("uid validity", uid_validity).text("mod-sequence", mod_seq);
            match known_uids {
                Some(uids) => meaning.text("known", set(uids)),
                None => meaning,
            }
        }
        other => panic!("{other:?}"),
    }
}

fn set<N: Number>(set: &Set<N>) -> String {
    let end = |end: &Endpoint<N>| match end {
        Endpoint::Number(number) => number.to_string(),
        Endpoint::Last => "*".to_owned(),
    };
    let ranges: Vec<_> =
        set.ranges()
            .map(|(first, last)| {
                if first == last {
                    end(&first)
                } else {
                    format!("{} to {}", end(&first), end(&last))
                }
            })
            .collect();
    ranges.join(", ")
}

fn numbers(messages: &Messages<'_>) -> String {
    match messages {
        Messages::Sequence(one) => set(one),
        Messages::Uid(one) => set(one),
        Messages::SavedResult { .. } => panic!("imap-codec does not know $"),
    }
}

fn flags<'a>(flags: &'a [Flag<'a>]) -> impl Iterator<Item = String> + 'a {
    flags.iter().map(|flag| {
        let (prefix, name) = flag.as_wire();
        format!("{prefix}{}", String::from_utf8_lossy(name))
    })
}

fn date(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

fn date_time(date: DateTime) -> String {
    format!("{} {}", date.unix_timestamp(), date.offset_minutes())
}

fn charset(query: &SearchQuery<'_>, utf8: bool) -> &'static str {
    if utf8 || query.needs_charset() { "UTF-8" } else { "US-ASCII" }
}

const fn sort_key(key: SortKey) -> &'static str {
    match key {
        SortKey::Arrival => "ARRIVAL",
        SortKey::Cc => "CC",
        SortKey::Date => "DATE",
        SortKey::From => "FROM",
        SortKey::Size => "SIZE",
        SortKey::Subject => "SUBJECT",
        SortKey::To => "TO",
        SortKey::DisplayFrom => "DISPLAYFROM",
        SortKey::DisplayTo => "DISPLAYTO",
        _ => panic!("a sort key that is new"),
    }
}

fn item(item: &FetchItem<'_>) -> String {
    let range = |partial: &Option<Partial>| match partial {
        Some(Partial { offset, octets }) => format!(" {octets} octets from {offset}"),
        None => String::new(),
    };
    match item {
        FetchItem::Uid => "UID".to_owned(),
        FetchItem::Flags => "FLAGS".to_owned(),
        FetchItem::InternalDate => "INTERNALDATE".to_owned(),
        FetchItem::Rfc822Size => "RFC822.SIZE".to_owned(),
        FetchItem::Envelope => "ENVELOPE".to_owned(),
        FetchItem::Body => "BODY".to_owned(),
        FetchItem::BodyStructure => "BODYSTRUCTURE".to_owned(),
        FetchItem::Rfc822 => "RFC822".to_owned(),
        FetchItem::Rfc822Header => "RFC822.HEADER".to_owned(),
        FetchItem::Rfc822Text => "RFC822.TEXT".to_owned(),
        FetchItem::ModSeq => "MODSEQ".to_owned(),
        FetchItem::BodySection { section: which, partial, peek } => {
            format!("body peek={peek} of {}{}", section(which), range(partial))
        }
        FetchItem::Binary { part: which, partial, peek } => {
            let which = which.as_ref().map(|which| part(which.path()));
            format!("binary peek={peek} of part {which:?}{}", range(partial))
        }
        FetchItem::BinarySize { part: which } => {
            let which = which.as_ref().map(|which| part(which.path()));
            format!("binary size of part {which:?}")
        }
        other => panic!("imap-codec should not know {other:?}"),
    }
}

fn section(section: &Section<'_>) -> String {
    let text = match &section.text {
        None => "all".to_owned(),
        Some(SectionText::Header) => "header".to_owned(),
        Some(SectionText::Text) => "text".to_owned(),
        Some(SectionText::Mime) => "mime".to_owned(),
        Some(SectionText::HeaderFields(names)) => {
            let names: Vec<_> = names.iter().map(|name| name.as_bytes().to_vec()).collect();
            format!("fields {names:?}")
        }
        Some(SectionText::HeaderFieldsNot(names)) => {
            let names: Vec<_> = names.iter().map(|name| name.as_bytes().to_vec()).collect();
            format!("fields but {names:?}")
        }
        Some(other) => panic!("{other:?}"),
    };
    let which = section.part.as_ref().map(|which| part(which.path()));
    format!("part {which:?} {text}")
}

fn conditions(query: &SearchQuery<'_>) -> Query {
    let keys: Vec<_> = query.keys().map(condition).collect();
    let count = keys.len();
    Query::new(keys, |says| {
        // The conditions are asked for from the last to the first.
        let mut place = count;
        query.matches(|_| {
            place -= 1;
            says(place)
        })
    })
}

fn condition(key: &SearchKey<'_>) -> String {
    let text = |word: &str, text: &str| format!("{word} {}", text.as_bytes().escape_ascii());
    match key {
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
        SearchKey::Keyword(keyword) => format!("KEYWORD {keyword}"),
        SearchKey::Unkeyword(keyword) => format!("UNKEYWORD {keyword}"),
        SearchKey::Bcc(value) => text("BCC", value.as_str()),
        SearchKey::Body(value) => text("BODY", value.as_str()),
        SearchKey::Cc(value) => text("CC", value.as_str()),
        SearchKey::From(value) => text("FROM", value.as_str()),
        SearchKey::Subject(value) => text("SUBJECT", value.as_str()),
        SearchKey::Text(value) => text("TEXT", value.as_str()),
        SearchKey::To(value) => text("TO", value.as_str()),
        SearchKey::Header { name, value } => text(&text("HEADER", name.as_str()), value.as_str()),
        SearchKey::Before(day) => format!("BEFORE {}", date(*day)),
        SearchKey::On(day) => format!("ON {}", date(*day)),
        SearchKey::Since(day) => format!("SINCE {}", date(*day)),
        SearchKey::SentBefore(day) => format!("SENTBEFORE {}", date(*day)),
        SearchKey::SentOn(day) => format!("SENTON {}", date(*day)),
        SearchKey::SentSince(day) => format!("SENTSINCE {}", date(*day)),
        SearchKey::Larger(octets) => format!("LARGER {octets}"),
        SearchKey::Smaller(octets) => format!("SMALLER {octets}"),
        SearchKey::Older(seconds) => format!("OLDER {seconds}"),
        SearchKey::Younger(seconds) => format!("YOUNGER {seconds}"),
        SearchKey::Sequence(one) => format!("numbers {}", set(one)),
        SearchKey::Uid(one) => format!("UID {}", set(one)),
        SearchKey::ModSeq(mod_seq) => format!("MODSEQ {mod_seq}"),
        other => panic!("imap-codec should not know {other:?}"),
    }
}
