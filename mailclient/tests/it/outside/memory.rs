//! [`Memory`]: a mailbox that keeps its messages in memory, written with nothing but what the crate
//! makes public. Every method of the trait is there.

use std::collections::{BTreeMap, VecDeque};

use mailclient::{
    Access, Append, Bodies, Body, BoxFuture, Change, Changes, Envelope, Error, Feature, FeatureSet,
    FlagChange, Flags, Folder, FolderName, FolderStatus, Folders, Found, IdSet, List, Listing,
    Mailbox, Message, MessageId, Namespace, NewFolder, OpenFolder, Outcome, Owner, Part, Query,
    Quota, QuotaResource, Refusal, Report, Result, Right, Rights, SizeHint, SortBy, Structure,
    Summary, SyncState, Thread, ThreadBy, ThreadMessage, Window,
};
use tokio::io::{AsyncRead, AsyncReadExt};

struct Stored {
    id: MessageId,
    flags: Flags,
    bytes: Vec<u8>,
}

/// A mailbox in memory. A refused command is one that names a folder that is not there.
#[derive(Default)]
pub(crate) struct Memory {
    folders: BTreeMap<FolderName, Vec<Stored>>,
    open: Option<OpenFolder>,
    marked: IdSet,
    news: VecDeque<Change>,
    report: Option<Report>,
    stored: u64,
}

type Answer<'a, T> = BoxFuture<'a, Result<T>>;

fn ready<'a, T: Send + 'a>(answer: Result<T>) -> Answer<'a, T> {
    Box::pin(std::future::ready(answer))
}

fn no_folder(command: &'static str) -> Error {
    Refusal::new(command, Some("NONEXISTENT"), "there is no such folder").into()
}

impl Memory {
    /// An INBOX with these messages.
    pub(crate) fn new(messages: &[&str]) -> Self {
        let mut memory = Self::default();
        memory.folders.insert(FolderName::inbox(), Vec::new());
        for message in messages {
            memory.store(&FolderName::inbox(), Flags::new(), message.as_bytes().to_vec());
        }
        memory
    }

    fn store(&mut self, folder: &FolderName, flags: Flags, bytes: Vec<u8>) -> Option<MessageId> {
        self.stored += 1;
        let id = MessageId::custom("memory", &self.stored.to_string()).ok()?;
        let messages = self.folders.get_mut(folder)?;
        messages.push(Stored { id: id.clone(), flags: flags.clone(), bytes });
        let count = messages.len() as u64;
        if self.open.as_ref().is_some_and(|open| open.name == *folder) {
            self.news.push_back(Change::new_message(id.clone(), Some(flags), count));
        }
        Some(id)
    }

    fn opened(&self) -> Result<&OpenFolder> {
        self.open.as_ref().ok_or(Error::NoFolder)
    }

    fn writable(&self) -> Result<FolderName> {
        let open = self.opened()?;
        let is_read_only = open.access == Access::ReadOnly;
        if is_read_only { Err(Error::ReadOnly(open.name.clone())) } else { Ok(open.name.clone()) }
    }

    /// The messages of the open folder that are not marked for deletion.
    fn messages(&self) -> Result<Vec<&Stored>> {
        let stored = self.folders.get(&self.opened()?.name).ok_or(Error::NoFolder)?;
        Ok(stored.iter().filter(|stored| !self.marked.contains(&stored.id)).collect())
    }

    fn content(&self, id: &MessageId, part: &Part) -> Result<Vec<u8>> {
        if id.as_custom().is_none_or(|(name, _)| name != "memory") {
            return Err(Error::WrongProtocol(Box::new(id.clone())));
        }
        let messages = self.messages()?;
        let found = messages.iter().find(|stored| stored.id == *id);
        let stored = found.ok_or_else(|| Error::no_such_message(id.clone()))?;
        match part {
            Part::Whole => Ok(stored.bytes.clone()),
            _ => Err(Error::Unsupported(Feature::Sections)),
        }
    }

    /// Does `change` to each of these messages that is there.
    fn change(
        &mut self,
        ids: &IdSet,
        mut change: impl FnMut(&mut Self, &MessageId) -> Outcome,
    ) -> Result<Report> {
        let there: IdSet = self.messages()?.iter().map(|stored| &stored.id).collect();
        let outcome = |id: MessageId| {
            let outcome = if there.contains(&id) { change(self, &id) } else { Outcome::Gone };
            (id, outcome)
        };
        ids.iter().map(outcome).collect::<Report>().into_result()
    }

    fn copied(&mut self, id: &MessageId, folder: &FolderName) -> Outcome {
        let original = self.messages().unwrap_or_default().into_iter().find(|one| one.id == *id);
        let copy = original.map(|original| (original.flags.clone(), original.bytes.clone()));
        let new = copy.and_then(|(flags, bytes)| self.store(folder, flags, bytes));
        new.map_or(Outcome::Gone, Outcome::done_as)
    }

    fn counted(&self, folder: &FolderName) -> Option<FolderStatus> {
        let messages = self.folders.get(folder)?.iter();
        let there = messages.filter(|stored| !self.marked.contains(&stored.id));
        let (mut size, mut unseen, mut count) = (0, 0, 0);
        for stored in there {
            size += stored.bytes.len() as u64;
            unseen += u64::from(!stored.flags.seen);
            count += 1;
        }
        let status = FolderStatus::new(count).with_unseen(unseen);
        Some(status.with_size(SizeHint::new(size)))
    }

    fn removed(&mut self) -> Report {
        let marked = std::mem::take(&mut self.marked);
        for messages in self.folders.values_mut() {
            messages.retain(|stored| !marked.contains(&stored.id));
        }
        self.news.extend(marked.iter().map(|id| Change::removed(Some(id))));
        marked.into_iter().map(|id| (id, Outcome::done())).collect()
    }

    fn found(&self, query: &Query) -> Result<IdSet> {
        let holds = |stored: &&&Stored| match query {
            Query::All => Ok(true),
            Query::Unseen => Ok(!stored.flags.seen),
            Query::Text(text) => Ok(String::from_utf8_lossy(&stored.bytes).contains(text)),
            _ => Err(Error::Unsupported(Feature::Search)),
        };
        let mut ids = IdSet::new();
        for stored in &self.messages()? {
            if holds(&stored)? {
                ids.insert(stored.id.clone());
            }
        }
        Ok(ids)
    }
}

impl Mailbox for Memory {
    fn features(&self) -> FeatureSet {
        let all = Feature::ALL.iter().copied();
        all.filter(|one| !matches!(one, Feature::Sections | Feature::Decoding)).collect()
    }

    fn selected(&self) -> Option<&OpenFolder> {
        self.open.as_ref()
    }

    fn delete(&mut self, ids: &IdSet) -> Result<()> {
        self.writable()?;
        self.marked.merge(ids);
        Ok(())
    }

    fn undelete(&mut self, ids: &IdSet) -> Result<()> {
        self.marked.subtract(ids);
        Ok(())
    }

    fn open<'a>(&'a mut self, folder: &'a FolderName, access: Access) -> Answer<'a, OpenFolder> {
        self.open = self.counted(folder).map(|status| {
            OpenFolder::new(folder.clone(), access)
                .with_messages(status.messages)
                .with_uids(std::num::NonZeroU32::MIN, None)
        });
        ready(self.open.clone().ok_or_else(|| no_folder("open")))
    }

    fn status(&mut self) -> Answer<'_, FolderStatus> {
        let open = self.opened().map(|open| open.name.clone());
        ready(open.and_then(|name| self.counted(&name).ok_or(Error::NoFolder)))
    }

    fn list<'a>(&'a mut self, request: &'a List) -> Answer<'a, Listing<'a>> {
        let rows = self.messages().map(|messages| {
            let skipped = match request.window {
                Window::Newest(count) => messages.len().saturating_sub(count as usize),
                _ => 0,
            };
            let rows = messages.into_iter().skip(skipped);
            let wanted = rows.filter(|stored| match &request.window {
                Window::Ids(ids) => ids.contains(&stored.id),
                _ => true,
            });
            let rows = wanted.map(|stored| {
                Ok(Summary::new(stored.id.clone())
                    .with_size(SizeHint::new(stored.bytes.len() as u64))
                    .with_flags(stored.flags.clone())
                    .with_envelope(Envelope::parse(&stored.bytes)))
            });
            Listing::ready(rows.collect())
        });
        ready(rows)
    }

    fn fetch<'a>(&'a mut self, id: &'a MessageId, part: &'a Part) -> Answer<'a, Body<'a>> {
        ready(self.content(id, part).map(Body::ready))
    }

    fn fetch_many<'a>(&'a mut self, ids: &'a IdSet, part: &'a Part) -> Answer<'a, Bodies<'a>> {
        let bodies = ids.iter().map(|id| {
            let content = self.content(&id, part).map(Into::into);
            (id, content)
        });
        ready(Ok(Bodies::ready(bodies.collect())))
    }

    fn keep_alive(&mut self) -> Answer<'_, ()> {
        ready(Ok(()))
    }

    fn close(&mut self) -> Answer<'_, Report> {
        let report = self.report.clone().unwrap_or_else(|| self.removed());
        self.report = Some(report.clone());
        ready(report.into_result())
    }

    fn expunge(&mut self) -> Answer<'_, Report> {
        ready(self.removed().into_result())
    }

    fn structure<'a>(&'a mut self, id: &'a MessageId) -> Answer<'a, Structure> {
        ready(self.content(id, &Part::Whole).map(|bytes| Message::parse(bytes).structure()))
    }

    fn search<'a>(&'a mut self, query: &'a Query) -> Answer<'a, Found> {
        ready(self.found(query).map(Found::new))
    }

    fn sort<'a>(&'a mut self, query: &'a Query, by: &'a [SortBy]) -> Answer<'a, Vec<MessageId>> {
        let descending = by.first().is_some_and(|by| by.descending);
        let mut sizes = Vec::new();
        let found = self.found(query).and_then(|found| {
            let messages = self.messages()?;
            let wanted = messages.into_iter().filter(|stored| found.contains(&stored.id));
            sizes.extend(wanted.map(|stored| (stored.bytes.len(), stored.id.clone())));
            sizes.sort_by_key(|(size, _)| *size);
            Ok(sizes.into_iter().map(|(_, id)| id).collect::<Vec<_>>())
        });
        ready(found.map(|ids| if descending { ids.into_iter().rev().collect() } else { ids }))
    }

    fn thread<'a>(&'a mut self, query: &'a Query, _: ThreadBy) -> Answer<'a, Vec<Thread>> {
        let alone = |id| Thread::new(vec![ThreadMessage::new(Some(id), None)]);
        ready(self.found(query).map(|found| found.into_iter().map(alone).collect()))
    }

    fn folders<'a>(&'a mut self, _: &'a Folders) -> Answer<'a, Vec<Folder>> {
        let folder = |name: &FolderName| {
            let folder = Folder::new(name.clone()).with_delimiter('/');
            self.counted(name).map(|status| folder.with_status(status))
        };
        ready(Ok(self.folders.keys().filter_map(folder).collect()))
    }

    fn namespaces(&mut self) -> Answer<'_, Vec<Namespace>> {
        ready(Ok(vec![Namespace::new(Owner::Personal, "", Some('/'))]))
    }

    fn create<'a>(&'a mut self, folder: &'a NewFolder) -> Answer<'a, ()> {
        self.folders.entry(folder.name.clone()).or_default();
        ready(Ok(()))
    }

    fn rename<'a>(&'a mut self, from: &'a FolderName, to: &'a FolderName) -> Answer<'a, ()> {
        let messages = self.folders.remove(from).ok_or_else(|| no_folder("rename"));
        ready(messages.map(|messages| drop(self.folders.insert(to.clone(), messages))))
    }

    fn remove<'a>(&'a mut self, folder: &'a FolderName) -> Answer<'a, ()> {
        ready(self.folders.remove(folder).map(drop).ok_or_else(|| no_folder("remove")))
    }

    fn subscribe<'a>(&'a mut self, _: &'a FolderName, _: bool) -> Answer<'a, ()> {
        ready(Ok(()))
    }

    fn status_of<'a>(&'a mut self, folder: &'a FolderName) -> Answer<'a, FolderStatus> {
        ready(self.counted(folder).ok_or_else(|| no_folder("status_of")))
    }

    fn set_flags<'a>(
        &'a mut self,
        ids: &'a IdSet,
        change: FlagChange,
        flags: &'a Flags,
    ) -> Answer<'a, Report> {
        let report = self.writable().and_then(|folder| {
            self.change(ids, |memory, id| {
                let messages = memory.folders.get_mut(&folder).into_iter().flatten();
                for stored in messages.filter(|stored| stored.id == *id) {
                    match change {
                        FlagChange::Replace => stored.flags = flags.clone(),
                        _ => stored.flags.seen = change == FlagChange::Add && flags.seen,
                    }
                }
                Outcome::done()
            })
        });
        ready(report)
    }

    fn append<'a>(
        &'a mut self,
        folder: &'a FolderName,
        options: &'a Append,
        message: &'a mut (dyn AsyncRead + Send + Unpin),
    ) -> Answer<'a, Option<MessageId>> {
        Box::pin(async move {
            let mut bytes = Vec::new();
            message.take(options.size).read_to_end(&mut bytes).await.map_err(Error::local)?;
            let stored = self.store(folder, options.flags.clone(), bytes);
            stored.map(Some).ok_or_else(|| no_folder("append"))
        })
    }

    fn replace<'a>(
        &'a mut self,
        id: &'a MessageId,
        options: &'a Append,
        message: &'a mut (dyn AsyncRead + Send + Unpin),
    ) -> Answer<'a, Option<MessageId>> {
        Box::pin(async move {
            let folder = self.writable()?;
            let new = self.append(&folder, options, message).await?;
            let messages = self.folders.get_mut(&folder).ok_or(Error::NoFolder)?;
            messages.retain(|stored| stored.id != *id);
            Ok(new)
        })
    }

    fn copy<'a>(&'a mut self, ids: &'a IdSet, folder: &'a FolderName) -> Answer<'a, Report> {
        ready(self.change(ids, |memory, id| memory.copied(id, folder)))
    }

    fn move_to<'a>(&'a mut self, ids: &'a IdSet, folder: &'a FolderName) -> Answer<'a, Report> {
        let report = self.writable().and_then(|from| {
            self.change(ids, |memory, id| {
                let outcome = memory.copied(id, folder);
                let messages = memory.folders.get_mut(&from);
                messages.into_iter().for_each(|all| all.retain(|stored| stored.id != *id));
                outcome
            })
        });
        ready(report)
    }

    fn changes_since<'a>(&'a mut self, state: &'a SyncState) -> Answer<'a, Changes<'a>> {
        let changes = self.messages().map(|messages| {
            let count = messages.len() as u64;
            let new = messages.into_iter().map(|stored| {
                Ok(Change::new_message(stored.id.clone(), Some(stored.flags.clone()), count))
            });
            let state = Ok(Change::State(state.clone()));
            Changes::ready(new.chain([state]).collect()).inexact()
        });
        ready(changes)
    }

    fn next_change(&mut self) -> Answer<'_, Change> {
        let next = self.news.pop_front();
        Box::pin(async { next.ok_or_else(|| Error::closed_saying("nothing more will happen")) })
    }

    fn quota<'a>(&'a mut self, folder: &'a FolderName) -> Answer<'a, Vec<Quota>> {
        let used = self.counted(folder).map(|status| status.messages);
        let quota = used.map(|used| Quota::new("", QuotaResource::Messages, used, 1000));
        ready(quota.map(|quota| vec![quota]).ok_or_else(|| no_folder("quota")))
    }

    fn rights<'a>(&'a mut self, _: &'a FolderName) -> Answer<'a, Rights> {
        ready(Ok([Right::Read, Right::Insert].into_iter().collect()))
    }
}
