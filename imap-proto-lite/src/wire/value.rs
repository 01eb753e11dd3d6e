//! Any value, skipped: an atom, a string, a literal or a balanced list of these.

use nom::{Parser as _, character::complete::char, combinator::verify, number::complete::u8};

use crate::wire::{
    FAIL, Fail, Parsed, literal::literal, literal_header, opt_sp, quoted, steps, word,
};

/// Skips one value of any kind: atom, string, literal, or a balanced list in which strings and
/// literals are respected. It never recurses. Streamed literals do not occur inside lists.
pub(crate) fn skip_value(input: &[u8]) -> Parsed<'_, &[u8]> {
    let mut rest = input;
    let mut depth = 0;
    while !matches!(rest.first(), Some(b' ' | b')' | b'\r' | b'\n') | None) {
        // A list, or a piece of an atom: a stray control character is part of it.
        rest = skip_token(rest, &mut depth)?;
        while depth > 0 {
            rest = skip_token(rest, &mut depth)?;
        }
    }
    Ok((rest, input.get(..input.len() - rest.len()).unwrap_or_default()))
}

/// Skips one value, which is there.
pub(crate) fn some_value(input: &[u8]) -> Parsed<'_, &[u8]> {
    verify(skip_value, |value: &[u8]| !value.is_empty()).parse(input)
}

/// Skips a string, a literal, a piece of an atom, spaces or a parenthesis, which changes the depth.
fn skip_token<'a>(input: &'a [u8], depth: &mut u64) -> Result<&'a [u8], nom::Err<Fail>> {
    steps::add(1);
    let (after, first) = u8(input)?;
    Ok(match first {
        b'(' => {
            *depth += 1;
            after
        }
        b')' => {
            *depth = depth.checked_sub(1).ok_or(FAIL)?;
            after
        }
        b'"' => quoted(input)?.0,
        b'{' | b'~' if literal_header(input).is_ok() => literal(input)?.0,
        b'\r' | b'\n' => return Err(FAIL),
        b' ' => opt_sp(input)?.0,
        _ => word(input).map_or(after, |(rest, _)| rest),
    })
}

/// A balanced list: its inside without the outer parentheses.
pub(crate) fn list_inside(input: &[u8]) -> Parsed<'_, &[u8]> {
    let (inside, _) = char('(')(input)?;
    let mut rest = inside;
    let mut depth = 1;
    let mut length = 0;
    while depth > 0 {
        length = inside.len() - rest.len();
        rest = skip_token(rest, &mut depth)?;
    }
    Ok((rest, inside.get(..length).unwrap_or_default()))
}
