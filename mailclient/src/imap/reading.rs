//! [`Reading`]: bodies on their way.
//!
//! It decides what to ask for, and whose body comes. The items of FETCH come in any order, those of
//! several commands too, and Exchange Online sends the UID after the body. So sizes are asked for
//! first: they prove which messages there are, fill the number-to-UID map of the view, and tell how
//! many bodies fit into the window. A body whose number is unknown by then is dropped, and asked
//! for once more, alone.

use std::{
    borrow::Cow,
    collections::{BTreeMap, VecDeque},
    num::NonZeroU32,
};

use bytes::Bytes;
use imap_proto_lite::{
    Command, CommandId, Uid,
    client::Event,
    command::{FetchItem, FetchModifiers, Messages},
    response::{BodyData, FetchAttribute, Response},
    selected::Selected,
};

use crate::{
    body::BodyEvent,
    error::{Advice, Error, Refusal, Result},
    id::Ranges,
    imap::{
        asked::{Ask, Asked, Asking, Current, NO_SIZE, NOT_GIVEN, State, refused},
        batch::unreadable,
        decoding::{self, is_unknown_encoding},
        naming::{Naming, RANGES, number, sets},
        section::{Head, Piece, body_of, is_body},
        structure::{UNREADABLE, is_structure},
    },
    in_flight::InFlight,
    message::SizeHint,
};

/// How many sizes the first command asks for, and the most that a later one does: about 30 bytes
/// each come, and more with structures.
const FIRST_SIZES: u64 = 1 << 10;
const MOST_SIZES: u64 = 1 << 13;
/// What a body of unknown size counts for among those that are not asked for: more than fits.
const UNKNOWN: u64 = 1 << 32;

/// Bodies that are asked for, or being pulled.
#[derive(Debug)]
pub(super) struct Reading {
    naming: Naming,
    piece: Piece,
    /// One message is asked for, not many.
    is_single: bool,
    /// Nothing was asked about them yet.
    left: Ranges,
    /// To be asked for alone: nothing that could be told apart came for them.
    again: VecDeque<NonZeroU32>,
    /// Those that were in `again`.
    alone: Ranges,
    /// How many sizes to ask for next, and at most.
    ahead: u64,
    most_ahead: u64,
    /// The command for sizes, and the UIDs that its rows have not named yet.
    sizes: Option<Asking>,
    /// A row cannot be read that came since sizes were asked for: it may be that of any message.
    unreadable: Option<Vec<u8>>,
    /// The messages that are there, with their sizes; their bodies are not asked for yet.
    there: BTreeMap<NonZeroU32, Option<u64>>,
    /// What they count for together; one of unknown size fills every window.
    there_bytes: u64,
    /// The bodies that are asked for.
    asked: BTreeMap<NonZeroU32, Asked>,
    /// The commands for them, and the UIDs whose body has not come.
    bodies: Vec<Asking>,
    in_flight: InFlight,
    current: Option<Current>,
    /// Not there, or marked for deletion, and not told yet.
    gone: Ranges,
    events: VecDeque<Result<BodyEvent>>,
    failed: VecDeque<BodyEvent>,
}

impl Reading {
    pub(super) fn new(naming: Naming, mut uids: Ranges, marked: &Ranges, piece: Piece) -> Self {
        let is_single = uids.count() == 1;
        let gone = uids.intersection(marked);
        uids.subtract(&gone);
        let (ahead, most_ahead) = match &piece.decoding {
            Some(_) => (decoding::FIRST, decoding::MOST),
            None => (FIRST_SIZES, MOST_SIZES),
        };
        Self {
            naming,
            piece,
            is_single,
            left: uids,
            again: VecDeque::new(),
            alone: Ranges::new(),
            ahead,
            most_ahead,
            sizes: None,
            unreadable: None,
            there: BTreeMap::new(),
            there_bytes: 0,
            asked: BTreeMap::new(),
            bodies: Vec::new(),
            in_flight: InFlight::default(),
            current: None,
            gone,
            events: VecDeque::new(),
            failed: VecDeque::new(),
        }
    }

    /// The next event for the caller. Failures wait for the end of the body that comes.
    pub(super) fn next_event(&mut self) -> Option<Result<BodyEvent>> {
        if !self.events.is_empty() || self.current.is_some() {
            return self.events.pop_front();
        }
        if let Some(event) = self.failed.pop_front() {
            return Some(Ok(event));
        }
        let uid = self.gone.first()?;
        self.gone.remove(uid);
        let id = self.naming.id(uid);
        let error = Error::NoSuchMessage(Box::new(id.clone()));
        Some(Ok(BodyEvent::failed(id, error)))
    }

    /// Whether every message was told, and every command was answered.
    pub(super) fn is_over(&self) -> bool {
        let is_asked = !self.asked.is_empty() || self.sizes.is_some() || !self.bodies.is_empty();
        let is_left = !self.left.is_empty() || !self.again.is_empty() || !self.there.is_empty();
        !is_asked && !is_left && self.current.is_none()
    }

    /// What to ask for next, if the server takes another command.
    pub(super) fn next_ask(&self) -> Option<Ask> {
        if self.sizes.is_none() {
            if let Some(uid) = self.again.front() {
                return Some(Ask::Sizes(Ranges::one(*uid)));
            }
            // Ahead of the bodies, so that the window is filled without waiting.
            let is_short = (self.there.len() as u64) < self.ahead / 2;
            if is_short && !self.left.is_empty() {
                return Some(Ask::Sizes(self.left.head(self.ahead, RANGES)));
            }
        }
        if !self.there.is_empty() {
            let uids = self.admitted();
            return (!uids.is_empty()).then_some(Ask::Bodies(uids));
        }
        // The first body goes out with its size.
        let sizes = self.sizes.as_ref().filter(|_| self.asked.is_empty())?;
        Some(Ask::Bodies(Ranges::one(sizes.uids.first()?)))
    }

    /// The messages whose bodies fit into the window. While sizes are still to come, only a set
    /// that fills it.
    fn admitted(&self) -> Ranges {
        let (mut uids, mut in_flight) = (Ranges::new(), self.in_flight.clone());
        let is_more = self.sizes.as_ref().is_some_and(|sizes| !sizes.is_one);
        if !in_flight.has_room() || (is_more && in_flight.admits(self.there_bytes)) {
            return uids;
        }
        for (uid, size) in &self.there {
            let bytes = size.map(|size| self.piece.bytes(size));
            let is_alone = bytes.is_none() || self.alone.contains(*uid);
            let is_full = !in_flight.admits(bytes.unwrap_or(u64::MAX)) || uids.len() == RANGES;
            if is_full || (is_alone && !uids.is_empty()) {
                return uids;
            }
            let _ = in_flight.ask(bytes);
            uids.insert(*uid);
            if is_alone {
                return uids;
            }
        }
        uids
    }

    /// The command for it.
    pub(super) fn command(&self, ask: &Ask) -> Option<Command<'static>> {
        let (uids, item) = match ask {
            Ask::Sizes(uids) => (uids, FetchItem::Rfc822Size),
            Ask::Bodies(uids) => (uids, self.piece.item()),
        };
        let (set, _) = sets(uids).into_iter().next()?;
        let mut items = vec![FetchItem::Uid, item];
        let is_decoded = matches!(ask, Ask::Sizes(_)) && self.piece.decoding.is_some();
        items.extend(is_decoded.then_some(FetchItem::BodyStructure));
        Some(Command::Fetch {
            messages: Messages::from(set),
            items: Cow::Owned(items),
            modifiers: FetchModifiers::default(),
        })
    }

    /// The command was queued.
    pub(super) fn sent(&mut self, ask: Ask, id: CommandId) {
        match ask {
            Ask::Sizes(uids) => {
                if self.again.pop_front().is_none() {
                    self.left.subtract(&uids);
                    self.ahead = self.most_ahead.min(self.ahead.saturating_mul(2));
                }
                self.unreadable = None;
                let is_one = uids.count() == 1;
                self.sizes = Some(Asking { id, is_one, uids, is_binary: false });
            }
            Ask::Bodies(uids) => {
                for uid in uids.numbers() {
                    let size = self.take_out(uid).flatten();
                    let share = self.in_flight.ask(size.map(|size| self.piece.bytes(size)));
                    self.asked.insert(uid, Asked { share, size, is_lost: false, answer: None });
                }
                let (is_one, is_binary) = (uids.count() == 1, self.piece.is_binary());
                self.bodies.push(Asking { id, is_one, uids, is_binary });
            }
        }
    }

    /// True if the response is part of an answer.
    pub(super) fn hear(&mut self, view: &Selected, response: &Response<'_>) -> bool {
        self.unreadable = self.unreadable.take().or_else(|| unreadable(response));
        let Response::Fetch(fetch) = response else {
            return false;
        };
        let Some(uid) = fetch.uid().or_else(|| view.uid(fetch.seq)).map(number) else {
            return false;
        };
        let is_current = self.current.as_ref().is_some_and(|current| current.uid == uid);
        let is_ours = is_current
            || self.asked.contains_key(&uid)
            || self.sizes.as_ref().is_some_and(|sizes| sizes.uids.contains(uid));
        if is_body(fetch) {
            self.judge(uid);
        }
        let (mut is_answer, mut failure) = (false, None);
        for attribute in fetch.iter() {
            match attribute {
                FetchAttribute::Rfc822Size(size) => self.learn_size(uid, size),
                FetchAttribute::BodyStructure(wire) => {
                    let decoding = self.piece.decoding.as_mut();
                    if is_ours && decoding.is_some_and(|decoding| !decoding.learn(uid, &wire)) {
                        failure = Some(self.no_such_part(uid));
                    }
                }
                FetchAttribute::Malformed { name, raw } if is_structure(&name) => {
                    // A server with BINARY needs it no more than the answer to another question.
                    if self.piece.decoding.is_some() && !self.piece.is_binary() {
                        failure = Some(Error::damaged(Some(self.naming.id(uid)), UNREADABLE, &raw));
                    }
                }
                other => match body_of(other) {
                    Some((head, BodyData::Inline(bytes))) => {
                        self.take(uid, head, &bytes.to_cow());
                    }
                    Some((_, BodyData::Nil)) => self.miss(uid),
                    Some(_) => {}
                    None => continue,
                },
            }
            is_answer = is_ours;
        }
        self.name(uid);
        if let Some(error) = failure {
            self.give_up(uid, error);
        }
        is_answer
    }

    /// The body of a message need not be asked for: it is known that it cannot be told.
    fn give_up(&mut self, uid: NonZeroU32, error: Error) {
        let is_asked = self.take_out(uid).is_some() || self.asked.contains_key(&uid);
        if is_asked && self.current.as_ref().is_none_or(|current| current.uid != uid) {
            self.fail(uid, error);
        }
    }

    /// The line of a body names this message.
    fn judge(&mut self, uid: NonZeroU32) {
        let is_of_other = |current: &Current| current.state == State::Ended && current.uid != uid;
        if let Some(current) = self.current.take_if(|current| is_of_other(current)) {
            let reason = "the server sent another message in its place";
            self.fail(current.uid, self.damaged(current.uid, reason));
        } else if self.current.as_ref().is_some_and(|current| current.state == State::Ended) {
            return;
        }
        // Its number was not known when its body came.
        if let Some(asked) = self.asked.get_mut(&uid) {
            asked.is_lost = true;
        }
    }

    /// The message is there.
    fn name(&mut self, uid: NonZeroU32) {
        if let Some(sizes) = &mut self.sizes
            && sizes.uids.remove(uid)
            && !self.asked.contains_key(&uid)
        {
            self.put(uid, None);
        }
    }

    /// The body of a message that is there can be asked for.
    fn put(&mut self, uid: NonZeroU32, size: Option<u64>) {
        self.take_out(uid);
        self.there_bytes = self.there_bytes.saturating_add(self.weight(size));
        self.there.insert(uid, size);
    }

    fn take_out(&mut self, uid: NonZeroU32) -> Option<Option<u64>> {
        let size = self.there.remove(&uid)?;
        self.there_bytes = self.there_bytes.saturating_sub(self.weight(size));
        Some(size)
    }

    fn weight(&self, size: Option<u64>) -> u64 {
        size.map_or(UNKNOWN, |size| self.piece.bytes(size))
    }

    fn learn_size(&mut self, uid: NonZeroU32, size: u64) {
        self.name(uid);
        if self.there.contains_key(&uid) {
            self.put(uid, Some(size));
        }
        let is_current = self.current.as_ref().is_some_and(|current| current.uid == uid);
        if let Some(asked) = self.asked.get_mut(&uid) {
            asked.size = Some(size);
            if !is_current {
                self.in_flight.resize(&mut asked.share, self.piece.bytes(size));
            }
        }
    }

    /// A body that was in the response itself, as a quoted string.
    fn take(&mut self, uid: NonZeroU32, head: Head, bytes: &[u8]) {
        let octets = bytes.len() as u64;
        if self.start(uid, Head { octets, ..head }) && !bytes.is_empty() {
            self.receive(Bytes::copy_from_slice(bytes));
        }
        self.complete();
    }

    /// The server says that there is nothing: NIL.
    fn miss(&mut self, uid: NonZeroU32) {
        let error = match self.piece.may_be_missing() {
            true => self.no_such_part(uid),
            false => self.damaged(uid, NOT_GIVEN),
        };
        if self.may_start(uid) {
            self.fail(uid, error);
        }
    }

    /// After a line: it did not name another message than the one whose body it had.
    pub(super) fn after_line(&mut self) {
        let Some(Current { uid, state: State::Ended, .. }) = self.current else {
            return;
        };
        let command = self.bodies.iter_mut().find(|asking| asking.uids.contains(uid));
        match (command, &mut self.current) {
            // After the last one of a command its answer follows.
            (Some(command), Some(current)) if command.uids.count() == 1 => {
                current.state = State::Held(command.id);
            }
            (Some(command), _) => {
                command.uids.remove(uid);
                self.end(None);
            }
            (None, _) => self.end(None),
        }
    }

    /// `is_asked`: the commands have left.
    pub(super) fn event(&mut self, view: &Selected, is_asked: bool, event: Event) {
        match event {
            Event::BodyStart { seq, uid, origin, binary, octets, .. } if is_asked => {
                let known = uid.or_else(|| view.uid(seq?)).map(number);
                if let Some(uid) = known {
                    self.start(uid, Head { origin, octets, is_decoded: binary });
                }
            }
            Event::Body { chunk, .. } => self.receive(chunk),
            Event::BodyEnd => self.complete(),
            Event::Done { id, .. } => self.answer(view, id, refused(event)),
            _ => {}
        }
    }

    /// Whether a body of this message is asked for, and none of it came.
    fn may_start(&self, uid: NonZeroU32) -> bool {
        let is_free =
            |current: &Current| current.uid != uid && matches!(current.state, State::Held(_));
        self.asked.contains_key(&uid) && self.current.as_ref().is_none_or(is_free)
    }

    fn start(&mut self, uid: NonZeroU32, head: Head) -> bool {
        if !self.may_start(uid) {
            return false;
        }
        // The answer to the command of the one before comes after this body.
        self.end(None);
        self.name(uid);
        if !self.piece.is_asked(head) {
            let reason = "the server sent other bytes of it than those asked for";
            self.fail(uid, self.damaged(uid, reason));
            return false;
        }
        let decoder = self.piece.decoder(uid, head);
        if let Some(asked) = self.asked.get_mut(&uid) {
            self.in_flight.resize(&mut asked.share, head.octets);
            asked.is_lost |= decoder.is_none();
        }
        let Some(decoder) = decoder else {
            return false;
        };
        // The length of what is decoded here is not known.
        let size = decoder.is_identity().then(|| SizeHint::new(head.octets));
        self.current = Some(Current { uid, received: 0, decoder, state: State::Streaming });
        self.events.push_back(Ok(BodyEvent::start(self.naming.id(uid), size)));
        true
    }

    fn receive(&mut self, chunk: Bytes) {
        if let Some(current) = &mut self.current
            && current.state == State::Streaming
        {
            current.received += chunk.len() as u64;
            if let Some(asked) = self.asked.get_mut(&current.uid) {
                self.in_flight.receive(&mut asked.share, chunk.len());
            }
            let mut rest = chunk;
            while !rest.is_empty() {
                let piece = rest.split_to(rest.len().min(current.decoder.most()));
                let decoded = current.decoder.push(piece);
                self.events.extend((!decoded.is_empty()).then(|| Ok(BodyEvent::Chunk(decoded))));
            }
        }
    }

    fn complete(&mut self) {
        if let Some(current) = &mut self.current
            && current.state == State::Streaming
        {
            current.state = State::Ended;
        }
    }

    /// The body that came is complete. An empty message where the server told a size is not the
    /// message.
    fn end(&mut self, refusal: Option<Box<Refusal>>) {
        let Some(Current { uid, received, mut decoder, .. }) = self.current.take() else {
            return;
        };
        let size = self.asked.get(&uid).and_then(|asked| asked.size);
        let is_hollow = self.piece.is_whole && received == 0;
        match refusal {
            Some(refusal) => self.fail(uid, Error::Refused(refusal)),
            None if is_hollow && size.is_some_and(|size| size > 0) => {
                let reason = "the server gives an empty message in its place";
                self.fail(uid, self.damaged(uid, reason));
            }
            None => {
                self.forget(uid);
                let rest = decoder.finish();
                self.events.extend((!rest.is_empty()).then(|| Ok(BodyEvent::Chunk(rest))));
                self.events.push_back(Ok(BodyEvent::End));
            }
        }
    }

    /// The answer to a command.
    fn answer(&mut self, view: &Selected, id: CommandId, refusal: Option<Box<Refusal>>) {
        if let Some(refusal) = refusal.as_deref().filter(|refusal| refusal.ends_the_session()) {
            return self.events.push_back(Err(Error::Refused(Box::new(refusal.clone()))));
        }
        if let Some(sizes) = self.sizes.take_if(|sizes| sizes.id == id) {
            self.answer_sizes(sizes, refusal);
            let late = |(uid, asked): (&NonZeroU32, &mut Asked)| Some((*uid, asked.answer.take()?));
            let late: Vec<_> = self.asked.iter_mut().filter_map(late).collect();
            for (uid, (is_one, refusal)) in late {
                self.resolve(view, uid, is_one, refusal);
            }
            return;
        }
        let Some(place) = self.bodies.iter().position(|asking| asking.id == id) else {
            return;
        };
        let Asking { uids, is_one, is_binary, .. } = self.bodies.swap_remove(place);
        if self.current.as_ref().is_some_and(|current| current.state == State::Held(id)) {
            return self.end(refusal);
        }
        let was_refused = refusal.is_some();
        let refusal = refusal.filter(|refusal| !(is_binary && is_unknown_encoding(refusal)));
        if was_refused && refusal.is_none() {
            self.decode_here(&uids);
        }
        for uid in uids.numbers() {
            let is_open = self.sizes.as_ref().is_some_and(|sizes| sizes.uids.contains(uid));
            match self.asked.get_mut(&uid) {
                // It overtook the answer that tells whether the message is there.
                Some(asked) if is_open => asked.answer = Some((is_one, refusal.clone())),
                Some(_) => self.resolve(view, uid, is_one, refusal.clone()),
                None => {}
            }
        }
    }

    /// The server cannot undo an encoding: what did not come is asked for again, as it is.
    fn decode_here(&mut self, uids: &Ranges) {
        if let Some(decoding) = &mut self.piece.decoding {
            decoding.is_binary = false;
        }
        self.alone.subtract(uids);
        for uid in uids.numbers() {
            if let Some(asked) = self.asked.get_mut(&uid) {
                asked.is_lost = true;
            }
        }
    }

    fn answer_sizes(&mut self, sizes: Asking, refusal: Option<Box<Refusal>>) {
        let unreadable = self.unreadable.take().filter(|_| refusal.is_none());
        if refusal.is_none() && unreadable.is_none() {
            sizes.uids.numbers().for_each(|uid| drop(self.forget(uid)));
            return self.gone.merge(&sizes.uids);
        }
        let raw = unreadable.unwrap_or_default();
        let is_final =
            sizes.is_one || refusal.as_ref().is_some_and(|one| one.advice() == Advice::Later);
        for uid in sizes.uids.numbers() {
            if is_final {
                let error = match &refusal {
                    Some(refusal) => Error::Refused(refusal.clone()),
                    // It is not gone for sure.
                    None => Error::damaged(Some(self.naming.id(uid)), NO_SIZE, &raw),
                };
                self.fail(uid, error);
            } else if !self.asked.contains_key(&uid) {
                self.ask_again(uid);
            }
        }
    }

    /// The command for this body was answered without it. The server may have had a reason: the
    /// message went meanwhile, or another one of the set cannot be read.
    fn resolve(
        &mut self,
        view: &Selected,
        uid: NonZeroU32,
        is_one: bool,
        refusal: Option<Box<Refusal>>,
    ) {
        let is_in_view = Uid::new(uid.get()).is_some_and(|uid| view.seq(uid).is_some());
        let is_lost = self.forget(uid).is_some_and(|asked| asked.is_lost);
        let is_final = match &refusal {
            Some(refusal) => is_one || refusal.advice() == Advice::Later,
            None => self.is_single && is_in_view && !is_lost,
        };
        match refusal {
            _ if !is_final && !self.alone.contains(uid) => self.ask_again(uid),
            Some(refusal) => self.fail(uid, Error::Refused(refusal)),
            None => self.fail(uid, self.damaged(uid, NOT_GIVEN)),
        }
    }

    fn ask_again(&mut self, uid: NonZeroU32) {
        self.alone.insert(uid);
        self.again.push_back(uid);
    }

    fn forget(&mut self, uid: NonZeroU32) -> Option<Asked> {
        if let Some(decoding) = &mut self.piece.decoding {
            decoding.forget(uid);
        }
        let mut asked = self.asked.remove(&uid)?;
        self.in_flight.end(&mut asked.share);
        Some(asked)
    }

    fn fail(&mut self, uid: NonZeroU32, error: Error) {
        self.forget(uid);
        let event = BodyEvent::failed(self.naming.id(uid), error);
        match self.current {
            None => self.events.push_back(Ok(event)),
            Some(_) => self.failed.push_back(event),
        }
    }

    fn no_such_part(&self, uid: NonZeroU32) -> Error {
        Error::NoSuchPart(Box::new(self.naming.id(uid)))
    }

    fn damaged(&self, uid: NonZeroU32, reason: &'static str) -> Error {
        Error::damaged(Some(self.naming.id(uid)), reason, b"")
    }
}
