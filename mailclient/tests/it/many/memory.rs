//! What the client allocates while a large folder is listed, many messages are read, and a large
//! one is. `MAIL_MATRICES=whole` takes the whole sizes.

use std::env;

use mail_harness::memory::allocated_by;
use mailclient::{Credentials, IdSet, List, Mailbox, MessageId, Part, Protocol};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, duplex};

use crate::support::account;

const MOST: u64 = 16 << 20;

fn is_whole() -> bool {
    env::var("MAIL_MATRICES").is_ok_and(|value| value == "whole")
}

/// Between the UIDs there are gaps.
const fn uid(number: u32) -> u32 {
    number * 3
}

/// Serves a folder of so many messages of so many bytes.
async fn serve(stream: DuplexStream, messages: u32, bytes: u64) {
    let mut stream = BufReader::new(stream);
    let _ = stream.write_all(b"* PREAUTH [CAPABILITY IMAP4rev1] ready\r\n").await;
    let mut line = String::new();
    let block = [b'x'; 1 << 12];
    while matches!(stream.read_line(&mut line).await, Ok(1..)) {
        let taken = std::mem::take(&mut line);
        let words: Vec<&str> = taken.split_whitespace().collect();
        let numbers = match words[1..] {
            ["SELECT", _] => {
                let text = format!("* {messages} EXISTS\r\n* OK [UIDVALIDITY 14] valid\r\n");
                let _ = stream.write_all(text.as_bytes()).await;
                Vec::new()
            }
            ["UID", "FETCH", set, ..] => {
                let range = |range: &str| {
                    let (first, last) = range.split_once(':').unwrap_or((range, range));
                    first.parse::<u32>().unwrap() / 3..=last.parse::<u32>().unwrap() / 3
                };
                set.split(',').flat_map(range).collect()
            }
            _ => (1..=messages).collect(),
        };
        for number in numbers {
            let uid = uid(number);
            let row = format!("* {number} FETCH (UID {uid} RFC822.SIZE {bytes}");
            let is_body = taken.contains("BODY");
            let rest = match is_body {
                true => format!(" BODY[] {{{bytes}}}\r\n"),
                false => " FLAGS (\\Seen) INTERNALDATE \"24-Nov-2026 09:00:00 +0000\")\r\n".into(),
            };
            let _ = stream.write_all((row + &rest).as_bytes()).await;
            let mut left = if is_body { bytes } else { 0 };
            while left > 0 {
                let piece = &block[..usize::try_from(left).unwrap_or(usize::MAX).min(block.len())];
                left -= piece.len() as u64;
                if stream.write_all(piece).await.is_err() {
                    return;
                }
            }
            if is_body {
                let _ = stream.write_all(b")\r\n").await;
            }
        }
        let _ = stream.write_all(format!("{} OK done\r\n", words[0]).as_bytes()).await;
    }
}

async fn open(messages: u32, bytes: u64) -> Box<dyn Mailbox> {
    let (ours, theirs) = duplex(1 << 16);
    tokio::spawn(serve(theirs, messages, bytes));
    let mut account = account(Protocol::Imap);
    account.preauth = true;
    let credentials = Credentials::password("unused");
    account.connect_protected(ours, &credentials).await.unwrap()
}

/// Reads so many messages of so many bytes. Returns the most memory at a time.
async fn read(messages: u32, bytes: u64) -> u64 {
    let mut mailbox = open(messages, bytes).await;
    let id = |number| format!("imap1:14:{}:INBOX", uid(number)).parse::<MessageId>().unwrap();
    let ids: IdSet = (1..=messages).map(id).collect();
    let reading = async {
        let (mut bodies, mut all) = (mailbox.fetch_many(&ids, &Part::Whole).await.unwrap(), 0_u64);
        while let Some(next) = bodies.next().await {
            let mut body = next.unwrap().1.unwrap();
            while let Some(chunk) = body.chunk().await.unwrap() {
                all += chunk.len() as u64;
            }
        }
        all
    };
    let (all, allocated) = allocated_by(reading).await;
    assert_eq!(all, bytes * u64::from(messages));
    allocated.peak
}

#[tokio::test(start_paused = true)]
#[allow(clippy::print_stdout, reason = "the figures are what this is about")]
async fn a_large_folder_is_listed_in_little_memory() {
    let messages = if is_whole() { 1_000_000 } else { 20_000 };
    let mut mailbox = open(messages, 1_000).await;
    let request = List::all();
    let listing = async {
        let (mut rows, mut count) = (mailbox.list(&request).await.unwrap(), 0);
        while let Some(row) = rows.next().await {
            count += 1;
            assert_eq!(row.unwrap().id.to_string(), format!("imap1:14:{}:INBOX", uid(count)));
        }
        count
    };
    let (count, allocated) = allocated_by(listing).await;
    println!("{messages} rows: {} bytes", allocated.peak);
    assert_eq!(count, messages);
    // The map from numbers to UIDs, and buffers.
    let most = if is_whole() { MOST } else { 1 << 20 };
    assert!(allocated.peak < most, "{} bytes", allocated.peak);
}

#[tokio::test(start_paused = true)]
#[allow(clippy::print_stdout, reason = "the figures are what this is about")]
async fn many_bodies_and_large_ones_pass_through() {
    let large = if is_whole() { 1 << 30 } else { 64 << 20 };
    for (messages, bytes) in [(10_000, 1_000), (1, large), (3, 9 << 20)] {
        let peak = read(messages, bytes).await;
        println!("{messages} bodies of {bytes} bytes: {peak} bytes");
        assert!(peak < MOST / 8, "{messages} bodies of {bytes} bytes: {peak} bytes");
    }
}
