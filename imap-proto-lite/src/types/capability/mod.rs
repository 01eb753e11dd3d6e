//! Capabilities: RFC 9051 sections 6.1.1 and 7.2.2.

mod fast;

use alloc::vec::Vec;
use core::fmt;

use nom::{
    Parser as _,
    combinator::{consumed, map},
    multi::many0_count,
    sequence::preceded,
};

use crate::wire::{List, Parsed, Token, list::sealed::Element, number64, opt_sp, put::Out, word};

pub use crate::wire::literal::LiteralMode;

/// The kind of item in [`CapabilityList`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CapabilityElement;

impl Element for CapabilityElement {
    type Item<'a> = &'a [u8];

    const FAST: fn(&[u8]) -> Option<(&[u8], &[u8])> = fast::capability;

    fn read(input: &[u8]) -> Token<'_, &[u8]> {
        capability(input).ok()
    }

    fn show(item: &&[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&item.escape_ascii(), f)
    }

    /// Writes only characters that a list can hold: reading relies on it.
    fn write(item: &&[u8], out: &mut Out) {
        if let Ok((_, name)) = word(item) {
            out.put(name);
        }
    }
}

/// The capabilities in a response, as atoms.
pub type CapabilityList<'a> = List<'a, CapabilityElement>;

/// ```abnf
/// capability      = ("AUTH=" auth-type) / atom
/// ```
/// After the spaces before it.
fn capability(input: &[u8]) -> Parsed<'_, &[u8]> {
    preceded(opt_sp, word).parse(input)
}

/// ```abnf
/// capability-data = "CAPABILITY" *(SP capability) SP "IMAP4rev2" *(SP capability)
/// ```
/// After the name. Some servers send an empty list.
pub(crate) fn capability_list(input: &[u8]) -> Parsed<'_, CapabilityList<'_>> {
    map(consumed(many0_count(capability)), |(names, count)| List::from_wire_counted(names, count))
        .parse(input)
}

/// The longest capability that is kept.
pub(crate) const LONGEST_CAPABILITY: usize = 256;

/// The capabilities of a server, collected from a [`CapabilityList`] or from words. Unknown and
/// repeated ones are kept; names are compared in any case.
#[derive(Clone, Default)]
pub struct Capabilities {
    /// Upper case, each followed by spaces.
    words: Vec<u8>,
}

impl Capabilities {
    /// Replaces all capabilities by these words of a server: at most `most` of them, of at most
    /// [`LONGEST_CAPABILITY`] bytes each. This bounds memory against a hostile server.
    pub(crate) fn learn(&mut self, words: &[u8], most: usize) {
        self.words.clear();
        if fast::learn(words, most, &mut self.words).is_some() {
            return;
        }
        for word in words_of(words).filter(|word| word.len() <= LONGEST_CAPABILITY).take(most) {
            self.push(word);
        }
    }

    /// Adds a capability, if it is not there.
    pub(crate) fn add(&mut self, capability: &[u8]) {
        if !self.iter().any(|word| word.eq_ignore_ascii_case(capability)) {
            self.push(capability);
        }
    }

    fn push(&mut self, capability: &[u8]) {
        // Some servers send LITERAL+ in two words.
        if capability == b"+" && self.words.ends_with(b"LITERAL ") {
            self.words.pop();
        }
        self.words.extend(capability.iter().map(u8::to_ascii_uppercase));
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

    /// The largest message that APPEND takes, in bytes: `APPENDLIMIT=n` (RFC 7889).
    pub fn append_limit(&self) -> Option<u64> {
        self.values("APPENDLIMIT").find_map(|value| number64(value).ok().map(|(_, octets)| octets))
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
mod tests;
