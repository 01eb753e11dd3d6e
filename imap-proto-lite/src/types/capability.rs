//! Capabilities: RFC 9051 sections 6.1.1 and 7.2.2.

use alloc::vec::Vec;
use core::fmt;

use crate::wire::{List, atom, list::sealed::Element, number, steps, swar};

pub use crate::wire::literal::LiteralMode;

/// The kind of item in [`CapabilityList`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CapabilityElement;

impl Element for CapabilityElement {
    type Item<'a> = &'a [u8];

    #[inline]
    fn next<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
        let input = atom::spaces(rest);
        let (word, behind) = input.split_at_checked(swar::until_space(input))?;
        steps::add(word.len() + 1);
        *rest = behind;
        (!word.is_empty()).then_some(word)
    }

    fn show(item: &&[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&item.escape_ascii(), f)
    }

    /// Writes only characters that a list can hold: reading relies on it.
    fn write(item: &&[u8], out: &mut Vec<u8>) {
        if let Ok((_, word)) = atom::word(item) {
            out.extend_from_slice(word);
        }
    }
}

/// The capabilities in a response, as atoms.
pub type CapabilityList<'a> = List<'a, CapabilityElement>;

impl<'a> CapabilityList<'a> {
    /// Capabilities as a server lists them; `None` if one of the words is not a capability.
    pub(crate) fn received(octets: &'a [u8]) -> Option<Self> {
        swar::are_words(octets).then(|| Self::from_wire_counted(octets, swar::count_words(octets)))
    }
}

/// The longest capability that is kept.
pub(crate) const LONGEST_CAPABILITY: usize = 256;

/// The capabilities of a server. Unknown and repeated ones are kept; names are compared in any
/// case.
#[derive(Clone, Default)]
pub struct Capabilities {
    /// Upper case, each followed by spaces.
    words: Vec<u8>,
}

impl Capabilities {
    /// The capabilities in a list of a server.
    #[must_use]
    pub fn from_list(list: &CapabilityList<'_>) -> Self {
        list.iter().collect()
    }

    /// Replaces all capabilities by these words of a server: at most `most` of them, of at most
    /// [`LONGEST_CAPABILITY`] octets each. This bounds memory against a hostile server.
    pub(crate) fn learn(&mut self, words: &[u8], most: usize) {
        self.words.clear();
        if is_ordinary(words, most) {
            self.words.extend(words.iter().map(u8::to_ascii_uppercase));
            self.words.push(b' ');
            return;
        }
        for word in words_of(words).filter(|word| word.len() <= LONGEST_CAPABILITY).take(most) {
            self.push(word);
        }
    }

    /// Adds a capability, if it is not there.
    pub(crate) fn add(&mut self, capability: &[u8]) {
        let is_it = |word: &[u8]| word.eq_ignore_ascii_case(capability);
        if !self.iter().any(is_it) {
            self.push(capability);
        }
    }

    fn push(&mut self, capability: &[u8]) {
        // Some servers send LITERAL+ in two words.
        if capability == b"+" && self.words.ends_with(b"LITERAL ") {
            self.words.pop();
        }
        let word = capability.iter().map(u8::to_ascii_uppercase);
        self.words.extend(word);
        self.words.push(b' ');
    }

    /// Whether the server has this one.
    #[must_use]
    pub fn has(&self, capability: &str) -> bool {
        self.iter().any(|word| word.eq_ignore_ascii_case(capability.as_bytes()))
    }

    /// Whether the server has this SASL mechanism (`AUTH=`).
    #[must_use]
    pub fn has_auth(&self, mechanism: &str) -> bool {
        self.auth_mechanisms().any(|word| word.eq_ignore_ascii_case(mechanism.as_bytes()))
    }

    /// The SASL mechanisms, in upper case.
    pub fn auth_mechanisms(&self) -> impl Iterator<Item = &[u8]> {
        self.values("AUTH")
    }

    /// The values of `NAME=value` capabilities, such as `THREAD`, in upper case.
    pub fn values<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s [u8]> {
        self.iter().filter_map(move |word| {
            let (start, rest) = word.split_at_checked(name.len())?;
            if start.eq_ignore_ascii_case(name.as_bytes()) { rest.strip_prefix(b"=") } else { None }
        })
    }

    /// The largest message that APPEND takes, in octets: `APPENDLIMIT=n` (RFC 7889).
    pub fn append_limit(&self) -> Option<u64> {
        self.values("APPENDLIMIT")
            .find_map(|value| number::number64(value).ok().map(|(_, octets)| octets))
    }

    /// How a literal may be sent in a session that has ENABLEd `enabled`. IMAP4rev2 includes
    /// LITERAL- where it is [spoken](speaks_rev2).
    #[must_use]
    pub fn literal_mode(&self, enabled: &Self) -> LiteralMode {
        if self.has("LITERAL+") {
            LiteralMode::Plus
        } else if self.has("LITERAL-") || speaks_rev2(self, enabled) {
            LiteralMode::Minus
        } else {
            LiteralMode::Sync
        }
    }

    /// Removes a capability: a server may announce one that does not work.
    pub fn remove(&mut self, capability: &str) {
        *self =
            self.iter().filter(|word| !word.eq_ignore_ascii_case(capability.as_bytes())).collect();
    }

    /// All of them, in upper case, in the order of the server.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> + Clone {
        words_of(&self.words)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// The list for a response.
    pub fn to_list(&self) -> CapabilityList<'_> {
        CapabilityList::new(self.iter())
    }
}

/// Whether the session is one of IMAP4rev2, and so has everything that rev2 includes (RFC 9051
/// appendix E): after ENABLE IMAP4rev2, or if the server announces rev2 and not rev1.
///
/// A server that announces both speaks rev1 until ENABLE, and some announce rev2 and lack parts of
/// it (Exchange Online's new front end, jstedfast/MailKit#2016).
#[must_use]
pub fn speaks_rev2(capabilities: &Capabilities, enabled: &Capabilities) -> bool {
    enabled.has("IMAP4REV2") || (capabilities.has("IMAP4REV2") && !capabilities.has("IMAP4REV1"))
}

impl<'a> FromIterator<&'a [u8]> for Capabilities {
    fn from_iter<I: IntoIterator<Item = &'a [u8]>>(words: I) -> Self {
        let mut all = Self::default();
        words.into_iter().for_each(|word| all.push(word));
        all
    }
}

/// Whether all words can be kept unchanged: not too many, none too long, no LITERAL+ in two words.
fn is_ordinary(words: &[u8], most: usize) -> bool {
    // Counts spaces as words: an upper bound.
    let few = words.len() / 2 < most;
    let split = swar::contains_pair(words, [b' ', b'+']);
    // A word that is too long fills at least one of these pieces.
    let mut pieces = words.chunks_exact(LONGEST_CAPABILITY / 2);
    few && !split && pieces.all(|piece| piece.contains(&b' '))
}

fn words_of(words: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    words.split(|octet| *octet == b' ').filter(|word| !word.is_empty())
}

impl<'a> FromIterator<&'a str> for Capabilities {
    fn from_iter<I: IntoIterator<Item = &'a str>>(words: I) -> Self {
        words.into_iter().map(str::as_bytes).collect()
    }
}

/// Equal if the words and their order are the same.
impl PartialEq for Capabilities {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Capabilities {}

impl fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(crate::wire::string::Escaped)).finish()
    }
}

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use super::*;
    use crate::{Response, response::parse};

    fn learnt(words: &str, most: usize) -> Capabilities {
        let mut all: Capabilities = ["OLD"].into_iter().collect();
        all.learn(words.as_bytes(), most);
        all
    }

    #[test]
    fn words_that_are_learnt_and_words_that_are_collected_are_the_same() {
        let long = "THREAD=REFERENCES idle ".repeat(30);
        for words in [
            "",
            "IMAP4rev1",
            "IMAP4rev1 idle ID",
            "IMAP4rev1  IDLE",
            "IDLE Idle ID IDLE",
            "LITERAL + ID LITERAL+",
            "literal +",
            "+ X+ LITERAL-",
            " ID ",
            &long,
        ] {
            let list = CapabilityList::received(words.as_bytes()).unwrap();
            let collected: Capabilities = list.iter().collect();
            let names: Capabilities = words.split(' ').collect();
            assert_eq!(Capabilities::from_list(&list), collected);
            assert_eq!(learnt(words, 512), collected, "{words}");
            assert_eq!(names, collected, "{words}");
            assert_eq!(list.len(), words.split_ascii_whitespace().count());
        }
        let all = learnt("Idle ID  idle LITERAL +", 512);
        let words = all.iter().map(|word| core::str::from_utf8(word).unwrap());
        assert!(words.eq(["IDLE", "ID", "IDLE", "LITERAL+"]));
        assert!(learnt("", 512).is_empty() && !all.is_empty());
    }

    #[test]
    fn what_is_learnt_is_bounded() {
        assert_eq!(learnt("ONE TWO THREE", 2), learnt("ONE TWO", 512));
        assert_eq!(learnt("ONE TWO THREE", 3), learnt("ONE TWO THREE", 512));
        for before in 0..LONGEST_CAPABILITY {
            for (length, kept) in [(LONGEST_CAPABILITY, 3), (LONGEST_CAPABILITY + 1, 2)] {
                let words = format!("{} {} B", "A".repeat(before + 1), "X".repeat(length));
                assert_eq!(learnt(&words, 512).iter().count(), kept, "{before}");
            }
        }
        let spaces = format!("A{}B", " ".repeat(1 << 20));
        let all = learnt(&spaces, 512);
        assert_eq!((all.iter().count(), all.words.len()), (2, 4));
    }

    #[test]
    fn what_is_added_is_there_once() {
        let mut all = Capabilities::default();
        for name in ["QRESYNC", "qresync", "CONDSTORE"] {
            all.add(name.as_bytes());
        }
        assert_eq!(all, learnt("QRESYNC CONDSTORE", 2));
    }

    #[test]
    fn the_quick_way_and_the_long_way_agree() {
        const ALPHABET: [char; 10] = ['A', 'b', '=', ' ', '+', '(', '"', '\t', '\u{7f}', 'ü'];
        let mut quick = 0;
        for choice in 0..ALPHABET.len().pow(4) {
            let octet = |place: u32| ALPHABET[choice / 10_usize.pow(place) % 10];
            let words = String::from_iter((0..4).map(octet));
            let line = format!("* CAPABILITY {words}\r\n");
            match (
                parse::fast::capability_data(line.as_bytes()),
                parse::response(line.as_bytes(), &[]),
            ) {
                (Some(plain), Response::Capability(list)) => {
                    let (mut one, mut two) = (learnt("", 9), learnt("", 9));
                    one.learn(plain, 9);
                    two.learn(list.as_wire(), 9);
                    assert_eq!(one, two, "{line}");
                    quick += 1;
                }
                // The general parser accepts tabs at the end.
                (None, Response::Capability(_)) => assert!(words.contains('\t'), "{line}"),
                (None, Response::Malformed { .. }) => {}
                other => panic!("{line}: {other:?}"),
            }
        }
        assert_eq!(quick, 6_usize.pow(4));
    }

    #[test]
    fn names_have_no_case_and_values_are_found() {
        let all: Capabilities =
            ["IMAP4rev1", "Auth=plain", "AUTH=XOAUTH2", "APPENDLIMIT=35651584", "literal-", "idle"]
                .into_iter()
                .collect();
        assert!(all.has("IMAP4REV1") && all.has("Idle") && !all.has("ID"));
        assert!(all.has_auth("Plain") && all.has_auth("XOAUTH2") && !all.has_auth("XOAUTH"));
        assert_eq!(all.append_limit(), Some(35_651_584));
        assert_eq!(all.literal_mode(&Capabilities::default()), LiteralMode::Minus);
    }

    #[test]
    fn a_split_literal_plus_is_joined() {
        let all: Capabilities = ["IMAP4", "LITERAL", "+", "ID"].into_iter().collect();
        assert_eq!(all.literal_mode(&Capabilities::default()), LiteralMode::Plus);
        assert!(all.has("ID"));
    }

    #[test]
    fn rev2_is_spoken_after_enable_or_where_there_is_no_rev1() {
        for (announced, enabled, expected) in [
            (&["IMAP4rev1"][..], &[][..], false),
            (&["IMAP4rev2"], &[], true),
            (&["IMAP4rev1", "IMAP4rev2"], &[], false),
            (&["IMAP4rev1", "IMAP4rev2"], &["imap4rev2"], true),
            (&["IMAP4rev1", "IMAP4rev2"], &["UTF8=ACCEPT"], false),
            (&[], &[], false),
        ] {
            let of = |names: &[&'static str]| names.iter().copied().collect::<Capabilities>();
            let (announced, enabled) = (of(announced), of(enabled));
            assert_eq!(speaks_rev2(&announced, &enabled), expected, "{announced:?}");
            let literals = if expected { LiteralMode::Minus } else { LiteralMode::Sync };
            assert_eq!(announced.literal_mode(&enabled), literals, "{announced:?}");
        }
    }

    #[test]
    fn one_can_be_taken_away() {
        let mut all: Capabilities = ["IMAP4rev1", "QRESYNC", "ID"].into_iter().collect();
        all.remove("qresync");
        assert!(!all.has("QRESYNC") && all.has("ID"));
    }
}
