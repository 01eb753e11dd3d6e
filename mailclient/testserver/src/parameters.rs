//! The values of Content-Type and Content-Disposition, raw, for BODYSTRUCTURE: nothing is decoded
//! and no continuation is joined ([RFC 2045 section
//! 5.1](https://www.rfc-editor.org/rfc/rfc2045#section-5.1)).

/// A value with parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parameterized {
    /// The text before the first semicolon.
    pub(super) value: Vec<u8>,
    pub(super) parameters: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Parameterized {
    /// Reads an unfolded value.
    pub(super) fn of(text: &[u8]) -> Self {
        let mut pieces = split(text).into_iter();
        let value = pieces.next().unwrap_or_default();
        let parameters = pieces.filter_map(|piece| {
            let equals = piece.iter().position(|&octet| octet == b'=')?;
            let (name, value) = (piece.get(..equals)?, piece.get(equals + 1..)?);
            Some((name.trim_ascii().to_vec(), unquote(value.trim_ascii())))
        });
        Self { value: value.trim_ascii().to_vec(), parameters: parameters.collect() }
    }

    /// Type and subtype.
    pub(super) fn halves(&self) -> Option<(&[u8], &[u8])> {
        let slash = self.value.iter().position(|&octet| octet == b'/')?;
        let halves =
            (self.value.get(..slash)?.trim_ascii(), self.value.get(slash + 1..)?.trim_ascii());
        (!halves.0.is_empty() && !halves.1.is_empty()).then_some(halves)
    }
}

/// Splits at semicolons outside quotes and removes comments.
fn split(text: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces = vec![Vec::new()];
    let (mut quoted, mut escaped, mut depth) = (false, false, 0_usize);
    for &octet in text {
        let plain = !escaped && !quoted;
        match octet {
            b'(' if plain => depth += 1,
            b')' if plain && depth > 0 => depth -= 1,
            b';' if plain && depth == 0 => pieces.push(Vec::new()),
            _ if depth > 0 => {}
            _ => {
                if octet == b'"' && !escaped {
                    quoted = !quoted;
                }
                if let Some(piece) = pieces.last_mut() {
                    piece.push(octet);
                }
            }
        }
        escaped = octet == b'\\' && !escaped && (quoted || depth > 0);
    }
    pieces
}

fn unquote(value: &[u8]) -> Vec<u8> {
    let Some(inside) = value.strip_prefix(b"\"") else {
        return value.to_vec();
    };
    let inside = inside.strip_suffix(b"\"").unwrap_or(inside);
    let mut text = Vec::with_capacity(inside.len());
    let mut octets = inside.iter();
    while let Some(&octet) = octets.next() {
        match octet {
            b'\\' => text.extend(octets.next()),
            _ => text.push(octet),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let Parameterized { value, parameters } = Parameterized::of(text.as_bytes());
        let mut shown = String::from_utf8(value).unwrap();
        for (name, value) in parameters {
            shown += &format!(
                "|{}={}",
                String::from_utf8(name).unwrap(),
                String::from_utf8(value).unwrap()
            );
        }
        shown
    }

    #[test]
    fn values_and_parameters() {
        for (text, expected) in [
            ("text/plain", "text/plain"),
            ("text/plain; charset=utf-8; format=flowed", "text/plain|charset=utf-8|format=flowed"),
            ("a/b; name=\"x; \\\"y\\\".txt\"", "a/b|name=x; \"y\".txt"),
            ("a/b (comment; x=y) ; c = d (e)", "a/b|c=d"),
            (
                "attachment; filename*0*=utf-8''S%C3; filename*1=aule",
                "attachment|filename*0*=utf-8''S%C3|filename*1=aule",
            ),
            ("a/b; ;nothing;x=", "a/b|x="),
            ("", ""),
            ("a/b; c=\"open", "a/b|c=open"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn halves_of_a_type() {
        assert_eq!(
            Parameterized::of(b"Text / HTML ; x=y").halves(),
            Some((&b"Text"[..], &b"HTML"[..]))
        );
        for text in [&b"text"[..], b"/x", b"x/", b""] {
            assert_eq!(Parameterized::of(text).halves(), None);
        }
    }
}
