//! How long to wait for a server.

use core::time::Duration;

/// How long to wait for the server. The machines have no clock: a driver compares these with its
/// own.
///
/// The driver's clock starts when the connection is open (for the greeting), when the handshake
/// begins, or when the command that has to be answered next is written. It starts again when:
///
/// * a command was answered and another one is due;
/// * the caller's part of an exchange was written, such as a SASL answer or a message.
///
/// With a blocking socket:
///
/// ```
/// use std::{io, net::TcpStream, time::Instant};
///
#[doc = concat!("use ", env!("CARGO_CRATE_NAME"), "::Patience;")]
///
/// /// Limits the next read. `start` is when the clock started.
/// fn limit_read(io: &TcpStream, hint: Option<Patience>, start: Instant) -> io::Result<()> {
///     let timeout = match hint {
///         Some(Patience::Total(total)) => match total.checked_sub(start.elapsed()) {
///             Some(rest) if !rest.is_zero() => Some(rest),
///             _ => return Err(io::ErrorKind::TimedOut.into()),
///         },
///         Some(Patience::Pace { silence, .. }) => Some(silence),
///         _ => None, // the server owes nothing
///     };
///     io.set_read_timeout(timeout)
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Patience {
    /// The answer must be complete within this time, counted from when the command that is due was
    /// written. Bytes of the answer do not start the clock again.
    Total(Duration),
    /// Data must keep coming.
    Pace {
        /// The longest time without a byte: the timeout of each read.
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

    /// Allows what either of the two allows, for a server that owes two answers.
    #[must_use]
    pub const fn longer(self, other: Self) -> Self {
        match (self, other) {
            (Self::Total(one), Self::Total(two)) => Self::Total(later(one, two)),
            (Self::Total(total), Self::Pace { silence, grace, bytes_per_second })
            | (Self::Pace { silence, grace, bytes_per_second }, Self::Total(total)) => Self::Pace {
                silence: later(silence, total),
                grace: later(grace, total),
                bytes_per_second,
            },
            (
                Self::Pace { silence, grace, bytes_per_second },
                Self::Pace { silence: silence2, grace: grace2, bytes_per_second: rate2 },
            ) => Self::Pace {
                silence: later(silence, silence2),
                grace: later(grace, grace2),
                bytes_per_second: if bytes_per_second < rate2 { bytes_per_second } else { rate2 },
            },
        }
    }
}

const fn later(one: Duration, two: Duration) -> Duration {
    if one.as_nanos() < two.as_nanos() { two } else { one }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_patience_allows_what_either_allows() {
        let search_and_body = Patience::Pace {
            silence: Duration::from_secs(300),
            grace: Duration::from_secs(300),
            bytes_per_second: 1024,
        };
        for (one, two, longer) in [
            (Patience::GREETING, Patience::ANSWER, Patience::ANSWER),
            (Patience::SLOW_ANSWER, Patience::ANSWER, Patience::SLOW_ANSWER),
            (Patience::SLOW_ANSWER, Patience::STREAM, search_and_body),
            (Patience::STREAM, Patience::LOGIN, Patience::STREAM),
            (Patience::STREAM, Patience::STREAM, Patience::STREAM),
        ] {
            assert_eq!(one.longer(two), longer);
            assert_eq!(two.longer(one), longer);
        }
    }
}
