//! SEARCH over messages in memory ([RFC 9051 section
//! 6.4.4](https://www.rfc-editor.org/rfc/rfc9051#section-6.4.4)).

use std::{cell::OnceCell, num::NonZeroU32};

use imap_proto_lite::{
    Flag, SeqNumber, Uid,
    date::Date,
    search::{SearchKey, SearchQuery},
};
use mail_parser::{DateTime, HeaderName, MessageParser, PartType};

use super::{
    address::{Address, address_list},
    folder::{Message, digest},
    header, mime,
    subject::BaseSubject,
    thread::Threadable,
};

/// References of one message that count.
const REFERENCES: usize = 500;

/// The subject of a search: a message and its place in the folder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<'m> {
    pub(super) message: &'m Message,
    pub(super) sequence: SeqNumber,
    pub(super) last_sequence: SeqNumber,
    pub(super) last_uid: Uid,
    pub(super) is_recent: bool,
    /// `$`: the saved result, in ascending order.
    pub(super) saved: &'m [Uid],
    /// Seconds since 1970, for OLDER and YOUNGER.
    pub(super) now: i64,
}

/// Whether the message matches the query.
pub(super) fn matches(query: &SearchQuery<'_>, candidate: &Candidate<'_>) -> bool {
    let reading = Reading::of(candidate.message);
    query.matches(|key| key_matches(key, candidate, &reading))
}

/// A key about a flag; `None` for other keys.
fn flag_matches(key: &SearchKey<'_>, candidate: &Candidate<'_>) -> Option<bool> {
    let has = |flag: Flag<'_>| candidate.message.has(&flag);
    Some(match key {
        SearchKey::Recent => candidate.is_recent,
        SearchKey::Old => !candidate.is_recent,
        SearchKey::New => candidate.is_recent && !has(Flag::Seen),
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
        _ => return None,
    })
}

fn key_matches(key: &SearchKey<'_>, candidate: &Candidate<'_>, reading: &Reading<'_>) -> bool {
    if let Some(matches) = flag_matches(key, candidate) {
        return matches;
    }
    let message = candidate.message;
    let day = message.date.div_euclid(86_400);
    let saved = message.saved.div_euclid(86_400);
    let size = message.content.len();
    let age = candidate.now.saturating_sub(message.date);
    match key {
        SearchKey::All | SearchKey::SaveDateSupported => true,
        SearchKey::SavedResult => {
            Uid::new(message.uid).is_some_and(|uid| candidate.saved.binary_search(&uid).is_ok())
        }
        SearchKey::Bcc(text) => reading.field("Bcc", text.as_str()),
        SearchKey::Cc(text) => reading.field("Cc", text.as_str()),
        SearchKey::From(text) => reading.field("From", text.as_str()),
        SearchKey::To(text) => reading.field("To", text.as_str()),
        SearchKey::Subject(text) => reading.field("Subject", text.as_str()),
        SearchKey::Header { name, value } => reading.field(name.as_str(), value.as_str()),
        SearchKey::Body(text) => reading.body(text.as_str()),
        SearchKey::Text(text) => reading.any_field(text.as_str()) || reading.body(text.as_str()),
        SearchKey::Before(date) => day < date.days_since_epoch(),
        SearchKey::On(date) => day == date.days_since_epoch(),
        SearchKey::Since(date) => day >= date.days_since_epoch(),
        SearchKey::SavedBefore(date) => saved < date.days_since_epoch(),
        SearchKey::SavedOn(date) => saved == date.days_since_epoch(),
        SearchKey::SavedSince(date) => saved >= date.days_since_epoch(),
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
        SearchKey::EmailId(id) => email_id(message) == id.as_str(),
        SearchKey::ThreadId(id) => reading.thread_id().as_deref() == Some(id.as_str()),
        SearchKey::GmailMessageId(id) => message.content.digest() == *id,
        SearchKey::GmailThreadId(id) => gmail_thread(reading, message) == *id,
        SearchKey::GmailLabel(label) => {
            message.labels.iter().any(|one| one.eq_ignore_ascii_case(label.as_str()))
        }
        // Every word of the query, anywhere: the language of Gmail has more.
        SearchKey::GmailRaw(query) => query
            .as_str()
            .split_whitespace()
            .all(|word| reading.any_field(word) || reading.body(word)),
        _ => false,
    }
}

/// X-GM-THRID: of a message that names no thread, its own number.
pub(super) fn gmail_thread(reading: &Reading<'_>, message: &Message) -> u64 {
    reading.thread().unwrap_or_else(|| message.content.digest())
}

/// EMAILID ([RFC 8474 section 5.1](https://www.rfc-editor.org/rfc/rfc8474#section-5.1)).
pub(super) fn email_id(message: &Message) -> String {
    format!("M{:016x}", message.content.digest())
}

/// The decoded message, read once for a query.
pub(super) struct Reading<'m> {
    octets: &'m [u8],
    header: OnceCell<Vec<(String, String)>>,
    body: OnceCell<Vec<String>>,
}

impl<'m> Reading<'m> {
    pub(super) fn of(message: &'m Message) -> Self {
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
        let found = self.header().iter().any(|(one, value)| *one == name && value.contains(&text));
        // An address may be written with comments inside of it.
        let is_address = matches!(&*name, "from" | "to" | "cc" | "bcc" | "sender" | "reply-to");
        found
            || is_address
                && self.addresses(&name).iter().any(|one| bare(one).to_lowercase().contains(&text))
    }

    fn addresses(&self, name: &str) -> Vec<Address> {
        let fields = header::fields(self.octets);
        let named = fields.filter(|field| field.name.eq_ignore_ascii_case(name.as_bytes()));
        named.flat_map(|field| address_list(field.value)).collect()
    }

    /// `addr-mailbox` of the first address of a field, in lower case.
    pub(super) fn mailbox(&self, name: &str) -> String {
        let first = self.addresses(name).into_iter().next().unwrap_or_default();
        String::from_utf8_lossy(&first.mailbox.unwrap_or_default()).to_lowercase()
    }

    /// The display name of the first address of a field, else the address, in lower case.
    pub(super) fn display(&self, name: &str) -> String {
        let first = self.addresses(name).into_iter().next().unwrap_or_default();
        let name = first.name.as_deref().map(decoded).filter(|name| !name.is_empty());
        name.unwrap_or_else(|| bare(&first)).to_lowercase()
    }

    /// The base subject.
    pub(super) fn subject(&self) -> BaseSubject {
        let subject = header::value(self.octets, "Subject").unwrap_or_default();
        BaseSubject::of(&decoded(&subject))
    }

    /// What THREAD has to know, for the message with this number and INTERNALDATE.
    pub(super) fn threadable(&self, number: NonZeroU32, date: i64) -> Threadable {
        let ids = |name: &str| message_ids(&header::value(self.octets, name).unwrap_or_default());
        let mut references = ids("References");
        if references.is_empty() {
            references.extend(ids("In-Reply-To").into_iter().next());
        }
        Threadable {
            number,
            message_id: ids("Message-ID").into_iter().next(),
            references,
            subject: self.subject(),
            date: self.sent_at().unwrap_or(date),
        }
    }

    /// A number for the thread: of the first message that it refers to, or of itself.
    pub(super) fn thread(&self) -> Option<u64> {
        let first = ["References", "In-Reply-To", "Message-ID"]
            .into_iter()
            .filter_map(|name| header::value(self.octets, name))
            .find_map(|value| message_ids(&value).into_iter().next())?;
        Some(digest(first.as_bytes()))
    }

    /// THREADID ([RFC 8474 section 5.2](https://www.rfc-editor.org/rfc/rfc8474#section-5.2)).
    pub(super) fn thread_id(&self) -> Option<String> {
        self.thread().map(|thread| format!("T{thread:016x}"))
    }

    /// PREVIEW ([RFC 8970](https://www.rfc-editor.org/rfc/rfc8970)): the begin of the text, at most
    /// 200 characters.
    pub(super) fn preview(&self) -> Option<String> {
        let message = mime::parse(MessageParser::default(), self.octets)?;
        let text = message.body_text(0)?;
        let words: Vec<&str> = text.split_whitespace().collect();
        Some(words.join(" ").chars().take(200).collect())
    }

    fn any_field(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.header().iter().any(|(name, value)| value.contains(&text) || name.contains(&text))
    }

    fn body(&self, text: &str) -> bool {
        let texts = self.body.get_or_init(|| {
            let mut texts = Vec::new();
            if let Some(message) = mime::parse(MessageParser::default(), self.octets) {
                collect_texts(&message, &mut texts);
            }
            texts
        });
        let text = text.to_lowercase();
        texts.iter().any(|one| one.contains(&text))
    }

    /// The day in the Date field, in the zone of the sender.
    fn sent(&self) -> Option<i64> {
        let date = self.date()?;
        Some(Date::new(date.year, date.month, date.day)?.days_since_epoch())
    }

    /// The Date field, in seconds since 1970.
    pub(super) fn sent_at(&self) -> Option<i64> {
        self.date().map(|date| date.to_timestamp())
    }

    fn date(&self) -> Option<DateTime> {
        let parser = MessageParser::new().with_date_headers();
        parser.parse_headers(self.octets)?.date().copied().filter(DateTime::is_valid)
    }
}

/// `mailbox@host`
fn bare(address: &Address) -> String {
    let text = |part: &Option<Vec<u8>>| {
        String::from_utf8_lossy(part.as_deref().unwrap_or_default()).into_owned()
    };
    format!("{}@{}", text(&address.mailbox), text(&address.host))
}

/// Text with encoded words.
fn decoded(text: &[u8]) -> String {
    let field = [b"Subject: ", text, b"\r\n\r\n"].concat();
    let message = MessageParser::new().header_text(HeaderName::Subject).parse_headers(&field[..]);
    message.as_ref().and_then(|message| message.subject()).unwrap_or_default().to_owned()
}

/// The texts between angle brackets. A message has at most so many that count.
fn message_ids(value: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(value);
    let ids = text.split('<').skip(1).filter_map(|piece| Some(piece.split_once('>')?.0));
    ids.map(|id| id.split_whitespace().collect::<String>())
        .filter(|id| !id.is_empty())
        .take(REFERENCES)
        .collect()
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
        let mut folder = Folder::new(1, 1, "alice");
        for seed in built_in() {
            let flags = seed.flags.iter().filter_map(|name| flag(name)).collect();
            folder.add(Arc::new(Content::new(seed.octets)), flags, seed.date, seed.date);
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
                    is_recent: message.uid > 15,
                    saved: &[Uid::new(2).unwrap(), Uid::new(7).unwrap()],
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
        assert_eq!(found(SearchKey::Recent), [16]);
        assert_eq!(found(SearchKey::New), [16]);
        assert_eq!(found(SearchKey::Old).len(), 15);
        assert_eq!(found(SearchKey::SavedResult), [2, 7]);
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

    #[test]
    fn an_address_with_comments_is_found() {
        let text = "From: <user-from (comment)@ (comment) domain.org>\r\n\r\n";
        let mut folder = Folder::new(1, 1, "alice");
        folder.add(Arc::new(Content::new(text.into())), Vec::new(), 0, 0);
        let reading = Reading::of(&folder.messages()[0]);
        assert!(reading.field("From", "user-from@domain.org"));
        assert!(!reading.field("From", "comment@domain.org"));
        assert!(!reading.field("To", "user-from@domain.org"));
    }
}
