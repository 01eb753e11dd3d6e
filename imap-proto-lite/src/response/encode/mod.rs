//! Responses: RFC 9051 section 7, written as the RFC has them.

use alloc::vec::Vec;

use bytes::Bytes;

pub(crate) mod fetch;
mod search;

use crate::{
    response::{
        Condition, ListEntry, NamespaceEntry, Response, ResponseCode, StatusElement, StatusValue,
        encode::{
            fetch::msg_att,
            search::{esearch, ranges, search, thread},
        },
    },
    types::{capability::CapabilityList, flag::Flags, mailbox_name::MailboxName},
    wire::{
        atom::spaces,
        encoded::{Encoded, Fragment},
        list::sealed::Element as _,
        number::write_number,
        string::{IString, write_astring, write_nstring, write_quoted, write_string},
        value::skip_value,
    },
};

/// Encodes one response with its CRLF. A streamed body becomes [`Fragment::Streamed`] at its place.
#[must_use]
pub fn response(response: &Response<'_>) -> Encoded {
    let mut out = Output::default();
    write(response, &mut out);
    out.end()
}

/// Octets, and the places where streamed ones stand between them.
#[derive(Default)]
pub(crate) struct Output {
    pub(crate) octets: Vec<u8>,
    pub(crate) gaps: Vec<(usize, u64)>,
}

impl Output {
    fn end(mut self) -> Encoded {
        let mut fragments = Vec::new();
        let mut octets = Bytes::from(core::mem::take(&mut self.octets));
        let mut before = 0;
        for (place, streamed) in self.gaps {
            fragments.push(Fragment::Octets {
                octets: octets.split_to(place - before),
                sensitive: false,
            });
            fragments.push(Fragment::Streamed { octets: streamed });
            before = place;
        }
        fragments.push(Fragment::Octets { octets, sensitive: false });
        Encoded { fragments }
    }
}

fn write(response: &Response<'_>, output: &mut Output) {
    let out = &mut output.octets;
    match response {
        Response::Tagged { tag, condition, code, text } => {
            out.extend_from_slice(tag.as_bytes());
            out.push(b' ');
            resp_cond(*condition, code.as_ref(), text, out);
        }
        Response::Condition { condition, code, text } => {
            out.extend_from_slice(b"* ");
            resp_cond(*condition, code.as_ref(), text, out);
        }
        Response::Continuation { text } => {
            out.extend_from_slice(b"+ ");
            line(text, out);
        }
        Response::Capability(list) => capabilities("* CAPABILITY", list, out),
        Response::Enabled(list) => capabilities("* ENABLED", list, out),
        Response::List(entry) => mailbox_list("* LIST ", entry, out),
        Response::Lsub(entry) => mailbox_list("* LSUB ", entry, out),
        Response::Status(status) => {
            out.extend_from_slice(b"* STATUS ");
            mailbox(&status.mailbox, out);
            out.extend_from_slice(b" (");
            for (place, value) in status.values.iter().enumerate() {
                if place > 0 {
                    out.push(b' ');
                }
                StatusElement::write(&value, out);
            }
            out.push(b')');
        }
        Response::Flags(list) => {
            out.extend_from_slice(b"* FLAGS ");
            flags(list, out);
        }
        Response::Exists(count) => numbered(*count, "EXISTS", out),
        Response::Recent(count) => numbered(*count, "RECENT", out),
        Response::Expunge(seq) => numbered(seq.get(), "EXPUNGE", out),
        Response::Vanished { earlier, uids } => {
            out.extend_from_slice(if *earlier { b"* VANISHED (EARLIER) " } else { b"* VANISHED " });
            ranges(uids, out);
        }
        Response::Fetch(fetch) => {
            numbered(fetch.seq.get(), "FETCH (", out);
            msg_att(fetch.iter(), output);
        }
        Response::UidFetch { uid, attributes } => {
            numbered(uid.get(), "UIDFETCH (", out);
            msg_att(attributes.iter(), output);
        }
        Response::Search(result) => search("* SEARCH", result, out),
        Response::Sort(result) => search("* SORT", result, out),
        Response::Esearch(result) => esearch(result, out),
        Response::Thread(threads) => thread(threads, out),
        Response::Namespace(namespaces) => {
            out.extend_from_slice(b"* NAMESPACE");
            for entries in [&namespaces.personal, &namespaces.other_users, &namespaces.shared] {
                out.push(b' ');
                namespace(entries, out);
            }
        }
        Response::Id(parameters) => id(parameters.as_deref(), out),
        Response::Quota(quota) => {
            out.extend_from_slice(b"* QUOTA ");
            write_astring(&quota.root.to_cow(), out);
            out.extend_from_slice(b" (");
            for (place, resource) in quota.resources.iter().enumerate() {
                if place > 0 {
                    out.push(b' ');
                }
                write_astring(&resource.name.to_cow(), out);
                out.push(b' ');
                write_number(resource.usage, out);
                out.push(b' ');
                write_number(resource.limit, out);
            }
            out.push(b')');
        }
        Response::QuotaRoot(root) => {
            out.extend_from_slice(b"* QUOTAROOT ");
            mailbox(&root.mailbox, out);
            astrings(&root.roots, out);
        }
        Response::Acl(acl) => {
            out.extend_from_slice(b"* ACL ");
            mailbox(&acl.mailbox, out);
            for entry in &acl.entries {
                astrings([&entry.identifier, &entry.rights], out);
            }
        }
        Response::MyRights { mailbox: name, rights } => {
            out.extend_from_slice(b"* MYRIGHTS ");
            mailbox(name, out);
            astrings([rights], out);
        }
        Response::ListRights(rights) => {
            out.extend_from_slice(b"* LISTRIGHTS ");
            mailbox(&rights.mailbox, out);
            astrings([&rights.identifier, &rights.required], out);
            astrings(&rights.optional, out);
        }
        Response::Noop => out.extend_from_slice(b"* NOOP"),
        Response::Unknown { raw, .. } | Response::Malformed { raw } => {
            out.extend_from_slice(raw.strip_suffix(b"\r\n").unwrap_or(raw));
        }
    }
    output.octets.extend_from_slice(b"\r\n");
}

/// Text for people: what would end the line is left out.
pub(crate) fn line(text: &[u8], out: &mut Vec<u8>) {
    out.extend(text.iter().filter(|octet| !matches!(octet, b'\r' | b'\n' | 0)));
}

/// Values in the form of the wire, which a server may have made up: a line end stays only as a part of a literal.
pub(crate) fn raw(values: &[u8], out: &mut Vec<u8>) {
    let mut rest = values;
    while let Ok((after, value)) = skip_value(spaces(rest))
        && !value.is_empty()
    {
        rest = after;
    }
    if rest.is_empty() {
        out.extend_from_slice(values);
    } else {
        line(values, out);
    }
}

fn resp_cond(
    condition: Condition,
    code: Option<&ResponseCode<'_>>,
    text: &[u8],
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(match condition {
        Condition::Ok => b"OK ",
        Condition::No => b"NO ",
        Condition::Bad => b"BAD ",
        Condition::PreAuth => b"PREAUTH ",
        Condition::Bye => b"BYE ",
    });
    if let Some(code) = code {
        out.push(b'[');
        resp_text_code(code, out);
        out.extend_from_slice(b"] ");
    }
    line(text, out);
}

fn resp_text_code(code: &ResponseCode<'_>, out: &mut Vec<u8>) {
    if let Some(name) = code.name() {
        out.extend_from_slice(name.as_bytes());
    }
    let mut argument = |value: u64| {
        out.push(b' ');
        write_number(value, out);
    };
    match code {
        ResponseCode::BadCharset(charsets) if !charsets.is_empty() => {
            out.extend_from_slice(b" (");
            out.extend_from_slice(crate::response::Charsets::new(charsets.iter()).as_wire());
            out.push(b')');
        }
        ResponseCode::Capability(list) => {
            for capability in list {
                out.push(b' ');
                out.extend_from_slice(capability);
            }
        }
        ResponseCode::PermanentFlags(list) => {
            out.push(b' ');
            flags(list, out);
        }
        ResponseCode::UidNext(value)
        | ResponseCode::Unseen(value)
        | ResponseCode::MessageLimit(value) => argument(u64::from(*value)),
        ResponseCode::UidValidity(value) => argument(u64::from(value.get())),
        ResponseCode::HighestModSeq(value) => argument(value.get()),
        ResponseCode::AppendUid { uid_validity, uids } => {
            argument(u64::from(uid_validity.get()));
            out.push(b' ');
            ranges(uids, out);
        }
        ResponseCode::CopyUid { uid_validity, source, destination } => {
            argument(u64::from(uid_validity.get()));
            out.push(b' ');
            ranges(source, out);
            out.push(b' ');
            ranges(destination, out);
        }
        ResponseCode::Modified(set) => {
            out.push(b' ');
            ranges(set, out);
        }
        ResponseCode::MailboxId(id) => {
            out.extend_from_slice(b" (");
            line(&id.to_cow(), out);
            out.push(b')');
        }
        ResponseCode::InProgress { tag, progress, goal }
            if (tag.is_some() || progress.is_some() || goal.is_some()) =>
        {
            out.extend_from_slice(b" (");
            nquoted(tag.as_ref(), out);
            for count in [progress, goal] {
                out.push(b' ');
                match count {
                    Some(count) => write_number(*count, out),
                    None => out.extend_from_slice(b"NIL"),
                }
            }
            out.push(b')');
        }
        ResponseCode::WebAlert(url) | ResponseCode::Referral(url) => {
            out.push(b' ');
            line(&url.to_cow(), out);
        }
        ResponseCode::Other { name, argument } => {
            line(&name.to_cow(), out);
            if let Some(argument) = argument {
                out.push(b' ');
                line(&argument.to_cow(), out);
            }
        }
        _ => {}
    }
}

/// A quoted string or NIL, in a place where no literal may stand.
fn nquoted(value: Option<&IString<'_>>, out: &mut Vec<u8>) {
    match value {
        Some(value) => {
            let value: Vec<u8> =
                value.bytes().filter(|octet| !matches!(octet, b'\r' | b'\n' | 0)).collect();
            write_quoted(&value, out);
        }
        None => out.extend_from_slice(b"NIL"),
    }
}

fn numbered(value: u32, name: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"* ");
    write_number(u64::from(value), out);
    out.push(b' ');
    out.extend_from_slice(name.as_bytes());
}

fn capabilities(name: &str, list: &CapabilityList<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    for capability in list {
        out.push(b' ');
        out.extend_from_slice(capability);
    }
}

pub(crate) fn flags(list: &Flags<'_>, out: &mut Vec<u8>) {
    out.push(b'(');
    for (place, flag) in list.iter().enumerate() {
        if place > 0 {
            out.push(b' ');
        }
        crate::types::flag::FlagElement::write(&flag, out);
    }
    out.push(b')');
}

fn mailbox(name: &MailboxName<'_>, out: &mut Vec<u8>) {
    write_astring(&name.raw(), out);
}

fn astrings<'i, 'a: 'i>(strings: impl IntoIterator<Item = &'i IString<'a>>, out: &mut Vec<u8>) {
    for one in strings {
        out.push(b' ');
        write_astring(&one.to_cow(), out);
    }
}

fn delimiter(delimiter: Option<u8>, out: &mut Vec<u8>) {
    match delimiter {
        Some(delimiter) => write_quoted(&[delimiter], out),
        None => out.extend_from_slice(b"NIL"),
    }
}

fn mailbox_list(name: &str, entry: &ListEntry<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.push(b'(');
    for (place, attribute) in entry.attributes.iter().enumerate() {
        if place > 0 {
            out.push(b' ');
        }
        out.push(b'\\');
        out.extend_from_slice(attribute.name());
    }
    out.extend_from_slice(b") ");
    delimiter(entry.delimiter, out);
    out.push(b' ');
    mailbox(&entry.mailbox, out);
    if entry.child_info.is_empty() && entry.old_name.is_none() {
        return;
    }
    out.extend_from_slice(b" (");
    if !entry.child_info.is_empty() {
        out.extend_from_slice(b"\"CHILDINFO\" (");
        for (place, one) in entry.child_info.iter().enumerate() {
            if place > 0 {
                out.push(b' ');
            }
            write_string(&one.to_cow(), out);
        }
        out.push(b')');
    }
    if let Some(old_name) = &entry.old_name {
        if !entry.child_info.is_empty() {
            out.push(b' ');
        }
        out.extend_from_slice(b"\"OLDNAME\" (");
        mailbox(old_name, out);
        out.push(b')');
    }
    out.push(b')');
}

pub(crate) fn status_att_val(value: &StatusValue<'_>, out: &mut Vec<u8>) {
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
            line(&name.to_cow(), out);
            out.push(b' ');
            return raw(&value.to_cow(), out);
        }
    };
    out.extend_from_slice(name.as_bytes());
    out.push(b' ');
    write_number(count, out);
}

fn namespace(entries: &[NamespaceEntry<'_>], out: &mut Vec<u8>) {
    if entries.is_empty() {
        return out.extend_from_slice(b"NIL");
    }
    out.push(b'(');
    for entry in entries {
        out.push(b'(');
        write_string(&entry.prefix.to_cow(), out);
        out.push(b' ');
        delimiter(entry.delimiter, out);
        for (name, values) in &entry.extensions {
            out.push(b' ');
            write_string(&name.to_cow(), out);
            out.extend_from_slice(b" (");
            for (place, value) in values.iter().enumerate() {
                if place > 0 {
                    out.push(b' ');
                }
                write_string(&value.to_cow(), out);
            }
            out.push(b')');
        }
        out.push(b')');
    }
    out.push(b')');
}

fn id(parameters: Option<&[(IString<'_>, Option<IString<'_>>)]>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"* ID ");
    let Some(parameters) = parameters else {
        return out.extend_from_slice(b"NIL");
    };
    out.push(b'(');
    for (place, (name, value)) in parameters.iter().enumerate() {
        if place > 0 {
            out.push(b' ');
        }
        write_string(&name.to_cow(), out);
        out.push(b' ');
        write_nstring(value.as_ref(), out);
    }
    out.push(b')');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_end_stays_only_as_a_part_of_a_literal() {
        for (values, written) in [
            (&b""[..], &b""[..]),
            (b"1", b"1"),
            (b"X (a \")\" {2}\r\n)( b) NIL", b"X (a \")\" {2}\r\n)( b) NIL"),
            (b"{4}\r\n\r\n\r\n", b"{4}\r\n\r\n\r\n"),
            (b"x\r\n* BYE x", b"x* BYE x"),
            (b"x\n* BYE x\0", b"x* BYE x"),
            (b"x)\r\n* 2 FETCH (", b"x)* 2 FETCH ("),
            (b"(x\r\n* BYE x", b"(x* BYE x"),
            (b"(x\r\n)", b"(x)"),
            (b"{9}\r\nx\r\n* BYE", b"{9}x* BYE"),
            (b"{1}\r\nx\r\n* BYE", b"{1}x* BYE"),
            (b"\"x\r\n* BYE", b"\"x* BYE"),
            (b"\"x\r\n* BYE\"", b"\"x* BYE\""),
        ] {
            let mut out = Vec::new();
            raw(values, &mut out);
            assert_eq!(out, written, "{}", values.escape_ascii());
        }
    }
}
