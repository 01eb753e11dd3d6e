//! Measures everything in both build profiles, and writes `benches/RESULTS.md`, a chart for each
//! work load into `benches/charts`, and the README's section on speed. Every published figure comes
//! from this program.
//!
//! `report [--rounds N]` does that; `report --quick` runs all of it small, in the default profile,
//! and writes below the target folder.

mod chart;
mod goals;
mod hostile;
mod page;
mod rows;

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use rows::Profile;

/// The other programs are built with the features of this one.
const FEATURES: &[&str] = if cfg!(feature = "libcurl") { &["--features", "libcurl"] } else { &[] };

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match run(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("report: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the output of a program")]
fn run(arguments: &[String]) -> Result<()> {
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let rounds = arguments
        .iter()
        .skip_while(|argument| *argument != "--rounds")
        .nth(1)
        .map_or("9", String::as_str);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("no workspace")?;
    let measure: &[&str] = if quick { &["--quick"] } else { &["--rounds", rounds] };
    let mut profiles =
        vec![Profile::read("release", &program(root, "release", "measure", measure)?)];
    if !quick {
        profiles.push(Profile::read("fat", &program(root, "fat", "measure", measure)?));
    }
    let allocations = rows::allocations(&program(root, "release", "allocations", &[])?);
    let messages: &[&str] = if quick { &["2000"] } else { &[] };
    let changes = program(root, "release", "index", messages)?;
    // Builds the program, and lists the contenders.
    let contenders = program(root, "release", "hostile", &[])?;
    let folder = std::env::current_exe()?.parent().ok_or("no folder of programs")?.to_owned();
    let hostile = hostile::table(&folder.join("hostile"), &contenders, quick);

    let page = page::Page {
        facts: facts(root, rounds, quick),
        headlines: profiles.first().map(goals::headlines).unwrap_or_default(),
        verdicts: goals::verdicts(&profiles, &allocations),
        distances: goals::distances(&profiles),
        profiles,
        allocations,
        changes,
        hostile,
    };
    let out: PathBuf = if quick { folder.join("report-quick") } else { root.join("benches") };
    fs::create_dir_all(out.join("charts"))?;
    let charts = chart::draw(&page.profiles, &out.join("charts"))?;
    let results = page.results(&charts);
    println!("{results}");
    println!("{}", page.hostile_input(usize::MAX));
    fs::write(out.join("RESULTS.md"), results)?;
    let readme = page.into_readme(&fs::read_to_string(root.join("README.md"))?)?;
    fs::write(if quick { out.join("README.md") } else { root.join("README.md") }, readme)?;
    Ok(())
}

/// Builds a program of this package in a profile, runs it, and returns its output.
fn program(root: &Path, profile: &str, name: &str, arguments: &[&str]) -> Result<String> {
    eprintln!("report: {name} in profile {profile}");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root)
        .args(["run", "--locked", "--quiet", "--profile", profile])
        .args(["-p", "benches", "--bin", name])
        .args(FEATURES)
        .arg("--")
        .args(arguments)
        .stderr(std::process::Stdio::inherit())
        .output()?;
    if output.status.success() {
        Ok(String::from_utf8(output.stdout)?)
    } else {
        Err(format!("{name}: {}", output.status).into())
    }
}

/// The facts that a reader of the figures needs.
fn facts(root: &Path, rounds: &str, quick: bool) -> Vec<(&'static str, String)> {
    let said = |program: &str, arguments: &[&str]| {
        Command::new(program).args(arguments).output().map_or_else(
            |_| String::from("?"),
            |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        )
    };
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("?", |(_, name)| name.trim());
    let threads = std::thread::available_parallelism().map_or(0, usize::from);
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default();
    vec![
        ("date", said("date", &["-u", "+%F"])),
        ("processor", format!("{processor}, {threads} threads")),
        ("system", said("uname", &["-srm"])),
        ("compiler", said("rustc", &["-V"])),
        ("peers", peers(&lock)),
        ("curl", curl()),
        (
            "rounds",
            if quick {
                "3, small loads: a smoke test, not a measurement".to_owned()
            } else {
                rounds.to_owned()
            },
        ),
        (
            "load average at the end",
            fs::read_to_string("/proc/loadavg")
                .unwrap_or_default()
                .split_whitespace()
                .take(3)
                .collect::<Vec<_>>()
                .join(" "),
        ),
    ]
}

/// The measured versions of curl.
fn curl() -> String {
    #[cfg(feature = "libcurl")]
    let library = benches::peers::libcurl::Libcurl::version();
    #[cfg(not(feature = "libcurl"))]
    let library = "libcurl not measured (built without the feature `libcurl`)";
    benches::peers::pop3::curl_version().map_or_else(
        || format!("{library}; no curl program that speaks POP3, not measured"),
        |program| format!("{library}; the program {program}"),
    )
}

/// The locked versions of the peers.
fn peers(lock: &str) -> String {
    const NAMES: &[&str] = &[
        "imap-proto",
        "imap-codec",
        "imap-next",
        "async-imap",
        "imap-rs-core",
        "pop3-codec",
        "async-pop",
        "pop3-client",
        "rust-pop3-client",
    ];
    let lines: Vec<&str> = lock.lines().collect();
    let mut found = Vec::new();
    for pair in lines.windows(2) {
        let &[name, version] = pair else { continue };
        let value = |line: &str, key: &str| {
            line.strip_prefix(key).map(|rest| rest.trim_matches('"').to_owned())
        };
        if let (Some(name), Some(version)) = (value(name, "name = "), value(version, "version = "))
            && NAMES.contains(&name.as_str())
        {
            found.push(format!("{name} {version}"));
        }
    }
    found.join(", ")
}
