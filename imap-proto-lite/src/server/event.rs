//! What a server is asked.

use alloc::string::String;
use core::fmt;

use bytes::Bytes;

use crate::{
    command::{Command, CommandKind},
    server::responder::{
        AppendResponder, AuthResponder, LoginResponder, Responder, SelectResponder,
    },
};

/// One request, with the responder that answers it. `Debug` shows no secret.
#[derive(Debug)]
#[must_use = "a request that is not answered stops the connection"]
#[non_exhaustive]
pub enum Event {
    /// LOGIN.
    #[non_exhaustive]
    Login {
        /// The user name.
        user: String,
        /// The password.
        password: Password,
        /// Answers it.
        responder: LoginResponder,
    },
    /// AUTHENTICATE begins.
    #[non_exhaustive]
    Authenticate {
        /// One of the configured mechanisms, as it is written there.
        mechanism: String,
        /// What the client said on the AUTHENTICATE line, base64 undone.
        initial_response: Option<Password>,
        /// Answers it.
        responder: AuthResponder,
    },
    /// The client's answer to a challenge, base64 undone.
    #[non_exhaustive]
    AuthResponse {
        /// The octets.
        data: Password,
        /// Answers it.
        responder: AuthResponder,
    },
    /// The client gave AUTHENTICATE up (or sent what is no base64). Answered already.
    AuthCancelled,
    /// STARTTLS was accepted: write what [`poll_transmit`](super::Connection::poll_transmit) gives, do the handshake, then call
    /// [`handle_tls_established`](super::Connection::handle_tls_established).
    StartTls,
    /// COMPRESS was accepted: write what [`poll_transmit`](super::Connection::poll_transmit) gives, then call
    /// [`handle_compressed`](super::Connection::handle_compressed).
    StartCompression,
    /// SELECT or EXAMINE. The old mailbox is not selected any more.
    #[non_exhaustive]
    Select {
        /// The command.
        command: OwnedCommand,
        /// Answers it.
        responder: SelectResponder,
    },
    /// APPEND (or REPLACE), whose message is still to come.
    #[non_exhaustive]
    Append {
        /// The command.
        command: OwnedCommand,
        /// Octets of the message, under [`Limits::message`](super::Limits::message).
        octets: u64,
        /// Lets the message come, or refuses it.
        responder: AppendResponder,
    },
    /// Octets of the message of the APPEND that was accepted.
    #[non_exhaustive]
    AppendData {
        /// A slice of the input buffer.
        chunk: Bytes,
    },
    /// The message is complete: store it now, then answer.
    #[non_exhaustive]
    AppendEnd {
        /// Answers the APPEND.
        responder: Responder,
    },
    /// What stands behind the message is no end of APPEND: throw the message away. Answered already.
    AppendAborted,
    /// IDLE began: [`update`](super::Connection::update) sends at once until [`IdleEnd`](Self::IdleEnd). Answered already.
    Idle,
    /// The client ended IDLE. Answered already.
    IdleEnd,
    /// Any other command, in a state that allows it.
    #[non_exhaustive]
    Command {
        /// The command.
        command: OwnedCommand,
        /// Answers it.
        responder: Responder,
    },
    /// Write what [`poll_transmit`](super::Connection::poll_transmit) gives, then close.
    Close,
}

/// A command that was understood, with octets of its own.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnedCommand {
    octets: Bytes,
    kind: CommandKind,
}

impl OwnedCommand {
    pub(super) const fn new(octets: Bytes, kind: CommandKind) -> Self {
        Self { octets, kind }
    }

    /// Which command.
    #[must_use]
    pub const fn kind(&self) -> CommandKind {
        self.kind
    }

    /// The command with its arguments.
    #[must_use]
    pub fn parse(&self) -> Command<'_> {
        // It was parsed before it became a request.
        crate::command::parse::command(&self.octets).map_or(Command::Noop, |(_, command)| command)
    }
}

impl fmt::Debug for OwnedCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.parse(), f)
    }
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
