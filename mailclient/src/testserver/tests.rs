//! Whole sessions over pipes in memory, written as dialogues: `C:` is sent, `S:` has to come. An `S:` line that ends in `...` fixes
//! only what stands before it; `S: ...` alone skips lines until the next one fits.

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::*;

/// The client's end of a session.
struct Talk<S>(BufReader<S>);

impl Talk<tokio::io::DuplexStream> {
    fn new(server: &TestServer, protocol: Protocol, security: Option<Security>) -> Self {
        let (near, far) = tokio::io::duplex(64 * 1024);
        tokio::spawn(server.serve(protocol, security, far));
        Self(BufReader::new(near))
    }

    /// Logged in, with INBOX selected.
    async fn in_inbox(server: &TestServer) -> Self {
        let mut talk = Self::new(server, Protocol::Imap, None);
        talk.plays(
            r"S: * OK [CAPABILITY ...
              C: a LOGIN alice wonderland
              S: a OK [CAPABILITY ...
              C: b SELECT inbox
              S: ...
              S: b OK [READ-WRITE] ...",
        )
        .await;
        talk
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Talk<S> {
    async fn line(&mut self) -> String {
        let mut line = Vec::new();
        self.0.read_until(b'\n', &mut line).await.unwrap();
        let line = String::from_utf8_lossy(&line).into_owned();
        line.strip_suffix("\r\n")
            .unwrap_or_else(|| panic!("no line end: {line:?}"))
            .to_owned()
    }

    async fn say(&mut self, line: &str) {
        self.0
            .write_all(format!("{line}\r\n").as_bytes())
            .await
            .unwrap();
        self.0.flush().await.unwrap();
    }

    async fn plays(&mut self, script: &str) {
        let mut skipping = false;
        for step in script.lines().map(str::trim_start) {
            if let Some(line) = step.strip_prefix("C: ") {
                self.say(line).await;
            } else if step == "S: ..." {
                skipping = true;
            } else if let Some(wanted) = step.strip_prefix("S: ") {
                let fits = |line: &str| match wanted.strip_suffix("...") {
                    Some(start) => line.starts_with(start),
                    None => line == wanted,
                };
                let mut line = self.line().await;
                while skipping && !fits(&line) {
                    line = self.line().await;
                }
                assert!(fits(&line), "wanted {wanted:?}, got {line:?}");
                skipping = false;
            } else {
                panic!("not a step: {step:?}");
            }
        }
    }

    async fn octets(&mut self, count: usize) -> Vec<u8> {
        let mut octets = vec![0; count];
        self.0.read_exact(&mut octets).await.unwrap();
        octets
    }

    async fn is_over(mut self) -> bool {
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).await.unwrap();
        rest.is_empty()
    }
}

async fn small() -> TestServer {
    let message =
        |number: usize| format!("Subject: number {number}\r\nX-Other: x\r\n\r\nbody {number}\r\n");
    let mut builder = TestServer::builder().without_messages();
    for number in 1..=4 {
        builder = builder.message("alice", "INBOX", message(number));
    }
    builder.start().await.unwrap()
}

#[tokio::test]
async fn imap_login_and_folders() {
    let server = small().await;
    let mut talk = Talk::new(&server, Protocol::Imap, None);
    talk.plays(
        r#"S: * OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR ID ENABLE AUTH=PLAIN AUTH=LOGIN AUTH=XOAUTH2 AUTH=OAUTHBEARER] mail here
           C: a LOGIN alice wrong
           S: a NO [AUTHENTICATIONFAILED] ...
           C: b AUTHENTICATE PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=
           S: b OK [CAPABILITY IMAP4rev1 LITERAL+ ID ENABLE IDLE ...
           C: c LIST "" *
           S: * LIST (\HasNoChildren) "/" INBOX
           S: * LIST (\HasNoChildren \Archive) "/" Archive
           S: * LIST (\HasNoChildren \Drafts) "/" Drafts
           S: * LIST (\HasNoChildren \Junk) "/" Junk
           S: * LIST (\HasChildren) "/" Projects
           S: * LIST (\HasNoChildren) "/" Projects/2026
           S: * LIST (\HasChildren) "/" Projekte
           S: * LIST (\HasNoChildren) "/" Projekte/&ANw-bersicht
           S: * LIST (\HasNoChildren \Sent) "/" Sent
           S: * LIST (\HasNoChildren \Trash) "/" Trash
           S: c OK LIST completed
           C: d LIST "" ""
           S: * LIST (\Noselect) "/" ""
           S: d OK LIST completed
           C: e LIST "" % RETURN (STATUS (MESSAGES UNSEEN))
           S: * LIST (\HasNoChildren) "/" INBOX
           S: * STATUS INBOX (MESSAGES 4 UNSEEN 4)
           S: ...
           S: e OK ...
           C: f STATUS Trash (MESSAGES UIDNEXT UIDVALIDITY)
           S: * STATUS Trash (MESSAGES 0 UIDNEXT 1 UIDVALIDITY ...
           S: f OK ...
           C: g STATUS nowhere (MESSAGES)
           S: g NO [NONEXISTENT] ...
           C: h NAMESPACE
           S: * NAMESPACE (("" "/")) NIL NIL
           S: h OK ...
           C: i CREATE "&ANY-l/Neu"
           S: i OK ...
           C: j CREATE INBOX
           S: j NO [ALREADYEXISTS] ...
           C: k RENAME "&ANY-l/Neu" Alt
           S: k OK ...
           C: l LIST "" Alt
           S: * LIST (\HasNoChildren) "/" Alt
           S: l OK ...
           C: m DELETE Projects
           S: m OK ...
           C: n SELECT Projects
           S: n NO [NONEXISTENT] ...
           C: o LOGOUT
           S: * BYE ...
           S: o OK ..."#,
    )
    .await;
    assert!(talk.is_over().await);
}

#[tokio::test]
async fn imap_fetch_in_all_forms() {
    let server = small().await;
    let mut talk = Talk::in_inbox(&server).await;
    talk.plays(
        r#"C: a FETCH 1:2 (FLAGS RFC822.SIZE INTERNALDATE)
           S: * 1 FETCH (FLAGS () RFC822.SIZE 41 INTERNALDATE " 2-Mar-2026 08:00:00 +0000")
           S: * 2 FETCH (FLAGS () RFC822.SIZE 41 INTERNALDATE " 2-Mar-2026 08:00:00 +0000")
           S: a OK ...
           C: b UID FETCH 3 (BODY.PEEK[HEADER.FIELDS (subject)] ENVELOPE)
           S: * 3 FETCH (UID 3 BODY[HEADER.FIELDS (subject)] {21}
           S: Subject: number 3
           S: 
           S:  ENVELOPE (NIL "number 3" NIL NIL NIL NIL NIL NIL NIL NIL))
           S: b OK ...
           C: c FETCH 4 (BODY.PEEK[TEXT]<2.3> BODY.PEEK[1] BODY.PEEK[2] BODYSTRUCTURE)
           S: * 4 FETCH (BODY[TEXT]<2> {3}
           S: dy  BODY[1] {8}
           S: body 4
           S:  BODY[2] NIL BODYSTRUCTURE ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 8 1 NIL NIL NIL NIL))
           S: c OK ...
           C: d FETCH 1 BODY[TEXT]
           S: * 1 FETCH (BODY[TEXT] {8}
           S: body 1
           S:  FLAGS (\Seen))
           S: d OK ...
           C: e UID FETCH 1:* FLAGS
           S: * 1 FETCH (UID 1 FLAGS (\Seen))
           S: * 2 FETCH (UID 2 FLAGS ())
           S: * 3 FETCH (UID 3 FLAGS ())
           S: * 4 FETCH (UID 4 FLAGS ())
           S: e OK ...
           C: f UID FETCH 9 FLAGS
           S: f OK ...
           C: g FETCH 1 BINARY[1]
           S: g BAD ...
           C: h EXAMINE INBOX
           S: ...
           S: * OK [PERMANENTFLAGS ()] ...
           S: ...
           S: h OK [READ-ONLY] ...
           C: i FETCH 2 BODY[TEXT]
           S: * 2 FETCH (BODY[TEXT] {8}
           S: body 2
           S: )
           S: i OK ...
           C: j STORE 2 +FLAGS (\Seen)
           S: j NO ..."#,
    )
    .await;
}

#[tokio::test]
async fn imap_search_store_copy_move_expunge() {
    let server = small().await;
    let mut talk = Talk::in_inbox(&server).await;
    talk.plays(
        r#"C: a UID SEARCH OR SUBJECT "number 2" BODY "body 4"
           S: * SEARCH 2 4
           S: a OK ...
           C: b STORE 2,4 +FLAGS (\Flagged $Mine)
           S: * 2 FETCH (FLAGS (\Flagged $Mine))
           S: * 4 FETCH (FLAGS (\Flagged $Mine))
           S: b OK ...
           C: c UID STORE 4 -FLAGS.SILENT ($Mine)
           S: c OK ...
           C: d SEARCH FLAGGED UNKEYWORD $Mine
           S: * SEARCH 4
           S: d OK ...
           C: e SEARCH SEEN
           S: * SEARCH
           S: e OK ...
           C: f UID COPY 2:4 Archive
           S: f OK [COPYUID 1772438401 2:4 1:3] ...
           C: g UID MOVE 3 Trash
           S: * OK [COPYUID 1772438405 3 1] ...
           S: * 3 EXPUNGE
           S: g OK ...
           C: h UID COPY 1 nowhere
           S: h NO [TRYCREATE] ...
           C: i STORE 1:2 FLAGS.SILENT (\Deleted)
           S: i OK ...
           C: j UID EXPUNGE 2:3
           S: * 2 EXPUNGE
           S: j OK ...
           C: k EXPUNGE
           S: * 1 EXPUNGE
           S: k OK ...
           C: l UID SEARCH ALL
           S: * SEARCH 4
           S: l OK ...
           C: m STORE 1 +FLAGS (\Deleted)
           S: * 1 FETCH (FLAGS (\Flagged \Deleted))
           S: m OK ...
           C: n CLOSE
           S: n OK ...
           C: o STATUS INBOX (MESSAGES UIDNEXT)
           S: * STATUS INBOX (MESSAGES 0 UIDNEXT 5)
           S: o OK ...
           C: p FETCH 1 FLAGS
           S: p BAD ..."#,
    )
    .await;
}

#[tokio::test]
async fn imap_append_both_ways() {
    let server = small().await;
    let mut talk = Talk::in_inbox(&server).await;
    talk.plays(
        r#"C: a APPEND nowhere {3}
           S: a NO [TRYCREATE] ...
           C: b APPEND Drafts (\Draft $Mine) " 1-Jan-2026 00:00:00 +0100" {14}
           S: + ...
           C: Subject: new
           C: 
           S: b OK [APPENDUID 1772438402 1] ...
           C: d APPEND INBOX {3+}
           C: x.y
           S: * 5 EXISTS
           S: d OK [APPENDUID 1772438400 5] ...
           C: e FETCH 5 (UID BODY.PEEK[])
           S: * 5 FETCH (UID 5 BODY[] {3}
           S: x.y)
           S: e OK ...
           C: f SELECT Drafts
           S: ...
           S: f OK ...
           C: g FETCH 1 (FLAGS INTERNALDATE BODY.PEEK[])
           S: * 1 FETCH (FLAGS (\Draft $Mine) INTERNALDATE "31-Dec-2025 23:00:00 +0000" BODY[] {14}
           S: Subject: new
           S: )
           S: g OK ..."#,
    )
    .await;
}

#[tokio::test]
async fn imap_sessions_hear_of_each_other() {
    let server = small().await;
    let mut one = Talk::in_inbox(&server).await;
    let mut two = Talk::in_inbox(&server).await;
    two.plays(
        r"C: a IDLE
          S: + ...",
    )
    .await;
    one.plays(
        r"C: a STORE 3 +FLAGS (\Deleted)
          S: ...
          S: a OK ...",
    )
    .await;
    two.plays(r"S: * 3 FETCH (UID 3 FLAGS (\Deleted))").await;
    one.plays(
        r"C: b EXPUNGE
          S: * 3 EXPUNGE
          S: b OK ...
          C: c APPEND INBOX {1+}
          C: x
          S: * 4 EXISTS
          S: c OK ...",
    )
    .await;
    two.plays(
        r"S: * 3 EXPUNGE
          S: * 4 EXISTS
          C: DONE
          S: a OK ...",
    )
    .await;
    one.plays(
        r"C: d STORE 1 +FLAGS.SILENT (\Deleted)
          S: d OK ...
          C: e EXPUNGE
          S: * 1 EXPUNGE
          S: e OK ...",
    )
    .await;
    // A number still means what it meant; the news wait for a command that allows them.
    two.plays(
        r"C: b FETCH 2 (UID)
          S: * 2 FETCH (UID 2)
          S: b OK ...
          C: c NOOP
          S: * 1 EXPUNGE
          S: c OK ...
          C: d FETCH 2 (UID)
          S: * 2 FETCH (UID 4)
          S: d OK ...",
    )
    .await;
}

#[tokio::test]
async fn imap_tokens() {
    let server = small().await;
    let mut talk = Talk::new(&server, Protocol::Imap, None);
    // user=alice, auth=Bearer stale; then the same with token-of-alice
    talk.plays(
        r"S: * OK ...
          C: a AUTHENTICATE XOAUTH2 dXNlcj1hbGljZQFhdXRoPUJlYXJlciBzdGFsZQEB
          S: + eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIiwic2NvcGUiOiJtYWlsIn0=
          C: 
          S: a NO [AUTHENTICATIONFAILED] ...
          C: b AUTHENTICATE XOAUTH2
          S: + 
          C: dXNlcj1hbGljZQFhdXRoPUJlYXJlciB0b2tlbi1vZi1hbGljZQEB
          S: b OK ...",
    )
    .await;
}

#[tokio::test]
async fn hidden_capabilities_are_neither_announced_nor_there() {
    let builder = TestServer::builder()
        .hide_capability("move")
        .hide_capability("UIDPLUS");
    let server = builder
        .hide_capability("AUTH=XOAUTH2")
        .hide_capability("TOP")
        .start()
        .await
        .unwrap();
    let mut talk = Talk::new(&server, Protocol::Imap, None);
    assert!(!talk.line().await.contains("XOAUTH2"));
    talk.say("a LOGIN alice wonderland").await;
    let line = talk.line().await;
    assert!(
        line.contains("IDLE") && !line.contains("MOVE") && !line.contains("UIDPLUS"),
        "{line}"
    );
    talk.plays(
        r"C: b SELECT INBOX
          S: ...
          S: b OK ...
          C: c UID MOVE 1 Trash
          S: c BAD ...
          C: d UID COPY 1 Trash
          S: d OK COPY completed
          C: e UID EXPUNGE 1
          S: e BAD ...",
    )
    .await;
    let mut talk = Talk::new(&server, Protocol::Pop3, None);
    talk.plays(
        r"S: +OK ...
          C: USER alice
          S: +OK...
          C: PASS wonderland
          S: +OK...
          C: TOP 1 0
          S: -ERR...",
    )
    .await;
}

#[tokio::test]
async fn pop3_from_greeting_to_quit() {
    let message = "Subject: dots\r\n\r\n.\r\n..\r\n.x\r\nlast";
    let server = TestServer::builder()
        .without_messages()
        .message("alice", "INBOX", message)
        .message("alice", "INBOX", "Subject: second\r\n\r\n1\r\n2\r\n3\r\n")
        .start()
        .await
        .unwrap();
    let mut talk = Talk::new(&server, Protocol::Pop3, None);
    talk.plays(
        r"S: +OK...
          C: USER alice
          S: +OK...
          C: PASS wrong
          S: -ERR [AUTH] ...
          C: USER alice
          S: +OK...
          C: PASS wonderland
          S: +OK...
          C: STAT
          S: +OK 2 62
          C: LIST
          S: +OK...
          S: 1 34
          S: 2 28
          S: .
          C: UIDL 2
          S: +OK 2 69a5438000000002
          C: RETR 1
          S: +OK...
          S: Subject: dots
          S: 
          S: ..
          S: ...
          S: ..x
          S: last
          S: .
          C: TOP 2 1
          S: +OK...
          S: Subject: second
          S: 
          S: 1
          S: .
          C: DELE 1
          S: +OK...",
    )
    .await;
    let mut other = Talk::new(&server, Protocol::Pop3, None);
    other
        .plays(
            r"S: +OK...
              C: USER alice
              S: +OK...
              C: PASS wonderland
              S: -ERR [IN-USE] ...",
        )
        .await;
    talk.plays(
        r"C: QUIT
          S: +OK...",
    )
    .await;
    assert!(talk.is_over().await);
    other
        .plays(
            r"C: USER alice
              S: +OK...
              C: PASS wonderland
              S: +OK...
              C: UIDL
              S: +OK...
              S: 1 69a5438000000002
              S: .
              C: DELE 1
              S: +OK...",
        )
        .await;
    // Without QUIT nothing is removed.
    drop(other);
    let mut talk = Talk::in_inbox(&server).await;
    talk.plays(
        r"C: a UID SEARCH ALL
          S: * SEARCH 2
          S: a OK ...",
    )
    .await;
}

#[tokio::test]
async fn pop3_tokens() {
    let server = small().await;
    let mut talk = Talk::new(&server, Protocol::Pop3, None);
    talk.plays(
        r"S: +OK...
          C: AUTH XOAUTH2
          S: + 
          C: dXNlcj1hbGljZQFhdXRoPUJlYXJlciBzdGFsZQEB
          S: + eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIiwic2NvcGUiOiJtYWlsIn0=
          C: 
          S: -ERR [AUTH] ...
          C: AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=
          S: +OK...
          C: STAT
          S: +OK 4 164",
    )
    .await;
}

#[tokio::test]
async fn starttls_over_a_socket() {
    let server = small().await;
    let connector = TlsConnector::from(server.client_config());
    for (protocol, first, command, begin, greeting) in [
        (
            Protocol::Imap,
            "* OK [CAPABILITY ",
            "a STARTTLS",
            "a OK ",
            "b OK",
        ),
        (Protocol::Pop3, "+OK", "STLS", "+OK", "+OK"),
    ] {
        let stream = TcpStream::connect(server.address(protocol, Security::StartTls))
            .await
            .unwrap();
        let mut talk = Talk(BufReader::new(stream));
        let line = talk.line().await;
        assert!(line.starts_with(first), "{line}");
        if protocol == Protocol::Imap {
            assert!(
                line.contains("STARTTLS LOGINDISABLED") && !line.contains("AUTH="),
                "{line}"
            );
        }
        talk.say(command).await;
        let line = talk.line().await;
        assert!(line.starts_with(begin), "{line}");
        let stream = connector
            .connect("localhost".try_into().unwrap(), talk.0.into_inner())
            .await
            .unwrap();
        let mut talk = Talk(BufReader::new(stream));
        match protocol {
            Protocol::Imap => talk.say("b LOGIN alice wonderland").await,
            Protocol::Pop3 => talk.say("AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ=").await,
        }
        let line = talk.line().await;
        assert!(line.starts_with(greeting), "{line}");
    }
}

#[tokio::test]
async fn credentials_in_clear_are_refused() {
    let server = small().await;
    let mut talk = Talk::new(&server, Protocol::Imap, Some(Security::StartTls));
    talk.plays(
        r"S: * OK ...
          C: a LOGIN alice wonderland
          S: a NO ...",
    )
    .await;
    let mut talk = Talk::new(&server, Protocol::Pop3, Some(Security::StartTls));
    talk.plays(
        r"S: +OK...
          C: USER alice
          S: -ERR...",
    )
    .await;
}

#[tokio::test]
async fn a_certificate_for_another_host() {
    let server = TestServer::builder()
        .certificate_for(["mail.example.org"])
        .start()
        .await
        .unwrap();
    let connector = TlsConnector::from(server.client_config());
    for (name, fits) in [("mail.example.org", true), ("localhost", false)] {
        let stream = TcpStream::connect(server.address(Protocol::Imap, Security::ImplicitTls))
            .await
            .unwrap();
        assert_eq!(
            connector
                .connect(name.try_into().unwrap(), stream)
                .await
                .is_ok(),
            fits,
            "{name}"
        );
    }
    assert!(server.root_certificate_pem().contains("BEGIN CERTIFICATE"));
}

#[tokio::test]
async fn faults() {
    for protocol in [Protocol::Imap, Protocol::Pop3] {
        let with = |fault| TestServer::builder().fault(fault).start();
        let server = with(Fault::CloseBeforeGreeting).await.unwrap();
        assert!(Talk::new(&server, protocol, None).is_over().await);

        let server = with(Fault::CloseAfterGreeting).await.unwrap();
        let mut talk = Talk::new(&server, protocol, None);
        assert!(talk.line().await.contains("OK"));
        assert!(talk.is_over().await);

        let server = with(Fault::NoGreeting).await.unwrap();
        let mut talk = Talk::new(&server, protocol, None);
        talk.say("hello?").await;
        talk.0.get_mut().shutdown().await.unwrap();
        assert!(talk.is_over().await);
    }
}

#[tokio::test]
async fn a_dropped_server_ends_its_sessions() {
    let server = small().await;
    let stream = TcpStream::connect(server.address(Protocol::Pop3, Security::StartTls))
        .await
        .unwrap();
    let mut talk = Talk(BufReader::new(stream));
    talk.line().await;
    drop(server);
    assert!(talk.is_over().await);
}

#[tokio::test]
async fn a_message_of_sixteen_mebibytes_comes_through_unchanged() {
    let message: Vec<u8> = (0_u32..16 << 18)
        .flat_map(|number| format!("{number:02x}\r\n").into_bytes()[..4].to_vec())
        .collect();
    let message = bytes::Bytes::from(message);
    let server = TestServer::builder()
        .without_messages()
        .message("alice", "INBOX", message.clone())
        .start()
        .await
        .unwrap();
    let mut talk = Talk::in_inbox(&server).await;
    talk.plays(&format!(
        r"C: a FETCH 1 BODY.PEEK[]
          S: * 1 FETCH (BODY[] {{{}}}",
        message.len()
    ))
    .await;
    assert!(talk.octets(message.len()).await == message);
    talk.plays(
        r"S: )
          S: a OK ...",
    )
    .await;
}

#[tokio::test]
async fn what_the_builder_cannot_do_it_says() {
    let error = TestServer::builder()
        .message("nobody", "INBOX", "x")
        .start()
        .await
        .unwrap_err();
    assert!(error.to_string().contains("nobody"), "{error}");
    let error = TestServer::builder()
        .message("alice", "nowhere", "x")
        .start()
        .await
        .unwrap_err();
    assert!(error.to_string().contains("nowhere"), "{error}");
    assert!(
        TestServer::builder()
            .messages_from("alice", "/no such folder")
            .start()
            .await
            .is_err()
    );
    let server = TestServer::builder()
        .user("carol@example.com", "pw", "tk")
        .start()
        .await
        .unwrap();
    assert_eq!(
        (
            server.password("carol@example.com"),
            server.token("carol@example.com")
        ),
        ("pw", "tk")
    );
    assert_eq!(server.password("alice"), "");
    let account = server.account(Protocol::Pop3, Security::StartTls, "carol@example.com");
    assert_eq!(
        (account.port, account.host.as_str()),
        (server.port(Protocol::Pop3, Security::StartTls), "localhost")
    );
    let shown = format!("{server:?}");
    assert!(!shown.contains("pw"), "{shown}");
}
