//! QUOTA (RFC 9208) and ACL (RFC 4314).

use nom::{
    Parser as _,
    combinator::{map, opt},
    multi::many0,
    sequence::{pair, preceded, separated_pair},
};

use crate::{
    response::{
        Acl, AclEntry, ListRights, Quota, QuotaResource, QuotaRoot, Response,
        parse::mailbox::{mailbox, strings},
    },
    wire::{Parsed, astring, in_parentheses, number64, opt_sp, sp},
};

/// ```abnf
/// quota-response  = "QUOTA" SP quota-root-name SP quota-list
/// quota-list      = "(" quota-resource *(SP quota-resource) ")"
/// ```
/// One server leaves the list out.
pub(crate) fn quota_response(input: &[u8]) -> Parsed<'_, Quota<'_>> {
    let list = preceded(opt_sp, in_parentheses(many0(preceded(opt_sp, quota_resource))));
    map(pair(astring, opt(list)), |(root, list)| Quota {
        root,
        resources: list.unwrap_or_default(),
    })
    .parse(input)
}

/// ```abnf
/// quota-resource  = resource-name SP resource-usage SP resource-limit
/// ```
fn quota_resource(input: &[u8]) -> Parsed<'_, QuotaResource<'_>> {
    map((astring, sp, number64, sp, number64), |(name, (), usage, (), limit)| QuotaResource {
        name,
        usage,
        limit,
    })
    .parse(input)
}

/// ```abnf
/// quotaroot-response = "QUOTAROOT" SP mailbox *(SP quota-root-name)
/// ```
pub(crate) fn quotaroot_response(input: &[u8]) -> Parsed<'_, QuotaRoot<'_>> {
    map(pair(mailbox, strings), |(mailbox, roots)| QuotaRoot { mailbox, roots }).parse(input)
}

/// ```abnf
/// acl-data        = "ACL" SP mailbox *(SP identifier SP rights)
/// ```
pub(crate) fn acl_data(input: &[u8]) -> Parsed<'_, Acl<'_>> {
    let entry = map(separated_pair(astring, sp, astring), |(identifier, rights)| AclEntry {
        identifier,
        rights,
    });
    map(pair(mailbox, many0(preceded(opt_sp, entry))), |(mailbox, entries)| Acl {
        mailbox,
        entries,
    })
    .parse(input)
}

/// ```abnf
/// myrights-data   = "MYRIGHTS" SP mailbox SP rights
/// ```
pub(crate) fn myrights_data(input: &[u8]) -> Parsed<'_, Response<'_>> {
    map(separated_pair(mailbox, sp, astring), |(mailbox, rights)| Response::MyRights {
        mailbox,
        rights,
    })
    .parse(input)
}

/// ```abnf
/// listrights-data = "LISTRIGHTS" SP mailbox SP identifier SP rights *(SP rights)
/// ```
pub(crate) fn listrights_data(input: &[u8]) -> Parsed<'_, ListRights<'_>> {
    map(
        (mailbox, sp, astring, sp, astring, strings),
        |(mailbox, (), identifier, (), required, optional)| ListRights {
            mailbox,
            identifier,
            required,
            optional,
        },
    )
    .parse(input)
}
