//! The literal header at the end of a line (RFC 9051 section 4.3, RFC 7888, RFC 3516).

use crate::wire::{number64, steps, swar};

/// A literal header at the end of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Header {
    /// Offset of its first byte, `{` or `~`.
    pub(crate) start: usize,
    /// Announced bytes.
    pub(crate) size: Size,
    /// `{n+}`: the bytes follow without waiting for a `+`.
    pub(crate) non_synchronising: bool,
}

/// The number between the braces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Size {
    /// So many bytes follow.
    Octets(u64),
    /// Digits, but beyond 64 bits.
    Huge,
    /// `{}` or `{-5}`: a header without a usable number.
    Unreadable,
}

/// Reads the header backwards from the end of `text`, a line without its line end.
///
/// ```text
/// literal  = "{" number64 ["+"] "}" CRLF *CHAR8
/// literal8 = "~{" number64 "}" CRLF *OCTET
/// ```
///
/// Leading zeros are legal and occur; `{n+}` from a server is not legal and occurs.
pub(crate) fn trailing(text: &[u8]) -> Option<Header> {
    let inner = text.strip_suffix(b"}")?;
    let without_plus = inner.strip_suffix(b"+");
    let (inner, non_synchronising) = (without_plus.unwrap_or(inner), without_plus.is_some());
    let (size, digits) = swar::parse_trailing_digits(inner);
    let (size, digits) = match digits {
        0 => (Size::Unreadable, 0),
        1..8 => (Size::Octets(size), digits),
        _ => long_number(inner),
    };
    steps::add(digits);
    let before = inner.get(..inner.len() - digits)?;
    let without_minus = before.strip_suffix(b"-");
    let (before, negative) = (without_minus.unwrap_or(before), without_minus.is_some());
    let before = before.strip_suffix(b"{")?;
    let start = before.strip_suffix(b"~").unwrap_or(before).len();
    Some(Header { start, size: if negative { Size::Unreadable } else { size }, non_synchronising })
}

/// The number at the end of `octets`, and how many digits it has.
#[cold]
fn long_number(octets: &[u8]) -> (Size, usize) {
    let before = octets.iter().rposition(|octet| !octet.is_ascii_digit());
    let digits = octets.get(before.map_or(0, |place| place + 1)..);
    let digits = digits.unwrap_or_default();
    // These are digits only, so parsing fails only beyond 64 bits.
    let size = number64(digits).map_or(Size::Huge, |(_, size)| Size::Octets(size));
    (size, digits.len())
}

#[cfg(test)]
mod tests {
    use super::{Header, Size, trailing};

    #[test]
    fn headers() {
        let header =
            |start, size, non_synchronising| Some(Header { start, size, non_synchronising });
        for (text, expected) in [
            ("{5}", header(0, Size::Octets(5), false)),
            ("* x {5}", header(4, Size::Octets(5), false)),
            ("* x ~{5}", header(4, Size::Octets(5), false)),
            ("x {5+}", header(2, Size::Octets(5), true)),
            ("x {000012}", header(2, Size::Octets(12), false)),
            ("x {1234567}", header(2, Size::Octets(1_234_567), false)),
            ("x {12345678}", header(2, Size::Octets(12_345_678), false)),
            ("{00000000000000000012}", header(0, Size::Octets(12), false)),
            ("1234567}", None),
            ("123456789}", None),
            ("x {18446744073709551615}", header(2, Size::Octets(u64::MAX), false)),
            ("x {18446744073709551616}", header(2, Size::Huge, false)),
            ("x {}", header(2, Size::Unreadable, false)),
            ("x {-1}", header(2, Size::Unreadable, false)),
            ("x {+}", header(2, Size::Unreadable, true)),
            ("x {5 }", None),
            ("x 5}", None),
            ("}", None),
            ("x {a5}", None),
            ("x {5", None),
            ("", None),
        ] {
            assert_eq!(trailing(text.as_bytes()), expected, "{text}");
        }
    }
}
