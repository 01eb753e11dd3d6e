//! Bytes as text, for transcripts and for what tests show.

use std::fmt::Write as _;

/// The bytes in quotes, escaped as in Rust.
#[must_use]
pub fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for byte in bytes {
        match byte {
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(*byte)),
            _ => write!(text, "\\x{byte:02x}").unwrap(),
        }
    }
    text + "\""
}

/// The bytes of a text that [`quoted`] could have written.
///
/// # Panics
/// The text is not in quotes, or has another escape.
#[must_use]
pub fn unquote(text: &str) -> Vec<u8> {
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap();
    let mut bytes = Vec::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        match characters.next().unwrap() {
            'r' => bytes.push(b'\r'),
            'n' => bytes.push(b'\n'),
            't' => bytes.push(b'\t'),
            '0' => bytes.push(0),
            '\\' => bytes.push(b'\\'),
            'x' => {
                let hex: String = characters.by_ref().take(2).collect();
                bytes.push(u8::from_str_radix(&hex, 16).unwrap());
            }
            other => panic!("escape {other}"),
        }
    }
    bytes
}

/// The bytes of a line of the wire, in which `<0xFF>` is one byte.
///
/// # Panics
/// `<0x` is not followed by two hexadecimal digits and `>`.
#[must_use]
pub fn unescape(line: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = line;
    while let Some(start) = rest.find("<0x") {
        bytes.extend_from_slice(&rest.as_bytes()[..start]);
        bytes.push(u8::from_str_radix(&rest[start + 3..start + 5], 16).unwrap());
        rest = rest[start + 5..].strip_prefix('>').unwrap();
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}
