//! [`Session`]: a mailbox under test, the way to its server, and what the tests know of both.

use mail_harness::{
    fault::{FaultStream, Wire},
    operation::Failure,
    pipe::{Speed, pipe},
    transcript::client::ClientEnd,
};
use mail_testserver::{Scheme, TestServer};
use mailclient::{Account, Credentials, Error, FolderName, Mailbox, MessageId, Protocol};
use mailclient_contract::{Persona, personas};
use tokio::{io::duplex, sync::OnceCell};

use crate::support::{account, folder};

/// Bytes that a pipe holds: the server is never kept from speaking.
pub(crate) const LARGE_PIPE: usize = 64 * 1024;

/// Kinds of servers without MOVE and with UIDPLUS.
pub(crate) const MOVES_BY_COPY: [&str; 4] = ["courier", "icloud", "netease", "no-move"];

/// Kinds of servers without REPLACE and with UIDPLUS.
pub(crate) const REPLACES_BY_APPEND: [&str; 7] =
    ["dovecot", "exchange", "exchange-new", "gmail", "icloud", "netease", "courier"];

/// How a session reaches its server.
pub(crate) enum Way {
    /// A pipe that holds so many bytes, to the test server.
    Pipe(usize),
    /// A pipe with latency and a rate, to the test server.
    Slow(Speed),
    /// A stream to a server that plays a transcript.
    Stream(Option<ClientEnd>),
    /// TCP and TLS, as the account says.
    Dial,
}

/// A mailbox, or what will be one after the login, and its server.
pub(crate) struct Session {
    pub(crate) account: Account,
    pub(crate) credentials: Credentials,
    /// None if the server is a transcript.
    pub(crate) server: Option<TestServer>,
    pub(crate) way: Way,
    pub(crate) wire: Wire,
    pub(crate) mailbox: Option<Box<dyn Mailbox>>,
    /// The name of the folder Archive.
    pub(crate) archive: FolderName,
    /// The messages of INBOX.
    pub(crate) ids: Vec<MessageId>,
}

/// The kind of server that the matrices run on whole, and the other ones.
pub(crate) fn everything() -> Persona {
    personas().next().unwrap()
}

/// The server whose certificate those of all sessions show.
static FIRST: OnceCell<TestServer> = OnceCell::const_new();

/// A server of a kind, with one user and four messages, the same in every session.
pub(crate) async fn server(persona: Persona, way: &Way) -> TestServer {
    let first = async || TestServer::builder().without_ports().start().await.unwrap();
    let builder = TestServer::builder().certificate_of(FIRST.get_or_init(first).await);
    let builder = if matches!(way, Way::Dial) { builder } else { builder.without_ports() };
    let builder = builder.without_messages();
    let builder = ["ann", "bob", "cid", "dot"].iter().fold(builder, |builder, name| {
        let lines = ".hello\r\n".repeat(6);
        let message = format!("From: {name}@example.org\r\nSubject: {name}\r\n\r\n{lines}");
        builder.message("alice", "INBOX", message.into_bytes())
    });
    persona.server(builder).start().await.unwrap()
}

impl Session {
    /// A session that is not connected yet, on a new server; `ids` are those of an earlier session.
    pub(crate) async fn new(
        persona: Persona,
        protocol: Protocol,
        way: Way,
        wire: &Wire,
        ids: &[MessageId],
    ) -> Self {
        let server = server(persona, &way).await;
        Self {
            account: account(protocol),
            credentials: persona.credentials(&server),
            server: Some(server),
            way,
            wire: wire.clone(),
            mailbox: None,
            // Every folder of Courier is below INBOX.
            archive: folder(if persona.name() == "courier" { "INBOX.Archive" } else { "Archive" }),
            ids: ids.to_vec(),
        }
    }

    pub(crate) fn server(&self) -> &TestServer {
        self.server.as_ref().unwrap()
    }

    pub(crate) async fn connect(&mut self) -> mailclient::Result<()> {
        let is_imap = self.account.protocol == Protocol::Imap;
        let scheme = if is_imap { Scheme::Imap } else { Scheme::Pop3 };
        let (account, credentials) = (&self.account, &self.credentials);
        self.mailbox = Some(match &mut self.way {
            Way::Stream(stream) => {
                account.connect_protected(stream.take().unwrap(), credentials).await?
            }
            Way::Pipe(bytes) => {
                let (theirs, ours) = duplex(*bytes);
                tokio::spawn(self.server.as_ref().unwrap().serve(scheme, theirs));
                let ours = FaultStream::new(ours, &self.wire);
                account.connect_protected(ours, credentials).await?
            }
            Way::Slow(speed) => {
                let (theirs, ours) = pipe(*speed);
                tokio::spawn(self.server.as_ref().unwrap().serve(scheme, theirs));
                let ours = FaultStream::new(ours, &self.wire);
                account.connect_protected(ours, credentials).await?
            }
            Way::Dial => account.connect(credentials).await?,
        });
        Ok(())
    }

    pub(crate) fn mailbox(&mut self) -> Result<&mut dyn Mailbox, Failure> {
        match &mut self.mailbox {
            Some(mailbox) => Ok(&mut **mailbox),
            None => Err(Failure {
                class: "NoSession".into(),
                transient: false,
                text: "the session was closed".into(),
            }),
        }
    }
}

/// An error in the words of the harness: its class is the name of its variant, and of a `Partial`
/// that of its cause.
pub(crate) fn failure(error: &Error) -> Failure {
    let cause = match error {
        Error::Partial(report) => report.cause(),
        // Which versions are there is said beside it.
        Error::Replacement { versions, source, .. } => {
            let failure = failure(source);
            return Failure { text: format!("{versions}: {}", failure.text), ..failure };
        }
        _ => None,
    };
    let shown = format!("{:?}", cause.unwrap_or(error));
    let class = shown.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    Failure {
        class: class.into(),
        transient: error.is_transient(),
        text: without_session(&error.to_string()),
    }
}

/// Without the numbers of sessions, which are in ids that end with them: no two are the same.
pub(crate) fn without_session(text: &str) -> String {
    let mut parts = text.split("session:");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + "session:_" + part.trim_start().trim_start_matches(|c: char| c.is_ascii_hexdigit())
    })
}
