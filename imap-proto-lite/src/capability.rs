//! Capabilities: RFC 9051 sections 6.1.1 and 7.2.2.

use alloc::vec::Vec;
use core::fmt;

use crate::{
    list::{List, sealed::Element},
    octets,
    parse::lexical,
};

/// The kind of item of [`CapabilityList`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CapabilityElement;

impl Element for CapabilityElement {
    type Item<'a> = &'a [u8];

    fn next<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
        let (after, word) = lexical::word(lexical::spaces(rest)).ok()?;
        *rest = after;
        Some(word)
    }

    fn show(item: &&[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&item.escape_ascii(), f)
    }

    fn write(item: &&[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(item);
    }
}

/// The capabilities in a response, as atoms.
pub type CapabilityList<'a> = List<'a, CapabilityElement>;

impl<'a> CapabilityList<'a> {
    /// Capabilities as a server lists them; `None` if something among them is none.
    pub(crate) fn received(octets: &'a [u8]) -> Option<Self> {
        octets::words(octets).map(|count| Self::checked(octets, count))
    }
}

/// How a literal may be sent: RFC 7888.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[expect(clippy::exhaustive_enums, reason = "RFC 7888 has these three cases")]
pub enum LiteralMode {
    /// Each waits for the server's `+`.
    #[default]
    Sync,
    /// LITERAL+: none waits.
    Plus,
    /// LITERAL-: those of up to 4096 octets do not wait.
    Minus,
}

/// What a server can do. Unknown capabilities are kept; names are compared in any case.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Capabilities {
    /// Upper case, each followed by a space.
    words: Vec<u8>,
}

impl Capabilities {
    /// The capabilities in a list of a server.
    #[must_use]
    pub fn from_list(list: &CapabilityList<'_>) -> Self {
        Self::copied(list, usize::MAX).unwrap_or_else(|| list.iter().collect())
    }

    /// What is in a list of a server, up to `most` words of up to `octets` octets: nothing has to be kept that somebody sends to fill the memory.
    pub(crate) fn bounded(list: &CapabilityList<'_>, most: usize, octets: usize) -> Self {
        Self::copied(list, octets)
            .filter(|_| list.len() <= most)
            .unwrap_or_else(|| {
                list.iter()
                    .filter(|word| word.len() <= octets)
                    .take(most)
                    .collect()
            })
    }

    /// The octets of a list as they are, if nothing in it is out of the ordinary: no word twice or too long, no second space.
    fn copied(list: &CapabilityList<'_>, octets: usize) -> Option<Self> {
        let wire = list.as_wire();
        let mut words = Vec::with_capacity(wire.len() + 1);
        words.extend_from_slice(wire);
        words.make_ascii_uppercase();
        let mut known = Known::default();
        for word in words.split(|octet| *octet == b' ') {
            if word.is_empty() || word == b"+" || word.len() > octets || !known.insert(word) {
                return None;
            }
        }
        words.push(b' ');
        Some(Self { words })
    }

    /// Whether the server has this one.
    #[must_use]
    pub fn has(&self, capability: &str) -> bool {
        self.iter()
            .any(|word| word.eq_ignore_ascii_case(capability.as_bytes()))
    }

    /// Whether the server has this SASL mechanism (`AUTH=`).
    #[must_use]
    pub fn has_auth(&self, mechanism: &str) -> bool {
        self.auth_mechanisms()
            .any(|word| word.eq_ignore_ascii_case(mechanism.as_bytes()))
    }

    /// The SASL mechanisms, in upper case.
    pub fn auth_mechanisms(&self) -> impl Iterator<Item = &[u8]> {
        self.values("AUTH")
    }

    /// The values of `NAME=value` capabilities, such as `THREAD`, in upper case.
    pub fn values<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s [u8]> {
        self.iter().filter_map(move |word| {
            let (start, rest) = word.split_at_checked(name.len())?;
            if start.eq_ignore_ascii_case(name.as_bytes()) {
                rest.strip_prefix(b"=")
            } else {
                None
            }
        })
    }

    /// The largest message that APPEND takes, in octets: `APPENDLIMIT=n` (RFC 7889).
    #[must_use]
    pub fn append_limit(&self) -> Option<u64> {
        self.values("APPENDLIMIT")
            .find_map(|value| lexical::number64(value).ok().map(|(_, octets)| octets))
    }

    /// How a literal may be sent.
    #[must_use]
    pub fn literal_mode(&self) -> LiteralMode {
        if self.has("LITERAL+") {
            LiteralMode::Plus
        } else if self.has("LITERAL-") || self.has("IMAP4REV2") {
            LiteralMode::Minus
        } else {
            LiteralMode::Sync
        }
    }

    /// Takes a capability away: a server may advertise what it does badly.
    pub fn remove(&mut self, capability: &str) {
        *self = self
            .iter()
            .filter(|word| !word.eq_ignore_ascii_case(capability.as_bytes()))
            .collect();
    }

    /// All of them, in upper case, in the order of the server.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> + Clone {
        words_of(&self.words)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The list for a response.
    #[must_use]
    pub fn to_list(&self) -> CapabilityList<'_> {
        CapabilityList::new(self.iter())
    }
}

impl<'a> FromIterator<&'a [u8]> for Capabilities {
    fn from_iter<I: IntoIterator<Item = &'a [u8]>>(words: I) -> Self {
        let mut all = Self::default();
        let mut known = Known::default();
        for word in words {
            if word.is_empty() {
                continue;
            }
            if word == b"+" && all.words.ends_with(b"LITERAL ") {
                all.words.pop();
                known.insert(b"LITERAL+");
            }
            let start = all.words.len();
            all.words.extend_from_slice(word);
            let Some((before, word)) = all.words.split_at_mut_checked(start) else {
                continue;
            };
            word.make_ascii_uppercase();
            // Few words are of a kind that was there, and need a comparison with those before them.
            if !known.insert(word) && words_of(before).any(|known| known == word) {
                all.words.truncate(start);
                continue;
            }
            all.words.push(b' ');
        }
        all
    }
}

/// Which kinds of words there were: a kind is a length and three letters of the word.
#[derive(Default)]
struct Known([u64; 16]);

impl Known {
    /// False where a word of this kind was there.
    fn insert(&mut self, word: &[u8]) -> bool {
        let kind = [word.first(), word.get(word.len() / 2), word.last()]
            .into_iter()
            .flatten()
            .fold(word.len(), |sum, octet| sum * 31 + usize::from(*octet));
        let bit = 1 << (kind % 64);
        let Some(bits) = self.0.get_mut(kind / 64 % 16) else {
            return false;
        };
        let fresh = *bits & bit == 0;
        *bits |= bit;
        fresh
    }
}

fn words_of(words: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    words
        .split(|octet| *octet == b' ')
        .filter(|word| !word.is_empty())
}

impl<'a> FromIterator<&'a str> for Capabilities {
    fn from_iter<I: IntoIterator<Item = &'a str>>(words: I) -> Self {
        words.into_iter().map(str::as_bytes).collect()
    }
}

impl fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(crate::string::Escaped))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn a_list_and_its_words_are_the_same() {
        for list in [
            &b"IMAP4rev1"[..],
            b"IMAP4rev1 idle ID",
            b"IMAP4rev1  IDLE",
            b"IDLE Idle ID IDLE",
            b"LITERAL + ID LITERAL+",
            b"AB AAB ABA BAB ID",
        ] {
            let parsed = CapabilityList::received(list).unwrap();
            let words: Capabilities = parsed.iter().collect();
            assert_eq!(Capabilities::from_list(&parsed), words, "{words:?}");
            assert_eq!(Capabilities::bounded(&parsed, 9, 9), words, "{words:?}");
        }
        let parsed = CapabilityList::received(b"ONE THREE TWO FOUR").unwrap();
        assert_eq!(
            Capabilities::bounded(&parsed, 2, 3)
                .iter()
                .collect::<Vec<_>>(),
            vec![b"ONE", b"TWO"]
        );
        assert_eq!(Capabilities::bounded(&parsed, 3, 9).iter().count(), 3);
    }

    #[test]
    fn names_have_no_case_and_values_are_found() {
        let all: Capabilities = [
            "IMAP4rev1",
            "Auth=plain",
            "AUTH=XOAUTH2",
            "APPENDLIMIT=35651584",
            "literal-",
            "idle",
        ]
        .into_iter()
        .collect();
        assert!(all.has("IMAP4REV1") && all.has("Idle") && !all.has("ID"));
        assert!(all.has_auth("Plain") && all.has_auth("XOAUTH2") && !all.has_auth("XOAUTH"));
        assert_eq!(all.append_limit(), Some(35_651_584));
        assert_eq!(all.literal_mode(), LiteralMode::Minus);
    }

    #[test]
    fn a_split_literal_plus_is_joined() {
        let all: Capabilities = ["IMAP4", "LITERAL", "+", "ID"].into_iter().collect();
        assert_eq!(all.literal_mode(), LiteralMode::Plus);
        assert!(all.has("ID"));
    }

    #[test]
    fn one_can_be_taken_away() {
        let mut all: Capabilities = ["IMAP4rev1", "QRESYNC", "ID"].into_iter().collect();
        all.remove("qresync");
        assert!(!all.has("QRESYNC") && all.has("ID"));
    }
}
