//! [`Query`] and [`Found`]: what to search for, and the answer.

use std::{ops::Not, time::Duration};

use crate::{id::IdSet, message::DateTime};

/// A condition on messages: those of RFC 9051 section 6.4.4, and of extensions that name the
/// [`Feature`](crate::Feature) they need.
///
/// A text matches anywhere in the field, and the server ignores case. It holds no line end and,
/// except in [`Header`](Self::Header), is not empty. Of a date only the day counts, as the server
/// sees it.
///
/// ```
/// use mailclient::{DateTime, Query};
///
/// let query = Query::from("ann@example.org")
///     .and(Query::subject("invoice").or(Query::subject("Rechnung")))
///     .and(DateTime::day(2026, 11, 1).map_or(Query::All, Query::Since))
///     .and(Query::Unseen)
///     .and(!Query::keyword("$Junk"));
/// assert!(matches!(query, Query::And(conditions) if conditions.len() == 5));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Query {
    /// Every message.
    #[default]
    All,
    /// The text occurs in the header or the body.
    Text(String),
    /// The text occurs in the body.
    Body(String),
    /// The text occurs in the subject.
    Subject(String),
    /// The text occurs in the sender.
    From(String),
    /// The text occurs in the main recipients.
    To(String),
    /// The text occurs in the recipients of copies.
    Cc(String),
    /// The text occurs in the recipients of blind copies.
    Bcc(String),
    /// The text occurs in this header field. An empty one: the field is there.
    #[non_exhaustive]
    Header {
        /// The name of the field, without its colon.
        name: String,
        /// What it holds.
        text: String,
    },
    /// `\Seen` is set.
    Seen,
    /// `\Seen` is not set.
    Unseen,
    /// `\Answered` is set.
    Answered,
    /// `\Flagged` is set.
    Flagged,
    /// `\Deleted` is set on the server. Messages that are marked here are never found.
    Deleted,
    /// `\Draft` is set.
    Draft,
    /// This keyword is set, for example `$Forwarded`.
    Keyword(String),
    /// Received before that day.
    Before(DateTime),
    /// Received on that day.
    On(DateTime),
    /// Received on that day or later.
    Since(DateTime),
    /// The `Date` field is before that day.
    SentBefore(DateTime),
    /// The `Date` field is that day.
    SentOn(DateTime),
    /// The `Date` field is that day or later.
    SentSince(DateTime),
    /// Received longer ago than this, in whole seconds, at least one (RFC 5032). Needs
    /// [`Feature::AgeSearch`](crate::Feature::AgeSearch).
    Older(Duration),
    /// Received within this time, in whole seconds, at least one (RFC 5032). Needs
    /// [`Feature::AgeSearch`](crate::Feature::AgeSearch).
    Younger(Duration),
    /// Larger than this many bytes.
    Larger(u64),
    /// Smaller than this many bytes.
    Smaller(u64),
    /// One of these messages of the open folder. They go into the command, which may have 64 KiB,
    /// and 8,000 bytes on many servers; a range takes at most 22.
    Ids(IdSet),
    /// Changed at or after this modification sequence (RFC 7162 section 3.1.5). Needs
    /// [`Feature::ModSeqSearch`](crate::Feature::ModSeqSearch).
    ModSeq(u64),
    /// What this query finds on Gmail's web page (`X-GM-RAW`). Needs
    /// [`Feature::GmailSearch`](crate::Feature::GmailSearch).
    Gmail(String),
    /// All of these are true.
    And(Vec<Self>),
    /// At least one of these is true.
    Or(Vec<Self>),
    /// This is false.
    Not(Box<Self>),
}

macro_rules! texts {
    ($( $(#[doc = $doc:literal])+ $name:ident => $variant:ident, )+) => {
        /// Conditions with a text.
        impl Query {
            $(
                $(#[doc = $doc])+
                #[must_use]
                pub fn $name(text: impl Into<String>) -> Self {
                    Self::$variant(text.into())
                }
            )+
        }
    };
}

texts! {
    /// The text occurs in the header or the body.
    text => Text,
    /// The text occurs in the body.
    body => Body,
    /// The text occurs in the subject.
    subject => Subject,
    /// The text occurs in the sender.
    from => From,
    /// The text occurs in the main recipients.
    to => To,
    /// The text occurs in the recipients of copies.
    cc => Cc,
    /// The text occurs in the recipients of blind copies.
    bcc => Bcc,
    /// The keyword is set.
    keyword => Keyword,
    /// What the query finds on Gmail's web page.
    gmail => Gmail,
}

impl Query {
    /// Every word of `words` occurs somewhere.
    #[must_use]
    pub fn words(words: &str) -> Self {
        Self::And(words.split_whitespace().map(Self::text).collect())
    }

    /// The text occurs in this header field; an empty text: the field is there.
    #[must_use]
    pub fn header(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Header { name: name.into(), text: text.into() }
    }

    /// The `Message-ID` field holds this text: give the id with its angle brackets.
    #[must_use]
    pub fn message_id(id: impl Into<String>) -> Self {
        Self::header("Message-ID", id)
    }

    /// Both are true.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, one) | (one, Self::All) => one,
            (Self::And(mut all), Self::And(more)) => {
                all.extend(more);
                Self::And(all)
            }
            (Self::And(mut all), one) => {
                all.push(one);
                Self::And(all)
            }
            (one, Self::And(mut all)) => {
                all.insert(0, one);
                Self::And(all)
            }
            (one, two) => Self::And(vec![one, two]),
        }
    }

    /// One of them is true, or both are.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Or(mut any), Self::Or(more)) => {
                any.extend(more);
                Self::Or(any)
            }
            (Self::Or(mut any), one) => {
                any.push(one);
                Self::Or(any)
            }
            (one, Self::Or(mut any)) => {
                any.insert(0, one);
                Self::Or(any)
            }
            (one, two) => Self::Or(vec![one, two]),
        }
    }
}

/// The opposite: `!Query::Seen`.
impl Not for Query {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Not(query) => *query,
            query => Self::Not(Box::new(query)),
        }
    }
}

/// The messages that the server found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// The messages, without those marked for deletion here. A set with ranges: count before
    /// iterating.
    pub ids: IdSet,
    /// How the server was asked.
    pub by: FoundBy,
}

impl Found {
    /// These messages, found in ASCII.
    #[must_use]
    pub const fn new(ids: IdSet) -> Self {
        Self { ids, by: FoundBy::Ascii }
    }

    /// With another way in which the server was asked.
    #[must_use]
    pub const fn with_by(mut self, by: FoundBy) -> Self {
        self.by = by;
        self
    }
}

/// How the server was asked for a [`Found`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FoundBy {
    /// All texts are ASCII.
    #[default]
    Ascii,
    /// A text is not ASCII, and the server took it in UTF-8.
    Utf8,
    /// All texts are ASCII; the server refused that charset, named UTF-8 among those that it takes
    /// (BADCHARSET), and was asked again.
    Utf8AfterRefusal,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_of_one_kind_are_joined_in_one_list() {
        let [a, b, c, d] = ["a", "b", "c", "d"].map(Query::text);
        let all = || vec![a.clone(), b.clone(), c.clone(), d.clone()];
        let (one, two) = (a.clone().and(b.clone()), c.clone().and(d.clone()));
        assert_eq!(one.clone().and(two.clone()), Query::And(all()));
        assert_eq!(one.and(c.clone()).and(d.clone()), Query::And(all()));
        assert_eq!(a.clone().and(b.clone().and(two)), Query::And(all()));
        let (one, two) = (a.clone().or(b.clone()), c.clone().or(d.clone()));
        assert_eq!(one.clone().or(two.clone()), Query::Or(all()));
        assert_eq!(one.clone().or(c.clone()).or(d.clone()), Query::Or(all()));
        assert_eq!(a.clone().or(b.clone().or(two)), Query::Or(all()));
        assert_eq!(one.clone().and(c.clone()), Query::And(vec![one, c]));
        assert_eq!(Query::All.and(a.clone()), a);
        assert_eq!(a.clone().and(Query::All), a);
        assert_eq!(!!a.clone(), a);
    }
}
