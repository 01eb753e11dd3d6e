//! A lie for each check: what a mailbox does that the check has to find.

use mail_testserver::Scheme::{self, Imaps, Pop3s};
use mailclient::{
    Access, Change, Error, Feature, FlagChange, FolderName, IdSet, List, MessageId, Outcome, Part,
    Query, Report, Window,
};

use super::wrong::{Lie, Misdeed, hidden};

/// Every check in the order of the suite, the protocol, and the lie that it finds there. Some have
/// several.
pub(crate) const LIES: &[(&str, Scheme, Lie)] = &[
    (
        "features_are_the_same_in_every_session",
        Imaps,
        Lie::Features(|session, set| hidden(set, Feature::Headers, session == 2)),
    ),
    ("selected_is_inbox_in_a_new_mailbox", Imaps, Lie::Does(Misdeed::SelectsNothing)),
    ("status_counts_what_is_stored", Imaps, Lie::Status(|status, _| status.messages += 1)),
    (
        "list_has_every_message_in_order_with_its_size",
        Imaps,
        Lie::List(1, |list, _| list.window = Window::Newest(1)),
    ),
    (
        "list_tells_flags_and_date_or_that_there_are_none",
        Imaps,
        Lie::Features(|_, set| hidden(set, Feature::Flags, true)),
    ),
    (
        "list_has_envelopes_when_they_are_asked_for",
        Pop3s,
        Lie::List(1, |list, _| list.fields.envelope = false),
    ),
    (
        "list_has_structures_when_they_are_asked_for",
        Imaps,
        Lie::List(1, |list, _| list.fields.structure = false),
    ),
    (
        "list_of_the_newest_has_the_last_messages",
        Imaps,
        Lie::List(1, |list, _| {
            if let Window::Newest(count) = &mut list.window {
                *count += 1;
            }
        }),
    ),
    (
        "list_after_a_message_has_the_later_ones",
        Pop3s,
        Lie::List(2, |list, _| list.window = Window::Newest(1)),
    ),
    (
        "list_of_ids_has_those_in_order",
        Imaps,
        Lie::List(2, |list, _| list.window = Window::Newest(1)),
    ),
    ("list_of_ids_leaves_out_what_is_gone", Pop3s, Lie::List(2, |list, _| *list = List::newest(2))),
    ("list_can_be_left_early", Imaps, Lie::List(3, |list, _| list.window = Window::Newest(1))),
    (
        "list_above_the_callers_limit_is_an_error",
        Pop3s,
        Lie::List(1, |list, _| list.window = Window::Newest(2)),
    ),
    ("ids_outlive_the_session_or_are_refused", Pop3s, Lie::Fails("fetch", 1, Error::StaleId)),
    (
        "methods_are_unsupported_exactly_without_their_feature",
        Pop3s,
        Lie::Features(|_, set| set.with(Feature::Search)),
    ),
    (
        "methods_are_unsupported_exactly_without_their_feature",
        Imaps,
        Lie::Features(|_, set| hidden(set, Feature::Expunge, true)),
    ),
    ("fetch_gives_every_byte", Pop3s, Lie::Part(1, |_| Part::Headers)),
    ("fetch_gives_the_header_block", Pop3s, Lie::Part(1, |_| Part::Whole)),
    ("fetch_gives_one_part", Imaps, Lie::Part(1, |_| Part::Headers)),
    (
        "fetch_gives_one_part_decoded",
        Imaps,
        Lie::Part(1, |part| match part {
            Part::Section { path, .. } => Part::section(path.clone()),
            other => other.clone(),
        }),
    ),
    ("fetch_gives_the_header_of_a_part", Imaps, Lie::Part(1, |_| Part::Headers)),
    (
        "fetch_gives_a_range_of_bytes",
        Imaps,
        Lie::Part(1, |part| match part {
            Part::Range { of, bytes, .. } => (**of).clone().range(bytes.start..bytes.end + 1),
            other => other.clone(),
        }),
    ),
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
    ("fetch_many_gives_each_message_once", Imaps, Lie::Ids("fetch_many", without_the_first)),
    (
        "fetch_many_tells_of_a_gone_message_and_goes_on",
        Pop3s,
        Lie::Ids("fetch_many", without_the_first),
    ),
    ("fetch_many_can_be_left_early", Pop3s, Lie::Fails("fetch_many", 1, Error::NoSuchMessage)),
    ("structure_is_that_of_the_message", Imaps, Lie::Fails("structure", 1, Error::NoSuchMessage)),
    (
        "structure_of_a_gone_message_is_no_such_message",
        Imaps,
        Lie::Fails("structure", 1, Error::NoSuchPart),
    ),
    (
        "folders_are_those_of_the_server_and_inbox_is_first",
        Imaps,
        Lie::Folders(|found| found.reverse()),
    ),
    ("status_of_counts_a_folder_and_opens_none", Imaps, Lie::Name(|_| FolderName::inbox())),
    ("status_of_counts_a_folder_and_opens_none", Imaps, Lie::Does(Misdeed::StatusOfOpens)),
    ("status_of_leaves_out_what_is_marked", Imaps, Lie::Ids("delete", none)),
    ("open_finds_inbox_in_any_case", Imaps, Lie::Opened(|open| open.access = Access::ReadOnly)),
    ("open_shows_another_folder", Imaps, Lie::Opened(|open| open.messages += 1)),
    (
        "open_closes_the_folder_also_if_it_is_never_polled",
        Imaps,
        Lie::Does(Misdeed::OpenWaitsForPoll),
    ),
    (
        "open_closes_the_folder_also_if_it_is_never_polled",
        Pop3s,
        Lie::Does(Misdeed::OpenWaitsForPoll),
    ),
    ("open_that_is_dropped_half_way_opens_nothing", Imaps, Lie::Does(Misdeed::NextCallOpensInbox)),
    ("open_that_is_dropped_half_way_opens_nothing", Pop3s, Lie::Does(Misdeed::NextCallOpensInbox)),
    ("open_of_a_missing_folder_leaves_none_open", Imaps, Lie::Does(Misdeed::NextCallOpensInbox)),
    ("open_of_a_missing_folder_leaves_none_open", Pop3s, Lie::Does(Misdeed::NextCallOpensInbox)),
    ("open_for_reading_says_so", Pop3s, Lie::Opened(|open| open.access = Access::ReadWrite)),
    ("ids_of_another_folder_are_refused", Imaps, Lie::Name(|_| FolderName::inbox())),
    ("ids_of_another_folder_are_refused", Imaps, Lie::Succeeds("delete")),
    ("ids_of_another_folder_are_refused", Imaps, Lie::Fails("fetch", 1, Error::StaleId)),
    (
        "folders_tell_their_roles",
        Imaps,
        Lie::Folders(|found| found.iter_mut().for_each(|folder| folder.role = None)),
    ),
    (
        "folders_count_their_messages",
        Imaps,
        Lie::Folders(|found| found.iter_mut().for_each(|folder| folder.status = None)),
    ),
    (
        "folders_below_one_are_those_below_it",
        Imaps,
        Lie::Folders(|found| found.iter_mut().for_each(|folder| folder.delimiter = None)),
    ),
    ("namespaces_tell_where_the_users_folders_are", Imaps, Lie::Skips("namespaces")),
    ("create_makes_a_folder_of_that_name", Imaps, Lie::Skips("create")),
    ("rename_keeps_the_messages_and_their_marks", Imaps, Lie::Skips("rename")),
    ("rename_keeps_the_messages_and_their_marks", Imaps, Lie::Ids("delete", none)),
    ("remove_takes_the_folder_and_its_marks_away", Imaps, Lie::Skips("remove")),
    ("subscribe_is_told_by_folders", Imaps, Lie::Skips("subscribe")),
    ("quota_tells_use_and_limit", Imaps, Lie::Skips("quota")),
    ("rights_tell_what_the_owner_may_do", Imaps, Lie::Skips("rights")),
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
    (
        "set_flags_in_a_folder_open_for_reading_is_refused",
        Imaps,
        Lie::Does(Misdeed::AsksBeforeItRefuses),
    ),
    ("set_flags_tells_what_is_gone", Imaps, Lie::Report("set_flags", all_done)),
    ("set_flags_if_unchanged_leaves_what_changed", Imaps, Lie::Skips("set_flags_if_unchanged")),
    ("set_labels_adds_removes_and_replaces", Imaps, Lie::Skips("set_labels")),
    ("search_finds_what_the_query_says", Imaps, Lie::Found(|found, _| without_the_first(found))),
    (
        "search_combines_queries",
        Imaps,
        Lie::Query(|query| match query {
            Query::Not(condition) => (**condition).clone(),
            other => other.clone(),
        }),
    ),
    (
        "search_outside_ascii_finds_or_is_refused",
        Imaps,
        Lie::Found(|found, _| without_the_first(found)),
    ),
    ("search_refuses_a_text_that_cannot_be_sent", Imaps, Lie::Succeeds("search")),
    ("search_of_ids_of_another_folder_is_refused", Imaps, Lie::Succeeds("search")),
    ("sort_has_the_order_of_the_keys", Imaps, Lie::Sorted(|found| found.reverse())),
    (
        "thread_joins_what_answers",
        Imaps,
        Lie::Threads(|thread| thread.messages.iter_mut().for_each(|one| one.answers = None)),
    ),
    ("append_stores_the_bytes_and_flags", Imaps, Lie::Flags(|_, flags| flags.draft = false)),
    ("append_of_a_short_message_stores_nothing", Imaps, Lie::Succeeds("append")),
    ("append_to_a_missing_folder_is_refused", Imaps, Lie::Name(|_| FolderName::inbox())),
    ("append_keeps_nul_or_refuses_it_at_once", Imaps, Lie::Name(|_| FolderName::inbox())),
    ("copy_leaves_the_original", Imaps, Lie::Does(Misdeed::CopyMoves)),
    ("copy_tells_the_id_of_each_copy", Imaps, Lie::Report("copy", copies_in_reverse)),
    ("copy_tells_what_is_gone", Imaps, Lie::Report("copy", all_done)),
    ("copy_to_a_missing_folder_changes_nothing", Imaps, Lie::Name(|_| FolderName::inbox())),
    ("move_to_takes_the_original_away", Imaps, Lie::Does(Misdeed::MoveCopies)),
    ("move_to_a_missing_folder_changes_nothing", Imaps, Lie::Succeeds("move_to")),
    (
        "move_to_out_of_a_folder_open_for_reading_is_refused",
        Imaps,
        Lie::Does(Misdeed::AsksBeforeItRefuses),
    ),
    ("replace_puts_the_new_one_in_its_place", Imaps, Lie::Does(Misdeed::ReplaceAppends)),
    ("replace_puts_the_new_one_in_its_place", Pop3s, Lie::Succeeds("replace")),
    ("replace_of_a_gone_message_stores_nothing", Imaps, Lie::Succeeds("replace")),
    (
        "replace_in_a_folder_open_for_reading_is_refused",
        Imaps,
        Lie::Does(Misdeed::AsksBeforeItRefuses),
    ),
    (
        "next_change_tells_of_new_mail",
        Imaps,
        Lie::Change(|change| {
            if let Change::New { messages, .. } = change {
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
    (
        "changes_since_a_new_state_are_all_messages",
        Imaps,
        Lie::Change(|change| {
            if let Change::New { flags: Some(flags), .. } = change {
                flags.seen = !flags.seen;
            }
        }),
    ),
    (
        "changes_since_a_state_are_what_another_session_did",
        Imaps,
        Lie::Change(|change| {
            if let Change::Flags { flags, .. } = change {
                flags.flagged = false;
            }
        }),
    ),
    (
        "changes_since_can_be_left_early",
        Imaps,
        Lie::Change(|change| {
            if let Change::New { id, .. } = change {
                *id = None;
            }
        }),
    ),
    ("delete_waits_for_close", Imaps, Lie::Does(Misdeed::DeleteMarksAtOnce)),
    ("delete_twice_is_once", Pop3s, Lie::Fails("delete", 2, Error::NoSuchMessage)),
    (
        "delete_hides_the_message_from_status",
        Pop3s,
        Lie::Status(|status, marked| status.messages += marked),
    ),
    ("delete_hides_the_message_from_list", Pop3s, Lie::Ids("delete", none)),
    ("delete_hides_the_message_from_list", Imaps, Lie::Ids("delete", none)),
    ("delete_hides_the_message_from_a_list_of_ids", Pop3s, Lie::Ids("delete", none)),
    ("delete_hides_the_message_from_a_list_of_ids", Imaps, Lie::Ids("delete", none)),
    ("delete_hides_the_message_from_fetch", Imaps, Lie::Ids("delete", none)),
    ("delete_hides_the_message_from_fetch", Pop3s, Lie::Ids("delete", none)),
    ("delete_hides_the_message_from_fetch_many", Imaps, Lie::Ids("fetch_many", without_the_first)),
    ("delete_hides_the_message_from_fetch_many", Pop3s, Lie::Ids("delete", none)),
    (
        "delete_hides_the_message_from_search",
        Imaps,
        Lie::Found(|found, marked| found.merge(marked)),
    ),
    ("delete_hides_the_message_from_sort", Imaps, Lie::Ids("delete", none)),
    ("delete_hides_the_message_from_thread", Imaps, Lie::Ids("delete", none)),
    ("delete_in_a_folder_open_for_reading_is_refused", Imaps, Lie::Succeeds("delete")),
    ("delete_in_a_folder_open_for_reading_is_refused", Pop3s, Lie::Succeeds("delete")),
    ("undelete_takes_the_mark_back", Imaps, Lie::Ids("undelete", none)),
    ("undelete_takes_the_mark_back", Pop3s, Lie::Ids("undelete", none)),
    ("undelete_reaches_marks_of_every_folder", Imaps, Lie::Ids("undelete", none)),
    (
        "expunge_removes_what_was_marked_and_keeps_the_session",
        Imaps,
        Lie::Does(Misdeed::ExpungeForgetsTheMarks),
    ),
    (
        "close_removes_what_was_marked_and_nothing_else",
        Imaps,
        Lie::Ids("delete", without_the_first),
    ),
    (
        "close_carries_out_the_marks_of_every_folder",
        Imaps,
        Lie::Does(Misdeed::ClosesInTheOpenFolderOnly),
    ),
    ("close_tells_what_was_gone", Imaps, Lie::Report("close", all_done)),
    ("close_tells_what_was_gone", Pop3s, Lie::Report("close", all_done)),
    ("close_twice_gives_the_same_report", Imaps, Lie::Does(Misdeed::SecondCloseIsEmpty)),
    ("close_twice_gives_the_same_report", Pop3s, Lie::Does(Misdeed::SecondCloseIsEmpty)),
    ("close_without_marks_changes_nothing", Imaps, Lie::Does(Misdeed::CloseRemovesTheNewest)),
];

fn without_the_first(ids: &mut IdSet) {
    let first: Option<MessageId> = ids.iter().next();
    if let Some(first) = first {
        ids.remove(&first);
    }
}

fn none(ids: &mut IdSet) {
    *ids = IdSet::new();
}

/// As if no message had been gone.
fn all_done(report: Report) -> Report {
    let mut done = Report::new();
    report.iter().for_each(|(id, _)| done.push(id, Outcome::done()));
    done
}

/// The ids of the copies in the wrong order.
fn copies_in_reverse(report: Report) -> Report {
    let rows: Vec<_> = report.iter().collect();
    let mut wrong = Report::new();
    for ((id, _), (_, outcome)) in rows.iter().zip(rows.iter().rev()) {
        wrong.push(id.clone(), outcome.clone());
    }
    wrong
}
