//! Errors say whose fault it is: [`SendError`] is ours and nothing was sent, [`ProtocolError`] is
//! the peer's and sticks.
//!
//! A refusal (`NO`, `BAD`) is neither: it is data, in [`Event::Done`](crate::client::Event::Done).

use thiserror::Error;

use crate::{command::CommandKind, event::Text, state::State};

/// A call that was refused. No byte was queued and no state changed.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum SendError {
    /// The command is not allowed in this state. Send it when [`State`] has changed. With commands
    /// in flight, it is the state that follows if they succeed.
    #[error("{command} is not allowed in the state {state}")]
    NotAllowed {
        /// The command.
        command: CommandKind,
        /// The state that forbids it.
        state: State,
    },
    /// Another command must be answered first: the two must not be pipelined. Poll until its
    /// `Done`, then send again.
    #[error("{command} must wait for the answer to {waits_for}")]
    Busy {
        /// The command that has to wait.
        command: CommandKind,
        /// The command in flight.
        waits_for: CommandKind,
    },
    /// An argument cannot be expressed in the protocol. Correct it. Its value is not repeated
    /// here, because it may be a secret.
    #[error("{argument}: {reason}")]
    InvalidArgument {
        /// Name of the argument.
        argument: &'static str,
        /// Why it is refused.
        reason: &'static str,
    },
    /// More bytes than the limit allows. Split the command (see [`Limits`](crate::Limits)), or give
    /// no more bytes than were announced.
    #[error("longer than {limit} bytes")]
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The server does not announce this capability. Do without it, or ask for the capabilities
    /// again after the login.
    #[error("the server does not announce {0}")]
    MissingCapability(&'static str),
    /// The server announces LOGINDISABLED (RFC 9051 section 6.2.3). Use STARTTLS first, or another
    /// mechanism.
    #[error("the server does not accept this login here")]
    LoginDisabled,
    /// Too many commands have no answer yet. Poll until one is done.
    #[error("{limit} commands are in flight")]
    TooManyInFlight {
        /// The limit, in commands.
        limit: usize,
    },
    /// Credentials would travel in clear text. Use TLS, or consent with
    /// [`Config::clear_text_credentials`](crate::Config::clear_text_credentials).
    #[error("credentials would travel in clear text")]
    ClearText,
    /// No command in flight has this id.
    #[error("no such command is in flight")]
    UnknownCommand,
    /// The peer has not asked for this: an answer without a challenge, bytes of a message before
    /// `ReadyForData`, a second greeting.
    #[error("the peer has not asked for this")]
    NotAwaited,
    /// The connection is over: logged out, ended or failed, or handed over to TLS or compression
    /// and not taken back yet.
    #[error("the connection is closed")]
    Closed,
}

/// The peer broke the protocol. The connection cannot be used any more: every further call returns
/// the same error, and nothing more is sent. Close the transport.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// Bytes that do not have the form that their place demands. Report it to the operator of the
    /// peer.
    #[error("malformed {what}: {line:?}")]
    Malformed {
        /// The rule of the grammar that was expected.
        what: &'static str,
        /// The beginning of the line.
        line: Text,
    },
    /// A limit was exceeded. Raise it if the peer is trusted.
    #[error("{what} is larger than {limit}")]
    TooLong {
        /// Name of the field in [`Limits`](crate::Limits).
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// A line that cannot come at this time. Try again on a new connection, and report it if it
    /// comes again.
    #[error("unexpected line: {line:?}")]
    Unexpected {
        /// The command that it answers, if that is known.
        command: Option<CommandKind>,
        /// The beginning of the line.
        line: Text,
    },
    /// A tagged line for no command in flight: both ends disagree about what was asked, or an
    /// attacker prepared an answer before there was a question. Open a new connection.
    #[error("a line that answers no command: {line:?}")]
    Unsolicited {
        /// The beginning of the line.
        line: Text,
    },
    /// Bytes in clear text followed STARTTLS or its answer. An attacker may tamper with the
    /// connection (CVE-2011-0411, CVE-2021-22947). Do not go on, and do not fall back to clear
    /// text.
    #[error("bytes in clear text after STARTTLS")]
    InputAfterStartTls,
    /// The transport was upgraded (or compressed) without an agreement about it. A bug of the
    /// caller.
    #[error("TLS or compression was established without an agreement")]
    NoStartTls,
    /// The peer closed the connection too early. Commands in flight may have been carried out or
    /// not. A body without its `BodyEnd` is incomplete.
    #[error("connection closed with {in_flight} commands unanswered")]
    UnexpectedEof {
        /// How many commands were not answered.
        in_flight: usize,
        /// The command whose answer was due.
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
}
