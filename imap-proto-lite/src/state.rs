//! The states of a connection: what may be sent in each, and what follows.

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

#[cfg(test)]
mod tests;
