//! Calls in the wrong order, and arguments that cannot be sent: a typed error, and no change.

use std::borrow::Cow;

use bytes::{Bytes, BytesMut};
use imap_proto_lite::{
    AString, Atom, Command, CommandKind, Config, HeaderName, MailboxName, ProtocolError, Response,
    SendError, SequenceSet, Status, Tag, Transport, UidSet,
    client::{Connection, Event, State},
    command::{
        AppendData, AppendMessage, FetchItem, FetchModifiers, IdParameter, Messages,
        SelectParameters,
    },
    flag::Keyword,
    section::Section,
};

use crate::support::client::{argument, atom, config, feed, greeted, send, transmitted};

const READY: &str = "* OK ready\r\n";
const PREAUTH: &str = "* PREAUTH ready\r\n";

fn login() -> Command<'static> {
    Command::Login { user: argument("joe"), password: argument("tanstaaf").into() }
}

fn select() -> Command<'static> {
    Command::Select { mailbox: MailboxName::INBOX, parameters: SelectParameters::None }
}

fn fetch(messages: Messages<'static>) -> Command<'static> {
    Command::Fetch {
        messages,
        items: Cow::Owned(vec![FetchItem::peek(Section::full())]),
        modifiers: FetchModifiers::default(),
    }
}

fn uid_fetch() -> Command<'static> {
    fetch(Messages::from(UidSet::all()))
}

fn seq_fetch() -> Command<'static> {
    fetch(Messages::from(SequenceSet::all()))
}

fn append(octets: u64, data: AppendData) -> Command<'static> {
    Command::Append {
        mailbox: MailboxName::INBOX,
        message: AppendMessage { flags: Cow::Borrowed(&[]), date: None, octets, data },
    }
}

fn selected() -> (Connection, BytesMut) {
    let (mut connection, mut input) = greeted(config(), PREAUTH);
    let (_, tag) = send(&mut connection, &select());
    feed(&mut connection, &mut input, format!("{tag} OK done\r\n").as_bytes(), || 100);
    assert_eq!(connection.state(), State::Selected);
    (connection, input)
}

/// The refusal changed nothing: nothing in flight, nothing to send, and the next command is the
/// same.
fn assert_untouched(connection: &mut Connection, in_flight: usize) {
    assert_eq!(connection.in_flight(), in_flight);
    assert_eq!(transmitted(connection), b"");
}

#[test]
fn a_refused_command_changes_nothing() {
    let (mut one, _) = greeted(config(), READY);
    let (mut two, _) = greeted(config(), READY);
    assert!(matches!(
        one.send(&select()),
        Err(SendError::NotAllowed { command: CommandKind::Select, state: State::NotAuthenticated })
    ));
    let field = IdParameter::new(argument("name"), None).unwrap();
    assert!(matches!(
        one.send(&Command::Id(Cow::Owned(vec![field; 31]))),
        Err(SendError::InvalidArgument { argument: "parameters", .. })
    ));
    assert_untouched(&mut one, 0);
    // Ids and tags too are what they would have been.
    assert_eq!(one.send(&login()).unwrap(), two.send(&login()).unwrap());
    assert_eq!(transmitted(&mut one), transmitted(&mut two));
}

#[test]
fn no_argument_holds_cr_lf_or_nul() {
    for bad in ["a\rb", "a\nb", "a\0b", "a\r\nb", "\n", "{3}\r\nabc"] {
        assert!(AString::new(bad).is_err());
        assert!(Atom::new(bad).is_err());
        assert!(HeaderName::new(bad).is_err());
        assert!(Keyword::new(bad).is_err());
        assert!(MailboxName::new(bad).is_err());
        assert!(Tag::new(bad).is_err());
        // A server can send such a name in a literal; it does not go back.
        let (mut connection, mut input) = greeted(config(), PREAUTH);
        let line = format!("* LIST () NIL {{{}}}\r\n{bad}\r\n", bad.len());
        input.extend_from_slice(line.as_bytes());
        let Some(Event::Untagged(line)) = connection.poll_event(&mut input).unwrap() else {
            panic!("no LIST");
        };
        let Response::List(entry) = line.response() else {
            panic!("{line:?}");
        };
        let error = connection.send(&Command::Delete { mailbox: entry.mailbox }).unwrap_err();
        assert!(matches!(error, SendError::InvalidArgument { .. }), "{bad:?}: {error}");
        assert_untouched(&mut connection, 0);
    }
}

#[test]
fn credentials_are_not_sent_in_clear_text() {
    let mut clear = Config::new(Transport::Clear);
    clear.tag_seed = 7;
    let (mut connection, _) = greeted(clear, READY);
    assert_eq!(connection.send(&login()), Err(SendError::ClearText));
    let plain = Command::Authenticate {
        mechanism: Atom::PLAIN,
        initial_response: Some(Cow::Borrowed(b"\0joe\0tanstaaf")),
    };
    assert_eq!(connection.send(&plain), Err(SendError::ClearText));
    assert_untouched(&mut connection, 0);
}

#[test]
fn login_disabled_and_missing_capabilities_are_errors() {
    let (mut connection, mut input) =
        greeted(config(), "* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready\r\n");
    assert_eq!(connection.send(&login()), Err(SendError::LoginDisabled));
    assert_eq!(
        connection.send(&Command::Id(Cow::Borrowed(&[]))),
        Err(SendError::MissingCapability("ID"))
    );
    feed(&mut connection, &mut input, b"* CAPABILITY IMAP4rev1 ID\r\n", || 9);
    assert!(connection.send(&Command::Id(Cow::Borrowed(&[]))).is_ok());
}

#[test]
fn hidden_capabilities_are_ignored() {
    let mut hiding = config();
    hiding.hidden_capabilities.push("idle".into());
    let (mut connection, _) = greeted(hiding, "* PREAUTH [CAPABILITY IMAP4rev1 IDLE ID] ready\r\n");
    assert_eq!(connection.send(&Command::Idle), Err(SendError::MissingCapability("IDLE")));
    assert!(!connection.capabilities().unwrap().has("IDLE"));
}

#[test]
fn rev2_that_is_announced_but_not_enabled_implies_nothing() {
    let (mut connection, mut input) =
        greeted(config(), "* PREAUTH [CAPABILITY IMAP4rev1 IMAP4rev2 ENABLE] ready\r\n");
    assert_eq!(
        connection.send(&Command::Namespace),
        Err(SendError::MissingCapability("NAMESPACE"))
    );
    let (_, tag) =
        send(&mut connection, &Command::Enable { capabilities: Cow::Owned(vec![Atom::IMAP4REV2]) });
    feed(
        &mut connection,
        &mut input,
        format!("* ENABLED IMAP4rev2\r\n{tag} OK done\r\n").as_bytes(),
        || 9,
    );
    assert!(connection.send(&Command::Namespace).is_ok());
    let (mut connection, _) = greeted(config(), "* PREAUTH [CAPABILITY IMAP4rev2] ready\r\n");
    assert!(connection.send(&Command::Namespace).is_ok());
}

#[test]
fn commands_that_must_not_be_pipelined_are_busy() {
    let busy = |first: &Command<'_>, second: &Command<'_>| {
        let (mut connection, _) = selected();
        connection.send(first).unwrap();
        let in_flight = connection.in_flight();
        let result = connection.send(second);
        assert_eq!(connection.in_flight(), in_flight + usize::from(result.is_ok()));
        match result {
            Ok(_) => false,
            Err(SendError::Busy { command, waits_for }) => {
                assert_eq!((command, waits_for), (second.kind(), first.kind()));
                true
            }
            Err(error) => panic!("{error}"),
        }
    };
    // Sequence numbers must wait for commands that may expunge, and for no others (RFC 9051 section
    // 5.5).
    assert!(busy(&Command::Noop, &seq_fetch()));
    assert!(busy(&uid_fetch(), &seq_fetch()));
    assert!(!busy(&seq_fetch(), &seq_fetch()));
    assert!(!busy(&seq_fetch(), &uid_fetch()));
    assert!(!busy(&uid_fetch(), &uid_fetch()));
    // Another mailbox while commands on this one are in flight.
    assert!(busy(&uid_fetch(), &select()));
    assert!(!busy(&select(), &uid_fetch()));
    assert!(busy(&uid_fetch(), &Command::Close));
    // A `+` that could answer another command.
    assert!(busy(&Command::Idle, &Command::Noop));
    assert!(busy(&Command::Noop, &Command::Idle));
    assert!(busy(&append(5, AppendData::Literal), &Command::Noop));
    assert!(busy(&Command::Logout, &Command::Noop));
    assert!(busy(&Command::Compress, &Command::Noop));
    assert!(!busy(&Command::Noop, &Command::Logout));
    let (mut connection, _) = greeted(config(), READY);
    connection.send(&login()).unwrap();
    assert!(matches!(
        connection.send(&Command::Capability),
        Err(SendError::Busy { waits_for: CommandKind::Login, .. })
    ));
    let (mut connection, _) = greeted(config(), READY);
    connection.send(&Command::Capability).unwrap();
    assert!(matches!(
        connection.send(&login()),
        Err(SendError::Busy { waits_for: CommandKind::Capability, .. })
    ));
}

#[test]
fn the_number_and_size_of_commands_have_limits() {
    let mut few = config();
    few.limits.commands_in_flight = 3;
    few.limits.command = 100;
    let (mut connection, _) = greeted(few, PREAUTH);
    for _ in 0..3 {
        connection.send(&Command::Noop).unwrap();
    }
    assert_eq!(connection.send(&Command::Noop), Err(SendError::TooManyInFlight { limit: 3 }));
    assert_eq!(connection.in_flight(), 3);
    let mut few = config();
    few.limits.command = 100;
    let (mut connection, _) = greeted(few, PREAUTH);
    let line =
        |length: usize| Command::Delete { mailbox: MailboxName::new("x".repeat(length)).unwrap() };
    connection.send(&line(20)).unwrap();
    let overhead = transmitted(&mut connection).len() - 20;
    assert!(connection.send(&line(100 - overhead)).is_ok());
    assert_eq!(transmitted(&mut connection).len(), 100);
    assert_eq!(connection.send(&line(101 - overhead)), Err(SendError::TooLong { limit: 100 }));
}

#[test]
fn answers_are_given_when_asked_for() {
    let (mut connection, mut input) = greeted(config(), READY);
    let id = connection
        .send(&Command::Authenticate { mechanism: atom("X"), initial_response: None })
        .unwrap();
    assert_eq!(connection.answer(id, Bytes::from_static(b"x")), Err(SendError::NotAwaited));
    assert_eq!(connection.cancel(id), Err(SendError::NotAwaited));
    assert_eq!(connection.end_idle(id), Err(SendError::NotAwaited));
    transmitted(&mut connection);
    feed(&mut connection, &mut input, b"+ \r\n", || 1);
    let mut long = config();
    long.limits.sasl_line = 16;
    assert!(connection.answer(id, Bytes::from_static(b"x")).is_ok());
    assert_eq!(connection.answer(id, Bytes::from_static(b"x")), Err(SendError::NotAwaited));
    assert_eq!(transmitted(&mut connection), b"eA==\r\n");
    let (mut other, _) = greeted(config(), PREAUTH);
    assert_eq!(other.answer(id, Bytes::new()), Err(SendError::UnknownCommand));
    assert_eq!(other.cancel(id), Err(SendError::UnknownCommand));
    assert_eq!(other.end_idle(id), Err(SendError::UnknownCommand));
    other.discard(id);
}

#[test]
fn a_message_has_the_announced_size() {
    let (mut connection, mut input) = greeted(config(), PREAUTH);
    let id = connection.send(&append(5, AppendData::Literal)).unwrap();
    assert_eq!(connection.answer(id, Bytes::from_static(b"x")), Err(SendError::NotAwaited));
    transmitted(&mut connection);
    feed(&mut connection, &mut input, b"+ go\r\n", || 1);
    assert_eq!(
        connection.answer(id, Bytes::from_static(b"123456")),
        Err(SendError::TooLong { limit: 5 })
    );
    assert!(matches!(
        connection.answer(id, Bytes::from_static(b"a\0b")),
        Err(SendError::InvalidArgument { .. })
    ));
    assert!(matches!(
        connection.send(&Command::Noop),
        Err(SendError::Busy { waits_for: CommandKind::Append, .. })
    ));
    connection.answer(id, Bytes::from_static(b"123")).unwrap();
    assert_eq!(
        connection.answer(id, Bytes::from_static(b"456")),
        Err(SendError::TooLong { limit: 2 })
    );
    connection.answer(id, Bytes::from_static(b"45")).unwrap();
    assert_eq!(transmitted(&mut connection), b"12345\r\n");
    // Complete: later commands may be queued.
    connection.send(&Command::Noop).unwrap();
}

#[test]
fn after_an_early_refusal_the_announced_bytes_are_sent() {
    let (mut connection, mut input) =
        greeted(config(), "* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] ready\r\n");
    let (id, tag) = send(&mut connection, &append(5, AppendData::Literal));
    let (events, _) = feed(
        &mut connection,
        &mut input,
        format!("{tag} NO [OVERQUOTA] full\r\n").as_bytes(),
        || 3,
    );
    assert!(matches!(events[..], [Event::ReadyForData { id: ready, .. }] if ready == id));
    assert_eq!(connection.in_flight(), 1);
    connection.answer(id, Bytes::from_static(b"12345")).unwrap();
    assert_eq!(transmitted(&mut connection), b"12345\r\n");
    // It arrived before all later bytes.
    input.extend_from_slice(b"* 9 EXISTS\r\n");
    let (events, _) = feed(&mut connection, &mut input, b"", || 1);
    assert!(
        matches!(events[..], [Event::Done { status: Status::No, .. }, Event::Untagged(_)]),
        "{events:?}"
    );
    assert_eq!(connection.in_flight(), 0);
}

#[test]
fn an_upgrade_without_starttls_is_an_error() {
    let (connection, _) = greeted(config(), READY);
    assert_eq!(
        connection.handle_tls_established(&BytesMut::new()).unwrap_err(),
        ProtocolError::NoStartTls
    );
    let (mut connection, mut input) = greeted(config(), READY);
    assert_eq!(connection.handle_compressed(&mut input), Err(ProtocolError::NoStartTls));
    // Inside TLS there is no STARTTLS.
    assert!(matches!(
        connection.send(&Command::StartTls),
        Err(SendError::NotAllowed { command: CommandKind::StartTls, .. })
    ));
}

#[test]
fn after_the_end_everything_is_closed() {
    let (mut connection, mut input) = greeted(config(), PREAUTH);
    let (id, _) = send(&mut connection, &Command::Logout);
    assert_eq!(connection.handle_eof(&input), Ok(()));
    let (events, _) = feed(&mut connection, &mut input, b"", || 1);
    assert!(matches!(events[..], [Event::Done { id: done, status: Status::Ok, .. }] if done == id));
    assert_eq!(connection.send(&Command::Noop), Err(SendError::Closed));
    assert_eq!(connection.handle_eof(&input), Ok(()));
    let (mut connection, input) = greeted(config(), "* BYE full\r\n");
    assert_eq!(connection.send(&Command::Noop), Err(SendError::Closed));
    assert_eq!(connection.handle_eof(&input), Ok(()));
    let (mut connection, input) = greeted(config(), READY);
    let error = connection.handle_eof(&input).unwrap_err();
    assert_eq!(error, ProtocolError::UnexpectedEof { in_flight: 0, during: None });
    assert_eq!(connection.send(&Command::Noop), Err(SendError::Closed));
}

#[test]
fn commands_queued_before_a_bye_are_refused_unsent() {
    let mut connection = Connection::new(config());
    let mut input = BytesMut::new();
    let ids =
        [Command::Capability, Command::Logout].map(|command| connection.send(&command).unwrap());
    let (events, error) = feed(&mut connection, &mut input, b"* BYE overloaded\r\n", || 100);
    assert_eq!(error, None);
    let done = |event: &Event, id| matches!(event, Event::Done { id: of, status: Status::No, .. } if *of == id);
    assert!(matches!(events[0], Event::Greeting { .. }));
    assert!(done(&events[1], ids[0]) && done(&events[2], ids[1]), "{events:?}");
    assert_eq!(events.len(), 3);
    assert_eq!(transmitted(&mut connection), b"");
    assert_eq!((connection.in_flight(), connection.state()), (0, State::Logout));
    assert_eq!(connection.handle_eof(&input), Ok(()));
}
