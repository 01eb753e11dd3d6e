//! A message is streamed and never held: 64 MiB over each form, with less than 8 MiB of growth. A
//! separate binary with one test, because it measures the process.

#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "the figures are what this is about")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should say so at once"
)]

#[cfg(feature = "interop")]
#[path = "it/suite/mod.rs"]
#[allow(dead_code, reason = "shared with `it`, which uses all of it")]
mod suite;

use mail_harness::memory::{peak_kib, reset_peak};
use mail_testserver::{Scheme, TestServer};
use mailclient::{Account, Credentials, List, Part, Tls};

const MESSAGE: usize = 64 * 1024 * 1024;
const ALLOWED_KIB: u64 = 8 * 1024;

fn message() -> Vec<u8> {
    let mut message = b"From: ann@example.org\r\nSubject: large\r\n\r\n".to_vec();
    message.reserve_exact(MESSAGE);
    while message.len() < MESSAGE {
        message.extend_from_slice(b".Every line begins with a dot, so that each one of them has to be stuffed on POP3.\r\n");
    }
    message
}

#[tokio::test]
async fn a_64_mib_message_needs_less_than_8_mib() {
    let message = message();
    let size = message.len() as u64;
    #[cfg(feature = "interop")]
    {
        use suite::{Given, dovecot};
        dovecot::deliver("frank", &[Given { name: "large".into(), bytes: message.clone() }]);
        for account in dovecot::accounts("frank") {
            passes_through(&account, &dovecot::password("frank"), size).await;
        }
    }
    let server = TestServer::builder()
        .without_messages()
        .message("alice", "INBOX", message)
        .start()
        .await
        .unwrap();
    let credentials = Credentials::password(server.password("alice"));
    for scheme in Scheme::TLS {
        let account: Account = server.url(scheme, "alice").parse().unwrap();
        let account = account.with_tls(Tls::with_config(server.client_config()));
        passes_through(&account, &credentials, size).await;
    }
}

async fn passes_through(account: &Account, credentials: &Credentials, size: u64) {
    let mut mailbox = account.connect(credentials).await.unwrap();
    let rows = mailbox.list(&List::all()).await.unwrap().collect(10).await.unwrap();
    reset_peak().unwrap();
    let before = peak_kib().unwrap();
    let mut body = mailbox.fetch(&rows[0].id, &Part::Whole).await.unwrap();
    let mut largest = 0;
    while let Some(chunk) = body.chunk().await.unwrap() {
        largest = largest.max(chunk.len());
    }
    assert_eq!(body.received(), size, "{account}");
    assert!(largest <= 64 * 1024, "{account}: a chunk of {largest} bytes");
    let grown = peak_kib().unwrap() - before;
    println!(
        "{account}: {size} bytes, peak memory grew by {grown} KiB, largest chunk {largest} bytes"
    );
    assert!(grown < ALLOWED_KIB, "{account}: peak memory grew by {grown} KiB");
    drop(body);
    assert!(mailbox.close().await.unwrap().is_empty(), "{account}");
}
