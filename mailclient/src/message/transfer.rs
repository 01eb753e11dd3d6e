//! [`Content`]: the bytes of a part, decoded piece by piece (RFC 2045 section 6).

use base64::Engine;
use bytes::{Buf, Bytes};

use crate::message::words::{BASE64, is_base64, quoted_printable};

/// The most bytes that are decoded at a time.
const PIECE: usize = 64 * 1024;

/// The bytes of a part without its transfer encoding, in chunks of at most 64 KiB. It shares the
/// bytes of the message and holds no other copy of them.
#[derive(Clone, Debug)]
pub struct Content {
    /// The bytes that are not decoded yet.
    encoded: Bytes,
    encoding: Encoding,
    /// Digits of base64 that make no group of four yet.
    digits: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Identity,
    Base64,
    QuotedPrintable,
}

impl Content {
    /// The content of a body in a transfer encoding, in lower case. The bytes of an unknown one
    /// stay as they are.
    pub(super) fn new(encoded: Bytes, encoding: &str) -> Self {
        let encoding = match encoding {
            "base64" => Encoding::Base64,
            "quoted-printable" => Encoding::QuotedPrintable,
            _ => Encoding::Identity,
        };
        Self { encoded, encoding, digits: Vec::new() }
    }

    /// All bytes that were not iterated yet, in one piece.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        self.fold(Vec::new(), |mut all, chunk| {
            all.extend_from_slice(&chunk);
            all
        })
    }

    /// Padding ends the content: some programs add lines of text after it.
    fn base64(&mut self, piece: &Bytes) -> Bytes {
        let end = memchr::memchr(b'=', piece);
        self.digits
            .extend(piece.iter().take(end.unwrap_or(piece.len())).filter(|byte| is_base64(byte)));
        let mut whole = self.digits.len() - self.digits.len() % 4;
        if end.is_some() || self.encoded.is_empty() {
            self.encoded.clear();
            // One digit too many has no meaning.
            whole = self.digits.len() - usize::from(self.digits.len() % 4 == 1);
        }
        // Digits only: they can always be decoded.
        let decoded = BASE64.decode(self.digits.get(..whole).unwrap_or_default());
        self.digits.drain(..whole);
        decoded.unwrap_or_default().into()
    }
}

impl Iterator for Content {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        while self.encoded.has_remaining() {
            let mut length = self.encoded.len().min(PIECE);
            if self.encoding == Encoding::QuotedPrintable && length < self.encoded.len() {
                // Not inside of an escape: at the end of a line, or before a `=` near the end.
                let piece = self.encoded.get(..length).unwrap_or_default();
                let near = piece.get(length - 2..).and_then(|end| memchr::memchr(b'=', end));
                let escape = near.map(|at| length - 2 + at);
                length =
                    memchr::memrchr(b'\n', piece).map(|at| at + 1).or(escape).unwrap_or(length);
            }
            let piece = self.encoded.split_to(length);
            let decoded = match self.encoding {
                Encoding::Identity => piece,
                Encoding::Base64 => self.base64(&piece),
                Encoding::QuotedPrintable => quoted_printable(&piece, false).into(),
            };
            if !decoded.is_empty() {
                return Some(decoded);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &[u8], encoding: &str) -> Vec<u8> {
        Content::new(Bytes::copy_from_slice(text), encoding).into_vec()
    }

    #[test]
    fn content_is_decoded() {
        let rows: [(&[u8], &str, &[u8]); 14] = [
            (b"a=3D\r\n", "7bit", b"a=3D\r\n"),
            (b"a=3D\r\n", "x-unknown", b"a=3D\r\n"),
            (b"a=3D=\r\nb\r\n", "quoted-printable", b"a=b\r\n"),
            (b"QUJD\r\nREVG\r\n", "base64", b"ABCDEF"),
            (b"QUJDRA==\r\n", "base64", b"ABCD"),
            (b"QUJDRA=", "base64", b"ABCD"),
            (b"QUJDRA", "base64", b"ABCD"),
            (b"QUJDRB==", "base64", b"ABCD"),
            (b"Q U\tJ*D-\r\n", "base64", b"ABC"),
            (b"QUJDR", "base64", b"ABC"),
            (b"QUJDRA==\r\n-- \r\nthe list's footer\r\n", "base64", b"ABCD"),
            (b"====", "base64", b""),
            (b"Q", "base64", b""),
            (b"", "base64", b""),
        ];
        for (text, encoding, expected) in rows {
            assert_eq!(decoded(text, encoding), expected, "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn chunks_are_small_and_make_the_whole() {
        let bytes: Vec<u8> = (0..300_000_u32).map(|number| (number % 251) as u8).collect();
        let digits = base64::engine::general_purpose::STANDARD.encode(&bytes);
        let lines: Vec<&[u8]> = digits.as_bytes().chunks(76).collect();
        let escaped: String = bytes.iter().map(|byte| format!("={byte:02X}")).collect();
        for (text, encoding) in
            [(lines.join(&b"\r\n"[..]), "base64"), (escaped.into_bytes(), "quoted-printable")]
        {
            for cut in 0..3 {
                let text = [&vec![b' '; cut][..], &text].concat();
                let content = Content::new(text.into(), encoding);
                assert!(content.clone().all(|chunk| !chunk.is_empty() && chunk.len() <= PIECE));
                let all = content.into_vec();
                assert!(all.ends_with(&bytes), "{encoding} {cut}");
                assert!(all.len() <= bytes.len() + cut);
            }
        }
    }
}
