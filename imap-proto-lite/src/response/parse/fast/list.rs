//! Shortcut of LIST.

use crate::{
    response::{ListEntry, parse::fast::fetch::literal_header},
    types::{MailboxName, NameAttributes},
    wire::{
        IString,
        fast::{Token, atom, flag_list, quoted},
    },
};

/// LIST.
#[inline(always)]
pub(crate) fn mailbox_list(octets: &[u8]) -> Option<ListEntry<'_>> {
    let input = octets.strip_prefix(b"* LIST ")?;
    let (rest, (attributes, count)) = flag_list(input, |_| {})?;
    let [b' ', b'"', delimiter, b'"', b' ', rest @ ..] = rest else {
        return None;
    };
    let (rest, name) = mailbox(rest)?;
    if *delimiter == b'"' || !matches!(rest, [b'\r', b'\n']) {
        return None;
    }
    Some(ListEntry::new(
        NameAttributes::from_wire_counted(attributes, count),
        Some(*delimiter),
        MailboxName::received(IString::plain(name)),
    ))
}

/// A name in quotes without escapes, a literal, or an atom that cannot be anything else.
#[inline(always)]
pub(super) fn mailbox(input: &[u8]) -> Token<'_, &[u8]> {
    match input.first()? {
        b'"' => quoted(input),
        b'{' => literal(input),
        _ => atom(input),
    }
}

/// A literal. Saves 5 % of the instructions on STATUS and 3 % on LIST, where one name in fifty is
/// one.
fn literal(input: &[u8]) -> Token<'_, &[u8]> {
    let (rest, octets) = literal_header(input)?;
    let (value, rest) = rest.split_at_checked(usize::try_from(octets).ok()?)?;
    Some((rest, value))
}
