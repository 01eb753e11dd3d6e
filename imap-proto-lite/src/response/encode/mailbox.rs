//! LIST, STATUS, NAMESPACE and ID: RFC 9051 section 7, RFC 2971.

use alloc::vec::Vec;

use nom::{Parser as _, sequence::preceded};

use crate::{
    response::{
        ListEntry, MailboxStatus, NamespaceEntry, Namespaces, StatusElement, StatusValue,
        encode::output::named,
        parse::{fast, mailbox::status_att_val as read_status_att_val},
    },
    types::MailboxName,
    wire::{
        IString,
        list::{sealed::Element, write_joined},
        opt_sp, write_astring, write_nstring, write_number, write_quoted, write_string,
    },
};

pub(crate) fn mailbox(name: &MailboxName<'_>, out: &mut Vec<u8>) {
    write_astring(&name.raw(), out);
}

fn delimiter(delimiter: Option<u8>, out: &mut Vec<u8>) {
    match delimiter {
        Some(delimiter) => write_quoted(&[delimiter], out),
        None => out.extend_from_slice(b"NIL"),
    }
}

fn strings(strings: &[IString<'_>], out: &mut Vec<u8>) {
    out.push(b'(');
    write_joined(strings, b' ', out, |one, out| write_string(&one.to_cow(), out));
    out.push(b')');
}

/// ```abnf
/// mailbox-list    = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox
///                   [SP mbox-list-extended]
/// ```
pub(crate) fn mailbox_list(name: &str, entry: &ListEntry<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.push(b'(');
    entry.attributes.write(out);
    out.extend_from_slice(b") ");
    delimiter(entry.delimiter, out);
    out.push(b' ');
    mailbox(&entry.mailbox, out);
    let has_children = !entry.child_info.is_empty();
    if has_children || entry.old_name.is_some() {
        out.extend_from_slice(b" (");
        if has_children {
            out.extend_from_slice(b"\"CHILDINFO\" ");
            strings(&entry.child_info, out);
        }
        if let Some(old_name) = &entry.old_name {
            out.extend_from_slice(if has_children { b" " } else { b"" });
            out.extend_from_slice(b"\"OLDNAME\" (");
            mailbox(old_name, out);
            out.push(b')');
        }
        out.push(b')');
    }
}

/// ```abnf
/// mailbox-data    =/ "STATUS" SP mailbox SP "(" [status-att-list] ")"
/// ```
pub(crate) fn status(status: &MailboxStatus<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"* STATUS ");
    mailbox(&status.mailbox, out);
    out.extend_from_slice(b" (");
    status.values.write(out);
    out.push(b')');
}

impl Element for StatusElement {
    type Item<'a> = StatusValue<'a>;

    const FAST: fn(&[u8]) -> Option<(&[u8], StatusValue<'_>)> = fast::status_att_val;

    fn next<'a>(rest: &mut &'a [u8]) -> Option<StatusValue<'a>> {
        let (after, value) = preceded(opt_sp, read_status_att_val).parse(rest).ok()?;
        *rest = after;
        Some(value)
    }

    fn write(item: &StatusValue<'_>, out: &mut Vec<u8>) {
        status_att_val(item, out);
    }
}

fn status_att_val(value: &StatusValue<'_>, out: &mut Vec<u8>) {
    let (name, count) = match value {
        StatusValue::Messages(count) => ("MESSAGES", *count),
        StatusValue::Recent(count) => ("RECENT", *count),
        StatusValue::UidNext(uid) => ("UIDNEXT", *uid),
        StatusValue::UidValidity(value) => ("UIDVALIDITY", u64::from(value.get())),
        StatusValue::Unseen(count) => ("UNSEEN", *count),
        StatusValue::Deleted(count) => ("DELETED", *count),
        StatusValue::Size(octets) => ("SIZE", *octets),
        StatusValue::DeletedStorage(octets) => ("DELETED-STORAGE", *octets),
        StatusValue::HighestModSeq(value) => ("HIGHESTMODSEQ", value.get()),
        StatusValue::AppendLimit(Some(octets)) => ("APPENDLIMIT", *octets),
        StatusValue::AppendLimit(None) => return out.extend_from_slice(b"APPENDLIMIT NIL"),
        StatusValue::MailboxId(id) => {
            out.extend_from_slice(b"MAILBOXID (");
            write_astring(&id.to_cow(), out);
            return out.push(b')');
        }
        StatusValue::Other { name, value } => {
            return named(name, value, out);
        }
    };
    out.extend_from_slice(name.as_bytes());
    out.push(b' ');
    write_number(count, out);
}

/// ```abnf
/// namespace-response = "NAMESPACE" SP namespace SP namespace SP namespace
/// ```
pub(crate) fn namespace_response(namespaces: &Namespaces<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"* NAMESPACE");
    for entries in [&namespaces.personal, &namespaces.other_users, &namespaces.shared] {
        out.push(b' ');
        if entries.is_empty() {
            out.extend_from_slice(b"NIL");
            continue;
        }
        out.push(b'(');
        entries.iter().for_each(|entry| namespace_descr(entry, out));
        out.push(b')');
    }
}

/// ```abnf
/// namespace-descr = "(" string SP (DQUOTE QUOTED-CHAR DQUOTE / nil)
///                   [namespace-response-extensions] ")"
/// ```
fn namespace_descr(entry: &NamespaceEntry<'_>, out: &mut Vec<u8>) {
    out.push(b'(');
    write_string(&entry.prefix.to_cow(), out);
    out.push(b' ');
    delimiter(entry.delimiter, out);
    for (name, values) in &entry.extensions {
        out.push(b' ');
        write_string(&name.to_cow(), out);
        out.push(b' ');
        strings(values, out);
    }
    out.push(b')');
}

/// ```abnf
/// id-response     = "ID" SP id-params-list
/// ```
pub(crate) fn id_response(
    parameters: Option<&[(IString<'_>, Option<IString<'_>>)]>,
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(b"* ID ");
    let Some(parameters) = parameters else {
        return out.extend_from_slice(b"NIL");
    };
    out.push(b'(');
    write_joined(parameters, b' ', out, |(name, value), out| {
        write_string(&name.to_cow(), out);
        out.push(b' ');
        write_nstring(value.as_ref(), out);
    });
    out.push(b')');
}
