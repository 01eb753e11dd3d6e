//! Damage in one attribute leaves the others alone.

use alloc::{format, vec, vec::Vec};

use super::*;
use crate::{
    response::{Attributes, encode},
    types::{Envelope, Flag},
};

/// One attribute of each kind.
fn all() -> Vec<FetchAttribute<'static>> {
    use FetchAttribute as A;
    let text = || BodyData::Inline(IString::from("a b"));
    let structure = || body(br#"("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1)"#).unwrap().1;
    let part = || "1.2".parse().ok();
    vec![
        A::Uid(Uid::from(core::num::NonZeroU32::MIN)),
        A::Flags(Flags::new([Flag::Seen])),
        A::InternalDate(ServerDate::received(IString::from("1-Jan-2020 00:00:00 +0000"))),
        A::Rfc822Size(5),
        A::ModSeq(ModSeq::new(5)),
        A::Envelope(Envelope::default()),
        A::Body(structure()),
        A::BodyStructure(structure()),
        A::BodySection { section: Section::header(), origin: Some(3), data: text() },
        A::BodySection {
            section: Section::full(),
            origin: None,
            data: BodyData::Streamed { octets: 9 },
        },
        A::Rfc822(text()),
        A::Rfc822Header(BodyData::Streamed { octets: 9 }),
        A::Rfc822Text(BodyData::Nil),
        A::Binary { part: part(), origin: None, data: BodyData::Streamed { octets: 9 } },
        A::BinarySize { part: part(), octets: 5 },
        A::GmailMessageId(5),
        A::GmailThreadId(5),
        A::GmailLabels(Labels::new([IString::from("a")])),
        A::EmailId(IString::from("M1")),
        A::ThreadId(None),
        A::Preview(None),
        A::SaveDate(None),
    ]
}

/// A variant that is not counted here does not compile.
const fn is_listed(attribute: &FetchAttribute<'_>) -> bool {
    use FetchAttribute as A;
    match attribute {
        A::Uid(_) | A::Flags(_) | A::InternalDate(_) | A::Rfc822Size(_) | A::ModSeq(_) => true,
        A::Envelope(_) | A::Body(_) | A::BodyStructure(_) | A::BodySection { .. } => true,
        A::Rfc822(_) | A::Rfc822Header(_) | A::Rfc822Text(_) | A::Binary { .. } => true,
        A::BinarySize { .. } | A::GmailMessageId(_) | A::GmailThreadId(_) => true,
        A::GmailLabels(_) | A::EmailId(_) | A::ThreadId(_) | A::Preview(_) => true,
        A::SaveDate(_) => true,
        A::Unknown { .. } | A::Malformed { .. } => false,
    }
}

/// The attributes of a FETCH that begins with `start`, with `known` after it.
fn read<'l>(
    line: &'l mut Vec<u8>,
    places: &'l mut Vec<u32>,
    start: &str,
    known: &[FetchAttribute<'_>],
) -> Vec<FetchAttribute<'l>> {
    let (octets, streamed) = encode::fetch::attributes(known.iter().cloned());
    *line = [start.as_bytes(), b" ", &octets, b"\r\n"].concat();
    let shift = u32::try_from(start.len() + 1).unwrap();
    *places = streamed.iter().map(|place| place + shift).collect();
    attributes(line, places)
}

fn attributes<'l>(octets: &'l [u8], streamed: &'l [u32]) -> Vec<FetchAttribute<'l>> {
    AttributeIter { octets, rest: octets, streamed, tries: 0, repairs: 0 }.collect()
}

#[test]
fn every_known_attribute_survives_damage_without_an_end() {
    let all = all();
    assert!(all.iter().all(is_listed));
    for (place, known) in all.iter().enumerate() {
        for start in [
            r#"ENVELOPE ("a" (("b" NIL "c" "d\")) NIL)"#,
            r#"BODYSTRUCTURE (("TEXT" "PLAIN" NIL"#,
            r#"FLAGS (\Seen"#,
            r#"X-FOO ("UID 7"#,
            r#"BODY[HEADER.FIELDS (X) {3}"#,
            r#"UID 5 MODSEQ ("#,
        ] {
            // Alone, and with more attributes after it.
            let mut after = vec![known.clone()];
            let (mut line, mut places) = (Vec::new(), Vec::new());
            let found = read(&mut line, &mut places, start, &after);
            assert_eq!(found.last(), Some(known), "{start} {known:?}");
            after.extend(all.iter().skip(place + 1).cloned());
            let (mut line, mut places) = (Vec::new(), Vec::new());
            let found = read(&mut line, &mut places, start, &after);
            assert!(found.ends_with(&after), "{start} {found:?}");
        }
    }
}

#[test]
fn text_in_damage_is_no_attribute() {
    let all = all();
    for start in [
        r#"ENVELOPE ("x" "your UID 7 FLAGS (\Deleted) is\" NIL)"#,
        r#"ENVELOPE ("x" "BODY[] NIL RFC822.SIZE 9 \" ((NIL NIL "a" "b"))"#,
    ] {
        let (mut line, mut places) = (Vec::new(), Vec::new());
        let found = read(&mut line, &mut places, start, &all);
        assert_eq!(found.len(), all.len() + 1, "{found:?}");
        assert!(found.ends_with(&all));
    }
}

#[test]
fn the_damage_is_told_with_its_bytes() {
    for (line, expected) in [
        ("X (a(b) UID 7)", r#"[Malformed { name: "X", raw: "X (a(b)" }, Uid(Uid(7))]"#),
        ("UID 5", "[Uid(Uid(5))]"),
        ("UID FLAGS ())", r#"[Malformed { name: "UID", raw: "UID" }, Flags([])]"#),
        ("UID 5FLAGS ())", "[Uid(Uid(5)), Flags([])]"),
        (
            r"FLAGS (\Seen UID 7)",
            r#"[Malformed { name: "FLAGS", raw: "FLAGS (\\Seen" }, Uid(Uid(7))]"#,
        ),
        ("UID 5 X ( FLAGS)", r#"[Uid(Uid(5)), Malformed { name: "X", raw: "X ( FLAGS)" }]"#),
        ("BODY[ x UID 5)", r#"[Malformed { name: "", raw: "BODY[ x" }, Uid(Uid(5))]"#),
        // After damage a closing parenthesis may belong to it.
        (
            r#"ENVELOPE (a"b) ") NIL) UID 5)"#,
            r#"[Malformed { name: "ENVELOPE", raw: "ENVELOPE (a\"b) \")" }, Malformed { name: "NIL", raw: "NIL" }, Malformed { name: "", raw: ")" }, Uid(Uid(5))]"#,
        ),
        ("UID 5) UID 6)", r#"[Uid(Uid(5)), Malformed { name: "", raw: "UID 6)" }]"#),
        // Two attributes are damaged, one after the other.
        (
            "UID 0 INTERNALDATE 5 FLAGS ())",
            r#"[Malformed { name: "UID", raw: "UID 0" }, Malformed { name: "INTERNALDATE", raw: "INTERNALDATE 5" }, Flags([])]"#,
        ),
    ] {
        let line = format!("{line}\r\n");
        let found = attributes(line.as_bytes(), &[]);
        assert_eq!(format!("{found:?}"), expected, "{line}");
        let attributes = Attributes::received(line.as_bytes(), 0, &[]);
        assert_eq!(format!("{attributes:?}"), expected);
    }
}
