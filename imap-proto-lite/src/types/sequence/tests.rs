//! Sets: writing, reading, cutting.

use alloc::{
    format,
    string::{String, ToString as _},
    vec,
    vec::Vec,
};

use proptest::prelude::*;

use super::*;
use crate::types::sequence::read::{unchecked_members, unchecked_set};

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
    let (_, ranges) = unchecked_set::<Uid>(b"1:4294967295").unwrap();
    assert_eq!(ranges.count_numbers(), u64::from(u32::MAX));
}

#[test]
fn the_last_message_is_in_an_open_range() {
    let set: UidSet = UidSet::starting_at(uid(500));
    assert!(set.contains(uid(400), uid(400)));
    assert!(!set.contains(uid(399), uid(400)));
}

#[test]
fn one_number_is_no_open_range() {
    assert_eq!(UidSet::one(uid(7)).to_string(), "7");
    assert_eq!(UidSet::starting_at(uid(7)).to_string(), "7:*");
}

#[test]
fn a_number_joins_the_last_range_or_begins_another() {
    let mut set = UidSet::one(uid(7));
    for number in [8, 9, 11, 12, 12, u32::MAX, 1] {
        set.push(uid(number));
    }
    assert_eq!(set.to_string(), "7:9,11:12,12,4294967295,1");
    let mut set = UidSet::starting_at(uid(3));
    set.push(uid(4));
    assert_eq!(set.to_string(), "3:*,4");
    assert_eq!("2:2,05".parse::<UidSet>().unwrap().to_string(), "2,5");
}

#[test]
fn bad_sets_are_refused() {
    for bad in ["", "0", "1,", ",1", "1:", ":1", "a", "1:2:3", "4294967296", "1 2", "+1"] {
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
    let (_, ranges) = unchecked_set::<Uid>(b"7:5,1").unwrap();
    assert_eq!(format!("{:?}", ranges.numbers().map(Uid::get).collect::<Vec<_>>()), "[5, 6, 7, 1]");
    assert_eq!(ranges.first().unwrap().first, uid(7));
}

/// The octets of a set, its number of members, and the ends of the members with valid numbers.
type Read = Option<(usize, usize, Vec<(u32, u32)>)>;

/// The set at the start of a text, by the grammar.
fn read_plainly(text: &[u8]) -> Read {
    let end = text.iter().position(|octet| b" )\r".contains(octet));
    let end = end.unwrap_or(text.len());
    let (mut members, mut ranges) = (0, Vec::new());
    for member in text[..end].split(|octet| *octet == b',') {
        let mut numbers = Vec::new();
        for number in member.split(|octet| *octet == b':') {
            numbers.push(match number {
                b"" => return None,
                b"*" => Some(u32::MAX),
                _ if !number.iter().all(u8::is_ascii_digit) => return None,
                _ => core::str::from_utf8(number).unwrap().parse().ok(),
            });
        }
        let (first, last) = match numbers[..] {
            [number] => (number, number),
            [first, last] => (first, last),
            _ => return None,
        };
        members += 1;
        ranges.extend(first.zip(last).filter(|(first, last)| *first.min(last) > 0));
    }
    Some((end, members, ranges))
}

/// Whether it is a set, by the crate and by this file.
fn is_set(text: &[u8]) -> bool {
    let read = unchecked_set::<Uid>(text).ok().map(|(rest, set)| {
        let ranges = set.iter().map(|range| (range.first.get(), range.last.get()));
        (text.len() - rest.len(), set.len(), ranges.collect())
    });
    assert_eq!(read, read_plainly(text), "{}", text.escape_ascii());
    // The shortcut gives what the grammar gives, or nothing.
    if let Some((rest, (set, count))) = fast::unchecked_set(text) {
        let (after, grammar) = unchecked_members::<Uid>(text).unwrap();
        assert_eq!((rest, set, count), (after, grammar.as_wire(), grammar.len()));
    }
    read.is_some()
}

/// All texts of at most `most` of these octets.
fn texts<const N: usize>(octets: &[u8; N], most: usize) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    for _ in 0..most {
        let longer = |text: &Vec<u8>| octets.map(|octet| [text.as_slice(), &[octet]].concat());
        let longest = all.last().map_or(0, Vec::len);
        let texts = all.iter().filter(|text| text.len() == longest);
        let texts: Vec<_> = texts.flat_map(longer).collect();
        all.extend(texts);
    }
    all
}

#[test]
fn short_texts_are_read_as_the_grammar_says() {
    let texts = texts(b"07,:* )a", 5);
    let sets = texts.iter().filter(|text| is_set(text)).count();
    assert!(sets > 1_000, "{sets}");
}

/// A set that is large is checked in blocks of 64 octets and in words of eight: put a text at every
/// offset of them.
#[test]
fn texts_in_large_sets_are_read_as_the_grammar_says() {
    let mut starts = vec![String::new()];
    for end in [",", ":", ":11111111111111111111"] {
        for place in 55..=66 {
            let octets = place - end.len();
            let mut start = "1,".repeat(octets / 2);
            start.truncate(octets - 1);
            starts.push(start + "1" + end);
        }
    }
    let mut sets = 0;
    for text in texts(b"07,:* \xba", 4) {
        for start in &starts {
            for behind in [",8:9".repeat(40), "8:9,1234,".repeat(20) + "1 5"] {
                let whole = [start.as_bytes(), &text, behind.as_bytes()].concat();
                sets += usize::from(is_set(&whole));
            }
        }
    }
    assert!(sets > 1_000, "{sets}");
}

/// Numbers of every length, alone and on both sides of a colon.
#[test]
fn members_are_read_whatever_is_in_them() {
    let mut numbers = Vec::new();
    for length in 1..=12 {
        numbers.extend(["0", "1", "4", "9"].map(|digit| digit.repeat(length)));
    }
    numbers.extend(["*", "007", "4294967295", "4294967296"].map(String::from));
    for first in &numbers {
        for last in &numbers {
            for member in [first.clone(), format!("{first}:{last}")] {
                for behind in ["", ",1", ",12345678901234567", ",1:2,3:4,5:6,7:8"] {
                    assert!(is_set(format!("{member}{behind}").as_bytes()));
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn large_sets_are_read_as_the_grammar_says(
        members in prop::collection::vec((any::<u32>(), any::<u32>(), 0..32_u32, 0..3_u8), 1..200),
        damage in prop::option::of((any::<prop::sample::Index>(), prop::sample::select(&b"0,:* a\xff"[..]))),
    ) {
        let mut text = String::new();
        for (first, last, shift, kind) in members {
            let (first, last) = (first >> shift, last >> shift);
            text += &match kind {
                0 => format!("{first},"),
                1 => format!("{first}:{last},"),
                _ => format!("{}:{},", first, u64::from(first) + 7),
            };
        }
        text.pop();
        let mut text = text.into_bytes();
        if let Some((place, octet)) = damage {
            let place = place.index(text.len());
            text[place] = octet;
        }
        is_set(&text);
    }
}
