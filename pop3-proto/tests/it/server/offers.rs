//! The commands that a server offers: CAPA follows from configuration and state, and other commands
//! are refused.

use pop3_proto::{
    ClearTextCredentials, Expire, Timestamp, Transport,
    server::{Config, Event, Language, State},
};

use crate::support::server::{Server, config};

/// The lines of CAPA.
fn capabilities(server: &mut Server) -> Vec<String> {
    let answer = server.say("CAPA\r\n");
    let lines: Vec<_> = answer.lines().map(str::to_owned).collect();
    assert_eq!(lines[0], "+OK Capabilities follow");
    assert_eq!(lines.last().unwrap(), ".");
    lines[1..lines.len() - 1].to_vec()
}

fn login(server: &mut Server) {
    let answer = server.say("USER ann\r\nPASS right\r\n");
    assert!(answer.ends_with("+OK open\r\n"), "{answer}");
}

/// Everything, over TLS.
fn everything() -> Config {
    let mut config = config();
    config.utf8 = true;
    config.languages = vec![Language::new("de-AT", "Deutsch"), Language::new("en", "English")];
    config.expire = Some(Expire::Days(30));
    config.login_delay = Some(60);
    config.implementation = Some("Test 1".to_owned());
    config
}

const EVERYTHING: [&str; 11] = [
    "TOP",
    "UIDL",
    "USER",
    "RESP-CODES",
    "AUTH-RESP-CODE",
    "PIPELINING",
    "UTF8 USER",
    "LANG",
    "SASL PLAIN XOAUTH2",
    "EXPIRE 30",
    "LOGIN-DELAY 60",
];

/// Each switch takes away its line, and its commands with it.
#[test]
fn capa_lists_what_is_configured() {
    let mut server = Server::new(everything());
    assert_eq!(capabilities(&mut server), EVERYTHING);
    login(&mut server);
    // RFC 5034 section 3 and RFC 2449 section 6.9: SASL stays, and IMPLEMENTATION is announced
    // after login only.
    let behind = [&EVERYTHING[..], &["IMPLEMENTATION Test 1"]].concat();
    assert_eq!(capabilities(&mut server), behind);

    type Switch = fn(&mut Config);
    let before: [(Switch, &[&str], &[&str]); 5] = [
        (|config| config.user = false, &["USER"], &["USER ann", "PASS right"]),
        (|config| config.mechanisms.clear(), &["SASL PLAIN XOAUTH2"], &["AUTH", "AUTH PLAIN"]),
        (|config| config.utf8 = false, &["UTF8 USER"], &["UTF8"]),
        (|config| config.languages.clear(), &["LANG"], &["LANG", "LANG en"]),
        (|config| config.resp_codes = false, &["RESP-CODES", "AUTH-RESP-CODE"], &[]),
    ];
    let behind: [(Switch, &[&str], &[&str]); 5] = [
        (|config| config.top = false, &["TOP"], &["TOP 1 0"]),
        (|config| config.uidl = false, &["UIDL"], &["UIDL", "UIDL 1"]),
        (|config| config.pipelining = false, &["PIPELINING"], &[]),
        (|config| config.expire = None, &["EXPIRE 30"], &[]),
        (|config| config.login_delay = None, &["LOGIN-DELAY 60"], &[]),
    ];
    let before = before.map(|row| (false, row));
    let behind = behind.map(|row| (true, row));
    for (logged_in, (switch, lines, commands)) in before.into_iter().chain(behind) {
        let mut config = everything();
        switch(&mut config);
        let mut server = Server::new(config);
        if logged_in {
            login(&mut server);
        }
        let expected: Vec<_> = EVERYTHING
            .iter()
            .filter(|line| !lines.contains(line))
            .copied()
            .chain(logged_in.then_some("IMPLEMENTATION Test 1"))
            .collect();
        assert_eq!(capabilities(&mut server), expected, "without {lines:?}");
        for command in commands {
            assert_eq!(
                server.say(&format!("{command}\r\n")),
                "-ERR Unknown command\r\n",
                "{command}"
            );
        }
    }
    let mut config = everything();
    config.expire = Some(Expire::Never);
    assert!(capabilities(&mut Server::new(config)).contains(&"EXPIRE NEVER".to_owned()));
}

/// RFC 2449 sections 6.5 and 6.7: values that depend on the user are marked as such before login.
#[test]
fn capabilities_may_depend_on_the_user() {
    let mut config = everything();
    config.differs_by_user = true;
    let mut server = Server::new(config);
    let before = capabilities(&mut server);
    assert!(before.ends_with(&["EXPIRE 30 USER".to_owned(), "LOGIN-DELAY 60 USER".to_owned()]));
    login(&mut server);
    let behind = capabilities(&mut server);
    assert!(behind.contains(&"EXPIRE 30".to_owned()), "{behind:?}");
    assert!(behind.contains(&"LOGIN-DELAY 60".to_owned()), "{behind:?}");
}

/// RFC 2595 section 4, RFC 6856 section 2.1: STLS before login, in clear text, and not after UTF8.
#[test]
fn stls_is_announced_where_it_is_allowed() {
    let clear = || {
        let mut config = everything();
        config.transport = Transport::Clear;
        config.clear_text_credentials = ClearTextCredentials::SendThemInClearText;
        config
    };
    let offers = |server: &mut Server| {
        let offered = capabilities(server).contains(&"STLS".to_owned());
        let answer = server.say("STLS\r\n");
        assert_eq!(answer.starts_with("+OK"), offered, "{answer}");
        assert_eq!(server.machine.state() == State::TlsNegotiation, offered);
        offered
    };
    assert!(offers(&mut Server::new(clear())));
    assert!(!offers(&mut Server::new(everything())), "inside TLS");
    let mut config = clear();
    config.stls = false;
    let mut server = Server::new(config);
    assert!(!offers(&mut server), "switched off");
    assert_eq!(server.say("STLS\r\n"), "-ERR Unknown command\r\n");
    let mut server = Server::new(clear());
    login(&mut server);
    assert!(!offers(&mut server), "behind the login");
    let mut server = Server::new(clear());
    assert_eq!(server.say("UTF8\r\n"), "+OK UTF-8 mode\r\n");
    assert!(!offers(&mut server), "behind UTF8");
}

/// In clear text a server neither announces nor accepts commands that show a password, unless
/// configured.
#[test]
fn credentials_in_clear_text_are_refused() {
    let clear = |consent| {
        let mut config = config();
        config.transport = Transport::Clear;
        config.clear_text_credentials = consent;
        config.stls = false;
        Server::new(config)
    };
    let secret = |lines: Vec<String>| -> Vec<String> {
        let is_secret = |line: &String| line == "USER" || line.starts_with("SASL");
        lines.into_iter().filter(is_secret).collect()
    };
    let mut server = clear(ClearTextCredentials::Refuse);
    assert_eq!(secret(capabilities(&mut server)), [""; 0]);
    for command in ["USER ann", "PASS right", "AUTH PLAIN", "AUTH PLAIN AGEAYQ=="] {
        assert_eq!(server.say(&format!("{command}\r\n")), "-ERR Not without TLS\r\n", "{command}");
    }
    // The list of mechanisms is not secret, but none can be used.
    assert_eq!(server.say("AUTH\r\n"), "+OK Mechanisms follow\r\n.\r\n");

    let mut server = clear(ClearTextCredentials::SendThemInClearText);
    assert_eq!(secret(capabilities(&mut server)), ["USER", "SASL PLAIN XOAUTH2"]);
    assert_eq!(server.say("AUTH\r\n"), "+OK Mechanisms follow\r\nPLAIN\r\nXOAUTH2\r\n.\r\n");
    login(&mut server);
}

/// APOP is offered by the timestamp in the greeting and by nothing else, and it is a credential.
#[test]
fn apop_in_clear_text_is_refused() {
    let mut machine = pop3_proto::server::Connection::new(Config::new(Transport::Clear));
    let timestamp = Timestamp::new("<1.2@example.org>");
    machine.greet("ready", timestamp).unwrap();
    let mut input = bytes::BytesMut::from("APOP ann 0123456789abcdef0123456789abcdef\r\n");
    assert!(machine.poll_event(&mut input).unwrap().is_none());
    let mut said = Vec::new();
    while let Some(transmit) = machine.poll_transmit() {
        said.extend_from_slice(&transmit.bytes);
    }
    assert_eq!(
        String::from_utf8(said).unwrap(),
        "+OK ready <1.2@example.org>\r\n-ERR Not without TLS\r\n"
    );
}

/// An access token makes an AUTH line longer than any other command; mechanism names are
/// case-insensitive.
#[test]
fn a_long_auth_line_is_accepted() {
    let mut server = Server::new(config());
    let token = "A".repeat(4000);
    server.input.extend_from_slice(format!("auth xoauth2 {token}\r\n").as_bytes());
    match server.machine.poll_event(&mut server.input).unwrap() {
        Some(Event::Auth { mechanism, initial_response, .. }) => {
            assert_eq!(mechanism, "XOAUTH2");
            assert_eq!(initial_response.unwrap().as_bytes().len(), 3000);
        }
        other => panic!("{other:?}"),
    }
}

/// RFC 6856 section 2.2: bytes that are not UTF-8 are refused without asking the application.
#[test]
fn ill_formed_utf8_is_refused() {
    for line in [&b"PASS \xff\r\n"[..], b"PASS right\xc3\r\n"] {
        let mut server = Server::new(config());
        server.say("USER ann\r\n");
        server.input.extend_from_slice(line);
        assert_eq!(server.say(""), "-ERR [AUTH] Invalid credentials\r\n");
    }
    for line in [&b"USER \xff\r\n"[..], b"AUTH \xff\r\n", b"LANG \xff\r\n"] {
        let mut server = Server::new(everything());
        server.input.extend_from_slice(line);
        assert_eq!(server.say(""), "-ERR Wrong arguments\r\n", "{line:?}");
    }
}

/// RFC 6856 section 3: a range chooses the first language that it matches, `*` the one that the
/// server prefers.
#[test]
fn lang_chooses_a_language() {
    for (range, chosen) in [
        ("de", Some("de-AT")),
        ("DE-at", Some("de-AT")),
        ("en", Some("en")),
        ("*", Some("de-AT")),
        ("d", None),
        ("de-A", None),
        ("fr", None),
    ] {
        let mut server = Server::new(everything());
        let answer = server.say(&format!("LANG {range}\r\n"));
        assert_eq!(server.machine.language(), chosen, "{range}: {answer}");
        assert_eq!(answer.starts_with("+OK"), chosen.is_some(), "{answer}");
    }
    assert_eq!(
        Server::new(everything()).say("LANG\r\n"),
        "+OK Languages follow\r\nde-AT Deutsch\r\nen English\r\n.\r\n"
    );
}
