//! Screening: the application sees the name of each command before the command has any effect, and
//! may refuse it.

use alloc::string::String;

use bytes::{BufMut as _, Bytes};

use super::{
    connection::Connection,
    event::Event,
    request::{Request, Token},
    responder::ScreenResponder,
};
use crate::error::SendError;

impl Connection {
    /// Shows a command to the application.
    pub(super) fn screen(&mut self, line: Bytes) -> Event {
        let name = line.split(|byte| *byte == b' ').next().unwrap_or_default();
        let name = String::from_utf8_lossy(name).into_owned();
        self.held = Some(line);
        Event::Screen { name, responder: ScreenResponder(self.begin(Request::Screen)) }
    }

    /// Lets the command pass: the next `poll_event` serves it.
    pub(super) fn let_pass(&mut self, token: Token) -> Result<(), SendError> {
        self.check(token)?;
        self.request = Request::None;
        Ok(())
    }

    /// Answers the command with this line.
    pub(super) fn refuse_screened(&mut self, token: Token, answer: &str) -> Result<(), SendError> {
        self.check(token)?;
        if answer.contains(['\r', '\n', '\0']) {
            let reason = "is not one line";
            return Err(SendError::InvalidArgument { argument: "answer", reason });
        }
        self.request = Request::None;
        self.held = None;
        // PASS counts only directly after USER.
        self.session.take_user();
        self.output.put_slice(answer.as_bytes());
        self.output.put_slice(b"\r\n");
        Ok(())
    }
}
