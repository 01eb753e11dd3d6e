//! The state of a client's session: the one place where it changes.

use crate::{command::CommandKind, event::Status, state::State};

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
