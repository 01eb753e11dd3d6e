//! The rules of the index, its work and its memory.

use alloc::vec::Vec;

use super::*;

fn number(number: u32) -> MessageNumber {
    MessageNumber::new(number).unwrap()
}

fn index(lines: &[(u32, &'static str)]) -> UniqueIdIndex {
    let mut index = UniqueIdIndex::new();
    for (message, unique_id) in lines {
        index.insert(number(*message), UniqueId::new(*unique_id).as_ref());
    }
    index
}

/// Duplicates and missing unique-ids, as real servers list them.
#[test]
fn a_unique_id_of_two_messages_names_none() {
    let index = index(&[(1, "a"), (2, "b"), (3, "a"), (4, ""), (9, "c"), (7, "a")]);
    assert_eq!(index.number(b"a"), None);
    assert_eq!(index.number(b"b"), Some(number(2)));
    assert_eq!(index.number(b"d"), None);
    assert!(index.contains(b"a") && !index.contains(b"d"));
    assert_eq!(index.unique_id(number(3)), Some(&b"a"[..]));
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
    assert_eq!(same.number(b"a"), Some(number(1)));
    for lines in [[(1, "a"), (1, "b")], [(1, "a"), (1, "")], [(1, ""), (1, "a")]] {
        let index = index(&lines);
        assert_eq!(index.number(b"a"), None, "{lines:?}");
        assert_eq!(index.number(b"b"), None, "{lines:?}");
        assert_eq!(index.unique_id(number(1)), None, "{lines:?}");
        assert_eq!(index.len(), 1);
    }
    // Its second unique-id is that of another message too.
    let twice = index(&[(1, "a"), (1, "b"), (2, "b"), (3, "c")]);
    assert_eq!(twice.number(b"b"), None);
    assert_eq!(twice.number(b"c"), Some(number(3)));
    assert_eq!(twice.iter().count(), 3);
}

/// LIST and UIDL may name different messages, in any order.
#[test]
fn messages_that_only_one_listing_knows() {
    let sizes = [(4, None), (1, Some(10)), (3, Some(u64::MAX)), (1, Some(11))];
    for uidl_is_first in [false, true] {
        let mut joined = UniqueIdIndex::new();
        if uidl_is_first {
            joined = index(&[(2, "b"), (1, "a"), (3, "")]);
        }
        for (message, size) in sizes {
            joined.insert_size(number(message), size);
        }
        if !uidl_is_first {
            for (message, unique_id) in [(2, "b"), (1, "a"), (3, "")] {
                joined.insert(number(message), UniqueId::new(unique_id).as_ref());
            }
        }
        let sizes = [1, 2, 3, 4, 5].map(|message| joined.size(number(message)));
        assert_eq!(sizes, [Some(Some(10)), None, Some(None), Some(None), None]);
        assert!(joined.listed().eq([1, 3, 4].map(number)));
        let ids = [Some(&b"a"[..]), Some(b"b"), None, None];
        assert!(joined.iter().eq([1, 2, 3, 4].map(number).into_iter().zip(ids)));
        assert_eq!(joined.number(b"a"), Some(number(1)));
        assert_eq!(joined.number(b"b"), Some(number(2)));
        assert!(joined.is_complete() && joined.len() == 4);
        // UIDL names it again: the line of LIST does not count as one of UIDL.
        joined.insert(number(4), UniqueId::new("d").as_ref());
        joined.insert(number(3), UniqueId::new("c").as_ref());
        assert_eq!((joined.number(b"d"), joined.number(b"c")), (Some(number(4)), None));
    }
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
            for (message, _) in &listing {
                index.insert_size(number(*message), Some(7));
            }
            for (message, unique_id) in &listing {
                index.insert(number(*message), Some(unique_id));
            }
            let mut named = 0;
            for (message, unique_id) in &listing {
                named += u32::from(index.number(unique_id.as_bytes()) == Some(number(*message)));
                assert!(index.contains(unique_id.as_bytes()));
            }
            let unique = index.len() == listing.len() && name != "one unique-id for all";
            assert_eq!(named, if unique { count } else { 0 }, "{name}");
            steps::take()
        };
        // Powers of two are one run, and these are many.
        let mut before = work(10_239);
        for count in [20_479, 40_959, 81_919] {
            let now = work(count);
            assert!(now * 10 <= before * 23, "{name}: {before} steps, then {now} at {count}");
            before = now;
        }
    }
}

/// Runs in order are not merged, each is only compared with the one before it.
#[test]
fn rows_in_order_cost_one_step_each() {
    let mut runs = Runs::default();
    steps::take();
    (0..1 << 16).for_each(|place| runs.push(place, |one, other| one.cmp(&other)));
    assert!(steps::take() <= 1 << 16);
}

#[test]
fn memory_is_bounded_and_beyond_it_no_unique_id_names_a_message() {
    assert_eq!(UniqueIdIndex::ROW, 28);
    let long = |index: u32| alloc::format!("{index:01024}");
    let unique_id = |index: u32| UniqueId::new(long(index)).unwrap();
    let mut index = UniqueIdIndex::new();
    for message in 1..=63_791 {
        index.insert(number(message), Some(&unique_id(message)));
    }
    assert!(index.is_complete() && !index.is_full());
    assert_eq!(index.number(long(7).as_bytes()), Some(number(7)));
    index.insert(number(63_792), Some(&unique_id(7)));
    assert!(!index.is_complete() && index.is_full());
    assert_eq!((index.len(), index.number(long(7).as_bytes())), (63_791, None));
}

/// Two messages with a byte each fit.
#[test]
fn sizes_and_unique_ids_have_one_limit() {
    let mut index = UniqueIdIndex::with_limit(2 * UniqueIdIndex::ROW + 2);
    for message in 1..=2 {
        index.insert_size(number(message), Some(1));
    }
    index.insert(number(1), UniqueId::new("a").as_ref());
    let fits = |full: &UniqueIdIndex| full.is_full();
    for (message, size, unique_id, is_full) in [
        (3, Some(1), None, true),
        (3, None, Some("c"), true),
        (2, None, Some("bb"), true),
        (1, None, Some("b"), true),
        (2, None, Some("b"), false),
        (2, Some(2), None, false),
    ] {
        let mut index = index.clone();
        match unique_id {
            Some(unique_id) => index.insert(number(message), UniqueId::new(unique_id).as_ref()),
            None => index.insert_size(number(message), size),
        }
        assert_eq!(fits(&index), is_full, "{message} {size:?} {unique_id:?}");
        assert_eq!(index.number(b"a"), (!is_full).then(|| number(1)));
    }
}
