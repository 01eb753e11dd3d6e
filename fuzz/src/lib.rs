//! The fuzz targets as functions that any test can call.
//!
//! Each function takes bytes, drives one part of the protocol crates or of `mailclient` with them
//! and panics if a promise of those crates is broken. On stable every function runs over its
//! seeds, over mutations of them and over pseudo-random bytes (`cargo test -p fuzz`), and each
//! target replays the files named on its command line. With a nightly compiler and
//! `cargo fuzz run TARGET fuzz/corpus/TARGET fuzz/seeds/TARGET` the same functions are driven by
//! libFuzzer.

mod body;
mod encode;
mod imap;
mod index;
mod mail;
mod model;
mod octets;
mod pop3;
#[cfg(test)]
mod seeds;
mod selected;
mod server;

use std::io;

pub use body::body_decode;
pub use encode::command_encode;
pub use imap::{imap_connection, imap_frame, imap_parse};
pub use index::pop3_index;
pub use mail::mail_text;
pub use octets::Octets;
pub use pop3::{pop3_connection, pop3_parse};
pub use selected::imap_selected;
pub use server::{imap_server, pop3_server};

/// A fuzz function.
pub type Target = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Target); 12] = [
    ("body_decode", body_decode),
    ("command_encode", command_encode),
    ("imap_connection", imap_connection),
    ("imap_frame", imap_frame),
    ("imap_parse", imap_parse),
    ("imap_selected", imap_selected),
    ("imap_server", imap_server),
    ("mail_text", mail_text),
    ("pop3_connection", pop3_connection),
    ("pop3_index", pop3_index),
    ("pop3_parse", pop3_parse),
    ("pop3_server", pop3_server),
];

/// Runs a target over the files named on the command line: crashes that libFuzzer wrote, or seeds.
///
/// # Errors
/// A file cannot be read.
pub fn replay(target: Target) -> io::Result<()> {
    for path in std::env::args_os().skip(1) {
        let data = std::fs::read(&path)?;
        eprintln!("{} ({} octets)", path.display(), data.len());
        target(&data);
    }
    Ok(())
}
