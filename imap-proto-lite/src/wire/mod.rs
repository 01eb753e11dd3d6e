//! Tokens in both directions: what every rule of the grammar is made of.

pub(crate) mod encoded;
pub(crate) mod lexical;
pub mod list;
pub(crate) mod span;
pub mod string;
pub(crate) mod swar;
pub(crate) mod write;
