//! Two errors: [`SendError`] is ours and nothing happened; [`ProtocolError`] is the peer's and sticks.
//!
//! A refusal (`NO`, `BAD`) is neither: it is data, in [`Event::Done`](crate::client::Event::Done).

use thiserror::Error;

use crate::{client::State, command::CommandKind, event::Text};

/// A call that was refused. No octet was queued and no state changed.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum SendError {
    /// The command has no place in this state (RFC 9051 section 3). Look at [`State`]; with commands in flight it is
    /// the state that follows when they succeed.
    #[error("{command:?} is not allowed in state {state}")]
    NotAllowed {
        /// The command.
        command: CommandKind,
        /// The state that forbids it.
        state: State,
    },
    /// Another command must be answered first: the two may not be pipelined (RFC 9051 section 5.5). Poll until its
    /// `Done`, then send again.
    #[error("{command:?} must wait for the answer to {behind:?}")]
    Busy {
        /// The command that has to wait.
        command: CommandKind,
        /// The command in flight.
        behind: CommandKind,
    },
    /// An argument cannot be said in the protocol. Correct it.
    #[error("{argument}: {reason}")]
    InvalidArgument {
        /// Name of the argument.
        argument: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// More octets than the limit allows. Split the command (see [`Limits`](crate::Limits)), or give no more octets than the APPEND
    /// announced.
    #[error("longer than {limit} octets")]
    TooLong {
        /// The limit, in octets.
        limit: usize,
    },
    /// The server did not announce this capability. Do without it, or ask CAPABILITY again after login.
    #[error("the server does not announce {0}")]
    MissingCapability(&'static str),
    /// The server announces LOGINDISABLED (RFC 9051 section 6.2.3). Use STARTTLS first or another mechanism.
    #[error("the server announces LOGINDISABLED")]
    LoginDisabled,
    /// Too many commands without an answer. Poll until one is done.
    #[error("{limit} commands are in flight")]
    TooManyInFlight {
        /// The limit, in commands.
        limit: usize,
    },
    /// Credentials would travel in clear text. Use TLS, or say so in
    /// [`Config::clear_text_credentials`](crate::Config::clear_text_credentials).
    #[error("credentials would travel in clear text")]
    ClearText,
    /// No command in flight has this id.
    #[error("no such command is in flight")]
    UnknownCommand,
    /// The server has not asked for it (yet): an answer without a challenge, octets of a message before `ReadyForData`.
    #[error("the server has not asked for this")]
    NotAwaited,
    /// The connection is over: logged out, ended, failed, or handed to TLS or COMPRESS and not taken back yet.
    #[error("the connection is closed")]
    Closed,
}

/// The peer broke the protocol. The connection is of no use any more: every further call gives the same error, and
/// nothing more is sent. Close the transport.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// Octets that do not have the form their place demands. Report it to whoever runs the server.
    #[error("malformed {what}: {line:?}")]
    Malformed {
        /// What was expected.
        what: &'static str,
        /// The beginning of what came, cut.
        line: Text,
    },
    /// Beyond a limit. Raise that limit if the server is trusted.
    #[error("{what} is larger than {limit}")]
    TooLong {
        /// Name of the limit in [`Limits`](crate::Limits).
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// A line at a time when it cannot come. Try again on a new connection; report it if it comes again.
    #[error("unexpected line: {line:?}")]
    Unexpected {
        /// The command it belongs to, if it is known.
        command: Option<CommandKind>,
        /// The line, cut.
        line: Text,
    },
    /// A tagged line for a command that is not on its way: the two ends do not agree any more, or somebody prepared an answer
    /// before there was a question. Open a new connection.
    #[error("a tagged line for no command of ours: {line:?}")]
    UnknownTag {
        /// The line, cut.
        line: Text,
    },
    /// Octets waited behind the answer to STARTTLS (for a server: behind STARTTLS). Somebody tampers with the connection
    /// (CVE-2011-0411, CVE-2021-22947). Do not go on, and do not fall back to clear text.
    #[error("octets in clear text behind STARTTLS")]
    InputBehindStartTls,
    /// The transport was upgraded (or compressed) though nothing of that kind was agreed on. A bug of the caller.
    #[error("TLS or compression established though not agreed on")]
    NoStartTls,
    /// The peer closed where it must not. What is in flight may have happened or not. A body whose `BodyEnd` did not come is
    /// incomplete.
    #[error("connection closed with {in_flight} commands unanswered")]
    UnexpectedEof {
        /// Commands without their tagged line.
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

    /// True where the server closed in place of an answer to credentials: as good as a refusal.
    #[must_use]
    pub const fn is_authentication(&self) -> bool {
        matches!(
            self,
            Self::UnexpectedEof {
                during: Some(CommandKind::Login | CommandKind::Authenticate),
                ..
            }
        )
    }
}
