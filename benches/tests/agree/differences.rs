//! The commands that `imap-codec` refuses, and why: it refuses a command exactly if one of these
//! applies.

use imap_proto_lite::{
    command::{
        AppendData, Command, FetchItem, ListReturn, ListSelection, Messages, StatusItem,
        StoreAction,
    },
    date::DateTime,
    flag::Flag,
    search::{SearchKey, SearchQuery},
};

/// One kind of command that imap-codec does not take.
pub(crate) struct Difference {
    pub(crate) what: &'static str,
    pub(crate) why: &'static str,
    pub(crate) holds: fn(&Command<'_>) -> bool,
}

macro_rules! differences {
    ($($what:literal, $why:literal: $holds:expr;)*) => {
        /// All of them.
        pub(crate) const DIFFERENCES: &[Difference] = &[
            $(Difference { what: $what, why: $why, holds: $holds },)*
        ];
    };
}

differences! {
    "REPLACE", "RFC 8508 is not there": |command| matches!(command, Command::Replace { .. });
    "ACL", "RFC 4314 is not there": |command| matches!(
        command,
        Command::GetAcl { .. } | Command::SetAcl { .. } | Command::DeleteAcl { .. } | Command::ListRights { .. } | Command::MyRights { .. }
    );
    "LIST with options or several patterns", "its types know RFC 5258, its parser does not": |command| matches!(
        command,
        Command::List { patterns, selection, returns, .. }
            if patterns.len() > 1 || *selection != ListSelection::default() || *returns != ListReturn::default()
    );
    "LIST RETURN", "RFC 5819 is not there": |command| matches!(command, Command::List { returns, .. } if !returns.status.is_empty());
    "CREATE (USE ..)", "RFC 6154 is not there": |command| matches!(command, Command::Create { special_use, .. } if !special_use.is_empty());
    "STATUS APPENDLIMIT", "RFC 7889 is not there": |command| status(command, StatusItem::AppendLimit);
    "STATUS MAILBOXID", "RFC 8474 is not there": |command| status(command, StatusItem::MailboxId);
    "APPEND UTF8 (~{n})", "RFC 6855 section 4 is not there": |command| matches!(
        command, Command::Append { message, .. } if message.data == AppendData::Utf8
    );
    "APPEND with a leap second", "chrono has no second 60; RFC 9051 has": |command| date(command, |date| date.time().2 == 60);
    "APPEND with a zone of a day or more", "chrono has none; `zone` is any four digits": |command| date(command, |date| date.offset_minutes().unsigned_abs() >= 24 * 60);
    "a flag with ]", "`atom` has none, but Gmail's keywords have, and a flag that was received can be stored": |command| flags(command).iter().any(|flag| flag.as_wire().1.contains(&b']'));
    "STORE X-GM-LABELS", "Gmail's extension is not there": |command| matches!(
        command,
        Command::Store {
            action: StoreAction::ReplaceGmailLabels(_) | StoreAction::AddGmailLabels(_) | StoreAction::RemoveGmailLabels(_), ..
        }
    );
    "$ for messages", "RFC 5182 is not there": |command| matches!(
        command,
        Command::Fetch { messages: Messages::SavedResult { .. }, .. }
            | Command::Store { messages: Messages::SavedResult { .. }, .. }
            | Command::Copy { messages: Messages::SavedResult { .. }, .. }
            | Command::Move { messages: Messages::SavedResult { .. }, .. }
    );
    "FETCH PARTIAL", "RFC 9394 is not there": |command| matches!(command, Command::Fetch { modifiers, .. } if modifiers.partial.is_some());
    "FETCH X-GM-*", "Gmail's extension is not there": |command| items(command, |item| matches!(
        item, FetchItem::GmailMessageId | FetchItem::GmailThreadId | FetchItem::GmailLabels
    ));
    "FETCH EMAILID, THREADID", "RFC 8474 is not there": |command| items(command, |item| matches!(item, FetchItem::EmailId | FetchItem::ThreadId));
    "FETCH PREVIEW", "RFC 8970 is not there": |command| items(command, |item| matches!(item, FetchItem::Preview { .. }));
    "FETCH SAVEDATE", "RFC 8514 is not there": |command| items(command, |item| matches!(item, FetchItem::SaveDate));
    "SEARCH RETURN", "RFC 4731 is not there": |command| matches!(command, Command::Search { returns: Some(_), .. });
    "$ in a search", "RFC 5182 is not there": |command| keys(command, |key| matches!(key, SearchKey::SavedResult));
    "SEARCH SAVEDBEFORE, SAVEDON, SAVEDSINCE, SAVEDATESUPPORTED", "RFC 8514 is not there": |command| keys(command, |key| matches!(
        key, SearchKey::SavedBefore(_) | SearchKey::SavedOn(_) | SearchKey::SavedSince(_) | SearchKey::SaveDateSupported
    ));
    "SEARCH EMAILID, THREADID", "RFC 8474 is not there": |command| keys(command, |key| matches!(key, SearchKey::EmailId(_) | SearchKey::ThreadId(_)));
    "SEARCH X-GM-*", "Gmail's extension is not there": |command| keys(command, |key| matches!(
        key, SearchKey::GmailRaw(_) | SearchKey::GmailMessageId(_) | SearchKey::GmailThreadId(_) | SearchKey::GmailLabel(_)
    ));
    "SEARCH LARGER, SMALLER above 4 GiB", "32 bits, as in RFC 3501; RFC 9051 has 63": |command| keys(command, |key| matches!(
        key, SearchKey::Larger(octets) | SearchKey::Smaller(octets) if *octets > u64::from(u32::MAX)
    ));
}

/// A query of any depth, in the terms of imap-codec.
pub(crate) const NESTING: &str =
    "nine searches in one another: it reads with recursion and stops at eight";

fn status(command: &Command<'_>, wanted: StatusItem) -> bool {
    matches!(command, Command::Status { items, .. } if items.contains(&wanted))
}

fn date(command: &Command<'_>, holds: fn(DateTime) -> bool) -> bool {
    matches!(command, Command::Append { message, .. } if message.date.is_some_and(holds))
}

fn flags<'c>(command: &'c Command<'_>) -> &'c [Flag<'c>] {
    match command {
        Command::Append { message, .. } => &message.flags,
        Command::Store {
            action:
                StoreAction::ReplaceFlags(flags)
                | StoreAction::AddFlags(flags)
                | StoreAction::RemoveFlags(flags),
            ..
        } => flags,
        _ => &[],
    }
}

fn items(command: &Command<'_>, holds: fn(&FetchItem<'_>) -> bool) -> bool {
    matches!(command, Command::Fetch { items, .. } if items.iter().any(holds))
}

fn keys(command: &Command<'_>, holds: fn(&SearchKey<'_>) -> bool) -> bool {
    query(command).is_some_and(|query| query.keys().any(holds))
}

fn query<'c>(command: &'c Command<'_>) -> Option<&'c SearchQuery<'c>> {
    match command {
        Command::Search { query, .. }
        | Command::Sort { query, .. }
        | Command::Thread { query, .. } => Some(query),
        _ => None,
    }
}
