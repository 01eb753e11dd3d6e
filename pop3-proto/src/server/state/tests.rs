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
        let cells: Vec<_> = row.split_whitespace().collect();
        let kind =
            CommandKind::ALL.iter().copied().find(|kind| kind.to_keyword() == cells[0]).unwrap();
        assert_eq!(cells.len(), 1 + STATES.len(), "{row}");
        for (state, cell) in STATES.into_iter().zip(&cells[1..]) {
            assert_eq!(state.allows(kind), *cell == "x", "{kind} in {state:?}");
        }
        seen += 1;
    }
    assert_eq!(seen, CommandKind::ALL.len());
}

#[test]
fn marks_and_counts() {
    let number = |number| MessageNumber::new(number).unwrap();
    let message = |octets| MaildropMessage::new(octets, UniqueId::new("x").unwrap()).unwrap();
    let mut session = Session::new();
    session.logged_in(Maildrop::new(Vec::from([10, 20, 30].map(message))));
    assert_eq!((session.count(), session.octets()), (3, 60));
    assert!(session.delete(number(2)));
    assert!(!session.delete(number(2)));
    assert!(!session.delete(number(4)));
    assert_eq!((session.count(), session.octets()), (2, 40));
    assert_eq!(session.deleted(), [number(2)]);
    assert!(session.message(number(2)).is_none());
    assert_eq!(session.next_message(1).unwrap().0, 2);
    session.undelete_all();
    assert_eq!((session.count(), session.octets()), (3, 60));
    session.delete(number(1));
    session.closed();
    assert_eq!(session.deleted(), []);
    assert_eq!((session.count(), session.octets()), (0, 0));
}
