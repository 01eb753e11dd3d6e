//! Bytes to lines. The framer remembers how far it has looked, so it looks at no byte twice,
//! however slowly they arrive.

use memchr::memchr;

/// How lines end. The end of its status line decides for the rest of a response.
///
/// After a status line with CRLF, a bare LF is data: `LF . LF` in a mail does not end it, so the
/// rest of the mail is not read as answers. After a status line with a bare LF, every LF ends a
/// line.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "lines end in no third way")]
pub enum LineEnd {
    /// CR LF, and nothing else.
    CrLf,
    /// LF. A CR before it is part of the line end.
    Lf,
}

/// A complete line at the front of the input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Line {
    /// Bytes without the line end.
    pub content: usize,
    /// Bytes with the line end.
    pub total: usize,
    /// How it ends.
    pub end: LineEnd,
}

/// Finds the end of the line at the front of an input that grows at its end.
#[derive(Clone, Debug, Default)]
pub struct LineFramer {
    /// How many bytes at the front were looked at and contain no line end.
    scanned: usize,
}

impl LineFramer {
    /// A framer at the beginning of a line.
    #[must_use]
    pub const fn new() -> Self {
        Self { scanned: 0 }
    }

    /// True at the beginning of a line of which no byte was looked at.
    pub(crate) const fn is_fresh(&self) -> bool {
        self.scanned == 0
    }

    /// The line at the front of `input`, `None` if it is not complete. `end` is the line end to
    /// look for, `None` for either.
    ///
    /// After `Some` the framer is at the beginning of the next line: remove [`Line::total`] bytes
    /// before the next call.
    ///
    /// # Errors
    /// `limit`, if the line with its end has more bytes.
    pub fn line(
        &mut self,
        input: &[u8],
        end: Option<LineEnd>,
        limit: usize,
    ) -> Result<Option<Line>, usize> {
        let mut from = self.scanned.min(input.len());
        while let Some(found) = input.get(from..).and_then(|rest| memchr(b'\n', rest)) {
            let content = from + found;
            from = content + 1;
            if from > limit {
                return Err(limit);
            }
            let cr = content.checked_sub(1).and_then(|at| input.get(at)) == Some(&b'\r');
            if cr {
                self.scanned = 0;
                return Ok(Some(Line { content: content - 1, total: from, end: LineEnd::CrLf }));
            }
            if end != Some(LineEnd::CrLf) {
                self.scanned = 0;
                return Ok(Some(Line { content, total: from, end: LineEnd::Lf }));
            }
        }
        self.scanned = input.len();
        // A line of exactly `limit` bytes still lacks its last one here.
        if input.len() >= limit { Err(limit) } else { Ok(None) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(input: &[u8], end: Option<LineEnd>) -> Option<Line> {
        LineFramer::new().line(input, end, 100).unwrap()
    }

    #[test]
    fn lines_end_as_latched() {
        let crlf = Line { content: 3, total: 5, end: LineEnd::CrLf };
        let lf = Line { content: 3, total: 4, end: LineEnd::Lf };
        assert_eq!(line(b"+OK\r\n", None), Some(crlf));
        assert_eq!(line(b"+OK\n", None), Some(lf));
        assert_eq!(line(b"+OK\n", Some(LineEnd::CrLf)), None);
        assert_eq!(line(b"+OK\r\n", Some(LineEnd::Lf)), Some(crlf));
        assert_eq!(line(b"+OK", None), None);
        assert_eq!(line(b"+OK\r", None), None);
        assert_eq!(line(b"", None), None);
        assert_eq!(line(b"\n", None), Some(Line { content: 0, total: 1, end: LineEnd::Lf }));
        assert_eq!(
            line(b"a\nb\r\n", Some(LineEnd::CrLf)),
            Some(Line { content: 3, total: 5, end: LineEnd::CrLf })
        );
    }

    #[test]
    fn limit_just_under_at_and_over() {
        for (limit, expected) in [(6, true), (5, true), (4, false)] {
            for cut in 0..=5 {
                let mut framer = LineFramer::new();
                let first = framer.line(&b"+OK\r\n"[..cut], None, limit);
                let outcome = first.and_then(|_| framer.line(b"+OK\r\n", None, limit));
                if cut < 5 {
                    assert_eq!(outcome.is_ok(), expected, "limit {limit}, cut at {cut}");
                }
            }
        }
    }

    #[test]
    fn a_shrunken_input_does_no_harm() {
        let mut framer = LineFramer::new();
        assert_eq!(framer.line(b"+OK no end", None, 100), Ok(None));
        assert_eq!(framer.line(b"", None, 100), Ok(None));
    }
}
