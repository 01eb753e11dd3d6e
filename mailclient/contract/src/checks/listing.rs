//! `features`, `selected`, `status`, `list`, and the ids of messages.

use std::collections::HashSet;

use mailclient::{
    Access, Envelope, Error, Feature, IdSet, List, Mailbox, Message, MessageId, Part,
};

use crate::case::{
    Case, Checked, Found, bytes, fails, first, gone, holds, ids, lacks, listed, read, rows,
};

pub(super) async fn features_are_the_same_in_every_session(case: &mut Case<'_>) -> Checked {
    let (one, other) = (case.features().await?, case.features().await?);
    holds!(one == other, "{one:?}, then {other:?}");
    Ok(())
}

pub(super) async fn selected_is_inbox_in_a_new_mailbox(case: &mut Case<'_>) -> Checked {
    let stored = case.stored("INBOX")?.len() as u64;
    let mailbox = case.open().await?;
    let open = mailbox.selected().ok_or_else(|| Found::new("no folder is open"))?;
    let right = open.name.is_inbox() && open.access == Access::ReadWrite;
    holds!(right && open.messages == stored, "{open:?} of {stored} messages in INBOX");
    Ok(())
}

pub(super) async fn status_counts_what_is_stored(case: &mut Case<'_>) -> Checked {
    let stored = case.stored("INBOX")?;
    let mut mailbox = case.open().await?;
    let status = mailbox.status().await?;
    holds!(status.messages == stored.len() as u64, "{status:?} of {} messages", stored.len());
    // Sizes are those that the server tells: Exchange Online estimates them.
    let sum: u64 = case.session().await?.sizes().await?.iter().sum();
    holds!(status.size.is_none_or(|told| told.bytes() == sum), "{status:?} of {sum} bytes");
    Ok(())
}

pub(super) async fn list_has_every_message_in_order_with_its_size(case: &mut Case<'_>) -> Checked {
    let sizes = case.session().await?.sizes().await?;
    let mut mailbox = case.open().await?;
    let rows = rows(&mut *mailbox).await?;
    let found: Vec<_> = rows.iter().filter_map(|row| row.size.map(|size| size.bytes())).collect();
    holds!(found == sizes && rows.len() == sizes.len(), "sizes {found:?} of {sizes:?}");
    let different: HashSet<&MessageId> = rows.iter().map(|row| &row.id).collect();
    holds!(different.len() == rows.len(), "two rows have one id: {rows:?}");
    Ok(())
}

pub(super) async fn list_tells_flags_and_date_or_that_there_are_none(
    case: &mut Case<'_>,
) -> Checked {
    let stored = case.stored("INBOX")?;
    let (mut mailbox, has) = case.open_with(Feature::Flags).await?;
    for (row, stored) in rows(&mut *mailbox).await?.iter().zip(&stored) {
        let right = match &row.flags {
            Some(flags) => {
                has && flags.seen == stored.has("\\Seen")
                    && flags.flagged == stored.has("\\Flagged")
            }
            None => !has,
        };
        holds!(right, "{row:?} of {:?}", stored.flags);
        holds!(row.received.is_some() == has, "{row:?}: dates come with flags");
    }
    Ok(())
}

pub(super) async fn list_has_envelopes_when_they_are_asked_for(case: &mut Case<'_>) -> Checked {
    let stored = bytes(&case.stored("INBOX")?);
    let (mut mailbox, has) = case.open_with(Feature::Headers).await?;
    let request = List::all().with_envelopes();
    if !has {
        return lacks(mailbox.list(&request).await, Feature::Headers);
    }
    let rows = listed(&mut *mailbox, &request).await?;
    holds!(rows.len() == stored.len(), "{} of {} rows", rows.len(), stored.len());
    for (row, stored) in rows.iter().zip(&stored) {
        let expected = Envelope::parse(stored);
        let found = row.envelope.as_deref();
        let right = expected.subject.is_some() && found == Some(&expected);
        holds!(right, "{found:?} in place of {expected:?}");
    }
    Ok(())
}

pub(super) async fn list_has_structures_when_they_are_asked_for(case: &mut Case<'_>) -> Checked {
    let stored = bytes(&case.stored("INBOX")?);
    let (mut mailbox, has) = case.open_with(Feature::Structure).await?;
    let request = List::all().with_structure();
    if !has {
        return lacks(mailbox.list(&request).await, Feature::Structure);
    }
    let rows = listed(&mut *mailbox, &request).await?;
    holds!(rows.len() == stored.len(), "{} of {} rows", rows.len(), stored.len());
    for (row, stored) in rows.iter().zip(stored) {
        let expected = Message::parse(stored).structure();
        let found = row.structure.as_deref();
        holds!(found == Some(&expected), "{found:?} in place of {expected:?}");
    }
    Ok(())
}

pub(super) async fn list_of_the_newest_has_the_last_messages(case: &mut Case<'_>) -> Checked {
    let mut mailbox = case.open().await?;
    let all = ids(&mut *mailbox).await?;
    for count in [0, 1, 3, all.len(), all.len() + 10] {
        let request = List::newest(u32::try_from(count).unwrap_or(u32::MAX));
        let expected = all.get(all.len().saturating_sub(count)..).unwrap_or_default();
        has_rows(&mut *mailbox, &request, expected).await?;
    }
    Ok(())
}

pub(super) async fn list_after_a_message_has_the_later_ones(case: &mut Case<'_>) -> Checked {
    let mut mailbox = case.open().await?;
    let all = ids(&mut *mailbox).await?;
    for (place, id) in all.iter().enumerate().filter(|(place, _)| [0, 4].contains(place)) {
        let expected = all.get(place + 1..).unwrap_or_default();
        has_rows(&mut *mailbox, &List::after(id.clone()), expected).await?;
    }
    // `n:*` of IMAP is never empty.
    if let Some(last) = all.last() {
        has_rows(&mut *mailbox, &List::after(last.clone()), &[]).await?;
    }
    Ok(())
}

pub(super) async fn list_of_ids_has_those_in_order(case: &mut Case<'_>) -> Checked {
    let mut mailbox = case.open().await?;
    let all = ids(&mut *mailbox).await?;
    let some: Vec<MessageId> = all.iter().skip(1).step_by(3).cloned().collect();
    let set: IdSet = some.iter().rev().collect();
    has_rows(&mut *mailbox, &List::ids(set), &some).await?;
    has_rows(&mut *mailbox, &List::ids(IdSet::new()), &[]).await
}

pub(super) async fn list_of_ids_leaves_out_what_is_gone(case: &mut Case<'_>) -> Checked {
    let Some(gone) = gone(case).await? else { return Ok(()) };
    let mut mailbox = case.open().await?;
    let left = first(&mut *mailbox).await?;
    let set: IdSet = [&gone, &left].into_iter().collect();
    has_rows(&mut *mailbox, &List::ids(set), &[left]).await
}

async fn has_rows(mailbox: &mut dyn Mailbox, request: &List, expected: &[MessageId]) -> Checked {
    let rows = listed(mailbox, request).await?;
    let found: Vec<MessageId> = rows.into_iter().map(|row| row.id).collect();
    holds!(found == expected, "{request:?}: {found:?} in place of {expected:?}");
    Ok(())
}

pub(super) async fn list_can_be_left_early(case: &mut Case<'_>) -> Checked {
    let mut mailbox = case.open().await?;
    let before = ids(&mut *mailbox).await?;
    let request = List::all();
    let mut listing = mailbox.list(&request).await?;
    let one = listing.next().await.transpose()?.map(|row| row.id);
    holds!(one.as_ref() == before.first(), "the first row is {one:?}");
    drop(listing);
    let messages = mailbox.status().await?.messages;
    holds!(messages == before.len() as u64, "{messages} of {} messages", before.len());
    holds!(ids(&mut *mailbox).await? == before, "another list after one that was left early");
    Ok(())
}

pub(super) async fn list_above_the_callers_limit_is_an_error(case: &mut Case<'_>) -> Checked {
    let mut mailbox = case.open().await?;
    let error = fails(mailbox.list(&List::all()).await?.collect(2).await, "a list of at most 2")?;
    holds!(matches!(error, Error::Limit { limit: 2, .. }), "{error}");
    Ok(())
}

pub(super) async fn ids_outlive_the_session_or_are_refused(case: &mut Case<'_>) -> Checked {
    let stored = bytes(&case.stored("INBOX")?);
    let mut mailbox = case.open().await?;
    let id = first(&mut *mailbox).await?;
    // After the listing: some servers refuse UIDL although they announce it.
    let stable = mailbox.features().contains(Feature::StableIds);
    holds!(id.is_stable() == stable, "{id} in a mailbox whose stable ids are {stable}");
    drop(mailbox);
    let text = id.to_string();
    let again: MessageId = text.parse()?;
    holds!(again == id, "{text} is read as {again}");
    let mut mailbox = case.open().await?;
    let found = read(&mut *mailbox, &again, Part::Whole).await;
    if stable && !(found.is_err() && case.forgets_ids().await?) {
        holds!(stored.first() == Some(&found?), "{text} is another message in the next session");
        return Ok(());
    }
    let error = fails(found, "an id of another session")?;
    holds!(matches!(error, Error::StaleId(_)), "{error}");
    Ok(())
}
