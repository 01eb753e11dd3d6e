//! Where responses are written to, and the tools of all encoders.

use alloc::vec::Vec;

use bytes::Bytes;

use crate::wire::{Encoded, Fragment, IString, skip_value, spaces};

/// Bytes, and the places among them where streamed bodies go.
#[derive(Default)]
pub(crate) struct Output {
    pub(crate) octets: Vec<u8>,
    /// Where each body goes, and its length.
    pub(crate) gaps: Vec<(usize, u64)>,
}

impl Output {
    /// Ends the response.
    pub(crate) fn end(self) -> Encoded {
        let mut fragments = Vec::new();
        let mut octets = Bytes::from(self.octets);
        let mut before = 0;
        for (place, streamed) in self.gaps {
            let piece = octets.split_to(place - before);
            fragments.push(Fragment::Octets { octets: piece, sensitive: false });
            fragments.push(Fragment::Streamed { octets: streamed });
            before = place;
        }
        fragments.push(Fragment::Octets { octets, sensitive: false });
        Encoded { fragments }
    }
}

/// Writes text for people, without the characters that would end the line.
pub(crate) fn line(text: &[u8], out: &mut Vec<u8>) {
    out.extend(text.iter().filter(|octet| !matches!(octet, b'\r' | b'\n' | 0)));
}

/// Writes values in wire form. A server may have made them up, so a line end stays only inside a
/// literal.
pub(crate) fn raw(values: &[u8], out: &mut Vec<u8>) {
    let mut rest = values;
    while let Ok((after, value)) = skip_value(spaces(rest))
        && !value.is_empty()
    {
        rest = after;
    }
    if rest.is_empty() { out.extend_from_slice(values) } else { line(values, out) }
}

/// Writes a word, a space, and a name or argument that a server may have made up.
pub(crate) fn named(name: &IString<'_>, value: &IString<'_>, out: &mut Vec<u8>) {
    line(&name.to_cow(), out);
    out.push(b' ');
    raw(&value.to_cow(), out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_end_stays_only_as_a_part_of_a_literal() {
        for (values, written) in [
            (&b""[..], &b""[..]),
            (b"1", b"1"),
            (b"X (a \")\" {2}\r\n)( b) NIL", b"X (a \")\" {2}\r\n)( b) NIL"),
            (b"{4}\r\n\r\n\r\n", b"{4}\r\n\r\n\r\n"),
            (b"x\r\n* BYE x", b"x* BYE x"),
            (b"x\n* BYE x\0", b"x* BYE x"),
            (b"x)\r\n* 2 FETCH (", b"x)* 2 FETCH ("),
            (b"(x\r\n* BYE x", b"(x* BYE x"),
            (b"(x\r\n)", b"(x)"),
            (b"{9}\r\nx\r\n* BYE", b"{9}x* BYE"),
            (b"{1}\r\nx\r\n* BYE", b"{1}x* BYE"),
            (b"\"x\r\n* BYE", b"\"x* BYE"),
            (b"\"x\r\n* BYE\"", b"\"x* BYE\""),
        ] {
            let mut out = Vec::new();
            raw(values, &mut out);
            assert_eq!(out, written, "{}", values.escape_ascii());
        }
    }
}
