//! The shortcut for an address.

use crate::wire::string::plain_nstring;

pub(super) type AddressFields<'a> = [Option<&'a [u8]>; 4];

/// Four strings without escapes or NIL, one space between them.
#[inline(always)]
pub(super) fn address(input: &[u8]) -> Option<(&[u8], AddressFields<'_>)> {
    let [b'(', rest @ ..] = input else {
        return None;
    };
    let ([b' ', rest @ ..], name) = plain_nstring(rest)? else {
        return None;
    };
    let ([b' ', rest @ ..], adl) = plain_nstring(rest)? else {
        return None;
    };
    let ([b' ', rest @ ..], mailbox) = plain_nstring(rest)? else {
        return None;
    };
    let ([b')', rest @ ..], host) = plain_nstring(rest)? else {
        return None;
    };
    Some((rest, [name, adl, mailbox, host]))
}
