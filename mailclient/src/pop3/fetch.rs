//! RETR and TOP, as many at once as fit into the window and as the server takes.

use std::{
    collections::VecDeque,
    iter,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use pop3_proto::client::Event;

use crate::{
    body::{Bodies, Body, BodyEvent},
    driver::Until,
    error::{Advice, Error, Result},
    feature::Feature,
    id::{IdSet, MessageId},
    in_flight::InFlight,
    message::SizeHint,
    part::Part,
    pop3::{
        mailbox::Pop3Mailbox,
        reading::{Asked, What},
        session::accepted,
    },
};

type Ids<'m> = Box<dyn Iterator<Item = MessageId> + Send + 'm>;

impl Pop3Mailbox {
    pub(super) async fn fetch_one(&mut self, id: &MessageId, part: &Part) -> Result<Body<'_>> {
        self.folder()?;
        self.check_id(id)?;
        self.read(Box::new(iter::once(id.clone())), part).await?.into_body().await
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
        self.read(Box::new(ids.iter()), part).await
    }

    async fn read<'m>(&'m mut self, left: Ids<'m>, part: &Part) -> Result<Bodies<'m>> {
        let what = match part {
            Part::Whole => What::Whole,
            Part::Headers if self.has_top() => What::Headers,
            Part::Headers => return Err(Error::Unsupported(Feature::Headers)),
            _ => return Err(Error::Unsupported(Feature::Sections)),
        };
        self.settle().await?;
        self.build_index().await?;
        Ok(Bodies::new(BodyStream {
            mailbox: self,
            left: left.peekable(),
            what,
            in_flight: InFlight::default(),
            asked: VecDeque::new(),
            events: VecDeque::new(),
            is_inside: false,
            is_over: false,
        }))
    }
}

struct BodyStream<'m> {
    mailbox: &'m mut Pop3Mailbox,
    left: iter::Peekable<Ids<'m>>,
    what: What,
    in_flight: InFlight,
    /// Answered in this order.
    asked: VecDeque<Asked>,
    events: VecDeque<BodyEvent>,
    /// The body of the first of them comes.
    is_inside: bool,
    is_over: bool,
}

impl BodyStream<'_> {
    fn ask(&mut self) -> Result<()> {
        while self.events.is_empty()
            && let Some(id) = self.left.peek().cloned()
        {
            let number = match self.mailbox.number(&id) {
                _ if self.mailbox.marks.contains(&id) => {
                    Err(Error::NoSuchMessage(Box::new(id.clone())))
                }
                number => number,
            };
            match number {
                // Told between two bodies.
                Err(_) if self.is_inside => break,
                Err(error) => self.fail(id, error)?,
                Ok(number) => {
                    let size = self.mailbox.index()?.messages.size(number).flatten();
                    let bytes = self.what.bytes(size);
                    if !self.in_flight.admits(bytes.unwrap_or(u64::MAX)) {
                        break;
                    }
                    let Some(command) = self.mailbox.try_send(&self.what.command(number))? else {
                        break;
                    };
                    let share = self.in_flight.ask(bytes);
                    let (received, is_complete) = (0, false);
                    self.asked.push_back(Asked { id, command, share, size, received, is_complete });
                }
            }
            self.left.next();
        }
        Ok(())
    }

    /// This message alone failed, or all of it.
    fn fail(&mut self, id: MessageId, error: Error) -> Result<()> {
        match &error {
            Error::NoSuchMessage(_) | Error::Damaged(_) => {}
            Error::Refused(refusal) if !refusal.ends_the_session() => {}
            _ => return Err(error),
        }
        self.events.push_back(BodyEvent::failed(id, error));
        Ok(())
    }

    fn hear(&mut self, event: Event) -> Result<()> {
        let Some(asked) = self.asked.front_mut().filter(|asked| event.id() == Some(asked.command))
        else {
            return Ok(());
        };
        match event {
            Event::BodyStart { octets, .. } => {
                self.is_inside = true;
                let listed = asked.size.filter(|_| self.what == What::Whole);
                let size = octets.or(listed).map(SizeHint::new);
                self.events.push_back(BodyEvent::start(asked.id.clone(), size));
            }
            Event::Body { chunk, .. } => {
                self.mailbox.driver.decide(true);
                asked.received += chunk.len() as u64;
                self.in_flight.receive(&mut asked.share, chunk.len());
                self.events.push_back(BodyEvent::Chunk(chunk));
            }
            Event::BodyEnd { .. } => asked.is_complete = true,
            Event::Done { .. } => {
                self.is_inside = false;
                if let Some(mut asked) = self.asked.pop_front() {
                    self.in_flight.end(&mut asked.share);
                    match self
                        .mailbox
                        .judge(self.what, event)
                        .and_then(|()| asked.finish(self.what))
                    {
                        Ok(()) => self.events.push_back(BodyEvent::End),
                        Err(error) => self.fail(asked.id, error)?,
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Goes on until there is something to tell.
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<BodyEvent>>> {
        loop {
            self.ask()?;
            if let Some(event) = self.events.pop_front() {
                return Poll::Ready(Some(Ok(event)));
            }
            if self.asked.is_empty() {
                return Poll::Ready(None);
            }
            if let Some(event) = ready!(self.mailbox.driver.poll(cx, Until::Event))? {
                self.hear(event)?;
            }
        }
    }
}

impl Pop3Mailbox {
    /// The answer to RETR or TOP.
    ///
    /// # Errors
    /// [`Error::Refused`]; [`Error::Unsupported`] where it was only assumed that there is TOP, for
    /// want of CAPA, and the first one is refused.
    pub(super) fn judge(&mut self, what: What, answer: Event) -> Result<()> {
        let is_assumed = what == What::Headers && self.capabilities().is_none();
        match accepted(what.name(), answer) {
            Ok(()) if what == What::Headers => self.top_works = Some(true),
            Ok(()) => {}
            Err(Error::Refused(refusal))
                if is_assumed
                    && self.top_works.is_none()
                    && !refusal.ends_the_session()
                    && refusal.advice() != Advice::Later =>
            {
                self.top_works = Some(false);
                return Err(Error::Unsupported(Feature::Headers));
            }
            Err(error) => return Err(error),
        }
        Ok(())
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
