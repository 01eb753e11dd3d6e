//! Listings: rows of the index, and TOP for the header fields of each.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use pop3_proto::{CommandId, MessageNumber, client::Event};

use crate::{
    driver::Until,
    error::{Advice, Error, Result},
    feature::Feature,
    header_block::{HeaderBlock, TOO_LONG},
    in_flight::{InFlight, Share},
    list::{List, Summary, Window},
    message::SizeHint,
    pop3::{ids::UNREADABLE_IDS, mailbox::Pop3Mailbox, reading::What},
    rows::Listing,
};

impl Pop3Mailbox {
    pub(super) async fn list_rows(&mut self, request: &List) -> Result<Listing<'_>> {
        self.folder()?;
        if request.fields.structure {
            return Err(Error::Unsupported(Feature::Structure));
        }
        if request.fields.envelope && !self.has_top() {
            return Err(Error::Unsupported(Feature::Headers));
        }
        if request.fields.labels {
            return Err(Error::Unsupported(Feature::Labels));
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
        let is_whole = !matches!(request.window, Window::Ids(_));
        let unread = index.damaged.iter().filter(|_| is_whole);
        let reason = "a line of the listing cannot be read";
        let damaged = unread.map(|line| Error::damaged(None, reason, line)).collect();
        if request.newest_first {
            left.make_contiguous().reverse();
        }
        let header = HeaderBlock::new(self.longest_header);
        Ok(Listing::new(RowStream {
            has_envelopes: request.fields.envelope,
            mailbox: self,
            left,
            asked: VecDeque::new(),
            in_flight: InFlight::default(),
            header,
            received: 0,
            damaged,
            is_over: false,
        }))
    }

    fn row(&self, number: MessageNumber) -> Result<Summary> {
        let index = self.index()?;
        let mut row = Summary::new(index.id(self.session, number));
        row.size = index.messages.size(number).flatten().map(SizeHint::new);
        Ok(row)
    }

    /// A row whose header was read, or was refused: then it is a damaged row and never "gone".
    fn row_with(
        &mut self,
        number: MessageNumber,
        answer: Event,
        header: &HeaderBlock,
    ) -> Result<Summary> {
        let mut row = self.row(number)?;
        match self.judge(What::Headers, answer) {
            Ok(()) => match header.envelope() {
                Some(envelope) => row.envelope = Some(Box::new(envelope)),
                None => return Err(Error::damaged(Some(row.id), TOO_LONG, b"")),
            },
            // The server cannot now, whichever message it is.
            Err(Error::Refused(refusal))
                if !refusal.ends_the_session() && refusal.advice() != Advice::Later =>
            {
                let reason = format!("the server refuses its header: {}", refusal.reason());
                let damage = crate::error::Damage::new(Some(row.id), reason, b"");
                return Err(Error::Damaged(Box::new(damage)));
            }
            Err(error) => return Err(error),
        }
        Ok(row)
    }
}

struct RowStream<'m> {
    mailbox: &'m mut Pop3Mailbox,
    has_envelopes: bool,
    /// The messages whose rows are left.
    left: VecDeque<MessageNumber>,
    /// The messages whose headers are asked for.
    asked: VecDeque<(CommandId, MessageNumber, Share)>,
    in_flight: InFlight,
    /// The header block of the first of them, and the bytes that came for it.
    header: HeaderBlock,
    received: u64,
    damaged: VecDeque<Error>,
    is_over: bool,
}

impl RowStream<'_> {
    /// Asks for headers, as many at once as the server takes.
    fn ask(&mut self) -> Result<()> {
        while let Some(number) = self.left.front().copied() {
            let bytes = What::Headers.bytes(self.mailbox.index()?.messages.size(number).flatten());
            if !self.in_flight.admits(bytes.unwrap_or(u64::MAX)) {
                break;
            }
            let Some(id) = self.mailbox.try_send(&What::Headers.command(number))? else {
                break;
            };
            self.asked.push_back((id, number, self.in_flight.ask(bytes)));
            self.left.pop_front();
        }
        Ok(())
    }

    fn poll_row(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Summary>>> {
        if let Some(error) = self.damaged.pop_front() {
            return Poll::Ready(Some(Err(error)));
        }
        if !self.has_envelopes {
            return Poll::Ready(self.left.pop_front().map(|number| self.mailbox.row(number)));
        }
        loop {
            self.ask()?;
            let Some((wanted, number, share)) = self.asked.front_mut() else {
                return Poll::Ready(None);
            };
            match ready!(self.mailbox.driver.poll(cx, Until::Event))? {
                Some(Event::Body { id, chunk, .. }) if id == *wanted => {
                    self.in_flight.receive(share, chunk.len());
                    self.header.extend(&chunk);
                    self.received = self.received.saturating_add(chunk.len() as u64);
                    // Some servers give the whole message.
                    let size = self.mailbox.index()?.messages.size(*number).flatten();
                    self.mailbox.driver.decide(size.is_some_and(|size| self.received <= size));
                }
                Some(event @ Event::Done { .. }) if event.id() == Some(*wanted) => {
                    self.in_flight.end(share);
                    let row = self.mailbox.row_with(*number, event, &self.header);
                    self.asked.pop_front();
                    self.header.clear();
                    self.received = 0;
                    return Poll::Ready(Some(row));
                }
                _ => {}
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
