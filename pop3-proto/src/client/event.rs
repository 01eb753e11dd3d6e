//! What a client learns.

use alloc::boxed::Box;

use bytes::Bytes;

use super::sasl::OAuthFailure;
use crate::{
    event::{CommandId, Status, Text},
    response::ResponseCode,
    types::{Capability, MessageNumber, Timestamp, UniqueId},
};

/// One thing the server said.
///
/// Events are owned. Their octets are slices of the input buffer that was given to
/// [`poll_event`](super::Connection::poll_event), so keeping a small one for long keeps that buffer alive: copy what is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The first line of the session. With [`Status::Err`] the server will not serve: the session is over.
    #[non_exhaustive]
    Greeting {
        /// Does the server serve?
        status: Status,
        /// Why not, where it says so.
        code: Option<ResponseCode>,
        /// The server's words.
        text: Text,
        /// What APOP needs, if it has the form of a msg-id.
        timestamp: Option<Timestamp>,
    },
    /// Answer to STAT.
    #[non_exhaustive]
    Stat {
        /// The command.
        id: CommandId,
        /// Messages that are not marked as deleted.
        messages: u64,
        /// Octets of all of them; a hint. `None` where the server's number is unusable.
        octets: Option<u64>,
    },
    /// One message of a LIST.
    #[non_exhaustive]
    ScanListing {
        /// The command.
        id: CommandId,
        /// Which message.
        number: MessageNumber,
        /// Its octets; a hint, never the size of a buffer. `None` where the server's number is unusable.
        octets: Option<u64>,
    },
    /// One message of a UIDL.
    #[non_exhaustive]
    UniqueId {
        /// The command.
        id: CommandId,
        /// Which message.
        number: MessageNumber,
        /// Its unique-id. `None` where the server has none for it. Two messages with the same one are possible.
        unique_id: Option<UniqueId>,
    },
    /// One line of a CAPA. After its `Done` all of them are in [`capabilities`](super::Connection::capabilities).
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
        /// Its description in that language, where there is one.
        description: Option<Text>,
    },
    /// One line of the answer to a raw command, un-stuffed, without its line end.
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
        /// The line, without its line end.
        line: Bytes,
    },
    /// A message begins.
    #[non_exhaustive]
    BodyStart {
        /// The command.
        id: CommandId,
        /// Its octets, if the status line named a number; a hint, never the size of a buffer.
        octets: Option<u64>,
    },
    /// More of the message: un-stuffed, its line ends as they came. At most
    /// [`Limits::body_chunk`](crate::Limits::body_chunk) octets, and never none.
    #[non_exhaustive]
    Body {
        /// The command.
        id: CommandId,
        /// The octets.
        chunk: Bytes,
    },
    /// The message is complete. Without this event it is not.
    #[non_exhaustive]
    BodyEnd {
        /// The command.
        id: CommandId,
        /// Octets of all chunks together.
        octets: u64,
    },
    /// AUTH: the server asks. Give an [`answer`](super::Connection::answer) or [`cancel`](super::Connection::cancel).
    #[non_exhaustive]
    Challenge {
        /// The command.
        id: CommandId,
        /// The challenge, decoded. (One that is no base64 never comes: where the initial response waits for it, it is taken for the
        /// request for that, whatever it says, and anywhere else the machine answers `*`.)
        data: Bytes,
    },
    /// AUTH with an OAuth token: why the server refuses it. Already answered; `Done` follows.
    #[non_exhaustive]
    OAuthFailure {
        /// The command.
        id: CommandId,
        /// What it said.
        failure: Box<OAuthFailure>,
    },
    /// AUTH with an OAuth token failed in the way in which Exchange Online fails above 4,096 octets: a protocol error and no reason. The
    /// credentials may well be right. `Done` follows.
    #[non_exhaustive]
    TokenTooLong {
        /// The command.
        id: CommandId,
        /// Octets of the line that carried the token.
        octets: usize,
    },
    /// STLS was agreed on, and is complete with this: no `Done` follows. Do the TLS handshake, then call
    /// [`handle_tls_established`](super::Connection::handle_tls_established). Until then nothing is read or sent.
    #[non_exhaustive]
    StartTls {
        /// The command.
        id: CommandId,
    },
    /// The answer to a command is complete. Comes once for each command, last.
    #[non_exhaustive]
    Done {
        /// The command.
        id: CommandId,
        /// Did the server do it?
        status: Status,
        /// Its response code.
        code: Option<ResponseCode>,
        /// The words of its status line, without the code.
        text: Text,
    },
}

impl Event {
    /// The command to which it belongs; `None` for the greeting.
    #[must_use]
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
            | Self::Challenge { id, .. }
            | Self::OAuthFailure { id, .. }
            | Self::TokenTooLong { id, .. }
            | Self::StartTls { id }
            | Self::Done { id, .. } => Some(*id),
        }
    }
}

// Events are returned by value, a million in a listing.
const _: () = assert!(size_of::<Event>() <= 96);
