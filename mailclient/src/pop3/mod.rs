//! [`Pop3Mailbox`]: one maildrop over POP3.

mod delete;
mod fetch;
mod ids;
mod index;
mod list;
mod login;
pub(crate) mod mailbox;
mod open;
mod reading;
mod session;

pub(crate) use self::login::{Capa, connect};
pub use self::mailbox::Pop3Mailbox;
use crate::{
    body::{Bodies, Body},
    error::Result,
    feature::FeatureSet,
    folder::{Access, FolderName, FolderStatus, OpenFolder},
    id::{IdSet, MessageId},
    list::List,
    mailbox::{Answer, Mailbox},
    part::Part,
    report::Report,
    rows::Listing,
};

impl Mailbox for Pop3Mailbox {
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

    fn as_pop3(&mut self) -> Option<&mut Pop3Mailbox> {
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
        Box::pin(self.delete_and_quit())
    }
}

#[cfg(test)]
mod tests {
    use pop3_proto::{Config, Transport, client::Connection};

    use super::{mailbox::Under, *};
    use crate::{account::Timeouts, driver::Driver, error::Stage, limits::Limits};

    fn mailbox() -> Pop3Mailbox {
        let machine = Connection::new(Config::new(Transport::Tls));
        let (stream, _) = tokio::io::duplex(1);
        let (timeouts, limits) = (Timeouts::default(), Limits::default());
        let driver = Driver::new(Box::new(stream), machine, timeouts, &limits, Stage::Command);
        Pop3Mailbox {
            driver,
            longest_header: 0,
            longest_index: 0,
            hidden: Vec::new(),
            open: None,
            session: 1,
            index: None,
            uidl_works: None,
            top_works: None,
            under: Under::Nothing,
            marks: IdSet::new(),
            closed: None,
        }
    }

    fn size(future: impl Future + Send) -> usize {
        size_of_val(&future)
    }

    /// A task that awaits several of them keeps them all in its own future.
    #[tokio::test]
    async fn every_future_is_send_and_small() {
        let mut mailbox = mailbox();
        let (id, inbox) = ("pop1:a".parse().unwrap(), FolderName::inbox());
        let (ids, part) = (IdSet::from(&id), Part::Whole);
        let sizes = [
            ("open", size(mailbox.select(&inbox, Access::ReadOnly))),
            ("status", size(mailbox.count())),
            ("list", size(mailbox.list_rows(&List::all()))),
            ("fetch", size(mailbox.fetch_one(&id, &part))),
            ("fetch_many", size(mailbox.fetch_all(&ids, &part))),
            ("keep_alive", size(mailbox.noop_when_quiet())),
            ("close", size(mailbox.delete_and_quit())),
        ];
        for (name, size) in sizes {
            assert!(size < 4096, "{name}: {size} bytes");
        }
    }
}
