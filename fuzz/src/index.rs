//! POP3's index of unique-ids against a plain list.

use pop3_proto::{MessageNumber, UniqueId, UniqueIdIndex};

/// Adds any sequence of messages, and compares the index with a search in all of them.
///
/// A message is two bytes: its number, and its unique-id, both of few so that they meet.
pub fn pop3_index(data: &[u8]) {
    let mut index = UniqueIdIndex::new();
    let mut rows: Vec<(u32, Option<u8>)> = Vec::new();
    for row in data.chunks_exact(2).take(100) {
        let number = u32::from(row[0] % 48) + 1;
        let unique_id = (row[1] % 32 > 0).then_some(row[1] % 32);
        index.insert(MessageNumber::new(number).unwrap(), unique_id.map(id).as_ref());
        rows.push((number, unique_id));
        if rows.len().is_multiple_of(16) {
            compare(&index, &rows);
        }
    }
    compare(&index, &rows);
}

/// Some are too long to be kept in place.
fn id(letter: u8) -> UniqueId {
    let length = if letter.is_multiple_of(3) { 50 } else { 2 };
    UniqueId::new(vec![letter + b'A'; length]).unwrap()
}

fn octets(letter: u8) -> Vec<u8> {
    id(letter).as_bytes().to_vec()
}

fn compare(index: &UniqueIdIndex, rows: &[(u32, Option<u8>)]) {
    // `None` for a message that was listed with different unique-ids, or without one.
    let unique_id = |number: u32| {
        let mut ids = rows.iter().filter(|row| row.0 == number).map(|row| row.1);
        let first = ids.next()?;
        if ids.all(|id| id == first) { first } else { None }
    };
    for letter in 1..32 {
        let mut holders: Vec<u32> =
            rows.iter().filter(|row| row.1 == Some(letter)).map(|row| row.0).collect();
        holders.sort_unstable();
        holders.dedup();
        assert_eq!(index.contains(id(letter).as_bytes()), !holders.is_empty());
        let only = match holders[..] {
            [only] if unique_id(only).is_some() => Some(only),
            _ => None,
        };
        let named = index.number(id(letter).as_bytes()).map(MessageNumber::get);
        assert_eq!(named, only, "{letter}");
    }
    let mut numbers: Vec<u32> = rows.iter().map(|row| row.0).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(index.len(), numbers.len());
    assert!(index.is_complete());
    let expected: Vec<_> =
        numbers.iter().map(|number| (*number, unique_id(*number).map(octets))).collect();
    let listed: Vec<_> =
        index.iter().map(|(number, id)| (number.get(), id.map(<[u8]>::to_vec))).collect();
    assert_eq!(listed, expected);
    for (number, id) in &expected {
        assert_eq!(index.unique_id(MessageNumber::new(*number).unwrap()), id.as_deref());
    }
}
