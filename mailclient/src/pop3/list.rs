//! Listings: rows of the index, and TOP for the header fields of each.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use pop3_proto::{Command, MessageNumber, client::Event};

use crate::{
    driver::Until,
    error::{Advice, Error, Result},
    feature::Feature,
    header_block::{HeaderBlock, TOO_LONG},
    list::{List, Summary, Window},
    message::SizeHint,
    pop3::{
        ids::UNREADABLE_IDS,
        listing::ListState,
        mailbox::{Pop3Mailbox, Under},
        session::accepted,
    },
    rows::Listing,
};

impl Pop3Mailbox {
    pub(super) async fn list_rows(&mut self, request: &List) -> Result<Listing<'_>> {
        self.folder()?;
        if request.fields.envelope && !self.has_top() {
            return Err(Error::Unsupported(Feature::Headers));
        }
        self.settle().await?;
        if !self.build_index().await? {
            // The content is known; whether the connection still lives is not.
            self.noop().await?;
        }
        let index = self.index()?;
        if !index.messages.is_complete() {
            // A line that was not read may have the unique-id of any message.
            return Err(Error::damaged(None, UNREADABLE_IDS, b""));
        }
        let is_marked = |number| self.marks.contains(&index.id(self.session, number));
        let mut left: VecDeque<MessageNumber> = match &request.window {
            Window::All | Window::Newest(_) => index.messages.listed().collect(),
            Window::After(id) => {
                let after = self.number(id)?;
                index.messages.listed().filter(|number| *number > after).collect()
            }
            Window::Ids(ids) => {
                let mut numbers = VecDeque::new();
                for id in ids.iter() {
                    match self.number(&id) {
                        Ok(number) => numbers.push_back(number),
                        Err(Error::NoSuchMessage(_)) => {}
                        Err(error) => return Err(error),
                    }
                }
                numbers.make_contiguous().sort_unstable();
                numbers
            }
        };
        if !self.marks.is_empty() {
            left.retain(|number| !is_marked(*number));
        }
        if let Window::Newest(count) = request.window {
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            left.drain(..left.len().saturating_sub(count));
        }
        let damaged = index
            .damaged
            .iter()
            .map(|line| Error::damaged(None, "a line of the listing cannot be read", line));
        let damaged = if matches!(request.window, Window::Ids(_)) {
            VecDeque::new()
        } else {
            damaged.collect()
        };
        self.under = Under::List(Box::new(ListState {
            left,
            fields: request.fields,
            asked: VecDeque::new(),
            header: HeaderBlock::new(self.longest_header),
            damaged,
        }));
        Ok(Listing::new(RowStream(self)))
    }

    fn row(&self, number: MessageNumber) -> Result<Summary> {
        let index = self.index()?;
        let mut row = Summary::new(index.id(self.session, number));
        row.size = index.messages.size(number).flatten().map(SizeHint::new);
        Ok(row)
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
            if let Some(error) = list.damaged.pop_front() {
                self.under = Under::List(list);
                return Poll::Ready(Some(Err(error)));
            }
            if !list.fields.envelope {
                let Some(number) = list.left.pop_front() else {
                    return Poll::Ready(None);
                };
                self.under = Under::List(list);
                return Poll::Ready(Some(self.row(number)));
            }
            if let Err(error) = self.ask_headers(&mut list) {
                return Poll::Ready(Some(Err(error)));
            }
            let Some((wanted, number)) = list.asked.front().copied() else {
                return Poll::Ready(None);
            };
            let event = match self.driver.poll(cx, Until::Event) {
                Poll::Pending => {
                    self.under = Under::List(list);
                    return Poll::Pending;
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(Ok(event)) => event,
            };
            let row = match event {
                Some(Event::Body { id, chunk, .. }) if id == wanted => {
                    list.header.extend(&chunk);
                    None
                }
                Some(event @ Event::Done { .. }) if event.id() == Some(wanted) => {
                    list.asked.pop_front();
                    let row = self.row_with(number, event, &list.header);
                    list.header.clear();
                    Some(row)
                }
                _ => None,
            };
            match row {
                Some(Err(error)) if !matches!(error, Error::Damaged(_)) => {
                    return Poll::Ready(Some(Err(error)));
                }
                Some(row) => {
                    self.under = Under::List(list);
                    return Poll::Ready(Some(row));
                }
                None => self.under = Under::List(list),
            }
        }
    }

    /// Asks for headers, as many at once as the server takes.
    fn ask_headers(&mut self, list: &mut ListState) -> Result<()> {
        while let Some(number) = list.left.front().copied() {
            match self.try_send(&Command::Top { number, lines: 0 })? {
                Some(id) => list.asked.push_back((id, number)),
                None => break,
            }
            list.left.pop_front();
        }
        Ok(())
    }

    /// A row whose header was read, or was refused: then it is a damaged row and never "gone".
    fn row_with(
        &mut self,
        number: MessageNumber,
        answer: Event,
        header: &HeaderBlock,
    ) -> Result<Summary> {
        let mut row = self.row(number)?;
        match accepted("TOP", answer) {
            Ok(()) => {
                self.top_works = Some(true);
                match header.envelope() {
                    Some(envelope) => row.envelope = Some(Box::new(envelope)),
                    None => return Err(Error::damaged(Some(row.id), TOO_LONG, b"")),
                }
                Ok(row)
            }
            // The server cannot now, whichever message it is.
            Err(Error::Refused(refusal))
                if refusal.ends_the_session() || refusal.advice() == Advice::Later =>
            {
                Err(Error::Refused(refusal))
            }
            // Without CAPA it was only assumed that there is TOP.
            Err(Error::Refused(_)) if self.capabilities().is_none() && self.top_works.is_none() => {
                self.top_works = Some(false);
                Err(Error::Unsupported(Feature::Headers))
            }
            Err(Error::Refused(refusal)) => {
                let reason = format!("the server refuses its header: {}", refusal.reason());
                let damage = crate::error::Damage::new(Some(row.id), reason, b"");
                Err(Error::Damaged(Box::new(damage)))
            }
            Err(error) => Err(error),
        }
    }
}

struct RowStream<'m>(&'m mut Pop3Mailbox);

impl Stream for RowStream<'_> {
    type Item = Result<Summary>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(ready!(self.0.poll_row(cx)))
    }
}
