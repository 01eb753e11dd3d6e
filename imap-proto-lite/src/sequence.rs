//! Message numbers, unique identifiers and sets of them: RFC 9051 sections 2.3.1 and 9 (`sequence-set`).
//!
//! A sequence number is no UID, and the types say so. A set stays what it is on the wire, a few ranges: the set
//! `1:4294967295` is two numbers here and never four thousand million.

use alloc::{borrow::Cow, vec::Vec};
use core::{fmt, num::NonZeroU32, str::FromStr};

use crate::{
    list::{List, sealed::Element},
    octets,
    parse::lexical,
};

/// What sets are made of.
pub trait Number: sealed::Sealed + Copy + Ord + fmt::Debug + fmt::Display + 'static {}

pub(crate) mod sealed {
    #[expect(unnameable_types, reason = "sealed: there are two kinds of numbers")]
    pub trait Sealed: Sized {
        fn from_number(number: core::num::NonZeroU32) -> Self;
        fn number(self) -> core::num::NonZeroU32;
    }
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub struct $name(NonZeroU32);

        impl $name {
            /// The number; `None` for 0, which the protocol does not have.
            #[must_use]
            pub const fn new(number: u32) -> Option<Self> {
                match NonZeroU32::new(number) {
                    Some(number) => Some(Self(number)),
                    None => None,
                }
            }

            /// The number.
            #[must_use]
            pub const fn get(self) -> u32 {
                self.0.get()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl From<NonZeroU32> for $name {
            fn from(number: NonZeroU32) -> Self {
                Self(number)
            }
        }

        impl sealed::Sealed for $name {
            #[inline]
            fn from_number(number: NonZeroU32) -> Self {
                Self(number)
            }
            #[inline]
            fn number(self) -> NonZeroU32 {
                self.0
            }
        }

        impl Number for $name {}
    };
}

number! {
    /// A unique identifier of a message in its mailbox (RFC 9051 section 2.3.1.1).
    Uid
}
number! {
    /// The place of a message in its mailbox, from 1; it moves when others are expunged (RFC 9051 section 2.3.1.2).
    SeqNumber
}

/// The unique identifier validity value of a mailbox. The RFC has no 0, servers do: it is kept as it came.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct UidValidity(u32);

impl UidValidity {
    /// The value.
    #[must_use]
    pub const fn new(value: u32) -> Self {
        Self(value)
    }

    /// The value.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for UidValidity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A modification sequence (RFC 7162 section 3). 0 means that the mailbox keeps none.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct ModSeq(u64);

impl ModSeq {
    /// The value.
    #[must_use]
    pub const fn new(value: u64) -> Self {
        Self(value)
    }

    /// The value.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ModSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// One end of a range in a set.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "`seq-number` has two forms")]
pub enum Endpoint<N> {
    /// This number.
    Number(N),
    /// `*`: the largest number in use.
    Last,
}

/// A range of numbers as the peer wrote it: both ends belong to it and the first may be the larger one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a range has two ends")]
pub struct NumberRange<N> {
    /// The end that was written first.
    pub first: N,
    /// The end that was written last.
    pub last: N,
}

impl<N: Number> NumberRange<N> {
    /// The smaller end.
    #[must_use]
    pub fn low(self) -> N {
        self.first.min(self.last)
    }

    /// The larger end.
    #[must_use]
    pub fn high(self) -> N {
        self.first.max(self.last)
    }

    /// How many numbers the range holds.
    #[must_use]
    pub fn count(self) -> u64 {
        u64::from(self.high().number().get()) - u64::from(self.low().number().get()) + 1
    }

    /// Whether the range holds this number.
    #[must_use]
    pub fn contains(self, number: N) -> bool {
        self.low() <= number && number <= self.high()
    }

    /// The numbers in rising order, one at a time.
    pub fn numbers(self) -> impl Iterator<Item = N> + Clone {
        let high = self.high().number().get();
        (self.low().number().get()..=high)
            .filter_map(NonZeroU32::new)
            .map(N::from_number)
    }
}

/// The ranges of a set in a response, in the order of the wire.
pub type Ranges<'a, N> = List<'a, RangeElement<N>>;
/// A set of unique identifiers in a response.
pub type UidRanges<'a> = Ranges<'a, Uid>;
/// A set of sequence numbers in a response.
pub type SeqRanges<'a> = Ranges<'a, SeqNumber>;

/// The kind of item of [`Ranges`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RangeElement<N>(core::marker::PhantomData<N>);

impl<N: Number> Element for RangeElement<N> {
    type Item<'a> = NumberRange<N>;
    const SEPARATOR: u8 = b',';

    #[inline]
    fn next(rest: &mut &[u8]) -> Option<NumberRange<N>> {
        loop {
            let input = rest.strip_prefix(b",").unwrap_or(rest);
            if let Some((range, after)) = leading_range(input) {
                *rest = after;
                return Some(range);
            }
            // A range with a number that is 0 or does not fit 32 bits costs only itself.
            let end = input
                .iter()
                .position(|octet| !matches!(octet, b'0'..=b'9' | b':' | b'*'))
                .unwrap_or(input.len());
            if end == 0 {
                return None;
            }
            *rest = input.get(end..)?;
        }
    }

    fn write(item: &NumberRange<N>, out: &mut Vec<u8>) {
        use alloc::string::ToString as _;
        out.extend_from_slice(item.first.to_string().as_bytes());
        if item.first != item.last {
            out.push(b':');
            out.extend_from_slice(item.last.to_string().as_bytes());
        }
    }
}

/// A range at the start of `input`, and what is behind it.
#[inline]
pub(crate) fn leading_range<N: Number>(input: &[u8]) -> Option<(NumberRange<N>, &[u8])> {
    let (first, after) = range_end(input)?;
    let (last, after) = match after.split_first() {
        Some((b':', after)) => range_end(after)?,
        _ => (first, after),
    };
    Some((
        NumberRange {
            first: N::from_number(first),
            last: N::from_number(last),
        },
        after,
    ))
}

/// A number of a set. `*` is not a server's to say, but is said: it is the largest number.
#[inline]
fn range_end(input: &[u8]) -> Option<(NonZeroU32, &[u8])> {
    match input {
        [b'*', rest @ ..] => Some((NonZeroU32::MAX, rest)),
        _ => leading_number(input),
    }
}

/// `nz-number` at the start of `input`, and what is behind it.
#[inline]
pub(crate) fn leading_number(input: &[u8]) -> Option<(NonZeroU32, &[u8])> {
    let (mut value, mut digits) = octets::first_digits(input);
    if digits == 8 {
        for octet in input.get(8..)? {
            let digit = octet.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            value = value * 10 + u64::from(digit);
            // Before another digit could take it past 64 bits.
            if value > u64::from(u32::MAX) {
                return None;
            }
            digits += 1;
        }
    }
    lexical::steps::add(digits + 1);
    let number = NonZeroU32::new(u32::try_from(value).ok()?)?;
    Some((number, input.get(digits..)?))
}

impl<N: Number> Ranges<'_, N> {
    /// How many numbers the set names.
    #[must_use]
    pub fn count_numbers(&self) -> u64 {
        self.iter().map(NumberRange::count).sum()
    }

    /// The numbers in the order of the ranges, one at a time; the ranges may be huge.
    pub fn numbers(&self) -> impl Iterator<Item = N> + '_ {
        self.iter().flat_map(NumberRange::numbers)
    }

    /// Whether the set names this number.
    #[must_use]
    pub fn contains(&self, number: N) -> bool {
        self.iter().any(|range| range.contains(number))
    }

    /// The same set as one for a command; `None` if it is empty.
    #[must_use]
    pub fn to_set(&self) -> Option<Set<N>> {
        Set::from_ranges(
            self.iter()
                .map(|range| (Endpoint::Number(range.first), Endpoint::Number(range.last))),
        )
    }
}

/// A set of messages to act on, never empty: a `sequence-set` of RFC 9051.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Set<N> {
    ranges: Vec<(Endpoint<N>, Endpoint<N>)>,
}

/// A set of unique identifiers to act on.
pub type UidSet = Set<Uid>;
/// A set of sequence numbers to act on.
pub type SequenceSet = Set<SeqNumber>;

impl<N: Number> Set<N> {
    /// The set of one number.
    #[must_use]
    pub fn one(number: N) -> Self {
        Self {
            ranges: Vec::from([(Endpoint::Number(number), Endpoint::Number(number))]),
        }
    }

    /// `first:last`, both included.
    #[must_use]
    pub fn range(first: N, last: N) -> Self {
        Self {
            ranges: Vec::from([(Endpoint::Number(first), Endpoint::Number(last))]),
        }
    }

    /// `first:*`: from this number to the largest one. The largest one is in it even if it is smaller than `first`.
    #[must_use]
    pub fn from(first: N) -> Self {
        Self {
            ranges: Vec::from([(Endpoint::Number(first), Endpoint::Last)]),
        }
    }

    /// `1:*`: every message.
    #[must_use]
    pub fn all() -> Self {
        Self::from(N::from_number(NonZeroU32::MIN))
    }

    /// `*`: the message with the largest number.
    #[must_use]
    pub fn last() -> Self {
        Self {
            ranges: Vec::from([(Endpoint::Last, Endpoint::Last)]),
        }
    }

    /// These ranges in this order; `None` if there is none.
    pub fn from_ranges(
        ranges: impl IntoIterator<Item = (Endpoint<N>, Endpoint<N>)>,
    ) -> Option<Self> {
        let ranges: Vec<_> = ranges.into_iter().collect();
        (!ranges.is_empty()).then_some(Self { ranges })
    }

    /// These numbers, neighbours joined to ranges in the order they come; `None` if there is none.
    pub fn from_numbers(numbers: impl IntoIterator<Item = N>) -> Option<Self> {
        let mut ranges: Vec<(N, N)> = Vec::new();
        for number in numbers {
            match ranges.last_mut() {
                Some((_, last))
                    if last.number().get().checked_add(1) == Some(number.number().get()) =>
                {
                    *last = number
                }
                _ => ranges.push((number, number)),
            }
        }
        Self::from_ranges(
            ranges
                .into_iter()
                .map(|(first, last)| (Endpoint::Number(first), Endpoint::Number(last))),
        )
    }

    /// Adds a number at the end.
    pub fn push(&mut self, number: N) {
        if let Some((_, Endpoint::Number(last))) = self.ranges.last_mut()
            && last.number().get().checked_add(1) == Some(number.number().get())
        {
            *last = number;
            return;
        }
        self.ranges
            .push((Endpoint::Number(number), Endpoint::Number(number)));
    }

    /// The ranges in their order.
    #[must_use]
    pub fn ranges(&self) -> &[(Endpoint<N>, Endpoint<N>)] {
        &self.ranges
    }

    /// The ranges in a mailbox whose largest number is `last`.
    pub fn resolved(&self, last: N) -> impl Iterator<Item = NumberRange<N>> + '_ {
        let number = move |end| match end {
            Endpoint::Number(number) => number,
            Endpoint::Last => last,
        };
        self.ranges.iter().map(move |(one, two)| NumberRange {
            first: number(*one),
            last: number(*two),
        })
    }

    /// Whether the set names `number` in a mailbox whose largest number is `last`.
    #[must_use]
    pub fn contains(&self, number: N, last: N) -> bool {
        self.resolved(last).any(|range| range.contains(number))
    }

    /// The set cut into sets whose wire form has at most `octets` octets each (one range is never cut): a command
    /// line has a length that servers accept (RFC 7162 section 4 speaks of 8192 octets for the whole line).
    pub fn split(&self, octets: usize) -> impl Iterator<Item = Self> + '_ {
        let mut rest = self.ranges.as_slice();
        core::iter::from_fn(move || {
            let mut used = 0;
            let mut taken = 0;
            for range in rest {
                let more = range_octets(range) + usize::from(taken > 0);
                if taken > 0 && used + more > octets {
                    break;
                }
                used += more;
                taken += 1;
            }
            let (piece, after) = rest.split_at_checked(taken)?;
            rest = after;
            (!piece.is_empty()).then(|| Self {
                ranges: piece.to_vec(),
            })
        })
    }
}

/// Octets of one range on the wire.
fn range_octets<N: Number>((first, last): &(Endpoint<N>, Endpoint<N>)) -> usize {
    let octets = |end: &Endpoint<N>| match end {
        Endpoint::Number(number) => number.number().ilog10() as usize + 1,
        Endpoint::Last => 1,
    };
    octets(first) + if first == last { 0 } else { 1 + octets(last) }
}

/// The wire form.
impl<N: Number> fmt::Display for Set<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |f: &mut fmt::Formatter<'_>, end: &Endpoint<N>| match end {
            Endpoint::Number(number) => fmt::Display::fmt(number, f),
            Endpoint::Last => f.write_str("*"),
        };
        for (place, (first, last)) in self.ranges.iter().enumerate() {
            if place > 0 {
                f.write_str(",")?;
            }
            end(f, first)?;
            if first != last {
                f.write_str(":")?;
                end(f, last)?;
            }
        }
        Ok(())
    }
}

impl<N: Number> fmt::Debug for Set<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is no `sequence-set`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a sequence-set")]
#[non_exhaustive]
pub struct NotASet;

impl<N: Number> FromStr for Set<N> {
    type Err = NotASet;

    fn from_str(text: &str) -> Result<Self, NotASet> {
        text.split(',')
            .map(|range| {
                let mut ends = range.splitn(2, ':').map(endpoint);
                let first = ends.next().flatten().ok_or(NotASet)?;
                let last = ends.next().map_or(Ok(first), |last| last.ok_or(NotASet))?;
                Ok((first, last))
            })
            .collect::<Result<Vec<_>, _>>()
            .map(|ranges| Self { ranges })
    }
}

fn endpoint<N: Number>(text: &str) -> Option<Endpoint<N>> {
    if text == "*" {
        return Some(Endpoint::Last);
    }
    let (number, rest) = leading_number(text.as_bytes())?;
    rest.is_empty()
        .then(|| Endpoint::Number(N::from_number(number)))
}

impl<N: Number> From<N> for Set<N> {
    fn from(number: N) -> Self {
        Self::one(number)
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

#[cfg(test)]
mod tests;
