//! What [`Reading`](super::reading::Reading) has asked for and not got yet.

use std::num::NonZeroU32;

use imap_proto_lite::{CommandId, client::Event};

use crate::{
    error::{Error, Refusal},
    id::Ranges,
    imap::answer::accepted,
    in_flight::Share,
    message::Decoder,
};

pub(super) const NO_SIZE: &str = "its size cannot be read";
pub(super) const NOT_GIVEN: &str = "the server has the message and does not give it";

/// A command to send.
pub(super) enum Ask {
    Sizes(Ranges),
    Bodies(Ranges),
}

/// What a command asks for, or has not brought yet.
#[derive(Debug)]
pub(super) struct Asking {
    pub(super) id: CommandId,
    pub(super) uids: Ranges,
    pub(super) is_one: bool,
    pub(super) is_binary: bool,
}

/// A body that is asked for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) share: Share,
    /// The size of the message as the server tells it.
    pub(super) size: Option<u64>,
    /// A body of it came and was dropped.
    pub(super) is_lost: bool,
    /// The command was answered without it, before it was known whether the message is there:
    /// whether it asked for no other one, and how it was refused.
    pub(super) answer: Option<(bool, Option<Box<Refusal>>)>,
}

/// The body that comes.
#[derive(Debug)]
pub(super) struct Current {
    pub(super) uid: NonZeroU32,
    pub(super) received: u64,
    pub(super) decoder: Decoder,
    pub(super) state: State,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Its bytes come.
    Streaming,
    /// It is complete; the line that it belongs to follows, and may name another message.
    Ended,
    /// The last one of this command, whose answer follows.
    Held(CommandId),
}

/// How a command was refused, if it was.
pub(super) fn refused(answer: Event) -> Option<Box<Refusal>> {
    match accepted("FETCH", answer) {
        Err(Error::Refused(refusal)) => Some(refusal),
        _ => None,
    }
}
