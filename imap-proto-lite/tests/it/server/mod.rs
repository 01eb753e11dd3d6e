//! The server machine alone: what it says to bytes, right and wrong ones.

mod answers;
mod literals;
mod misuse;
mod properties;
mod screen;
mod searching;

use bytes::BytesMut;
use imap_proto_lite::{Transport, client::State, server};

use crate::support::server::server_config;

/// What a server says to bytes, without a client machine in between.
fn says(octets: &[u8]) -> String {
    let mut server = server::Connection::new(server_config(Transport::Tls));
    server.greet("ready").unwrap();
    let mut input = BytesMut::from(octets);
    let mut said = Vec::new();
    for _ in 0..1000 {
        let event = server.poll_event(&mut input).unwrap();
        let before = said.len();
        while let Some(transmit) = server.poll_transmit() {
            said.extend_from_slice(&transmit.bytes);
        }
        match event {
            None if said.len() > before => {}
            Some(server::Event::Login { responder, .. }) => {
                responder.accept(&mut server, "in").unwrap()
            }
            Some(server::Event::Command { responder, .. }) => {
                responder.ok(&mut server, None, "yes").unwrap()
            }
            Some(server::Event::Append { responder, .. }) => responder.accept(&mut server).unwrap(),
            Some(server::Event::AppendEnd { responder, .. }) => {
                responder.ok(&mut server, None, "stored").unwrap()
            }
            Some(server::Event::Close) => said.extend_from_slice(b"<closed>"),
            Some(_) => {}
            None => break,
        }
    }
    String::from_utf8(said).unwrap().split_once("ready\r\n").unwrap().1.to_owned()
}

#[test]
fn too_many_syntax_errors_close_the_connection() {
    assert_eq!(says(b"\r\n"), "* BAD empty line\r\n");
    assert_eq!(says(b"a1\r\n"), "a1 BAD Missing command\r\n");
    assert_eq!(says(b"+ NOOP\r\n"), "* BAD Missing or invalid tag\r\n");
    assert_eq!(says(b"a1 FROBNICATE\r\n"), "a1 BAD Unknown command\r\n");
    assert_eq!(says(b"a1 SELECT INBOX\r\n"), "a1 BAD not allowed in this state\r\n");
    let many = says("a1 X\r\n".repeat(20).as_bytes());
    assert_eq!(many.matches("BAD").count(), 16);
    assert!(many.ends_with("* BYE too many bad commands\r\n<closed>"));
}

#[test]
fn literals_of_commands_have_limits_and_are_never_read_as_commands() {
    assert_eq!(says(b"a1 LOGIN {3}\r\njoe {2}\r\nxy\r\n").matches("+ go ahead").count(), 2);
    assert_eq!(says(b"a1 LOGIN {3+}\r\njoe {2+}\r\nxy\r\n").matches("+ go ahead").count(), 0);
    // Too large and waiting: the command is refused, and the next line is a command.
    assert_eq!(
        says(b"a1 LOGIN {99999}\r\na2 NOOP\r\n"),
        "a1 NO [TOOBIG] literal too large\r\na2 OK NOOP completed\r\n"
    );
    // Too large and on the way: the end.
    assert_eq!(
        says(b"a1 LOGIN {99999+}\r\na2 NOOP\r\n"),
        "* BYE [TOOBIG] literal too long\r\n<closed>"
    );
    // More than one message in one APPEND.
    let login = "a1 LOGIN joe x\r\n";
    let two =
        says(format!("{login}a2 APPEND INBOX {{3+}}\r\nabc {{3+}}\r\na3 NOOP\r\n").as_bytes());
    assert!(two.ends_with("* BYE one message at a time\r\n<closed>"), "{two}");
    let two = says(format!("{login}a2 APPEND INBOX {{3}}\r\nabc {{3}}\r\na3 NOOP\r\n").as_bytes());
    assert!(
        two.ends_with("+ go ahead\r\na2 BAD no end of the command after its message\r\na3 OK NOOP completed\r\n"),
        "{two}"
    );
    let one = says(
        format!("{login}a2 APPEND {{5+}}\r\nINBOX (\\Seen) {{3+}}\r\nabc\r\na3 NOOP\r\n")
            .as_bytes(),
    );
    assert!(one.ends_with("a2 OK stored\r\na3 OK NOOP completed\r\n"), "{one}");
    // A message after an unreadable command.
    let bad = says(b"a2 APPEND INBOX {12+}\r\na3 LOGOUT\r\n\r\n\r\na4 NOOP\r\n");
    assert_eq!(bad, "a2 BAD not allowed in this state\r\na4 OK NOOP completed\r\n");
}

#[test]
fn a_line_without_an_end_closes_the_connection() {
    assert_eq!(says(&vec![b'a'; 70_000]), "* BYE [TOOBIG] command too long\r\n<closed>");
}

#[test]
fn a_responder_answers_its_own_request_only() {
    let request = |server: &mut server::Connection| {
        let mut input = BytesMut::from(&b"a1 LOGIN joe x\r\n"[..]);
        match server.poll_event(&mut input).unwrap() {
            Some(server::Event::Login { responder, .. }) => responder,
            other => panic!("{other:?}"),
        }
    };
    let mut one = server::Connection::new(server_config(Transport::Tls));
    let mut two = server::Connection::new(server_config(Transport::Tls));
    one.greet("ready").unwrap();
    two.greet("ready").unwrap();
    let first = request(&mut one);
    let second = request(&mut two);
    assert!(first.accept(&mut two, "in").is_err());
    assert!(second.accept(&mut two, "in").is_ok());
    assert_eq!(one.state(), State::NotAuthenticated);
    assert_eq!(two.state(), State::Authenticated);
    // The one that was spent elsewhere is lost: nothing more comes from that client.
    assert!(matches!(one.poll_event(&mut BytesMut::from(&b"a2 NOOP\r\n"[..])), Ok(None)));
}
