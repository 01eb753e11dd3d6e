//! What several tests use.

pub(crate) mod client;
pub(crate) mod generate;
pub(crate) mod lexer;
pub(crate) mod pair;
pub(crate) mod protocol;
pub(crate) mod server;
pub(crate) mod session;
pub(crate) mod show;
pub(crate) mod structure;
