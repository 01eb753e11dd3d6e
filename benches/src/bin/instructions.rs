//! Runs one contender at one published load, for a profiler or for `instructions.sh`.
//!
//! `instructions LOAD ours|peer` warms up with one run, then runs once in a function whose name
//! contains `counted_run`, and prints the number of responses, messages or items of one run;
//! `instructions` prints the loads, each with the name of its peer.

use std::{hint::black_box, process::ExitCode};

use benches::{
    limits,
    load::{Load, body, envelope, lines, pop3 as pop3_load, structure},
    measure::Outcome,
    ours::{
        imap::{self, Depth},
        pop3::{self, Ask},
    },
    peers,
    source::{READ, Source},
};

/// A contender.
type Run = fn(&Load) -> Outcome;

struct Case {
    name: &'static str,
    load: fn() -> Load,
    ours: Run,
    peer: (&'static str, Run),
}

/// The client machine, every item of every list taken out.
const WALK: Run = |load| imap::machine(&load.octets, READ, Depth::Walk);
/// The same, byte by byte.
const WALK_BYTES: Run = |load| imap::machine(&load.octets, 1, Depth::Walk);
const IMAP_PROTO: (&str, Run) = ("imap-proto", |load| peers::imap_proto::whole(&load.octets));
/// No peer reads ESEARCH: the simplest loop over its bytes.
const LOOK_UP: (&str, Run) = ("look-up-a-byte", |load| {
    black_box(limits::table_per_octet(&load.octets, &limits::token_table()));
    Ok(load.units as u64)
});
/// No peer reads bodies in pieces: the reads alone.
const READS: (&str, Run) = ("16-KiB-reads", |load| {
    let mut source = Source::new(&load.octets, READ);
    let mut block = vec![0; READ];
    while source.read(&mut block) > 0 {
        black_box(&mut block);
    }
    Ok(load.octets.len() as u64)
});

const CASES: &[Case] = &[
    Case { name: "flags", load: || envelope::flag_updates(10_000), ours: WALK, peer: IMAP_PROTO },
    Case { name: "envelope", load: || envelope::envelopes(1_000), ours: WALK, peer: IMAP_PROTO },
    Case {
        name: "few-flags",
        load: || lines::few_flag_updates(500),
        ours: WALK_BYTES,
        peer: IMAP_PROTO,
    },
    Case {
        name: "few-envelope",
        load: || lines::few_envelopes(100),
        ours: WALK_BYTES,
        peer: IMAP_PROTO,
    },
    Case { name: "mixed", load: || lines::small_talk(2_000), ours: WALK_BYTES, peer: IMAP_PROTO },
    Case {
        name: "bodystructure",
        load: || structure::structures(1_000),
        ours: WALK,
        peer: IMAP_PROTO,
    },
    Case { name: "list", load: || lines::list(2_000), ours: WALK, peer: IMAP_PROTO },
    Case { name: "status", load: || lines::status(2_000), ours: WALK, peer: IMAP_PROTO },
    Case { name: "capability", load: || lines::capability(1_000), ours: WALK, peer: IMAP_PROTO },
    Case { name: "search", load: || lines::search(10_000), ours: WALK, peer: IMAP_PROTO },
    Case { name: "esearch", load: || lines::esearch(5_000), ours: WALK, peer: LOOK_UP },
    Case { name: "large-bodies", load: || body::large(1), ours: WALK, peer: READS },
    Case { name: "small-bodies", load: || body::small(100), ours: WALK, peer: READS },
    Case {
        name: "pop3-list",
        load: || pop3_load::list(10_000),
        ours: |load| pop3::machine(&load.octets, READ, Ask::List),
        peer: ("pop3-codec", |load| peers::pop3::list(&load.octets)),
    },
    Case {
        name: "pop3-uidl",
        load: || pop3_load::uidl(10_000),
        ours: |load| pop3::machine(&load.octets, READ, Ask::Uidl),
        peer: ("pop3-codec", |load| peers::pop3::uidl(&load.octets)),
    },
    Case {
        name: "pop3-retr",
        load: || pop3_load::mail(1 << 20, pop3_load::Form::Answers),
        ours: |load| pop3::machine(&load.octets, READ, Ask::Retr),
        peer: ("pop3-codec", |load| peers::pop3::retr(&load.octets)),
    },
    Case {
        name: "pop3-mail",
        load: || pop3_load::mail(1 << 20, pop3_load::Form::Bodies),
        ours: |load| Ok(pop3::decode(&load.octets, READ)),
        peer: ("byte-by-byte", |load| Ok(limits::unstuff_per_octet(&load.octets, &mut Vec::new()))),
    },
];

#[expect(clippy::print_stdout, reason = "the output of a program")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.is_empty() {
        for case in CASES {
            println!("{} {}", case.name, case.peer.0);
        }
        return ExitCode::SUCCESS;
    }
    match run(&arguments) {
        Ok(units) => {
            println!("{units}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("instructions: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<usize, String> {
    const USAGE: &str = "instructions LOAD ours|peer";
    let [name, side] = arguments else { return Err(USAGE.to_owned()) };
    let case = CASES.iter().find(|case| case.name == *name).ok_or(USAGE)?;
    let run = match side.as_str() {
        "ours" => case.ours,
        "peer" => case.peer.1,
        _ => return Err(USAGE.to_owned()),
    };
    let load = (case.load)();
    // Tables that are filled once, and the allocator's pages.
    run(&load)?;
    counted_run(run, &load).map_err(|error| format!("{name}, {side}: {error}"))?;
    Ok(load.units)
}

/// The symbol that callgrind looks for; it counts from the call to the return.
#[inline(never)]
fn counted_run(run: Run, load: &Load) -> Outcome {
    black_box(run(black_box(load)))
}
