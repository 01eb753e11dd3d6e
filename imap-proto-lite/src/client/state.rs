//! The states of a connection (RFC 9051 section 3), and the one place where a state is assigned.
//!
//! Which command is allowed where, and what its tagged answer makes of the state. A test reads this very table and
//! compares it with the code for every pair of state and command.
//!
//! | command | allowed in | after OK | after NO or BAD |
//! |---|---|---|---|
//! | Capability | Greeting, NotAuthenticated, Authenticated, Selected | same | same |
//! | Noop | Greeting, NotAuthenticated, Authenticated, Selected | same | same |
//! | Logout | Greeting, NotAuthenticated, Authenticated, Selected | Logout | same |
//! | Id | Greeting, NotAuthenticated, Authenticated, Selected | same | same |
//! | StartTls | NotAuthenticated | same | same |
//! | Login | NotAuthenticated | Authenticated | same |
//! | Authenticate | NotAuthenticated | Authenticated | same |
//! | Enable | Authenticated | same | same |
//! | Namespace | Authenticated, Selected | same | same |
//! | Compress | Authenticated, Selected | same | same |
//! | List | Authenticated, Selected | same | same |
//! | Lsub | Authenticated, Selected | same | same |
//! | Status | Authenticated, Selected | same | same |
//! | Select | Authenticated, Selected | Selected | Authenticated |
//! | Examine | Authenticated, Selected | Selected | Authenticated |
//! | Create | Authenticated, Selected | same | same |
//! | Delete | Authenticated, Selected | same | same |
//! | Rename | Authenticated, Selected | same | same |
//! | Subscribe | Authenticated, Selected | same | same |
//! | Unsubscribe | Authenticated, Selected | same | same |
//! | Append | Authenticated, Selected | same | same |
//! | Idle | Authenticated, Selected | same | same |
//! | Unselect | Selected | Authenticated | same |
//! | Check | Selected | same | same |
//! | Close | Selected | Authenticated | same |
//! | Expunge | Selected | same | same |
//! | UidExpunge | Selected | same | same |
//! | Search | Selected | same | same |
//! | Sort | Selected | same | same |
//! | Thread | Selected | same | same |
//! | Fetch | Selected | same | same |
//! | Store | Selected | same | same |
//! | Copy | Selected | same | same |
//! | Move | Selected | same | same |
//! | Replace | Selected | same | same |
//! | GetQuota | Authenticated, Selected | same | same |
//! | GetQuotaRoot | Authenticated, Selected | same | same |
//! | SetQuota | Authenticated, Selected | same | same |
//! | GetAcl | Authenticated, Selected | same | same |
//! | SetAcl | Authenticated, Selected | same | same |
//! | DeleteAcl | Authenticated, Selected | same | same |
//! | ListRights | Authenticated, Selected | same | same |
//! | MyRights | Authenticated, Selected | same | same |
//!
//! * In `Greeting` the commands wait in the machine: nothing leaves before the greeting.
//! * A SELECT or EXAMINE that fails leaves no mailbox selected (RFC 9051 section 6.3.2), whatever was selected before.
//! * ENABLE is for the time before a mailbox is selected (RFC 5161 section 3.1).
//! * The OK to STARTTLS or COMPRESS stops the machine until the transport is changed.
//! * An untagged BYE leads to `Logout` from everywhere.

use core::fmt;

use crate::{command::CommandKind, event::Status};

/// What the server has confirmed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[expect(clippy::exhaustive_enums, reason = "RFC 9051 section 3 closes this list")]
pub enum State {
    /// The greeting did not come yet.
    Greeting,
    /// Credentials are wanted.
    NotAuthenticated,
    /// A mailbox may be selected.
    Authenticated,
    /// A mailbox is selected.
    Selected,
    /// The end: LOGOUT was answered, or the server said BYE.
    Logout,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Greeting, Self::NotAuthenticated, Self::Authenticated, Self::Selected, Self::Logout];

    /// Whether a command may be sent in this state: the table of the module.
    #[must_use]
    pub const fn allows(self, command: CommandKind) -> bool {
        use CommandKind as K;
        match command {
            K::Capability | K::Noop | K::Logout | K::Id => !matches!(self, Self::Logout),
            K::StartTls | K::Login | K::Authenticate => matches!(self, Self::NotAuthenticated),
            K::Enable => matches!(self, Self::Authenticated),
            kind if needs_mailbox(kind) => matches!(self, Self::Selected),
            _ => matches!(self, Self::Authenticated | Self::Selected),
        }
    }

    /// The state behind the tagged answer to a command that was allowed in this one: the table of the module.
    #[must_use]
    pub const fn after(self, command: CommandKind, status: Status) -> Self {
        use CommandKind as K;
        match (self, command, status) {
            // BYE came before the answer.
            (Self::Logout, ..) => Self::Logout,
            (_, K::Login | K::Authenticate, Status::Ok) => Self::Authenticated,
            (_, K::Select | K::Examine, Status::Ok) => Self::Selected,
            (_, K::Select | K::Examine, Status::No | Status::Bad) => Self::Authenticated,
            (_, K::Unselect | K::Close, Status::Ok) => Self::Authenticated,
            (_, K::Logout, Status::Ok) => Self::Logout,
            _ => self,
        }
    }
}

/// Whether the command acts on the selected mailbox.
pub(crate) const fn needs_mailbox(command: CommandKind) -> bool {
    use CommandKind as K;
    matches!(
        command,
        K::Unselect
            | K::Check
            | K::Close
            | K::Expunge
            | K::UidExpunge
            | K::Search
            | K::Sort
            | K::Thread
            | K::Fetch
            | K::Store
            | K::Copy
            | K::Move
            | K::Replace
    )
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// The state of one connection, and all that may happen to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    state: State,
}

impl Session {
    /// Before the greeting.
    pub(crate) const fn new() -> Self {
        Self { state: State::Greeting }
    }

    /// Behind STARTTLS: there is no second greeting.
    pub(crate) const fn after_tls() -> Self {
        Self { state: State::NotAuthenticated }
    }

    pub(crate) const fn state(&self) -> State {
        self.state
    }

    /// `* OK` and `* PREAUTH`.
    pub(crate) fn greeted(&mut self, authenticated: bool) {
        if self.state == State::Greeting {
            self.state = if authenticated { State::Authenticated } else { State::NotAuthenticated };
        }
    }

    /// A tagged line.
    pub(crate) fn answered(&mut self, command: CommandKind, status: Status) {
        self.state = self.state.after(command, status);
    }

    /// `[CLOSED]`: the old mailbox is gone, the new one is not selected yet.
    pub(crate) fn mailbox_closed(&mut self) {
        if self.state == State::Selected {
            self.state = State::Authenticated;
        }
    }

    /// `* BYE`, or the end of the transport.
    pub(crate) fn ended(&mut self) {
        self.state = State::Logout;
    }
}

/// Why the machine neither reads nor writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Still {
    No,
    /// STARTTLS was agreed on.
    StartTls,
    /// COMPRESS was agreed on.
    Compression,
    /// The transport ended, legally.
    Ended,
}

#[cfg(test)]
mod tests {
    use alloc::{collections::BTreeSet, format, string::String, vec::Vec};

    use super::*;

    /// The rows of the table above.
    fn table() -> Vec<(String, Vec<String>, String, String)> {
        include_str!("state.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("//! | "))
            .skip(1)
            .map(|row| {
                let cells: Vec<&str> = row.trim_end_matches(" |").split(" | ").collect();
                (
                    cells[0].into(),
                    cells[1].split(", ").map(String::from).collect(),
                    cells[2].into(),
                    cells[3].into(),
                )
            })
            .collect()
    }

    #[test]
    fn the_table_says_what_the_code_does_for_every_state_and_command() {
        let table = table();
        let rows: BTreeSet<&String> = table.iter().map(|(command, ..)| command).collect();
        assert_eq!(rows.len(), CommandKind::ALL.len());
        for kind in CommandKind::ALL {
            let name = format!("{kind:?}");
            let (_, allowed, after_ok, after_no) = table.iter().find(|row| row.0 == name).unwrap();
            for state in State::ALL {
                let listed = allowed.contains(&format!("{state}"));
                assert_eq!(state.allows(*kind), listed, "{name} in {state}");
                if !listed {
                    continue;
                }
                for (status, expected) in
                    [(Status::Ok, after_ok), (Status::No, after_no), (Status::Bad, after_no)]
                {
                    let after = format!("{}", state.after(*kind, status));
                    let same = format!("{state}");
                    assert_eq!(
                        &after,
                        if expected == "same" { &same } else { expected },
                        "{name} {status:?} in {state}"
                    );
                }
            }
        }
    }

    #[test]
    fn nothing_leads_out_of_logout() {
        for kind in CommandKind::ALL {
            for status in [Status::Ok, Status::No, Status::Bad] {
                assert_eq!(State::Logout.after(*kind, status), State::Logout);
            }
        }
    }
}
