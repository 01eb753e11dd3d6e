//! How often the client waits for the server, and what a stream costs that is left early: over a
//! pipe with latency, on paused time, so that the figures are exact.

use std::time::Duration;

use mail_harness::{
    fault::{FaultStream, Wire},
    pipe::{Speed, pipe},
};
use mail_testserver::{Builder, Scheme, TestServer};
use mailclient::{Credentials, Error, Feature, IdSet, List, Mailbox, MessageId, Part, Protocol};
use tokio::time::{Instant, sleep};

use crate::support::account;

/// There and back: 20 ms.
const LATENCY: Duration = Duration::from_millis(10);
/// Where round trips are counted: timers are exact to a millisecond only.
const LONG: Duration = Duration::from_secs(5);
const BOTH: [Protocol; 2] = [Protocol::Imap, Protocol::Pop3];

/// A line on which only the latency counts.
fn fast() -> Speed {
    Speed { window: 1 << 30, ..Speed::new(LONG, 1 << 40) }
}

struct Session {
    mailbox: Box<dyn Mailbox>,
    wire: Wire,
    _server: TestServer,
}

async fn open(builder: Builder, protocol: Protocol, speed: Speed) -> Session {
    let server = builder.start().await.unwrap();
    let scheme = if protocol == Protocol::Imap { Scheme::Imap } else { Scheme::Pop3 };
    let (theirs, ours) = pipe(speed);
    tokio::spawn(server.serve(scheme, theirs));
    let wire = Wire::new();
    let ours = FaultStream::new(ours, &wire);
    let credentials = Credentials::password(server.password("alice"));
    let mailbox = account(protocol).connect_protected(ours, &credentials).await.unwrap();
    Session { mailbox, wire, _server: server }
}

/// A folder of so many messages of about so many bytes.
fn messages(count: usize, bytes: usize) -> Builder {
    let filler = "0123456789abcdef\r\n".repeat(bytes / 18);
    (0..count).fold(TestServer::builder().without_messages(), |builder, number| {
        let head = format!("From: ann@example.org\r\nSubject: {number}\r\n\r\n");
        builder.message("alice", "INBOX", (head + &filler).into_bytes())
    })
}

/// How often the client waited, by the time that went by.
fn trips(begun: Instant) -> u128 {
    begun.elapsed().as_millis() / (2 * LONG.as_millis())
}

async fn ids(mailbox: &mut dyn Mailbox) -> Vec<MessageId> {
    let rows = mailbox.list(&List::all()).await.unwrap().collect(10_000).await.unwrap();
    rows.into_iter().map(|row| row.id).collect()
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_envelopes_are_one_round_trip() {
    let mut session = open(messages(10_000, 20), Protocol::Imap, fast()).await;
    let begun = Instant::now();
    let request = List::all().with_envelopes();
    let rows = session.mailbox.list(&request).await.unwrap().collect(10_000).await.unwrap();
    let subjects = rows.iter().filter_map(|row| row.envelope.as_ref()?.subject.clone());
    assert!(subjects.eq((0..10_000).map(|number| number.to_string())));
    assert_eq!(trips(begun), 1);
    // A set of ids that are no neighbours is many commands, in one write.
    let some: IdSet = rows.into_iter().step_by(2).map(|row| row.id).collect();
    let begun = Instant::now();
    let request = List::ids(some).with_envelopes();
    let rows = session.mailbox.list(&request).await.unwrap().collect(10_000).await.unwrap();
    assert_eq!((rows.len(), trips(begun)), (5_000, 1));
    let begun = Instant::now();
    let request = List::newest(50).with_envelopes().newest_first();
    let rows = session.mailbox.list(&request).await.unwrap().collect(50).await.unwrap();
    assert_eq!((rows.len(), trips(begun)), (50, 1));
    assert!(rows[0].envelope.as_ref().unwrap().subject.as_deref() == Some("9999"));
    let begun = Instant::now();
    let request = List::all().with_envelopes().newest_first();
    let rows = session.mailbox.list(&request).await.unwrap().collect(10_000).await.unwrap();
    let subjects = rows.iter().filter_map(|row| row.envelope.as_ref()?.subject.clone());
    assert!(subjects.eq((0..10_000).rev().map(|number| number.to_string())));
    // 79 commands, 8 at once.
    assert_eq!(trips(begun), 10);
}

/// The round trips of reading 1,000 messages, 8 MB together.
async fn a_thousand(protocol: Protocol, is_pipelined: bool) -> u128 {
    let mut builder = messages(1_000, 8_000);
    if !is_pipelined {
        builder = builder.hide_capability("PIPELINING");
    }
    let Session { mut mailbox, _server, .. } = open(builder, protocol, fast()).await;
    assert_eq!(mailbox.features().contains(Feature::Pipelining), is_pipelined);
    let ids: IdSet = ids(&mut *mailbox).await.into_iter().collect();
    let begun = Instant::now();
    let mut bodies = mailbox.fetch_many(&ids, &Part::Whole).await.unwrap();
    let mut bytes = 0;
    while let Some(next) = bodies.next().await {
        bytes += next.unwrap().1.unwrap().collect(1 << 20).await.unwrap().len();
    }
    assert!((8_000_000..8_100_000).contains(&bytes), "{bytes}");
    drop(bodies);
    let trips = trips(begun);
    // Nothing was left for the next call.
    let begun = Instant::now();
    mailbox.status().await.unwrap();
    assert!(begun.elapsed() < 3 * LONG, "{:?}", begun.elapsed());
    trips
}

#[tokio::test(start_paused = true)]
async fn a_thousand_bodies_are_few_round_trips() {
    assert_eq!(a_thousand(Protocol::Imap, true).await, 5);
    assert_eq!(a_thousand(Protocol::Pop3, true).await, 4);
    assert_eq!(a_thousand(Protocol::Pop3, false).await, 1_000);
}

#[tokio::test(start_paused = true)]
async fn envelopes_over_pop3_go_in_the_window() {
    let mut session = open(messages(1_000, 20_000), Protocol::Pop3, fast()).await;
    ids(&mut *session.mailbox).await;
    let begun = Instant::now();
    let request = List::all().with_envelopes().newest_first();
    let rows = session.mailbox.list(&request).await.unwrap().collect(1_000).await.unwrap();
    let subjects = rows.iter().filter_map(|row| row.envelope.as_ref()?.subject.clone());
    assert!(subjects.eq((0..1_000).rev().map(|number| number.to_string())));
    // One of them asks whether the session still lives.
    assert_eq!(trips(begun), 5);
}

/// Reads the first message of many, leaves, and asks for the status. Returns the bytes that came
/// in all, and how long the status took.
async fn left_early(protocol: Protocol, rate: u64) -> (mailclient::Result<u64>, u64, Duration) {
    let speed = Speed { window: 1 << 16, ..Speed::new(LATENCY, rate) };
    let mut session = open(messages(600, 20_000), protocol, speed).await;
    let ids: IdSet = ids(&mut *session.mailbox).await.into_iter().collect();
    let before = session.wire.bytes_read();
    let mut bodies = session.mailbox.fetch_many(&ids, &Part::Whole).await.unwrap();
    for _ in 0..300 {
        bodies.next().await.unwrap().unwrap().1.unwrap().collect(1 << 20).await.unwrap();
    }
    drop(bodies);
    let begun = Instant::now();
    let status = session.mailbox.status().await;
    let read = session.wire.bytes_read() - before;
    (status.map(|status| status.messages), read - 300 * 20_000, begun.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_left_early_costs_8_mib_or_5_seconds() {
    for protocol in BOTH {
        let (status, more, took) = left_early(protocol, 4 << 20).await;
        assert_eq!(status.unwrap(), 600, "{protocol:?}");
        // The window is full: 4 MiB.
        assert!((3 << 20..5 << 20).contains(&more), "{protocol:?}: {more} bytes");
        assert!(took < Duration::from_millis(1_300), "{protocol:?}: {took:?}");
        // It would take 20 seconds.
        let (status, _, took) = left_early(protocol, 200 << 10).await;
        assert!(matches!(status, Err(Error::Closed { .. })), "{protocol:?}: {status:?}");
        assert_eq!(took, Duration::from_secs(5), "{protocol:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_of_many_is_not_blamed_on_the_server() {
    for protocol in BOTH {
        let speed = Speed { window: 1 << 16, ..Speed::new(LATENCY, 1 << 20) };
        let mut session = open(messages(40, 200_000), protocol, speed).await;
        let ids: IdSet = ids(&mut *session.mailbox).await.into_iter().collect();
        let mut bodies = session.mailbox.fetch_many(&ids, &Part::Whole).await.unwrap();
        let mut count = 0;
        while let Some(next) = bodies.next().await {
            let mut body = next.unwrap().1.unwrap();
            while let Some(chunk) = body.chunk().await.unwrap() {
                assert!(!chunk.is_empty());
                // Longer than a server may be silent, once a message.
                if body.received() == chunk.len() as u64 {
                    sleep(Duration::from_secs(90)).await;
                }
            }
            count += 1;
        }
        assert_eq!(count, 40, "{protocol:?}");
    }
}
