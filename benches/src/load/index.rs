//! Every way in which a mailbox or a maildrop can change, for the views that a client keeps of
//! them.

use imap_proto_lite::{parse, selected::Selected};
use pop3_proto::{MessageNumber, UniqueId, UniqueIdIndex};

/// A kind of change.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Changes {
    /// Its name in the results.
    pub name: &'static str,
    make: Make,
}

#[derive(Clone, Copy, Debug)]
enum Make {
    /// IMAP: the lines after `* n EXISTS` and, if asked for, a FETCH of each message in rising
    /// order.
    Lines { fetched: bool, lines: fn(u32) -> Vec<String> },
    /// POP3: numbers and unique-ids.
    Listing(fn(u32) -> Vec<(u32, u32)>),
}

/// Ready to be run, as often as one likes.
#[derive(Debug)]
pub struct Prepared(Input);

#[derive(Debug)]
enum Input {
    Lines(Vec<String>),
    Listing(Vec<(MessageNumber, UniqueId)>),
}

const fn lines(name: &'static str, fetched: bool, lines: fn(u32) -> Vec<String>) -> Changes {
    Changes { name, make: Make::Lines { fetched, lines } }
}

const fn listing(name: &'static str, listing: fn(u32) -> Vec<(u32, u32)>) -> Changes {
    Changes { name, make: Make::Listing(listing) }
}

fn fetch(number: u32) -> String {
    format!("{number} FETCH (UID {})", 2 * number)
}

fn each(count: u32, line: impl Fn(u32) -> String) -> Vec<String> {
    (1..=count).map(line).collect()
}

/// 7919 is a prime, so every number up to `count` comes once.
const fn scattered(count: u32, number: u32) -> u32 {
    number * 7919 % count + 1
}

/// Every kind, with the number of its messages.
pub const CHANGES: &[Changes] = &[
    lines("FETCH in rising order", false, |count| each(count, fetch)),
    lines("FETCH in falling order", false, |count| each(count, |number| fetch(count + 1 - number))),
    lines("FETCH in any order", false, |count| {
        each(count, |number| fetch(scattered(count, number)))
    }),
    lines("EXPUNGE of the first", true, |count| each(count, |_| "1 EXPUNGE".to_owned())),
    lines("EXPUNGE of the last", true, |count| {
        each(count, |number| format!("{} EXPUNGE", count + 1 - number))
    }),
    lines("VANISHED one by one", true, |count| {
        each(count, |number| format!("VANISHED {}", 2 * number))
    }),
    lines("VANISHED one by one, falling", true, |count| {
        each(count, |number| format!("VANISHED {}", 2 * (count + 1 - number)))
    }),
    lines("VANISHED of everything", true, |_| vec!["VANISHED 1:4294967295".to_owned()]),
    lines("VANISHED, one range over and over", true, |count| {
        vec![format!("VANISHED {}1", "1:1024,".repeat(count as usize))]
    }),
    listing("UIDL in rising order", |count| (1..=count).map(|number| (number, number)).collect()),
    listing("UIDL in falling order", |count| {
        (1..=count).map(|number| (count + 1 - number, count - number)).collect()
    }),
    listing("UIDL in any order", |count| {
        (1..=count).map(|number| (scattered(count, number), scattered(count, number + 7))).collect()
    }),
    listing("UIDL, one unique-id for all", |count| (1..=count).map(|number| (number, 7)).collect()),
    listing("UIDL, one message over and over", |count| {
        (1..=count).map(|number| (1, number)).collect()
    }),
];

impl Changes {
    /// The input for so many messages.
    #[must_use]
    pub fn prepare(self, count: u32) -> Prepared {
        match self.make {
            Make::Lines { fetched, lines } => {
                let mut all = vec![format!("{count} EXISTS")];
                all.extend((1..=count).filter(|_| fetched).map(fetch));
                all.extend(lines(count));
                let wire = all.into_iter().map(|line| format!("* {line}\r\n"));
                Prepared(Input::Lines(wire.collect()))
            }
            Make::Listing(listing) => {
                let row = |(number, id)| {
                    let id = UniqueId::new(format!("id-{id:010}"))?;
                    Some((MessageNumber::new(number)?, id))
                };
                Prepared(Input::Listing(listing(count).into_iter().filter_map(row).collect()))
            }
        }
    }
}

impl Prepared {
    /// Parses the lines and applies them, or adds the messages and searches each. Returns how many
    /// messages there are afterwards.
    #[must_use]
    pub fn run(&self) -> usize {
        match &self.0 {
            Input::Lines(lines) => {
                let mut view = Selected::new();
                for line in lines {
                    view.apply(&parse::response(line.as_bytes(), &[]), |_| {});
                }
                view.message_count() as usize
            }
            Input::Listing(rows) => {
                let mut index = UniqueIdIndex::new();
                for (number, unique_id) in rows {
                    index.insert(*number, Some(unique_id));
                }
                let named =
                    rows.iter().filter(|row| index.number(row.1.as_bytes()) == Some(row.0)).count();
                if named == rows.len() { named } else { index.len() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_leaves_what_its_name_says() {
        for changes in CHANGES {
            let left = changes.prepare(100).run();
            let expected = match changes.name {
                "UIDL, one message over and over" => 1,
                // Two messages have a UID below 1024 for each number.
                name if name.starts_with("VANISHED") || name.starts_with("EXPUNGE") => 0,
                _ => 100,
            };
            assert_eq!(left, expected, "{}", changes.name);
        }
    }
}
