//! What a client learns.

use alloc::boxed::Box;

use bytes::Bytes;

use crate::{
    client::sasl::OAuthFailure,
    event::{CommandId, Status, Text},
    response::{Line, ResponseCode},
    types::{
        section::Section,
        sequence::{SeqNumber, Uid},
    },
};

/// One step of the conversation, with octets of its own.
///
/// The octets are slices of the input buffer: an event that is kept keeps that buffer.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The first line of the server (RFC 9051 section 7.1). Comes once, before everything else.
    Greeting {
        /// What the server makes of us.
        status: GreetingStatus,
        /// The response code. Capabilities in it are in [`Connection::capabilities`](super::Connection::capabilities)
        /// already.
        code: Option<ResponseCode<'static>>,
        /// Text for humans.
        text: Text,
    },
    /// One untagged response, complete. Belongs to the connection, not to a command: any may come at any time.
    Untagged(Line),
    /// The octets of a message, or of a part of one, come next, before the [`Untagged`](Self::Untagged) FETCH line that they
    /// belong to.
    BodyStart {
        /// Number of the message; `None` in a UIDFETCH (RFC 9586).
        seq: Option<SeqNumber>,
        /// Its UID, if the server sent it before the body. It is in the line that follows, wherever it stood.
        uid: Option<Uid>,
        /// Which section.
        section: Section<'static>,
        /// Offset of the first octet in the section, if a part of it was asked for and the server says so.
        origin: Option<u64>,
        /// The server has undone the transfer encoding: `BINARY[..]` (RFC 3516).
        binary: bool,
        /// Octets to come. Announced by the server: no size for a buffer.
        octets: u64,
    },
    /// Octets of that body: at least one, at most [`Limits::body_chunk`](crate::Limits::body_chunk).
    Body {
        /// A slice of the input buffer.
        chunk: Bytes,
    },
    /// All octets of that body came.
    BodyEnd,
    /// A SASL challenge. Give [`answer`](super::Connection::answer) or [`cancel`](super::Connection::cancel).
    Challenge {
        /// The AUTHENTICATE command.
        id: CommandId,
        /// The challenge, base64 undone.
        data: Bytes,
    },
    /// AUTHENTICATE with an OAuth token: why the server refuses it. The machine has answered
    /// already; `Done` follows.
    OAuthFailure {
        /// The AUTHENTICATE command.
        id: CommandId,
        /// The reason.
        failure: Box<OAuthFailure>,
    },
    /// The server waits for the octets of an APPEND. Give them with [`answer`](super::Connection::answer), in as many pieces as
    /// you like.
    ReadyForData {
        /// The APPEND command.
        id: CommandId,
    },
    /// The server sends updates from now on, until [`end_idle`](super::Connection::end_idle).
    Idling {
        /// The IDLE command.
        id: CommandId,
    },
    /// STARTTLS was answered with OK: this is its completion. Do the TLS handshake, then
    /// [`handle_tls_established`](super::Connection::handle_tls_established). Until then the machine is still.
    StartTls {
        /// The STARTTLS command.
        id: CommandId,
    },
    /// COMPRESS was answered with OK: this is its completion. Every octet behind it, in both directions, is raw DEFLATE; call
    /// [`handle_compressed`](super::Connection::handle_compressed). Until then the machine is still.
    StartCompression {
        /// The COMPRESS command.
        id: CommandId,
    },
    /// A command is answered.
    Done {
        /// Which.
        id: CommandId,
        /// How.
        status: Status,
        /// The response code.
        code: Option<ResponseCode<'static>>,
        /// Text for humans.
        text: Text,
    },
    /// A line that is no response, or a continuation request for nothing. Nothing followed from it.
    Unrecognized {
        /// Its octets.
        line: Bytes,
    },
}

impl Event {
    /// The command to which it belongs. `None` for events that belong to the connection.
    #[must_use]
    pub const fn id(&self) -> Option<CommandId> {
        match self {
            Self::Greeting { .. }
            | Self::Untagged(_)
            | Self::BodyStart { .. }
            | Self::Body { .. }
            | Self::BodyEnd
            | Self::Unrecognized { .. } => None,
            Self::Challenge { id, .. }
            | Self::OAuthFailure { id, .. }
            | Self::ReadyForData { id }
            | Self::Idling { id }
            | Self::StartTls { id }
            | Self::StartCompression { id }
            | Self::Done { id, .. } => Some(*id),
        }
    }
}

/// The word of the greeting.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "RFC 9051 closes this list: greeting")]
pub enum GreetingStatus {
    /// Credentials are wanted.
    Ok,
    /// Already authenticated. Over a clear transport this rules out STARTTLS (RFC 9051 section 7.1.4).
    Preauth,
    /// The server will not talk.
    Bye,
}
