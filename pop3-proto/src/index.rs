//! Which message has which unique-id: [RFC 1939 section
//! 7](https://www.rfc-editor.org/rfc/rfc1939#section-7), UIDL.

use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::{
    client::Event,
    command::CommandKind,
    types::{MessageNumber, UniqueId},
    wire::steps,
};

/// The unique-ids of one session: by message number, and message numbers by unique-id.
///
/// Message numbers have no meaning in the next session, so a program remembers unique-ids. The RFC
/// promises that a unique-id names one message, but in some maildrops two messages have the same
/// one (Dovecot has an option for it), or a message has none (seen by getmail). Here such a
/// unique-id names no message, so that a program that deletes by unique-id does not delete the
/// wrong one.
///
/// ```
/// use pop3_proto::{MessageNumber, UniqueId, UniqueIdIndex};
///
/// let number = |number| MessageNumber::new(number).unwrap();
/// let id = |id: &'static str| UniqueId::new(id).unwrap();
/// let mut index = UniqueIdIndex::new();
/// // In a session: `index.learn(&event)` for each event of UIDL.
/// for (message, unique_id) in [(1, "a"), (2, "twice"), (3, "twice"), (5, "new")] {
///     index.insert(number(message), Some(id(unique_id)));
/// }
/// // From the last session.
/// let known = [id("a"), id("gone")];
///
/// assert_eq!(index.number(&id("a")), Some(number(1)));
/// assert_eq!(index.number(&id("twice")), None);
/// let new = index.iter().filter(|(_, unique_id)| unique_id.is_some_and(|id| !known.contains(id)));
/// assert_eq!(new.map(|(number, _)| number.get()).collect::<Vec<_>>(), [2, 3, 5]);
/// let vanished = known.iter().filter(|id| !index.contains(id));
/// assert_eq!(vanished.collect::<Vec<_>>(), [&id("gone")]);
/// ```
///
/// Adding a message costs O(log n) amortised, a lookup O(log n) in each of at most log n sorted
/// runs. Memory: 56 bytes a message, and a unique-id of more than 38 bytes besides; at most 64 MiB
/// together. A message that does not fit is not kept. After that, or after a line that cannot be
/// read, no unique-id names a message: see [`is_complete`](Self::is_complete).
#[derive(Clone, Debug, Default)]
pub struct UniqueIdIndex {
    rows: Vec<Row>,
    /// The rows by message number, each number once.
    by_number: Runs,
    /// The rows that have a unique-id, by unique-id.
    by_unique_id: Runs,
    long_ids: usize,
    /// A message is missing: it did not fit, or its line could not be read.
    incomplete: bool,
}

/// What the server said about a message.
#[derive(Clone, Debug)]
struct Row {
    unique_id: Option<UniqueId>,
    number: MessageNumber,
    /// The number was listed again with another unique-id, which has a row too.
    contradictory: bool,
}

impl UniqueIdIndex {
    /// The most bytes of all messages together.
    const BYTES: usize = 64 << 20;
    /// The bytes of a message: its row, and its places in the two orders.
    const ROW: usize = size_of::<Row>() + 2 * size_of::<u32>();

    /// An empty index.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            rows: Vec::new(),
            by_number: Runs(Vec::new()),
            by_unique_id: Runs(Vec::new()),
            long_ids: 0,
            incomplete: false,
        }
    }

    /// Learns from an [`Event::UniqueId`], and from an [`Event::Unrecognized`] of UIDL or LIST: the
    /// server has a message that the program does not know, so the index is not
    /// [complete](Self::is_complete) any more. Other events are ignored.
    pub fn learn(&mut self, event: &Event) {
        match event {
            Event::UniqueId { number, unique_id, .. } => self.insert(*number, unique_id.clone()),
            Event::Unrecognized { kind: CommandKind::Uidl | CommandKind::List, .. } => {
                self.incomplete = true;
            }
            _ => {}
        }
    }

    /// Adds a message with its unique-id, or without one.
    pub fn insert(&mut self, number: MessageNumber, unique_id: Option<UniqueId>) {
        let known = self.place(number);
        if let Some(known) = known.and_then(|place| self.rows.get_mut(place)) {
            if known.unique_id == unique_id {
                return;
            }
            known.contradictory = true;
            if unique_id.is_none() {
                return;
            }
        }
        let long = unique_id.as_ref().map_or(0, UniqueId::allocated);
        if (self.rows.len() + 1) * Self::ROW + self.long_ids + long > Self::BYTES {
            self.incomplete = true;
            return;
        }
        self.long_ids += long;
        let Ok(place) = u32::try_from(self.rows.len()) else {
            return;
        };
        // A slice of the input would keep the whole input buffer.
        let unique_id = unique_id.map(UniqueId::detached);
        let named = unique_id.is_some();
        grow(&mut self.rows);
        self.rows.push(Row { unique_id, number, contradictory: known.is_some() });
        let rows = &self.rows;
        if known.is_none() {
            self.by_number
                .push(place, |one, other| number_of(rows, one).cmp(&number_of(rows, other)));
        }
        if named {
            self.by_unique_id.push(place, |one, other| id_of(rows, one).cmp(&id_of(rows, other)));
        }
    }

    /// The one message with this unique-id. `None` if no message has it, if more than one has it,
    /// if the server contradicted itself about that message, and if the index is not complete.
    #[must_use]
    pub fn number(&self, unique_id: &UniqueId) -> Option<MessageNumber> {
        let mut holders = self.holders(unique_id);
        let row = holders.next().filter(|row| !row.contradictory && !self.incomplete)?;
        holders.next().is_none().then_some(row.number)
    }

    /// The unique-id of a message. `None` if there is no such message, if it has no unique-id, and
    /// if the server contradicted itself. Another message may have the same unique-id: then
    /// [`number`](Self::number) knows none for it.
    #[must_use]
    pub fn unique_id(&self, number: MessageNumber) -> Option<&UniqueId> {
        self.rows.get(self.place(number)?)?.unique_id()
    }

    /// Does any message have this unique-id?
    #[must_use]
    pub fn contains(&self, unique_id: &UniqueId) -> bool {
        self.holders(unique_id).next().is_some()
    }

    /// All messages in the order of their numbers, which may have gaps, with their unique-ids.
    pub fn iter(&self) -> impl Iterator<Item = (MessageNumber, Option<&UniqueId>)> {
        let mut places = self.by_number.0.clone();
        places.sort_by_key(|place| number_of(&self.rows, *place));
        places.into_iter().filter_map(|place| {
            let row = row(&self.rows, place)?;
            Some((row.number, row.unique_id()))
        })
    }

    /// The number of messages.
    pub const fn len(&self) -> usize {
        self.by_number.0.len()
    }

    /// True if there is no message.
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// True if every line of the listing was read and every message is kept. A message that is
    /// missing may have the unique-id of another one, so without it no unique-id names a message.
    pub const fn is_complete(&self) -> bool {
        !self.incomplete
    }

    fn place(&self, number: MessageNumber) -> Option<usize> {
        let order = |place| number_of(&self.rows, place).cmp(&Some(number));
        self.by_number.equal(order).next().and_then(|place| usize::try_from(place).ok())
    }

    fn holders(&self, unique_id: &UniqueId) -> impl Iterator<Item = &Row> {
        let order = move |place| id_of(&self.rows, place).cmp(&Some(unique_id));
        self.by_unique_id.equal(order).filter_map(|place| row(&self.rows, place))
    }
}

impl Row {
    const fn unique_id(&self) -> Option<&UniqueId> {
        match &self.unique_id {
            Some(unique_id) if !self.contradictory => Some(unique_id),
            _ => None,
        }
    }
}

fn row(rows: &[Row], place: u32) -> Option<&Row> {
    rows.get(usize::try_from(place).ok()?)
}

fn number_of(rows: &[Row], place: u32) -> Option<MessageNumber> {
    row(rows, place).map(|row| row.number)
}

fn id_of(rows: &[Row], place: u32) -> Option<&UniqueId> {
    row(rows, place)?.unique_id.as_ref()
}

/// Makes room by a quarter and not by doubling, so that the memory is close to what it holds.
fn grow<T>(items: &mut Vec<T>) {
    if items.len() == items.capacity() {
        items.reserve_exact(items.len() / 4 + 16);
    }
}

/// Rows in sorted runs, the longest first: their lengths are the powers of two that the number of
/// rows is the sum of. A new row is a run, and runs of one length are merged, so each row is merged
/// log n times, in whatever order the rows come; a hash table would need a secret against a server
/// that chooses unique-ids.
#[derive(Clone, Debug, Default)]
struct Runs(Vec<u32>);

impl Runs {
    fn push(&mut self, place: u32, order: impl Fn(u32, u32) -> Ordering) {
        grow(&mut self.0);
        self.0.push(place);
        let merged = 1 << self.0.len().trailing_zeros();
        let start = self.0.len() - merged;
        if let Some(runs) = self.0.get_mut(start..) {
            // A stable sort finds the runs and merges them.
            runs.sort_by(|one, other| {
                steps::add(1);
                order(*one, *other)
            });
        }
    }

    /// The rows that are equal by `order`, which compares a row with what is searched.
    fn equal(&self, order: impl Fn(u32) -> Ordering) -> impl Iterator<Item = u32> {
        let mut rest = self.0.as_slice();
        let mut equal: &[u32] = &[];
        core::iter::from_fn(move || {
            loop {
                if let Some((place, after)) = equal.split_first() {
                    equal = after;
                    steps::add(1);
                    if order(*place) == Ordering::Equal {
                        return Some(*place);
                    }
                }
                let longest = 1 << rest.len().checked_ilog2()?;
                let (run, after) = rest.split_at_checked(longest)?;
                rest = after;
                let first = run.partition_point(|place| {
                    steps::add(1);
                    order(*place) == Ordering::Less
                });
                equal = run.get(first..).unwrap_or_default();
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn number(number: u32) -> MessageNumber {
        MessageNumber::new(number).unwrap()
    }

    fn id(text: &'static str) -> UniqueId {
        UniqueId::new(text).unwrap()
    }

    fn index(lines: &[(u32, &'static str)]) -> UniqueIdIndex {
        let mut index = UniqueIdIndex::new();
        for (message, unique_id) in lines {
            index.insert(number(*message), (!unique_id.is_empty()).then(|| id(unique_id)));
        }
        index
    }

    /// Duplicates and missing unique-ids, as real servers list them.
    #[test]
    fn a_unique_id_of_two_messages_names_none() {
        let index = index(&[(1, "a"), (2, "b"), (3, "a"), (4, ""), (9, "c"), (7, "a")]);
        assert_eq!(index.number(&id("a")), None);
        assert_eq!(index.number(&id("b")), Some(number(2)));
        assert_eq!(index.number(&id("d")), None);
        assert!(index.contains(&id("a")) && !index.contains(&id("d")));
        assert_eq!(index.unique_id(number(3)), Some(&id("a")));
        assert_eq!(index.unique_id(number(4)), None);
        assert_eq!(index.unique_id(number(5)), None);
        let numbers: Vec<_> = index.iter().map(|(number, _)| number.get()).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 7, 9]);
        assert_eq!(index.len(), 6);
        assert!(!index.is_empty() && UniqueIdIndex::new().is_empty());
    }

    /// Message numbers that are listed again.
    #[test]
    fn a_message_that_is_listed_twice() {
        // The same unique-id again is neither a contradiction nor a duplicate.
        let same = index(&[(1, "a"), (1, "a")]);
        assert_eq!(same.number(&id("a")), Some(number(1)));
        for lines in [[(1, "a"), (1, "b")], [(1, "a"), (1, "")], [(1, ""), (1, "a")]] {
            let index = index(&lines);
            assert_eq!(index.number(&id("a")), None, "{lines:?}");
            assert_eq!(index.number(&id("b")), None, "{lines:?}");
            assert_eq!(index.unique_id(number(1)), None, "{lines:?}");
            assert_eq!(index.len(), 1);
        }
        // Its second unique-id is that of another message too.
        let twice = index(&[(1, "a"), (1, "b"), (2, "b"), (3, "c")]);
        assert_eq!(twice.number(&id("b")), None);
        assert_eq!(twice.number(&id("c")), Some(number(3)));
        assert_eq!(twice.iter().count(), 3);
    }

    #[test]
    fn messages_that_only_one_listing_knows() {
        let index = index(&[(1, "a"), (2, "b")]);
        // LIST came later and names a third: it has no unique-id yet, and is no error.
        assert_eq!(index.unique_id(number(3)), None);
    }

    /// A listing of so many messages.
    type Listing = fn(u32) -> Vec<(u32, UniqueId)>;

    fn listing(count: u32, row: impl Fn(u32) -> (u32, u32)) -> Vec<(u32, UniqueId)> {
        let id = |id| UniqueId::new(alloc::format!("id-{id:010}")).unwrap();
        (1..=count).map(row).map(|(number, text)| (number, id(text))).collect()
    }

    const LISTINGS: [(&str, Listing); 6] = [
        ("rising", |count| listing(count, |number| (number, number))),
        ("falling", |count| listing(count, |number| (count - number + 1, number))),
        ("unique-ids falling", |count| listing(count, |number| (number, count - number))),
        // 7919 is a prime, so every number comes once.
        ("scattered", |count| {
            listing(count, |number| (number * 7919 % count + 1, number * 6101 % count))
        }),
        ("one unique-id for all", |count| listing(count, |number| (number, 0))),
        ("one message again and again", |count| listing(count, |number| (1, number))),
    ];

    #[test]
    fn the_work_of_a_message_hardly_grows_with_the_messages() {
        for (name, listing) in LISTINGS {
            let work = |count: u32| {
                let listing = listing(count);
                steps::take();
                let mut index = UniqueIdIndex::new();
                for (message, unique_id) in &listing {
                    index.insert(number(*message), Some(unique_id.clone()));
                }
                let mut named = 0;
                for (message, unique_id) in &listing {
                    named += u32::from(index.number(unique_id) == Some(number(*message)));
                    assert!(index.contains(unique_id));
                }
                let unique = index.len() == listing.len() && name != "one unique-id for all";
                assert_eq!(named, if unique { count } else { 0 }, "{name}");
                steps::take()
            };
            // Powers of two are one run, and these are many.
            let mut before = work(20_479);
            for count in [40_959, 81_919, 163_839] {
                let now = work(count);
                assert!(now * 10 <= before * 23, "{name}: {before} steps, then {now} at {count}");
                before = now;
            }
        }
    }

    #[test]
    fn memory_is_bounded_and_beyond_it_no_unique_id_names_a_message() {
        assert_eq!(UniqueIdIndex::ROW, 56);
        let long = |index: u32| UniqueId::new(alloc::format!("{index:01024}")).unwrap();
        let mut index = UniqueIdIndex::new();
        for message in 1..=62_137 {
            index.insert(number(message), Some(long(message)));
        }
        assert!(index.is_complete());
        assert_eq!(index.number(&long(7)), Some(number(7)));
        index.insert(number(62_138), Some(long(7)));
        assert!(!index.is_complete());
        assert_eq!((index.len(), index.number(&long(7))), (62_137, None));
    }
}
