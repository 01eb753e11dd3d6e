//! The place where the claim about speed is made: work loads, peers, and a harness that measures side by side.
//!
//! - [`load`] makes the work loads from a seed;
//! - [`ours`] and [`peers`] run the crates of this workspace and those of others on them, [`limits`] what the machine can do;
//! - [`answer`] makes sure that they did the same work, before any time is taken;
//! - [`measure`] takes the time, in interleaved rounds; [`contest`] says who meets whom;
//! - [`hostile`] sends what a broken or hostile server may send.
//!
//! `cargo run --release -p benches --bin report` measures everything in two build profiles and writes `RESULTS.md` with charts;
//! `-- --quick` is a smoke test of it. `cargo bench -p benches` is for day-to-day work with baselines. `instructions.sh` counts
//! instructions.

pub mod answer;
pub mod contest;
pub mod hostile;
pub mod limits;
pub mod load;
pub mod measure;
pub mod ours;
pub mod peers;
pub mod rng;
pub mod server;
pub mod source;
pub mod wire;
