//! QUOTA (RFC 9208) and ACL (RFC 4314).

use crate::{
    response::{Acl, ListRights, Quota, QuotaResource, QuotaRoot, encode::mailbox::mailbox},
    types::MailboxName,
    wire::{
        IString,
        put::{Put, SP, astring, many, parens, spaced},
    },
};

/// `*(SP astring)`
fn astrings(strings: &[IString<'_>]) -> impl Put {
    many(strings.iter().map(|one| (SP, astring(one))))
}

/// ```abnf
/// quota-response  = "QUOTA" SP quota-root-name SP quota-list
/// quota-list      = "(" quota-resource *(SP quota-resource) ")"
/// ```
pub(crate) fn quota_response(quota: &Quota<'_>) -> impl Put {
    let resources = quota.resources.iter().map(quota_resource);
    ("* QUOTA ", astring(&quota.root), SP, parens(spaced(resources)))
}

/// ```abnf
/// quota-resource  = resource-name SP resource-usage SP resource-limit
/// ```
fn quota_resource<'a>(resource: &'a QuotaResource<'_>) -> impl Put + 'a {
    (astring(&resource.name), SP, resource.usage, SP, resource.limit)
}

/// ```abnf
/// quotaroot-response = "QUOTAROOT" SP mailbox *(SP quota-root-name)
/// ```
pub(crate) fn quotaroot_response(root: &QuotaRoot<'_>) -> impl Put {
    ("* QUOTAROOT ", mailbox(&root.mailbox), astrings(&root.roots))
}

/// ```abnf
/// acl-data        = "ACL" SP mailbox *(SP identifier SP rights)
/// ```
pub(crate) fn acl_data(acl: &Acl<'_>) -> impl Put {
    let entries =
        acl.entries.iter().map(|one| (SP, astring(&one.identifier), SP, astring(&one.rights)));
    ("* ACL ", mailbox(&acl.mailbox), many(entries))
}

/// ```abnf
/// myrights-data   = "MYRIGHTS" SP mailbox SP rights
/// ```
pub(crate) fn myrights_data(name: &MailboxName<'_>, rights: &IString<'_>) -> impl Put {
    ("* MYRIGHTS ", mailbox(name), SP, astring(rights))
}

/// ```abnf
/// listrights-data = "LISTRIGHTS" SP mailbox SP identifier SP rights *(SP rights)
/// ```
pub(crate) fn listrights_data(rights: &ListRights<'_>) -> impl Put {
    let required = (SP, astring(&rights.identifier), SP, astring(&rights.required));
    ("* LISTRIGHTS ", mailbox(&rights.mailbox), required, astrings(&rights.optional))
}
