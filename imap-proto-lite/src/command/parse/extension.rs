//! Quotas and access rights: RFC 9208, RFC 4314.

use alloc::borrow::Cow;

use nom::{
    Parser as _,
    combinator::{map, map_opt},
    sequence::{preceded, separated_pair},
};

use crate::{
    command::{
        Command,
        parse::argument::{astring, list_of, mailbox, sp, text, to_atom},
    },
    types::Atom,
    wire::{IString, Parsed, atom, number64},
};

/// RFC 9208: `"GETQUOTA" SP quota-root-name`
pub(super) fn get_quota(input: &[u8]) -> Parsed<'_, Command<'_>> {
    map(astring, |root| Command::GetQuota { root }).parse(input)
}

/// RFC 9208: `"SETQUOTA" SP quota-root-name SP setquota-list`
pub(super) fn set_quota(input: &[u8]) -> Parsed<'_, Command<'_>> {
    let limits = list_of(separated_pair(resource_name, sp, number64));
    map((astring, preceded(sp, limits)), |(root, limits)| Command::SetQuota {
        root,
        limits: Cow::Owned(limits),
    })
    .parse(input)
}

fn resource_name(input: &[u8]) -> Parsed<'_, Atom<'_>> {
    map_opt(atom::atom, |name| to_atom(text(IString::plain(name))?).ok()).parse(input)
}

/// RFC 4314: `"SETACL" SP mailbox SP identifier SP mod-rights`
pub(super) fn set_acl(input: &[u8]) -> Parsed<'_, Command<'_>> {
    map((mailbox, astring, astring), |(mailbox, identifier, rights)| Command::SetAcl {
        mailbox,
        identifier,
        rights,
    })
    .parse(input)
}

/// RFC 4314: `"DELETEACL" SP mailbox SP identifier`
pub(super) fn delete_acl(input: &[u8]) -> Parsed<'_, Command<'_>> {
    map((mailbox, astring), |(mailbox, identifier)| Command::DeleteAcl { mailbox, identifier })
        .parse(input)
}

/// RFC 4314: `"LISTRIGHTS" SP mailbox SP identifier`
pub(super) fn list_rights(input: &[u8]) -> Parsed<'_, Command<'_>> {
    map((mailbox, astring), |(mailbox, identifier)| Command::ListRights { mailbox, identifier })
        .parse(input)
}
