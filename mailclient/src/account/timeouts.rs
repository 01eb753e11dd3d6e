//! [`Timeouts`]: how long to wait.

use std::time::Duration;

use crate::{clock::Patience, error::Stage};

/// How long to wait. Only waits count: the time that the caller takes between two calls does not.
///
/// Starts are stored, so dropping a future and calling again never begins a wait anew. Without a
/// background task a mailbox that is not polled notices nothing: it is judged at its next call,
/// after reading what has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// For the TCP connection, at all addresses of the host together: 30 s.
    pub connect: Duration,
    /// For the TLS handshake: 30 s.
    pub tls: Duration,
    /// For the server's first line: 30 s.
    pub greeting: Duration,
    /// For a token from the caller's source: 60 s.
    pub token: Duration,
    /// For each answer in the login: 60 s.
    pub login: Duration,
    /// For the whole answer to a command that needs little work: 60 s.
    pub answer: Duration,
    /// For the whole answer to a command for which a server searches, sorts, copies or removes
    /// messages: 300 s.
    pub slow_answer: Duration,
    /// For each byte of a listing, a body or an upload, and for each byte of the caller's reader:
    /// 60 s.
    pub silence: Duration,
    /// For how long the rate of a listing, a body or an upload is not judged: 60 s.
    pub grace: Duration,
    /// The lowest rate after that, on average: 1,024.
    pub bytes_per_second: u64,
    /// How long one IDLE lasts before it is renewed: 9 minutes, before middle-boxes forget the
    /// connection. More than 29 minutes count as 29 (RFC 2177), less than a second as a second.
    pub idle: Duration,
    /// The time between two NOOPs while waiting for changes on a server without IDLE: 60 s. Less
    /// than a second counts as a second.
    pub poll: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            connect: seconds(30),
            tls: seconds(30),
            greeting: seconds(30),
            token: seconds(60),
            login: seconds(60),
            answer: seconds(60),
            slow_answer: seconds(300),
            silence: seconds(60),
            grace: seconds(60),
            bytes_per_second: 1024,
            idle: seconds(9 * 60),
            poll: seconds(60),
        }
    }
}

/// The hint of a machine for an answer that needs little work; longer hints are for slow ones.
const QUICK: Duration = Duration::from_secs(60);
const LONGEST_IDLE: Duration = Duration::from_secs(29 * 60);
const SHORTEST_PERIOD: Duration = Duration::from_secs(1);

impl Timeouts {
    /// What the account allows where a machine gives this hint.
    pub(crate) fn apply(&self, stage: Stage, hint: Patience) -> Patience {
        let kind = |hint: Duration, quick| if hint > QUICK { self.slow_answer } else { quick };
        match (stage, hint) {
            (Stage::Greeting, _) => Patience::Total(self.greeting),
            (Stage::Tls, _) => Patience::Total(self.tls),
            (Stage::Login, Patience::Total(_)) => Patience::Total(self.login),
            (_, Patience::Total(total)) => Patience::Total(kind(total, self.answer)),
            (_, Patience::Pace { silence, grace, .. }) => Patience::Pace {
                silence: kind(silence, self.silence),
                grace: kind(grace, self.grace),
                bytes_per_second: self.bytes_per_second,
            },
        }
    }

    pub(crate) fn idle_period(&self) -> Duration {
        self.idle.clamp(SHORTEST_PERIOD, LONGEST_IDLE)
    }

    pub(crate) fn poll_period(&self) -> Duration {
        self.poll.max(SHORTEST_PERIOD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_of_the_machines_become_the_settings_of_the_account() {
        let timeouts = Timeouts::default();
        let ours = |stage, hint: imap_proto_lite::Patience| timeouts.apply(stage, hint.into());
        let theirs = |hint: imap_proto_lite::Patience| Patience::from(hint);
        use imap_proto_lite::Patience as Hint;
        assert_eq!(ours(Stage::Greeting, Hint::GREETING), theirs(Hint::GREETING));
        assert_eq!(ours(Stage::Login, Hint::LOGIN), theirs(Hint::LOGIN));
        assert_eq!(ours(Stage::Command, Hint::ANSWER), theirs(Hint::ANSWER));
        assert_eq!(ours(Stage::Command, Hint::SLOW_ANSWER), theirs(Hint::SLOW_ANSWER));
        assert_eq!(ours(Stage::Command, Hint::STREAM), theirs(Hint::STREAM));
        let both = Hint::STREAM.longer(Hint::SLOW_ANSWER);
        assert_eq!(ours(Stage::Command, both), theirs(both));
    }

    #[test]
    fn no_period_becomes_a_busy_loop() {
        let zero = Timeouts { idle: Duration::ZERO, poll: Duration::ZERO, ..Timeouts::default() };
        assert_eq!((zero.idle_period(), zero.poll_period()), (SHORTEST_PERIOD, SHORTEST_PERIOD));
        let huge = Timeouts { idle: Duration::MAX, ..Timeouts::default() };
        assert_eq!(huge.idle_period(), LONGEST_IDLE);
    }
}
