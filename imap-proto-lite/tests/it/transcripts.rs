//! Every transcript (see [`support::transcript`](crate::support::transcript)), played whole and cut
//! in every way.
//!
//! This file is the same in `pop3-proto` and `imap-proto-lite`.

use std::env;

use crate::support::{
    protocol,
    transcript::{Cut, Transcript},
};

#[test]
fn every_transcript_whole() {
    if env::var_os("WRITE_TRANSCRIPTS").is_some() {
        for transcript in Transcript::all() {
            transcript.rewrite();
        }
    }
    let transcripts = Transcript::all();
    assert!(transcripts.len() >= protocol::TRANSCRIPTS, "{} transcripts", transcripts.len());
    for transcript in transcripts {
        transcript.play(Cut::Whole);
    }
}

#[test]
fn every_transcript_byte_by_byte_and_in_pieces_of_two_and_seven() {
    for transcript in Transcript::all() {
        for bytes in [1, 2, 7] {
            transcript.play(Cut::Every(bytes));
        }
    }
}

#[test]
fn every_transcript_cut_at_random() {
    for transcript in Transcript::all() {
        for seed in 1..200 {
            transcript.play(Cut::Random(seed * 0x9e37_79b9));
        }
    }
}

#[test]
fn every_transcript_names_server_and_source() {
    for Transcript { path, header, .. } in Transcript::all() {
        let (server, source) = header.split_once('\n').unwrap_or_default();
        let named = server.strip_prefix("# server: ").is_some_and(|name| !name.is_empty());
        let sourced = source.strip_prefix("# source: ").is_some_and(|source| {
            // A section of an RFC, a vulnerability, or a report.
            ["RFC ", "CVE-", "#"].iter().any(|mark| source.contains(mark))
        });
        assert!(named && sourced, "{}", path.display());
    }
}
