//! The server machine, called in the wrong order or with invalid values: a typed error, and no
//! bytes that mislead a client.

use bytes::BytesMut;
use imap_proto_lite::{
    CommandKind, Flag, Flags, MailboxName, ProtocolError, Response, SendError, SeqNumber,
    Transport, Uid,
    client::State,
    command::Tag,
    name_attribute::NameAttributes,
    response::{
        Attributes, BodyData, Condition, Fetch, FetchAttribute, ListEntry, Raw, ResponseCode,
    },
    section::{PartNumber, Section},
    server::{Config, Connection, FetchWriter, Responder},
};

use crate::support::server::{Alone, server_config};

fn tls() -> Config {
    server_config(Transport::Tls)
}

fn clear() -> Config {
    server_config(Transport::Clear)
}

/// A server with a FETCH that waits for its answer.
fn fetching(config: Config) -> (Alone, Responder) {
    let mut server = Alone::logged_in(config, true);
    server.keeps = true;
    assert_eq!(server.says("f FETCH 1 BODY[]\r\n"), "");
    let responder = server.kept.take().unwrap();
    (server, responder)
}

fn one(responder: Responder, machine: &mut Connection) -> FetchWriter {
    responder.fetch(machine, SeqNumber::new(1).unwrap()).unwrap()
}

fn is_unknown<T: std::fmt::Debug>(result: Result<T, SendError>) {
    assert_eq!(result.unwrap_err(), SendError::UnknownCommand);
}

#[test]
fn there_is_one_greeting() {
    for first in 0..3 {
        let mut server = Connection::new(tls());
        assert!(matches!(server.poll_event(&mut BytesMut::from(&b"a NOOP\r\n"[..])), Ok(None)));
        match first {
            0 => server.greet("one").unwrap(),
            1 => server.greet_authenticated("one").unwrap(),
            _ => server.refuse_session(None, "one").unwrap(),
        }
        let state = server.state();
        assert_eq!(server.greet("two"), Err(SendError::NotAwaited));
        assert_eq!(server.greet_authenticated("two"), Err(SendError::NotAwaited));
        assert_eq!(server.refuse_session(None, "two"), Err(SendError::NotAwaited));
        assert_eq!(server.state(), state);
        let said = server.poll_transmit().unwrap().bytes;
        assert!(said.ends_with(b" one\r\n"), "{said:?}");
        assert_eq!(server.poll_transmit(), None);
    }
}

#[test]
fn a_refused_session_is_closed() {
    let mut server = Connection::new(tls());
    server.refuse_session(Some(ResponseCode::Unavailable), "later").unwrap();
    let mut input = BytesMut::from(&b"a NOOP\r\n"[..]);
    let event = server.poll_event(&mut input).unwrap().unwrap();
    assert_eq!(format!("{event:?}"), "Close");
    assert!(matches!(server.poll_event(&mut input), Ok(None)));
    assert_eq!(server.state(), State::Logout);
    assert_eq!(server.poll_transmit().unwrap().bytes, "* BYE [UNAVAILABLE] later\r\n");
    assert_eq!(server.poll_transmit(), None);
}

#[test]
fn after_bye_nothing_is_read_or_sent() {
    let mut server = Alone::logged_in(tls(), true);
    server.machine.update(&Response::Exists(3)).unwrap();
    server.machine.bye(None, "").unwrap();
    assert_eq!(server.machine.state(), State::Logout);
    assert_eq!(server.machine.bye(None, "x"), Err(SendError::Closed));
    assert_eq!(server.machine.update(&Response::Exists(4)), Err(SendError::Closed));
    assert_eq!(server.says("a NOOP\r\n"), "* BYE done\r\n");
    assert_eq!(server.happened.last().unwrap(), "Close");
    assert_eq!(server.machine.bye(None, "x"), Err(SendError::Closed));
    assert_eq!(server.machine.update(&Response::Exists(4)), Err(SendError::Closed));
    assert_eq!(server.machine.handle_eof(&BytesMut::new()), Ok(()));
}

#[test]
fn text_cannot_end_its_line() {
    let mut server = Alone::logged_in(tls(), true);
    server.machine.bye(None, "a\r\nx OK done\r\n\0\t\u{1b}[2J\u{85}").unwrap();
    assert_eq!(server.says(""), "* BYE a  x OK done     [2J \r\n");
}

#[test]
fn bye_during_a_response_only_closes() {
    for octets_written in [None, Some(0), Some(3)] {
        let (mut server, responder) = fetching(tls());
        let machine = &mut server.machine;
        let fetch = one(responder, machine);
        let expected = match octets_written {
            // Inside of the parentheses.
            None => "* 1 FETCH (",
            // Inside of the message: the client would take a BYE for a part of it.
            Some(written) => {
                let mut body = fetch.body(machine, &Section::full(), None, 100).unwrap();
                assert_eq!(body.write(machine, &b"abc"[..written]).unwrap(), written);
                machine.bye(None, "shutting down").unwrap();
                is_unknown(body.write(machine, b"d"));
                is_unknown(body.finish(machine));
                ["* 1 FETCH (BODY[] {100}\r\n", "* 1 FETCH (BODY[] {100}\r\nabc"]
                    [usize::from(written > 0)]
            }
        };
        if octets_written.is_none() {
            machine.bye(None, "shutting down").unwrap();
        }
        assert_eq!(server.says("a NOOP\r\n"), expected);
        assert_eq!(server.happened.last().unwrap(), "Close");
        assert_eq!(server.machine.state(), State::Logout);
    }
    // Between two responses it is said.
    let (mut server, responder) = fetching(tls());
    let responder = one(responder, &mut server.machine).finish(&mut server.machine).unwrap();
    server.machine.bye(None, "shutting down").unwrap();
    is_unknown(responder.ok(&mut server.machine, None, "x"));
    assert_eq!(server.says(""), "* 1 FETCH ()\r\n* BYE shutting down\r\n");
}

#[test]
fn tls_is_accepted_only_after_starttls() {
    let nothing = BytesMut::new();
    let no_start_tls = |machine: Connection| {
        assert_eq!(
            machine.handle_tls_established(&nothing).unwrap_err(),
            ProtocolError::NoStartTls
        );
    };
    no_start_tls(Connection::new(clear()));
    no_start_tls(Alone::new(clear()).machine);
    no_start_tls(Alone::logged_in(tls(), true).machine);
    // The OK did not leave yet: it would go through TLS.
    let mut machine = Connection::new(clear());
    machine.greet("ready").unwrap();
    while machine.poll_transmit().is_some() {}
    let mut input = BytesMut::from(&b"a STARTTLS\r\n"[..]);
    assert!(machine.poll_event(&mut input).unwrap().is_some());
    no_start_tls(machine);
    // Bytes after STARTTLS (CVE-2011-0411) are an error and are not read.
    let mut server = Alone::new(clear());
    assert_eq!(server.says("a STARTTLS\r\nb NOOP\r\n"), "a OK begin TLS now\r\n");
    assert_eq!(server.machine.bye(None, "x"), Err(SendError::Closed));
    assert_eq!(server.written(), b"");
    assert_eq!(server.input, "b NOOP\r\n");
    assert_eq!(
        server.machine.handle_tls_established(&server.input).unwrap_err(),
        ProtocolError::InputAfterStartTls
    );
    // The client went away instead.
    let mut server = Alone::new(clear());
    server.says("a STARTTLS\r\n");
    let gone = server.machine.handle_eof(&nothing).unwrap_err();
    assert_eq!(server.machine.handle_tls_established(&nothing).unwrap_err(), gone);
    // As it should be: no greeting, and nothing that was given before.
    let mut server = Alone::new(clear());
    server.says("a STARTTLS\r\n");
    server.machine = server.machine.handle_tls_established(&nothing).unwrap();
    assert_eq!(server.says(""), "");
    assert_eq!(server.machine.state(), State::NotAuthenticated);
    assert_eq!(server.machine.greet("again"), Err(SendError::NotAwaited));
    assert_eq!(server.says("a STARTTLS\r\n"), "a BAD no STARTTLS here\r\n");
}

#[test]
fn compression_is_accepted_only_after_compress() {
    let mut server = Alone::logged_in(tls(), false);
    let mut input = BytesMut::from(&b"xyz"[..]);
    assert_eq!(server.machine.handle_compressed(&mut input), Err(ProtocolError::NoStartTls));
    assert_eq!(input, "xyz", "nothing was taken");
    let mut octets = BytesMut::from(&b"a COMPRESS DEFLATE\r\nxyz"[..]);
    let event = server.machine.poll_event(&mut octets).unwrap().unwrap();
    assert_eq!(format!("{event:?}"), "StartCompression");
    assert_eq!(server.machine.bye(None, "x"), Err(SendError::Closed));
    // The OK did not leave yet: it would be deflated.
    assert_eq!(server.machine.handle_compressed(&mut octets), Err(ProtocolError::NoStartTls));
    assert_eq!(server.written(), b"a OK compression starts now\r\n");
    assert!(matches!(server.machine.poll_event(&mut octets), Ok(None)));
    assert_eq!(server.machine.handle_compressed(&mut octets).unwrap(), "xyz");
    assert_eq!(server.machine.handle_compressed(&mut octets), Err(ProtocolError::NoStartTls));
    assert_eq!(server.says("b NOOP\r\n"), "b OK NOOP completed\r\n");
}

#[test]
fn eof_without_logout_is_an_error_that_sticks() {
    let eof = |in_flight, during| ProtocolError::UnexpectedEof { in_flight, during };
    for (octets, expected) in [
        ("", eof(0, None)),
        ("a NOO", eof(1, None)),
        ("a LOGIN {3}\r\n", eof(1, None)),
        ("a AUTHENTICATE PLAIN\r\n", eof(1, Some(CommandKind::Authenticate))),
        ("l LOGIN joe x\r\na APPEND INBOX {3}\r\nx", eof(1, Some(CommandKind::Append))),
        ("l LOGIN joe x\r\na APPEND INBOX {1}\r\nx", eof(1, Some(CommandKind::Append))),
        ("l LOGIN joe x\r\na IDLE\r\n", eof(1, Some(CommandKind::Idle))),
    ] {
        let mut server = Alone::new(tls());
        server.says(octets);
        assert_eq!(server.machine.handle_eof(&server.input), Err(expected.clone()), "{octets}");
        assert_eq!(server.machine.handle_eof(&BytesMut::new()), Err(expected.clone()));
        let mut more = BytesMut::from(&b"b NOOP\r\n"[..]);
        assert_eq!(server.machine.poll_event(&mut more).unwrap_err(), expected);
        assert_eq!(server.machine.state(), State::Logout);
        assert_eq!(server.machine.bye(None, "x"), Err(SendError::Closed));
        assert_eq!(server.machine.update(&Response::Exists(1)), Err(SendError::Closed));
        assert_eq!(server.written(), b"");
    }
    // While an answer is incomplete.
    let (mut server, mut responder) = fetching(tls());
    responder.untagged(&mut server.machine, &Response::Exists(3)).unwrap();
    let gone = eof(1, Some(CommandKind::Fetch));
    assert_eq!(server.machine.handle_eof(&server.input), Err(gone));
    assert_eq!(server.written(), b"");
    is_unknown(responder.untagged(&mut server.machine, &Response::Exists(4)));
    is_unknown(responder.ok(&mut server.machine, None, "x"));
}

#[test]
fn eof_after_logout_is_not_an_error() {
    let mut machine = Connection::new(tls());
    machine.greet("ready").unwrap();
    while machine.poll_transmit().is_some() {}
    let mut input = BytesMut::from(&b"a LOGOUT\r\nb NO"[..]);
    let event = machine.poll_event(&mut input).unwrap().unwrap();
    assert_eq!(format!("{event:?}"), "Close");
    assert_eq!(machine.handle_eof(&input), Ok(()));
    assert_eq!(machine.handle_eof(&input), Ok(()));
    assert_eq!(
        machine.poll_transmit().unwrap().bytes,
        "* BYE see you\r\na OK LOGOUT completed\r\n"
    );
    // A caller that closes first is not told to close.
    let mut machine = Alone::new(tls()).machine;
    machine.bye(None, "x").unwrap();
    assert_eq!(machine.handle_eof(&input), Ok(()));
    assert!(matches!(machine.poll_event(&mut input), Ok(None)));
}

#[test]
fn only_data_is_untagged_data() {
    let (mut server, mut responder) = fetching(tls());
    let text = Raw::from("x");
    let condition = |condition| Response::Condition { condition, code: None, text: text.clone() };
    let raw =
        |raw: &'static [u8]| Response::Unknown { name: "X".into(), number: None, raw: raw.into() };
    let streamed = FetchAttribute::BodySection {
        section: Section::full(),
        origin: None,
        data: BodyData::Streamed { octets: 9 },
    };
    let fetch = Fetch::new(SeqNumber::new(1).unwrap(), Attributes::new([streamed.clone()]));
    for wrong in [
        Response::Tagged {
            tag: Tag::new("f").unwrap(),
            condition: Condition::Ok,
            code: None,
            text: text.clone(),
        },
        Response::Continuation { text: text.clone() },
        Response::Fetch(fetch),
        // These have separate methods and end the connection.
        condition(Condition::Bye),
        condition(Condition::PreAuth),
        Response::Malformed { raw: "* 1 EXISTS\r\n".into() },
        raw(b"X\r\n"),
        raw(b"f OK done\r\n"),
        raw(b"* X\r\nf OK done\r\n"),
        raw(b"* X\nf OK done\r\n"),
        raw(b"* X {1000}\r\n"),
        raw(b"* X \0\r\n"),
    ] {
        let is_invalid = |result: Result<(), SendError>| {
            assert!(
                matches!(result, Err(SendError::InvalidArgument { .. })),
                "{wrong:?}: {result:?}"
            );
        };
        is_invalid(responder.untagged(&mut server.machine, &wrong));
        is_invalid(server.machine.update(&wrong));
        assert_eq!(server.written(), b"");
    }
    for right in
        [condition(Condition::Ok), condition(Condition::Bad), raw(b"* X (1 2)\r\n"), raw(b"* X")]
    {
        responder.untagged(&mut server.machine, &right).unwrap();
    }
    assert_eq!(server.written(), b"* OK x\r\n* BAD x\r\n* X (1 2)\r\n* X\r\n");
    // A body that is said to be streamed, and is not written.
    let mut fetch = one(responder, &mut server.machine);
    assert!(matches!(
        fetch.attribute(&mut server.machine, streamed),
        Err(SendError::InvalidArgument { .. })
    ));
    assert_eq!(server.written(), b"* 1 FETCH (");
}

#[test]
fn attributes_and_bodies_form_one_list() {
    let (mut server, responder) = fetching(tls());
    let machine = &mut server.machine;
    let flags = || FetchAttribute::Flags(Flags::new([Flag::Seen]));
    let mut fetch = one(responder, machine);
    fetch.attribute(machine, flags()).unwrap();
    fetch.attribute(machine, FetchAttribute::Uid(Uid::new(7).unwrap())).unwrap();
    let mut body = fetch.body(machine, &Section::header(), Some(12), 3).unwrap();
    assert_eq!(body.write(machine, b"abc").unwrap(), 3);
    let mut body = body.finish(machine).unwrap().body(machine, &Section::text(), None, 0).unwrap();
    assert_eq!(body.write(machine, b"").unwrap(), 0);
    let mut fetch = body.finish(machine).unwrap();
    fetch.attribute(machine, flags()).unwrap();
    let responder = fetch.finish(machine).unwrap();
    let mut fetch = responder.uid_fetch(machine, Uid::new(8).unwrap()).unwrap();
    fetch.attribute(machine, flags()).unwrap();
    let responder = fetch.finish(machine).unwrap();
    responder.ok(machine, None, "").unwrap();
    assert_eq!(
        server.says(""),
        "* 1 FETCH (FLAGS (\\Seen) UID 7 BODY[HEADER]<12> {3}\r\nabc BODY[TEXT] {0}\r\n FLAGS (\\Seen))\r\n\
         * 8 UIDFETCH (FLAGS (\\Seen))\r\nf OK done\r\n"
    );
}

#[test]
fn bodies_of_every_name_are_streamed() {
    let (mut server, responder) = fetching(tls());
    let machine = &mut server.machine;
    let part: PartNumber<'_> = "1.2".parse().unwrap();
    let fetch = one(responder, machine);
    let mut body = fetch.binary(machine, Some(&part), Some(4), 2).unwrap();
    assert_eq!(body.write(machine, b"\0)").unwrap(), 2);
    let fetch = body.finish(machine).unwrap();
    let body = fetch.binary(machine, None, None, 0).unwrap();
    let fetch = body.finish(machine).unwrap();
    let mut body = fetch.rfc822(machine, 3).unwrap();
    assert_eq!(body.write(machine, b"a\r\n").unwrap(), 3);
    let responder = body.finish(machine).unwrap().finish(machine).unwrap();
    responder.ok(machine, None, "").unwrap();
    assert_eq!(
        server.says(""),
        "* 1 FETCH (BINARY[1.2]<4> ~{2}\r\n\0) BINARY[] ~{0}\r\n RFC822 {3}\r\na\r\n)\r\nf OK done\r\n"
    );
}

#[test]
fn a_body_has_the_announced_size() {
    let (mut server, responder) = fetching(tls());
    let machine = &mut server.machine;
    let (mut other, answer) = fetching(tls());
    let its_own = one(answer, &mut other.machine)
        .body(&mut other.machine, &Section::full(), None, 9)
        .unwrap();
    let mut body = one(responder, machine).body(machine, &Section::full(), None, 5).unwrap();
    assert_eq!(body.write(machine, b"abcdef"), Err(SendError::TooLong { limit: 5 }));
    assert_eq!(body.write(machine, b"abc"), Ok(3));
    assert_eq!(body.remaining(machine), 2);
    // No other session receives bytes.
    assert_eq!(body.remaining(&other.machine), 0);
    assert_eq!(its_own.remaining(machine), 0);
    is_unknown(body.write(&mut other.machine, b"d"));
    assert_eq!(body.write(machine, b"def"), Err(SendError::TooLong { limit: 2 }));
    // Later bytes would be read as the rest.
    assert_eq!(body.finish(machine).unwrap_err(), SendError::Closed);
    assert_eq!(machine.state(), State::Logout);
    assert_eq!(server.says("a NOOP\r\n"), "* 1 FETCH (BODY[] {5}\r\nabc");
    assert_eq!(server.happened.last().unwrap(), "Close");
}

#[test]
fn a_body_waits_for_room() {
    let mut config = tls();
    config.limits.output = 40;
    let (mut server, responder) = fetching(config);
    let machine = &mut server.machine;
    let mut body = one(responder, machine).body(machine, &Section::full(), None, 100).unwrap();
    // "* 1 FETCH (BODY[] {100}" and its CRLF are 25 bytes.
    assert_eq!(body.write(machine, &[b'x'; 100]), Ok(15));
    assert_eq!(body.write(machine, &[b'x'; 85]), Ok(0));
    assert!(machine.is_full());
    assert_eq!(machine.poll_transmit().unwrap().bytes.len(), 40);
    assert_eq!(body.write(machine, &[b'x'; 85]), Ok(40));
    assert_eq!(body.write(machine, &[b'x'; 45]), Ok(0));
    assert_eq!(machine.poll_transmit().unwrap().bytes.len(), 40);
    assert_eq!(body.write(machine, &[b'x'; 45]), Ok(40));
    assert_eq!(body.remaining(machine), 5);
}

#[test]
fn updates_have_a_limit() {
    let mut config = tls();
    // Three of them: "* 5 EXISTS" and its CRLF are 12 bytes.
    config.limits.updates = 36;
    let mut server = Alone::logged_in(config, true);
    let full = Err(SendError::TooLong { limit: 36 });
    let exists = Response::Exists(5);
    let fill = |machine: &mut Connection| {
        for _ in 0..3 {
            assert_eq!(machine.update(&exists), Ok(()));
        }
        assert_eq!(machine.update(&exists), full);
    };
    let lines = "* 5 EXISTS\r\n".repeat(3);
    fill(&mut server.machine);
    assert_eq!(server.says("a NOOP\r\n"), format!("{lines}a OK yes\r\n"));
    // Updates that were sent or dropped no longer wait.
    fill(&mut server.machine);
    server.says("a SELECT INBOX\r\n");
    fill(&mut server.machine);
    assert_eq!(server.says("a IDLE\r\n"), format!("+ idling\r\n{lines}"));
    // In IDLE it is the client that may not read.
    fill(&mut server.machine);
    assert_eq!(server.says(""), lines);
    fill(&mut server.machine);
}

#[test]
fn updates_of_other_mailboxes_do_not_depend_on_the_selected_one() {
    let list = || {
        let name = MailboxName::new("New").unwrap();
        Response::List(ListEntry::new(NameAttributes::default(), Some(b'/'), name))
    };
    let line = "* LIST () \"/\" New\r\n";
    let mut server = Alone::new(tls());
    // Before login they belong to no session.
    server.machine.update(&list()).unwrap();
    server.machine.update(&Response::Exists(3)).unwrap();
    assert_eq!(server.says("a NOOP\r\n"), "a OK NOOP completed\r\n");
    let said = server.says("a LOGIN joe x\r\n");
    assert!(said.starts_with(&format!("{line}a OK ")), "{said}");
    server.machine.update(&Response::Exists(3)).unwrap();
    server.machine.update(&list()).unwrap();
    assert_eq!(server.says("a NOOP\r\n"), format!("{line}a OK NOOP completed\r\n"));
    server.machine.update(&list()).unwrap();
    assert_eq!(server.says("a SELECT INBOX\r\n"), format!("{line}a OK [READ-WRITE] selected\r\n"));
    server.machine.update(&Response::Exists(3)).unwrap();
    server.machine.update(&list()).unwrap();
    assert_eq!(server.says("a CLOSE\r\n"), format!("{line}a OK yes\r\n"));
    assert_eq!(server.says("a IDLE\r\n"), "+ idling\r\n");
    server.machine.update(&Response::Exists(3)).unwrap();
    server.machine.update(&list()).unwrap();
    assert_eq!(server.says(""), line);
}
