//! The states of a session: what may be sent in each, and what follows.

use crate::{
    command::{CommandKind, States},
    event::Status,
};

/// The state of a session, as the server has confirmed it:
/// [RFC 1939 section 3](https://www.rfc-editor.org/rfc/rfc1939#section-3).
///
/// The states in which a command may be sent (`x`), and the state after a positive (`+`) or
/// negative (`-`) answer:
///
/// ```text
///          Greeting  Authorization    TlsNegotiation  Transaction  Update  Closed
/// CAPA     x         x                -               x            -       -
/// STLS     x         x +TlsNegotiation -              -            -       -
/// USER     -         x                -               -            -       -
/// PASS     -         x +Transaction   -               -            -       -
/// APOP     -         x +Transaction   -               -            -       -
/// AUTH     -         x +Transaction   -               -            -       -
/// STAT     -         -                -               x            -       -
/// LIST     -         -                -               x            -       -
/// UIDL     -         -                -               x            -       -
/// RETR     -         -                -               x            -       -
/// TOP      -         -                -               x            -       -
/// DELE     -         -                -               x            -       -
/// NOOP     -         -                -               x            -       -
/// RSET     -         -                -               x            -       -
/// QUIT     x         x +Closed -Closed -              x +Update -Update -  -
/// UTF8     -         x                -               -            -       -
/// LANG     -         x                -               x            -       -
/// raw      x         x                -               x            -       -
/// ```
///
/// Commands accepted in `Greeting` are sent after it. PASS needs a USER that the server accepted
/// just before; STLS is refused after UTF8 and inside TLS.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum State {
    /// The server has not sent its greeting.
    Greeting,
    /// The client has to log in.
    Authorization,
    /// STLS was accepted; the caller does the handshake.
    TlsNegotiation,
    /// The maildrop is open and locked.
    Transaction,
    /// QUIT was answered in `Transaction`: the server has removed the marked messages, or has said
    /// that it could not. Close the transport.
    Update,
    /// QUIT was answered before a login, the greeting was a refusal, or the session ended in an
    /// error. Close the transport.
    Closed,
}

impl State {
    /// May this command be sent in this state?
    #[must_use]
    pub const fn allows(self, command: CommandKind) -> bool {
        let state = match self {
            Self::Greeting => States::GREETING,
            Self::Authorization => States::AUTHORIZATION,
            Self::Transaction => States::TRANSACTION,
            Self::TlsNegotiation | Self::Update | Self::Closed => return false,
        };
        command.facts().states.contains(state)
    }

    /// The state after the answer to a command in this one.
    #[must_use]
    pub const fn after(self, command: CommandKind, status: Status) -> Self {
        match (self, command, status) {
            (Self::Authorization, CommandKind::Stls, Status::Ok) => Self::TlsNegotiation,
            (
                Self::Authorization,
                CommandKind::Pass | CommandKind::Apop | CommandKind::Auth,
                Status::Ok,
            ) => Self::Transaction,
            (Self::Authorization, CommandKind::Quit, _) => Self::Closed,
            (Self::Transaction, CommandKind::Quit, _) => Self::Update,
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests;
