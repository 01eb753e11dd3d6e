//! Order of messages: [`SortKey`], [`SortBy`] and [`Thread`].

use crate::id::MessageId;

/// What to sort by (RFC 5256 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SortKey {
    /// The time of receipt.
    Received,
    /// The `Date` field.
    Date,
    /// The first address of `From`.
    From,
    /// The first address of `To`.
    To,
    /// The first address of `Cc`.
    Cc,
    /// The subject without `Re:` and its relatives.
    Subject,
    /// The size.
    Size,
}

/// A key with its direction. The first one counts most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SortBy {
    /// The key.
    pub key: SortKey,
    /// From the largest to the smallest.
    pub descending: bool,
}

impl SortBy {
    /// From the smallest to the largest.
    #[must_use]
    pub const fn ascending(key: SortKey) -> Self {
        Self { key, descending: false }
    }

    /// From the largest to the smallest.
    #[must_use]
    pub const fn descending(key: SortKey) -> Self {
        Self { key, descending: true }
    }
}

/// A conversation (RFC 5256 section 5), kept flat so that a deep one needs no deep stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Thread {
    /// The messages, each after the one that it answers.
    pub messages: Vec<ThreadMessage>,
}

/// A message in its conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ThreadMessage {
    /// The message; `None`: the message that several others answer is missing.
    pub id: Option<MessageId>,
    /// The place in [`Thread::messages`] of the message that it answers; `None` for the first.
    pub answers: Option<usize>,
}
