//! Recorded answers of real servers, of other projects' tests: each file through `examples/parse`, in pieces of three sizes.
//!
//! With the feature `corpora` only. `MAIL_CORPORA` names the folder; without it, or without the folder, this fails.
#![cfg(feature = "corpora")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should say so at once"
)]

#[path = "../examples/parse.rs"]
#[allow(dead_code, reason = "its main is not called here")]
mod parse;

use std::env;
use std::fs;
use std::path::PathBuf;

fn run(command: &str, chunk: usize, octets: &[u8]) -> (parse::Totals, String) {
    let mut totals = parse::Totals::default();
    let lines = parse::parse(command, chunk, octets, &mut totals);
    (totals, lines)
}

#[test]
fn every_open_file_at_three_chunk_sizes() {
    let folder = PathBuf::from(env::var_os("MAIL_CORPORA").expect("MAIL_CORPORA is not set"));
    let manifest =
        fs::read_to_string(folder.join("manifest.tsv")).expect("no manifest.tsv in MAIL_CORPORA");
    let mut seen = [0_usize; 2];
    let mut wrong = Vec::new();
    for line in manifest.lines().skip(1) {
        let columns: Vec<_> = line.split('\t').collect();
        let (file, protocol, kind, context, expect) =
            (columns[0], columns[1], columns[3], columns[4], columns[5]);
        if protocol != "pop3" {
            continue;
        }
        let context = if kind == "greeting" {
            "greeting"
        } else {
            context
        };
        let octets = fs::read(folder.join(file)).unwrap();
        let (totals, whole) = run(context, usize::MAX, &octets);
        for chunk in [1, 7] {
            let (cut, lines) = run(context, chunk, &octets);
            assert_eq!(
                (cut.line(), lines),
                (totals.line(), whole.clone()),
                "{file} in pieces of {chunk}"
            );
        }
        match expect {
            "valid" | "quirk" => {
                seen[0] += 1;
                if totals.fatal || totals.unrecognized > 0 {
                    wrong.push(format!("{file} is {expect}\n{whole}"));
                }
            }
            "invalid" => {
                seen[1] += 1;
                // The error is about the rule that is broken, not about framing.
                if !totals.fatal || !whole.contains("fatal malformed") {
                    wrong.push(format!("{file} is {expect}\n{whole}"));
                }
            }
            _ => {}
        }
    }
    assert!(
        seen[0] >= 15 && seen[1] >= 4,
        "{seen:?} files: is this the right folder?"
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
