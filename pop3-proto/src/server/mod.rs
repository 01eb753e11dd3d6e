//! The server's side: poll requests, spend their responders.
//!
//! A request that needs a mailbox or an account comes as an [`Event`] that holds a *responder*: a token that can be moved but not
//! copied, and that answers exactly once. Until it is spent, and until what is queued has been written, the next request is
//! not produced: order and backpressure follow from that. Everything else the machine answers by itself: syntax, wrong
//! state, limits, CAPA, STAT, LIST, UIDL, DELE, RSET, NOOP, LANG, UTF8, and QUIT before login.

mod answers;
mod config;
mod connection;
mod event;
mod responder;
mod state;
mod writer;

pub use config::{Config, Language, Limits};
pub use connection::Connection;
pub use event::{Event, Maildrop, MaildropMessage, Password};
pub use responder::{AuthResponder, BodyResponder, BodyWriter, LoginResponder, QuitResponder};
pub use state::State;
