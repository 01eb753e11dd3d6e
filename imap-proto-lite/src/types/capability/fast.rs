//! The shortcuts of capabilities.

use alloc::vec::Vec;

use crate::{
    types::capability::LONGEST_CAPABILITY,
    wire::{
        fast::{Token, after_space},
        steps, swar,
    },
};

/// The next name of a list that was checked, with at most one space before it. Saves
/// 38 % of the instructions on CAPABILITY.
#[inline(always)]
pub(super) fn capability(input: &[u8]) -> Token<'_, &[u8]> {
    after_space(input, until_space)
}

#[inline(always)]
fn until_space(input: &[u8]) -> Token<'_, &[u8]> {
    let (name, rest) = input.split_at_checked(swar::until_space(input))?;
    steps::add(name.len() + 1);
    (!name.is_empty()).then_some((rest, name))
}

/// Keeps words unchanged but for their case, if there are not too many of them, none is too long,
/// and none is LITERAL+ in two words. Saves 53 % of the instructions on CAPABILITY.
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

#[cfg(test)]
mod tests {
    use alloc::{format, string::String};

    use crate::{
        response::{
            Response,
            parse::{fast::capability_data, response},
        },
        types::Capabilities,
    };

    #[test]
    fn the_quick_way_and_the_long_way_agree() {
        const ALPHABET: [char; 10] = ['A', 'b', '=', ' ', '+', '(', '"', '\t', '\u{7f}', 'ü'];
        let mut quick = 0;
        for choice in 0..ALPHABET.len().pow(4) {
            let octet = |place: u32| ALPHABET[choice / 10_usize.pow(place) % 10];
            let words = String::from_iter((0..4).map(octet));
            let line = format!("* CAPABILITY {words}\r\n");
            match (capability_data(line.as_bytes()), response(line.as_bytes(), &[])) {
                (Some(plain), Response::Capability(list)) => {
                    let (mut one, mut two) = (Capabilities::default(), Capabilities::default());
                    one.learn(plain, 9);
                    two.learn(list.as_wire(), 9);
                    assert_eq!(one, two, "{line}");
                    quick += 1;
                }
                // The general parser accepts tabs at the end.
                (None, Response::Capability(_)) => assert!(words.contains('\t'), "{line}"),
                (None, Response::Malformed { .. }) => {}
                other => panic!("{line}: {other:?}"),
            }
        }
        assert_eq!(quick, 6_usize.pow(4));
    }
}
