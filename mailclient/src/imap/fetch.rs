//! Bodies: FETCH of body sections.
//!
//! The items of FETCH come in any order, and Exchange Online sends the UID after the body. So a
//! body is asked for by two commands in one write: the first names number, UID and size of the
//! message, which proves that it is there, and the second brings the body, whose number is proved
//! by then. A body that is not proved is dropped.

use std::{
    future::poll_fn,
    task::{Context, Poll},
};

use imap_proto_lite::{SendError, Uid, client::Event, command::FetchItem};

use crate::{
    body::{Bodies, Body},
    driver::Until,
    error::{Error, Result},
    id::{IdSet, MessageId},
    imap::{
        answer::{Heard, accepted},
        mailbox::{ImapMailbox, Under},
        reading::{Kind, Reading, State, ask, item, kind},
    },
    many::{Chunks, Many, OneByOne, Step},
    message::SizeHint,
    part::Part,
};

impl ImapMailbox {
    pub(super) async fn fetch_one(&mut self, id: &MessageId, part: &Part) -> Result<Body<'_>> {
        let (uid, item, kind) = (self.uid(id)?, item(part)?, kind(part));
        self.settle().await?;
        self.begin_body(id.clone(), uid, item, kind)?;
        let size = poll_fn(|cx| self.poll_start(cx)).await?;
        Ok(Body::new(Chunks(self)).with_size(size))
    }

    pub(super) async fn fetch_all<'a>(
        &'a mut self,
        ids: &'a IdSet,
        part: &'a Part,
    ) -> Result<Bodies<'a>> {
        self.naming()?.uids(ids)?;
        let what = (item(part)?, kind(part));
        self.settle().await?;
        Ok(Bodies::new(Many::new(self, ids, what)))
    }

    /// Asks for a body.
    fn begin_body(
        &mut self,
        id: MessageId,
        uid: Uid,
        item: FetchItem<'static>,
        kind: Kind,
    ) -> Result<()> {
        if self.marks.contains(&id) {
            return Err(Error::NoSuchMessage(Box::new(id)));
        }
        let sizes = self.send(&ask(uid, &[FetchItem::Uid, FetchItem::Rfc822Size]))?;
        let mut reading = Reading {
            id,
            uid,
            item,
            kind,
            sizes: Some(sizes),
            body: None,
            exists: false,
            size: None,
            received: 0,
            has_begun: false,
            is_proved: false,
            state: State::Waiting,
            answer: None,
        };
        self.send_body_command(&mut reading)?;
        self.under = Under::Body(Box::new(reading));
        Ok(())
    }

    /// Sends the second command, unless the server takes one at a time and owes the first answer.
    fn send_body_command(&mut self, reading: &mut Reading) -> Result<()> {
        let items = [FetchItem::Uid, reading.item.clone()];
        let command = ask(reading.uid, &items);
        if reading.sizes.is_some()
            && matches!(
                self.driver.machine_mut().send(&command).map(|id| reading.body = Some(id)),
                Err(SendError::TooManyInFlight { .. } | SendError::Busy { .. })
            )
        {
            return Ok(());
        }
        match reading.body {
            Some(id) => self.driver.sent(id),
            None => reading.body = Some(self.send(&command)?),
        }
        Ok(())
    }

    /// One event on the way through a body.
    fn poll_body_step(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Step>>> {
        let mut reading = match std::mem::replace(&mut self.under, Under::Nothing) {
            Under::Body(reading) => reading,
            other => {
                self.under = other;
                return Poll::Ready(Ok(Some(Step::End)));
            }
        };
        if let State::Inline(bytes) = &mut reading.state
            && !bytes.is_empty()
        {
            let bytes = std::mem::take(bytes);
            reading.received += bytes.len() as u64;
            self.under = Under::Body(reading);
            return Poll::Ready(Ok(Some(Step::Chunk(bytes))));
        }
        let heard = self.poll_heard(cx, Until::Event, &mut |view, line| reading.hear(view, line));
        let step = match heard {
            Poll::Pending => {
                self.under = Under::Body(reading);
                return Poll::Pending;
            }
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Ready(Ok(Heard::Line | Heard::Time)) => reading.after_line(),
            Poll::Ready(Ok(Heard::Event(event))) => self.body_event(&mut reading, event),
        };
        if !matches!(step, Ok(Some(Step::End)) | Err(_)) {
            self.under = Under::Body(reading);
        }
        Poll::Ready(step)
    }

    fn body_event(&mut self, reading: &mut Reading, event: Event) -> Result<Option<Step>> {
        match event {
            Event::BodyStart { seq, uid, octets, .. } => {
                let known = uid.or_else(|| self.view.uid(seq?));
                let is_ours = known == Some(reading.uid) && matches!(reading.state, State::Waiting);
                reading.state = if is_ours { State::Streaming } else { State::Skipping };
                Ok(is_ours.then_some(Step::Begins(Some(SizeHint::new(octets)))))
            }
            Event::Body { chunk, .. } if matches!(reading.state, State::Streaming) => {
                reading.received += chunk.len() as u64;
                Ok(Some(Step::Chunk(chunk)))
            }
            Event::BodyEnd => {
                reading.state = match reading.state {
                    State::Streaming => State::Ended,
                    _ if reading.is_proved => State::Ended,
                    _ => State::Waiting,
                };
                Ok(None)
            }
            Event::Done { id, .. } if reading.sizes == Some(id) => {
                reading.sizes = None;
                accepted("FETCH", event)?;
                if !reading.exists {
                    return Err(Error::NoSuchMessage(Box::new(reading.id.clone())));
                }
                if reading.body.is_none() {
                    self.send_body_command(reading)?;
                }
                let Some(answer) = reading.answer.take() else {
                    return Ok(None);
                };
                accepted("FETCH", answer)?;
                reading.finish().map(|()| Some(Step::End))
            }
            // It overtook the answer that tells whether the message is there.
            Event::Done { id, .. } if reading.body == Some(id) && reading.sizes.is_some() => {
                reading.answer = Some(event);
                Ok(None)
            }
            Event::Done { id, .. } if reading.body == Some(id) => {
                accepted("FETCH", event)?;
                reading.finish().map(|()| Some(Step::End))
            }
            _ => Ok(None),
        }
    }
}

impl OneByOne for ImapMailbox {
    type What = (FetchItem<'static>, Kind);

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.poll_settle(cx)
    }

    fn begin(&mut self, id: &MessageId, (item, kind): &Self::What) -> Result<()> {
        let uid = self.uid(id)?;
        self.begin_body(id.clone(), uid, item.clone(), *kind)
    }

    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Step>>> {
        self.poll_body_step(cx)
    }
}
