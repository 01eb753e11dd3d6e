//! How long to wait for a server.

use core::time::Duration;

/// How long to wait for the server. The machines have no clock: a driver compares these with its
/// own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Patience {
    /// The answer must be complete after this time.
    Total(Duration),
    /// Data must keep coming.
    Pace {
        /// The longest time without a byte.
        silence: Duration,
        /// The time for which the average rate is not judged.
        grace: Duration,
        /// The lowest average rate after `grace`.
        bytes_per_second: u64,
    },
}

impl Patience {
    /// For the greeting: 30 seconds.
    pub const GREETING: Self = Self::total(30);
    /// For the TLS handshake, which can hang as an answer can (CVE-2011-1947): 30 seconds.
    pub const TLS: Self = Self::total(30);
    /// For each answer of a login: 60 seconds.
    pub const LOGIN: Self = Self::total(60);
    /// For an answer that needs little work: 60 seconds.
    pub const ANSWER: Self = Self::total(60);
    /// For an answer for which a server searches, sorts, copies or removes messages: 5 minutes.
    pub const SLOW_ANSWER: Self = Self::total(300);
    /// For bodies, listings and uploads: never more than 60 seconds of silence and, after the
    /// first 60 seconds, at least 1,024 bytes per second on average.
    pub const STREAM: Self = Self::Pace {
        silence: Duration::from_secs(60),
        grace: Duration::from_secs(60),
        bytes_per_second: 1024,
    };

    const fn total(seconds: u64) -> Self {
        Self::Total(Duration::from_secs(seconds))
    }

    /// The one that waits longer. A pace has no end, so it waits longer than any total.
    #[must_use]
    pub const fn longer(self, other: Self) -> Self {
        match (self, other) {
            (Self::Total(one), Self::Total(two)) if one.as_nanos() < two.as_nanos() => other,
            (Self::Total(_), Self::Pace { .. }) => other,
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_patience_is_the_one_that_waits_longer() {
        for (one, two, longer) in [
            (Patience::GREETING, Patience::ANSWER, Patience::ANSWER),
            (Patience::SLOW_ANSWER, Patience::ANSWER, Patience::SLOW_ANSWER),
            (Patience::SLOW_ANSWER, Patience::STREAM, Patience::STREAM),
            (Patience::STREAM, Patience::LOGIN, Patience::STREAM),
            (Patience::STREAM, Patience::STREAM, Patience::STREAM),
        ] {
            assert_eq!(one.longer(two), longer);
            assert_eq!(two.longer(one), longer);
        }
    }
}
