//! The checks, one module for a few methods of the trait.

mod changes;
mod deletion;
mod features;
mod flags;
mod folders;
mod listing;
mod reading;
mod replacing;
mod search;
mod sync;
mod transfer;
mod tree;

use mailclient::{BoxFuture, Connect};

use crate::{
    Broken,
    case::{Case, Checked},
    truth::Truth,
};

/// A behaviour, and the code that looks for it.
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) run: for<'c> fn(&'c mut Case<'_>) -> BoxFuture<'c, Checked>,
}

impl Check {
    /// What it finds on mailboxes of `make`.
    pub(crate) async fn broken(&self, make: &mut dyn Connect, truth: Truth<'_>) -> Option<Broken> {
        let found = (self.run)(&mut Case::new(make, truth)).await.err()?;
        Some(Broken { name: self.name, reason: found.to_string() })
    }
}

macro_rules! checks {
    ($( $module:ident { $( $name:ident ),+ $(,)? } )+) => {
        /// All of them; each begins with the content that the ones before it left.
        pub(crate) const ALL: &[Check] = &[$( $(
            Check { name: stringify!($name), run: |case| Box::pin($module::$name(case)) },
        )+ )+];
    };
}

checks! {
    listing {
        features_are_the_same_in_every_session,
        selected_is_inbox_in_a_new_mailbox,
        status_counts_what_is_stored,
        list_has_every_message_in_order_with_its_size,
        list_tells_flags_and_date_or_that_there_are_none,
        list_has_envelopes_when_they_are_asked_for,
        list_has_structures_when_they_are_asked_for,
        list_of_the_newest_has_the_last_messages,
        list_after_a_message_has_the_later_ones,
        list_of_ids_has_those_in_order,
        list_of_ids_leaves_out_what_is_gone,
        list_can_be_left_early,
        list_above_the_callers_limit_is_an_error,
        ids_outlive_the_session_or_are_refused,
    }
    features {
        methods_are_unsupported_exactly_without_their_feature,
    }
    reading {
        fetch_gives_every_byte,
        fetch_gives_the_header_block,
        fetch_gives_one_part,
        fetch_gives_one_part_decoded,
        fetch_gives_the_header_of_a_part,
        fetch_gives_a_range_of_bytes,
        fetch_of_a_part_that_does_not_exist_is_not_a_missing_message,
        fetch_sets_no_flag,
        fetch_can_be_left_early,
        fetch_of_a_gone_message_is_no_such_message,
        fetch_with_an_id_of_the_other_protocol_is_refused,
        fetch_many_gives_each_message_once,
        fetch_many_tells_of_a_gone_message_and_goes_on,
        fetch_many_can_be_left_early,
        structure_is_that_of_the_message,
        structure_of_a_gone_message_is_no_such_message,
    }
    folders {
        folders_are_those_of_the_server_and_inbox_is_first,
        status_of_counts_a_folder_and_opens_none,
        status_of_leaves_out_what_is_marked,
        open_finds_inbox_in_any_case,
        open_shows_another_folder,
        open_closes_the_folder_also_if_it_is_never_polled,
        open_that_is_dropped_half_way_opens_nothing,
        open_of_a_missing_folder_leaves_none_open,
        open_for_reading_says_so,
        ids_of_another_folder_are_refused,
    }
    tree {
        folders_tell_their_roles,
        folders_count_their_messages,
        folders_below_one_are_those_below_it,
        namespaces_tell_where_the_users_folders_are,
        create_makes_a_folder_of_that_name,
        rename_keeps_the_messages_and_their_marks,
        remove_takes_the_folder_and_its_marks_away,
        subscribe_is_told_by_folders,
        quota_tells_use_and_limit,
        rights_tell_what_the_owner_may_do,
    }
    flags {
        set_flags_adds_removes_and_replaces,
        set_flags_keeps_keywords,
        set_flags_in_a_folder_open_for_reading_is_refused,
        set_flags_tells_what_is_gone,
        set_flags_if_unchanged_leaves_what_changed,
        set_labels_adds_removes_and_replaces,
    }
    search {
        search_finds_what_the_query_says,
        search_combines_queries,
        search_outside_ascii_finds_or_is_refused,
        search_refuses_a_text_that_cannot_be_sent,
        search_of_ids_of_another_folder_is_refused,
        sort_has_the_order_of_the_keys,
        thread_joins_what_answers,
    }
    transfer {
        append_stores_the_bytes_and_flags,
        append_of_a_short_message_stores_nothing,
        append_to_a_missing_folder_is_refused,
        append_keeps_nul_or_refuses_it_at_once,
        copy_leaves_the_original,
        copy_tells_the_id_of_each_copy,
        copy_tells_what_is_gone,
        copy_to_a_missing_folder_changes_nothing,
        move_to_takes_the_original_away,
        move_to_a_missing_folder_changes_nothing,
        move_to_out_of_a_folder_open_for_reading_is_refused,
    }
    replacing {
        replace_puts_the_new_one_in_its_place,
        replace_of_a_gone_message_stores_nothing,
        replace_in_a_folder_open_for_reading_is_refused,
    }
    changes {
        next_change_tells_of_new_mail,
        next_change_tells_of_flags,
        next_change_tells_of_a_removal,
        next_change_can_be_left_early,
    }
    sync {
        changes_since_a_new_state_are_all_messages,
        changes_since_a_state_are_what_another_session_did,
        changes_since_can_be_left_early,
    }
    deletion {
        delete_waits_for_close,
        delete_twice_is_once,
        delete_hides_the_message_from_status,
        delete_hides_the_message_from_list,
        delete_hides_the_message_from_a_list_of_ids,
        delete_hides_the_message_from_fetch,
        delete_hides_the_message_from_fetch_many,
        delete_hides_the_message_from_search,
        delete_hides_the_message_from_sort,
        delete_hides_the_message_from_thread,
        delete_in_a_folder_open_for_reading_is_refused,
        undelete_takes_the_mark_back,
        undelete_reaches_marks_of_every_folder,
        expunge_removes_what_was_marked_and_keeps_the_session,
        close_removes_what_was_marked_and_nothing_else,
        close_carries_out_the_marks_of_every_folder,
        close_tells_what_was_gone,
        close_twice_gives_the_same_report,
        close_without_marks_changes_nothing,
    }
}
