//! The shortcut for a parameter.

use crate::wire::fast;

/// Two strings without escapes and one space between them.
#[inline(always)]
pub(super) fn parameter(input: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let input = match input {
        [b' ', input @ ..] => input,
        _ => input,
    };
    let ([b' ', rest @ ..], Some(name)) = fast::nstring(input)? else {
        return None;
    };
    let (rest, Some(value)) = fast::nstring(rest)? else {
        return None;
    };
    Some((rest, name, value))
}
