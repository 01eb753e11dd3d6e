//! QUOTA (RFC 9208) and ACL (RFC 4314).

use alloc::vec::Vec;

use crate::{
    response::{Acl, AclEntry, ListRights, Quota, QuotaResource, QuotaRoot, Response},
    types::MailboxName,
    wire::{IString, Parsed, astring, number64, octet, sp, spaces},
};

/// All strings up to the end of the line.
fn astrings(input: &[u8]) -> Parsed<'_, Vec<IString<'_>>> {
    let mut rest = spaces(input);
    let mut all = Vec::new();
    while !rest.is_empty() {
        let (after, one) = astring(rest)?;
        all.push(one);
        rest = spaces(after);
    }
    Ok((rest, all))
}

/// ```abnf
/// quota-response  = "QUOTA" SP quota-root-name SP quota-list
/// quota-list      = "(" quota-resource *(SP quota-resource) ")"
/// ```
/// One server leaves the list out.
pub(crate) fn quota_response(input: &[u8]) -> Parsed<'_, Quota<'_>> {
    let (rest, root) = astring(input)?;
    let rest = spaces(rest);
    let mut resources = Vec::new();
    if rest.is_empty() {
        return Ok((rest, Quota::new(root, resources)));
    }
    let (rest, ()) = octet(rest, b'(')?;
    let mut rest = spaces(rest);
    while rest.first() != Some(&b')') {
        let (after, name) = astring(rest)?;
        let (after, ()) = sp(after)?;
        let (after, usage) = number64(after)?;
        let (after, ()) = sp(after)?;
        let (after, limit) = number64(after)?;
        resources.push(QuotaResource { name, usage, limit });
        rest = spaces(after);
    }
    Ok((spaces(rest.get(1..).unwrap_or_default()), Quota::new(root, resources)))
}

/// ```abnf
/// quotaroot-response = "QUOTAROOT" SP mailbox *(SP quota-root-name)
/// ```
pub(crate) fn quotaroot_response(input: &[u8]) -> Parsed<'_, QuotaRoot<'_>> {
    let (rest, mailbox) = astring(input)?;
    let (rest, roots) = astrings(rest)?;
    Ok((rest, QuotaRoot::new(MailboxName::received(mailbox), roots)))
}

/// ```abnf
/// acl-data        = "ACL" SP mailbox *(SP identifier SP rights)
/// ```
pub(crate) fn acl_data(input: &[u8]) -> Parsed<'_, Acl<'_>> {
    let (rest, mailbox) = astring(input)?;
    let mut rest = spaces(rest);
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let (after, identifier) = astring(rest)?;
        let (after, ()) = sp(after)?;
        let (after, rights) = astring(after)?;
        entries.push(AclEntry { identifier, rights });
        rest = spaces(after);
    }
    Ok((rest, Acl::new(MailboxName::received(mailbox), entries)))
}

/// ```abnf
/// myrights-data   = "MYRIGHTS" SP mailbox SP rights
/// ```
pub(crate) fn myrights_data(input: &[u8]) -> Parsed<'_, Response<'_>> {
    let (rest, mailbox) = astring(input)?;
    let (rest, ()) = sp(rest)?;
    let (rest, rights) = astring(rest)?;
    Ok((spaces(rest), Response::MyRights { mailbox: MailboxName::received(mailbox), rights }))
}

/// ```abnf
/// listrights-data = "LISTRIGHTS" SP mailbox SP identifier SP rights *(SP rights)
/// ```
pub(crate) fn listrights_data(input: &[u8]) -> Parsed<'_, ListRights<'_>> {
    let (rest, mailbox) = astring(input)?;
    let (rest, ()) = sp(rest)?;
    let (rest, identifier) = astring(rest)?;
    let (rest, ()) = sp(rest)?;
    let (rest, required) = astring(rest)?;
    let (rest, optional) = astrings(rest)?;
    Ok((rest, ListRights::new(MailboxName::received(mailbox), identifier, required, optional)))
}
