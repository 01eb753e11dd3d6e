//! [`tour`]: every method of the trait once, with the answers that it must have.

use mailclient::{
    Access, Append, Change, Connect, Error, FlagChange, Flags, FolderName, Folders, IdSet, List,
    Mailbox, NewFolder, Part, Query, Result, Right, SortBy, SortKey, SyncState, ThreadBy,
};

/// Calls every method of a mailbox with two messages, of which the second is the larger one and
/// holds the word `second`.
///
/// # Panics
/// An answer is wrong.
pub(crate) async fn tour(mailbox: &mut dyn Mailbox) -> Result<()> {
    let inbox = FolderName::inbox();
    assert!(matches!(mailbox.status().await, Err(Error::NoFolder)));
    assert!(mailbox.open(&"Missing".parse()?, Access::ReadWrite).await.is_err());
    let open = mailbox.open(&inbox, Access::ReadWrite).await?;
    assert_eq!(mailbox.selected(), Some(&open));
    let rows = mailbox.list(&List::newest(1).with_envelopes()).await?.collect(10).await?;
    let subject = rows[0].envelope.as_ref().and_then(|envelope| envelope.subject.as_deref());
    assert_eq!((rows.len(), subject), (1, Some("second")));
    let id = rows[0].id.clone();

    let body = mailbox.fetch(&id, &Part::Whole).await?;
    assert_eq!(body.size_hint(), rows[0].size);
    assert!(body.collect(1000).await?.starts_with(b"Subject: second\r\n"));
    assert_eq!(mailbox.structure(&id).await?.parts.len(), 1);
    let found = mailbox.search(&Query::text("second")).await?.ids;
    assert_eq!(found, IdSet::from([id.clone()]));
    let sorted = mailbox.sort(&Query::All, &[SortBy::descending(SortKey::Size)]).await?;
    assert_eq!((sorted.len(), &sorted[0]), (2, &id));
    assert_eq!(mailbox.thread(&Query::All, ThreadBy::References).await?.len(), 2);
    bodies(mailbox, &sorted.iter().collect()).await?;

    let seen = Flags::new().with_seen();
    mailbox.set_flags(&found, FlagChange::Add, &seen).await?;
    assert_eq!(mailbox.status().await?.unseen, Some(1));
    write(mailbox, &found).await?;

    let mut state = SyncState::new(&open)?;
    let since = state.clone();
    let mut changes = mailbox.changes_since(&since).await?;
    assert!(!changes.exact());
    while let Some(change) = changes.next().await {
        state.apply(&change?);
    }
    drop(changes);
    assert_eq!(state, since);
    assert!(matches!(mailbox.next_change().await?, Change::New { id: Some(_), .. }));
    assert_eq!(mailbox.quota(&inbox).await?[0].used, 2);
    assert!(mailbox.rights(&inbox).await?.has(Right::Insert));
    mailbox.keep_alive().await?;
    assert!(mailbox.as_imap().is_none() && mailbox.as_pop3().is_none());

    mailbox.delete(&found)?;
    assert!(matches!(mailbox.fetch(&id, &Part::Whole).await, Err(Error::NoSuchMessage(_))));
    mailbox.undelete(&found)?;
    mailbox.delete(&found)?;
    let report = mailbox.close().await?;
    assert_eq!((report.done(), mailbox.close().await?.len()), (found, 1));
    Ok(())
}

/// Every body comes once, and one that is not there is a failure of its own.
async fn bodies(mailbox: &mut dyn Mailbox, ids: &IdSet) -> Result<()> {
    let mut ids = ids.clone();
    ids.insert("pop1:elsewhere".parse()?);
    let (mut read, mut failed) = (0, 0);
    let mut bodies = mailbox.fetch_many(&ids, &Part::Whole).await?;
    while let Some(next) = bodies.next().await {
        match next?.1 {
            Ok(body) => read += body.collect(1000).await?.len(),
            Err(error) => failed += usize::from(matches!(error, Error::WrongProtocol(_))),
        }
    }
    assert!(read > 40 && failed == 1, "{read} {failed}");
    Ok(())
}

/// What changes folders and their messages. `INBOX` has the same messages afterwards.
async fn write(mailbox: &mut dyn Mailbox, ids: &IdSet) -> Result<()> {
    let (inbox, kept, old): (_, FolderName, FolderName) =
        (FolderName::inbox(), "Kept".parse()?, "Old".parse()?);
    mailbox.create(&NewFolder::new(kept.clone())).await?;
    mailbox.rename(&kept, &old).await?;
    mailbox.subscribe(&old, true).await?;
    let report = mailbox.copy(ids, &old).await?;
    assert_eq!(report.done(), *ids);
    let draft = b"Subject: draft\r\n\r\n";
    let options = Append::new(draft.len() as u64);
    let first = mailbox.append(&inbox, &options, &mut &draft[..]).await?.ok_or(Error::NoFolder)?;
    let second = mailbox.replace(&first, &options, &mut &draft[..]).await?.unwrap_or(first);
    mailbox.move_to(&second.into(), &old).await?;
    assert_eq!(mailbox.status_of(&old).await?.messages, 2);
    let names: Vec<String> = mailbox
        .folders(&Folders::all().with_counts())
        .await?
        .into_iter()
        .map(|folder| folder.name.into())
        .collect();
    assert_eq!(names, ["INBOX", "Old"]);
    assert_eq!(mailbox.namespaces().await?.len(), 1);
    mailbox.remove(&old).await?;
    assert!(mailbox.status_of(&old).await.is_err());
    assert!(mailbox.expunge().await?.is_empty());
    Ok(())
}

/// Opens mailboxes of a function.
pub(crate) struct Opens<F>(pub(crate) F);

impl<M: Mailbox + 'static, F: FnMut() -> M + Send> Connect for Opens<F> {
    fn connect(&mut self) -> mailclient::BoxFuture<'_, Result<Box<dyn Mailbox>>> {
        let mailbox: Box<dyn Mailbox> = Box::new((self.0)());
        Box::pin(std::future::ready(Ok(mailbox)))
    }
}
