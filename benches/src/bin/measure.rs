//! Checks the answers, then measures everything and prints it as lines of fields between tabs.
//! `report` runs it in two build profiles.
//!
//! `measure [--quick] [--rounds N] [--only PREFIX]`

use std::process::ExitCode;

use benches::{
    contest::{Loads, Size, imap, pop3},
    limits,
    load::pop3 as pop3_load,
    measure::{Contest, Role},
    server,
    source::READ,
};

fn main() -> ExitCode {
    match run(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("measure: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Plan {
    rounds: usize,
    only: String,
}

fn run(arguments: &[String]) -> Result<(), String> {
    let value = |name: &str| arguments.iter().skip_while(|argument| *argument != name).nth(1);
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let rounds = value("--rounds").and_then(|rounds| rounds.parse().ok());
    let plan = Plan {
        rounds: rounds.unwrap_or(if quick { 3 } else { 15 }),
        only: value("--only").cloned().unwrap_or_default(),
    };
    let loads = Loads::new(if quick { Size::Quick } else { Size::Full });
    let table = limits::token_table();
    for load in &loads.imap {
        let lines = imap::lines_of(load);
        plan.run(imap::whole(load, &lines, &table))?;
        plan.run(imap::streamed(load, &lines, READ))?;
    }
    for load in &loads.small {
        let lines = imap::lines_of(load);
        for read in [1, 16, READ] {
            plan.run(imap::streamed(load, &lines, read))?;
        }
    }
    for load in &loads.bodies {
        plan.run(imap::bodies(load))?;
    }
    for contest in imap::encoding() {
        plan.run(contest)?;
    }
    for (small, large) in &loads.linear {
        plan.run(imap::linearity(small, large))?;
    }
    // Both fit into the second-level cache, so that the figure is about the decoder and not about
    // memory.
    let [small, large] = [100_000, 800_000].map(pop3_load::long);
    plan.run(pop3::linearity(&small, &large))?;
    for (bodies, answers) in &loads.pop3 {
        plan.run(pop3::bodies(bodies, answers))?;
    }
    for load in &loads.listings {
        plan.run(pop3::listing(load))?;
    }
    for (place, load) in loads.retr.iter().enumerate() {
        let address = server::start(load.octets.clone()).map_err(|error| error.to_string())?;
        plan.run(pop3::loopback(load, address, place == 0)?)?;
    }
    Ok(())
}

impl Plan {
    fn run(&self, mut contest: Contest<'_>) -> Result<(), String> {
        if !contest.name.starts_with(&self.only) {
            return Ok(());
        }
        contest.check()?;
        line(&[
            "contest",
            &contest.name,
            contest.content,
            &contest.octets.to_string(),
            &contest.units.to_string(),
            contest.unit,
            contest.baseline,
        ]);
        for row in contest.measure(self.rounds) {
            let role = match row.role {
                Role::Ours => "ours",
                Role::Peer => "peer",
                _ => "limit",
            };
            let numbers =
                [row.nanoseconds, row.spread, row.ratio].map(|number| format!("{number:.4}"));
            let [nanoseconds, spread, ratio] = numbers.each_ref().map(String::as_str);
            let samples: Vec<String> =
                row.samples.iter().map(|sample| format!("{sample:.2}")).collect();
            line(&[
                "row",
                &row.name,
                role,
                nanoseconds,
                spread,
                ratio,
                &row.leaves_out,
                row.failure.as_deref().unwrap_or_default(),
                &samples.join(","),
            ]);
        }
        Ok(())
    }
}

#[expect(clippy::print_stdout, reason = "the output of a program")]
fn line(fields: &[&str]) {
    let fields: Vec<String> =
        fields.iter().map(|field| field.replace(['\t', '\n', '\r'], " ")).collect();
    println!("{}", fields.join("\t"));
}
