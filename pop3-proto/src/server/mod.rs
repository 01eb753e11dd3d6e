//! The server's side: poll requests, spend their responders.
//!
//! A request that needs a mailbox or an account comes as an [`Event`] that holds a *responder*: a token that can be moved but not
//! copied, and that answers exactly once. Until it is spent, and until what is queued has been written, the next request is
//! not produced: order and backpressure follow from that. Everything else the machine answers by itself: syntax, wrong
//! state, limits, CAPA, STAT, LIST, UIDL, DELE, RSET, NOOP, LANG, UTF8, and QUIT before login.
//!
//! The whole loop, over anything that reads and writes:
//!
//! ```
//! use std::error::Error;
//! use std::io::{Read, Write};
//!
//! use bytes::BytesMut;
//! use pop3_proto::server::{Config, Connection, Event, Maildrop, MaildropMessage};
//! use pop3_proto::{MessageNumber, ResponseCode, Transport, UniqueId};
//!
//! /// Serves one client, and gives the messages that it deleted.
//! fn serve(io: &mut (impl Read + Write), messages: &[&[u8]]) -> Result<Vec<MessageNumber>, Box<dyn Error>> {
//!     let mut machine = Connection::new(Config::new(Transport::Tls));
//!     let mut input = BytesMut::new();
//!     let mut removed = Vec::new();
//!     machine.greet("ready", None)?;
//!     loop {
//!         let event = machine.poll_event(&mut input)?;
//!         let idle = event.is_none();
//!         match event {
//!             Some(Event::Login { user, password, responder, .. }) => {
//!                 if user == "ann" && password.as_str() == Some("secret") {
//!                     let unique_id = |number| UniqueId::new(format!("id-{number}")).ok_or("no unique-id");
//!                     let message = |(number, octets): (usize, &&[u8])| {
//!                         MaildropMessage::new(octets.len() as u64, unique_id(number)?).ok_or("no unique-id")
//!                     };
//!                     let maildrop = messages.iter().enumerate().map(message).collect::<Result<Maildrop, &str>>()?;
//!                     responder.accept(&mut machine, maildrop, "welcome")?;
//!                 } else {
//!                     responder.refuse(&mut machine, Some(ResponseCode::Auth), "no")?;
//!                 }
//!             }
//!             // TOP gets the whole message too: the writer knows where to stop.
//!             Some(Event::Retr { number, responder, .. } | Event::Top { number, responder, .. }) => {
//!                 let mut rest = messages[number.get() as usize - 1];
//!                 let mut writer = responder.accept(&mut machine, "here it is")?;
//!                 while !rest.is_empty() {
//!                     rest = &rest[writer.write(&mut machine, rest)?..];
//!                     flush(io, &mut machine)?;
//!                 }
//!                 writer.finish(&mut machine)?;
//!             }
//!             // The only place where mail is removed. The answer comes after it.
//!             Some(Event::Quit { deleted, responder, .. }) => {
//!                 removed = deleted;
//!                 responder.committed(&mut machine, "bye")?;
//!             }
//!             Some(Event::Close) => {
//!                 flush(io, &mut machine)?;
//!                 return Ok(removed);
//!             }
//!             // STLS, SASL and APOP were not offered.
//!             Some(other) => return Err(format!("not offered: {other:?}").into()),
//!             None => {}
//!         }
//!         // What waited to be written may have been what the next request waited for.
//!         if !flush(io, &mut machine)? && idle {
//!             let mut chunk = [0; 4096];
//!             match io.read(&mut chunk)? {
//!                 0 => {
//!                     machine.handle_eof(&input)?;
//!                     return Ok(removed);
//!                 }
//!                 n => input.extend_from_slice(&chunk[..n]),
//!             }
//!         }
//!     }
//! }
//!
//! /// True if anything was written.
//! fn flush(io: &mut impl Write, machine: &mut Connection) -> std::io::Result<bool> {
//!     let mut written = false;
//!     while let Some(transmit) = machine.poll_transmit() {
//!         io.write_all(&transmit.bytes)?;
//!         written = true;
//!     }
//!     Ok(written)
//! }
//!
//! # struct Script(std::io::Cursor<Vec<u8>>, Vec<u8>);
//! # impl Read for Script { fn read(&mut self, b: &mut [u8]) -> std::io::Result<usize> { self.0.read(b) } }
//! # impl Write for Script { fn write(&mut self, b: &[u8]) -> std::io::Result<usize> { self.1.extend_from_slice(b); Ok(b.len()) } fn flush(&mut self) -> std::io::Result<()> { Ok(()) } }
//! # let commands = "USER ann\r\nPASS wrong\r\nUSER ann\r\nPASS secret\r\nLIST\r\nTOP 1 0\r\nRETR 1\r\nDELE 1\r\nQUIT\r\n";
//! # let mut io = Script(std::io::Cursor::new(commands.into()), Vec::new());
//! let removed = serve(&mut io, &[b"Subject: hello\r\n\r\n.\r\n"])?;
//! assert_eq!(removed, [MessageNumber::new(1).unwrap()]);
//! # assert_eq!(String::from_utf8(io.1)?, "+OK ready\r\n+OK Password?\r\n-ERR [AUTH] no\r\n+OK Password?\r\n+OK welcome\r\n\
//! #     +OK 1 messages (21 octets)\r\n1 21\r\n.\r\n+OK here it is\r\nSubject: hello\r\n\r\n.\r\n\
//! #     +OK here it is\r\nSubject: hello\r\n\r\n..\r\n.\r\n+OK Marked\r\n+OK bye\r\n");
//! # Ok::<(), Box<dyn Error>>(())
//! ```
//!
//! A server that offers STLS writes what is queued at [`Event::StartTls`], does the handshake, and goes on with what
//! [`handle_tls_established`](Connection::handle_tls_established) gives. One that closes idle sessions reads with the time-out that
//! [`timeout_hint`](Connection::timeout_hint) gives, and calls [`handle_timeout`](Connection::handle_timeout) when it has passed.

mod answer;
mod config;
mod connection;
mod event;
mod receive;
mod request;
mod responder;
mod state;
mod timing;

pub use config::{Config, Language, Limits};
pub use connection::Connection;
pub use event::{Event, Password};
pub use responder::{AuthResponder, BodyResponder, BodyWriter, LoginResponder, QuitResponder};
pub use state::{Maildrop, MaildropMessage, State};
