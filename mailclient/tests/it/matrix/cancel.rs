//! Every operation is dropped at every pending poll, then every operation follows.

use mail_harness::{cancel::Cancellation, fault::Wire, operation::Operation};
use mailclient::{MessageId, Protocol};

use super::{
    Session, finish, ids, known,
    operations::{ALL, LOGIN, LOOK},
};

/// Bytes that the pipe holds: few, so that everything comes in many pieces.
const PIPE: usize = 64;
/// A pipe for the run of every session.
const SMALLEST_PIPE: usize = 16;

async fn open(protocol: Protocol, pipe: usize, ids: &[MessageId]) -> Session {
    let mut session = Session::new(protocol, &Wire::new(), pipe, ids).await;
    LOGIN.run(&mut session).await.unwrap();
    session
}

async fn every_drop(subject: &'static str, protocol: Protocol) {
    let ids = ids(protocol).await;
    let operations: [Operation<Session>; 17] = ALL;
    let mut known = known(&format!("{subject} drop "));
    let pipes = if known.is_whole() { &[PIPE, SMALLEST_PIPE][..] } else { &[PIPE] };
    for &pipe in pipes {
        let make = async || open(protocol, pipe, &ids).await;
        let matrix = Cancellation { subject, operations: &operations, witness: &LOOK, make };
        matrix.run(&mut known).await;
    }
    finish(&format!("{subject} drop"), &known);
}

#[tokio::test(start_paused = true)]
async fn every_imap_future_may_be_dropped_anywhere() {
    every_drop("imap", Protocol::Imap).await;
}

#[tokio::test(start_paused = true)]
async fn every_pop3_future_may_be_dropped_anywhere() {
    every_drop("pop3", Protocol::Pop3).await;
}
