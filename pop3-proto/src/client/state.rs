//! The state of a client's session: the one place where it changes.

use crate::{command::CommandKind, event::Status, response::QuitOutcome, state::State};

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
