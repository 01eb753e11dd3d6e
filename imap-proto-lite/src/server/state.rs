//! The one place where the state of a server's session changes.

use alloc::collections::VecDeque;

use bytes::{Bytes, BytesMut};

/// In a server: the state, as the answers that were queued have told the client.
///
/// Each change and its cause; everything else leaves the state as it is. A command is served in the
/// states in which a client may send it, except `Greeting`: see the client's table below.
///
/// | cause | from | to |
/// |---|---|---|
/// | `greet` | Greeting | NotAuthenticated |
/// | `greet_authenticated` | Greeting | Authenticated |
/// | STARTTLS, OK | NotAuthenticated | TlsNegotiation |
/// | LOGIN, OK | NotAuthenticated | Authenticated |
/// | AUTHENTICATE, OK | NotAuthenticated | Authenticated |
/// | SELECT or EXAMINE arrives | Selected | Authenticated |
/// | SELECT, OK | Authenticated | Selected |
/// | EXAMINE, OK | Authenticated | Selected |
/// | closes the mailbox, OK | Selected | Authenticated |
/// | COMPRESS, OK | Authenticated, Selected | Compressing |
/// | `handle_compressed` | Compressing | the state before |
/// | LOGOUT, OK | NotAuthenticated, Authenticated, Selected | Logout |
/// | BYE, the client is gone | any | Logout |
/// | an error | any | Logout |
///
/// * SELECT and EXAMINE close the selected mailbox when they arrive, before they are answered.
/// * The machine for the connection after a TLS handshake begins in `NotAuthenticated`.
/// * Nothing leads out of `Logout`.
///
/// # The states of a client
#[doc(inline)]
pub use crate::state::State;
use crate::{
    command::CommandKind,
    error::{ProtocolError, SendError},
    event::Status,
    response::Response,
    server::request::{Request, Token, Turn},
    types::Capabilities,
};

/// The state of one connection and all that depends on it. Only its methods change it.
pub(super) struct Session {
    state: State,
    /// The state that follows `Compressing`.
    before_compression: State,
    /// The command that is being answered; with none, the client may send the next one.
    request: Option<Request>,
    enabled: Capabilities,
    compressed: bool,
    /// The client has sent ID.
    identified: bool,
    /// Commands in a row that were unreadable, unknown or not allowed.
    bad_commands: usize,
    updates: VecDeque<Update>,
    /// Bytes of all updates.
    update_bytes: usize,
    /// The end of the session is to be reported as an event.
    close_due: bool,
    failed: Option<ProtocolError>,
}

/// An untagged response that waits until it may be sent.
struct Update {
    bytes: Bytes,
    /// It changes sequence numbers, so it must not be sent during a command that uses them.
    expunges: bool,
    /// It is about the selected mailbox and has no meaning for another one.
    of_selected: bool,
}

impl Session {
    /// Before the greeting.
    pub(super) fn new() -> Self {
        Self {
            state: State::Greeting,
            before_compression: State::Greeting,
            request: None,
            enabled: Capabilities::default(),
            compressed: false,
            identified: false,
            bad_commands: 0,
            updates: VecDeque::new(),
            update_bytes: 0,
            close_due: false,
            failed: None,
        }
    }

    /// After a TLS handshake. There is no second greeting, and nothing said in clear text counts.
    pub(super) fn after_tls() -> Self {
        Self { state: State::NotAuthenticated, ..Self::new() }
    }

    pub(super) const fn state(&self) -> State {
        self.state
    }

    pub(super) const fn enabled(&self) -> &Capabilities {
        &self.enabled
    }

    pub(super) const fn is_compressed(&self) -> bool {
        self.compressed
    }

    pub(super) const fn is_identified(&self) -> bool {
        self.identified
    }

    /// The error that ended the session, again for each call.
    pub(super) fn check(&self) -> Result<(), ProtocolError> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    pub(super) const fn failed(&self) -> Option<&ProtocolError> {
        self.failed.as_ref()
    }

    /// Whether the client may send commands, or what a command of it needs.
    pub(super) const fn is_open(&self) -> bool {
        matches!(self.state, State::NotAuthenticated | State::Authenticated | State::Selected)
    }

    /// The command that is being answered.
    pub(super) const fn request(&self) -> Option<&Request> {
        self.request.as_ref()
    }

    pub(super) const fn request_mut(&mut self) -> Option<&mut Request> {
        self.request.as_mut()
    }

    /// Whose turn it is; without a command it is the client's, with the next one.
    pub(super) fn turn(&self) -> Option<Turn> {
        self.request.as_ref().map(|request| request.turn)
    }

    /// The request that the responder with this token may answer now.
    pub(super) fn answerable(&mut self, token: Token) -> Result<&mut Request, SendError> {
        let request = self.request.as_mut().filter(|request| request.is_answered_by(token));
        request.ok_or(SendError::UnknownCommand)
    }

    /// As [`answerable`](Self::answerable), and ends the request.
    pub(super) fn take_answerable(&mut self, token: Token) -> Result<Request, SendError> {
        self.request
            .take_if(|request| request.is_answered_by(token))
            .ok_or(SendError::UnknownCommand)
    }

    /// Ends the request, which the machine answers.
    pub(super) const fn take_request(&mut self) -> Option<Request> {
        self.request.take()
    }

    // Changes.

    /// `* OK` or `* PREAUTH` was sent.
    pub(super) fn greeted(&mut self, authenticated: bool) {
        if self.state == State::Greeting {
            self.state = if authenticated { State::Authenticated } else { State::NotAuthenticated };
        }
    }

    /// A command waits for its responder, or for more from the client.
    pub(super) fn begin(&mut self, request: Request) -> Token {
        let token = request.token;
        self.request = Some(request);
        token
    }

    /// A command was answered.
    pub(super) fn answered(&mut self, command: CommandKind, status: Status) {
        let before = self.state;
        match before.after(command, status) {
            State::Logout => self.ended(),
            after => self.state = after,
        }
        if self.state == State::Compressing {
            self.before_compression = before;
        }
        self.bad_commands = 0;
    }

    /// A command was accepted that is answered later.
    pub(super) const fn accepted(&mut self) {
        self.bad_commands = 0;
    }

    /// A command was unreadable, unknown or not allowed.
    pub(super) const fn bad_command(&mut self) {
        self.bad_commands = self.bad_commands.saturating_add(1);
    }

    /// Whether so many bad commands came in a row.
    pub(super) const fn is_abused(&self, limit: usize) -> bool {
        self.bad_commands >= limit
    }

    /// SELECT or EXAMINE came: the old mailbox is closed, the new one not yet open.
    pub(super) fn mailbox_closed(&mut self) {
        if self.state == State::Selected {
            self.state = State::Authenticated;
        }
    }

    /// ENABLE switches an extension on.
    pub(super) fn enable(&mut self, capability: &str) {
        self.enabled.add(capability.as_bytes());
    }

    /// The client has sent ID.
    pub(super) const fn identified(&mut self) {
        self.identified = true;
    }

    /// The transport is compressed now.
    pub(super) fn compressed(&mut self) {
        if self.state == State::Compressing {
            self.state = self.before_compression;
            self.compressed = true;
        }
    }

    /// LOGOUT or BYE was sent, or the transport has ended.
    pub(super) fn ended(&mut self) {
        if self.state != State::Logout {
            self.state = State::Logout;
            self.close_due = true;
        }
        self.request = None;
        self.updates.clear();
        self.update_bytes = 0;
    }

    /// True once after the end, to report it.
    pub(super) const fn take_close(&mut self) -> bool {
        core::mem::replace(&mut self.close_due, false)
    }

    /// The client broke off; the error stays.
    pub(super) fn fail(&mut self, error: ProtocolError) -> ProtocolError {
        self.ended();
        self.close_due = false;
        self.failed.insert(error).clone()
    }

    // Updates.

    /// Bytes of the updates that wait.
    pub(super) const fn update_bytes(&self) -> usize {
        self.update_bytes
    }

    /// Keeps an update, `bytes` on the wire, until [`write_updates`](Self::write_updates).
    pub(super) fn queue_update(&mut self, response: &Response<'_>, bytes: Bytes) {
        self.update_bytes += bytes.len();
        let of_others =
            matches!(response, Response::List(_) | Response::Lsub(_) | Response::Status(_));
        let expunges = matches!(response, Response::Expunge(_) | Response::Vanished { .. });
        self.updates.push_back(Update { bytes, expunges, of_selected: !of_others });
    }

    /// Writes the updates that wait. After an EXPUNGE that may not be sent yet all others wait too:
    /// they may count the messages as they are after it.
    pub(super) fn write_updates(&mut self, may_expunge: bool, output: &mut BytesMut) {
        match self.state {
            State::Selected => {}
            State::Authenticated => self.drop_updates(),
            _ => return,
        }
        while let Some(update) = self.updates.pop_front() {
            if update.expunges && !may_expunge {
                self.updates.push_front(update);
                return;
            }
            self.update_bytes = self.update_bytes.saturating_sub(update.bytes.len());
            output.extend_from_slice(&update.bytes);
        }
    }

    /// Drops what is about the selected mailbox: it is another one, or none.
    pub(super) fn drop_updates(&mut self) {
        self.updates.retain(|update| !update.of_selected);
        self.update_bytes = self.updates.iter().map(|update| update.bytes.len()).sum();
    }
}

#[cfg(test)]
mod tests;
