//! Faults that a test switches on and off while sessions run.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::changes::{Changes, NextChange};

/// A fault of the server, or of the network before it.
///
/// Bytes are counted as the server writes them, before TLS, from the moment on at which a session
/// meets the fault: for a new connection from the greeting on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// It accepts the connection (and TLS), and never sends anything.
    NoGreeting,
    /// It accepts the connection (and TLS) and closes it at once.
    CloseBeforeGreeting,
    /// It greets and closes.
    CloseAfterGreeting,
    /// The connection breaks after so many bytes to the client, without any farewell, not even of
    /// TLS.
    CutAfter(u64),
    /// After so many bytes to the client nothing more is sent, and the connection stays open. What
    /// is held back is sent when the fault is removed.
    StallAfter(u64),
    /// So many bytes at a time are sent, with a pause after each.
    #[non_exhaustive]
    Drip {
        /// Bytes at a time.
        bytes: usize,
        /// The pause after them.
        pause: Duration,
    },
    /// So many bytes are sent in a second.
    Throttle(u64),
    /// The session ends at once, with `* BYE` or `-ERR` and this text.
    Bye(String),
    /// A command is not carried out but answered with this text.
    #[non_exhaustive]
    Refuse {
        /// The command, such as `LOGIN`, `UID FETCH` or `RETR`; case does not matter.
        command: String,
        /// What IMAP sends after the tag, or the line of POP3: `NO [UNAVAILABLE] later`,
        /// `-ERR [SYS/TEMP] later`.
        answer: String,
    },
    /// The tokens of all users have expired: a login with one is refused in the way of the big
    /// providers, and a session that began with one ends at its next command.
    TokensExpired,
    /// RFC822.SIZE, STAT and LIST are wrong by so many bytes. POP3 counts at the login.
    WrongSizes(i64),
    /// Where the server writes these bytes, it writes others instead. They are looked for in what
    /// is written at once, which is an answer or a piece of a message.
    #[non_exhaustive]
    Damage {
        /// What the server wants to write.
        find: Vec<u8>,
        /// What it writes.
        with: Vec<u8>,
    },
    /// The server sends this line, without being asked, as soon as a session waits for its client.
    Unsolicited(String),
    /// During a FETCH of several messages, after the first one, the message with the lowest number
    /// is expunged, and the client is told in the middle of the answer, which RFC 9051 section
    /// 7.5.1 forbids.
    ExpungeBetweenBodies,
}

impl Fault {
    /// So many bytes at a time, with a pause after each.
    #[must_use]
    pub const fn drip(bytes: usize, pause: Duration) -> Self {
        Self::Drip { bytes, pause }
    }

    /// A command is answered with this text: after the tag in IMAP, as the whole line in POP3.
    #[must_use]
    pub fn refuse(command: &str, answer: &str) -> Self {
        Self::Refuse { command: command.into(), answer: answer.into() }
    }

    /// These bytes are written in place of those.
    #[must_use]
    pub fn damage(find: impl Into<Vec<u8>>, with: impl Into<Vec<u8>>) -> Self {
        Self::Damage { find: find.into(), with: with.into() }
    }
}

/// The faults of one server; the handle can be cloned and outlives the server.
///
/// A fault that is [added](Self::add) lasts until it is [cleared](Self::clear), and every session
/// meets it; one that is added [for so many times](Self::times) ends by itself. A session meets a
/// fault that counts bytes or makes it slow once, for the rest of its life; a size that is told, a
/// token that is refused and a command that is answered are one time each.
#[derive(Clone, Default)]
pub struct Faults(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    rules: Vec<Rule>,
    next_id: u64,
    changes: Changes,
    cleared: u64,
    met: usize,
}

/// A fault that is switched on.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) id: u64,
    pub(super) fault: Fault,
    /// How often it is met before it ends; `None` is always.
    left: Option<usize>,
}

impl Faults {
    fn lock(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Switches a fault on, for every session, until it is cleared.
    pub fn add(&self, fault: Fault) {
        self.push(fault, None);
    }

    /// Switches a fault on that is met so many times, by whichever sessions come first.
    pub fn times(&self, times: usize, fault: Fault) {
        self.push(fault, Some(times));
    }

    /// Switches a fault on that is met once.
    pub fn once(&self, fault: Fault) {
        self.times(1, fault);
    }

    fn push(&self, fault: Fault, left: Option<usize>) {
        let mut script = self.lock();
        let id = script.next_id;
        script.next_id += 1;
        script.rules.push(Rule { id, fault, left });
        script.changes.changed();
    }

    /// Switches all faults off. Sessions that were stalled go on.
    pub fn clear(&self) {
        let mut script = self.lock();
        script.rules.clear();
        script.cleared += 1;
        script.changes.changed();
    }

    /// How often a fault was met.
    #[must_use]
    pub fn met(&self) -> usize {
        self.lock().met
    }

    /// Meets the first fault that fits. `seen` are those that this session has met before and that
    /// fit no longer.
    pub(super) fn meet(&self, seen: &[u64], fits: impl Fn(&Fault) -> bool) -> Option<Rule> {
        let mut script = self.lock();
        let place =
            script.rules.iter().position(|rule| !seen.contains(&rule.id) && fits(&rule.fault))?;
        script.met += 1;
        let rule = script.rules.get_mut(place)?;
        let met = rule.clone();
        if let Some(left) = &mut rule.left {
            *left -= 1;
            if *left == 0 {
                script.rules.remove(place);
            }
        }
        Some(met)
    }

    /// How often all faults were switched off.
    pub(super) fn cleared(&self) -> u64 {
        self.lock().cleared
    }

    /// The number of changes so far.
    pub(super) fn version(&self) -> u64 {
        self.lock().changes.version()
    }

    /// The next change after `version`.
    pub(super) fn after(&self, version: u64) -> NextChange {
        self.lock().changes.after(version)
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let script = self.lock();
        f.debug_struct("Faults")
            .field("rules", &script.rules)
            .field("met", &script.met)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_met_as_often_as_it_was_said() {
        let faults = Faults::default();
        faults.times(2, Fault::CutAfter(1));
        faults.add(Fault::TokensExpired);
        let cut = |fault: &Fault| matches!(fault, Fault::CutAfter(_));
        let expired = |fault: &Fault| *fault == Fault::TokensExpired;
        let first = faults.meet(&[], cut).unwrap();
        assert!(faults.meet(&[first.id], cut).is_none(), "this session has met it");
        assert!(faults.meet(&[], cut).is_some());
        assert!(faults.meet(&[], cut).is_none());
        assert!(faults.meet(&[], expired).is_some() && faults.meet(&[], expired).is_some());
        assert_eq!(faults.met(), 4);
        faults.clear();
        assert!(faults.meet(&[], expired).is_none());
    }
}
