//! Whose fault it is: [`SendError`] is this side's, and nothing was sent; [`ProtocolError`] is the peer's, and sticks.
//!
//! A refusal (`-ERR`) is neither: it is data.

use thiserror::Error;

use crate::{command::CommandKind, event::Text};

/// A call that this side must not make now, or not with these arguments. Nothing happened: no octet was queued, no state changed.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum SendError {
    /// The command does not belong into this state. Send it when [`state`](crate::client::Connection::state) has moved on.
    #[error("{command} is not allowed in the state {state:?}")]
    NotAllowed {
        /// The command.
        command: CommandKind,
        /// The state that the server has confirmed.
        state: crate::client::State,
    },
    /// A command that nothing may follow is not answered yet. Poll its events, then send again.
    #[error("{command} has to wait for the answer to {behind}")]
    Busy {
        /// The command that was refused.
        command: CommandKind,
        /// The command whose answer is missing.
        behind: CommandKind,
    },
    /// An argument cannot stand on the wire. Correct it; the value is not repeated here, it may be a secret.
    #[error("the {argument} {reason}")]
    InvalidArgument {
        /// Which argument.
        argument: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The command or the answer would be longer than servers accept. Shorten it, or raise the limit where the server is known.
    #[error("longer than {limit} octets")]
    TooLong {
        /// The limit in octets.
        limit: usize,
    },
    /// The server announced what it can do and this is not in it. Do without.
    #[error("the server does not announce {0}")]
    MissingCapability(&'static str),
    /// So many commands (or octets of them) wait for an answer that no more are taken. Ordinary flow control: poll events, send again.
    #[error("{limit} commands or octets of commands wait for an answer already")]
    TooManyInFlight {
        /// The limit that was met, in commands or in octets.
        limit: usize,
    },
    /// Credentials on a connection without TLS. Use STLS or implicit TLS, or consent with
    /// [`ClearTextCredentials::SendThemInClearText`](crate::ClearTextCredentials::SendThemInClearText).
    #[error("refused to send credentials over a connection without TLS")]
    ClearText,
    /// No command with this id (or no request with this token) waits for that. A bug of the caller.
    #[error("no such command waits for this")]
    UnknownCommand,
    /// The session is over: after QUIT, a refused greeting or a [`ProtocolError`]. Open a new connection.
    #[error("the session is over")]
    Closed,
}

/// The peer broke the protocol. The connection gives the same error for ever and sends nothing more: close the transport.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// A line that does not have the form its place demands. Report it to whoever runs the server.
    #[error("malformed {what}: {line:?}")]
    Malformed {
        /// The rule of the grammar that was expected.
        what: &'static str,
        /// The line, cut.
        line: Text,
    },
    /// A limit of [`Limits`](crate::Limits) was met. Raise it if the server is trusted, else stay away.
    #[error("{what} above the limit of {limit}")]
    TooLong {
        /// What was too long or too many.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// A line that is no answer at all (neither `+OK` nor `-ERR`, nor `+` where that has a meaning), or an answer that
    /// cannot be the one that is due. Try again on a new connection; report it if it comes again.
    #[error("unexpected line in place of {}: {line:?}", .command.map_or("the greeting", CommandKind::to_keyword))]
    Unexpected {
        /// The command whose answer was due, `None` for the greeting.
        command: Option<CommandKind>,
        /// The line, cut.
        line: Text,
    },
    /// Octets that answer no command. Either the server does not stuff dots, so that mail was taken for an answer, or somebody puts
    /// answers in. Retry nothing on this connection, and believe nothing that was polled since the last completed body.
    #[error("octets that no command asked for")]
    Unsolicited,
    /// Octets waited behind the answer to STLS (for a server: behind STLS). Somebody tampers with the connection (CVE-2011-0411, CVE-2021-22947).
    #[error("octets in clear text behind STLS")]
    InputBehindStartTls,
    /// The transport was upgraded though no STLS was agreed on, or the machine was handed over twice. A bug of the caller.
    #[error("TLS established though no STLS was agreed on")]
    NoStartTls,
    /// The peer closed where it must not. What is in flight did not happen, except QUIT, of which nobody knows
    /// (see [`quit_outcome`](crate::client::Connection::quit_outcome)). A message whose `BodyEnd` did not come is incomplete.
    #[error("connection closed with {in_flight} commands unanswered")]
    UnexpectedEof {
        /// Commands without an answer.
        in_flight: usize,
        /// The command whose answer was due. CAPA: some servers close on it, connect again without. PASS or AUTH: some servers
        /// close in place of a `-ERR`, take it for refused credentials.
        during: Option<CommandKind>,
    },
}

impl ProtocolError {
    /// True where the server closed in place of an answer to credentials: as good as a refusal.
    #[must_use]
    pub const fn is_authentication(&self) -> bool {
        matches!(
            self,
            Self::UnexpectedEof {
                during: Some(
                    CommandKind::User | CommandKind::Pass | CommandKind::Apop | CommandKind::Auth
                ),
                ..
            }
        )
    }
}
