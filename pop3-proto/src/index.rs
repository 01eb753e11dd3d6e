//! Which message has which unique-id and size: [RFC 1939 section
//! 7](https://www.rfc-editor.org/rfc/rfc1939#section-7), UIDL, and [section
//! 5](https://www.rfc-editor.org/rfc/rfc1939#section-5), LIST.

use alloc::vec::Vec;
use core::{cmp::Ordering, iter};

use crate::{
    client::Event,
    command::CommandKind,
    types::{MessageNumber, UniqueId},
    wire::steps,
};

/// The messages of one session: unique-ids and sizes by message number, and message numbers by
/// unique-id.
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
/// let mut index = UniqueIdIndex::new();
/// // In a session: `index.learn(&event)` for each event of LIST and UIDL.
/// for (message, unique_id) in [(1, "a"), (2, "twice"), (3, "twice"), (5, "new")] {
///     index.insert(number(message), UniqueId::new(unique_id).as_ref());
/// }
/// // From the last session.
/// let known = [&b"a"[..], b"gone"];
///
/// assert_eq!(index.number(b"a"), Some(number(1)));
/// assert_eq!(index.number(b"twice"), None);
/// let new = index.iter().filter(|(_, id)| id.is_some_and(|id| !known.contains(&id)));
/// assert_eq!(new.map(|(number, _)| number.get()).collect::<Vec<_>>(), [2, 3, 5]);
/// let vanished = known.iter().filter(|id| !index.contains(id));
/// assert_eq!(vanished.collect::<Vec<_>>(), [b"gone"]);
/// ```
///
/// Adding a message costs O(log n) amortised, a lookup O(log n) in each of at most log n sorted
/// runs. Memory: 28 bytes and the unique-id for each message, of which
/// [`with_limit`](Self::with_limit) allows 64 MiB or what the program says, and an eighth more for
/// the messages to come. What does not fit is not kept. After that, or after a line that cannot be
/// read, no unique-id names a message: see [`is_complete`](Self::is_complete).
#[derive(Clone, Debug)]
pub struct UniqueIdIndex {
    table: Table,
    /// The rows by message number, each number once.
    by_number: Runs,
    /// The rows that have a unique-id, by unique-id.
    by_unique_id: Runs,
    limit: usize,
    /// A line could not be read.
    incomplete: bool,
    /// A message or a unique-id did not fit.
    full: bool,
}

/// The messages in the order in which the server named them, in columns.
#[derive(Clone, Debug, Default)]
struct Table {
    rows: Vec<Row>,
    /// What LIST told of each row: its bytes, or one of the two values below.
    sizes: Vec<u64>,
    /// The unique-ids of all rows, one after the other.
    octets: Vec<u8>,
}

/// LIST does not have this message.
const UNLISTED: u64 = u64::MAX;
/// LIST has this message, with a size that is unusable.
const UNKNOWN: u64 = u64::MAX - 1;

/// What the server said about a message.
#[derive(Clone, Copy, Debug)]
struct Row {
    number: MessageNumber,
    /// Where its unique-id begins among the octets, and how long it is: 0 if it has none.
    start: u32,
    length: u16,
    /// UIDL has this message.
    has_line: bool,
    /// UIDL has the number again with another unique-id, which has a row too.
    contradictory: bool,
}

impl Default for UniqueIdIndex {
    fn default() -> Self {
        Self::new()
    }
}

impl UniqueIdIndex {
    /// The bytes of a message without its unique-id: its row, its size, its places in two orders.
    const ROW: usize = size_of::<Row>() + size_of::<u64>() + 2 * size_of::<u32>();

    /// An empty index that keeps 64 MiB.
    #[must_use]
    pub const fn new() -> Self {
        Self::with_limit(64 << 20)
    }

    /// An empty index that keeps so many bytes of all messages together, 4 GiB at most.
    #[must_use]
    pub const fn with_limit(bytes: usize) -> Self {
        Self {
            table: Table { rows: Vec::new(), sizes: Vec::new(), octets: Vec::new() },
            by_number: Runs(Vec::new()),
            by_unique_id: Runs(Vec::new()),
            limit: bytes,
            incomplete: false,
            full: false,
        }
    }

    /// Learns from an [`Event::ScanListing`] and an [`Event::UniqueId`], and from an
    /// [`Event::Unrecognized`] of UIDL or LIST: the server has a message that the program does not
    /// know, so the index is not [complete](Self::is_complete) any more. Other events are ignored.
    pub fn learn(&mut self, event: &Event) {
        match event {
            Event::ScanListing { number, octets, .. } => self.insert_size(*number, *octets),
            Event::UniqueId { number, unique_id, .. } => self.insert(*number, unique_id.as_ref()),
            Event::Unrecognized { kind: CommandKind::Uidl | CommandKind::List, .. } => {
                self.incomplete = true;
            }
            _ => {}
        }
    }

    /// Adds a message of UIDL with its unique-id, or without one.
    pub fn insert(&mut self, number: MessageNumber, unique_id: Option<&UniqueId>) {
        let octets = unique_id.map_or(&[][..], UniqueId::as_bytes);
        let mut row = Row { has_line: true, ..Row::new(number) };
        let mut known = self.place(number);
        match known.and_then(|place| self.table.rows.get_mut(place)) {
            Some(first) if first.has_line => {
                if self.table.octets.get(first.range()) == Some(octets) {
                    return;
                }
                first.contradictory = true;
                if octets.is_empty() {
                    return;
                }
                (row.contradictory, known) = (true, None);
            }
            _ => {}
        }
        // The row of a message that only LIST named yet is filled, any other message gets one.
        let Some(start) = self.reserve(usize::from(known.is_none()), octets.len()) else {
            return;
        };
        (row.start, row.length) = (start, u16::try_from(octets.len()).unwrap_or(u16::MAX));
        grow(&mut self.table.octets, octets.len());
        self.table.octets.extend_from_slice(octets);
        let place = match known.and_then(|place| self.table.rows.get_mut(place).zip(Some(place))) {
            Some((listed, place)) => {
                *listed = row;
                u32::try_from(place).ok()
            }
            None => self.add(row),
        };
        if let Some(place) = place.filter(|_| !octets.is_empty()) {
            let id = |place| self.table.unique_id(place);
            self.by_unique_id.push(place, |one, other| id(one).cmp(&id(other)));
        }
    }

    /// Adds a message of LIST with its size in bytes, `None` if the server's number is unusable.
    /// Of a message that is listed again the first size stays.
    pub fn insert_size(&mut self, number: MessageNumber, octets: Option<u64>) {
        let known = self.place(number).or_else(|| {
            self.reserve(1, 0)?;
            usize::try_from(self.add(Row::new(number))?).ok()
        });
        match known.and_then(|place| self.table.sizes.get_mut(place)) {
            Some(size) if *size == UNLISTED => *size = octets.unwrap_or(UNKNOWN).min(UNKNOWN),
            _ => {}
        }
    }

    /// The one message with this unique-id. `None` if no message has it, if more than one has it,
    /// if the server contradicted itself about that message, and if the index is not complete.
    #[must_use]
    pub fn number(&self, unique_id: &[u8]) -> Option<MessageNumber> {
        let mut holders = self.holders(unique_id);
        let row = holders.next().filter(|row| !row.contradictory && self.is_complete())?;
        holders.next().is_none().then_some(row.number)
    }

    /// The unique-id of a message. `None` if there is no such message, if it has no unique-id, and
    /// if the server contradicted itself. Another message may have the same unique-id: then
    /// [`number`](Self::number) knows none for it.
    #[must_use]
    pub fn unique_id(&self, number: MessageNumber) -> Option<&[u8]> {
        self.table.certain_id(self.table.rows.get(self.place(number)?)?)
    }

    /// The size of a message in bytes, inside `None` if the server's number is unusable. `None` if
    /// LIST has no such message.
    #[must_use]
    pub fn size(&self, number: MessageNumber) -> Option<Option<u64>> {
        told(*self.table.sizes.get(self.place(number)?)?)
    }

    /// Does any message have this unique-id?
    #[must_use]
    pub fn contains(&self, unique_id: &[u8]) -> bool {
        self.holders(unique_id).next().is_some()
    }

    /// All messages in the order of their numbers, which may have gaps, with their unique-ids.
    pub fn iter(&self) -> impl Iterator<Item = (MessageNumber, Option<&[u8]>)> {
        self.places().filter_map(|place| {
            let row = self.table.rows.get(place)?;
            Some((row.number, self.table.certain_id(row)))
        })
    }

    /// The messages that LIST has, in the order of their numbers.
    pub fn listed(&self) -> impl Iterator<Item = MessageNumber> {
        self.places().filter_map(|place| {
            told(*self.table.sizes.get(place)?)?;
            self.table.rows.get(place).map(|row| row.number)
        })
    }

    /// The number of messages.
    pub const fn len(&self) -> usize {
        self.by_number.0.len()
    }

    /// True if there is no message.
    pub const fn is_empty(&self) -> bool {
        self.by_number.0.is_empty()
    }

    /// True if every line of the listing was read and every message is kept. A message that is
    /// missing may have the unique-id of another one, so without it no unique-id names a message.
    pub const fn is_complete(&self) -> bool {
        !self.incomplete && !self.full
    }

    /// True if the limit was reached: a message or a unique-id is not kept.
    pub const fn is_full(&self) -> bool {
        self.full
    }

    /// Makes sure that so many rows and octets fit. Returns where the octets begin.
    fn reserve(&mut self, rows: usize, octets: usize) -> Option<u32> {
        let (all_rows, start) = (self.table.rows.len() + rows, self.table.octets.len());
        let fits = all_rows * Self::ROW + start + octets <= self.limit;
        let start = u32::try_from(start).ok().filter(|_| fits);
        self.full |= start.is_none();
        start
    }

    /// Adds a row. A second one of a number is found by its unique-id alone.
    fn add(&mut self, row: Row) -> Option<u32> {
        let place = u32::try_from(self.table.rows.len()).ok()?;
        grow(&mut self.table.rows, 1);
        self.table.rows.push(row);
        grow(&mut self.table.sizes, 1);
        self.table.sizes.push(UNLISTED);
        if !row.contradictory {
            let number = |place| self.table.row(place).map(|row| row.number);
            self.by_number.push(place, |one, other| number(one).cmp(&number(other)));
        }
        Some(place)
    }

    fn place(&self, number: MessageNumber) -> Option<usize> {
        let order = |place| self.table.row(place).map(|row| row.number).cmp(&Some(number));
        self.by_number.equal(order).next().and_then(|place| usize::try_from(place).ok())
    }

    /// The places of all messages in the order of their numbers.
    fn places(&self) -> impl Iterator<Item = usize> {
        let mut places = self.by_number.0.clone();
        places.sort_by_key(|place| self.table.row(*place).map(|row| row.number));
        places.into_iter().filter_map(|place| usize::try_from(place).ok())
    }

    fn holders(&self, unique_id: &[u8]) -> impl Iterator<Item = &Row> {
        let order = move |place| self.table.unique_id(place).cmp(&Some(unique_id));
        self.by_unique_id.equal(order).filter_map(|place| self.table.row(place))
    }
}

impl Row {
    const fn new(number: MessageNumber) -> Self {
        Self { number, start: 0, length: 0, has_line: false, contradictory: false }
    }

    fn range(&self) -> core::ops::Range<usize> {
        let start = usize::try_from(self.start).unwrap_or(usize::MAX);
        start..start.saturating_add(usize::from(self.length))
    }
}

impl Table {
    fn row(&self, place: u32) -> Option<&Row> {
        self.rows.get(usize::try_from(place).ok()?)
    }

    fn unique_id(&self, place: u32) -> Option<&[u8]> {
        self.octets.get(self.row(place)?.range())
    }

    /// The unique-id of a row, unless the server contradicted itself.
    fn certain_id(&self, row: &Row) -> Option<&[u8]> {
        self.octets.get(row.range()).filter(|octets| !octets.is_empty() && !row.contradictory)
    }
}

/// The meaning of a size in the table.
fn told(size: u64) -> Option<Option<u64>> {
    (size != UNLISTED).then_some((size != UNKNOWN).then_some(size))
}

/// Makes room for more, and then by an eighth and not by doubling: the memory is close to what it
/// holds.
fn grow<T>(items: &mut Vec<T>, more: usize) {
    if items.capacity() - items.len() < more {
        items.reserve_exact(more.max(items.len() / 8 + 16));
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
        grow(&mut self.0, 1);
        self.0.push(place);
        let merged: usize = 1 << self.0.len().trailing_zeros();
        let start = self.0.len() - merged;
        let Some(runs) = self.0.get_mut(start..) else {
            return;
        };
        let order = |one: &u32, other: &u32| {
            steps::add(1);
            order(*one, *other)
        };
        // Runs that follow each other are one run already: the order of almost every server.
        let is_sorted = iter::successors(Some(1), |length| Some(length * 2))
            .take_while(|length| *length < merged)
            .all(|length| match runs.get(merged - length - 1..=merged - length) {
                Some([last, first]) => order(last, first) != Ordering::Greater,
                _ => true,
            });
        if !is_sorted {
            // A stable sort finds the runs and merges them.
            runs.sort_by(order);
        }
    }

    /// The rows that are equal by `order`, which compares a row with what is searched.
    fn equal(&self, order: impl Fn(u32) -> Ordering) -> impl Iterator<Item = u32> {
        let mut rest = self.0.as_slice();
        let mut equal: &[u32] = &[];
        iter::from_fn(move || {
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
mod tests;
