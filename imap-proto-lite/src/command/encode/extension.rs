//! Quotas and access rights: RFC 9208, RFC 4314.

use crate::{
    command::encode::argument::mailbox,
    types::{AString, Atom, MailboxName},
    wire::put::{Put, SP, astring, parens, spaced},
};

/// RFC 9208: `"SETQUOTA" SP quota-root-name SP setquota-list`
pub(super) fn set_quota(root: &AString<'_>, limits: &[(Atom<'_>, u64)]) -> impl Put {
    let limits = limits.iter().map(|(name, limit)| (name.as_str(), SP, *limit));
    (SP, astring(root.as_str()), SP, parens(spaced(limits)))
}

/// RFC 4314: `"SETACL" SP mailbox SP identifier SP mod-rights`
pub(super) fn set_acl(
    name: &MailboxName<'_>,
    identifier: &AString<'_>,
    rights: &AString<'_>,
) -> impl Put {
    (acl_of(name, identifier), SP, astring(rights.as_str()))
}

/// RFC 4314: `SP mailbox SP identifier`, the arguments of DELETEACL and LISTRIGHTS
pub(super) fn acl_of(name: &MailboxName<'_>, identifier: &AString<'_>) -> impl Put {
    (SP, mailbox(name, "mailbox"), SP, astring(identifier.as_str()))
}
