//! The client machine.

use bytes::{Bytes, BytesMut};

use super::{Event, State};
use crate::capability::Capabilities;
use crate::command::Command;
use crate::config::Config;
use crate::error::{ProtocolError, SendError};
use crate::event::{CommandId, Transmit};
use crate::response::QuitOutcome;

/// One session, seen from the client.
#[derive(Debug)]
pub struct Connection {
    config: Config,
}

impl Connection {
    /// A connection that waits for its greeting.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    /// Where the session stands, as the server has confirmed it.
    #[must_use]
    pub fn state(&self) -> State {
        State::Greeting
    }

    /// What the server announced; `None` if it was never asked, or if TLS or login made the answer void.
    #[must_use]
    pub fn capabilities(&self) -> Option<&Capabilities> {
        None
    }

    /// Commands accepted and not yet answered.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        0
    }

    /// What became of the marked messages; `None` before QUIT was sent in `Transaction`.
    #[must_use]
    pub fn quit_outcome(&self) -> Option<QuitOutcome> {
        None
    }

    /// Queues a command.
    ///
    /// # Errors
    /// Nothing happened, and the error says why.
    pub fn send(&mut self, command: &Command<'_>) -> Result<CommandId, SendError> {
        let _ = command;
        Err(SendError::Closed)
    }

    /// Answers the challenge of an AUTH with raw octets; base64 is the machine's.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] where no challenge of that command waits, [`SendError::TooLong`].
    pub fn answer(&mut self, id: CommandId, data: Bytes) -> Result<(), SendError> {
        let _ = (id, data);
        Err(SendError::UnknownCommand)
    }

    /// Gives an AUTH up with `*`. The server's refusal follows as `Done`.
    ///
    /// # Errors
    /// [`SendError::UnknownCommand`] where no challenge of that command waits.
    pub fn cancel(&mut self, id: CommandId) -> Result<(), SendError> {
        let _ = id;
        Err(SendError::UnknownCommand)
    }

    /// No more events of that command, except its `Done`. Its octets are still read and thrown away.
    pub fn discard(&mut self, id: CommandId) {
        let _ = id;
    }

    /// The next octets to write. Poll until `None`, after each command and each event.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        None
    }

    /// The next thing the server said. `Ok(None)` means: append octets to `input` and call again.
    ///
    /// # Errors
    /// The server broke the protocol; the same error comes for ever.
    pub fn poll_event(&mut self, input: &mut BytesMut) -> Result<Option<Event>, ProtocolError> {
        let _ = input;
        Ok(None)
    }

    /// The TLS handshake that [`Event::StartTls`] asked for is done: gives the machine for the protected connection, which knows nothing
    /// that was said in clear text.
    ///
    /// # Errors
    /// [`ProtocolError::InputBehindStartTls`] if `input` is not empty, [`ProtocolError::NoStartTls`] in any other state.
    pub fn handle_tls_established(self, input: &BytesMut) -> Result<Self, ProtocolError> {
        let _ = input;
        Err(ProtocolError::NoStartTls)
    }

    /// The server closed its side. `input` is what was received and not yet polled.
    ///
    /// # Errors
    /// [`ProtocolError::UnexpectedEof`] everywhere but after the answer to QUIT and after a refused greeting.
    pub fn handle_eof(&mut self, input: &BytesMut) -> Result<(), ProtocolError> {
        let _ = input;
        Ok(())
    }
}
