//! Every transcript (see [`mail_harness::transcript`]), played whole and cut in every way.
//!
//! This file is the same in `pop3-proto` and `imap-proto-lite`.

use mail_harness::transcript::Suite;

use crate::support::protocol::{Session, TRANSCRIPTS};

fn suite() -> Suite<Session> {
    Suite::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transcripts"))
}

#[test]
fn every_transcript_whole() {
    suite().whole(TRANSCRIPTS);
}

#[test]
fn every_transcript_byte_by_byte_and_in_pieces_of_two_and_seven() {
    suite().in_pieces();
}

#[test]
fn every_transcript_cut_at_random() {
    suite().at_random();
}

#[test]
fn every_transcript_names_server_and_source() {
    suite().names_its_sources();
}
