//! [`InFlight`]: how many bytes of bodies are asked for and not received, the same over both
//! protocols. Data and arithmetic: nothing here sends or waits.
//!
//! Many bodies are asked for at once, so that a slow link waits for the server once and not for
//! each message. The bodies come also if the caller leaves early, so their bytes are bounded.

/// The most bytes that are asked for and not received, and how many at first.
const MOST: u64 = 4 << 20;
const FIRST: u64 = 1 << 20;
/// The bytes that a header block counts for, unless the message is shorter: nothing tells its size
/// beforehand.
pub(crate) const HEADER: u64 = 8 << 10;

/// The bytes that are asked for and not received. The bound begins small and grows by two bytes
/// with each byte that is done: a caller that looks at the first messages only pays for few.
#[derive(Clone, Debug, Default)]
pub(crate) struct InFlight {
    done: u64,
    outstanding: u64,
}

/// The part of a window that one body takes.
#[derive(Debug, Default)]
pub(crate) struct Share(u64);

impl InFlight {
    fn limit(&self) -> u64 {
        self.done.saturating_mul(2).saturating_add(FIRST).min(MOST)
    }

    /// Whether so much room is free that it is worth a command: an eighth of the in_flight.
    pub(crate) fn has_room(&self) -> bool {
        self.admits(self.limit() / 8)
    }

    /// Whether a body of so many bytes may be asked for now. One alone may be of any size.
    pub(crate) fn admits(&self, bytes: u64) -> bool {
        self.outstanding == 0 || self.outstanding.saturating_add(bytes) <= self.limit()
    }

    /// A body is asked for. One of unknown size takes the whole in_flight.
    pub(crate) fn ask(&mut self, bytes: Option<u64>) -> Share {
        let share = Share(bytes.unwrap_or(MOST));
        self.outstanding = self.outstanding.saturating_add(share.0);
        share
    }

    /// The size of a body that is asked for is known now.
    pub(crate) fn resize(&mut self, share: &mut Share, bytes: u64) {
        self.outstanding = self.outstanding.saturating_sub(share.0);
        *share = self.ask(Some(bytes));
    }

    /// Bytes of a body came.
    pub(crate) fn receive(&mut self, share: &mut Share, bytes: usize) {
        let bytes = bytes as u64;
        self.done = self.done.saturating_add(bytes);
        let given = share.0.min(bytes);
        share.0 = share.0.saturating_sub(given);
        self.outstanding = self.outstanding.saturating_sub(given);
    }

    /// Nothing more of a body comes.
    pub(crate) fn end(&mut self, share: &mut Share) {
        let left = std::mem::take(share).0;
        self.outstanding = self.outstanding.saturating_sub(left);
        self.done = self.done.saturating_add(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIB: u64 = 1 << 10;

    #[test]
    fn a_window_is_filled_and_grows_with_what_comes() {
        // Bytes that came before, the size of each body, how many of them are admitted at once.
        let rows = [
            (0, 8 * KIB, 128),
            (0, FIRST, 1),
            (0, FIRST + 1, 1),
            (0, 1 << 40, 1),
            (0, FIRST / 2 + 1, 1),
            (FIRST, 8 * KIB, 3 * 128),
            (2 * FIRST, 8 * KIB, 4 * 128),
            (u64::MAX, 8 * KIB, 4 * 128),
        ];
        for (received, bytes, admitted) in rows {
            let mut in_flight = InFlight { done: received, outstanding: 0 };
            let mut count = 0;
            while in_flight.admits(bytes) {
                let _ = in_flight.ask(Some(bytes));
                count += 1;
            }
            assert_eq!(count, admitted, "{bytes} bytes each, after {received}");
        }
    }

    #[test]
    fn a_body_of_unknown_size_is_alone_until_its_size_is_known() {
        let mut in_flight = InFlight::default();
        let mut share = in_flight.ask(None);
        assert!(!in_flight.admits(1));
        in_flight.resize(&mut share, 10);
        assert!(in_flight.admits(FIRST - 10) && !in_flight.admits(FIRST - 9));
    }

    #[test]
    fn what_came_makes_room_once() {
        let mut in_flight = InFlight::default();
        let mut share = in_flight.ask(Some(100));
        // More comes than was announced.
        for (bytes, outstanding) in [(60, 40), (60, 0), (60, 0)] {
            in_flight.receive(&mut share, bytes);
            assert_eq!(in_flight.outstanding, outstanding);
        }
        let mut other = in_flight.ask(Some(50));
        in_flight.end(&mut share);
        assert_eq!((in_flight.outstanding, in_flight.done), (50, 180));
        in_flight.end(&mut other);
        assert_eq!((in_flight.outstanding, in_flight.done), (0, 230));
    }

    #[test]
    fn a_full_window_is_not_worth_a_command_until_an_eighth_is_free() {
        let mut in_flight = InFlight::default();
        let mut share = in_flight.ask(Some(FIRST));
        let mut came = 0;
        while !in_flight.has_room() {
            in_flight.receive(&mut share, 1 << 10);
            came += KIB;
        }
        // It grows meanwhile: a third of the room is made by what came, the rest by growth.
        assert!((FIRST / 32..FIRST / 16).contains(&came), "{came} bytes");
    }
}
