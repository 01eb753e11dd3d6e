//! [`Ranges`]: a set of numbers that stays ranges.

use std::{collections::BTreeMap, fmt, num::NonZeroU32, str::FromStr};

/// A set of numbers from 1 on, kept as ranges that neither touch nor overlap. Adding, removing and
/// asking for a number cost O(log n) in the number of ranges; memory is that of the ranges, so
/// `1:4294967295` is one entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Ranges(BTreeMap<u32, u32>);

impl Ranges {
    pub(crate) const fn new() -> Self {
        Self(BTreeMap::new())
    }

    pub(crate) fn one(number: NonZeroU32) -> Self {
        let mut ranges = Self::new();
        ranges.insert(number);
        ranges
    }

    /// Adds a number; `false` if it was there.
    pub(crate) fn insert(&mut self, number: NonZeroU32) -> bool {
        let absent = !self.contains(number);
        if absent {
            self.insert_range(number, number);
        }
        absent
    }

    /// Adds all numbers from `first` to `last`, in either order.
    pub(crate) fn insert_range(&mut self, first: NonZeroU32, last: NonZeroU32) {
        let (mut first, mut last) = (first.get().min(last.get()), first.get().max(last.get()));
        // The range before, if it reaches or touches this one.
        if let Some((&start, &end)) = self.0.range(..=first).next_back()
            && end.saturating_add(1) >= first
        {
            first = start;
            last = last.max(end);
        }
        // Every range that begins inside, or directly after.
        while let Some((&start, &end)) = self.0.range(first..=last.saturating_add(1)).next() {
            self.0.remove(&start);
            last = last.max(end);
        }
        self.0.insert(first, last);
    }

    /// Takes a number out; `false` if it was not there.
    pub(crate) fn remove(&mut self, number: NonZeroU32) -> bool {
        !self.take_range(number, number).is_empty()
    }

    /// Takes all numbers from `first` to `last` out; returns those that were there.
    pub(crate) fn take_range(&mut self, first: NonZeroU32, last: NonZeroU32) -> Self {
        let (first, last, mut taken) = (first.get(), last.get(), Self::new());
        while let Some((&start, &end)) = self.0.range(..=last).next_back() {
            if end < first {
                break;
            }
            self.0.remove(&start);
            taken.0.insert(start.max(first), end.min(last));
            if end > last {
                self.0.insert(last.saturating_add(1), end);
            }
            if start < first {
                self.0.insert(start, first.saturating_sub(1));
            }
        }
        taken
    }

    /// Takes all numbers from `first` to `last` out.
    pub(crate) fn remove_range(&mut self, first: NonZeroU32, last: NonZeroU32) {
        self.take_range(first, last);
    }

    /// Takes the lowest number out.
    pub(crate) fn pop_first(&mut self) -> Option<NonZeroU32> {
        let (first, last) = self.0.pop_first()?;
        if first < last {
            self.0.insert(first.saturating_add(1), last);
        }
        NonZeroU32::new(first)
    }

    /// Takes out what `others` has.
    pub(crate) fn subtract(&mut self, others: &Self) {
        for (first, last) in others.iter() {
            self.remove_range(first, last);
        }
    }

    /// Adds what `others` has.
    pub(crate) fn merge(&mut self, others: &Self) {
        for (first, last) in others.iter() {
            self.insert_range(first, last);
        }
    }

    /// The numbers that are in both.
    pub(crate) fn intersection(&self, others: &Self) -> Self {
        let mut outside = self.clone();
        outside.subtract(others);
        let mut both = self.clone();
        both.subtract(&outside);
        both
    }

    pub(crate) fn contains(&self, number: NonZeroU32) -> bool {
        let number = number.get();
        self.0.range(..=number).next_back().is_some_and(|(_, end)| *end >= number)
    }

    /// How many numbers there are.
    pub(crate) fn count(&self) -> u64 {
        self.0.iter().map(|(first, last)| u64::from(last - first) + 1).sum()
    }

    /// The first numbers: at most so many of them, and of ranges.
    pub(crate) fn head(&self, count: u64, ranges: usize) -> Self {
        let (mut head, mut left) = (Self::new(), count);
        for (&first, &last) in self.0.iter().take(ranges) {
            let most = u32::try_from(left).unwrap_or(u32::MAX);
            let Some(end) = most.checked_sub(1).map(|more| first.saturating_add(more)) else {
                break;
            };
            let end = end.min(last);
            head.0.insert(first, end);
            left -= u64::from(end - first) + 1;
        }
        head
    }

    /// The last numbers: at most so many of them, and of ranges.
    pub(crate) fn tail(&self, count: u32, ranges: usize) -> Self {
        let (mut tail, mut left) = (Self::new(), count);
        for (&first, &last) in self.0.iter().rev().take(ranges) {
            let Some(more) = left.checked_sub(1) else {
                break;
            };
            let start = last.saturating_sub(more).max(first);
            tail.0.insert(start, last);
            left = more.saturating_sub(last - start);
        }
        tail
    }

    /// How many ranges there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn first(&self) -> Option<NonZeroU32> {
        self.iter().next().map(|(first, _)| first)
    }

    pub(crate) fn last(&self) -> Option<NonZeroU32> {
        self.0.last_key_value().and_then(|(_, last)| NonZeroU32::new(*last))
    }

    /// The ranges, rising.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (NonZeroU32, NonZeroU32)> + '_ {
        self.0
            .iter()
            .filter_map(|(first, last)| Some((NonZeroU32::new(*first)?, NonZeroU32::new(*last)?)))
    }

    /// The numbers, rising.
    pub(crate) fn into_numbers(self) -> impl Iterator<Item = NonZeroU32> {
        self.0.into_iter().flat_map(|(first, last)| first..=last).filter_map(NonZeroU32::new)
    }

    /// The numbers, rising.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = NonZeroU32> + '_ {
        self.0.iter().flat_map(|(first, last)| *first..=*last).filter_map(NonZeroU32::new)
    }
}

/// `1-5,9`, rising: part of the text forms of sets and of sync states.
impl fmt::Display for Ranges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (first, last)) in self.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            match first == last {
                true => write!(f, "{comma}{first}")?,
                false => write!(f, "{comma}{first}-{last}")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Ranges {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut ranges = Self::new();
        for range in text.split(',').filter(|range| !range.is_empty()) {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            ranges.insert_range(first.parse()?, last.parse()?);
        }
        Ok(ranges)
    }
}

impl FromIterator<NonZeroU32> for Ranges {
    fn from_iter<I: IntoIterator<Item = NonZeroU32>>(numbers: I) -> Self {
        let mut ranges = Self::new();
        for number in numbers {
            ranges.insert(number);
        }
        ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(number: u32) -> NonZeroU32 {
        NonZeroU32::new(number).unwrap()
    }

    fn shown(ranges: &Ranges) -> Vec<(u32, u32)> {
        ranges.iter().map(|(first, last)| (first.get(), last.get())).collect()
    }

    #[test]
    fn neighbours_become_one_range() {
        let mut ranges: Ranges = [5, 1, 3, 2, 9, 4].map(n).into_iter().collect();
        assert_eq!(shown(&ranges), [(1, 5), (9, 9)]);
        ranges.insert_range(n(8), n(6));
        assert_eq!(shown(&ranges), [(1, 9)]);
        assert_eq!(ranges.count(), 9);
        assert!(!ranges.insert(n(7)));
    }

    #[test]
    fn a_range_swallows_those_inside() {
        let mut ranges: Ranges = [2, 4, 6, 8, 20].map(n).into_iter().collect();
        ranges.insert_range(n(3), n(7));
        assert_eq!(shown(&ranges), [(2, 8), (20, 20)]);
        ranges.insert_range(n(1), n(u32::MAX));
        assert_eq!(shown(&ranges), [(1, u32::MAX)]);
        assert_eq!(ranges.count(), u64::from(u32::MAX));
    }

    #[test]
    fn removal_splits_a_range() {
        let mut ranges = Ranges::new();
        ranges.insert_range(n(1), n(10));
        ranges.remove_range(n(5), n(5));
        assert!(!ranges.contains(n(5)));
        assert_eq!(shown(&ranges), [(1, 4), (6, 10)]);
        ranges.remove_range(n(4), n(6));
        assert_eq!(shown(&ranges), [(1, 3), (7, 10)]);
        ranges.remove_range(n(1), n(u32::MAX));
        assert!(ranges.is_empty());
    }

    #[test]
    fn it_agrees_with_a_set_of_numbers() {
        // A small generator in place of randomness: the test is the same each time.
        let mut state = 1_u32;
        let mut next = |bound: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % bound + 1
        };
        let (mut ranges, mut model) = (Ranges::new(), std::collections::BTreeSet::new());
        for _ in 0..5_000 {
            let (first, length) = (next(60), next(8) - 1);
            let last = first + length;
            if next(2) == 1 {
                ranges.insert_range(n(first), n(last));
                model.extend(first..=last);
            } else {
                let taken = ranges.take_range(n(first), n(last));
                let expected: Vec<u32> = model.range(first..=last).copied().collect();
                let taken: Vec<u32> = taken.numbers().map(NonZeroU32::get).collect();
                assert_eq!(taken, expected);
                model.retain(|number| !(first..=last).contains(number));
            }
            let numbers: Vec<u32> = ranges.numbers().map(NonZeroU32::get).collect();
            assert_eq!(numbers, model.iter().copied().collect::<Vec<_>>());
            assert_eq!(ranges.count(), model.len() as u64);
            let borders = shown(&ranges);
            assert!(borders.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0), "{borders:?}");
        }
    }

    #[test]
    fn the_ends_are_found_and_the_lowest_is_taken() {
        let mut ranges: Ranges = [2, 3, 7].map(n).into_iter().collect();
        assert_eq!(ranges.last(), Some(n(7)));
        let taken: Vec<u32> =
            std::iter::from_fn(|| ranges.pop_first()).map(NonZeroU32::get).collect();
        assert_eq!((taken, ranges.last()), (vec![2, 3, 7], None));
    }

    /// How many numbers and ranges, and the ranges that they are.
    type Row<N> = (N, usize, &'static [(u32, u32)]);

    #[test]
    fn the_head_has_the_first_numbers() {
        let mut ranges: Ranges = [2, 4, 5, 6].map(n).into_iter().collect();
        ranges.insert_range(n(9), n(u32::MAX));
        let rows: [Row<u64>; 6] = [
            (0, 9, &[]),
            (1, 9, &[(2, 2)]),
            (3, 9, &[(2, 2), (4, 5)]),
            (9, 2, &[(2, 2), (4, 6)]),
            (5, 9, &[(2, 2), (4, 6), (9, 9)]),
            (u64::MAX, 9, &[(2, 2), (4, 6), (9, u32::MAX)]),
        ];
        for (count, most, head) in rows {
            assert_eq!(shown(&ranges.head(count, most)), head, "{count} {most}");
        }
    }

    #[test]
    fn the_tail_has_the_last_numbers() {
        let ranges: Ranges = [2, 4, 5, 6, 9].map(n).into_iter().collect();
        let rows: [Row<u32>; 6] = [
            (0, 9, &[]),
            (1, 9, &[(9, 9)]),
            (3, 9, &[(5, 6), (9, 9)]),
            (9, 2, &[(4, 6), (9, 9)]),
            (4, 9, &[(4, 6), (9, 9)]),
            (u32::MAX, 9, &[(2, 2), (4, 6), (9, 9)]),
        ];
        for (count, most, tail) in rows {
            assert_eq!(shown(&ranges.tail(count, most)), tail, "{count} {most}");
        }
    }

    #[test]
    fn common_numbers_are_found() {
        let mut one = Ranges::new();
        one.insert_range(n(1), n(10));
        let two: Ranges = [3, 4, 12].map(n).into_iter().collect();
        assert_eq!(shown(&one.intersection(&two)), [(3, 4)]);
    }
}
