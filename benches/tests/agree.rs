//! Do all parsers understand the same? What is compared, and what a peer leaves out, stands at the contests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that fails should say so at once"
)]

use benches::{
    contest::{Loads, Size, imap, pop3},
    limits,
    source::READ,
};

#[test]
fn peers_and_ours_understand_the_same() {
    let loads = Loads::new(Size::Quick);
    let table = limits::token_table();
    for load in &loads.imap {
        let lines = imap::lines_of(load);
        imap::whole(load, &lines, &table).check().unwrap();
    }
    for load in &loads.bodies {
        imap::bodies(load).check().unwrap();
    }
    for (bodies, answers) in &loads.pop3 {
        pop3::bodies(bodies, answers).check().unwrap();
    }
    for load in &loads.listings {
        pop3::listing(load).check().unwrap();
    }
}

#[test]
fn pieces_of_any_size_are_understood_alike() {
    let loads = Loads::new(Size::Quick);
    for load in &loads.small {
        let whole = benches::ours::understood::understood(&load.octets, usize::MAX).unwrap();
        for read in [1, 7, READ] {
            assert_eq!(
                benches::ours::understood::understood(&load.octets, read).unwrap(),
                whole,
                "{} in reads of {read}",
                load.name
            );
        }
    }
}
