//! Checks that all parsers understand the same. Responses: ours and the peers on the work loads;
//! the contests name the compared fields and the work that a peer leaves out. Commands: the output
//! of our encoder, read by imap-codec.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that fails should say so at once, and this one reports counts"
)]

#[path = "agree/commands.rs"]
mod commands;
#[path = "agree/differences.rs"]
mod differences;
#[path = "agree/every.rs"]
mod every;
#[path = "../../imap-proto-lite/tests/it/support/generate/mod.rs"]
#[expect(dead_code, reason = "the tests of imap-proto-lite use the rest")]
mod generate;
#[path = "agree/meaning.rs"]
mod meaning;
#[path = "agree/ours.rs"]
mod ours;
#[path = "agree/theirs.rs"]
mod theirs;

use benches::{
    contest::{Loads, Size, imap, pop3},
    limits, server,
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

/// Over sockets, twice, so that a connection is used again. A contender that cannot take part tells
/// why.
#[test]
fn retr_over_loopback_gives_the_message() {
    let loads = Loads::new(Size::Quick);
    for load in &loads.retr {
        let address = server::start(load.octets.clone()).unwrap();
        let mut contest = pop3::loopback(load, address, false).unwrap();
        for contender in &mut contest.contenders {
            for _ in 0..2 {
                match contender.run() {
                    Ok(octets) => {
                        assert!(octets > load.octets.len() as u64 / 2, "{contender:?}: {octets}")
                    }
                    Err(reason) => assert!(reason.starts_with("not "), "{contender:?}: {reason}"),
                }
            }
        }
        let library = contest
            .contenders
            .iter_mut()
            .find(|contender| contender.name == pop3::LIBCURL)
            .unwrap();
        let reason = library.run().err();
        assert_eq!(
            reason.is_none(),
            cfg!(feature = "libcurl")
                && !reason.clone().unwrap_or_default().contains("without POP3"),
            "{reason:?}"
        );
    }
}
