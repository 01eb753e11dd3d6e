use alloc::{format, string::String, vec::Vec};

use super::*;
use crate::command::kind::Change;

/// The rows of the table: cause, states before, state after.
fn table() -> Vec<[&'static str; 3]> {
    include_str!("../state.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("/// | ")?.strip_suffix(" |"))
        .skip(1)
        .map(|row| row.split(" | ").collect::<Vec<_>>().try_into().unwrap())
        .collect()
}

fn in_state(state: State) -> Session {
    Session { state, before_compression: State::Selected, ..Session::new() }
}

/// The state that the table names for a cause; the same one where it names none.
fn expected(table: &[[&str; 3]], cause: &str, from: State) -> String {
    let name = format!("{from:?}");
    let row = table.iter().find(|row| {
        row[0] == cause && (row[1] == "any" || row[1].split(", ").any(|state| state == name))
    });
    match row {
        Some(row) if row[2] == "the state before" => format!("{:?}", State::Selected),
        Some(row) => row[2].into(),
        None => name,
    }
}

/// The name of a cause, and what it does.
type Cause = (&'static str, fn(&mut Session));

/// All causes besides the answers to commands.
const CAUSES: [Cause; 6] = [
    ("`greet`", |session| session.greeted(false)),
    ("`greet_authenticated`", |session| session.greeted(true)),
    ("SELECT or EXAMINE arrives", Session::mailbox_closed),
    ("`handle_compressed`", Session::compressed),
    ("BYE, the client is gone", Session::ended),
    ("an error", |session| {
        session.fail(ProtocolError::NoStartTls);
    }),
];

#[test]
fn the_table_says_what_the_code_does_for_every_state_and_cause() {
    let table = table();
    let mut used = Vec::new();
    let mut compare = |cause: &str, from: State, session: &Session| {
        used.push(String::from(cause));
        let to = format!("{:?}", session.state());
        assert_eq!(to, expected(&table, cause, from), "{cause} in {from}");
    };
    for from in State::ALL {
        for (cause, apply) in CAUSES {
            let mut session = in_state(from);
            apply(&mut session);
            compare(cause, from, &session);
        }
        for &kind in CommandKind::ALL {
            // SELECT and EXAMINE find no mailbox selected: they have closed it.
            let closes = matches!(kind, CommandKind::Select | CommandKind::Examine);
            if !in_state(from).is_open()
                || !from.allows(kind)
                || (closes && from == State::Selected)
            {
                continue;
            }
            for (status, word) in [(Status::Ok, "OK"), (Status::No, "NO"), (Status::Bad, "BAD")] {
                let mut session = in_state(from);
                session.answered(kind, status);
                let closes = kind.facts().change == Change::Deselect;
                let command = if closes { "closes the mailbox" } else { kind.to_keyword() };
                compare(&format!("{command}, {word}"), from, &session);
            }
        }
    }
    for [cause, ..] in &table {
        assert!(used.iter().any(|one| one == cause), "nothing causes {cause}");
    }
}

#[test]
fn the_end_is_reported_once_and_nothing_leads_out_of_it() {
    let mut session = in_state(State::Selected);
    session.queue_update(&Response::Exists(1), Bytes::from_static(b"* 1 EXISTS\r\n"));
    assert!(!session.take_close());
    session.ended();
    assert_eq!(session.update_bytes(), 0);
    assert!(session.take_close());
    session.ended();
    assert!(!session.take_close());
    for (cause, apply) in CAUSES {
        apply(&mut session);
        assert_eq!(session.state(), State::Logout, "{cause}");
        assert!(!session.take_close(), "{cause}");
    }
}

#[test]
fn an_error_stays_and_no_end_is_reported_after_it() {
    let mut session = in_state(State::Authenticated);
    assert_eq!(session.check(), Ok(()));
    let error = ProtocolError::UnexpectedEof { in_flight: 0, during: None };
    assert_eq!(session.fail(error.clone()), error);
    assert_eq!(session.check(), Err(error.clone()));
    assert_eq!(session.failed(), Some(&error));
    assert!(!session.take_close());
}
