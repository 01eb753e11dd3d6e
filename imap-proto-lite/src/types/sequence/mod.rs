//! Message numbers, unique identifiers and sets of them: RFC 9051 sections 2.3.1 and 9
//! (`sequence-set`).
//!
//! Sequence numbers and UIDs are different types. A set stays a few ranges, as on the wire: the set
//! `1:4294967295` takes two numbers of memory.

use core::{fmt, iter, num::NonZeroU32};

mod fast;
pub(crate) mod read;
mod set;

pub use self::set::{NotASet, SequenceSet, Set, UidSet};

use crate::wire::List;

/// A number that a set can hold.
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
            /// The number; `None` for 0, which the protocol excludes.
            #[must_use]
            pub const fn new(number: u32) -> Option<Self> {
                match NonZeroU32::new(number) {
                    Some(number) => Some(Self(number)),
                    None => None,
                }
            }

            /// The number.
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
            fn from_number(number: NonZeroU32) -> Self {
                Self(number)
            }
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
    /// The position of a message in its mailbox, from 1 (RFC 9051 section 2.3.1.2). It changes when
    /// earlier messages are expunged.
    SeqNumber
}

macro_rules! value {
    ($(#[$meta:meta])* $name:ident($value:ty)) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub struct $name($value);

        impl $name {
            /// The value.
            #[must_use]
            pub const fn new(value: $value) -> Self {
                Self(value)
            }

            /// The value.
            pub const fn get(self) -> $value {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

value! {
    /// The unique identifier validity value of a mailbox. The RFC excludes 0 but servers send it,
    /// so it is kept.
    UidValidity(u32)
}
value! {
    /// A modification sequence (RFC 7162 section 3). 0 means that the mailbox has none.
    #[derive(Default)]
    ModSeq(u64)
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

/// A range of numbers as the peer sent it: both ends are included, and the first may be larger.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a range has two ends")]
pub struct NumberRange<N> {
    /// The end that was written first.
    pub first: N,
    /// The end that was written last.
    pub last: N,
}

impl<N: Number> NumberRange<N> {
    /// These numbers in the given order, neighbours joined to ranges.
    pub fn joined(numbers: impl IntoIterator<Item = N>) -> impl Iterator<Item = Self> {
        let mut numbers = numbers.into_iter().peekable();
        iter::from_fn(move || {
            let first = numbers.next()?;
            let mut last = first;
            while let Some(next) = numbers.next_if(|next| follows(*next, last)) {
                last = next;
            }
            Some(Self { first, last })
        })
    }

    /// The smaller end.
    pub fn low(self) -> N {
        self.first.min(self.last)
    }

    /// The larger end.
    pub fn high(self) -> N {
        self.first.max(self.last)
    }

    /// How many numbers the range holds.
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
        (self.low().number().get()..=high).filter_map(NonZeroU32::new).map(N::from_number)
    }
}

fn follows<N: Number>(number: N, before: N) -> bool {
    before.number().get().checked_add(1) == Some(number.number().get())
}

/// The ranges of a set in a response, in the order of the wire.
pub type Ranges<'a, N> = List<'a, RangeElement<N>>;
/// A set of unique identifiers in a response.
pub type UidRanges<'a> = Ranges<'a, Uid>;
/// A set of sequence numbers in a response.
pub type SeqRanges<'a> = Ranges<'a, SeqNumber>;

/// The kind of item in [`Ranges`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RangeElement<N>(core::marker::PhantomData<N>);

impl<N: Number> Ranges<'_, N> {
    /// How many numbers the set names.
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
}

#[cfg(test)]
mod tests;
