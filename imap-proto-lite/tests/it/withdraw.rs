//! Commands that are taken back before a byte of them has left.

use bytes::{Bytes, BytesMut};
use imap_proto_lite::{
    Command, CommandId, Config, MailboxName, SendError, UidSet,
    client::{Connection, State},
    command::{AppendData, AppendMessage, FetchItem, FetchModifiers, Messages, SelectParameters},
    search::{SearchKey, SearchReturn},
};
use proptest::prelude::*;

use crate::support::client::{argument, atom, config, feed, greeted, send, transmitted};

fn logged_in() -> (Connection, BytesMut) {
    greeted(config(), "* PREAUTH ready\r\n")
}

fn select() -> Command<'static> {
    Command::Select { mailbox: MailboxName::INBOX, parameters: SelectParameters::None }
}

fn fetch() -> Command<'static> {
    Command::Fetch {
        messages: Messages::from(UidSet::all()),
        items: vec![FetchItem::Flags].into(),
        modifiers: FetchModifiers::default(),
    }
}

fn enable() -> Command<'static> {
    Command::Enable { capabilities: vec![atom("CONDSTORE")].into() }
}

/// CREATE with a name that has to be a literal.
fn create() -> Command<'static> {
    Command::Create {
        mailbox: MailboxName::from_wire(&b"\xe9"[..]).unwrap(),
        special_use: vec![].into(),
    }
}

fn append() -> Command<'static> {
    Command::Append {
        mailbox: MailboxName::INBOX,
        message: AppendMessage {
            flags: vec![].into(),
            date: None,
            octets: 3,
            data: AppendData::Literal,
        },
    }
}

#[test]
fn a_command_is_withdrawn_before_it_leaves_and_not_after() {
    for command in [Command::Noop, select(), enable(), create(), append(), Command::Idle] {
        let (mut connection, _) = logged_in();
        let id = connection.send(&command).unwrap();
        let tag = connection.tag(id).unwrap().to_owned();
        assert!(connection.withdraw(id), "{command:?}");
        assert!(!connection.withdraw(id), "once");
        assert_eq!((connection.in_flight(), connection.tag(id)), (0, None));
        assert_eq!(connection.answer(id, Bytes::new()), Err(SendError::UnknownCommand));
        assert_eq!(transmitted(&mut connection), b"");
        // The next command has another id, and the tag that no server has seen.
        let next = connection.send(&Command::Noop).unwrap();
        assert_ne!(next, id);
        assert_eq!(connection.tag(next), Some(&*tag));
        assert_eq!(transmitted(&mut connection), format!("{tag} NOOP\r\n").as_bytes());
        assert!(!connection.withdraw(next));
        // One that has left.
        let (mut connection, _) = logged_in();
        let id = connection.send(&command).unwrap();
        assert!(connection.poll_transmit().is_some());
        assert!(!connection.withdraw(id), "{command:?}");
        assert_eq!(connection.in_flight(), 1);
    }
}

#[test]
fn a_command_between_two_others_leaves_no_trace() {
    let (mut connection, mut input) = logged_in();
    let (before, first) = send(&mut connection, &Command::Noop);
    let queued = connection.send(&create()).unwrap();
    let withdrawn = connection.send(&create()).unwrap();
    let after = connection.send(&Command::Capability).unwrap();
    let tag = |id| connection.tag(id).unwrap().to_owned();
    let (second, third, last) = (tag(queued), tag(withdrawn), tag(after));
    assert!(connection.withdraw(withdrawn));
    assert_eq!(connection.in_flight(), 3);
    assert_eq!(transmitted(&mut connection), format!("{second} CREATE {{1}}\r\n").as_bytes());
    // The `+` is for the literal that has left.
    feed(&mut connection, &mut input, b"+ \r\n", || 1);
    let rest = [&b"\xe9\r\n"[..], format!("{last} CAPABILITY\r\n").as_bytes()].concat();
    assert_eq!(transmitted(&mut connection), rest);
    // The tag of the withdrawn command is the tag of no command.
    for tag in [&first, &second, &last] {
        let (events, error) =
            feed(&mut connection, &mut input, format!("{tag} OK x\r\n").as_bytes(), || 9);
        assert_eq!((events.len(), error), (1, None));
    }
    assert!(!connection.withdraw(before));
    let answer = format!("{third} OK x\r\n");
    let (_, error) = feed(&mut connection, &mut input, answer.as_bytes(), || 9);
    assert!(error.is_some());
}

#[test]
fn predictions_are_undone() {
    // ENABLE lets no command follow; without it they do.
    let (mut connection, _) = logged_in();
    let id = connection.send(&enable()).unwrap();
    assert!(matches!(connection.send(&Command::Noop), Err(SendError::Busy { .. })));
    assert!(connection.withdraw(id));
    assert!(connection.send(&Command::Noop).is_ok());
    // SELECT lets FETCH follow; without it FETCH is not allowed.
    let (mut connection, _) = logged_in();
    let id = connection.send(&select()).unwrap();
    assert!(connection.withdraw(id));
    let refused = connection.send(&fetch()).unwrap_err();
    assert!(matches!(refused, SendError::NotAllowed { state: State::Authenticated, .. }));
    // LOGIN: the capabilities of the greeting stay.
    let (mut connection, _) = greeted(config(), "* OK [CAPABILITY IMAP4rev1 ID] ready\r\n");
    let login = Command::Login { user: argument("joe"), password: argument("x").into() };
    let id = connection.send(&login).unwrap();
    assert!(connection.withdraw(id));
    assert!(connection.send(&login).is_ok());
    assert!(connection.capabilities().unwrap().has("ID"));
}

#[test]
fn a_command_that_later_ones_depend_on_stays() {
    // FETCH was only accepted because of the SELECT.
    let (mut connection, _) = logged_in();
    let selecting = connection.send(&select()).unwrap();
    let fetching = connection.send(&fetch()).unwrap();
    assert!(!connection.withdraw(selecting));
    assert_eq!(connection.in_flight(), 2);
    assert!(connection.withdraw(fetching) && connection.withdraw(selecting));
    assert_eq!(transmitted(&mut connection), b"");
    // With a mailbox selected before, it would fetch from the wrong mailbox.
    let (mut connection, mut input) = logged_in();
    let (_, tag) = send(&mut connection, &select());
    feed(&mut connection, &mut input, format!("{tag} OK done\r\n").as_bytes(), || 100);
    let selecting = connection.send(&select()).unwrap();
    connection.send(&fetch()).unwrap();
    assert!(!connection.withdraw(selecting));
    // A command that does not depend on it does not keep it.
    let (mut connection, _) = logged_in();
    let selecting = connection.send(&select()).unwrap();
    connection.send(&Command::Namespace).unwrap();
    assert!(connection.withdraw(selecting));
    // Nor does one that depends on a later SELECT.
    let (mut connection, _) = logged_in();
    let selecting = connection.send(&select()).unwrap();
    connection.send(&select()).unwrap();
    connection.send(&fetch()).unwrap();
    assert!(connection.withdraw(selecting));
    let line = String::from_utf8(transmitted(&mut connection)).unwrap();
    assert_eq!(line.matches("SELECT").count(), 1);
}

#[test]
fn an_append_that_is_ready_at_once_is_withdrawn_with_its_message() {
    let (mut connection, mut input) =
        greeted(config(), "* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] ready\r\n");
    for answered in [false, true] {
        let id = connection.send(&append()).unwrap();
        if answered {
            connection.answer(id, Bytes::from_static(b"ab")).unwrap();
        }
        assert!(connection.withdraw(id));
        assert_eq!(connection.poll_event(&mut input), Ok(None), "it is not ready any more");
        assert_eq!(transmitted(&mut connection), b"");
    }
}

fn command(choice: usize) -> Command<'static> {
    match choice {
        0 => Command::Noop,
        1 => create(),
        2 => Command::Namespace,
        3 => append(),
        4 => select(),
        5 => enable(),
        _ => Command::Id(vec![].into()),
    }
}

/// All bytes that leave when the server answers each `+` that it owes.
fn wire(connection: &mut Connection) -> Vec<u8> {
    let mut all = transmitted(connection);
    let mut input = BytesMut::new();
    for _ in 0..20 {
        feed(connection, &mut input, b"+ \r\n", || 100);
        all.extend_from_slice(&transmitted(connection));
    }
    all
}

proptest! {
    #[test]
    fn a_withdrawn_command_leaves_the_bytes_as_if_it_had_never_been_sent(
        commands in prop::collection::vec((0_usize..7, any::<bool>()), 1..8),
    ) {
        let quiet = || {
            let mut config: Config = config();
            config.limits.stray_continuations = 1000;
            greeted(config, "* PREAUTH ready\r\n").0
        };
        let (mut with, mut without) = (quiet(), quiet());
        for (choice, withdrawn) in commands {
            let command = command(choice);
            if withdrawn {
                let sent: Result<CommandId, SendError> = with.send(&command);
                if let Ok(id) = sent {
                    prop_assert!(with.withdraw(id));
                }
            } else {
                prop_assert_eq!(with.send(&command).is_ok(), without.send(&command).is_ok());
            }
        }
        prop_assert_eq!(with.in_flight(), without.in_flight());
        prop_assert_eq!(with.state(), without.state());
        let (one, two) = (wire(&mut with), wire(&mut without));
        prop_assert_eq!(one, two);
    }
}

/// `UID SEARCH RETURN (SAVE) DELETED`
fn save() -> Command<'static> {
    let mut returns = SearchReturn::default();
    returns.save = true;
    Command::Search { uid: true, returns: Some(returns), query: SearchKey::Deleted.into() }
}

#[test]
fn a_search_is_not_withdrawn_from_under_the_command_that_uses_its_result() {
    let fetch_saved = || Command::Fetch {
        messages: Messages::SavedResult { uid: true },
        items: vec![FetchItem::Flags].into(),
        modifiers: FetchModifiers::default(),
    };
    let search_saved =
        || Command::Search { uid: true, returns: None, query: SearchKey::SavedResult.into() };
    for (later, may) in [
        (vec![fetch()], true),
        (vec![fetch_saved()], false),
        (vec![search_saved()], false),
        (vec![fetch(), fetch_saved()], false),
        // Another result was saved in between.
        (vec![save(), fetch_saved()], true),
    ] {
        let (mut connection, mut input) =
            greeted(config(), "* PREAUTH [CAPABILITY IMAP4rev2] ready\r\n");
        let (_, tag) = send(&mut connection, &select());
        feed(&mut connection, &mut input, format!("{tag} OK done\r\n").as_bytes(), || 100);
        let id = connection.send(&save()).unwrap();
        for command in &later {
            connection.send(command).unwrap();
        }
        assert_eq!(connection.withdraw(id), may, "{later:?}");
    }
}
