//! The server's end: poll requests, use their responders.
//!
//! A request that needs an account or a mailbox comes as an [`Event`] with a *responder*: a token
//! that can be moved but not copied, and that answers exactly once. The next request is not
//! produced until the responder is used and the queued bytes are written: order and backpressure
//! follow from that. The machine answers everything else: syntax, wrong state, limits, CAPABILITY,
//! ID, ENABLE, NOOP if no mailbox is selected, LOGOUT, the `+` of literals, begin and end of IDLE.
//!
//! News of the selected mailbox go to [`Connection::update`] at any time. They are sent when
//! RFC 9051 section 7.5.1 allows it.
//!
//! ```
//! use bytes::BytesMut;
//! use imap_proto_lite::{Transport, server::{Config, Connection, Event}};
//!
//! let mut server = Connection::new(Config::new(Transport::Tls));
//! server.greet("ready")?;
//! let mut input = BytesMut::from(&b"a1 LOGIN joe tanstaaf\r\na2 LOGOUT\r\n"[..]);
//! let mut output = Vec::new();
//! loop {
//!     while let Some(transmit) = server.poll_transmit() {
//!         output.extend_from_slice(&transmit.bytes); // write it
//!     }
//!     match server.poll_event(&mut input)? {
//!         Some(Event::Login { user, password, responder, .. }) => {
//!             if user == "joe" && password.as_bytes() == b"tanstaaf" {
//!                 responder.accept(&mut server, "welcome")?;
//!             } else {
//!                 responder.refuse(&mut server, None, "no")?;
//!             }
//!         }
//!         Some(Event::Command { responder, .. }) => responder.no(&mut server, None, "not here")?,
//!         Some(Event::Close) => break,
//!         Some(_) => {}
//!         None => break, // read more
//!     }
//! }
//! while let Some(transmit) = server.poll_transmit() {
//!     output.extend_from_slice(&transmit.bytes);
//! }
//! let said = String::from_utf8(output)?;
//! assert!(said.starts_with("* OK [CAPABILITY IMAP4rev1 "));
//! assert!(said.contains("a1 OK [CAPABILITY "));
//! assert!(said.ends_with("* BYE see you\r\na2 OK LOGOUT completed\r\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod config;
mod connection;
mod event;
mod receive;
mod request;
mod responder;
mod state;
mod timing;

pub use self::{
    config::{Config, Limits},
    connection::Connection,
    event::{Event, OwnedCommand, Password},
    responder::{
        AppendResponder, AuthResponder, BodyWriter, FetchWriter, LoginResponder, Responder,
        SelectResponder,
    },
    state::State,
};
