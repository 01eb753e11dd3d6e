//! What the first words of a response say about the literals in it.

use core::ops::Range;

use crate::{
    types::sequence::{SeqNumber, Uid},
    wire::{number::leading_number, steps},
};

/// What the first words of a response say about literals in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Status response, continuation request, tagged line: no literal.
    Text,
    /// Literals are strings of the line.
    Data,
    /// So they are, but for bodies.
    Fetch {
        seq: Option<SeqNumber>,
    },
    UidFetch {
        uid: Option<Uid>,
    },
}

impl Kind {
    /// `text`: the first physical line.
    pub(super) fn of(text: &[u8]) -> Self {
        let Some(rest) = text.strip_prefix(b"*") else {
            return Self::Text;
        };
        let (word, rest) = word(rest);
        if !word.is_empty() && word.iter().all(u8::is_ascii_digit) {
            let number = leading_number(word).map(|(number, _)| number);
            let (name, _) = self::word(rest);
            return if name.eq_ignore_ascii_case(b"FETCH") {
                Self::Fetch { seq: number.map(SeqNumber::from) }
            } else if name.eq_ignore_ascii_case(b"UIDFETCH") {
                Self::UidFetch { uid: number.map(Uid::from) }
            } else {
                Self::Data
            };
        }
        if [&b"OK"[..], b"NO", b"BAD", b"BYE", b"PREAUTH"]
            .iter()
            .any(|status| word.eq_ignore_ascii_case(status))
        {
            Self::Text
        } else {
            Self::Data
        }
    }
}

/// The start of a FETCH up to its first body, as nearly every server writes it: `* n FETCH (BODY[..] ` or `* n FETCH (UID n BODY[..] `.
///
/// All others are left to the lexer, which would come to the same.
#[derive(Debug)]
pub(super) struct PlainFetch {
    pub(super) seq: SeqNumber,
    pub(super) uid: Option<Uid>,
    /// Where the name of the body's item stands.
    pub(super) item: Range<usize>,
}

impl PlainFetch {
    /// `octets`: all octets before the header of the first literal.
    pub(super) fn of(octets: &[u8]) -> Option<Self> {
        let (number, rest) = leading_number(octets.strip_prefix(b"* ")?)?;
        let rest = rest.strip_prefix(b" FETCH (")?;
        let (uid, item) = match rest.strip_prefix(b"UID ") {
            Some(rest) => {
                let (uid, rest) = leading_number(rest)?;
                (Some(Uid::from(uid)), rest.strip_prefix(b" ")?)
            }
            None => (None, rest),
        };
        let item = item.strip_suffix(b" ")?;
        let section = item.strip_prefix(b"BODY[")?.strip_suffix(b"]")?;
        steps::add(section.len());
        if !section.iter().all(|octet| octet.is_ascii_alphanumeric() || *octet == b'.') {
            return None;
        }
        let end = octets.len() - 1;
        Some(Self { seq: SeqNumber::from(number), uid, item: end - item.len()..end })
    }
}

/// The next name behind blanks.
fn word(octets: &[u8]) -> (&[u8], &[u8]) {
    let octets = octets.trim_ascii_start();
    let length = octets
        .iter()
        .take_while(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_'))
        .count();
    octets.split_at_checked(length).unwrap_or((octets, &[]))
}

#[cfg(test)]
mod tests {
    use super::{
        super::lexer::{Lexer, Place},
        *,
    };

    #[test]
    fn the_plain_way_and_the_lexer_come_to_the_same() {
        for (head, plain) in [
            ("* 1 FETCH (BODY[] ", true),
            ("* 4294967295 FETCH (UID 4294967295 BODY[HEADER] ", true),
            ("* 12 FETCH (UID 7 BODY[1.2.MIME] ", true),
            ("* 007 FETCH (UID 08 BODY[] ", true),
            ("* 12 FETCH (UID 4294967296 BODY[] ", false),
            ("* 12 FETCH (BODY[HEADER.FIELDS ", false),
            ("* 12 FETCH (BODY[HEADER.FIELDS (FROM)] ", false),
            ("* 12 FETCH (BODY[]<0> ", false),
            ("* 12 FETCH (BODY[]]  ", false),
            ("* 12 FETCH (BODY[]x] ", false),
            ("* 12 FETCH (BODY[a]b] ", false),
            ("* 12 FETCH (BODY[a\"] ", false),
            ("* 12 FETCH (BODY[](BODY[] ", false),
            ("* 12 FETCH (BODY[]", false),
            ("* 12 FETCH (FLAGS () BODY[] ", false),
            ("* 12 FETCH (UID 7 UID 8 BODY[] ", false),
            ("* 12 FETCH (UID 0 BODY[] ", false),
            ("* 0 FETCH (BODY[] ", false),
            ("* 4294967296 FETCH (BODY[] ", false),
            ("* 12 fetch (body[] ", false),
            ("* 12 UIDFETCH (BODY[] ", false),
            ("12 FETCH (BODY[] ", false),
        ] {
            let head = head.as_bytes();
            let found = PlainFetch::of(head);
            assert_eq!(found.is_some(), plain, "{}", head.escape_ascii());
            let Some(found) = found else { continue };
            let mut lexer = Lexer::new();
            lexer.read(head, 0, head.len());
            assert_eq!(Place::Body(found.item), lexer.literal_at(head, head.len()));
            assert_eq!(Kind::Fetch { seq: Some(found.seq) }, Kind::of(head));
            lexer.behind_literal();
            let mut plain = Lexer::in_fetch(found.uid);
            plain.behind_literal();
            assert_eq!(plain, lexer, "{}", head.escape_ascii());
        }
    }
}
