//! Quotas and access rights: RFC 9208, RFC 4314.

use crate::{
    command::encode::{
        argument::{astring, mailbox},
        writer::{Writer, Written},
    },
    types::{AString, Atom, MailboxName},
};

/// RFC 9208: `"SETQUOTA" SP quota-root-name SP setquota-list`
pub(super) fn set_quota(
    writer: &mut Writer<'_>,
    root: &AString<'_>,
    limits: &[(Atom<'_>, u64)],
) -> Written {
    astring(writer, root)?;
    writer.sp();
    writer.list(limits, |writer, (name, limit)| {
        writer.word(name.as_str());
        writer.sp();
        writer.number(*limit);
        Ok(())
    })
}

/// RFC 4314: `"SETACL" SP mailbox SP identifier SP mod-rights`
pub(super) fn set_acl(
    writer: &mut Writer<'_>,
    name: &MailboxName<'_>,
    identifier: &AString<'_>,
    rights: &AString<'_>,
) -> Written {
    acl_of(writer, name, identifier)?;
    astring(writer, rights)
}

/// RFC 4314: `SP mailbox SP identifier`, the arguments of DELETEACL and LISTRIGHTS
pub(super) fn acl_of(
    writer: &mut Writer<'_>,
    name: &MailboxName<'_>,
    identifier: &AString<'_>,
) -> Written {
    mailbox(writer, name)?;
    astring(writer, identifier)
}
