//! Every operation is dropped at every pending poll, then every operation follows.

use mail_harness::{cancel::Cancellation, operation::Operation};
use mailclient::Protocol;

use super::{Case, cases, finish, known};
use crate::{
    operations::{ALL, LOOK, LOOK_AT_REST, MARK, REMOVAL, REMOVING, SINGLE},
    session::{MOVES_BY_COPY, Session, Way},
};

/// Bytes that the pipe holds: few, so that everything comes in many pieces. Every pending poll is a
/// place for a drop.
const PIPE: (usize, usize) = (64, 1);
/// A pipe for the run of every session: a byte is a piece, and one of so many polls is a place.
const SMALLEST_PIPE: (usize, usize) = (1, 31);

/// Pipes for a kind of server.
fn pipes(case: &Case, is_whole: bool) -> &'static [(usize, usize)] {
    if is_whole && !case.ids.is_empty() { &[PIPE, SMALLEST_PIPE] } else { &[PIPE] }
}

async fn every_drop(subject: &'static str, protocol: Protocol) {
    let row = format!("{subject} drop");
    let mut known = known(&format!("{row} "));
    cases(&row, protocol, &mut known, async |case, known| {
        let name = case.persona.name();
        for &(pipe, step) in pipes(case, known.is_whole()) {
            // Without MOVE it is done by several commands, and a part of them may be left. Where
            // every `open` gives another UIDVALIDITY, no later answer is that of another session.
            let is_compared = |one: &&Operation<Session>| match one.name() {
                "move" => !MOVES_BY_COPY.contains(&name),
                "open Archive" => name != "new-validity",
                _ => true,
            };
            let dropped: Vec<_> = SINGLE.iter().filter(is_compared).copied().collect();
            let matrix = Cancellation {
                subject,
                dropped: &dropped,
                operations: &ALL,
                part: None,
                step,
                witness: &LOOK,
                features: case.features.clone(),
                make: async || case.open(Way::Pipe(pipe)).await,
            };
            matrix.run(known).await;
        }
    })
    .await;
    finish(&row, &known);
}

/// Removals are dropped in sessions with a mark. What follows removes the same message, or none.
async fn every_drop_of_a_removal(subject: &'static str, protocol: Protocol) {
    let row = format!("{subject} drop");
    let mut known = known(&format!("{row} "));
    let removes = |one: &&Operation<Session>| REMOVING.iter().any(|two| two.name() == one.name());
    let operations: Vec<_> = ALL.iter().filter(|one| !removes(one)).copied().collect();
    cases(&row, protocol, &mut known, async |case, known| {
        for &(pipe, step) in pipes(case, known.is_whole()) {
            let matrix = Cancellation {
                subject,
                dropped: &REMOVING,
                operations: &operations,
                part: Some(&REMOVAL),
                step,
                witness: &LOOK_AT_REST,
                features: case.features.clone(),
                make: async || {
                    let mut session = case.open(Way::Pipe(pipe)).await;
                    // A server without UIDPLUS has no marks.
                    let _ = MARK.run(&mut session).await;
                    session
                },
            };
            matrix.run(known).await;
        }
    })
    .await;
    finish(&row, &known);
}

#[tokio::test(start_paused = true)]
async fn every_imap_future_may_be_dropped_anywhere() {
    every_drop("imap", Protocol::Imap).await;
}

#[tokio::test(start_paused = true)]
async fn every_pop3_future_may_be_dropped_anywhere() {
    every_drop("pop3", Protocol::Pop3).await;
}

#[tokio::test(start_paused = true)]
async fn every_imap_removal_may_be_dropped_anywhere() {
    every_drop_of_a_removal("imap marked", Protocol::Imap).await;
}

#[tokio::test(start_paused = true)]
async fn every_pop3_removal_may_be_dropped_anywhere() {
    every_drop_of_a_removal("pop3 marked", Protocol::Pop3).await;
}
