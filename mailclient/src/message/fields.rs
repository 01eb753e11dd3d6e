//! Header blocks split into fields (RFC 5322 section 2.2), damaged ones included.

/// One field of a header block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'h> {
    /// Its name, as written.
    pub(super) name: &'h [u8],
    /// Its body as sent: folded and encoded, without the line end.
    pub(super) value: &'h [u8],
}

/// The fields of a header block, or of a message up to its body.
pub(super) fn fields(block: &[u8]) -> impl Iterator<Item = Field<'_>> {
    let mut lines = HeaderLines::default();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let line = line_at(block, at);
            if line.is_empty() || !lines.continue_with(block, at, line) {
                return None;
            }
            let start = at;
            at += line.len();
            if let Some(colon) = colon(line) {
                at += continued(block, at);
                let field = block.get(start..at).unwrap_or_default();
                let name = field.get(..colon).unwrap_or_default().trim_ascii();
                let value = field.get(colon + 1..).unwrap_or_default().trim_ascii();
                return Some(Field { name, value });
            }
        }
    })
}

/// The value of the first field of this name: of repeated fields the first counts, as in servers
/// and mail programs.
pub(super) fn first<'h>(block: &'h [u8], name: &str) -> Option<&'h [u8]> {
    fields(block)
        .find(|field| field.name.eq_ignore_ascii_case(name.as_bytes()))
        .map(|field| field.value)
}

/// Bytes without the byte order mark that some programs write before a message.
pub(super) fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Decides line by line how far a header reaches. An empty line ends it. A line that is no field
/// is skipped before the first field (the `From ` of an mbox) and where a field follows it, and
/// begins the body otherwise: some messages have no empty line.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HeaderLines {
    has_field: bool,
    has_junk: bool,
}

impl HeaderLines {
    /// Whether this line of `bytes`, which begins at `at`, belongs to the header.
    pub(super) fn continue_with(&mut self, bytes: &[u8], at: usize, line: &[u8]) -> bool {
        if trim_end(line).is_empty() {
            return false;
        }
        if colon(line).is_some() {
            self.has_field = true;
            return true;
        }
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            return true;
        }
        let after = at + line.len();
        let follows = || colon(line_at(bytes, after + continued(bytes, after))).is_some();
        let skipped = !self.has_field || follows();
        self.has_junk |= skipped;
        skipped
    }

    /// Lines came, and none of them is a field: they are no header but the body.
    pub(super) const fn is_text(self) -> bool {
        self.has_junk && !self.has_field
    }
}

/// The line that begins at this place, with its end. Empty at the end.
pub(super) fn line_at(bytes: &[u8], at: usize) -> &[u8] {
    let rest = bytes.get(at..).unwrap_or_default();
    let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
    rest.get(..length).unwrap_or_default()
}

/// A line without CR LF or LF.
pub(super) fn trim_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The length of the lines from here on that continue a field: they begin with white space.
fn continued(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while matches!(bytes.get(at), Some(b' ' | b'\t')) {
        at += line_at(bytes, at).len();
    }
    at - from
}

/// Where the colon of a line is that begins a field. White space before it is obsolete syntax
/// (RFC 5322 section 4.5).
fn colon(line: &[u8]) -> Option<usize> {
    // No name is longer; the limit keeps lines without a colon cheap.
    let colon = line.iter().take(1000).position(|byte| *byte == b':')?;
    let name = line.get(..colon)?.trim_ascii_end();
    (!name.is_empty() && name.iter().all(u8::is_ascii_graphic)).then_some(colon)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_split_into_fields() {
        let rows: [(&[u8], &str); 14] = [
            (b"", ""),
            (b"a: 1\r\nb: 2\r\n\r\nc: 3\r\n", "a=1|b=2"),
            (b"a: 1\nb: 2\n\nc: 3\n", "a=1|b=2"),
            (b"a: 1\r\nb: 2", "a=1|b=2"),
            (b"a: 1\r\n 2\r\n\t3\r\nb:4\r\n", "a=1\r\n 2\r\n\t3|b=4"),
            (b"a:\r\n 1\r\nb:\r\n\r\n", "a=1|b="),
            (b"a  : 1\r\nb\t:2\r\n\r\n", "a=1|b=2"),
            (b"From ann@example.org Tue Nov 24 09:00:00 2026\na: 1\n", "a=1"),
            (b"####\n## x: ##\n####\na: 1\n", "a=1"),
            // A damaged line costs itself, and what continues it.
            (b"a: 1\njunk\n more\nb: 2\n\n", "a=1|b=2"),
            (b"a: 1\r\nno field: here\r\nnor here\r\nb: 2\r\n", "a=1"),
            (b"a: 1\nthe body\n\nb: 2\n", "a=1"),
            (b": no name\na: 1\n", "a=1"),
            (b"a: 1\n \n b\nc: 2\n", "a=1\n \n b|c=2"),
        ];
        for (block, expected) in rows {
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            let found: Vec<String> = fields(block)
                .map(|field| format!("{}={}", text(field.name), text(field.value)))
                .collect();
            assert_eq!(found.join("|"), expected, "{}", text(block));
        }
    }

    #[test]
    fn of_repeated_fields_the_first_counts() {
        let block = b"Subject: one\r\nSUBJECT: two\r\n";
        assert_eq!(first(block, "subject"), Some(&b"one"[..]));
        assert_eq!(first(block, "to"), None);
    }
}
