//! [`Query`] and [`Found`]: what to search for, and the answer.

use crate::{id::IdSet, message::DateTime};

/// A condition on messages. A text matches anywhere in the field; the server ignores case
/// (RFC 9051 section 6.4.4).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Query {
    /// Every message.
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
    /// `\Seen` is not set.
    Unseen,
    /// `\Flagged` is set.
    Flagged,
    /// Received on that day or later; the time of day does not count.
    Since(DateTime),
    /// Larger than this many bytes.
    Larger(u32),
    /// All of these are true.
    And(Vec<Self>),
    /// At least one of these is true.
    Or(Vec<Self>),
    /// This is false.
    Not(Box<Self>),
}

impl Query {
    /// Every word of `words` occurs somewhere.
    #[must_use]
    pub fn words(words: &str) -> Self {
        Self::And(words.split_whitespace().map(|word| Self::Text(word.into())).collect())
    }
}

/// The messages that the server found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// The messages, without those marked for deletion here. A set with ranges: count before
    /// iterating.
    pub ids: IdSet,
}

impl Found {
    /// These messages.
    #[must_use]
    pub const fn new(ids: IdSet) -> Self {
        Self { ids }
    }
}
