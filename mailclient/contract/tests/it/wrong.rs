//! [`Wrong`]: a mailbox that tells one lie.

use mailclient::{
    Access, Append, Bodies, Body, BoxFuture, Change, Changes, Error, Feature, FeatureSet,
    FlagChange, Flags, Folder, FolderName, FolderStatus, Folders, Found, IdSet, List, Listing,
    Mailbox, MessageId, Namespace, NewFolder, OpenFolder, Part, Query, Quota, Report, Result,
    Rights, SortBy, Structure, SyncState, Thread, ThreadBy,
};
use tokio::io::AsyncRead;

/// What a mailbox does wrong. A number is the call of the method in a session from which on it does
/// so.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lie {
    /// `features` has other ones; the number is that of the session, from 1.
    Features(fn(usize, FeatureSet) -> FeatureSet),
    /// `status` has another answer; the number is that of marked messages.
    Status(fn(&mut FolderStatus, u64)),
    /// `open` tells something else of the folder.
    Opened(fn(&mut OpenFolder)),
    Folders(fn(&mut Vec<Folder>)),
    /// `search` has another answer; the last argument is the marked messages.
    Found(fn(&mut IdSet, &IdSet)),
    Sorted(fn(&mut Vec<MessageId>)),
    /// Each conversation is another one.
    Threads(fn(&mut Thread)),
    Change(fn(&mut Change)),
    /// `list` is asked for something else; the last argument is the marked messages.
    List(usize, fn(&mut List, &IdSet)),
    Part(usize, fn(&Part) -> Part),
    /// Another folder is meant, by every method that takes a name.
    Name(fn(&FolderName) -> FolderName),
    Query(fn(&Query) -> Query),
    Flags(fn(&mut FlagChange, &mut Flags)),
    /// The method is given other messages.
    Ids(&'static str, fn(&mut IdSet)),
    /// The method tells something else of what it did.
    Report(&'static str, fn(Report) -> Report),
    /// The method succeeds whenever it should fail.
    Succeeds(&'static str),
    /// The method does nothing and succeeds.
    Skips(&'static str),
    /// The method fails.
    Fails(&'static str, usize, fn(Box<MessageId>) -> Error),
    Does(Misdeed),
}

/// A deed in place of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misdeed {
    ReadingSetsSeen,
    SelectsNothing,
    /// An `open` that failed or was dropped is made good for by the next call.
    NextCallOpensInbox,
    StatusOfOpens,
    /// `open` does nothing before it is polled.
    OpenWaitsForPoll,
    /// A refusal on our side comes after a question to the server.
    AsksBeforeItRefuses,
    ReplaceAppends,
    CopyMoves,
    MoveCopies,
    ChangesAtOnce,
    DeleteMarksAtOnce,
    ExpungeForgetsTheMarks,
    CloseRemovesTheNewest,
    ClosesInTheOpenFolderOnly,
    SecondCloseIsEmpty,
}

/// The set without a feature, if `condition` is true.
pub(crate) fn hidden(set: FeatureSet, feature: Feature, condition: bool) -> FeatureSet {
    set.iter().filter(|one| !condition || *one != feature).collect()
}

/// A mailbox that keeps the contract but for its lie, if it has one.
pub(crate) struct Wrong {
    mailbox: Box<dyn Mailbox>,
    lie: Option<Lie>,
    session: usize,
    calls: Vec<&'static str>,
    marked: IdSet,
    /// What the mailbox below is asked for.
    asked: (IdSet, List, Part),
}

impl Wrong {
    /// `session` counts the sessions of a check, from 1.
    pub(crate) fn new(mailbox: Box<dyn Mailbox>, lie: Option<Lie>, session: usize) -> Self {
        let asked = (IdSet::new(), List::all(), Part::Whole);
        Self { mailbox, lie, session, calls: Vec::new(), marked: IdSet::new(), asked }
    }

    /// Notes a call and returns its number.
    fn call(&mut self, method: &'static str) -> usize {
        self.calls.push(method);
        self.calls.iter().filter(|one| **one == method).count()
    }

    /// Notes a call; the error that it has to end with.
    fn failure(&mut self, method: &'static str, id: Option<MessageId>) -> Result<()> {
        let call = self.call(method);
        match (self.lie, id) {
            (Some(Lie::Fails(name, from, error)), Some(id)) if name == method && call >= from => {
                Err(error(Box::new(id)))
            }
            _ => Ok(()),
        }
    }

    fn does(&self, misdeed: Misdeed) -> bool {
        matches!(self.lie, Some(Lie::Does(one)) if one == misdeed)
    }

    /// The answer of a method, or success in its place.
    fn answer<T: Default>(&self, method: &str, answer: Result<T>) -> Result<T> {
        match self.lie {
            Some(Lie::Succeeds(name)) if name == method => Ok(answer.unwrap_or_default()),
            _ => answer,
        }
    }

    /// The report of a method, or another one.
    fn report(&self, method: &str, answer: Result<Report>) -> Result<Report> {
        match (self.lie, self.answer(method, answer)) {
            (Some(Lie::Report(name, alter)), Ok(report)) if name == method => Ok(alter(report)),
            (_, answer) => answer,
        }
    }

    /// The answer of the method below, unless it is skipped.
    fn unless_skipped<'a, T: Default + Send + 'a>(
        &'a mut self,
        method: &str,
        call: impl FnOnce(&'a mut dyn Mailbox) -> BoxFuture<'a, Result<T>>,
    ) -> BoxFuture<'a, Result<T>> {
        match self.lie {
            Some(Lie::Skips(name)) if name == method => {
                Box::pin(std::future::ready(Ok(T::default())))
            }
            _ => call(&mut *self.mailbox),
        }
    }

    fn name(&self, name: &FolderName) -> FolderName {
        if let Some(Lie::Name(alter)) = self.lie { alter(name) } else { name.clone() }
    }

    fn ids(&self, method: &str, ids: &IdSet) -> IdSet {
        let mut ids = ids.clone();
        if let Some(Lie::Ids(name, alter)) = self.lie
            && name == method
        {
            alter(&mut ids);
        }
        ids
    }

    fn flags(&self, mut change: FlagChange, flags: &Flags) -> (FlagChange, Flags) {
        let mut flags = flags.clone();
        if let Some(Lie::Flags(alter)) = self.lie {
            alter(&mut change, &mut flags);
        }
        (change, flags)
    }

    /// What a method does before its work.
    async fn before(&mut self) -> Result<()> {
        if self.does(Misdeed::NextCallOpensInbox) && self.mailbox.selected().is_none() {
            self.mailbox.open(&FolderName::inbox(), Access::ReadWrite).await?;
        }
        if self.does(Misdeed::AsksBeforeItRefuses) {
            self.mailbox.status().await?;
        }
        Ok(())
    }
}

impl Mailbox for Wrong {
    fn features(&self) -> FeatureSet {
        let set = self.mailbox.features();
        if let Some(Lie::Features(alter)) = self.lie { alter(self.session, set) } else { set }
    }

    fn selected(&self) -> Option<&OpenFolder> {
        self.mailbox.selected().filter(|_| !self.does(Misdeed::SelectsNothing))
    }

    fn delete(&mut self, ids: &IdSet) -> Result<()> {
        self.failure("delete", ids.iter().next())?;
        let ids = self.ids("delete", ids);
        let answer = self.mailbox.delete(&ids);
        if answer.is_ok() {
            self.marked.merge(&ids);
        }
        self.answer("delete", answer)
    }

    fn undelete(&mut self, ids: &IdSet) -> Result<()> {
        let ids = self.ids("undelete", ids);
        self.marked.subtract(&ids);
        self.mailbox.undelete(&ids)
    }

    fn open<'a>(
        &'a mut self,
        folder: &'a FolderName,
        access: Access,
    ) -> BoxFuture<'a, Result<OpenFolder>> {
        self.asked.0 = IdSet::new();
        let name = self.name(folder);
        if !self.does(Misdeed::OpenWaitsForPoll) {
            // Closes the folder now. The one that is opened below is another one.
            drop(self.mailbox.open(folder, access));
        }
        Box::pin(async move {
            let mut open = self.mailbox.open(&name, access).await?;
            if let Some(Lie::Opened(alter)) = self.lie {
                alter(&mut open);
            }
            Ok(open)
        })
    }

    fn status(&mut self) -> BoxFuture<'_, Result<FolderStatus>> {
        Box::pin(async {
            self.before().await?;
            if self.does(Misdeed::DeleteMarksAtOnce) && !self.marked.is_empty() {
                let mut deleted = Flags::new();
                deleted.deleted = true;
                self.mailbox.undelete(&self.marked)?;
                self.mailbox.set_flags(&self.marked, FlagChange::Add, &deleted).await?;
            }
            let mut status = self.mailbox.status().await?;
            if let Some(Lie::Status(alter)) = self.lie {
                alter(&mut status, self.marked.len());
            }
            Ok(status)
        })
    }

    fn list<'a>(&'a mut self, request: &'a List) -> BoxFuture<'a, Result<Listing<'a>>> {
        let call = self.call("list");
        self.asked.1 = request.clone();
        if let Some(Lie::List(from, alter)) = self.lie
            && call >= from
        {
            alter(&mut self.asked.1, &self.marked);
        }
        self.mailbox.list(&self.asked.1)
    }

    fn fetch<'a>(
        &'a mut self,
        id: &'a MessageId,
        part: &'a Part,
    ) -> BoxFuture<'a, Result<Body<'a>>> {
        Box::pin(async move {
            self.failure("fetch", Some(id.clone()))?;
            if self.does(Misdeed::ReadingSetsSeen) {
                let seen = Flags::new().with_seen();
                self.mailbox.set_flags(&id.into(), FlagChange::Add, &seen).await?;
            }
            self.asked.2 = part.clone();
            if let Some(Lie::Part(from, alter)) = self.lie
                && self.calls.iter().filter(|method| **method == "fetch").count() >= from
            {
                self.asked.2 = alter(part);
            }
            self.mailbox.fetch(id, &self.asked.2).await
        })
    }

    fn fetch_many<'a>(
        &'a mut self,
        ids: &'a IdSet,
        part: &'a Part,
    ) -> BoxFuture<'a, Result<Bodies<'a>>> {
        self.asked.0 = self.ids("fetch_many", ids);
        Box::pin(async move {
            self.failure("fetch_many", ids.iter().next())?;
            self.mailbox.fetch_many(&self.asked.0, part).await
        })
    }

    fn keep_alive(&mut self) -> BoxFuture<'_, Result<()>> {
        self.mailbox.keep_alive()
    }

    fn close(&mut self) -> BoxFuture<'_, Result<Report>> {
        Box::pin(async move {
            if self.call("close") > 1 && self.does(Misdeed::SecondCloseIsEmpty) {
                return Ok(Report::new());
            }
            if self.does(Misdeed::CloseRemovesTheNewest) {
                let newest = List::newest(1);
                let newest = self.mailbox.list(&newest).await?.collect(1).await?;
                self.mailbox.delete(&newest.into_iter().map(|row| row.id).collect())?;
            }
            if self.does(Misdeed::ClosesInTheOpenFolderOnly)
                && let Some(open) = self.mailbox.selected().map(|open| open.name.clone())
            {
                let others = |id: &MessageId| id.folder() != Some(open.clone());
                self.mailbox.undelete(&self.marked.iter().filter(others).collect())?;
            }
            let answer = self.mailbox.close().await;
            self.report("close", answer)
        })
    }

    fn expunge(&mut self) -> BoxFuture<'_, Result<Report>> {
        Box::pin(async move {
            if self.does(Misdeed::ExpungeForgetsTheMarks) {
                self.mailbox.undelete(&self.marked)?;
            }
            let answer = self.mailbox.expunge().await;
            self.report("expunge", answer)
        })
    }

    fn structure<'a>(&'a mut self, id: &'a MessageId) -> BoxFuture<'a, Result<Structure>> {
        Box::pin(async move {
            self.failure("structure", Some(id.clone()))?;
            let told = self.mailbox.structure(id).await;
            self.answer("structure", told)
        })
    }

    fn folders<'a>(&'a mut self, which: &'a Folders) -> BoxFuture<'a, Result<Vec<Folder>>> {
        Box::pin(async move {
            let mut folders = self.mailbox.folders(which).await?;
            if let Some(Lie::Folders(alter)) = self.lie {
                alter(&mut folders);
            }
            Ok(folders)
        })
    }

    fn status_of<'a>(&'a mut self, folder: &'a FolderName) -> BoxFuture<'a, Result<FolderStatus>> {
        Box::pin(async move {
            let name = self.name(folder);
            if self.does(Misdeed::StatusOfOpens) {
                self.mailbox.open(&name, Access::ReadWrite).await?;
            }
            self.mailbox.status_of(&name).await
        })
    }

    fn namespaces(&mut self) -> BoxFuture<'_, Result<Vec<Namespace>>> {
        self.unless_skipped("namespaces", |mailbox| mailbox.namespaces())
    }

    fn create<'a>(&'a mut self, folder: &'a NewFolder) -> BoxFuture<'a, Result<()>> {
        self.unless_skipped("create", |mailbox| mailbox.create(folder))
    }

    fn rename<'a>(
        &'a mut self,
        from: &'a FolderName,
        to: &'a FolderName,
    ) -> BoxFuture<'a, Result<()>> {
        self.unless_skipped("rename", |mailbox| mailbox.rename(from, to))
    }

    fn remove<'a>(&'a mut self, folder: &'a FolderName) -> BoxFuture<'a, Result<()>> {
        self.unless_skipped("remove", |mailbox| mailbox.remove(folder))
    }

    fn subscribe<'a>(&'a mut self, folder: &'a FolderName, on: bool) -> BoxFuture<'a, Result<()>> {
        self.unless_skipped("subscribe", |mailbox| mailbox.subscribe(folder, on))
    }

    fn quota<'a>(&'a mut self, folder: &'a FolderName) -> BoxFuture<'a, Result<Vec<Quota>>> {
        self.unless_skipped("quota", |mailbox| mailbox.quota(folder))
    }

    fn rights<'a>(&'a mut self, folder: &'a FolderName) -> BoxFuture<'a, Result<Rights>> {
        self.unless_skipped("rights", |mailbox| mailbox.rights(folder))
    }

    fn set_flags<'a>(
        &'a mut self,
        ids: &'a IdSet,
        change: FlagChange,
        flags: &'a Flags,
    ) -> BoxFuture<'a, Result<Report>> {
        Box::pin(async move {
            self.before().await?;
            let (change, flags) = self.flags(change, flags);
            let answer = self.mailbox.set_flags(ids, change, &flags).await;
            self.report("set_flags", answer)
        })
    }

    fn set_flags_if_unchanged<'a>(
        &'a mut self,
        ids: &'a IdSet,
        change: FlagChange,
        flags: &'a Flags,
        since: &'a SyncState,
    ) -> BoxFuture<'a, Result<Report>> {
        self.unless_skipped("set_flags_if_unchanged", |mailbox| {
            mailbox.set_flags_if_unchanged(ids, change, flags, since)
        })
    }

    fn set_labels<'a>(
        &'a mut self,
        ids: &'a IdSet,
        change: FlagChange,
        labels: &'a [String],
    ) -> BoxFuture<'a, Result<Report>> {
        self.unless_skipped("set_labels", |mailbox| mailbox.set_labels(ids, change, labels))
    }

    fn search<'a>(&'a mut self, query: &'a Query) -> BoxFuture<'a, Result<Found>> {
        Box::pin(async move {
            let altered =
                if let Some(Lie::Query(alter)) = self.lie { Some(alter(query)) } else { None };
            let answer = self.mailbox.search(altered.as_ref().unwrap_or(query)).await;
            let mut found = self.answer("search", answer)?;
            if let Some(Lie::Found(alter)) = self.lie {
                alter(&mut found.ids, &self.marked);
            }
            Ok(found)
        })
    }

    fn sort<'a>(
        &'a mut self,
        query: &'a Query,
        by: &'a [SortBy],
    ) -> BoxFuture<'a, Result<Vec<MessageId>>> {
        Box::pin(async move {
            let mut found = self.mailbox.sort(query, by).await?;
            if let Some(Lie::Sorted(alter)) = self.lie {
                alter(&mut found);
            }
            Ok(found)
        })
    }

    fn thread<'a>(
        &'a mut self,
        query: &'a Query,
        by: ThreadBy,
    ) -> BoxFuture<'a, Result<Vec<Thread>>> {
        Box::pin(async move {
            let mut threads = self.mailbox.thread(query, by).await?;
            if let Some(Lie::Threads(alter)) = self.lie {
                threads.iter_mut().for_each(alter);
            }
            Ok(threads)
        })
    }

    fn append<'a>(
        &'a mut self,
        folder: &'a FolderName,
        options: &'a Append,
        message: &'a mut (dyn AsyncRead + Send + Unpin),
    ) -> BoxFuture<'a, Result<Option<MessageId>>> {
        Box::pin(async move {
            let mut options = options.clone();
            options.flags = self.flags(FlagChange::Replace, &options.flags).1;
            let answer = self.mailbox.append(&self.name(folder), &options, message).await;
            self.answer("append", answer)
        })
    }

    fn replace<'a>(
        &'a mut self,
        id: &'a MessageId,
        options: &'a Append,
        message: &'a mut (dyn AsyncRead + Send + Unpin),
    ) -> BoxFuture<'a, Result<Option<MessageId>>> {
        Box::pin(async move {
            self.before().await?;
            if self.does(Misdeed::ReplaceAppends) {
                return self.mailbox.append(&FolderName::inbox(), options, message).await;
            }
            let answer = self.mailbox.replace(id, options, message).await;
            self.answer("replace", answer)
        })
    }

    fn copy<'a>(
        &'a mut self,
        ids: &'a IdSet,
        folder: &'a FolderName,
    ) -> BoxFuture<'a, Result<Report>> {
        if self.does(Misdeed::CopyMoves) {
            return self.mailbox.move_to(ids, folder);
        }
        Box::pin(async move {
            let answer = self.mailbox.copy(ids, &self.name(folder)).await;
            self.report("copy", answer)
        })
    }

    fn move_to<'a>(
        &'a mut self,
        ids: &'a IdSet,
        folder: &'a FolderName,
    ) -> BoxFuture<'a, Result<Report>> {
        if self.does(Misdeed::MoveCopies) {
            return self.mailbox.copy(ids, folder);
        }
        Box::pin(async move {
            self.before().await?;
            let answer = self.mailbox.move_to(ids, &self.name(folder)).await;
            self.report("move_to", answer)
        })
    }

    fn changes_since<'a>(&'a mut self, state: &'a SyncState) -> BoxFuture<'a, Result<Changes<'a>>> {
        Box::pin(async move {
            let mut rows = self.mailbox.changes_since(state).await?.collect(10_000).await?;
            if let Some(Lie::Change(alter)) = self.lie {
                rows.iter_mut().for_each(alter);
            }
            Ok(Changes::ready(rows.into_iter().map(Ok).collect()))
        })
    }

    fn next_change(&mut self) -> BoxFuture<'_, Result<Change>> {
        if self.does(Misdeed::ChangesAtOnce) {
            return Box::pin(std::future::ready(Ok(Change::Resync)));
        }
        Box::pin(async {
            let mut change = self.mailbox.next_change().await?;
            if let Some(Lie::Change(alter)) = self.lie {
                alter(&mut change);
            }
            Ok(change)
        })
    }
}
