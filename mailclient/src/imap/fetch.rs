//! Bodies and headers: FETCH of body sections.

use std::{borrow::Cow, collections::HashMap, num::NonZeroU32};

use bytes::Bytes;
use imap_proto_lite::{
    Command, CommandId, HeaderName, Status, Uid, UidSet,
    client::Event,
    command::{FetchItem, FetchModifiers, Messages},
    response::{BodyData, FetchAttribute, Response},
    section::{PartNumber, Section},
};

use crate::{
    body::{Body, BodySource},
    driver::Stream,
    envelope::{self, Envelope},
    error::{Error, Result},
    imap::{ImapMailbox, batches, refused},
    mailbox::BoxFuture,
    message::{MessageId, Part, SizeHint},
};

/// The most bytes that are kept of one header block.
const HEADER_LIMIT: usize = 256 * 1024;

/// The body that a [`Body`] pulls.
#[derive(Debug)]
pub(super) struct Reading {
    id: CommandId,
    uid: Uid,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The body is being streamed.
    Streaming,
    /// The body is complete; the rest of the response and the answer follow.
    Ended,
    /// The body was in the response itself (a quoted string or NIL), and the answer is read.
    Inline(Bytes),
}

impl Reading {
    pub(super) const fn id(&self) -> CommandId {
        self.id
    }
}

/// The requested body in one response.
enum Found {
    Inline(Bytes),
    Nothing,
}

impl<S: Stream> ImapMailbox<S> {
    /// See [`Mailbox::fetch`](crate::Mailbox::fetch).
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn fetch(&mut self, id: &MessageId, part: Part) -> Result<Body<'_>> {
        self.settle().await?;
        let uid = self.uid(id)?;
        let items = [FetchItem::Uid, FetchItem::peek(section(&part)?)];
        let wanted = self.send_fetch(Messages::from(UidSet::one(uid)), &items)?;
        let mut inline = None;
        loop {
            match self.next_event().await? {
                Event::BodyStart { uid: found, octets, .. }
                    if found.is_none_or(|found| found == uid) =>
                {
                    self.reading = Some(Reading { id: wanted, uid, state: State::Streaming });
                    return Ok(Body::new(self, Some(SizeHint::new(octets))));
                }
                Event::Untagged(line) => match found(&line.response(), uid) {
                    Some(Found::Inline(octets)) => inline = Some(octets),
                    Some(Found::Nothing) | None => {}
                },
                Event::Done { id: done, status, code, text, .. } if done == wanted => {
                    if status != Status::Ok {
                        return Err(refused("FETCH", code.as_ref(), &text));
                    }
                    // OK without the message: it is gone, or the server cannot read it (Exchange).
                    let octets =
                        inline.ok_or_else(|| Error::NoSuchMessage(Box::new(id.clone())))?;
                    let hint = SizeHint::new(octets.len() as u64);
                    self.reading = Some(Reading { id: wanted, uid, state: State::Inline(octets) });
                    return Ok(Body::new(self, Some(hint)));
                }
                _ => {}
            }
        }
    }

    async fn chunk(&mut self) -> Result<Option<Bytes>> {
        loop {
            let Some(reading) = &mut self.reading else {
                return Ok(None);
            };
            if let State::Inline(octets) = &mut reading.state {
                let octets = std::mem::take(octets);
                self.reading = None;
                return Ok(Some(octets).filter(|octets| !octets.is_empty()));
            }
            let (wanted, uid, streaming) =
                (reading.id, reading.uid, matches!(reading.state, State::Streaming));
            match self.next_event().await? {
                Event::Body { chunk, .. } if streaming => return Ok(Some(chunk)),
                Event::BodyEnd => {
                    if let Some(reading) = &mut self.reading {
                        reading.state = State::Ended;
                    }
                }
                // The UID may come after the body: only here is it certain which message this was.
                Event::Untagged(line) if !streaming => {
                    if let Response::Fetch(fetch) = line.response()
                        && fetch.attributes.iter().any(|attribute| matches!(attribute, FetchAttribute::Uid(other) if other != uid))
                        && fetch.attributes.iter().any(|attribute| streamed(&attribute))
                    {
                        self.reading = None;
                        return Err(Error::inconsistent("the server sent another message than the one that was asked for"));
                    }
                }
                Event::Done { id, status, code, text, .. } if id == wanted => {
                    self.reading = None;
                    return match status {
                        Status::Ok if streaming => {
                            Err(Error::inconsistent("a message ended in the middle"))
                        }
                        Status::Ok => Ok(None),
                        _ => Err(refused("FETCH", code.as_ref(), &text)),
                    };
                }
                _ => {}
            }
        }
    }

    /// See [`Mailbox::envelopes`](crate::Mailbox::envelopes). Reads header fields rather than
    /// ENVELOPE, so that both protocols are decoded by the same parser and agree.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn envelopes(&mut self, ids: &[MessageId]) -> Result<Vec<Option<Envelope>>> {
        self.settle().await?;
        let uids = self.uids(ids)?;
        let fields = envelope::FIELDS.map(HeaderName::new);
        let fields: Vec<_> = fields.into_iter().collect::<Result<_, _>>().map_err(Error::misuse)?;
        let items = [FetchItem::Uid, FetchItem::peek(Section::header_fields(fields))];
        let mut envelopes = HashMap::new();
        for messages in batches(uids.iter().copied()) {
            let wanted = self.send_fetch(messages, &items)?;
            self.read_envelopes(wanted, &mut envelopes).await?;
        }
        Ok(uids.iter().map(|uid| envelopes.get(uid).cloned()).collect())
    }

    async fn read_envelopes(
        &mut self,
        wanted: CommandId,
        envelopes: &mut HashMap<Uid, Envelope>,
    ) -> Result<()> {
        let mut header = Vec::new();
        loop {
            match self.next_event().await? {
                Event::BodyStart { .. } => header.clear(),
                Event::Body { chunk, .. } => {
                    let room = HEADER_LIMIT.saturating_sub(header.len()).min(chunk.len());
                    header.extend_from_slice(chunk.get(..room).unwrap_or_default());
                }
                Event::Untagged(line) => {
                    if let Response::Fetch(fetch) = line.response() {
                        let (mut uid, mut found) = (None, None);
                        for attribute in fetch.attributes.iter() {
                            match attribute {
                                FetchAttribute::Uid(number) => uid = Some(number),
                                FetchAttribute::BodySection {
                                    data: BodyData::Streamed { .. },
                                    ..
                                } => {
                                    found = Some(Envelope::parse(&header));
                                }
                                FetchAttribute::BodySection {
                                    data: BodyData::Inline(octets),
                                    ..
                                } => {
                                    found = Some(Envelope::parse(&octets.to_cow()));
                                }
                                _ => {}
                            }
                        }
                        envelopes.extend(uid.zip(found));
                    }
                }
                Event::Done { id, status, code, text, .. } if id == wanted => {
                    return match status {
                        Status::Ok => Ok(()),
                        _ => Err(refused("FETCH", code.as_ref(), &text)),
                    };
                }
                _ => {}
            }
        }
    }

    fn send_fetch(&mut self, messages: Messages<'_>, items: &[FetchItem<'_>]) -> Result<CommandId> {
        self.send(&Command::Fetch {
            messages,
            items: Cow::Borrowed(items),
            modifiers: FetchModifiers::default(),
        })
    }
}

/// The body in a response that contains it as a quoted string or NIL.
fn found(response: &Response<'_>, uid: Uid) -> Option<Found> {
    let Response::Fetch(fetch) = response else {
        return None;
    };
    let mut found = None;
    for attribute in fetch.attributes.iter() {
        match attribute {
            FetchAttribute::Uid(other) if other != uid => return None,
            FetchAttribute::BodySection { data: BodyData::Inline(octets), .. } => {
                found = Some(Found::Inline(Bytes::copy_from_slice(&octets.to_cow())));
            }
            FetchAttribute::BodySection { data: BodyData::Nil, .. } => found = Some(Found::Nothing),
            _ => {}
        }
    }
    found
}

fn streamed(attribute: &FetchAttribute<'_>) -> bool {
    matches!(attribute, FetchAttribute::BodySection { data: BodyData::Streamed { .. }, .. })
}

fn section(part: &Part) -> Result<Section<'static>> {
    match part {
        Part::Whole => Ok(Section::full()),
        Part::Headers => Ok(Section::header()),
        Part::Section(path) => path
            .iter()
            .map(|number| NonZeroU32::new(*number))
            .collect::<Option<Vec<_>>>()
            .and_then(PartNumber::new)
            .map(Section::part)
            .ok_or_else(|| {
                Error::misuse("the path of a MIME part holds numbers from 1 and is not empty")
            }),
    }
}

impl<S: Stream> BodySource for ImapMailbox<S> {
    fn next_chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>>> {
        Box::pin(self.chunk())
    }
}
