//! The states of a session as the server holds them: those of the client, with the same table.

pub use crate::client::State;
pub(super) use crate::client::state::Session;
