//! Any value, skipped: an atom, a string, a literal or a balanced list of these.

use crate::wire::{FAIL, Parsed, literal::literal, literal_header, quoted, spaces, steps, word};

/// Skips one value of any kind: atom, string, literal, or a balanced list in which strings and
/// literals are respected. It never recurses. Streamed literals do not occur inside lists.
pub(crate) fn skip_value(input: &[u8]) -> Parsed<'_, &[u8]> {
    let mut rest = input;
    let mut depth = 0u64;
    loop {
        steps::add(1);
        rest = match rest.first() {
            Some(b'(') => {
                depth += 1;
                rest.get(1..).unwrap_or_default()
            }
            Some(b')') => {
                if depth == 0 {
                    break;
                }
                depth -= 1;
                rest.get(1..).unwrap_or_default()
            }
            Some(b'"') => quoted(rest)?.0,
            Some(b'{' | b'~') if literal_header(rest).is_ok() => literal(rest)?.0,
            Some(b' ') if depth > 0 => spaces(rest),
            Some(b' ' | b'\r' | b'\n') | None => break,
            // A stray control character is part of an atom.
            Some(_) => {
                word(rest).map_or_else(|_| rest.get(1..).unwrap_or_default(), |(rest, _)| rest)
            }
        };
        if depth == 0 && matches!(rest.first(), Some(b' ' | b')' | b'\r') | None) {
            break;
        }
    }
    if depth > 0 {
        return Err(FAIL);
    }
    let length = input.len() - rest.len();
    input.split_at_checked(length).map(|(value, rest)| (rest, value)).ok_or(FAIL)
}

/// As [`skip_value`], for a list: ends at its closing parenthesis.
pub(crate) fn skip_list(input: &[u8]) -> Parsed<'_, &[u8]> {
    let mut rest = input;
    let mut depth = 0u64;
    loop {
        steps::add(1);
        rest = match rest.first() {
            Some(b'(') => {
                depth += 1;
                rest.get(1..).unwrap_or_default()
            }
            Some(b')') => {
                depth = depth.checked_sub(1).ok_or(FAIL)?;
                let rest = rest.get(1..).unwrap_or_default();
                if depth == 0 {
                    let length = input.len() - rest.len();
                    return input
                        .split_at_checked(length)
                        .map(|(list, rest)| (rest, list))
                        .ok_or(FAIL);
                }
                rest
            }
            Some(b'"') => quoted(rest)?.0,
            Some(b'{' | b'~') if literal_header(rest).is_ok() => literal(rest)?.0,
            Some(b'\r' | b'\n') | None => return Err(FAIL),
            Some(b' ') => spaces(rest),
            Some(_) => {
                word(rest).map_or_else(|_| rest.get(1..).unwrap_or_default(), |(rest, _)| rest)
            }
        };
    }
}

/// A balanced list: its inside without the outer parentheses.
pub(crate) fn list_inside(input: &[u8]) -> Parsed<'_, &[u8]> {
    if input.first() != Some(&b'(') {
        return Err(FAIL);
    }
    let (rest, list) = skip_list(input)?;
    Ok((rest, list.get(1..list.len().saturating_sub(1)).unwrap_or_default()))
}
