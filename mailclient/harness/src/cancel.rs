//! The cancellation matrix: every operation is dropped at every pending poll, then every operation
//! follows, and after that a witness. The answers must be those of a session in which the dropped
//! operation never happened, or of one in which it happened.

use std::collections::HashMap;

use crate::{
    known::Known,
    operation::{Answer, Operation, dropped_after, shown},
};

/// A future that is pending more often than this does not end by itself.
const MOST_POLLS: usize = 2_000;

/// The answers of two operations.
type Pair = (Answer, Answer);

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
    /// Of so many pending polls one is a place for a drop; for each that follows another one. 1 is
    /// all of them.
    pub step: usize,
    /// Comes last in every session, and tells what the session and the server are like now.
    pub witness: &'o Operation<S>,
    /// What the sessions can do: what [operations need](Operation::needing).
    pub features: Vec<String>,
    /// Opens a session.
    pub make: M,
}

impl<S, M: AsyncFn() -> S> Cancellation<'_, S, M> {
    /// Runs the matrix, or the sample of it that `known` takes. A row is
    /// `SUBJECT drop OPERATION, then NEXT`, or `SUBJECT OPERATION` where nothing is dropped.
    pub async fn run(&self, known: &mut Known) {
        let mut fresh = HashMap::new();
        for next in self.operations {
            let pair = self.pair(&mut (self.make)().await, next).await;
            if let Err(why) = next.check_support(&self.features, &pair.0) {
                known.fails(format!("{} {}", self.subject, next.name), why);
            }
            fresh.insert(next.name, pair);
        }
        for dropped in self.dropped {
            let (mut after, mut half) = (HashMap::new(), HashMap::new());
            let points = self.points(dropped).await;
            for (place, next) in self.operations.iter().enumerate() {
                let row = format!("{} drop {}, then {}", self.subject, dropped.name, next.name);
                for polls in (place % self.step..points).step_by(self.step) {
                    if !known.takes(&[&row]) {
                        continue;
                    }
                    if !after.contains_key(next.name) {
                        let mut session = (self.make)().await;
                        let _ = dropped.run(&mut session).await;
                        after.insert(next.name, self.pair(&mut session, next).await);
                        let part = self.part.unwrap_or(dropped);
                        let mut session = (self.make)().await;
                        let _ = part.run(&mut session).await;
                        half.insert(next.name, self.pair(&mut session, next).await);
                    }
                    let mut session = (self.make)().await;
                    dropped_after(polls, (dropped.run)(&mut session)).await;
                    let found = self.pair(&mut session, next).await;
                    let allowed = [&fresh[next.name], &half[next.name], &after[next.name]];
                    if !allowed.contains(&&found) && !tolerated(dropped, next, &found, allowed) {
                        let [fresh, _, after] = allowed;
                        known.fails(row.clone(), example(polls, &found, [fresh, after]));
                    }
                }
            }
        }
    }

    /// The number of pending polls of an operation.
    async fn points(&self, operation: &Operation<S>) -> usize {
        let mut session = (self.make)().await;
        let counted = dropped_after(MOST_POLLS, (operation.run)(&mut session)).await;
        counted.unwrap_or_else(|| panic!("{}: {MOST_POLLS} pending polls", operation.name))
    }

    async fn pair(&self, session: &mut S, next: &Operation<S>) -> Pair {
        let answer = next.run(session).await;
        (answer, self.witness.run(session).await)
    }
}

/// Whether an operation may leave a session that answers so: with a class that it tolerates, and
/// otherwise as if it had never happened. What a dropped change has done is news.
fn tolerated<S>(
    dropped: &Operation<S>,
    next: &Operation<S>,
    found: &Pair,
    allowed: [&Pair; 3],
) -> bool {
    let [fresh, ..] = allowed;
    let is_news = dropped.changes && next.listens && found.0.is_ok();
    let fits = |answer: &Answer| match answer {
        Ok(_) => false,
        Err(failure) => dropped.tolerates.contains(&failure.class.as_str()),
    };
    // After the end of a session the witness sees what the server has, which is open now.
    let witnessed = fits(&found.1) || next.ends && fits(&found.0);
    let is_witnessed = witnessed || allowed.iter().any(|pair| pair.1 == found.1);
    is_news && is_witnessed || witnessed && (fits(&found.0) || found.0 == fresh.0)
}

fn example(polls: usize, found: &Pair, [fresh, after]: [&Pair; 2]) -> String {
    let pair = |pair: &Pair| format!("{} and then {}", shown(&pair.0), shown(&pair.1));
    format!(
        "after {polls} pending polls: {}\n      if it never happened: {}\n      if it happened: {}",
        pair(found),
        pair(fresh),
        pair(after)
    )
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
        let make = async || Register { is_lame, ..Register::default() };
        let matrix = Cancellation {
            subject: "register",
            dropped: operations,
            operations,
            part: None,
            step: 1,
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
}
