//! Measuring side by side.
//!
//! In every round each contender runs once, in a new random order, for a sample of at least
//! [`SAMPLE`]. Time is the CPU time of the thread, so what other processes do costs little. Ratios
//! are medians of the ratios of single rounds: what slows the machine for a while slows both sides
//! of a ratio.

use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

use crate::{
    answer::{Answer, Field},
    load::Load,
    rng::Rng,
};

/// The least time of a sample.
pub const SAMPLE: Duration = Duration::from_millis(8);

/// The result of a run: the number of responses, messages or items.
pub type Outcome = Result<u64, String>;

/// The kind of a contender.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Role {
    /// A crate of this workspace.
    Ours,
    /// A crate of others.
    Peer,
    /// No parser: the speed of the simplest code.
    Limit,
}

/// The clock of a contest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Clock {
    /// CPU time of the thread.
    Cpu,
    /// Wall time, if other threads or processes do a part of the work.
    Wall,
}

/// A contender.
pub struct Contender<'a> {
    /// Its name.
    pub name: &'static str,
    /// Its kind.
    pub role: Role,
    /// The work that it leaves out, if any.
    pub leaves_out: &'static str,
    run: Box<dyn FnMut() -> Outcome + 'a>,
    answer: Option<Check<'a>>,
    /// A measurement that replaces the clock around `run`.
    timed: Option<Box<dyn FnMut() -> Result<Duration, String> + 'a>>,
}

struct Check<'a> {
    fields: &'static [Field],
    make: Box<dyn Fn() -> Result<Answer, String> + 'a>,
}

impl std::fmt::Debug for Contender<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contender")
            .field("name", &self.name)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

impl<'a> Contender<'a> {
    /// A contender of this workspace.
    pub fn ours(name: &'static str, run: impl FnMut() -> Outcome + 'a) -> Self {
        Self {
            name,
            role: Role::Ours,
            leaves_out: "",
            run: Box::new(run),
            answer: None,
            timed: None,
        }
    }

    /// A peer.
    pub fn peer(name: &'static str, run: impl FnMut() -> Outcome + 'a) -> Self {
        Self { role: Role::Peer, ..Self::ours(name, run) }
    }

    /// A limit.
    pub fn limit(name: &'static str, mut run: impl FnMut() -> u64 + 'a) -> Self {
        Self { role: Role::Limit, ..Self::ours(name, move || Ok(run())) }
    }

    /// Adds the values that it understood of the load, and the fields that have to agree with the
    /// others.
    #[must_use]
    pub fn checked(
        mut self,
        fields: &'static [Field],
        answer: impl Fn() -> Result<Answer, String> + 'a,
    ) -> Self {
        self.answer = Some(Check { fields, make: Box::new(answer) });
        self
    }

    /// Names the work that it leaves out.
    #[must_use]
    pub const fn leaving_out(mut self, what: &'static str) -> Self {
        self.leaves_out = what;
        self
    }

    /// Adds its own clock.
    #[must_use]
    pub fn timed(mut self, run: impl FnMut() -> Result<Duration, String> + 'a) -> Self {
        self.timed = Some(Box::new(run));
        self
    }

    /// Runs it once.
    ///
    /// # Errors
    /// Its first error.
    pub fn run(&mut self) -> Outcome {
        (self.run)()
    }
}

/// Contenders at one work load.
#[derive(Debug)]
#[non_exhaustive]
pub struct Contest<'a> {
    /// The work load's name and how it is delivered, such as `ENVELOPE, whole buffer`.
    pub name: String,
    /// The content of the load.
    pub content: &'static str,
    /// Bytes of the load.
    pub octets: usize,
    /// Responses, messages or items in it.
    pub units: usize,
    /// The name of one unit.
    pub unit: &'static str,
    /// The name of the contender that the others are compared with.
    pub baseline: &'static str,
    /// The clock of a contest.
    pub clock: Clock,
    /// The contenders.
    pub contenders: Vec<Contender<'a>>,
}

/// The figures of one contender.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub role: Role,
    /// The work that it leaves out.
    pub leaves_out: String,
    /// Why there are no figures.
    pub failure: Option<String>,
    /// Nanoseconds of one run, median.
    pub nanoseconds: f64,
    /// The middle half of the samples, as a share of the median.
    pub spread: f64,
    /// Speed in relation to the baseline: above 1 is faster. Median of the ratios of single rounds.
    pub ratio: f64,
    /// Nanoseconds of one run in each round, the first round first.
    pub samples: Vec<f64>,
}

impl<'a> Contest<'a> {
    /// A contest without contenders.
    #[must_use]
    pub fn new(load: &Load, delivery: &str, baseline: &'static str) -> Self {
        Self {
            name: format!("{}, {delivery}", load.name),
            content: load.content,
            octets: load.octets.len(),
            units: load.units,
            unit: load.unit,
            baseline,
            clock: Clock::Cpu,
            contenders: Vec::new(),
        }
    }

    /// Adds a contender.
    pub fn add(&mut self, contender: Contender<'a>) -> &mut Self {
        self.contenders.push(contender);
        self
    }

    /// Compares what the contenders understood. The first answer of this workspace is the
    /// reference.
    ///
    /// # Errors
    /// The contender that differs, and the fields.
    pub fn check(&self) -> Result<(), String> {
        let mut measure: Option<(&str, Answer)> = None;
        for contender in &self.contenders {
            let Some(check) = &contender.answer else {
                continue;
            };
            let answer = match (check.make)() {
                Ok(answer) => answer,
                // A peer that cannot read the load is shown as failed.
                Err(_) if contender.role == Role::Peer => continue,
                Err(error) => return Err(format!("{}: {}: {error}", self.name, contender.name)),
            };
            match &measure {
                None => measure = Some((contender.name, answer)),
                Some((name, expected)) => {
                    let differences = expected.differences(&answer, check.fields);
                    if !differences.is_empty() {
                        return Err(format!(
                            "{}: {name} and {} differ in {differences:?}: {expected:?} and {answer:?}",
                            self.name, contender.name
                        ));
                    }
                }
            }
        }
        Ok(())
    }

    /// Measures all contenders in `rounds` rounds.
    pub fn measure(&mut self, rounds: usize) -> Vec<Row> {
        let failures: Vec<Option<String>> =
            self.contenders.iter_mut().map(|contender| contender.run().err()).collect();
        let mut samples: Vec<Vec<f64>> = self.contenders.iter().map(|_| Vec::new()).collect();
        let mut order: Vec<usize> = failures
            .iter()
            .enumerate()
            .filter(|(_, failure)| failure.is_none())
            .map(|(place, _)| place)
            .collect();
        let mut rng = Rng::for_load(rounds as u64);
        for _ in 0..rounds {
            rng.shuffle(&mut order);
            for &place in &order {
                if let (Some(contender), Some(samples)) =
                    (self.contenders.get_mut(place), samples.get_mut(place))
                {
                    samples.push(sample(contender, self.clock));
                }
            }
        }
        let baseline = self.contenders.iter().position(|contender| contender.name == self.baseline);
        let baseline = baseline.and_then(|place| samples.get(place)).cloned().unwrap_or_default();
        let rows = self.contenders.iter().zip(failures).zip(samples);
        rows.map(|((contender, failure), samples)| Row {
            name: contender.name.to_owned(),
            role: contender.role,
            leaves_out: contender.leaves_out.to_owned(),
            failure,
            nanoseconds: quantile(&samples, 0.5),
            spread: (quantile(&samples, 0.75) - quantile(&samples, 0.25)) / quantile(&samples, 0.5),
            ratio: quantile(
                &baseline
                    .iter()
                    .zip(&samples)
                    .map(|(baseline, sample)| baseline / sample)
                    .collect::<Vec<_>>(),
                0.5,
            ),
            samples,
        })
        .collect()
    }
}

/// Nanoseconds of one run, from as many runs as fill a sample.
fn sample(contender: &mut Contender<'_>, clock: Clock) -> f64 {
    if let Some(timed) = &mut contender.timed {
        return timed().map_or(f64::NAN, |duration| duration.as_secs_f64() * 1e9);
    }
    let (wall, cpu) = (Instant::now(), ThreadTime::now());
    let elapsed = || match clock {
        Clock::Cpu => cpu.elapsed(),
        Clock::Wall => wall.elapsed(),
    };
    let mut runs = 0.0;
    loop {
        // The first run had no error.
        let _ = std::hint::black_box((contender.run)());
        runs += 1.0;
        let elapsed = elapsed();
        if elapsed >= SAMPLE {
            return elapsed.as_secs_f64() * 1e9 / runs;
        }
    }
}

/// The value below which this share of the samples lies; NaN without samples.
#[must_use]
pub fn quantile(samples: &[f64], share: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    // A share of a number of samples: small and not negative.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a short list"
    )]
    let place = (last as f64 * share).round() as usize;
    sorted.get(place).copied().unwrap_or(f64::NAN)
}
