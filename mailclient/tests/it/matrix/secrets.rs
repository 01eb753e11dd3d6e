//! A password, a token and the text of a mail do not show up: not in what is logged, not in the
//! errors of refused logins, not in `Debug` of anything that a session returns.

use std::fmt::Debug;

use mail_harness::canary::{Canary, Log};
use mail_testserver::{Fault, Scheme, TestServer};
use mailclient::{
    Credentials, Error, Folders, IdSet, List, Mailbox, MessageId, Part, Protocol, Query,
};
use tokio::io::duplex;

use super::{finish, known};
use crate::{session::LARGE_PIPE, support::account};

/// The texts that were shown, and where.
#[derive(Default)]
struct Shown(Vec<(&'static str, String)>);

impl Shown {
    fn debug(&mut self, place: &'static str, value: &dyn Debug) {
        self.0.push((place, format!("{value:?} {value:#?}")));
    }

    fn mailbox(&mut self, place: &'static str, mailbox: &mut dyn Mailbox) {
        match mailbox.as_imap() {
            Some(mailbox) => self.debug(place, mailbox),
            None => self.debug(place, mailbox.as_pop3().unwrap()),
        }
    }

    fn error(&mut self, place: &'static str, error: &Error) {
        self.0.push((place, error.to_string()));
        self.debug(place, error);
        let mut cause = std::error::Error::source(error);
        while let Some(error) = cause {
            self.0.push((place, format!("{error} {error:?}")));
            cause = error.source();
        }
    }
}

/// The secrets of a run.
struct Secrets {
    login: Canary,
    mail: Canary,
}

impl Secrets {
    fn new() -> Self {
        Self { login: Canary::new("sesame-0pen-w1de"), mail: Canary::new("d3ar-d1ary-my-l0ve") }
    }

    async fn server(&self) -> TestServer {
        let secret = self.login.secret();
        let line = format!("{}\r\n", self.mail.secret());
        let message = format!("Subject: private\r\n\r\n{}", line.repeat(4000));
        TestServer::builder()
            .without_messages()
            .user("alice", secret, secret)
            .message("alice", "INBOX", message.into_bytes())
            .start()
            .await
            .unwrap()
    }
}

async fn open(
    server: &TestServer,
    protocol: Protocol,
    credentials: &Credentials,
) -> mailclient::Result<Box<dyn Mailbox>> {
    let (theirs, ours) = duplex(LARGE_PIPE);
    let is_imap = protocol == Protocol::Imap;
    let scheme = if is_imap { Scheme::Imap } else { Scheme::Pop3 };
    tokio::spawn(server.serve(scheme, theirs));
    account(protocol).connect_protected(ours, credentials).await
}

/// A session as applications have them, everything shown on the way.
async fn session(shown: &mut Shown, mailbox: &mut dyn Mailbox) {
    shown.mailbox("the mailbox", mailbox);
    shown.debug("the open folder", &mailbox.selected());
    shown.debug("a status", &mailbox.status().await.unwrap());
    let request = List::all().with_envelopes();
    let rows = mailbox.list(&request).await.unwrap().collect(10).await.unwrap();
    shown.debug("a listing", &rows);
    let ids: Vec<MessageId> = rows.into_iter().map(|row| row.id).collect();
    match mailbox.folders(&Folders::all()).await {
        Ok(folders) => shown.debug("folders", &folders),
        Err(error) => shown.error("folders", &error),
    }
    match mailbox.search(&Query::words("private")).await {
        Ok(found) => shown.debug("a search", &found),
        Err(error) => shown.error("a search", &error),
    }
    let mut body = mailbox.fetch(&ids[0], &Part::Whole).await.unwrap();
    body.chunk().await.unwrap();
    shown.debug("a body", &body);
    drop(body);
    shown.mailbox("the mailbox after half a body", mailbox);
    let ids: IdSet = ids.into_iter().collect();
    let mut bodies = mailbox.fetch_many(&ids, &Part::Whole).await.unwrap();
    bodies.next().await.unwrap().unwrap().1.unwrap().chunk().await.unwrap();
    shown.debug("bodies", &bodies);
    drop(bodies);
    mailbox.delete(&ids).unwrap();
    shown.mailbox("the mailbox after a delete", mailbox);
    shown.debug("a report", &mailbox.close().await.unwrap());
    shown.mailbox("the mailbox after its end", mailbox);
}

/// A server that repeats the line it could not read, as some do, with the secret as it was sent.
async fn refused(shown: &mut Shown, server: &TestServer, protocol: Protocol, with: &Credentials) {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    let secret = server.password("alice");
    let encoded = STANDARD.encode(match with {
        Credentials::Token(_) => format!("user=alice\x01auth=Bearer {secret}\x01\x01"),
        _ => format!("\0alice\0{secret}"),
    });
    for echo in [secret, &encoded] {
        for command in ["LOGIN", "AUTHENTICATE", "AUTH", "USER", "PASS"] {
            let word = if protocol == Protocol::Imap { "NO" } else { "-ERR" };
            server.faults().add(Fault::refuse(command, &format!("{word} cannot parse {echo}")));
        }
        let error = open(server, protocol, with).await.err().unwrap();
        shown.error("the error of a login that the server repeats", &error);
        server.faults().clear();
    }
}

async fn nothing_shows(subject: &'static str, protocol: Protocol) {
    let secrets = Secrets::new();
    let (log, mut shown) = (Log::new(), Shown::default());
    let guard = log.begin();
    let secret = secrets.login.secret();
    for credentials in [Credentials::password(secret), Credentials::token(secret)] {
        shown.debug("the credentials", &credentials);
        let server = secrets.server().await;
        let mut mailbox = open(&server, protocol, &credentials).await.unwrap();
        session(&mut shown, &mut *mailbox).await;
        drop(mailbox);
        refused(&mut shown, &server, protocol, &credentials).await;
    }
    // The right secret for the wrong user: the server knows nothing of it.
    let wrong = TestServer::start().await.unwrap();
    for credentials in [Credentials::password(secret), Credentials::token(secret)] {
        let error = open(&wrong, protocol, &credentials).await.err().unwrap();
        shown.error("the error of a wrong login", &error);
    }
    drop(guard);
    let logged = log.text();
    assert!(logged.contains("logged in"), "nothing was recorded: {logged}");
    shown.0.push(("the log", logged));
    judge(subject, &secrets, &shown);
}

fn judge(subject: &'static str, secrets: &Secrets, shown: &Shown) {
    let mut known = known(&format!("{subject} show "));
    for (what, canary) in [("the secret", &secrets.login), ("a mail's text", &secrets.mail)] {
        for (place, text) in &shown.0 {
            let row = format!("{subject} show {what} in {place}");
            known.tried(&row);
            if let Some(found) = canary.found_in(text) {
                known.fails(row, found);
            }
        }
    }
    finish(&format!("{subject} show"), &known);
}

#[tokio::test(start_paused = true)]
async fn imap_shows_no_secret() {
    nothing_shows("imap", Protocol::Imap).await;
}

#[tokio::test(start_paused = true)]
async fn pop3_shows_no_secret() {
    nothing_shows("pop3", Protocol::Pop3).await;
}
