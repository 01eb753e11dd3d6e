//! Sets, written, read and cut.

use super::*;
use alloc::{format, string::ToString as _};

fn uid(number: u32) -> Uid {
    Uid::new(number).unwrap()
}

#[test]
fn neighbours_become_ranges() {
    let set = UidSet::from_numbers([1, 2, 3, 5, 4, 9].map(uid)).unwrap();
    assert_eq!(set.to_string(), "1:3,5,4,9");
    assert_eq!(UidSet::from_numbers([]), None);
}

#[test]
fn a_huge_range_stays_two_numbers() {
    let set: UidSet = "1:4294967295".parse().unwrap();
    assert_eq!(set.ranges().count(), 1);
    assert!(set.contains(uid(77), uid(5)));
    assert_eq!(
        Ranges::<Uid>::check(b"1:4294967295")
            .unwrap()
            .count_numbers(),
        u64::from(u32::MAX)
    );
}

#[test]
fn the_last_message_is_in_an_open_range() {
    let set: UidSet = UidSet::from(uid(500));
    assert!(set.contains(uid(400), uid(400)));
    assert!(!set.contains(uid(399), uid(400)));
}

#[test]
fn a_number_joins_the_last_range_or_begins_another() {
    let mut set = UidSet::one(uid(7));
    for number in [8, 9, 11, 12, 12, u32::MAX, 1] {
        set.push(uid(number));
    }
    assert_eq!(set.to_string(), "7:9,11:12,12,4294967295,1");
    let mut set = UidSet::from(uid(3));
    set.push(uid(4));
    assert_eq!(set.to_string(), "3:*,4");
    assert_eq!("2:2,05".parse::<UidSet>().unwrap().to_string(), "2,5");
}

#[test]
fn bad_sets_are_refused() {
    for bad in [
        "",
        "0",
        "1,",
        ",1",
        "1:",
        ":1",
        "a",
        "1:2:3",
        "4294967296",
        "1 2",
        "+1",
    ] {
        assert!(bad.parse::<UidSet>().is_err(), "{bad}");
    }
}

#[test]
fn pieces_hold_everything_and_are_short() {
    let set = UidSet::from_numbers((1..5_000).map(|number| uid(number * 2))).unwrap();
    let mut joined = Vec::new();
    for piece in set.split(100) {
        assert!(piece.to_string().len() <= 100);
        joined.extend(piece.ranges());
    }
    assert!(joined.into_iter().eq(set.ranges()));
    assert_eq!(UidSet::all().split(0).count(), 1);
}

#[test]
fn reversed_ranges_keep_their_order() {
    let ranges = UidRanges::check(b"7:5,1").unwrap();
    assert_eq!(
        format!("{:?}", ranges.numbers().map(Uid::get).collect::<Vec<_>>()),
        "[5, 6, 7, 1]"
    );
    assert_eq!(ranges.first().unwrap().first, uid(7));
}
