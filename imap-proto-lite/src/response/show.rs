//! `Debug` of responses: one line, bytes as escaped text.

use core::fmt;

use crate::{
    response::{FetchAttribute, Response},
    wire::string::Escaped,
};

impl fmt::Debug for Response<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = |f: &mut fmt::Formatter<'_>, name: &str, value: &dyn fmt::Debug| {
            f.debug_tuple(name).field(value).finish()
        };
        match self {
            Self::Tagged { tag, condition, code, text } => f
                .debug_struct("Tagged")
                .field("tag", tag)
                .field("condition", condition)
                .field("code", code)
                .field("text", &Escaped(text))
                .finish(),
            Self::Condition { condition, code, text } => f
                .debug_struct("Condition")
                .field("condition", condition)
                .field("code", code)
                .field("text", &Escaped(text))
                .finish(),
            Self::Continuation { text } => {
                f.debug_struct("Continuation").field("text", &Escaped(text)).finish()
            }
            Self::Capability(list) => one(f, "Capability", list),
            Self::Enabled(list) => one(f, "Enabled", list),
            Self::List(entry) => one(f, "List", entry),
            Self::Lsub(entry) => one(f, "Lsub", entry),
            Self::Status(status) => one(f, "Status", status),
            Self::Flags(flags) => one(f, "Flags", flags),
            Self::Exists(count) => one(f, "Exists", count),
            Self::Recent(count) => one(f, "Recent", count),
            Self::Expunge(seq) => one(f, "Expunge", seq),
            Self::Vanished { earlier, uids } => {
                f.debug_struct("Vanished").field("earlier", earlier).field("uids", uids).finish()
            }
            Self::Fetch(fetch) => one(f, "Fetch", fetch),
            Self::UidFetch { uid, attributes } => f
                .debug_struct("UidFetch")
                .field("uid", uid)
                .field("attributes", attributes)
                .finish(),
            Self::Search(result) => one(f, "Search", result),
            Self::Sort(result) => one(f, "Sort", result),
            Self::Esearch(result) => one(f, "Esearch", result),
            Self::Thread(threads) => one(f, "Thread", threads),
            Self::Namespace(namespaces) => one(f, "Namespace", namespaces),
            Self::Id(parameters) => one(f, "Id", parameters),
            Self::Quota(quota) => one(f, "Quota", quota),
            Self::QuotaRoot(root) => one(f, "QuotaRoot", root),
            Self::Acl(acl) => one(f, "Acl", acl),
            Self::MyRights { mailbox, rights } => f
                .debug_struct("MyRights")
                .field("mailbox", mailbox)
                .field("rights", rights)
                .finish(),
            Self::ListRights(rights) => one(f, "ListRights", rights),
            Self::Noop => f.write_str("Noop"),
            Self::Unknown { name, number, raw } => f
                .debug_struct("Unknown")
                .field("name", &Escaped(name))
                .field("number", number)
                .field("raw", &Escaped(raw))
                .finish(),
            Self::Malformed { raw } => {
                f.debug_struct("Malformed").field("raw", &Escaped(raw)).finish()
            }
        }
    }
}

impl fmt::Debug for FetchAttribute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = |f: &mut fmt::Formatter<'_>, name: &str, value: &dyn fmt::Debug| {
            f.debug_tuple(name).field(value).finish()
        };
        match self {
            Self::Uid(uid) => one(f, "Uid", uid),
            Self::Flags(flags) => one(f, "Flags", flags),
            Self::InternalDate(date) => one(f, "InternalDate", date),
            Self::Rfc822Size(octets) => one(f, "Rfc822Size", octets),
            Self::ModSeq(value) => one(f, "ModSeq", value),
            Self::Envelope(envelope) => one(f, "Envelope", envelope),
            Self::Body(structure) => one(f, "Body", structure),
            Self::BodyStructure(structure) => one(f, "BodyStructure", structure),
            Self::BodySection { section, origin, data } => f
                .debug_struct("BodySection")
                .field("section", section)
                .field("origin", origin)
                .field("data", data)
                .finish(),
            Self::Rfc822(data) => one(f, "Rfc822", data),
            Self::Rfc822Header(data) => one(f, "Rfc822Header", data),
            Self::Rfc822Text(data) => one(f, "Rfc822Text", data),
            Self::Binary { part, origin, data } => f
                .debug_struct("Binary")
                .field("part", part)
                .field("origin", origin)
                .field("data", data)
                .finish(),
            Self::BinarySize { part, octets } => {
                f.debug_struct("BinarySize").field("part", part).field("octets", octets).finish()
            }
            Self::GmailMessageId(id) => one(f, "GmailMessageId", id),
            Self::GmailThreadId(id) => one(f, "GmailThreadId", id),
            Self::GmailLabels(labels) => one(f, "GmailLabels", labels),
            Self::EmailId(id) => one(f, "EmailId", id),
            Self::ThreadId(id) => one(f, "ThreadId", id),
            Self::Preview(text) => one(f, "Preview", text),
            Self::SaveDate(date) => one(f, "SaveDate", date),
            Self::Unknown { name, value } => f
                .debug_struct("Unknown")
                .field("name", &Escaped(name))
                .field("value", &Escaped(value))
                .finish(),
            Self::Malformed { name, raw } => f
                .debug_struct("Malformed")
                .field("name", &Escaped(name))
                .field("raw", &Escaped(raw))
                .finish(),
        }
    }
}
