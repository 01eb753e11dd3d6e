//! [`Settling`]: the bounds of what a call finishes for dropped ones.

use std::time::Duration;

use tokio::time::Instant;

use crate::clock::{Clock, Patience};

/// The longest that calls wait for the rest of other answers.
const LONGEST: Patience = Patience::Total(Duration::from_secs(5));
/// The most bytes of them that are read.
const MOST: u64 = 8 << 20;

/// How long the rest of other answers was waited for, and how many bytes had come before it. Calls
/// that are dropped while they wait for it do not begin the time anew.
#[derive(Debug, Default)]
pub(crate) struct Settling {
    clock: Clock,
    before: Option<u64>,
}

impl Settling {
    /// False if too many bytes came. `received`: how many came in all.
    pub(crate) fn may_go_on(&mut self, received: u64) -> bool {
        received.saturating_sub(*self.before.get_or_insert(received)) <= MOST
    }

    /// A poll found nothing: when the wait is too long.
    pub(crate) fn wait(&mut self, now: Instant) -> Option<Instant> {
        self.clock.wait(now);
        self.clock.deadline(LONGEST)
    }

    /// Bytes came, or left: the wait is over.
    pub(crate) fn moved(&mut self, at: Instant, bytes: usize) {
        self.clock.moved(at, bytes, LONGEST);
    }

    pub(crate) fn done(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_counted_from_the_first_call_on() {
        let mut settling = Settling::default();
        for (received, expected) in [(7, true), (MOST, true), (MOST + 7, true), (MOST + 8, false)] {
            assert_eq!(settling.may_go_on(received), expected, "{received}");
        }
        settling.done();
        assert!(settling.may_go_on(MOST + 8));
    }

    #[test]
    fn the_waits_of_all_calls_count_and_pauses_do_not() {
        let (start, seconds) = (Instant::now(), Duration::from_secs);
        let mut settling = Settling::default();
        assert_eq!(settling.wait(start), Some(start + seconds(5)));
        // Another call goes on with the same wait.
        assert_eq!(settling.wait(start + seconds(2)), Some(start + seconds(5)));
        settling.moved(start + seconds(3), 1);
        // Nothing was polled for a minute; there are bytes, so there is no wait.
        settling.moved(start + seconds(63), 1);
        assert_eq!(settling.wait(start + seconds(63)), Some(start + seconds(65)));
    }
}
