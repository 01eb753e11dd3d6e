//! Bodies: FETCH of body sections.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;

use crate::{
    body::{Bodies, Body, BodyEvent},
    driver::Until,
    error::Result,
    id::{IdSet, MessageId},
    imap::{answer::Heard, mailbox::ImapMailbox, reading::Reading},
    part::Part,
};

impl ImapMailbox {
    pub(super) async fn fetch_one(&mut self, id: &MessageId, part: &Part) -> Result<Body<'_>> {
        self.fetch_all(&id.into(), part).await?.into_body().await
    }

    pub(super) async fn fetch_all(&mut self, ids: &IdSet, part: &Part) -> Result<Bodies<'_>> {
        let naming = self.naming()?;
        let (uids, marked) = (naming.uids(ids)?, naming.uids_among(&self.marks));
        let reading = Box::new(Reading::new(naming, uids, &marked, part)?);
        self.settle().await?;
        Ok(Bodies::new(BodyStream { mailbox: self, reading, is_over: false }))
    }
}

struct BodyStream<'m> {
    mailbox: &'m mut ImapMailbox,
    reading: Box<Reading>,
    is_over: bool,
}

impl BodyStream<'_> {
    /// Asks for as much as fits into the window and as the server takes at once.
    fn ask(&mut self) -> Result<()> {
        while let Some(ask) = self.reading.next_ask()
            && let Some(command) = self.reading.command(&ask)
            && let Some(id) = self.mailbox.try_send(&command)?
        {
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
            self.ask()?;
            let Self { mailbox, reading, .. } = self;
            let heard =
                mailbox.poll_heard(cx, Until::Event, &mut |view, line| reading.hear(view, line));
            match ready!(heard)? {
                Heard::Line | Heard::Time => reading.after_line(),
                Heard::Event(event) => {
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
