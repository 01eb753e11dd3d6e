//! Flags and flag lists: RFC 9051 section 9.

use crate::wire::{skip_value, spaces, word};

/// ```abnf
/// flag-list       = "(" [flag *(SP flag)] ")"
/// ```
/// Returns the rest, the inside and the number of flags, in one pass; `None` if the list has
/// anything but flags. `each` is called with every flag up to there.
#[inline(always)]
pub(crate) fn flag_list<'a>(
    input: &'a [u8],
    mut each: impl FnMut(&'a [u8]),
) -> Option<(&'a [u8], &'a [u8], usize)> {
    let [b'(', inside @ ..] = input else {
        return None;
    };
    let mut rest = inside;
    let mut count = 0;
    loop {
        rest = spaces(rest);
        if let [b')', after @ ..] = rest {
            let flags = inside.get(..inside.len() - rest.len())?;
            return Some((after, flags, count));
        }
        let (after, flag) = word(rest).ok()?;
        each(flag);
        count += 1;
        rest = after;
    }
}

/// Takes the next flag from the inside of a flag list. A nested list, a string or a stray
/// parenthesis is skipped; a lone backslash is a flag with an empty name.
#[inline]
pub(crate) fn next_flag<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
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
