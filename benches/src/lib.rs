//! The figures about speed: work loads, peers, and a harness that measures them side by side.
//!
//! - [`load`] makes the work loads from a seed;
//! - [`ours`] and [`peers`] run the crates of this workspace and those of others on them,
//!   [`limits`] the simplest code;
//! - [`answer`] checks before any measurement that they did the same work;
//! - [`measure`] takes the time, in interleaved rounds; [`contest`] names the contenders.
//!
//! `cargo run --release -p benches --bin measure` checks all answers, measures and prints; `--
//! --quick` is a smoke test of it.

pub mod answer;
pub mod contest;
pub mod limits;
pub mod load;
pub mod measure;
pub mod ours;
pub mod peers;
pub mod rng;
pub mod server;
pub mod source;
pub mod wire;
