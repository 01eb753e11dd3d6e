//! The view against consistent and contradictory lines, and against a model of the mailbox.

use alloc::string::String;

use proptest::prelude::*;

use super::*;
use crate::response::parse;

/// Applies a line, and returns what changed.
fn apply(view: &mut Selected, line: &str) -> Vec<Change> {
    let mut changes = Vec::new();
    let line = alloc::format!("* {line}\r\n");
    view.apply(&parse::response(line.as_bytes(), &[]), |change| changes.push(change));
    changes
}

fn view(lines: &[&str]) -> Selected {
    let mut view = Selected::new();
    for line in lines {
        apply(&mut view, line);
    }
    view
}

fn number(number: u32) -> SeqNumber {
    SeqNumber::new(number).unwrap()
}

fn removed(first: u32, count: u32, uid: u32) -> Change {
    Change::Removed { first: number(first), count, uid: Uid::new(uid) }
}

const OPENED: [&str; 6] = [
    "3 EXISTS",
    "OK [UIDVALIDITY 7] x",
    "OK [UIDNEXT 10] x",
    "OK [HIGHESTMODSEQ 90] x",
    "1 FETCH (UID 2)",
    "3 FETCH (UID 9)",
];

fn then(lines: &[&str]) -> Selected {
    view(&[&OPENED, lines].concat())
}

fn state(uid_validity: u32, uid_next: u32, highest_mod_seq: Option<u64>) -> SyncState {
    SyncState {
        uid_validity: UidValidity::new(uid_validity),
        uid_next,
        highest_mod_seq: highest_mod_seq.map(ModSeq::new),
    }
}

fn uids(view: &Selected) -> Vec<u32> {
    (1..=view.message_count())
        .map(|seq| view.uid(SeqNumber::new(seq).unwrap()).map_or(0, Uid::get))
        .collect()
}

#[test]
fn counts_and_numbers_follow_the_lines() {
    let view = then(&["2 EXPUNGE", "5 EXISTS", "4 FETCH (UID 12 FLAGS ())", "1 EXPUNGE"]);
    assert_eq!(view.resync_needed(), None);
    assert_eq!(uids(&view), [9, 0, 12, 0]);
    assert_eq!(view.seq(Uid::new(12).unwrap()), SeqNumber::new(3));
    assert_eq!(view.sync_state(), Some(state(7, 13, Some(90))));
    let view = then(&["2 FETCH (UID 5)", "VANISHED 4:6,9,100:4294967295"]);
    assert_eq!(uids(&view), [2]);
    let view = then(&["VANISHED (EARLIER) 2"]);
    assert_eq!(uids(&view), [2, 0, 9]);
}

#[test]
fn contradictions_ask_for_a_resync_and_stay() {
    for (lines, resync) in [
        (&["2 EXISTS"][..], Resync::ExistsFell),
        (&["4 EXPUNGE"], Resync::UnknownMessage),
        (&["4 FETCH (UID 12)"], Resync::UnknownMessage),
        (&["1 FETCH (UID 3)"], Resync::UidContradicts),
        (&["2 FETCH (UID 9)"], Resync::UidContradicts),
        (&["2 FETCH (UID 2)"], Resync::UidContradicts),
        (&["4 EXISTS", "4 FETCH (UID 9)"], Resync::UidContradicts),
        // Two messages are between, and one UID.
        (&["6 EXISTS", "6 FETCH (UID 11)"], Resync::UidContradicts),
        (&["1 EXPUNGE", "2 EXPUNGE", "5 EXISTS", "5 FETCH (UID 4)"], Resync::UidContradicts),
        (&["OK [UIDVALIDITY 8] x"], Resync::UidValidityChanged),
        (&["OK [UIDVALIDITY 0] x"], Resync::UidValidityChanged),
        (&["OK [UIDVALIDITY 1713632002544] x"], Resync::UidValidityChanged),
        // A member that is no number hides which messages are gone.
        (&["VANISHED 2,99999999999"], Resync::UnknownMessage),
        (&["OK [UIDNEXT 3] x"], Resync::WentBackwards),
        (&["OK [HIGHESTMODSEQ 3] x"], Resync::WentBackwards),
        (&["OK [NOMODSEQ] x"], Resync::WentBackwards),
    ] {
        let mut view = then(lines);
        assert_eq!(view.resync_needed(), Some(resync), "{lines:?}");
        assert_eq!(view.sync_state(), None, "doubtful values are not stored");
        assert!(!apply(&mut view, "100 EXISTS").contains(&Change::Resync(resync)), "told once");
        assert_eq!(view.resync_needed(), Some(resync));
    }
}

#[test]
fn a_stored_state_is_compared() {
    let state = then(&[]).sync_state().unwrap();
    let mut same = then(&[]);
    same.compare(&state);
    assert_eq!(same.resync_needed(), None);
    for (stored, resync) in [
        (SyncState { uid_validity: UidValidity::new(8), ..state }, Resync::UidValidityChanged),
        (SyncState { uid_next: 11, ..state }, Resync::WentBackwards),
        (SyncState { highest_mod_seq: Some(ModSeq::new(91)), ..state }, Resync::WentBackwards),
    ] {
        let mut view = then(&[]);
        view.compare(&stored);
        assert_eq!(view.resync_needed(), Some(resync));
    }
}

#[test]
fn closed_ends_the_old_mailbox() {
    let view = then(&["OK [CLOSED] x", "1 EXISTS", "OK [UIDVALIDITY 8] x"]);
    assert_eq!((view.message_count(), view.resync_needed()), (1, None));
    assert_eq!(uids(&view), [0]);
}

#[test]
fn a_uid_validity_is_known_missing_or_unreadable() {
    let known = Validity::Known(UidValidity::new(7));
    for (lines, validity) in [
        (&["3 EXISTS"][..], Validity::Missing),
        (&["OK [UIDVALIDITY 7] x"], known),
        (&["OK [UIDVALIDITY 7] x", "OK [UIDVALIDITY 7] x"], known),
        (&["OK [UIDVALIDITY 0] x"], Validity::Unreadable),
        // dynadot sends milliseconds.
        (&["OK [UIDVALIDITY 1713632002544] x"], Validity::Unreadable),
        (&["OK [UIDVALIDITY] x"], Validity::Unreadable),
        (&["OK [uidvalidity -1] x"], Validity::Unreadable),
        // Of the mailbox before.
        (&["OK [UIDVALIDITY 7] x", "OK [CLOSED] x"], Validity::Missing),
    ] {
        let view = view(lines);
        assert_eq!(view.uid_validity(), validity, "{lines:?}");
        assert_eq!(view.sync_state().is_some(), validity == known, "{lines:?}");
        assert_eq!(view.resync_needed(), None, "{lines:?}");
    }
    let mut view = then(&[]);
    let told = apply(&mut view, "OK [UIDVALIDITY 8] x");
    assert_eq!(told, [Change::Resync(Resync::UidValidityChanged)]);
    let mut view = self::view(&["OK [UIDVALIDITY 0] x"]);
    view.apply_code(&ResponseCode::UidValidity(UidValidity::new(5)), |_| {});
    assert_eq!(view.resync_needed(), Some(Resync::UidValidityChanged));
}

#[test]
fn changes_are_told_in_their_order() {
    let count = |messages| Change::Count { messages };
    let forgotten = |from| Change::Forgotten { from: number(from) };
    // 2, something between 3 and 8, 9.
    for (line, told) in [
        ("3 EXISTS", &[][..]),
        ("5 EXISTS", &[count(5)]),
        ("2 EXISTS", &[count(2), Change::Resync(Resync::ExistsFell)]),
        ("1 EXPUNGE", &[removed(1, 1, 2)]),
        ("2 EXPUNGE", &[removed(2, 1, 0)]),
        ("3 EXPUNGE", &[removed(3, 1, 9)]),
        ("4 EXPUNGE", &[Change::Resync(Resync::UnknownMessage)]),
        ("VANISHED 9,2", &[removed(1, 1, 2), removed(2, 1, 9)]),
        ("VANISHED 1:*", &[removed(1, 1, 2), removed(1, 1, 0), removed(1, 1, 9)]),
        ("VANISHED 3:5,7:9,6", &[removed(2, 1, 0), removed(2, 1, 9)]),
        ("VANISHED 2,4", &[removed(1, 1, 2), forgotten(1), count(1)]),
        ("VANISHED 10", &[]),
        ("VANISHED (EARLIER) 2", &[]),
        ("1 FETCH (RFC822.SIZE 9 UID 2)", &[]),
    ] {
        assert_eq!(apply(&mut then(&[]), line), told, "{line}");
    }
    // A huge run of unknown messages is one change.
    let mut view = view(&["4294967295 EXISTS"]);
    assert_eq!(apply(&mut view, "VANISHED 1:4294967295"), [removed(1, u32::MAX, 0)]);
    assert_eq!((view.message_count(), view.known_count()), (0, 0));
}

#[test]
fn rows_of_sizes_fill_the_map_in_any_order_of_their_items() {
    let view =
        then(&["4 EXISTS", "2 FETCH (RFC822.SIZE 44 UID 5)", "4 FETCH (UID 11 RFC822.SIZE 7)"]);
    assert_eq!(uids(&view), [2, 5, 9, 11]);
    assert_eq!(view.known_count(), 4);
}

#[test]
fn the_uid_that_comes_next_is_kept() {
    let mut view = view(&["4 EXISTS", "OK [UIDVALIDITY 7] x", "OK [UIDNEXT 10] x"]);
    apply(&mut view, "4 FETCH (UID 12 FLAGS ())");
    assert_eq!(view.sync_state(), Some(state(7, 13, None)));
    // With UIDONLY there are no numbers (RFC 9586).
    apply(&mut view, "15 UIDFETCH (FLAGS ())");
    assert_eq!(view.sync_state(), Some(state(7, 16, None)));
    assert_eq!(view.resync_needed(), None);
}

#[test]
fn messages_of_unknown_uid_that_may_have_vanished_make_the_numbers_behind_them_unknown() {
    let uid = |number| Uid::new(number).unwrap();
    // 2, something between 3 and 8, 9.
    for (line, seq_of_9, count) in [
        ("VANISHED 1", Some(3), 3),
        ("VANISHED 10:20", Some(3), 3),
        // All candidates.
        ("VANISHED 3:8", Some(2), 2),
        ("VANISHED 5:8,3:4", Some(2), 2),
        ("VANISHED 1:4294967295", None, 0),
        ("VANISHED 1:8", Some(1), 1),
        // It or not.
        ("VANISHED 4", None, 2),
        ("VANISHED 2:7", None, 2),
        ("VANISHED 8:9", None, 1),
    ] {
        let view = then(&[line]);
        let seq = view.seq(uid(9)).map(SeqNumber::get);
        assert_eq!((seq, view.message_count()), (seq_of_9, count), "{line}");
        // The server may correct a doubtful count.
        let view = then(&[line, "1 EXISTS"]);
        let told = view.resync_needed().is_some();
        let doubtful = seq_of_9.is_none() && count > 0;
        assert_eq!(told, !doubtful && count > 1, "{line}");
    }
}

#[test]
fn many_ranges_of_many_messages_are_no_work() {
    let mut view = view(&["100000 EXISTS"]);
    for number in 1..=100_000 {
        apply(&mut view, &alloc::format!("{number} FETCH (UID {})", 2 * number));
    }
    // Overlapping ranges, empty ones, and every second message. Quadratic work would take an hour.
    let mut line = String::from("VANISHED 1000000:2000000");
    for number in 0..400_000 {
        line += &alloc::format!(",{}:{}", 4 * number + 1, 4 * number + 2);
    }
    line += &",300000:9000000".repeat(100_000);
    apply(&mut view, &line);
    assert_eq!(view.resync_needed(), None);
    assert_eq!(view.message_count(), 50_000);
    for seq in [1, 2, 25_000, 50_000] {
        let uid = Uid::new(4 * seq).unwrap();
        let seq = SeqNumber::new(seq).unwrap();
        assert_eq!(view.uid(seq), Some(uid));
        assert_eq!(view.seq(uid), Some(seq));
    }
    assert_eq!(view.seq(Uid::new(2).unwrap()), None);
}

/// The ways in which a server can change a mailbox of so many messages, each as its lines.
type Lines = fn(u32) -> Vec<String>;

/// A FETCH of each message, in the order that the function gives.
fn fetches(count: u32, order: impl Fn(u32) -> u32) -> Vec<String> {
    let mut lines = alloc::vec![alloc::format!("{count} EXISTS")];
    lines.extend(
        (1..=count).map(order).map(|number| alloc::format!("{number} FETCH (UID {})", 2 * number)),
    );
    lines
}

/// A mailbox that is known whole, and then these lines.
fn known_and(count: u32, line: impl Fn(u32) -> String) -> Vec<String> {
    let mut lines = fetches(count, |number| number);
    lines.extend((1..=count).map(line));
    lines
}

const KINDS: [(&str, Lines); 10] = [
    ("FETCH rising", |count| fetches(count, |number| number)),
    ("FETCH falling", |count| fetches(count, |number| count + 1 - number)),
    // 7919 is a prime, so every number comes once.
    ("FETCH scattered", |count| fetches(count, |number| (number * 7919) % count + 1)),
    ("EXISTS one by one", |count| {
        (1..=count).map(|number| alloc::format!("{number} EXISTS")).collect()
    }),
    ("EXPUNGE of the first", |count| known_and(count, |_| "1 EXPUNGE".into())),
    ("EXPUNGE of the last", |count| {
        known_and(count, |number| alloc::format!("{} EXPUNGE", count + 1 - number))
    }),
    ("VANISHED rising", |count| {
        known_and(count, |number| alloc::format!("VANISHED {}", 2 * number))
    }),
    ("VANISHED falling", |count| {
        known_and(count, |number| alloc::format!("VANISHED {}", 2 * (count + 1 - number)))
    }),
    ("VANISHED of ranges", |count| {
        known_and(count, |number| {
            let low = 2 * (number * 7919 % count + 1);
            alloc::format!("VANISHED {low}:{},{low}", low + 4)
        })
    }),
    ("VANISHED of the same ranges in one line", |count| {
        let mut lines = fetches(count, |number| number);
        lines.push(alloc::format!("VANISHED {}1", "1:1024,".repeat(count as usize)));
        lines
    }),
];

/// The steps for one kind: without the parser's, which are linear.
fn work(lines: &[String]) -> u64 {
    let mut view = Selected::new();
    let mut work = 0;
    for line in lines {
        let line = alloc::format!("* {line}\r\n");
        let response = parse::response(line.as_bytes(), &[]);
        steps::take();
        view.apply(&response, |_| {});
        work += 1 + steps::take();
    }
    assert_eq!(view.resync_needed(), None);
    work
}

#[test]
fn the_work_of_a_change_hardly_grows_with_the_messages() {
    for (name, lines) in KINDS {
        let mut before = work(&lines(20_000));
        for count in [40_000, 80_000, 160_000] {
            let now = work(&lines(count));
            assert!(now * 10 <= before * 23, "{name}: {before} steps, then {now} at {count}");
            // A line costs a few nodes on each of at most five levels.
            assert!(now <= u64::from(count) * 600, "{name}: {now} steps at {count}");
            before = now;
        }
    }
}

#[test]
fn at_most_so_many_uids_are_kept() {
    let most = Selected::KNOWN_UIDS;
    let mut view = Selected::new();
    view.apply(&Response::Exists(most + 2), |_| {});
    for at in (1..=most + 1).rev() {
        let fetch = parse::response(b"* 1 FETCH (UID 1)\r\n", &[]);
        let Response::Fetch(mut fetch) = fetch else { panic!() };
        fetch.seq = number(at);
        fetch.attributes = Attributes::new([FetchAttribute::Uid(Uid::new(at).unwrap())]);
        view.apply(&Response::Fetch(fetch), |_| {});
    }
    assert_eq!((view.known_count(), view.resync_needed()), (most, None));
    assert_eq!(view.uid(number(1)), None, "the one too many is a message of unknown UID");
    assert_eq!(apply(&mut view, "1 EXPUNGE"), [removed(1, 1, 0)]);
    assert_eq!(view.uid(number(1)), Uid::new(2));
}

proptest! {
    /// A view that gets every line is right; one that misses lines knows less, but nothing wrong.
    #[test]
    fn the_view_follows_the_mailbox(steps in proptest::collection::vec((0..7_u8, any::<u32>(), any::<u32>()), 0..60)) {
        let mut mailbox: Vec<u32> = Vec::new();
        let mut next = 1_u32;
        let mut view = Selected::new();
        let told = |view: &mut Selected, line: String| drop(apply(view, &line));
        told(&mut view, "OK [UIDVALIDITY 5] x".into());
        // The lines that the client received.
        let mut known = alloc::collections::BTreeSet::new();
        let mut knows_less = false;
        for (step, one, other) in steps {
            let count = u32::try_from(mailbox.len()).unwrap();
            let place = (count > 0).then(|| usize::try_from(one % count).unwrap());
            match (step, place) {
                // New mail, with a gap.
                (0 | 1, _) => {
                    for _ in 0..=other % 3 {
                        mailbox.push(next);
                        next += 1 + one % 4;
                    }
                    told(&mut view, alloc::format!("{} EXISTS", mailbox.len()));
                }
                (2 | 3, Some(place)) => {
                    known.insert(mailbox[place]);
                    told(&mut view, alloc::format!("{} FETCH (UID {})", place + 1, mailbox[place]));
                }
                (4, Some(place)) => {
                    mailbox.remove(place);
                    told(&mut view, alloc::format!("{} EXPUNGE", place + 1));
                }
                // Known ones, unknown ones, ones that never existed; then the count again.
                (5 | 6, Some(place)) => {
                    let (low, high) = (mailbox[place], mailbox[place] + other % 9);
                    knows_less |= mailbox.iter().any(|uid| !known.contains(uid));
                    mailbox.retain(|uid| !(low..=high).contains(uid) && *uid != 3);
                    told(&mut view, alloc::format!("VANISHED {high}:{low},3,{low}"));
                    told(&mut view, alloc::format!("{} EXISTS", mailbox.len()));
                }
                _ => {}
            }
            known.retain(|uid| mailbox.contains(uid));
            prop_assert_eq!(view.resync_needed(), None);
            prop_assert_eq!(view.message_count(), u32::try_from(mailbox.len()).unwrap());
            for (place, uid) in mailbox.iter().enumerate() {
                let seq = SeqNumber::new(u32::try_from(place + 1).unwrap()).unwrap();
                let uid = known.contains(uid).then(|| Uid::new(*uid).unwrap());
                let seen = view.uid(seq);
                prop_assert!(seen == uid || (knows_less && seen.is_none()), "{seen:?} at {seq} and not {uid:?}");
                if let Some(uid) = seen {
                    prop_assert_eq!(view.seq(uid), Some(seq));
                }
            }
        }
    }
}
