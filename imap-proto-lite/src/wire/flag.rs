//! Flags: RFC 9051 section 9.

use nom::{
    Parser as _,
    branch::alt,
    bytes::complete::take,
    combinator::{all_consuming, map_opt, not},
    multi::many0_count,
    sequence::preceded,
};

use crate::wire::{Parsed, Token, opt_sp, quoted, some_value, word};

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

/// The next flag inside a flag list. Skips a nested list, another string and a stray parenthesis.
pub(crate) fn next_flag(input: &[u8]) -> Token<'_, &[u8]> {
    let other = (opt_sp, not(flag), alt((some_value, take(1_usize))));
    preceded((many0_count(other), opt_sp), flag).parse(input).ok()
}
