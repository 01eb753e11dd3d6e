//! Limits of a client: the last byte within them, and one above. Transcripts have more.

use pop3_proto::{Command, Config, ProtocolError, SendError, Transport, client::Event};

use crate::support::client::{Client, number};

/// CAPA of 1,000 lines is over the limit of 64; with the limit raised it is read.
#[test]
fn capabilities_above_the_limit_of_lines() {
    let answer = format!("+OK\r\n{}.\r\n", "X-ANY\r\n".repeat(1000));
    let mut client = Client::greeted();
    client.send(&Command::Capa);
    client.input.extend_from_slice(answer.as_bytes());
    let error = loop {
        match client.machine.poll_event(&mut client.input) {
            Ok(event) => assert!(event.is_some()),
            Err(error) => break error,
        }
    };
    assert_eq!(error, ProtocolError::TooLong { what: "capability_lines", limit: 64 });
    let mut config = Config::new(Transport::Tls);
    config.limits.capability_lines = 1000;
    let mut client = Client::new(config, "+OK\r\n");
    client.exchange(&Command::Capa, &answer);
    assert_eq!(client.machine.capabilities().unwrap().len(), 1000);
}

#[test]
fn commands_are_at_most_255_bytes() {
    let mut client = Client::greeted();
    let name = "u".repeat(249);
    assert_eq!(client.machine.send(&Command::User(&name)), Err(SendError::TooLong { limit: 255 }));
    client.send(&Command::User(&name[1..]));
    assert_eq!(client.sent[0].0.len(), 255);
    // Above it where the caller knows the server.
    let mut config = Config::new(Transport::Tls);
    config.limits.command = 256;
    Client::new(config, "+OK\r\n").send(&Command::User(&name));
}

/// While a challenge waits for its answer the server may refuse in a status line, which keeps its
/// limit.
#[test]
fn a_waiting_challenge_keeps_the_line_limit() {
    let mut client = Client::greeted();
    client.send(&Command::Auth { mechanism: "X-TALK", initial_response: None });
    let long = "x".repeat(9000);
    let events = client.hear(&format!("+ {}\r\n", "AAAA".repeat(3000)));
    assert!(matches!(&events[..], [Event::Challenge { .. }]));
    client.input.extend_from_slice(long.as_bytes());
    assert_eq!(
        client.machine.poll_event(&mut client.input),
        Err(ProtocolError::TooLong { what: "status_line", limit: 8192 })
    );
}

/// A body that ends exactly at its limit is not followed by an empty chunk.
#[test]
fn no_empty_chunk_at_the_limit_of_a_body() {
    let mut config = Config::new(Transport::Tls);
    config.limits.body = Some(4);
    let mut client = Client::new(config, "+OK\r\n");
    client.exchange(&Command::User("u"), "+OK\r\n");
    client.exchange(&Command::Pass("p"), "+OK\r\n");
    client.send(&Command::Retr(number(1)));
    let events = client.hear("+OK\r\nab\r\n");
    assert!(matches!(&events[..], [.., Event::Body { chunk, .. }] if chunk == "ab\r\n"));
    client.input.extend_from_slice(b"more");
    let error = client.machine.poll_event(&mut client.input).unwrap_err();
    assert!(matches!(error, ProtocolError::TooLong { limit: 4, .. }));
}

/// Limits of zero are raised to the smallest that works.
#[test]
fn limits_of_zero_leave_a_session() {
    let mut config = Config::new(Transport::Tls);
    let limits = &mut config.limits;
    limits.status_line = 0;
    limits.listing_line = 0;
    limits.unique_id = 0;
    limits.listing_items = 0;
    limits.sasl_octets = 0;
    limits.sasl_rounds = 0;
    limits.body_chunk = 0;
    limits.command = 0;
    limits.commands_in_flight = 0;
    limits.octets_in_flight = 0;
    let mut client = Client::new(config, "+OK\r\n");
    let auth = Command::Auth { mechanism: "X", initial_response: None };
    let id = client.send(&auth);
    assert!(matches!(&client.hear("+ QQ==\r\n")[..], [Event::Challenge { .. }]));
    client.machine.answer(id, "B".into()).unwrap();
    client.transmit();
    client.hear("+OK\r\n");
    for (command, answer, events) in [
        (Command::List(None), "+OK\r\n1 5\r\n.\r\n", 2),
        (Command::Uidl(None), "+OK\r\n1 x\r\n.\r\n", 2),
        (Command::Retr(number(1)), "+OK\r\nbody\r\n.\r\n", 4),
    ] {
        assert_eq!(client.exchange(&command, answer).len(), events);
    }
}

/// The limit of a line holds for a line that is as most servers send it, too.
#[test]
fn listing_line_limit_holds_on_the_fast_path() {
    let line = "1 abcdefghijkl\r\n";
    for (limit, fits) in [(16, true), (17, true), (15, true)] {
        assert_eq!(line.len(), 16);
        let mut config = Config::new(Transport::Tls);
        config.limits.listing_line = limit;
        let mut client = Client::new(config, "+OK\r\n");
        client.exchange(&Command::User("u"), "+OK\r\n");
        client.exchange(&Command::Pass("p"), "+OK\r\n");
        client.send(&Command::Uidl(None));
        client.input.extend_from_slice(format!("+OK\r\n{line}1 abcdefghijklm\r\n.\r\n").as_bytes());
        let first = client.machine.poll_event(&mut client.input);
        assert_eq!(first.is_ok(), fits);
        let second = client.machine.poll_event(&mut client.input);
        // No limit is below 16.
        let expected =
            (limit < 17).then_some(ProtocolError::TooLong { what: "listing_line", limit: 16 });
        assert_eq!(second.err(), expected, "limit {limit}");
    }
}
