//! `append`, `copy` and `move_to`.

use mailclient::{Access, Append, Error, Feature, Flags, FolderName, IdSet, Outcome, Part, Report};

use crate::{
    case::{
        Case, Checked, Found, fails, fails_at_once, first, folder, gone, holds, ids, lacks,
        partial, read,
    },
    content::plain,
};

/// A folder that is not there.
fn missing() -> Checked<FolderName> {
    Ok("no such folder".parse()?)
}

pub(super) async fn append_stores_the_bytes_and_flags(case: &mut Case<'_>) -> Checked {
    let before = case.stored("Drafts")?;
    let (mut mailbox, has) = case.open_with(Feature::Append).await?;
    let message = plain("Appended", &"A line of text.\r\n".repeat(9_000));
    let flags = Flags::new().with_seen().with_draft();
    let options = Append::new(message.len() as u64).with_flags(flags);
    let mut reader = &message[..];
    let drafts = folder(&mut *mailbox, "Drafts").await?;
    let answer = mailbox.append(&drafts, &options, &mut reader).await;
    if !has {
        return lacks(answer, Feature::Append);
    }
    let id = answer?;
    let after = case.stored("Drafts")?;
    let added = after.get(before.len()..).unwrap_or_default();
    let [added] = added else {
        return Err(Found::new(format!("{} messages were added", added.len())));
    };
    holds!(added.bytes == message, "{} bytes of {} are stored", added.bytes.len(), message.len());
    holds!(added.flags == ["\\Draft", "\\Seen"], "{:?}", added.flags);
    if let Some(id) = id
        && !case.forgets_ids().await?
    {
        mailbox.open(&drafts, Access::ReadOnly).await?;
        let found = read(&mut *mailbox, &id, Part::Whole).await?;
        holds!(found == message, "{id} is another message");
    }
    Ok(())
}

pub(super) async fn append_of_a_short_message_stores_nothing(case: &mut Case<'_>) -> Checked {
    let before = case.stored("Drafts")?;
    let (mut mailbox, has) = case.open_with(Feature::Append).await?;
    if has {
        let mut reader = &b"Subject: short\r\n"[..];
        let drafts = folder(&mut *mailbox, "Drafts").await?;
        let answer = mailbox.append(&drafts, &Append::new(1_000), &mut reader).await;
        let error = fails(answer, "a reader that ends too early")?;
        holds!(matches!(error, Error::Local { closed: true, .. }), "{error:?}");
        let error = fails(mailbox.status().await, "a call after half an upload")?;
        holds!(matches!(error, Error::Closed { .. }), "{error}");
    }
    holds!(case.stored("Drafts")? == before, "half a message is stored");
    Ok(())
}

pub(super) async fn append_to_a_missing_folder_is_refused(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::Append).await?;
    if has {
        let message = plain("Appended", "Text.\r\n");
        let (mut reader, options) = (&message[..], Append::new(message.len() as u64));
        let answer = mailbox.append(&missing()?, &options, &mut reader).await;
        let error = fails(answer, "a message for a folder that does not exist")?;
        holds!(matches!(error, Error::Refused(_)), "{error}");
        mailbox.status().await?;
    }
    Ok(())
}

pub(super) async fn append_keeps_nul_or_refuses_it_at_once(case: &mut Case<'_>) -> Checked {
    let before = case.stored("Drafts")?;
    let (mut mailbox, has) = case.open_with(Feature::BinaryAppend).await?;
    if !mailbox.features().contains(Feature::Append) {
        return Ok(());
    }
    let message = plain("Binary", "\0 and \0\r\n");
    let options = Append::new(message.len() as u64).binary();
    let drafts = folder(&mut *mailbox, "Drafts").await?;
    let mut reader = &message[..];
    let answer = mailbox.append(&drafts, &options, &mut reader).await;
    if !has {
        lacks(answer, Feature::BinaryAppend)?;
        holds!(reader.len() == message.len(), "a part of the message was read");
        mailbox.status().await?;
        holds!(case.stored("Drafts")? == before, "it is stored in spite of the refusal");
        return Ok(());
    }
    answer?;
    let after = case.stored("Drafts")?;
    let added = after.get(before.len()..).unwrap_or_default();
    let same = added.iter().map(|message| &message.bytes).eq([&message]);
    holds!(same, "{} messages were added, or not as they were given", added.len());
    Ok(())
}

pub(super) async fn copy_leaves_the_original(case: &mut Case<'_>) -> Checked {
    let (inbox, archive) = (case.stored("INBOX")?, case.stored("Archive")?);
    let (mut mailbox, has) = case.open_with(Feature::Copy).await?;
    let set: IdSet = ids(&mut *mailbox).await?.into_iter().take(2).collect();
    let name = folder(&mut *mailbox, "Archive").await?;
    let answer = mailbox.copy(&set, &name).await;
    if !has {
        return lacks(answer, Feature::Copy);
    }
    let report = answer?;
    holds!(report.done() == set && report.len() == 2, "{report:?} of {set:?}");
    holds!(case.stored("INBOX")? == inbox, "copying changed INBOX");
    let after = case.stored("Archive")?;
    let added = after.get(archive.len()..).unwrap_or_default();
    let same = added
        .iter()
        .zip(&inbox)
        .all(|(copy, original)| copy.bytes == original.bytes && copy.flags == original.flags);
    holds!(added.len() == 2 && same, "{} copies, equal: {same}", added.len());
    Ok(())
}

/// The ids of the copies in a report are those of equal messages in Archive. A server without
/// UIDPLUS tells none.
async fn copies_are_right(case: &mut Case<'_>, report: &Report, originals: &[Vec<u8>]) -> Checked {
    if case.forgets_ids().await? {
        return Ok(());
    }
    let mut mailbox = case.open().await?;
    let name = folder(&mut *mailbox, "Archive").await?;
    mailbox.open(&name, Access::ReadOnly).await?;
    for ((id, outcome), original) in report.iter().zip(originals) {
        let Outcome::Done { new, .. } = outcome else {
            return Err(Found::new(format!("{id}: {outcome:?}")));
        };
        if let Some(new) = new
            && new.is_stable()
        {
            let found = read(&mut *mailbox, &new, Part::Whole).await?;
            holds!(found == *original, "{new} is not the copy of {id}");
        }
    }
    Ok(())
}

pub(super) async fn copy_tells_the_id_of_each_copy(case: &mut Case<'_>) -> Checked {
    let originals = case.stored("INBOX")?;
    let (mut mailbox, has) = case.open_with(Feature::Copy).await?;
    if !has {
        return Ok(());
    }
    let set: IdSet = ids(&mut *mailbox).await?.into_iter().skip(1).step_by(2).take(3).collect();
    let name = folder(&mut *mailbox, "Archive").await?;
    let report = mailbox.copy(&set, &name).await?;
    let originals = originals.into_iter().skip(1).step_by(2).take(3);
    let originals: Vec<Vec<u8>> = originals.map(|message| message.bytes).collect();
    copies_are_right(case, &report, &originals).await
}

pub(super) async fn copy_tells_what_is_gone(case: &mut Case<'_>) -> Checked {
    if !case.features().await?.contains(Feature::Copy) {
        return Ok(());
    }
    let Some(gone) = gone(case).await? else { return Ok(()) };
    let mut mailbox = case.open().await?;
    let left = first(&mut *mailbox).await?;
    let set: IdSet = [&gone, &left].into_iter().collect();
    let name = folder(&mut *mailbox, "Archive").await?;
    let report = mailbox.copy(&set, &name).await?;
    let right = report.gone() == gone.into() && report.done() == left.into();
    holds!(right && report.len() == 2, "{report:?}");
    Ok(())
}

pub(super) async fn copy_to_a_missing_folder_changes_nothing(case: &mut Case<'_>) -> Checked {
    let inbox = case.stored("INBOX")?;
    let (mut mailbox, has) = case.open_with(Feature::Copy).await?;
    if has {
        let set = IdSet::from(first(&mut *mailbox).await?);
        let error = fails(mailbox.copy(&set, &missing()?).await, "a copy into a missing folder")?;
        let report = partial(&error, "a copy into a missing folder")?;
        holds!(report.to_repeat() == set && report.len() == 1, "{report:?}");
        holds!(matches!(report.cause(), Some(Error::Refused(_))), "{:?}", report.cause());
    }
    holds!(case.stored("INBOX")? == inbox, "a refused copy changed INBOX");
    Ok(())
}

pub(super) async fn move_to_takes_the_original_away(case: &mut Case<'_>) -> Checked {
    let (inbox, archive) = (case.stored("INBOX")?, case.stored("Archive")?);
    let (mut mailbox, has) = case.open_with(Feature::Move).await?;
    let id = first(&mut *mailbox).await?;
    let name = folder(&mut *mailbox, "Archive").await?;
    let set = IdSet::from(&id);
    let answer = mailbox.move_to(&set, &name).await;
    if !has {
        lacks(answer, Feature::Move)?;
        holds!(case.stored("INBOX")? == inbox, "a move without the feature");
        return Ok(());
    }
    let report = answer?;
    holds!(report.done() == set && report.len() == 1, "{report:?}");
    let (left, moved) = (case.stored("INBOX")?, case.stored("Archive")?);
    holds!(inbox.get(1..) == Some(&left), "{} of {} messages left", left.len(), inbox.len());
    let added = moved.get(archive.len()..).unwrap_or_default();
    let same = added.iter().map(|message| &message.bytes).eq(inbox.first().map(|one| &one.bytes));
    holds!(same, "{} messages arrived", added.len());
    let error = fails(read(&mut *mailbox, &id, Part::Whole).await, "a message that was moved")?;
    holds!(matches!(error, Error::NoSuchMessage(_)), "{error}");
    let originals: Vec<Vec<u8>> = inbox.into_iter().take(1).map(|message| message.bytes).collect();
    copies_are_right(case, &report, &originals).await
}

pub(super) async fn move_to_a_missing_folder_changes_nothing(case: &mut Case<'_>) -> Checked {
    let inbox = case.stored("INBOX")?;
    let (mut mailbox, has) = case.open_with(Feature::Move).await?;
    if has {
        let set = IdSet::from(first(&mut *mailbox).await?);
        let answer = mailbox.move_to(&set, &missing()?).await;
        let error = fails(answer, "a move into a missing folder")?;
        let report = partial(&error, "a move into a missing folder")?;
        let idle = |outcome| matches!(outcome, Outcome::Refused(_) | Outcome::Unknown);
        holds!(report.iter().all(|(_, outcome)| idle(outcome)), "{report:?}");
        holds!(matches!(report.cause(), Some(Error::Refused(_))), "{:?}", report.cause());
    }
    holds!(case.stored("INBOX")? == inbox, "a refused move changed INBOX");
    Ok(())
}

pub(super) async fn move_to_out_of_a_folder_open_for_reading_is_refused(
    case: &mut Case<'_>,
) -> Checked {
    let before = case.stored("INBOX")?;
    let (mut mailbox, has) = case.open_with(Feature::Move).await?;
    if !has {
        return Ok(());
    }
    let name = folder(&mut *mailbox, "Archive").await?;
    mailbox.open(&FolderName::inbox(), Access::ReadOnly).await?;
    let set = ids(&mut *mailbox).await?.iter().collect();
    let call = mailbox.move_to(&set, &name);
    let error = fails_at_once(call, "a move out of a folder that is open for reading")?;
    holds!(matches!(&error, Error::ReadOnly(name) if name.is_inbox()), "{error}");
    mailbox.close().await?;
    holds!(case.stored("INBOX")? == before, "messages moved in spite of the refusal");
    Ok(())
}
