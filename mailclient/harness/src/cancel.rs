//! The cancellation matrix: every operation is dropped at every pending poll, then every operation
//! follows, and after that a witness. The answers must be those of a session in which the dropped
//! operation never happened, or of one in which it happened. In a further part of the matrix a
//! second operation is dropped while it finishes what the first one has left.

use std::collections::HashMap;

use crate::{
    known::Known,
    operation::{Answer, Operation, dropped_after, shown},
    random::Random,
};

/// A future that is pending more often than this does not end by itself.
const MOST_POLLS: usize = 20_000;

/// The answers of two operations.
type Pair = (Answer, Answer);

/// A connection over which operations are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Narrow {
    /// The bytes that it holds: few, so that everything comes in many pieces.
    pub bytes: usize,
    /// Of so many pending polls one is a place for a drop; for each operation that follows another
    /// one, at random but the same in every run. 1 is all of them.
    pub step: usize,
    /// So many sessions of [`Cancellation::run_twice`] for each pair of operations.
    pub twice: usize,
}

/// The matrix over operations on sessions of type `S`, which `make` opens. Every session has to
/// begin with the same content on the server.
#[derive(Debug)]
pub struct Cancellation<'o, S, M> {
    /// The first word of each row: what the sessions are.
    pub subject: &'static str,
    /// Those that are dropped.
    pub dropped: &'o [Operation<S>],
    /// Those that follow.
    pub operations: &'o [Operation<S>],
    /// A part of what each of them does: a session after it is as good.
    pub part: Option<&'o Operation<S>>,
    /// The connections; the answers over each of them are compared with those over a wide one.
    pub narrow: &'o [Narrow],
    /// Comes last in every session, and tells what the session and the server are like now.
    pub witness: &'o Operation<S>,
    /// What the sessions can do: what [operations need](Operation::needing).
    pub features: Vec<String>,
    /// Opens a session over a connection that holds so many bytes; over a wide one if `None`.
    pub make: M,
}

impl<S, M: AsyncFn(Option<usize>) -> S> Cancellation<'_, S, M> {
    /// Runs the sessions with one drop. A row is `SUBJECT drop OPERATION, then NEXT`, or
    /// `SUBJECT OPERATION` where nothing is dropped.
    pub async fn run(&self, known: &mut Known) {
        let (mut random, mut fresh) = (Random::new(0), HashMap::new());
        for next in self.operations {
            let pair = self.after(&[], next).await;
            if let Err(why) = next.check_support(&self.features, &pair.0) {
                known.fails(format!("{} {}", self.subject, next.name), why);
            }
            fresh.insert(next.name, pair);
        }
        for dropped in self.dropped {
            // The right answers after the whole operation, and after a part of it.
            let mut happened: HashMap<_, Vec<Pair>> = HashMap::new();
            for narrow in self.narrow {
                // An operation that ends early by itself leaves as good a beginning as a drop.
                let places = self.points(dropped, narrow).await + usize::from(dropped.leaves_work);
                for next in self.operations {
                    let row = format!("{} drop {}, then {}", self.subject, dropped.name, next.name);
                    for polls in (random.below(narrow.step)..places).step_by(narrow.step) {
                        if !known.takes(&[&row]) {
                            continue;
                        }
                        if !happened.contains_key(next.name) {
                            let mut pairs = vec![self.after(&[dropped], next).await];
                            if let Some(part) = self.part {
                                pairs.push(self.after(&[part], next).await);
                            }
                            happened.insert(next.name, pairs);
                        }
                        let mut session = (self.make)(Some(narrow.bytes)).await;
                        dropped_after(polls, (dropped.run)(&mut session)).await;
                        let found = self.pair(&mut session, next).await;
                        let right =
                            Right { fresh: &fresh[next.name], others: &happened[next.name] };
                        if !right.allows(&found) && !right.tolerates(&[dropped], next, &found) {
                            known.fails(row.clone(), right.example(&[polls], &found));
                        }
                    }
                }
            }
        }
    }

    /// Runs the sessions with two drops: the second operation is dropped while it finishes what the
    /// first has left, or later; then `next` follows. Neither, either or both may have happened. A
    /// row is `SUBJECT drop FIRST, drop SECOND`. The places are random, and the same in every run.
    pub async fn run_twice(&self, next: &Operation<S>, known: &mut Known) {
        let mut random = Random::new(0);
        let fresh = self.after(&[], next).await;
        let mut points = HashMap::new();
        for narrow in self.narrow {
            for one in self.dropped {
                points.insert((one.name, narrow.bytes), self.points(one, narrow).await);
            }
        }
        for first in self.dropped {
            for second in self.dropped {
                let row = format!("{} drop {}, drop {}", self.subject, first.name, second.name);
                let mut others = Vec::new();
                for narrow in self.narrow {
                    let [of_first, of_second] =
                        [first, second].map(|one| points[&(one.name, narrow.bytes)]);
                    if of_first == 0 || of_second == 0 {
                        continue;
                    }
                    for _ in 0..narrow.twice {
                        let early = random.below(of_first);
                        let late = random.below(of_second.max(of_first - early));
                        if !known.takes(&[&row]) {
                            continue;
                        }
                        if others.is_empty() {
                            for before in [&[first][..], &[second], &[first, second]] {
                                others.push(self.after(before, next).await);
                            }
                            if let Some(part) = self.part {
                                others.push(self.after(&[part], next).await);
                            }
                        }
                        let mut session = (self.make)(Some(narrow.bytes)).await;
                        dropped_after(early, (first.run)(&mut session)).await;
                        dropped_after(late, (second.run)(&mut session)).await;
                        let found = self.pair(&mut session, next).await;
                        let right = Right { fresh: &fresh, others: &others };
                        if !right.allows(&found) && !right.tolerates(&[first, second], next, &found)
                        {
                            known.fails(row.clone(), right.example(&[early, late], &found));
                        }
                    }
                }
            }
        }
    }

    /// The number of pending polls of an operation.
    async fn points(&self, operation: &Operation<S>, narrow: &Narrow) -> usize {
        let mut session = (self.make)(Some(narrow.bytes)).await;
        let counted = dropped_after(MOST_POLLS, (operation.run)(&mut session)).await;
        counted.unwrap_or_else(|| panic!("{}: {MOST_POLLS} pending polls", operation.name))
    }

    /// The answers in a session in which these operations happened.
    async fn after(&self, before: &[&Operation<S>], next: &Operation<S>) -> Pair {
        let mut session = (self.make)(None).await;
        for one in before {
            let _ = one.run(&mut session).await;
        }
        self.pair(&mut session, next).await
    }

    async fn pair(&self, session: &mut S, next: &Operation<S>) -> Pair {
        let answer = next.run(session).await;
        (answer, self.witness.run(session).await)
    }
}

/// The answers that are right after a drop.
struct Right<'p> {
    /// Those where nothing happened.
    fresh: &'p Pair,
    /// Those where something happened, the whole first.
    others: &'p [Pair],
}

impl Right<'_> {
    fn all(&self) -> impl Iterator<Item = &Pair> {
        [self.fresh].into_iter().chain(self.others)
    }

    fn allows(&self, found: &Pair) -> bool {
        self.all().any(|pair| pair == found)
    }

    /// Whether operations may leave a session that answers so: with a class that they tolerate, and
    /// otherwise as if they had never happened. What a dropped change has done is news.
    fn tolerates<S>(&self, dropped: &[&Operation<S>], next: &Operation<S>, found: &Pair) -> bool {
        let changes = dropped.iter().any(|one| one.changes);
        let is_news = changes && next.listens && found.0.is_ok();
        let fits = |answer: &Answer| match answer {
            Ok(_) => false,
            Err(failure) => {
                dropped.iter().any(|one| one.tolerates.contains(&failure.class.as_str()))
            }
        };
        // After the end of a session the witness sees what the server has, which is open now.
        let witnessed = fits(&found.1) || next.ends && fits(&found.0);
        let is_witnessed = witnessed || self.all().any(|pair| pair.1 == found.1);
        is_news && is_witnessed || witnessed && (fits(&found.0) || found.0 == self.fresh.0)
    }

    fn example(&self, polls: &[usize], found: &Pair) -> String {
        let pair = |pair: &Pair| format!("{} and then {}", shown(&pair.0), shown(&pair.1));
        let polls: Vec<_> = polls.iter().map(ToString::to_string).collect();
        let happened: Vec<_> = self.others.iter().map(pair).collect();
        format!(
            "after {} pending polls: {}\n      if it never happened: {}\n      if it happened: {}",
            polls.join(" and "),
            pair(found),
            pair(self.fresh),
            happened.join("\n      or: ")
        )
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::yield_now;

    use super::*;

    /// A register with a slow write, which is wrong in one way if it is dropped half-way.
    #[derive(Default)]
    struct Register {
        high: u8,
        low: u8,
        is_lame: bool,
    }

    const WRITE: Operation<Register> = Operation::new("write", |register| {
        Box::pin(async move {
            yield_now().await;
            register.high = 1;
            if register.is_lame {
                yield_now().await;
            }
            register.low = 1;
            yield_now().await;
            Ok(String::new())
        })
    });
    const READ: Operation<Register> = Operation::new("read", |register| {
        Box::pin(async move { Ok(format!("{}{}", register.high, register.low)) })
    });

    const HIGH: Operation<Register> =
        Operation::new("high", |register| Box::pin(async move { Ok(register.high.to_string()) }));

    async fn verdict_on(is_lame: bool, operations: &[Operation<Register>]) -> Vec<String> {
        let mut known = Known::with("", true);
        let make = async |_| Register { is_lame, ..Register::default() };
        let matrix = Cancellation {
            subject: "register",
            dropped: operations,
            operations,
            part: None,
            narrow: &[Narrow { bytes: 1, step: 1, twice: 0 }],
            witness: &READ,
            features: Vec::new(),
            make,
        };
        matrix.run(&mut known).await;
        known.verdict()
    }

    async fn verdict(is_lame: bool) -> Vec<String> {
        verdict_on(is_lame, &[WRITE, READ]).await
    }

    #[tokio::test]
    async fn the_witness_sees_what_the_next_operation_does_not() {
        let found = verdict_on(true, &[WRITE, HIGH]).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("Ok(1) and then Ok(10)"), "{}", found[0]);
    }

    #[tokio::test]
    async fn a_write_that_is_all_or_nothing_passes() {
        assert_eq!(verdict(false).await, [""; 0]);
    }

    #[tokio::test]
    async fn half_a_write_is_found_at_its_poll() {
        let found = verdict(true).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("register drop write, then read\n"), "{}", found[0]);
        assert!(found[0].contains("after 1 pending polls: Ok(10)"), "{}", found[0]);
    }

    /// A journal that the next write applies, and a register. A lame one takes the entry out of its
    /// journal before it waits.
    #[derive(Default)]
    struct Journal {
        entry: Option<u8>,
        value: u8,
        is_lame: bool,
    }

    const SUM: Operation<Journal> = Operation::new("sum", |journal| {
        Box::pin(async move {
            let entry = if journal.is_lame { journal.entry.take() } else { journal.entry };
            yield_now().await;
            journal.value += entry.unwrap_or_default();
            journal.entry = Some(1);
            Ok(String::new())
        })
    });
    const BOTH: Operation<Journal> = Operation::new("both", |journal| {
        Box::pin(async { Ok((journal.value + journal.entry.unwrap_or_default()).to_string()) })
    });

    async fn journal(is_lame: bool) -> Vec<String> {
        let mut known = Known::with("", true);
        let started = async |_| Journal { entry: Some(1), value: 0, is_lame };
        let matrix = Cancellation {
            subject: "journal",
            dropped: &[SUM],
            operations: &[],
            part: None,
            narrow: &[Narrow { bytes: 1, step: 1, twice: 9 }],
            witness: &BOTH,
            features: Vec::new(),
            make: started,
        };
        matrix.run_twice(&BOTH, &mut known).await;
        assert_eq!(known.sessions(), (9, 9));
        known.verdict()
    }

    #[tokio::test]
    async fn what_a_second_drop_loses_is_found() {
        assert_eq!(journal(false).await, [""; 0]);
        let found = journal(true).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("journal drop sum, drop sum\n"), "{}", found[0]);
        assert!(found[0].contains("after 0 and 0 pending polls: Ok(0)"), "{}", found[0]);
    }
}
