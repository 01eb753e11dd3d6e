//! `folders` and `open`.

use mailclient::{Access, Error, Feature, Folder, Part, Role};

use crate::case::{Case, Checked, bodies, bytes, fails, first, folder, holds, lacks, read};

pub(super) async fn folders_are_those_of_the_server_and_inbox_is_first(
    case: &mut Case<'_>,
) -> Checked {
    let stored = case.folders();
    let (mut mailbox, has) = case.open_with(Feature::Folders).await?;
    let folders = mailbox.folders().await?;
    let inbox = folders.first().is_some_and(|folder| {
        folder.name == "INBOX" && folder.role == Some(Role::Inbox) && folder.selectable
    });
    holds!(inbox, "{folders:?}");
    if !has {
        holds!(folders.len() == 1, "folders without the feature: {folders:?}");
        return Ok(());
    }
    holds!(folders.len() == stored.len(), "{folders:?} of {stored:?}");
    let delimiter = folders.first().and_then(|folder| folder.delimiter).unwrap_or('/');
    for name in &stored {
        // Some servers put a prefix before each name but INBOX.
        let name = name.replace('/', &delimiter.to_string());
        let is = |folder: &&Folder| {
            let prefix = folder.name.strip_suffix(&name);
            prefix.is_some_and(|prefix| prefix.is_empty() || prefix.ends_with(delimiter))
        };
        let found = folders.iter().filter(is).count();
        holds!(found == 1, "{name} is listed {found} times in {folders:?}");
    }
    Ok(())
}

pub(super) async fn open_finds_inbox_in_any_case(case: &mut Case<'_>) -> Checked {
    let stored = case.stored("INBOX")?.len() as u64;
    let mut mailbox = case.open().await?;
    for name in ["INBOX", "inbox", "Inbox"] {
        let status = mailbox.open(name, Access::ReadWrite).await?;
        holds!(status.messages == stored && !status.read_only, "{name}: {status:?} of {stored}");
    }
    Ok(())
}

pub(super) async fn open_shows_another_folder(case: &mut Case<'_>) -> Checked {
    let (archive, inbox) = (case.stored("Archive")?, case.stored("INBOX")?);
    let (mut mailbox, has) = case.open_with(Feature::Folders).await?;
    let name = folder(&mut *mailbox, "Archive").await?;
    let status = mailbox.open(&name, Access::ReadWrite).await;
    if !has {
        return lacks(status, Feature::Folders);
    }
    holds!(status?.messages == archive.len() as u64, "the count of Archive");
    holds!(bodies(&mut *mailbox).await? == bytes(&archive), "the messages of Archive");
    let status = mailbox.open("INBOX", Access::ReadWrite).await?;
    holds!(status.messages == inbox.len() as u64, "back in INBOX: {status:?}");
    Ok(())
}

pub(super) async fn open_of_a_missing_folder_leaves_none_open(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::Folders).await?;
    let answer = mailbox.open("no such folder", Access::ReadWrite).await;
    if !has {
        return lacks(answer, Feature::Folders);
    }
    let error = fails(answer, "opening a folder that does not exist")?;
    holds!(matches!(error, Error::Refused(_)), "{error}");
    let error = fails(mailbox.status().await, "status without an open folder")?;
    holds!(matches!(error, Error::Misuse(_)), "{error}");
    mailbox.open("INBOX", Access::ReadWrite).await?;
    Ok(())
}

pub(super) async fn open_for_reading_says_so(case: &mut Case<'_>) -> Checked {
    let mut mailbox = case.open().await?;
    let status = mailbox.open("INBOX", Access::ReadOnly).await?;
    holds!(status.read_only, "{status:?}");
    Ok(())
}

pub(super) async fn ids_of_another_folder_are_refused(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::Folders).await?;
    if has {
        let id = first(&mut *mailbox).await?;
        let name = folder(&mut *mailbox, "Archive").await?;
        mailbox.open(&name, Access::ReadWrite).await?;
        fails(read(&mut *mailbox, &id, Part::Whole).await, "an id of INBOX in Archive")?;
    }
    Ok(())
}
