//! A silent, absent or closing server causes a clear error within its deadline, on paused time.

use std::time::Duration;

use mail_harness::{script::script, transcript::client::ClientEnd};
use mailclient::{Credentials, Error, ImapMailbox, Pop3Mailbox, Protocol, Stage};
use tokio::time::Instant;

use crate::support::account;

async fn imap(text: &'static str) -> Result<ImapMailbox<ClientEnd>, Error> {
    let (stream, _server) = script(text);
    ImapMailbox::over(stream, &account(Protocol::Imap), &Credentials::password("secret")).await
}

async fn pop3(text: &'static str) -> Result<Pop3Mailbox<ClientEnd>, Error> {
    let (stream, _server) = script(text);
    Pop3Mailbox::over(stream, &account(Protocol::Pop3), &Credentials::password("secret")).await
}

#[tokio::test(start_paused = true)]
async fn a_greeting_that_never_comes() {
    let start = Instant::now();
    assert!(matches!(
        imap("! stall").await.unwrap_err(),
        Error::Timeout { stage: Stage::Greeting }
    ));
    assert_eq!(start.elapsed().as_secs(), 30);
    let start = Instant::now();
    assert!(matches!(
        pop3("! stall").await.unwrap_err(),
        Error::Timeout { stage: Stage::Greeting }
    ));
    assert_eq!(start.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn half_a_greeting_is_a_timeout() {
    // The script sends whole lines, so the half is made by hand.
    let (mut server, client) = tokio::io::duplex(1024);
    tokio::io::AsyncWriteExt::write_all(&mut server, b"* OK rea").await.unwrap();
    let opened =
        ImapMailbox::over(client, &account(Protocol::Imap), &Credentials::password("secret")).await;
    assert!(matches!(opened.unwrap_err(), Error::Timeout { stage: Stage::Greeting }));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_closes_after_the_greeting() {
    assert!(
        matches!(imap("S: * OK [CAPABILITY IMAP4rev1] ready\n! eof").await.unwrap_err(), error if error.needs_reconnect())
    );
    assert!(
        matches!(pop3("S: +OK ready\n! eof").await.unwrap_err(), error if error.needs_reconnect())
    );
}

#[tokio::test(start_paused = true)]
async fn a_refused_session_tells_the_reason() {
    let error = imap("S: * BYE Too many connections\n! eof").await.unwrap_err();
    assert!(error.to_string().contains("Too many connections"), "{error}");
    let error = pop3("S: -ERR [SYS/TEMP] Too many connections\n! eof").await.unwrap_err();
    assert!(error.to_string().contains("Too many connections"), "{error}");
    assert!(error.is_transient());
}

#[tokio::test(start_paused = true)]
async fn a_login_without_an_answer() {
    let start = Instant::now();
    let error = pop3("S: +OK ready\nC: CAPA\nS: -ERR what\nC: USER alice").await.unwrap_err();
    assert!(matches!(error, Error::Timeout { stage: Stage::Login }), "{error}");
    assert_eq!(start.elapsed(), Duration::from_secs(60));
    let error =
        imap("S: * OK [CAPABILITY IMAP4rev1] ready\nC: $1 LOGIN alice secret").await.unwrap_err();
    assert!(matches!(error, Error::Timeout { stage: Stage::Login }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_command_without_an_answer_closes_the_mailbox() {
    let script = "S: +OK ready\nC: CAPA\nS: -ERR what\nC: USER alice\nS: +OK\nC: PASS secret\nS: +OK\nC: CAPA\nS: -ERR what\nC: STAT";
    let mut mailbox = pop3(script).await.unwrap();
    let start = Instant::now();
    assert!(matches!(
        mailbox.status().await.unwrap_err(),
        Error::Timeout { stage: Stage::Command }
    ));
    assert_eq!(start.elapsed(), Duration::from_secs(60));
    // The mailbox is closed: a late answer would be read as the answer to another command.
    assert!(matches!(mailbox.status().await.unwrap_err(), Error::Closed(_)));
    assert_eq!(start.elapsed(), Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_is_not_a_failed_connection() {
    let error = pop3("S: +OK ready\nC: CAPA\nS: -ERR what\nC: USER alice\nS: +OK\nC: PASS secret\nS: -ERR [AUTH] wrong").await.unwrap_err();
    assert!(error.is_auth() && !error.is_transient(), "{error}");
    let error = imap("S: * OK [CAPABILITY IMAP4rev1] ready\nC: $1 LOGIN alice secret\nS: $1 NO [AUTHENTICATIONFAILED] wrong").await.unwrap_err();
    assert!(error.is_auth() && !error.is_transient(), "{error}");
    let error = imap("S: * OK [CAPABILITY IMAP4rev1] ready\nC: $1 LOGIN alice secret\nS: $1 NO [UNAVAILABLE] later").await.unwrap_err();
    assert!(!error.is_auth() && error.is_transient(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_closes_on_a_wrong_password_refuses_the_login() {
    let error =
        pop3("S: +OK ready\nC: CAPA\nS: -ERR what\nC: USER alice\nS: +OK\nC: PASS secret\n! eof")
            .await
            .unwrap_err();
    assert!(error.is_auth(), "{error}");
}
