//! The states of a session, and the only place that changes one.

use crate::command::CommandKind;
use crate::event::Status;

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
            Self::Transaction => !matches!(
                command,
                C::Stls | C::User | C::Pass | C::Apop | C::Auth | C::Utf8
            ),
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

    /// Where the greeting leads.
    pub(super) const fn after_greeting(status: Status) -> Self {
        match status {
            Status::Ok => Self::Authorization,
            Status::Err => Self::Closed,
        }
    }
}
