//! Bodies: FETCH of body sections.

use std::{
    borrow::Cow,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use imap_proto_lite::{
    Command, UidSet,
    client::Event,
    command::{FetchItem, FetchModifiers, Messages},
};

use crate::{
    body::{Bodies, Body, BodyEvent},
    driver::Until,
    error::Result,
    id::{IdSet, MessageId},
    imap::{answer::Heard, asked::Ask, mailbox::ImapMailbox, reading::Reading, section::Piece},
    part::Part,
};

impl ImapMailbox {
    pub(super) async fn fetch_one(&mut self, id: &MessageId, part: &Part) -> Result<Body<'_>> {
        self.fetch_all(&id.into(), part).await?.into_body().await
    }

    pub(super) async fn fetch_all(&mut self, ids: &IdSet, part: &Part) -> Result<Bodies<'_>> {
        let naming = self.naming()?;
        let (uids, marked) = (naming.uids(ids)?, naming.uids_among(&self.marks));
        let piece = Piece::of(part, self.can(&binary()))?;
        let reading = Box::new(Reading::new(naming, uids, &marked, piece));
        self.settle().await?;
        let (asked, came) = (0, 0);
        Ok(Bodies::new(BodyStream { mailbox: self, reading, asked, came, is_over: false }))
    }
}

/// A command of BINARY (RFC 3516).
fn binary() -> Command<'static> {
    let item = FetchItem::Binary { part: None, partial: None, peek: true };
    Command::Fetch {
        messages: Messages::from(UidSet::last()),
        items: Cow::Owned(vec![item]),
        modifiers: FetchModifiers::default(),
    }
}

struct BodyStream<'m> {
    mailbox: &'m mut ImapMailbox,
    reading: Box<Reading>,
    /// How many bodies were asked for, and how many came. One that is dropped, because it is not
    /// known in time whose it is, is asked for again and counts anew.
    asked: u64,
    came: u64,
    is_over: bool,
}

impl BodyStream<'_> {
    /// Asks for as much as fits into the window and as the server takes at once.
    fn ask(&mut self) -> Result<()> {
        while let Some(ask) = self.reading.next_ask()
            && let Some(command) = self.reading.command(&ask)
            && let Some(id) = self.mailbox.try_send(&command)?
        {
            if let Ask::Bodies(uids) = &ask {
                self.asked = self.asked.saturating_add(uids.count());
            }
            self.reading.sent(ask, id);
        }
        Ok(())
    }

    /// Goes on until there is something to tell.
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<BodyEvent>>> {
        loop {
            if let Some(event) = self.reading.next_event() {
                return Poll::Ready(Some(event));
            }
            if self.reading.is_over() {
                return Poll::Ready(None);
            }
            // The server closed it, or gave it another UIDVALIDITY.
            self.mailbox.folder()?;
            self.ask()?;
            let Self { mailbox, reading, asked, came, .. } = self;
            let heard =
                mailbox.poll_heard(cx, Until::Event, &mut |view, line| reading.hear(view, line));
            match ready!(heard)? {
                Heard::Line | Heard::Time => reading.after_line(),
                Heard::Event(event) => {
                    *came += u64::from(matches!(event, Event::BodyStart { .. }));
                    // More bodies than that are a flood.
                    if matches!(event, Event::Body { .. }) && came <= asked {
                        mailbox.driver.decide(true);
                    }
                    reading.event(&mailbox.view, mailbox.driver.is_asked(), event);
                }
            }
        }
    }
}

impl Stream for BodyStream<'_> {
    type Item = Result<BodyEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let event = ready!(self.poll_event(cx));
        self.is_over = !matches!(event, Some(Ok(_)));
        Poll::Ready(event)
    }
}
