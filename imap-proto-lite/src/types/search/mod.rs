//! SEARCH: RFC 9051 section 6.4.4, RFC 5032 (WITHIN), RFC 7162, RFC 8474, RFC 8514, RFC 9394 and
//! Gmail's keys.
//!
//! A query is a flat list in the prefix order of the wire, so a deep one needs no deep stack.

use alloc::vec::Vec;
use core::iter;

pub(crate) mod read;

use crate::{
    types::{AString, Atom, Date, HeaderName, Keyword, ModSeq, SequenceSet, UidSet},
    wire::keywords::keywords,
};

macro_rules! search_keys {
    (
        words { $($(#[$word_doc:meta])* $unit:ident $word:literal,)* }
        others { $(
            $(#[$doc:meta])*
            $name:ident $(($type:ty))? $({ $($(#[$field_doc:meta])* $field:ident: $of:ty,)* })?
            $keyword:literal,
        )* }
    ) => {
        /// One condition.
        #[derive(Clone, PartialEq, Eq, Debug)]
        #[non_exhaustive]
        pub enum SearchKey<'a> {
            $($(#[$word_doc])* $unit,)*
            $($(#[$doc])* $name $(($type))? $({ $($(#[$field_doc])* $field: $of,)* })?,)*
        }

        impl SearchKey<'static> {
            /// The keys that are one word.
            pub(crate) const WORDS: &'static [Self] = &[$(Self::$unit),*];
        }

        impl SearchKey<'_> {
            /// The word that the key begins with; none before a sequence set.
            pub(crate) const fn keyword(&self) -> &'static str {
                match self {
                    $(Self::$unit => $word,)*
                    $(Self::$name { .. } => $keyword,)*
                }
            }
        }
    };
}

search_keys! {
    words {
        /// Every message.
        All "ALL",
        /// `\Answered` is set.
        Answered "ANSWERED",
        /// `\Deleted` is set.
        Deleted "DELETED",
        /// `\Draft` is set.
        Draft "DRAFT",
        /// `\Flagged` is set.
        Flagged "FLAGGED",
        /// `\Seen` is set.
        Seen "SEEN",
        /// `\Recent` is set (RFC 3501).
        Recent "RECENT",
        /// `\Recent` is set and `\Seen` is not (RFC 3501).
        New "NEW",
        /// `\Recent` is not set (RFC 3501).
        Old "OLD",
        /// `\Answered` is not set.
        Unanswered "UNANSWERED",
        /// `\Deleted` is not set.
        Undeleted "UNDELETED",
        /// `\Draft` is not set.
        Undraft "UNDRAFT",
        /// `\Flagged` is not set.
        Unflagged "UNFLAGGED",
        /// `\Seen` is not set.
        Unseen "UNSEEN",
        /// The mailbox keeps save dates (RFC 8514).
        SaveDateSupported "SAVEDATESUPPORTED",
        /// `$`: the saved result (RFC 5182).
        SavedResult "$",
    }
    others {
        /// This keyword is set.
        Keyword(Keyword<'a>) "KEYWORD",
        /// This keyword is not set.
        Unkeyword(Keyword<'a>) "UNKEYWORD",
        /// The Bcc field holds this text.
        Bcc(AString<'a>) "BCC",
        /// The body holds this text.
        Body(AString<'a>) "BODY",
        /// The Cc field holds this text.
        Cc(AString<'a>) "CC",
        /// The From field holds this text.
        From(AString<'a>) "FROM",
        /// The Subject field holds this text.
        Subject(AString<'a>) "SUBJECT",
        /// Header or body hold this text.
        Text(AString<'a>) "TEXT",
        /// The To field holds this text.
        To(AString<'a>) "TO",
        /// This header field holds this text; any text if it is empty.
        Header {
            /// The name of the field.
            name: HeaderName<'a>,
            /// What it holds.
            value: AString<'a>,
        } "HEADER",
        /// The internal date is before this day.
        Before(Date) "BEFORE",
        /// The internal date is this day.
        On(Date) "ON",
        /// The internal date is this day or later.
        Since(Date) "SINCE",
        /// The Date field is before this day.
        SentBefore(Date) "SENTBEFORE",
        /// The Date field is this day.
        SentOn(Date) "SENTON",
        /// The Date field is this day or later.
        SentSince(Date) "SENTSINCE",
        /// It was saved before this day (RFC 8514).
        SavedBefore(Date) "SAVEDBEFORE",
        /// It was saved on this day (RFC 8514).
        SavedOn(Date) "SAVEDON",
        /// It was saved on this day or later (RFC 8514).
        SavedSince(Date) "SAVEDSINCE",
        /// Larger than this, in bytes.
        Larger(u64) "LARGER",
        /// Smaller than this, in bytes.
        Smaller(u64) "SMALLER",
        /// Received longer ago than this many seconds, 1 at least (RFC 5032).
        Older(u32) "OLDER",
        /// Received within this many seconds, 1 at least (RFC 5032).
        Younger(u32) "YOUNGER",
        /// These messages.
        Sequence(SequenceSet) "",
        /// These messages.
        Uid(UidSet) "UID",
        /// Changed at or after this modification sequence (RFC 7162).
        ModSeq(ModSeq) "MODSEQ",
        /// The message with this id (RFC 8474).
        EmailId(Atom<'a>) "EMAILID",
        /// The messages of this thread (RFC 8474).
        ThreadId(Atom<'a>) "THREADID",
        /// Gmail: a query in the language of its web page.
        GmailRaw(AString<'a>) "X-GM-RAW",
        /// Gmail: the message with this id.
        GmailMessageId(u64) "X-GM-MSGID",
        /// Gmail: the messages of this thread.
        GmailThreadId(u64) "X-GM-THRID",
        /// Gmail: the messages with this label.
        GmailLabel(AString<'a>) "X-GM-LABELS",
    }
}

impl<'a> SearchKey<'a> {
    /// The text that a message must contain.
    pub(crate) const fn text(&self) -> Option<&AString<'a>> {
        match self {
            Self::Bcc(text)
            | Self::Body(text)
            | Self::Cc(text)
            | Self::From(text)
            | Self::Subject(text)
            | Self::Text(text)
            | Self::To(text)
            | Self::GmailRaw(text)
            | Self::GmailLabel(text)
            | Self::Header { value: text, .. } => Some(text),
            _ => None,
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
    pub(crate) nodes: Vec<Node<'a>>,
    /// Sent in UTF-8 even if it is ASCII.
    pub(crate) utf8: bool,
}

impl<'a> SearchQuery<'a> {
    /// Every message.
    #[must_use]
    pub fn all() -> Self {
        Self::from(SearchKey::All)
    }

    /// All of these; every message if there is none.
    pub fn and(queries: impl IntoIterator<Item = Self>) -> Self {
        let queries = Vec::from_iter(queries);
        let start = match queries.len() {
            0 => Some(Node::Key(SearchKey::All)),
            1 => None,
            count => Some(Node::And(count)),
        };
        let utf8 = queries.iter().any(|query| query.utf8);
        let parts = queries.into_iter().flat_map(|query| query.nodes);
        Self { nodes: start.into_iter().chain(parts).collect(), utf8 }
    }

    /// One of these two.
    #[must_use]
    pub fn or(one: Self, two: Self) -> Self {
        let utf8 = one.utf8 || two.utf8;
        Self { nodes: iter::once(Node::Or).chain(one.nodes).chain(two.nodes).collect(), utf8 }
    }

    /// One of these; no message if there is none. Nested as little as possible: servers limit the
    /// depth of a query.
    pub fn any(queries: impl IntoIterator<Item = Self>) -> Self {
        let mut level = Vec::from_iter(queries);
        while level.len() > 1 {
            let mut ones = level.into_iter();
            let pair = || match (ones.next(), ones.next()) {
                (Some(one), Some(two)) => Some(Self::or(one, two)),
                (one, _) => one,
            };
            level = iter::from_fn(pair).collect();
        }
        level.pop().unwrap_or_else(|| Self::not(Self::all()))
    }

    /// Not this one.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "the RFC's word; no operator is meant")]
    pub fn not(query: Self) -> Self {
        let Self { nodes, utf8 } = query;
        Self { nodes: iter::once(Node::Not).chain(nodes).collect(), utf8 }
    }

    /// This query, sent in UTF-8 even if all its texts are ASCII: for a server that refuses
    /// US-ASCII and names UTF-8 in `BADCHARSET`. Where the session is in UTF-8 it changes nothing.
    #[must_use]
    pub fn in_utf8(mut self) -> Self {
        self.utf8 = true;
        self
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

    /// Whether a text in it is not ASCII, or UTF-8 was asked for, so that CHARSET is needed.
    pub fn needs_charset(&self) -> bool {
        self.utf8 || self.keys().filter_map(SearchKey::text).any(|text| !text.as_str().is_ascii())
    }
}

impl<'a> From<SearchKey<'a>> for SearchQuery<'a> {
    fn from(key: SearchKey<'a>) -> Self {
        Self { nodes: Vec::from([Node::Key(key)]), utf8: false }
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

keywords! {
    /// By what SORT orders: RFC 5256.
    #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
    #[non_exhaustive]
    pub enum SortKey {
        /// Internal date.
        Arrival "ARRIVAL",
        /// First Cc mailbox.
        Cc "CC",
        /// Sent date.
        Date "DATE",
        /// First From mailbox.
        From "FROM",
        /// Size in bytes.
        Size "SIZE",
        /// Base subject.
        Subject "SUBJECT",
        /// First To mailbox.
        To "TO",
        /// Display name of the first From address (RFC 5957).
        DisplayFrom "DISPLAYFROM",
        /// Display name of the first To address (RFC 5957).
        DisplayTo "DISPLAYTO",
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

keywords! {
    /// How THREAD finds threads: RFC 5256, and `REFS` of Dovecot and Cyrus.
    #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
    #[non_exhaustive]
    pub enum ThreadAlgorithm {
        /// By base subject, in order of date.
        OrderedSubject "ORDEREDSUBJECT",
        /// By Message-ID, In-Reply-To and References.
        References "REFERENCES",
        /// As `References`, without joining by subject.
        Refs "REFS",
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
            SearchQuery { nodes, utf8: false }
        });
        let nodes = deep.nodes.into_iter().rev().collect();
        assert!(SearchQuery { nodes, utf8: false }.matches(|_| true));
    }

    #[test]
    fn one_of_many_is_nested_as_little_as_possible() {
        let one = |size| key(SearchKey::Larger(size));
        let (a, b, c) = (one(1), one(2), one(3));
        let nested = SearchQuery::or(SearchQuery::or(a.clone(), b.clone()), c.clone());
        assert_eq!(SearchQuery::any([a.clone(), b, c]), nested);
        assert_eq!(SearchQuery::any([a.clone()]), a);
        assert!(!SearchQuery::any([]).matches(|_| true));
        let many = SearchQuery::any((0..1000).map(one));
        let start = many.nodes.iter().take_while(|node| **node == Node::Or).count();
        assert_eq!((start, many.nodes.len()), (10, 1999));
        for wanted in [0, 17, 999, 1000] {
            let found = many.matches(|key| *key == SearchKey::Larger(wanted));
            assert_eq!(found, wanted < 1000);
        }
    }

    #[test]
    fn utf8_is_asked_for_a_whole_query() {
        let utf8 = || key(SearchKey::Seen).in_utf8();
        let ascii = || key(SearchKey::Draft);
        assert!(!SearchQuery::and([ascii(), ascii()]).needs_charset());
        assert!(SearchQuery::and([ascii(), utf8()]).needs_charset());
        assert!(SearchQuery::or(ascii(), utf8()).needs_charset());
        assert!(SearchQuery::not(utf8()).needs_charset());
    }

    #[test]
    fn one_query_is_its_own_conjunction() {
        assert_eq!(SearchQuery::and([key(SearchKey::Seen)]), key(SearchKey::Seen));
        assert_eq!(SearchQuery::and([]), SearchQuery::all());
    }
}
