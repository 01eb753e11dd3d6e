//! Changes: IDLE and its renewal, NOOP where there is no IDLE, and changes that other calls see.

use std::fmt::Write as _;

use mailclient::{Change, Credentials, Error, Mailbox, Protocol};
use tokio::time::Instant;

use crate::support::{account, log_in};

async fn opened(capabilities: &str, then: &str) -> Box<dyn Mailbox> {
    let whole = format!(
        "S: * PREAUTH [CAPABILITY IMAP4rev1 {capabilities}] ready
        C: $1 SELECT INBOX
        S: * 3 EXISTS
        S: * OK [UIDVALIDITY 14] UIDs valid
        S: $1 OK [READ-WRITE] done
        {then}"
    );
    let mut account = account(Protocol::Imap);
    account.preauth = true;
    log_in(&whole, &account, &Credentials::password("unused")).await.unwrap()
}

/// The count that a change tells.
fn count(change: &Change) -> Option<u64> {
    match change {
        Change::New { messages, .. } => Some(*messages),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn idle_tells_changes_and_is_renewed() {
    let mut mailbox = opened(
        "IDLE",
        r"C: $1 IDLE
        S: * 4 EXISTS
        S: + idling
        S: * 2 EXPUNGE
        S: * 1 FETCH (UID 7 FLAGS (\Seen))
        C: DONE
        S: $1 OK done
        C: $1 IDLE
        S: + idling
        S: * OK [ALERT] The disk is nearly full
        C: DONE
        S: * 4 EXISTS
        S: $1 OK done
        C: $1 NOOP
        S: $1 OK done",
    )
    .await;
    assert_eq!(count(&mailbox.next_change().await.unwrap()), Some(4));
    let removed = mailbox.next_change().await.unwrap();
    assert!(matches!(removed, Change::Removed { id: None, .. }), "{removed:?}");
    let Change::Flags { id, flags, .. } = mailbox.next_change().await.unwrap() else {
        panic!("no flags")
    };
    assert_eq!((id.unwrap().to_string(), flags.seen), ("imap1:14:7:INBOX".into(), true));
    // Silence: after nine minutes IDLE is renewed, and then the alert comes.
    let start = Instant::now();
    assert_eq!(
        mailbox.next_change().await.unwrap(),
        Change::Alert("The disk is nearly full".into())
    );
    assert_eq!(start.elapsed().as_secs(), 9 * 60);
    // Another call leaves IDLE first, and loses no change in the meantime.
    assert_eq!(mailbox.status().await.unwrap().messages, 4);
    assert_eq!(count(&mailbox.next_change().await.unwrap()), Some(4));
}

#[tokio::test(start_paused = true)]
async fn a_renewal_without_an_answer_is_a_timeout() {
    let mut mailbox = opened("IDLE", "C: $1 IDLE\nS: + idling\nC: DONE").await;
    let start = Instant::now();
    let error = mailbox.next_change().await.unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    assert_eq!(start.elapsed().as_secs(), 9 * 60 + 60);
}

#[tokio::test(start_paused = true)]
async fn without_idle_a_noop_a_minute_asks() {
    let mut mailbox = opened(
        "UIDPLUS",
        "C: $1 NOOP
        S: $1 OK nothing
        C: $1 NOOP
        S: * 5 EXISTS
        S: $1 OK done",
    )
    .await;
    let start = Instant::now();
    assert_eq!(count(&mailbox.next_change().await.unwrap()), Some(5));
    assert_eq!(start.elapsed().as_secs(), 120);
}

#[tokio::test(start_paused = true)]
async fn after_a_refused_idle_a_noop_a_minute_asks() {
    let mut mailbox = opened(
        "IDLE",
        "C: $1 IDLE
        S: $1 NO not now
        C: $1 NOOP
        S: * 5 EXISTS
        S: $1 OK done",
    )
    .await;
    let start = Instant::now();
    assert_eq!(count(&mailbox.next_change().await.unwrap()), Some(5));
    assert_eq!(start.elapsed().as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_closes_during_idle_is_closed() {
    let mut mailbox =
        opened("IDLE", "C: $1 IDLE\nS: + idling\nS: * BYE Connection is closed. 13\n! eof").await;
    let error = mailbox.next_change().await.unwrap_err();
    assert!(error.needs_reconnect() && error.to_string().contains("closed. 13"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn more_changes_than_are_kept_become_one_resync() {
    let mut expunges = String::from("C: $1 NOOP\n");
    for _ in 0..3000 {
        writeln!(expunges, "S: * 1 FETCH (FLAGS ())").unwrap();
    }
    expunges.push_str("S: $1 OK done");
    let mut mailbox = opened("IDLE", &expunges).await;
    mailbox.status().await.unwrap();
    assert_eq!(mailbox.next_change().await.unwrap(), Change::Resync);
}
