//! SEARCH over messages in memory ([RFC 9051 section
//! 6.4.4](https://www.rfc-editor.org/rfc/rfc9051#section-6.4.4)).

use std::cell::OnceCell;

use imap_proto_lite::{
    Flag, SeqNumber, Uid,
    date::Date,
    search::{SearchKey, SearchQuery},
};
use mail_parser::{HeaderName, MessageParser, PartType};

use super::folder::Message;

/// The subject of a search: a message and its place in the folder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<'m> {
    pub(super) message: &'m Message,
    pub(super) sequence: SeqNumber,
    pub(super) last_sequence: SeqNumber,
    pub(super) last_uid: Uid,
    /// Seconds since 1970, for OLDER and YOUNGER.
    pub(super) now: i64,
}

/// Whether the message matches the query.
pub(super) fn matches(query: &SearchQuery<'_>, candidate: &Candidate<'_>) -> bool {
    let reading = Reading::of(candidate.message);
    query.matches(|key| key_matches(key, candidate, &reading))
}

fn key_matches(key: &SearchKey<'_>, candidate: &Candidate<'_>, reading: &Reading<'_>) -> bool {
    let message = candidate.message;
    let has = |flag: Flag<'_>| message.has(&flag);
    let day = message.date.div_euclid(86_400);
    let size = u64::try_from(message.content.octets.len()).unwrap_or(u64::MAX);
    let age = candidate.now.saturating_sub(message.date);
    match key {
        SearchKey::All | SearchKey::Old => true,
        SearchKey::Answered => has(Flag::Answered),
        SearchKey::Deleted => has(Flag::Deleted),
        SearchKey::Draft => has(Flag::Draft),
        SearchKey::Flagged => has(Flag::Flagged),
        SearchKey::Seen => has(Flag::Seen),
        SearchKey::Unanswered => !has(Flag::Answered),
        SearchKey::Undeleted => !has(Flag::Deleted),
        SearchKey::Undraft => !has(Flag::Draft),
        SearchKey::Unflagged => !has(Flag::Flagged),
        SearchKey::Unseen => !has(Flag::Seen),
        SearchKey::Keyword(keyword) => has(Flag::Keyword(keyword.clone())),
        SearchKey::Unkeyword(keyword) => !has(Flag::Keyword(keyword.clone())),
        SearchKey::Bcc(text) => reading.field("Bcc", text.as_str()),
        SearchKey::Cc(text) => reading.field("Cc", text.as_str()),
        SearchKey::From(text) => reading.field("From", text.as_str()),
        SearchKey::To(text) => reading.field("To", text.as_str()),
        SearchKey::Subject(text) => reading.field("Subject", text.as_str()),
        SearchKey::Header { name, value } => reading.field(name.as_str(), value.as_str()),
        SearchKey::Body(text) => reading.body(text.as_str()),
        SearchKey::Text(text) => reading.any_field(text.as_str()) || reading.body(text.as_str()),
        SearchKey::Before(date) | SearchKey::SavedBefore(date) => day < date.days_since_epoch(),
        SearchKey::On(date) | SearchKey::SavedOn(date) => day == date.days_since_epoch(),
        SearchKey::Since(date) | SearchKey::SavedSince(date) => day >= date.days_since_epoch(),
        SearchKey::SentBefore(date) => {
            reading.sent().is_some_and(|day| day < date.days_since_epoch())
        }
        SearchKey::SentOn(date) => reading.sent() == Some(date.days_since_epoch()),
        SearchKey::SentSince(date) => {
            reading.sent().is_some_and(|day| day >= date.days_since_epoch())
        }
        SearchKey::Larger(octets) => size > *octets,
        SearchKey::Smaller(octets) => size < *octets,
        SearchKey::Older(seconds) => age >= i64::from(*seconds),
        SearchKey::Younger(seconds) => age <= i64::from(*seconds),
        SearchKey::Sequence(set) => set.contains(candidate.sequence, candidate.last_sequence),
        SearchKey::Uid(set) => {
            Uid::new(message.uid).is_some_and(|uid| set.contains(uid, candidate.last_uid))
        }
        SearchKey::ModSeq(number) => message.mod_seq >= number.get(),
        // No message is recent here, and the other keys belong to capabilities that are not
        // announced.
        _ => false,
    }
}

/// The decoded message, read once for a query.
struct Reading<'m> {
    octets: &'m [u8],
    header: OnceCell<Vec<(String, String)>>,
    body: OnceCell<Vec<String>>,
}

impl<'m> Reading<'m> {
    fn of(message: &'m Message) -> Self {
        Self { octets: &message.content.octets, header: OnceCell::new(), body: OnceCell::new() }
    }

    /// Names and decoded values, in lower case.
    fn header(&self) -> &[(String, String)] {
        self.header.get_or_init(|| {
            // Without explicit headers the parser uses its default set, in which addresses are no
            // text.
            let parser =
                MessageParser::new().header_text(HeaderName::Subject).default_header_text();
            let Some(message) = parser.parse_headers(self.octets) else {
                return Vec::new();
            };
            let headers = message.parts.first().map(|part| part.headers.as_slice());
            headers
                .unwrap_or_default()
                .iter()
                .map(|header| {
                    let value = header.value.as_text().unwrap_or_default();
                    (header.name().to_lowercase(), value.to_lowercase())
                })
                .collect()
        })
    }

    fn field(&self, name: &str, text: &str) -> bool {
        let (name, text) = (name.to_lowercase(), text.to_lowercase());
        self.header().iter().any(|(one, value)| *one == name && value.contains(&text))
    }

    fn any_field(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.header().iter().any(|(name, value)| value.contains(&text) || name.contains(&text))
    }

    fn body(&self, text: &str) -> bool {
        let texts = self.body.get_or_init(|| {
            let mut texts = Vec::new();
            if let Some(message) = MessageParser::default().parse(self.octets) {
                collect_texts(&message, &mut texts);
            }
            texts
        });
        let text = text.to_lowercase();
        texts.iter().any(|one| one.contains(&text))
    }

    /// The day in the Date field, in the zone of the sender.
    fn sent(&self) -> Option<i64> {
        let parser = MessageParser::new().with_date_headers();
        let message = parser.parse_headers(self.octets)?;
        let date = message.date()?;
        Some(Date::new(date.year, date.month, date.day)?.days_since_epoch())
    }
}

/// The texts of all parts. The parser bounds the depth of messages in messages.
fn collect_texts(message: &mail_parser::Message<'_>, texts: &mut Vec<String>) {
    for part in &message.parts {
        match &part.body {
            PartType::Text(text) | PartType::Html(text) => texts.push(text.to_lowercase()),
            PartType::Message(message) => collect_texts(message, texts),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use imap_proto_lite::{AString, HeaderName as FieldName, ModSeq, UidSet, flag::Keyword};

    use super::{
        super::{
            folder::{Content, Folder, flag},
            messages::built_in,
        },
        *,
    };

    fn folder() -> Folder {
        let mut folder = Folder::new(1);
        for seed in built_in() {
            let flags = seed.flags.iter().filter_map(|name| flag(name)).collect();
            folder.add(Arc::new(Content::new(seed.octets)), flags, seed.date);
        }
        folder
    }

    fn found(key: SearchKey<'_>) -> Vec<u32> {
        let folder = folder();
        let query = SearchQuery::from(key);
        let last = folder.messages().len();
        let number = |number| SeqNumber::new(u32::try_from(number).unwrap()).unwrap();
        let messages = folder.messages().iter().enumerate();
        messages
            .filter(|(place, message)| {
                let candidate = Candidate {
                    message,
                    sequence: number(place + 1),
                    last_sequence: number(last),
                    last_uid: Uid::new(folder.uid_next - 1).unwrap(),
                    now: 1_772_438_400 + 86_400,
                };
                matches(&query, &candidate)
            })
            .map(|(_, message)| message.uid)
            .collect()
    }

    #[test]
    fn by_flag() {
        assert_eq!(found(SearchKey::Flagged), [3]);
        assert_eq!(found(SearchKey::Keyword(Keyword::FORWARDED)), [5]);
        assert_eq!(found(SearchKey::Recent), [0; 0]);
        assert_eq!(found(SearchKey::All).len(), 16);
        assert_eq!(found(SearchKey::Unseen).len() + found(SearchKey::Seen).len(), 16);
    }

    fn argument(text: &'static str) -> AString<'static> {
        AString::new(text).unwrap()
    }

    #[test]
    fn by_decoded_text_in_any_case() {
        assert_eq!(found(SearchKey::Subject(argument("eröffnung"))), [2]);
        assert_eq!(found(SearchKey::From(argument("JÜRGEN"))), [2]);
        assert_eq!(found(SearchKey::Subject(argument("you understand"))), [5]);
        assert_eq!(found(SearchKey::From(argument("andré pirard"))), [5]);
        assert_eq!(found(SearchKey::Subject(argument("café"))), [4]);
        assert_eq!(found(SearchKey::Body(argument("Grüße aus Köln"))), [4]);
        assert_eq!(found(SearchKey::Body(argument("明日の会議"))), [13]);
        assert_eq!(found(SearchKey::Body(argument("in html."))), [11]);
        assert_eq!(found(SearchKey::Text(argument("dotted"))), [6]);
        assert_eq!(found(SearchKey::Body(argument("hotel"))), [3]);
        let header = |name: &'static str, value: &'static str| SearchKey::Header {
            name: FieldName::new(name).unwrap(),
            value: argument(value),
        };
        assert_eq!(found(header("in-reply-to", "notes-1")), [11]);
        assert_eq!(found(header("References", "")), [11]);
    }

    #[test]
    fn by_date_and_size() {
        let day = |day| Date::new(2026, 3, day).unwrap();
        assert_eq!(found(SearchKey::On(day(2))), [1, 2, 3]);
        assert_eq!(found(SearchKey::Before(day(3))), [1, 2, 3]);
        assert_eq!(found(SearchKey::Since(day(6))), [14, 15, 16]);
        assert_eq!(found(SearchKey::SentOn(day(4))), [7, 8, 9, 10]);
        assert_eq!(found(SearchKey::Larger(4_999_999)), [15]);
        assert_eq!(found(SearchKey::Larger(5_000_000)), [0; 0]);
        assert_eq!(found(SearchKey::Smaller(140)), [10]);
        assert_eq!(found(SearchKey::Older(70_000)), [1]);
    }

    #[test]
    fn by_number() {
        let uid = |number| Uid::new(number).unwrap();
        assert_eq!(found(SearchKey::Uid(UidSet::range(uid(3), uid(5)))), [3, 4, 5]);
        assert_eq!(found(SearchKey::Uid(UidSet::last())), [16]);
        assert_eq!(found(SearchKey::ModSeq(ModSeq::new(16))), [15, 16]);
    }
}
