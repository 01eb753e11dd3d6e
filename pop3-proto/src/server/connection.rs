//! The server machine.

use bytes::BytesMut;

use super::config::Config;
use super::event::{Event, Maildrop};
use super::responder::Token;
use super::state::State;
use crate::error::{ProtocolError, SendError};
use crate::event::Transmit;
use crate::response::{ResponseCode, Timestamp};

/// One session, seen from the server.
#[derive(Debug)]
pub struct Connection {
    config: Config,
}

impl Connection {
    /// A connection that has to [`greet`](Self::greet) first.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    /// Where the session stands.
    #[must_use]
    pub fn state(&self) -> State {
        State::Greeting
    }

    /// Did the client go to UTF-8 mode?
    #[must_use]
    pub fn is_utf8(&self) -> bool {
        self.config.utf8
    }

    /// The language the client chose.
    #[must_use]
    pub fn language(&self) -> Option<&str> {
        None
    }

    /// Sends the greeting. With a timestamp (from the caller's randomness, different for each connection) APOP is offered.
    ///
    /// # Errors
    /// [`SendError::Closed`] if it was sent before.
    pub fn greet(&mut self, text: &str, timestamp: Option<Timestamp>) -> Result<(), SendError> {
        let _ = (text, timestamp);
        Ok(())
    }

    /// Sends a greeting that says no, and closes.
    ///
    /// # Errors
    /// [`SendError::Closed`] if it was sent before.
    pub fn refuse_session(
        &mut self,
        code: Option<ResponseCode>,
        text: &str,
    ) -> Result<(), SendError> {
        let _ = (code, text);
        Ok(())
    }

    /// The next octets to write. Poll until `None`, after each event and each answer.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        None
    }

    /// The next request. `Ok(None)` means: spend the responder that is out, write what is queued, or append octets to `input`.
    ///
    /// # Errors
    /// The client broke the protocol beyond a `-ERR`; the same error comes for ever.
    pub fn poll_event(&mut self, input: &mut BytesMut) -> Result<Option<Event>, ProtocolError> {
        let _ = input;
        Ok(None)
    }

    /// The TLS handshake that [`Event::StartTls`] asked for is done: gives the machine for the protected connection.
    ///
    /// # Errors
    /// [`ProtocolError::InputBehindStartTls`] if `input` is not empty, [`ProtocolError::NoStartTls`] in any other state.
    pub fn handle_tls_established(self, input: &BytesMut) -> Result<Self, ProtocolError> {
        let _ = input;
        Err(ProtocolError::NoStartTls)
    }

    /// The client closed its side. Nothing is removed.
    ///
    /// # Errors
    /// [`ProtocolError::UnexpectedEof`] everywhere but after QUIT.
    pub fn handle_eof(&mut self, input: &BytesMut) -> Result<(), ProtocolError> {
        let _ = input;
        Ok(())
    }

    /// The session has lasted too long without a command (RFC 1939: 10 minutes at least): closes it, and nothing is removed.
    pub fn handle_timeout(&mut self) {}

    pub(super) fn login_accept(
        &mut self,
        token: &Token,
        maildrop: Maildrop,
        text: &str,
    ) -> Result<(), SendError> {
        let _ = (token, maildrop, text);
        Ok(())
    }

    pub(super) fn refuse(
        &mut self,
        token: &Token,
        code: Option<ResponseCode>,
        text: &str,
    ) -> Result<(), SendError> {
        let _ = (token, code, text);
        Ok(())
    }

    pub(super) fn challenge(&mut self, token: &Token, data: &[u8]) -> Result<(), SendError> {
        let _ = (token, data);
        Ok(())
    }

    pub(super) fn body_accept(&mut self, token: &Token, text: &str) -> Result<(), SendError> {
        let _ = (token, text);
        Ok(())
    }

    pub(super) fn body_write(&mut self, token: &Token, octets: &[u8]) -> Result<usize, SendError> {
        let _ = token;
        Ok(octets.len())
    }

    pub(super) fn body_is_full(&self, token: &Token) -> bool {
        let _ = token;
        false
    }

    pub(super) fn body_finish(&mut self, token: &Token) -> Result<u64, SendError> {
        let _ = token;
        Ok(0)
    }

    pub(super) fn body_abort(&mut self, token: &Token) -> Result<(), SendError> {
        let _ = token;
        Ok(())
    }

    pub(super) fn quit_committed(&mut self, token: &Token, text: &str) -> Result<(), SendError> {
        let _ = (token, text);
        Ok(())
    }
}
