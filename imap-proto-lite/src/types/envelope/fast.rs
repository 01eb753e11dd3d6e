//! The shortcut for an address.

use crate::wire::fast;

pub(super) type AddressFields<'a> = [Option<&'a [u8]>; 4];

/// Four strings without escapes or NIL, one space between them.
#[inline(always)]
pub(super) fn address(input: &[u8]) -> Option<(&[u8], AddressFields<'_>)> {
    let [b'(', rest @ ..] = input else {
        return None;
    };
    let ([b' ', rest @ ..], name) = fast::nstring(rest)? else {
        return None;
    };
    let ([b' ', rest @ ..], adl) = fast::nstring(rest)? else {
        return None;
    };
    let ([b' ', rest @ ..], mailbox) = fast::nstring(rest)? else {
        return None;
    };
    let ([b')', rest @ ..], host) = fast::nstring(rest)? else {
        return None;
    };
    Some((rest, [name, adl, mailbox, host]))
}
