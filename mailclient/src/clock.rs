//! [`Clock`]: how long a wait for the server has lasted, and when it ends. Data and arithmetic:
//! nothing here awaits, and starts are stored, so a future that is dropped and made again never
//! begins a wait anew.
//!
//! Only waits count against the server. A wait begins when a poll finds nothing to read, and ends
//! when the next bytes arrive, also if the caller polls later; the time that a caller takes between
//! two polls that found something does not count.

use std::time::Duration;

use tokio::time::Instant;

/// How long to wait for the server: the hint of a protocol machine, or what the account sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// The answer must be complete within this time.
    Total(Duration),
    /// Data must keep coming.
    Pace {
        /// The longest time without a byte in either direction.
        silence: Duration,
        /// The time for which the rate is not judged.
        grace: Duration,
        /// The lowest average rate after that.
        bytes_per_second: u64,
    },
}

macro_rules! patience {
    ($($protocol:ident)+) => {$(
        impl From<$protocol::Patience> for Patience {
            fn from(patience: $protocol::Patience) -> Self {
                match patience {
                    $protocol::Patience::Total(total) => Self::Total(total),
                    $protocol::Patience::Pace { silence, grace, bytes_per_second } => {
                        Self::Pace { silence, grace, bytes_per_second }
                    }
                    _ => Self::Total(Duration::from_secs(60)),
                }
            }
        }
    )+};
}

patience!(pop3_proto imap_proto_lite);

/// The waits for one answer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    /// When the present wait began.
    waiting: Option<Instant>,
    /// All waits before, together.
    waited: Duration,
    /// Bytes that moved in either direction, together.
    moved: u64,
}

impl Clock {
    /// Another answer is due, or none.
    pub(crate) fn restart(&mut self) {
        *self = Self::default();
    }

    /// A poll found nothing.
    pub(crate) fn wait(&mut self, now: Instant) {
        self.waiting.get_or_insert(now);
    }

    /// Bytes moved: the wait is over. A wait beyond its deadline was that of a caller that did not
    /// poll, and does not count.
    pub(crate) fn moved(&mut self, now: Instant, bytes: usize, patience: Patience) {
        let is_late = self.deadline(patience).is_some_and(|deadline| deadline < now);
        if let Some(start) = self.waiting.take()
            && !is_late
        {
            self.waited = self.waited.saturating_add(now.saturating_duration_since(start));
        }
        self.moved = self.moved.saturating_add(bytes as u64);
    }

    /// When the present wait is too long.
    pub(crate) fn deadline(&self, patience: Patience) -> Option<Instant> {
        let start = self.waiting?;
        let left = match patience {
            Patience::Total(total) => total.saturating_sub(self.waited),
            Patience::Pace { silence, grace, bytes_per_second } => {
                let earned = self.moved / bytes_per_second.max(1);
                let allowed = Duration::from_secs(earned).max(grace);
                silence.min(allowed.saturating_sub(self.waited))
            }
        };
        Some(later(start, left))
    }
}

/// `start + wait`, or a time that never comes.
pub(crate) fn later(start: Instant, wait: Duration) -> Instant {
    const NEVER: Duration = Duration::from_secs(30 * 365 * 86_400);
    start.checked_add(wait.min(NEVER)).unwrap_or(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    const TOTAL: Patience = Patience::Total(seconds(60));
    const PACE: Patience =
        Patience::Pace { silence: seconds(60), grace: seconds(60), bytes_per_second: 1024 };

    /// What happens at a second: a poll that finds nothing, or bytes.
    enum At {
        Nothing(u64),
        Bytes(u64, usize),
    }
    use At::{Bytes, Nothing};

    #[test]
    fn only_waits_count() {
        let rows: [(&str, Patience, &[At], Option<u64>); 11] = [
            ("nothing was awaited", TOTAL, &[], None),
            ("one wait", TOTAL, &[Nothing(5)], Some(65)),
            ("polled again and again", TOTAL, &[Nothing(5), Nothing(9), Nothing(50)], Some(65)),
            ("a drip does not help", TOTAL, &[Nothing(0), Bytes(50, 1), Nothing(50)], Some(60)),
            ("a slow caller", TOTAL, &[Nothing(0), Bytes(10, 9), Nothing(500)], Some(550)),
            (
                "a caller that did not poll",
                TOTAL,
                &[Nothing(0), Bytes(900, 1), Nothing(900)],
                Some(960),
            ),
            ("silence", PACE, &[Nothing(0), Bytes(59, 1 << 20), Nothing(59)], Some(119)),
            ("slower than the rate", PACE, &[Nothing(0), Bytes(50, 10), Nothing(50)], Some(60)),
            (
                "as fast as the rate",
                PACE,
                &[Nothing(0), Bytes(50, 200 * 1024), Nothing(50)],
                Some(110),
            ),
            (
                "a slow reader of a body",
                PACE,
                &[Bytes(0, 9), Bytes(700, 9), Nothing(700)],
                Some(760),
            ),
            ("no patience at all", Patience::Total(Duration::ZERO), &[Nothing(3)], Some(3)),
        ];
        let start = Instant::now();
        for (name, patience, steps, deadline) in rows {
            let mut clock = Clock::default();
            for step in steps {
                match *step {
                    Nothing(at) => clock.wait(start + seconds(at)),
                    Bytes(at, bytes) => clock.moved(start + seconds(at), bytes, patience),
                }
            }
            let deadline = deadline.map(|at| start + seconds(at));
            assert_eq!(clock.deadline(patience), deadline, "{name}");
        }
    }

    #[test]
    fn the_longest_wait_does_not_overflow() {
        let mut clock = Clock::default();
        clock.wait(Instant::now());
        assert!(clock.deadline(Patience::Total(Duration::MAX)).is_some());
        let pace =
            Patience::Pace { silence: Duration::MAX, grace: Duration::MAX, bytes_per_second: 0 };
        assert!(clock.deadline(pace).is_some());
    }
}
