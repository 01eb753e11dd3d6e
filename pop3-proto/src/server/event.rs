//! Requests that the caller has to answer.

use alloc::{string::String, vec::Vec};
use core::fmt;

use bytes::Bytes;

use super::responder::{
    AuthResponder, BodyResponder, LoginResponder, QuitResponder, ScreenResponder,
};
use crate::types::MessageNumber;

/// One request, with the responder that answers it. `Debug` shows no secret.
#[derive(Debug)]
#[must_use = "a request that is not answered stops the connection"]
#[non_exhaustive]
pub enum Event {
    /// A command came whole; it was neither parsed nor answered. Comes before every other event of
    /// the command, if [`Config::screen`](super::Config::screen) is set. Lines of a SASL exchange
    /// are no commands.
    #[non_exhaustive]
    Screen {
        /// Its name as the client wrote it, such as `RETR`, `retr` or `X-UNKNOWN`; empty for an
        /// empty line.
        name: String,
        /// Lets it pass, or refuses it.
        responder: ScreenResponder,
    },
    /// USER and PASS.
    #[non_exhaustive]
    Login {
        /// The name of the maildrop.
        user: String,
        /// The password.
        password: Password,
        /// Answers it.
        responder: LoginResponder,
    },
    /// APOP. [`LoginResponder::verify`] compares the digest.
    #[cfg(feature = "apop")]
    #[non_exhaustive]
    Apop {
        /// The name of the maildrop.
        name: String,
        /// MD5 of timestamp and secret. If they are not ASCII, RFC 6856 section 2.2 requires both
        /// ends to apply SASLprep first.
        digest: [u8; 16],
        /// Answers it.
        responder: LoginResponder,
    },
    /// AUTH begins.
    #[non_exhaustive]
    Auth {
        /// One of the configured mechanisms, as the configuration spells it.
        mechanism: String,
        /// The initial response on the AUTH line, decoded. `None` for a mechanism in which the
        /// client speaks first: send an empty challenge. `Some` for one in which the server does:
        /// refuse it, as [RFC 5034 section 4](https://www.rfc-editor.org/rfc/rfc5034#section-4)
        /// demands.
        initial_response: Option<Password>,
        /// Answers it.
        responder: AuthResponder,
    },
    /// The client's answer to a challenge, decoded.
    #[non_exhaustive]
    AuthResponse {
        /// The bytes.
        data: Password,
        /// Answers it.
        responder: AuthResponder,
    },
    /// The client cancelled AUTH, or sent a line that is not base64. It is answered already.
    AuthCancelled,
    /// STLS was accepted: write what [`poll_transmit`](super::Connection::poll_transmit) gives, do
    /// the handshake, then call
    /// [`handle_tls_established`](super::Connection::handle_tls_established).
    StartTls,
    /// The client wants one message.
    #[non_exhaustive]
    Retr {
        /// A message that exists and is not marked as deleted.
        number: MessageNumber,
        /// Answers it.
        responder: BodyResponder,
    },
    /// The client wants the header of one message and some lines of its body. Write the whole
    /// message all the same: the writer drops the rest.
    #[non_exhaustive]
    Top {
        /// A message that exists and is not marked as deleted.
        number: MessageNumber,
        /// Lines of the body.
        lines: u32,
        /// Answers it.
        responder: BodyResponder,
    },
    /// QUIT after login: remove these messages now, then answer. Without this event no message may
    /// be removed.
    #[non_exhaustive]
    Quit {
        /// Messages that were marked with DELE, in ascending order.
        deleted: Vec<MessageNumber>,
        /// Answers it.
        responder: QuitResponder,
    },
    /// Write what [`poll_transmit`](super::Connection::poll_transmit) gives, then close.
    Close,
}

/// A secret from a client. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(pub(super) Bytes);

impl Password {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The secret as text, `None` if it is not UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        core::str::from_utf8(&self.0).ok()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
