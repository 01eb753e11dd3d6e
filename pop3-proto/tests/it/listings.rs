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

/// A correct listing passes the strict reader. An odd line of CAPA or LANG is an event, not an
/// error.
#[test]
fn strict_listings_check_only_listings() {
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

/// A gap is allowed after a DELE, until RSET undoes it and no DELE follows.
#[test]
fn strict_listings_allow_gaps_after_dele() {
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
    // A DELE after the RSET, which is answered first.
    let mut client = strict();
    client.send(&Command::Rset);
    client.send(&dele);
    client.hear("+OK\r\n+OK\r\n");
    assert!(list(&mut client));
}
