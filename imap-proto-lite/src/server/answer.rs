//! The server machine, outgoing: what its responders do.

use alloc::{borrow::Cow, string::String, vec::Vec};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    command::{CommandKind, Tag},
    encode::{self, Fragment},
    error::SendError,
    event::Status,
    frame::ends_in_literal,
    response::{Condition, FetchAttribute, Response, ResponseCode},
    server::{
        connection::{Connection, Phase, Update},
        request::{Request, Token},
    },
};

impl Connection {
    /// Sends `* OK`.
    ///
    /// # Errors
    /// [`SendError::Closed`] if a greeting was sent before.
    pub fn greet(&mut self, text: &str) -> Result<(), SendError> {
        self.greeting(Condition::Ok, None, text)
    }

    /// Sends `* PREAUTH`: the transport has authenticated the client.
    ///
    /// # Errors
    /// [`SendError::Closed`] if a greeting was sent before.
    pub fn greet_authenticated(&mut self, text: &str) -> Result<(), SendError> {
        self.greeting(Condition::PreAuth, None, text)
    }

    /// Sends `* BYE` as the greeting, and closes.
    ///
    /// # Errors
    /// [`SendError::Closed`] if a greeting was sent before.
    pub fn refuse_session(
        &mut self,
        code: Option<ResponseCode<'_>>,
        text: &str,
    ) -> Result<(), SendError> {
        self.greeting(Condition::Bye, code, text)
    }

    fn greeting(
        &mut self,
        condition: Condition,
        code: Option<ResponseCode<'_>>,
        text: &str,
    ) -> Result<(), SendError> {
        if !matches!(self.phase, Phase::Greeting) {
            return Err(SendError::Closed);
        }
        if condition == Condition::Bye {
            self.condition(None, condition, code, text);
            self.close();
            return Ok(());
        }
        self.session.greeted(condition == Condition::PreAuth);
        self.phase = Phase::Command;
        let capabilities = self.capabilities();
        let code =
            self.config.capabilities_unasked.then_some(ResponseCode::Capability(capabilities));
        self.condition(None, condition, code, text);
        Ok(())
    }

    /// News of the selected mailbox (EXISTS, EXPUNGE, VANISHED, FETCH, FLAGS...), or of others (STATUS, LIST). They leave before the
    /// tagged line of the next command, in IDLE at once, and EXPUNGE not during FETCH, STORE and SEARCH by sequence number
    /// (RFC 9051 section 7.5.1). News of the selected mailbox are dropped where none is selected any more, or another one.
    ///
    /// # Errors
    /// [`SendError::TooLong`] if more than [`Limits::updates`](super::Limits::updates) wait, for their time or for a client in IDLE to
    /// read: give the client up or read the mailbox again. [`SendError::InvalidArgument`] for what is no untagged response.
    /// [`SendError::Closed`].
    pub fn update(&mut self, response: &Response<'_>) -> Result<(), SendError> {
        if self.failed.is_some() || matches!(self.phase, Phase::Closing | Phase::Closed) {
            return Err(SendError::Closed);
        }
        let octets = encoded_untagged(response)?;
        let limit = self.config.limits.updates;
        let waiting = if self.is_idle() { self.out.len() } else { self.update_octets };
        if waiting.saturating_add(octets.len()) > limit {
            return Err(SendError::TooLong { limit });
        }
        self.update_octets += octets.len();
        self.updates.push_back(Update {
            octets: octets.into(),
            expunges: matches!(response, Response::Expunge(_) | Response::Vanished { .. }),
            of_selected: !matches!(
                response,
                Response::List(_) | Response::Lsub(_) | Response::Status(_)
            ),
        });
        if self.is_idle() {
            self.flush_updates(true);
        }
        Ok(())
    }

    /// Sends `* BYE` and closes: the server goes down, the user is locked out, the client was still for too long. In the middle of
    /// a FETCH response it only closes: the client would take the line for a part of the message.
    ///
    /// # Errors
    /// [`SendError::Closed`] if the connection is closed.
    pub fn bye(&mut self, code: Option<ResponseCode<'_>>, text: &str) -> Result<(), SendError> {
        if self.failed.is_some()
            || matches!(
                self.phase,
                Phase::Closing | Phase::Closed | Phase::StartTls | Phase::Compression
            )
        {
            return Err(SendError::Closed);
        }
        if !matches!(&self.phase, Phase::Pending(pending) if pending.in_response) {
            self.condition(None, Condition::Bye, code, text);
        }
        self.close();
        Ok(())
    }

    pub(super) fn condition(
        &mut self,
        tag: Option<&[u8]>,
        condition: Condition,
        code: Option<ResponseCode<'_>>,
        text: &str,
    ) {
        let octets = encoded_condition(tag, condition, code, text);
        self.out.extend_from_slice(&octets);
    }

    /// The command that this token answers, if it may be answered now.
    fn pending(&mut self, token: &Token) -> Result<&mut Request, SendError> {
        let connection = self.connection;
        match &mut self.phase {
            Phase::Pending(pending)
                if token.connection == connection && token.request == pending.request =>
            {
                Ok(pending)
            }
            _ => Err(SendError::UnknownCommand),
        }
    }

    fn writing(&mut self, token: &Token, body: bool) -> Result<&mut Request, SendError> {
        self.pending(token).and_then(|pending| {
            if pending.body.is_some() == body {
                Ok(pending)
            } else {
                Err(SendError::UnknownCommand)
            }
        })
    }

    pub(super) fn complete(
        &mut self,
        token: &Token,
        status: Status,
        code: Option<ResponseCode<'_>>,
        text: &str,
    ) -> Result<(), SendError> {
        let pending = self.writing(token, false)?;
        let (tag, kind, may_expunge) = (pending.tag.clone(), pending.kind, pending.may_expunge);
        self.tagged(&tag, kind, may_expunge, status, code, text);
        Ok(())
    }

    /// The end of a command, and what it does to the state.
    pub(super) fn tagged(
        &mut self,
        tag: &[u8],
        kind: CommandKind,
        may_expunge: bool,
        status: Status,
        code: Option<ResponseCode<'_>>,
        text: &str,
    ) {
        self.session.answered(kind, status);
        self.flush_updates(may_expunge);
        let condition = match status {
            Status::Ok => Condition::Ok,
            Status::No => Condition::No,
            Status::Bad => Condition::Bad,
        };
        self.condition(Some(tag), condition, code, text);
        self.phase = Phase::Command;
        self.bad_commands = 0;
    }

    pub(super) fn accept_login(&mut self, token: &Token, text: &str) -> Result<(), SendError> {
        let pending = self.writing(token, false)?;
        let (tag, kind) = (pending.tag.clone(), pending.kind);
        self.session.answered(kind, Status::Ok);
        let capabilities = self.capabilities();
        let code =
            self.config.capabilities_unasked.then_some(ResponseCode::Capability(capabilities));
        self.tagged(&tag, kind, false, Status::Ok, code, text);
        Ok(())
    }

    pub(super) fn accept_select(
        &mut self,
        token: &Token,
        read_only: bool,
        text: &str,
    ) -> Result<(), SendError> {
        let kind = self.writing(token, false)?.kind;
        let read_only = read_only || kind == CommandKind::Examine;
        let code = if read_only { ResponseCode::ReadOnly } else { ResponseCode::ReadWrite };
        self.drop_updates();
        self.complete(token, Status::Ok, Some(code), text)
    }

    pub(super) fn challenge(&mut self, token: &Token, data: &[u8]) -> Result<(), SendError> {
        self.writing(token, false)?;
        let Phase::Pending(mut pending) = core::mem::replace(&mut self.phase, Phase::Command)
        else {
            return Err(SendError::UnknownCommand);
        };
        pending.rounds += 1;
        self.phase = Phase::Sasl(pending);
        self.out.extend_from_slice(b"+ ");
        self.out.extend_from_slice(STANDARD.encode(data).as_bytes());
        self.out.extend_from_slice(b"\r\n");
        Ok(())
    }

    pub(super) fn accept_message(&mut self, token: &Token) -> Result<(), SendError> {
        self.writing(token, false)?;
        let Phase::Pending(pending) = core::mem::replace(&mut self.phase, Phase::Command) else {
            return Err(SendError::UnknownCommand);
        };
        if pending.synchronising {
            self.out.extend_from_slice(b"+ go ahead\r\n");
        }
        self.phase = Phase::Message { pending, refusal: None };
        Ok(())
    }

    pub(super) fn refuse_message(
        &mut self,
        token: &Token,
        code: Option<ResponseCode<'_>>,
        text: &str,
    ) -> Result<(), SendError> {
        if self.writing(token, false)?.synchronising {
            self.framer.refuse_message();
            return self.complete(token, Status::No, code, text);
        }
        let Phase::Pending(pending) = core::mem::replace(&mut self.phase, Phase::Command) else {
            return Err(SendError::UnknownCommand);
        };
        let refusal = encoded_condition(Some(&pending.tag), Condition::No, code, text).into();
        self.bad_commands = 0;
        self.phase = Phase::Message { pending, refusal: Some(refusal) };
        Ok(())
    }

    pub(super) fn untagged(
        &mut self,
        token: &Token,
        response: &Response<'_>,
    ) -> Result<(), SendError> {
        self.writing(token, false)?;
        let octets = encoded_untagged(response)?;
        self.out.extend_from_slice(&octets);
        Ok(())
    }

    pub(super) fn begin_fetch(
        &mut self,
        token: &Token,
        name: &str,
        number: u32,
    ) -> Result<(), SendError> {
        self.writing(token, false)?.in_response = true;
        self.out.extend_from_slice(alloc::format!("* {number} {name} (").as_bytes());
        Ok(())
    }

    pub(super) fn end_fetch(&mut self, token: &Token) -> Result<(), SendError> {
        self.writing(token, false)?.in_response = false;
        self.out.extend_from_slice(b")\r\n");
        Ok(())
    }

    pub(super) fn fetch_attribute(
        &mut self,
        token: &Token,
        first: bool,
        attribute: FetchAttribute<'_>,
    ) -> Result<(), SendError> {
        self.writing(token, false)?;
        let (octets, streamed) = crate::response::encode::fetch::attributes([attribute]);
        let (Some(octets), true) = (octets.strip_suffix(b")"), streamed.is_empty()) else {
            return Err(SendError::InvalidArgument {
                argument: "attribute",
                reason: "a streamed body needs a BodyWriter",
            });
        };
        if !first {
            self.out.extend_from_slice(b" ");
        }
        self.out.extend_from_slice(octets);
        Ok(())
    }

    /// `attribute`: one whose body is to be streamed.
    pub(super) fn begin_body(
        &mut self,
        token: &Token,
        first: bool,
        attribute: FetchAttribute<'_>,
        octets: u64,
    ) -> Result<(), SendError> {
        self.writing(token, false)?.body = Some(octets);
        if !first {
            self.out.extend_from_slice(b" ");
        }
        // The header of the literal stands at its end, before the parenthesis.
        let (head, _) = crate::response::encode::fetch::attributes([attribute]);
        self.out.extend_from_slice(head.strip_suffix(b")").unwrap_or(&head));
        Ok(())
    }

    pub(super) fn write_body(&mut self, token: &Token, octets: &[u8]) -> Result<usize, SendError> {
        let room = self.config.limits.output.saturating_sub(self.out.len());
        let pending = self.writing(token, true)?;
        let Some(remaining) = &mut pending.body else {
            return Err(SendError::UnknownCommand);
        };
        if octets.len() as u64 > *remaining {
            return Err(SendError::TooLong {
                limit: usize::try_from(*remaining).unwrap_or(usize::MAX),
            });
        }
        let taken = octets.get(..room).unwrap_or(octets);
        *remaining -= taken.len() as u64;
        self.out.extend_from_slice(taken);
        Ok(taken.len())
    }

    pub(super) fn body_remaining(&self, token: &Token) -> u64 {
        match &self.phase {
            Phase::Pending(pending)
                if token.connection == self.connection && token.request == pending.request =>
            {
                pending.body.unwrap_or(0)
            }
            _ => 0,
        }
    }

    pub(super) fn end_body(&mut self, token: &Token) -> Result<(), SendError> {
        let pending = self.writing(token, true)?;
        if pending.body.take() != Some(0) {
            // Whatever came now would be taken for the missing octets.
            self.close();
            return Err(SendError::Closed);
        }
        Ok(())
    }
}

/// A status response, with text that cannot be mistaken for anything else.
pub(super) fn encoded_condition(
    tag: Option<&[u8]>,
    condition: Condition,
    code: Option<ResponseCode<'_>>,
    text: &str,
) -> Vec<u8> {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = Cow::Owned(if text.is_empty() { "done".into() } else { text.into_bytes() });
    let response = match tag.and_then(Tag::received) {
        Some(tag) => Response::Tagged { tag, condition, code, text },
        None => Response::Condition { condition, code, text },
    };
    encode::response(&response).to_vec()
}

/// An untagged response; a body in it has to be inline.
pub(super) fn encoded_untagged(response: &Response<'_>) -> Result<Vec<u8>, SendError> {
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

/// Whether the octets of an extension are one untagged response, which nothing behind it is taken for a part of.
fn is_one_line(raw: &[u8]) -> bool {
    let line = raw.strip_suffix(b"\r\n").unwrap_or(raw);
    line.starts_with(b"* ")
        && !line.iter().any(|octet| matches!(octet, b'\r' | b'\n' | 0))
        && !ends_in_literal(line, false)
}
