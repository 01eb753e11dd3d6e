//! The text: tables in Markdown.

use std::fmt::Write as _;

use crate::{
    Result,
    goals::{Distance, Headline, Verdict},
    hostile::Table,
    rows::{Allocations, Contest, Profile},
};

const BEGIN: &str = "<!-- speed: written by `cargo run --release -p benches --bin report` -->";
const END: &str = "<!-- end of speed -->";

/// How the five rows of the README are measured.
const HEADLINES: &str = "The IMAP client machine, fed by reads of 16 KiB, every value taken out; beside it the fastest \
     peer that parses the same fields, with\neverything in one buffer (bodies: fed by the same reads).\n\n";

/// All figures.
pub(crate) struct Page {
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) headlines: Vec<Headline>,
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) distances: Vec<Distance>,
    pub(crate) profiles: Vec<Profile>,
    pub(crate) allocations: Vec<Allocations>,
    /// The output of the program `index`.
    pub(crate) changes: String,
    pub(crate) hostile: Table,
}

fn row(cells: impl IntoIterator<Item = String>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

fn head(cells: impl IntoIterator<Item = String>) -> String {
    let cells: Vec<String> = cells.into_iter().collect();
    let rule = "|---".repeat(cells.len());
    format!("{}{rule}|\n", row(cells))
}

impl Page {
    /// `RESULTS.md`, with links to the charts.
    pub(crate) fn results(&self, charts: &[&str]) -> String {
        let features = if cfg!(feature = "libcurl") { "--features libcurl " } else { "" };
        let mut text = format!(
            "# Results\n\nWritten by `cargo run --release -p benches {features}--bin report`; not edited by hand. \
             How it is measured: [README.md](README.md).\n\n",
        );
        for (name, value) in &self.facts {
            let _ = writeln!(text, "- {name}: {value}");
        }
        text.push_str(
            "\nTimes are CPU times of the thread (over loopback: wall time). Ratios are medians of the ratios of single \
             rounds, with the middle half of the rounds in parentheses. *release* is cargo's default release profile, \
             *fat* has `lto = \"fat\"` and one codegen unit.\n\n## In short\n\n",
        );
        text.push_str(&self.headlines());
        text.push_str("\nCharts:");
        for chart in charts {
            let _ = write!(text, " [{chart}](charts/{chart}.svg)");
        }
        text.push_str("\n\n## Goals\n\n");
        text.push_str(&self.goals());
        text.push_str("\n## Distance to the limit\n\nThese have no goal.\n\n");
        text.push_str(&self.distances());
        for profile in &self.profiles {
            let _ = write!(text, "\n## Profile {}\n", profile.name);
            for contest in &profile.contests {
                text.push_str(&table(contest));
            }
        }
        text.push_str(&self.allocations());
        text.push_str(&self.changes());
        // The report publishes our own result only; the program prints the others.
        text.push_str(&self.hostile_input(1));
        text
    }

    fn allocations(&self) -> String {
        let mut text = String::from(
            "\n## Allocations\n\nOver a tenth of each load, including those of the connection.\n\n",
        );
        text.push_str(&head(
            ["load", "contender", "allocations a response", "bytes a response", "most held"]
                .map(str::to_owned),
        ));
        for one in &self.allocations {
            text.push_str(&row([
                one.load.clone(),
                one.name.clone(),
                format!("{:.3}", one.each),
                format!("{:.0}", one.octets_each),
                format!("{:.0}", one.most),
            ]));
        }
        text
    }

    fn changes(&self) -> String {
        let mut text = String::from(
            "\n## Changes of a mailbox\n\nWhat `Selected` and `UniqueIdIndex` take for this many messages: the CPU time of all lines \
             together, parsing included; for UIDL, a search for each unique-id besides.\n\n",
        );
        text.push_str(&head(["kind of change", "messages", "seconds"].map(str::to_owned)));
        for line in self.changes.lines() {
            text.push_str(&row(line.split('\t').skip(1).map(str::to_owned)));
        }
        text
    }

    /// How the first contenders end at hostile input; ours is the first.
    pub(crate) fn hostile_input(&self, contenders: usize) -> String {
        let mut text = String::from(
            "\n## Hostile input\n\nIn reads of 1 KiB, each in a separate process with 4 GiB of address space, 5 s of CPU time, and a stack of 2 MiB. \
             *read*: no error; *waits*: it keeps the input and wants more; *refused*: an error. Then the CPU time, and the most memory that the process held, of which about 1 ms and 3 MiB are the program's own. \
             The program prints the same for the others.\n\n",
        );
        text.push_str(&head(
            std::iter::once("input".to_owned())
                .chain(self.hostile.contenders.iter().take(contenders).cloned()),
        ));
        for (input, cells) in &self.hostile.rows {
            text.push_str(&row(
                std::iter::once(input.clone()).chain(cells.iter().take(contenders).cloned())
            ));
        }
        text
    }

    /// The five rows of the README.
    fn headlines(&self) -> String {
        let mut text = HEADLINES.to_owned();
        text.push_str(&head(
            ["response", "ours, MB/s", "fastest peer", "its MB/s", "ratio"].map(str::to_owned),
        ));
        for one in &self.headlines {
            text.push_str(&row([
                one.load.to_owned(),
                one.ours.clone(),
                one.peer.clone(),
                one.theirs.clone(),
                one.ratio.clone(),
            ]));
        }
        text
    }

    fn distances(&self) -> String {
        let mut text = head(
            ["load", "figure"]
                .into_iter()
                .chain(self.profiles.iter().map(|profile| profile.name))
                .map(str::to_owned),
        );
        for distance in &self.distances {
            text.push_str(&row([distance.load, distance.what]
                .map(str::to_owned)
                .into_iter()
                .chain(distance.figures.iter().cloned())));
        }
        text
    }

    fn goals(&self) -> String {
        let mut text = head(["load", "what"].map(str::to_owned).into_iter().chain(
            self.profiles.iter().flat_map(|profile| {
                ["goal", "measured", ""].map(|cell| format!("{} {cell}", profile.name))
            }),
        ));
        for verdict in &self.verdicts {
            let mut cells = vec![verdict.load.to_owned(), verdict.what.clone()];
            for (goal, figure, reached) in &verdict.cells {
                let word = match reached {
                    Some(true) => "reached",
                    Some(false) => "**not reached**",
                    None => "**not measured**",
                };
                cells.extend([goal.clone(), figure.clone(), word.to_owned()]);
            }
            cells.resize(2 + 3 * self.profiles.len(), String::new());
            text.push_str(&row(cells));
        }
        text
    }

    /// The README with a new section on speed.
    pub(crate) fn into_readme(self, readme: &str) -> Result<String> {
        let (before, rest) = readme
            .split_once(BEGIN)
            .ok_or("the README has no mark for the begin of the figures")?;
        let (_, after) =
            rest.split_once(END).ok_or("the README has no mark for the end of the figures")?;
        let fact = |name: &str| {
            self.facts
                .iter()
                .find(|(fact, _)| *fact == name)
                .map_or("?", |(_, value)| value.as_str())
        };
        let text = format!(
            "\n\n{}\nMeasured on {} ({}; {}), cargo's release profile.\n\n",
            self.headlines(),
            fact("date"),
            fact("processor"),
            fact("compiler"),
        );
        Ok(format!("{before}{BEGIN}{text}{END}{after}"))
    }
}

/// One contest.
fn table(contest: &Contest) -> String {
    let mut text = format!(
        "\n### {}\n\n{}: {} bytes, {} {}{}\n\n",
        contest.name,
        contest.content,
        contest.octets,
        contest.units,
        contest.unit,
        if contest.units == 1.0 { "" } else { "s" },
    );
    text.push_str(&head([
        "contender".to_owned(),
        "MB/s".to_owned(),
        format!("ns each {}", contest.unit),
        "spread".to_owned(),
        format!("times {}", contest.baseline),
        "leaves out".to_owned(),
    ]));
    for one in &contest.rows {
        text.push_str(&row(if one.failure.is_empty() {
            [
                one.name.clone(),
                format!("{:.0}", contest.octets / one.nanoseconds * 1e3),
                format!("{:.1}", one.nanoseconds / contest.units),
                format!("{:.1} %", one.spread * 100.0),
                contest
                    .times(&one.name, &contest.baseline)
                    .map_or_else(|| "-".to_owned(), |figure| figure.to_string()),
                one.leaves_out.clone(),
            ]
        } else {
            [
                one.name.clone(),
                "-".to_owned(),
                "-".to_owned(),
                "-".to_owned(),
                "-".to_owned(),
                // The reason not to take part is the text of the failure.
                if one.failure.starts_with("not ") {
                    one.failure.clone()
                } else {
                    format!("fails: {}", one.failure)
                },
            ]
        }));
    }
    text
}
