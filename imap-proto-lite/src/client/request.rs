//! A command without its tagged line, its tag, and its octets on their way out.

use alloc::{collections::VecDeque, string::String, vec::Vec};
use core::fmt::Write as _;

use bytes::Bytes;

use crate::{
    client::{Event, sasl::Sasl, state::needs_mailbox},
    command::{AppendData, Command, CommandKind, Messages, Tag},
    event::{CommandId, Transmit},
};

pub(super) struct Request {
    pub(super) id: CommandId,
    pub(super) tag: Tag<'static>,
    pub(super) kind: CommandKind,
    /// Its first octets were polled: an answer is possible.
    pub(super) on_wire: bool,
    pub(super) discarded: bool,
    /// It may make the server send EXPUNGE (RFC 9051 section 7.5.1).
    pub(super) may_expunge: bool,
    pub(super) phase: Phase,
}

/// What a `+` means to it, and what the caller owes it.
pub(super) enum Phase {
    /// Nothing but the literals of its own line.
    Plain,
    /// ENABLE, with what it asks for.
    Enable(Vec<String>),
    Sasl(Sasl),
    Idle(Idle),
    Upload(Upload),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Idle {
    /// No `+` yet.
    Asked {
        end: bool,
    },
    Idling,
    Ended,
}

pub(super) struct Upload {
    /// The whole line before the message is queued.
    pub(super) announced: bool,
    /// The server takes the message.
    pub(super) started: bool,
    /// Octets of the message that the caller did not give yet.
    pub(super) remaining: u64,
    pub(super) data: AppendData,
    /// What stands behind the message.
    pub(super) tail: Bytes,
    /// The answer, which came before the whole message was out.
    pub(super) answer: Option<Event>,
}

impl Request {
    pub(super) fn new(id: CommandId, tag: Tag<'static>, command: &Command<'_>) -> Self {
        let phase = match command {
            Command::Enable { capabilities } => {
                Phase::Enable(capabilities.iter().map(|name| String::from(name.as_str())).collect())
            }
            Command::Authenticate { .. } => {
                Phase::Sasl(Sasl { initial: None, rounds: 0, awaited: false, cancelled: false })
            }
            Command::Idle => Phase::Idle(Idle::Asked { end: false }),
            Command::Append { message, .. } | Command::Replace { message, .. } => {
                Phase::Upload(Upload {
                    announced: false,
                    started: false,
                    remaining: message.octets,
                    data: message.data,
                    tail: Bytes::new(),
                    answer: None,
                })
            }
            _ => Phase::Plain,
        };
        Self {
            id,
            tag,
            kind: command.kind(),
            on_wire: false,
            discarded: false,
            may_expunge: may_expunge(command),
            phase,
        }
    }

    /// Nothing may be sent behind it before its answer.
    pub(super) fn is_barrier(&self) -> bool {
        match &self.phase {
            Phase::Upload(upload) => !upload.started || upload.remaining > 0,
            _ => {
                needs_silence(self.kind)
                    || matches!(self.kind, CommandKind::Logout | CommandKind::Enable)
            }
        }
    }
}

/// Commands that must be the only ones in flight: what follows depends on their answer, or a `+` could not be told apart.
pub(super) const fn needs_silence(kind: CommandKind) -> bool {
    use CommandKind as K;
    matches!(kind, K::StartTls | K::Login | K::Authenticate | K::Compress | K::Idle)
}

/// Why `command` has to wait for `request` (RFC 9051 section 5.5).
pub(super) fn must_wait(command: &Command<'_>, request: &Request) -> bool {
    use CommandKind as K;
    let kind = command.kind();
    request.is_barrier()
        || needs_silence(kind)
        || (request.may_expunge && names_sequence_numbers(command))
        || (matches!(kind, K::Select | K::Examine | K::Close | K::Unselect)
            && needs_mailbox(request.kind))
}

fn by_sequence(messages: &Messages<'_>) -> bool {
    matches!(messages, Messages::Sequence(_))
}

fn names_sequence_numbers(command: &Command<'_>) -> bool {
    match command {
        Command::Fetch { messages, .. }
        | Command::Store { messages, .. }
        | Command::Copy { messages, .. }
        | Command::Move { messages, .. }
        | Command::Replace { messages, .. } => by_sequence(messages),
        Command::Search { uid, .. } | Command::Sort { uid, .. } | Command::Thread { uid, .. } => {
            !uid
        }
        _ => false,
    }
}

/// RFC 9051 section 7.5.1: EXPUNGE is not sent while FETCH, STORE or SEARCH by sequence number is in progress, and may be
/// during everything else.
pub(crate) fn may_expunge(command: &Command<'_>) -> bool {
    match command {
        Command::Fetch { messages, .. } | Command::Store { messages, .. } => !by_sequence(messages),
        Command::Search { uid, .. } => *uid,
        _ => true,
    }
}

/// The queue between `send` and `poll_transmit`. Commands stand in it one behind the other and are never mixed.
#[derive(Clone, Default)]
pub(super) struct Outbox {
    queue: VecDeque<(CommandId, Piece)>,
}

#[derive(Clone, PartialEq, Eq)]
enum Piece {
    Octets {
        bytes: Bytes,
        sensitive: bool,
    },
    /// What stands behind belongs to a synchronising literal, or comes after one.
    Await,
}

impl Outbox {
    pub(super) fn push(&mut self, id: CommandId, bytes: Bytes, sensitive: bool) {
        if !bytes.is_empty() {
            self.queue.push_back((id, Piece::Octets { bytes, sensitive }));
        }
    }

    pub(super) fn push_await(&mut self, id: CommandId) {
        self.queue.push_back((id, Piece::Await));
    }

    /// The next octets and their command, unless a `+` has to come first.
    pub(super) fn poll(&mut self) -> Option<(CommandId, Transmit)> {
        match self.queue.front()? {
            (_, Piece::Await) => None,
            (_, Piece::Octets { .. }) => match self.queue.pop_front()? {
                (id, Piece::Octets { bytes, sensitive }) => {
                    Some((id, Transmit { bytes, sensitive }))
                }
                (_, Piece::Await) => None,
            },
        }
    }

    /// The command whose literal waits for a `+`, once everything before it was polled.
    pub(super) fn awaiting(&self) -> Option<CommandId> {
        self.queue.front().filter(|(_, piece)| *piece == Piece::Await).map(|(id, _)| *id)
    }

    /// The `+` came.
    pub(super) fn release(&mut self) {
        if self.awaiting().is_some() {
            self.queue.pop_front();
        }
    }

    /// Whether a literal of this command still has to wait for a `+`.
    pub(super) fn awaits(&self, id: CommandId) -> bool {
        self.queue.iter().any(|(of, piece)| *of == id && *piece == Piece::Await)
    }

    /// Whether anything of this command is still here.
    pub(super) fn holds(&self, id: CommandId) -> bool {
        self.queue.iter().any(|(of, _)| *of == id)
    }

    /// The server refused this command: what waits for a `+` of it will never be sent. What was promised by a `+`
    /// that came is still owed.
    pub(super) fn refuse(&mut self, id: CommandId) {
        let mut waiting = false;
        self.queue.retain(|(of, piece)| {
            waiting |= *of == id && *piece == Piece::Await;
            *of != id || !waiting
        });
    }

    /// Nothing more of this command is to be sent.
    pub(super) fn forget(&mut self, id: CommandId) {
        self.queue.retain(|(of, _)| *of != id);
    }

    pub(super) fn clear(&mut self) {
        self.queue.clear();
    }
}

/// Makes the tags of one connection from the caller's random number.
///
/// A tag is four letters that follow from the seed and the count, and the count. The count keeps them apart, the
/// letters keep a server (or somebody before STARTTLS) from preparing a tagged line for a command that is not sent yet.
#[derive(Clone)]
pub(super) struct Tags {
    seed: u64,
    count: u64,
}

impl Tags {
    pub(super) const fn new(seed: u64) -> Self {
        Self { seed, count: 0 }
    }

    pub(super) fn next(&mut self) -> Tag<'static> {
        self.count = self.count.wrapping_add(1);
        let mut bits = mixed(self.seed ^ mixed(self.count));
        let mut tag = String::with_capacity(12);
        for _ in 0..4 {
            let letter = u8::try_from(bits % 26).unwrap_or_default();
            tag.push(char::from(b'A' + letter));
            bits /= 26;
        }
        let _ = write!(tag, "{}", self.count);
        Tag::made(tag)
    }
}

/// The finaliser of SplitMix64: every bit of the input moves every bit of the output.
const fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::Tags;

    #[test]
    fn another_seed_gives_other_tags_and_none_comes_twice() {
        let mut one = Tags::new(1);
        let mut other = Tags::new(2);
        let mut seen = alloc::collections::BTreeSet::new();
        for _ in 0..1000 {
            let tag = one.next();
            assert!(tag.as_bytes().iter().all(|octet| octet.is_ascii_alphanumeric()), "{tag}");
            assert_ne!(tag, other.next());
            assert!(seen.insert(tag));
        }
    }
}
