//! The contenders at each work load.

pub mod imap;
pub mod pop3;

use crate::load::{Load, body, envelope, lines, pop3 as pop3_load, structure};

/// All work loads except the hostile ones.
#[derive(Debug)]
#[non_exhaustive]
pub struct Loads {
    /// IMAP: responses of one kind.
    pub imap: Vec<Load>,
    /// IMAP: small loads, read in small pieces.
    pub small: Vec<Load>,
    /// IMAP: a small load and a long line, each beside eight times as much.
    pub linear: Vec<(Load, Load)>,
    /// IMAP: messages.
    pub bodies: Vec<Load>,
    /// POP3: bodies, without and with status lines.
    pub pop3: Vec<(Load, Load)>,
    /// POP3: LIST and UIDL.
    pub listings: Vec<Load>,
    /// POP3: one message of 1 MB and one of 8 MB.
    pub retr: Vec<Load>,
}

/// The size of the loads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Size {
    /// The size of the published figures.
    Full,
    /// A tenth or less, to check that the answers agree.
    Quick,
}

impl Loads {
    /// Makes all loads.
    #[must_use]
    pub fn new(size: Size) -> Self {
        let full = size == Size::Full;
        let count = |count: usize| if full { count } else { count / 10 };
        let megabytes = |count: usize| if full { count << 20 } else { 1 << 20 };
        let bodies = |make: fn(usize, pop3_load::Form) -> Load, octets: usize| {
            (make(octets, pop3_load::Form::Bodies), make(octets, pop3_load::Form::Answers))
        };
        Self {
            imap: vec![
                envelope::envelopes(count(10_000)),
                envelope::flag_updates(count(100_000)),
                structure::structures(count(10_000)),
                lines::list(count(5_000)),
                lines::search(count(100_000)),
                lines::esearch(count(20_000)),
                lines::status(count(5_000)),
                lines::capability(count(5_000)),
            ],
            small: vec![
                lines::small_talk(count(2_000)),
                lines::few_flag_updates(count(500)),
                lines::few_envelopes(count(100)),
            ],
            linear: vec![
                (lines::even_search(2_000), lines::even_search(16_000)),
                (lines::few_envelopes(50), lines::few_envelopes(400)),
            ],
            bodies: vec![body::small(count(1_000)), body::large(if full { 10 } else { 1 })],
            pop3: vec![
                bodies(pop3_load::mail, megabytes(64)),
                bodies(pop3_load::text, megabytes(32)),
                bodies(pop3_load::base64, megabytes(32)),
                bodies(pop3_load::dots, megabytes(8)),
            ],
            listings: vec![pop3_load::list(count(200_000)), pop3_load::uidl(count(200_000))],
            retr: vec![pop3_load::one(1_000_000), pop3_load::one(8_000_000)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Loads, Size};

    #[test]
    fn eight_times_as_much_is_eight_times_the_octets() {
        for (small, large) in Loads::new(Size::Quick).linear {
            let times = large.octets.len() as f64 / small.octets.len() as f64;
            assert!((7.8..8.2).contains(&times), "{}: {times}", small.name);
        }
    }
}
