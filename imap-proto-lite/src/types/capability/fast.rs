//! The shortcuts of capabilities.

use alloc::vec::Vec;

use crate::{
    types::capability::LONGEST_CAPABILITY,
    wire::{
        fast::{Token, octet},
        steps, swar,
    },
};

/// The next name of a list that was checked, with at most one space before it.
#[inline(always)]
pub(super) fn capability(input: &[u8]) -> Token<'_, &[u8]> {
    let input = octet(input, b' ').unwrap_or(input);
    let (name, rest) = input.split_at_checked(swar::until_space(input))?;
    steps::add(name.len() + 1);
    (!name.is_empty()).then_some((rest, name))
}

/// Keeps words unchanged but for their case, if there are not too many of them, none is too long,
/// and none is LITERAL+ in two words.
pub(super) fn learn(words: &[u8], most: usize, kept: &mut Vec<u8>) -> Option<()> {
    // Counts spaces as words: an upper bound.
    let few = words.len() / 2 < most;
    let split = swar::contains_pair(words, [b' ', b'+']);
    // A word that is too long fills at least one of these pieces.
    let mut pieces = words.chunks_exact(LONGEST_CAPABILITY / 2);
    if !few || split || !pieces.all(|piece| piece.contains(&b' ')) {
        return None;
    }
    kept.extend(words.iter().map(u8::to_ascii_uppercase));
    kept.push(b' ');
    Some(())
}
