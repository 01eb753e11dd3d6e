//! `delete` and `close`.

use mailclient::{Access, Error, Feature, Mailbox, MessageId, Part, Query};

use crate::case::{Case, Checked, fails, first, holds, ids, lacks, read};

/// A mailbox whose first message is marked, and the id of that message; `None` after a look at the
/// answer of a mailbox without the feature.
async fn marked(case: &mut Case<'_>) -> Checked<Option<(Box<dyn Mailbox>, MessageId)>> {
    let (mut mailbox, has) = case.open_with(Feature::Delete).await?;
    let id = first(&mut *mailbox).await?;
    let answer = mailbox.delete(std::slice::from_ref(&id)).await;
    if !has {
        lacks(answer, Feature::Delete)?;
        let before = case.stored("INBOX")?;
        mailbox.close().await?;
        holds!(case.stored("INBOX")? == before, "a deletion without the feature");
        return Ok(None);
    }
    answer?;
    Ok(Some((mailbox, id)))
}

pub(super) async fn delete_waits_for_close(case: &mut Case<'_>) -> Checked {
    let before = case.stored("INBOX")?;
    let Some((mailbox, _)) = marked(case).await? else { return Ok(()) };
    holds!(case.stored("INBOX")? == before, "the mark is on the server");
    drop(mailbox);
    holds!(case.stored("INBOX")? == before, "a dropped mailbox deleted a message");
    Ok(())
}

pub(super) async fn delete_twice_is_once(case: &mut Case<'_>) -> Checked {
    let before = case.stored("INBOX")?;
    let Some((mut mailbox, id)) = marked(case).await? else { return Ok(()) };
    mailbox.delete(&[id.clone(), id]).await?;
    mailbox.close().await?;
    let after = case.stored("INBOX")?;
    holds!(before.get(1..) == Some(&after), "{} of {} messages left", after.len(), before.len());
    Ok(())
}

pub(super) async fn delete_hides_the_message_from_status(case: &mut Case<'_>) -> Checked {
    let before = case.stored("INBOX")?.len() as u64;
    let Some((mut mailbox, _)) = marked(case).await? else { return Ok(()) };
    let messages = mailbox.status().await?.messages;
    holds!(messages + 1 == before, "{messages} of {before} messages with one marked");
    Ok(())
}

pub(super) async fn delete_hides_the_message_from_list(case: &mut Case<'_>) -> Checked {
    let Some((mut mailbox, id)) = marked(case).await? else { return Ok(()) };
    holds!(!ids(&mut *mailbox).await?.contains(&id), "the marked message is listed");
    Ok(())
}

pub(super) async fn delete_hides_the_message_from_envelopes(case: &mut Case<'_>) -> Checked {
    let Some((mut mailbox, id)) = marked(case).await? else { return Ok(()) };
    if mailbox.features().contains(Feature::Headers) {
        let envelopes = mailbox.envelopes(&[id]).await?;
        holds!(envelopes == [None], "the marked message has an envelope");
    }
    Ok(())
}

pub(super) async fn delete_hides_the_message_from_fetch(case: &mut Case<'_>) -> Checked {
    let Some((mut mailbox, id)) = marked(case).await? else { return Ok(()) };
    let error = fails(read(&mut *mailbox, &id, Part::Whole).await, "a marked message")?;
    holds!(matches!(error, Error::NoSuchMessage(_)), "{error}");
    Ok(())
}

pub(super) async fn delete_hides_the_message_from_search(case: &mut Case<'_>) -> Checked {
    let Some((mut mailbox, id)) = marked(case).await? else { return Ok(()) };
    if mailbox.features().contains(Feature::Search) {
        let found = mailbox.search(&Query::All).await?;
        holds!(!found.is_empty() && !found.contains(&id), "{found:?} with {id} marked");
    }
    Ok(())
}

pub(super) async fn delete_in_a_folder_open_for_reading_is_refused(case: &mut Case<'_>) -> Checked {
    let before = case.stored("INBOX")?;
    let (mut mailbox, has) = case.open_with(Feature::Delete).await?;
    mailbox.open("INBOX", Access::ReadOnly).await?;
    let id = first(&mut *mailbox).await?;
    let answer = mailbox.delete(&[id]).await;
    if !has {
        return lacks(answer, Feature::Delete);
    }
    // Before the answer is judged: a mailbox that is open read-only must not change.
    mailbox.close().await?;
    let after = case.stored("INBOX")?.len();
    holds!(after == before.len(), "{after} of {} messages left", before.len());
    fails(answer, "a deletion in a folder that is open for reading")?;
    Ok(())
}

pub(super) async fn close_removes_what_was_marked_and_nothing_else(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::Delete).await?;
    if !has {
        return Ok(());
    }
    // Another client's mark, which a bare EXPUNGE would carry out.
    let other = case.stored("INBOX")?.pop().map_or(0, |message| message.uid);
    case.session().await?.store(other, "+FLAGS (\\Deleted)").await?;
    let before = case.stored("INBOX")?;
    let all = ids(&mut *mailbox).await?;
    let victims: Vec<MessageId> = all.iter().skip(1).step_by(2).take(2).cloned().collect();
    mailbox.delete(&victims).await?;
    mailbox.close().await?;
    let kept = before.iter().enumerate().filter(|(place, _)| ![1, 3].contains(place));
    let expected: Vec<_> = kept.map(|(_, message)| message.clone()).collect();
    let after = case.stored("INBOX")?;
    holds!(after == expected, "{} of {} messages left", after.len(), before.len());
    case.session().await?.store(other, "-FLAGS (\\Deleted)").await?;
    Ok(())
}

pub(super) async fn close_without_marks_changes_nothing(case: &mut Case<'_>) -> Checked {
    let before = case.stored("INBOX")?;
    let mut mailbox = case.open().await?;
    mailbox.status().await?;
    mailbox.close().await?;
    holds!(case.stored("INBOX")? == before, "closing changed INBOX");
    Ok(())
}
