//! Lists, and what is learnt of them.

use alloc::format;

use super::*;

fn learnt(words: &str, most: usize) -> Capabilities {
    let mut all: Capabilities = ["OLD"].into_iter().collect();
    all.learn(words.as_bytes(), most);
    all
}

#[test]
fn words_that_are_learnt_and_words_that_are_collected_are_the_same() {
    let long = "THREAD=REFERENCES idle ".repeat(30);
    for words in [
        "",
        "IMAP4rev1",
        "IMAP4rev1 idle ID",
        "IMAP4rev1  IDLE",
        "IDLE Idle ID IDLE",
        "LITERAL + ID LITERAL+",
        "literal +",
        "+ X+ LITERAL-",
        " ID ",
        &long,
    ] {
        let (_, list) = capability_list(words.as_bytes()).unwrap();
        let collected: Capabilities = list.iter().collect();
        let names: Capabilities = words.split(' ').collect();
        assert_eq!(learnt(words, 512), collected, "{words}");
        assert_eq!(names, collected, "{words}");
        assert_eq!(list.len(), words.split_ascii_whitespace().count());
    }
    let all = learnt("Idle ID  idle LITERAL +", 512);
    let words = all.iter().map(|word| core::str::from_utf8(word).unwrap());
    assert!(words.eq(["IDLE", "ID", "IDLE", "LITERAL+"]));
    assert!(learnt("", 512).is_empty() && !all.is_empty());
}

#[test]
fn what_is_learnt_is_bounded() {
    assert_eq!(learnt("ONE TWO THREE", 2), learnt("ONE TWO", 512));
    assert_eq!(learnt("ONE TWO THREE", 3), learnt("ONE TWO THREE", 512));
    for before in 0..LONGEST_CAPABILITY {
        for (length, kept) in [(LONGEST_CAPABILITY, 3), (LONGEST_CAPABILITY + 1, 2)] {
            let words = format!("{} {} B", "A".repeat(before + 1), "X".repeat(length));
            assert_eq!(learnt(&words, 512).iter().count(), kept, "{before}");
        }
    }
    let spaces = format!("A{}B", " ".repeat(1 << 20));
    let all = learnt(&spaces, 512);
    assert_eq!((all.iter().count(), all.words.len()), (2, 4));
}

#[test]
fn what_is_added_is_there_once() {
    let mut all = Capabilities::default();
    for name in ["QRESYNC", "qresync", "CONDSTORE"] {
        all.add(name.as_bytes());
    }
    assert_eq!(all, learnt("QRESYNC CONDSTORE", 2));
}

#[test]
fn names_have_no_case_and_values_are_found() {
    let all: Capabilities =
        ["IMAP4rev1", "Auth=plain", "AUTH=XOAUTH2", "APPENDLIMIT=35651584", "literal-", "idle"]
            .into_iter()
            .collect();
    assert!(all.has("IMAP4REV1") && all.has("Idle") && !all.has("ID"));
    assert!(all.has_auth("Plain") && all.has_auth("XOAUTH2") && !all.has_auth("XOAUTH"));
    assert_eq!(all.append_limit(), Some(35_651_584));
    assert_eq!(all.literal_mode(&Capabilities::default()), LiteralMode::Minus);
}

#[test]
fn a_split_literal_plus_is_joined() {
    let all: Capabilities = ["IMAP4", "LITERAL", "+", "ID"].into_iter().collect();
    assert_eq!(all.literal_mode(&Capabilities::default()), LiteralMode::Plus);
    assert!(all.has("ID"));
}

#[test]
fn rev2_is_spoken_after_enable_or_where_there_is_no_rev1() {
    for (announced, enabled, expected) in [
        (&["IMAP4rev1"][..], &[][..], false),
        (&["IMAP4rev2"], &[], true),
        (&["IMAP4rev1", "IMAP4rev2"], &[], false),
        (&["IMAP4rev1", "IMAP4rev2"], &["imap4rev2"], true),
        (&["IMAP4rev1", "IMAP4rev2"], &["UTF8=ACCEPT"], false),
        (&[], &[], false),
    ] {
        let of = |names: &[&'static str]| names.iter().copied().collect::<Capabilities>();
        let (announced, enabled) = (of(announced), of(enabled));
        assert_eq!(speaks_rev2(&announced, &enabled), expected, "{announced:?}");
        let literals = if expected { LiteralMode::Minus } else { LiteralMode::Sync };
        assert_eq!(announced.literal_mode(&enabled), literals, "{announced:?}");
    }
}

#[test]
fn one_can_be_taken_away() {
    let mut all: Capabilities = ["IMAP4rev1", "QRESYNC", "ID"].into_iter().collect();
    all.remove("qresync");
    assert!(!all.has("QRESYNC") && all.has("ID"));
}
