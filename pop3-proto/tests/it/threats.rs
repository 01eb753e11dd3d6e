//! Threats to a client, each by its number. T1 and T3 are in `injection`, T2 and T12 in `server`, T7 in `bounds`, T13 in `misuse`, T8 in the transcripts.

use std::collections::BTreeSet;

use bytes::Bytes;
use pop3_proto::{Command, Config, ReplyShape, SendError, Transport, UniqueId, client::State};

use crate::support::client::Client;

/// T4: with the default configuration nothing that a server says or leaves out brings a credential out in clear text.
#[test]
fn t4_no_downgrade_leads_to_credentials_in_clear_text() {
    let credentials = [
        Command::User("u"),
        Command::Auth { mechanism: "PLAIN", initial_response: Some(b"\0u\0p") },
        Command::Auth { mechanism: "ANONYMOUS", initial_response: None },
        Command::Apop { name: "u", secret: "p" },
    ];
    for capa in
        ["-ERR\r\n", "+OK\r\n.\r\n", "+OK\r\nUSER\r\nSASL PLAIN\r\n.\r\n", "+OK\r\nSTLS\r\n.\r\n"]
    {
        let mut client = Client::new(Config::new(Transport::Clear), "+OK <1.2@example.org>\r\n");
        client.exchange(&Command::Capa, capa);
        if client.machine.send(&Command::Stls).is_ok() {
            client.transmit();
            client.hear("-ERR not now\r\n");
        }
        let before = client.sent.len();
        for command in &credentials {
            assert_eq!(client.machine.send(command), Err(SendError::ClearText), "{capa}");
        }
        client.transmit();
        assert_eq!(client.sent.len(), before);
    }
}

/// T6: APOP only as a msg-id allows it; its digest is a credential.
#[test]
fn t6_apop_needs_a_msg_id() {
    let apop = Command::Apop { name: "mrose", secret: "tanstaaf" };
    for greeting in [
        "+OK\r\n",
        "+OK <>\r\n",
        "+OK <a>\r\n",
        "+OK <a@>\r\n",
        "+OK <a@b\r\n",
        "+OK <a b@c>\r\n",
        "+OK <\x01@c>\r\n",
    ] {
        let client = &mut Client::new(Config::new(Transport::Tls), greeting);
        assert_eq!(
            client.machine.send(&apop),
            Err(SendError::MissingCapability("APOP")),
            "{greeting:?}"
        );
    }
    let mut client =
        Client::new(Config::new(Transport::Tls), "+OK <1896.697170952@dbc.mtview.ca.us>\r\n");
    client.exchange(&apop, "-ERR no\r\n");
    assert_eq!(
        client.sent,
        [(Bytes::from_static(b"APOP mrose c4c9334bac560ecc979e58001b3e22fb\r\n"), true)]
    );
}

/// T9: a unique-id is no file name, and has one.
#[test]
fn t9_a_unique_id_as_a_file_name() {
    let dangerous =
        ["../../etc/passwd", "/etc/passwd", "..", "C:\\x", "a\x01b", "CON", "\u{202e}x"];
    let mut names = BTreeSet::new();
    for text in dangerous {
        let id = UniqueId::new(text.as_bytes().to_vec()).unwrap();
        let name = id.to_hex();
        assert!(name.bytes().all(|octet| matches!(octet, b'0'..=b'9' | b'a'..=b'f')), "{name}");
        assert_eq!(name.len(), 2 * text.len());
        assert!(names.insert(name), "different for different ids: {text}");
        let shown = format!("{id} {id:?}");
        assert!(!shown.contains(['\x01', '\u{202e}']), "{shown:?}");
    }
}

/// T10: what is written and must not be logged is marked, and `Debug` does not show it.
#[test]
fn t10_what_holds_a_secret_says_so() {
    let mut client = Client::new(Config::new(Transport::Tls), "+OK <1.2@example.org>\r\n");
    client.exchange(&Command::Capa, "+OK\r\nUSER\r\nSASL PLAIN\r\n.\r\n");
    client.exchange(&Command::Apop { name: "u", secret: "p" }, "-ERR\r\n");
    for initial_response in [&b"short"[..], &[b'l'; 300]] {
        client
            .send(&Command::Auth { mechanism: "PLAIN", initial_response: Some(initial_response) });
        client.hear(if initial_response.len() > 200 { "+\r\n-ERR\r\n" } else { "-ERR\r\n" });
    }
    let id = client.send(&Command::Auth { mechanism: "X-TALK", initial_response: None });
    client.hear("+ dHdv\r\n");
    client.machine.answer(id, Bytes::from_static(b"secret")).unwrap();
    client.transmit();
    client.hear("-ERR\r\n");
    client.exchange(&Command::Raw { line: "XAUTH secret", reply: ReplyShape::Single }, "-ERR\r\n");
    client.exchange(&Command::User("u"), "+OK\r\n");
    client.exchange(&Command::Pass("secret"), "+OK\r\n");
    let marked: Vec<_> = client
        .sent
        .iter()
        .map(|(octets, sensitive)| {
            let begin = octets.split(|octet| matches!(octet, b' ' | b'\r')).next().unwrap();
            (String::from_utf8_lossy(begin).into_owned(), *sensitive)
        })
        .collect();
    let long = "bGxs".repeat(100);
    let expected = [
        ("CAPA", false),
        ("APOP", true),
        ("AUTH", true),
        ("AUTH", false),
        (&*long, true),
        ("AUTH", false),
        ("c2VjcmV0", true),
        ("XAUTH", true),
        ("USER", false),
        ("PASS", true),
    ]
    .map(|(begin, sensitive)| (begin.to_owned(), sensitive));
    assert_eq!(marked, expected);
}

/// T14: whoever keeps connections for later can compare what they run over, and a session stays whose it is.
#[test]
fn t14_a_connection_says_what_it_runs_over_and_cannot_change_hands() {
    let mut client = Client::new(Config::new(Transport::Clear), "+OK\r\n");
    assert_eq!(client.machine.transport(), Transport::Clear);
    client.exchange(&Command::Stls, "+OK\r\n");
    assert_eq!(client.machine.transport(), Transport::Clear, "not before the handshake");
    let fresh = client.machine.handle_tls_established(&client.input).unwrap();
    assert_eq!(fresh.transport(), Transport::Tls);

    let mut client = Client::logged_in();
    for command in [
        Command::User("somebody else"),
        Command::Pass("p"),
        Command::Auth { mechanism: "PLAIN", initial_response: Some(b"\0somebody else\0p") },
        Command::Stls,
    ] {
        let error = client.machine.send(&command).unwrap_err();
        assert!(
            matches!(error, SendError::NotAllowed { state: State::Transaction, .. }),
            "{command:?}: {error}"
        );
    }
}
