//! The tests of the crate, all in one binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test panics where it fails"
)]

mod blocking;
mod body_structure;
#[cfg(feature = "corpora")]
mod corpora;
mod discard;
mod early;
mod grammar;
#[cfg(feature = "interop")]
#[expect(clippy::print_stdout, reason = "reports what each server does")]
mod interop;
mod limits;
mod memory;
mod misuse;
mod pair;
mod properties;
mod quotes;
mod raw;
mod roundtrip;
mod sasl;
mod server;
mod support;
mod timing;
mod tolerance;
mod transcripts;
mod withdraw;
