//! Answers that come too early: before their command, before it is complete, or a second time.

use std::borrow::Cow;

use bytes::{Bytes, BytesMut};
use imap_proto_lite::{
    ClearTextCredentials, Command, CommandId, MailboxName, ProtocolError, Status, Transport,
    client::{Connection, Event, State},
    command::{AppendData, AppendMessage},
};

use crate::support::client::{atom, config, feed, greeted, transmitted};

const READY: &str = "* OK [CAPABILITY IMAP4rev1 SASL-IR] ready\r\n";
const PREAUTH: &str =
    "* PREAUTH [CAPABILITY IMAP4rev1 LITERAL- IDLE COMPRESS=DEFLATE UTF8=ACCEPT] ready\r\n";

struct Client {
    machine: Connection,
    input: BytesMut,
    id: CommandId,
    tag: String,
}

impl Client {
    /// Queues a command.
    fn queued(greeting: &str, command: &Command<'_>) -> Self {
        let mut config = config();
        config.transport = Transport::Clear;
        config.clear_text_credentials = ClearTextCredentials::SendThemInClearText;
        let (mut machine, input) = greeted(config, greeting);
        let id = machine.send(command).unwrap();
        let tag = machine.tag(id).unwrap().to_owned();
        Self { machine, input, id, tag }
    }

    /// Sends a command, as far as it may leave.
    fn new(greeting: &str, command: &Command<'_>) -> Self {
        Self::queued(greeting, command).sent()
    }

    fn sent(mut self) -> Self {
        transmitted(&mut self.machine);
        self
    }

    fn hears(mut self, octets: &str) -> Self {
        let (_, error) = feed(&mut self.machine, &mut self.input, octets.as_bytes(), || 5);
        assert_eq!(error, None, "{octets}");
        self
    }

    fn answers(mut self, data: impl Into<Bytes>) -> Self {
        self.machine.answer(self.id, data.into()).unwrap();
        self
    }

    fn cancels(mut self) -> Self {
        self.machine.cancel(self.id).unwrap();
        self
    }

    fn ends_idle(mut self) -> Self {
        self.machine.end_idle(self.id).unwrap();
        self
    }

    /// The statuses that come of this tagged line, or the error.
    fn tagged(&mut self, status: &str) -> Result<Vec<Status>, ProtocolError> {
        let line = format!("{} {status} x\r\n", self.tag);
        let (events, error) = feed(&mut self.machine, &mut self.input, line.as_bytes(), || 100);
        match error {
            Some(error) => Err(error),
            None => Ok(events.iter().filter_map(status_of).collect()),
        }
    }
}

fn status_of(event: &Event) -> Option<Status> {
    match event {
        Event::Done { status, .. } => Some(*status),
        _ => None,
    }
}

fn authenticate(mechanism: &str, initial: Option<&'static str>) -> Client {
    let initial_response = initial.map(|text| Cow::Borrowed(text.as_bytes()));
    Client::new(READY, &Command::Authenticate { mechanism: atom(mechanism), initial_response })
}

/// Waits for its `+` if it is too long for LITERAL-.
fn append(octets: u64) -> Client {
    let message =
        AppendMessage { flags: Cow::Borrowed(&[]), date: None, octets, data: AppendData::Literal };
    Client::queued(PREAUTH, &Command::Append { mailbox: MailboxName::INBOX, message })
}

/// A mailbox whose name is a literal that waits for its `+`.
fn create(greeting: &str) -> Client {
    let mailbox = MailboxName::from_wire(&b"\xe9"[..]).unwrap();
    Client::new(greeting, &Command::Create { mailbox, special_use: Cow::Borrowed(&[]) })
}

/// The exchange after the first challenge.
fn challenged() -> Client {
    authenticate("SCRAM-SHA-256", Some("n,,n=u,r=x")).hears("+ cj14eQ==\r\n")
}

/// Commands at a point where they are not complete.
fn incomplete() -> Vec<(&'static str, Client)> {
    let without_literal_minus = "* PREAUTH [CAPABILITY IMAP4rev1] ready\r\n";
    let no_initial_response = "* OK [CAPABILITY IMAP4rev1] ready\r\n";
    let plain = Command::Authenticate {
        mechanism: atom("PLAIN"),
        initial_response: Some(Cow::Borrowed(b"\0u\0p")),
    };
    vec![
        ("nothing was said", authenticate("PLAIN", None)),
        ("the initial response waits", Client::new(no_initial_response, &plain)),
        ("it has not left", Client::new(no_initial_response, &plain).hears("+ \r\n")),
        ("a challenge waits", challenged()),
        ("it was cancelled", challenged().cancels().sent()),
        ("the cancel has not left", challenged().cancels()),
        ("the answer has not left", challenged().answers("x")),
        ("the token was refused", authenticate("XOAUTH2", Some("t")).hears("+ e30=\r\n").sent()),
        ("the message waits", append(5000).sent()),
        ("no byte of the message left", append(5).sent()),
        ("a part of the message left", append(5).sent().answers("abcd").sent()),
        ("the message has not left", append(5).sent().answers("abcde")),
        ("a literal waits", create(without_literal_minus)),
        ("the literal has not left", create(without_literal_minus).hears("+ \r\n")),
        ("IDLE has not begun", Client::new(PREAUTH, &Command::Idle)),
        ("DONE waits for the +", Client::new(PREAUTH, &Command::Idle).ends_idle()),
    ]
}

/// Invariant 14: a success before the client has said everything is an error, and changes no state.
/// A refusal is possible at any time.
#[test]
fn an_answer_before_its_command_is_complete_is_no_success() {
    for (what, mut client) in incomplete() {
        let before = client.machine.state();
        let error = client.tagged("OK").unwrap_err();
        assert!(matches!(error, ProtocolError::Unexpected { command: Some(_), .. }), "{what}");
        assert_eq!(client.machine.state(), before, "{what}");
        assert_eq!(client.machine.poll_transmit(), None, "{what}");
    }
    for (refusal, status) in [("NO", Status::No), ("BAD", Status::Bad)] {
        for (what, mut client) in incomplete() {
            let mut done = client.tagged(refusal).unwrap();
            // The rest of an announced message leaves first.
            while done.is_empty() {
                client.machine.answer(client.id, Bytes::from_static(b"x")).expect(what);
                let (events, _) = feed(&mut client.machine, &mut client.input, b"", || 1);
                done.extend(events.iter().filter_map(status_of));
            }
            assert_eq!(done, [status], "{what}");
        }
    }
}

#[test]
fn an_answer_after_its_command_is_complete_is_a_success() {
    let complete = [
        authenticate("PLAIN", Some("\0u\0p")),
        authenticate("PLAIN", None).hears("+ \r\n").answers("\0u\0p").sent(),
        challenged().answers("x").sent(),
        append(5).sent().answers("abc").answers("de").sent(),
        append(5000).sent().hears("+ go\r\n").answers(vec![b'x'; 5000]).sent(),
        create("* PREAUTH ready\r\n").hears("+ go\r\n").sent(),
        Client::new(PREAUTH, &Command::Idle).hears("+ \r\n").ends_idle().sent(),
        Client::new(PREAUTH, &Command::Idle).ends_idle().hears("+ \r\n").sent(),
        // A server may end IDLE itself.
        Client::new(PREAUTH, &Command::Idle).hears("+ \r\n"),
        Client::new(PREAUTH, &Command::Idle).hears("+ \r\n").ends_idle(),
    ];
    for (number, mut client) in complete.into_iter().enumerate() {
        assert_eq!(client.tagged("OK"), Ok(vec![Status::Ok]), "{number}");
        assert_eq!(client.machine.poll_transmit(), None, "{number}");
    }
}

/// The tag of a command that was not handed out is on no wire.
#[test]
fn an_answer_before_its_command_left_is_an_error_in_any_form() {
    for status in ["OK", "NO", "BAD"] {
        for command in [Command::StartTls, Command::Compress, Command::Idle, Command::Noop] {
            let greeting = if command == Command::StartTls { "* OK ready\r\n" } else { PREAUTH };
            let mut client = Client::queued(greeting, &command);
            let before = client.machine.state();
            let error = client.tagged(status).unwrap_err();
            assert!(matches!(error, ProtocolError::Unsolicited { .. }), "{command:?} {status}");
            assert_eq!(client.machine.state(), before, "{command:?} {status}");
        }
        let mut client = append(5);
        let error = client.tagged(status).unwrap_err();
        assert!(matches!(error, ProtocolError::Unsolicited { .. }), "APPEND {status}");
    }
}

/// Also while the first line is held until the announced message has left.
#[test]
fn a_second_tagged_line_is_an_error() {
    for (first, second) in [("NO", "OK"), ("NO", "NO"), ("BAD", "OK"), ("BAD", "BAD")] {
        let mut client = append(5).sent().answers("ab").sent();
        assert_eq!(client.tagged(first), Ok(vec![]));
        assert_eq!(client.machine.in_flight(), 1);
        let error = client.tagged(second).unwrap_err();
        assert!(matches!(error, ProtocolError::Unsolicited { .. }), "{first} {second}");
    }
    for first in ["OK", "NO", "BAD"] {
        let mut client = Client::new(PREAUTH, &Command::Noop);
        client.tagged(first).unwrap();
        let error = client.tagged("OK").unwrap_err();
        assert!(matches!(error, ProtocolError::Unsolicited { .. }), "{first}");
    }
}

/// A challenge while it is the client's turn, or after `*`, to which the server must answer BAD.
#[test]
fn a_challenge_out_of_turn_is_an_error() {
    for (what, mut client) in [
        ("a challenge waits", challenged()),
        ("the answer has not left", challenged().answers("x")),
        ("it was cancelled", challenged().cancels().sent()),
        ("the cancel has not left", challenged().cancels()),
    ] {
        let (_, error) = feed(&mut client.machine, &mut client.input, b"+ eA==\r\n", || 100);
        assert!(matches!(error, Some(ProtocolError::Unexpected { .. })), "{what}: {error:?}");
        assert_eq!(client.machine.state(), State::NotAuthenticated, "{what}");
    }
}

/// What the machine sends by itself leaves between two lines of one read, if it is polled for after
/// each event, so the cutting of the input changes nothing.
#[test]
fn what_a_continuation_releases_leaves_before_the_next_line_is_read() {
    let plain = Command::Authenticate {
        mechanism: atom("PLAIN"),
        initial_response: Some(Cow::Borrowed(b"\0u\0p")),
    };
    for drained in [true, false] {
        let mut client = Client::new("* OK ready\r\n", &plain);
        let both = format!("+ \r\n{} OK in\r\n", client.tag);
        client.input.extend_from_slice(both.as_bytes());
        let event = client.machine.poll_event(&mut client.input).unwrap().unwrap();
        assert_eq!(event.id(), Some(client.id));
        assert!(matches!(event, Event::Continuation { .. }), "{event:?}");
        if drained {
            assert_eq!(transmitted(&mut client.machine), b"AHUAcA==\r\n");
        }
        let next = client.machine.poll_event(&mut client.input);
        assert_eq!(matches!(next, Ok(Some(Event::Done { .. }))), drained, "{next:?}");
    }
}
