//! Every operation is flooded at every line, on the server that can do everything: what a server
//! offers makes no difference.

use mail_harness::{
    fault::Wire,
    flood::{Flood, Floods},
};
use mailclient::Protocol;

use super::{Case, faults::imap_places, finish, known};
use crate::{
    operations::{ALL, LOGIN},
    session::{LARGE_PIPE, Way, everything},
};

/// A line without an end: more than a line may have. Its buffer doubles, so three times the limit
/// of 16 MiB is in use while it grows.
const fn line(name: &'static str, begin: &'static str, piece: &'static str) -> Flood {
    Flood { name, begin, piece, bytes: 17 << 20, memory: 49 << 20, asked_by: &[], every: 4 }
}

/// Many lines: more than is kept of them.
const fn lines(
    name: &'static str,
    piece: &'static str,
    asked_by: &'static [&'static str],
) -> Flood {
    Flood { name, begin: "", piece, bytes: 3 << 19, memory: 1 << 20, asked_by, every: 1 }
}

/// More than a line of POP3 may have, and than a test collects of a message, which doubles as well.
const fn of_pop3(flood: Flood) -> Flood {
    Flood { bytes: 4 << 20, memory: 2 << 20, every: 1, ..flood }
}

const IMAP: [Flood; 8] = [
    line("endless text", "* OK ", "and then some more of it and then some "),
    line("endless SEARCH", "* SEARCH", " 1 2 3"),
    line("endless parentheses", "* 1 FETCH (X ", "(((((((((((("),
    lines("notes", "* OK still here, and this line is as long as lines are\r\n", &[]),
    lines("alerts", "* OK [ALERT] the disk is full, and it is still full\r\n", &["next change"]),
    lines("flags", "* 1 FETCH (FLAGS (\\Seen $Forwarded $Junk))\r\n", &["next change"]),
    lines(
        "folders",
        "* LIST () \"/\" \"a folder with a name of some length\"\r\n",
        &["folders", "folders counted"],
    ),
    lines("counts", "* 0 RECENT\r\n", &[]),
];

const POP3: [Flood; 3] = [
    of_pop3(line("endless text", "+OK ", "and then some more of it and then some ")),
    of_pop3(line("endless number", "1 ", "0123456789")),
    of_pop3(lines("noise", "this is a row of no listing at all\r\n", &[])),
];

/// Places after every line.
fn lines_of(sent: &[u8]) -> Vec<usize> {
    let ends = sent.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect()
}

/// Errors that say that the server went too far.
const LIMITS: [&str; 3] = ["Protocol", "Limit", "Damaged"];

async fn every_line(
    subject: &'static str,
    protocol: Protocol,
    floods: &[Flood],
    places: fn(&[u8]) -> Vec<usize>,
) {
    let mut known = known(&format!("{subject} "));
    let case = Case::new(everything(), protocol).await;
    let matrix = Floods {
        subject,
        login: &LOGIN,
        operations: &ALL,
        features: case.features.clone(),
        floods,
        places,
        limits: &LIMITS,
        told: "is longer than the limit",
        make: async |wire: &Wire| case.session(wire, Way::Pipe(LARGE_PIPE)).await,
    };
    matrix.run(&mut known).await;
    finish(subject, &known);
}

#[tokio::test(start_paused = true)]
async fn imap_is_not_drowned_at_any_line() {
    every_line("imap flood", Protocol::Imap, &IMAP, imap_places).await;
}

#[tokio::test(start_paused = true)]
async fn pop3_is_not_drowned_at_any_line() {
    every_line("pop3 flood", Protocol::Pop3, &POP3, lines_of).await;
}
