//! Flags: RFC 9051 section 9.

use nom::{
    Parser as _,
    branch::alt,
    combinator::{all_consuming, map_opt},
};

use crate::wire::{Parsed, fast, quoted, skip_value, spaces, word};

/// ```abnf
/// flag            = "\Answered" / "\Flagged" / "\Deleted" / "\Seen" / "\Draft" / flag-keyword /
///                   flag-extension
/// ```
/// A lone backslash is a flag with an empty name.
fn flag(input: &[u8]) -> Parsed<'_, &[u8]> {
    alt((word, quoted_flag)).parse(input)
}

/// A flag as a quoted string, its backslash escaped or not (modoboa/modoboa#4207 names no server).
#[cold]
fn quoted_flag(input: &[u8]) -> Parsed<'_, &[u8]> {
    map_opt(quoted, |flag| {
        let (flag, _) = flag.as_received()?;
        let flag = if flag.starts_with(br"\\") { flag.strip_prefix(br"\")? } else { flag };
        all_consuming(word).parse(flag).ok().map(|(_, flag)| flag)
    })
    .parse(input)
}

/// Takes the next flag from the inside of a flag list. Skips a nested list, another string and a
/// stray parenthesis.
pub(crate) fn next_flag<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    if let Some((after, flag)) = fast::flag(rest) {
        *rest = after;
        return Some(flag);
    }
    loop {
        let input = spaces(rest);
        match flag(input) {
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
