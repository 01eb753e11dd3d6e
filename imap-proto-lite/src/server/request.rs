//! The command that is being answered, and the token that its responder holds.

use core::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

use crate::command::CommandKind;

/// Names one request of one connection, so that a responder answers no other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Token {
    connection: usize,
    request: u64,
}

/// Makes the tokens of one connection: the last one.
pub(super) struct Tokens(Token);

impl Tokens {
    /// Takes a number for a new connection.
    pub(super) fn new() -> Self {
        static CONNECTIONS: AtomicUsize = AtomicUsize::new(0);
        let connection = CONNECTIONS.fetch_add(1, Ordering::Relaxed);
        Self(Token { connection, request: 0 })
    }

    pub(super) const fn next(&mut self) -> Token {
        self.0.request = self.0.request.wrapping_add(1);
        self.0
    }
}

/// Whose turn it is before a command can be answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Turn {
    /// The application's, which holds the responder.
    Responder,
    /// The client's, with a line of the SASL exchange.
    SaslLine,
    /// The client's, with the message of an APPEND.
    Message,
    /// The client's, with the `DONE` of an IDLE.
    Done,
}

/// A command that is being answered.
pub(super) struct Request {
    pub(super) token: Token,
    pub(super) tag: Bytes,
    pub(super) kind: CommandKind,
    pub(super) turn: Turn,
    /// EXPUNGE may be sent before the tagged line (RFC 9051 section 7.5.1).
    pub(super) may_expunge: bool,
    /// The client waits for `+` before it sends the message of its APPEND.
    pub(super) synchronising: bool,
    /// A `)` follows the message of the APPEND (RFC 6855).
    pub(super) in_parentheses: bool,
    /// The tagged line that follows the message of a refused APPEND, which is read and dropped.
    pub(super) refusal: Option<Bytes>,
    /// Challenges sent so far.
    pub(super) rounds: usize,
    /// A FETCH response has begun and not ended: nothing else can be sent.
    pub(super) in_response: bool,
    /// That response has an attribute, so the next one follows a space.
    pub(super) has_attribute: bool,
    /// Bytes that are missing of the body that is being written.
    pub(super) body: Option<u64>,
}

impl Request {
    /// A request that the application answers next.
    pub(super) const fn new(token: Token, tag: Bytes, kind: CommandKind) -> Self {
        Self {
            token,
            tag,
            kind,
            turn: Turn::Responder,
            may_expunge: true,
            synchronising: false,
            in_parentheses: false,
            refusal: None,
            rounds: 0,
            in_response: false,
            has_attribute: false,
            body: None,
        }
    }

    /// Whether the responder with this token may answer now.
    pub(super) fn is_answered_by(&self, token: Token) -> bool {
        self.turn == Turn::Responder && self.token == token
    }
}

/// A command that waits until the application lets it pass.
pub(super) enum Held {
    /// With its literals.
    Command(Bytes),
    /// APPEND or REPLACE up to the message.
    Append { head: Bytes, octets: u64, synchronising: bool },
}

impl Held {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Command(bytes) | Self::Append { head: bytes, .. } => bytes,
        }
    }
}
