//! The checks, the table, and what has to be true of the whole.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Mutex,
};

use imap_proto_lite::CommandKind;

use super::{
    bodies, changing, extensions, fetch_extensions, fetching, listing, login, mailboxes, searching,
    selecting,
    server::{Kind, Server},
    session::{Outcome, answered, take_log},
    sorting, tokens,
};

/// One row of the table: what it is about, and what has to hold.
pub(crate) struct Check {
    pub(crate) row: &'static str,
    pub(crate) run: fn(&Server) -> Outcome,
}

/// All checks, in the order of the table.
const GROUPS: [&[Check]; 12] = [
    login::CHECKS,
    tokens::CHECKS,
    listing::CHECKS,
    mailboxes::CHECKS,
    selecting::CHECKS,
    fetching::CHECKS,
    bodies::CHECKS,
    fetch_extensions::CHECKS,
    changing::CHECKS,
    searching::CHECKS,
    sorting::CHECKS,
    extensions::CHECKS,
];

/// The expected results: a row for each check, a column for each server in the order of
/// [`Kind::ALL`].
const TABLE: &str = include_str!("table.txt");

/// Commands that none of these servers takes.
const NOWHERE: [CommandKind; 2] = [CommandKind::Replace, CommandKind::Raw];

/// What the finished tests found.
static FOUND: Mutex<Found> =
    Mutex::new(Found { columns: BTreeMap::new(), answered: BTreeSet::new() });

struct Found {
    columns: BTreeMap<usize, Vec<&'static str>>,
    answered: BTreeSet<String>,
}

/// Runs all checks against a server.
pub(crate) fn all(kind: Kind) {
    let server = Server::of(kind);
    let mut failed = Vec::new();
    let mut column = Vec::new();
    for check in GROUPS.into_iter().flatten() {
        take_log();
        let outcome = catch_unwind(AssertUnwindSafe(|| (check.run)(&server)));
        column.push(match outcome {
            Ok(Ok(())) => "OK",
            Ok(Err(_)) => "-",
            Err(_) => {
                println!(
                    "{kind:?}, {}: failed; the end of what was said:\n{}",
                    check.row,
                    take_log()
                );
                failed.push(check.row);
                "failed"
            }
        });
    }
    let place = Kind::ALL.iter().position(|one| *one == kind).unwrap();
    let mut found = FOUND.lock().unwrap();
    found.columns.insert(place, column.clone());
    found.answered.extend(answered());
    if found.columns.len() == Kind::ALL.len() {
        println!("{}", table(&found.columns));
        for command in CommandKind::ALL {
            let name = format!("{command:?}");
            assert_eq!(
                found.answered.contains(&name),
                !NOWHERE.contains(command),
                "whether some server answers {name} with OK"
            );
        }
    }
    drop(found);
    assert!(failed.is_empty(), "{kind:?}: {failed:?}");
    for ((row, expected), found) in expected(place).into_iter().zip(&column) {
        assert_eq!(*found, expected, "{kind:?}: {row}");
    }
}

/// The rows of the expected table with the word of one server.
fn expected(place: usize) -> Vec<(&'static str, &'static str)> {
    let rows: Vec<(&str, &str)> = TABLE
        .lines()
        .skip(1)
        .map(|line| {
            let (row, words) = line.split_at(WIDTH);
            (row.trim_end(), words.split_whitespace().nth(place).unwrap())
        })
        .collect();
    let names: Vec<&str> = rows.iter().map(|(row, _)| *row).collect();
    let checks: Vec<&str> = GROUPS.into_iter().flatten().map(|check| check.row).collect();
    assert_eq!(names, checks, "the rows of table.txt");
    rows
}

/// The first column.
const WIDTH: usize = 60;

fn table(columns: &BTreeMap<usize, Vec<&'static str>>) -> String {
    let mut text = format!("{:WIDTH$}", "command");
    for kind in Kind::ALL {
        text.push_str(&format!("{:11}", format!("{kind:?}")));
    }
    for (row, check) in GROUPS.into_iter().flatten().enumerate() {
        text.push_str(&format!("\n{:WIDTH$}", check.row));
        for column in columns.values() {
            text.push_str(&format!("{:11}", column[row]));
        }
    }
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
