//! The crates of this workspace at work.

pub mod encode;
pub mod imap;
pub mod pop3;
pub mod understood;
