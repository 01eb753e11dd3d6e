//! [`HeaderBlock`]: the header of a message on its way, bounded.

use crate::message::Envelope;

/// The header block of one message, of which only so many bytes are kept. Some servers answer TOP
/// with the whole message (Stalwart did): what follows the header is of no use.
#[derive(Debug)]
pub(crate) struct HeaderBlock {
    bytes: Vec<u8>,
    longest: usize,
    is_cut: bool,
}

impl HeaderBlock {
    pub(crate) const fn new(longest: usize) -> Self {
        Self { bytes: Vec::new(), longest, is_cut: false }
    }

    /// Another message begins.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.is_cut = false;
    }

    pub(crate) fn extend(&mut self, chunk: &[u8]) {
        let room = self.longest.saturating_sub(self.bytes.len()).min(chunk.len());
        self.bytes.extend_from_slice(chunk.get(..room).unwrap_or_default());
        self.is_cut |= room < chunk.len();
    }

    /// Its fields; `None` if the header itself is longer than what is kept.
    pub(crate) fn envelope(&self) -> Option<Envelope> {
        (!self.is_cut || self.has_end()).then(|| Envelope::parse(&self.bytes))
    }

    /// Whether the empty line that ends a header was kept.
    fn has_end(&self) -> bool {
        let ends = |line: &[u8]| line.is_empty() || line == b"\r";
        self.bytes
            .split_inclusive(|byte| *byte == b'\n')
            .any(|line| line.strip_suffix(b"\n").is_some_and(ends))
    }
}

/// Why a row has no envelope.
pub(crate) const TOO_LONG: &str = "its header is longer than the limit";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_beyond_the_limit_has_no_envelope() {
        let rows: [(&[&[u8]], bool); 5] = [
            (&[b"Subject: a\r\n", b"\r\n"], true),
            (&[b"Subject: a\r\n\r\n", b"a body that is cut off"], true),
            (&[b"Subject: a\n\n", b"a body that is cut off"], true),
            (&[b"Subject: a long one that ", b"is cut off\r\n\r\n"], false),
            (&[b"", b"no header at all that ends"], false),
        ];
        let mut block = HeaderBlock::new(20);
        for (chunks, has_envelope) in rows {
            block.clear();
            chunks.iter().for_each(|chunk| block.extend(chunk));
            assert_eq!(block.envelope().is_some(), has_envelope, "{block:?}");
        }
    }
}
