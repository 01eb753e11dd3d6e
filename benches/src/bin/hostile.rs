//! Gives one hostile input to one contender and prints how it ended. `report` runs it under limits
//! of time and memory, in a separate process for each, since a parser may end the process or never
//! end.
//!
//! `hostile` prints the contenders; `hostile CONTENDER INPUT SIZE` prints the CPU time in seconds,
//! the most memory that the process held in KiB, and how it ended, between tabs.

use std::process::ExitCode;

use benches::{
    load::hostile::Hostile,
    measure::Outcome,
    ours::imap::{self, Depth},
    peers::{async_imap, imap_codec, imap_next, imap_proto, imap_rs_core},
};
use cpu_time::ProcessTime;

/// Small reads: they show which parser starts again after each.
const READ: usize = 1024;

type Run = fn(&[u8]) -> Outcome;

const CONTENDERS: &[(&str, Run)] = &[
    ("imap-proto-lite", |octets| imap::machine(octets, READ, Depth::Walk)),
    ("imap-proto 0.17", |octets| imap_proto::streamed(octets, READ)),
    ("imap-codec", |octets| imap_codec::streamed(octets, READ)),
    ("imap-codec Fragmentizer", |octets| imap_codec::fragmentized(octets, READ)),
    ("imap-next 0.3.4", |octets| imap_next::streamed(octets, READ)),
    ("async-imap 0.12", |octets| async_imap::streamed(octets, READ)),
    ("imap-rs-core 0.2.4", |octets| imap_rs_core::streamed(octets, READ)),
];

#[expect(clippy::print_stdout, reason = "the output of a program")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [contender, input, size] = arguments.as_slice() else {
        for (name, _) in CONTENDERS {
            println!("{name}");
        }
        return ExitCode::SUCCESS;
    };
    let run = CONTENDERS.iter().find(|(name, _)| name == contender);
    let (Some((_, run)), Some(input), Ok(size)) = (run, Hostile::named(input), size.parse()) else {
        eprintln!("hostile CONTENDER INPUT SIZE");
        return ExitCode::FAILURE;
    };
    let octets = input.octets(size);
    let before = ProcessTime::now();
    // The stack of a thread of a server: 2 MiB, as tokio and the standard library give.
    let ended = std::thread::scope(|scope| scope.spawn(|| run(&octets)).join());
    let seconds = before.elapsed().as_secs_f64();
    let ended = match ended {
        Ok(Ok(_)) => "read".to_owned(),
        Ok(Err(error)) if error.contains("left over") => "waits".to_owned(),
        Ok(Err(_)) => "refused".to_owned(),
        Err(_) => "panicked".to_owned(),
    };
    println!("{seconds:.6}\t{}\t{ended}", most_held());
    ExitCode::SUCCESS
}

/// The peak of the resident set in KiB, if the system tells it.
fn most_held() -> u64 {
    std::fs::read_to_string("/proc/self/status")
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}
