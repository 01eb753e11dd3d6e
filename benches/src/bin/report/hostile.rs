//! Each contender at each hostile input, in a separate process under limits.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use benches::load::hostile::{self, Hostile};

/// Seconds of CPU time, and KiB of address space, that a contender gets.
const SECONDS: u32 = 5;
const KIB: u32 = 4 << 20;

/// All results.
pub(crate) struct Table {
    pub(crate) contenders: Vec<String>,
    /// The input, its size, and a cell for each contender.
    pub(crate) rows: Vec<(String, Vec<String>)>,
}

/// Runs everything. `program` is the built program `hostile`, `contenders` its list.
pub(crate) fn table(program: &Path, contenders: &str, quick: bool) -> Table {
    let contenders: Vec<String> = contenders.lines().map(str::to_owned).collect();
    let (line, long_line) = if quick { (8 << 10, 16 << 10) } else { (64 << 10, 512 << 10) };
    let inputs: [(&[Hostile], &[usize], &str); 4] = [
        (hostile::LINES, &[line, long_line], "bytes"),
        (hostile::NESTING, &[300, 100_000], "deep"),
        (hostile::LITERALS, &[4_000_000_000], "bytes announced"),
        (hostile::LISTS, &[if quick { 1_000 } else { 50_000 }], "members"),
    ];
    let mut rows = Vec::new();
    for (kinds, sizes, unit) in inputs {
        for kind in kinds {
            for size in sizes {
                let cells = contenders
                    .iter()
                    .map(|contender| one(program, contender, kind.name, *size))
                    .collect();
                rows.push((format!("{}, {size} {unit}", kind.content), cells));
            }
        }
    }
    Table { contenders, rows }
}

fn one(program: &Path, contender: &str, input: &str, size: usize) -> String {
    // The shell sets the limits, because safe code cannot.
    let script = format!("ulimit -c 0; ulimit -v {KIB}; ulimit -t {SECONDS}; exec \"$@\"");
    let output = Command::new("sh")
        .args(["-c", &script, "sh"])
        .arg(program)
        .args([contender, input, &size.to_string()])
        .stderr(Stdio::piped())
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) => return error.to_string(),
    };
    let text = String::from_utf8_lossy(&output.stdout);
    match *text.trim().split('\t').collect::<Vec<_>>().as_slice() {
        [seconds, kib, ended] if output.status.success() => {
            let milliseconds = seconds.parse::<f64>().unwrap_or(f64::NAN) * 1e3;
            let mib = kib.parse::<f64>().unwrap_or(f64::NAN) / 1024.0;
            format!("{ended}, {milliseconds:.2} ms, {mib:.0} MiB")
        }
        _ => {
            let complaint = String::from_utf8_lossy(&output.stderr);
            if complaint.contains("overflowed its stack") {
                "**aborts: stack overflow**".to_owned()
            } else if complaint.contains("memory allocation") {
                "**aborts: out of memory**".to_owned()
            } else {
                format!("**killed** after {SECONDS} s or by a signal ({})", output.status)
            }
        }
    }
}
