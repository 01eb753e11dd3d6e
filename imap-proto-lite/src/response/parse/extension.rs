//! QUOTA (RFC 9208) and ACL (RFC 4314).

use alloc::vec::Vec;

use nom::{Parser as _, combinator::map, sequence::separated_pair};

use crate::{
    response::{
        Acl, AclEntry, ListRights, Quota, QuotaResource, QuotaRoot, Response, parse::items,
    },
    types::MailboxName,
    wire::{Parsed, astring, number64, octet, sp, spaces},
};

/// ```abnf
/// quota-response  = "QUOTA" SP quota-root-name SP quota-list
/// quota-list      = "(" quota-resource *(SP quota-resource) ")"
/// ```
/// One server leaves the list out.
pub(crate) fn quota_response(input: &[u8]) -> Parsed<'_, Quota<'_>> {
    let (rest, root) = astring(input)?;
    let rest = spaces(rest);
    if rest.is_empty() {
        return Ok((rest, Quota::new(root, Vec::new())));
    }
    let resource = (astring, sp, number64, sp, number64);
    let resource =
        map(resource, |(name, (), usage, (), limit)| QuotaResource { name, usage, limit });
    let (rest, ()) = octet(rest, b'(')?;
    let (rest, resources) = items(rest, resource)?;
    let (rest, ()) = octet(rest, b')')?;
    Ok((spaces(rest), Quota::new(root, resources)))
}

/// ```abnf
/// quotaroot-response = "QUOTAROOT" SP mailbox *(SP quota-root-name)
/// ```
pub(crate) fn quotaroot_response(input: &[u8]) -> Parsed<'_, QuotaRoot<'_>> {
    let (rest, mailbox) = astring(input)?;
    let (rest, roots) = items(rest, astring)?;
    Ok((rest, QuotaRoot::new(MailboxName::received(mailbox), roots)))
}

/// ```abnf
/// acl-data        = "ACL" SP mailbox *(SP identifier SP rights)
/// ```
pub(crate) fn acl_data(input: &[u8]) -> Parsed<'_, Acl<'_>> {
    let (rest, mailbox) = astring(input)?;
    let entry = map(separated_pair(astring, sp, astring), |(identifier, rights)| AclEntry {
        identifier,
        rights,
    });
    let (rest, entries) = items(rest, entry)?;
    Ok((rest, Acl::new(MailboxName::received(mailbox), entries)))
}

/// ```abnf
/// myrights-data   = "MYRIGHTS" SP mailbox SP rights
/// ```
pub(crate) fn myrights_data(input: &[u8]) -> Parsed<'_, Response<'_>> {
    let (rest, (mailbox, rights)) = separated_pair(astring, sp, astring).parse(input)?;
    Ok((spaces(rest), Response::MyRights { mailbox: MailboxName::received(mailbox), rights }))
}

/// ```abnf
/// listrights-data = "LISTRIGHTS" SP mailbox SP identifier SP rights *(SP rights)
/// ```
pub(crate) fn listrights_data(input: &[u8]) -> Parsed<'_, ListRights<'_>> {
    let (rest, (mailbox, (), identifier, (), required)) =
        (astring, sp, astring, sp, astring).parse(input)?;
    let (rest, optional) = items(rest, astring)?;
    Ok((rest, ListRights::new(MailboxName::received(mailbox), identifier, required, optional)))
}
