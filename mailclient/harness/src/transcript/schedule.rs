//! [`Schedule`]: how the bytes of a server are cut into reads.

use crate::random::Random;

/// How the bytes of a server are cut into reads.
#[derive(Clone, Debug)]
pub enum Schedule {
    /// All that the server says between two lines of the client at once.
    Whole,
    /// Pieces of so many bytes.
    Every(usize),
    /// Small pieces mostly. The same seed gives the same pieces.
    Random(Random),
}

impl Schedule {
    /// Small pieces mostly, by this seed.
    #[must_use]
    pub const fn random(seed: u64) -> Self {
        Self::Random(Random::new(seed))
    }

    /// The bytes of the next piece, of so many that are left.
    pub(super) fn next(&mut self, left: usize) -> usize {
        match self {
            Self::Whole => left,
            Self::Every(bytes) => (*bytes).min(left),
            Self::Random(random) => {
                let most = if random.below(4) == 0 { 40 } else { 4 };
                (1 + random.below(most)).min(left)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(mut schedule: Schedule) -> Vec<usize> {
        let mut left = 100;
        let mut pieces = Vec::new();
        while left > 0 {
            let piece = schedule.next(left);
            assert!((1..=left).contains(&piece));
            left -= piece;
            pieces.push(piece);
        }
        pieces
    }

    #[test]
    fn each_schedule_gives_every_byte_once() {
        assert_eq!(pieces(Schedule::Whole), [100]);
        assert_eq!(pieces(Schedule::Every(7)).len(), 15);
        let random = pieces(Schedule::random(1));
        assert!(random.contains(&1) && random.iter().any(|piece| *piece > 4), "{random:?}");
        assert_eq!(random, pieces(Schedule::random(1)));
        assert_ne!(random, pieces(Schedule::random(2)));
    }
}
