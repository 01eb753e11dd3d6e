//! What responses carry: status lines, response codes, and the items of listings.

mod code;
pub(crate) mod encode;
pub(crate) mod parse;

pub use code::ResponseCode;

use crate::{event::Status, types::MessageNumber};

/// The first line of an answer, borrowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Response<'a> {
    /// `+OK` or `-ERR`.
    Status(StatusLine<'a>),
    /// `+` and the base64 of a SASL challenge, not decoded.
    Challenge(&'a [u8]),
}

/// A status indicator and what follows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct StatusLine<'a> {
    /// `+OK` or `-ERR`.
    pub status: Status,
    /// Everything after the first space.
    pub text: &'a [u8],
}

/// The answer to STAT.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct DropListing {
    /// Messages that are not marked as deleted.
    pub messages: u64,
    /// Bytes of all of them. A hint; `None` if the server's number is unusable.
    pub octets: Option<u64>,
}

/// One message in the answer to LIST.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ScanListing {
    /// Which message. `None` if the answer to `LIST n` leaves it out.
    pub number: Option<MessageNumber>,
    /// Its bytes. A hint; `None` if the server's number is unusable.
    pub octets: Option<u64>,
}

/// One message in the answer to UIDL.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct UniqueIdListing<'a> {
    /// Which message. `None` if the answer to `UIDL n` leaves it out.
    pub number: Option<MessageNumber>,
    /// Its unique-id, empty if the server has none.
    pub unique_id: &'a [u8],
}

/// What happened to the messages that were marked with DELE.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a program that deletes mail has to handle all three")]
pub enum QuitOutcome {
    /// The server removed all of them.
    Committed,
    /// The server answered `-ERR`: it removed some or none. The next session's UIDL tells which.
    SomeNotRemoved,
    /// QUIT was sent and has not been answered. The next session's UIDL tells.
    Unknown,
}
