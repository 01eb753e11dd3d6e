//! The server machine with commands that end in a literal, or in text that looks like one.

use imap_proto_lite::{Transport, server::Config};

use crate::support::server::{Alone, server_config};

fn tls() -> Config {
    server_config(Transport::Tls)
}

#[test]
fn an_invalid_literal_header_is_bad() {
    for command in [
        "a CREATE foo{3}\r\n",
        "a CREATE \"foo {3}\r\n",
        "a CREATE {}\r\n",
        "a CREATE {-1}\r\n",
        // The CR belongs to the literal, so that this LF ends no line.
        "a CREATE {1+}\r\n\r\n b NOOP\r\n",
    ] {
        let mut server = Alone::logged_in(tls(), false);
        assert_eq!(server.says(command), "a BAD Invalid arguments\r\n", "{command}");
        assert_eq!(server.says("c NOOP\r\n"), "c OK NOOP completed\r\n");
    }
}

/// Bytes announced where no literal is allowed will arrive all the same: they are not commands.
#[test]
fn literals_in_the_wrong_place_are_not_read_as_commands() {
    let idle = || Alone::logged_in(tls(), true);
    for (mut server, line) in [
        (idle(), "a IDLE\r\nb APPEND x {12+}\r\n"),
        (idle(), "a IDLE\r\nb APPEND x {+}\r\n"),
        (Alone::new(tls()), "a AUTHENTICATE PLAIN\r\nb APPEND x {12+}\r\n"),
        (idle(), "b APPEND \"x {12+}\r\n"),
        (idle(), "b NOOP{12+}\r\n"),
        (idle(), "b SEARCH SUBJECT {-1+}\r\n"),
        (idle(), "b CREATE {+}\r\n"),
    ] {
        let answer = server.says(format!("{line}c DELETE x\r\n\r\nd NOOP\r\n"));
        let end = answer.lines().last().unwrap();
        assert_eq!(end, "* BYE cannot follow", "{line}");
        assert!(!answer.contains("b ") && !answer.contains("c "), "{line}");
    }
    // Those of a client that waits for a `+` do not come.
    let mut server = idle();
    for (line, answer) in [
        ("a IDLE\r\nb APPEND x {12}\r\n", "+ idling\r\na BAD expected DONE\r\n"),
        ("b NOOP{12}\r\n", "b BAD Invalid arguments\r\n"),
        ("c NOOP\r\n", "c OK yes\r\n"),
    ] {
        assert_eq!(server.says(line), answer);
    }
}

/// RFC 6855 section 4: only the message of `UTF8 (...)` is followed by a parenthesis.
#[test]
fn what_ends_an_append_is_what_its_message_began_with() {
    let mut server = Alone::logged_in(tls(), true);
    for (command, is_whole) in [
        ("APPEND INBOX {1+}\r\nx", true),
        ("APPEND INBOX {1+}\r\nx)", false),
        ("APPEND INBOX {1+}\r\nx ", false),
        ("APPEND INBOX UTF8 (~{1+}\r\nx)", true),
        ("APPEND INBOX UTF8 (~{1+}\r\nx", false),
        ("APPEND INBOX UTF8 (~{1+}\r\nx) ", false),
        ("REPLACE 1 INBOX UTF8 (~{1+}\r\nx", false),
    ] {
        server.happened.clear();
        let said = server.says(format!("a {command}\r\n"));
        let last = server.happened.last().map(String::as_str);
        if is_whole {
            assert_eq!((&*said, last), ("a OK stored\r\n", Some("AppendEnd")), "{command}");
        } else {
            assert!(said.starts_with("a BAD "), "{command}: {said}");
            assert_eq!(last, Some("AppendAborted"), "{command}");
        }
    }
}
