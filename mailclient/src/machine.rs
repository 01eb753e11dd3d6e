//! [`Machine`]: what the driver needs of a protocol machine. Implemented once for both crates, so
//! that two machines of different shapes do not compile.

use std::time::Duration;

use bytes::{Bytes, BytesMut};

use crate::{
    clock::Patience,
    error::{Error, ProtocolError, Result, words::shown},
    feature::Feature,
};

/// The calls that both protocol machines share.
pub(crate) trait Machine: Sized + Send {
    type Event;
    type CommandId: Copy + PartialEq + Send;
    type Command<'c>;
    /// Queues a command; `None` if an answer has to come first: the window is full, or the server
    /// takes one command at a time.
    fn send(&mut self, command: &Self::Command<'_>) -> Result<Option<Self::CommandId>>;
    fn answer(&mut self, id: Self::CommandId, data: Bytes) -> Result<()>;
    fn cancel(&mut self, id: Self::CommandId) -> Result<()>;
    fn poll_transmit(&mut self) -> Option<Bytes>;
    fn poll_event(&mut self, input: &mut BytesMut) -> Result<Option<Self::Event>, ProtocolError>;
    fn handle_tls_established(self, input: &BytesMut) -> Result<Self, ProtocolError>;
    fn handle_eof(&mut self, input: &BytesMut) -> Result<(), ProtocolError>;
    fn in_flight(&self) -> usize;
    fn patience(&self) -> Option<Patience>;
    fn keep_alive_hint(&self) -> Option<Duration>;
    fn withdraw(&mut self, id: Self::CommandId) -> bool;
    fn discard(&mut self, id: Self::CommandId);
    /// The command that this event completes.
    fn answered(event: &Self::Event) -> Option<Self::CommandId>;
    /// Why the server ends the session, if this event says so.
    fn last_words(event: &Self::Event) -> Option<String>;
    /// A line that is part of no answer: perhaps why the server says nothing more.
    fn stray_words(event: &Self::Event) -> Option<String>;
}

macro_rules! machines {
    ($($protocol:ident $sasl:ident, $not_sent:path, $last_words:path, $stray_words:path;)+) => {$(
        impl Machine for $protocol::client::Connection {
            type Event = $protocol::client::Event;
            type CommandId = $protocol::CommandId;
            type Command<'c> = $protocol::Command<'c>;
            fn send(&mut self, command: &Self::Command<'_>) -> Result<Option<Self::CommandId>> {
                use $protocol::SendError;
                match self.send(command) {
                    Ok(id) => Ok(Some(id)),
                    Err(SendError::TooManyInFlight { .. } | SendError::Busy { .. }) => Ok(None),
                    Err(error) => Err($not_sent(command.kind(), error)),
                }
            }
            fn answer(&mut self, id: Self::CommandId, data: Bytes) -> Result<()> {
                let command = $protocol::CommandKind::$sasl;
                self.answer(id, data).map_err(|error| $not_sent(command, error))
            }
            fn cancel(&mut self, id: Self::CommandId) -> Result<()> {
                let command = $protocol::CommandKind::$sasl;
                self.cancel(id).map_err(|error| $not_sent(command, error))
            }
            fn poll_transmit(&mut self) -> Option<Bytes> {
                self.poll_transmit().map(|$protocol::Transmit { bytes, .. }| bytes)
            }
            fn poll_event(
                &mut self,
                input: &mut BytesMut,
            ) -> Result<Option<Self::Event>, ProtocolError> {
                Ok(self.poll_event(input)?)
            }
            fn handle_tls_established(self, input: &BytesMut) -> Result<Self, ProtocolError> {
                Ok(self.handle_tls_established(input)?)
            }
            fn handle_eof(&mut self, input: &BytesMut) -> Result<(), ProtocolError> {
                Ok(self.handle_eof(input)?)
            }
            fn in_flight(&self) -> usize {
                self.in_flight()
            }
            fn patience(&self) -> Option<Patience> {
                self.timeout_hint().map(Into::into)
            }
            fn keep_alive_hint(&self) -> Option<Duration> {
                self.keep_alive_hint()
            }
            fn withdraw(&mut self, id: Self::CommandId) -> bool {
                self.withdraw(id)
            }
            fn discard(&mut self, id: Self::CommandId) {
                self.discard(id);
            }
            fn answered(event: &Self::Event) -> Option<Self::CommandId> {
                match event {
                    $protocol::client::Event::Done { id, .. } => Some(*id),
                    _ => None,
                }
            }
            fn last_words(event: &Self::Event) -> Option<String> {
                $last_words(event)
            }
            fn stray_words(event: &Self::Event) -> Option<String> {
                $stray_words(event)
            }
        }
    )+};
}

machines! {
    pop3_proto Auth, pop3_not_sent, no_words, refusal;
    imap_proto_lite Authenticate, imap_not_sent, bye, bare_words;
}

/// Why a command cannot be sent.
fn pop3_not_sent(command: pop3_proto::CommandKind, error: pop3_proto::SendError) -> Error {
    match error {
        pop3_proto::SendError::Closed => Error::closed(),
        other => Error::misuse(format_args!("{command}: {other}")),
    }
}

/// Why a command cannot be sent.
fn imap_not_sent(
    command: imap_proto_lite::CommandKind,
    error: imap_proto_lite::SendError,
) -> Error {
    use imap_proto_lite::{SendError, client::State};
    match error {
        SendError::Closed => Error::closed(),
        SendError::NotAllowed { state: State::Authenticated, .. } => Error::NoFolder,
        SendError::MissingCapability(_) => Error::Unsupported(Feature::of_command(command)),
        other => Error::misuse(format_args!("{command}: {other}")),
    }
}

/// The words of `BYE`.
fn bye(event: &imap_proto_lite::client::Event) -> Option<String> {
    use imap_proto_lite::{
        client::Event,
        response::{Condition, Response},
    };
    let Event::Untagged(line) = event else {
        return None;
    };
    match line.response() {
        Response::Condition { condition: Condition::Bye, text, .. } => Some(shown(&text)),
        _ => None,
    }
}

/// Outlook.com says `Server Unavailable. 15` without a tag or a star.
fn bare_words(event: &imap_proto_lite::client::Event) -> Option<String> {
    match event {
        imap_proto_lite::client::Event::Unrecognized { line, .. } if !line.starts_with(b"+") => {
            Some(shown(line.trim_ascii_end()))
        }
        _ => None,
    }
}

/// POP3 has no last words as events: a line that nothing asked for is an error of the machine.
const fn no_words(_: &pop3_proto::client::Event) -> Option<String> {
    None
}

/// The last words of a server look like the refusal of a command that was sent before.
fn refusal(event: &pop3_proto::client::Event) -> Option<String> {
    use pop3_proto::{Status, client::Event};
    match event {
        Event::Done { status: Status::Err, text, .. } => Some(shown(text.to_string().as_bytes())),
        _ => None,
    }
}
