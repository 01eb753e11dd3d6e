//! [`split`]: which of the messages that were copied are still there, range by range: a set that a
//! server made can have thousands of millions of them.

use std::num::NonZeroU32;

use crate::id::Ranges;

/// Messages and, in the same order, their copies.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pairs {
    pub(super) ids: Ranges,
    pub(super) copies: Ranges,
}

impl Pairs {
    /// Adds messages; the copy of `first` is `copy`, that of the next number the next one.
    fn add(&mut self, ids: &Ranges, first: NonZeroU32, copy: NonZeroU32) {
        let copy_of = |id: NonZeroU32| copy.saturating_add(id.get().saturating_sub(first.get()));
        for (from, to) in ids.iter() {
            self.copies.insert_range(copy_of(from), copy_of(to));
        }
        self.ids.merge(ids);
    }
}

/// The messages that are not in `there`, and those that are, with their copies: the n-th of `ids`
/// is the n-th of `copies`.
pub(super) fn split(ids: &Ranges, copies: &Ranges, mut there: Ranges) -> (Pairs, Pairs) {
    let (mut moved, mut copied) = (Pairs::default(), Pairs::default());
    let (mut ids, mut copies) = (ids.iter(), copies.iter());
    let (mut next_ids, mut next_copies) = (ids.next(), copies.next());
    while let (Some((first, last)), Some((copy, last_copy))) = (next_ids, next_copies) {
        // As far as both ranges reach.
        let more = (last.get() - first.get()).min(last_copy.get() - copy.get());
        let (end, end_copy) = (first.saturating_add(more), copy.saturating_add(more));
        let still = there.take_range(first, end);
        let mut gone = Ranges::new();
        gone.insert_range(first, end);
        gone.subtract(&still);
        copied.add(&still, first, copy);
        moved.add(&gone, first, copy);
        let rest = |end: NonZeroU32, last| (end < last).then(|| (end.saturating_add(1), last));
        next_ids = rest(end, last).or_else(|| ids.next());
        next_copies = rest(end_copy, last_copy).or_else(|| copies.next());
    }
    (moved, copied)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(ids: &str, copies: &str) -> Pairs {
        Pairs { ids: ids.parse().unwrap(), copies: copies.parse().unwrap() }
    }

    #[test]
    fn the_nth_copy_stays_that_of_the_nth_message() {
        // Messages, copies, those still there; the moved ones and the copied ones.
        let rows = [
            ("5-9", "1-5", "", pairs("5-9", "1-5"), pairs("", "")),
            ("5-9", "1-5", "5-9", pairs("", ""), pairs("5-9", "1-5")),
            ("5-9", "1-5", "6,9,12", pairs("5,7-8", "1,3-4"), pairs("6,9", "2,5")),
            ("3,5,9-10", "1-4", "5", pairs("3,9-10", "1,3-4"), pairs("5", "2")),
            ("1-4", "2,7-8,20", "2-3", pairs("1,4", "2,20"), pairs("2-3", "7-8")),
            (
                "1-4294967295",
                "1-4294967295",
                "55",
                pairs("1-54,56-4294967295", "1-54,56-4294967295"),
                pairs("55", "55"),
            ),
        ];
        for (ids, copies, there, moved, copied) in rows {
            let [ids, copies, there] = [ids, copies, there].map(|text| text.parse().unwrap());
            assert_eq!(split(&ids, &copies, there), (moved, copied), "{ids} {copies}");
        }
    }
}
