//! A message on its way to the client: whole for RETR, cut for TOP.

use bytes::BytesMut;
use memchr::memchr;

use crate::encode::DotEncoder;

/// Encodes a message and, for TOP, stops where it has to.
#[derive(Debug)]
pub(super) struct Writer {
    encoder: DotEncoder,
    top: Option<Top>,
}

/// Counts the lines of a body: [RFC 1939 section 7](https://www.rfc-editor.org/rfc/rfc1939#section-7), TOP.
#[derive(Debug)]
struct Top {
    lines: u32,
    header: bool,
    /// So many octets stand in this line so far, and they are none or one CR.
    blank: Option<usize>,
}

impl Writer {
    /// `lines` of the body for TOP, `None` for RETR.
    pub(super) fn new(lines: Option<u32>) -> Self {
        Self {
            encoder: DotEncoder::new(),
            top: lines.map(|lines| Top { lines, header: true, blank: Some(0) }),
        }
    }

    pub(super) fn write(&mut self, message: &[u8], out: &mut BytesMut) {
        let wanted = self.top.as_mut().map_or(message.len(), |top| top.take(message));
        self.encoder.encode(message.get(..wanted).unwrap_or(message), out);
    }

    pub(super) fn is_full(&self) -> bool {
        self.top.as_ref().is_some_and(Top::is_full)
    }

    /// Gives the octets that the client has, stuffing not counted.
    pub(super) fn finish(mut self, out: &mut BytesMut) -> u64 {
        self.encoder.finish(out);
        self.encoder.octets()
    }
}

impl Top {
    const fn is_full(&self) -> bool {
        !self.header && self.lines == 0
    }

    /// How many of these octets are wanted.
    fn take(&mut self, message: &[u8]) -> usize {
        let mut taken = 0;
        while !self.is_full() {
            let rest = message.get(taken..).unwrap_or_default();
            let Some(end) = memchr(b'\n', rest) else {
                self.see(rest);
                return message.len();
            };
            self.see(rest.get(..end).unwrap_or_default());
            taken += end + 1;
            if self.header {
                self.header = self.blank.is_none();
            } else {
                self.lines -= 1;
            }
            self.blank = Some(0);
        }
        taken
    }

    /// More of the line that is being read.
    fn see(&mut self, octets: &[u8]) {
        self.blank = match (self.blank, octets) {
            (blank, []) => blank,
            (Some(0), [b'\r']) => Some(1),
            _ => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn top(message: &[u8], lines: u32, piece: usize) -> BytesMut {
        let mut writer = Writer::new(Some(lines));
        let mut out = BytesMut::new();
        for piece in message.chunks(piece) {
            writer.write(piece, &mut out);
        }
        writer.finish(&mut out);
        out
    }

    #[test]
    fn top_counts_lines_of_the_body() {
        let message = b"A: 1\r\nB: 2\r\n\r\none\r\n.two\r\n\r\nfour";
        for (lines, expected) in [
            (0, &b"A: 1\r\nB: 2\r\n\r\n.\r\n"[..]),
            (1, b"A: 1\r\nB: 2\r\n\r\none\r\n.\r\n"),
            (2, b"A: 1\r\nB: 2\r\n\r\none\r\n..two\r\n.\r\n"),
            (3, b"A: 1\r\nB: 2\r\n\r\none\r\n..two\r\n\r\n.\r\n"),
            (4, b"A: 1\r\nB: 2\r\n\r\none\r\n..two\r\n\r\nfour\r\n.\r\n"),
            (u32::MAX, b"A: 1\r\nB: 2\r\n\r\none\r\n..two\r\n\r\nfour\r\n.\r\n"),
        ] {
            for piece in 1..=message.len() {
                assert_eq!(
                    top(message, lines, piece),
                    expected,
                    "TOP {lines} in pieces of {piece}"
                );
            }
        }
        // A header without a body, with and without its empty line; bare LF; an empty message.
        assert_eq!(top(b"A: 1\r\n", 0, 9), &b"A: 1\r\n.\r\n"[..]);
        assert_eq!(top(b"A: 1\r\n\r\n", 5, 9), &b"A: 1\r\n\r\n.\r\n"[..]);
        assert_eq!(top(b"A: 1\n\none\ntwo\n", 1, 2), &b"A: 1\r\n\r\none\r\n.\r\n"[..]);
        assert_eq!(top(b"", 3, 1), &b".\r\n"[..]);
        // A line of one CR is not empty, wherever it is cut.
        for piece in 1..5 {
            assert_eq!(
                top(b"\r\r\nA: 1\r\n\r\nbody\r\n", 0, piece),
                &b"\r\r\nA: 1\r\n\r\n.\r\n"[..]
            );
        }
        assert_eq!(top(b"\r\nbody\r\nmore\r\n", 1, 1), &b"\r\nbody\r\n.\r\n"[..]);
    }
}
