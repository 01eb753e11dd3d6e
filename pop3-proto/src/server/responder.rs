//! Responders: tokens that answer one request each.

use super::{connection::Connection, request::Token, state::Maildrop};
use crate::{error::SendError, response::ResponseCode};

macro_rules! responder {
    ($(#[$doc:meta])* $name:ident {
        $(
            $(#[$about:meta])*
            $method:ident($($argument:ident: $type:ty),*) = $act:ident($($value:expr),*);
        )*
    }) => {
        $(#[$doc])*
        #[derive(Debug)]
        #[must_use = "a request that is not answered stops the connection"]
        pub struct $name(pub(super) Token);

        impl $name {
            $(
                $(#[$about])*
                ///
                /// # Errors
                /// [`SendError::UnknownCommand`] on a connection that has no such request.
                pub fn $method(
                    self,
                    connection: &mut Connection,
                    $($argument: $type),*
                ) -> Result<(), SendError> {
                    connection.$act(self.0, $($value),*)
                }
            )*
        }
    };
}

responder! {
    /// Decides on a command that was shown before it is served.
    ScreenResponder {
        /// Serves the command: its events follow.
        pass() = let_pass();
        /// Answers the command with this line, such as `-ERR [SYS/TEMP] later`, and does not serve
        /// it: it changes no state. [`SendError::InvalidArgument`] for a text that is not one line.
        refuse(answer: &str) = refuse_screened(answer);
    }
}

responder! {
    /// Answers USER and PASS, or APOP.
    LoginResponder {
        /// `+OK`: the maildrop is open and locked.
        accept(maildrop: Maildrop, text: &str) = accept_login(maildrop, text);
        /// `-ERR`: the client is not logged in and may try again.
        refuse(code: Option<ResponseCode>, text: &str) = refuse(code, text);
    }
}

responder! {
    /// Answers AUTH and the lines of its exchange.
    AuthResponder {
        /// `+`: asks the client for more. Its answer is an
        /// [`Event::AuthResponse`](super::Event::AuthResponse).
        challenge(data: &[u8]) = challenge(data);
        /// `+OK`: the maildrop is open and locked.
        accept(maildrop: Maildrop, text: &str) = accept_login(maildrop, text);
        /// `-ERR`: the client is not logged in and may try again.
        refuse(code: Option<ResponseCode>, text: &str) = refuse(code, text);
    }
}

responder! {
    /// Answers RETR and TOP.
    BodyResponder {
        /// `-ERR`: the message cannot be had.
        refuse(code: Option<ResponseCode>, text: &str) = refuse(code, text);
    }
}

responder! {
    /// Answers QUIT after login.
    QuitResponder {
        /// `+OK`: all marked messages are removed.
        committed(text: &str) = commit(text);
        /// `-ERR`: some marked messages are not removed.
        failed(code: Option<ResponseCode>, text: &str) = refuse(code, text);
    }
}

/// Writes a message: byte-stuffs lines that begin with a dot, makes each line end CRLF, and drops
/// the lines that a TOP did not ask for.
#[derive(Debug)]
#[must_use = "a body that is not finished stops the connection"]
pub struct BodyWriter(Token);

impl LoginResponder {
    /// Is this the digest of an APOP from a client that knows the secret? Takes the same time for
    /// every digest.
    #[cfg(feature = "apop")]
    #[must_use]
    pub fn verify(&self, connection: &Connection, digest: &[u8; 16], secret: &[u8]) -> bool {
        connection.verify(self.0, digest, secret)
    }
}

impl BodyResponder {
    /// `+OK`: the message follows through the writer.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that has no such request.
    pub fn accept(self, connection: &mut Connection, text: &str) -> Result<BodyWriter, SendError> {
        connection.accept_body(self.0, text)?;
        Ok(BodyWriter(self.0))
    }
}

impl BodyWriter {
    /// Takes bytes of the message and returns how many. If not all of them: write what
    /// [`poll_transmit`](Connection::poll_transmit) gives, then offer the rest again. The message
    /// may be cut anywhere.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that has no such request.
    #[must_use = "the bytes that were not taken have to be offered again"]
    pub fn write(&mut self, connection: &mut Connection, bytes: &[u8]) -> Result<usize, SendError> {
        connection.write_body(self.0, bytes)
    }

    /// True once a TOP has all its lines: bytes written after that are dropped.
    #[must_use]
    pub fn is_full(&self, connection: &Connection) -> bool {
        connection.body_is_full(self.0)
    }

    /// Ends the message: writes a line end if it lacks one, then the end mark (RFC 1939: the
    /// termination octet, `.` CRLF). Returns its bytes, stuffing not counted.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that has no such request.
    pub fn finish(self, connection: &mut Connection) -> Result<u64, SendError> {
        connection.finish_body(self.0)
    }

    /// The rest of the message cannot be had: closes the connection without an end mark, so that
    /// the client knows.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] on a connection that has no such request.
    pub fn abort(self, connection: &mut Connection) -> Result<(), SendError> {
        connection.abort_body(self.0)
    }
}
