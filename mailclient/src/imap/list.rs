//! Listings: FETCH of the fields of a row.

use std::{
    borrow::Cow,
    num::NonZeroU32,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use imap_proto_lite::{
    Command, HeaderName, SeqNumber, Uid,
    command::{FetchItem, FetchModifiers, Messages},
    section::Section,
};

use crate::{
    driver::Until,
    error::{Error, Result},
    feature::Feature,
    id::Ranges,
    imap::{
        answer::Heard,
        listing::{Left, ListState, Wanted},
        mailbox::ImapMailbox,
        naming::{number, sets},
    },
    list::{Fields, List, Summary, Window},
    message::FIELDS,
    rows::Listing,
};

impl ImapMailbox {
    pub(super) async fn list_rows(&mut self, request: &List) -> Result<Listing<'_>> {
        let naming = self.naming()?;
        if request.fields.labels && !self.can_label() {
            return Err(Error::Unsupported(Feature::Labels));
        }
        let marked = naming.uids_among(&self.marks);
        let mut wanted = match &request.window {
            Window::After(id) => Wanted::After(number(self.uid(id)?)),
            Window::Ids(ids) => Wanted::Uids(naming.uids(ids)?),
            Window::All | Window::Newest(_) => Wanted::From(1),
        };
        self.settle().await?;
        if let Window::Newest(count @ 1..) = request.window {
            wanted = Wanted::From(self.first_of_newest(count, &marked).await?);
        }
        let left = match &wanted {
            _ if request.window == Window::Newest(0) => Left::Numbers(Ranges::new()),
            Wanted::From(first) => self.numbers_from(*first, request.newest_first).await?,
            Wanted::After(_) if request.newest_first => self.numbers_from(1, true).await?,
            Wanted::After(last) => Left::after(*last),
            Wanted::Uids(uids) => Left::Uids(uids.clone()),
        };
        // An empty set still speaks to the server.
        if matches!(&left, Left::Numbers(none) | Left::Uids(none) if none.is_empty()) {
            self.ask("NOOP", &Command::Noop).await?;
        }
        let mut list = Box::new(ListState::new(naming, wanted, request, marked, &self.limits));
        list.left = left;
        list.utf8 = self.driver.machine().utf8();
        Ok(Listing::new(RowStream { mailbox: self, list, is_over: false }))
    }

    /// The number from which on there are `count` messages without a mark.
    async fn first_of_newest(&mut self, count: u32, marked: &Ranges) -> Result<u32> {
        let mut there = Ranges::new();
        for (set, uids) in sets(marked) {
            // Fills the view with their numbers.
            there.merge(&self.existing(&set, &uids).await?.0);
        }
        let mut first = self.view.message_count().saturating_sub(count).saturating_add(1);
        let numbers = there.intersection(marked);
        let numbers = numbers.numbers().filter_map(|uid| self.view.seq(Uid::new(uid.get())?));
        let mut numbers: Vec<u32> = numbers.map(SeqNumber::get).collect();
        numbers.sort_unstable_by(|one, two| two.cmp(one));
        for number in numbers {
            if number >= first {
                first = first.saturating_sub(1).max(1);
            }
        }
        Ok(first)
    }

    /// The messages from a number on. An empty folder is asked whether it still is.
    async fn numbers_from(&mut self, first: u32, newest_first: bool) -> Result<Left> {
        if self.view.message_count() == 0 {
            self.ask("NOOP", &Command::Noop).await?;
        }
        let last = NonZeroU32::new(self.view.message_count());
        let Some((first, last)) = NonZeroU32::new(first).zip(last) else {
            return Ok(Left::Nothing);
        };
        if newest_first {
            let mut numbers = Ranges::new();
            numbers.insert_range(first, last);
            return Ok(Left::Numbers(numbers));
        }
        // Sequence numbers cannot shift before the answer: none is removed while FETCH runs.
        Ok(SeqNumber::new(first.get()).map_or(Left::Nothing, Left::From))
    }
}

fn command(messages: Messages<'static>, fields: Fields) -> Result<Command<'static>> {
    let mut items = vec![FetchItem::Uid];
    items.extend(fields.flags.then_some(FetchItem::Flags));
    items.extend(fields.received.then_some(FetchItem::InternalDate));
    items.extend(fields.size.then_some(FetchItem::Rfc822Size));
    if fields.envelope {
        // The fields and not ENVELOPE, so that both protocols are decoded by one parser and
        // agree.
        let names = FIELDS.map(HeaderName::new).into_iter();
        let names: Vec<_> = names.collect::<Result<_, _>>().map_err(Error::misuse)?;
        items.push(FetchItem::peek(Section::header_fields(names)));
    }
    if fields.labels {
        let gmail = [FetchItem::GmailLabels, FetchItem::GmailMessageId, FetchItem::GmailThreadId];
        items.extend(gmail);
    }
    items.extend(fields.structure.then_some(FetchItem::BodyStructure));
    let modifiers = FetchModifiers::default();
    Ok(Command::Fetch { messages, items: Cow::Owned(items), modifiers })
}

struct RowStream<'m> {
    mailbox: &'m mut ImapMailbox,
    list: Box<ListState>,
    is_over: bool,
}

impl RowStream<'_> {
    fn poll_row(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Summary>>> {
        let Self { mailbox, list, .. } = self;
        loop {
            if let Some(row) = list.rows.pop_front() {
                return Poll::Ready(Some(row));
            }
            // The server closed it, or gave it another UIDVALIDITY.
            mailbox.folder()?;
            while let Some((messages, asked)) = list.next_ask()
                && let Some(id) = mailbox.try_send(&command(messages, list.fields)?)?
            {
                list.sent(id, &asked);
            }
            if list.is_over() {
                return Poll::Ready(None);
            }
            let heard =
                mailbox.poll_heard(cx, Until::Event, &mut |view, line| list.hear(view, line));
            if let Heard::Event(event) = ready!(heard)? {
                list.event(event);
            }
        }
    }
}

impl Stream for RowStream<'_> {
    type Item = Result<Summary>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let row = ready!(self.poll_row(cx));
        self.is_over = !matches!(row, Some(Ok(_) | Err(Error::Damaged(_))));
        Poll::Ready(row)
    }
}
