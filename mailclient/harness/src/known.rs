//! [`Known`]: the list of failures that are known, and the sample of rows that a short run takes.

use std::{collections::BTreeSet, env};

/// The environment variable that makes a run take every row: `MAIL_MATRICES=whole`.
pub const WHOLE: &str = "MAIL_MATRICES";

/// Of so many sessions a short run takes one. A prime: the ten breaks of a pair of operations come
/// in turn, and each of them is in the sample.
const SAMPLE: usize = 53;

/// A failure: the row that it belongs to, and one example of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The row: a name without numbers that a change of the server's texts would shift. Many
    /// sessions may belong to one row.
    pub row: String,
    /// The failure of one session of the row.
    pub example: String,
}

/// The rows that are known to fail. A text of one row a line; lines that begin with `#` are
/// comments.
#[derive(Debug)]
pub struct Known {
    rows: BTreeSet<String>,
    whole: bool,
    counted: usize,
    tried: BTreeSet<String>,
    failed: Vec<Failed>,
    sessions: usize,
}

impl Known {
    /// The list; whether every row is taken is read from the environment.
    ///
    /// # Panics
    /// [`WHOLE`] has another value than `whole`.
    #[must_use]
    pub fn new(list: &str) -> Self {
        let whole = match env::var(WHOLE).as_deref() {
            Ok("whole") => true,
            Err(_) => false,
            Ok(other) => panic!("{WHOLE}={other}: the only value is whole"),
        };
        Self::with(list, whole)
    }

    /// The list, and whether every row is taken.
    #[must_use]
    pub fn with(list: &str, whole: bool) -> Self {
        let lines = list.lines().map(str::trim);
        let rows = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self {
            rows: rows.map(String::from).collect(),
            whole,
            counted: 0,
            tried: BTreeSet::new(),
            failed: Vec::new(),
            sessions: 0,
        }
    }

    /// Whether every session is run.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.whole
    }

    /// Whether the next session is to be run. A short run takes the first of every 53 sessions, in
    /// the order in which they are asked for, and all sessions of a row that is listed. `rows` are
    /// the rows that the session can fail in.
    pub fn takes(&mut self, rows: &[&str]) -> bool {
        let is_sample = self.counted.is_multiple_of(SAMPLE);
        self.counted += 1;
        let takes = self.whole || is_sample || rows.iter().any(|row| self.rows.contains(*row));
        if takes {
            self.tried.extend(rows.iter().map(ToString::to_string));
            self.sessions += 1;
        }
        takes
    }

    /// A session of a row was run that is run always.
    pub fn tried(&mut self, row: &str) {
        self.counted += 1;
        self.sessions += 1;
        self.tried.insert(row.into());
    }

    /// A session of a row failed.
    pub fn fails(&mut self, row: impl Into<String>, example: impl Into<String>) {
        self.failed.push(Failed { row: row.into(), example: example.into() });
    }

    /// The sessions that were run, and those that there are.
    #[must_use]
    pub const fn sessions(&self) -> (usize, usize) {
        (self.sessions, self.counted)
    }

    /// The rows that failed, a line each: the list as it should be.
    #[must_use]
    pub fn found(&self) -> BTreeSet<&str> {
        self.failed.iter().map(|failed| failed.row.as_str()).collect()
    }

    /// The faults of the list: rows that fail and are not listed, with their first example,
    /// and listed rows that pass or do not exist. Empty if the list is right.
    #[must_use]
    pub fn verdict(&self) -> Vec<String> {
        let found = self.found();
        let new = found.iter().filter(|row| !self.rows.contains(**row));
        let examples = new.map(|row| {
            let example = self.failed.iter().find(|failed| failed.row == *row);
            format!("{row}\n      {}", example.map_or("", |failed| &failed.example))
        });
        let gone = self.rows.iter().filter(|row| !found.contains(row.as_str())).map(|row| {
            let why = if self.tried.contains(row) { "passes" } else { "does not exist" };
            format!("{row}\n      is listed and {why}: take it from the list")
        });
        examples.chain(gone).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "# A comment.\n\nopen, then list\n  close, then list\n";

    fn run(whole: bool, fails: &[&str]) -> (Known, Vec<String>) {
        let mut known = Known::with(LIST, whole);
        for row in ["status, then list", "open, then list", "close, then list"] {
            for session in 0..60 {
                if known.takes(&[row]) && fails.contains(&row) {
                    known.fails(row, format!("session {session}"));
                }
            }
        }
        let verdict = known.verdict();
        (known, verdict)
    }

    #[test]
    fn a_right_list_is_accepted() {
        for whole in [true, false] {
            assert_eq!(run(whole, &["open, then list", "close, then list"]).1, [""; 0]);
        }
    }

    #[test]
    fn a_failure_that_is_not_listed_and_a_listed_row_that_passes_are_told() {
        let (_, verdict) = run(true, &["status, then list", "open, then list"]);
        assert_eq!(verdict.len(), 2, "{verdict:?}");
        assert!(verdict.iter().any(|line| line.starts_with("status, then list\n      session 0")));
        assert!(verdict.iter().any(|line| line.starts_with("close, then list\n      is listed")));
        let mut unknown = Known::with("no such row", false);
        assert!(unknown.takes(&["another"]));
        let told = "no such row\n      is listed and does not exist: take it from the list";
        assert_eq!(unknown.verdict(), [told]);
    }

    #[test]
    fn a_short_run_takes_a_sample_and_every_listed_row() {
        assert_eq!(run(false, &[]).0.sessions(), (2 + 120, 180));
        assert_eq!(run(true, &[]).0.sessions(), (180, 180));
    }
}
