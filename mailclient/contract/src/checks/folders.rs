//! `folders`, `status_of` and `open`.

use mailclient::{
    Access, Error, Feature, FlagChange, Flags, Folder, FolderName, Folders, IdSet, List, Mailbox,
    Part, Role,
};

use crate::case::{
    Case, Checked, Found, bodies, bytes, fails, first, folder, holds, ids, lacks, poll_once, read,
    read_many,
};

pub(super) async fn folders_are_those_of_the_server_and_inbox_is_first(
    case: &mut Case<'_>,
) -> Checked {
    let stored = case.folders()?;
    let (mut mailbox, has) = case.open_with(Feature::Folders).await?;
    let answer = mailbox.folders(&Folders::all()).await;
    if !has {
        return lacks(answer, Feature::Folders);
    }
    let folders = answer?;
    let inbox = folders.first().is_some_and(|folder| {
        folder.name.is_inbox() && folder.role == Some(Role::Inbox) && folder.selectable
    });
    holds!(inbox, "{folders:?}");
    holds!(folders.len() == stored.len(), "{folders:?} of {stored:?}");
    let delimiter = folders.first().and_then(|folder| folder.delimiter).unwrap_or('/');
    for name in &stored {
        // Some servers put a prefix before each name but INBOX.
        let name = name.replace('/', &delimiter.to_string());
        let is = |folder: &&Folder| {
            let prefix = folder.name.as_str().strip_suffix(&name);
            prefix.is_some_and(|prefix| prefix.is_empty() || prefix.ends_with(delimiter))
        };
        let found = folders.iter().filter(is).count();
        holds!(found == 1, "{name} is listed {found} times in {folders:?}");
    }
    Ok(())
}

pub(super) async fn status_of_counts_a_folder_and_opens_none(case: &mut Case<'_>) -> Checked {
    let (archive, inbox) = (case.stored("Archive")?.len(), case.stored("INBOX")?.len());
    let (mut mailbox, has) = case.open_with(Feature::Folders).await?;
    let name = folder(&mut *mailbox, "Archive").await?;
    let answer = mailbox.status_of(&name).await;
    if !has {
        return lacks(answer, Feature::Folders);
    }
    let status = answer?;
    holds!(status.messages == archive as u64, "{status:?} of {archive} messages in Archive");
    let open = mailbox.selected().map(|open| open.name.clone());
    holds!(open == Some(FolderName::inbox()), "{open:?} is open");
    let status = mailbox.status_of(&FolderName::inbox()).await?;
    holds!(status.messages == inbox as u64, "{status:?} of {inbox} messages in INBOX");
    let missing = mailbox.status_of(&"no such folder".parse()?).await;
    let error = fails(missing, "the status of a folder that does not exist")?;
    holds!(matches!(error, Error::Refused(_)), "{error}");
    Ok(())
}

pub(super) async fn status_of_leaves_out_what_is_marked(case: &mut Case<'_>) -> Checked {
    let archive = case.stored("Archive")?.len() as u64;
    let (mut mailbox, has) = case.open_with(Feature::Folders).await?;
    if !has || !mailbox.features().contains(Feature::Delete) || case.forgets_ids().await? {
        return Ok(());
    }
    let name = folder(&mut *mailbox, "Archive").await?;
    mailbox.open(&name, Access::ReadWrite).await?;
    let marked = first(&mut *mailbox).await?;
    mailbox.delete(&marked.into())?;
    for opened in [&name, &FolderName::inbox()] {
        mailbox.open(opened, Access::ReadWrite).await?;
        let status = mailbox.status_of(&name).await?;
        holds!(status.messages + 1 == archive, "{status:?} of {archive}, {opened} is open");
    }
    Ok(())
}

pub(super) async fn open_finds_inbox_in_any_case(case: &mut Case<'_>) -> Checked {
    let stored = case.stored("INBOX")?.len() as u64;
    let mut mailbox = case.open().await?;
    for name in ["INBOX", "inbox", "Inbox"] {
        let open = mailbox.open(&name.parse()?, Access::ReadWrite).await?;
        let right = open.messages == stored && open.access == Access::ReadWrite;
        holds!(right && open.name.is_inbox(), "{name}: {open:?} of {stored}");
    }
    Ok(())
}

pub(super) async fn open_shows_another_folder(case: &mut Case<'_>) -> Checked {
    let (archive, inbox) = (case.stored("Archive")?, case.stored("INBOX")?);
    let (mut mailbox, has) = case.open_with(Feature::Folders).await?;
    let name = folder(&mut *mailbox, "Archive").await?;
    let open = mailbox.open(&name, Access::ReadWrite).await;
    if !has {
        return lacks(open, Feature::Folders);
    }
    let open = open?;
    holds!(open.messages == archive.len() as u64 && open.name == name, "Archive: {open:?}");
    holds!(mailbox.selected() == Some(&open), "{:?} and not {open:?}", mailbox.selected());
    holds!(bodies(&mut *mailbox).await? == bytes(&archive), "the messages of Archive");
    let open = mailbox.open(&FolderName::inbox(), Access::ReadWrite).await?;
    holds!(open.messages == inbox.len() as u64, "back in INBOX: {open:?}");
    Ok(())
}

/// No folder is open: `selected` says so, and so does the answer of every method that needs one.
async fn none_is_open(mailbox: &mut dyn Mailbox, set: &IdSet) -> Checked {
    holds!(mailbox.selected().is_none(), "{:?} is open", mailbox.selected());
    let id = set.iter().next().ok_or_else(|| Found::new("the folder is empty"))?;
    let features = mailbox.features();
    let mut errors = vec![
        fails(mailbox.status().await, "status without an open folder")?,
        fails(listed_all(mailbox).await, "a list without an open folder")?,
        fails(read(mailbox, &id, Part::Whole).await, "fetch without an open folder")?,
        fails(read_many(mailbox, set).await, "fetch_many without an open folder")?,
    ];
    if features.contains(Feature::Delete) {
        errors.push(fails(mailbox.delete(set), "delete without an open folder")?);
    }
    if features.contains(Feature::Flags) {
        let flags = Flags::new().with_draft();
        let answer = mailbox.set_flags(set, FlagChange::Add, &flags).await;
        errors.push(fails(answer, "set_flags without an open folder")?);
    }
    for error in errors {
        holds!(matches!(error, Error::NoFolder), "{error} in place of NoFolder");
    }
    Ok(())
}

async fn listed_all(mailbox: &mut dyn Mailbox) -> mailclient::Result<()> {
    mailbox.list(&List::all()).await.map(drop)
}

pub(super) async fn open_closes_the_folder_also_if_it_is_never_polled(
    case: &mut Case<'_>,
) -> Checked {
    let before = case.stored("INBOX")?;
    let mut mailbox = case.open().await?;
    let set = ids(&mut *mailbox).await?.iter().collect();
    let inbox = FolderName::inbox();
    drop(mailbox.open(&inbox, Access::ReadWrite));
    none_is_open(&mut *mailbox, &set).await?;
    let open = mailbox.open(&inbox, Access::ReadWrite).await?;
    holds!(open.messages == before.len() as u64, "opened again: {open:?}");
    mailbox.close().await?;
    holds!(case.stored("INBOX")? == before, "a method without an open folder changed INBOX");
    Ok(())
}

pub(super) async fn open_that_is_dropped_half_way_opens_nothing(case: &mut Case<'_>) -> Checked {
    let before = (case.stored("INBOX")?, case.stored("Archive")?);
    let (mut mailbox, has) = case.open_with(Feature::Folders).await?;
    let set = ids(&mut *mailbox).await?.iter().collect();
    let name = if has { folder(&mut *mailbox, "Archive").await? } else { FolderName::inbox() };
    let pending = poll_once(mailbox.open(&name, Access::ReadWrite)).is_pending();
    holds!(pending, "open does not wait for the server");
    none_is_open(&mut *mailbox, &set).await?;
    let open = mailbox.open(&FolderName::inbox(), Access::ReadWrite).await?;
    holds!(open.messages == before.0.len() as u64, "opened again: {open:?}");
    holds!(bodies(&mut *mailbox).await? == bytes(&before.0), "the messages of INBOX");
    mailbox.close().await?;
    let after = (case.stored("INBOX")?, case.stored("Archive")?);
    holds!(after == before, "a method without an open folder changed a message");
    Ok(())
}

pub(super) async fn open_of_a_missing_folder_leaves_none_open(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::Folders).await?;
    let set = ids(&mut *mailbox).await?.iter().collect();
    let answer = mailbox.open(&"no such folder".parse()?, Access::ReadWrite).await;
    if has {
        let error = fails(answer, "opening a folder that does not exist")?;
        holds!(matches!(error, Error::Refused(_)), "{error}");
    } else {
        lacks(answer, Feature::Folders)?;
    }
    none_is_open(&mut *mailbox, &set).await?;
    mailbox.open(&FolderName::inbox(), Access::ReadWrite).await?;
    Ok(())
}

pub(super) async fn open_for_reading_says_so(case: &mut Case<'_>) -> Checked {
    let mut mailbox = case.open().await?;
    let open = mailbox.open(&FolderName::inbox(), Access::ReadOnly).await?;
    holds!(open.access == Access::ReadOnly, "{open:?}");
    holds!(mailbox.selected() == Some(&open), "{:?} and not {open:?}", mailbox.selected());
    Ok(())
}

pub(super) async fn ids_of_another_folder_are_refused(case: &mut Case<'_>) -> Checked {
    let before = (case.stored("INBOX")?, case.stored("Archive")?);
    let (mut mailbox, has) = case.open_with(Feature::Folders).await?;
    if !has {
        return Ok(());
    }
    let all = ids(&mut *mailbox).await?;
    let (set, id): (IdSet, _) = (all.iter().take(3).collect(), all.first().cloned());
    let id = id.ok_or_else(|| Found::new("the folder is empty"))?;
    let name = folder(&mut *mailbox, "Archive").await?;
    mailbox.open(&name, Access::ReadWrite).await?;
    let features = mailbox.features();
    let mailbox = &mut *mailbox;
    let mut errors = vec![
        fails(read(mailbox, &id, Part::Whole).await, "fetch with an id of another folder")?,
        fails(read_many(mailbox, &set).await, "fetch_many with ids of another folder")?,
    ];
    for request in [List::ids(set.clone()), List::after(id)] {
        let answer = mailbox.list(&request).await.map(drop);
        errors.push(fails(answer, "a list about ids of another folder")?);
    }
    let flags = Flags::new().with_draft();
    let answer = mailbox.set_flags(&set, FlagChange::Add, &flags).await;
    errors.push(fails(answer, "set_flags with ids of another folder")?);
    let answer = mailbox.copy(&set, &name).await;
    errors.push(fails(answer, "copy with ids of another folder")?);
    if features.contains(Feature::Move) {
        let answer = mailbox.move_to(&set, &name).await;
        errors.push(fails(answer, "move_to with ids of another folder")?);
    }
    if features.contains(Feature::Delete) {
        let answer = mailbox.delete(&set);
        errors.push(fails(answer, "delete with ids of another folder")?);
    }
    for error in errors {
        let right = matches!(&error, Error::OtherFolder { open, .. } if *open == name);
        holds!(right, "{error} in place of OtherFolder");
    }
    mailbox.close().await?;
    let after = (case.stored("INBOX")?, case.stored("Archive")?);
    holds!(after == before, "an id of INBOX changed a message of Archive, or of INBOX");
    Ok(())
}
