//! The state of a pass over a BODYSTRUCTURE, which a reader and its shortcut share.

use alloc::vec::Vec;

use crate::types::{
    PartKind,
    body_structure::{Fields, MAX_DEPTH, Node},
};

/// The state of the pass: the parts so far, and which of them is open.
pub(super) struct Walk<'a> {
    /// The structure and the bytes after it.
    pub(super) all: &'a [u8],
    pub(super) nodes: Vec<Node>,
    /// The open part.
    pub(super) current: Option<(usize, PartKind)>,
    /// Number of parts in it so far.
    children: u32,
    depth: u32,
}

impl<'a> Walk<'a> {
    pub(super) fn new(all: &'a [u8]) -> Self {
        // A part takes fifty bytes or more, so most messages need one allocation.
        let nodes = Vec::with_capacity((all.len() / 50).clamp(1, 16));
        Self { all, nodes, current: None, children: 0, depth: 0 }
    }

    pub(super) fn restart(&mut self) {
        self.nodes.clear();
        (self.current, self.children, self.depth) = (None, 0, 0);
    }

    pub(super) fn push(&mut self, kind: PartKind) -> Option<usize> {
        let place = u32::try_from(self.nodes.len()).ok()?;
        let parent = match self.current {
            Some((parent, _)) => u32::try_from(parent).ok()?,
            None => place,
        };
        self.children += 1;
        self.nodes.push(Node {
            kind,
            place,
            parent,
            end: place + 1,
            ordinal: self.children,
            fields: Fields::NONE,
        });
        Some(self.nodes.len() - 1)
    }

    pub(super) fn enter(&mut self, node: usize, kind: PartKind) -> Option<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        self.current = Some((node, kind));
        self.children = 0;
        Some(())
    }

    /// Returns to the part that contains `node`.
    pub(super) fn leave(&mut self, node: usize) {
        let end = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let mut parent = node;
        if let Some(node) = self.nodes.get_mut(node) {
            node.end = end;
            parent = node.parent as usize;
            self.children = node.ordinal;
        }
        self.depth = self.depth.saturating_sub(1);
        self.current = if parent == node {
            None
        } else {
            self.nodes.get_mut(parent).map(|node| (parent, node.kind))
        };
    }

    /// Whether the body of the open message is still to come.
    pub(super) const fn body_is_due(&self, message: usize) -> bool {
        message + 1 == self.nodes.len()
    }
}
