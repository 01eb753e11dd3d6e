//! The client's side: send commands, poll events.
//!
//! One [`Connection`] is one session. Its calls fall into four families:
//!
//! - getters: [`state`](Connection::state), [`capabilities`](Connection::capabilities), [`in_flight`](Connection::in_flight),
//!   [`quit_outcome`](Connection::quit_outcome), and what to compare a clock with: [`timeout_hint`](Connection::timeout_hint),
//!   [`keep_alive_hint`](Connection::keep_alive_hint);
//! - commands, which queue octets and read nothing: [`send`](Connection::send), [`answer`](Connection::answer),
//!   [`cancel`](Connection::cancel), [`discard`](Connection::discard);
//! - what the caller has to do or may learn: [`poll_transmit`](Connection::poll_transmit), [`poll_event`](Connection::poll_event);
//! - what happened to the transport: [`handle_tls_established`](Connection::handle_tls_established),
//!   [`handle_eof`](Connection::handle_eof).

mod connection;
mod event;
mod listing;
mod receive;
mod request;
mod sasl;
mod state;
mod timing;

pub use connection::Connection;
pub use event::Event;
pub use sasl::OAuthFailure;
pub use state::State;
