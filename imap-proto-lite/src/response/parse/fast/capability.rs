//! Shortcuts of CAPABILITY.

use crate::{types::CapabilityList, wire::swar};

/// The words and nothing else.
pub(crate) fn capability_data(octets: &[u8]) -> Option<&[u8]> {
    let words = octets.strip_prefix(b"* CAPABILITY ")?;
    let words = words.strip_suffix(b"\r\n")?;
    swar::are_words(words).then_some(words)
}

/// The list of these words.
pub(super) fn list(words: &[u8]) -> CapabilityList<'_> {
    CapabilityList::from_wire_counted(words, swar::count_words(words))
}
