//! Which message has which unique-id: [RFC 1939 section
//! 7](https://www.rfc-editor.org/rfc/rfc1939#section-7), UIDL.

use alloc::{collections::BTreeMap, vec::Vec};

use crate::{
    client::Event,
    types::{MessageNumber, UniqueId},
};

/// The unique-ids of one session: by message number, and message numbers by unique-id.
///
/// Message numbers have no meaning in the next session, so a program remembers unique-ids. The RFC
/// promises that a unique-id names one message, but in some maildrops two messages have the same
/// one (Dovecot has an option for it), or a message has none (getmail met that). Here such a
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
/// It has an entry for each message that the server lists, at most
/// [`Limits::listing_items`](crate::Limits::listing_items) for each UIDL.
#[derive(Clone, Debug, Default)]
pub struct UniqueIdIndex {
    by_number: BTreeMap<MessageNumber, Named>,
    by_unique_id: BTreeMap<UniqueId, Holders>,
}

/// What the server said about a message.
#[derive(Clone, Debug)]
enum Named {
    None,
    One(UniqueId),
    /// The number was listed again with another unique-id.
    Contradictory,
}

/// The messages that have a unique-id.
#[derive(Clone, Debug)]
struct Holders {
    first: MessageNumber,
    others: Vec<MessageNumber>,
}

impl UniqueIdIndex {
    /// An empty index.
    #[must_use]
    pub const fn new() -> Self {
        Self { by_number: BTreeMap::new(), by_unique_id: BTreeMap::new() }
    }

    /// Learns from an [`Event::UniqueId`]. Other events are ignored.
    pub fn learn(&mut self, event: &Event) {
        if let Event::UniqueId { number, unique_id, .. } = event {
            self.insert(*number, unique_id.clone());
        }
    }

    /// Adds a message with its unique-id, or without one.
    pub fn insert(&mut self, number: MessageNumber, unique_id: Option<UniqueId>) {
        if let Some(unique_id) = unique_id.clone() {
            self.by_unique_id
                .entry(unique_id)
                .and_modify(|holders| holders.add(number))
                .or_insert_with(|| Holders { first: number, others: Vec::new() });
        }
        let named = unique_id.map_or(Named::None, Named::One);
        self.by_number
            .entry(number)
            .and_modify(|known| {
                if known.unique_id() != named.unique_id() {
                    *known = Named::Contradictory;
                }
            })
            .or_insert(named);
    }

    /// The one message with this unique-id. `None` if no message has it, if more than one has it,
    /// and if the server contradicted itself about that message.
    #[must_use]
    pub fn number(&self, unique_id: &UniqueId) -> Option<MessageNumber> {
        let holders = self.by_unique_id.get(unique_id)?;
        let one = holders.others.is_empty()
            && matches!(self.by_number.get(&holders.first), Some(Named::One(_)));
        one.then_some(holders.first)
    }

    /// The unique-id of a message. `None` if there is no such message, if it has no unique-id, and
    /// if the server contradicted itself. Another message may have the same unique-id: see
    /// [`duplicates`](Self::duplicates).
    #[must_use]
    pub fn unique_id(&self, number: MessageNumber) -> Option<&UniqueId> {
        self.by_number.get(&number)?.unique_id()
    }

    /// Does any message have this unique-id?
    #[must_use]
    pub fn contains(&self, unique_id: &UniqueId) -> bool {
        self.by_unique_id.contains_key(unique_id)
    }

    /// All messages in the order of their numbers, which may have gaps, with their unique-ids.
    pub fn iter(&self) -> impl Iterator<Item = (MessageNumber, Option<&UniqueId>)> {
        self.by_number.iter().map(|(number, named)| (*number, named.unique_id()))
    }

    /// Unique-ids that more than one message has, and those messages in the order of the listing.
    pub fn duplicates(&self) -> impl Iterator<Item = (&UniqueId, Vec<MessageNumber>)> {
        self.by_unique_id.iter().filter(|(_, holders)| !holders.others.is_empty()).map(
            |(unique_id, holders)| {
                let mut numbers = alloc::vec![holders.first];
                numbers.extend_from_slice(&holders.others);
                (unique_id, numbers)
            },
        )
    }

    /// The number of messages.
    pub fn len(&self) -> usize {
        self.by_number.len()
    }

    /// True if there is no message.
    pub fn is_empty(&self) -> bool {
        self.by_number.is_empty()
    }
}

impl Holders {
    fn add(&mut self, number: MessageNumber) {
        if self.first != number && !self.others.contains(&number) {
            self.others.push(number);
        }
    }
}

impl Named {
    const fn unique_id(&self) -> Option<&UniqueId> {
        match self {
            Self::One(unique_id) => Some(unique_id),
            Self::None | Self::Contradictory => None,
        }
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
        let duplicates: Vec<_> = index.duplicates().collect();
        assert_eq!(duplicates, [(&id("a"), [1, 3, 7].map(number).to_vec())]);
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
        assert_eq!(same.duplicates().count(), 0);
        for lines in [[(1, "a"), (1, "b")], [(1, "a"), (1, "")], [(1, ""), (1, "a")]] {
            let index = index(&lines);
            assert_eq!(index.number(&id("a")), None, "{lines:?}");
            assert_eq!(index.number(&id("b")), None, "{lines:?}");
            assert_eq!(index.unique_id(number(1)), None, "{lines:?}");
            assert_eq!(index.len(), 1);
        }
    }

    #[test]
    fn messages_that_only_one_listing_knows() {
        let index = index(&[(1, "a"), (2, "b")]);
        // LIST came later and names a third: it has no unique-id yet, and is no error.
        assert_eq!(index.unique_id(number(3)), None);
    }
}
