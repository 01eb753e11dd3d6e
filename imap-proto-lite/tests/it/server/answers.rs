//! Decisions of the server machine: which commands are allowed in which state, how often, and how
//! large.

use bytes::BytesMut;
use imap_proto_lite::{
    ClearTextCredentials, Response, SeqNumber, Transport, Uid,
    client::State,
    sequence::{NumberRange, UidRanges},
    server::{Config, Connection},
};

use crate::support::server::{Alone, server_config};

fn tls() -> Config {
    server_config(Transport::Tls)
}

fn expunge() -> Response<'static> {
    Response::Expunge(SeqNumber::new(1).unwrap())
}

/// Bytes that are `AAAA`, which is base64.
fn base64(length: usize) -> String {
    "A".repeat(length)
}

#[test]
fn capabilities_list_what_is_accepted() {
    let refuse = ClearTextCredentials::Refuse;
    let consent = ClearTextCredentials::SendThemInClearText;
    for (transport, credentials, starttls, login, expected) in [
        (Transport::Tls, refuse, true, true, " AUTH=PLAIN"),
        (Transport::Tls, refuse, true, false, " LOGINDISABLED AUTH=PLAIN"),
        (Transport::Clear, refuse, true, true, " STARTTLS LOGINDISABLED"),
        (Transport::Clear, refuse, false, true, " LOGINDISABLED"),
        (Transport::Clear, consent, true, true, " STARTTLS AUTH=PLAIN"),
        (Transport::Clear, consent, true, false, " STARTTLS LOGINDISABLED AUTH=PLAIN"),
        (Transport::Clear, consent, false, true, " AUTH=PLAIN"),
    ] {
        let mut config = Config::new(transport);
        config.clear_text_credentials = credentials;
        config.starttls = starttls;
        config.login = login;
        config.mechanisms = vec!["PLAIN".into()];
        config.capabilities = vec!["IMAP4rev1".into()];
        config.capabilities_after_login = vec!["IMAP4rev1".into(), "IDLE".into()];
        let mut server = Alone::new(config);
        assert_eq!(
            server.says("a1 CAPABILITY\r\n"),
            format!("* CAPABILITY IMAP4rev1{expected}\r\na1 OK CAPABILITY completed\r\n")
        );
        // And so it is.
        let takes = transport == Transport::Tls || credentials == consent;
        let said = server.says("a2 STARTTLS\r\n");
        if expected.contains("STARTTLS") {
            assert_eq!(said, "a2 OK begin TLS now\r\n");
            continue;
        }
        assert_eq!(said, "a2 BAD no STARTTLS here\r\n");
        let said = server.says("a3 LOGIN joe x\r\n");
        match (takes, login) {
            (true, true) => assert_eq!(said, "a3 OK [CAPABILITY IMAP4rev1 IDLE] in\r\n"),
            (true, false) => assert_eq!(said, "a3 NO [CANNOT] LOGIN is disabled\r\n"),
            (false, _) => assert_eq!(said, "a3 NO [PRIVACYREQUIRED] LOGIN is disabled\r\n"),
        }
    }
}

#[test]
fn capabilities_come_unasked_if_configured() {
    for unasked in [true, false] {
        let mut config = tls();
        config.capabilities_unasked = unasked;
        let mut server = Alone::new(config);
        let said = server.says("a1 LOGIN joe x\r\n");
        assert_eq!(said.contains("CAPABILITY"), unasked, "{said}");
    }
}

#[test]
fn unannounced_commands_are_refused() {
    let mut config = tls();
    config.capabilities_after_login = vec!["IMAP4rev1".into()];
    let mut server = Alone::logged_in(config, false);
    assert_eq!(server.says("a1 IDLE\r\n"), "a1 BAD no IDLE here\r\n");
    assert_eq!(server.says("a2 COMPRESS DEFLATE\r\n"), "a2 BAD no COMPRESS here\r\n");
    assert_eq!(server.happened, ["Login"]);
}

#[test]
fn enable_accepts_the_capabilities_of_an_authenticated_session() {
    let mut config = tls();
    config.enable = vec!["CONDSTORE".into(), "QRESYNC".into()];
    let mut server = Alone::new(config.clone());
    assert_eq!(server.says("a1 ENABLE CONDSTORE\r\n"), "a1 BAD not allowed in this state\r\n");
    assert!(server.machine.enabled().is_empty());
    // RFC 5161 section 3.1 wants it before SELECT; a later one does no harm.
    for mailbox in [false, true] {
        let mut server = Alone::logged_in(config.clone(), mailbox);
        assert_eq!(
            server.says("a1 ENABLE condstore X-NEW\r\n"),
            "* ENABLED CONDSTORE\r\na1 OK ENABLE completed\r\n"
        );
        assert!(!server.machine.enabled().has("QRESYNC"));
        // The second adds to the first.
        assert_eq!(
            server.says("a2 ENABLE QRESYNC\r\n"),
            "* ENABLED QRESYNC\r\na2 OK ENABLE completed\r\n"
        );
        assert!(server.machine.enabled().has("CONDSTORE"));
        assert!(server.machine.enabled().has("QRESYNC"));
        // To ask again changes nothing.
        server.says("a3 ENABLE CONDSTORE QRESYNC\r\n");
        assert_eq!(server.machine.enabled().iter().count(), 2);
    }
}

#[test]
fn consecutive_bad_commands_are_counted() {
    let mut config = tls();
    config.limits.bad_commands = 3;
    let mut server = Alone::logged_in(config.clone(), false);
    // Refused is not bad.
    server.refuses_messages = true;
    for good in [
        "b NOOP\r\n",
        "b STATUS INBOX (MESSAGES)\r\n",
        "b IDLE\r\nDONE\r\n",
        "b APPEND INBOX {1+}\r\nx\r\n",
        "b APPEND INBOX {1}\r\n",
    ] {
        let said = server.says("a X\r\na X\r\n");
        assert_eq!(said, "a BAD Unknown command\r\n".repeat(2));
        let said = server.says(good);
        assert!(said.contains("b OK ") || said.contains("b NO "), "{said}");
    }
    // Whatever is wrong with it.
    for bad in [
        "a X\r\n",
        "\r\n",
        "a LOGIN joe x\r\n",
        "a APPEND INBOX \"x\"\r\n",
        "a STATUS\r\n",
        "a EXPUNGE\r\n",
    ] {
        let mut server = Alone::logged_in(config.clone(), false);
        let said = server.says(bad.repeat(4));
        assert_eq!(said.matches(" BAD ").count(), 3, "{said}");
        assert!(said.ends_with("* BYE too many bad commands\r\n"), "{said}");
        assert_eq!(server.machine.state(), State::Logout);
        assert_eq!(server.happened.last().unwrap(), "Close");
    }
}

#[test]
fn an_append_in_the_wrong_state_is_bad_and_counts() {
    let mut config = tls();
    config.limits.bad_commands = 3;
    for (head, reason) in
        [("a APPEND INBOX", "not allowed in this state"), ("a APPEND INBOX (", "Invalid arguments")]
    {
        // The bytes of the first message arrive in any case, those of the second do not.
        for (message, mark) in [("3+}\r\na\r\n\r\n", ""), ("3}\r\n", "")] {
            let command = format!("{head} {{{message}{mark}");
            let mut server = Alone::new(config.clone());
            let said = server.says(command.repeat(2));
            assert_eq!(said, format!("a BAD {reason}\r\n").repeat(2));
            let said = server.says(command.repeat(2));
            assert_eq!(said, format!("a BAD {reason}\r\n* BYE too many bad commands\r\n"));
            assert_eq!(server.happened, ["Close"]);
        }
    }
}

#[test]
fn messages_have_a_limit_and_an_end() {
    let mut config = tls();
    config.limits.message = 5;
    let mut server = Alone::logged_in(config, false);
    // Just under it, at it, just over it.
    assert_eq!(server.says("a1 APPEND INBOX {4+}\r\n"), "", "no one waits for a +");
    assert_eq!(server.says("abcd\r\n"), "a1 OK stored\r\n");
    assert_eq!(server.says("a2 APPEND INBOX {5}\r\n"), "+ go ahead\r\n");
    assert_eq!(server.says("abcde\r\n"), "a2 OK stored\r\n");
    assert_eq!(server.message, b"abcdabcde");
    let too_large = "a3 NO [TOOBIG] message too large\r\n";
    assert_eq!(server.says("a3 APPEND INBOX {6}\r\n"), too_large);
    assert_eq!(server.says("a3 APPEND INBOX {6+}\r\n"), "");
    assert_eq!(server.says("LOGOUT\r\n"), too_large);
    assert_eq!(server.message, b"abcdabcde");
    // Too much is not bad.
    for _ in 0..20 {
        assert_eq!(server.says("a3 APPEND INBOX {6}\r\n"), too_large);
        assert_eq!(server.says("a3 APPEND INBOX {6+}\r\nLOGOUT\r\n"), too_large);
    }
    // Refused by the application, with the message on its way or not.
    server.refuses_messages = true;
    let full = "a4 NO [OVERQUOTA] full\r\n";
    assert_eq!(server.says("a4 APPEND INBOX {1}\r\n"), full);
    assert_eq!(server.says("a4 APPEND INBOX {1+}\r\nx\r\n"), full);
    assert_eq!(server.message, b"abcdabcde");
    // The bytes after the message do not end the command: the message is dropped.
    server.refuses_messages = false;
    server.happened.clear();
    let bad = "a5 BAD no end of the command after its message\r\n";
    assert_eq!(server.says("a5 APPEND INBOX {1+}\r\nx y\r\n"), bad);
    assert_eq!(server.happened, ["Append", "AppendData", "AppendAborted"]);
    // The same after a message that was refused: there is nothing to drop.
    server.refuses_messages = true;
    server.happened.clear();
    assert_eq!(
        server.says("a6 APPEND INBOX {1+}\r\nx {1+}\r\n"),
        "* BYE one message at a time\r\n"
    );
    assert_eq!(server.happened, ["Append", "Close"]);
}

#[test]
fn a_sasl_exchange_has_configured_limits() {
    let mut config = tls();
    config.limits.sasl_rounds = 2;
    config.limits.sasl_line = 8;
    let begin = "a AUTHENTICATE PLAIN\r\n";
    let mut server = Alone::new(config.clone());
    assert_eq!(server.says(begin), "+ Pw==\r\n");
    assert_eq!(server.says("AAAA\r\n"), "+ Pw==\r\n");
    assert_eq!(server.says("YmFk\r\n"), "a NO no\r\n");
    assert_eq!(server.says(begin), "+ Pw==\r\n");
    assert_eq!(server.says("AAAA\r\n"), "+ Pw==\r\n");
    assert_eq!(server.says("AAAA\r\n"), "+ Pw==\r\n");
    let too_many = "a BAD no base64, or too many rounds\r\n";
    assert_eq!(server.says("AAAA\r\n"), too_many);
    assert_eq!(server.happened.last().unwrap(), "AuthCancelled");
    // No base64, and cancelled.
    for (line, answer) in [("!\r\n", too_many), ("*\r\n", "a BAD cancelled\r\n")] {
        assert_eq!(server.says(begin), "+ Pw==\r\n");
        assert_eq!(server.says(line), answer);
        assert_eq!(server.machine.state(), State::NotAuthenticated);
    }
    // Bytes: at the limit, and over it, with its end or without.
    assert_eq!(server.says(begin), "+ Pw==\r\n");
    assert_eq!(server.says(base64(8) + "\r\n"), "+ Pw==\r\n");
    assert_eq!(
        server.says("Z29vZA==\r\n"),
        "a OK [CAPABILITY IMAP4rev1 LITERAL+ ID ENABLE IDLE NAMESPACE UIDPLUS UNSELECT MOVE CHILDREN SPECIAL-USE COMPRESS=DEFLATE] in\r\n"
    );
    for line in [base64(12) + "\r\n", base64(12), "x".repeat(10) + "\r\n"] {
        for cut in [1, line.len()] {
            let mut server = Alone::new(config.clone());
            server.says(begin);
            let mut pieces = line.as_bytes().chunks(cut).map(|piece| server.says(piece));
            let answer = pieces.find(|answer| !answer.is_empty());
            assert_eq!(answer.as_deref(), Some("* BYE [TOOBIG] sasl_line too long\r\n"));
        }
    }
}

#[test]
fn only_done_ends_idle() {
    let mut server = Alone::logged_in(tls(), true);
    for done in ["DONE\r\n", "done\r\n"] {
        assert_eq!(server.says("a IDLE\r\n"), "+ idling\r\n");
        assert!(server.machine.is_idle());
        assert_eq!(server.says(done), "a OK IDLE terminated\r\n");
        assert!(!server.machine.is_idle());
    }
    // A command in its place is answered with BAD and not carried out.
    assert_eq!(server.says("a IDLE\r\n"), "+ idling\r\n");
    assert_eq!(server.says("b NOOP\r\n"), "a BAD expected DONE\r\n");
    assert_eq!(server.says("a IDLE\r\n"), "+ idling\r\n");
    assert_eq!(server.says("x".repeat(66)), "", "a line of this length could still end");
    assert_eq!(server.says("x"), "* BYE [TOOBIG] command too long\r\n");
}

#[test]
fn idle_tells_all_waiting_updates() {
    let mut server = Alone::logged_in(tls(), true);
    server.machine.update(&Response::Exists(3)).unwrap();
    server.machine.update(&expunge()).unwrap();
    server.machine.update(&Response::Exists(2)).unwrap();
    assert_eq!(
        server.says("a IDLE\r\n"),
        "+ idling\r\n* 3 EXISTS\r\n* 1 EXPUNGE\r\n* 2 EXISTS\r\n"
    );
}

#[test]
fn expunges_wait_while_sequence_numbers_are_in_use() {
    let one =
        UidRanges::new([NumberRange { first: Uid::new(7).unwrap(), last: Uid::new(7).unwrap() }]);
    for (update, line) in [
        (expunge(), "* 1 EXPUNGE\r\n"),
        (Response::Vanished { earlier: false, uids: one }, "* VANISHED 7\r\n"),
    ] {
        // RFC 9051 section 7.5.1.
        for command in ["FETCH 1 FLAGS", "STORE 1 FLAGS ()", "SEARCH ALL"] {
            let mut server = Alone::logged_in(tls(), true);
            server.machine.update(&update).unwrap();
            assert_eq!(server.says(format!("a {command}\r\n")), "a OK yes\r\n");
            assert_eq!(server.says(format!("b UID {command}\r\n")), format!("{line}b OK yes\r\n"));
        }
        for command in [
            "NOOP",
            "EXPUNGE",
            "COPY 1 x",
            "STATUS x (MESSAGES)",
            // The machine answers these by itself.
            "CAPABILITY",
            "ID NIL",
            "ENABLE X",
        ] {
            let mut server = Alone::logged_in(tls(), true);
            server.machine.update(&update).unwrap();
            let said = server.says(format!("a {command}\r\n"));
            assert!(said.contains(&format!("{line}a OK ")), "{said}");
        }
        let mut server = Alone::logged_in(tls(), true);
        server.machine.update(&update).unwrap();
        assert_eq!(server.says("a APPEND INBOX {1+}\r\nx\r\n"), format!("{line}a OK stored\r\n"));
    }
}

/// RFC 3501 section 6.4.1: an application answers CHECK, and updates leave before its tagged line.
#[test]
fn check_is_a_command_of_the_selected_state() {
    let mut server = Alone::logged_in(tls(), true);
    server.machine.update(&Response::Exists(3)).unwrap();
    assert_eq!(server.says("a CHECK\r\n"), "* 3 EXISTS\r\na OK yes\r\n");
    assert_eq!(server.happened.last().unwrap(), "Command");
    assert_eq!(server.says("b check\r\n"), "b OK yes\r\n");
    assert_eq!(server.machine.state(), State::Selected);
    assert!(server.says("c CHECK now\r\n").starts_with("c BAD "));

    let mut server = Alone::logged_in(tls(), false);
    assert_eq!(server.says("a CHECK\r\n"), "a BAD not allowed in this state\r\n");
}

#[test]
fn updates_end_with_their_mailbox() {
    for (leave, answer) in [
        ("CLOSE", "a OK yes"),
        ("UNSELECT", "a OK yes"),
        ("SELECT INBOX", "a OK [READ-WRITE] selected"),
        ("EXAMINE INBOX", "a OK [READ-ONLY] selected"),
        ("SELECT nowhere", "a NO [NONEXISTENT] no such mailbox"),
    ] {
        let mut server = Alone::logged_in(tls(), true);
        server.machine.update(&Response::Exists(3)).unwrap();
        assert_eq!(server.says(format!("a {leave}\r\n")), format!("{answer}\r\n"));
        let selected = answer.contains("selected");
        assert_eq!(
            server.machine.state(),
            if selected { State::Selected } else { State::Authenticated }
        );
        assert_eq!(server.says("b STATUS x (MESSAGES)\r\n"), "b OK yes\r\n");
        // Nor are rights sent that cannot be granted.
        if !selected {
            server.machine.update(&Response::Exists(3)).unwrap();
            assert_eq!(server.says("c STATUS x (MESSAGES)\r\n"), "c OK yes\r\n");
            assert_eq!(server.says("d IDLE\r\n"), "+ idling\r\n");
        }
    }
}

#[test]
fn closed_is_sent_after_enable() {
    for enables in [false, true] {
        let mut server = Alone::logged_in(tls(), false);
        if enables {
            server.says("a ENABLE CONDSTORE\r\n");
        }
        // Nothing was selected before.
        assert_eq!(server.says("a SELECT INBOX\r\n"), "a OK [READ-WRITE] selected\r\n");
        let closed = if enables { "* OK [CLOSED] the old mailbox is closed\r\n" } else { "" };
        assert_eq!(
            server.says("a EXAMINE INBOX\r\n"),
            format!("{closed}a OK [READ-ONLY] selected\r\n")
        );
        assert_eq!(
            server.says("a SELECT nowhere\r\n"),
            format!("{closed}a NO [NONEXISTENT] no such mailbox\r\n")
        );
        assert_eq!(server.says("a SELECT nowhere\r\n"), "a NO [NONEXISTENT] no such mailbox\r\n");
        assert_eq!(server.says("a FETCH 1 UID\r\n"), "a BAD not allowed in this state\r\n");
    }
}

#[test]
fn the_old_mailbox_is_gone_when_select_arrives() {
    let mut server = Alone::logged_in(tls(), true);
    let mut input = BytesMut::from(&b"a SELECT INBOX\r\n"[..]);
    let event = server.machine.poll_event(&mut input).unwrap();
    assert!(event.is_some());
    assert_eq!(server.machine.state(), State::Authenticated);
}

#[test]
fn literals_of_commands_end_at_their_limits() {
    let mut config = tls();
    config.limits.literal = 100;
    config.limits.command = 150;
    let name = |octets: usize| "x".repeat(octets);
    for (octets, fits) in [(99, true), (100, true), (101, false)] {
        let mut server = Alone::logged_in(config.clone(), false);
        let said = server.says(format!("a CREATE {{{octets}}}\r\n"));
        assert_eq!(said.starts_with("+ "), fits, "{said}");
        if fits {
            assert_eq!(server.says(name(octets) + "\r\n"), "a OK yes\r\n");
        } else {
            assert_eq!(said, "a NO [TOOBIG] literal too large\r\n");
        }
        let mut server = Alone::logged_in(config.clone(), false);
        let said = server.says(format!("a CREATE {{{octets}+}}\r\n{}\r\n", name(octets)));
        if fits {
            assert_eq!(said, "a OK yes\r\n");
        } else {
            assert_eq!(said, "* BYE [TOOBIG] literal too long\r\n");
        }
    }
    // Two that fit alone and not together.
    let mut server = Alone::logged_in(config.clone(), false);
    let two = format!("a RENAME {{60+}}\r\n{} {{80+}}\r\n{}\r\n", name(60), name(80));
    assert_eq!(server.says(two), "* BYE [TOOBIG] literal too long\r\n");
    // A line, with its end and without.
    for (octets, answer) in [(150, "a OK yes\r\n"), (151, "* BYE [TOOBIG] command too long\r\n")] {
        let mut server = Alone::logged_in(config.clone(), false);
        let line = format!("a CREATE {}\r\n", name(octets - 11));
        assert_eq!(line.len(), octets);
        assert_eq!(server.says(&line), answer);
    }
    let mut server = Alone::logged_in(config.clone(), false);
    assert_eq!(server.says(name(150)), "");
    assert_eq!(server.says(name(1)), "* BYE [TOOBIG] command too long\r\n");
    // A size that overflows is invalid.
    for size in ["99999999999999999999", "18446744073709551616"] {
        let mut server = Alone::logged_in(config.clone(), false);
        let said = server.says(format!("a APPEND INBOX {{{size}}}\r\nb NOOP\r\n"));
        assert!(said.ends_with("b OK NOOP completed\r\n"), "{said}");
        let mut server = Alone::logged_in(config.clone(), false);
        let said = server.says(format!("a APPEND INBOX {{{size}+}}\r\nb NOOP\r\n"));
        assert_eq!(said, "* BYE [TOOBIG] literal too long\r\n");
    }
}

#[test]
fn chunks_of_a_message_have_a_limit() {
    let mut config = tls();
    config.limits.body_chunk = 16;
    let mut server = Alone::logged_in(config, false);
    let said = server.says(format!("a APPEND INBOX {{33+}}\r\n{}\r\n", "x".repeat(33)));
    assert_eq!(said, "a OK stored\r\n");
    let chunks = server.happened.iter().filter(|name| *name == "AppendData");
    assert_eq!(chunks.count(), 3);
}

#[test]
fn a_bare_lf_ends_a_command_only_if_configured() {
    let smuggled = "a NOOP\nb NOOP\r\n";
    let mut server = Alone::new(tls());
    let said = server.says(smuggled);
    assert_eq!(said, "a BAD Unknown command\r\n");
    let mut config = tls();
    config.lf_commands = true;
    let mut server = Alone::new(config);
    assert_eq!(server.says(smuggled), "a OK NOOP completed\r\nb OK NOOP completed\r\n");
    // Literals, whose bytes are what they are, and other lines.
    let said = server.says("a LOGIN {3}\njoe {1+}\nx\n");
    assert!(said.starts_with("+ go ahead\r\na OK "), "{said}");
    assert_eq!(server.machine.state(), State::Authenticated);
    assert_eq!(
        server.says("a APPEND {5}\nINBOX {2+}\nx\n\nb IDLE\nDONE\n"),
        "+ go ahead\r\na OK stored\r\n+ idling\r\nb OK IDLE terminated\r\n"
    );
    assert_eq!(server.message, b"x\n");
}

#[test]
fn no_command_is_read_until_answers_are_written() {
    let mut config = tls();
    config.limits.output = 100;
    let mut machine = Connection::new(config);
    machine.greet("ready").unwrap();
    while machine.poll_transmit().is_some() {}
    let mut input = BytesMut::from("a NOOP\r\n".repeat(1000).as_bytes());
    let all = input.len();
    assert!(matches!(machine.poll_event(&mut input), Ok(None)));
    assert!(machine.is_full());
    // One answer is 21 bytes: the fifth is over the limit, and no sixth is made.
    assert_eq!(all - input.len(), 5 * 8);
    assert!(matches!(machine.poll_event(&mut input), Ok(None)));
    assert_eq!(all - input.len(), 5 * 8);
    assert_eq!(machine.poll_transmit().unwrap().bytes.len(), 5 * 21);
    assert!(!machine.is_full());
    assert!(matches!(machine.poll_event(&mut input), Ok(None)));
    assert_eq!(all - input.len(), 10 * 8);
}

#[test]
fn a_search_in_an_unknown_charset_is_answered_with_the_known_ones() {
    let mut server = Alone::logged_in(tls(), true);
    for command in [
        "SEARCH CHARSET ISO-8859-5 ALL",
        "UID SEARCH RETURN (MIN) CHARSET \"koi8-r\" TEXT x",
        "SORT (REVERSE DATE) X-NONE ALL",
        "UID THREAD REFS X-NONE ALL",
    ] {
        let said = server.says(format!("a {command}\r\n"));
        assert_eq!(said, "a NO [BADCHARSET (US-ASCII UTF-8)] Unknown charset\r\n", "{command}");
    }
    let said = Alone::logged_in(tls(), false).says("a SEARCH CHARSET X-NONE ALL\r\n");
    assert!(said.starts_with("a BAD "), "{said}");
    for command in ["SEARCH CHARSET UTF-8", "SEARCH CHARSET X-NONE", "SORT () X-NONE ALL"] {
        let said = server.says(format!("a {command}\r\n"));
        assert_eq!(said, "a BAD Invalid arguments\r\n", "{command}");
    }
}

#[test]
fn the_server_knows_the_tag_and_whether_the_client_said_who_it_is() {
    let mut server = Alone::logged_in(tls(), true);
    assert_eq!(server.machine.tag(), None);
    assert!(!server.machine.is_identified());
    server.says("i ID NIL\r\n");
    assert!(server.machine.is_identified());
    server.keeps = true;
    server.says("x7 SEARCH ALL\r\n");
    assert_eq!(server.machine.tag(), Some(&b"x7"[..]));
    let responder = server.kept.take().unwrap();
    responder.ok(&mut server.machine, None, "done").unwrap();
    assert_eq!(server.machine.tag(), None);
}

#[test]
fn id_and_enable_are_served_only_if_announced() {
    let mut config = tls();
    config.capabilities_after_login = vec!["IMAP4rev1".into()];
    let mut server = Alone::new(config);
    assert_eq!(server.says("a1 ID NIL\r\n"), "* ID NIL\r\na1 OK ID completed\r\n");
    assert!(server.says("a2 LOGIN joe x\r\n").starts_with("a2 OK "));
    assert_eq!(server.says("a3 ID NIL\r\n"), "a3 BAD no ID here\r\n");
    assert_eq!(server.says("a4 ENABLE CONDSTORE\r\n"), "a4 BAD no ENABLE here\r\n");
    let mut config = tls();
    config.capabilities_after_login = vec!["IMAP4rev2".into()];
    let mut server = Alone::logged_in(config, false);
    let said = server.says("a5 ENABLE CONDSTORE\r\n");
    assert_eq!(said, "* ENABLED CONDSTORE\r\na5 OK ENABLE completed\r\n");
}

#[test]
fn a_server_can_be_one_with_known_faults() {
    let mut config = tls();
    config.capabilities = vec!["IMAP4rev1".into()];
    config.capabilities_after_login = vec!["IMAP4rev1".into(), "ENABLE".into(), "IDLE".into()];
    config.mechanisms.truncate(1);
    config.capabilities_stale = true;
    config.enabled_untold = true;
    config.bad_is_no = Some("error".into());
    let mut server = Alone::new(config);
    assert_eq!(server.says("a1 LOGIN joe x\r\n"), "a1 OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] in\r\n");
    let said = server.says("a2 CAPABILITY\r\n");
    assert_eq!(said, "* CAPABILITY IMAP4rev1 ENABLE IDLE\r\na2 OK CAPABILITY completed\r\n");
    assert_eq!(server.says("a3 ENABLE CONDSTORE\r\n"), "a3 OK ENABLE completed\r\n");
    assert!(server.machine.enabled().has("CONDSTORE"));
    assert_eq!(server.says("a4 NONSENSE\r\n"), "a4 NO error\r\n");
    assert_eq!(server.says("a5 APPEND ( {1+}\r\nx\r\n"), "a5 NO error\r\n");
}
