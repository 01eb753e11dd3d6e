//! Literals: RFC 9051 section 4.3, and how a client may send them: RFC 7888.

use alloc::vec::Vec;

use crate::wire::{FAIL, Parsed, number64, octet, write_number};

/// How a literal may be sent: RFC 7888.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[expect(clippy::exhaustive_enums, reason = "RFC 7888 has these three cases")]
pub enum LiteralMode {
    /// Each waits for the server's `+`.
    #[default]
    Sync,
    /// LITERAL+: none waits.
    Plus,
    /// LITERAL-: those of up to 4096 bytes do not wait.
    Minus,
}

/// ```abnf
/// literal         = "{" number64 ["+"] "}" CRLF *CHAR8
/// literal8        = "~{" number64 "}" CRLF *OCTET
/// ```
/// Returns the length; the rest begins after the CRLF.
#[inline]
pub(crate) fn literal_header(input: &[u8]) -> Parsed<'_, u64> {
    let input = input.strip_prefix(b"~").unwrap_or(input);
    let (input, ()) = octet(input, b'{')?;
    let (input, length) = number64(input)?;
    match input.strip_prefix(b"+").unwrap_or(input) {
        // LF alone gets here if the framer accepts it as a line end.
        [b'}', b'\r', b'\n', rest @ ..] | [b'}', b'\n', rest @ ..] => Ok((rest, length)),
        _ => Err(FAIL),
    }
}

/// A literal whose bytes are in the input: its value.
pub(crate) fn literal(input: &[u8]) -> Parsed<'_, &[u8]> {
    let (rest, length) = literal_header(input)?;
    let (value, rest) = usize::try_from(length)
        .ok()
        .and_then(|length| rest.split_at_checked(length))
        .ok_or(FAIL)?;
    Ok((rest, value))
}

/// Writes a literal of a server.
pub(crate) fn write_literal(value: &[u8], out: &mut Vec<u8>) {
    out.push(b'{');
    write_number(value.len() as u64, out);
    out.extend_from_slice(b"}\r\n");
    out.extend_from_slice(value);
}
