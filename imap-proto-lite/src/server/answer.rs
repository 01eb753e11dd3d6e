//! What the application says, encoded: greeting, answers of the responders, updates and BYE.

use alloc::{string::String, vec::Vec};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    command::{CommandKind, Tag},
    encode::{self, Fragment},
    error::SendError,
    event::Transmit,
    frame::ends_in_literal,
    response::{BodyData, Condition, FetchAttribute, Raw, Response, ResponseCode},
    server::{
        connection::Connection,
        request::{Request, Token, Turn},
        state::State,
    },
    types::argument::is_line,
};

/// The content of a status response.
pub(super) struct Reply<'a> {
    pub(super) condition: Condition,
    pub(super) code: Option<ResponseCode<'a>>,
    pub(super) text: &'a str,
}

impl<'a> Reply<'a> {
    pub(super) const fn ok(text: &'a str) -> Self {
        Self { condition: Condition::Ok, code: None, text }
    }

    pub(super) const fn no(code: ResponseCode<'a>, text: &'a str) -> Self {
        Self { condition: Condition::No, code: Some(code), text }
    }

    pub(super) const fn bad(text: &'a str) -> Self {
        Self { condition: Condition::Bad, code: None, text }
    }

    /// Its bytes, with a text that cannot be read as anything else.
    pub(super) fn encode(self, tag: Option<&[u8]>) -> Vec<u8> {
        let Self { condition, code, text } = self;
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let text = Raw::from(if text.is_empty() { "done".into() } else { text.into_bytes() });
        let response = match tag.and_then(Tag::received) {
            Some(tag) => Response::Tagged { tag, condition, code, text },
            None => Response::Condition { condition, code, text },
        };
        encode::response(&response).to_vec()
    }
}

/// Without a command.
impl Connection {
    /// Sends `* OK`.
    ///
    /// # Errors
    /// [`SendError::NotAwaited`] if a greeting was sent before.
    pub fn greet(&mut self, text: &str) -> Result<(), SendError> {
        self.greet_with(Condition::Ok, text)
    }

    /// Sends `* PREAUTH`: the transport has authenticated the client.
    ///
    /// # Errors
    /// [`SendError::NotAwaited`] if a greeting was sent before.
    pub fn greet_authenticated(&mut self, text: &str) -> Result<(), SendError> {
        self.greet_with(Condition::PreAuth, text)
    }

    fn greet_with(&mut self, condition: Condition, text: &str) -> Result<(), SendError> {
        if self.state() != State::Greeting {
            return Err(SendError::NotAwaited);
        }
        self.session.greeted(condition == Condition::PreAuth);
        let code = self.capability_code();
        self.reply(None, Reply { condition, code, text });
        Ok(())
    }

    /// Sends `* BYE` as the greeting, and closes.
    ///
    /// # Errors
    /// [`SendError::NotAwaited`] if a greeting was sent before.
    pub fn refuse_session(
        &mut self,
        code: Option<ResponseCode<'_>>,
        text: &str,
    ) -> Result<(), SendError> {
        if self.state() != State::Greeting {
            return Err(SendError::NotAwaited);
        }
        self.bye(code, text)
    }

    /// Queues news of the selected mailbox (EXISTS, EXPUNGE, VANISHED, FETCH, FLAGS...) or of
    /// others (STATUS, LIST). They are sent before the tagged line of the next command, in IDLE at
    /// once, and EXPUNGE not during FETCH, STORE and SEARCH by sequence number (RFC 9051 section
    /// 7.5.1). News of the selected mailbox are dropped if no mailbox or another one is selected by
    /// then.
    ///
    /// # Errors
    /// [`SendError::TooLong`] if more than [`Limits::updates`](super::Limits::updates) would wait,
    /// for the next command or for a client in IDLE to read: close the connection or read the
    /// mailbox again. [`SendError::InvalidArgument`] for a response that is not untagged.
    /// [`SendError::Closed`].
    pub fn update(&mut self, response: &Response<'_>) -> Result<(), SendError> {
        if self.state() == State::Logout {
            return Err(SendError::Closed);
        }
        let bytes = encoded_untagged(response)?;
        // A client in IDLE that does not read leaves what it was sent in the queue.
        let limit = self.config.limits.updates;
        let waiting = if self.is_idle() { self.output.len() } else { self.session.update_bytes() };
        if waiting.saturating_add(bytes.len()) > limit {
            return Err(SendError::TooLong { limit });
        }
        self.session.queue_update(response, bytes.into());
        if self.is_idle() {
            self.session.write_updates(true, &mut self.output);
        }
        Ok(())
    }

    /// Sends `* BYE` and closes: the server stops, the user is locked out, the client was silent
    /// for too long. In the middle of a FETCH response it only closes: the client would take the
    /// line for a part of the message.
    ///
    /// # Errors
    /// [`SendError::Closed`] if the connection is closed, or being handed to TLS or COMPRESS.
    pub fn bye(&mut self, code: Option<ResponseCode<'_>>, text: &str) -> Result<(), SendError> {
        if matches!(self.state(), State::Logout | State::TlsNegotiation | State::Compressing) {
            return Err(SendError::Closed);
        }
        self.say_bye(code, text);
        Ok(())
    }

    /// Sends `* BYE`, except in the middle of a FETCH response, and closes.
    pub(super) fn say_bye(&mut self, code: Option<ResponseCode<'_>>, text: &str) {
        if !self.session.request().is_some_and(|request| request.in_response) {
            self.reply(None, Reply { condition: Condition::Bye, code, text });
        }
        self.session.ended();
    }

    /// The next bytes to write. Poll until `None`, after each event and each answer.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        let output = &mut self.output;
        (!output.is_empty()).then(|| Transmit { bytes: output.split().freeze(), sensitive: false })
    }
}

/// The answers of the responders. Each fails unless its token belongs to the request that waits.
impl Connection {
    /// Sends the tagged line.
    pub(super) fn complete(
        &mut self,
        token: Token,
        condition: Condition,
        code: Option<ResponseCode<'_>>,
        text: &str,
    ) -> Result<(), SendError> {
        let request = self.session.take_answerable(token)?;
        self.finish(&request, Reply { condition, code, text });
        Ok(())
    }

    pub(super) fn accept_select(
        &mut self,
        token: Token,
        read_only: bool,
        text: &str,
    ) -> Result<(), SendError> {
        let kind = self.session.answerable(token)?.kind;
        let read_only = read_only || kind == CommandKind::Examine;
        let code = if read_only { ResponseCode::ReadOnly } else { ResponseCode::ReadWrite };
        self.session.drop_updates();
        self.complete(token, Condition::Ok, Some(code), text)
    }

    pub(super) fn challenge(&mut self, token: Token, data: &[u8]) -> Result<(), SendError> {
        let request = self.session.answerable(token)?;
        request.rounds += 1;
        request.turn = Turn::SaslLine;
        self.output.extend_from_slice(b"+ ");
        self.output.extend_from_slice(STANDARD.encode(data).as_bytes());
        self.output.extend_from_slice(b"\r\n");
        Ok(())
    }

    pub(super) fn accept_message(&mut self, token: Token) -> Result<(), SendError> {
        let request = self.session.answerable(token)?;
        request.turn = Turn::Message;
        if request.synchronising {
            self.output.extend_from_slice(b"+ go ahead\r\n");
        }
        Ok(())
    }

    pub(super) fn refuse_message(
        &mut self,
        token: Token,
        code: Option<ResponseCode<'_>>,
        text: &str,
    ) -> Result<(), SendError> {
        let request = self.session.answerable(token)?;
        if request.synchronising {
            self.framer.refuse_message();
            return self.complete(token, Condition::No, code, text);
        }
        // The message comes anyway, and the refusal after it.
        let reply = Reply { condition: Condition::No, code, text };
        request.refusal = Some(reply.encode(Some(&request.tag)).into());
        request.turn = Turn::Message;
        self.session.accepted();
        Ok(())
    }

    pub(super) fn untagged(
        &mut self,
        token: Token,
        response: &Response<'_>,
    ) -> Result<(), SendError> {
        self.session.answerable(token)?;
        let bytes = encoded_untagged(response)?;
        self.output.extend_from_slice(&bytes);
        Ok(())
    }

    pub(super) fn begin_response(
        &mut self,
        token: Token,
        number: u32,
        name: &str,
    ) -> Result<(), SendError> {
        let request = self.session.answerable(token)?;
        request.in_response = true;
        request.has_attribute = false;
        self.output.extend_from_slice(alloc::format!("* {number} {name} (").as_bytes());
        Ok(())
    }

    pub(super) fn finish_fetch(&mut self, token: Token) -> Result<(), SendError> {
        self.session.answerable(token)?.in_response = false;
        self.output.extend_from_slice(b")\r\n");
        Ok(())
    }

    /// Begins a body that follows through its writer.
    pub(super) fn begin_body<'a>(
        &mut self,
        token: Token,
        attribute: impl FnOnce(BodyData<'a>) -> FetchAttribute<'a>,
        octets: u64,
    ) -> Result<(), SendError> {
        self.write_attribute(token, attribute(BodyData::Streamed { octets }), Some(octets))
    }

    /// Writes an attribute; of one whose `body` follows, its name and the header of its literal.
    pub(super) fn write_attribute(
        &mut self,
        token: Token,
        attribute: FetchAttribute<'_>,
        body: Option<u64>,
    ) -> Result<(), SendError> {
        let request = self.session.answerable(token)?;
        let (bytes, streamed) = crate::response::encode::fetch::attributes([attribute]);
        if body.is_none() && !streamed.is_empty() {
            let (argument, reason) = ("attribute", "a streamed body needs a BodyWriter");
            return Err(SendError::InvalidArgument { argument, reason });
        }
        request.body = body;
        if core::mem::replace(&mut request.has_attribute, true) {
            self.output.extend_from_slice(b" ");
        }
        self.output.extend_from_slice(bytes.strip_suffix(b")").unwrap_or(&bytes));
        Ok(())
    }

    pub(super) fn write_body(&mut self, token: Token, bytes: &[u8]) -> Result<usize, SendError> {
        let room = self.config.limits.output.saturating_sub(self.output.len());
        let Some(remaining) = &mut self.session.answerable(token)?.body else {
            return Err(SendError::UnknownCommand);
        };
        if bytes.len() as u64 > *remaining {
            let limit = usize::try_from(*remaining).unwrap_or(usize::MAX);
            return Err(SendError::TooLong { limit });
        }
        let taken = bytes.get(..room).unwrap_or(bytes);
        *remaining -= taken.len() as u64;
        self.output.extend_from_slice(taken);
        Ok(taken.len())
    }

    pub(super) fn body_remaining(&self, token: Token) -> u64 {
        let request = self.session.request().filter(|request| request.is_answered_by(token));
        request.and_then(|request| request.body).unwrap_or(0)
    }

    pub(super) fn finish_body(&mut self, token: Token) -> Result<(), SendError> {
        if self.session.answerable(token)?.body.take() == Some(0) {
            return Ok(());
        }
        // The client would take the next bytes for the missing ones.
        self.session.ended();
        Err(SendError::Closed)
    }
}

/// Writing.
impl Connection {
    /// The end of a command: its effect on the state, the updates that wait, its tagged line.
    pub(super) fn finish(&mut self, request: &Request, mut reply: Reply<'_>) {
        if let Some(status) = reply.condition.status() {
            let stale = self.config.capabilities_stale.then(|| self.capability_code());
            self.session.answered(request.kind, status);
            if request.kind.is_login() && status.is_ok() {
                // Those of the new state, unless the server is one that does otherwise.
                reply.code = stale.unwrap_or_else(|| self.capability_code());
            }
        }
        self.session.write_updates(request.may_expunge, &mut self.output);
        self.reply(Some(&request.tag), reply);
    }

    /// Queues a status response; untagged without a tag.
    pub(super) fn reply(&mut self, tag: Option<&[u8]>, reply: Reply<'_>) {
        let encoded = self.encoded(tag, reply);
        self.output.extend_from_slice(&encoded);
    }

    /// The bytes of a status response.
    pub(super) fn encoded(&self, tag: Option<&[u8]>, reply: Reply<'_>) -> Vec<u8> {
        match &self.config.bad_is_no {
            Some(text) if reply.condition == Condition::Bad => {
                Reply { condition: Condition::No, code: None, text }.encode(tag)
            }
            _ => reply.encode(tag),
        }
    }

    /// Queues an untagged response of the machine.
    pub(super) fn queue_untagged(&mut self, response: &Response<'_>) {
        self.output.extend_from_slice(&encode::response(response).to_vec());
    }

    /// The code that spares the client a CAPABILITY.
    fn capability_code(&self) -> Option<ResponseCode<'static>> {
        let unasked = self.config.capabilities_unasked;
        unasked.then(|| ResponseCode::Capability(self.capabilities()))
    }
}

/// An untagged response of the application. A body in it has to be inline.
fn encoded_untagged(response: &Response<'_>) -> Result<Vec<u8>, SendError> {
    let invalid = |reason| SendError::InvalidArgument { argument: "response", reason };
    match response {
        Response::Tagged { .. } | Response::Continuation { .. } | Response::Malformed { .. } => {
            return Err(invalid("not untagged"));
        }
        Response::Condition { condition: Condition::Bye | Condition::PreAuth, .. } => {
            return Err(invalid("begins or ends a connection"));
        }
        Response::Unknown { raw, .. } if !is_one_line(raw) => {
            return Err(invalid("not one untagged line"));
        }
        _ => {}
    }
    let encoded = encode::response(response);
    if encoded.fragments.iter().any(|fragment| matches!(fragment, Fragment::Streamed { .. })) {
        return Err(invalid("a streamed body needs a FetchWriter"));
    }
    Ok(encoded.to_vec())
}

/// Whether the bytes of an extension are one untagged response, which cannot include what follows.
fn is_one_line(raw: &[u8]) -> bool {
    let line = raw.strip_suffix(b"\r\n").unwrap_or(raw);
    line.starts_with(b"* ") && is_line(line) && !ends_in_literal(line, false)
}
