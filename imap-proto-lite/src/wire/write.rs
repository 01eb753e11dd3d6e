//! Tokens, written: atoms, strings, numbers.

use alloc::vec::Vec;

use crate::wire::{lexical::is_astring_atom, string::IString};

/// Writes a number in decimal.
pub(crate) fn number(value: u64, out: &mut Vec<u8>) {
    let mut digits = [0u8; 20];
    let mut value = value;
    let mut used = 0;
    for place in digits.iter_mut().rev() {
        *place = b'0' + u8::try_from(value % 10).unwrap_or_default();
        used += 1;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(digits.len() - used..).unwrap_or_default());
}

/// Whether the value can stand between quotes in any session.
pub(crate) fn is_quotable(value: &[u8]) -> bool {
    value.iter().all(|octet| matches!(octet, b' '..=b'~'))
}

/// Writes a quoted string. The value has to be free of CR, LF and NUL.
pub(crate) fn quoted(value: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for octet in value {
        if matches!(octet, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(*octet);
    }
    out.push(b'"');
}

/// Writes a literal of a server.
pub(crate) fn literal(value: &[u8], out: &mut Vec<u8>) {
    out.push(b'{');
    number(value.len() as u64, out);
    out.extend_from_slice(b"}\r\n");
    out.extend_from_slice(value);
}

/// Writes a string of a server: quoted where every session allows it, else a literal.
pub(crate) fn string(value: &[u8], out: &mut Vec<u8>) {
    if is_quotable(value) { quoted(value, out) } else { literal(value, out) }
}

/// Writes a string of a server or NIL.
pub(crate) fn nstring(value: Option<&IString<'_>>, out: &mut Vec<u8>) {
    match value {
        Some(value) => string(&value.to_cow(), out),
        None => out.extend_from_slice(b"NIL"),
    }
}

/// Writes a string of a server, as an atom where it can be one.
pub(crate) fn astring(value: &[u8], out: &mut Vec<u8>) {
    if is_astring_atom(value) && !value.eq_ignore_ascii_case(b"NIL") {
        out.extend_from_slice(value)
    } else {
        string(value, out)
    }
}
