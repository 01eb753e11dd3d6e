//! A silent, absent or closing server causes a clear error within its deadline, on paused time.

use std::{
    future::{pending, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use mailclient::{Credentials, Error, Mailbox, MessageId, Protocol, Stage};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufStream, duplex},
    time::{Instant, sleep},
};

use crate::support::{account, log_in};

async fn imap(text: &str) -> Result<Box<dyn Mailbox>, Error> {
    log_in(text, &account(Protocol::Imap), &Credentials::password("secret")).await
}

async fn pop3(text: &str) -> Result<Box<dyn Mailbox>, Error> {
    log_in(text, &account(Protocol::Pop3), &Credentials::password("secret")).await
}

/// The error of a login over IMAP that fails.
async fn imap_error(text: &str) -> Error {
    imap(text).await.err().unwrap()
}

async fn pop3_error(text: &str) -> Error {
    pop3(text).await.err().unwrap()
}

fn is_timeout(error: &Error, expected: Stage) -> bool {
    matches!(error, Error::Timeout { stage, .. } if *stage == expected)
}

#[tokio::test(start_paused = true)]
async fn a_greeting_that_never_comes() {
    let start = Instant::now();
    let error = imap_error("! stall").await;
    assert!(is_timeout(&error, Stage::Greeting), "{error}");
    assert_eq!(start.elapsed().as_secs(), 30);
    let start = Instant::now();
    let error = pop3_error("! stall").await;
    assert!(is_timeout(&error, Stage::Greeting), "{error}");
    assert_eq!(start.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn half_a_greeting_is_a_timeout() {
    // The script sends whole lines, so the half is made by hand.
    let (mut server, client) = duplex(1024);
    server.write_all(b"* OK rea").await.unwrap();
    let opened =
        account(Protocol::Imap).connect_protected(client, &Credentials::password("secret")).await;
    let error = opened.err().unwrap();
    assert!(is_timeout(&error, Stage::Greeting), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_closes_after_the_greeting() {
    let error = imap_error("S: * OK [CAPABILITY IMAP4rev1] ready\n! eof").await;
    assert!(matches!(error, Error::Closed { .. }), "{error}");
    let error = pop3_error("S: +OK ready\n! eof").await;
    assert!(matches!(error, Error::Closed { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_refused_session_tells_the_reason() {
    let errors = [
        imap_error("S: * BYE Too many connections\n! eof").await,
        pop3_error("S: -ERR [SYS/TEMP] Too many connections\n! eof").await,
    ];
    for error in errors {
        assert!(matches!(error, Error::Closed { .. }) && error.is_transient(), "{error}");
        assert!(error.to_string().contains("Too many connections"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_without_an_answer() {
    let start = Instant::now();
    let error = pop3_error("S: +OK ready\nC: CAPA\nS: -ERR what\nC: USER alice").await;
    assert!(is_timeout(&error, Stage::Login), "{error}");
    assert_eq!(start.elapsed(), Duration::from_secs(60));
    let start = Instant::now();
    let error = imap_error("S: * OK [CAPABILITY IMAP4rev1] ready\nC: $1 LOGIN alice secret").await;
    assert!(is_timeout(&error, Stage::Login), "{error}");
    assert_eq!(start.elapsed(), Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn a_command_without_an_answer_closes_the_mailbox() {
    let mut mailbox = pop3(
        "S: +OK ready
        C: CAPA
        S: -ERR what
        C: USER alice
        S: +OK
        C: PASS secret
        S: +OK
        C: CAPA
        S: -ERR what
        C: STAT
        S: +OK 2 42
        C: STAT",
    )
    .await
    .unwrap();
    let start = Instant::now();
    let error = mailbox.status().await.unwrap_err();
    assert!(is_timeout(&error, Stage::Command), "{error}");
    assert_eq!(start.elapsed(), Duration::from_secs(60));
    // The mailbox is closed: a late answer would be read as the answer to another command.
    let error = mailbox.status().await.unwrap_err();
    assert!(matches!(error, Error::Closed { .. }), "{error}");
    assert_eq!(start.elapsed(), Duration::from_secs(60));
}

const PASSWORD_SENT: &str =
    "S: +OK ready\nC: CAPA\nS: -ERR what\nC: USER alice\nS: +OK\nC: PASS secret\n";
const LOGIN_SENT: &str = "S: * OK [CAPABILITY IMAP4rev1] ready\nC: $1 LOGIN alice secret\n";

#[tokio::test(start_paused = true)]
async fn a_wrong_password_is_not_a_failed_connection() {
    let error = pop3_error(&format!("{PASSWORD_SENT}S: -ERR [AUTH] wrong")).await;
    assert!(error.is_auth() && !error.is_transient(), "{error}");
    let error = imap_error(&format!("{LOGIN_SENT}S: $1 NO [AUTHENTICATIONFAILED] wrong")).await;
    assert!(error.is_auth() && !error.is_transient(), "{error}");
    let error = imap_error(&format!("{LOGIN_SENT}S: $1 NO [UNAVAILABLE] later")).await;
    assert!(!error.is_auth() && error.is_transient(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_ends_in_the_login_is_no_wrong_password() {
    let errors = [
        pop3_error(&format!("{PASSWORD_SENT}! eof")).await,
        imap_error(&format!("{LOGIN_SENT}! eof")).await,
        imap_error(&format!("{LOGIN_SENT}S: * BYE [UNAVAILABLE] Maintenance\n! eof")).await,
    ];
    for error in errors {
        assert!(matches!(error, Error::Closed { .. }), "{error}");
        assert!(!error.is_auth() && error.is_transient(), "{error}");
    }
}

/// A server may remove for minutes what a person has collected for years.
#[tokio::test(start_paused = true)]
async fn the_end_of_a_session_may_take_minutes() {
    let mut mailbox = pop3(&format!(
        "{PASSWORD_SENT}S: +OK
        C: CAPA
        S: -ERR what
        C: STAT
        S: +OK 1 21
        C: LIST
        S: +OK
        S: 1 21
        S: .
        C: UIDL
        S: +OK
        S: 1 a
        S: .
        C: DELE 1
        S: +OK
        C: QUIT
        ! pause 90s
        S: +OK bye"
    ))
    .await
    .unwrap();
    mailbox.delete(&"pop1:a".parse::<MessageId>().unwrap().into()).unwrap();
    let start = Instant::now();
    assert!(mailbox.close().await.unwrap().is_complete());
    assert_eq!(start.elapsed(), Duration::from_secs(90));
    let capabilities = "[CAPABILITY IMAP4rev1 IDLE UIDPLUS]";
    let mut mailbox = imap(&format!(
        "S: * OK {capabilities} ready
        C: $1 LOGIN alice secret
        S: $1 OK {capabilities} done
        C: $1 SELECT INBOX
        S: * 1 EXISTS
        S: * OK [UIDVALIDITY 14] valid
        S: $1 OK done
        C: $1 UID FETCH 7 (UID FLAGS)
        S: * 1 FETCH (UID 7 FLAGS ())
        S: $1 OK done
        C: $1 UID STORE 7 +FLAGS (\\Deleted)
        S: * 1 FETCH (UID 7 FLAGS (\\Deleted))
        S: $1 OK done
        C: $1 UID EXPUNGE 7
        ! pause 90s
        S: * 1 EXPUNGE
        S: $1 OK done"
    ))
    .await
    .unwrap();
    mailbox.delete(&"imap1:14:7:INBOX".parse::<MessageId>().unwrap().into()).unwrap();
    let start = Instant::now();
    assert!(mailbox.expunge().await.unwrap().is_complete());
    assert_eq!(start.elapsed(), Duration::from_secs(90));
}

/// Polls a call until it waits, lets 50 seconds pass in which nothing polls it, and finishes it.
async fn with_a_pause<T>(call: impl Future<Output = T>) -> T {
    let mut call = pin!(call);
    let early = poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx))).await;
    assert!(early.is_pending(), "it needs an answer");
    sleep(Duration::from_secs(50)).await;
    call.await
}

/// A POP3 mailbox on a server that answers the STAT after the login in two halves, each after so
/// many seconds.
async fn with_a_slow_stat(first: u64, second: u64) -> Box<dyn Mailbox> {
    let (server, client) = duplex(1024);
    tokio::spawn(async move {
        let mut server = BufStream::new(server);
        let mut answers = vec!["-ERR", "+OK", "+OK", "-ERR", "+OK 1 21"].into_iter();
        let (mut text, mut line) = ("+OK ready", String::new());
        loop {
            server.write_all(format!("{text}\r\n").as_bytes()).await.unwrap();
            server.flush().await.unwrap();
            server.read_line(&mut line).await.unwrap();
            let Some(answer) = answers.next() else { break };
            text = answer;
        }
        for (seconds, part) in [(first, "+OK 1"), (second, " 21\r\n")] {
            sleep(Duration::from_secs(seconds)).await;
            server.write_all(part.as_bytes()).await.unwrap();
            server.flush().await.unwrap();
        }
        // Open and silent.
        pending::<()>().await;
    });
    let credentials = Credentials::password("secret");
    account(Protocol::Pop3).connect_protected(client, &credentials).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_pause_of_the_caller_in_an_answer_does_not_count() {
    // Bytes came after 1 second and are read after 50; the rest comes 64 seconds later.
    let mut mailbox = with_a_slow_stat(1, 64).await;
    let start = Instant::now();
    assert_eq!(with_a_pause(mailbox.status()).await.unwrap().messages, 1);
    assert_eq!(start.elapsed(), Duration::from_secs(65));
    // The waits for the server count: 40 seconds before the pause, 20 after it.
    let mut mailbox = with_a_slow_stat(40, 50).await;
    let start = Instant::now();
    let error = with_a_pause(mailbox.status()).await.unwrap_err();
    assert!(is_timeout(&error, Stage::Command), "{error}");
    assert_eq!(start.elapsed(), Duration::from_secs(70));
}
