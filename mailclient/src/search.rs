//! [`Query`]: what to search for.

use crate::message::DateTime;

/// A condition on messages. Texts match anywhere and without regard to case, as the server does it
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
    /// Longer than so many octets.
    Larger(u32),
    /// All of these hold.
    And(Vec<Self>),
    /// At least one of these holds.
    Or(Vec<Self>),
    /// This does not hold.
    Not(Box<Self>),
}

impl Query {
    /// Every word of `words` occurs somewhere.
    #[must_use]
    pub fn words(words: &str) -> Self {
        Self::And(words.split_whitespace().map(|word| Self::Text(word.into())).collect())
    }
}
