//! Finds the context of a literal header in a response: a quoted string, the depth, the item before
//! it.
//!
//! Runs only over lines that end in something like a literal header, and over each of their bytes
//! once.

use core::ops::Range;

use crate::{
    types::Uid,
    wire::{nz_number, steps, swar::quoted_run},
};

/// Position in one response, at first at its start. Offsets are those of the caller's buffer.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Lexer {
    quote: Quote,
    depth: u32,
    /// Inside `BODY[ .. ]`, whose blanks and parentheses separate nothing.
    bracket: bool,
    /// The last byte is in a token: no string may start here.
    in_token: bool,
    /// Start of the atom that is being read.
    start: Option<usize>,
    /// The last complete atom, as long as nothing else follows it.
    last: Option<(usize, usize)>,
    /// That atom was `UID`.
    uid_is_next: bool,
    /// The UID among the items read so far.
    pub(super) uid: Option<Uid>,
    /// Values that were read completely at depth 0: words, strings, lists.
    pub(super) items: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Quote {
    #[default]
    Outside,
    Inside,
    Escaped,
}

impl Lexer {
    /// In the list of a FETCH, after everything before its first body.
    pub(crate) fn in_fetch(uid: Option<Uid>) -> Self {
        Self {
            depth: 1,
            // The star, the number and the name.
            items: 3,
            uid,
            ..Self::default()
        }
    }

    /// Reads `octets[from..to]`.
    pub(crate) fn read(&mut self, octets: &[u8], from: usize, to: usize) {
        let octets = octets.get(..to).unwrap_or(octets);
        let mut at = from;
        steps::add(octets.len().saturating_sub(from));
        while let Some(&octet) = octets.get(at) {
            self.step(octets, at, octet);
            at += 1;
            let rest = octets.get(at..).unwrap_or_default();
            at += match self.quote {
                Quote::Inside => quoted_run(rest),
                // Within a word letters and digits change nothing.
                Quote::Outside if self.in_token && (self.start.is_some() || self.bracket) => {
                    rest.iter().take_while(|octet| octet.is_ascii_alphanumeric()).count()
                }
                Quote::Outside | Quote::Escaped => 0,
            };
        }
    }

    fn step(&mut self, octets: &[u8], at: usize, octet: u8) {
        match (self.quote, octet) {
            (Quote::Escaped, _) => self.quote = Quote::Inside,
            (Quote::Inside, b'\\') => self.quote = Quote::Escaped,
            (Quote::Inside, b'"') if ends_string(octets.get(at + 1)) => {
                self.quote = Quote::Outside;
                self.in_token = false;
                self.count_item();
            }
            (Quote::Inside, _) => {}
            // A quote inside a word is part of the word: servers that forget to escape write such
            // things.
            (Quote::Outside, b'"') if !self.in_token => {
                self.quote = Quote::Inside;
                self.in_token = true;
                if !self.bracket {
                    self.last = None;
                }
            }
            (Quote::Outside, b']') if self.bracket => {
                self.bracket = false;
                self.in_token = true;
            }
            (Quote::Outside, b' ' | b'(' | b')') => {
                self.in_token = false;
                if !self.bracket {
                    self.separate(octets, at, octet);
                }
            }
            (Quote::Outside, _) => {
                self.in_token = true;
                match self.start {
                    None if !self.bracket => self.start = Some(at),
                    Some(start) if octet == b'[' && self.depth == 1 => {
                        self.bracket = octets.get(start..at).is_some_and(takes_section);
                    }
                    _ => {}
                }
            }
        }
    }

    /// A space or a parenthesis between items.
    fn separate(&mut self, octets: &[u8], at: usize, octet: u8) {
        self.end_atom(octets, at);
        match octet {
            b'(' => self.depth = self.depth.saturating_add(1),
            b')' => {
                self.depth = self.depth.saturating_sub(1);
                self.count_item();
            }
            _ => return,
        }
        self.last = None;
    }

    fn end_atom(&mut self, octets: &[u8], at: usize) {
        let Some(start) = self.start.take() else {
            return;
        };
        self.last = Some((start, at));
        self.count_item();
        if self.depth != 1 {
            self.uid_is_next = false;
            return;
        }
        let atom = octets.get(start..at).unwrap_or_default();
        if self.uid_is_next {
            self.uid = match nz_number(atom) {
                Ok(([], number)) => Some(Uid::from(number)),
                _ => None,
            };
        }
        self.uid_is_next = !self.uid_is_next && atom.eq_ignore_ascii_case(b"UID");
    }

    /// Continues after a literal, as after a string.
    pub(crate) fn after_literal(&mut self) {
        self.in_token = false;
        if !self.bracket {
            self.start = None;
            self.last = None;
        }
        self.count_item();
    }

    fn count_item(&mut self) {
        if self.depth == 0 {
            self.items = self.items.saturating_add(1);
        }
    }

    /// The context of a literal that starts at `at`.
    pub(crate) fn literal_at(&self, octets: &[u8], at: usize) -> Place {
        if self.quote != Quote::Outside {
            return Place::Text;
        }
        if self.bracket {
            return if self.in_token { Place::Text } else { Place::String };
        }
        let item = self.start.map(|start| (start, at)).or(self.last).filter(|_| self.depth == 1);
        let item = item
            .map(|(start, end)| start..end)
            .filter(|item| octets.get(item.clone()).is_some_and(is_body_item));
        match item {
            Some(item) => Place::Body(item),
            None if self.in_token => Place::Text,
            None => Place::String,
        }
    }
}

/// The context of a literal header.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// Not a header: part of a quoted string or of a word.
    Text,
    /// A string of the line.
    String,
    /// The value of a FETCH item, whose name is at these offsets, if the response is a FETCH.
    Body(Range<usize>),
}

/// Whether a quote followed by this byte ends a string. An unescaped quote inside a value does not
/// (jstedfast/MailKit#485).
const fn ends_string(next: Option<&u8>) -> bool {
    matches!(next, None | Some(b' ' | b'(' | b')' | b']' | b'\r'))
}

fn takes_section(name: &[u8]) -> bool {
    is_one_of(name, &["BODY", "BODY.PEEK", "BINARY", "BINARY.PEEK", "BINARY.SIZE"])
}

fn is_one_of(name: &[u8], known: &[&str]) -> bool {
    known.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

/// `BODY[..]`, `BODY[..]<o>`, `BINARY[..]`, `RFC822`, `RFC822.HEADER`, `RFC822.TEXT`.
fn is_body_item(item: &[u8]) -> bool {
    let name = item.split(|&octet| octet == b'[').next().unwrap_or_default();
    is_one_of(item, &["RFC822", "RFC822.HEADER", "RFC822.TEXT", "RFC822[]"])
        || (name.len() < item.len()
            && matches!(item.last(), Some(b']' | b'>'))
            && takes_section(name)
            && !name.eq_ignore_ascii_case(b"BINARY.SIZE"))
}
