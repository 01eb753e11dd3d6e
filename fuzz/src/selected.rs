//! IMAP's view of a mailbox against a plain list.

use imap_proto_lite::{
    SeqNumber, Uid, parse,
    selected::{Change, Resync, Selected},
};

/// Applies any sequence of lines to a view, and compares it with a list after each.
///
/// An operation is a byte and two numbers of a byte each, kept small so that they meet.
pub fn imap_selected(data: &[u8]) {
    let mut view = Selected::new();
    let mut list = List::default();
    // What a program knows that only hears of changes, until the first contradiction.
    let mut heard: Vec<Option<u32>> = Vec::new();
    for operation in data.chunks_exact(3).take(150) {
        let &[kind, one, other] = operation else { unreachable!() };
        let (one, other) = (u32::from(one % 64), u32::from(other));
        let count = u32::try_from(list.messages.len()).unwrap();
        let reliable = list.resync.is_none();
        let line = match kind % 8 {
            0 => list.exists(one),
            1 => list.exists(count + one % 4),
            2 => list.expunge(one),
            3 | 4 => list.fetch(one, other),
            5 => list.vanish(&[(one, one + other % 8)]),
            6 => list.vanish(&[(other, other), (one, one + 2), (other, other / 2), (one + 4, 300)]),
            _ => list.vanish(&[(one, u32::MAX)]),
        };
        let line = format!("* {line}\r\n");
        view.apply(&parse::response(line.as_bytes(), &[]), |change| {
            if reliable {
                hear(&mut heard, change);
            }
        });
        if let (3 | 4, Some(place)) = (kind % 8, (one as usize).checked_sub(1))
            && let (Some(heard), Some(uid)) = (heard.get_mut(place), list.messages.get(place))
        {
            *heard = *uid;
        }
        list.compare(&view);
        if list.resync.is_none() {
            assert_eq!(heard, list.messages);
        }
    }
}

/// The messages, with their UIDs where they are known.
#[derive(Default)]
struct List {
    messages: Vec<Option<u32>>,
    announced: bool,
    resync: Option<Resync>,
}

impl List {
    fn needs(&mut self, resync: Resync) {
        self.resync.get_or_insert(resync);
    }

    fn known(&self) -> impl DoubleEndedIterator<Item = (u32, u32)> {
        (1..)
            .zip(&self.messages)
            .filter_map(|(number, uid)| Some((number, (*uid)?)))
            .collect::<Vec<_>>()
            .into_iter()
    }

    fn exists(&mut self, count: u32) -> String {
        let fell = self.announced && (count as usize) < self.messages.len();
        if fell || self.known().next_back().is_some_and(|(number, _)| number > count) {
            self.needs(Resync::ExistsFell);
            self.messages.fill(None);
        }
        self.announced = true;
        self.messages.resize(count as usize, None);
        format!("{count} EXISTS")
    }

    fn expunge(&mut self, number: u32) -> String {
        match (number as usize).checked_sub(1) {
            // Not a message number, so the line means nothing.
            None => {}
            Some(place) if place < self.messages.len() => drop(self.messages.remove(place)),
            Some(_) => self.needs(Resync::UnknownMessage),
        }
        format!("{number} EXPUNGE")
    }

    fn fetch(&mut self, number: u32, uid: u32) -> String {
        let line = format!("{number} FETCH (FLAGS () UID {uid})");
        // Not a message number, so the line means nothing.
        let Some(place) = (number as usize).checked_sub(1) else {
            return line;
        };
        if place >= self.messages.len() {
            self.needs(Resync::UnknownMessage);
            return line;
        }
        if uid == 0 || self.messages[place] == Some(uid) {
            return line;
        }
        let rises =
            |low: (u32, u32), high: (u32, u32)| high.1 > low.1 && high.1 - low.1 >= high.0 - low.0;
        let before = self.known().rfind(|known| known.0 < number).unwrap_or_default();
        let after = self.known().find(|known| known.0 > number);
        if self.messages[place].is_none()
            && rises(before, (number, uid))
            && after.is_none_or(|after| rises((number, uid), after))
        {
            self.messages[place] = Some(uid);
        } else {
            self.needs(Resync::UidContradicts);
        }
        line
    }

    fn vanish(&mut self, ranges: &[(u32, u32)]) -> String {
        let members: Vec<_> = ranges.iter().map(|(low, high)| format!("{low}:{high}")).collect();
        let line = format!("VANISHED {}", members.join(","));
        if ranges.iter().any(|(low, high)| *low == 0 || *high == 0) {
            self.needs(Resync::UnknownMessage);
            return line;
        }
        let holds = |uid: u64| {
            ranges.iter().any(|(one, other)| {
                (u64::from(*one.min(other))..=u64::from(*one.max(other))).contains(&uid)
            })
        };
        // All UIDs that the unknown messages between two known ones may have, up to one that only
        // the endless range holds.
        let fate = |low: u64, high: u64| {
            let last = high.min(1000);
            let gone = (low..=last).filter(|uid| holds(*uid)).count() as u64;
            let endless = high == last || holds(high);
            (gone > 0, gone == last + 1 - low && endless)
        };
        let mut left = Vec::new();
        let (mut unknown, mut last_uid) = (0, 0);
        let end = [Some(u32::MAX)];
        let tail = self.messages.len();
        for (place, uid) in self.messages.iter().chain(&end).enumerate() {
            let Some(uid) = *uid else {
                unknown += 1;
                continue;
            };
            let high = if place == tail { u64::from(u32::MAX) } else { u64::from(uid) - 1 };
            if unknown > 0 && last_uid < high {
                match fate(last_uid + 1, high) {
                    (true, false) => {
                        // Which ones are gone is not known, nor what is after them; how many
                        // there are is, if each UID was that of a message.
                        let most = left.len() + tail - (place - unknown);
                        let known = left.iter().rposition(Option::is_some).map_or(0, |at| at + 1);
                        let rest = u32::try_from(count(ranges)).ok();
                        let rest = rest.and_then(|named| tail.checked_sub(named as usize));
                        left.resize(rest.unwrap_or(most).min(most).max(known), None);
                        self.messages = left;
                        self.announced = false;
                        return line;
                    }
                    (true, true) => unknown = 0,
                    (false, _) => {}
                }
            }
            left.resize(left.len() + unknown, None);
            unknown = 0;
            last_uid = uid.into();
            if place < tail && !holds(uid.into()) {
                left.push(Some(uid));
            }
        }
        self.messages = left;
        line
    }

    fn compare(&self, view: &Selected) {
        assert_eq!(view.resync_needed(), self.resync);
        assert_eq!(view.message_count() as usize, self.messages.len());
        assert_eq!(view.known_count() as usize, self.known().count());
        for (number, uid) in (1..).zip(&self.messages) {
            let number = SeqNumber::new(number).unwrap();
            let uid = uid.and_then(Uid::new);
            assert_eq!(view.uid(number), uid, "at {number}");
            if let Some(uid) = uid {
                assert_eq!(view.seq(uid), Some(number));
            }
        }
        // The UIDs between are of no message.
        for uid in self.known().flat_map(|(_, uid)| [uid - 1, uid + 1]).filter_map(Uid::new) {
            let known = self.messages.contains(&Some(uid.get()));
            assert_eq!(view.seq(uid).is_some(), known, "{uid}");
        }
    }
}

fn hear(heard: &mut Vec<Option<u32>>, change: Change) {
    match change {
        Change::Count { messages, .. } => heard.resize(messages as usize, None),
        Change::Removed { first, count, uid, .. } => {
            let first = first.get() as usize - 1;
            let gone: Vec<_> = heard.drain(first..first + count as usize).collect();
            assert!(gone.iter().all(|gone| *gone == uid.map(Uid::get)), "{gone:?}, not {uid:?}");
        }
        Change::Forgotten { from, .. } => heard[from.get() as usize - 1..].fill(None),
        _ => {}
    }
}

/// How many UIDs the ranges name, each counted once.
fn count(ranges: &[(u32, u32)]) -> u64 {
    let mut ranges: Vec<(u64, u64)> = ranges
        .iter()
        .map(|(one, other)| (u64::from(*one.min(other)), u64::from(*one.max(other))))
        .collect();
    ranges.sort_unstable();
    let mut next = 0;
    ranges
        .into_iter()
        .map(|(low, high)| {
            let new = (high + 1).saturating_sub(low.max(next));
            next = next.max(high + 1);
            new
        })
        .sum()
}
