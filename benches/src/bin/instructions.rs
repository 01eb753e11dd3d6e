//! Runs one of our contenders a number of times, for a profiler or for `instructions.sh`.
//!
//! `instructions CASE TIMES` prints the number of responses, messages or items of one run;
//! `instructions` prints the cases.

use std::process::ExitCode;

use benches::{
    load::{Load, body, envelope, lines, pop3 as pop3_load, structure},
    measure::Outcome,
    ours::{
        imap::{self, Depth},
        pop3::{self, Ask},
    },
    source::READ,
};

struct Case {
    name: &'static str,
    load: fn() -> Load,
    run: fn(&Load) -> Outcome,
}

fn walk(load: &Load) -> Outcome {
    imap::machine(&load.octets, READ, Depth::Walk)
}

const CASES: &[Case] = &[
    Case { name: "envelope", load: || envelope::envelopes(1_000), run: walk },
    Case { name: "flags", load: || envelope::flag_updates(10_000), run: walk },
    Case { name: "bodystructure", load: || structure::structures(1_000), run: walk },
    Case { name: "bodies", load: || body::small(100), run: walk },
    Case { name: "list", load: || lines::list(2_000), run: walk },
    Case { name: "search", load: || lines::search(10_000), run: walk },
    Case { name: "esearch", load: || lines::esearch(5_000), run: walk },
    Case { name: "status", load: || lines::status(2_000), run: walk },
    Case { name: "capability", load: || lines::capability(1_000), run: walk },
    Case {
        name: "pop3-retr",
        load: || pop3_load::mail(1 << 20, pop3_load::Form::Answers),
        run: |load| pop3::machine(&load.octets, READ, Ask::Retr),
    },
    Case {
        name: "pop3-list",
        load: || pop3_load::list(10_000),
        run: |load| pop3::machine(&load.octets, READ, Ask::List),
    },
    Case {
        name: "pop3-uidl",
        load: || pop3_load::uidl(10_000),
        run: |load| pop3::machine(&load.octets, READ, Ask::Uidl),
    },
];

#[expect(clippy::print_stdout, reason = "the output of a program")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, times] = arguments.as_slice() else {
        println!("{}", CASES.iter().map(|case| case.name).collect::<Vec<_>>().join(" "));
        return ExitCode::SUCCESS;
    };
    let (Some(case), Ok(times)) =
        (CASES.iter().find(|case| case.name == *name), times.parse::<u32>())
    else {
        eprintln!("instructions CASE TIMES");
        return ExitCode::FAILURE;
    };
    let load = (case.load)();
    for _ in 0..times {
        if let Err(error) = (case.run)(&load) {
            eprintln!("instructions: {name}: {error}");
            return ExitCode::FAILURE;
        }
    }
    println!("{}", load.units);
    ExitCode::SUCCESS
}
