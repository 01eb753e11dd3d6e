//! The server's side: poll requests, answer them with their responders.
//!
//! A request that needs a mailbox or an account is an [`Event`] with a *responder*: a token that
//! can be moved but not copied, and that answers exactly once. The next request is given only after
//! the responder was used and the answer was written; order and backpressure follow from that. The
//! machine itself answers everything else: syntax, wrong state, limits, CAPA, STAT, LIST, UIDL,
//! DELE, RSET, NOOP, LANG, UTF8, and QUIT before login.
//!
//! One [`Connection`] is one session. Its methods are in four families:
//!
//! - getters: [`state`](Connection::state), [`transport`](Connection::transport),
//!   [`is_utf8`](Connection::is_utf8), [`language`](Connection::language),
//!   [`error`](Connection::error), and the time to compare a clock with:
//!   [`timeout_hint`](Connection::timeout_hint);
//! - answers, which queue bytes and read nothing: [`greet`](Connection::greet),
//!   [`refuse_session`](Connection::refuse_session), and the methods of the responders;
//! - what to do next, what was learned: [`poll_transmit`](Connection::poll_transmit),
//!   [`poll_event`](Connection::poll_event);
//! - what happened to the transport:
//!   [`handle_tls_established`](Connection::handle_tls_established),
//!   [`handle_eof`](Connection::handle_eof), [`handle_timeout`](Connection::handle_timeout).
//!
//! The whole loop, over any transport that reads and writes:
//!
//! ```
//! use std::error::Error;
//! use std::io::{Read, Write};
//!
//! use bytes::BytesMut;
//! use pop3_proto::server::{Config, Connection, Event, Maildrop, MaildropMessage};
//! use pop3_proto::{MessageNumber, ResponseCode, Transport, UniqueId};
//!
//! /// Serves one client, and returns the messages that it deleted.
//! fn serve(
//!     io: &mut (impl Read + Write),
//!     messages: &[&[u8]],
//! ) -> Result<Vec<MessageNumber>, Box<dyn Error>> {
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
//!                     let message = |(number, message): (usize, &&[u8])| {
//!                         let unique_id = UniqueId::new(format!("id-{number}"))?;
//!                         MaildropMessage::new(message.len() as u64, unique_id)
//!                     };
//!                     let maildrop: Option<Maildrop> =
//!                         messages.iter().enumerate().map(message).collect();
//!                     let maildrop = maildrop.ok_or("not a unique-id")?;
//!                     responder.accept(&mut machine, maildrop, "welcome")?;
//!                 } else {
//!                     responder.refuse(&mut machine, Some(ResponseCode::Auth), "no")?;
//!                 }
//!             }
//!             // TOP gets the whole message too: the writer drops the rest.
//!             Some(
//!                 Event::Retr { number, responder, .. } | Event::Top { number, responder, .. },
//!             ) => {
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
//!         // The next request may have waited for this to be written.
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
//! # impl Read for Script {
//! #     fn read(&mut self, b: &mut [u8]) -> std::io::Result<usize> { self.0.read(b) }
//! # }
//! # impl Write for Script {
//! #     fn write(&mut self, b: &[u8]) -> std::io::Result<usize> { self.1.write(b) }
//! #     fn flush(&mut self) -> std::io::Result<()> { Ok(()) }
//! # }
//! # let commands = "USER ann\r\nPASS wrong\r\nUSER ann\r\nPASS secret\r\n\
//! #     LIST\r\nTOP 1 0\r\nRETR 1\r\nDELE 1\r\nQUIT\r\n";
//! # let mut io = Script(std::io::Cursor::new(commands.into()), Vec::new());
//! let removed = serve(&mut io, &[b"Subject: hello\r\n\r\n.\r\n"])?;
//! assert_eq!(removed, [MessageNumber::new(1).unwrap()]);
//! # assert_eq!(String::from_utf8(io.1)?, "+OK ready\r\n\
//! #     +OK Password?\r\n-ERR [AUTH] no\r\n+OK Password?\r\n+OK welcome\r\n\
//! #     +OK 1 messages (21 octets)\r\n1 21\r\n.\r\n+OK here it is\r\nSubject: hello\r\n\r\n.\r\n\
//! #     +OK here it is\r\nSubject: hello\r\n\r\n..\r\n.\r\n+OK Marked\r\n+OK bye\r\n");
//! # Ok::<(), Box<dyn Error>>(())
//! ```
//!
//! A server that offers STLS writes what is queued at [`Event::StartTls`], does the handshake, and
//! continues with the machine that [`handle_tls_established`](Connection::handle_tls_established)
//! returns. A server that closes idle sessions reads with the timeout of
//! [`timeout_hint`](Connection::timeout_hint), and calls
//! [`handle_timeout`](Connection::handle_timeout) when it has passed.

mod answer;
mod config;
mod connection;
mod event;
mod receive;
mod request;
mod responder;
mod screen;
mod state;
mod timing;

pub use config::{Config, Language, Limits};
pub use connection::Connection;
pub use event::{Event, Password};
pub use responder::{
    AuthResponder, BodyResponder, BodyWriter, LoginResponder, QuitResponder, ScreenResponder,
};
pub use state::{Maildrop, MaildropMessage, State};
