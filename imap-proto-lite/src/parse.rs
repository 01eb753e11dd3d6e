//! From bytes to meaning: complete responses and, for servers, complete commands, borrowed from
//! their bytes.
//!
//! The framer has found the end of the response, so nothing here asks for more input and nothing
//! fails. A response that is not known is [`Response::Unknown`](crate::Response::Unknown), one that
//! cannot be read is [`Response::Malformed`](crate::Response::Malformed), both with their bytes; a
//! damaged attribute of a message costs only itself.

pub use crate::{
    command::parse::{CommandError, command},
    response::parse::response,
};
