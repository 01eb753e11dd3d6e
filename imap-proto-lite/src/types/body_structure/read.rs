//! BODY and BODYSTRUCTURE: RFC 9051 section 9, and the deviations of servers.
//!
//! One pass without recursion: the chain of parents in the flat list of parts is the stack.

use alloc::vec::Vec;

use crate::{
    types::{
        BodyStructure, PartKind,
        body_structure::{Fields, MAX_DEPTH, Node, fields::Reader},
    },
    wire::{FAIL, Parsed},
};

/// ```abnf
/// body            = "(" (body-type-1part / body-type-mpart) ")"
/// ```
pub(crate) fn body(input: &[u8]) -> Parsed<'_, BodyStructure<'_>> {
    let mut walk = Walk {
        reader: Reader::new(input),
        // A part takes fifty octets or more, so most messages need one allocation.
        nodes: Vec::with_capacity((input.len() / 50).clamp(1, 16)),
        current: None,
        children: 0,
        depth: 0,
    };
    walk.parts().ok_or(FAIL)?;
    let (octets, rest) = input.split_at_checked(walk.reader.at).ok_or(FAIL)?;
    Ok((rest, BodyStructure::received(octets, walk.nodes)))
}

struct Walk<'a> {
    reader: Reader<'a>,
    nodes: Vec<Node>,
    /// The open part.
    current: Option<(usize, PartKind)>,
    /// Number of parts in it so far.
    children: u32,
    depth: u32,
}

impl Walk<'_> {
    /// Reads the outermost part and all inside it.
    fn parts(&mut self) -> Option<()> {
        self.open()?;
        // A part has ended or its children have begun: the part around decides what may follow.
        while let Some((node, kind)) = self.current {
            let opens = self.reader.next() == Some(b'(');
            match kind {
                PartKind::Multipart if opens => self.open()?,
                PartKind::Multipart => self.close_multipart(node)?,
                _ if opens && self.body_is_due(node) => self.open()?,
                _ => self.close_message(node)?,
            }
        }
        Some(())
    }

    fn push(&mut self, kind: PartKind) -> Option<usize> {
        let place = u32::try_from(self.nodes.len()).ok()?;
        let parent = match self.current {
            Some((parent, _)) => u32::try_from(parent).ok()?,
            None => place,
        };
        self.children += 1;
        self.nodes.push(Node::new(kind, parent, place + 1, self.children));
        Some(self.nodes.len() - 1)
    }

    fn enter(&mut self, node: usize, kind: PartKind) -> Option<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        self.current = Some((node, kind));
        self.children = 0;
        Some(())
    }

    /// Returns to the part that contains `node`.
    fn leave(&mut self, node: usize) {
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
            self.nodes.get(parent).map(|node| (parent, node.kind))
        };
    }

    /// Whether the body of the open message is still to come.
    const fn body_is_due(&self, message: usize) -> bool {
        message + 1 == self.nodes.len()
    }

    /// Reads the start of a part: all of it, unless it contains parts.
    fn open(&mut self) -> Option<()> {
        self.reader.octet(b'(')?;
        self.reader.spaces();
        if self.reader.next() == Some(b'(') {
            let node = self.push(PartKind::Multipart)?;
            return self.enter(node, PartKind::Multipart);
        }
        let start = self.reader.at;
        let node = self.push(PartKind::Basic)?;
        match self.single(node, true) {
            Some(()) => Some(()),
            None => self.open_lenient(node, start),
        }
    }

    /// Slow path: a part that breaks the RFC.
    #[cold]
    fn open_lenient(&mut self, node: usize, start: usize) -> Option<()> {
        // A media type that is one word: `("X-ZIP" NIL NIL NIL "base64" 12)`.
        self.rewind(node, PartKind::Basic, start);
        if let Some(()) = self.single(node, false) {
            return Some(());
        }
        // A multipart without parts: `("ALTERNATIVE" ..)`, `(NIL "alternative" ..)`.
        self.rewind(node, PartKind::Multipart, start);
        if let Some(()) = self.reader.nil() {
            self.reader.spaces();
        }
        self.multipart_tail(node)
    }

    fn rewind(&mut self, node: usize, kind: PartKind, start: usize) {
        self.reader.at = start;
        if let Some(node) = self.nodes.get_mut(node) {
            node.kind = kind;
            node.fields = Fields::EMPTY;
        }
    }

    /// ```abnf
    /// body-type-1part = (body-type-basic / body-type-msg / body-type-text) [SP body-ext-1part]
    /// body-fields     = body-fld-param SP body-fld-id SP body-fld-desc SP body-fld-enc SP
    ///                   body-fld-octets
    /// ```
    fn single(&mut self, node: usize, with_subtype: bool) -> Option<()> {
        let reader = &mut self.reader;
        let part = self.nodes.get_mut(node)?;
        let fields = &mut part.fields;
        fields.media_type = reader.string()?;
        if with_subtype {
            fields.subtype = reader.field()?;
        }
        reader.space()?;
        reader.parameters(&mut fields.parameters)?;
        fields.id = reader.field()?;
        fields.description = reader.field()?;
        reader.space()?;
        fields.encoding = reader.encoding()?;
        reader.space()?;
        fields.octets = reader.count()?;
        if fields.media_type.is(reader.octets, b"TEXT") {
            part.kind = PartKind::Text;
            fields.lines = reader.lines()?;
        } else if fields.media_type.is(reader.octets, b"MESSAGE")
            && (fields.subtype.is(reader.octets, b"RFC822")
                || fields.subtype.is(reader.octets, b"GLOBAL"))
        {
            // A message without an envelope is a basic part.
            if let Some(place) = reader.envelope_before_body() {
                fields.envelope = place;
                part.kind = PartKind::Message;
                return self.enter(node, PartKind::Message);
            }
            fields.lines = reader.lines()?;
        }
        reader.single_tail(fields)
    }

    /// ```abnf
    /// body-type-mpart = 1*body SP media-subtype [SP body-ext-mpart]
    /// body-ext-mpart  = body-fld-param [SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc
    ///                   *(SP body-extension)]]]
    /// ```
    fn multipart_tail(&mut self, node: usize) -> Option<()> {
        let reader = &mut self.reader;
        let fields = &mut self.nodes.get_mut(node)?.fields;
        reader.spaces();
        fields.subtype = reader.string()?;
        if reader.has_next_field() {
            reader.parameters(&mut fields.parameters)?;
        }
        reader.extension(fields)
    }

    fn close_multipart(&mut self, node: usize) -> Option<()> {
        self.multipart_tail(node)?;
        self.leave(node);
        Some(())
    }

    fn close_message(&mut self, node: usize) -> Option<()> {
        let fields = &mut self.nodes.get_mut(node)?.fields;
        fields.lines = self.reader.lines()?;
        self.reader.single_tail(fields)?;
        self.leave(node);
        Some(())
    }
}
