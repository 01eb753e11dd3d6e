//! From meaning to bytes: commands as fragments, with the places where a literal waits for the
//! server, and responses.

pub use crate::{
    command::encode::command,
    response::encode::response,
    wire::encoded::{ArgumentError, EncodeSession, Encoded, Fragment},
};
