//! A command in flight, its tag, and its bytes on their way out.

use alloc::{collections::VecDeque, string::String, vec::Vec};
use core::fmt::Write as _;

use bytes::Bytes;

use crate::{
    client::{Event, sasl::Exchange},
    command::{AppendData, Command, CommandKind, Tag, kind::Barrier},
    event::{CommandId, Transmit},
    patience::Patience,
};

/// A command that has not been answered yet.
pub(super) struct Request {
    pub(super) id: CommandId,
    pub(super) tag: Tag<'static>,
    pub(super) kind: CommandKind,
    /// Its first bytes were polled: an answer is possible.
    pub(super) on_wire: bool,
    /// The caller does not want its bodies any more.
    pub(super) discarded: bool,
    /// It may make the server send EXPUNGE (RFC 9051 section 7.5.1).
    may_expunge: bool,
    /// It sets the saved result (RFC 5182).
    pub(super) saves_result: bool,
    /// It acts on the saved result.
    pub(super) uses_saved_result: bool,
    /// How long to wait for its answer.
    pub(super) patience: Patience,
    pub(super) phase: Phase,
}

/// What a `+` means to a command, and what the caller still has to give.
pub(super) enum Phase {
    /// A `+` can only be for the literals of the command.
    Plain,
    /// ENABLE, with the capabilities that it asks for.
    Enable(Vec<String>),
    Sasl(Exchange),
    Idle(Idle),
    Upload(Upload),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Idle {
    /// No `+` yet.
    Asked,
    /// No `+` yet, and DONE follows it.
    ToEnd,
    Idling,
    Ended,
}

#[derive(Default)]
pub(super) struct Upload {
    /// The server takes the message.
    pub(super) started: bool,
    /// Bytes of the message that the caller has not given yet.
    pub(super) remaining: u64,
    pub(super) data: AppendData,
    /// The rest of the command after the message.
    pub(super) tail: Bytes,
    /// The answer, if it came before the whole message had left.
    pub(super) answer: Option<Event>,
}

impl Upload {
    /// The caller has to give bytes of the message.
    pub(super) const fn is_awaited(&self) -> bool {
        self.started && self.remaining > 0
    }
}

impl Request {
    /// `initial_response` is the line of AUTHENTICATE that waits for the first challenge.
    pub(super) fn new(
        id: CommandId,
        tag: Tag<'static>,
        command: &Command<'_>,
        initial_response: Option<Bytes>,
    ) -> Self {
        let phase = match command {
            Command::Enable { capabilities } => {
                Phase::Enable(capabilities.iter().map(|name| String::from(name.as_str())).collect())
            }
            Command::Authenticate { mechanism, initial_response: on_the_line } => {
                let spoken = on_the_line.is_some();
                Phase::Sasl(Exchange::new(mechanism.as_str(), initial_response, spoken))
            }
            Command::Idle => Phase::Idle(Idle::Asked),
            Command::Append { message, .. } | Command::Replace { message, .. } => {
                let (remaining, data) = (message.octets, message.data);
                Phase::Upload(Upload { remaining, data, ..Upload::default() })
            }
            _ => Phase::Plain,
        };
        Self {
            id,
            tag,
            kind: command.kind(),
            on_wire: false,
            discarded: false,
            may_expunge: command.may_expunge(),
            saves_result: command.saves_result(),
            uses_saved_result: command.uses_saved_result(),
            patience: command.patience(),
            phase,
        }
    }

    /// Whether `command` must not be sent before the answer to this one (RFC 9051 section 5.5).
    pub(super) fn delays(&self, command: &Command<'_>) -> bool {
        let next = command.kind().facts().barrier;
        self.is_barrier()
            || next == Barrier::Alone
            || (next == Barrier::Mailbox && self.kind.needs_mailbox())
            || (self.may_expunge && command.names_sequence_numbers())
    }

    /// Whether its answer came already, and waits for the rest of its message.
    pub(super) fn is_answered(&self) -> bool {
        matches!(&self.phase, Phase::Upload(upload) if upload.answer.is_some())
    }

    /// Whether it cannot have succeeded, because the client has not said everything yet. `queued`:
    /// bytes of it have not left.
    pub(super) fn is_unfinished(&self, queued: bool) -> bool {
        match &self.phase {
            Phase::Plain | Phase::Enable(_) => queued,
            Phase::Sasl(exchange) => queued || !exchange.is_complete(),
            // After its `+` a server may end it: Dovecot does so (jstedfast/MailKit#677).
            Phase::Idle(idle) => matches!(idle, Idle::Asked | Idle::ToEnd),
            // The server cannot have stored a message that it does not have.
            Phase::Upload(upload) => queued || upload.remaining > 0,
        }
    }

    /// Whether no command may be sent before its answer.
    fn is_barrier(&self) -> bool {
        match (self.kind.facts().barrier, &self.phase) {
            (Barrier::Message, Phase::Upload(upload)) => !upload.started || upload.remaining > 0,
            (barrier, _) => matches!(barrier, Barrier::Alone | Barrier::Before),
        }
    }
}

/// The queue between `send` and `poll_transmit`. The bytes of two commands are never mixed. After
/// `None` the rest of the queue waits for a `+`: it begins with a synchronising literal.
#[derive(Default)]
pub(super) struct Outbox {
    queue: VecDeque<(CommandId, Option<Transmit>)>,
}

impl Outbox {
    pub(super) fn push(&mut self, id: CommandId, bytes: Bytes, sensitive: bool) {
        if !bytes.is_empty() {
            self.queue.push_back((id, Some(Transmit { bytes, sensitive })));
        }
    }

    pub(super) fn push_await(&mut self, id: CommandId) {
        self.queue.push_back((id, None));
    }

    /// The next bytes and their command, unless a `+` has to come first.
    pub(super) fn poll(&mut self) -> Option<(CommandId, Transmit)> {
        let (id, piece) = self.queue.front_mut()?;
        let next = (*id, piece.take()?);
        self.queue.pop_front();
        Some(next)
    }

    /// The `+` came: the command whose literal waits for it, after everything before it was polled.
    pub(super) fn release(&mut self) -> Option<CommandId> {
        let id = self.queue.front().filter(|(_, piece)| piece.is_none())?.0;
        self.queue.pop_front();
        Some(id)
    }

    /// Whether a literal of this command still has to wait for a `+`.
    pub(super) fn awaits(&self, id: CommandId) -> bool {
        self.queue.iter().any(|(of, piece)| *of == id && piece.is_none())
    }

    /// Whether a part of this command is still queued.
    pub(super) fn holds(&self, id: CommandId) -> bool {
        self.queue.iter().any(|(of, _)| *of == id)
    }

    /// The server refused this command: the parts that wait for its `+` are dropped. A literal
    /// whose `+` came is still sent, because the server waits for it.
    pub(super) fn refuse(&mut self, id: CommandId) {
        let mut waiting = false;
        self.queue.retain(|(of, piece)| {
            waiting |= *of == id && piece.is_none();
            *of != id || !waiting
        });
    }

    /// Drops the rest of this command.
    pub(super) fn forget(&mut self, id: CommandId) {
        self.queue.retain(|(of, _)| *of != id);
    }

    pub(super) fn clear(&mut self) {
        self.queue.clear();
    }
}

/// Makes the tags of one connection from the caller's random number.
///
/// A tag is four letters, which follow from the seed and the count, and the count. The count makes
/// tags unique. The letters keep a server, or an attacker before STARTTLS, from preparing a tagged
/// line for a command that has not been sent yet.
#[derive(Clone)]
pub(super) struct Tags {
    seed: u64,
    count: u64,
}

impl Tags {
    pub(super) const fn new(seed: u64) -> Self {
        Self { seed, count: 0 }
    }

    /// The next tag.
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

    /// The last tag was not used.
    pub(super) fn take_back(&mut self) {
        self.count = self.count.wrapping_sub(1);
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
