//! The messages whose UID is known, in the order of the mailbox: an order-statistics B+ tree.
//!
//! Each item is a message with a known UID and stands for the unknown messages before it too: its
//! *span* is their count plus one. So numbers are prefix sums of spans, a new UID in a run of
//! unknown messages splits one item, and an EXPUNGE changes one span, wherever it is. An inner node
//! keeps the sum of the spans and the last UID of each child; a search by number or by UID walks
//! from the root to a leaf, a change walks back. Nodes hold at most [`FULL`] items, and neighbours
//! that fit into three quarters of a node are joined, so every operation is O(log n), and a message
//! takes 14 bytes if the UIDs came in rising order and 40 at most. A node that went leaves 28 bytes
//! in the table of nodes, until another one takes its place or the map is empty.

use alloc::{vec, vec::Vec};

use crate::wire::steps;

/// The items of a node.
const FULL: usize = 32;
/// Neighbours with fewer items together become one node.
const JOIN: usize = FULL * 3 / 4;
/// The levels of a tree of 2^32 messages: a level has at least 12 times as many items as the one
/// above it.
const LEVELS: usize = 10;

/// In a leaf a message, in an inner node a child.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Item {
    /// How many messages it stands for.
    span: u32,
    /// The last UID among them.
    uid: u32,
    /// Which node it is, in an inner node.
    child: u32,
}

/// The path from the root to an item, or to the end of the last leaf: for each level the node and
/// the place in it.
type Path = [(u32, usize); LEVELS];

/// A message with a known UID, and what is before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Found {
    /// How many messages there are before `unknown`.
    pub(super) before: u32,
    /// The last known UID before it; 0 if there is none.
    pub(super) last_uid: u32,
    /// The unknown messages between that one and this one.
    pub(super) unknown: u32,
    /// Its UID; `None` at the end of the map.
    pub(super) uid: Option<u32>,
}

impl Found {
    /// The number of the message.
    pub(super) const fn number(&self) -> u32 {
        self.before.saturating_add(self.unknown).saturating_add(1)
    }
}

/// The map from message numbers to UIDs and back, as the module describes it.
#[derive(Clone, Debug)]
pub(super) struct Known {
    nodes: Vec<Vec<Item>>,
    free: Vec<u32>,
    root: u32,
    levels: usize,
    count: u32,
}

impl Default for Known {
    fn default() -> Self {
        Self { nodes: vec![Vec::new()], free: Vec::new(), root: 0, levels: 1, count: 0 }
    }
}

impl Known {
    /// How many UIDs are known.
    pub(super) const fn len(&self) -> u32 {
        self.count
    }

    /// How many messages there are up to the last known one.
    pub(super) fn span(&self) -> u32 {
        self.node(self.root).iter().map(|item| item.span).sum()
    }

    /// The message with this number, or the first known one after it.
    pub(super) fn by_number(&self, number: u32) -> Found {
        self.find(|end, _| end < number).0
    }

    /// The message with this UID, or the first known one after it.
    pub(super) fn by_uid(&self, uid: u32) -> Found {
        self.find(|_, last| last < uid).0
    }

    /// Adds a message in the unknown run before the item that [`by_number`](Self::by_number) finds.
    pub(super) fn insert(&mut self, number: u32, uid: u32) {
        let (found, path) = self.find(|end, _| end < number);
        let span = number - found.before;
        let Some((node, place)) = self.leaf(&path) else {
            return;
        };
        if let Some(next) = node.get_mut(place) {
            next.span -= span;
        }
        node.insert(place, Item { span, uid, child: 0 });
        self.count += 1;
        self.mend(&path);
    }

    /// Removes the known message with this UID. The unknown ones before it go too.
    pub(super) fn remove(&mut self, uid: u32) {
        let (found, path) = self.find(|_, last| last < uid);
        if found.uid == Some(uid)
            && let Some((node, place)) = self.leaf(&path)
        {
            node.remove(place);
            self.count -= 1;
            self.mend(&path);
        }
    }

    /// Sets how many unknown messages there are before the first known message from this UID on. At
    /// the end of the map they are not kept here.
    pub(super) fn set_unknown(&mut self, uid: u32, unknown: u32) {
        let (_, path) = self.find(|_, last| last < uid);
        if let Some((node, place)) = self.leaf(&path)
            && let Some(item) = node.get_mut(place)
        {
            item.span = unknown + 1;
            self.mend(&path);
        }
    }

    /// Forgets every UID from this one on.
    pub(super) fn truncate(&mut self, uid: u32) {
        while let Some(last) = self.node(self.root).last().map(|item| item.uid)
            && last >= uid
        {
            self.remove(last);
        }
    }

    /// Walks down, past the items for which `before` is true: given the number of their last
    /// message and their last UID.
    fn find(&self, before: impl Fn(u32, u32) -> bool) -> (Found, Path) {
        let mut path = [(0, 0); LEVELS];
        let mut found = Found { before: 0, last_uid: 0, unknown: 0, uid: None };
        let mut id = self.root;
        for (level, step) in path.iter_mut().take(self.levels).enumerate() {
            let items = self.node(id);
            // A place after everything goes to the last leaf.
            let last =
                if level + 1 == self.levels { items.len() } else { items.len().saturating_sub(1) };
            let passed = items.iter().take(last).take_while(|item| {
                let passes = before(found.before + item.span, item.uid);
                if passes {
                    (found.before, found.last_uid) = (found.before + item.span, item.uid);
                }
                passes
            });
            let place = passed.count();
            steps::add(place + 1);
            *step = (id, place);
            if let Some(item) = items.get(place) {
                id = item.child;
                (found.unknown, found.uid) = (item.span - 1, Some(item.uid));
            } else {
                (found.unknown, found.uid) = (0, None);
            }
        }
        (found, path)
    }

    fn node(&self, id: u32) -> &[Item] {
        usize::try_from(id).ok().and_then(|id| self.nodes.get(id)).map_or(&[], Vec::as_slice)
    }

    fn node_mut(&mut self, id: u32) -> Option<&mut Vec<Item>> {
        self.nodes.get_mut(usize::try_from(id).ok()?)
    }

    fn leaf(&mut self, path: &Path) -> Option<(&mut Vec<Item>, usize)> {
        let (id, place) = *path.get(self.levels - 1)?;
        self.node_mut(id).map(|node| (node, place))
    }

    /// Makes every node on the way from a changed leaf to the root right again.
    fn mend(&mut self, path: &Path) {
        for pair in path.get(..self.levels).unwrap_or_default().windows(2).rev() {
            let [(parent, index), (child, place)] = *pair else {
                return;
            };
            let half = self.split(child, place);
            let item = self.summary(child);
            let Some(items) = self.node_mut(parent) else {
                return;
            };
            // An insertion in a run of unknown messages changes nothing above.
            if item.is_some() && half.is_none() && items.get(index) == item.as_ref() {
                return;
            }
            items.splice(index..=index, item.into_iter().chain(half));
            if item.is_none() {
                self.release(child);
            }
            self.join(parent, index);
            self.join(parent, index.saturating_sub(1));
        }
        self.mend_root(path.first().map_or(0, |(_, place)| *place));
    }

    fn mend_root(&mut self, place: usize) {
        if let Some(half) = self.split(self.root, place)
            && let Some(item) = self.summary(self.root)
        {
            self.root = self.add(Vec::from([item, half]));
            self.levels += 1;
        }
        while self.levels > 1
            && let [only] = self.node(self.root)
        {
            let child = only.child;
            self.release(self.root);
            self.root = child;
            self.levels -= 1;
        }
        if self.count == 0 {
            *self = Self::default();
        }
    }

    /// Splits a node that is too full, and returns the item of its second half. A node that grows
    /// at its end stays full: UIDs mostly come in rising order.
    fn split(&mut self, id: u32, place: usize) -> Option<Item> {
        let node = self.node_mut(id).filter(|node| node.len() > FULL)?;
        let at = if place + 1 >= node.len() { FULL } else { node.len() / 2 };
        let half = node.get(at..)?.to_vec();
        node.truncate(at);
        steps::add(half.len());
        let id = self.add(half);
        self.summary(id)
    }

    /// Joins the children at `index` and after it, if both fit into one node.
    fn join(&mut self, parent: u32, index: usize) {
        let items = self.node(parent);
        let (Some(left), Some(right)) = (items.get(index), items.get(index + 1)) else {
            return;
        };
        let (left, right) = (left.child, right.child);
        if self.node(left).len() + self.node(right).len() > JOIN {
            return;
        }
        let moved = self.release(right);
        steps::add(moved.len());
        if let Some(node) = self.node_mut(left) {
            node.extend(moved);
        }
        let item = self.summary(left);
        if let Some(items) = self.node_mut(parent) {
            items.splice(index..index + 2, item);
        }
    }

    /// The item of a node in its parent; `None` if the node is empty.
    fn summary(&self, id: u32) -> Option<Item> {
        let items = self.node(id);
        steps::add(items.len());
        let span = items.iter().map(|item| item.span).sum();
        items.last().map(|last| Item { span, uid: last.uid, child: id })
    }

    fn add(&mut self, mut items: Vec<Item>) -> u32 {
        items.reserve_exact((FULL + 1).saturating_sub(items.len()));
        if let Some(id) = self.free.pop()
            && let Some(node) = self.node_mut(id)
        {
            *node = items;
            return id;
        }
        self.nodes.push(items);
        // There are fewer nodes than messages.
        u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX)
    }

    fn release(&mut self, id: u32) -> Vec<Item> {
        self.free.push(id);
        self.node_mut(id).map(core::mem::take).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The memory, without what `Vec` reserves for the table of nodes.
    fn bytes(known: &Known) -> usize {
        let nodes =
            known.nodes.iter().map(|node| node.capacity() * size_of::<Item>()).sum::<usize>();
        nodes + known.nodes.len() * size_of::<Vec<Item>>() + known.free.len() * size_of::<u32>()
    }

    fn check(known: &Known, expected: &[(u32, u32)]) {
        assert_eq!(known.len() as usize, expected.len());
        let (mut before, mut last_uid) = (0, 0);
        for &(number, uid) in expected {
            let found = Found { before, last_uid, unknown: number - before - 1, uid: Some(uid) };
            assert_eq!(known.by_number(number), found);
            assert_eq!(known.by_uid(uid), found);
            assert_eq!(known.by_number(before + 1), found);
            assert_eq!(known.by_uid(last_uid + 1), found);
            (before, last_uid) = (number, uid);
        }
        let end = Found { before, last_uid, unknown: 0, uid: None };
        assert_eq!((known.by_number(u32::MAX), known.by_uid(u32::MAX)), (end, end));
        assert_eq!(known.span(), before);
    }

    #[test]
    fn a_message_takes_between_14_and_40_bytes() {
        let count = 100_000;
        // The order of arrival, and the bytes of a message afterwards.
        let shuffled = |number: u32| number * 7919 % count + 1;
        let falling = |number: u32| count - number;
        let orders: [(&dyn Fn(u32) -> u32, usize); 3] =
            [(&|number| number + 1, 15), (&falling, 30), (&shuffled, 30)];
        for (order, most) in orders {
            let mut known = Known::default();
            for number in (0..count).map(order) {
                known.insert(number, 2 * number);
            }
            let taken = bytes(&known) / count as usize;
            assert!(taken <= most, "{taken} bytes a message");
            let expected: Vec<_> = (1..=count).map(|number| (number, 2 * number)).collect();
            check(&known, &expected);
            // Most of them go, scattered over all nodes.
            for number in (1..=count).filter(|number| number % 16 != 0) {
                known.remove(2 * number);
            }
            let left: Vec<_> = (1..=count / 16).map(|number| (number, 32 * number)).collect();
            check(&known, &left);
            let taken = bytes(&known) / left.len();
            assert!(taken <= 40 + 24 * 16 / 12, "{taken} bytes a message after removal");
            known.truncate(1);
            check(&known, &[]);
            assert_eq!(known.nodes.len(), 1);
        }
    }

    #[test]
    fn runs_of_unknown_messages_are_one_item() {
        let mut known = Known::default();
        let last = u32::MAX - 1;
        known.insert(last, last);
        known.insert(10, 20);
        known.insert(7, 7);
        check(&known, &[(7, 7), (10, 20), (last, last)]);
        known.set_unknown(20, 1);
        check(&known, &[(7, 7), (9, 20), (last - 1, last)]);
        known.remove(20);
        check(&known, &[(7, 7), (last - 3, last)]);
        known.remove(20);
        known.truncate(8);
        check(&known, &[(7, 7)]);
    }
}
