//! The states of a session, and the only place that changes one.

use crate::{command::CommandKind, event::Status, response::QuitOutcome};

/// Where a session stands, as the server has confirmed it: [RFC 1939 section 3](https://www.rfc-editor.org/rfc/rfc1939#section-3).
///
/// Which command may be sent in which state (`x`), and where a positive (`+`) or negative (`-`) answer leads:
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
/// raw      -         x                -               x            -       -
/// ```
///
/// What is accepted in `Greeting` waits for it. PASS needs the USER that the server accepted just before; STLS is refused
/// behind UTF8 and inside TLS.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum State {
    /// The greeting has not come yet.
    Greeting,
    /// Nobody is logged in.
    Authorization,
    /// STLS was agreed on; the caller does the handshake.
    TlsNegotiation,
    /// The maildrop is open and locked.
    Transaction,
    /// QUIT was answered in `Transaction`: the server has removed what was marked, or said that it could not. Close the transport.
    Update,
    /// Nothing was open, or the session ended in an error. Close the transport.
    Closed,
}

impl State {
    /// May this command be sent in this state?
    #[must_use]
    pub const fn allows(self, command: CommandKind) -> bool {
        use CommandKind as C;
        match self {
            Self::Greeting => matches!(command, C::Capa | C::Stls | C::Quit),
            Self::Authorization => matches!(
                command,
                C::Capa
                    | C::Stls
                    | C::User
                    | C::Pass
                    | C::Apop
                    | C::Auth
                    | C::Quit
                    | C::Utf8
                    | C::Lang
                    | C::Raw
            ),
            Self::Transaction => {
                !matches!(command, C::Stls | C::User | C::Pass | C::Apop | C::Auth | C::Utf8)
            }
            Self::TlsNegotiation | Self::Update | Self::Closed => false,
        }
    }

    /// Where the answer to a command leads from here.
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

/// What a session is known to be in. Its methods are the only places that change it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Session {
    state: State,
    /// The last answer was `+OK` to USER, and nothing was sent since: PASS may follow.
    user_accepted: bool,
    /// UTF8 was accepted.
    utf8: bool,
    /// A DELE was sent since the login or the last RSET: listings may have gaps.
    marked: bool,
    quit: Option<QuitOutcome>,
}

impl Session {
    pub(super) const fn new() -> Self {
        Self {
            state: State::Greeting,
            user_accepted: false,
            utf8: false,
            marked: false,
            quit: None,
        }
    }

    /// The session after the handshake of STLS: everything that was said before is forgotten, and there is no second greeting.
    pub(super) const fn after_tls() -> Self {
        Self { state: State::Authorization, ..Self::new() }
    }

    pub(super) const fn state(&self) -> State {
        self.state
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

    pub(super) const fn quit_outcome(&self) -> Option<QuitOutcome> {
        self.quit
    }

    pub(super) const fn greeted(&mut self, status: Status) {
        self.state = match status {
            Status::Ok => State::Authorization,
            Status::Err => State::Closed,
        };
    }

    /// A command is accepted for sending.
    pub(super) const fn queued(&mut self, command: CommandKind) {
        self.user_accepted = false;
        if matches!(command, CommandKind::Dele) {
            self.marked = true;
        }
    }

    /// A command is handed out to be written.
    pub(super) const fn sent(&mut self, command: CommandKind) {
        if matches!((self.state, command), (State::Transaction, CommandKind::Quit)) {
            self.quit = Some(QuitOutcome::Unknown);
        }
    }

    /// A command is answered. `last`: no other one waits.
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

    /// The server broke the protocol, so that nothing is sent any more.
    pub(super) const fn failed(&mut self) {
        self.state = State::Closed;
    }
}

#[cfg(test)]
mod tests;
