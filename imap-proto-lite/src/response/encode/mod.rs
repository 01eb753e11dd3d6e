//! Responses: RFC 9051 section 7, written in the form of the RFC.

use alloc::vec::Vec;

pub(crate) mod code;
mod extension;
pub(crate) mod fetch;
mod mailbox;
mod output;
mod search;

use crate::{
    response::{
        Condition, Response, ResponseCode,
        encode::output::{Output, line},
    },
    types::{CapabilityList, Flags, flag::FlagElement},
    wire::{
        Encoded,
        list::{sealed::Element as _, write_joined},
        write_number,
    },
};

/// Encodes one response with its CRLF. A streamed body becomes
/// [`Fragment::Streamed`](crate::encode::Fragment::Streamed) at its place.
#[must_use]
pub fn response(response: &Response<'_>) -> Encoded {
    let mut output = Output::default();
    write(response, &mut output);
    output.octets.extend_from_slice(b"\r\n");
    output.end()
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
        Response::Capability(list) => capability_data("* CAPABILITY", list, out),
        Response::Enabled(list) => capability_data("* ENABLED", list, out),
        Response::List(entry) => mailbox::mailbox_list("* LIST ", entry, out),
        Response::Lsub(entry) => mailbox::mailbox_list("* LSUB ", entry, out),
        Response::Status(status) => mailbox::status(status, out),
        Response::Flags(list) => {
            out.extend_from_slice(b"* FLAGS ");
            flag_list(list, out);
        }
        Response::Exists(count) => numbered(*count, "EXISTS", out),
        Response::Recent(count) => numbered(*count, "RECENT", out),
        Response::Expunge(seq) => numbered(seq.get(), "EXPUNGE", out),
        Response::Vanished { earlier, uids } => {
            out.extend_from_slice(if *earlier { b"* VANISHED (EARLIER) " } else { b"* VANISHED " });
            uids.write(out);
        }
        Response::Fetch(fetch) => {
            numbered(fetch.seq.get(), "FETCH (", out);
            fetch::msg_att(fetch.iter(), output);
        }
        Response::UidFetch { uid, attributes } => {
            numbered(uid.get(), "UIDFETCH (", out);
            fetch::msg_att(attributes.iter(), output);
        }
        Response::Search(result) => search::search_data("* SEARCH", result, out),
        Response::Sort(result) => search::search_data("* SORT", result, out),
        Response::Esearch(result) => search::esearch_response(result, out),
        Response::Thread(threads) => search::thread_data(threads, out),
        Response::Namespace(namespaces) => mailbox::namespace_response(namespaces, out),
        Response::Id(parameters) => mailbox::id_response(parameters.as_deref(), out),
        Response::Quota(quota) => extension::quota_response(quota, out),
        Response::QuotaRoot(root) => extension::quotaroot_response(root, out),
        Response::Acl(acl) => extension::acl_data(acl, out),
        Response::MyRights { mailbox, rights } => extension::myrights_data(mailbox, rights, out),
        Response::ListRights(rights) => extension::listrights_data(rights, out),
        Response::Noop => out.extend_from_slice(b"* NOOP"),
        Response::Unknown { raw, .. } | Response::Malformed { raw } => {
            out.extend_from_slice(raw.strip_suffix(b"\r\n").unwrap_or(raw));
        }
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
        code::resp_text_code(code, out);
        out.extend_from_slice(b"] ");
    }
    line(text, out);
}

fn numbered(value: u32, name: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"* ");
    write_number(u64::from(value), out);
    out.push(b' ');
    out.extend_from_slice(name.as_bytes());
}

fn capability_data(name: &str, list: &CapabilityList<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    for capability in list {
        out.push(b' ');
        out.extend_from_slice(capability);
    }
}

/// ```abnf
/// flag-list       = "(" [flag *(SP flag)] ")"
/// ```
pub(crate) fn flag_list(list: &Flags<'_>, out: &mut Vec<u8>) {
    out.push(b'(');
    write_joined(list, b' ', out, |flag, out| FlagElement::write(&flag, out));
    out.push(b')');
}
