//! How far the frame at the front of the input is known: its lines, its literals, their contexts.

use memchr::memchr;

use crate::{
    frame::lexer::{Lexer, Place},
    wire::steps,
};

/// Offsets in the input, all within one frame. No byte is looked at twice.
#[derive(Clone, Debug, Default)]
pub(super) struct Scan {
    /// Where the current physical line starts: 0, or the end of a literal.
    pub(super) segment: usize,
    /// Up to here there is no line end; beyond the input inside a literal.
    pub(super) scanned: usize,
    pub(super) lexed: usize,
    pub(super) lexer: Lexer,
}

impl Scan {
    /// The end of the text and of the line. `None`: more bytes are needed.
    pub(super) fn find_line_end(&mut self, input: &[u8], bare_lf: bool) -> Option<(usize, usize)> {
        while let Some(found) = input.get(self.scanned..).and_then(|rest| memchr(b'\n', rest)) {
            let lf = self.scanned + found;
            steps::add(found + 1);
            self.scanned = lf + 1;
            // The CR must belong to this line: a literal may end in one.
            if input.get(self.segment..lf).unwrap_or_default().ends_with(b"\r") {
                return Some((lf - 1, lf + 1));
            }
            if bare_lf {
                return Some((lf, lf + 1));
            }
        }
        steps::add(input.len().saturating_sub(self.scanned));
        self.scanned = self.scanned.max(input.len());
        None
    }

    /// The context of the literal header at `start`.
    pub(super) fn literal_at(&mut self, input: &[u8], start: usize) -> Place {
        self.lexer.read(input, self.lexed, start);
        self.lexed = start;
        self.lexer.literal_at(input, start)
    }

    /// Continues after a literal that ends at `after`.
    pub(super) fn skip_literal(&mut self, after: usize) {
        self.start_at(after);
        self.lexer.after_literal();
    }

    /// The bytes before were taken out of the input, or are those of a literal.
    pub(super) fn start_at(&mut self, offset: usize) {
        self.segment = offset;
        self.scanned = offset;
        self.lexed = offset;
    }
}
