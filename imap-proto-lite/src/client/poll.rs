//! The client machine, what to do now: the next octets to send, the next event in the octets that came.

use bytes::{Buf as _, BytesMut};

use crate::{
    client::{Connection, Event, State, connection::Still, receive::concerns_the_machine},
    command::CommandKind,
    error::ProtocolError,
    event::{Line, Streamed, Transmit},
    frame::{Cut, Head},
    response::{FetchAttribute, Response, parse},
    types::section::{PartNumber, Section},
};

impl Connection {
    /// Octets to send, if there are any. Nothing leaves before the greeting, nor between the answer to STARTTLS and
    /// [`handle_tls_established`](Self::handle_tls_established), nor after an error.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        if self.failed.is_some() || self.still != Still::No || self.state() == State::Greeting {
            return None;
        }
        let (id, transmit) = self.outbox.poll()?;
        if let Some(request) = self.requests.iter_mut().find(|request| request.id == id) {
            request.on_wire = true;
        }
        Some(transmit)
    }

    /// The next event, taken out of `input`. `None`: append octets and call again. Between two calls octets may only be
    /// appended to `input`.
    ///
    /// What came may have released octets to send, also where it is no event (the `+` for a literal, or for an initial response
    /// that did not go with AUTHENTICATE): look at [`poll_transmit`](Self::poll_transmit) behind each call, before waiting for more.
    ///
    /// # Errors
    ///
    /// See [`ProtocolError`]. The connection is over then, and the error comes again for ever.
    #[inline]
    pub fn poll_event(&mut self, input: &mut BytesMut) -> Result<Option<Event>, ProtocolError> {
        if !self.undisturbed() {
            return self.poll_other_event(input);
        }
        if self.framer.wants_more(input) {
            return Ok(None);
        }
        self.poll_input(input)
    }

    // Each event is put together where the caller wants it: to move one costs as much as to find where it ends.

    /// There is nothing but the input to look at.
    fn poll_input(&mut self, input: &mut BytesMut) -> Result<Option<Event>, ProtocolError> {
        if let Some(end) = self.plain_data(input) {
            let octets = input.split_to(end).freeze();
            return Ok(Some(Event::Untagged(Line::new(octets, Streamed::Nowhere))));
        }
        if self.framer.in_body() && self.wants_bodies() {
            return Ok(Some(match self.framer.cut_body(input) {
                Some(octets) => {
                    let chunk = input.split_to(octets).freeze();
                    Event::Body { chunk }
                }
                None => Event::BodyEnd,
            }));
        }
        self.poll_other_event(input)
    }

    /// Whatever is neither a plain line of data nor of a body that somebody wants. Never inlined, so that those need no stack for all this.
    #[inline(never)]
    fn poll_other_event(&mut self, input: &mut BytesMut) -> Result<Option<Event>, ProtocolError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            if self.still != Still::No {
                return Ok(None);
            }
            let step = match self.framer.cut(input) {
                Ok(None) => return Ok(None),
                // Of a body that nobody wants: all others were seen to before.
                Ok(Some(Cut::Chunk(octets))) => {
                    input.advance(octets);
                    Ok(None)
                }
                Ok(Some(Cut::End)) => Ok(None),
                Ok(Some(Cut::Head(head))) => self.body_start(input, &head),
                Ok(Some(Cut::Line(end))) => {
                    let line = self.framer.take_line(input, end);
                    self.response(line)
                }
                Err(error) => Err(error),
            };
            match step {
                Ok(Some(event)) => return Ok(Some(event)),
                Ok(None) => {}
                Err(error) => return Err(self.fail(error)),
            }
        }
    }

    /// Whether there is nothing but the input to look at.
    #[inline]
    fn undisturbed(&self) -> bool {
        self.failed.is_none() && self.still == Still::No && self.ready.is_empty()
    }

    /// Where a line of data ends that is nothing to the machine: most of what a server sends, so it goes straight to the caller. Whatever is
    /// out of the ordinary is left to [`response`](Self::response), which would come to the same.
    #[inline]
    fn plain_data(&self, input: &[u8]) -> Option<usize> {
        match input {
            [b'*', b' ', first, second, ..]
                if self.state() != State::Greeting
                    && *first != b' '
                    && !concerns_the_machine(*first, *second) =>
            {
                self.framer.plain_line(input)
            }
            _ => None,
        }
    }

    /// A complete response. No event: there is nothing to say about it.
    fn response(&mut self, line: Line) -> Result<Option<Event>, ProtocolError> {
        if self.state() == State::Greeting {
            return self.greeting(&line).map(Some);
        }
        match line.octets().first() {
            Some(b'*') => {
                self.untagged(&line);
                Ok(Some(Event::Untagged(line)))
            }
            Some(b'+') => self.continuation(line),
            _ => self.tagged(line),
        }
    }

    /// A body starts. No event: nobody wants it.
    fn body_start(
        &mut self,
        input: &mut BytesMut,
        head: &Head,
    ) -> Result<Option<Event>, ProtocolError> {
        let item = input.get(head.item.clone()).unwrap_or_default();
        if self.state() == State::Greeting {
            // A body needs a FETCH line, which is no greeting.
            return Err(ProtocolError::malformed("greeting", item));
        }
        let known = body_item(item);
        let (seq, uid) = self.framer.take_head(input, head);
        // Of no message, or of a section that does not exist: the line behind it will say so.
        let known = known.filter(|_| seq.is_some() || uid.is_some());
        self.skips_body = known.is_none();
        let (section, origin, binary) = known.unwrap_or_default();
        Ok(self.wants_bodies().then_some(Event::BodyStart {
            seq,
            uid,
            section,
            origin,
            binary,
            octets: head.octets,
        }))
    }

    /// Whether some FETCH on its way wants bodies. Which of them a body answers is not known while it comes: Dovecot sends the
    /// responses of several commands before the tagged line of the first.
    fn wants_bodies(&self) -> bool {
        let mut fetches = self
            .requests
            .iter()
            .filter(|request| request.kind == CommandKind::Fetch && request.on_wire)
            .peekable();
        !self.skips_body && (fetches.peek().is_none() || fetches.any(|request| !request.discarded))
    }
}

/// What the name of a body item says: section, origin, and whether the transfer encoding is undone (`BINARY`).
fn body_item(item: &[u8]) -> Option<(Section<'static>, Option<u64>, bool)> {
    match item {
        b"BODY[]" => return Some((Section::full(), None, false)),
        b"BODY[HEADER]" => return Some((Section::header(), None, false)),
        b"BODY[TEXT]" => return Some((Section::text(), None, false)),
        _ => {}
    }
    let line = [b"* 1 FETCH (", item, b" NIL)\r\n"].concat();
    let Response::Fetch(fetch) = parse::response(&line, &[]) else {
        return None;
    };
    let found = match fetch.iter().next()? {
        FetchAttribute::BodySection { section, origin, .. } => {
            (section.into_owned(), origin, false)
        }
        FetchAttribute::Binary { part, origin, .. } => {
            (Section { part: part.map(PartNumber::into_owned), text: None }, origin, true)
        }
        FetchAttribute::Rfc822(_) => (Section::full(), None, false),
        FetchAttribute::Rfc822Header(_) => (Section::header(), None, false),
        FetchAttribute::Rfc822Text(_) => (Section::text(), None, false),
        _ => return None,
    };
    Some(found)
}
