//! LIST, UIDL, CAPA and LANG: strict reading, and the limit of a line.

use pop3_proto::{Command, Config, ProtocolError, Status, Transport, client::Event};

use crate::support::client::{Client, done, number};

fn strict() -> Client {
    let mut config = Config::new(Transport::Tls);
    config.quirks.strict_listings = true;
    let mut client = Client::new(config, "+OK\r\n");
    client.exchange(&Command::User("u"), "+OK\r\n");
    client.exchange(&Command::Pass("p"), "+OK\r\n");
    client.exchange(&Command::Capa, "+OK\r\nPIPELINING\r\nLANG\r\n.\r\n");
    client
}

/// A listing that is as it should be passes the strict reader; an odd line of CAPA or LANG is told and no error, as nobody counts on those.
#[test]
fn strict_listings_judge_listings_alone() {
    let mut client = strict();
    let events = client.exchange(&Command::List(None), "+OK\r\n1 5\r\n2 6\r\n3 7\r\n.\r\n");
    assert_eq!((events.len(), done(&events).0), (4, Status::Ok));
    for (command, answer) in [
        (Command::Capa, "+OK\r\nLANG\r\n\r\n.\r\n"),
        (Command::Lang(None), "+OK\r\nde Deutsch\r\n\r\n.\r\n"),
    ] {
        let events = client.exchange(&command, answer);
        assert!(
            matches!(&events[..], [_, Event::Unrecognized { .. }, Event::Done { .. }]),
            "{command:?}: {events:?}"
        );
    }
}

/// The limit of a line holds for a line that is as most servers send it, too.
#[test]
fn listing_line_limit_of_a_plain_line() {
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

/// A gap is right where something was deleted, until RSET has brought it back and nothing was deleted behind that.
#[test]
fn strict_listings_and_deleted_messages() {
    const GAP: &str = "+OK\r\n1 5\r\n3 7\r\n.\r\n";
    let list = |client: &mut Client| {
        client.send(&Command::List(None));
        client.input.extend_from_slice(GAP.as_bytes());
        loop {
            match client.machine.poll_event(&mut client.input) {
                Ok(Some(Event::Done { .. })) => return true,
                Ok(event) => assert!(event.is_some()),
                Err(error) => {
                    let is_order = |what: &str| what == "order of message numbers";
                    assert!(
                        matches!(error, ProtocolError::Malformed { what, .. } if is_order(what))
                    );
                    return false;
                }
            }
        }
    };
    let dele = Command::Dele(number(2));
    assert!(!list(&mut strict()));
    let mut client = strict();
    client.exchange(&dele, "+OK\r\n");
    assert!(list(&mut client));
    client.exchange(&Command::Rset, "-ERR\r\n");
    assert!(list(&mut client), "nothing came back");
    client.exchange(&Command::Rset, "+OK\r\n");
    assert!(!list(&mut client));
    // Deleted behind the RSET, which is answered first.
    let mut client = strict();
    client.send(&Command::Rset);
    client.send(&dele);
    client.hear("+OK\r\n+OK\r\n");
    assert!(list(&mut client));
}
