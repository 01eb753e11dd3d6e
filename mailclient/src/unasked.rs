//! [`Unasked`]: the bytes of one answer that no call asked for.

/// Counts what a server sends while a command waits for its answer, or an IDLE for its end, and
/// bounds the part of it that no call asked for: a server that is always ready to say more would
/// keep a call busy for ever, and no clock runs while there is something to read.
///
/// What is received is undecided at first. The call that hears it tells whether it is a row or a
/// body that was asked for.
#[derive(Debug)]
pub(crate) struct Unasked {
    limit: u64,
    /// Certainly part of no answer.
    refused: u64,
    undecided: u64,
    /// The bytes that the machine took so far, since the session began.
    taken: u64,
}

impl Unasked {
    pub(crate) const fn new(limit: u64) -> Self {
        Self { limit, refused: 0, undecided: 0, taken: 0 }
    }

    /// `taken`: the bytes that the machine took since the session began.
    pub(crate) const fn took(&mut self, taken: u64) {
        self.undecided = self.undecided.saturating_add(taken.saturating_sub(self.taken));
        self.taken = taken;
    }

    /// What came since the last decision was asked for, or was not.
    pub(crate) const fn decide(&mut self, is_asked_for: bool) {
        if !is_asked_for {
            self.refused = self.refused.saturating_add(self.undecided);
        }
        self.undecided = 0;
    }

    /// Another answer is due.
    pub(crate) const fn restart(&mut self) {
        (self.refused, self.undecided) = (0, 0);
    }

    /// The limit, once there is more than that.
    pub(crate) const fn exceeded(&self) -> Option<u64> {
        let is_more = self.refused.saturating_add(self.undecided) > self.limit;
        if is_more { Some(self.limit) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_does_not_count() {
        let mut unasked = Unasked::new(100);
        let mut taken = 0;
        // Bytes, whether they were asked for, whether the limit is exceeded before that is told.
        let rows = [
            (60, Some(false), false),
            (40, Some(true), false),
            (41, Some(true), true),
            (20, None, false),
            (20, Some(true), false),
            (40, Some(false), false),
            (1, None, true),
        ];
        for (bytes, decision, is_exceeded) in rows {
            taken += bytes;
            unasked.took(taken);
            assert_eq!(unasked.exceeded(), is_exceeded.then_some(100), "after {taken}");
            if let Some(is_asked_for) = decision {
                unasked.decide(is_asked_for);
            }
        }
        unasked.restart();
        unasked.took(taken + 100);
        assert_eq!(unasked.exceeded(), None);
    }
}
