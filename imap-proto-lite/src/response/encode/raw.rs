//! Texts and values that a server may have made up.

use nom::{Parser as _, sequence::preceded};

use crate::wire::{
    IString, opt_sp,
    put::{Out, Put, SP},
    some_value,
};

/// Text for people, without the characters that would end the line.
pub(crate) fn line(text: &[u8]) -> impl Put {
    move |out: &mut Out| {
        out.bytes.extend(text.iter().filter(|octet| !matches!(octet, b'\r' | b'\n' | 0)));
    }
}

/// Values in wire form. A line end stays only inside a literal.
pub(crate) fn raw(values: &[u8]) -> impl Put {
    move |out: &mut Out| {
        let mut rest = values;
        while let Ok((after, _)) = preceded(opt_sp, some_value).parse(rest) {
            rest = after;
        }
        if rest.is_empty() { out.put(values) } else { out.put(line(values)) }
    }
}

/// A name and its value.
pub(crate) fn named(name: &IString<'_>, value: &IString<'_>) -> impl Put {
    move |out: &mut Out| out.put((line(&name.to_cow()), SP, raw(&value.to_cow())))
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
            let mut out = Out::default();
            out.put(raw(values));
            assert_eq!(out.bytes, written, "{}", values.escape_ascii());
        }
    }
}
