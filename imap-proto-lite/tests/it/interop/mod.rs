//! Every command against real servers, which `.ci/run` installs and starts (feature `interop`).
//!
//! Each server has a test. A test runs all checks of [`check::ALL`] and compares the result of each
//! (`OK`, or `-` where the server does not offer it) with its column of `table.txt`. The last one
//! prints the whole table.

mod answer;
mod bodies;
mod changing;
mod check;
mod extensions;
mod fetch_extensions;
mod fetching;
mod listing;
mod login;
mod mailboxes;
mod messages;
mod searching;
mod selecting;
mod server;
mod session;
mod sorting;
mod tokens;

use self::server::Kind;

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
