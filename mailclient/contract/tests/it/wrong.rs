//! [`Wrong`]: a mailbox that tells one lie.

use std::slice;

use mailclient::{
    Access, Body, BoxFuture, Change, Envelope, Error, Feature, FeatureSet, FlagChange, Flags,
    Folder, Listing, Mailbox, MailboxStatus, MessageId, Part, Query, Result, Window,
};
use tokio::io::AsyncRead;

/// What a mailbox does wrong. A number is the call of the method in a session from which on it does
/// so.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lie {
    /// `features` has other ones; the number is that of the session, from 1.
    Features(fn(usize, FeatureSet) -> FeatureSet),
    /// `status` has another answer; the number is that of marked messages.
    Status(fn(&mut MailboxStatus, u64)),
    Opened(fn(&mut MailboxStatus)),
    Envelopes(fn(&mut Vec<Option<Envelope>>)),
    Folders(fn(&mut Vec<Folder>)),
    /// `search` has another answer; the last argument is the marked messages.
    Found(fn(&mut Vec<MessageId>, &[MessageId])),
    Change(fn(&mut Change)),
    /// `list` is asked for another window.
    Window(usize, fn(Window) -> Window),
    Part(usize, fn(Part) -> Part),
    /// Another folder is meant, by every method that takes a name.
    Name(fn(&str) -> &str),
    Query(fn(&Query) -> Query),
    Flags(fn(&mut FlagChange, &mut Flags)),
    /// `delete` marks other messages.
    Marks(fn(&[MessageId]) -> &[MessageId]),
    /// The method succeeds whenever it should fail.
    Succeeds(&'static str),
    /// The method fails.
    Fails(&'static str, usize, fn(Box<MessageId>) -> Error),
    Does(Misdeed),
}

/// A deed in place of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misdeed {
    ReadingSetsSeen,
    RefusalOpensInbox,
    CopyMoves,
    MoveCopies,
    ChangesAtOnce,
    DeleteMarksAtOnce,
    CloseRemovesTheNewest,
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
    marked: Vec<MessageId>,
}

impl Wrong {
    /// `session` counts the sessions of a check, from 1.
    pub(crate) fn new(mailbox: Box<dyn Mailbox>, lie: Option<Lie>, session: usize) -> Self {
        Self { mailbox, lie, session, calls: Vec::new(), marked: Vec::new() }
    }

    /// Notes a call and returns its number.
    fn call(&mut self, method: &'static str) -> usize {
        self.calls.push(method);
        self.calls.iter().filter(|one| **one == method).count()
    }

    /// Notes a call; the error that it has to end with.
    fn failure(&mut self, method: &'static str, id: Option<&MessageId>) -> Result<()> {
        let call = self.call(method);
        match (self.lie, id) {
            (Some(Lie::Fails(name, from, error)), Some(id)) if name == method && call >= from => {
                Err(error(Box::new(id.clone())))
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

    fn name<'n>(&self, name: &'n str) -> &'n str {
        if let Some(Lie::Name(alter)) = self.lie { alter(name) } else { name }
    }

    fn flags(&self, mut change: FlagChange, flags: &Flags) -> (FlagChange, Flags) {
        let mut flags = flags.clone();
        if let Some(Lie::Flags(alter)) = self.lie {
            alter(&mut change, &mut flags);
        }
        (change, flags)
    }
}

impl Mailbox for Wrong {
    fn features(&self) -> FeatureSet {
        let set = self.mailbox.features();
        if let Some(Lie::Features(alter)) = self.lie { alter(self.session, set) } else { set }
    }

    fn status(&mut self) -> BoxFuture<'_, Result<MailboxStatus>> {
        Box::pin(async {
            let mut status = self.mailbox.status().await?;
            if let Some(Lie::Status(alter)) = self.lie {
                alter(&mut status, self.marked.len() as u64);
            }
            Ok(status)
        })
    }

    fn list(&mut self, mut window: Window) -> BoxFuture<'_, Result<Listing<'_>>> {
        let call = self.call("list");
        if let Some(Lie::Window(from, alter)) = self.lie
            && call >= from
        {
            window = alter(window);
        }
        self.mailbox.list(window)
    }

    fn envelopes<'a>(
        &'a mut self,
        ids: &'a [MessageId],
    ) -> BoxFuture<'a, Result<Vec<Option<Envelope>>>> {
        Box::pin(async move {
            let mut envelopes = self.mailbox.envelopes(ids).await?;
            if let Some(Lie::Envelopes(alter)) = self.lie {
                alter(&mut envelopes);
            }
            Ok(envelopes)
        })
    }

    fn fetch<'a>(
        &'a mut self,
        id: &'a MessageId,
        mut part: Part,
    ) -> BoxFuture<'a, Result<Body<'a>>> {
        Box::pin(async move {
            self.failure("fetch", Some(id))?;
            // Two promises that the mailboxes below do not keep yet.
            if self.marked.contains(id) {
                return Err(Error::NoSuchMessage(Box::new(id.clone())));
            }
            let is_section = matches!(part, Part::Section(_));
            if self.does(Misdeed::ReadingSetsSeen) {
                let seen = Flags::new().with_seen();
                self.mailbox.set_flags(slice::from_ref(id), FlagChange::Add, &seen).await?;
            }
            if let Some(Lie::Part(from, alter)) = self.lie
                && self.calls.iter().filter(|method| **method == "fetch").count() >= from
            {
                part = alter(part);
            }
            match self.mailbox.fetch(id, part).await {
                Err(Error::NoSuchMessage(_)) if is_section => {
                    Err(Error::Misuse("there is no such part".into()))
                }
                answer => answer,
            }
        })
    }

    fn delete<'a>(&'a mut self, ids: &'a [MessageId]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.failure("delete", ids.first())?;
            let ids = if let Some(Lie::Marks(alter)) = self.lie { alter(ids) } else { ids };
            if self.does(Misdeed::DeleteMarksAtOnce) {
                let mut deleted = Flags::new();
                deleted.deleted = true;
                self.mailbox.set_flags(ids, FlagChange::Add, &deleted).await?;
            }
            let answer = self.mailbox.delete(ids).await;
            if answer.is_ok() {
                self.marked.extend_from_slice(ids);
            }
            self.answer("delete", answer)
        })
    }

    fn close(mut self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        Box::pin(async move {
            if self.does(Misdeed::CloseRemovesTheNewest) {
                let newest = self.mailbox.list(Window::Newest(1)).await?.collect(1).await?;
                let ids: Vec<MessageId> = newest.into_iter().map(|row| row.id).collect();
                self.mailbox.delete(&ids).await?;
            }
            self.mailbox.close().await
        })
    }

    fn folders(&mut self) -> BoxFuture<'_, Result<Vec<Folder>>> {
        Box::pin(async {
            let mut folders = self.mailbox.folders().await?;
            if let Some(Lie::Folders(alter)) = self.lie {
                alter(&mut folders);
            }
            Ok(folders)
        })
    }

    fn open<'a>(
        &'a mut self,
        folder: &'a str,
        access: Access,
    ) -> BoxFuture<'a, Result<MailboxStatus>> {
        Box::pin(async move {
            let mut opened = self.mailbox.open(self.name(folder), access).await;
            if let (Ok(status), Some(Lie::Opened(alter))) = (&mut opened, self.lie) {
                alter(status);
            }
            if opened.is_err() && self.does(Misdeed::RefusalOpensInbox) {
                self.mailbox.open("INBOX", access).await?;
            }
            opened
        })
    }

    fn set_flags<'a>(
        &'a mut self,
        ids: &'a [MessageId],
        change: FlagChange,
        flags: &'a Flags,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let (change, flags) = self.flags(change, flags);
            let answer = self.mailbox.set_flags(ids, change, &flags).await;
            self.answer("set_flags", answer)
        })
    }

    fn search<'a>(&'a mut self, query: &'a Query) -> BoxFuture<'a, Result<Vec<MessageId>>> {
        Box::pin(async move {
            let altered =
                if let Some(Lie::Query(alter)) = self.lie { Some(alter(query)) } else { None };
            let answer = self.mailbox.search(altered.as_ref().unwrap_or(query)).await;
            let mut found = self.answer("search", answer)?;
            if let Some(Lie::Found(alter)) = self.lie {
                alter(&mut found, &self.marked);
            }
            Ok(found)
        })
    }

    fn append<'a>(
        &'a mut self,
        folder: &'a str,
        flags: &'a Flags,
        octets: u64,
        message: &'a mut (dyn AsyncRead + Send + Unpin),
    ) -> BoxFuture<'a, Result<Option<MessageId>>> {
        Box::pin(async move {
            let (_, flags) = self.flags(FlagChange::Replace, flags);
            let answer = self.mailbox.append(self.name(folder), &flags, octets, message).await;
            self.answer("append", answer)
        })
    }

    fn copy<'a>(&'a mut self, ids: &'a [MessageId], folder: &'a str) -> BoxFuture<'a, Result<()>> {
        if self.does(Misdeed::CopyMoves) {
            self.mailbox.move_to(ids, folder)
        } else {
            self.mailbox.copy(ids, self.name(folder))
        }
    }

    fn move_to<'a>(
        &'a mut self,
        ids: &'a [MessageId],
        folder: &'a str,
    ) -> BoxFuture<'a, Result<()>> {
        if self.does(Misdeed::MoveCopies) {
            return self.mailbox.copy(ids, folder);
        }
        Box::pin(async move {
            let answer = self.mailbox.move_to(ids, self.name(folder)).await;
            self.answer("move_to", answer)
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
