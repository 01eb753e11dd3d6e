//! [`Known`]: the list of failures that are known, and the sample of rows that a short run takes.

use std::{collections::BTreeSet, env};

/// The environment variable that makes a run take every row: `MAIL_MATRICES=whole`.
pub const WHOLE: &str = "MAIL_MATRICES";

/// Of so many sessions a short run takes one. A prime: the ten breaks of a pair of operations come
/// in turn, and each of them is in the sample.
const SAMPLE: usize = 101;

/// Of so many sessions of a [variant](Known::variant) a whole run takes one, unless it takes
/// [a third of them](Known::with_third_of_variants), and a short run one of this many times
/// [`SAMPLE`].
const VARIANT: usize = 5;

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
    /// A whole run takes every session of the variants too.
    third_of_variants: bool,
    /// The variant whose sessions come now; none for the main one.
    variant: Option<String>,
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
            third_of_variants: false,
            variant: None,
            counted: 0,
            tried: BTreeSet::new(),
            failed: Vec::new(),
            sessions: 0,
        }
    }

    /// The same list; a whole run takes every third session of the [variants](Self::variant).
    #[must_use]
    pub fn with_third_of_variants(self) -> Self {
        Self { third_of_variants: true, ..self }
    }

    /// Whether every session is run.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.whole
    }

    /// The next sessions are those of a variant: the same rows on another kind of server. What the
    /// list says of a row holds there too; a failure only there has a separate row, which ends in
    /// ` on VARIANT`. Of five sessions of a variant one counts, unless a run takes
    /// [a third of them](Self::with_third_of_variants).
    pub fn variant(&mut self, name: &str) {
        self.variant = Some(name.into());
    }

    /// The row of the variant.
    fn here(&self, row: &str) -> String {
        self.variant.as_ref().map_or_else(|| row.into(), |variant| format!("{row} on {variant}"))
    }

    /// Whether the next session is to be run. A short run takes the first of every 101 sessions, in
    /// the order in which they are asked for, and those of a row that is listed until one has
    /// failed. `rows` are the rows that the session can fail in.
    pub fn takes(&mut self, rows: &[&str]) -> bool {
        let rarely = if self.variant.is_some() { VARIANT } else { 1 };
        let every = match (self.whole, self.third_of_variants) {
            (true, true) => rarely.min(3),
            (true, false) => rarely,
            (false, _) => rarely * SAMPLE,
        };
        let rows: Vec<String> = rows.iter().map(|row| self.here(row)).collect();
        let is_open = |row: &String| !self.failed.iter().any(|failed| failed.row == *row);
        let is_listed = rows.iter().any(|row| self.rows.contains(row) && is_open(row));
        let takes = self.counted.is_multiple_of(every) || is_listed;
        self.counted += 1;
        if takes {
            self.tried.extend(rows);
            self.sessions += 1;
        }
        takes
    }

    /// A session of a row was run that is run always.
    pub fn tried(&mut self, row: &str) {
        self.counted += 1;
        self.sessions += 1;
        self.tried.insert(self.here(row));
    }

    /// A session of a row failed.
    pub fn fails(&mut self, row: impl Into<String>, example: impl Into<String>) {
        let row = row.into();
        if self.variant.is_some() && self.rows.contains(&row) {
            return;
        }
        self.failed.push(Failed { row: self.here(&row), example: example.into() });
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
    fn a_variant_has_the_rows_of_the_list_and_its_own() {
        let list = "open, then list\nopen, then list on courier\nclose, then list on gmail\n";
        let mut known = Known::with(list, true);
        let run = |known: &mut Known, row: &str| {
            for _ in 0..9 {
                if known.takes(&[row]) {
                    known.fails(row, "");
                }
            }
            known.sessions().0
        };
        assert_eq!(run(&mut known, "open, then list"), 9);
        known.variant("courier");
        // Listed in general: not once more. One of five sessions is run, and each of a listed row.
        assert_eq!(run(&mut known, "open, then list"), 18);
        assert_eq!(run(&mut known, "close, then list"), 20);
        known.variant("gmail");
        assert_eq!(run(&mut known, "close, then list"), 23);
        let told = [
            "close, then list on courier\n      ",
            "open, then list on courier\n      is listed and passes: take it from the list",
        ];
        assert_eq!(known.verdict(), told);
        for (whole, sessions) in [(true, 18), (false, 1)] {
            let mut known = Known::with("", whole).with_third_of_variants();
            known.variant("courier");
            let taken = (0..53).filter(|_| known.takes(&["open, then list"])).count();
            assert_eq!(taken, sessions, "whole: {whole}");
        }
    }

    #[test]
    fn a_short_run_takes_a_sample_and_every_listed_row() {
        assert_eq!(run(false, &[]).0.sessions(), (1 + 120, 180));
        // A listed row that has failed is in the list rightly.
        assert_eq!(run(false, &["open, then list"]).0.sessions(), (1 + 2 + 60, 180));
        assert_eq!(run(true, &[]).0.sessions(), (180, 180));
    }
}
