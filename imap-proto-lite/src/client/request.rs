//! A command without its tagged line.

use alloc::{string::String, vec::Vec};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;

use crate::{
    client::{Event, state::needs_mailbox},
    command::{AppendData, Command, CommandKind, Messages, Tag},
    event::CommandId,
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

pub(super) struct Sasl {
    /// Base64 of the initial response that did not fit on the line.
    pub(super) initial: Option<Bytes>,
    pub(super) rounds: usize,
    /// A challenge was handed out.
    pub(super) awaited: bool,
    pub(super) cancelled: bool,
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

/// Base64 and CRLF; for no octets the empty line.
pub(super) fn base64_line(data: &[u8]) -> Bytes {
    let mut line = STANDARD.encode(data);
    line.push_str("\r\n");
    Bytes::from(line)
}
