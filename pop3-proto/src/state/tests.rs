use alloc::vec::Vec;

use super::*;

const STATES: [State; 6] = [
    State::Greeting,
    State::Authorization,
    State::TlsNegotiation,
    State::Transaction,
    State::Update,
    State::Closed,
];

/// The table in the doc comment of [`State`] is the specification: every cell is compared with the
/// code.
#[test]
fn the_table_is_the_code() {
    let source = include_str!("../state.rs");
    let mut rows = source
        .lines()
        .skip_while(|line| !line.contains("```text"))
        .skip(1)
        .take_while(|line| !line.contains("```"))
        .map(|line| line.trim_start_matches("///"));
    let header: Vec<_> = rows.next().unwrap().split_whitespace().collect();
    assert_eq!(header, STATES.map(|state| alloc::format!("{state:?}")));
    let mut seen = 0;
    for row in rows {
        let mut cells = row.split_whitespace().peekable();
        let keyword = cells.next().unwrap();
        let kind =
            CommandKind::ALL.iter().copied().find(|kind| kind.to_keyword() == keyword).unwrap();
        for state in STATES {
            let allowed = match cells.next() {
                Some("x") => true,
                Some("-") => false,
                cell => panic!("{keyword} in {state:?}: {cell:?}"),
            };
            assert_eq!(state.allows(kind), allowed, "{keyword} in {state:?}");
            let mut after =
                [(Status::Ok, '+'), (Status::Err, '-')].map(|(status, sign)| (status, sign, state));
            while let Some(target) = cells.next_if(|cell| cell.len() > 1) {
                let (sign, name) = target.split_at(1);
                for (_, expected, leads_to) in &mut after {
                    if sign.starts_with(*expected) {
                        *leads_to = STATES
                            .into_iter()
                            .find(|state| alloc::format!("{state:?}") == name)
                            .unwrap();
                    }
                }
            }
            for (status, _, leads_to) in after {
                assert_eq!(
                    state.after(kind, status),
                    leads_to,
                    "{keyword} in {state:?} answered {status:?}"
                );
            }
        }
        assert_eq!(cells.next(), None, "{keyword}");
        seen += 1;
    }
    assert_eq!(seen, CommandKind::ALL.len());
}
