//! [`ImapMailbox`]: one session with a selected folder over IMAP.

mod answer;
mod append;
mod append_limit;
mod asked;
mod batch;
mod decoding;
mod delete;
mod fetch;
mod finding;
mod flags;
mod folder_limits;
mod folders;
mod list;
mod listing;
mod login;
pub(crate) mod mailbox;
mod manage;
mod naming;
mod observe;
mod open;
mod order;
mod pending;
mod query;
mod quota;
mod reading;
mod replace;
mod search;
mod section;
mod session;
mod status;
mod store;
mod structure;
mod sync;
mod syncing;
mod transfer;
mod watch;

use tokio::io::AsyncRead;

pub(crate) use self::login::connect;
pub use self::mailbox::ImapMailbox;
use crate::{
    append::Append,
    body::{Bodies, Body},
    change::Change,
    error::Result,
    feature::FeatureSet,
    folder::{Access, Folder, FolderName, FolderStatus, Folders, Namespace, NewFolder, OpenFolder},
    id::{IdSet, MessageId},
    list::List,
    mailbox::{Answer, Mailbox},
    message::{FlagChange, Flags},
    order::{SortBy, Thread, ThreadBy},
    part::Part,
    quota::{Quota, Rights},
    report::Report,
    rows::{Changes, Listing},
    search::{Found, Query},
    structure::Structure,
    sync::SyncState,
};

impl Mailbox for ImapMailbox {
    fn features(&self) -> FeatureSet {
        self.features_now()
    }

    fn selected(&self) -> Option<&OpenFolder> {
        self.open.as_ref()
    }

    fn delete(&mut self, ids: &IdSet) -> Result<()> {
        self.mark(ids)
    }

    fn undelete(&mut self, ids: &IdSet) -> Result<()> {
        self.unmark(ids)
    }

    fn as_imap(&mut self) -> Option<&mut ImapMailbox> {
        Some(self)
    }

    fn open<'a>(&'a mut self, folder: &'a FolderName, access: Access) -> Answer<'a, OpenFolder> {
        // From now on, also if the future is never polled.
        self.open = None;
        Box::pin(self.select(folder, access))
    }

    fn status(&mut self) -> Answer<'_, FolderStatus> {
        Box::pin(self.count())
    }

    fn list<'a>(&'a mut self, request: &'a List) -> Answer<'a, Listing<'a>> {
        Box::pin(self.list_rows(request))
    }

    fn fetch<'a>(&'a mut self, id: &'a MessageId, part: &'a Part) -> Answer<'a, Body<'a>> {
        Box::pin(self.fetch_one(id, part))
    }

    fn fetch_many<'a>(&'a mut self, ids: &'a IdSet, part: &'a Part) -> Answer<'a, Bodies<'a>> {
        Box::pin(self.fetch_all(ids, part))
    }

    fn keep_alive(&mut self) -> Answer<'_, ()> {
        Box::pin(self.noop_when_quiet())
    }

    fn close(&mut self) -> Answer<'_, Report> {
        Box::pin(self.expunge_and_log_out())
    }

    fn expunge(&mut self) -> Answer<'_, Report> {
        Box::pin(self.expunge_now())
    }

    fn structure<'a>(&'a mut self, id: &'a MessageId) -> Answer<'a, Structure> {
        Box::pin(self.structure_of(id))
    }

    fn search<'a>(&'a mut self, query: &'a Query) -> Answer<'a, Found> {
        Box::pin(self.find(query))
    }

    fn sort<'a>(&'a mut self, query: &'a Query, by: &'a [SortBy]) -> Answer<'a, Vec<MessageId>> {
        Box::pin(self.find_in_order(query, by))
    }

    fn thread<'a>(&'a mut self, query: &'a Query, by: ThreadBy) -> Answer<'a, Vec<Thread>> {
        Box::pin(self.find_threads(query, by))
    }

    fn folders<'a>(&'a mut self, which: &'a Folders) -> Answer<'a, Vec<Folder>> {
        Box::pin(self.list_folders(which))
    }

    fn namespaces(&mut self) -> Answer<'_, Vec<Namespace>> {
        Box::pin(self.list_namespaces())
    }

    fn create<'a>(&'a mut self, folder: &'a NewFolder) -> Answer<'a, ()> {
        Box::pin(self.create_folder(folder))
    }

    fn rename<'a>(&'a mut self, from: &'a FolderName, to: &'a FolderName) -> Answer<'a, ()> {
        Box::pin(self.rename_folder(from, to))
    }

    fn remove<'a>(&'a mut self, folder: &'a FolderName) -> Answer<'a, ()> {
        Box::pin(self.remove_folder(folder))
    }

    fn subscribe<'a>(&'a mut self, folder: &'a FolderName, subscribed: bool) -> Answer<'a, ()> {
        Box::pin(self.subscribe_to(folder, subscribed))
    }

    fn status_of<'a>(&'a mut self, folder: &'a FolderName) -> Answer<'a, FolderStatus> {
        Box::pin(self.count_in(folder))
    }

    fn set_flags<'a>(
        &'a mut self,
        ids: &'a IdSet,
        change: FlagChange,
        flags: &'a Flags,
    ) -> Answer<'a, Report> {
        Box::pin(self.store_flags(ids, change, flags))
    }

    fn set_flags_if_unchanged<'a>(
        &'a mut self,
        ids: &'a IdSet,
        change: FlagChange,
        flags: &'a Flags,
        since: &'a SyncState,
    ) -> Answer<'a, Report> {
        Box::pin(self.store_flags_since(ids, change, flags, since))
    }

    fn set_labels<'a>(
        &'a mut self,
        ids: &'a IdSet,
        change: FlagChange,
        labels: &'a [String],
    ) -> Answer<'a, Report> {
        Box::pin(self.store_labels(ids, change, labels))
    }

    fn append<'a>(
        &'a mut self,
        folder: &'a FolderName,
        options: &'a Append,
        message: &'a mut (dyn AsyncRead + Send + Unpin),
    ) -> Answer<'a, Option<MessageId>> {
        Box::pin(self.upload(folder, options, message))
    }

    fn replace<'a>(
        &'a mut self,
        id: &'a MessageId,
        options: &'a Append,
        message: &'a mut (dyn AsyncRead + Send + Unpin),
    ) -> Answer<'a, Option<MessageId>> {
        Box::pin(self.put_in_place(id, options, message))
    }

    fn copy<'a>(&'a mut self, ids: &'a IdSet, folder: &'a FolderName) -> Answer<'a, Report> {
        Box::pin(self.copy_to(ids, folder))
    }

    fn move_to<'a>(&'a mut self, ids: &'a IdSet, folder: &'a FolderName) -> Answer<'a, Report> {
        Box::pin(self.move_away(ids, folder))
    }

    fn changes_since<'a>(&'a mut self, state: &'a SyncState) -> Answer<'a, Changes<'a>> {
        Box::pin(self.changes(state))
    }

    fn next_change(&mut self) -> Answer<'_, Change> {
        Box::pin(self.wait_for_change())
    }

    fn quota<'a>(&'a mut self, folder: &'a FolderName) -> Answer<'a, Vec<Quota>> {
        Box::pin(self.quotas(folder))
    }

    fn rights<'a>(&'a mut self, folder: &'a FolderName) -> Answer<'a, Rights> {
        Box::pin(self.my_rights(folder))
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use imap_proto_lite::{Command, Config, Transport, client::Connection, selected::Selected};

    use super::{
        mailbox::{Under, Watch},
        *,
    };
    use crate::{
        account::Timeouts,
        driver::Driver,
        error::{Error, Stage},
        limits::Limits,
        search::Query,
    };

    fn mailbox() -> ImapMailbox {
        let machine = Connection::new(Config::new(Transport::Tls));
        let (stream, _) = tokio::io::duplex(1);
        let (timeouts, limits) = (Timeouts::default(), Limits::default());
        let driver = Driver::new(Box::new(stream), machine, timeouts, &limits, Stage::Command);
        ImapMailbox {
            driver,
            limits: Limits::default(),
            open: None,
            view: Selected::new(),
            is_sticky: true,
            permanent_flags: None,
            session: 1,
            under: Under::Nothing,
            pending: pending::Pending::default(),
            marks: IdSet::new(),
            watch: Watch::default(),
            roles: &[],
            synced: syncing::Synced::default(),
            append_limits: folder_limits::FolderLimits::default(),
            closed: None,
        }
    }

    fn size(future: impl Future + Send) -> usize {
        size_of_val(&future)
    }

    #[tokio::test]
    async fn nothing_is_queued_on_a_connection_that_is_over() {
        let mut mailbox = mailbox();
        let mut greeting = BytesMut::from("* PREAUTH ready\r\n");
        mailbox.driver.machine_mut().poll_event(&mut greeting).unwrap();
        let before = mailbox.send(&Command::Noop).unwrap();
        drop(mailbox.driver.give_up());
        let sent = mailbox.send_after(before, &Command::Noop, &mut |_, _| false).await;
        assert!(matches!(sent, Err(Error::Closed { .. })));
        assert!(matches!(mailbox.send(&Command::Noop), Err(Error::Closed { .. })));
        assert_eq!(mailbox.driver.machine_mut().in_flight(), 1);
    }

    /// A task that awaits several of them keeps them all in its own future.
    #[tokio::test]
    async fn every_future_is_send_and_small() {
        let mut mailbox = mailbox();
        let (id, inbox) = ("imap1:1:1:INBOX".parse().unwrap(), FolderName::inbox());
        let (ids, part) = (IdSet::from(&id), Part::Whole);
        let state: SyncState = "sync1:1:1:1:1:INBOX".parse().unwrap();
        let (options, mut reader) = (Append::new(0), tokio::io::empty());
        let sizes = [
            ("open", size(mailbox.select(&inbox, Access::ReadOnly))),
            ("status", size(mailbox.count())),
            ("list", size(mailbox.list_rows(&List::all()))),
            ("fetch", size(mailbox.fetch_one(&id, &part))),
            ("fetch_many", size(mailbox.fetch_all(&ids, &part))),
            ("keep_alive", size(mailbox.noop_when_quiet())),
            ("close", size(mailbox.expunge_and_log_out())),
            ("expunge", size(mailbox.expunge_now())),
            ("structure", size(mailbox.structure_of(&id))),
            ("search", size(mailbox.find(&Query::All))),
            ("folders", size(mailbox.list_folders(&Folders::all()))),
            ("namespaces", size(mailbox.list_namespaces())),
            ("create", size(mailbox.create_folder(&NewFolder::new(inbox.clone())))),
            ("rename", size(mailbox.rename_folder(&inbox, &inbox))),
            ("remove", size(mailbox.remove_folder(&inbox))),
            ("subscribe", size(mailbox.subscribe_to(&inbox, true))),
            ("status_of", size(mailbox.count_in(&inbox))),
            ("quota", size(mailbox.quotas(&inbox))),
            ("rights", size(mailbox.my_rights(&inbox))),
            ("sort", size(mailbox.find_in_order(&Query::All, &[]))),
            ("thread", size(mailbox.find_threads(&Query::All, ThreadBy::References))),
            ("set_flags", size(mailbox.store_flags(&ids, FlagChange::Add, &Flags::new()))),
            (
                "set_flags_if_unchanged",
                size(mailbox.store_flags_since(&ids, FlagChange::Add, &Flags::new(), &state)),
            ),
            ("set_labels", size(mailbox.store_labels(&ids, FlagChange::Add, &[]))),
            ("append", size(mailbox.upload(&inbox, &options, &mut reader))),
            ("replace", size(mailbox.put_in_place(&id, &options, &mut reader))),
            ("copy", size(mailbox.copy_to(&ids, &inbox))),
            ("move_to", size(mailbox.move_away(&ids, &inbox))),
            ("changes_since", size(mailbox.changes(&state))),
            ("next_change", size(mailbox.wait_for_change())),
            ("run", size(mailbox.run(&Command::Noop, |_| ()))),
        ];
        for (name, size) in sizes {
            assert!(size < 4096, "{name}: {size} bytes");
        }
    }
}
