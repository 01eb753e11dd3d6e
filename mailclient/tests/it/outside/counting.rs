//! [`Counting`]: a mailbox that counts the calls of another one, which it borrows. It wraps the
//! streams, too.

use mailclient::{
    Access, Append, Bodies, Body, BoxFuture, Change, Changes, FeatureSet, FlagChange, Flags,
    Folder, FolderName, FolderStatus, Folders, Found, IdSet, ImapMailbox, List, Listing, Mailbox,
    MessageId, Namespace, NewFolder, OpenFolder, Part, Pop3Mailbox, Query, Quota, Report, Result,
    Rights, SortBy, Structure, SyncState, Thread, ThreadBy,
};
use tokio::io::AsyncRead;

pub(crate) struct Counting<'m> {
    inner: &'m mut dyn Mailbox,
    /// The calls that may speak to the server.
    pub(crate) calls: u32,
}

type Answer<'a, T> = BoxFuture<'a, Result<T>>;

impl<'m> Counting<'m> {
    pub(crate) fn new(inner: &'m mut dyn Mailbox) -> Self {
        Self { inner, calls: 0 }
    }

    fn counted(&mut self) -> &mut dyn Mailbox {
        self.calls += 1;
        self.inner
    }
}

impl Mailbox for Counting<'_> {
    fn features(&self) -> FeatureSet {
        self.inner.features()
    }

    fn selected(&self) -> Option<&OpenFolder> {
        self.inner.selected()
    }

    fn delete(&mut self, ids: &IdSet) -> Result<()> {
        self.inner.delete(ids)
    }

    fn undelete(&mut self, ids: &IdSet) -> Result<()> {
        self.inner.undelete(ids)
    }

    fn as_imap(&mut self) -> Option<&mut ImapMailbox> {
        self.counted().as_imap()
    }

    fn as_pop3(&mut self) -> Option<&mut Pop3Mailbox> {
        self.counted().as_pop3()
    }

    fn open<'a>(&'a mut self, folder: &'a FolderName, access: Access) -> Answer<'a, OpenFolder> {
        self.counted().open(folder, access)
    }

    fn status(&mut self) -> Answer<'_, FolderStatus> {
        self.counted().status()
    }

    fn list<'a>(&'a mut self, request: &'a List) -> Answer<'a, Listing<'a>> {
        Box::pin(async { Ok(Listing::new(self.counted().list(request).await?)) })
    }

    fn fetch<'a>(&'a mut self, id: &'a MessageId, part: &'a Part) -> Answer<'a, Body<'a>> {
        Box::pin(async {
            let body = self.counted().fetch(id, part).await?;
            let size = body.size_hint();
            Ok(Body::new(body).with_size(size))
        })
    }

    fn fetch_many<'a>(&'a mut self, ids: &'a IdSet, part: &'a Part) -> Answer<'a, Bodies<'a>> {
        Box::pin(async { Ok(Bodies::new(self.counted().fetch_many(ids, part).await?)) })
    }

    fn keep_alive(&mut self) -> Answer<'_, ()> {
        self.counted().keep_alive()
    }

    fn close(&mut self) -> Answer<'_, Report> {
        self.counted().close()
    }

    fn expunge(&mut self) -> Answer<'_, Report> {
        self.counted().expunge()
    }

    fn structure<'a>(&'a mut self, id: &'a MessageId) -> Answer<'a, Structure> {
        self.counted().structure(id)
    }

    fn search<'a>(&'a mut self, query: &'a Query) -> Answer<'a, Found> {
        self.counted().search(query)
    }

    fn sort<'a>(&'a mut self, query: &'a Query, by: &'a [SortBy]) -> Answer<'a, Vec<MessageId>> {
        self.counted().sort(query, by)
    }

    fn thread<'a>(&'a mut self, query: &'a Query, by: ThreadBy) -> Answer<'a, Vec<Thread>> {
        self.counted().thread(query, by)
    }

    fn folders<'a>(&'a mut self, which: &'a Folders) -> Answer<'a, Vec<Folder>> {
        self.counted().folders(which)
    }

    fn namespaces(&mut self) -> Answer<'_, Vec<Namespace>> {
        self.counted().namespaces()
    }

    fn create<'a>(&'a mut self, folder: &'a NewFolder) -> Answer<'a, ()> {
        self.counted().create(folder)
    }

    fn rename<'a>(&'a mut self, from: &'a FolderName, to: &'a FolderName) -> Answer<'a, ()> {
        self.counted().rename(from, to)
    }

    fn remove<'a>(&'a mut self, folder: &'a FolderName) -> Answer<'a, ()> {
        self.counted().remove(folder)
    }

    fn subscribe<'a>(&'a mut self, folder: &'a FolderName, subscribed: bool) -> Answer<'a, ()> {
        self.counted().subscribe(folder, subscribed)
    }

    fn status_of<'a>(&'a mut self, folder: &'a FolderName) -> Answer<'a, FolderStatus> {
        self.counted().status_of(folder)
    }

    fn set_flags<'a>(
        &'a mut self,
        ids: &'a IdSet,
        change: FlagChange,
        flags: &'a Flags,
    ) -> Answer<'a, Report> {
        self.counted().set_flags(ids, change, flags)
    }

    fn append<'a>(
        &'a mut self,
        folder: &'a FolderName,
        options: &'a Append,
        message: &'a mut (dyn AsyncRead + Send + Unpin),
    ) -> Answer<'a, Option<MessageId>> {
        self.counted().append(folder, options, message)
    }

    fn replace<'a>(
        &'a mut self,
        id: &'a MessageId,
        options: &'a Append,
        message: &'a mut (dyn AsyncRead + Send + Unpin),
    ) -> Answer<'a, Option<MessageId>> {
        self.counted().replace(id, options, message)
    }

    fn copy<'a>(&'a mut self, ids: &'a IdSet, folder: &'a FolderName) -> Answer<'a, Report> {
        self.counted().copy(ids, folder)
    }

    fn move_to<'a>(&'a mut self, ids: &'a IdSet, folder: &'a FolderName) -> Answer<'a, Report> {
        self.counted().move_to(ids, folder)
    }

    fn changes_since<'a>(&'a mut self, state: &'a SyncState) -> Answer<'a, Changes<'a>> {
        Box::pin(async {
            let changes = self.counted().changes_since(state).await?;
            let is_exact = changes.exact();
            let changes = Changes::new(changes);
            Ok(if is_exact { changes } else { changes.inexact() })
        })
    }

    fn next_change(&mut self) -> Answer<'_, Change> {
        self.counted().next_change()
    }

    fn quota<'a>(&'a mut self, folder: &'a FolderName) -> Answer<'a, Vec<Quota>> {
        self.counted().quota(folder)
    }

    fn rights<'a>(&'a mut self, folder: &'a FolderName) -> Answer<'a, Rights> {
        self.counted().rights(folder)
    }
}
