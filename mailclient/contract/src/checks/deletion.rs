//! `delete`, `undelete`, `expunge` and `close`.

use mailclient::{
    Access, Error, Feature, FolderName, IdSet, List, Mailbox, MessageId, Part, Query, Report,
    SortBy, SortKey, ThreadBy,
};

use crate::case::{
    Case, Checked, fails, first, folder, gone, holds, ids, lacks, listed, partial, read, read_many,
};

/// A mailbox whose first message is marked, and the id of that message; `None` after a look at the
/// answer of a mailbox without the feature.
async fn marked(case: &mut Case<'_>) -> Checked<Option<(Box<dyn Mailbox>, MessageId)>> {
    let (mut mailbox, has) = case.open_with(Feature::Delete).await?;
    let id = first(&mut *mailbox).await?;
    let answer = mailbox.delete(&IdSet::from(&id));
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
    let Some((mut mailbox, _)) = marked(case).await? else { return Ok(()) };
    mailbox.status().await?;
    holds!(case.stored("INBOX")? == before, "the mark is on the server");
    drop(mailbox);
    holds!(case.stored("INBOX")? == before, "a dropped mailbox deleted a message");
    Ok(())
}

pub(super) async fn delete_twice_is_once(case: &mut Case<'_>) -> Checked {
    let before = case.stored("INBOX")?;
    let Some((mut mailbox, id)) = marked(case).await? else { return Ok(()) };
    mailbox.delete(&id.into())?;
    let report = mailbox.close().await?;
    let after = case.stored("INBOX")?;
    holds!(before.get(1..) == Some(&after), "{} of {} messages left", after.len(), before.len());
    holds!(report.done().len() == 1 && report.len() == 1, "{report:?} of one message");
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
    let before = case.stored("INBOX")?.len();
    let Some((mut mailbox, id)) = marked(case).await? else { return Ok(()) };
    let ids = ids(&mut *mailbox).await?;
    holds!(!ids.contains(&id), "the marked message is listed");
    holds!(ids.len() + 1 == before, "{} of {before} messages with one marked", ids.len());
    let newest = u32::try_from(before).unwrap_or(u32::MAX);
    let newest = listed(&mut *mailbox, &List::newest(newest)).await?;
    holds!(newest.len() == ids.len(), "{} newest messages of {}", newest.len(), ids.len());
    Ok(())
}

pub(super) async fn delete_hides_the_message_from_a_list_of_ids(case: &mut Case<'_>) -> Checked {
    let Some((mut mailbox, id)) = marked(case).await? else { return Ok(()) };
    let rows = listed(&mut *mailbox, &List::ids(id.into())).await?;
    holds!(rows.is_empty(), "the marked message is listed: {rows:?}");
    Ok(())
}

pub(super) async fn delete_hides_the_message_from_fetch(case: &mut Case<'_>) -> Checked {
    let Some((mut mailbox, id)) = marked(case).await? else { return Ok(()) };
    let error = fails(read(&mut *mailbox, &id, Part::Whole).await, "a marked message")?;
    holds!(matches!(error, Error::NoSuchMessage(_)), "{error}");
    Ok(())
}

pub(super) async fn delete_hides_the_message_from_fetch_many(case: &mut Case<'_>) -> Checked {
    let Some((mut mailbox, id)) = marked(case).await? else { return Ok(()) };
    let left = first(&mut *mailbox).await?;
    let set: IdSet = [&id, &left].into_iter().collect();
    let answers = read_many(&mut *mailbox, &set).await?;
    let right = match answers.as_slice() {
        [(one, Err(Error::NoSuchMessage(_))), (other, Ok(_))] => *one == id && *other == left,
        _ => false,
    };
    let told: Vec<_> = answers.iter().map(|(id, body)| (id, body.as_ref().map(Vec::len))).collect();
    holds!(right, "{told:?} of {id}, which is marked, and {left}");
    Ok(())
}

pub(super) async fn delete_hides_the_message_from_search(case: &mut Case<'_>) -> Checked {
    let Some((mut mailbox, id)) = marked(case).await? else { return Ok(()) };
    if mailbox.features().contains(Feature::Search) {
        let found = mailbox.search(&Query::All).await?.ids;
        holds!(!found.is_empty() && !found.contains(&id), "{found:?} with {id} marked");
    }
    Ok(())
}

pub(super) async fn delete_hides_the_message_from_sort(case: &mut Case<'_>) -> Checked {
    let Some((mut mailbox, id)) = marked(case).await? else { return Ok(()) };
    if mailbox.features().contains(Feature::Sort) {
        let by = [SortBy::ascending(SortKey::Date)];
        let found = mailbox.sort(&Query::All, &by).await?;
        holds!(!found.is_empty() && !found.contains(&id), "{found:?} with {id} marked");
    }
    Ok(())
}

pub(super) async fn delete_hides_the_message_from_thread(case: &mut Case<'_>) -> Checked {
    let Some((mut mailbox, id)) = marked(case).await? else { return Ok(()) };
    if mailbox.features().contains(Feature::Threads) {
        let threads = mailbox.thread(&Query::All, ThreadBy::References).await?;
        let mut found = threads.iter().flat_map(|thread| &thread.messages);
        let is_there = found.any(|message| message.id.as_ref() == Some(&id));
        holds!(!threads.is_empty() && !is_there, "{threads:?} with {id} marked");
    }
    Ok(())
}

pub(super) async fn delete_in_a_folder_open_for_reading_is_refused(case: &mut Case<'_>) -> Checked {
    let before = case.stored("INBOX")?;
    let (mut mailbox, has) = case.open_with(Feature::Delete).await?;
    mailbox.open(&FolderName::inbox(), Access::ReadOnly).await?;
    let id = first(&mut *mailbox).await?;
    let answer = mailbox.delete(&id.into());
    if !has {
        return lacks(answer, Feature::Delete);
    }
    // Before the answer is judged: a mailbox that is open read-only must not change.
    mailbox.close().await?;
    let after = case.stored("INBOX")?.len();
    holds!(after == before.len(), "{after} of {} messages left", before.len());
    let error = fails(answer, "a deletion in a folder that is open for reading")?;
    holds!(matches!(&error, Error::ReadOnly(name) if name.is_inbox()), "{error}");
    Ok(())
}

pub(super) async fn undelete_takes_the_mark_back(case: &mut Case<'_>) -> Checked {
    let before = case.stored("INBOX")?;
    let Some((mut mailbox, id)) = marked(case).await? else { return Ok(()) };
    let other = first(&mut *mailbox).await?;
    // That of a message without a mark is no error.
    mailbox.undelete(&[&id, &other].into_iter().collect())?;
    let shown = ids(&mut *mailbox).await?;
    holds!(shown.first() == Some(&id), "the message is not listed again");
    holds!(shown.len() == before.len(), "{} of {} messages listed", shown.len(), before.len());
    read(&mut *mailbox, &id, Part::Whole).await?;
    let report = mailbox.close().await?;
    holds!(report.is_empty(), "{report:?} without a mark");
    holds!(case.stored("INBOX")? == before, "a message without a mark was removed");
    Ok(())
}

pub(super) async fn undelete_reaches_marks_of_every_folder(case: &mut Case<'_>) -> Checked {
    let before = case.stored("INBOX")?;
    let Some((mut mailbox, id)) = marked(case).await? else { return Ok(()) };
    if !mailbox.features().contains(Feature::Folders) {
        return Ok(());
    }
    let name = folder(&mut *mailbox, "Archive").await?;
    mailbox.open(&name, Access::ReadOnly).await?;
    mailbox.undelete(&id.into())?;
    let report = mailbox.close().await?;
    holds!(report.is_empty(), "{report:?} without a mark");
    holds!(case.stored("INBOX")? == before, "a message without a mark was removed");
    Ok(())
}

pub(super) async fn expunge_removes_what_was_marked_and_keeps_the_session(
    case: &mut Case<'_>,
) -> Checked {
    let before = case.stored("INBOX")?;
    let Some((mut mailbox, id)) = marked(case).await? else { return Ok(()) };
    let has = mailbox.features().contains(Feature::Expunge);
    let answer = mailbox.expunge().await;
    if !has {
        lacks(answer, Feature::Expunge)?;
        holds!(case.stored("INBOX")? == before, "a message was removed before the end");
        return Ok(());
    }
    is_of_one(&answer?, &id)?;
    let after = case.stored("INBOX")?;
    holds!(before.get(1..) == Some(&after), "{} of {} messages left", after.len(), before.len());
    let left = ids(&mut *mailbox).await?;
    holds!(left.len() == after.len() && !left.contains(&id), "listed afterwards: {left:?}");
    let again = mailbox.expunge().await?;
    holds!(again.is_empty(), "the mark is carried out twice: {again:?}");
    let report = mailbox.close().await?;
    holds!(report.is_empty() && case.stored("INBOX")? == after, "by close as well: {report:?}");
    Ok(())
}

fn is_of_one(report: &Report, id: &MessageId) -> Checked {
    let right = report.done() == id.into() && report.len() == 1;
    holds!(right, "{report:?} after the deletion of {id}");
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
    let victims: IdSet = all.iter().skip(1).step_by(2).take(2).collect();
    mailbox.delete(&victims)?;
    let report = mailbox.close().await?;
    let kept = before.iter().enumerate().filter(|(place, _)| ![1, 3].contains(place));
    let expected: Vec<_> = kept.map(|(_, message)| message.clone()).collect();
    let after = case.stored("INBOX")?;
    holds!(after == expected, "{} of {} messages left", after.len(), before.len());
    holds!(report.done() == victims && report.len() == 2, "{report:?} of {victims:?}");
    case.session().await?.store(other, "-FLAGS (\\Deleted)").await?;
    Ok(())
}

pub(super) async fn close_carries_out_the_marks_of_every_folder(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::Delete).await?;
    if !has || !mailbox.features().contains(Feature::Folders) {
        return Ok(());
    }
    let (inbox, archive) = (case.stored("INBOX")?, case.stored("Archive")?);
    let name = folder(&mut *mailbox, "Archive").await?;
    mailbox.open(&name, Access::ReadWrite).await?;
    let old = first(&mut *mailbox).await?;
    mailbox.delete(&old.clone().into())?;
    mailbox.open(&FolderName::inbox(), Access::ReadWrite).await?;
    let new = first(&mut *mailbox).await?;
    mailbox.delete(&new.clone().into())?;
    let answer = mailbox.close().await;
    let (left, kept) = (case.stored("INBOX")?, case.stored("Archive")?);
    holds!(inbox.get(1..) == Some(&left), "{} of {} messages left", left.len(), inbox.len());
    if case.forgets_ids().await? {
        // Archive has another UIDVALIDITY when it is opened again: its mark names no message.
        let error = fails(answer, "a mark from before another UIDVALIDITY")?;
        let report = partial(&error, "a mark from before another UIDVALIDITY")?;
        let right = report.done() == new.into() && report.to_repeat() == old.into();
        holds!(right && kept == archive, "{report:?}");
        return Ok(());
    }
    holds!(archive.get(1..) == Some(&kept), "{} of {} in Archive", kept.len(), archive.len());
    let both: IdSet = [&old, &new].into_iter().collect();
    let report = answer?;
    holds!(report.done() == both && report.len() == 2, "{report:?} of {both:?}");
    Ok(())
}

pub(super) async fn close_tells_what_was_gone(case: &mut Case<'_>) -> Checked {
    let Some(gone) = gone(case).await? else { return Ok(()) };
    let before = case.stored("INBOX")?;
    let Some((mut mailbox, id)) = marked(case).await? else { return Ok(()) };
    mailbox.delete(&IdSet::from(&gone))?;
    let report = mailbox.close().await?;
    let right = report.gone() == gone.into() && report.done() == id.into();
    holds!(right && report.len() == 2, "{report:?}");
    let after = case.stored("INBOX")?;
    holds!(before.get(1..) == Some(&after), "{} of {} messages left", after.len(), before.len());
    Ok(())
}

pub(super) async fn close_twice_gives_the_same_report(case: &mut Case<'_>) -> Checked {
    let Some((mut mailbox, id)) = marked(case).await? else { return Ok(()) };
    is_of_one(&mailbox.close().await?, &id)?;
    let after = case.stored("INBOX")?;
    is_of_one(&mailbox.close().await?, &id)?;
    holds!(case.stored("INBOX")? == after, "the second close removed a message");
    holds!(mailbox.selected().is_none(), "{:?} is open afterwards", mailbox.selected());
    let error = fails(mailbox.status().await, "status after close")?;
    holds!(matches!(error, Error::NoFolder | Error::Closed { .. }), "{error}");
    Ok(())
}

pub(super) async fn close_without_marks_changes_nothing(case: &mut Case<'_>) -> Checked {
    let before = case.stored("INBOX")?;
    let mut mailbox = case.open().await?;
    mailbox.status().await?;
    let report = mailbox.close().await?;
    holds!(report.is_empty(), "{report:?} without a mark");
    holds!(case.stored("INBOX")? == before, "closing changed INBOX");
    Ok(())
}
