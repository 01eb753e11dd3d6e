//! The tests of the crate, all in one binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test panics where it fails"
)]

mod blocking;
mod client;
#[cfg(feature = "corpora")]
mod corpora;
mod early;
mod limits;
mod listings;
mod memory;
mod misuse;
mod pair;
mod pipelining;
mod properties;
mod sasl;
mod server;
mod support;
mod timing;
mod transcripts;
