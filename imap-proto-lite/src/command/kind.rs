//! Which capability a command needs.
//!
//! What IMAP4rev2 includes counts as announced only where rev2 is spoken: after ENABLE IMAP4rev2, or where the server knows
//! nothing else. A server that offers both stays at rev1 until then, and some advertise rev2 and lack parts of it
//! (Exchange Online's new front end, jstedfast/MailKit#2016).

use crate::{
    command::{AppendData, Command, SelectParameters},
    types::capability::{Capabilities, speaks_rev2},
};

/// The first capability that `command` needs and the server does not announce.
pub(crate) fn missing(
    command: &Command<'_>,
    capabilities: &Capabilities,
    enabled: &Capabilities,
) -> Option<&'static str> {
    let rev2 = speaks_rev2(capabilities, enabled);
    let lacks = |name: &'static str| (!capabilities.has(name)).then_some(name);
    let lacks_both = |one: &'static str, two: &'static str| lacks(one).and_then(|_| lacks(two));
    let lacks_before_rev2 = |name: &'static str| if rev2 { None } else { lacks(name) };
    match command {
        Command::Id(_) => lacks("ID"),
        Command::StartTls => lacks("STARTTLS"),
        Command::Enable { .. } => lacks_before_rev2("ENABLE"),
        Command::Namespace => lacks_before_rev2("NAMESPACE"),
        Command::Compress => lacks("COMPRESS=DEFLATE"),
        Command::Idle => lacks_before_rev2("IDLE"),
        Command::Unselect => lacks_before_rev2("UNSELECT"),
        Command::UidExpunge { .. } => lacks_before_rev2("UIDPLUS"),
        Command::Move { .. } => lacks_before_rev2("MOVE"),
        Command::Sort { .. } => lacks("SORT"),
        Command::Thread { .. } => {
            capabilities.values("THREAD").next().is_none().then_some("THREAD")
        }
        Command::Replace { .. } => lacks("REPLACE"),
        Command::GetQuota { .. } | Command::GetQuotaRoot { .. } => lacks("QUOTA"),
        // RFC 9208 has QUOTASET for it, RFC 2087 has not.
        Command::SetQuota { .. } => lacks_both("QUOTASET", "QUOTA"),
        Command::GetAcl { .. }
        | Command::SetAcl { .. }
        | Command::DeleteAcl { .. }
        | Command::ListRights { .. }
        | Command::MyRights { .. } => lacks("ACL"),
        Command::List { patterns, selection, returns, .. } => {
            if !returns.status.is_empty() && lacks_before_rev2("LIST-STATUS").is_some() {
                Some("LIST-STATUS")
            } else if returns.my_rights && lacks("LIST-MYRIGHTS").is_some() {
                Some("LIST-MYRIGHTS")
            } else if (selection.special_use || returns.special_use)
                && lacks_before_rev2("SPECIAL-USE").is_some()
            {
                Some("SPECIAL-USE")
            } else if patterns.len() > 1
                || selection.subscribed
                || selection.remote
                || selection.recursive_match
                || returns.subscribed
                || returns.children
            {
                lacks_before_rev2("LIST-EXTENDED")
            } else {
                None
            }
        }
        Command::Select { parameters, .. } | Command::Examine { parameters, .. } => {
            match parameters {
                SelectParameters::None => None,
                SelectParameters::CondStore => lacks_both("QRESYNC", "CONDSTORE"),
                SelectParameters::QResync { .. } => {
                    (!enabled.has("QRESYNC")).then_some("QRESYNC (enabled)")
                }
            }
        }
        Command::Create { special_use, .. } if !special_use.is_empty() => {
            lacks("CREATE-SPECIAL-USE")
        }
        Command::Append { message, .. } => match message.data {
            AppendData::Literal => None,
            AppendData::Literal8 => lacks("BINARY"),
            AppendData::Utf8 => (!enabled.has("UTF8=ACCEPT")).then_some("UTF8=ACCEPT (enabled)"),
        },
        Command::Search { returns: Some(returns), .. } => {
            if returns.partial.is_some() {
                lacks("PARTIAL")
            } else if returns.save {
                lacks_before_rev2("SEARCHRES")
            } else {
                lacks_before_rev2("ESEARCH")
            }
        }
        Command::Fetch { modifiers, .. } => {
            if modifiers.vanished && !enabled.has("QRESYNC") {
                Some("QRESYNC (enabled)")
            } else if modifiers.changed_since.is_some() {
                lacks_both("QRESYNC", "CONDSTORE")
            } else if modifiers.partial.is_some() {
                lacks("PARTIAL")
            } else {
                None
            }
        }
        Command::Store { unchanged_since: Some(_), .. } => lacks_both("QRESYNC", "CONDSTORE"),
        _ => None,
    }
}
