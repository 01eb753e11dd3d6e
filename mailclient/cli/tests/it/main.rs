//! The program `mail`, run as a user runs it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test panics where it fails"
)]

mod account;
mod serve;
mod support;

use support::mail;

#[test]
fn without_a_command_it_shows_both_protocols() {
    let said = mail(&[]).succeeds();
    for expected in [
        "=== imaps://alice@localhost:",
        "=== pop3s://alice@localhost:",
        "search on the server",
        "5000000 bytes written and complete",
        "16 messages were there, 15 are left",
        "15 messages were there, 14 are left",
    ] {
        assert!(said.contains(expected), "no {expected:?} in:\n{said}");
    }
}

#[test]
fn help_names_each_command_and_explains_the_url() {
    let said = mail(&["--help"]).succeeds();
    for expected in [
        "ls",
        "read",
        "get",
        "save",
        "search",
        "serve",
        "imaps://alice@imap.example.org",
        "MAIL_PASSWORD",
    ] {
        assert!(said.contains(expected), "no {expected:?} in:\n{said}");
    }
    for command in ["ls", "read", "get", "save", "search", "serve"] {
        assert!(mail(&[command, "--help"]).succeeds().contains("Usage: mail"));
    }
    assert!(mail(&["--version"]).succeeds().starts_with("mail "));
}

#[test]
fn a_mistake_is_one_line_that_says_what_to_do() {
    for (arguments, reason) in [
        (&["ls"][..], "URL"),
        (&["list"], "list"),
        (&["ls", "imap://alice@localhost"], "clear text"),
        (&["ls", "imaps://alice:secret@localhost"], "password has no place"),
        (&["read", "imaps://alice@localhost", "17"], "not a message id"),
        (&["serve", "--imap", "99999"], "99999"),
        (&["ls", "--ca", "/no such file", "imaps://alice@localhost"], "/no such file"),
    ] {
        let said = mail(arguments).fails();
        assert!(said.starts_with("mail: ") && said.contains(reason), "{arguments:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{arguments:?}: {said}");
        assert!(!said.contains("secret"), "{said}");
    }
}
