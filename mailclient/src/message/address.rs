//! [`Address`], and the address lists of header fields (RFC 5322 section 3.4, with the obsolete
//! syntax of section 4.4).

use std::fmt;

use crate::message::words::{clean, decode, encoded_word, unstructured};

/// One address of a header field. The members of a group are in the list without its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
#[non_exhaustive]
pub struct Address {
    /// The display name, decoded, without control characters.
    pub name: Option<String>,
    /// `local@domain`, without comments and white space, as Unicode (RFC 6532). A local part that
    /// needs quotes has them.
    pub email: Option<String>,
}

impl Address {
    /// An address with neither a name nor an email.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// This address with a display name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// This address with an email, `local@domain`.
    #[must_use]
    pub fn with_email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.name, &self.email) {
            (Some(name), Some(email)) => write!(f, "{name} <{email}>"),
            (Some(only), None) | (None, Some(only)) => f.write_str(only),
            (None, None) => Ok(()),
        }
    }
}

/// The most addresses or message ids that are read of one field.
pub(super) const MOST: usize = 10_000;

/// Reads an address list. Never fails: commas may be missing, brackets and quotes open.
pub(super) fn addresses(value: &[u8]) -> Vec<Address> {
    let mut list = Reader { can_comment: true, ..Reader::default() };
    let mut rest = value;
    while let Some((&byte, after)) = rest.split_first() {
        rest = list.read(byte, rest, after);
        if list.addresses.len() >= MOST {
            return list.addresses;
        }
    }
    list.flush();
    list.addresses
}

/// The text of the comment that begins `value`, and what follows it; `None` if it does not end.
pub(super) fn comment(value: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (mut text, mut depth, mut rest) = (Vec::new(), 0_usize, value);
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'\\', [escaped, after @ ..]) => {
                text.push(*escaped);
                rest = after;
                continue;
            }
            (b'(', _) => depth += 1,
            (b')', _) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            text.remove(0);
            return Some((text, rest));
        }
        text.push(byte);
    }
    None
}

/// A field body without its comments.
pub(super) fn without_comments(value: &[u8]) -> Vec<u8> {
    let (mut text, mut rest, mut can_comment) = (Vec::new(), value, true);
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'(' && can_comment {
            match comment(value.get(value.len() - after.len() - 1..).unwrap_or_default()) {
                Some((_, after)) => {
                    rest = after;
                    text.push(b' ');
                    continue;
                }
                None => can_comment = false,
            }
        }
        text.push(byte);
    }
    text
}

/// The tokens that were read since the last address.
#[derive(Default)]
struct Reader {
    addresses: Vec<Address>,
    /// The text outside of angle brackets, word by word.
    words: Vec<Word>,
    /// One of them has an `@` outside of quotes.
    has_at: bool,
    /// The text inside of angle brackets.
    angle: Option<Vec<u8>>,
    is_angle_open: bool,
    comments: Vec<Vec<u8>>,
    /// White space or a comment came after the last word.
    is_apart: bool,
    /// `false` after a parenthesis that does not end: the others are text, too.
    can_comment: bool,
}

/// A word without white space outside of quotes.
#[derive(Default)]
struct Word {
    /// For a name: without quotes.
    text: Vec<u8>,
    /// For an address: with quotes.
    raw: Vec<u8>,
    /// It has an `@` outside of quotes.
    has_at: bool,
}

impl Reader {
    /// Takes what begins with `byte`, and returns what follows.
    fn read<'v>(&mut self, byte: u8, all: &'v [u8], after: &'v [u8]) -> &'v [u8] {
        match byte {
            b'"' => return self.quoted(after),
            // Colons and commas inside of an encoded word are text.
            b'=' if !self.is_angle_open && after.starts_with(b"?") => {
                let (word, after) = all.split_at(encoded_word(all).unwrap_or(1));
                self.push(word, word);
                return after;
            }
            b'(' if self.can_comment => match comment(all) {
                Some((text, after)) => {
                    self.comments.push(text);
                    self.is_apart = true;
                    return after;
                }
                None => {
                    self.can_comment = false;
                    self.push(b"(", b"(");
                }
            },
            b'<' => {
                if self.angle.is_some() {
                    self.flush();
                }
                (self.angle, self.is_angle_open) = (Some(Vec::new()), true);
            }
            b'>' => {
                self.is_angle_open = false;
                self.is_apart = true;
            }
            // Inside of brackets it is part of a source route (RFC 5322 section 4.4).
            b',' if self.is_in_route() => {}
            b',' | b';' => self.flush(),
            // The name of a group, or a source route.
            b':' if self.is_before_address() => self.angle = Some(Vec::new()),
            b':' if !self.has_at && !self.is_angle_open => {
                self.words.clear();
                self.comments.clear();
            }
            byte if byte.is_ascii_whitespace() => self.is_apart = true,
            b'\\' => {
                if let Some((escaped, after)) = after.split_first() {
                    self.push(&[*escaped], &[*escaped]);
                    return after;
                }
            }
            byte => self.push(&[byte], &[byte]),
        }
        after
    }

    /// A colon here ends a source route, or a scheme (`<mailto:ann@example.org>`). It is part of
    /// the address in `<ann@[IPv6:2001:db8::1]>` (RFC 5321 section 4.1.3).
    fn is_before_address(&self) -> bool {
        let is_begun = self.angle.as_ref().is_some_and(|angle| angle.contains(&b'@'));
        self.is_angle_open && (self.is_in_route() || !is_begun)
    }

    fn is_in_route(&self) -> bool {
        self.is_angle_open && self.angle.as_ref().is_some_and(|angle| angle.starts_with(b"@"))
    }

    /// Takes a quoted string, after its first quote. Without a second one, the quote is ignored.
    fn quoted<'v>(&mut self, value: &'v [u8]) -> &'v [u8] {
        let (mut text, mut raw, mut rest) = (Vec::new(), vec![b'"'], value);
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            match (byte, after) {
                (b'"', _) => {
                    raw.push(b'"');
                    self.push(&text, &raw);
                    return rest;
                }
                (b'\\', [escaped, after @ ..]) => {
                    raw.extend_from_slice(&[byte, *escaped]);
                    text.push(*escaped);
                    rest = after;
                }
                _ => {
                    raw.push(byte);
                    text.push(byte);
                }
            }
        }
        value
    }

    fn push(&mut self, text: &[u8], raw: &[u8]) {
        let is_apart = std::mem::take(&mut self.is_apart);
        if self.is_angle_open
            && let Some(angle) = &mut self.angle
        {
            angle.extend_from_slice(raw);
            return;
        }
        if self.angle.is_some() {
            // Another address, without a comma before it.
            self.flush();
        }
        self.has_at |= raw == b"@";
        // `a . b @ c` is one address (RFC 5322 section 4.4).
        let joins = |word: &Word| match raw {
            b"@" => !word.has_at || !is_apart,
            b"." => word.has_at || !is_apart,
            _ => {
                !is_apart
                    || matches!(word.raw.as_slice(), [.., b'.'] if word.has_at)
                    || word.raw.ends_with(b"@")
            }
        };
        match self.words.last_mut().filter(|word| joins(word)) {
            Some(word) => {
                word.text.extend_from_slice(text);
                word.raw.extend_from_slice(raw);
                word.has_at |= raw == b"@";
            }
            None => {
                self.words.push(Word { text: text.into(), raw: raw.into(), has_at: raw == b"@" });
            }
        }
    }

    /// Ends an address.
    fn flush(&mut self) {
        let words = std::mem::take(&mut self.words);
        let comments = std::mem::take(&mut self.comments);
        (self.is_angle_open, self.is_apart, self.has_at) = (false, false, false);
        if let Some(angle) = self.angle.take() {
            return self.add(name(&words), email(&angle));
        }
        let one_word = words.len() == 1;
        let mut before = Vec::new();
        let mut found = 0;
        for word in words {
            if word.has_at {
                found += 1;
                self.add(name(&before), email(&word.raw));
                before.clear();
            } else {
                before.push(word);
            }
        }
        match (found, comments.as_slice()) {
            // `ann@example.org (Ann)`, the form of RFC 822.
            (1, [comment]) => {
                if let Some(last) = self.addresses.last_mut().filter(|last| last.name.is_none()) {
                    last.name = Some(unstructured(comment)).filter(|name| !name.is_empty());
                }
            }
            // A local name, as in `root`.
            (0, _) if one_word && !before.iter().any(|word| is_encoded(&word.raw)) => {
                self.add(None, before.first().and_then(|word| email(&word.raw)));
            }
            (0, _) => self.add(name(&before), None),
            _ => {}
        }
    }

    fn add(&mut self, name: Option<String>, email: Option<String>) {
        if (name.is_some() || email.is_some()) && self.addresses.len() < MOST {
            self.addresses.push(Address { name, email });
        }
    }
}

/// No address but a name: quoted, or an encoded word.
fn is_encoded(raw: &[u8]) -> bool {
    raw.starts_with(b"\"") || raw.starts_with(b"=?")
}

fn name(words: &[Word]) -> Option<String> {
    let texts: Vec<&[u8]> = words.iter().map(|word| word.text.as_slice()).collect();
    Some(unstructured(&texts.join(&b' '))).filter(|name| !name.is_empty())
}

fn email(raw: &[u8]) -> Option<String> {
    Some(clean(&decode(raw, None))).filter(|email| !email.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_lists_are_read() {
        let rows = [
            ("", ""),
            ("ann@example.org", "<ann@example.org>"),
            ("Ann <ann@example.org>", "Ann<ann@example.org>"),
            ("\"Ann, the \\\"one\\\"\" <ann@example.org>", "Ann, the \"one\"<ann@example.org>"),
            ("Ann B. Cee <ann@example.org>,bob@x", "Ann B. Cee<ann@example.org>|<bob@x>"),
            ("team: a@x, B <b@x>;, c@x", "<a@x>|B<b@x>|<c@x>"),
            ("undisclosed-recipients:;", ""),
            ("a:b@x;c:d@x;e@x", "<b@x>|<d@x>|<e@x>"),
            // Obsolete: routes, white space, empty members.
            ("Ann <@a,@b:ann@example.org>", "Ann<ann@example.org>"),
            ("Ann <mailto:ann@example.org>", "Ann<ann@example.org>"),
            ("Ann <ann@[IPv6:2001:db8::1]>", "Ann<ann@[IPv6:2001:db8::1]>"),
            ("ann @ example . org, , bob@x . y", "<ann@example.org>|<bob@x.y>"),
            ("<ann @ example.org>", "<ann@example.org>"),
            // Comments: RFC 5322 A.5 and A.6.3.
            (
                "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
                "Pete<pete@silly.test>",
            ),
            (
                "A Group(Some people)\r\n :Chris Jones <c@(Chris's host.)public.example>,\r\n joe@example.org,\r\n John <jdoe@one.test> (my dear friend); (the end of the group)",
                "Chris Jones<c@public.example>|<joe@example.org>|John<jdoe@one.test>",
            ),
            ("(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;", ""),
            ("John Doe <jdoe@machine(comment).  example>", "John Doe<jdoe@machine.example>"),
            ("ann@example.org (Ann (the one))", "Ann (the one)<ann@example.org>"),
            ("Ann (sales <ann@x>, b@x", "Ann (sales<ann@x>|<b@x>"),
            // Missing commas, brackets and quotes.
            ("Ann <ann@x> Bob <bob@x>", "Ann<ann@x>|Bob<bob@x>"),
            ("ann@x bob@x", "<ann@x>|<bob@x>"),
            ("Ann ann@x", "Ann<ann@x>"),
            ("<ann@x><bob@x>", "<ann@x>|<bob@x>"),
            ("Ann <ann@x, Bob <bob@x>", "Ann<ann@x>|Bob<bob@x>"),
            ("ann@x>", "<ann@x>"),
            ("\"Ann <ann@x>", "Ann<ann@x>"),
            ("Ann <>", "Ann<>"),
            ("<>", ""),
            ("root", "<root>"),
            ("Ann Bee", "Ann Bee<>"),
            ("\"Ann\"", "Ann<>"),
            ("\"ann bee\"@example.org", "<\"ann bee\"@example.org>"),
            ("\"ann@home\" <ann@x>", "ann@home<ann@x>"),
            ("ann@[192.0.2.1]", "<ann@[192.0.2.1]>"),
            // Encoded and international.
            ("=?utf-8?q?J=C3=BCrgen?= =?utf-8?q?_M?= <j@x>", "J\u{fc}rgen M<j@x>"),
            ("\"=?utf-8?q?J=C3=BCrgen?=\" <j@x>", "J\u{fc}rgen<j@x>"),
            ("=?utf-8?q?a:_b,_@c?= <j@x>, =?utf-8?q?a <b@x>", "a: b, @c<j@x>|=?utf-8?q?a<b@x>"),
            ("=?utf-8?q?a=2C_b=40c?= <j@x>, k@x", "a, b@c<j@x>|<k@x>"),
            ("=?utf-8?q?J=C3=BCrgen?=", "J\u{fc}rgen<>"),
            (
                "J\u{fc}rgen <j\u{fc}rgen@b\u{fc}cher.example>",
                "J\u{fc}rgen<j\u{fc}rgen@b\u{fc}cher.example>",
            ),
            ("=?utf-8?q?a=0D=0Ab=1B?= <j@x>", "a b\u{fffd}<j@x>"),
            ("\u{1b}[2J <j\u{1b}@x>", "\u{fffd}[2J<j\u{fffd}@x>"),
            ("a\\", "<a>"),
        ];
        for (value, expected) in rows {
            let list = addresses(value.as_bytes()).into_iter().map(|address| {
                let part = |text: Option<String>| text.unwrap_or_default();
                format!("{}<{}>", part(address.name), part(address.email))
            });
            assert_eq!(list.collect::<Vec<_>>().join("|"), expected, "{value}");
        }
    }

    #[test]
    fn work_and_memory_of_a_list_are_bounded() {
        for piece in ["a,", "(", "\"", "((a)", "<", "<a@b", "a@", ":", ".", "@", "\\(", "a@b "] {
            let value = piece.repeat(100_000 / piece.len());
            assert!(addresses(value.as_bytes()).len() <= MOST, "{piece}");
            assert!(without_comments(value.as_bytes()).len() <= value.len());
        }
    }
}
