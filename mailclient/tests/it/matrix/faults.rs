//! The connection of every operation is broken at every line.

use bytes::Bytes;
use mail_harness::{
    cut::{Cuts, Words},
    fault::Wire,
};
use mailclient::Protocol;

use super::{cases, finish, known};
use crate::{
    operations::{ALL, LOGIN, STATUS, TIMED},
    session::{LARGE_PIPE, Way},
};

/// Where an IMAP server may say BYE: at the start and after each line that does not end in a
/// literal and is not in one.
pub(super) fn imap_places(sent: &[u8]) -> Vec<usize> {
    let (mut places, mut at) = (vec![0], 0);
    while let Some(length) = sent[at..].iter().position(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(&sent[at..at + length]);
        at += length + 1;
        let literal = line.trim_end().strip_suffix('}').and_then(|line| line.rsplit_once('{'));
        match literal.and_then(|(_, bytes)| bytes.parse::<usize>().ok()) {
            Some(bytes) => at += bytes,
            None => places.push(at),
        }
    }
    places
}

/// Where a POP3 server may say `-ERR` in place of an answer: before each answer. The lines of a
/// multi-line answer are data, up to the line with a single dot.
fn pop3_places(sent: &[u8]) -> Vec<usize> {
    let (mut places, mut at, mut is_data) = (vec![0], 0, false);
    while let Some(length) = sent[at..].iter().position(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(&sent[at..=at + length]).into_owned();
        at += length + 1;
        // Several answers of one line cannot be told from the begin of a multi-line one.
        is_data = line != ".\r\n" && (is_data || line.starts_with("+OK"));
        if !is_data {
            places.push(at);
        }
    }
    places
}

async fn every_line(subject: &'static str, protocol: Protocol, words: Words) {
    let operations: Vec<_> = ALL.into_iter().chain(TIMED).collect();
    let mut known = known(&format!("{subject} "));
    cases(subject, protocol, &mut known, async |case, known| {
        let matrix = Cuts {
            subject,
            login: &LOGIN,
            operations: &operations,
            witness: &STATUS,
            features: case.features.clone(),
            words: words.clone(),
            make: async |wire: &Wire| case.session(wire, Way::Pipe(LARGE_PIPE)).await,
        };
        matrix.run(known).await;
    })
    .await;
    finish(subject, &known);
}

#[tokio::test(start_paused = true)]
async fn imap_ends_well_wherever_the_connection_breaks() {
    let words = Words {
        farewell: Bytes::from_static(b"* BYE [UNAVAILABLE] Maintenance at noon\r\n"),
        shown: "Maintenance at noon",
        is_answer: false,
        early: Bytes::from_static(b"* SEARCH 77\r\n"),
        places: imap_places,
    };
    every_line("imap break", Protocol::Imap, words).await;
}

#[tokio::test(start_paused = true)]
async fn pop3_ends_well_wherever_the_connection_breaks() {
    let words = Words {
        farewell: Bytes::from_static(b"-ERR [SYS/TEMP] Maintenance at noon\r\n"),
        shown: "Maintenance at noon",
        is_answer: true,
        early: Bytes::from_static(b"+OK 77 7700\r\n"),
        places: pop3_places,
    };
    every_line("pop3 break", Protocol::Pop3, words).await;
}

#[test]
fn a_bye_is_not_said_inside_of_a_literal() {
    let sent = b"* 1 FETCH (BODY[] {6}\r\na\r\nb\r\n UID 1)\r\na1 OK\r\n";
    assert_eq!(imap_places(sent), [0, 38, 45]);
}

#[test]
fn an_error_is_not_said_inside_of_a_listing() {
    assert_eq!(pop3_places(b"+OK\r\n1 2\r\n.\r\n-ERR\r\n+OK\r\n"), [0, 13, 19]);
}
