//! `Content-Type` and `Content-Disposition`: a value and its parameters (RFC 2045 section 5.1,
//! RFC 2183), with the continuations and charsets of RFC 2231.

use crate::message::{
    address::without_comments,
    words::{clean, decode, percent_encoded, unstructured},
};

/// The most parameters of one field.
const MOST: usize = 1000;

/// A field with parameters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters {
    /// The value before the first semicolon, in lower case.
    pub(crate) value: String,
    /// Names in lower case and values without quotes.
    list: Vec<(String, Vec<u8>)>,
}

impl Parameters {
    pub(super) fn parse(field: &[u8]) -> Self {
        let mut pieces = pieces(field);
        let first = without_comments(pieces.next().unwrap_or_default());
        let value = word(&first);
        let list = pieces.take(MOST).filter_map(|piece| {
            let equals = memchr::memchr(b'=', piece)?;
            let name = piece.get(..equals)?.trim_ascii().to_ascii_lowercase();
            Some((String::from_utf8(name).ok()?, unquoted(piece.get(equals + 1..)?.trim_ascii())))
        });
        Self { value, list: list.collect() }
    }

    /// A field that a server took apart: its values have no quotes.
    pub(crate) fn from_pairs(
        value: &[u8],
        pairs: impl Iterator<Item = (Vec<u8>, Vec<u8>)>,
    ) -> Self {
        let list = pairs.take(MOST).filter_map(|(name, value)| {
            Some((String::from_utf8(name.to_ascii_lowercase()).ok()?, value))
        });
        Self { value: word(value), list: list.collect() }
    }

    /// Adds a parameter.
    pub(super) fn push(&mut self, name: &str, value: &[u8]) {
        self.list.push((name.to_owned(), value.to_owned()));
    }

    /// The first parameters as texts, `most` at most, with their names.
    pub(super) fn texts(&self, most: usize) -> Vec<(String, String)> {
        let mut names: Vec<&str> = Vec::new();
        for (known, _) in &self.list {
            let name = known.split('*').next().unwrap_or_default();
            if names.len() < most && !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        names.into_iter().filter_map(|name| Some((name.into(), self.text(name)?))).collect()
    }

    /// A parameter as sent, without quotes.
    pub(super) fn raw(&self, name: &str) -> Option<&[u8]> {
        self.list.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }

    /// A parameter that is text, such as `filename`: decoded, on one line.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let text = self.extended(name).or_else(|| self.raw(name).map(unstructured));
        text.filter(|text| !text.is_empty())
    }

    /// A parameter in the form of RFC 2231: `name*`, `name*0`, `name*0*`, ...
    fn extended(&self, name: &str) -> Option<String> {
        let mut sections: Vec<(u32, bool, &[u8])> = Vec::new();
        for (known, value) in &self.list {
            let Some(rest) = known.strip_prefix(name).and_then(|rest| rest.strip_prefix('*'))
            else {
                continue;
            };
            let (number, is_encoded) = match rest.strip_suffix('*') {
                Some(number) => (number, true),
                None => (rest, rest.is_empty()),
            };
            let number = if number.is_empty() { Some(0) } else { number.parse().ok() };
            sections.extend(number.map(|number| (number, is_encoded, value.as_slice())));
        }
        sections.sort_by_key(|(number, ..)| *number);
        let (mut charset, mut bytes) = (None, Vec::new());
        for (place, (number, is_encoded, value)) in sections.iter().enumerate() {
            if usize::try_from(*number) != Ok(place) {
                break;
            }
            let mut value = *value;
            if place == 0 && *is_encoded {
                let mut parts = value.splitn(3, |byte| *byte == b'\'');
                if let (Some(label), Some(_), Some(text)) =
                    (parts.next(), parts.next(), parts.next())
                {
                    (charset, value) = (Some(label), text);
                }
            }
            if *is_encoded {
                bytes.extend(percent_encoded(value));
            } else {
                bytes.extend_from_slice(value);
            }
        }
        let charset = charset.filter(|label| !label.is_empty());
        // Some programs cut encoded words into sections.
        let text =
            if charset.is_some() { clean(&decode(&bytes, charset)) } else { unstructured(&bytes) };
        (!sections.is_empty()).then_some(text)
    }
}

/// A value that is a word: in lower case.
fn word(value: &[u8]) -> String {
    clean(&decode(value, None)).to_ascii_lowercase()
}

/// The pieces between semicolons that are not in quotes.
fn pieces(field: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(field);
    std::iter::from_fn(move || {
        let piece = rest?;
        let (mut is_quoted, mut at) = (false, 0);
        while let Some(byte) = piece.get(at) {
            match byte {
                b'"' => is_quoted = !is_quoted,
                b'\\' if is_quoted => at += 1,
                b';' if !is_quoted => {
                    rest = piece.get(at + 1..);
                    return piece.get(..at);
                }
                _ => {}
            }
            at += 1;
        }
        rest = None;
        Some(piece)
    })
}

/// A value without its quotes, and without a comment after them.
fn unquoted(value: &[u8]) -> Vec<u8> {
    let Some(quoted) = value.strip_prefix(b"\"") else {
        return value.to_vec();
    };
    let (mut text, mut rest) = (Vec::new(), quoted);
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'"', _) => break,
            // Paths of Windows are sent without a second backslash.
            (b'\\', [escaped @ (b'"' | b'\\'), after @ ..]) => {
                text.push(*escaped);
                rest = after;
            }
            _ => text.push(byte),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded() {
        let rows: [(&str, &str, Option<&str>); 22] = [
            ("text/plain; name=a.txt", "text/plain", Some("a.txt")),
            ("Text/PLAIN ; NAME = \"a b.txt\" ; x=y", "text/plain", Some("a b.txt")),
            ("text/plain; name=a b (1).txt; x", "text/plain", Some("a b (1).txt")),
            (
                "text/plain (a comment); name=\"a;\\\"b\\\".txt\" (c)",
                "text/plain",
                Some("a;\"b\".txt"),
            ),
            ("text/plain;\r\n\tname=\"a\r\n b.txt\"", "text/plain", Some("a b.txt")),
            ("text/plain; name=\"C:\\dir\\a.txt\"", "text/plain", Some("C:\\dir\\a.txt")),
            ("text/plain; name=\"open", "text/plain", Some("open")),
            ("text/plain; name=", "text/plain", None),
            ("text/plain; name", "text/plain", None),
            ("", "", None),
            (";name=a", "", Some("a")),
            // RFC 2231.
            ("x/y; name*=utf-8''J%C3%BCrgen", "x/y", Some("J\u{fc}rgen")),
            ("x/y; name*0=one; name*1=two", "x/y", Some("onetwo")),
            ("x/y; name*1*=%BC; name*0*=utf-8'de'J%C3", "x/y", Some("J\u{fc}")),
            ("x/y; name*0*=iso-8859-1'en'a%20; name*1=\"%20b\"; name*3=c", "x/y", Some("a %20b")),
            ("x/y; name*=a%20b", "x/y", Some("a b")),
            ("x/y; name=plain; name*=utf-8''better", "x/y", Some("better")),
            ("x/y; name*1=only", "x/y", None),
            ("x/y; name*x=a; name=b", "x/y", Some("b")),
            // RFC 2047, which is against the rule and what most programs send.
            ("x/y; name=\"=?utf-8?q?J=C3=BC?= =?utf-8?q?rgen?=\"", "x/y", Some("J\u{fc}rgen")),
            ("x/y; name*0=\"=?utf-8?B?SsO8\"; name*1=\"cmdlbg==?=\"", "x/y", Some("J\u{fc}rgen")),
            ("x/y; name*=utf-8''a%0D%0A%1Bb", "x/y", Some("a \u{fffd}b")),
        ];
        for (field, value, name) in rows {
            let found = Parameters::parse(field.as_bytes());
            assert_eq!(
                (found.value.as_str(), found.text("name").as_deref()),
                (value, name),
                "{field}"
            );
        }
        let found =
            Parameters::parse(b"text/plain; charset=us-ascii (plain text); boundary=\"a b\"");
        assert_eq!(found.raw("boundary"), Some(&b"a b"[..]));
        assert_eq!(found.texts(1), [("charset".into(), "us-ascii (plain text)".into())]);
    }

    #[test]
    fn all_parameters_are_told_once() {
        let found = Parameters::parse(b"x/y; a*1=2; a*0=1; b*=utf-8''%C3%BC; b=u; c*7=x; A=3; *=x");
        let texts = found.texts(9);
        let texts: Vec<_> = texts.iter().map(|(name, text)| format!("{name}={text}")).collect();
        assert_eq!(texts, ["a=12", "b=\u{fc}"]);
        let pairs = [(b"NAME*".to_vec(), b"utf-8''%C3%BC".to_vec()), (b"b".to_vec(), Vec::new())];
        let found = Parameters::from_pairs(b"Text/HTML ", pairs.into_iter());
        assert_eq!((found.value.as_str(), found.texts(9).len()), ("text/html", 1));
        assert_eq!(found.text("name").as_deref(), Some("\u{fc}"));
    }
}
