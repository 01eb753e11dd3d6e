//! The matrices of `mail-harness` over both protocols, on the test server: drops, faults, secrets.
//! Today's failures are in `known-failures.txt`, a row a line; a row that is not listed fails the
//! test, and so does a listed row that passes. Of the sessions of other rows one of 53 is run;
//! `MAIL_MATRICES=whole` runs every session.

mod cancel;
mod faults;
mod operations;
mod secrets;

use mail_harness::{
    fault::{FaultStream, Wire},
    known::Known,
    operation::Failure,
};
use mail_testserver::{Scheme, TestServer};
use mailclient::{Credentials, Error, ImapMailbox, Mailbox, MessageId, Pop3Mailbox, Protocol};

use crate::support::account;

const KNOWN_FAILURES: &str = include_str!("matrix/known-failures.txt");
/// Bytes that the pipe of a matrix of faults holds: the server is never kept from speaking.
const LARGE_PIPE: usize = 64 * 1024;

/// The rows of the list that begin with `subject`.
fn known(subject: &str) -> Known {
    let rows = KNOWN_FAILURES.lines().filter(|line| line.starts_with(subject));
    Known::new(&rows.collect::<Vec<_>>().join("\n"))
}

/// Fails the test with what is wrong with the list. `--nocapture` shows what was run, and the list
/// as it should be.
#[allow(clippy::print_stdout, reason = "the figures belong to the run")]
fn finish(subject: &str, known: &Known) {
    let (run, all) = known.sessions();
    println!("{subject}: {run} of {all} sessions, {} rows fail", known.found().len());
    for row in known.found() {
        println!("found: {row}");
    }
    let verdict = known.verdict();
    assert!(verdict.is_empty(), "{} rows are wrong:\n{}", verdict.len(), verdict.join("\n"));
}

#[test]
fn every_listed_row_belongs_to_a_matrix() {
    const MATRICES: [&str; 6] =
        ["imap drop ", "imap break ", "imap show ", "pop3 drop ", "pop3 break ", "pop3 show "];
    for row in KNOWN_FAILURES.lines().filter(|row| !row.is_empty() && !row.starts_with('#')) {
        assert!(MATRICES.iter().any(|matrix| row.starts_with(matrix)), "{row}");
    }
}

/// One user with four messages, the same in every session.
async fn server() -> TestServer {
    let builder = TestServer::builder().without_messages();
    let builder = ["ann", "bob", "cid", "dot"].iter().fold(builder, |builder, name| {
        let lines = ".hello\r\n".repeat(6);
        let message = format!("From: {name}@example.org\r\nSubject: {name}\r\n\r\n{lines}");
        builder.message("alice", "INBOX", message.into_bytes())
    });
    builder.start().await.unwrap()
}

/// A mailbox, or what will be one after the login, and its server.
struct Session {
    protocol: Protocol,
    server: TestServer,
    wire: Wire,
    pipe: usize,
    mailbox: Option<Box<dyn Mailbox>>,
    /// The messages of INBOX.
    ids: Vec<MessageId>,
}

impl Session {
    /// A session that is not connected yet; `ids` are those of a session before.
    async fn new(protocol: Protocol, wire: &Wire, pipe: usize, ids: &[MessageId]) -> Self {
        let (server, wire) = (server().await, wire.clone());
        Self { protocol, server, wire, pipe, mailbox: None, ids: ids.to_vec() }
    }

    async fn connect(&mut self) -> mailclient::Result<()> {
        let (theirs, ours) = tokio::io::duplex(self.pipe);
        let is_imap = self.protocol == Protocol::Imap;
        let scheme = if is_imap { Scheme::Imap } else { Scheme::Pop3 };
        tokio::spawn(self.server.serve(scheme, theirs));
        let stream = FaultStream::new(ours, &self.wire);
        let account = account(self.protocol);
        let credentials = Credentials::password(self.server.password("alice"));
        self.mailbox = Some(if is_imap {
            Box::new(ImapMailbox::over(stream, &account, &credentials).await?)
        } else {
            Box::new(Pop3Mailbox::over(stream, &account, &credentials).await?)
        });
        Ok(())
    }

    fn mailbox(&mut self) -> Result<&mut dyn Mailbox, Failure> {
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

/// The ids of the messages in INBOX, which are the same in every session.
async fn ids(protocol: Protocol) -> Vec<MessageId> {
    let mut session = Session::new(protocol, &Wire::new(), LARGE_PIPE, &[]).await;
    session.connect().await.unwrap();
    let rows = session.mailbox().unwrap().list(mailclient::Window::All).await.unwrap();
    rows.collect(100).await.unwrap().into_iter().map(|row| row.id).collect()
}

/// An error in the words of the harness: its class is the name of its variant.
fn failure(error: &Error) -> Failure {
    let shown = format!("{error:?}");
    let class = shown.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    Failure { class: class.into(), transient: error.is_transient(), text: error.to_string() }
}
