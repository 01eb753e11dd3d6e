//! The header of a message as bytes: where it ends, its fields, their unfolded values
//! ([RFC 5322 section 2.2](https://www.rfc-editor.org/rfc/rfc5322#section-2.2)).

/// The header up to and including the empty line, and the body.
///
/// Without an empty line the whole message is the header.
pub(super) fn split(message: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    for line in lines(message) {
        at += line.len();
        if matches!(line, b"\r\n" | b"\n") {
            break;
        }
    }
    message.split_at(at)
}

/// The lines of `octets`, each with its line end.
pub(super) fn lines(octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    octets.split_inclusive(|&octet| octet == b'\n')
}

/// One field with its folded lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field<'a> {
    /// The name; empty for a line that is no field.
    pub(super) name: &'a [u8],
    /// The value after the colon, with folds and the last line end.
    pub(super) value: &'a [u8],
    /// The whole field.
    pub(super) raw: &'a [u8],
}

/// The fields of a header (or of a whole message: it ends at the empty line).
pub(super) fn fields(header: &[u8]) -> impl Iterator<Item = Field<'_>> {
    let mut rest = split(header).0;
    std::iter::from_fn(move || {
        let mut end = 0;
        for line in lines(rest) {
            let folded = matches!(line.first(), Some(b' ' | b'\t'));
            if end > 0 && !folded {
                break;
            }
            end += line.len();
        }
        let (raw, behind) = rest.split_at(end);
        rest = behind;
        if raw.is_empty() || matches!(raw, b"\r\n" | b"\n") {
            return None;
        }
        let mut halves = raw.splitn(2, |&octet| octet == b':');
        let first = halves.next().unwrap_or_default();
        let (name, value) = halves.next().map_or((&b""[..], raw), |value| (first, value));
        Some(Field { name: name.trim_ascii_end(), value, raw })
    })
}

/// The unfolded value of the first field called `name`.
pub(super) fn value(header: &[u8], name: &str) -> Option<Vec<u8>> {
    fields(header)
        .find(|field| field.name.eq_ignore_ascii_case(name.as_bytes()))
        .map(|field| unfold(field.value))
}

/// Removes the line ends, and white space at both ends.
pub(super) fn unfold(value: &[u8]) -> Vec<u8> {
    value.trim_ascii().iter().copied().filter(|octet| !matches!(octet, b'\r' | b'\n')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_line_belongs_to_the_header() {
        assert_eq!(
            split(b"A: b\r\n\r\nbody\r\n\r\n"),
            (&b"A: b\r\n\r\n"[..], &b"body\r\n\r\n"[..])
        );
        assert_eq!(split(b"A: b\n\nx"), (&b"A: b\n\n"[..], &b"x"[..]));
        assert_eq!(split(b"\r\nx"), (&b"\r\n"[..], &b"x"[..]));
        assert_eq!(split(b"A: b\r\n"), (&b"A: b\r\n"[..], &b""[..]));
        assert_eq!(split(b""), (&b""[..], &b""[..]));
    }

    #[test]
    fn a_field_keeps_its_folds() {
        let header = b"A: 1\r\n\t2\r\nno field\r\nb : x\r\nEmpty:\r\n\r\nC: body\r\n";
        let seen: Vec<_> = fields(header).map(|field| (field.name, field.value)).collect();
        assert_eq!(
            seen,
            [
                (&b"A"[..], &b" 1\r\n\t2\r\n"[..]),
                (&b""[..], &b"no field\r\n"[..]),
                (&b"b"[..], &b" x\r\n"[..]),
                (&b"Empty"[..], &b"\r\n"[..]),
            ]
        );
        assert_eq!(value(header, "a").as_deref(), Some(&b"1\t2"[..]));
        assert_eq!(value(header, "EMPTY").as_deref(), Some(&b""[..]));
        assert_eq!(value(header, "C"), None);
    }

    #[test]
    fn a_header_that_ends_in_the_middle_of_a_line() {
        let seen: Vec<_> = fields(b"A: 1\r\nB: 2").map(|field| field.raw).collect();
        assert_eq!(seen, [&b"A: 1\r\n"[..], &b"B: 2"[..]]);
        assert_eq!(fields(b"").count(), 0);
    }
}
