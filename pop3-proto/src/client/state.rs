//! The states of a session, and the only file that changes one.

use crate::{
    command::{CommandKind, States},
    event::Status,
    response::QuitOutcome,
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

/// The state of a session and its flags. Only the methods here change them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Session {
    state: State,
    /// The last command was USER and its answer `+OK`: PASS may follow.
    user_accepted: bool,
    /// UTF8 was accepted.
    utf8: bool,
    /// A DELE was sent since the login or the last RSET: listings may have gaps.
    marked: bool,
    /// There is input that no command asked for, so the session ends with the line it is part of.
    unsolicited: bool,
    quit: Option<QuitOutcome>,
}

impl Session {
    pub(super) const fn new() -> Self {
        Self {
            state: State::Greeting,
            user_accepted: false,
            utf8: false,
            marked: false,
            unsolicited: false,
            quit: None,
        }
    }

    /// The session after the handshake of STLS: everything before is forgotten, and there is no
    /// second greeting.
    pub(super) const fn after_tls() -> Self {
        Self { state: State::Authorization, ..Self::new() }
    }

    pub(super) const fn state(&self) -> State {
        self.state
    }

    /// Commands are sent and answered.
    pub(super) const fn is_open(&self) -> bool {
        matches!(self.state, State::Authorization | State::Transaction)
    }

    pub(super) const fn user_accepted(&self) -> bool {
        self.user_accepted
    }

    pub(super) const fn is_utf8(&self) -> bool {
        self.utf8
    }

    pub(super) const fn has_marked(&self) -> bool {
        self.marked
    }

    pub(super) const fn is_unsolicited(&self) -> bool {
        self.unsolicited
    }

    pub(super) const fn quit_outcome(&self) -> Option<QuitOutcome> {
        self.quit
    }

    pub(super) const fn greeted(&mut self, status: Status) {
        self.state = match status {
            Status::Ok => State::Authorization,
            Status::Err => State::Closed,
        };
    }

    /// A command is handed out to be written.
    pub(super) const fn sent(&mut self, command: CommandKind) {
        self.user_accepted = false;
        match (self.state, command) {
            (_, CommandKind::Dele) => self.marked = true,
            (State::Transaction, CommandKind::Quit) => self.quit = Some(QuitOutcome::Unknown),
            _ => {}
        }
    }

    /// A command is answered. `last`: no other one was sent.
    pub(super) const fn answered(&mut self, command: CommandKind, status: Status, last: bool) {
        match (command, status) {
            (CommandKind::User, Status::Ok) => self.user_accepted = last,
            (CommandKind::Utf8, Status::Ok) => self.utf8 = true,
            (CommandKind::Rset, Status::Ok) if last => self.marked = false,
            (CommandKind::Quit, _) if matches!(self.state, State::Transaction) => {
                self.quit = Some(match status {
                    Status::Ok => QuitOutcome::Committed,
                    Status::Err => QuitOutcome::SomeNotRemoved,
                });
            }
            _ => {}
        }
        self.state = self.state.after(command, status);
    }

    /// There is input although no command was sent.
    pub(super) const fn received_unsolicited(&mut self) {
        self.unsolicited = true;
    }

    /// The server broke the protocol, so nothing more is sent.
    pub(super) const fn failed(&mut self) {
        self.state = State::Closed;
    }
}

#[cfg(test)]
mod tests;
