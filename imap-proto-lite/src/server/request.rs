//! A command that is being answered, and the token that its responder holds.

use core::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

use crate::command::CommandKind;

/// What makes a responder belong to one request of one connection.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Token {
    pub(super) connection: usize,
    pub(super) request: u64,
}

/// A number for a new connection.
pub(super) fn next_connection() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A command that is being answered.
pub(super) struct Request {
    pub(super) request: u64,
    pub(super) tag: Bytes,
    pub(super) kind: CommandKind,
    /// EXPUNGE may come before its tagged line (RFC 9051 section 7.5.1).
    pub(super) may_expunge: bool,
    /// Of an APPEND: the client waits for our `+`.
    pub(super) synchronising: bool,
    pub(super) rounds: usize,
    /// A FETCH response was begun and is not ended: nothing else can be said.
    pub(super) in_response: bool,
    /// Octets missing of the body that is being written.
    pub(super) body: Option<u64>,
}
