//! RETR and TOP.

use std::collections::VecDeque;

use bytes::Bytes;
use pop3_proto::{Command, CommandId, MessageNumber, SendError, Status, client::Event};

use crate::{
    body::{Body, BodySource},
    driver::Stream,
    envelope::Envelope,
    error::{Error, Result},
    feature::Feature,
    mailbox::BoxFuture,
    message::{MessageId, Part, SizeHint},
    pop3::{Pop3Mailbox, refused},
};

/// The most bytes that are kept of one header block. Some servers answer TOP with the whole message
/// (Stalwart did); the rest is read and dropped.
const HEADER_LIMIT: usize = 256 * 1024;

impl<S: Stream> Pop3Mailbox<S> {
    /// See [`Mailbox::fetch`](crate::Mailbox::fetch).
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn fetch(&mut self, id: &MessageId, part: Part) -> Result<Body<'_>> {
        self.settle().await?;
        let number = self.number(id).await?;
        let (name, command) = match part {
            Part::Whole => ("RETR", Command::Retr(number)),
            Part::Headers if self.features.contains(Feature::Headers) => {
                ("TOP", Command::Top { number, lines: 0 })
            }
            Part::Headers => return Err(Error::Unsupported(Feature::Headers)),
            Part::Section(_) => return Err(Error::Unsupported(Feature::Sections)),
        };
        let wanted = self.send(&command)?;
        loop {
            match self.next_event().await? {
                Event::BodyStart { id, octets, .. } if id == wanted => {
                    self.body = Some(wanted);
                    let listed = || self.listed_octets(number).filter(|_| name == "RETR");
                    let hint = octets.or_else(listed).map(SizeHint::new);
                    return Ok(Body::new(self, hint));
                }
                Event::Done { id, code, text, .. } if id == wanted => {
                    return Err(refused(name, code.as_ref(), &text));
                }
                _ => {}
            }
        }
    }

    /// See [`Mailbox::envelopes`](crate::Mailbox::envelopes). Uses TOP, pipelined if the server
    /// allows it.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn envelopes(&mut self, ids: &[MessageId]) -> Result<Vec<Option<Envelope>>> {
        self.settle().await?;
        if !self.features.contains(Feature::Headers) {
            return Err(Error::Unsupported(Feature::Headers));
        }
        let mut numbers = Vec::with_capacity(ids.len());
        for id in ids {
            numbers.push(match self.number(id).await {
                Err(Error::NoSuchMessage(_)) => None,
                number => Some(number?).filter(|number| !self.deleted.contains(number)),
            });
        }
        let mut waiting: VecDeque<(usize, MessageNumber)> = numbers
            .into_iter()
            .enumerate()
            .filter_map(|(row, number)| Some((row, number?)))
            .collect();
        let mut envelopes = vec![None; ids.len()];
        let mut asked: VecDeque<(CommandId, usize)> = VecDeque::new();
        let mut header = Vec::new();
        loop {
            while let Some(&(row, number)) = waiting.front() {
                match self.driver.machine_mut().send(&Command::Top { number, lines: 0 }) {
                    Ok(id) => asked.push_back((id, row)),
                    // The window is full, or the server takes one command at a time.
                    Err(SendError::TooManyInFlight { .. }) => break,
                    Err(error) => return Err(error.into()),
                }
                waiting.pop_front();
            }
            let Some((wanted, row)) = asked.front().copied() else {
                return Ok(envelopes);
            };
            match self.next_event().await? {
                Event::Body { id, chunk, .. } if id == wanted => {
                    let room = HEADER_LIMIT.saturating_sub(header.len()).min(chunk.len());
                    header.extend_from_slice(chunk.get(..room).unwrap_or_default());
                }
                Event::Done { id, status, .. } if id == wanted => {
                    asked.pop_front();
                    if let Some(envelope) = envelopes.get_mut(row).filter(|_| status == Status::Ok)
                    {
                        *envelope = Some(Envelope::parse(&header));
                    }
                    header.clear();
                }
                _ => {}
            }
        }
    }
}

impl<S: Stream> BodySource for Pop3Mailbox<S> {
    fn next_chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>>> {
        Box::pin(async {
            let Some(wanted) = self.body else {
                return Ok(None);
            };
            loop {
                match self.next_event().await? {
                    Event::Body { id, chunk, .. } if id == wanted => return Ok(Some(chunk)),
                    Event::Done { id, status, .. } if id == wanted => {
                        self.body = None;
                        return match status {
                            Status::Ok => Ok(None),
                            _ => Err(Error::inconsistent("a message ended with a refusal")),
                        };
                    }
                    _ => {}
                }
            }
        })
    }
}
