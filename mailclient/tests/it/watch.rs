//! Changes: IDLE and its renewal, NOOP where there is no IDLE, and changes that other calls see.

use std::{fmt::Write as _, time::Duration};

use mailclient::{
    Append, Change, Credentials, Error, FolderName, Mailbox, MessageId, Protocol, Quirk, Quirks,
    Result,
};
use tokio::time::{Instant, timeout};

use crate::support::{account, log_in};

async fn opened(capabilities: &str, then: &str) -> Box<dyn Mailbox> {
    opened_with(Quirks::new(), capabilities, then).await
}

async fn opened_with(quirks: Quirks, capabilities: &str, then: &str) -> Box<dyn Mailbox> {
    let whole = format!(
        "S: * PREAUTH [CAPABILITY IMAP4rev1 {capabilities}] ready
        C: $1 SELECT INBOX
        S: * 3 EXISTS
        S: * OK [UIDVALIDITY 14] UIDs valid
        S: $1 OK [READ-WRITE] done
        {then}"
    );
    let mut account = account(Protocol::Imap);
    (account.preauth, account.quirks) = (true, quirks);
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

/// An upload of 12 bytes to the open folder; `then`: what the server hears and says after them.
async fn uploaded(quirks: Quirks, then: &str) -> (Box<dyn Mailbox>, Result<Option<MessageId>>) {
    let upload = format!("C: $1 APPEND INBOX {{12}}\nS: + go\nC: Subject: a\nC: \n{then}");
    let mut mailbox = opened_with(quirks, "UIDPLUS", &upload).await;
    let message = &mut &b"Subject: a\r\n"[..];
    let (inbox, options) = (FolderName::inbox(), Append::new(12));
    let id = timeout(Duration::from_secs(600), mailbox.append(&inbox, &options, message)).await;
    (mailbox, id.unwrap())
}

/// Courier tells the session its own message only when NOOP asks.
#[tokio::test(start_paused = true)]
async fn an_upload_to_the_open_folder_asks_for_it_before_the_answer() {
    let together = "C: $2 NOOP
        S: $1 OK [APPENDUID 14 20] APPEND Ok.
        S: * 4 EXISTS
        S: $2 OK NOOP completed";
    let apart = "S: $1 OK [APPENDUID 14 20] APPEND Ok.
        C: $2 NOOP
        S: * 4 EXISTS
        S: $2 OK NOOP completed";
    let swapped = "C: $2 NOOP
        S: $2 OK NOOP completed
        S: $1 OK [APPENDUID 14 20] APPEND Ok.
        C: $3 NOOP
        S: * 4 EXISTS
        S: $3 OK NOOP completed";
    let one = Quirks::new().with(Quirk::OneCommandAtATime);
    let rows = [(Quirks::new(), together), (one, apart), (Quirks::new(), swapped)];
    let begun = Instant::now();
    for (quirks, then) in rows {
        let (mut mailbox, id) = uploaded(quirks, then).await;
        assert_eq!(id.unwrap().unwrap().to_string(), "imap1:14:20:INBOX");
        assert_eq!(count(&mailbox.next_change().await.unwrap()), Some(4));
        assert_eq!(begun.elapsed().as_secs(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stored_message_stays_stored_when_the_noop_after_it_fails() {
    let cut = "C: $2 NOOP\nS: $1 OK [APPENDUID 14 20] APPEND Ok.\n! eof";
    let (mut mailbox, id) = uploaded(Quirks::new(), cut).await;
    assert_eq!(id.unwrap().unwrap().to_string(), "imap1:14:20:INBOX");
    assert!(mailbox.status().await.unwrap_err().needs_reconnect());
    let refused = "C: $2 NOOP
        S: $1 NO [OVERQUOTA] full
        S: $2 OK NOOP completed
        C: $3 NOOP
        S: $3 OK NOOP completed";
    let (mut mailbox, id) = uploaded(Quirks::new(), refused).await;
    assert!(matches!(id, Err(Error::Refused(_))), "{id:?}");
    assert_eq!(mailbox.status().await.unwrap().messages, 3);
}
