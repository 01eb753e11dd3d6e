//! From octets to meaning: complete responses (and, for servers, complete commands), borrowed from their octets.
//!
//! The framer has found where a response ends, so nothing here asks for more input and nothing here fails: what is not
//! understood is [`Response::Unknown`](crate::Response::Unknown) or [`Response::Malformed`](crate::Response::Malformed)
//! with its octets, and a damaged attribute of a message costs only itself.

pub use crate::{
    command::parse::{CommandError, command},
    response::parse::response,
};
