//! Cancellation: every operation is dropped after each of its pending polls; the next one gives its
//! own right answer, or, where half an upload is out, a clean `Closed`.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use mail_testserver::{Scheme, TestServer};
use mailclient::{
    Access, Account, Credentials, Error, FlagChange, Flags, ImapMailbox, Mailbox, MessageId, Part,
    Pop3Mailbox, Protocol, Query, Security, Window,
};

/// Bytes that a pipe holds: small, so that everything comes in many pieces.
const PIPE: usize = 64;

async fn open(server: &TestServer, protocol: Protocol) -> Box<dyn Mailbox> {
    let (theirs, ours) = tokio::io::duplex(PIPE);
    let scheme = if protocol == Protocol::Imap { Scheme::Imap } else { Scheme::Pop3 };
    tokio::spawn(server.serve(scheme, theirs));
    let account = Account::new(protocol, Security::ImplicitTls, "localhost", "alice");
    let credentials = Credentials::password(server.password("alice"));
    match protocol {
        Protocol::Imap => Box::new(ImapMailbox::over(ours, &account, &credentials).await.unwrap()),
        _ => Box::new(Pop3Mailbox::over(ours, &account, &credentials).await.unwrap()),
    }
}

/// Polls a future until it was pending `polls` times, then drops it. True if it finished before.
async fn dropped_after<T>(polls: usize, future: impl Future<Output = T>) -> bool {
    let mut future = pin!(future);
    let mut pending = 0;
    let mut finished = false;
    poll_fn(|cx| {
        if future.as_mut().poll(cx).is_ready() {
            finished = true;
            return Poll::Ready(());
        }
        pending += 1;
        if pending > polls { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    finished
}

/// Every operation, by number; `None` after the last. Each is tried in a new session.
async fn operate(
    mailbox: &mut dyn Mailbox,
    operation: usize,
    ids: &[MessageId],
) -> Option<&'static str> {
    let two = &ids[1..3];
    let mut upload: &[u8] = &[b'x'; 2000];
    Some(match operation {
        0 => {
            let _ = mailbox.status().await;
            "status"
        }
        1 => {
            if let Ok(rows) = mailbox.list(Window::All).await {
                let _ = rows.collect(1000).await;
            }
            "list"
        }
        2 => {
            let _ = mailbox.envelopes(ids).await;
            "envelopes"
        }
        3 => {
            if let Ok(body) = mailbox.fetch(&ids[0], Part::Whole).await {
                let _ = body.collect(1 << 20).await;
            }
            "fetch"
        }
        4 => {
            let _ = mailbox.folders().await;
            "folders"
        }
        5 => {
            let _ = mailbox.open("INBOX", Access::ReadWrite).await;
            "open"
        }
        6 => {
            let _ = mailbox.search(&Query::words("hello")).await;
            "search"
        }
        7 => {
            let _ = mailbox.set_flags(two, FlagChange::Add, &Flags::new().with_flagged()).await;
            "set_flags"
        }
        8 => {
            let _ = mailbox.copy(two, "INBOX").await;
            "copy"
        }
        9 => {
            let _ = mailbox.next_change().await;
            "next_change"
        }
        10 => {
            let _ = mailbox.delete(&ids[3..4]).await;
            "delete"
        }
        11 => {
            let _ = mailbox.append("INBOX", &Flags::new(), 2000, &mut upload).await;
            "append"
        }
        _ => return None,
    })
}

const OPERATIONS: usize = 12;
/// A future that is pending more often than this is not going to end by itself (`next_change`).
const MOST_POLLS: usize = 400;

async fn every_drop(protocol: Protocol) {
    let server = TestServer::builder().without_messages();
    let message = |name: &str, lines: usize| {
        format!("From: {name}@example.org\r\nSubject: {name}\r\n\r\n{}", ".hello\r\n".repeat(lines))
            .into_bytes()
    };
    let server = ["a", "b", "c", "d"]
        .iter()
        .fold(server, |server, name| server.message("alice", "INBOX", message(name, 40)));
    let server = server.start().await.unwrap();
    let expected = message("b", 40);
    for operation in 0..OPERATIONS {
        let mut polls = 0;
        loop {
            let mut mailbox = open(&server, protocol).await;
            let ids: Vec<MessageId> = {
                let rows = mailbox.list(Window::All).await.unwrap().collect(1000).await.unwrap();
                rows.into_iter().map(|row| row.id).collect()
            };
            let finished = dropped_after(polls, operate(&mut *mailbox, operation, &ids)).await;
            // Follow-ups: a body and a count. What may have been deleted may be deleted again.
            let followed: Result<(Vec<u8>, u64), Error> = async {
                if operation == 10 {
                    mailbox.delete(&ids[3..4]).await?;
                }
                let octets = mailbox.fetch(&ids[1], Part::Whole).await?.collect(1 << 20).await?;
                Ok((octets, mailbox.status().await?.messages))
            }
            .await;
            match followed {
                Ok((octets, messages)) => {
                    assert_eq!(
                        octets, expected,
                        "{protocol:?}, operation {operation} dropped after {polls} polls"
                    );
                    assert!(
                        messages >= 3,
                        "{protocol:?}, operation {operation} dropped after {polls} polls: {messages} messages"
                    );
                }
                Err(Error::Closed(_))
                    if operation == 11 && protocol == Protocol::Imap && !finished => {}
                Err(error) => panic!(
                    "{protocol:?}, operation {operation} dropped after {polls} polls: {error}"
                ),
            }
            drop(mailbox);
            // The server notices a dropped pipe when it runs next, and only then releases the
            // maildrop.
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            if finished || polls == MOST_POLLS {
                break;
            }
            polls += 1;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_imap_future_may_be_dropped_anywhere() {
    every_drop(Protocol::Imap).await;
}

#[tokio::test(start_paused = true)]
async fn every_pop3_future_may_be_dropped_anywhere() {
    every_drop(Protocol::Pop3).await;
}
