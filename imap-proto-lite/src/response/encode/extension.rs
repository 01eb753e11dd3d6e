//! QUOTA (RFC 9208) and ACL (RFC 4314).

use alloc::vec::Vec;

use crate::{
    response::{Acl, ListRights, Quota, QuotaRoot, encode::mailbox::mailbox},
    types::MailboxName,
    wire::{IString, list::write_joined, write_astring, write_number},
};

/// Writes each string after a space.
fn astrings<'i, 'a: 'i>(strings: impl IntoIterator<Item = &'i IString<'a>>, out: &mut Vec<u8>) {
    for one in strings {
        out.push(b' ');
        write_astring(&one.to_cow(), out);
    }
}

/// ```abnf
/// quota-response  = "QUOTA" SP quota-root-name SP quota-list
/// ```
pub(crate) fn quota_response(quota: &Quota<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"* QUOTA");
    astrings([&quota.root], out);
    out.extend_from_slice(b" (");
    write_joined(&quota.resources, b' ', out, |resource, out| {
        write_astring(&resource.name.to_cow(), out);
        for value in [resource.usage, resource.limit] {
            out.push(b' ');
            write_number(value, out);
        }
    });
    out.push(b')');
}

/// ```abnf
/// quotaroot-response = "QUOTAROOT" SP mailbox *(SP quota-root-name)
/// ```
pub(crate) fn quotaroot_response(root: &QuotaRoot<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"* QUOTAROOT ");
    mailbox(&root.mailbox, out);
    astrings(&root.roots, out);
}

/// ```abnf
/// acl-data        = "ACL" SP mailbox *(SP identifier SP rights)
/// ```
pub(crate) fn acl_data(acl: &Acl<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"* ACL ");
    mailbox(&acl.mailbox, out);
    for entry in &acl.entries {
        astrings([&entry.identifier, &entry.rights], out);
    }
}

/// ```abnf
/// myrights-data   = "MYRIGHTS" SP mailbox SP rights
/// ```
pub(crate) fn myrights_data(name: &MailboxName<'_>, rights: &IString<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"* MYRIGHTS ");
    mailbox(name, out);
    astrings([rights], out);
}

/// ```abnf
/// listrights-data = "LISTRIGHTS" SP mailbox SP identifier SP rights *(SP rights)
/// ```
pub(crate) fn listrights_data(rights: &ListRights<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"* LISTRIGHTS ");
    mailbox(&rights.mailbox, out);
    astrings([&rights.identifier, &rights.required], out);
    astrings(&rights.optional, out);
}
