//! `features`, `status`, `list`, and the ids of messages.

use std::collections::HashSet;

use mailclient::{Error, Feature, MessageId, Part, Window};

use crate::case::{Case, Checked, bytes, fails, first, holds, ids, read, rows};

pub(super) async fn features_are_the_same_in_every_session(case: &mut Case<'_>) -> Checked {
    let (one, other) = (case.features().await?, case.features().await?);
    holds!(one == other, "{one:?}, then {other:?}");
    Ok(())
}

pub(super) async fn status_counts_what_is_stored(case: &mut Case<'_>) -> Checked {
    let stored = case.stored("INBOX")?;
    let mut mailbox = case.open().await?;
    let status = mailbox.status().await?;
    holds!(status.messages == stored.len() as u64, "{status:?} of {} messages", stored.len());
    holds!(!status.read_only, "{status:?} of INBOX, which is open for writing");
    // Sizes are those that the server tells: Exchange Online estimates them.
    let sum: u64 = case.session().await?.sizes().await?.iter().sum();
    holds!(status.octets.is_none_or(|told| told.octets() == sum), "{status:?} of {sum} bytes");
    Ok(())
}

pub(super) async fn list_has_every_message_in_order_with_its_size(case: &mut Case<'_>) -> Checked {
    let sizes = case.session().await?.sizes().await?;
    let mut mailbox = case.open().await?;
    let rows = rows(&mut *mailbox).await?;
    let found: Vec<_> =
        rows.iter().filter_map(|row| row.octets.map(|octets| octets.octets())).collect();
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

pub(super) async fn list_of_the_newest_has_the_last_messages(case: &mut Case<'_>) -> Checked {
    let mut mailbox = case.open().await?;
    let all = ids(&mut *mailbox).await?;
    for count in [0, 1, 3, all.len(), all.len() + 10] {
        let window = Window::Newest(u32::try_from(count).unwrap_or(u32::MAX));
        let newest = mailbox.list(window).await?.collect(all.len() + 1).await?;
        let newest: Vec<MessageId> = newest.into_iter().map(|row| row.id).collect();
        let expected = all.get(all.len().saturating_sub(count)..).unwrap_or_default();
        holds!(newest == expected, "newest {count}: {newest:?} of {expected:?}");
    }
    Ok(())
}

pub(super) async fn list_can_be_left_early(case: &mut Case<'_>) -> Checked {
    let mut mailbox = case.open().await?;
    let before = ids(&mut *mailbox).await?;
    let mut listing = mailbox.list(Window::All).await?;
    let one = listing.next().await?.map(|row| row.id);
    holds!(one.as_ref() == before.first(), "the first row is {one:?}");
    drop(listing);
    let messages = mailbox.status().await?.messages;
    holds!(messages == before.len() as u64, "{messages} of {} messages", before.len());
    holds!(ids(&mut *mailbox).await? == before, "another list after one that was left early");
    Ok(())
}

pub(super) async fn list_above_the_callers_limit_is_too_large(case: &mut Case<'_>) -> Checked {
    let mut mailbox = case.open().await?;
    let error = fails(mailbox.list(Window::All).await?.collect(2).await, "a list of at most 2")?;
    holds!(matches!(error, Error::TooLarge { limit: 2 }), "{error}");
    Ok(())
}

pub(super) async fn ids_outlive_the_session_or_are_refused(case: &mut Case<'_>) -> Checked {
    let stored = bytes(&case.stored("INBOX")?);
    let (mut mailbox, stable) = case.open_with(Feature::StableIds).await?;
    // Some servers refuse UIDL although they announce it: only a listing shows that.
    let id = first(&mut *mailbox).await?;
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
