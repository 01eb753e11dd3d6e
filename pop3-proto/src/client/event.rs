//! Events of the client.

use alloc::boxed::Box;

use bytes::Bytes;

use super::sasl::OAuthFailure;
use crate::{
    command::CommandKind,
    event::{CommandId, Status, Text},
    response::ResponseCode,
    types::{Capability, MessageNumber, Timestamp, UniqueId},
};

/// One thing the server said.
///
/// Events own their bytes, which are slices of the input buffer of
/// [`poll_event`](super::Connection::poll_event). Keeping a small one keeps the whole buffer alive,
/// so copy what is kept for long.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The first line of the session. [`Status::Err`]: the server refuses, and the session is over.
    #[non_exhaustive]
    Greeting {
        /// Does the server accept the session?
        status: Status,
        /// Why not.
        code: Option<ResponseCode>,
        /// The server's words.
        text: Text,
        /// The timestamp that APOP needs, if it has the form of a msg-id.
        timestamp: Option<Timestamp>,
    },
    /// Answer to STAT.
    #[non_exhaustive]
    Stat {
        /// The command.
        id: CommandId,
        /// Messages that are not marked as deleted.
        messages: u64,
        /// Bytes of all of them; a hint. `None` if the server's number is unusable.
        octets: Option<u64>,
    },
    /// One message of a LIST.
    #[non_exhaustive]
    ScanListing {
        /// The command.
        id: CommandId,
        /// Which message.
        number: MessageNumber,
        /// Its bytes; a hint, never the size of a buffer. `None` if the server's number is
        /// unusable.
        octets: Option<u64>,
    },
    /// One message of a UIDL.
    #[non_exhaustive]
    UniqueId {
        /// The command.
        id: CommandId,
        /// Which message.
        number: MessageNumber,
        /// Its unique-id. `None` if the server has none for it. Two messages may have the same one.
        unique_id: Option<UniqueId>,
    },
    /// One line of a CAPA. After its `Done` all of them are in
    /// [`capabilities`](super::Connection::capabilities).
    #[non_exhaustive]
    Capability {
        /// The command.
        id: CommandId,
        /// The line.
        capability: Capability,
    },
    /// One line of a LANG listing, or the language chosen by `LANG x`.
    #[non_exhaustive]
    Language {
        /// The command.
        id: CommandId,
        /// The language tag.
        tag: Bytes,
        /// Its description in that language.
        description: Option<Text>,
    },
    /// One line of the answer to a raw command: un-stuffed, without its line end.
    #[non_exhaustive]
    Line {
        /// The command.
        id: CommandId,
        /// The line.
        line: Bytes,
    },
    /// A line of a listing that does not parse. The listing goes on.
    #[non_exhaustive]
    Unrecognized {
        /// The command.
        id: CommandId,
        /// Its kind: LIST, UIDL, CAPA, LANG or a raw command.
        kind: CommandKind,
        /// The line, without its line end.
        line: Bytes,
    },
    /// A message begins.
    #[non_exhaustive]
    BodyStart {
        /// The command.
        id: CommandId,
        /// Its bytes, if the status line has a number; a hint, never the size of a buffer.
        octets: Option<u64>,
    },
    /// More of the message: un-stuffed, line ends unchanged. From one to
    /// [`Limits::body_chunk`](crate::Limits::body_chunk) bytes.
    #[non_exhaustive]
    Body {
        /// The command.
        id: CommandId,
        /// The bytes.
        chunk: Bytes,
    },
    /// The message is complete. Without this event it is not.
    #[non_exhaustive]
    BodyEnd {
        /// The command.
        id: CommandId,
        /// Bytes of all chunks together.
        octets: u64,
    },
    /// A challenge that the machine answers itself, with an initial response or with the `*` that
    /// ends the exchange. Call [`poll_transmit`](super::Connection::poll_transmit), as after every
    /// event.
    #[non_exhaustive]
    Continuation {
        /// The AUTH command.
        id: CommandId,
    },
    /// A challenge of AUTH. Call [`answer`](super::Connection::answer) or
    /// [`cancel`](super::Connection::cancel).
    #[non_exhaustive]
    Challenge {
        /// The command.
        id: CommandId,
        /// The challenge, decoded. The machine itself answers a challenge that is not base64: with
        /// the initial response if that waits for one, else with `*`.
        data: Bytes,
    },
    /// Why the server refuses an OAuth token. The machine has answered it already; `Done` follows.
    #[non_exhaustive]
    OAuthFailure {
        /// The command.
        id: CommandId,
        /// The reason.
        failure: Box<OAuthFailure>,
    },
    /// AUTH with an OAuth token failed as Exchange Online fails above 4,096 bytes: with a protocol
    /// error and no reason. The credentials may be right. `Done` follows.
    #[non_exhaustive]
    TokenTooLong {
        /// The command.
        id: CommandId,
        /// Bytes of the line with the token.
        octets: usize,
    },
    /// The server accepted STLS; no `Done` follows. Do the TLS handshake, then call
    /// [`handle_tls_established`](super::Connection::handle_tls_established). Until then nothing is
    /// read or sent.
    #[non_exhaustive]
    StartTls {
        /// The command.
        id: CommandId,
    },
    /// The answer to a command is complete. The last event of each command.
    #[non_exhaustive]
    Done {
        /// The command.
        id: CommandId,
        /// Did the command succeed?
        status: Status,
        /// Its response code.
        code: Option<ResponseCode>,
        /// The text of its status line, without the code.
        text: Text,
    },
}

impl Event {
    /// The command that it belongs to; `None` for the greeting.
    pub const fn id(&self) -> Option<CommandId> {
        match self {
            Self::Greeting { .. } => None,
            Self::Stat { id, .. }
            | Self::ScanListing { id, .. }
            | Self::UniqueId { id, .. }
            | Self::Capability { id, .. }
            | Self::Language { id, .. }
            | Self::Line { id, .. }
            | Self::Unrecognized { id, .. }
            | Self::BodyStart { id, .. }
            | Self::Body { id, .. }
            | Self::BodyEnd { id, .. }
            | Self::Continuation { id }
            | Self::Challenge { id, .. }
            | Self::OAuthFailure { id, .. }
            | Self::TokenTooLong { id, .. }
            | Self::StartTls { id }
            | Self::Done { id, .. } => Some(*id),
        }
    }
}

// Events are returned by value, up to a million in a listing.
const _: () = assert!(size_of::<Event>() <= 96);
