//! `append`, `copy` and `move_to`.

use mailclient::{Access, Error, Feature, Flags, Part};

use crate::{
    case::{Case, Checked, Found, fails, first, folder, holds, ids, lacks, read},
    content::plain,
};

/// A folder that is not there.
const MISSING: &str = "no such folder";

pub(super) async fn append_stores_the_bytes_and_flags(case: &mut Case<'_>) -> Checked {
    let before = case.stored("Drafts")?;
    let (mut mailbox, has) = case.open_with(Feature::Append).await?;
    let message = plain("Appended", &"A line of text.\r\n".repeat(9_000));
    let flags = Flags::new().with_seen().with_draft();
    let mut reader = &message[..];
    let drafts = folder(&mut *mailbox, "Drafts").await?;
    let answer = mailbox.append(&drafts, &flags, message.len() as u64, &mut reader).await;
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
        let answer = mailbox.append(&drafts, &Flags::new(), 1_000, &mut reader).await;
        let error = fails(answer, "a reader that ends too early")?;
        holds!(matches!(error, Error::Local(_)), "{error}");
        let error = fails(mailbox.status().await, "a call after half an upload")?;
        holds!(matches!(error, Error::Closed(_)), "{error}");
    }
    holds!(case.stored("Drafts")? == before, "half a message is stored");
    Ok(())
}

pub(super) async fn append_to_a_missing_folder_is_refused(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::Append).await?;
    if has {
        let message = plain("Appended", "Text.\r\n");
        let mut reader = &message[..];
        let length = message.len() as u64;
        let answer = mailbox.append(MISSING, &Flags::new(), length, &mut reader).await;
        let error = fails(answer, "a message for a folder that does not exist")?;
        holds!(matches!(error, Error::Refused(_)), "{error}");
        mailbox.status().await?;
    }
    Ok(())
}

pub(super) async fn copy_leaves_the_original(case: &mut Case<'_>) -> Checked {
    let (inbox, archive) = (case.stored("INBOX")?, case.stored("Archive")?);
    let (mut mailbox, has) = case.open_with(Feature::Copy).await?;
    let mut ids = ids(&mut *mailbox).await?;
    ids.truncate(2);
    let name = folder(&mut *mailbox, "Archive").await?;
    let answer = mailbox.copy(&ids, &name).await;
    if !has {
        return lacks(answer, Feature::Copy);
    }
    answer?;
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

pub(super) async fn copy_to_a_missing_folder_changes_nothing(case: &mut Case<'_>) -> Checked {
    let inbox = case.stored("INBOX")?;
    let (mut mailbox, has) = case.open_with(Feature::Copy).await?;
    if has {
        let id = first(&mut *mailbox).await?;
        let error = fails(mailbox.copy(&[id], MISSING).await, "a copy into a missing folder")?;
        holds!(matches!(error, Error::Refused(_)), "{error}");
    }
    holds!(case.stored("INBOX")? == inbox, "a refused copy changed INBOX");
    Ok(())
}

pub(super) async fn move_to_takes_the_original_away(case: &mut Case<'_>) -> Checked {
    let (inbox, archive) = (case.stored("INBOX")?, case.stored("Archive")?);
    let (mut mailbox, has) = case.open_with(Feature::Move).await?;
    let id = first(&mut *mailbox).await?;
    let name = folder(&mut *mailbox, "Archive").await?;
    let answer = mailbox.move_to(std::slice::from_ref(&id), &name).await;
    if !has {
        lacks(answer, Feature::Move)?;
        holds!(case.stored("INBOX")? == inbox, "a move without the feature");
        return Ok(());
    }
    answer?;
    let (left, moved) = (case.stored("INBOX")?, case.stored("Archive")?);
    holds!(inbox.get(1..) == Some(&left), "{} of {} messages left", left.len(), inbox.len());
    let added = moved.get(archive.len()..).unwrap_or_default();
    let same = added.iter().map(|message| &message.bytes).eq(inbox.first().map(|one| &one.bytes));
    holds!(same, "{} messages arrived", added.len());
    let error = fails(read(&mut *mailbox, &id, Part::Whole).await, "a message that was moved")?;
    holds!(matches!(error, Error::NoSuchMessage(_)), "{error}");
    Ok(())
}

pub(super) async fn move_to_a_missing_folder_changes_nothing(case: &mut Case<'_>) -> Checked {
    let inbox = case.stored("INBOX")?;
    let (mut mailbox, has) = case.open_with(Feature::Move).await?;
    if has {
        let id = first(&mut *mailbox).await?;
        let error = fails(mailbox.move_to(&[id], MISSING).await, "a move into a missing folder")?;
        holds!(matches!(error, Error::Refused(_)), "{error}");
    }
    holds!(case.stored("INBOX")? == inbox, "a refused move changed INBOX");
    Ok(())
}
