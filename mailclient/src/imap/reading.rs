//! [`Reading`]: one body on its way, and how a part of a message is asked for.

use std::{borrow::Cow, num::NonZeroU32, ops::Range};

use bytes::Bytes;
use imap_proto_lite::{
    Command, CommandId, HeaderName, Uid, UidSet,
    client::Event,
    command::{FetchItem, FetchModifiers, Messages},
    response::{BodyData, Fetch, FetchAttribute, Response},
    section::{PartNumber, Partial, Section},
    selected::Selected,
};

use crate::{
    error::{Error, Result},
    feature::Feature,
    id::MessageId,
    many::Step,
    message::SizeHint,
    part::Part,
};

/// A body that is asked for, or being pulled.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) id: MessageId,
    pub(super) uid: Uid,
    /// The items to ask for.
    pub(super) item: FetchItem<'static>,
    pub(super) kind: Kind,
    /// The command that asks for the size; `None` once it is answered.
    pub(super) sizes: Option<CommandId>,
    /// The command that asks for the body; `None` until it can be sent.
    pub(super) body: Option<CommandId>,
    /// The server named the message.
    pub(super) exists: bool,
    /// Its size as the server tells it.
    pub(super) size: Option<u64>,
    /// Bytes of the body so far.
    pub(super) received: u64,
    /// A body in the response itself was announced.
    pub(super) has_begun: bool,
    /// The response that held the whole body is known to be about the message: bodies after it are
    /// of no interest.
    pub(super) is_proved: bool,
    pub(super) state: State,
    /// The answer to `body`, if it came before that to `sizes`.
    pub(super) answer: Option<Event>,
}

/// What an empty answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Whole,
    Section,
    Other,
}

#[derive(Debug)]
pub(super) enum State {
    /// Nothing of the body came yet.
    Waiting,
    /// The bytes of another body come; they are dropped.
    Skipping,
    /// The body is being streamed.
    Streaming,
    /// The body is complete; the rest of the response and the answer follow.
    Ended,
    /// The body was in the response itself, as a quoted string.
    Inline(Bytes),
    /// The server says that there is nothing: NIL.
    Nothing,
}

impl Reading {
    /// True if the response is part of the answer.
    pub(super) fn hear(&mut self, view: &Selected, response: &Response<'_>) -> bool {
        let Response::Fetch(fetch) = response else {
            return false;
        };
        if has_other_uid(fetch, self.uid) {
            let is_body = matches!(self.state, State::Ended) && !self.is_proved;
            if is_body && fetch.iter().any(|item| streamed(&item)) {
                self.state = State::Skipping;
            }
            return false;
        }
        if fetch.uid().or_else(|| view.uid(fetch.seq)) != Some(self.uid) {
            return false;
        }
        self.exists = true;
        let mut is_answer = false;
        for attribute in fetch.iter() {
            match attribute {
                FetchAttribute::Rfc822Size(size) => self.size = Some(size),
                FetchAttribute::BodySection { .. } if self.is_proved => {}
                FetchAttribute::BodySection { data, .. } => match data {
                    BodyData::Inline(bytes) => {
                        self.state = State::Inline(Bytes::copy_from_slice(&bytes.to_cow()));
                        self.is_proved = true;
                    }
                    BodyData::Nil => self.state = State::Nothing,
                    _ => self.is_proved |= matches!(self.state, State::Ended),
                },
                _ => continue,
            }
            is_answer = true;
        }
        is_answer
    }

    /// After a line: did it hold the body? Was the body before it that of another message?
    pub(super) fn after_line(&mut self) -> Result<Option<Step>> {
        match &self.state {
            State::Skipping if self.received > 0 => {
                Err(self.damaged("the server sent another message in its place"))
            }
            State::Inline(bytes) if !self.has_begun => {
                self.has_begun = true;
                Ok(Some(Step::Begins(Some(SizeHint::new(bytes.len() as u64)))))
            }
            _ => Ok(None),
        }
    }

    /// After the answer: is the body complete? An empty message where the server told a size is
    /// not the message.
    pub(super) fn finish(&self) -> Result<()> {
        match self.state {
            State::Ended | State::Inline(_) => {
                let is_hollow = self.kind == Kind::Whole && self.received == 0;
                if is_hollow && self.size.is_some_and(|size| size > 0) {
                    return Err(self.damaged("the server gives an empty message in its place"));
                }
                Ok(())
            }
            State::Nothing if self.kind == Kind::Section => {
                Err(Error::NoSuchPart(Box::new(self.id.clone())))
            }
            State::Nothing | State::Waiting | State::Skipping => {
                Err(self.damaged("the server has the message and does not give it"))
            }
            State::Streaming => Err(Error::inconsistent("a message ended in the middle")),
        }
    }

    pub(super) fn damaged(&self, reason: &'static str) -> Error {
        Error::damaged(Some(self.id.clone()), reason, b"")
    }
}

pub(super) fn has_other_uid(fetch: &Fetch<'_>, uid: Uid) -> bool {
    fetch.iter().any(|item| matches!(item, FetchAttribute::Uid(other) if other != uid))
}

pub(super) fn streamed(item: &FetchAttribute<'_>) -> bool {
    matches!(item, FetchAttribute::BodySection { data: BodyData::Streamed { .. }, .. })
}

pub(super) fn ask<'i>(uid: Uid, items: &'i [FetchItem<'i>]) -> Command<'i> {
    Command::Fetch {
        messages: Messages::from(UidSet::one(uid)),
        items: Cow::Borrowed(items),
        modifiers: FetchModifiers::default(),
    }
}

pub(super) const fn kind(part: &Part) -> Kind {
    match part {
        Part::Whole => Kind::Whole,
        Part::Section { .. } => Kind::Section,
        _ => Kind::Other,
    }
}

/// `BODY.PEEK[..]`, which never sets `\Seen`.
pub(super) fn item(part: &Part) -> Result<FetchItem<'static>> {
    match part {
        Part::Range { of, bytes } => {
            let partial = Some(partial(bytes)?);
            Ok(FetchItem::BodySection { section: section(of)?, partial, peek: true })
        }
        whole => Ok(FetchItem::peek(section(whole)?)),
    }
}

pub(super) fn section(part: &Part) -> Result<Section<'static>> {
    match part {
        Part::Whole => Ok(Section::full()),
        Part::Headers => Ok(Section::header()),
        Part::Fields(names) => {
            let names = names.iter().map(|name| HeaderName::new(name.clone()));
            let names: Vec<_> = names.collect::<Result<_, _>>().map_err(Error::misuse)?;
            if names.is_empty() {
                return Err(Error::misuse("no header field is asked for"));
            }
            Ok(Section::header_fields(names))
        }
        Part::Section { decoded: true, .. } => Err(Error::Unsupported(Feature::Decoding)),
        Part::Section { path, .. } => PartNumber::new(path.iter().copied())
            .map(Section::part)
            .ok_or_else(|| Error::misuse("the path of a MIME part is empty")),
        Part::Range { .. } => Err(Error::misuse("a range of a range of bytes")),
    }
}

pub(super) fn partial(bytes: &Range<u64>) -> Result<Partial> {
    let count = u32::try_from(bytes.end.saturating_sub(bytes.start)).ok().and_then(NonZeroU32::new);
    match (u32::try_from(bytes.start), count) {
        (Ok(offset), Some(octets)) => Ok(Partial { offset, octets }),
        _ => Err(Error::misuse("a range of bytes is empty or beyond 4 GiB")),
    }
}
