//! Listings: FETCH of the fields of a row.

use std::{
    borrow::Cow,
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use imap_proto_lite::{
    Command, CommandId, HeaderName, SeqNumber, SequenceSet, Uid, UidSet,
    client::Event,
    command::{FetchItem, FetchModifiers, Messages},
    section::Section,
};

use crate::{
    driver::Until,
    envelope::{self},
    error::{Error, Result},
    header_block::HeaderBlock,
    id::Ranges,
    imap::{
        answer::{Heard, accepted},
        listing::{Asked, ListState},
        mailbox::{ImapMailbox, Under},
        naming::{number, sets},
    },
    list::{Fields, List, Summary, Window},
    rows::Listing,
};

impl ImapMailbox {
    pub(super) async fn list_rows(&mut self, request: &List) -> Result<Listing<'_>> {
        let naming = self.naming()?;
        let (asked, left) = match &request.window {
            Window::After(id) => {
                let uid = number(self.uid(id)?);
                let next = uid.checked_add(1).and_then(|next| Uid::new(next.get()));
                (Asked::After(uid), next.map(UidSet::starting_at).into_iter().collect())
            }
            Window::Ids(ids) => {
                let uids = naming.uids(ids)?;
                let left = sets(&uids).into_iter().map(|(set, _)| set).collect();
                (Asked::Uids(uids), left)
            }
            Window::All | Window::Newest(_) => (Asked::From(1), VecDeque::new()),
        };
        self.settle().await?;
        let mut list = ListState {
            wanted: None,
            left,
            fields: request.fields,
            marked: naming.uids_among(&self.marks),
            naming,
            asked,
            seen: Ranges::new(),
            rows: VecDeque::new(),
            held: VecDeque::new(),
            header: HeaderBlock::new(self.limits.headers),
        };
        match request.window {
            Window::All => self.ask_from(1, &mut list).await?,
            Window::Newest(0) => drop(self.ask("NOOP", &Command::Noop).await?),
            Window::Newest(count) => {
                let first = self.first_of_newest(count, &list.marked).await?;
                self.ask_from(first, &mut list).await?;
            }
            // An empty set still speaks to the server.
            Window::Ids(_) if list.left.is_empty() => {
                self.ask("NOOP", &Command::Noop).await?;
            }
            _ => {}
        }
        self.under = Under::List(Box::new(list));
        Ok(Listing::new(RowStream(self)))
    }

    /// The number from which on there are `count` messages without a mark.
    async fn first_of_newest(&mut self, count: u32, marked: &Ranges) -> Result<u32> {
        for (set, _) in sets(marked) {
            // Fills the view with their numbers.
            self.existing(&set).await?;
        }
        let mut first = self.view.message_count().saturating_sub(count).saturating_add(1);
        let numbers = marked.numbers().filter_map(|uid| self.view.seq(Uid::new(uid.get())?));
        let mut numbers: Vec<u32> = numbers.map(SeqNumber::get).collect();
        numbers.sort_unstable_by(|one, two| two.cmp(one));
        for number in numbers {
            if number >= first {
                first = first.saturating_sub(1).max(1);
            }
        }
        Ok(first)
    }

    /// Asks for all messages from a number on. An empty folder is asked whether it still is.
    async fn ask_from(&mut self, first: u32, list: &mut ListState) -> Result<()> {
        if self.view.message_count() == 0 {
            self.ask("NOOP", &Command::Noop).await?;
        }
        let (Some(first), false) = (SeqNumber::new(first), self.view.message_count() == 0) else {
            return Ok(());
        };
        list.asked = Asked::From(first.get());
        // Sequence numbers cannot shift before the answer: none is removed while FETCH runs.
        let messages = Messages::from(SequenceSet::starting_at(first));
        list.wanted = Some(self.send_list(messages, list.fields)?);
        Ok(())
    }

    fn send_list(&mut self, messages: Messages<'_>, fields: Fields) -> Result<CommandId> {
        let mut items = vec![FetchItem::Uid];
        items.extend(fields.flags.then_some(FetchItem::Flags));
        items.extend(fields.received.then_some(FetchItem::InternalDate));
        items.extend(fields.size.then_some(FetchItem::Rfc822Size));
        if fields.envelope {
            // The fields and not ENVELOPE, so that both protocols are decoded by one parser and
            // agree.
            let names = envelope::FIELDS.map(HeaderName::new).into_iter();
            let names: Vec<_> = names.collect::<Result<_, _>>().map_err(Error::misuse)?;
            items.push(FetchItem::peek(Section::header_fields(names)));
        }
        let modifiers = FetchModifiers::default();
        self.send(&Command::Fetch { messages, items: Cow::Owned(items), modifiers })
    }

    fn poll_row(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Summary>>> {
        loop {
            let mut list = match std::mem::replace(&mut self.under, Under::Nothing) {
                Under::List(list) => list,
                other => {
                    self.under = other;
                    return Poll::Ready(None);
                }
            };
            if let Some(row) = list.rows.pop_front() {
                self.under = Under::List(list);
                return Poll::Ready(Some(row));
            }
            if list.wanted.is_none() {
                let Some(set) = list.left.pop_front() else {
                    return Poll::Ready(None);
                };
                match self.send_list(Messages::from(set), list.fields) {
                    Ok(id) => list.wanted = Some(id),
                    Err(error) => return Poll::Ready(Some(Err(error))),
                }
            }
            let heard = self.poll_heard(cx, Until::Event, &mut |view, line| list.hear(view, line));
            let heard = match heard {
                Poll::Pending => {
                    self.under = Under::List(list);
                    return Poll::Pending;
                }
                Poll::Ready(heard) => heard,
            };
            match heard {
                Ok(heard) => list.event(heard),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
            self.under = Under::List(list);
        }
    }
}

impl ListState {
    fn event(&mut self, heard: Heard) {
        match heard {
            Heard::Event(Event::BodyStart { .. }) => self.header.clear(),
            Heard::Event(Event::Body { chunk, .. }) => {
                self.header.extend(&chunk);
            }
            Heard::Event(event @ Event::Done { .. }) if event.id() == self.wanted => {
                self.wanted = None;
                std::mem::take(&mut self.held).into_iter().for_each(|held| self.release(held));
                if let Err(error) = accepted("FETCH", event) {
                    // After the rows that came.
                    self.rows.push_back(Err(error));
                    self.left.clear();
                }
            }
            _ => {}
        }
    }
}

struct RowStream<'m>(&'m mut ImapMailbox);

impl Stream for RowStream<'_> {
    type Item = Result<Summary>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(ready!(self.0.poll_row(cx)))
    }
}
