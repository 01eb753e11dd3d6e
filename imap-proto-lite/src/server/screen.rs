//! Screening: the application sees the name of each command before the command has any effect, and
//! may refuse it.

use alloc::{format, string::String, vec::Vec};

use bytes::Bytes;

use crate::{
    command::CommandKind,
    error::SendError,
    frame::ends_in_literal,
    server::{
        connection::Connection,
        event::Event,
        receive::tag_of,
        request::{Held, Request, Token, Turn},
        responder::ScreenResponder,
    },
    types::argument::is_line,
};

impl Connection {
    /// Shows a command to an application that wants to see it, and serves it otherwise.
    pub(super) fn screen(&mut self, held: Held) -> Option<Event> {
        if !self.config.screen {
            return self.serve_held(held);
        }
        let name = name_of(held.bytes());
        let tag = Bytes::copy_from_slice(tag_of(held.bytes()).unwrap_or_default());
        self.held = Some(held);
        let request = Request::new(self.tokens.next(), tag, CommandKind::Raw);
        Some(Event::Screen { name, responder: ScreenResponder(self.session.begin(request)) })
    }

    pub(super) fn serve_held(&mut self, held: Held) -> Option<Event> {
        match held {
            Held::Command(bytes) => self.command(&bytes),
            Held::Append { head, octets, synchronising } => {
                self.append(head, octets, synchronising)
            }
        }
    }

    /// Lets the command pass: the next `poll_event` serves it.
    pub(super) fn let_pass(&mut self, token: Token) -> Result<(), SendError> {
        self.session.take_answerable(token).map(drop)
    }

    /// Answers the command with this text after its tag.
    pub(super) fn refuse_screened(&mut self, token: Token, answer: &str) -> Result<(), SendError> {
        self.session.answerable(token)?;
        if !is_line(answer.as_bytes()) || ends_in_literal(answer.as_bytes(), false) {
            let reason = "is not one line";
            return Err(SendError::InvalidArgument { argument: "answer", reason });
        }
        let request = self.session.take_answerable(token)?;
        let tag = if request.tag.is_empty() { &b"*"[..] } else { &request.tag };
        let line: Vec<u8> = [tag, format!(" {answer}\r\n").as_bytes()].concat();
        self.session.accepted();
        match self.held.take() {
            // The message comes anyway, and the answer after it.
            Some(Held::Append { synchronising: false, .. }) => {
                let refusal = Some(line.into());
                self.session.begin(Request { turn: Turn::Message, refusal, ..request });
            }
            Some(Held::Append { .. }) => {
                self.framer.refuse_message();
                self.output.extend_from_slice(&line);
            }
            _ => self.output.extend_from_slice(&line),
        }
        Ok(())
    }
}

/// The name of a command as the client wrote it, `UID` included.
fn name_of(command: &[u8]) -> String {
    let words = command.split(|byte| matches!(byte, b' ' | b'\r' | b'\n')).skip(1);
    let mut words = words.map(String::from_utf8_lossy);
    let first = words.next().unwrap_or_default();
    if first.eq_ignore_ascii_case("UID") {
        return format!("{first} {}", words.next().unwrap_or_default());
    }
    first.into_owned()
}
