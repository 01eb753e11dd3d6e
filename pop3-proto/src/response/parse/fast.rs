//! Shortcuts for the lines of LIST and UIDL: they give what the grammar gives, or `None`.

use crate::{
    types::MessageNumber,
    wire::swar::{graphic_octets, leading_number},
};

/// A line of LIST that needs no tolerance, at the front of `octets`, with its CRLF.
///
/// Returns the length of the line last.
#[inline]
pub(crate) fn scan_listing(octets: &[u8]) -> Option<(MessageNumber, u64, usize)> {
    let (number, rest) = leading_number(octets)?;
    let (size, rest) = leading_number(rest.strip_prefix(b" ")?)?;
    let rest = rest.strip_prefix(b"\r\n")?;
    Some((MessageNumber::new(u32::try_from(number).ok()?)?, size, octets.len() - rest.len()))
}

/// A line of UIDL with a conforming unique-id of at most 38 bytes.
#[inline]
pub(crate) fn unique_id_listing(octets: &[u8]) -> Option<(MessageNumber, &[u8], usize)> {
    let (number, rest) = leading_number(octets)?;
    let rest = rest.strip_prefix(b" ")?;
    let length = graphic_octets(rest);
    if !(1..=38).contains(&length) {
        return None;
    }
    let (unique_id, rest) = rest.split_at_checked(length)?;
    let rest = rest.strip_prefix(b"\r\n")?;
    Some((MessageNumber::new(u32::try_from(number).ok()?)?, unique_id, octets.len() - rest.len()))
}
