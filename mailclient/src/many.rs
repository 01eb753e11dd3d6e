//! [`Chunks`] and [`Many`]: one body, and those of many messages one after the other, the same over
//! both protocols.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_core::Stream;

use crate::{
    body::BodyEvent,
    error::{Error, Result},
    id::{IdSet, MessageId},
    message::SizeHint,
};

/// A mailbox that reads one body at a time.
pub(crate) trait OneByOne: Send + Unpin {
    /// The part to read of each message.
    type What: Send + Unpin;
    /// Finishes what is left of the message before.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>>;
    /// Asks for a body.
    fn begin(&mut self, id: &MessageId, what: &Self::What) -> Result<()>;
    /// One event on the way through the body; `None` if it means nothing to the caller.
    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Step>>>;

    /// Ready when the body begins.
    fn poll_start(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<SizeHint>>> {
        loop {
            match ready!(self.poll_step(cx))? {
                None => {}
                Some(Step::Begins(size)) => return Poll::Ready(Ok(size)),
                Some(Step::Chunk(_) | Step::End) => return Poll::Ready(Ok(None)),
            }
        }
    }

    /// The next chunk, or `None` at the end.
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        loop {
            match ready!(self.poll_step(cx)) {
                Ok(None | Some(Step::Begins(_))) => {}
                Ok(Some(Step::Chunk(chunk))) => return Poll::Ready(Some(Ok(chunk))),
                Ok(Some(Step::End)) => return Poll::Ready(None),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

/// What happened to a body.
pub(crate) enum Step {
    /// It begins, with the length that the server announced.
    Begins(Option<SizeHint>),
    Chunk(Bytes),
    End,
}

/// The chunks of one body that was asked for.
pub(crate) struct Chunks<'m, M>(pub(crate) &'m mut M);

impl<M: OneByOne> Stream for Chunks<'_, M> {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_chunk(cx)
    }
}

/// The bodies of many messages. Each is told as a body or as a failure of its own; an error about
/// the connection ends the stream.
pub(crate) struct Many<'m, M: OneByOne> {
    mailbox: &'m mut M,
    left: Box<dyn Iterator<Item = MessageId> + Send + 'm>,
    what: M::What,
    state: State,
}

enum State {
    Between,
    Starting(MessageId),
    Inside(MessageId),
    Over,
}

impl<'m, M: OneByOne> Many<'m, M> {
    pub(crate) fn new(mailbox: &'m mut M, ids: &'m IdSet, what: M::What) -> Self {
        Self { mailbox, left: Box::new(ids.iter()), what, state: State::Between }
    }

    /// This message alone failed, or all of it.
    fn failed(&mut self, id: MessageId, error: Error) -> Result<BodyEvent> {
        let is_of_one = match &error {
            Error::NoSuchMessage(_) | Error::NoSuchPart(_) | Error::Damaged(_) => true,
            Error::Refused(_) => !error.needs_reconnect(),
            _ => false,
        };
        if !is_of_one {
            return Err(error);
        }
        self.state = State::Between;
        Ok(BodyEvent::failed(id, error))
    }

    /// One step. `None`: look again.
    fn step(&mut self, cx: &mut Context<'_>) -> Poll<Option<Option<Result<BodyEvent>>>> {
        // Put back below, unless the stream is over.
        let event = match std::mem::replace(&mut self.state, State::Over) {
            State::Over => return Poll::Ready(Some(None)),
            State::Between => match self.mailbox.poll_ready(cx) {
                Poll::Pending => {
                    self.state = State::Between;
                    return Poll::Pending;
                }
                Poll::Ready(Err(error)) => Err(error),
                Poll::Ready(Ok(())) => {
                    let Some(id) = self.left.next() else {
                        return Poll::Ready(Some(None));
                    };
                    match self.mailbox.begin(&id, &self.what) {
                        Ok(()) => {
                            self.state = State::Starting(id);
                            return Poll::Ready(None);
                        }
                        Err(error) => self.failed(id, error),
                    }
                }
            },
            State::Starting(id) => match self.mailbox.poll_start(cx) {
                Poll::Pending => {
                    self.state = State::Starting(id);
                    return Poll::Pending;
                }
                Poll::Ready(Ok(size)) => {
                    self.state = State::Inside(id.clone());
                    Ok(BodyEvent::start(id, size))
                }
                Poll::Ready(Err(error)) => self.failed(id, error),
            },
            State::Inside(id) => match self.mailbox.poll_chunk(cx) {
                Poll::Pending => {
                    self.state = State::Inside(id);
                    return Poll::Pending;
                }
                Poll::Ready(Some(Ok(chunk))) => {
                    self.state = State::Inside(id);
                    Ok(BodyEvent::Chunk(chunk))
                }
                Poll::Ready(None) => {
                    self.state = State::Between;
                    Ok(BodyEvent::End)
                }
                Poll::Ready(Some(Err(error))) => self.failed(id, error),
            },
        };
        Poll::Ready(Some(Some(event)))
    }
}

impl<M: OneByOne> Stream for Many<'_, M> {
    type Item = Result<BodyEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match self.step(cx) {
                Poll::Ready(Some(event)) => return Poll::Ready(event),
                Poll::Ready(None) => {}
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}
