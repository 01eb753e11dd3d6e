//! Answers: greetings, status lines, listings, and what the responders do.

use core::fmt::Write as _;

use bytes::{BufMut as _, BytesMut};

use super::{
    connection::Connection,
    request::{Items, Listing, Request, Token},
    state::{Maildrop, State},
};
use crate::{
    error::SendError,
    event::{Status, Transmit},
    response::{ResponseCode, encode, encode::MessageEncoder},
    types::{Expire, Timestamp},
    wire::base64,
};

/// Listings are written in pieces of so many bytes, so that a maildrop of any size needs no more
/// memory.
const PIECE: usize = 16 * 1024;

impl Connection {
    /// Sends the greeting. A timestamp, which the caller makes from random data and which differs
    /// for each connection, offers APOP.
    ///
    /// Characters that would end the line, in this text and in the texts of the responders, are
    /// replaced by `?`.
    ///
    /// # Errors
    /// [`SendError::NotAwaited`] if a greeting was sent before.
    pub fn greet(&mut self, text: &str, timestamp: Option<Timestamp>) -> Result<(), SendError> {
        if self.state() != State::Greeting {
            return Err(SendError::NotAwaited);
        }
        self.session.greeted();
        self.output.put_slice(b"+OK ");
        encode::text(&mut self.output, text);
        if let Some(timestamp) = &timestamp {
            self.output.put_u8(b' ');
            self.output.put_slice(timestamp.as_bytes());
        }
        self.output.put_slice(b"\r\n");
        self.timestamp = timestamp;
        Ok(())
    }

    /// Sends a greeting that is a refusal, and closes.
    ///
    /// # Errors
    /// [`SendError::NotAwaited`] if a greeting was sent before.
    pub fn refuse_session(
        &mut self,
        code: Option<ResponseCode>,
        text: &str,
    ) -> Result<(), SendError> {
        if self.state() != State::Greeting {
            return Err(SendError::NotAwaited);
        }
        self.reply(Status::Err, code, text);
        self.close();
        Ok(())
    }

    /// The next bytes to write. Poll until `None`, after each event and each answer.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        if self.error().is_some() {
            return None;
        }
        self.write_listing();
        if self.output.is_empty() {
            return None;
        }
        Some(Transmit { bytes: self.output.split().freeze(), sensitive: false })
    }

    /// A status line.
    pub(super) fn reply(&mut self, status: Status, code: Option<ResponseCode>, text: &str) {
        let code = code.filter(|_| self.config.resp_codes);
        encode::status_line(&mut self.output, status, code.as_ref(), text);
    }

    /// A line without arguments from outside.
    pub(super) fn line_of(&mut self, line: core::fmt::Arguments<'_>) {
        // Writing to a BytesMut cannot fail.
        let _ = self.output.write_fmt(line);
        self.output.put_slice(b"\r\n");
    }

    /// [RFC 2449 section 5](https://www.rfc-editor.org/rfc/rfc2449#section-5)
    pub(super) fn capa(&mut self, offers_stls: bool, takes_credentials: bool) {
        self.reply(Status::Ok, None, "Capabilities follow");
        let config = &self.config;
        let output = &mut self.output;
        for (line, offered) in [
            ("TOP\r\n", config.top),
            ("UIDL\r\n", config.uidl),
            ("USER\r\n", config.user && takes_credentials),
            ("RESP-CODES\r\nAUTH-RESP-CODE\r\n", config.resp_codes),
            ("PIPELINING\r\n", config.pipelining),
            ("STLS\r\n", offers_stls),
            ("UTF8 USER\r\n", config.utf8),
            ("LANG\r\n", !config.languages.is_empty()),
        ] {
            if offered {
                output.put_slice(line.as_bytes());
            }
        }
        // RFC 5034 section 3: SASL is announced after login as well.
        if takes_credentials && !config.mechanisms.is_empty() {
            output.put_slice(b"SASL");
            for mechanism in &config.mechanisms {
                output.put_u8(b' ');
                encode::text(output, mechanism);
            }
            output.put_slice(b"\r\n");
        }
        let logged_in = self.session.state() == State::Transaction;
        let end = if config.differs_by_user && !logged_in { " USER\r\n" } else { "\r\n" };
        let _ = match config.expire {
            Some(Expire::Never) => write!(output, "EXPIRE NEVER{end}"),
            Some(Expire::Days(days)) => write!(output, "EXPIRE {days}{end}"),
            None => Ok(()),
        };
        if let Some(seconds) = config.login_delay {
            let _ = write!(output, "LOGIN-DELAY {seconds}{end}");
        }
        if let Some(name) = config.implementation.as_deref().filter(|_| logged_in) {
            output.put_slice(b"IMPLEMENTATION ");
            encode::text(output, name);
            output.put_slice(b"\r\n");
        }
        output.put_slice(b".\r\n");
    }

    /// The answer to AUTH without an argument.
    pub(super) fn auth_list(&mut self, takes_credentials: bool) {
        self.reply(Status::Ok, None, "Mechanisms follow");
        if takes_credentials {
            for mechanism in &self.config.mechanisms {
                encode::text(&mut self.output, mechanism);
                self.output.put_slice(b"\r\n");
            }
        }
        self.output.put_slice(b".\r\n");
    }

    /// [RFC 6856 section 3](https://www.rfc-editor.org/rfc/rfc6856#section-3)
    pub(super) fn lang_list(&mut self) {
        self.reply(Status::Ok, None, "Languages follow");
        for index in 0..self.config.languages.len() {
            self.language_line(index);
        }
        self.output.put_slice(b".\r\n");
    }

    /// Chooses the first language that a language range matches.
    pub(super) fn lang(&mut self, range: &str) {
        // RFC 4647 section 3.3.1: a range matches its own tag and every longer one.
        let matches = |tag: &str| {
            range == "*"
                || tag.get(..range.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(range))
                    && matches!(tag.as_bytes().get(range.len()), None | Some(b'-'))
        };
        let found = self.config.languages.iter().position(|language| matches(&language.tag));
        let Some(index) = found else {
            self.reply(Status::Err, None, "No such language");
            return;
        };
        self.session.language_chosen(index);
        self.output.put_slice(b"+OK ");
        self.language_line(index);
    }

    fn language_line(&mut self, index: usize) {
        if let Some(language) = self.config.languages.get(index) {
            encode::text(&mut self.output, &language.tag);
            self.output.put_u8(b' ');
            encode::text(&mut self.output, &language.description);
            self.output.put_slice(b"\r\n");
        }
    }

    pub(super) fn begin_listing(&mut self, items: Items) {
        let (count, octets) = (self.session.count(), self.session.octets());
        self.line_of(format_args!("+OK {count} messages ({octets} octets)"));
        self.listing = Some(Listing { items, next: 0 });
    }

    /// Writes the next piece of a listing.
    fn write_listing(&mut self) {
        let Some(listing) = &mut self.listing else {
            return;
        };
        while self.output.len() < PIECE {
            let Some((index, message)) = self.session.next_message(listing.next) else {
                self.output.put_slice(b".\r\n");
                self.listing = None;
                return;
            };
            listing.next = index + 1;
            let _ = write!(self.output, "{} ", listing.next);
            match listing.items {
                Items::Sizes => {
                    let _ = write!(self.output, "{}", message.octets());
                }
                Items::UniqueIds => self.output.put_slice(message.unique_id().as_bytes()),
            }
            self.output.put_slice(b"\r\n");
        }
    }

    // What the responders do. Each checks that the responder belongs to the current request.

    pub(super) fn accept_login(
        &mut self,
        token: Token,
        maildrop: Maildrop,
        text: &str,
    ) -> Result<(), SendError> {
        self.check(token)?;
        self.request = Request::None;
        self.session.logged_in(maildrop);
        self.reply(Status::Ok, None, text);
        Ok(())
    }

    pub(super) fn refuse(
        &mut self,
        token: Token,
        code: Option<ResponseCode>,
        text: &str,
    ) -> Result<(), SendError> {
        self.check(token)?;
        let quit = matches!(self.request, Request::Quit);
        self.request = Request::None;
        self.reply(Status::Err, code, text);
        if quit {
            self.close();
        }
        Ok(())
    }

    pub(super) fn challenge(&mut self, token: Token, data: &[u8]) -> Result<(), SendError> {
        self.check(token)?;
        let Request::Auth { rounds } = self.request else {
            return Err(SendError::UnknownCommand);
        };
        if rounds >= self.config.limits.sasl_rounds {
            self.request = Request::None;
            self.session.auth_cancelled();
            self.reply(Status::Err, None, "Too many challenges");
            return Ok(());
        }
        self.request = Request::SaslLine { rounds: rounds + 1 };
        self.output.put_slice(b"+ ");
        base64(&mut self.output, data);
        self.output.put_slice(b"\r\n");
        Ok(())
    }

    pub(super) fn accept_body(&mut self, token: Token, text: &str) -> Result<(), SendError> {
        self.check(token)?;
        let Request::Body { lines } = self.request else {
            return Err(SendError::UnknownCommand);
        };
        self.request = Request::Message(MessageEncoder::new(lines));
        self.reply(Status::Ok, None, text);
        Ok(())
    }

    /// The encoder of the message that is being written, and the output.
    fn message(&mut self, token: Token) -> Result<(&mut MessageEncoder, &mut BytesMut), SendError> {
        self.check(token)?;
        match &mut self.request {
            Request::Message(encoder) => Ok((encoder, &mut self.output)),
            _ => Err(SendError::UnknownCommand),
        }
    }

    pub(super) fn write_body(&mut self, token: Token, bytes: &[u8]) -> Result<usize, SendError> {
        let limit = self.config.limits.output;
        let (encoder, output) = self.message(token)?;
        if encoder.is_full() {
            return Ok(bytes.len());
        }
        let room = limit.saturating_sub(output.len());
        let taken = bytes.get(..room).unwrap_or(bytes);
        encoder.encode(taken, output);
        Ok(taken.len())
    }

    pub(super) fn body_is_full(&self, token: Token) -> bool {
        self.check(token).is_ok()
            && matches!(&self.request, Request::Message(encoder) if encoder.is_full())
    }

    pub(super) fn finish_body(&mut self, token: Token) -> Result<u64, SendError> {
        let (encoder, output) = self.message(token)?;
        let octets = encoder.finish(output);
        self.request = Request::None;
        Ok(octets)
    }

    pub(super) fn abort_body(&mut self, token: Token) -> Result<(), SendError> {
        self.check(token)?;
        self.close();
        Ok(())
    }

    pub(super) fn commit(&mut self, token: Token, text: &str) -> Result<(), SendError> {
        self.check(token)?;
        self.reply(Status::Ok, None, text);
        self.close();
        Ok(())
    }

    #[cfg(feature = "apop")]
    pub(super) fn verify(&self, token: Token, digest: &[u8; 16], secret: &[u8]) -> bool {
        let Some(timestamp) = self.timestamp.as_ref().filter(|_| self.check(token).is_ok()) else {
            return false;
        };
        crate::apop::same(&crate::apop::digest(timestamp, secret), digest)
    }
}
