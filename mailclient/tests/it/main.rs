//! The tests of the crate in one binary; `tests/memory.rs`, which measures its process, is another.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test panics where it fails"
)]

mod bounded;
mod broken;
mod calls;
mod contract;
mod dialed;
mod embedded;
mod examples;
mod folders;
#[cfg(feature = "interop")]
mod interop;
mod mails;
mod many;
mod matrix;
mod model;
mod office365;
mod operations;
mod outside;
mod probes;
mod replaced;
mod reported;
mod searches;
mod session;
mod structure;
mod suite;
mod support;
mod sync;
mod sync_model;
mod text_forms;
mod timeouts;
mod tls;
mod transcripts;
mod watch;
mod writes;
