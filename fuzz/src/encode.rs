//! Commands with arguments of any kind: either refused, or exactly one command on the wire.

use bytes::BytesMut;
use imap_proto_lite::{
    Command,
    capability::LiteralMode,
    command::Tag,
    encode::{self, EncodeSession},
    mailbox_name::MailboxName,
};

/// Sends commands whose arguments are the input. An accepted command is one line without a line end
/// inside, and a server reads it. Names of mailboxes go back as they came.
pub fn command_encode(data: &[u8]) {
    let Some((&which, rest)) = data.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(rest);
    let (one, two) = text.split_once('\t').unwrap_or((&text, ""));
    pop3(which, one, two);
    imap(which, one, two);
    let mut raw = rest.split(|octet| *octet == b'\t');
    names(raw.next().unwrap_or_default(), raw.next().unwrap_or_default());
}

/// Two names of a server: their texts differ if they differ, and each text is the name again.
fn names(one: &[u8], two: &[u8]) {
    let (Ok(one), Ok(two)) = (MailboxName::from_wire(one), MailboxName::from_wire(two)) else {
        return;
    };
    let Ok(tag) = Tag::new("a") else { return };
    for utf8 in [false, true] {
        let session = EncodeSession::new(LiteralMode::Plus, utf8);
        let sent = |name: &MailboxName<'_>| {
            let command = Command::Delete { mailbox: name.clone() };
            encode::command(&tag, &command, &session).map(|sent| sent.to_vec())
        };
        let texts = [&one, &two].map(|name| {
            let text = name.decoded(utf8);
            let again = MailboxName::new(&*text).unwrap_or_else(|_| panic!("no name: {text:?}"));
            assert_eq!(sent(&again), sent(name), "{text:?}");
            text
        });
        assert_eq!(texts[0] == texts[1], one.raw() == two.raw(), "{texts:?}");
    }
}

fn pop3(which: u8, one: &str, two: &str) {
    use pop3_proto::{Command, Config, ReplyShape, Transport, client::Connection};
    let mut connection = Connection::new(Config::new(Transport::Tls));
    let mut input = BytesMut::from(&b"+OK ready\r\n"[..]);
    let _ = connection.poll_event(&mut input);
    let command = match which % 5 {
        0 => Command::User(one),
        1 => Command::Auth { mechanism: one, initial_response: Some(two.as_bytes()) },
        2 => Command::Lang(Some(one)),
        3 => Command::Raw { line: one, reply: ReplyShape::Single },
        _ => {
            if connection.send(&Command::User("a")).is_ok() {
                while connection.poll_transmit().is_some() {}
                input.extend_from_slice(b"+OK\r\n");
                while let Ok(Some(_)) = connection.poll_event(&mut input) {}
            }
            Command::Pass(one)
        }
    };
    let accepted = connection.send(&command).is_ok();
    let mut sent = Vec::new();
    while let Some(transmit) = connection.poll_transmit() {
        sent.extend_from_slice(&transmit.bytes);
    }
    assert_eq!(accepted, !sent.is_empty(), "{command:?}");
    if accepted {
        let line = sent
            .strip_suffix(b"\r\n")
            .unwrap_or_else(|| panic!("no line end: {}", sent.escape_ascii()));
        assert!(
            !line.iter().any(|octet| matches!(octet, b'\r' | b'\n' | 0)),
            "{}",
            sent.escape_ascii()
        );
    }
}

fn imap(which: u8, one: &str, two: &str) {
    use imap_proto_lite::{
        AString, Atom, Command, Config, SendError, Transport,
        client::Connection,
        command::SelectParameters,
        search::{SearchKey, SearchQuery},
    };
    let greeting: &[u8] = match which % 5 {
        0 | 1 => b"* OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN] x\r\n",
        _ => b"* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] x\r\n",
    };
    let mut connection = Connection::new(Config::new(Transport::Tls));
    let mut input = BytesMut::from(greeting);
    let _ = connection.poll_event(&mut input);
    let (Ok(mailbox), Ok(argument), Ok(other)) =
        (MailboxName::new(one), AString::new(one), AString::new(two))
    else {
        return;
    };
    let command = match which % 5 {
        0 => Command::Login { user: argument, password: other.into() },
        1 => Command::Authenticate {
            mechanism: Atom::PLAIN,
            initial_response: Some(one.as_bytes().into()),
        },
        2 => Command::Select { mailbox, parameters: SelectParameters::None },
        3 => Command::Rename {
            from: mailbox,
            to: MailboxName::new(two).unwrap_or(MailboxName::INBOX),
        },
        _ => Command::Search {
            uid: true,
            returns: None,
            query: SearchQuery::from(SearchKey::Text(argument)),
        },
    };
    if which % 5 == 4 {
        select(&mut connection, &mut input);
    }
    // Everything that the types hold can be sent; only a too long command is refused.
    let result = connection.send(&command);
    assert!(matches!(result, Ok(_) | Err(SendError::TooLong { .. })), "{result:?} {command:?}");
    let accepted = result.is_ok();
    let mut sent = Vec::new();
    while let Some(transmit) = connection.poll_transmit() {
        sent.extend_from_slice(&transmit.bytes);
    }
    assert_eq!(accepted, !sent.is_empty(), "{command:?}");
    if accepted {
        assert_eq!(commands_in(&sent, which % 5 < 2), 1, "{}", sent.escape_ascii());
    }
}

/// SEARCH is for the Selected state.
fn select(connection: &mut imap_proto_lite::client::Connection, input: &mut BytesMut) {
    use imap_proto_lite::{Command, command::SelectParameters};
    let select =
        Command::Select { mailbox: MailboxName::INBOX, parameters: SelectParameters::None };
    let id = connection.send(&select);
    while connection.poll_transmit().is_some() {}
    let tag = id.ok().and_then(|id| connection.tag(id)).unwrap_or_default();
    input.extend_from_slice(format!("{tag} OK done\r\n").as_bytes());
    assert!(matches!(connection.poll_event(input), Ok(Some(_))));
}

/// The number of commands that a server reads in these bytes.
fn commands_in(sent: &[u8], login: bool) -> usize {
    use imap_proto_lite::{
        Transport,
        server::{Config, Connection, Event},
    };
    let mut config = Config::new(Transport::Tls);
    config.mechanisms = vec!["PLAIN".into()];
    let mut server = Connection::new(config);
    let greeted = if login { server.greet("x") } else { server.greet_authenticated("x") };
    assert!(greeted.is_ok());
    while server.poll_transmit().is_some() {}
    let mut input = BytesMut::from(sent);
    let mut commands = 0;
    while let Ok(Some(event)) = server.poll_event(&mut input) {
        commands += 1;
        let answered = match event {
            Event::Login { responder, .. } => responder.refuse(&mut server, None, "no"),
            Event::Authenticate { responder, .. } => responder.refuse(&mut server, None, "no"),
            Event::Select { responder, .. } => responder.refuse(&mut server, None, "no"),
            Event::Command { responder, .. } => responder.no(&mut server, None, "no"),
            _ => Ok(()),
        };
        assert!(answered.is_ok());
        while server.poll_transmit().is_some() {}
    }
    // The server answers some commands itself (a search without a selected mailbox): count its
    // bytes.
    assert!(input.is_empty(), "octets behind the command: {}", input.escape_ascii());
    commands.max(1)
}
