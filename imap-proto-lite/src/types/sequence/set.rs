//! Sets of messages in commands.

use alloc::{borrow::Cow, vec::Vec};
use core::{fmt, iter, marker::PhantomData, str::FromStr};

use memchr::{memchr, memrchr};
use nom::{Parser as _, combinator::all_consuming};

use crate::{
    types::{
        Number, NumberRange, SeqNumber, Uid,
        sequence::{Endpoint, follows, read::seq_range},
    },
    wire::{
        put::{Out, Put},
        write_number,
    },
};

/// A set of messages to act on, never empty: a `sequence-set` of RFC 9051.
///
/// Kept in its wire form, so that encoding a long one is a copy.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Set<N> {
    /// Ranges separated by commas: one number, or two different ends.
    wire: Vec<u8>,
    number: PhantomData<fn() -> N>,
}

/// A set of unique identifiers to act on.
pub type UidSet = Set<Uid>;
/// A set of sequence numbers to act on.
pub type SequenceSet = Set<SeqNumber>;

impl<N: Number> Set<N> {
    /// An empty set, which is not valid until a range is added.
    const fn nothing() -> Self {
        Self { wire: Vec::new(), number: PhantomData }
    }

    fn of(first: Endpoint<N>, last: Endpoint<N>) -> Self {
        let mut set = Self::nothing();
        set.push_range(first, last);
        set
    }

    fn push_range(&mut self, first: Endpoint<N>, last: Endpoint<N>) {
        if !self.wire.is_empty() {
            self.wire.push(b',');
        }
        write_end(first, &mut self.wire);
        if first != last {
            self.wire.push(b':');
            write_end(last, &mut self.wire);
        }
    }

    /// The set of one number.
    #[must_use]
    pub fn one(number: N) -> Self {
        Self::range(number, number)
    }

    /// `first:last`, both included.
    #[must_use]
    pub fn range(first: N, last: N) -> Self {
        Self::of(Endpoint::Number(first), Endpoint::Number(last))
    }

    /// `first:*`: from this number to the largest one. The largest one is in it even if it is
    /// smaller than `first`.
    #[must_use]
    pub fn starting_at(first: N) -> Self {
        Self::of(Endpoint::Number(first), Endpoint::Last)
    }

    /// `1:*`: every message.
    #[must_use]
    pub fn all() -> Self {
        Self::starting_at(N::from_number(core::num::NonZeroU32::MIN))
    }

    /// `*`: the message with the largest number.
    #[must_use]
    pub fn last() -> Self {
        Self::of(Endpoint::Last, Endpoint::Last)
    }

    /// These ranges in this order; `None` if there is none.
    pub fn from_ranges(
        ranges: impl IntoIterator<Item = (Endpoint<N>, Endpoint<N>)>,
    ) -> Option<Self> {
        let mut set = Self::nothing();
        for (first, last) in ranges {
            set.push_range(first, last);
        }
        (!set.wire.is_empty()).then_some(set)
    }

    /// These numbers, neighbours joined to ranges, in the given order; `None` if there is none.
    pub fn from_numbers(numbers: impl IntoIterator<Item = N>) -> Option<Self> {
        let ends =
            |range: NumberRange<N>| (Endpoint::Number(range.first), Endpoint::Number(range.last));
        Self::from_ranges(NumberRange::joined(numbers).map(ends))
    }

    /// Adds a number at the end.
    pub fn push(&mut self, number: N) {
        let start = memrchr(b',', &self.wire).map_or(0, |comma| comma + 1);
        let mut first = Endpoint::Number(number);
        if let Some((start_of_range @ Endpoint::Number(_), Endpoint::Number(last))) =
            self.wire.get(start..).and_then(read_range)
            && follows(number, last)
        {
            self.wire.truncate(start.saturating_sub(1));
            first = start_of_range;
        }
        self.push_range(first, Endpoint::Number(number));
    }

    /// The ranges in their order.
    pub fn ranges(&self) -> impl Iterator<Item = (Endpoint<N>, Endpoint<N>)> + Clone + '_ {
        self.wire.split(|octet| *octet == b',').filter_map(read_range)
    }

    /// The ranges in a mailbox whose largest number is `last`.
    pub fn resolved(&self, last: N) -> impl Iterator<Item = NumberRange<N>> + '_ {
        let number = move |end| match end {
            Endpoint::Number(number) => number,
            Endpoint::Last => last,
        };
        self.ranges().map(move |(one, two)| NumberRange { first: number(one), last: number(two) })
    }

    /// Whether the set names `number` in a mailbox whose largest number is `last`.
    #[must_use]
    pub fn contains(&self, number: N, last: N) -> bool {
        self.resolved(last).any(|range| range.contains(number))
    }

    /// The wire form.
    pub fn as_wire(&self) -> &[u8] {
        &self.wire
    }

    /// Cuts the set into sets whose wire form has at most `bytes` bytes each. A range is never cut.
    /// Servers limit the length of a command line (RFC 7162 section 4 recommends 8192).
    pub fn split(&self, bytes: usize) -> impl Iterator<Item = Self> + '_ {
        let mut rest = self.wire.as_slice();
        iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let end = match rest.get(..bytes.saturating_add(1)) {
                None => rest.len(),
                Some(start) => {
                    memrchr(b',', start).or_else(|| memchr(b',', rest)).unwrap_or(rest.len())
                }
            };
            let (piece, after) = rest.split_at_checked(end)?;
            rest = after.get(1..).unwrap_or_default();
            Some(Self { wire: piece.to_vec(), number: PhantomData })
        })
    }
}

fn write_end<N: Number>(end: Endpoint<N>, out: &mut Vec<u8>) {
    match end {
        Endpoint::Number(number) => write_number(u64::from(number.number().get()), out),
        Endpoint::Last => out.push(b'*'),
    }
}

/// One range and nothing else.
fn read_range<N: Number>(wire: &[u8]) -> Option<(Endpoint<N>, Endpoint<N>)> {
    all_consuming(seq_range).parse(wire).ok().map(|(_, range)| range)
}

/// The wire form.
impl<N: Number> fmt::Display for Set<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.wire.escape_ascii(), f)
    }
}

impl<N: Number> fmt::Debug for Set<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a `sequence-set`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a sequence-set")]
#[non_exhaustive]
pub struct NotASet;

impl<N: Number> FromStr for Set<N> {
    type Err = NotASet;

    fn from_str(text: &str) -> Result<Self, NotASet> {
        let mut set = Self::nothing();
        for range in text.split(',') {
            let (first, last) = read_range(range.as_bytes()).ok_or(NotASet)?;
            set.push_range(first, last);
        }
        Ok(set)
    }
}

impl<N: Number> From<Set<N>> for Cow<'_, Set<N>> {
    fn from(set: Set<N>) -> Self {
        Cow::Owned(set)
    }
}

impl<'a, N: Number> From<&'a Set<N>> for Cow<'a, Set<N>> {
    fn from(set: &'a Set<N>) -> Self {
        Cow::Borrowed(set)
    }
}

/// ```abnf
/// sequence-set    = (seq-number / seq-range) ["," sequence-set]
/// ```
impl<N: Number> Put for &Set<N> {
    fn put(self, out: &mut Out) {
        /// Room for what follows a set in most commands, so that a long set is copied once.
        const AFTER: usize = 128;
        out.bytes.reserve(self.as_wire().len() + AFTER);
        out.put(self.as_wire());
    }
}
