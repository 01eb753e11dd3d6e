//! Every command of tiers 1 and 2 against real servers, which `.ci/run` installs and starts (feature `interop`).
//!
//! Each server has a test. A test runs all checks of [`check::ALL`] and compares what it says of each (`OK`, or `-` where the server
//! does not offer it) with its column of `servers/table.txt`. The last one prints the whole table.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that fails should say so at once"
)]

#[path = "servers/answer.rs"]
mod answer;
#[path = "servers/bodies.rs"]
mod bodies;
#[path = "servers/changing.rs"]
mod changing;
#[path = "servers/check.rs"]
mod check;
#[path = "servers/extensions.rs"]
mod extensions;
#[path = "servers/fetch_extensions.rs"]
mod fetch_extensions;
#[path = "servers/fetching.rs"]
mod fetching;
#[path = "servers/listing.rs"]
mod listing;
#[path = "servers/login.rs"]
mod login;
#[path = "servers/mailboxes.rs"]
mod mailboxes;
#[path = "servers/messages.rs"]
mod messages;
#[path = "servers/searching.rs"]
mod searching;
#[path = "servers/selecting.rs"]
mod selecting;
#[path = "servers/server.rs"]
mod server;
#[path = "servers/session.rs"]
mod session;
#[path = "servers/sorting.rs"]
mod sorting;
#[path = "servers/tokens.rs"]
mod tokens;

use server::Kind;

#[test]
fn dovecot() {
    check::all(Kind::Dovecot);
}

#[test]
fn cyrus() {
    check::all(Kind::Cyrus);
}

#[test]
fn pymap() {
    check::all(Kind::Pymap);
}

#[test]
fn mailutils() {
    check::all(Kind::Mailutils);
}
