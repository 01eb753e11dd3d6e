//! Results of SEARCH, SORT and THREAD: RFC 9051 sections 7.3.4 and 7.3.5, RFC 4731, RFC 5256, RFC
//! 9394.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use crate::{
    response::Raw,
    types::{ModSeq, PartialRange, SeqRanges, Uid, UidRanges},
    wire::{IString, List},
};

/// The kind of item of [`Numbers`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct NumberElement;

/// Numbers of messages in a result: sequence numbers or UIDs, as the command was.
pub type Numbers<'a> = List<'a, NumberElement>;

impl Numbers<'_> {
    /// The numbers as UIDs: for the answer of `UID SEARCH` and `UID SORT`.
    pub fn uids(&self) -> impl Iterator<Item = Uid> + '_ {
        self.iter().map(Uid::from)
    }

    /// The numbers as sequence numbers: for the answer of `SEARCH` and `SORT`.
    pub fn seqs(&self) -> impl Iterator<Item = crate::types::sequence::SeqNumber> + '_ {
        self.iter().map(crate::types::sequence::SeqNumber::from)
    }
}

/// A set in an ESEARCH response, with the kind of numbers that the response names.
#[derive(Clone, PartialEq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "messages are numbered in two ways")]
pub enum ResultSet<'a> {
    /// Sequence numbers.
    Sequence(SeqRanges<'a>),
    /// Unique identifiers.
    Uid(UidRanges<'a>),
}

impl<'a> ResultSet<'a> {
    /// The set, if it is one of UIDs.
    pub const fn uids(&self) -> Option<&UidRanges<'a>> {
        match self {
            ResultSet::Uid(set) => Some(set),
            ResultSet::Sequence(_) => None,
        }
    }
}

/// SEARCH, and SORT, whose order counts.
#[derive(Clone, PartialEq, Debug, Default)]
#[non_exhaustive]
pub struct SearchResult<'a> {
    /// The messages. Numbers that cannot be one are [skipped](crate::list::List::skipped).
    pub numbers: Numbers<'a>,
    /// The highest modification sequence among them (RFC 7162).
    pub mod_seq: Option<ModSeq>,
    /// The line from the first unreadable value on: messages may be missing from `numbers`. Empty
    /// if the whole line was read. A line without a readable number is
    /// [`Malformed`](crate::Response::Malformed).
    pub damaged: Raw<'a>,
}

impl<'a> SearchResult<'a> {
    /// These messages.
    #[must_use]
    pub fn new(numbers: Numbers<'a>, mod_seq: Option<ModSeq>) -> Self {
        Self { numbers, mod_seq, damaged: Raw::default() }
    }
}

/// ESEARCH.
#[derive(Clone, PartialEq, Debug, Default)]
#[non_exhaustive]
pub struct Esearch<'a> {
    /// The tag of the command that this answers;
    /// [`command_of`](crate::client::Connection::command_of) gives the command.
    pub tag: Option<IString<'a>>,
    /// The numbers are unique identifiers.
    pub uid: bool,
    /// MIN
    pub min: Option<NonZeroU32>,
    /// MAX
    pub max: Option<NonZeroU32>,
    /// ALL; absent where nothing was found.
    pub all: Option<ResultSet<'a>>,
    /// COUNT
    pub count: Option<u32>,
    /// MODSEQ (RFC 7162)
    pub mod_seq: Option<ModSeq>,
    /// PARTIAL (RFC 9394): the window, and the results in it.
    pub partial: Option<(PartialRange, Option<ResultSet<'a>>)>,
    /// Other items: name, and value in wire form.
    pub others: Vec<(IString<'a>, IString<'a>)>,
    /// The items that cannot be read or are there twice, with a space between them: results may be
    /// missing. Empty if the whole line was read; see also
    /// [`List::skipped`](crate::list::List::skipped). A line without a readable item is
    /// [`Malformed`](crate::Response::Malformed).
    pub damaged: Raw<'a>,
}

/// THREAD: threads of messages, kept flat. Each message names the one it answers by its place in
/// the list.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Threads {
    /// The messages in the order of the wire: an answer comes after the message that it answers.
    pub messages: Vec<ThreadMessage>,
}

/// A message in its thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a node of a tree")]
pub struct ThreadMessage {
    /// Its number; `None`: the common parent of several answers is missing.
    pub number: Option<NonZeroU32>,
    /// The place of the message that it answers; `None` begins a thread.
    pub parent: Option<usize>,
}

impl Threads {
    /// Where the threads begin: the places of the messages without a parent.
    pub fn roots(&self) -> impl Iterator<Item = usize> + '_ {
        self.messages
            .iter()
            .enumerate()
            .filter(|(_, message)| message.parent.is_none())
            .map(|(place, _)| place)
    }
}
