//! ENVELOPE and BODYSTRUCTURE of servers that do not escape quotes or backslashes: the right value,
//! or that item alone malformed, and never fields that moved or a value that was cut.

use bytes::BytesMut;
use imap_proto_lite::{
    Limits, Line, Quirks, Response, Uid,
    frame::{Frame, Framer},
    response::FetchAttribute,
};

use crate::support::show::show_response;

/// Frames one line that comes in pieces, and reads it.
fn read(line: &str, cut: usize) -> Line {
    let mut framer = Framer::new(&Limits::default(), &Quirks::default());
    let mut input = BytesMut::new();
    let mut found = None;
    for piece in format!("{line}\r\n").as_bytes().chunks(cut) {
        input.extend_from_slice(piece);
        while let Some(frame) = framer.next(&mut input).unwrap() {
            let Frame::Line(line) = frame else { panic!("{line}: {frame:?}") };
            assert!(found.replace(line).is_none(), "one line");
        }
    }
    found.expect("a line")
}

/// Items with 27 strings.
fn items() -> impl Iterator<Item = &'static str> {
    include_str!("quotes/items.txt").lines().skip(1)
}

/// What a server sent and did not escape.
const TEXTS: [&str; 8] =
    [r#"a "b" c"#, r#""b""#, r#"a"b"#, r#""a"#, r#"a""#, r#""""#, r#"a" NIL "b"#, r#"a") ("b"#];

/// The value of a string that is not under test.
#[derive(Clone, Copy)]
enum Others {
    /// A word.
    Words,
    /// NIL where the grammar allows it.
    Nil,
}

/// The item with this wire form of a string in one of its positions; `None` beyond the last.
fn item(item: &str, position: usize, wire: &str, others: Others) -> Option<String> {
    let mut all = String::new();
    let mut count = 0;
    for character in item.chars() {
        let here = count == position;
        match character {
            '#' | '~' if here => all += &format!("\"{wire}\""),
            '~' => all += "NIL",
            '#' if matches!(others, Others::Nil) && nullable(item, count) => all += "NIL",
            '#' => all += &format!("\"w{count}\""),
            other => all.push(other),
        }
        count += usize::from(matches!(character, '#' | '~'));
    }
    (position < count).then_some(all)
}

/// Whether the string at this position may be NIL.
fn nullable(item: &str, position: usize) -> bool {
    // Of a part: type, subtype, the last parameter, encoding, and the disposition.
    let part = item.starts_with("BODYSTRUCTURE ((#");
    !part || matches!(position, 4 | 5 | 7 | 11 | 12)
}

fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace('"', r#"\""#)
}

#[derive(Default, PartialEq, Eq, Debug)]
struct Tally {
    right: usize,
    malformed: usize,
}

/// Reads every item with every text in every position.
fn tally(texts: &[&str], others: Others, after: &str) -> Tally {
    let mut tally = Tally::default();
    for template in items() {
        for position in 0.. {
            if item(template, position, "", others).is_none() {
                break;
            }
            for text in texts {
                let wire = item(template, position, text, others).unwrap();
                let meant = item(template, position, &escaped(text), others).unwrap();
                let line = |item| format!("* 3 FETCH (UID 7 {item}{after})");
                let wanted = read(&line(meant), usize::MAX);
                let found = read(&line(wire.clone()), usize::MAX);
                for cut in [1, 3, 7] {
                    assert_eq!(read(&line(wire.clone()), cut), found, "{wire}");
                }
                let (Response::Fetch(wanted), Response::Fetch(found)) =
                    (wanted.response(), found.response())
                else {
                    panic!("{wire}: {found:?}")
                };
                let (wanted, found): (Vec<_>, Vec<_>) =
                    (wanted.iter().collect(), found.iter().collect());
                assert!(!matches!(wanted[1], FetchAttribute::Malformed { .. }), "{wanted:?}");
                assert_eq!(found.len(), wanted.len(), "{wire}: {found:?}");
                assert_eq!((&found[0], found.get(2)), (&wanted[0], wanted.get(2)), "{wire}");
                if found[1] == wanted[1] {
                    tally.right += 1;
                } else {
                    let malformed = matches!(found[1], FetchAttribute::Malformed { .. });
                    assert!(malformed, "moved or cut: {wire}\n{:?}", found[1]);
                    tally.malformed += 1;
                }
            }
        }
    }
    tally
}

/// Items whose other strings are words or NIL, with another item after them or none.
fn tallies(texts: &[&str]) -> [Tally; 3] {
    let flags = " FLAGS (\\Seen)";
    [(Others::Words, flags), (Others::Words, ""), (Others::Nil, flags)]
        .map(|(others, after)| tally(texts, others, after))
}

#[test]
fn quotes_in_any_string_are_part_of_it_or_lose_one_item() {
    let found = tallies(&TEXTS);
    let expected = |right| Tally { right, malformed: 27 * 8 - right };
    assert_eq!(found, [expected(200), expected(200), expected(202)]);
}

#[test]
fn an_item_does_not_end_inside_a_string() {
    let found = tallies(&[r#"a ("b") c"#, r#"he said "hello" (twice)"#]);
    let expected = |right| Tally { right, malformed: 27 * 2 - right };
    assert_eq!(found, [expected(51), expected(51), expected(51)]);
}

#[test]
fn a_backslash_before_the_end_is_part_of_the_string_or_loses_one_item() {
    let found = tallies(&[r"sina.example\", r"C:\a\"]);
    let expected = |right| Tally { right, malformed: 27 * 2 - right };
    assert_eq!(found, [expected(54), expected(54), expected(54)]);
}

/// A server that sends one quote bare escapes nothing, so every backslash is part of the string.
#[test]
fn a_backslash_before_a_quote_stays_beside_a_bare_quote() {
    let found = tallies(&[r#"a\"b" c"#, r#"a "b\" c"#, r#""A \"B\" C""#, r#"C:\\a "b""#]);
    // An encoding that has spaces and quotes is not believed.
    let expected = || Tally { right: 27 * 4 - 4, malformed: 4 };
    assert_eq!(found, [expected(), expected(), expected()]);
}

#[test]
fn values_of_reported_lines() {
    let lines = include_str!("quotes/reported.txt").lines();
    let lines: Vec<_> = lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let (pairs, []) = lines.as_chunks::<2>() else { panic!("an item without a value") };
    assert_eq!(pairs.len(), 19);
    for [item, expected] in pairs {
        let expected = expected.strip_prefix("= ").unwrap();
        let line = format!("* 3 FETCH (UID 7 {item} FLAGS (\\Seen))");
        for cut in [usize::MAX, 1, 3, 7] {
            let shown = show_response(&read(&line, cut).response());
            assert_eq!(shown.trim_end(), format!("* FETCH 3 UID 7, {expected}, FLAGS (\\Seen)"));
        }
    }
}

/// Texts that look like the end of one field and the start of the next: the reading with the fewest
/// quotes has a field that has swallowed others.
#[test]
fn a_field_that_swallows_others_is_not_believed() {
    for item in [
        // The encoding.
        r#"BODYSTRUCTURE ("IMAGE" "PNG" NIL "a" "" "" NIL "BASE64" 5 NIL)"#,
        r#"BODYSTRUCTURE ("IMAGE" "PNG" NIL NIL "(" "" (" "BASE64" 5 NIL)"#,
        // A source route, and a mailbox with the route.
        r#"ENVELOPE (NIL NIL NIL NIL NIL (("" "b c" "" NIL "m" "h")) NIL NIL NIL NIL)"#,
        // A parameter without a name.
        r#"BODYSTRUCTURE ("TEXT" "PLAIN" ("name" """ "" ",") NIL NIL "7BIT" 5 1)"#,
    ] {
        let (name, _) = item.split_once(' ').unwrap();
        let raw = item.replace('"', r#"\""#);
        let line = read(&format!("* 3 FETCH (UID 7 {item} FLAGS (\\Seen))"), usize::MAX);
        let shown = show_response(&line.response());
        let expected = format!("* FETCH 3 UID 7, malformed {name} {raw}, FLAGS (\\Seen)");
        assert_eq!(shown.trim_end(), expected);
    }
}

/// The parameter or the id may have the quotes here, but both readings have the same end.
#[test]
fn an_ambiguous_item_ends_where_all_its_readings_end() {
    let item = r#"BODYSTRUCTURE ("IMAGE" "PNG" ("name" "x") "") "" NIL "7BIT" 5 NIL)"#;
    let line = read(&format!("* 3 FETCH (UID 7 {item} FLAGS (\\Seen))"), usize::MAX);
    let Response::Fetch(fetch) = line.response() else { panic!("{line:?}") };
    let [_, FetchAttribute::Malformed { raw, .. }, FetchAttribute::Flags(_)] =
        &fetch.iter().collect::<Vec<_>>()[..]
    else {
        panic!("{fetch:?}")
    };
    assert_eq!(raw.as_ref(), item.as_bytes());
}

#[test]
fn a_response_with_many_unescaped_strings_is_repaired_in_part() {
    let item = r#"ENVELOPE (NIL "a"b" NIL NIL NIL NIL NIL NIL NIL NIL)"#;
    let line = format!("* 3 FETCH ({} UID 7)", [item; 1000].join(" "));
    let read = read(&line, usize::MAX);
    let Response::Fetch(fetch) = read.response() else { panic!("FETCH") };
    let repaired = fetch.iter().filter(|one| matches!(one, FetchAttribute::Envelope(_))).count();
    assert_eq!((repaired, fetch.uid()), (8, Uid::new(7)));
}

/// A server that does not escape lets the sender of a message write what looks like an item.
#[test]
fn a_uid_inside_a_text_is_not_the_uid_of_the_message() {
    let line = r#"* 3 FETCH (ENVELOPE (NIL "x" NIL NIL NIL NIL NIL NIL "") UID 9 X ("b") UID 7)"#;
    let line = read(line, usize::MAX);
    let Response::Fetch(fetch) = line.response() else { panic!("{line:?}") };
    assert_eq!(fetch.uid(), None);
    let line = read("* 3 FETCH (UID 7 FLAGS () UID 7)", usize::MAX);
    let Response::Fetch(fetch) = line.response() else { panic!("{line:?}") };
    assert_eq!(fetch.uid(), Uid::new(7));
}
