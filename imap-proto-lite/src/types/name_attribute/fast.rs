//! The shortcut of attributes of mailbox names.

use crate::{
    types::name_attribute::NameAttribute,
    wire::fast::{Token, after_space, known_flag, word},
};

/// The next attribute: a frequent one in the spelling of the RFC, or any other, with at most one
/// space before it. Saves 37 % of the instructions on LIST.
#[inline(always)]
pub(super) fn next_name_attribute(input: &[u8]) -> Token<'_, NameAttribute<'_>> {
    after_space(input, |input| {
        if let Some(rest) = known_flag(input, br"\HasNoChildren") {
            return Some((rest, NameAttribute::HasNoChildren));
        }
        if let Some(rest) = known_flag(input, br"\HasChildren") {
            return Some((rest, NameAttribute::HasChildren));
        }
        let (rest, name) = word(input)?;
        Some((rest, NameAttribute::received(name)))
    })
}
