//! What a server is asked.

use alloc::{string::String, vec::Vec};
use core::fmt;

use bytes::Bytes;

use super::responder::{AuthResponder, BodyResponder, LoginResponder, QuitResponder};
use crate::types::{MessageNumber, UniqueId};

/// One request, with the responder that answers it. `Debug` shows no secret.
#[derive(Debug)]
#[must_use = "a request that is not answered stops the connection"]
#[non_exhaustive]
pub enum Event {
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
        /// MD5 of timestamp and secret. Where these are not ASCII, RFC 6856 section 2.2 wants SASLprep on both ends before.
        digest: [u8; 16],
        /// Answers it.
        responder: LoginResponder,
    },
    /// AUTH begins.
    #[non_exhaustive]
    Auth {
        /// One of the configured mechanisms, as it is written there.
        mechanism: String,
        /// What the client said on the AUTH line, decoded. `None` for a mechanism in which the client speaks first: send an empty
        /// challenge. `Some` for one in which the server does: refuse it, as [RFC 5034 section 4](https://www.rfc-editor.org/rfc/rfc5034#section-4) demands.
        initial_response: Option<Password>,
        /// Answers it.
        responder: AuthResponder,
    },
    /// The client's answer to a challenge, decoded.
    #[non_exhaustive]
    AuthResponse {
        /// The octets.
        data: Password,
        /// Answers it.
        responder: AuthResponder,
    },
    /// The client gave AUTH up (or sent what is no base64). Answered already.
    AuthCancelled,
    /// STLS was accepted: write what [`poll_transmit`](super::Connection::poll_transmit) gives, do the handshake, then call
    /// [`handle_tls_established`](super::Connection::handle_tls_established).
    StartTls,
    /// One message is wanted.
    #[non_exhaustive]
    Retr {
        /// A message that exists and is not marked as deleted.
        number: MessageNumber,
        /// Answers it.
        responder: BodyResponder,
    },
    /// The header of one message and some lines of its body are wanted. Write the whole message all the same: the writer stops by itself.
    #[non_exhaustive]
    Top {
        /// A message that exists and is not marked as deleted.
        number: MessageNumber,
        /// Lines of the body.
        lines: u32,
        /// Answers it.
        responder: BodyResponder,
    },
    /// QUIT after login: remove these messages now, then answer. Without this event nothing may be removed.
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
    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The same as text, `None` where it is not UTF-8.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        core::str::from_utf8(&self.0).ok()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The messages of an open maildrop, in the order of their numbers. A snapshot: it holds for the session.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Maildrop {
    messages: Vec<MaildropMessage>,
}

/// What the machine has to know of a message to answer STAT, LIST and UIDL.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MaildropMessage {
    pub(super) octets: u64,
    pub(super) unique_id: UniqueId,
}

impl MaildropMessage {
    /// A message: its octets with CRLF line ends, before dot-stuffing, and its unique-id.
    ///
    /// `None` for a unique-id that is not [conforming](UniqueId::is_conforming). Clients take more than RFC 1939 section 7 allows, but
    /// not all of them, and one that refuses a line may refuse the maildrop. A store with longer names can send a digest of them.
    #[must_use]
    pub fn new(octets: u64, unique_id: UniqueId) -> Option<Self> {
        unique_id.is_conforming().then_some(Self { octets, unique_id })
    }

    /// Its octets with CRLF line ends, before dot-stuffing.
    #[must_use]
    pub const fn octets(&self) -> u64 {
        self.octets
    }

    /// Its unique-id.
    #[must_use]
    pub const fn unique_id(&self) -> &UniqueId {
        &self.unique_id
    }
}

impl Maildrop {
    /// The messages as they are numbered, beginning with 1.
    #[must_use]
    pub const fn new(messages: Vec<MaildropMessage>) -> Self {
        Self { messages }
    }

    /// All messages.
    #[must_use]
    pub fn messages(&self) -> &[MaildropMessage] {
        &self.messages
    }
}

impl FromIterator<MaildropMessage> for Maildrop {
    fn from_iter<I: IntoIterator<Item = MaildropMessage>>(messages: I) -> Self {
        Self { messages: messages.into_iter().collect() }
    }
}
