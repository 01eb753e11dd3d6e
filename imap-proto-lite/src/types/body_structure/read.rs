//! BODY and BODYSTRUCTURE: RFC 9051 section 9, and the deviations of servers.
//!
//! One pass without recursion: the chain of parents in the flat list of parts is the stack.

use alloc::vec::Vec;

use nom::{
    Offset as _, Parser as _,
    character::complete::char,
    combinator::{consumed, map, opt, peek},
    sequence::{preceded, terminated},
};

use crate::{
    types::{
        BodyStructure, PartKind,
        body_structure::{
            Count, Fields, Node, fast,
            fields::{
                BodyExtension, BodyFields, MultipartEnd, body_ext_1part, body_ext_mpart,
                body_fields, body_fields_without_subtype, childless_multipart,
                ext_of_multipart_as_leaf, lines,
            },
            walk::Walk,
        },
        envelope::read::{inner_envelope, item_end},
    },
    wire::{FAIL, ListSpan, Parsed, StringSpan, nstring, opt_sp},
};

/// ```abnf
/// body            = "(" (body-type-1part / body-type-mpart) ")"
/// ```
pub(crate) fn body(input: &[u8]) -> Parsed<'_, BodyStructure<'_>> {
    let structure = map(consumed(parts), |(octets, nodes)| BodyStructure::received(octets, nodes));
    terminated(structure, item_end).parse(input)
}

/// The outermost part and all inside it.
pub(super) fn parts(input: &[u8]) -> Parsed<'_, Vec<Node>> {
    let mut walk = Walk::new(input);
    if let Some(rest) = fast::parts(&mut walk) {
        return Ok((rest, walk.nodes));
    }
    walk.restart();
    general_parts(walk, input)
}

/// [`parts`] without its shortcut.
pub(super) fn general_parts<'a>(mut walk: Walk<'a>, input: &'a [u8]) -> Parsed<'a, Vec<Node>> {
    let mut rest = walk.open(input).ok_or(FAIL)?;
    // A part has ended or its children have begun: the part around decides what may follow.
    while let Some((node, kind)) = walk.current {
        let after = match (kind, next_part(rest)) {
            (PartKind::Multipart, Ok((part, _))) => walk.open(part),
            (PartKind::Multipart, _) => walk.close_multipart(node, rest),
            (_, Ok((part, _))) if walk.body_is_due(node) => walk.open(part),
            _ => walk.close_message(node, rest),
        };
        rest = after.ok_or(FAIL)?;
    }
    Ok((rest, walk.nodes))
}

/// A part follows. Some servers send spaces before it.
fn next_part(input: &[u8]) -> Parsed<'_, char> {
    preceded(opt_sp, peek(char('('))).parse(input)
}

/// The start of a part, and whether it is a multipart: its first part follows.
fn open(input: &[u8]) -> Parsed<'_, bool> {
    let inner = map(opt(peek(char('('))), |inner| inner.is_some());
    preceded((char('('), opt_sp), inner).parse(input)
}

impl<'a> Walk<'a> {
    /// Reads the start of a part: all of it, unless it contains parts. Returns the rest.
    fn open(&mut self, input: &'a [u8]) -> Option<&'a [u8]> {
        let (input, is_multipart) = open(input).ok()?;
        if is_multipart {
            let node = self.push(PartKind::Multipart)?;
            self.enter(node, PartKind::Multipart)?;
            return Some(input);
        }
        let node = self.push(PartKind::Basic)?;
        match self.body_type_1part(node, input, true) {
            Some(rest) => Some(rest),
            None => self.odd_part(node, input),
        }
    }

    /// A part that breaks the RFC.
    #[cold]
    fn odd_part(&mut self, node: usize, input: &'a [u8]) -> Option<&'a [u8]> {
        if let Some(rest) = self.body_type_1part(node, input, false) {
            return Some(rest);
        }
        let outermost = self.current.is_none();
        let (rest, end) = childless_multipart(input, outermost).ok()?;
        let node = self.nodes.get_mut(node)?;
        node.kind = PartKind::Multipart;
        node.fields = Fields::NONE;
        node.fields.set_multipart(&end, self.all)?;
        Some(rest)
    }

    /// ```abnf
    /// body-type-1part = (body-type-basic / body-type-msg / body-type-text) [SP body-ext-1part]
    /// ```
    fn body_type_1part(
        &mut self,
        node: usize,
        input: &'a [u8],
        with_subtype: bool,
    ) -> Option<&'a [u8]> {
        let all = self.all;
        let part = self.nodes.get_mut(node)?;
        let fields = &mut part.fields;
        let rule = if with_subtype { body_fields } else { body_fields_without_subtype };
        let (rest, values) = rule(input).ok()?;
        fields.set(&values, all)?;
        let kind = fields.kind(all);
        part.kind = kind;
        if kind == PartKind::Message {
            let envelope = preceded(opt_sp, consumed(inner_envelope));
            let body = preceded(opt_sp, peek(char('(')));
            match terminated(envelope, body).parse(rest) {
                Ok((rest, (octets, _))) => {
                    fields.envelope = StringSpan::new(all.offset(octets), octets.len())?;
                    self.enter(node, PartKind::Message)?;
                    return Some(rest);
                }
                // A message without an envelope is a basic part.
                Err(_) => part.kind = PartKind::Basic,
            }
        }
        let rest = fields.read_end(all, rest)?;
        if kind == PartKind::Basic {
            fields.lines = Count::NONE;
        }
        Some(rest)
    }

    /// ```abnf
    /// body-type-mpart = 1*body SP media-subtype [SP body-ext-mpart]
    /// ```
    fn close_multipart(&mut self, node: usize, input: &'a [u8]) -> Option<&'a [u8]> {
        let fields = &mut self.nodes.get_mut(node)?.fields;
        let (rest, end) = (preceded(opt_sp, nstring), body_ext_mpart).parse(input).ok()?;
        fields.set_multipart(&end, self.all)?;
        self.leave(node);
        Some(rest)
    }

    fn close_message(&mut self, node: usize, input: &'a [u8]) -> Option<&'a [u8]> {
        let fields = &mut self.nodes.get_mut(node)?.fields;
        let rest = fields.read_end(self.all, input)?;
        self.leave(node);
        Some(rest)
    }
}

impl Fields {
    /// Reads the lines, the extension data and the closing parenthesis of a part that is not a
    /// multipart. Returns the rest.
    fn read_end<'a>(&mut self, all: &'a [u8], input: &'a [u8]) -> Option<&'a [u8]> {
        let (rest, lines) = lines(input).ok()?;
        self.lines = lines;
        let (rest, extension) = match body_ext_1part(rest) {
            Err(_) if self.media_type.is("MULTIPART", all) => ext_of_multipart_as_leaf(rest),
            other => other,
        }
        .ok()?;
        self.set_extension(&extension, all)?;
        Some(rest)
    }

    pub(super) fn kind(&self, all: &[u8]) -> PartKind {
        let is_message =
            |subtype: StringSpan| subtype.is("RFC822", all) || subtype.is("GLOBAL", all);
        if self.media_type.is("TEXT", all) {
            PartKind::Text
        } else if self.media_type.is("MESSAGE", all) && is_message(self.subtype) {
            PartKind::Message
        } else {
            PartKind::Basic
        }
    }

    fn set(&mut self, values: &BodyFields<'_>, all: &[u8]) -> Option<()> {
        self.media_type = StringSpan::of(&values.media_type, all)?;
        self.subtype = StringSpan::of(&values.subtype, all)?;
        self.parameters = ListSpan::of(&values.parameters, all)?;
        self.id = StringSpan::of(&values.id, all)?;
        self.description = StringSpan::of(&values.description, all)?;
        self.encoding = StringSpan::of(&values.encoding, all)?;
        self.octets = values.octets;
        Some(())
    }

    fn set_multipart(&mut self, end: &MultipartEnd<'_>, all: &[u8]) -> Option<()> {
        let (subtype, (parameters, extension)) = end;
        self.subtype = StringSpan::of(subtype, all)?;
        self.parameters = ListSpan::of(parameters, all)?;
        self.set_extension(extension, all)
    }

    fn set_extension(&mut self, values: &BodyExtension<'_>, all: &[u8]) -> Option<()> {
        self.md5 = StringSpan::of(&values.md5, all)?;
        self.disposition = StringSpan::of(&values.disposition, all)?;
        self.disposition_parameters = ListSpan::of(&values.disposition_parameters, all)?;
        self.languages = ListSpan::of(&values.languages, all)?;
        self.location = StringSpan::of(&values.location, all)?;
        if !values.extensions.is_empty() {
            self.extensions =
                StringSpan::new(all.offset(values.extensions), values.extensions.len())?;
        }
        Some(())
    }
}
