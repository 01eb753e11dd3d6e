//! The values of a response as one line, in the words of the table.

use std::fmt::Write as _;

use imap_proto_lite::{
    body_structure::{BodyStructure, PartKind},
    envelope::{AddressList, Envelope},
    flag::Flags,
    response::{
        BodyData, Condition, Esearch, FetchAttribute, ListEntry, Response, ResponseCode, ResultSet,
        StatusValue,
    },
    sequence::{Number, Ranges},
    string::IString,
};

pub(crate) fn facts(response: &Response<'_>) -> String {
    match response {
        Response::Tagged { tag, condition, code, text } => {
            format!("tag={tag} {}", status(*condition, code.as_ref(), text))
        }
        Response::Condition { condition, code, text } => status(*condition, code.as_ref(), text),
        Response::Continuation { text } => format!("CONTINUE {}", text.len()),
        Response::Capability(list) => format!("CAPABILITY {}", words(list.iter())),
        Response::Enabled(list) => format!("ENABLED {}", words(list.iter())),
        Response::List(entry) => list("LIST", entry),
        Response::Lsub(entry) => list("LSUB", entry),
        Response::Status(status) => {
            let values: Vec<_> = status.values.iter().map(|value| status_value(&value)).collect();
            format!("STATUS {} {}", status.mailbox.raw().escape_ascii(), values.join(" "))
        }
        Response::Flags(list) => format!("FLAGS {}", flags(list)),
        Response::Exists(count) => format!("EXISTS {count}"),
        Response::Recent(count) => format!("RECENT {count}"),
        Response::Expunge(seq) => format!("EXPUNGE {seq}"),
        Response::Noop => "NOOP".to_owned(),
        Response::Vanished { earlier, uids } => {
            format!("VANISHED {}{}", if *earlier { "earlier " } else { "" }, ranges(uids))
        }
        Response::Fetch(fetch) => fetch
            .iter()
            .fold(format!("FETCH {}", fetch.seq), |line, one| line + " " + &attribute(&one)),
        Response::UidFetch { uid, attributes } => attributes
            .iter()
            .fold(format!("UIDFETCH {uid}"), |line, one| line + " " + &attribute(&one)),
        Response::Search(result) => search("SEARCH", result),
        Response::Sort(result) => search("SORT", result),
        Response::Esearch(result) => esearch(result),
        Response::Thread(threads) => {
            let numbers: Vec<_> = threads
                .messages
                .iter()
                .filter_map(|one| one.number.map(|number| number.to_string()))
                .collect();
            format!("THREAD numbers={} threads={}", numbers.join(","), threads.roots().count())
        }
        Response::Namespace(namespaces) => {
            let kinds = [&namespaces.personal, &namespaces.other_users, &namespaces.shared].map(
                |entries| {
                    let entries: Vec<_> = entries
                        .iter()
                        .map(|entry| {
                            let delimiter = entry.delimiter.map_or_else(String::new, |octet| {
                                format!(":{}", octet.escape_ascii())
                            });
                            escaped(&entry.prefix) + &delimiter
                        })
                        .collect();
                    if entries.is_empty() { "-".to_owned() } else { entries.join("|") }
                },
            );
            format!("NAMESPACE {}", kinds.join(" "))
        }
        Response::Id(None) => "ID NIL".to_owned(),
        Response::Id(Some(fields)) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| format!("{}={}", escaped(name), nil(value.as_ref())))
                .collect();
            format!("ID {}", fields.join(" "))
        }
        Response::Quota(quota) => {
            let resources: Vec<_> = quota
                .resources
                .iter()
                .map(|one| format!("{}={}/{}", escaped(&one.name), one.usage, one.limit))
                .collect();
            format!("QUOTA {} {}", escaped(&quota.root), resources.join(" "))
        }
        Response::QuotaRoot(root) => root
            .roots
            .iter()
            .fold(format!("QUOTAROOT {}", root.mailbox.raw().escape_ascii()), spaced),
        Response::Acl(acl) => {
            let start = format!("ACL {}", acl.mailbox.raw().escape_ascii());
            acl.entries
                .iter()
                .flat_map(|entry| [&entry.identifier, &entry.rights])
                .fold(start, spaced)
        }
        Response::MyRights { mailbox, rights } => {
            spaced(format!("MYRIGHTS {}", mailbox.raw().escape_ascii()), rights)
        }
        Response::ListRights(rights) => {
            let start = format!("LISTRIGHTS {}", rights.mailbox.raw().escape_ascii());
            [&rights.identifier, &rights.required]
                .into_iter()
                .chain(&rights.optional)
                .fold(start, spaced)
        }
        other => format!("{other:?}"),
    }
}

fn escaped(text: &IString<'_>) -> String {
    text.to_cow().escape_ascii().to_string()
}

fn spaced(line: String, text: &IString<'_>) -> String {
    line + " " + &escaped(text)
}

/// NIL, or the first 40 characters.
fn nil(text: Option<&IString<'_>>) -> String {
    text.map_or_else(|| "NIL".to_owned(), |text| escaped(text).chars().take(40).collect())
}

fn words<'a>(words: impl Iterator<Item = &'a [u8]>) -> String {
    words.map(|word| word.escape_ascii().to_string()).collect::<Vec<_>>().join(",")
}

fn ranges<N: Number>(set: &Ranges<'_, N>) -> String {
    set.iter().map(|range| format!("{}:{}", range.first, range.last)).collect::<Vec<_>>().join(",")
}

fn result_set(set: &ResultSet<'_>) -> String {
    match set {
        ResultSet::Sequence(set) => ranges(set),
        ResultSet::Uid(set) => ranges(set),
    }
}

fn flags(list: &Flags<'_>) -> String {
    let names: Vec<_> = list
        .iter()
        .map(|flag| {
            String::from_utf8_lossy(flag.as_wire().0.as_bytes()).into_owned()
                + &latin(flag.as_wire().1)
        })
        .collect();
    if names.is_empty() { "-".to_owned() } else { names.join(",") }
}

fn latin(octets: &[u8]) -> String {
    octets.iter().map(|octet| char::from(*octet)).collect()
}

fn status(condition: Condition, code: Option<&ResponseCode<'_>>, text: &[u8]) -> String {
    let word = match condition {
        Condition::Ok => "OK",
        Condition::No => "NO",
        Condition::Bad => "BAD",
        Condition::Bye => "BYE",
        Condition::PreAuth => "PREAUTH",
    };
    let code = code.map_or_else(String::new, |code| format!(" code={}", code_facts(code)));
    format!("{word}{code} text={}", text.len())
}

fn code_facts(code: &ResponseCode<'_>) -> String {
    let name = code.name().unwrap_or("other");
    match code {
        ResponseCode::UidNext(value) | ResponseCode::Unseen(value) => format!("{name} {value}"),
        ResponseCode::UidValidity(value) => format!("{name} {value}"),
        ResponseCode::HighestModSeq(value) => format!("{name} {value}"),
        ResponseCode::Capability(list) => format!("{name} {}", words(list.iter())),
        ResponseCode::PermanentFlags(list) => format!("{name} {}", flags(list)),
        ResponseCode::AppendUid { uid_validity, uids } => {
            format!("{name} {uid_validity} {}", ranges(uids))
        }
        ResponseCode::CopyUid { uid_validity, source, destination } => {
            format!("{name} {uid_validity} {} {}", ranges(source), ranges(destination))
        }
        ResponseCode::Modified(set) => format!("{name} {}", ranges(set)),
        ResponseCode::BadCharset(names) => format!(
            "{name} {}",
            names.iter().map(|one| escaped(&one)).collect::<Vec<_>>().join(",")
        ),
        ResponseCode::MailboxId(id) | ResponseCode::Referral(id) => {
            format!("{name} {}", escaped(id))
        }
        ResponseCode::Other { name, argument } => {
            format!(
                "other {} {}",
                escaped(name),
                argument.as_ref().map_or_else(|| "-".to_owned(), escaped)
            )
        }
        _ => name.to_owned(),
    }
}

fn list(kind: &str, entry: &ListEntry<'_>) -> String {
    let mut attributes: Vec<_> =
        entry.attributes.iter().map(|one| latin(one.name()).to_ascii_lowercase()).collect();
    attributes.sort();
    let attributes = if attributes.is_empty() { "-".to_owned() } else { attributes.join(",") };
    let delimiter =
        entry.delimiter.map_or_else(|| "NIL".to_owned(), |octet| octet.escape_ascii().to_string());
    format!("{kind} {attributes} delimiter={delimiter} name={}", entry.mailbox.raw().escape_ascii())
}

fn status_value(value: &StatusValue<'_>) -> String {
    match value {
        StatusValue::Messages(value) => format!("MESSAGES={value}"),
        StatusValue::Recent(value) => format!("RECENT={value}"),
        StatusValue::UidNext(value) => format!("UIDNEXT={value}"),
        StatusValue::UidValidity(value) => format!("UIDVALIDITY={value}"),
        StatusValue::Unseen(value) => format!("UNSEEN={value}"),
        StatusValue::Deleted(value) => format!("DELETED={value}"),
        StatusValue::Size(value) => format!("SIZE={value}"),
        StatusValue::DeletedStorage(value) => format!("DELETED-STORAGE={value}"),
        StatusValue::HighestModSeq(value) => format!("HIGHESTMODSEQ={value}"),
        StatusValue::AppendLimit(Some(value)) => format!("APPENDLIMIT={value}"),
        StatusValue::MailboxId(id) => format!("MAILBOXID={}", escaped(id)),
        other => format!("{other:?}"),
    }
}

fn search(kind: &str, result: &imap_proto_lite::response::SearchResult<'_>) -> String {
    let sum: u64 = result.numbers.iter().map(|number| u64::from(number.get())).sum();
    let first = result.numbers.first().map_or_else(|| "-".to_owned(), |number| number.to_string());
    let mod_seq = result.mod_seq.map_or_else(|| "-".to_owned(), |value| value.to_string());
    format!("{kind} n={} sum={sum} first={first} modseq={mod_seq}", result.numbers.len())
}

fn esearch(result: &Esearch<'_>) -> String {
    let tag = result.tag.as_ref().map_or_else(|| "-".to_owned(), escaped);
    let mut line = format!("ESEARCH tag={tag}{}", if result.uid { " uid" } else { "" });
    let mut item = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(line, " {name}={value}");
        }
    };
    item("MIN", result.min.map(|value| value.to_string()));
    item("MAX", result.max.map(|value| value.to_string()));
    item("COUNT", result.count.map(|value| value.to_string()));
    item("MODSEQ", result.mod_seq.map(|value| value.to_string()));
    item("ALL", result.all.as_ref().map(result_set));
    item(
        "PARTIAL",
        result.partial.as_ref().map(|(range, set)| {
            format!(
                "{}:{}={}",
                range.first,
                range.last,
                set.as_ref().map_or_else(|| "NIL".to_owned(), result_set)
            )
        }),
    );
    line
}

fn data(data: &BodyData<'_>) -> String {
    match data {
        BodyData::Inline(text) => text.len().to_string(),
        BodyData::Streamed { octets } => octets.to_string(),
        _ => "NIL".to_owned(),
    }
}

fn attribute(attribute: &FetchAttribute<'_>) -> String {
    let date = |date: &imap_proto_lite::date::ServerDate<'_>| {
        date.date_time().map_or_else(|| "-".to_owned(), |date| date.unix_timestamp().to_string())
    };
    let origin =
        |origin: &Option<u64>| origin.map_or_else(String::new, |origin| format!("<{origin}>"));
    match attribute {
        FetchAttribute::Uid(uid) => format!("UID={uid}"),
        FetchAttribute::Flags(list) => format!("FLAGS={}", flags(list)),
        FetchAttribute::InternalDate(one) => format!("INTERNALDATE={}", date(one)),
        FetchAttribute::Rfc822Size(octets) => format!("RFC822.SIZE={octets}"),
        FetchAttribute::ModSeq(value) => format!("MODSEQ={value}"),
        FetchAttribute::Envelope(one) => format!("ENVELOPE {}", envelope(one)),
        FetchAttribute::Body(structure) => format!("BODY {}", parts(structure)),
        FetchAttribute::BodyStructure(structure) => format!("BODYSTRUCTURE {}", parts(structure)),
        FetchAttribute::BodySection { section, origin: at, data: value } => {
            // Of a list of header fields only that it is one.
            let section = section.to_string().to_ascii_uppercase();
            let section = section
                .split_once(" (")
                .map_or_else(|| section.clone(), |(word, _)| format!("{word}.."));
            format!("BODY[{section}]{}={}", origin(at), data(value))
        }
        FetchAttribute::Rfc822(value) => format!("RFC822={}", data(value)),
        FetchAttribute::Rfc822Header(value) => format!("RFC822.HEADER={}", data(value)),
        FetchAttribute::Rfc822Text(value) => format!("RFC822.TEXT={}", data(value)),
        FetchAttribute::Binary { part, origin: at, data: value } => {
            format!(
                "BINARY[{}]{}={}",
                part.as_ref().map_or_else(String::new, ToString::to_string),
                origin(at),
                data(value)
            )
        }
        FetchAttribute::BinarySize { part, octets } => {
            format!(
                "BINARY.SIZE[{}]={octets}",
                part.as_ref().map_or_else(String::new, ToString::to_string)
            )
        }
        FetchAttribute::GmailMessageId(id) => format!("X-GM-MSGID={id}"),
        FetchAttribute::GmailThreadId(id) => format!("X-GM-THRID={id}"),
        FetchAttribute::GmailLabels(labels) => {
            format!(
                "X-GM-LABELS={}",
                labels.iter().map(|label| escaped(&label)).collect::<Vec<_>>().join("|")
            )
        }
        FetchAttribute::EmailId(id) => format!("EMAILID={}", escaped(id)),
        FetchAttribute::ThreadId(id) => format!("THREADID={}", nil(id.as_ref())),
        FetchAttribute::Preview(text) => format!("PREVIEW={}", nil(text.as_ref())),
        FetchAttribute::SaveDate(one) => {
            format!("SAVEDATE={}", one.as_ref().map_or_else(|| "NIL".to_owned(), date))
        }
        other => format!("{other:?}"),
    }
}

fn addresses(list: &AddressList<'_>) -> String {
    list.first().map_or_else(
        || "0".to_owned(),
        |first| {
            format!("{}:{}@{}", list.len(), nil(first.mailbox.as_ref()), nil(first.host.as_ref()))
        },
    )
}

fn envelope(envelope: &Envelope<'_>) -> String {
    format!(
        "subject={} from={} to={} cc={} id={}",
        nil(envelope.subject().as_ref()),
        addresses(&envelope.from()),
        addresses(&envelope.to()),
        addresses(&envelope.cc()),
        nil(envelope.message_id().as_ref())
    )
}

fn parts(structure: &BodyStructure<'_>) -> String {
    let parts = structure.parts().map(|part| {
        let number = part.number().map_or_else(|| "-".to_owned(), |number| number.to_string());
        let lower = |text: &IString<'_>| escaped(text).to_ascii_lowercase();
        let name = format!("{number}={}/{}", lower(&part.media_type()), lower(&part.subtype()));
        if part.kind() == PartKind::Multipart {
            return name;
        }
        let octets = part.octets().map_or_else(|| "-".to_owned(), |octets| octets.to_string());
        let lines = part.lines().map_or_else(String::new, |lines| format!(",lines{lines}"));
        let encoding = nil(part.encoding().as_ref()).to_ascii_lowercase();
        format!("{name},{octets},params{},{encoding}{lines}", part.parameters().len())
    });
    parts.collect::<Vec<_>>().join(" ")
}
