//! RETR and TOP.

use std::{
    future::poll_fn,
    task::{Context, Poll},
};

use pop3_proto::client::Event;

use crate::{
    body::{Bodies, Body},
    driver::Until,
    error::{Error, Result},
    feature::Feature,
    id::{IdSet, MessageId},
    many::{Chunks, Many, OneByOne, Step},
    message::SizeHint,
    part::Part,
    pop3::{
        mailbox::{Pop3Mailbox, Under},
        reading::{Reading, What, command},
        session::accepted,
    },
};

impl Pop3Mailbox {
    pub(super) async fn fetch_one(&mut self, id: &MessageId, part: &Part) -> Result<Body<'_>> {
        self.folder()?;
        self.check_id(id)?;
        let what = self.what(part)?;
        self.settle().await?;
        self.build_index().await?;
        self.begin_body(id.clone(), what)?;
        let size = poll_fn(|cx| self.poll_start(cx)).await?;
        Ok(Body::new(Chunks(self)).with_size(size))
    }

    pub(super) async fn fetch_all<'a>(
        &'a mut self,
        ids: &'a IdSet,
        part: &'a Part,
    ) -> Result<Bodies<'a>> {
        self.folder()?;
        for id in ids.iter() {
            self.check_id(&id)?;
        }
        let what = self.what(part)?;
        self.settle().await?;
        self.build_index().await?;
        Ok(Bodies::new(Many::new(self, ids, what)))
    }

    fn what(&self, part: &Part) -> Result<What> {
        match part {
            Part::Whole => Ok(What::Whole),
            Part::Headers if self.has_top() => Ok(What::Headers),
            Part::Headers => Err(Error::Unsupported(Feature::Headers)),
            _ => Err(Error::Unsupported(Feature::Sections)),
        }
    }

    fn begin_body(&mut self, id: MessageId, what: What) -> Result<()> {
        let number = self.number(&id)?;
        if self.marks.contains(&id) {
            return Err(Error::NoSuchMessage(Box::new(id)));
        }
        let size = self.index()?.messages.size(number).flatten();
        let command = self.send(&command(what, number))?;
        self.under = Under::Body(Box::new(Reading {
            id,
            command,
            what,
            size,
            received: 0,
            is_complete: false,
        }));
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
        let step = match self.driver.poll(cx, Until::Event) {
            Poll::Pending => {
                self.under = Under::Body(reading);
                return Poll::Pending;
            }
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Ready(Ok(None)) => Ok(None),
            Poll::Ready(Ok(Some(event))) => self.body_event(&mut reading, event),
        };
        if !matches!(step, Ok(Some(Step::End)) | Err(_)) {
            self.under = Under::Body(reading);
        }
        Poll::Ready(step)
    }

    fn body_event(&mut self, reading: &mut Reading, event: Event) -> Result<Option<Step>> {
        if event.id() != Some(reading.command) {
            return Ok(None);
        }
        match event {
            Event::BodyStart { octets, .. } => {
                let listed = reading.size.filter(|_| reading.what == What::Whole);
                Ok(Some(Step::Begins(octets.or(listed).map(SizeHint::new))))
            }
            Event::Body { chunk, .. } => {
                reading.received += chunk.len() as u64;
                Ok(Some(Step::Chunk(chunk)))
            }
            Event::BodyEnd { .. } => {
                reading.is_complete = true;
                Ok(None)
            }
            Event::Done { .. } => {
                match accepted(reading.what.name(), event) {
                    Ok(()) => {}
                    // Without CAPA it was only assumed that there is TOP.
                    Err(Error::Refused(refusal))
                        if reading.what == What::Headers
                            && self.capabilities().is_none()
                            && self.top_works.is_none()
                            && !refusal.ends_the_session() =>
                    {
                        self.top_works = Some(false);
                        return Err(Error::Unsupported(Feature::Headers));
                    }
                    Err(error) => return Err(error),
                }
                reading.finish().map(|()| Some(Step::End))
            }
            _ => Ok(None),
        }
    }
}

impl OneByOne for Pop3Mailbox {
    type What = What;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.poll_settle(cx)
    }

    fn begin(&mut self, id: &MessageId, what: &What) -> Result<()> {
        self.begin_body(id.clone(), *what)
    }

    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Step>>> {
        self.poll_body_step(cx)
    }
}
