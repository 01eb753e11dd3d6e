//! Tells from the first words of a response which literals it can have.

use crate::{
    response::Condition,
    types::{SeqNumber, Uid},
    wire::nz_number,
};

/// Which literals a response can have, by its first words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Status response, continuation request, tagged line: no literal.
    Text,
    /// Literals are strings of the line.
    Data,
    /// Literals are strings of the line, except bodies.
    Fetch(Option<SeqNumber>),
    UidFetch(Option<Uid>),
}

impl Kind {
    /// `text`: the first physical line.
    pub(super) fn of(text: &[u8]) -> Self {
        let Some(rest) = text.strip_prefix(b"*") else {
            return Self::Text;
        };
        let (word, rest) = word(rest);
        if !word.is_empty() && word.iter().all(u8::is_ascii_digit) {
            let number = nz_number(word).ok().map(|(_, number)| number);
            let (name, _) = self::word(rest);
            return if name.eq_ignore_ascii_case(b"FETCH") {
                Self::Fetch(number.map(SeqNumber::from))
            } else if name.eq_ignore_ascii_case(b"UIDFETCH") {
                Self::UidFetch(number.map(Uid::from))
            } else {
                Self::Data
            };
        }
        if Condition::from_keyword(word).is_some() { Self::Text } else { Self::Data }
    }
}

/// The next name after blanks.
fn word(octets: &[u8]) -> (&[u8], &[u8]) {
    let octets = octets.trim_ascii_start();
    let is_name = |octet: &&u8| octet.is_ascii_alphanumeric() || b"-._".contains(octet);
    let length = octets.iter().take_while(is_name).count();
    octets.split_at_checked(length).unwrap_or((octets, &[]))
}
