//! Raw commands: for extensions without a type, and for nothing else.

use bytes::BytesMut;
use imap_proto_lite::{
    Command, CommandKind, SendError, Status,
    client::{Connection, Event},
};

use crate::support::client::{config, feed, greeted, send, transmitted};

fn raw(line: &str) -> Command<'_> {
    Command::Raw { line: line.into() }
}

fn logged_in() -> (Connection, BytesMut) {
    greeted(config(), "* PREAUTH ready\r\n")
}

fn refusal(line: &str) -> Option<&'static str> {
    let (mut connection, _) = logged_in();
    let result = connection.send(&raw(line));
    let bytes = transmitted(&mut connection);
    match result {
        Ok(id) => {
            let tag = connection.tag(id).unwrap();
            assert_eq!(bytes, format!("{tag} {line}\r\n").as_bytes());
            None
        }
        Err(SendError::InvalidArgument { argument, reason }) => {
            assert_eq!((argument, bytes), ("raw command", Vec::new()));
            Some(reason)
        }
        Err(error) => panic!("{line}: {error}"),
    }
}

#[test]
fn commands_without_a_type_are_sent_as_they_are() {
    for line in [
        "XLIST \"\" \"*\"",
        "GETMETADATA INBOX /shared/comment",
        "UID XMOVE 1:* Trash",
        "x-gm-token",
        "SETMETADATA INBOX (/private/comment \"{5}\")",
    ] {
        assert_eq!(refusal(line), None, "{line}");
    }
}

#[test]
fn its_answer_is_untagged_lines_and_done() {
    let (mut connection, mut input) = logged_in();
    let (id, tag) = send(&mut connection, &raw("XLIST \"\" *"));
    assert_eq!(
        connection.send(&Command::Noop),
        Err(SendError::Busy { command: CommandKind::Noop, waits_for: CommandKind::Raw })
    );
    let answer = format!("* XLIST () \"/\" INBOX\r\n+ what?\r\n{tag} NO [NOPERM] no\r\n");
    let (events, error) = feed(&mut connection, &mut input, answer.as_bytes(), || 7);
    assert_eq!(error, None);
    assert!(matches!(
        &events[..],
        [
            Event::Untagged(_),
            Event::Unrecognized { .. },
            Event::Done { id: done, status: Status::No, .. },
        ] if *done == id
    ));
}

#[test]
fn a_raw_command_stays_one_line() {
    for line in [
        "X a\r\nb LOGOUT",
        "X a\nb LOGOUT",
        "X a\rb",
        "X\0",
        "X\ta",
        "X \u{7f}",
        "X \u{85}",
        "X \u{2028}é",
        "X {5}",
        "X {5+}",
        "X ~{5}",
        "X {5}  ",
        "",
        " X",
        "(X)",
        "{5}",
        "X(a)",
        "\"LOGOUT\"",
        "UID",
        "UID  FETCH 1 FLAGS",
    ] {
        assert!(refusal(line).is_some(), "{}", line.escape_debug());
    }
}

#[test]
fn a_raw_command_is_none_of_the_known_ones() {
    let known = CommandKind::ALL.iter().filter(|kind| **kind != CommandKind::Raw);
    for keyword in
        known.map(|kind| kind.to_keyword()).chain(["NOTIFY", "UNAUTHENTICATE", "UID UID"])
    {
        for line in [
            keyword.to_owned(),
            keyword.to_lowercase(),
            format!("{keyword} x y"),
            format!("UID {keyword}"),
            format!("uid {keyword} 1"),
        ] {
            assert!(refusal(&line).is_some(), "{line}");
        }
    }
}

#[test]
fn the_arguments_are_not_shown() {
    let command = raw("XAUTH tanstaaf");
    assert_eq!(format!("{command:?}"), "Raw(- XAUTH(secret))");
    let (mut connection, _) = logged_in();
    connection.send(&command).unwrap();
    let mut shown = String::new();
    while let Some(transmit) = connection.poll_transmit() {
        shown += &format!("{transmit:?}");
    }
    assert!(shown.contains("XAUTH") && !shown.contains("tanstaaf"), "{shown}");
}
