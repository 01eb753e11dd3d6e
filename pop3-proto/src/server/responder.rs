//! The tokens that answer requests.

use super::{connection::Connection, event::Maildrop};
use crate::{error::SendError, response::ResponseCode};

/// What makes a responder belong to one request of one connection.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Token {
    pub(super) connection: usize,
    pub(super) request: u64,
}

/// Answers USER and PASS (or APOP).
#[derive(Debug)]
#[must_use = "a request that is not answered stops the connection"]
pub struct LoginResponder(pub(super) Token);

/// Answers AUTH and what the client says in its exchange.
#[derive(Debug)]
#[must_use = "a request that is not answered stops the connection"]
pub struct AuthResponder(pub(super) Token);

/// Answers RETR and TOP.
#[derive(Debug)]
#[must_use = "a request that is not answered stops the connection"]
pub struct BodyResponder(pub(super) Token);

/// Answers QUIT after login.
#[derive(Debug)]
#[must_use = "a request that is not answered stops the connection"]
pub struct QuitResponder(pub(super) Token);

/// Takes a message: stuffs dots, makes each line end CRLF, stops TOP where it has to stop.
#[derive(Debug)]
#[must_use = "a body that is not finished stops the connection"]
pub struct BodyWriter {
    pub(super) token: Token,
}

impl LoginResponder {
    /// Is this the digest of an APOP from a client that knows the secret? Takes the same time whatever the answer.
    #[cfg(feature = "apop")]
    #[must_use]
    pub fn verify(&self, connection: &Connection, digest: &[u8; 16], secret: &[u8]) -> bool {
        connection.verify(&self.0, digest, secret)
    }

    /// `+OK`: the maildrop is open and locked.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder.
    pub fn accept(
        self,
        connection: &mut Connection,
        maildrop: Maildrop,
        text: &str,
    ) -> Result<(), SendError> {
        connection.login_accept(&self.0, maildrop, text)
    }

    /// `-ERR`: nobody is logged in, the client may try again.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder.
    pub fn refuse(
        self,
        connection: &mut Connection,
        code: Option<ResponseCode>,
        text: &str,
    ) -> Result<(), SendError> {
        connection.refuse(&self.0, code, text)
    }
}

impl AuthResponder {
    /// `+`: asks the client for more. Its answer comes as [`Event::AuthResponse`](super::Event::AuthResponse).
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder.
    pub fn challenge(self, connection: &mut Connection, data: &[u8]) -> Result<(), SendError> {
        connection.challenge(&self.0, data)
    }

    /// `+OK`: the maildrop is open and locked.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder.
    pub fn accept(
        self,
        connection: &mut Connection,
        maildrop: Maildrop,
        text: &str,
    ) -> Result<(), SendError> {
        connection.login_accept(&self.0, maildrop, text)
    }

    /// `-ERR`: nobody is logged in, the client may try again.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder.
    pub fn refuse(
        self,
        connection: &mut Connection,
        code: Option<ResponseCode>,
        text: &str,
    ) -> Result<(), SendError> {
        connection.refuse(&self.0, code, text)
    }
}

impl BodyResponder {
    /// `+OK`: the message follows through the writer.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder.
    pub fn accept(self, connection: &mut Connection, text: &str) -> Result<BodyWriter, SendError> {
        connection.body_accept(&self.0, text)?;
        Ok(BodyWriter { token: self.0 })
    }

    /// `-ERR`: the message cannot be had.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder.
    pub fn refuse(
        self,
        connection: &mut Connection,
        code: Option<ResponseCode>,
        text: &str,
    ) -> Result<(), SendError> {
        connection.refuse(&self.0, code, text)
    }
}

impl QuitResponder {
    /// `+OK`: all marked messages are removed.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder.
    pub fn committed(self, connection: &mut Connection, text: &str) -> Result<(), SendError> {
        connection.quit_committed(&self.0, text)
    }

    /// `-ERR`: some marked messages are not removed.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this responder.
    pub fn failed(
        self,
        connection: &mut Connection,
        code: Option<ResponseCode>,
        text: &str,
    ) -> Result<(), SendError> {
        connection.refuse(&self.0, code, text)
    }
}

impl BodyWriter {
    /// Takes octets of the message and says how many. Fewer than all: write what
    /// [`poll_transmit`](Connection::poll_transmit) gives, then offer the rest again. The pieces may be cut anywhere.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this writer.
    #[must_use = "the octets that were not taken have to be offered again"]
    pub fn write(
        &mut self,
        connection: &mut Connection,
        octets: &[u8],
    ) -> Result<usize, SendError> {
        connection.body_write(&self.token, octets)
    }

    /// True once a TOP has all it wanted: what is written from here on is thrown away.
    #[must_use]
    pub fn is_full(&self, connection: &Connection) -> bool {
        connection.body_is_full(&self.token)
    }

    /// Ends the message, with a line end if it lacks one. Gives its octets, stuffing not counted.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this writer.
    pub fn finish(self, connection: &mut Connection) -> Result<u64, SendError> {
        connection.body_finish(&self.token)
    }

    /// The rest of the message cannot be had: the connection closes without an end mark, so that the client knows.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that does not wait for this writer.
    pub fn abort(self, connection: &mut Connection) -> Result<(), SendError> {
        connection.body_abort(&self.token)
    }
}
