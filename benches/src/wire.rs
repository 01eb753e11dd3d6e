//! The output of a server: strings in their three forms, and the vocabulary of the generated mail.

use std::fmt::Arguments;

use crate::rng::{BASE64, Rng};

/// First names.
pub const FIRST_NAMES: &[&str] = &[
    "Ada", "Bruno", "Chiara", "Dmitri", "Esther", "Farid", "Greta", "Hugo", "Ilse", "Jorge",
    "Kemal", "Lena", "Marcel", "Nadia", "Oskar", "Paula", "Rahel", "Stefan", "Tuulia", "Urs",
    "Viktor", "Wanda", "Yara", "Zeno",
];
/// Family names.
pub const FAMILY_NAMES: &[&str] = &[
    "Amsler", "Bianchi", "Castro", "Deller", "Ekholm", "Favre", "Gomez", "Hofer", "Imhof",
    "Jansen", "Keller", "Lindt", "Meier", "Novak", "Olsen", "Perez", "Rinaldi", "Schmid", "Tobler",
    "Ulrich", "Vogel", "Widmer", "Yilmaz", "Zbinden",
];
/// Domains, reserved ones.
pub const DOMAINS: &[&str] = &[
    "example.com",
    "tenant.onmicrosoft.example",
    "mail.example.org",
    "shop.example.net",
    "lists.example.edu",
    "alerts.monitoring.example",
];
/// The words of subjects.
pub const WORDS: &[&str] = &[
    "offer", "invoice", "monthly", "figures", "project", "news", "Re:", "Fwd:", "budget",
    "release", "minutes", "plan", "journey", "contract", "sketch", "last", "version", "review",
    "please", "reply", "needed", "weekly", "state", "client", "order", "delivery", "and", "for",
    "the", "our", "group", "2026", "Q4", "access", "warning", "letter", "hello", "reminder",
    "agenda", "question", "of", "an",
];
/// Months, as dates name them.
pub const MONTHS: &[&str] =
    &["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// Days of the week. They need not fit the date.
pub const DAYS: &[&str] = &["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// Offsets from UTC.
pub const ZONES: &[&str] = &["+0000", "+0100", "+0200", "-0700", "+0530", "-0330"];

/// Bytes for a client.
#[derive(Clone, Debug, Default)]
pub struct Wire {
    octets: Vec<u8>,
}

impl Wire {
    /// An empty buffer.
    #[must_use]
    pub const fn new() -> Self {
        Self { octets: Vec::new() }
    }

    /// The bytes.
    #[must_use]
    pub fn into_octets(self) -> Vec<u8> {
        self.octets
    }

    /// The number of bytes.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.octets.len()
    }

    /// Whether it is empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// Raw bytes.
    pub fn raw(&mut self, octets: &[u8]) -> &mut Self {
        self.octets.extend_from_slice(octets);
        self
    }

    /// Raw text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.raw(text.as_bytes())
    }

    /// Formatted text.
    pub fn print(&mut self, arguments: Arguments<'_>) -> &mut Self {
        if let Some(text) = arguments.as_str() {
            return self.text(text);
        }
        let text = arguments.to_string();
        self.text(&text)
    }

    /// A quoted string.
    pub fn quoted(&mut self, value: &str) -> &mut Self {
        self.octets.push(b'"');
        for octet in value.bytes() {
            if matches!(octet, b'"' | b'\\') {
                self.octets.push(b'\\');
            }
            self.octets.push(octet);
        }
        self.octets.push(b'"');
        self
    }

    /// A literal.
    pub fn literal(&mut self, value: &[u8]) -> &mut Self {
        self.print(format_args!("{{{}}}\r\n", value.len())).raw(value)
    }

    /// A parenthesized list of names and values; NIL if it is empty.
    pub fn pairs(&mut self, pairs: &[(&str, &str)]) -> &mut Self {
        if pairs.is_empty() {
            return self.text("NIL");
        }
        for (place, (name, value)) in pairs.iter().enumerate() {
            self.text(if place == 0 { "(" } else { " " }).quoted(name).text(" ").quoted(value);
        }
        self.text(")")
    }
}

/// An encoded word of RFC 2047 with `characters` characters of base64.
pub fn encoded_word(rng: &mut Rng, characters: u64) -> String {
    format!("=?utf-8?B?{}?=", rng.string(BASE64, characters))
}

/// `count` words.
pub fn words(rng: &mut Rng, count: u64) -> String {
    let mut text = String::new();
    for place in 0..count {
        if place > 0 {
            text.push(' ');
        }
        text.push_str(rng.pick(WORDS));
    }
    text
}
