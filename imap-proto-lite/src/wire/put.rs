//! The tools of the encoders: values that can be written, and the buffer they are written to.
//!
//! A rule is a function from a value to something that implements [`Put`]. Texts, numbers, lists
//! and sets write themselves; a tuple writes its parts one after the other, `None` writes nothing,
//! and a closure decides for itself. So `("UID", SP, uids)` is `"UID" SP sequence-set`.

use alloc::{string::String, vec::Vec};

use bytes::Bytes;

use crate::wire::{
    ArgumentError, EncodeSession, Encoded, Fragment, IString, LiteralMode, is_astring_atom,
    string::is_quotable, write_number,
};

/// The space between two parts.
pub(crate) const SP: u8 = b' ';

/// The largest literal that LITERAL- sends without waiting (RFC 7888 section 5).
const MINUS_LIMIT: u64 = 4096;

/// The buffer of a command or a response, and what interrupts its bytes.
#[derive(Default)]
#[expect(unnameable_types, reason = "only the sealed kinds of items in a list are written to it")]
pub struct Out {
    pub(crate) bytes: Vec<u8>,
    /// Interruptions of the bytes, each with its place.
    breaks: Vec<(usize, Break)>,
    /// The session of a client; `None` for a server.
    session: Option<EncodeSession>,
    /// The first argument that cannot be sent.
    pub(crate) refused: Option<ArgumentError>,
}

enum Break {
    /// The client waits for `+`.
    Wait,
    /// The caller provides the next bytes.
    Streamed(u64),
    /// All bytes from here on are secret.
    Secret,
}

impl Out {
    /// An empty command, or a response if there is no session, with room for a short one.
    pub(crate) fn new(session: Option<EncodeSession>) -> Self {
        Self { bytes: Vec::with_capacity(64), breaks: Vec::new(), session, refused: None }
    }

    pub(crate) fn put(&mut self, value: impl Put) {
        value.put(self);
    }

    fn interrupt(&mut self, with: Break) {
        self.breaks.push((self.bytes.len(), with));
    }

    /// Whether quoted strings may hold UTF-8.
    pub(crate) fn utf8(&self) -> bool {
        self.session.is_some_and(|session| session.utf8)
    }

    /// The header of a literal. A client may have to wait after it.
    fn literal_header(&mut self, octets: u64) {
        let (end, waits) = match self.session.map(|session| session.literals) {
            None => ("}\r\n", false),
            Some(LiteralMode::Plus) => ("+}\r\n", false),
            Some(LiteralMode::Minus) if octets <= MINUS_LIMIT => ("+}\r\n", false),
            Some(LiteralMode::Sync | LiteralMode::Minus) => ("}\r\n", true),
        };
        self.put((b'{', octets, end));
        if waits {
            self.interrupt(Break::Wait);
        }
    }

    /// Where streamed bytes go.
    pub(crate) fn streamed_places(&self) -> impl Iterator<Item = usize> {
        self.breaks.iter().filter(|(_, one)| matches!(one, Break::Streamed(_))).map(|(at, _)| *at)
    }

    /// The bytes, cut where something interrupts them.
    pub(crate) fn finish(self) -> Encoded {
        let mut fragments = Vec::new();
        let mut left = Bytes::from(self.bytes);
        let mut sensitive = false;
        let mut start = 0;
        for (place, one) in self.breaks {
            let octets = left.split_to(place - start);
            start = place;
            if !octets.is_empty() {
                fragments.push(Fragment::Octets { octets, sensitive });
            }
            match one {
                Break::Wait => fragments.push(Fragment::Continuation),
                Break::Streamed(octets) => fragments.push(Fragment::Streamed { octets }),
                Break::Secret => sensitive = true,
            }
        }
        if !left.is_empty() {
            fragments.push(Fragment::Octets { octets: left, sensitive });
        }
        Encoded { fragments }
    }
}

/// Something that can be written.
pub(crate) trait Put {
    fn put(self, out: &mut Out);
}

impl<F: FnOnce(&mut Out)> Put for F {
    fn put(self, out: &mut Out) {
        self(out);
    }
}

/// A byte.
impl Put for u8 {
    fn put(self, out: &mut Out) {
        out.bytes.push(self);
    }
}

impl Put for &[u8] {
    fn put(self, out: &mut Out) {
        out.bytes.extend_from_slice(self);
    }
}

impl Put for &str {
    fn put(self, out: &mut Out) {
        out.put(self.as_bytes());
    }
}

impl Put for String {
    fn put(self, out: &mut Out) {
        out.put(self.as_bytes());
    }
}

impl Put for u64 {
    fn put(self, out: &mut Out) {
        write_number(self, &mut out.bytes);
    }
}

impl Put for u32 {
    fn put(self, out: &mut Out) {
        out.put(u64::from(self));
    }
}

impl<T: Put> Put for Option<T> {
    fn put(self, out: &mut Out) {
        if let Some(value) = self {
            out.put(value);
        }
    }
}

macro_rules! tuples {
    ($(($($part:ident)+))+) => {$(
        impl<$($part: Put),+> Put for ($($part,)+) {
            fn put(self, out: &mut Out) {
                #[expect(non_snake_case, reason = "a part is named as its type")]
                let ($($part,)+) = self;
                $(out.put($part);)+
            }
        }
    )+};
}
tuples! { (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) }

/// `*(item)`
pub(crate) fn many(items: impl IntoIterator<Item: Put>) -> impl Put {
    move |out: &mut Out| items.into_iter().for_each(|item| out.put(item))
}

/// `item *(SP item)`, or nothing
pub(crate) fn spaced(items: impl IntoIterator<Item: Put>) -> impl Put {
    joined(SP, items)
}

/// `item *(separator item)`, or nothing
pub(crate) fn joined(separator: u8, items: impl IntoIterator<Item: Put>) -> impl Put {
    move |out: &mut Out| {
        for (place, item) in items.into_iter().enumerate() {
            if place > 0 {
                out.put(separator);
            }
            out.put(item);
        }
    }
}

/// `"(" inside ")"`
pub(crate) fn parens(inside: impl Put) -> impl Put {
    (b'(', inside, b')')
}

/// `SP "(" option *(SP option) ")"`, or nothing if no option is chosen. Each of the options writes
/// the space before it; the first of these becomes the parenthesis.
pub(crate) fn options(chosen: impl Put) -> impl Put {
    move |out: &mut Out| {
        let start = out.bytes.len();
        out.put((SP, chosen));
        match out.bytes.get_mut(start + 1) {
            Some(first) => {
                *first = b'(';
                out.put(b')');
            }
            None => out.bytes.truncate(start),
        }
    }
}

/// `value / nil`
pub(crate) fn nil_or(value: Option<impl Put>) -> impl Put {
    move |out: &mut Out| match value {
        Some(value) => out.put(value),
        None => out.put("NIL"),
    }
}

/// ```abnf
/// quoted          = DQUOTE *QUOTED-CHAR DQUOTE
/// ```
/// The value has to be free of CR, LF and NUL.
pub(crate) fn quoted(value: &[u8]) -> impl Put {
    move |out: &mut Out| {
        out.put(b'"');
        for octet in value {
            if matches!(octet, b'"' | b'\\') {
                out.put(b'\\');
            }
            out.put(*octet);
        }
        out.put(b'"');
    }
}

/// ```abnf
/// literal         = "{" number64 ["+"] "}" CRLF *CHAR8
/// ```
pub(crate) fn literal(value: &[u8]) -> impl Put {
    move |out: &mut Out| {
        out.literal_header(value.len() as u64);
        out.put(value);
    }
}

/// A literal whose bytes the caller provides.
pub(crate) fn streamed(octets: u64) -> impl Put {
    move |out: &mut Out| {
        out.literal_header(octets);
        out.interrupt(Break::Streamed(octets));
    }
}

/// ```abnf
/// string          = quoted / literal
/// ```
/// Quoted where this session allows it. A client must not have CR, LF or NUL in the value.
pub(crate) fn string<'a>(value: impl Into<IString<'a>>) -> impl Put {
    let value = value.into();
    move |out: &mut Out| {
        let value = value.to_cow();
        let is_text = |text: &str| !text.chars().any(char::is_control);
        let utf8 = out.utf8() && core::str::from_utf8(&value).is_ok_and(is_text);
        if utf8 || is_quotable(&value) { out.put(quoted(&value)) } else { out.put(literal(&value)) }
    }
}

/// ```abnf
/// nstring         = string / nil
/// ```
pub(crate) fn nstring<'a>(value: Option<impl Into<IString<'a>>>) -> impl Put {
    nil_or(value.map(string))
}

/// ```abnf
/// astring         = 1*ASTRING-CHAR / string
/// ```
pub(crate) fn astring<'a>(value: impl Into<IString<'a>>) -> impl Put {
    let value = value.into();
    move |out: &mut Out| {
        let value = value.to_cow();
        if is_astring_atom(&value) && !value.eq_ignore_ascii_case(b"NIL") {
            out.put(&*value);
        } else {
            out.put(string(&*value));
        }
    }
}

/// Marks everything from here on as secret.
pub(crate) fn secret(out: &mut Out) {
    out.interrupt(Break::Secret);
}

/// Writes nothing, but refuses the command unless the argument is right.
pub(crate) fn check(is_right: bool, argument: &'static str, reason: &'static str) -> impl Put {
    move |out: &mut Out| {
        if !is_right {
            out.refused.get_or_insert_with(|| ArgumentError::new(argument, reason));
        }
    }
}
