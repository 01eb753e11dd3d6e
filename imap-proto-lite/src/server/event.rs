//! The requests of a client, as events of the server machine.

use alloc::string::String;
use core::fmt;

use bytes::Bytes;

use crate::{
    command::{Command, CommandKind},
    server::responder::{
        AppendResponder, AuthResponder, LoginResponder, Responder, ScreenResponder, SelectResponder,
    },
};

/// One request, with the responder that answers it. `Debug` shows no secret.
#[derive(Debug)]
#[must_use = "a request that is not answered stops the connection"]
#[non_exhaustive]
pub enum Event {
    /// A command came whole, or an APPEND up to its message; it was neither parsed nor answered.
    /// Comes before every other event of the command, if
    /// [`Config::screen`](super::Config::screen) is set. Lines of a SASL exchange and the end of
    /// IDLE are no commands.
    #[non_exhaustive]
    Screen {
        /// Its name as the client wrote it, such as `LOGIN`, `uid fetch` or `X-UNKNOWN`; empty for
        /// a line without one.
        name: String,
        /// Lets it pass, or refuses it.
        responder: ScreenResponder,
    },
    /// LOGIN.
    #[non_exhaustive]
    Login {
        /// The user name.
        user: String,
        /// The password.
        password: Password,
        /// Answers the request.
        responder: LoginResponder,
    },
    /// AUTHENTICATE begins.
    #[non_exhaustive]
    Authenticate {
        /// One of the configured mechanisms, in the spelling of the configuration.
        mechanism: String,
        /// The initial response on the AUTHENTICATE line, decoded from base64.
        initial_response: Option<Password>,
        /// Answers the request.
        responder: AuthResponder,
    },
    /// The client's answer to a challenge, decoded from base64.
    #[non_exhaustive]
    AuthResponse {
        /// The answer.
        data: Password,
        /// Answers the request.
        responder: AuthResponder,
    },
    /// The client cancelled AUTHENTICATE, or its line was not base64. The machine has answered.
    AuthCancelled,
    /// STARTTLS was accepted: write what [`poll_transmit`](super::Connection::poll_transmit)
    /// returns, do the handshake, then call
    /// [`handle_tls_established`](super::Connection::handle_tls_established).
    StartTls,
    /// COMPRESS was accepted: write what [`poll_transmit`](super::Connection::poll_transmit)
    /// returns, then call [`handle_compressed`](super::Connection::handle_compressed).
    StartCompression,
    /// SELECT or EXAMINE. The old mailbox is not selected any more.
    #[non_exhaustive]
    Select {
        /// The command.
        command: OwnedCommand,
        /// Answers the request.
        responder: SelectResponder,
    },
    /// APPEND or REPLACE, whose message follows.
    #[non_exhaustive]
    Append {
        /// The command.
        command: OwnedCommand,
        /// Size of the message in bytes, at most [`Limits::message`](super::Limits::message).
        octets: u64,
        /// Lets the message come, or refuses it.
        responder: AppendResponder,
    },
    /// A piece of the message of the APPEND that was accepted.
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
    /// The message is not followed by the end of APPEND: drop the message. The machine has
    /// answered.
    AppendAborted,
    /// IDLE began: [`update`](super::Connection::update) sends at once until
    /// [`IdleEnd`](Self::IdleEnd). The machine has answered.
    Idle,
    /// The client ended IDLE. The machine has answered.
    IdleEnd,
    /// A SEARCH that was to save its result is in an unknown charset: the saved result (`$`) is
    /// empty from now on ([RFC 9051 section
    /// 6.4.4.1](https://www.rfc-editor.org/rfc/rfc9051#section-6.4.4.1)). The machine has answered.
    SavedResultLost,
    /// Any other command, in a state that allows it.
    #[non_exhaustive]
    Command {
        /// The command.
        command: OwnedCommand,
        /// Answers the request.
        responder: Responder,
    },
    /// Write what [`poll_transmit`](super::Connection::poll_transmit) returns, then close.
    Close,
}

/// An owned command of a client, which was parsed without an error.
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
    pub const fn kind(&self) -> CommandKind {
        self.kind
    }

    /// The command with its arguments. Each call parses it again.
    pub fn parse(&self) -> Command<'_> {
        // It was parsed before, so NOOP never takes its place.
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
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text, or `None` if it is not UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        core::str::from_utf8(&self.0).ok()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
