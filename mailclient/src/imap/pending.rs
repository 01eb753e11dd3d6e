//! [`Pending`]: what the server told and no call returned yet.

use std::collections::VecDeque;

use crate::{change::Change, limits::Limits};

/// What the server told and no call returned yet, bounded in number and bytes.
#[derive(Debug, Default)]
pub(super) struct Pending {
    changes: VecDeque<Change>,
    bytes: usize,
    /// Told before everything else, and never in place of it.
    alerts: VecDeque<String>,
}

/// The most alerts that are kept; older ones are dropped.
const MOST_ALERTS: usize = 16;

impl Pending {
    pub(super) fn alert(&mut self, words: String) {
        if self.alerts.len() == MOST_ALERTS {
            self.alerts.pop_front();
        }
        self.alerts.push_back(words);
    }

    pub(super) fn push(&mut self, change: Change, limits: &Limits) {
        match (self.changes.back_mut(), change) {
            (Some(Change::Reset), _) => {}
            (_, Change::Reset) => self.replace(Change::Reset),
            (Some(Change::Resync), _) => {}
            // The latest count replaces the one before.
            (Some(Change::New { messages, .. }), Change::New { messages: now, .. }) => {
                *messages = now;
            }
            (_, change) => {
                self.bytes = self.bytes.saturating_add(weight(&change));
                self.changes.push_back(change);
                if self.changes.len() > limits.changes || self.bytes > limits.change_bytes {
                    self.replace(Change::Resync);
                }
            }
        }
    }

    fn replace(&mut self, change: Change) {
        self.changes.clear();
        self.changes.push_back(change);
        self.bytes = 0;
    }

    pub(super) fn pop(&mut self) -> Option<Change> {
        if let Some(words) = self.alerts.pop_front() {
            return Some(Change::Alert(words));
        }
        let change = self.changes.pop_front()?;
        self.bytes = self.bytes.saturating_sub(weight(&change));
        Some(change)
    }

    /// Another folder is being opened: the changes were about the one before.
    pub(super) fn forget_changes(&mut self) {
        self.changes.clear();
        self.bytes = 0;
    }
}

/// The memory of a change, in bytes.
fn weight(change: &Change) -> usize {
    let texts = match change {
        Change::Flags { flags, .. } => {
            flags.keywords.iter().map(|keyword| keyword.len() + size_of::<String>()).sum()
        }
        _ => 0,
    };
    size_of::<Change>() + texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Flags;

    fn flags(keyword: &str) -> Change {
        Change::Flags { id: None, flags: Flags::new().with_keyword(keyword) }
    }

    fn drain(pending: &mut Pending) -> Vec<Change> {
        std::iter::from_fn(|| pending.pop()).collect()
    }

    #[test]
    fn changes_are_bounded_and_alerts_survive() {
        let limits = Limits { changes: 3, ..Limits::default() };
        let mut pending = Pending::default();
        for _ in 0..4 {
            pending.push(Change::Removed { id: None }, &limits);
        }
        pending.alert("full".into());
        pending.push(Change::new_messages(1), &limits);
        assert_eq!(drain(&mut pending), [Change::Alert("full".into()), Change::Resync]);
        let limits = Limits { change_bytes: 10_000, ..Limits::default() };
        pending.push(flags(&"x".repeat(9_000)), &limits);
        pending.push(flags(&"x".repeat(9_000)), &limits);
        assert_eq!(drain(&mut pending), [Change::Resync]);
        pending.push(flags("small"), &limits);
        assert_eq!(drain(&mut pending), [flags("small")]);
    }

    #[test]
    fn a_reset_is_the_last_word() {
        let (limits, mut pending) = (Limits::default(), Pending::default());
        pending.push(Change::Resync, &limits);
        pending.push(Change::Reset, &limits);
        pending.push(Change::new_messages(1), &limits);
        assert_eq!(drain(&mut pending), [Change::Reset]);
    }

    #[test]
    fn counts_are_merged() {
        let (limits, mut pending) = (Limits::default(), Pending::default());
        for messages in [4, 5, 6] {
            pending.push(Change::new_messages(messages), &limits);
        }
        assert_eq!(drain(&mut pending), [Change::new_messages(6)]);
    }
}
