//! Whole sessions over pipes in memory, written as dialogues: `C:` is sent, `S:` is expected. An
//! `S:` line that ends in `...` fixes only the text before it; `S: ...` alone skips lines until the
//! next one matches.

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

use super::*;

mod between;
mod compress;
mod extensions;
mod faults;
mod imap;
mod interop;
mod limits;
mod look;
mod personas;
mod pop3;
mod table;

/// The client's end of a session.
struct Talk<S>(BufReader<S>);

impl Talk<tokio::io::DuplexStream> {
    fn new(server: &TestServer, scheme: Scheme) -> Self {
        let (near, far) = tokio::io::duplex(64 * 1024);
        tokio::spawn(server.serve(scheme, far));
        Self(BufReader::new(near))
    }

    /// Logged in, with INBOX selected for the second time, so that no message is recent.
    async fn in_inbox(server: &TestServer) -> Self {
        let mut talk = Self::new(server, Scheme::Imap);
        talk.plays(
            r"S: * OK [CAPABILITY ...
              C: a LOGIN alice wonderland
              S: a OK [CAPABILITY ...
              C: b SELECT inbox
              S: ...
              S: b OK [READ-WRITE] ...
              C: c SELECT inbox
              S: ...
              S: c OK [READ-WRITE] ...",
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
        line.strip_suffix("\r\n").unwrap_or_else(|| panic!("no line end: {line:?}")).to_owned()
    }

    async fn say(&mut self, line: &str) {
        self.0.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
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

    async fn ends(mut self) -> bool {
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
async fn hidden_capabilities_are_neither_announced_nor_there() {
    let builder = TestServer::builder().hide_capability("move").hide_capability("UIDPLUS");
    let server =
        builder.hide_capability("AUTH=XOAUTH2").hide_capability("TOP").start().await.unwrap();
    let mut talk = Talk::new(&server, Scheme::Imap);
    assert!(!talk.line().await.contains("XOAUTH2"));
    talk.say("a LOGIN alice wonderland").await;
    let line = talk.line().await;
    assert!(line.contains("IDLE") && !line.contains("MOVE") && !line.contains("UIDPLUS"), "{line}");
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
    let mut talk = Talk::new(&server, Scheme::Pop3);
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
async fn starttls_over_a_socket() {
    let server = small().await;
    let connector = TlsConnector::from(server.client_config());
    for (scheme, first, command, begin, greeting) in [
        (Scheme::ImapStartTls, "* OK [CAPABILITY ", "a STARTTLS", "a OK ", "b OK"),
        (Scheme::Pop3Stls, "+OK", "STLS", "+OK", "+OK"),
    ] {
        let stream = TcpStream::connect(server.address(scheme)).await.unwrap();
        let mut talk = Talk(BufReader::new(stream));
        let line = talk.line().await;
        assert!(line.starts_with(first), "{line}");
        if scheme.is_imap() {
            assert!(line.contains("STARTTLS LOGINDISABLED") && !line.contains("AUTH="), "{line}");
        }
        talk.say(command).await;
        let line = talk.line().await;
        assert!(line.starts_with(begin), "{line}");
        let stream =
            connector.connect("localhost".try_into().unwrap(), talk.0.into_inner()).await.unwrap();
        let mut talk = Talk(BufReader::new(stream));
        let login = if scheme.is_imap() {
            "b LOGIN alice wonderland"
        } else {
            "AUTH PLAIN AGFsaWNlAHdvbmRlcmxhbmQ="
        };
        talk.say(login).await;
        let line = talk.line().await;
        assert!(line.starts_with(greeting), "{line}");
    }
}

#[tokio::test]
async fn credentials_in_clear_are_refused() {
    let server = small().await;
    let mut talk = Talk::new(&server, Scheme::ImapStartTls);
    talk.plays(
        r"S: * OK ...
          C: a LOGIN alice wonderland
          S: a NO ...",
    )
    .await;
    let mut talk = Talk::new(&server, Scheme::Pop3Stls);
    talk.plays(
        r"S: +OK...
          C: USER alice
          S: -ERR...",
    )
    .await;
}

#[tokio::test]
async fn a_certificate_for_another_host() {
    let server = TestServer::builder().certificate_for(["mail.example.org"]).start().await.unwrap();
    let connector = TlsConnector::from(server.client_config());
    for (name, fits) in [("mail.example.org", true), ("localhost", false)] {
        let stream = TcpStream::connect(server.address(Scheme::Imaps)).await.unwrap();
        assert_eq!(
            connector.connect(name.try_into().unwrap(), stream).await.is_ok(),
            fits,
            "{name}"
        );
    }
    assert!(server.root_pem().contains("BEGIN CERTIFICATE"));
}

#[tokio::test]
async fn the_certificate_of_another_server() {
    let first = TestServer::builder().without_ports().start().await.unwrap();
    assert!(Scheme::TLS.iter().all(|scheme| first.port(*scheme) == 0), "{first:?}");
    let connector = TlsConnector::from(first.client_config());
    for (builder, trusted) in
        [(TestServer::builder().certificate_of(&first), true), (TestServer::builder(), false)]
    {
        let server = builder.start().await.unwrap();
        let stream = TcpStream::connect(server.address(Scheme::Imaps)).await.unwrap();
        let connected = connector.connect("localhost".try_into().unwrap(), stream).await;
        assert_eq!((connected.is_ok(), server.root_pem() == first.root_pem()), (trusted, trusted));
    }
}

#[tokio::test]
async fn faults() {
    for scheme in [Scheme::Imap, Scheme::Pop3] {
        let with = |fault| TestServer::builder().fault(fault).start();
        let server = with(Fault::CloseBeforeGreeting).await.unwrap();
        assert!(Talk::new(&server, scheme).ends().await);

        let server = with(Fault::CloseAfterGreeting).await.unwrap();
        let mut talk = Talk::new(&server, scheme);
        assert!(talk.line().await.contains("OK"));
        assert!(talk.ends().await);

        let server = with(Fault::NoGreeting).await.unwrap();
        let mut talk = Talk::new(&server, scheme);
        talk.say("hello?").await;
        talk.0.get_mut().shutdown().await.unwrap();
        assert!(talk.ends().await);
    }
}

#[tokio::test]
async fn a_dropped_server_ends_its_sessions() {
    let server = small().await;
    let stream = TcpStream::connect(server.address(Scheme::Pop3Stls)).await.unwrap();
    let mut talk = Talk(BufReader::new(stream));
    talk.line().await;
    drop(server);
    assert!(talk.ends().await);
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
    let error = TestServer::builder().message("nobody", "INBOX", "x").start().await.unwrap_err();
    assert!(error.to_string().contains("nobody"), "{error}");
    let error = TestServer::builder().message("alice", "nowhere", "x").start().await.unwrap_err();
    assert!(error.to_string().contains("nowhere"), "{error}");
    assert!(TestServer::builder().messages_from("alice", "/no such folder").start().await.is_err());
    let server = TestServer::builder().user("carol@example.com", "pw", "tk").start().await.unwrap();
    assert_eq!(
        (server.password("carol@example.com"), server.token("carol@example.com")),
        ("pw", "tk")
    );
    assert_eq!(server.password("alice"), "");
    assert_eq!(
        server.url(Scheme::Pop3Stls, "carol@example.com"),
        format!("pop3+stls://carol%40example.com@localhost:{}", server.port(Scheme::Pop3Stls))
    );
    assert_eq!(server.port(Scheme::Imap), 0);
    let shown = format!("{server:?}");
    assert!(!shown.contains("pw"), "{shown}");
}

#[tokio::test]
async fn a_port_can_be_chosen_and_be_in_clear() {
    let server = TestServer::builder()
        .port(Scheme::Imap, 0)
        .port(Scheme::Pop3, 0)
        .port(Scheme::Imaps, 0)
        .start()
        .await
        .unwrap();
    for (scheme, greeting) in [(Scheme::Imap, "* OK "), (Scheme::Pop3, "+OK ")] {
        assert!(server.url(scheme, "alice").ends_with(&format!(":{}", server.port(scheme))));
        let stream = TcpStream::connect(server.address(scheme)).await.unwrap();
        assert!(Talk(BufReader::new(stream)).line().await.starts_with(greeting));
    }
    assert!(Scheme::TLS.iter().all(|scheme| server.port(*scheme) != 0), "{server:?}");

    let taken = server.port(Scheme::Pop3s);
    let error = TestServer::builder().port(Scheme::Pop3, taken).start().await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    assert!(error.to_string().contains(&format!("pop3 on port {taken}")), "{error}");
}
