//! Events and responses as short text.

use imap_proto_lite::{
    CommandId, Response,
    client::Event,
    response::{BodyData, Esearch, FetchAttribute, ResponseCode, ResultSet},
};
use mail_harness::text::quoted;

use super::structure;

/// Events as text, the chunks of a body joined.
pub(crate) fn show_all(events: &[Event], name: impl Fn(CommandId) -> String) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for event in events.iter().map(|event| show(event, &name)) {
        match (all.last_mut(), event.strip_prefix("body \"")) {
            (Some(last), Some(more)) if last.starts_with("body \"") => {
                last.pop();
                last.push_str(more);
            }
            _ => all.push(event),
        }
    }
    all
}

/// An event; `name` gives the name of its command.
pub(crate) fn show(event: &Event, name: impl Fn(CommandId) -> String) -> String {
    match event {
        Event::Greeting { status, code, text, .. } => {
            let code = show_code(code.as_ref());
            format!("greeting {status:?} {code}{}", quoted(text.as_bytes()))
        }
        Event::Untagged(line) => show_response(&line.response()).trim_end().to_owned(),
        Event::BodyStart { seq, uid, section, origin, binary, octets, .. } => {
            let number = |number: Option<u32>| {
                number.map_or_else(|| "-".into(), |number| number.to_string())
            };
            let binary = if *binary { "binary " } else { "" };
            let origin = origin.map_or(String::new(), |origin| format!("<{origin}>"));
            format!(
                "body-start {} uid {} {binary}[{section}]{origin} {octets}",
                number(seq.map(|seq| seq.get())),
                number(uid.map(|uid| uid.get()))
            )
        }
        Event::Body { chunk, .. } => format!("body {}", quoted(chunk)),
        Event::BodyEnd => "body-end".into(),
        Event::Continuation { id, .. } => format!("continuation {}", name(*id)),
        Event::Challenge { id, data, .. } => format!("challenge {} {}", name(*id), quoted(data)),
        Event::OAuthFailure { failure, .. } => {
            format!(
                "oauth-failure status {:?} scope {:?} schemes {:?}",
                failure.status, failure.scope, failure.schemes
            )
        }
        Event::ReadyForData { id, .. } => format!("ready {}", name(*id)),
        Event::Idling { id, .. } => format!("idling {}", name(*id)),
        Event::StartTls { id, .. } => format!("start-tls {}", name(*id)),
        Event::StartCompression { id, .. } => format!("start-compression {}", name(*id)),
        Event::Done { id, status, code, text, .. } => {
            let code = show_code(code.as_ref());
            format!("done {} {status:?} {code}{}", name(*id), quoted(text.as_bytes()))
        }
        Event::Unrecognized { line, .. } => {
            format!("unrecognized {}", quoted(line.trim_ascii_end()))
        }
        _ => format!("{event:?}"),
    }
}

fn show_code(code: Option<&ResponseCode<'_>>) -> String {
    let inside = match code {
        None => return String::new(),
        Some(ResponseCode::UidValidity(value)) => format!("UIDVALIDITY {}", value.get()),
        Some(ResponseCode::UidNext(value)) => format!("UIDNEXT {value}"),
        Some(ResponseCode::Unseen(value)) => format!("UNSEEN {value}"),
        Some(ResponseCode::HighestModSeq(value)) => format!("HIGHESTMODSEQ {value}"),
        Some(ResponseCode::PermanentFlags(flags)) => {
            format!(
                "PERMANENTFLAGS {}",
                flags.iter().map(|flag| flag.to_string()).collect::<Vec<_>>().join(" ")
            )
        }
        Some(ResponseCode::AppendUid { uid_validity, uids }) => {
            format!("APPENDUID {} {}", uid_validity.get(), String::from_utf8_lossy(uids.as_wire()))
        }
        Some(ResponseCode::CopyUid { uid_validity, source, destination }) => format!(
            "COPYUID {} {} {}",
            uid_validity.get(),
            String::from_utf8_lossy(source.as_wire()),
            String::from_utf8_lossy(destination.as_wire())
        ),
        Some(ResponseCode::Other { name, argument }) => {
            let argument = argument
                .as_ref()
                .map_or(String::new(), |argument| format!(" {}", argument.to_str_lossy()));
            format!("{}{argument}", name.to_str_lossy())
        }
        Some(ResponseCode::Modified(set)) => {
            format!("MODIFIED {}", String::from_utf8_lossy(set.as_wire()))
        }
        Some(ResponseCode::MailboxId(id)) => format!("MAILBOXID {id:?}"),
        Some(ResponseCode::BadCharset(names)) => format!("BADCHARSET {names:?}"),
        Some(ResponseCode::WebAlert(page)) => format!("WEBALERT {page:?}"),
        Some(ResponseCode::InProgress { tag, progress, goal }) => {
            format!("INPROGRESS {tag:?} {progress:?} {goal:?}")
        }
        Some(code) => code.name().unwrap_or("?").to_owned(),
    };
    format!("[{inside}] ")
}

fn words<'a>(words: impl Iterator<Item = &'a [u8]>) -> String {
    words.map(|word| word.escape_ascii().to_string()).collect::<Vec<_>>().join(" ")
}

/// One response as text: what a client would look at.
pub(crate) fn show_response(response: &Response<'_>) -> String {
    match response {
        Response::Condition { condition, code, text } => {
            format!(
                "* {} {}{}",
                format!("{condition:?}").to_uppercase(),
                show_code(code.as_ref()),
                String::from_utf8_lossy(text)
            )
        }
        Response::Capability(list) => format!("* CAPABILITY {}", words(list.iter())),
        Response::Enabled(list) => format!("* ENABLED {}", words(list.iter())),
        Response::List(entry) | Response::Lsub(entry) => {
            let kind = if matches!(response, Response::List(_)) { "LIST" } else { "LSUB" };
            let attributes: Vec<String> =
                entry.attributes.iter().map(|attribute| attribute.to_string()).collect();
            let delimiter = entry
                .delimiter
                .map_or_else(|| "none".into(), |octet| char::from(octet).to_string());
            format!(
                "* {kind} ({}) {delimiter} {}",
                attributes.join(" "),
                entry.mailbox.raw().escape_ascii()
            )
        }
        Response::Status(status) => {
            let values: Vec<String> =
                status.values.iter().map(|value| format!("{value:?}")).collect();
            format!("* STATUS {} ({})", status.mailbox.raw().escape_ascii(), values.join(" "))
        }
        Response::Flags(flags) => format!(
            "* FLAGS {}",
            flags.iter().map(|flag| flag.to_string()).collect::<Vec<_>>().join(" ")
        ),
        Response::Exists(count) => format!("* EXISTS {count}"),
        Response::Recent(count) => format!("* RECENT {count}"),
        Response::Expunge(seq) => format!("* EXPUNGE {seq}"),
        Response::Vanished { earlier, uids } => {
            format!(
                "* VANISHED {}{}",
                if *earlier { "earlier " } else { "" },
                String::from_utf8_lossy(uids.as_wire())
            )
        }
        Response::Fetch(fetch) => {
            format!("* FETCH {} {}", fetch.seq, show_attributes(fetch.iter()))
        }
        Response::UidFetch { uid, attributes } => {
            format!("* UIDFETCH {uid} {}", show_attributes(attributes.iter()))
        }
        Response::Search(result) | Response::Sort(result) => {
            let kind = if matches!(response, Response::Search(_)) { "SEARCH" } else { "SORT" };
            let numbers: Vec<String> =
                result.numbers.iter().map(|number| number.to_string()).collect();
            let mod_seq = result.mod_seq.map_or(String::new(), |value| format!(" MODSEQ {value}"));
            format!("* {kind} {}{mod_seq}", numbers.join(" "))
        }
        Response::Esearch(result) => show_esearch(result),
        Response::Unknown { name, number, .. } => {
            format!(
                "* unknown {}{}",
                number.map_or(String::new(), |number| format!("{number} ")),
                name.escape_ascii()
            )
        }
        Response::Malformed { raw } => {
            format!("* malformed {}", raw.trim_ascii_end().escape_ascii())
        }
        other => format!("* {other:?}"),
    }
}

/// Only the values that are present.
fn show_esearch(result: &Esearch<'_>) -> String {
    let set = |set: &ResultSet<'_>| match set {
        ResultSet::Sequence(set) => set.as_wire().escape_ascii().to_string(),
        ResultSet::Uid(set) => format!("uid {}", set.as_wire().escape_ascii()),
    };
    let mut shown = String::from("* ESEARCH");
    if let Some(tag) = &result.tag {
        shown += &format!(" tag {}", tag.to_str_lossy());
    }
    if result.uid {
        shown += " uid";
    }
    for (name, value) in [("min", result.min), ("max", result.max)] {
        if let Some(value) = value {
            shown += &format!(" {name} {value}");
        }
    }
    if let Some(count) = result.count {
        shown += &format!(" count {count}");
    }
    if let Some(all) = &result.all {
        shown += &format!(" all {}", set(all));
    }
    if let Some((range, part)) = &result.partial {
        let part = part.as_ref().map_or_else(|| "nothing".into(), set);
        shown += &format!(" partial {range:?} {part}");
    }
    if let Some(value) = result.mod_seq {
        shown += &format!(" modseq {value}");
    }
    for (name, value) in &result.others {
        shown += &format!(" other {} {}", name.to_str_lossy(), value.to_str_lossy());
    }
    shown
}

fn show_attributes<'a>(attributes: impl Iterator<Item = FetchAttribute<'a>>) -> String {
    let data = |data: &BodyData<'_>| match data {
        BodyData::Nil => "nil".to_owned(),
        BodyData::Inline(text) => {
            format!("inline {}", text.to_cow().escape_ascii()).trim_end().to_owned()
        }
        BodyData::Streamed { octets } => format!("streamed {octets}"),
        other => format!("{other:?}"),
    };
    let shown: Vec<String> = attributes
        .map(|attribute| match &attribute {
            FetchAttribute::Uid(uid) => format!("UID {uid}"),
            FetchAttribute::Flags(flags) => {
                format!(
                    "FLAGS ({})",
                    flags.iter().map(|flag| flag.to_string()).collect::<Vec<_>>().join(" ")
                )
            }
            FetchAttribute::Rfc822Size(size) => format!("SIZE {size}"),
            FetchAttribute::ModSeq(value) => format!("MODSEQ {value}"),
            FetchAttribute::InternalDate(date) => format!("DATE {}", date.raw().to_str_lossy()),
            FetchAttribute::Envelope(envelope) => {
                format!("ENVELOPE {}", structure::envelope(envelope))
            }
            FetchAttribute::BodyStructure(body) => {
                format!("BODYSTRUCTURE {}", structure::body(body))
            }
            FetchAttribute::Body(body) => format!("BODY {}", structure::body(body)),
            FetchAttribute::BodySection { section, data: value, .. } => {
                format!("BODY[{section}] {}", data(value))
            }
            FetchAttribute::Rfc822(value) => format!("RFC822 {}", data(value)),
            FetchAttribute::Unknown { name, value } => {
                format!("unknown {} {}", name.escape_ascii(), value.escape_ascii())
            }
            FetchAttribute::Malformed { name, raw } => {
                format!("malformed {} {}", name.escape_ascii(), raw.escape_ascii())
            }
            other => format!("{other:?}"),
        })
        .collect();
    shown.join(", ")
}
