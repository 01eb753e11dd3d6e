//! The view against consistent and contradictory lines, and against a model of the mailbox.

use alloc::string::ToString as _;

use proptest::prelude::*;

use super::*;
use crate::response::parse;

fn view(lines: &[&str]) -> Selected {
    let mut view = Selected::with_numbers();
    for line in lines {
        view.apply(&parse::response(alloc::format!("* {line}\r\n").as_bytes(), &[]));
    }
    view
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
    assert_eq!(view.sync_state().unwrap().to_string(), "7:13:90");
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
        (&["OK [UIDNEXT 3] x"], Resync::WentBackwards),
        (&["OK [HIGHESTMODSEQ 3] x"], Resync::WentBackwards),
        (&["OK [NOMODSEQ] x"], Resync::WentBackwards),
    ] {
        let mut view = then(lines);
        assert_eq!(view.resync_needed(), Some(resync), "{lines:?}");
        assert_eq!(view.sync_state(), None, "doubtful values are not stored");
        view.apply(&Response::Exists(100));
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
fn sync_states_are_text_and_back() {
    for text in ["1:2:3", "0:0:-"] {
        let state: SyncState = text.parse().unwrap();
        assert_eq!(state.to_string(), text);
    }
    for bad in ["", "1:2", "1:2:3:4", "x:2:3", "1:2:", "1:-2:3", "5000000000:1:1"] {
        assert_eq!(bad.parse::<SyncState>(), Err(NotASyncState), "{bad}");
    }
}

#[test]
fn the_uid_that_comes_next_is_kept_with_and_without_the_map() {
    for mut view in [Selected::new(), Selected::with_numbers()] {
        for line in
            ["4 EXISTS", "OK [UIDVALIDITY 7] x", "OK [UIDNEXT 10] x", "4 FETCH (UID 12 FLAGS ())"]
        {
            view.apply(&parse::response(alloc::format!("* {line}\r\n").as_bytes(), &[]));
        }
        assert_eq!(view.sync_state().unwrap().to_string(), "7:13:-");
        // With UIDONLY there are no numbers (RFC 9586).
        view.apply(&parse::response(b"* 15 UIDFETCH (FLAGS ())\r\n", &[]));
        assert_eq!(view.sync_state().unwrap().to_string(), "7:16:-");
        assert_eq!(view.resync_needed(), None);
    }
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
        ("VANISHED 4", None, 3),
        ("VANISHED 2:7", None, 2),
        ("VANISHED 8:9", None, 3),
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
    let mut view = Selected::with_numbers();
    view.apply(&Response::Exists(100_000));
    for number in 1..=100_000 {
        let line = alloc::format!("* {number} FETCH (UID {})\r\n", 2 * number);
        view.apply(&parse::response(line.as_bytes(), &[]));
    }
    // Overlapping ranges, empty ones, and every second message. Quadratic work would take an hour.
    let mut line = String::from("* VANISHED 1000000:2000000");
    for number in 0..400_000 {
        line += &alloc::format!(",{}:{}", 4 * number + 1, 4 * number + 2);
    }
    line += &",300000:9000000".repeat(100_000);
    view.apply(&parse::response(alloc::format!("{line}\r\n").as_bytes(), &[]));
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

proptest! {
    /// A view that gets every line is right; one that misses lines knows less, but nothing wrong.
    #[test]
    fn the_view_follows_the_mailbox(steps in proptest::collection::vec((0..7_u8, any::<u32>(), any::<u32>()), 0..60)) {
        let mut mailbox: Vec<u32> = Vec::new();
        let mut next = 1_u32;
        let mut view = Selected::with_numbers();
        let told = |view: &mut Selected, line: String| {
            let line = alloc::format!("* {line}\r\n");
            view.apply(&parse::response(line.as_bytes(), &[]));
        };
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
