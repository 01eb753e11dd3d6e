//! SEARCH: RFC 9051 section 6.4.4, RFC 5032 (WITHIN), RFC 7162, RFC 8474, RFC 8514, RFC 9394 and
//! Gmail's keys.
//!
//! A query is a flat list in the prefix order of the wire, so a deep one needs no deep stack.

use alloc::vec::Vec;

pub(crate) mod read;

use crate::types::{AString, Atom, Date, HeaderName, Keyword, ModSeq, SequenceSet, UidSet};

/// One condition.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SearchKey<'a> {
    /// Every message.
    All,
    /// `\Answered` is set.
    Answered,
    /// `\Deleted` is set.
    Deleted,
    /// `\Draft` is set.
    Draft,
    /// `\Flagged` is set.
    Flagged,
    /// `\Seen` is set.
    Seen,
    /// `\Recent` is set (RFC 3501).
    Recent,
    /// `\Recent` is set and `\Seen` is not (RFC 3501).
    New,
    /// `\Recent` is not set (RFC 3501).
    Old,
    /// `\Answered` is not set.
    Unanswered,
    /// `\Deleted` is not set.
    Undeleted,
    /// `\Draft` is not set.
    Undraft,
    /// `\Flagged` is not set.
    Unflagged,
    /// `\Seen` is not set.
    Unseen,
    /// This keyword is set.
    Keyword(Keyword<'a>),
    /// This keyword is not set.
    Unkeyword(Keyword<'a>),
    /// The Bcc field holds this text.
    Bcc(AString<'a>),
    /// The body holds this text.
    Body(AString<'a>),
    /// The Cc field holds this text.
    Cc(AString<'a>),
    /// The From field holds this text.
    From(AString<'a>),
    /// The Subject field holds this text.
    Subject(AString<'a>),
    /// Header or body hold this text.
    Text(AString<'a>),
    /// The To field holds this text.
    To(AString<'a>),
    /// This header field holds this text; any text if it is empty.
    Header {
        /// The name of the field.
        name: HeaderName<'a>,
        /// What it holds.
        value: AString<'a>,
    },
    /// The internal date is before this day.
    Before(Date),
    /// The internal date is this day.
    On(Date),
    /// The internal date is this day or later.
    Since(Date),
    /// The Date field is before this day.
    SentBefore(Date),
    /// The Date field is this day.
    SentOn(Date),
    /// The Date field is this day or later.
    SentSince(Date),
    /// It was saved before this day (RFC 8514).
    SavedBefore(Date),
    /// It was saved on this day (RFC 8514).
    SavedOn(Date),
    /// It was saved on this day or later (RFC 8514).
    SavedSince(Date),
    /// The mailbox keeps save dates (RFC 8514).
    SaveDateSupported,
    /// More octets than this.
    Larger(u64),
    /// Fewer octets than this.
    Smaller(u64),
    /// Received longer ago than this many seconds, 1 at least (RFC 5032).
    Older(u32),
    /// Received within this many seconds, 1 at least (RFC 5032).
    Younger(u32),
    /// These messages.
    Sequence(SequenceSet),
    /// These messages.
    Uid(UidSet),
    /// `$`: the saved result (RFC 5182).
    SavedResult,
    /// Changed at or after this modification sequence (RFC 7162).
    ModSeq(ModSeq),
    /// The message with this id (RFC 8474).
    EmailId(Atom<'a>),
    /// The messages of this thread (RFC 8474).
    ThreadId(Atom<'a>),
    /// Gmail: a query in the language of its web page.
    GmailRaw(AString<'a>),
    /// Gmail: the message with this id.
    GmailMessageId(u64),
    /// Gmail: the messages of this thread.
    GmailThreadId(u64),
    /// Gmail: the messages with this label.
    GmailLabel(AString<'a>),
}

impl SearchKey<'_> {
    /// The keys that are one word.
    pub(crate) const WORDS: [Self; 16] = [
        Self::All,
        Self::Answered,
        Self::Deleted,
        Self::Draft,
        Self::Flagged,
        Self::Seen,
        Self::Recent,
        Self::New,
        Self::Old,
        Self::Unanswered,
        Self::Undeleted,
        Self::Undraft,
        Self::Unflagged,
        Self::Unseen,
        Self::SaveDateSupported,
        Self::SavedResult,
    ];

    /// Whether the key is one word.
    pub(crate) fn is_word(&self) -> bool {
        Self::WORDS.contains(self)
    }

    /// The word that the key begins with; none before a sequence set.
    pub(crate) const fn keyword(&self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Answered => "ANSWERED",
            Self::Deleted => "DELETED",
            Self::Draft => "DRAFT",
            Self::Flagged => "FLAGGED",
            Self::Seen => "SEEN",
            Self::Recent => "RECENT",
            Self::New => "NEW",
            Self::Old => "OLD",
            Self::Unanswered => "UNANSWERED",
            Self::Undeleted => "UNDELETED",
            Self::Undraft => "UNDRAFT",
            Self::Unflagged => "UNFLAGGED",
            Self::Unseen => "UNSEEN",
            Self::Keyword(_) => "KEYWORD",
            Self::Unkeyword(_) => "UNKEYWORD",
            Self::Bcc(_) => "BCC",
            Self::Body(_) => "BODY",
            Self::Cc(_) => "CC",
            Self::From(_) => "FROM",
            Self::Subject(_) => "SUBJECT",
            Self::Text(_) => "TEXT",
            Self::To(_) => "TO",
            Self::Header { .. } => "HEADER",
            Self::Before(_) => "BEFORE",
            Self::On(_) => "ON",
            Self::Since(_) => "SINCE",
            Self::SentBefore(_) => "SENTBEFORE",
            Self::SentOn(_) => "SENTON",
            Self::SentSince(_) => "SENTSINCE",
            Self::SavedBefore(_) => "SAVEDBEFORE",
            Self::SavedOn(_) => "SAVEDON",
            Self::SavedSince(_) => "SAVEDSINCE",
            Self::SaveDateSupported => "SAVEDATESUPPORTED",
            Self::Larger(_) => "LARGER",
            Self::Smaller(_) => "SMALLER",
            Self::Older(_) => "OLDER",
            Self::Younger(_) => "YOUNGER",
            Self::Sequence(_) => "",
            Self::Uid(_) => "UID",
            Self::SavedResult => "$",
            Self::ModSeq(_) => "MODSEQ",
            Self::EmailId(_) => "EMAILID",
            Self::ThreadId(_) => "THREADID",
            Self::GmailRaw(_) => "X-GM-RAW",
            Self::GmailMessageId(_) => "X-GM-MSGID",
            Self::GmailThreadId(_) => "X-GM-THRID",
            Self::GmailLabel(_) => "X-GM-LABELS",
        }
    }
}

/// One step of a query in prefix order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Node<'a> {
    Key(SearchKey<'a>),
    /// The next query, negated.
    Not,
    /// One of the next two queries.
    Or,
    /// All of the next `n` queries, `n` > 1.
    And(usize),
}

/// A search query: conditions joined by and, or, not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SearchQuery<'a> {
    nodes: Vec<Node<'a>>,
}

impl<'a> SearchQuery<'a> {
    /// Every message.
    #[must_use]
    pub fn all() -> Self {
        Self::from(SearchKey::All)
    }

    /// All of these; every message if there is none.
    pub fn and(queries: impl IntoIterator<Item = Self>) -> Self {
        let mut nodes = Vec::from([Node::And(0)]);
        let mut count = 0;
        for mut query in queries {
            count += 1;
            nodes.append(&mut query.nodes);
        }
        match count {
            0 => return Self::all(),
            1 => drop(nodes.remove(0)),
            _ => {
                if let Some(first) = nodes.first_mut() {
                    *first = Node::And(count);
                }
            }
        }
        Self { nodes }
    }

    /// One of these two.
    #[must_use]
    pub fn or(one: Self, two: Self) -> Self {
        let mut nodes = Vec::with_capacity(1 + one.nodes.len() + two.nodes.len());
        nodes.push(Node::Or);
        nodes.extend(one.nodes);
        nodes.extend(two.nodes);
        Self { nodes }
    }

    /// Not this one.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "the RFC's word; no operator is meant")]
    pub fn not(query: Self) -> Self {
        let mut nodes = Vec::with_capacity(1 + query.nodes.len());
        nodes.push(Node::Not);
        nodes.extend(query.nodes);
        Self { nodes }
    }

    /// All conditions, in their order.
    pub fn keys(&self) -> impl Iterator<Item = &SearchKey<'a>> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Key(key) => Some(key),
            Node::Not | Node::Or | Node::And(_) => None,
        })
    }

    /// Whether a message matches, given the value of each condition for it.
    pub fn matches(&self, mut key: impl FnMut(&SearchKey<'a>) -> bool) -> bool {
        // Read backwards, prefix order needs only a stack of values.
        let mut values: Vec<bool> = Vec::new();
        for node in self.nodes.iter().rev() {
            let value = match node {
                Node::Key(one) => key(one),
                Node::Not => !values.pop().unwrap_or_default(),
                Node::Or => {
                    let one = values.pop().unwrap_or_default();
                    values.pop().unwrap_or_default() || one
                }
                Node::And(count) => {
                    let rest = values.len().saturating_sub(*count);
                    values.drain(rest..).all(|one| one)
                }
            };
            values.push(value);
        }
        values.pop().unwrap_or_default()
    }

    pub(crate) fn nodes(&self) -> &[Node<'a>] {
        &self.nodes
    }

    pub(crate) const fn from_nodes(nodes: Vec<Node<'a>>) -> Self {
        Self { nodes }
    }

    /// Whether a text in it is not ASCII, so that CHARSET is needed.
    pub fn needs_charset(&self) -> bool {
        self.keys().any(|key| match key {
            SearchKey::Bcc(text)
            | SearchKey::Body(text)
            | SearchKey::Cc(text)
            | SearchKey::From(text)
            | SearchKey::Subject(text)
            | SearchKey::Text(text)
            | SearchKey::To(text)
            | SearchKey::GmailRaw(text)
            | SearchKey::GmailLabel(text)
            | SearchKey::Header { value: text, .. } => !text.as_str().is_ascii(),
            _ => false,
        })
    }
}

impl<'a> From<SearchKey<'a>> for SearchQuery<'a> {
    fn from(key: SearchKey<'a>) -> Self {
        Self { nodes: Vec::from([Node::Key(key)]) }
    }
}

/// A window of results (RFC 9394): positions from 1, or from -1 backwards.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a range has two ends")]
pub struct PartialRange {
    /// One end; negative counts from the last result.
    pub first: i64,
    /// The other end, of the same sign.
    pub last: i64,
}

/// What an extended search gives back: RFC 9051 section 6.4.4, RFC 5182, RFC 9394.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct SearchReturn {
    /// The lowest number.
    pub min: bool,
    /// The highest number.
    pub max: bool,
    /// All numbers, as a set.
    pub all: bool,
    /// How many.
    pub count: bool,
    /// Keep the result as `$`.
    pub save: bool,
    /// A window of the numbers.
    pub partial: Option<PartialRange>,
}

/// By what SORT orders: RFC 5256.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum SortKey {
    /// Internal date.
    Arrival,
    /// First Cc mailbox.
    Cc,
    /// Sent date.
    Date,
    /// First From mailbox.
    From,
    /// Octets.
    Size,
    /// Base subject.
    Subject,
    /// First To mailbox.
    To,
    /// Display name of the first From address (RFC 5957).
    DisplayFrom,
    /// Display name of the first To address (RFC 5957).
    DisplayTo,
}

impl SortKey {
    /// All of them.
    pub(crate) const ALL: [Self; 9] = [
        Self::Arrival,
        Self::Cc,
        Self::Date,
        Self::From,
        Self::Size,
        Self::Subject,
        Self::To,
        Self::DisplayFrom,
        Self::DisplayTo,
    ];

    pub(crate) const fn keyword(self) -> &'static str {
        match self {
            Self::Arrival => "ARRIVAL",
            Self::Cc => "CC",
            Self::Date => "DATE",
            Self::From => "FROM",
            Self::Size => "SIZE",
            Self::Subject => "SUBJECT",
            Self::To => "TO",
            Self::DisplayFrom => "DISPLAYFROM",
            Self::DisplayTo => "DISPLAYTO",
        }
    }
}

/// One criterion of SORT.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_structs, reason = "`sort-criterion` has two pieces")]
pub struct SortCriterion {
    /// By what.
    pub key: SortKey,
    /// Largest first.
    pub reverse: bool,
}

/// How THREAD finds threads: RFC 5256, and `REFS` of Dovecot and Cyrus.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ThreadAlgorithm {
    /// By base subject, in order of date.
    OrderedSubject,
    /// By Message-ID, In-Reply-To and References.
    References,
    /// As `References`, without joining by subject.
    Refs,
}

impl ThreadAlgorithm {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::OrderedSubject, Self::References, Self::Refs];

    pub(crate) const fn keyword(self) -> &'static str {
        match self {
            Self::OrderedSubject => "ORDEREDSUBJECT",
            Self::References => "REFERENCES",
            Self::Refs => "REFS",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: SearchKey<'static>) -> SearchQuery<'static> {
        key.into()
    }

    #[test]
    fn queries_are_evaluated_without_recursion() {
        let query = SearchQuery::and([
            SearchQuery::or(key(SearchKey::Seen), SearchQuery::not(key(SearchKey::Flagged))),
            key(SearchKey::Draft),
        ]);
        let value = |seen: bool, flagged: bool, draft: bool| {
            query.matches(|key| match key {
                SearchKey::Seen => seen,
                SearchKey::Flagged => flagged,
                _ => draft,
            })
        };
        for bits in 0..8 {
            let (seen, flagged, draft) = (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0);
            assert_eq!(value(seen, flagged, draft), (seen || !flagged) && draft);
        }
        let deep = (0..1_000_000).fold(key(SearchKey::Seen), |query, _| {
            let mut nodes = query.nodes;
            nodes.push(Node::Not);
            SearchQuery { nodes }
        });
        let nodes = deep.nodes.into_iter().rev().collect();
        assert!(SearchQuery { nodes }.matches(|_| true));
    }

    #[test]
    fn one_query_is_its_own_conjunction() {
        assert_eq!(SearchQuery::and([key(SearchKey::Seen)]), key(SearchKey::Seen));
        assert_eq!(SearchQuery::and([]), SearchQuery::all());
    }
}
