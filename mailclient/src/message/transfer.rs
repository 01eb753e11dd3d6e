//! [`Content`]: the bytes of a part, decoded piece by piece (RFC 2045 section 6).

use base64::Engine;
use bytes::Bytes;

use crate::message::words::{BASE64, BLANKS, is_base64, is_open_escape, quoted_printable};

/// The most bytes that are decoded at a time. With those that are held back they make 64 KiB.
const PIECE: usize = 63 * 1024;

const _: () = assert!(PIECE + BLANKS + 2 <= 64 * 1024);

/// The bytes of a part without its transfer encoding, in chunks of at most 64 KiB. It shares the
/// bytes of the message and holds no other copy of them.
#[derive(Clone, Debug)]
pub struct Content {
    /// The bytes that are not decoded yet.
    encoded: Bytes,
    decoder: Decoder,
}

/// A transfer encoding, as far as it changes the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Identity,
    Base64,
    QuotedPrintable,
}

impl Encoding {
    /// An encoding by its name in lower case. The bytes of an unknown one stay as they are.
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "base64" => Self::Base64,
            "quoted-printable" => Self::QuotedPrintable,
            _ => Self::Identity,
        }
    }
}

/// Undoes a transfer encoding piece by piece. The bytes are the same however they are cut.
#[derive(Clone, Debug)]
pub(crate) struct Decoder {
    encoding: Encoding,
    /// Digits of base64 that make no group of four yet, or what may be the beginning of an escape.
    held: Vec<u8>,
    /// The padding of base64 came.
    is_over: bool,
}

impl Default for Decoder {
    /// The bytes stay as they are.
    fn default() -> Self {
        Self::new(Encoding::Identity)
    }
}

impl Decoder {
    pub(crate) const fn new(encoding: Encoding) -> Self {
        Self { encoding, held: Vec::new(), is_over: false }
    }

    /// Whether the bytes stay as they are.
    pub(crate) fn is_identity(&self) -> bool {
        self.encoding == Encoding::Identity
    }

    /// The longest piece that it decodes at a time, in bytes.
    pub(crate) fn most(&self) -> usize {
        if self.is_identity() { usize::MAX } else { PIECE }
    }

    /// Decodes the next piece.
    pub(crate) fn push(&mut self, piece: Bytes) -> Bytes {
        match self.encoding {
            Encoding::Identity => piece,
            Encoding::Base64 => self.base64(&piece),
            Encoding::QuotedPrintable => self.quoted_printable(piece),
        }
    }

    /// What was held back, at the end.
    pub(crate) fn finish(&mut self) -> Bytes {
        let held = std::mem::take(&mut self.held);
        match self.encoding {
            Encoding::Identity => Bytes::new(),
            Encoding::Base64 => decode_last(&held),
            Encoding::QuotedPrintable => quoted_printable(&held, false).into(),
        }
    }

    /// Padding ends the content: some programs add lines of text after it.
    fn base64(&mut self, piece: &[u8]) -> Bytes {
        if self.is_over {
            return Bytes::new();
        }
        let end = memchr::memchr(b'=', piece);
        let digits = piece.iter().take(end.unwrap_or(piece.len()));
        self.held.extend(digits.filter(|byte| is_base64(byte)));
        if end.is_some() {
            self.is_over = true;
            return self.finish();
        }
        let whole = self.held.len() - self.held.len() % 4;
        // Digits only: they can always be decoded.
        let decoded = BASE64.decode(self.held.get(..whole).unwrap_or_default());
        self.held.drain(..whole);
        decoded.unwrap_or_default().into()
    }

    fn quoted_printable(&mut self, piece: Bytes) -> Bytes {
        let mut text = piece;
        if !self.held.is_empty() {
            self.held.extend_from_slice(&text);
            text = std::mem::take(&mut self.held).into();
        }
        // An earlier `=` is followed by this one, so it can be judged.
        let last = memchr::memrchr(b'=', &text);
        if let Some(last) = last
            && is_open_escape(text.get(last + 1..).unwrap_or_default())
        {
            self.held = text.split_off(last).into();
        }
        quoted_printable(&text, false).into()
    }
}

/// Decodes the last digits. One too many has no meaning.
fn decode_last(digits: &[u8]) -> Bytes {
    let whole = digits.len() - usize::from(digits.len() % 4 == 1);
    BASE64.decode(digits.get(..whole).unwrap_or_default()).unwrap_or_default().into()
}

impl Content {
    /// The content of a body in a transfer encoding, in lower case. The bytes of an unknown one
    /// stay as they are.
    pub(super) fn new(encoded: Bytes, encoding: &str) -> Self {
        Self { encoded, decoder: Decoder::new(Encoding::named(encoding)) }
    }

    /// All bytes that were not iterated yet, in one piece.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        self.fold(Vec::new(), |mut all, chunk| {
            all.extend_from_slice(&chunk);
            all
        })
    }
}

impl Iterator for Content {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        while !self.encoded.is_empty() && !self.decoder.is_over {
            let piece = self.encoded.split_to(self.encoded.len().min(PIECE));
            let decoded = self.decoder.push(piece);
            if !decoded.is_empty() {
                return Some(decoded);
            }
        }
        Some(self.decoder.finish()).filter(|rest| !rest.is_empty())
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
                assert!(content.clone().all(|chunk| !chunk.is_empty() && chunk.len() <= 64 << 10));
                let all = content.into_vec();
                assert!(all.ends_with(&bytes), "{encoding} {cut}");
                assert!(all.len() <= bytes.len() + cut);
            }
        }
    }

    #[test]
    fn every_cut_gives_the_same_bytes() {
        let blanks = |count: usize| format!("a={}\nb", " ".repeat(count)).into_bytes();
        let texts: [(Vec<u8>, &str); 10] = [
            (b"QUJD\r\nREVG\r\nRw==\r\nafter".to_vec(), "base64"),
            (b"QUJDR".to_vec(), "base64"),
            (b"QUJDRA".to_vec(), "base64"),
            (b"a=3D=\r\nb=C3=BC=  \t\r\nc\r\n".to_vec(), "quoted-printable"),
            (b"==3D=3=4G= x=\r=\r\n=".to_vec(), "quoted-printable"),
            (b"a=4".to_vec(), "quoted-printable"),
            (b"a= \t\r".to_vec(), "quoted-printable"),
            (blanks(BLANKS), "quoted-printable"),
            (blanks(BLANKS + 1), "quoted-printable"),
            (b"=3D=\n".to_vec(), "8bit"),
        ];
        for (text, name) in texts {
            let whole = decoded(&text, name);
            let join = |sizes: &mut dyn Iterator<Item = usize>| {
                let mut decoder = Decoder::new(Encoding::named(name));
                let (mut rest, mut all) = (Bytes::from(text.clone()), Vec::new());
                for size in sizes {
                    let piece = rest.split_to(size.min(rest.len()));
                    let longest = piece.len() + BLANKS + 2;
                    let chunk = decoder.push(piece);
                    assert!(chunk.len() <= longest);
                    all.extend_from_slice(&chunk);
                }
                all.extend_from_slice(&decoder.push(rest));
                all.extend_from_slice(&decoder.finish());
                all
            };
            for cut in 0..=text.len() {
                assert_eq!(join(&mut [cut].into_iter()), whole, "{name}, cut at {cut}");
            }
            assert_eq!(
                join(&mut std::iter::repeat_n(1, text.len())),
                whole,
                "{name}, byte by byte"
            );
        }
        assert_eq!(decoded(&blanks(BLANKS), "quoted-printable"), b"ab");
        assert_eq!(decoded(b"a= \t\r", "quoted-printable"), b"a= \t\r");
    }
}
