//! Server data recorded by other projects, in the folder that `MAIL_CORPORA` names. None of it is
//! part of this repository. `cargo test -p imap-proto-lite --features corpora --test it corpora::`.

mod facts;

use std::{collections::HashMap, env, fs, path::PathBuf};

use bytes::BytesMut;
use imap_proto_lite::{
    Limits, Line, Quirks, Response,
    frame::{Frame, Framer},
    response::{AttributeIter, FetchAttribute},
};

fn root() -> PathBuf {
    PathBuf::from(
        env::var_os("MAIL_CORPORA").expect("MAIL_CORPORA names the folder of the corpora"),
    )
}

/// A file of the manifest: name, label (`expect`), framing, bytes.
struct File {
    name: String,
    label: String,
    framing: String,
    octets: Vec<u8>,
}

fn files() -> Vec<File> {
    let root = root();
    let manifest = fs::read_to_string(root.join("manifest.tsv")).expect("a manifest");
    let mut lines = manifest.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let column =
        |name: &str| head.iter().position(|one| *one == name).expect("the column is there");
    let (file, protocol, expect, framing) =
        (column("file"), column("protocol"), column("expect"), column("framing"));
    lines
        .filter(|line| line[protocol] == "imap")
        .map(|line| File {
            name: line[file].to_owned(),
            label: line[expect].to_owned(),
            framing: line[framing].to_owned(),
            octets: fs::read(root.join(line[file])).unwrap(),
        })
        .collect()
}

/// The lines and bodies of a file, and whether its framing broke.
#[derive(PartialEq, Debug, Default)]
struct Read {
    lines: Vec<Line>,
    bodies: Vec<u8>,
    broken: Option<String>,
}

fn read(octets: &[u8], chunk: usize) -> Read {
    let mut read = Read::default();
    // One file announces a GiB, to test limits.
    let mut limits = Limits::default();
    (limits.line, limits.literal) = (usize::MAX, usize::MAX);
    let mut framer = Framer::new(&limits, &Quirks::default());
    let mut input = BytesMut::new();
    for piece in octets.chunks(chunk) {
        input.extend_from_slice(piece);
        loop {
            match framer.next(&mut input) {
                Ok(None) => break,
                Ok(Some(Frame::Line(line))) => read.lines.push(line),
                Ok(Some(Frame::Body { chunk, .. })) => read.bodies.extend_from_slice(&chunk),
                Ok(Some(_)) => {}
                Err(error) => {
                    read.broken = Some(error.to_string());
                    return read;
                }
            }
        }
    }
    read
}

#[derive(PartialEq, Debug)]
enum Outcome {
    Typed { malformed_items: usize },
    Unknown(String),
    Malformed,
}

fn outcome(line: &Line) -> Outcome {
    let malformed = |items: AttributeIter<'_>| {
        items.filter(|item| matches!(item, FetchAttribute::Malformed { .. })).count()
    };
    match line.response() {
        Response::Unknown { name, raw, .. } => {
            assert_eq!(&*raw, &line.octets()[..], "an unknown response is whole");
            Outcome::Unknown(String::from_utf8_lossy(&name).to_ascii_uppercase())
        }
        Response::Malformed { raw } => {
            assert_eq!(&*raw, &line.octets()[..], "a malformed response is whole");
            Outcome::Malformed
        }
        Response::Fetch(fetch) => Outcome::Typed { malformed_items: malformed(fetch.iter()) },
        Response::UidFetch { attributes, .. } => {
            Outcome::Typed { malformed_items: malformed(attributes.iter()) }
        }
        _ => Outcome::Typed { malformed_items: 0 },
    }
}

/// Names of responses outside of the subset (tier 3): they are kept as unknown.
const NOT_IN_THE_SUBSET: [&str; 8] = [
    "METADATA",
    "ANNOTATION",
    "GENURLAUTH",
    "URLFETCH",
    "URLFETCH(",
    "UIDBATCHES",
    "LANGUAGE",
    "CONVERTED",
];

/// Responses marked `valid` that are not typed, and why.
const LABELLED_WRONG: [(&str, &str); 4] = [
    (
        "swift-nio-imap/ESearchResponse+Tests-fixture-009.imap",
        "a piece of the grammar: the name of the response is missing",
    ),
    (
        "swift-nio-imap/ESearchResponse+Tests-fixture-010.imap",
        "a piece of the grammar: the name of the response is missing",
    ),
    (
        "swift-nio-imap/ESearchResponse+Tests-fixture-012.imap",
        "a piece of the grammar: the name of the response is missing",
    ),
    (
        "swift-nio-imap/MessageAtributesTests-fixture-016.imap",
        "BODY () is no body: it has neither a type nor a part",
    ),
];

/// Responses marked `quirk` that appear in no RFC and no server, and are kept as unknown. They
/// count as missed.
const MADE_UP: [(&str, &str); 2] = [
    (
        "ruby-net-imap/quirky_behaviors-004.imap",
        "`* 99 NOOP`: a number before the word, to see what a reader does with it; Zimbra's `* NOOP` has none",
    ),
    (
        "ruby-net-imap/quirky_behaviors-005.imap",
        "`* 86 NOOP froopy snood`: the same, with words behind it",
    ),
];

#[test]
fn nothing_breaks_at_any_cut() {
    let mut broken = Vec::new();
    for file in files() {
        let whole = read(&file.octets, file.octets.len().max(1));
        for chunk in [1, 7] {
            assert_eq!(read(&file.octets, chunk), whole, "{} in pieces of {chunk}", file.name);
        }
        for line in &whole.lines {
            let _ = format!("{:?}", line.response());
            let _ = format!("{:?}", line.response());
        }
        if let Some(error) = whole.broken {
            broken.push((file, error));
        }
    }
    broken.retain(|(file, _)| file.label != "invalid");
    let broken: Vec<_> = broken
        .iter()
        .map(|(file, error)| format!("{} ({}): {error}", file.name, file.framing))
        .collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn valid_responses_are_typed_and_quirks_lose_one_item() {
    // The same response counts once, by its best label.
    let mut distinct: HashMap<Vec<u8>, (String, String, Line)> = HashMap::new();
    let rank = |label: &str| {
        ["valid", "quirk", "unknown", "invalid"].iter().position(|one| *one == label).unwrap_or(9)
    };
    for file in files() {
        for line in read(&file.octets, usize::MAX).lines {
            let entry = distinct
                .entry(line.octets().to_vec())
                .or_insert_with(|| (file.name.clone(), file.label.clone(), line.clone()));
            if rank(&file.label) < rank(&entry.1) {
                *entry = (file.name.clone(), file.label.clone(), line);
            }
        }
    }
    let mut counts: HashMap<&str, [usize; 5]> = HashMap::new();
    let mut missed = Vec::new();
    for (octets, (name, label, line)) in &distinct {
        let outcome = outcome(line);
        let count = counts.entry(label.as_str()).or_default();
        count[0] += 1;
        let place = match &outcome {
            Outcome::Typed { malformed_items: 0 } => 1,
            Outcome::Typed { .. } => 2,
            Outcome::Unknown(_) => 3,
            Outcome::Malformed => 4,
        };
        count[place] += 1;
        let outside = matches!(&outcome, Outcome::Unknown(name) if NOT_IN_THE_SUBSET.contains(&name.as_str()));
        let excused = LABELLED_WRONG.iter().any(|(file, _)| file == name);
        if label == "valid" && place != 1 && !outside && !excused {
            missed.push(format!("{name}: {outcome:?} {}", octets.escape_ascii()));
        }
    }
    let mut shown: Vec<_> = counts.iter().collect();
    shown.sort();
    for (label, [all, typed, items, unknown, malformed]) in shown {
        println!(
            "{label}: {all} distinct, {typed} typed, {items} with a malformed item, {unknown} unknown, {malformed} malformed"
        );
    }
    assert!(missed.is_empty(), "{missed:#?}");
    let [all, typed, items, ..] = counts["quirk"];
    assert!((typed + items) * 100 >= all * 98, "quirk: {:?}", counts["quirk"]);
    let unknown: Vec<_> = distinct
        .values()
        .filter(|(_, label, line)| {
            label == "quirk" && !matches!(outcome(line), Outcome::Typed { .. })
        })
        .map(|(name, ..)| name.as_str())
        .filter(|name| !MADE_UP.iter().any(|(made_up, _)| made_up == name))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    for (name, label, line) in distinct.values() {
        if let (Outcome::Typed { malformed_items }, "quirk") = (outcome(line), label.as_str()) {
            assert!(malformed_items <= 1, "{name}");
        }
    }
}

#[test]
fn values_are_those_of_the_table() {
    let table = include_str!("corpora/values.tsv");
    let files: HashMap<String, Vec<u8>> =
        files().into_iter().map(|file| (file.name, file.octets)).collect();
    let mut checked = 0;
    let mut by_hand = 0;
    let mut wrong = Vec::new();
    for row in table.lines().filter(|row| !row.starts_with('#')) {
        let mut columns = row.splitn(4, '\t');
        let (file, place, by, expected) = (
            columns.next().unwrap(),
            columns.next().unwrap(),
            columns.next().unwrap(),
            columns.next().unwrap(),
        );
        let octets = &files[file];
        let read = read(octets, octets.len().max(1));
        let found = facts::facts(&read.lines[place.parse::<usize>().unwrap()].response());
        checked += 1;
        by_hand += match by {
            "hand" => 1,
            "tool" => 0,
            other => panic!("{file} {place}: {other}"),
        };
        if found != expected {
            wrong.push(format!("{file} {place}\n  expected {expected}\n  found    {found}"));
        }
    }
    println!("{checked} responses checked value by value, {by_hand} of them read by hand");
    assert!(by_hand >= 150);
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
