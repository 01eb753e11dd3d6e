//! Recorded answers of real servers, of other projects' tests: each file through
//! `examples/pop3_parse`, in pieces of three sizes.
//!
//! Only with the feature `corpora`. `MAIL_CORPORA` names the folder; the test fails without it.

#[path = "../../examples/pop3_parse.rs"]
#[allow(dead_code, reason = "its main is not called here")]
mod example;

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

use pop3_proto::ProtocolError;

/// A file that has to end in an error.
struct Wrong {
    file: &'static str,
    /// What the manifest says of it.
    expect: &'static str,
    error: Right,
}

/// The error that is the right one.
enum Right {
    /// [`ProtocolError::Malformed`]: which rule is broken, and the line of the file (the first is
    /// 0) that breaks it.
    Malformed(&'static str, usize),
    /// [`ProtocolError::Unsolicited`].
    Unsolicited,
}

/// All of them, and why the error is right.
const WRONG: [Wrong; 6] = [
    // The answer to LIST n holds the number alone. RFC 1939 section 5 wants the size after it, and
    // the requested number must not be read as a size.
    Wrong {
        file: "mailkit-pop3/comcast__list1-error1.pop3",
        expect: "invalid",
        error: Right::Malformed("scan listing", 0),
    },
    // A word in place of the count of messages. The size may be odd (some servers overflow), the
    // count may not: RFC 1939 section 5, the drop listing of STAT.
    Wrong {
        file: "mailkit-pop3/comcast__stat-error2.pop3",
        expect: "invalid",
        error: Right::Malformed("drop listing", 0),
    },
    // A valid count, and a word in place of the size: neither digits nor the minus of an overflow.
    // The same rule.
    Wrong {
        file: "mailkit-pop3/comcast__stat-error3.pop3",
        expect: "invalid",
        error: Right::Malformed("drop listing", 0),
    },
    // The last line of UIDL is a number alone, without the space before an empty unique-id: RFC
    // 1939 section 7.
    Wrong {
        file: "mailkit-pop3/gmail__uidl-error1.pop3",
        expect: "invalid",
        error: Right::Malformed("unique-id listing", 3),
    },
    // Each line of UIDL is valid, but a number is missing though nothing was deleted. RFC 1939
    // section 4 numbers messages from 1 on without gaps.
    Wrong {
        file: "mailkit-pop3/gmail__uidl-error2.pop3",
        expect: "invalid",
        error: Right::Malformed("order of message numbers", 3),
    },
    // STLS is refused, and forged answers to the client's next commands follow the refusal. The
    // origin of the file expects the client to stop.
    Wrong { file: "curl-tests/test982-0.pop3", expect: "unknown", error: Right::Unsolicited },
];

/// A line of the manifest.
struct Row {
    file: String,
    kind: String,
    context: String,
    expect: String,
    octets: usize,
}

fn rows(folder: &Path) -> Vec<Row> {
    let manifest =
        fs::read_to_string(folder.join("manifest.tsv")).expect("no manifest.tsv in MAIL_CORPORA");
    let rows = manifest.lines().skip(1).map(|line| {
        let columns: Vec<_> = line.split('\t').collect();
        let column = |index: usize| columns[index].to_owned();
        let row = Row {
            file: column(0),
            kind: column(3),
            context: column(4),
            expect: column(5),
            octets: columns[7].parse().unwrap(),
        };
        (columns[1] == "pop3").then_some(row)
    });
    rows.flatten().collect()
}

/// All files of POP3 in the folder, named as the manifest names them.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    for group in fs::read_dir(folder).unwrap() {
        let group = group.unwrap().path();
        if !group.is_dir() {
            continue;
        }
        for file in fs::read_dir(group).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|end| end == "pop3") {
                let name = path.strip_prefix(folder).unwrap();
                files.insert(name.to_str().unwrap().to_owned());
            }
        }
    }
    files
}

/// How a file ends, with a line for each event.
fn run(
    command: &str,
    chunk: usize,
    octets: &[u8],
) -> (Result<(), ProtocolError>, example::Totals, String) {
    let (mut totals, mut lines) = (example::Totals::default(), String::new());
    let end = example::answer(command, octets, chunk, &mut totals, &mut lines);
    (end, totals, lines)
}

/// Is this the right error?
fn is_right(right: &Right, error: &ProtocolError, octets: &[u8]) -> bool {
    match (right, error) {
        (Right::Malformed(rule, number), ProtocolError::Malformed { what, line, .. }) => {
            let lines = octets.split(|octet| *octet == b'\n');
            let expected = lines.map(<[u8]>::trim_ascii_end).nth(*number);
            what == rule && Some(line.as_bytes()) == expected
        }
        (Right::Unsolicited, error) => matches!(error, ProtocolError::Unsolicited { .. }),
        _ => false,
    }
}

#[test]
fn every_open_file_at_three_chunk_sizes() {
    let folder = PathBuf::from(env::var_os("MAIL_CORPORA").expect("MAIL_CORPORA is not set"));
    let rows = rows(&folder);
    assert!(!rows.is_empty(), "no POP3 in the manifest");
    let mut wrong: BTreeMap<_, _> = WRONG.iter().map(|one| (one.file, one)).collect();
    let mut visited = BTreeSet::new();
    let mut faults = Vec::new();
    for row in rows {
        let Row { file, expect, .. } = &row;
        assert!(visited.insert(file.clone()), "{file} is listed twice");
        let octets = fs::read(folder.join(file)).unwrap();
        assert_eq!(octets.len(), row.octets, "{file} is not what the manifest says");
        let context = match &*row.kind {
            "greeting" => "greeting",
            "response" | "session" => &row.context,
            kind => panic!("{file}: unknown kind {kind}"),
        };
        let (end, totals, lines) = run(context, usize::MAX, &octets);
        for chunk in [1, 7] {
            let (cut_end, cut_totals, cut_lines) = run(context, chunk, &octets);
            assert_eq!(
                (&cut_end, cut_totals.line(), &cut_lines),
                (&end, totals.line(), &lines),
                "{file} in pieces of {chunk}"
            );
        }
        let known = wrong.remove(&**file);
        let well = match (&**expect, known) {
            // A file that its origin does not judge must be read without an error.
            ("valid" | "quirk" | "unknown", None) => end.is_ok() && totals.unrecognized == 0,
            ("invalid" | "unknown", Some(known)) => {
                known.expect == expect
                    && end.as_ref().is_err_and(|error| is_right(&known.error, error, &octets))
            }
            _ => false,
        };
        if !well {
            faults.push(format!("{file} is {expect}, and comes to {end:?}\n{lines}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(visited, files(&folder), "the manifest and the folder differ");
    let missing: Vec<_> = wrong.keys().collect();
    assert!(missing.is_empty(), "not in the manifest: {missing:?}");
}
