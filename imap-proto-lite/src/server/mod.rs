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
//! The whole loop, over any transport that reads and writes. After `None` it writes first, and
//! reads only if nothing was queued: the machine may have answered a command itself.
//!
//! ```
//! use std::{
//!     error::Error,
//!     io::{self, Read, Write},
//! };
//!
//! use bytes::BytesMut;
//! use imap_proto_lite::{
//!     Command, Response, SeqNumber, Transport, Uid,
//!     response::FetchAttribute,
//!     section::Section,
//!     server::{Config, Connection, Event},
//! };
//!
//! /// Serves one client a mailbox with one message.
//! fn serve(io: &mut (impl Read + Write), message: &[u8]) -> Result<(), Box<dyn Error>> {
//!     let mut machine = Connection::new(Config::new(Transport::Tls));
//!     let mut input = BytesMut::new();
//!     machine.greet("ready")?;
//!     loop {
//!         let event = machine.poll_event(&mut input)?;
//!         let idle = event.is_none();
//!         match event {
//!             Some(Event::Login { user, password, responder, .. }) => {
//!                 if user == "ann" && password.as_bytes() == b"secret" {
//!                     responder.accept(&mut machine, "welcome")?;
//!                 } else {
//!                     responder.refuse(&mut machine, None, "no")?;
//!                 }
//!             }
//!             Some(Event::Select { mut responder, .. }) => {
//!                 responder.untagged(&mut machine, &Response::Exists(1))?;
//!                 responder.accept(&mut machine, true, "selected")?;
//!             }
//!             Some(Event::Command { command, responder, .. }) => match command.parse() {
//!                 // Every FETCH gets the UID and the whole message.
//!                 Command::Fetch { .. } => {
//!                     let first = SeqNumber::new(1).ok_or("not a number")?;
//!                     let uid = Uid::new(7).ok_or("not a UID")?;
//!                     let mut fetch = responder.fetch(&mut machine, first)?;
//!                     fetch.attribute(&mut machine, FetchAttribute::Uid(uid))?;
//!                     let size = message.len() as u64;
//!                     let mut body = fetch.body(&mut machine, &Section::full(), None, size)?;
//!                     let mut rest = message;
//!                     while !rest.is_empty() {
//!                         rest = &rest[body.write(&mut machine, rest)?..];
//!                         flush(io, &mut machine)?;
//!                     }
//!                     let responder = body.finish(&mut machine)?.finish(&mut machine)?;
//!                     responder.ok(&mut machine, None, "fetched")?;
//!                 }
//!                 Command::Noop => responder.ok(&mut machine, None, "done")?,
//!                 _ => responder.no(&mut machine, None, "not here")?,
//!             },
//!             Some(Event::Close) => {
//!                 flush(io, &mut machine)?;
//!                 return Ok(());
//!             }
//!             // APPEND, IDLE, COMPRESS, STARTTLS and AUTHENTICATE.
//!             Some(other) => return Err(format!("not offered: {other:?}").into()),
//!             None => {}
//!         }
//!         // The next request may have waited for this to be written.
//!         if !flush(io, &mut machine)? && idle {
//!             let mut chunk = [0; 4096];
//!             match io.read(&mut chunk)? {
//!                 0 => return Ok(machine.handle_eof(&input)?),
//!                 n => input.extend_from_slice(&chunk[..n]),
//!             }
//!         }
//!     }
//! }
//!
//! /// True if anything was written.
//! fn flush(io: &mut impl Write, machine: &mut Connection) -> io::Result<bool> {
//!     let mut written = false;
//!     while let Some(transmit) = machine.poll_transmit() {
//!         io.write_all(&transmit.bytes)?;
//!         written = true;
//!     }
//!     Ok(written)
//! }
//!
//! # struct Script(std::vec::IntoIter<&'static str>, String);
//! # impl Read for Script {
//! #     fn read(&mut self, b: &mut [u8]) -> io::Result<usize> {
//! #         let line = self.0.next().unwrap_or_default();
//! #         self.1.push_str(&format!("C: {line}S: "));
//! #         b[..line.len()].copy_from_slice(line.as_bytes());
//! #         Ok(line.len())
//! #     }
//! # }
//! # impl Write for Script {
//! #     fn write(&mut self, b: &[u8]) -> io::Result<usize> {
//! #         self.1.push_str(std::str::from_utf8(b).unwrap());
//! #         Ok(b.len())
//! #     }
//! #     fn flush(&mut self) -> io::Result<()> { Ok(()) }
//! # }
//! # let commands = ["a ID NIL\r\n", "b LOGIN ann no\r\n", "c LOGIN ann secret\r\n",
//! #     "d SELECT INBOX\r\n", "e NOOP\r\n", "f FETCH 1 BODY[]\r\n", "g LOGOUT\r\n"];
//! # let mut io = Script(Vec::from(commands).into_iter(), String::new());
//! serve(&mut io, b"Subject: hello\r\n\r\nhello\r\n")?;
//! # let (greeting, said) = io.1.split_once("ready\r\n").unwrap();
//! # assert!(greeting.starts_with("* OK [CAPABILITY IMAP4rev1 "));
//! # let (to_login, from_select) = said.split_once("C: d").unwrap();
//! # assert!(to_login.starts_with("C: a ID NIL\r\nS: * ID NIL\r\na OK ID completed\r\nC: b "));
//! # assert!(to_login.contains("S: b NO no\r\nC: c LOGIN ann secret\r\nS: c OK [CAPABILITY "));
//! # assert_eq!(from_select, " SELECT INBOX\r\nS: * 1 EXISTS\r\nd OK [READ-ONLY] selected\r\n\
//! #     C: e NOOP\r\nS: e OK done\r\n\
//! #     C: f FETCH 1 BODY[]\r\nS: * 1 FETCH (UID 7 BODY[] {25}\r\n\
//! #     Subject: hello\r\n\r\nhello\r\n)\r\nf OK fetched\r\n\
//! #     C: g LOGOUT\r\nS: * BYE see you\r\ng OK LOGOUT completed\r\n");
//! # Ok::<(), Box<dyn Error>>(())
//! ```
//!
//! A real SELECT also sends FLAGS, UIDVALIDITY and UIDNEXT (RFC 9051 section 6.3.2). A server that
//! offers STARTTLS writes what is queued at [`Event::StartTls`], does the handshake, and continues
//! with the machine that [`handle_tls_established`](Connection::handle_tls_established) returns. A
//! server that closes idle sessions reads with the timeout of
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

pub use self::{
    config::{Config, Limits},
    connection::Connection,
    event::{Event, OwnedCommand, Password},
    responder::{
        AppendResponder, AuthResponder, BodyWriter, FetchWriter, LoginResponder, Responder,
        ScreenResponder, SelectResponder,
    },
    state::State,
};
