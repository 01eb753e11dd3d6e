//! The client's side: send commands, poll events.
//!
//! One [`Connection`] is one session. Its methods are in four families:
//!
//! - getters: [`state`](Connection::state), [`transport`](Connection::transport),
//!   [`capabilities`](Connection::capabilities), [`enabled`](Connection::enabled),
//!   [`utf8`](Connection::utf8), [`in_flight`](Connection::in_flight), [`tag`](Connection::tag),
//!   [`command_of`](Connection::command_of), [`error`](Connection::error), and the times to compare
//!   a clock with: [`timeout_hint`](Connection::timeout_hint),
//!   [`keep_alive_hint`](Connection::keep_alive_hint);
//! - commands, which queue bytes and read nothing: [`send`](Connection::send),
//!   [`answer`](Connection::answer), [`cancel`](Connection::cancel),
//!   [`end_idle`](Connection::end_idle), [`withdraw`](Connection::withdraw),
//!   [`discard`](Connection::discard);
//! - what to do next, what was learned: [`poll_transmit`](Connection::poll_transmit),
//!   [`poll_event`](Connection::poll_event);
//! - what happened to the transport:
//!   [`handle_tls_established`](Connection::handle_tls_established),
//!   [`handle_compressed`](Connection::handle_compressed),
//!   [`handle_eof`](Connection::handle_eof).

mod connection;
mod event;
mod fast;
mod receive;
mod request;
mod sasl;
mod send;
pub(crate) mod state;
mod timing;

pub use self::{
    connection::Connection,
    event::{Event, GreetingStatus},
    sasl::OAuthFailure,
};
pub use crate::state::State;
