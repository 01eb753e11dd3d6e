//! Errors name the culprit: [`SendError`] is the caller's fault, and nothing was sent;
//! [`ProtocolError`] is the peer's fault, and it is final.
//!
//! A refusal (`-ERR`) is neither: it is data.

use thiserror::Error;

use crate::{command::CommandKind, event::Text, state::State};

/// A call that is not possible now, or not with these arguments. Nothing happened: no byte was
/// queued, no state changed.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum SendError {
    /// The command is not allowed in this state. Send it once
    /// [`state`](crate::client::Connection::state) has changed.
    #[error("{command} is not allowed in the state {state:?}")]
    NotAllowed {
        /// The command.
        command: CommandKind,
        /// The state, as the server has confirmed it.
        state: State,
    },
    /// A command that no other may follow has not been answered yet. Poll its events, then send
    /// again.
    #[error("{command} has to wait for the answer to {waits_for}")]
    Busy {
        /// The command that was refused.
        command: CommandKind,
        /// The command that has not been answered.
        waits_for: CommandKind,
    },
    /// An argument cannot be sent. Correct it. The value is not repeated here, because it may be a
    /// secret.
    #[error("the {argument} {reason}")]
    InvalidArgument {
        /// Which argument.
        argument: &'static str,
        /// Why it cannot be sent.
        reason: &'static str,
    },
    /// The command or the answer would be longer than servers accept. Shorten it, or raise the
    /// limit if the server is known to accept more.
    #[error("longer than {limit} bytes")]
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// The server announced its capabilities, and this one is not among them. Do without.
    #[error("the server does not announce {0}")]
    MissingCapability(&'static str),
    /// The server does not accept a user name and a password in clear text: its answer to CAPA has
    /// STLS and no USER
    /// ([RFC 2449 section 6.2](https://www.rfc-editor.org/rfc/rfc2449#section-6.2)). Use STLS
    /// first, or another mechanism.
    #[error("the server accepts no user name and password")]
    LoginDisabled,
    /// Too many commands, or too many bytes of them, have not been answered. Ordinary flow control:
    /// poll events, then send again.
    #[error("{limit} commands or bytes of commands have not been answered yet")]
    TooManyInFlight {
        /// The limit that was reached, in commands or in bytes.
        limit: usize,
    },
    /// Credentials on a connection without TLS. Use STLS or implicit TLS, or
    /// [consent](crate::ClearTextCredentials::SendThemInClearText).
    #[error("refused to send credentials over a connection without TLS")]
    ClearText,
    /// No command has this id, or no request has this token: it was completed, or it belongs to
    /// another connection.
    #[error("there is no such command")]
    UnknownCommand,
    /// The peer has not asked for this: an answer without a challenge, a second greeting.
    #[error("the peer has not asked for this")]
    NotAwaited,
    /// The session is over: after QUIT, a refused greeting or a [`ProtocolError`]. Open a new
    /// connection.
    #[error("the session is over")]
    Closed,
}

/// The peer broke the protocol. The connection returns the same error for ever and sends nothing
/// more: close the transport.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// A line does not have the form that it must have here. Report it to the operator of the
    /// server.
    #[error("malformed {what}: {line:?}")]
    Malformed {
        /// The rule of the grammar that was expected.
        what: &'static str,
        /// The line, cut.
        line: Text,
    },
    /// A limit was exceeded. Raise it if the server is trusted.
    #[error("{what} above the limit of {limit}")]
    TooLong {
        /// The name of the field in [`Limits`](crate::Limits).
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// A line that is not an answer (neither `+OK` nor `-ERR`, nor `+` where that is allowed), or
    /// an answer that cannot be the one to this command. Try again on a new connection; report it
    /// if it happens again.
    #[error(
        "unexpected line in place of {}: {line:?}",
        .command.map_or("the greeting", CommandKind::to_keyword)
    )]
    Unexpected {
        /// The command that has to be answered, `None` for the greeting.
        command: Option<CommandKind>,
        /// The line, cut.
        line: Text,
    },
    /// A line that answers no command. A server that ends the session says so here; other causes
    /// are mail without dot-stuffing that was read as answers, and injected answers. Do not trust
    /// events since the last complete body.
    #[error("a line that no command asked for: {line:?}")]
    Unsolicited {
        /// The line, cut.
        line: Text,
    },
    /// Bytes were received in clear text after the answer to STLS (by a server: after STLS). The
    /// connection is being tampered with (CVE-2011-0411, CVE-2021-22947).
    #[error("bytes in clear text after STLS")]
    InputAfterStartTls,
    /// The transport was upgraded although no STLS was agreed on. A bug of the caller.
    #[error("TLS established although no STLS was agreed on")]
    NoStartTls,
    /// The peer closed the connection in the middle of a session. The commands in flight did not
    /// happen, except QUIT, whose outcome is unknown (see
    /// [`quit_outcome`](crate::client::Connection::quit_outcome)). A message without `BodyEnd` is
    /// incomplete.
    #[error("connection closed with {in_flight} commands unanswered")]
    UnexpectedEof {
        /// Commands without an answer.
        in_flight: usize,
        /// The command that had to be answered next. CAPA: some servers close when they receive
        /// it; connect again and do without. PASS or AUTH: some servers close in place of a
        /// `-ERR`; treat it as refused credentials.
        during: Option<CommandKind>,
    },
}

impl ProtocolError {
    pub(crate) fn malformed(what: &'static str, line: &[u8]) -> Self {
        Self::Malformed { what, line: Text::excerpt(line) }
    }

    pub(crate) fn unexpected(command: Option<CommandKind>, line: &[u8]) -> Self {
        Self::Unexpected { command, line: Text::excerpt(line) }
    }

    pub(crate) fn unsolicited(line: &[u8]) -> Self {
        Self::Unsolicited { line: Text::excerpt(line) }
    }

    /// `what` is the name of a field in `Limits`.
    pub(crate) const fn too_long(what: &'static str, limit: usize) -> Self {
        Self::TooLong { what, limit: limit as u64 }
    }
}
