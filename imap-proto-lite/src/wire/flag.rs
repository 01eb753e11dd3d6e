//! Flags and flag lists: RFC 9051 section 9.

use crate::wire::{fast, skip_value, spaces, word};

/// Takes the next flag from the inside of a flag list. A nested list, a string or a stray
/// parenthesis is skipped; a lone backslash is a flag with an empty name.
pub(crate) fn next_flag<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    if let Some((after, flag)) = fast::flag(rest) {
        *rest = after;
        return Some(flag);
    }
    loop {
        let input = spaces(rest);
        match word(input) {
            Ok((after, flag)) => {
                *rest = after;
                return Some(flag);
            }
            Err(_) => *rest = skip_no_flag(input)?,
        }
    }
}

#[cold]
fn skip_no_flag(input: &[u8]) -> Option<&[u8]> {
    match skip_value(input) {
        Ok((rest, _)) if rest.len() < input.len() => Some(rest),
        _ => input.get(1..),
    }
}
