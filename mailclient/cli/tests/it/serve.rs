//! `mail serve`.

use crate::support::{Served, greeting, mail};

#[test]
fn it_names_every_address_and_every_user() {
    let mut server = Served::with(&[]);
    assert_eq!(server.told["urls"].as_object().unwrap().len(), 4);
    assert_eq!(server.told["users"][0]["name"], "alice");
    assert_eq!(server.told["users"][1]["password"], "builder");
    let root = std::fs::read_to_string(server.file("root.pem")).unwrap();
    assert_eq!(server.told["root_pem"], root);
    assert!(greeting(server.port("imap+starttls")).starts_with("* OK "));
    assert!(greeting(server.port("pop3+stls")).starts_with("+OK "));
    assert!(server.runs());
}

#[test]
fn clear_ports_greet_without_tls() {
    let server = Served::with(&["--clear"]);
    assert!(greeting(server.port("imap")).starts_with("* OK "));
    assert!(greeting(server.port("pop3")).starts_with("+OK "));
    assert_eq!(server.told["urls"].as_object().unwrap().len(), 6);
}

#[test]
fn it_is_like_the_server_that_is_named() {
    for (name, expected) in
        [("gmail", "* OK Gimap ready"), ("courier", "* OK [CAPABILITY IMAP4rev1 UIDPLUS ")]
    {
        let server = Served::with(&["--clear", "--persona", name]);
        let said = greeting(server.port("imap"));
        assert!(said.starts_with(expected), "{name}: {said}");
    }
    let help = mail(&["serve", "--help"]).succeeds();
    for name in mail_testserver::Persona::names() {
        assert!(help.contains(name), "no {name} in:\n{help}");
    }
    let said = mail(&["serve", "--persona", "yahoo"]).fails();
    assert!(said.contains("yahoo") && said.contains("gmail"), "{said}");
}

#[test]
fn the_chosen_ports_are_used_or_the_reason_is_said() {
    // Taken by another server, because a port that is free now can be taken in the next moment.
    let server = Served::with(&[]);
    for (option, scheme) in [("--imap", "imaps"), ("--pop3", "pop3s")] {
        let port = server.port(scheme).to_string();
        let said = mail(&["serve", option, &port]).fails();
        assert!(said.contains(&format!("cannot listen for {scheme} on port {port}")), "{said}");
    }
}
