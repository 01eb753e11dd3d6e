//! What the tests of these crates share. It knows neither a mail protocol nor `mailclient`.
//!
//! | module | what it gives |
//! |---|---|
//! | [`operation`] | an operation on a session, and its answer as text |
//! | [`cancel`] | every operation dropped at every pending poll, then every operation |
//! | [`cut`] | the connection of every operation broken at every line |
//! | [`refuse`] | every command of every operation refused |
//! | [`flood`] | every operation flooded at every line |
//! | [`model`] | a plain model of folders, and what a server did that it did not foresee |
//! | [`known`] | the list of failures that are known, and the sample of a short run |
//! | [`canary`] | a secret that must not show up, and a record of what is logged |
//! | [`memory`] | the peak memory of the process, allocations, threads with a small stack |
//! | [`fault`] | a stream that fails at a chosen byte, and counts polls and bytes |
//! | [`script`] | a server that plays a script |
//! | [`pipe`] | a pipe with latency and a rate, on tokio's clock |
//! | [`transcript`] | conversations in files: the dialect, and who plays them |
//! | [`tls`] | certificates that are wrong in one way each, and a clock for TLS |
//! | [`text`] | bytes as text and back |
//! | [`random`] | numbers that look random |
//!
//! Time is tokio's paused time over in-memory pipes, so a day takes no time and every run is the
//! same:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> std::io::Result<()> {
//! use mail_harness::fault::{Fault, FaultStream, Wire};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
//!
//! let (mut server, client) = duplex(64);
//! let wire = Wire::new();
//! wire.on_read(5, Fault::Reset);
//! let mut client = FaultStream::new(client, &wire);
//! server.write_all(b"* OK ready\r\n").await?;
//! let mut read = [0; 5];
//! client.read_exact(&mut read).await?;
//! let error = client.read_u8().await.unwrap_err();
//! assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    reason = "for tests of this workspace: a harness panics where a test is wrong"
)]

pub mod canary;
pub mod cancel;
pub mod cut;
pub mod fault;
pub mod flood;
pub mod known;
pub mod memory;
pub mod model;
pub mod operation;
pub mod pipe;
pub mod random;
pub mod refuse;
pub mod script;
pub mod text;
pub mod tls;
pub mod transcript;
