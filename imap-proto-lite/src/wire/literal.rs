//! Literals: RFC 9051 section 4.3, and how a client may send them: RFC 7888.

use nom::{
    Parser,
    character::complete::{char, line_ending},
    combinator::{map_res, opt},
    multi::length_data,
    sequence::delimited,
};

use crate::wire::{Parsed, number64};

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
/// Up to the CRLF: the length. LF alone gets here if the framer accepts it as a line end.
pub(crate) fn literal_header(input: &[u8]) -> Parsed<'_, u64> {
    let end = (opt(char('+')), char('}'), line_ending);
    delimited((opt(char('~')), char('{')), number64, end).parse(input)
}

/// A literal whose bytes are in the input: its value.
pub(crate) fn literal(input: &[u8]) -> Parsed<'_, &[u8]> {
    length_data(map_res(literal_header, usize::try_from)).parse(input)
}
