//! The events of a client.

use alloc::boxed::Box;

use bytes::Bytes;

use crate::{
    client::sasl::OAuthFailure,
    event::{CommandId, Status, Text},
    response::{Line, ResponseCode},
    types::{Section, SeqNumber, Uid},
};

/// One step of the conversation, owned.
///
/// The bytes are slices of the input buffer: an event that is kept keeps that buffer.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The first line of the server (RFC 9051 section 7.1). Comes once, before everything else.
    #[non_exhaustive]
    Greeting {
        /// Whether the client is already authenticated.
        status: GreetingStatus,
        /// The response code. [`Connection::capabilities`](super::Connection::capabilities) has the
        /// capabilities in it already.
        code: Option<ResponseCode<'static>>,
        /// Text for humans.
        text: Text,
    },
    /// One untagged response, complete. It belongs to the connection and not to a command: any
    /// response may come at any time.
    Untagged(Line),
    /// The bytes of a message, or of a part of one, come next, before the
    /// [`Untagged`](Self::Untagged) FETCH line that they belong to.
    #[non_exhaustive]
    BodyStart {
        /// Number of the message; `None` in a UIDFETCH (RFC 9586).
        seq: Option<SeqNumber>,
        /// Its UID, if the server sent it before the body. The line after the body has it in any
        /// case.
        uid: Option<Uid>,
        /// Which section.
        section: Section<'static>,
        /// Offset of the first byte in the section, if the client asked for a part of it and the
        /// server says so.
        origin: Option<u64>,
        /// The server has undone the transfer encoding: `BINARY[..]` (RFC 3516).
        binary: bool,
        /// The number of bytes that follow. Announced by the server, so do not allocate a buffer
        /// of this size.
        octets: u64,
    },
    /// Bytes of that body: at least one, at most
    /// [`Limits::body_chunk`](crate::Limits::body_chunk).
    #[non_exhaustive]
    Body {
        /// A slice of the input buffer.
        chunk: Bytes,
    },
    /// All bytes of that body came.
    BodyEnd,
    /// A continuation request (`+`) that the machine answers itself, with the rest of a command: a
    /// literal, an initial response, or the `*` that ends an exchange. Call
    /// [`poll_transmit`](super::Connection::poll_transmit), as after every event.
    #[non_exhaustive]
    Continuation {
        /// The command.
        id: CommandId,
    },
    /// A SASL challenge. Call [`answer`](super::Connection::answer) or
    /// [`cancel`](super::Connection::cancel).
    #[non_exhaustive]
    Challenge {
        /// The AUTHENTICATE command.
        id: CommandId,
        /// The challenge, decoded from base64.
        data: Bytes,
    },
    /// AUTHENTICATE with an OAuth token: why the server refuses it. The machine has answered
    /// already; `Done` follows.
    #[non_exhaustive]
    OAuthFailure {
        /// The AUTHENTICATE command.
        id: CommandId,
        /// The reason.
        failure: Box<OAuthFailure>,
    },
    /// The server waits for the bytes of an APPEND or REPLACE. Give them with
    /// [`answer`](super::Connection::answer), in any number of pieces.
    #[non_exhaustive]
    ReadyForData {
        /// The command.
        id: CommandId,
    },
    /// The server sends updates from now on, until [`end_idle`](super::Connection::end_idle).
    #[non_exhaustive]
    Idling {
        /// The IDLE command.
        id: CommandId,
    },
    /// STARTTLS was answered with OK, and is complete with this: no `Done` follows. Do the TLS
    /// handshake, then call
    /// [`handle_tls_established`](super::Connection::handle_tls_established). Until then the
    /// machine neither reads nor writes.
    #[non_exhaustive]
    StartTls {
        /// The STARTTLS command.
        id: CommandId,
    },
    /// COMPRESS was answered with OK, and is complete with this: no `Done` follows. Every byte
    /// after the answer, in both directions, is raw DEFLATE. Call
    /// [`handle_compressed`](super::Connection::handle_compressed). Until then the machine neither
    /// reads nor writes.
    #[non_exhaustive]
    StartCompression {
        /// The COMPRESS command.
        id: CommandId,
    },
    /// A command was answered. Comes once for each command, last.
    #[non_exhaustive]
    Done {
        /// The command.
        id: CommandId,
        /// Whether the server carried it out.
        status: Status,
        /// The response code. After a refusal, [`ResponseCode::retry`] says what to do.
        code: Option<ResponseCode<'static>>,
        /// Text for humans.
        text: Text,
    },
    /// A line that is no response, a continuation request that no command asked for, or a refusal
    /// of DONE after an IDLE that the server ended first. It changes nothing.
    #[non_exhaustive]
    Unrecognized {
        /// The bytes of the line.
        line: Bytes,
    },
}

impl Event {
    /// The command to which it belongs. `None` for events that belong to the connection.
    pub const fn id(&self) -> Option<CommandId> {
        match self {
            Self::Continuation { id }
            | Self::Challenge { id, .. }
            | Self::OAuthFailure { id, .. }
            | Self::ReadyForData { id }
            | Self::Idling { id }
            | Self::StartTls { id }
            | Self::StartCompression { id }
            | Self::Done { id, .. } => Some(*id),
            // All of them: a new event has to be put into one of the two lists.
            Self::Greeting { .. }
            | Self::Untagged(_)
            | Self::BodyStart { .. }
            | Self::Body { .. }
            | Self::BodyEnd
            | Self::Unrecognized { .. } => None,
        }
    }

    /// The end of a command without a line of the server.
    pub(super) fn unanswered(id: CommandId, status: Status) -> Self {
        Self::Done { id, status, code: None, text: Text::default() }
    }
}

/// The word of the greeting.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "RFC 9051 closes this list: greeting")]
pub enum GreetingStatus {
    /// The client has to log in.
    Ok,
    /// The client is already authenticated. Over a clear transport this rules out STARTTLS
    /// (RFC 9051 section 7.1.4).
    Preauth,
    /// The server refuses the session.
    Bye,
}
