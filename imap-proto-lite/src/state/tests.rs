//! The table in the documentation of `State`, compared with the code.

use alloc::{collections::BTreeSet, format, string::String, vec::Vec};

use super::*;

struct Row {
    name: String,
    allowed: Vec<String>,
    after_ok: String,
    after_no: String,
}

fn table() -> Vec<Row> {
    include_str!("../state.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("/// | "))
        .skip(1)
        .map(|row| {
            let cells: Vec<&str> = row.trim_end_matches(" |").split(" | ").collect();
            Row {
                name: cells[0].into(),
                allowed: cells[1].split(", ").map(String::from).collect(),
                after_ok: cells[2].into(),
                after_no: cells[3].into(),
            }
        })
        .collect()
}

/// The name of the row of a command.
fn row_of(kind: CommandKind, table: &[Row]) -> &str {
    let named = table.iter().find(|row| row.name.split(", ").any(|name| name == kind.to_keyword()));
    match (kind.facts().states, kind.facts().change, named) {
        (.., Some(row)) => &row.name,
        (States::Any, Change::None, _) => "of any state",
        (States::Authenticated, Change::None, _) => "of the authenticated state",
        (States::Selected | States::Messages, Change::None, _) => "of the selected state",
        (States::Selected, Change::Deselect, _) => "closes the mailbox",
        _ => panic!("{kind} has no row"),
    }
}

#[test]
fn the_table_agrees_with_the_code_for_every_state_and_command() {
    let table = table();
    let mut used = BTreeSet::new();
    for kind in CommandKind::ALL {
        let name = row_of(*kind, &table);
        let row = table.iter().find(|row| row.name == name).unwrap();
        used.insert(name);
        for state in State::ALL {
            let listed = row.allowed.contains(&format!("{state}"));
            assert_eq!(state.allows(*kind), listed, "{kind} in {state}");
            if !listed {
                continue;
            }
            for (status, expected) in [
                (Status::Ok, &row.after_ok),
                (Status::No, &row.after_no),
                (Status::Bad, &row.after_no),
            ] {
                let after = format!("{}", state.after(*kind, status));
                let same = format!("{state}");
                let expected = if expected == "same" { &same } else { expected };
                assert_eq!(&after, expected, "{kind} {status:?} in {state}");
            }
        }
    }
    assert_eq!(used.len(), table.len(), "each row is the row of a command, and there once");
}

#[test]
fn no_answer_leads_out_of_logout() {
    for kind in CommandKind::ALL {
        for status in [Status::Ok, Status::No, Status::Bad] {
            assert_eq!(State::Logout.after(*kind, status), State::Logout);
        }
    }
}
