//! [`Settling`]: the bounds of what a call finishes for dropped ones.

use std::time::Duration;

use tokio::time::Instant;

use crate::clock::later;

/// The longest that a call works on the rest of other answers.
const LONGEST: Duration = Duration::from_secs(5);
/// How late a timer may be.
const LATE: Duration = Duration::from_secs(1);
/// The most bytes of them that it reads.
const MOST: u64 = 8 << 20;

/// When the work on the rest of other answers began, and how many bytes had come by then.
#[derive(Debug, Default)]
pub(crate) struct Settling(Option<(Instant, u64)>);

impl Settling {
    /// When the time is over; `None` if too many bytes came. `received`: how many came in all. A
    /// time that is long over was that of a caller that did not poll: it begins anew.
    pub(crate) fn end(&mut self, received: u64, now: Instant) -> Option<Instant> {
        let (since, before) = self.0.get_or_insert((now, received));
        if later(*since, LONGEST + LATE) < now {
            *since = now;
        }
        (received.saturating_sub(*before) <= MOST).then(|| later(*since, LONGEST))
    }

    pub(crate) fn done(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_ends_once_and_not_while_nobody_polls() {
        let (start, seconds) = (Instant::now(), Duration::from_secs);
        let mut settling = Settling::default();
        // When it is polled, the bytes by then, and when the time is over.
        let rows = [
            (0, 7, Some(5)),
            (4, MOST, Some(5)),
            (5, MOST, Some(5)),
            (600, MOST + 7, Some(605)),
            (604, MOST + 7, Some(605)),
            (604, MOST + 8, None),
        ];
        for (at, received, end) in rows {
            let found = settling.end(received, start + seconds(at));
            assert_eq!(found, end.map(|end| start + seconds(end)), "{at} {received}");
        }
    }
}
