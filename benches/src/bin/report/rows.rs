//! Reads the output of `measure` and `allocations`.

use std::fmt;

use benches::measure::quantile;

/// The figures of one contender at one work load.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) nanoseconds: f64,
    pub(crate) spread: f64,
    pub(crate) leaves_out: String,
    pub(crate) failure: String,
    samples: Vec<f64>,
}

/// One work load in one delivery.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contest {
    pub(crate) name: String,
    pub(crate) content: String,
    pub(crate) octets: f64,
    pub(crate) units: f64,
    pub(crate) unit: String,
    pub(crate) baseline: String,
    pub(crate) rows: Vec<Row>,
}

/// The figures of one build profile.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    pub(crate) name: &'static str,
    pub(crate) contests: Vec<Contest>,
}

/// A median, and the bounds of the middle half.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figure {
    pub(crate) median: f64,
    low: f64,
    high: f64,
}

impl Figure {
    fn of(samples: &[f64]) -> Option<Self> {
        (!samples.is_empty()).then(|| Self {
            median: quantile(samples, 0.5),
            low: quantile(samples, 0.25),
            high: quantile(samples, 0.75),
        })
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (median, low, high) = (self.median, self.low, self.high);
        write!(f, "{median:.2} ({low:.2} to {high:.2})")
    }
}

impl Contest {
    pub(crate) fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name && row.failure.is_empty())
    }

    /// The speed of `name` as a multiple of the speed of `other`, round by round.
    pub(crate) fn times(&self, name: &str, other: &str) -> Option<Figure> {
        let (one, other) = (self.row(name)?, self.row(other)?);
        let ratios: Vec<f64> = one
            .samples
            .iter()
            .zip(&other.samples)
            .map(|(one, other)| other / one)
            .filter(|ratio| ratio.is_finite())
            .collect();
        Figure::of(&ratios)
    }

    pub(crate) fn megabytes_per_second(&self, name: &str) -> Option<f64> {
        Some(self.octets / self.row(name)?.nanoseconds * 1e3)
    }

    /// Nanoseconds a unit.
    pub(crate) fn each(&self, name: &str) -> Option<Figure> {
        let samples: Vec<f64> =
            self.row(name)?.samples.iter().map(|sample| sample / self.units).collect();
        Figure::of(&samples)
    }

    /// The fastest peer that is not named in `but`.
    pub(crate) fn fastest_peer(&self, but: &[&str]) -> Option<&str> {
        self.rows
            .iter()
            .filter(|row| {
                row.role == "peer" && row.failure.is_empty() && !but.contains(&row.name.as_str())
            })
            .min_by(|one, other| one.nanoseconds.total_cmp(&other.nanoseconds))
            .map(|row| row.name.as_str())
    }
}

impl Profile {
    /// Reads the lines of `measure`.
    pub(crate) fn read(name: &'static str, text: &str) -> Self {
        let mut contests: Vec<Contest> = Vec::new();
        for line in text.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let number = |text: &str| text.parse().unwrap_or(f64::NAN);
            match *fields.as_slice() {
                ["contest", name, content, octets, units, unit, baseline] => {
                    contests.push(Contest {
                        name: name.to_owned(),
                        content: content.to_owned(),
                        octets: number(octets),
                        units: number(units),
                        unit: unit.to_owned(),
                        baseline: baseline.to_owned(),
                        rows: Vec::new(),
                    });
                }
                ["row", name, role, nanoseconds, spread, _, leaves_out, failure, samples] => {
                    if let Some(contest) = contests.last_mut() {
                        contest.rows.push(Row {
                            name: name.to_owned(),
                            role: role.to_owned(),
                            nanoseconds: number(nanoseconds),
                            spread: number(spread),
                            leaves_out: leaves_out.to_owned(),
                            failure: failure.to_owned(),
                            samples: samples.split(',').flat_map(str::parse).collect(),
                        });
                    }
                }
                _ => {}
            }
        }
        Self { name, contests }
    }

    pub(crate) fn contest(&self, name: &str) -> Option<&Contest> {
        self.contests.iter().find(|contest| contest.name == name)
    }
}

/// The allocations of a contender at a load.
#[derive(Clone, Debug)]
pub(crate) struct Allocations {
    pub(crate) load: String,
    pub(crate) name: String,
    pub(crate) each: f64,
    pub(crate) octets_each: f64,
    pub(crate) most: f64,
}

/// Reads the lines of `allocations`, without contenders that failed.
pub(crate) fn allocations(text: &str) -> Vec<Allocations> {
    text.lines()
        .filter_map(|line| match *line.split('\t').collect::<Vec<_>>().as_slice() {
            ["allocations", load, name, each, octets_each, most, ""] => Some(Allocations {
                load: load.to_owned(),
                name: name.to_owned(),
                each: each.parse().ok()?,
                octets_each: octets_each.parse().ok()?,
                most: most.parse().ok()?,
            }),
            _ => None,
        })
        .collect()
}
