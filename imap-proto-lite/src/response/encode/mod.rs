//! Responses: RFC 9051 section 7, written in the form of the RFC.

pub(crate) mod code;
mod extension;
pub(crate) mod fetch;
mod mailbox;
mod raw;
mod search;

use crate::{
    response::{Condition, Response, ResponseCode, encode::raw::line},
    types::{CapabilityList, Flags},
    wire::{
        Encoded,
        put::{Out, Put, SP, many, parens},
    },
};

/// Encodes one response with its CRLF. A streamed body becomes
/// [`Fragment::Streamed`](crate::encode::Fragment::Streamed) at its place.
#[must_use]
pub fn response(response: &Response<'_>) -> Encoded {
    let mut out = Out::new(None);
    write(response, &mut out);
    out.put("\r\n");
    out.finish()
}

fn write(response: &Response<'_>, out: &mut Out) {
    match response {
        Response::Tagged { tag, condition, code, text } => {
            out.put((tag.as_bytes(), SP, resp_cond(*condition, code.as_ref(), text)));
        }
        Response::Condition { condition, code, text } => {
            out.put(("* ", resp_cond(*condition, code.as_ref(), text)));
        }
        Response::Continuation { text } => out.put(("+ ", line(text))),
        Response::Capability(list) => out.put(("* CAPABILITY", capabilities(list))),
        Response::Enabled(list) => out.put(("* ENABLED", capabilities(list))),
        Response::List(entry) => out.put(("* LIST ", mailbox::mailbox_list(entry))),
        Response::Lsub(entry) => out.put(("* LSUB ", mailbox::mailbox_list(entry))),
        Response::Status(status) => out.put(mailbox::status(status)),
        Response::Flags(list) => out.put(("* FLAGS ", flag_list(list))),
        Response::Exists(count) => out.put(("* ", *count, " EXISTS")),
        Response::Recent(count) => out.put(("* ", *count, " RECENT")),
        Response::Expunge(seq) => out.put(("* ", seq.get(), " EXPUNGE")),
        Response::Vanished { earlier, uids } => {
            out.put(("* VANISHED ", earlier.then_some("(EARLIER) "), uids));
        }
        Response::Fetch(fetch) => {
            out.put(("* ", fetch.seq.get(), " FETCH ", parens(fetch::msg_att(fetch.iter()))));
        }
        Response::UidFetch { uid, attributes } => {
            let attributes = parens(fetch::msg_att(attributes.iter()));
            out.put(("* ", uid.get(), " UIDFETCH ", attributes));
        }
        Response::Search(result) => out.put(("* SEARCH", search::search_data(result))),
        Response::Sort(result) => out.put(("* SORT", search::search_data(result))),
        Response::Esearch(result) => out.put(search::esearch_response(result)),
        Response::Thread(threads) => search::thread_data(threads, out),
        Response::Namespace(namespaces) => out.put(mailbox::namespace_response(namespaces)),
        Response::Id(parameters) => out.put(mailbox::id_response(parameters.as_deref())),
        Response::Quota(quota) => out.put(extension::quota_response(quota)),
        Response::QuotaRoot(root) => out.put(extension::quotaroot_response(root)),
        Response::Acl(acl) => out.put(extension::acl_data(acl)),
        Response::MyRights { mailbox, rights } => {
            out.put(extension::myrights_data(mailbox, rights));
        }
        Response::ListRights(rights) => out.put(extension::listrights_data(rights)),
        Response::Noop => out.put("* NOOP"),
        Response::Unknown { raw, .. } | Response::Malformed { raw } => {
            out.put(raw.strip_suffix(b"\r\n").unwrap_or(raw));
        }
    }
}

/// ```abnf
/// resp-cond-state = ("OK" / "NO" / "BAD") SP resp-text
/// resp-text       = ["[" resp-text-code "]" SP] [text]
/// ```
fn resp_cond(condition: Condition, code: Option<&ResponseCode<'_>>, text: &[u8]) -> impl Put {
    let code = code.map(|code| (b'[', code::resp_text_code(code), "] "));
    (condition.keyword(), SP, code, line(text))
}

/// ```abnf
/// capability-data = "CAPABILITY" *(SP capability)
/// ```
/// Without the word.
fn capabilities(list: &CapabilityList<'_>) -> impl Put {
    many(list.iter().map(|capability| (SP, capability)))
}

/// ```abnf
/// flag-list       = "(" [flag *(SP flag)] ")"
/// ```
pub(crate) fn flag_list(list: &Flags<'_>) -> impl Put {
    parens(list)
}
