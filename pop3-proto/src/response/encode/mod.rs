//! Responses on the wire: status lines, and messages, byte-stuffed.

use bytes::{BufMut as _, BytesMut};
use memchr::{memchr, memchr_iter, memchr2};

use crate::{event::Status, response::ResponseCode};

/// Appends a status line. Characters that would end the code or the line are dropped or replaced.
pub(crate) fn status_line(
    out: &mut BytesMut,
    status: Status,
    code: Option<&ResponseCode>,
    text: &str,
) {
    out.put_slice(if status.is_ok() { b"+OK" } else { b"-ERR" });
    if let Some(code) = code {
        out.put_slice(b" [");
        let is_harmless = |octet: &u8| octet.is_ascii_graphic() && *octet != b']';
        out.extend(code.as_bytes().iter().copied().filter(is_harmless));
        out.put_u8(b']');
    }
    if !text.is_empty() {
        out.put_u8(b' ');
        self::text(out, text);
    }
    out.put_slice(b"\r\n");
}

/// Appends text that a peer shall read as one line: control characters are replaced.
pub(crate) fn text(out: &mut BytesMut, text: &str) {
    if memchr2(b'\r', b'\n', text.as_bytes()).is_none() && !text.contains(char::is_control) {
        out.put_slice(text.as_bytes());
        return;
    }
    let mut buffer = [0; 4];
    for character in text.chars() {
        let shown = if character.is_control() { '?' } else { character };
        out.put_slice(shown.encode_utf8(&mut buffer).as_bytes());
    }
}

/// Stuffs dots and makes each line end CRLF:
/// [RFC 1939 section 3](https://www.rfc-editor.org/rfc/rfc1939#section-3).
///
/// Takes a message in pieces that may be cut anywhere. A bare LF becomes CRLF; a bare CR stays,
/// because it is data.
#[derive(Clone, Debug)]
pub struct DotEncoder {
    line_start: bool,
    after_cr: bool,
    octets: u64,
}

impl Default for DotEncoder {
    fn default() -> Self {
        Self::new()
    }
}

impl DotEncoder {
    /// An encoder at the beginning of a message: its first byte is the first of a line.
    #[must_use]
    pub const fn new() -> Self {
        Self { line_start: true, after_cr: false, octets: 0 }
    }

    /// Bytes so far, as a reader gets them: line ends as CRLF, stuffing not counted.
    pub const fn octets(&self) -> u64 {
        self.octets
    }

    /// Appends the wire form of more of the message.
    pub fn encode(&mut self, message: &[u8], out: &mut BytesMut) {
        let Some(last) = message.last() else {
            return;
        };
        out.reserve(message.len());
        if self.line_start && message.first() == Some(&b'.') {
            out.put_u8(b'.');
        }
        self.octets += message.len() as u64;
        // Most lines need no change, so runs of them are copied at once.
        let mut copied = 0;
        for line_feed in memchr_iter(b'\n', message) {
            let after_cr = line_feed
                .checked_sub(1)
                .map_or(self.after_cr, |before| message.get(before) == Some(&b'\r'));
            let next_line = line_feed + 1;
            if !after_cr {
                out.put_slice(message.get(copied..line_feed).unwrap_or_default());
                out.put_slice(b"\r\n");
                self.octets += 1;
                copied = next_line;
            }
            if message.get(next_line) == Some(&b'.') {
                out.put_slice(message.get(copied..next_line).unwrap_or_default());
                out.put_u8(b'.');
                copied = next_line;
            }
        }
        out.put_slice(message.get(copied..).unwrap_or_default());
        self.line_start = *last == b'\n';
        self.after_cr = *last == b'\r';
    }

    /// Appends a line end if the last line lacks one, and the end mark (`.` CRLF).
    pub fn finish(&mut self, out: &mut BytesMut) {
        if !self.line_start {
            // A CR at the very end is the first half of a line end.
            let missing = if self.after_cr { &b"\n"[..] } else { &b"\r\n"[..] };
            out.put_slice(missing);
            self.octets += missing.len() as u64;
        }
        self.line_start = true;
        self.after_cr = false;
        out.put_slice(b".\r\n");
    }
}

/// Encodes the answer to RETR, or to TOP, which ends after a number of lines.
#[derive(Debug)]
pub(crate) struct MessageEncoder {
    encoder: DotEncoder,
    top: Option<Top>,
}

/// Counts the lines of a body:
/// [RFC 1939 section 7](https://www.rfc-editor.org/rfc/rfc1939#section-7), TOP.
#[derive(Debug)]
struct Top {
    lines: u32,
    header: bool,
    /// The length of the current line so far, while it is empty or one CR.
    blank: Option<usize>,
}

impl MessageEncoder {
    /// `lines` of the body for TOP, `None` for RETR.
    pub(crate) fn new(lines: Option<u32>) -> Self {
        Self {
            encoder: DotEncoder::new(),
            top: lines.map(|lines| Top { lines, header: true, blank: Some(0) }),
        }
    }

    pub(crate) fn encode(&mut self, message: &[u8], out: &mut BytesMut) {
        let wanted = self.top.as_mut().map_or(message.len(), |top| top.take(message));
        self.encoder.encode(message.get(..wanted).unwrap_or(message), out);
    }

    pub(crate) fn is_full(&self) -> bool {
        self.top.as_ref().is_some_and(Top::is_full)
    }

    /// Returns the bytes that the client gets, stuffing not counted.
    pub(crate) fn finish(&mut self, out: &mut BytesMut) -> u64 {
        self.encoder.finish(out);
        self.encoder.octets()
    }
}

impl Top {
    const fn is_full(&self) -> bool {
        !self.header && self.lines == 0
    }

    /// Counts lines, and returns how many of these bytes belong to the answer.
    fn take(&mut self, message: &[u8]) -> usize {
        let mut taken = 0;
        while !self.is_full() {
            let rest = message.get(taken..).unwrap_or_default();
            let Some(end) = memchr(b'\n', rest) else {
                self.extend_line(rest);
                return message.len();
            };
            self.extend_line(rest.get(..end).unwrap_or_default());
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

    /// More of the current line.
    fn extend_line(&mut self, octets: &[u8]) {
        self.blank = match (self.blank, octets) {
            (blank, []) => blank,
            (Some(0), [b'\r']) => Some(1),
            _ => None,
        };
    }
}

#[cfg(test)]
mod tests;
