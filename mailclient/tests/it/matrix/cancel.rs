//! Every operation is dropped at every pending poll, then every operation follows; or a second one
//! is dropped too.

use mail_harness::{
    cancel::{Cancellation, Narrow},
    known::Known,
    operation::Operation,
};
use mailclient::Protocol;

use super::{Case, cases, finish, known};
use crate::{
    operations::{ALL, LOOK, LOOK_AT_REST, MARK, MORE, REMOVAL, REMOVING, SINGLE, STATUS},
    session::{LARGE_PIPE, MOVES_BY_COPY, REPLACES_BY_APPEND, Session, Way},
};

/// The pipes of the server that can do everything. Where every byte is a piece, one of so many
/// polls is a place.
const MAIN: [Narrow; 2] =
    [Narrow { bytes: 64, step: 1, twice: 6 }, Narrow { bytes: 1, step: 61, twice: 2 }];
/// The pipes of the other servers.
const OTHERS: [Narrow; 2] =
    [Narrow { bytes: 64, step: 1, twice: 1 }, Narrow { bytes: 1, step: 1009, twice: 0 }];

/// The pipes of a kind of server. A byte at a time takes long: only in a run of every session.
fn pipes(case: &Case, known: &Known) -> &'static [Narrow] {
    let all = if case.ids.is_empty() { &OTHERS } else { &MAIN };
    if known.is_whole() { all } else { &all[..1] }
}

/// The calls that are dropped.
fn dropped(case: &Case) -> Vec<Operation<Session>> {
    let name = case.persona.name();
    // Without MOVE or REPLACE it is done by several commands, and a part may be left. Where every
    // `open` gives another UIDVALIDITY, no later answer is that of another session.
    let is_compared = |one: &&Operation<Session>| match one.name() {
        "move" => !MOVES_BY_COPY.contains(&name),
        "replace" => !REPLACES_BY_APPEND.contains(&name),
        "open Archive" | "open Archive to read" => name != "new-validity",
        _ => true,
    };
    SINGLE.iter().chain(&MORE).filter(is_compared).copied().collect()
}

async fn every_drop(subject: &'static str, protocol: Protocol) {
    let row = format!("{subject} drop");
    let mut known = known(&format!("{row} ")).with_third_of_variants();
    cases(&row, protocol, &mut known, async |case, known| {
        let matrix = Cancellation {
            subject,
            dropped: &dropped(case),
            operations: &ALL,
            part: None,
            narrow: pipes(case, known),
            witness: &LOOK,
            features: case.features.clone(),
            make: async |bytes: Option<usize>| {
                case.open(Way::Pipe(bytes.unwrap_or(LARGE_PIPE))).await
            },
        };
        matrix.run(known).await;
    })
    .await;
    finish(&row, &known);
}

async fn every_second_drop(subject: &'static str, protocol: Protocol) {
    let row = format!("{subject} drop");
    let mut known = known(&format!("{row} "));
    cases(&row, protocol, &mut known, async |case, known| {
        let matrix = Cancellation {
            subject,
            dropped: &dropped(case),
            operations: &[],
            part: None,
            narrow: pipes(case, known),
            witness: &LOOK,
            features: case.features.clone(),
            make: async |bytes: Option<usize>| {
                case.open(Way::Pipe(bytes.unwrap_or(LARGE_PIPE))).await
            },
        };
        matrix.run_twice(&STATUS, known).await;
    })
    .await;
    finish(&row, &known);
}

/// Removals are dropped in sessions with a mark. What follows removes the same message, or none.
async fn every_drop_of_a_removal(subject: &'static str, protocol: Protocol) {
    let row = format!("{subject} drop");
    let mut known = known(&format!("{row} ")).with_third_of_variants();
    let removes = |one: &&Operation<Session>| REMOVING.iter().any(|two| two.name() == one.name());
    let operations: Vec<_> = ALL.iter().filter(|one| !removes(one)).copied().collect();
    cases(&row, protocol, &mut known, async |case, known| {
        let matrix = Cancellation {
            subject,
            dropped: &REMOVING,
            operations: &operations,
            part: Some(&REMOVAL),
            narrow: pipes(case, known),
            witness: &LOOK_AT_REST,
            features: case.features.clone(),
            make: async |bytes: Option<usize>| {
                let mut session = case.open(Way::Pipe(bytes.unwrap_or(LARGE_PIPE))).await;
                // A server without UIDPLUS has no marks.
                let _ = MARK.run(&mut session).await;
                session
            },
        };
        matrix.run(known).await;
        matrix.run_twice(&STATUS, known).await;
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

#[tokio::test(start_paused = true)]
async fn what_finishes_a_dropped_imap_future_may_be_dropped() {
    every_second_drop("imap twice", Protocol::Imap).await;
}

#[tokio::test(start_paused = true)]
async fn what_finishes_a_dropped_pop3_future_may_be_dropped() {
    every_second_drop("pop3 twice", Protocol::Pop3).await;
}
