//! The parts of a message (RFC 2046 section 5.1), found line by line: nothing recurses, and each
//! byte is looked at a bounded number of times.

use std::ops::Range;

use crate::message::{
    fields::{HeaderLines, first, line_at, trim_end, without_bom},
    parameters::Parameters,
};

/// The deepest nesting; a part below is not opened. Dovecot has the same limit.
pub(super) const DEEPEST: usize = 100;

/// The most parts of a message; what follows belongs to the last one. Dovecot has the same limit.
pub(super) const MOST_PARTS: usize = 10_000;

/// Where a part is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The index of the part around it.
    pub(super) parent: Option<usize>,
    /// Its number among the parts of its parent, from 1 on.
    pub(super) ordinal: u32,
    pub(super) kind: Kind,
    pub(super) header: Range<usize>,
    /// Without the line end before a boundary.
    pub(super) body: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Leaf,
    /// Its children are separated by a boundary.
    Multipart {
        is_digest: bool,
    },
    /// Its body is a message, its only child.
    Message,
}

/// The parts, each before its children; the first is the message.
pub(super) fn find_parts(bytes: &[u8]) -> Vec<Place> {
    let mut walk = Walk { bytes, parts: Vec::new(), open: Vec::new(), header: None };
    let mut at = bytes.len() - without_bom(bytes).len();
    walk.begin(None, at);
    while at < bytes.len() {
        let line = line_at(bytes, at);
        if !walk.is_boundary(at, line) {
            walk.take(at, line);
        }
        at += line.len();
    }
    walk.end_header(bytes.len(), bytes.len());
    walk.close(0, bytes.len());
    walk.parts
}

/// The type of a part in lower case, and its parameters. `message/rfc822` in a digest and
/// `text/plain; charset=us-ascii` elsewhere, if it has none or an unreadable one.
pub(super) fn content_type(header: &[u8], is_in_digest: bool) -> Parameters {
    let found = first(header, "Content-Type").map(Parameters::parse).unwrap_or_default();
    with_default(found, is_in_digest)
}

/// A content type, with the default of RFC 2045 section 5.2 if it is missing or unreadable.
pub(crate) fn with_default(mut found: Parameters, is_in_digest: bool) -> Parameters {
    let is_token =
        |half: &str| !half.is_empty() && half.bytes().all(|byte| byte.is_ascii_graphic());
    let halves = found.value.split_once('/');
    if !halves.is_some_and(|(one, two)| is_token(one) && is_token(two) && !two.contains('/')) {
        let is_message = found.value.is_empty() && is_in_digest;
        found.value = if is_message { "message/rfc822" } else { "text/plain" }.to_owned();
        if !is_message && found.text("charset").is_none() {
            found.push("charset", b"us-ascii");
        }
    }
    found
}

/// The transfer encoding in lower case.
pub(super) fn transfer_encoding(header: &[u8]) -> String {
    encoding(first(header, "Content-Transfer-Encoding"))
}

/// A transfer encoding in lower case, with the default if it is missing.
pub(crate) fn encoding(field: Option<&[u8]>) -> String {
    let value = field.map(|field| Parameters::parse(field).value);
    value.filter(|value| !value.is_empty()).unwrap_or_else(|| "7bit".into())
}

struct Walk<'m> {
    bytes: &'m [u8],
    parts: Vec<Place>,
    /// The parts that are around this line, the innermost last.
    open: Vec<Open>,
    /// Of the innermost part, while its header lasts.
    header: Option<HeaderLines>,
}

struct Open {
    part: usize,
    children: u32,
    /// Of a multipart that did not end yet, after `--`.
    boundary: Option<Vec<u8>>,
}

impl Walk<'_> {
    /// Begins a part, whose header is here.
    fn begin(&mut self, parent: Option<usize>, at: usize) {
        let mut ordinal = 1;
        if let Some(around) = self.open.last_mut() {
            around.children += 1;
            ordinal = around.children;
        }
        self.open.push(Open { part: self.parts.len(), children: 0, boundary: None });
        let (header, body) = (at..at, at..at);
        self.parts.push(Place { parent, ordinal, kind: Kind::Leaf, header, body });
        self.header = Some(HeaderLines::default());
    }

    /// Takes a line that is no boundary.
    fn take(&mut self, at: usize, line: &[u8]) {
        // A line that belongs to no header may begin the header of an enclosed message.
        while let Some(mut header) = self.header {
            if header.continue_with(self.bytes, at, line) {
                self.header = Some(header);
                return;
            }
            let is_empty = trim_end(line).is_empty();
            self.end_header(at, if is_empty { at + line.len() } else { at });
            if is_empty {
                return;
            }
        }
    }

    fn innermost(&mut self) -> Option<&mut Place> {
        self.parts.get_mut(self.open.last()?.part)
    }

    /// Ends the header of the innermost part, if it lasts. Its body begins, and may be opened.
    fn end_header(&mut self, end: usize, body: usize) {
        let Some(lines) = self.header.take() else {
            return;
        };
        let bytes = self.bytes;
        let is_deep = self.open.len() >= DEEPEST || self.parts.len() >= MOST_PARTS;
        let parent = self.innermost().and_then(|part| part.parent);
        let parent = parent.and_then(|parent| self.parts.get(parent)).map(|parent| parent.kind);
        let is_in_digest = matches!(parent, Some(Kind::Multipart { is_digest: true }));
        let Some(part) = self.innermost() else {
            return;
        };
        (part.header.end, part.body) = (end, body..body);
        if lines.is_text() {
            part.header.end = part.header.start;
            part.body.start = part.header.start;
        }
        let header = bytes.get(part.header.clone()).unwrap_or_default();
        if is_deep {
            return;
        }
        let content_type = content_type(header, is_in_digest);
        match content_type.value.as_str() {
            "message/rfc822" | "message/global"
                if matches!(transfer_encoding(header).as_str(), "7bit" | "8bit" | "binary") =>
            {
                part.kind = Kind::Message;
                let index = self.open.last().map(|open| open.part);
                self.begin(index, body);
            }
            value if value.starts_with("multipart/") => {
                let raw = content_type.raw("boundary").map(<[u8]>::trim_ascii_end);
                let Some(boundary) = raw.filter(|boundary| !boundary.is_empty()) else {
                    return;
                };
                part.kind = Kind::Multipart { is_digest: value == "multipart/digest" };
                if let Some(open) = self.open.last_mut() {
                    open.boundary = Some(boundary.to_owned());
                }
            }
            _ => {}
        }
    }

    /// Whether a line separates or ends parts. If so, ends what is inside, and begins the next.
    fn is_boundary(&mut self, at: usize, line: &[u8]) -> bool {
        let Some(rest) = line.strip_prefix(b"--") else {
            return false;
        };
        let rest = rest.trim_ascii_end();
        let found = self.open.iter().enumerate().rev().find_map(|(depth, open)| {
            let after = rest.strip_prefix(open.boundary.as_ref()?.as_slice())?;
            matches!(after, b"" | b"--").then_some((depth, !after.is_empty(), open.part))
        });
        let Some((depth, is_last, part)) = found else {
            return false;
        };
        if !is_last && self.parts.len() >= MOST_PARTS {
            return false;
        }
        let before = self.bytes.get(..at).unwrap_or_default();
        let end = trim_end(before).len();
        self.end_header(at, at);
        // The header of an enclosed message may have begun here.
        self.end_header(at, at);
        self.close(depth + 1, end);
        if is_last {
            if let Some(open) = self.open.last_mut() {
                open.boundary = None;
            }
        } else {
            self.begin(Some(part), at + line.len());
        }
        true
    }

    /// Ends the innermost parts, down to a depth.
    fn close(&mut self, depth: usize, end: usize) {
        for open in self.open.drain(depth.min(self.open.len())..) {
            if let Some(part) = self.parts.get_mut(open.part) {
                part.body.end = end.max(part.body.start);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(message: &str) -> String {
        let parts = find_parts(message.as_bytes());
        let lines = parts.iter().map(|part| {
            let kind = match part.kind {
                Kind::Leaf => "leaf",
                Kind::Multipart { .. } => "multipart",
                Kind::Message => "message",
            };
            let parent = part.parent.map_or_else(|| "-".to_owned(), |parent| parent.to_string());
            let body = message.get(part.body.clone()).unwrap().replace('\n', "$");
            let header = message.get(part.header.clone()).unwrap().lines().count();
            let body = if part.kind == Kind::Leaf { body.as_str() } else { "" };
            format!("{parent}.{} {kind} {header} {body}", part.ordinal)
        });
        lines.collect::<Vec<_>>().join("|")
    }

    #[test]
    fn parts_are_found() {
        const TWO: &str = "Content-Type: multipart/mixed; boundary=a\n\n";
        const INNER: &str = "Content-Type: multipart/mixed; boundary=\"b c\"\n\n";
        const MESSAGE: &str = "Content-Type: message/rfc822\n\n";
        let rows: [(&[&str], &str); 27] = [
            (&[""], "-.1 leaf 0 "),
            (&["a: 1\n\nbody\n"], "-.1 leaf 1 body$"),
            (&["a: 1\nbody\n"], "-.1 leaf 1 body$"),
            (&["\nbody\n"], "-.1 leaf 0 body$"),
            (&["body\nof text\n\nmore\n"], "-.1 leaf 0 body$of text$$more$"),
            (&["a: 1\n"], "-.1 leaf 1 "),
            (&["body"], "-.1 leaf 0 body"),
            (&[TWO, "--a\nbody\n--a--"], "-.1 multipart 1 |0.1 leaf 0 body"),
            (
                &[TWO, "before\n--a\n\none\n--a\nx: y\n\ntwo\n--a--\nafter\n"],
                "-.1 multipart 1 |0.1 leaf 0 one|0.2 leaf 1 two",
            ),
            (&[TWO, "--a  \n\none\n\n--a--"], "-.1 multipart 1 |0.1 leaf 0 one$"),
            (
                &[TWO, "--a\n\none\n--ab\n-- a\n --a\n"],
                "-.1 multipart 1 |0.1 leaf 0 one$--ab$-- a$ --a$",
            ),
            (&[TWO, "nothing\n"], "-.1 multipart 1 "),
            // After its end a multipart has no parts.
            (&[TWO, "--a\n\none\n--a--\n--a\n\ntwo\n"], "-.1 multipart 1 |0.1 leaf 0 one"),
            // No boundary: the text of one part.
            (&["Content-Type: multipart/mixed\n\n--a\n\none\n"], "-.1 leaf 1 --a$$one$"),
            (&["Content-Type: multipart/mixed; boundary=\"\"\n\n--\none\n"], "-.1 leaf 1 --$one$"),
            (
                &[TWO, "--a\n", INNER, "--b c\n\none\n--b c--\n--a\n\ntwo\n--a--"],
                "-.1 multipart 1 |0.1 multipart 1 |1.1 leaf 0 one|0.2 leaf 0 two",
            ),
            // The end of the inner one is missing.
            (
                &[TWO, "--a\n", INNER, "--b c\n\none\n--a\n\ntwo\n--a--"],
                "-.1 multipart 1 |0.1 multipart 1 |1.1 leaf 0 one|0.2 leaf 0 two",
            ),
            // A header without its empty line.
            (&[TWO, "--a\nx: y\n--a\n\ntwo\n--a--"], "-.1 multipart 1 |0.1 leaf 1 |0.2 leaf 0 two"),
            (
                &[TWO, "--a\n", MESSAGE, "x: y\n--a\n\ntwo\n--a--"],
                "-.1 multipart 1 |0.1 message 1 |1.1 leaf 1 |0.2 leaf 0 two",
            ),
            (
                &[
                    TWO,
                    "--a\n",
                    MESSAGE,
                    "Content-Type: multipart/x; boundary=i\n--a\n\ntwo\n--a--",
                ],
                "-.1 multipart 1 |0.1 message 1 |1.1 multipart 1 |0.2 leaf 0 two",
            ),
            (
                &[TWO, "--a\nContent-Type: message/rfc822\n--a\n\ntwo"],
                "-.1 multipart 1 |0.1 message 1 |1.1 leaf 0 |0.2 leaf 0 two",
            ),
            (&[MESSAGE, MESSAGE, "x: y\n\none\n"], "-.1 message 1 |0.1 message 1 |1.1 leaf 1 one$"),
            (&[MESSAGE, "\nx: y\n"], "-.1 message 1 |0.1 leaf 0 x: y$"),
            (
                &["Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nQUJD\n"],
                "-.1 leaf 2 QUJD$",
            ),
            (&["Content-Type: message/delivery-status\n\nx: y\n"], "-.1 leaf 1 x: y$"),
            (
                &[
                    "Content-Type: multipart/digest; boundary=a\n\n--a\n\nx: y\n\none\n--a\nContent-Type: text/plain\n\ntwo\n",
                ],
                "-.1 multipart 1 |0.1 message 0 |1.1 leaf 1 one|0.2 leaf 1 two$",
            ),
            (&["Content-Type: text\n\none\n"], "-.1 leaf 1 one$"),
        ];
        for (pieces, expected) in rows {
            let message = pieces.concat();
            assert_eq!(shown(&message), expected, "{message}");
            let ours = find_parts(message.replace('\n', "\r\n").as_bytes());
            assert_eq!(ours.len(), find_parts(message.as_bytes()).len(), "{message}");
        }
    }

    #[test]
    fn depth_and_number_of_parts_are_bounded() {
        let nested = "Content-Type: message/rfc822\n\n".repeat(1000);
        assert_eq!(find_parts(nested.as_bytes()).len(), DEEPEST);
        let many = format!("Content-Type: multipart/x; boundary=a\n\n{}", "--a\n".repeat(20_000));
        assert_eq!(find_parts(many.as_bytes()).len(), MOST_PARTS);
    }
}
