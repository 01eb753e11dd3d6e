//! Octets on their way out, with the places where they must wait for the server's `+`.

use alloc::collections::VecDeque;

use bytes::Bytes;

use crate::event::{CommandId, Transmit};

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
