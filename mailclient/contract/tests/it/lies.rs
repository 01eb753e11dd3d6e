//! A lie for each check: what a mailbox does that the check has to find.

use mail_testserver::Scheme::{self, Imaps, Pop3s};
use mailclient::{Change, Error, Feature, FlagChange, Part, Query, Window};

use super::wrong::{Lie, Misdeed, hidden};

/// Every check in the order of the suite, the protocol, and the lie that it finds there.
pub(crate) const LIES: &[(&str, Scheme, Lie)] = &[
    (
        "features_are_the_same_in_every_session",
        Imaps,
        Lie::Features(|session, set| hidden(set, Feature::Headers, session == 2)),
    ),
    ("status_counts_what_is_stored", Imaps, Lie::Status(|status, _| status.messages += 1)),
    ("list_has_every_message_in_order_with_its_size", Imaps, Lie::Window(1, |_| Window::Newest(1))),
    (
        "list_tells_flags_and_date_or_that_there_are_none",
        Imaps,
        Lie::Features(|_, set| hidden(set, Feature::Flags, true)),
    ),
    (
        "list_of_the_newest_has_the_last_messages",
        Imaps,
        Lie::Window(1, |window| match window {
            Window::Newest(count) => Window::Newest(count + 1),
            all => all,
        }),
    ),
    ("list_can_be_left_early", Imaps, Lie::Window(3, |_| Window::Newest(1))),
    ("list_above_the_callers_limit_is_too_large", Pop3s, Lie::Window(1, |_| Window::Newest(2))),
    ("ids_outlive_the_session_or_are_refused", Pop3s, Lie::Fails("fetch", 1, Error::StaleId)),
    ("envelopes_are_in_the_order_of_the_ids", Imaps, Lie::Envelopes(|found| found.reverse())),
    (
        "envelopes_of_a_gone_message_are_missing",
        Imaps,
        Lie::Envelopes(|found| found.retain(Option::is_some)),
    ),
    ("fetch_gives_every_byte", Pop3s, Lie::Part(1, |_| Part::Headers)),
    ("fetch_gives_the_header_block", Pop3s, Lie::Part(1, |_| Part::Whole)),
    ("fetch_gives_one_part", Imaps, Lie::Part(1, |_| Part::Section(vec![1]))),
    (
        "fetch_of_a_part_that_does_not_exist_is_not_a_missing_message",
        Imaps,
        Lie::Fails("fetch", 1, Error::NoSuchMessage),
    ),
    ("fetch_sets_no_flag", Imaps, Lie::Does(Misdeed::ReadingSetsSeen)),
    ("fetch_can_be_left_early", Imaps, Lie::Part(2, |_| Part::Headers)),
    (
        "fetch_of_a_gone_message_is_no_such_message",
        Pop3s,
        Lie::Fails("fetch", 1, Error::WrongProtocol),
    ),
    (
        "fetch_with_an_id_of_the_other_protocol_is_refused",
        Pop3s,
        Lie::Fails("fetch", 1, Error::NoSuchMessage),
    ),
    (
        "folders_are_those_of_the_server_and_inbox_is_first",
        Imaps,
        Lie::Folders(|found| found.reverse()),
    ),
    (
        "open_finds_inbox_in_any_case",
        Imaps,
        Lie::Name(|name| if name == "inbox" { "no such folder" } else { name }),
    ),
    ("open_shows_another_folder", Imaps, Lie::Opened(|status| status.messages += 1)),
    ("open_of_a_missing_folder_leaves_none_open", Imaps, Lie::Does(Misdeed::RefusalOpensInbox)),
    ("open_for_reading_says_so", Imaps, Lie::Opened(|status| status.read_only = false)),
    ("ids_of_another_folder_are_refused", Imaps, Lie::Name(|_| "INBOX")),
    (
        "set_flags_adds_removes_and_replaces",
        Imaps,
        Lie::Flags(|change, _| {
            if *change == FlagChange::Remove {
                *change = FlagChange::Add;
            }
        }),
    ),
    ("set_flags_keeps_keywords", Imaps, Lie::Flags(|_, flags| flags.keywords.clear())),
    ("set_flags_in_a_folder_open_for_reading_is_refused", Imaps, Lie::Succeeds("set_flags")),
    ("search_finds_what_the_query_says", Imaps, Lie::Found(|found, _| found.reverse())),
    (
        "search_combines_queries",
        Imaps,
        Lie::Query(|query| match query {
            Query::Not(condition) => (**condition).clone(),
            other => other.clone(),
        }),
    ),
    ("search_refuses_a_text_that_cannot_be_sent", Imaps, Lie::Succeeds("search")),
    ("append_stores_the_bytes_and_flags", Imaps, Lie::Flags(|_, flags| flags.draft = false)),
    ("append_of_a_short_message_stores_nothing", Imaps, Lie::Succeeds("append")),
    ("append_to_a_missing_folder_is_refused", Imaps, Lie::Name(|_| "INBOX")),
    ("copy_leaves_the_original", Imaps, Lie::Does(Misdeed::CopyMoves)),
    ("copy_to_a_missing_folder_changes_nothing", Imaps, Lie::Name(|_| "INBOX")),
    ("move_to_takes_the_original_away", Imaps, Lie::Does(Misdeed::MoveCopies)),
    ("move_to_a_missing_folder_changes_nothing", Imaps, Lie::Succeeds("move_to")),
    (
        "next_change_tells_of_new_mail",
        Imaps,
        Lie::Change(|change| {
            if let Change::New { messages } = change {
                *messages += 1;
            }
        }),
    ),
    (
        "next_change_tells_of_flags",
        Imaps,
        Lie::Change(|change| {
            if let Change::Flags { flags, .. } = change {
                flags.answered = false;
            }
        }),
    ),
    (
        "next_change_tells_of_a_removal",
        Imaps,
        Lie::Change(|change| {
            if let Change::Removed { .. } = change {
                *change = Change::Resync;
            }
        }),
    ),
    ("next_change_can_be_left_early", Imaps, Lie::Does(Misdeed::ChangesAtOnce)),
    ("delete_waits_for_close", Imaps, Lie::Does(Misdeed::DeleteMarksAtOnce)),
    ("delete_twice_is_once", Pop3s, Lie::Fails("delete", 2, Error::NoSuchMessage)),
    (
        "delete_hides_the_message_from_status",
        Pop3s,
        Lie::Status(|status, marked| status.messages += marked),
    ),
    ("delete_hides_the_message_from_list", Pop3s, Lie::Marks(|_| &[])),
    (
        "delete_hides_the_message_from_envelopes",
        Pop3s,
        Lie::Envelopes(|found| found.fill(Some(mailclient::Envelope::default()))),
    ),
    ("delete_hides_the_message_from_fetch", Imaps, Lie::Marks(|_| &[])),
    (
        "delete_hides_the_message_from_search",
        Imaps,
        Lie::Found(|found, marked| found.extend_from_slice(marked)),
    ),
    ("delete_in_a_folder_open_for_reading_is_refused", Imaps, Lie::Succeeds("delete")),
    (
        "close_removes_what_was_marked_and_nothing_else",
        Imaps,
        Lie::Marks(|ids| ids.get(..1).unwrap_or_default()),
    ),
    ("close_without_marks_changes_nothing", Imaps, Lie::Does(Misdeed::CloseRemovesTheNewest)),
];
