//! Every operation is dropped at every pending poll, then every operation follows.

use mail_harness::cancel::Cancellation;
use mailclient::Protocol;

use super::{cases, finish, known};
use crate::{
    operations::{ALL, LOOK},
    session::Way,
};

/// Bytes that the pipe holds: few, so that everything comes in many pieces.
const PIPE: usize = 64;
/// A pipe for the run of every session.
const SMALLEST_PIPE: usize = 16;

async fn every_drop(subject: &'static str, protocol: Protocol) {
    let row = format!("{subject} drop");
    let mut known = known(&format!("{row} "));
    cases(&row, protocol, &mut known, async |case, known| {
        let has_all_sizes = known.is_whole() && !case.ids.is_empty();
        let pipes = if has_all_sizes { &[PIPE, SMALLEST_PIPE][..] } else { &[PIPE] };
        for &pipe in pipes {
            let matrix = Cancellation {
                subject,
                operations: &ALL,
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

#[tokio::test(start_paused = true)]
async fn every_imap_future_may_be_dropped_anywhere() {
    every_drop("imap", Protocol::Imap).await;
}

#[tokio::test(start_paused = true)]
async fn every_pop3_future_may_be_dropped_anywhere() {
    every_drop("pop3", Protocol::Pop3).await;
}
