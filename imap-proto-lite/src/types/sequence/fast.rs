//! The shortcut for a member of a set.

use core::num::NonZeroU32;

use crate::{
    types::{Number, NumberRange},
    wire::{steps, swar},
};

/// A number or a range, and the rest after its comma: two words of digits at most.
#[inline]
pub(super) fn member<N: Number>(input: &[u8]) -> Option<(NumberRange<N>, &[u8])> {
    let number = |number: u64| NonZeroU32::new(u32::try_from(number).ok()?);
    let (first, last, length) = swar::parse_member(input)?;
    steps::add(length + 1);
    let range =
        NumberRange { first: N::from_number(number(first)?), last: N::from_number(number(last)?) };
    Some((range, input.get(length + 1..)?))
}
