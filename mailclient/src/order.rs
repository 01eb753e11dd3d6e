//! Order of messages: [`SortKey`], [`SortBy`], [`ThreadBy`] and [`Thread`].

use crate::{feature::Feature, id::MessageId};

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
    /// The name of the first address of `From` as it is shown, else the address (RFC 5957). Needs
    /// [`Feature::DisplaySort`].
    DisplayFrom,
    /// The name of the first address of `To` as it is shown, else the address (RFC 5957). Needs
    /// [`Feature::DisplaySort`].
    DisplayTo,
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

/// How conversations are found (RFC 5256 section 5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ThreadBy {
    /// By the message ids in the header, then by subject (REFERENCES). Needs
    /// [`Feature::Threads`].
    #[default]
    References,
    /// By subject, in order of date; all answers are answers to the first message
    /// (ORDEREDSUBJECT). Needs [`Feature::SubjectThreads`].
    Subject,
    /// By the message ids in the header alone (REFS of Dovecot and Cyrus). Needs
    /// [`Feature::RefsThreads`].
    Refs,
}

impl ThreadBy {
    /// The feature that this way needs.
    #[must_use]
    pub const fn feature(self) -> Feature {
        match self {
            Self::References => Feature::Threads,
            Self::Subject => Feature::SubjectThreads,
            Self::Refs => Feature::RefsThreads,
        }
    }
}

/// A conversation (RFC 5256 section 5), kept flat so that a deep one needs no deep stack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Thread {
    /// The messages, each after the one that it answers. The first one begins the conversation.
    pub messages: Vec<ThreadMessage>,
}

impl Thread {
    /// A conversation of these messages.
    #[must_use]
    pub const fn new(messages: Vec<ThreadMessage>) -> Self {
        Self { messages }
    }
}

impl FromIterator<ThreadMessage> for Thread {
    fn from_iter<I: IntoIterator<Item = ThreadMessage>>(messages: I) -> Self {
        Self::new(messages.into_iter().collect())
    }
}

/// A message in its conversation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ThreadMessage {
    /// The message; `None`: the message that others answer is missing, or marked for deletion here.
    pub id: Option<MessageId>,
    /// The place in [`Thread::messages`] of the message that it answers; `None` for the first.
    pub answers: Option<usize>,
}

impl ThreadMessage {
    /// A message that answers the one at this place.
    #[must_use]
    pub const fn new(id: Option<MessageId>, answers: Option<usize>) -> Self {
        Self { id, answers }
    }
}
