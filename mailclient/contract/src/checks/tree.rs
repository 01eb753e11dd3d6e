//! What changes the tree of folders and what is told of it: `folders` with its options,
//! `namespaces`, `create`, `rename`, `remove`, `subscribe`, `quota` and `rights`.

use mailclient::{
    Access, Error, Feature, Folder, FolderName, Folders, IdSet, Mailbox, Namespace, NewFolder,
    Owner, QuotaResource, Right, Role, RoleSource,
};

use crate::case::{Case, Checked, Found, fails, first, folder, holds, ids, lacks};

/// The name of a new folder beside Archive.
async fn beside_archive(mailbox: &mut dyn Mailbox, leaf: &str) -> Checked<FolderName> {
    let archive = folder(mailbox, "Archive").await?;
    Ok(archive.as_str().replace("Archive", leaf).parse()?)
}

/// The row of a folder.
async fn row(mailbox: &mut dyn Mailbox, name: &FolderName) -> Checked<Option<Folder>> {
    let folders = mailbox.folders(&Folders::named(name.clone())).await?;
    holds!(folders.len() < 2, "{folders:?} for {name}");
    Ok(folders.into_iter().next())
}

fn unseen(case: &Case<'_>, folder: &str) -> Checked<u64> {
    Ok(case.stored(folder)?.iter().filter(|message| !message.has("\\Seen")).count() as u64)
}

pub(super) async fn folders_tell_their_roles(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::FolderRoles).await?;
    let mailbox = &mut *mailbox;
    let new = NewFolder::new(beside_archive(mailbox, "Post").await?).with_role(Role::Sent);
    if !has {
        let answer = mailbox.create(&new).await;
        let changes = mailbox.features().contains(Feature::FolderChanges);
        let missing = if changes { Feature::FolderRoles } else { Feature::FolderChanges };
        return lacks(answer, missing);
    }
    mailbox.create(&new).await?;
    let folders = mailbox.folders(&Folders::all()).await?;
    let sent = folders.iter().find(|folder| folder.role == Some(Role::Sent));
    let right = sent
        .is_some_and(|sent| sent.name == new.name && sent.role_source == Some(RoleSource::Server));
    holds!(right, "{sent:?} for {new:?}");
    mailbox.remove(&new.name).await?;
    Ok(())
}

pub(super) async fn folders_count_their_messages(case: &mut Case<'_>) -> Checked {
    let expected = ["INBOX", "Archive"]
        .map(|name| Ok::<_, Found>((case.stored(name)?.len() as u64, unseen(case, name)?)));
    let (mut mailbox, has) = case.open_with(Feature::Folders).await?;
    let answer = mailbox.folders(&Folders::all().with_counts()).await;
    if !has {
        return lacks(answer, Feature::Folders);
    }
    let folders = answer?;
    let archive = folder(&mut *mailbox, "Archive").await?;
    for (name, expected) in [FolderName::inbox(), archive].iter().zip(expected) {
        let row = folders.iter().find(|folder| folder.name == *name);
        let status = row.and_then(|row| row.status.as_ref());
        let found = status.map(|status| (status.messages, status.unseen));
        let (messages, unseen) = expected?;
        holds!(found == Some((messages, Some(unseen))), "{name}: {found:?}");
        let alone = mailbox.status_of(name).await?;
        holds!((alone.messages, alone.unseen) == (messages, Some(unseen)), "{name}: {alone:?}");
    }
    Ok(())
}

pub(super) async fn folders_below_one_are_those_below_it(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::FolderChanges).await?;
    if !has {
        return lacks(mailbox.folders(&Folders::all()).await, Feature::Folders);
    }
    let mailbox = &mut *mailbox;
    let archive = folder(mailbox, "Archive").await?;
    let above = row(mailbox, &archive).await?;
    let above = above.ok_or_else(|| Found::new("Archive is not listed alone"))?;
    let (year, month) = (above.child("100%")?, above.child("100 and")?);
    for name in [&year, &month] {
        mailbox.create(&NewFolder::new(name.clone())).await?;
    }
    let found = row(mailbox, &year).await?;
    let right = found
        .as_ref()
        .is_some_and(|found| found.parent() == Some(archive.clone()) && found.leaf() == "100%");
    holds!(right, "{found:?}");
    for request in [Folders::below(&above), Folders::below(&above).one_level()] {
        let mut found: Vec<FolderName> =
            mailbox.folders(&request).await?.into_iter().map(|folder| folder.name).collect();
        found.sort();
        holds!(found == [month.clone(), year.clone()], "{found:?} below Archive");
    }
    for name in [&year, &month] {
        mailbox.remove(name).await?;
    }
    Ok(())
}

pub(super) async fn namespaces_tell_where_the_users_folders_are(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::Namespaces).await?;
    let answer = mailbox.namespaces().await;
    if !has {
        return lacks(answer, Feature::Namespaces);
    }
    let namespaces = answer?;
    let archive = folder(&mut *mailbox, "Archive").await?;
    for name in [FolderName::inbox(), archive] {
        let owner = Namespace::of(&namespaces, &name).map(|namespace| namespace.owner);
        holds!(owner == Some(Owner::Personal), "{name} is in {owner:?} of {namespaces:?}");
    }
    let folders = mailbox.folders(&Folders::all().with_owners()).await?;
    let right = folders.iter().all(|folder| folder.owner == Some(Owner::Personal));
    holds!(right, "{folders:?}");
    Ok(())
}

pub(super) async fn create_makes_a_folder_of_that_name(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::FolderChanges).await?;
    let mailbox = &mut *mailbox;
    let name = beside_archive(mailbox, "Entwürfe & mehr").await?;
    let answer = mailbox.create(&NewFolder::new(name.clone())).await;
    if !has {
        return lacks(answer, Feature::FolderChanges);
    }
    answer?;
    holds!(case.folders()?.contains(&"Entwürfe & mehr".into()), "{:?}", case.folders()?);
    holds!(row(mailbox, &name).await?.is_some_and(|row| row.selectable), "{name} is not listed");
    let twice = mailbox.create(&NewFolder::new(name.clone())).await;
    let error = fails(twice, "creating a folder twice")?;
    holds!(matches!(error, Error::Refused(_)), "{error}");
    mailbox.remove(&name).await?;
    Ok(())
}

pub(super) async fn rename_keeps_the_messages_and_their_marks(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::FolderChanges).await?;
    let mailbox = &mut *mailbox;
    let (work, done) =
        (beside_archive(mailbox, "Work").await?, beside_archive(mailbox, "Done").await?);
    if !has {
        return lacks(mailbox.rename(&work, &done).await, Feature::FolderChanges);
    }
    mailbox.create(&NewFolder::new(work.clone())).await?;
    let copied: IdSet = ids(mailbox).await?.iter().take(2).collect();
    mailbox.copy(&copied, &work).await?;
    mailbox.open(&work, Access::ReadWrite).await?;
    let can_mark = mailbox.features().contains(Feature::Delete) && !case.forgets_ids().await?;
    if can_mark {
        let marked = first(mailbox).await?;
        mailbox.delete(&marked.into())?;
    }
    mailbox.rename(&work, &done).await?;
    let open = mailbox.selected();
    holds!(open.is_none(), "{open:?} is open after it was renamed");
    holds!(case.stored("Done")?.len() == 2, "{:?}", case.folders()?);
    if can_mark {
        let status = mailbox.status_of(&done).await?;
        holds!(status.messages == 1, "{status:?} of 2 messages, of which one is marked");
        mailbox.expunge().await?;
        holds!(case.stored("Done")?.len() == 1, "the mark was lost");
    }
    mailbox.remove(&done).await?;
    Ok(())
}

pub(super) async fn remove_takes_the_folder_and_its_marks_away(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::FolderChanges).await?;
    let mailbox = &mut *mailbox;
    let old = beside_archive(mailbox, "Old").await?;
    if !has {
        return lacks(mailbox.remove(&old).await, Feature::FolderChanges);
    }
    let inbox = FolderName::inbox();
    let refused = fails(mailbox.remove(&inbox).await, "removing INBOX")?;
    holds!(matches!(refused, Error::Refused(_)), "{refused}");
    holds!(mailbox.selected().is_some(), "INBOX is not open any more");
    mailbox.create(&NewFolder::new(old.clone())).await?;
    let copied = first(mailbox).await?.into();
    mailbox.copy(&copied, &old).await?;
    mailbox.open(&old, Access::ReadWrite).await?;
    if mailbox.features().contains(Feature::Delete) {
        let marked = first(mailbox).await?;
        mailbox.delete(&marked.into())?;
    }
    mailbox.remove(&old).await?;
    let open = mailbox.selected();
    holds!(open.is_none(), "{open:?} is open after it was removed");
    holds!(!case.folders()?.contains(&"Old".into()), "{:?}", case.folders()?);
    mailbox.open(&inbox, Access::ReadWrite).await?;
    let report = mailbox.close().await?;
    holds!(report.is_empty(), "{report:?} of a folder that is gone");
    Ok(())
}

pub(super) async fn subscribe_is_told_by_folders(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::FolderChanges).await?;
    let mailbox = &mut *mailbox;
    let archive = folder(mailbox, "Archive").await?;
    for subscribed in [true, false, true] {
        let answer = mailbox.subscribe(&archive, subscribed).await;
        if !has {
            return lacks(answer, Feature::FolderChanges);
        }
        answer?;
        let folders = mailbox.folders(&Folders::subscribed()).await?;
        let found = folders.iter().find(|folder| folder.name == archive);
        let found = found.is_some_and(|folder| folder.subscribed == Some(true));
        holds!(found == subscribed, "{folders:?} after subscribe({subscribed})");
        let told = row(mailbox, &archive).await?.and_then(|row| row.subscribed);
        holds!(told.is_none_or(|told| told == subscribed), "{told:?} is not {subscribed}");
    }
    Ok(())
}

pub(super) async fn quota_tells_use_and_limit(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::Quota).await?;
    let inbox = FolderName::inbox();
    if !has {
        return lacks(mailbox.quota(&inbox).await, Feature::Quota);
    }
    let none = mailbox.quota(&inbox).await?;
    holds!(none.is_empty(), "{none:?} without a limit");
    case.session().await?.set_quota("STORAGE 10240 MESSAGE 5000").await?;
    let quotas = mailbox.quota(&inbox).await?;
    let found: Vec<_> = quotas.iter().map(|one| (&one.resource, one.limit)).collect();
    let expected = [(&QuotaResource::Storage, 10_240 << 10), (&QuotaResource::Messages, 5000)];
    holds!(found == expected, "{quotas:?}");
    let messages: usize =
        case.folders()?.iter().map(|name| case.stored(name).map_or(0, |stored| stored.len())).sum();
    let used = quotas.get(1).map(|quota| quota.used);
    holds!(used == Some(messages as u64), "{quotas:?} for {messages} messages");
    case.session().await?.set_quota("").await?;
    Ok(())
}

pub(super) async fn rights_tell_what_the_owner_may_do(case: &mut Case<'_>) -> Checked {
    let (mut mailbox, has) = case.open_with(Feature::Rights).await?;
    let answer = mailbox.rights(&FolderName::inbox()).await;
    if !has {
        return lacks(answer, Feature::Rights);
    }
    let rights = answer?;
    for right in [Right::Read, Right::Insert, Right::DeleteMessages, Right::Administer] {
        holds!(rights.has(right), "{right:?} is not in {rights:?}");
    }
    Ok(())
}
