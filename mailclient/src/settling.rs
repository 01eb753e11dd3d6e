//! [`Settling`]: the bounds of what a call finishes for dropped ones.

use std::time::Duration;

use tokio::time::Instant;

use crate::clock::later;

/// The longest that a call works on the rest of other answers.
const LONGEST: Duration = Duration::from_secs(5);
/// The most bytes of them that it reads.
const MOST: u64 = 8 << 20;

/// When the work on the rest of other answers began, and how many bytes had come by then.
#[derive(Debug, Default)]
pub(crate) struct Settling(Option<(Instant, u64)>);

impl Settling {
    /// When the time is over; `None` if too many bytes came. `received`: how many came in all.
    pub(crate) fn end(&mut self, received: u64) -> Option<Instant> {
        let (since, before) = *self.0.get_or_insert_with(|| (Instant::now(), received));
        (received.saturating_sub(before) <= MOST).then(|| later(since, LONGEST))
    }

    pub(crate) fn done(&mut self) {
        self.0 = None;
    }
}
