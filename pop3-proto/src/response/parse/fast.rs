//! Shortcuts for the lines that make up a listing.

use crate::{
    types::MessageNumber,
    wire::swar::{graphic_octets, plain_number},
};

/// A whole line of LIST in the form that needs no tolerance, with its CRLF, at the front of octets that may go on. `None` means nothing.
///
/// Gives the octets of the line last.
#[inline]
pub(crate) fn scan_listing(octets: &[u8]) -> Option<(MessageNumber, u64, usize)> {
    let (number, rest) = plain_number(octets)?;
    let (size, rest) = plain_number(rest.strip_prefix(b" ")?)?;
    let rest = rest.strip_prefix(b"\r\n")?;
    Some((MessageNumber::new(u32::try_from(number).ok()?)?, size, octets.len() - rest.len()))
}

/// The same for a line of UIDL with a conforming unique-id of at most 38 octets.
#[inline]
pub(crate) fn unique_id_listing(octets: &[u8]) -> Option<(MessageNumber, &[u8], usize)> {
    let (number, rest) = plain_number(octets)?;
    let rest = rest.strip_prefix(b" ")?;
    let length = graphic_octets(rest);
    if !(1..=38).contains(&length) {
        return None;
    }
    let (unique_id, behind) = rest.split_at_checked(length)?;
    let behind = behind.strip_prefix(b"\r\n")?;
    Some((MessageNumber::new(u32::try_from(number).ok()?)?, unique_id, octets.len() - behind.len()))
}
