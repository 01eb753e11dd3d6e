//! Shortcut of CAPABILITY.

use crate::wire::swar;

/// The words of CAPABILITY and nothing else, for the machine.
pub(crate) fn capability_data(octets: &[u8]) -> Option<&[u8]> {
    let words = octets.strip_prefix(b"* CAPABILITY ")?;
    let words = words.strip_suffix(b"\r\n")?;
    swar::are_words(words).then_some(words)
}
