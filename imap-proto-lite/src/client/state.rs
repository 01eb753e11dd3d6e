//! The states of a connection, and the one place where a state is assigned.

use core::fmt;

use crate::{
    command::{
        CommandKind,
        kind::{Change, States},
    },
    event::Status,
};

/// The state of a connection
/// ([RFC 9051 section 3](https://www.rfc-editor.org/rfc/rfc9051#section-3)), as the server has
/// confirmed it.
///
/// The states in which a command may be sent, and the state after its answer:
///
/// | command | may be sent in | after OK | after NO or BAD |
/// |---|---|---|---|
/// | of any state | Greeting, NotAuthenticated, Authenticated, Selected | same | same |
/// | LOGOUT | Greeting, NotAuthenticated, Authenticated, Selected | Logout | same |
/// | STARTTLS | NotAuthenticated | TlsNegotiation | same |
/// | LOGIN, AUTHENTICATE | NotAuthenticated | Authenticated | same |
/// | ENABLE | Authenticated | same | same |
/// | of the authenticated state | Authenticated, Selected | same | same |
/// | COMPRESS | Authenticated, Selected | Compressing | same |
/// | SELECT, EXAMINE | Authenticated, Selected | Selected | Authenticated |
/// | of the selected state | Selected | same | same |
/// | closes the mailbox | Selected | Authenticated | same |
///
/// * RFC 9051 sections 6.1, 6.3 and 6.4 list the commands of any state, of the authenticated and of
///   the selected state. ID and raw commands are of any state; the commands of NAMESPACE, QUOTA and
///   ACL of the authenticated state; those of SORT, THREAD, MOVE and REPLACE of the selected state.
/// * Commands accepted in `Greeting` are sent after it.
/// * A SELECT or EXAMINE that fails leaves no mailbox selected (RFC 9051 section 6.3.2), whatever
///   was selected before.
/// * ENABLE is only allowed before a mailbox is selected (RFC 5161 section 3.1).
/// * `TlsNegotiation` ends in `NotAuthenticated`, `Compressing` in the state before it, when the
///   caller has changed the transport. Until then the machine neither reads nor writes.
/// * An untagged BYE leads to `Logout` from every state in which the machine reads.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[expect(clippy::exhaustive_enums, reason = "RFC 9051 section 3 closes this list")]
pub enum State {
    /// The server has not sent its greeting yet.
    Greeting,
    /// The client has to log in.
    NotAuthenticated,
    /// STARTTLS was agreed on, and the TLS handshake is due.
    TlsNegotiation,
    /// The client may select a mailbox.
    Authenticated,
    /// A mailbox is selected.
    Selected,
    /// COMPRESS was agreed on, and the transport has to be compressed.
    Compressing,
    /// The end: LOGOUT was answered, or the server said BYE.
    Logout,
}

impl State {
    /// All states.
    pub const ALL: [Self; 7] = [
        Self::Greeting,
        Self::NotAuthenticated,
        Self::TlsNegotiation,
        Self::Authenticated,
        Self::Selected,
        Self::Compressing,
        Self::Logout,
    ];

    /// Whether a command may be sent in this state, by the table of [`State`].
    #[must_use]
    pub const fn allows(self, command: CommandKind) -> bool {
        match command.facts().states {
            States::Any => matches!(
                self,
                Self::Greeting | Self::NotAuthenticated | Self::Authenticated | Self::Selected
            ),
            States::NotAuthenticated => matches!(self, Self::NotAuthenticated),
            States::Authenticated => matches!(self, Self::Authenticated | Self::Selected),
            States::NotSelected => matches!(self, Self::Authenticated),
            States::Selected | States::Messages => matches!(self, Self::Selected),
        }
    }

    /// The state after the tagged answer to a command that this state allows, by the table of
    /// [`State`].
    #[must_use]
    pub const fn after(self, command: CommandKind, status: Status) -> Self {
        match (self, command.facts().change, status) {
            // BYE came before the answer.
            (Self::Logout, ..) => Self::Logout,
            (_, Change::StartTls, Status::Ok) => Self::TlsNegotiation,
            (_, Change::Login, Status::Ok) => Self::Authenticated,
            (_, Change::Compress, Status::Ok) => Self::Compressing,
            (_, Change::Select, Status::Ok) => Self::Selected,
            (_, Change::Select, Status::No | Status::Bad) => Self::Authenticated,
            (_, Change::Deselect, Status::Ok) => Self::Authenticated,
            (_, Change::Logout, Status::Ok) => Self::Logout,
            _ => self,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// The state and the flags of one session, and everything that can happen to them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    state: State,
    /// The state before `Compressing`.
    before_compression: State,
    /// The machine reads and writes: no change of the transport is pending, the transport has not
    /// ended, and the peer has not broken the protocol.
    is_open: bool,
    /// An untagged CAPABILITY has come since the login was sent: it describes the time after the
    /// login.
    capabilities_since_login: bool,
    /// Continuation requests that no command asked for, since the last tagged line.
    stray_continuations: usize,
    /// DONE has left. If the server ended IDLE before it read DONE, it takes that for a command.
    unread_done: bool,
    /// The body that is being read has no name that could be handed out.
    body_is_discarded: bool,
}

impl Session {
    /// Before the greeting.
    pub(crate) const fn new() -> Self {
        Self {
            state: State::Greeting,
            before_compression: State::Greeting,
            is_open: true,
            capabilities_since_login: false,
            stray_continuations: 0,
            unread_done: false,
            body_is_discarded: false,
        }
    }

    /// After STARTTLS: there is no second greeting.
    pub(crate) const fn after_tls() -> Self {
        let mut session = Self::new();
        session.state = State::NotAuthenticated;
        session
    }

    pub(crate) const fn state(&self) -> State {
        self.state
    }

    /// Whether the machine reads input.
    pub(crate) const fn is_open(&self) -> bool {
        self.is_open
    }

    /// Whether the application may still say something.
    pub(crate) const fn accepts_commands(&self) -> bool {
        self.is_open && !matches!(self.state, State::Logout)
    }

    /// Whether bytes may leave: not before the greeting.
    pub(crate) const fn may_transmit(&self) -> bool {
        self.is_open && !matches!(self.state, State::Greeting)
    }

    /// `* OK` and `* PREAUTH`.
    pub(crate) fn greeted(&mut self, authenticated: bool) {
        if self.state == State::Greeting {
            self.state = if authenticated { State::Authenticated } else { State::NotAuthenticated };
        }
    }

    /// A tagged line; `done_left` if it answers an IDLE whose DONE has left.
    pub(crate) fn answered(&mut self, command: CommandKind, status: Status, done_left: bool) {
        self.stray_continuations = 0;
        self.unread_done = done_left;
        let before = self.state;
        self.state = before.after(command, status);
        if self.state != before && matches!(self.state, State::TlsNegotiation | State::Compressing)
        {
            self.before_compression = before;
            self.is_open = false;
        }
    }

    /// The caller compresses the transport. False if that was not agreed on.
    pub(crate) fn compressed(&mut self) -> bool {
        let expected = self.state == State::Compressing;
        if expected {
            self.state = self.before_compression;
            self.is_open = true;
        }
        expected
    }

    /// `[CLOSED]`: the old mailbox is closed, the new one is not selected yet.
    pub(crate) fn mailbox_closed(&mut self) {
        if self.state == State::Selected {
            self.state = State::Authenticated;
        }
    }

    /// `* BYE`, or the end of the transport where it may end.
    pub(crate) fn ended(&mut self) {
        self.state = State::Logout;
    }

    /// The transport ended, or the peer broke the protocol: nothing is read or written any more.
    pub(crate) fn closed(&mut self) {
        self.is_open = false;
    }

    /// The first bytes of a LOGIN or AUTHENTICATE leave.
    pub(crate) fn login_started(&mut self) {
        self.capabilities_since_login = false;
    }

    /// A list of capabilities came.
    pub(crate) fn capabilities_came(&mut self) {
        self.capabilities_since_login = true;
    }

    pub(crate) const fn capabilities_since_login(&self) -> bool {
        self.capabilities_since_login
    }

    /// A line that refuses DONE came. True if it may come now, once.
    pub(crate) fn take_unread_done(&mut self) -> bool {
        core::mem::take(&mut self.unread_done)
    }

    /// Counts a continuation request that no command asked for. False above the limit.
    pub(crate) fn allows_stray_continuation(&mut self, limit: usize) -> bool {
        self.stray_continuations += 1;
        self.stray_continuations <= limit
    }

    /// A body starts.
    pub(crate) fn body_started(&mut self, has_name: bool) {
        self.body_is_discarded = !has_name;
    }

    pub(crate) const fn body_is_discarded(&self) -> bool {
        self.body_is_discarded
    }
}

#[cfg(test)]
mod tests;
