//! BODY and BODYSTRUCTURE: RFC 9051 section 7.5.2.
//!
//! The parts of a message are in one flat `Vec`, in the order of the wire, each with the offsets of
//! its fields in the response. Nothing here recurses: not the parser, not `Drop`, `Clone`,
//! `PartialEq` or `Debug`.

use alloc::{borrow::Cow, vec::Vec};
use core::{fmt, num::NonZeroU32};

mod fast;
pub(crate) mod fields;
pub(crate) mod read;
mod walk;
mod write;

pub use self::write::{BodyStructureBuilder, Extension, PartFields};
use crate::{
    types::{Envelope, PartNumber, envelope::read::inner_envelope},
    wire::{IString, List, ListSpan, StringSpan, steps},
};

/// The deepest nesting of parts. A deeper structure in a response is kept raw, and
/// [`BodyStructureBuilder::finish`] returns `None` for it.
///
/// A guarantee of the type, and therefore not a field of [`Limits`](crate::Limits): an application
/// may walk the parts of every [`BodyStructure`] with recursion.
pub const MAX_DEPTH: u32 = 100;

/// The kind of a part, which decides its fields.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "`body` has these four forms")]
pub enum PartKind {
    /// `body-type-basic`
    Basic,
    /// `body-type-text`: it has lines.
    Text,
    /// `body-type-msg`: it has lines, an envelope and one child.
    Message,
    /// `body-type-mpart`: it has children.
    Multipart,
}

/// A part: the places of its fields in the bytes of the structure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) kind: PartKind,
    /// Index of this part.
    pub(crate) place: u32,
    /// Index of the part that contains this one; the index of this part if it is the outermost.
    pub(crate) parent: u32,
    /// Index after the last part inside this one.
    pub(crate) end: u32,
    /// Position among its siblings, from 1.
    pub(crate) ordinal: u32,
    pub(crate) fields: Fields,
}

impl Node {
    const NONE: Self = Self {
        kind: PartKind::Basic,
        place: 0,
        parent: 0,
        end: 0,
        ordinal: 1,
        fields: Fields::NONE,
    };
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields {
    pub(crate) media_type: StringSpan,
    pub(crate) subtype: StringSpan,
    pub(crate) parameters: ListSpan,
    pub(crate) id: StringSpan,
    pub(crate) description: StringSpan,
    pub(crate) encoding: StringSpan,
    pub(crate) octets: Count,
    pub(crate) lines: Count,
    /// Its wire form.
    pub(crate) envelope: StringSpan,
    pub(crate) md5: StringSpan,
    pub(crate) disposition: StringSpan,
    pub(crate) disposition_parameters: ListSpan,
    pub(crate) languages: ListSpan,
    pub(crate) location: StringSpan,
    /// Their wire form.
    pub(crate) extensions: StringSpan,
}

impl Fields {
    pub(crate) const NONE: Self = Self {
        media_type: StringSpan::NIL,
        subtype: StringSpan::NIL,
        parameters: ListSpan::EMPTY,
        id: StringSpan::NIL,
        description: StringSpan::NIL,
        encoding: StringSpan::NIL,
        octets: Count::NONE,
        lines: Count::NONE,
        envelope: StringSpan::NIL,
        md5: StringSpan::NIL,
        disposition: StringSpan::NIL,
        disposition_parameters: ListSpan::EMPTY,
        languages: ListSpan::EMPTY,
        location: StringSpan::NIL,
        extensions: StringSpan::NIL,
    };
}

/// A count of bytes or lines, plus one, so that 0 means none. (A `number64` has 63 bits, so the sum
/// fits.)
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count(u64);

impl Count {
    pub(crate) const NONE: Self = Self(0);

    pub(crate) const fn new(count: u64) -> Self {
        Self(count.wrapping_add(1))
    }

    const fn number(self) -> Option<u64> {
        self.0.checked_sub(1)
    }
}

/// The structure of a message.
#[derive(Clone)]
pub struct BodyStructure<'a> {
    octets: Cow<'a, [u8]>,
    nodes: Vec<Node>,
}

impl<'a> BodyStructure<'a> {
    pub(crate) const fn received(octets: &'a [u8], nodes: Vec<Node>) -> Self {
        Self { octets: Cow::Borrowed(octets), nodes }
    }

    /// Number of parts, including multiparts; never 0.
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub const fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The outermost part.
    pub fn root(&self) -> Part<'_> {
        self.part_of(self.nodes.first().unwrap_or(&Node::NONE))
    }

    /// All parts in the order of the wire: a part comes after the one that contains it.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_>> + Clone {
        self.nodes.iter().map(|node| self.part_of(node))
    }

    fn part_of<'l>(&'l self, node: &'l Node) -> Part<'l> {
        Part { octets: &self.octets, nodes: &self.nodes, node }
    }

    /// The part that FETCH `BODY[number]` returns.
    #[must_use]
    pub fn part(&self, number: &PartNumber<'_>) -> Option<Part<'_>> {
        self.parts().find(|part| part.number().is_some_and(|one| one == *number))
    }

    /// Converts into an owned value.
    #[must_use]
    pub fn into_owned(self) -> BodyStructure<'static> {
        BodyStructure { octets: Cow::Owned(self.octets.into_owned()), nodes: self.nodes }
    }
}

impl PartialEq for BodyStructure<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.nodes.len() == other.nodes.len()
            && self.parts().zip(other.parts()).all(|(one, two)| one.same(two))
    }
}

impl fmt::Debug for BodyStructure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.parts()).finish()
    }
}

/// The kind of item in [`Parameters`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ParameterElement;

/// Parameters of a media type or a disposition. Some servers send NIL as a value.
pub type Parameters<'a> = List<'a, ParameterElement>;

/// The kind of item in [`Languages`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LanguageElement;

/// Languages of a part: `body-fld-lang`.
pub type Languages<'a> = List<'a, LanguageElement>;

/// A disposition with its parameters: `body-fld-dsp`.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Disposition<'a> {
    /// `inline`, `attachment` or another word, in any case.
    pub kind: IString<'a>,
    /// Its parameters, such as the file name.
    pub parameters: Parameters<'a>,
}

impl<'a> Disposition<'a> {
    /// A disposition.
    #[must_use]
    pub const fn new(kind: IString<'a>, parameters: Parameters<'a>) -> Self {
        Self { kind, parameters }
    }
}

/// One part of a [`BodyStructure`]. Its fields are parsed on access.
#[derive(Clone, Copy)]
pub struct Part<'l> {
    octets: &'l [u8],
    nodes: &'l [Node],
    node: &'l Node,
}

/// The value of a field. A macro, because a getter that calls no function is inlined into other
/// crates: this saves 6 % of the time on BODYSTRUCTURE.
macro_rules! string {
    ($part:ident.$field:ident) => {{
        let span = $part.node.fields.$field;
        match $part.octets.get(span.range()) {
            Some(value) if !span.is_nil() => Some(span.string(value)),
            _ => None,
        }
    }};
}

/// The list of a field.
macro_rules! list {
    ($part:ident.$field:ident) => {{
        let span = $part.node.fields.$field;
        let inside = match $part.octets.get(span.range()) {
            Some(inside) => inside,
            None => &[],
        };
        List::from_wire_counted(inside, span.count())
    }};
}

impl<'l> Part<'l> {
    /// The part at this index of the same structure.
    fn at(self, place: u32) -> Option<Self> {
        Some(Self { node: self.nodes.get(place as usize)?, ..self })
    }

    /// The kind.
    pub const fn kind(self) -> PartKind {
        self.node.kind
    }

    /// Its index in [`BodyStructure::parts`].
    pub const fn index(self) -> usize {
        self.node.place as usize
    }

    /// The part that contains it.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        let Node { place, parent, .. } = *self.node;
        if parent == place { None } else { self.at(parent) }
    }

    /// The parts directly inside it.
    pub fn children(self) -> impl Iterator<Item = Self> + Clone {
        let end = self.node.end;
        let mut next = self.node.place + 1;
        core::iter::from_fn(move || {
            steps::add(1);
            if next >= end {
                return None;
            }
            let child = self.at(next)?;
            next = child.node.end;
            Some(child)
        })
    }

    /// The number of parts around it.
    pub fn depth(self) -> usize {
        core::iter::successors(self.parent(), |part| part.parent()).count()
    }

    /// The number for FETCH BODY[] (RFC 9051 section 6.4.5). `None` for the outermost multipart and
    /// for a multipart that is the whole body of an inner message: these have no number.
    pub fn number(self) -> Option<PartNumber<'static>> {
        let mut path = Vec::new();
        let mut part = self;
        while let Some(parent) = part.parent() {
            steps::add(1);
            match parent.kind() {
                PartKind::Multipart => path.push(NonZeroU32::new(part.node.ordinal)?),
                // The parts of a message's body are numbered below the message.
                _ if part.kind() == PartKind::Multipart => {
                    if part.index() == self.index() {
                        return None;
                    }
                }
                _ => path.push(NonZeroU32::MIN),
            }
            part = parent;
        }
        if part.kind() != PartKind::Multipart {
            path.push(NonZeroU32::MIN);
        }
        path.reverse();
        PartNumber::new(path)
    }

    /// The media type; `MULTIPART` for a multipart.
    pub fn media_type(self) -> IString<'l> {
        match string!(self.media_type) {
            Some(media_type) => media_type,
            None if self.kind() == PartKind::Multipart => IString::from("MULTIPART"),
            None => IString::default(),
        }
    }

    /// The media subtype.
    pub fn subtype(self) -> IString<'l> {
        string!(self.subtype).unwrap_or_default()
    }

    /// The parameters of the media type.
    pub fn parameters(self) -> Parameters<'l> {
        list!(self.parameters)
    }

    /// The value of a parameter, by its name in any case.
    #[must_use]
    pub fn parameter(self, name: &str) -> Option<IString<'l>> {
        self.value_of(name, |fields| fields.parameters)
    }

    /// Content-ID.
    pub fn id(self) -> Option<IString<'l>> {
        string!(self.id)
    }

    /// Content-Description.
    pub fn description(self) -> Option<IString<'l>> {
        string!(self.description)
    }

    /// The transfer encoding; `None` for multiparts and for NIL.
    pub fn encoding(self) -> Option<IString<'l>> {
        string!(self.encoding)
    }

    /// The size of the part in bytes, in its transfer encoding; `None` for multiparts and for an
    /// invalid number.
    pub fn octets(self) -> Option<u64> {
        self.node.fields.octets.number()
    }

    /// The lines of a text or a message.
    pub fn lines(self) -> Option<u64> {
        self.node.fields.lines.number()
    }

    /// The envelope of a message.
    pub fn envelope(self) -> Option<Envelope<'l>> {
        let octets = self.node.fields.envelope.raw(self.octets)?;
        inner_envelope(octets).ok().map(|(_, envelope)| envelope)
    }

    /// Content-MD5.
    pub fn md5(self) -> Option<IString<'l>> {
        string!(self.md5)
    }

    /// The disposition.
    pub fn disposition(self) -> Option<Disposition<'l>> {
        let kind = string!(self.disposition)?;
        Some(Disposition::new(kind, list!(self.disposition_parameters)))
    }

    /// The languages.
    pub fn languages(self) -> Languages<'l> {
        list!(self.languages)
    }

    /// Content-Location.
    pub fn location(self) -> Option<IString<'l>> {
        string!(self.location)
    }

    /// Extension data after the location, in its wire form.
    pub fn extensions(self) -> Option<&'l [u8]> {
        self.node.fields.extensions.raw(self.octets)
    }

    /// The file name, from the disposition or else the media type; encoded words and RFC 2231 are
    /// not decoded.
    pub fn file_name(self) -> Option<IString<'l>> {
        self.value_of("filename", |fields| fields.disposition_parameters)
            .or_else(|| self.parameter("name"))
    }

    fn value_of(self, name: &str, field: impl FnOnce(&Fields) -> ListSpan) -> Option<IString<'l>> {
        let mut values = field(&self.node.fields).iter::<ParameterElement>(self.octets);
        values.find(|(one, _)| one.eq_ignore_ascii_case(name))?.1
    }

    /// The fields of a part that is not a multipart.
    fn fields(self) -> PartFields<'l> {
        PartFields {
            media_type: self.media_type(),
            subtype: self.subtype(),
            parameters: self.parameters(),
            id: self.id(),
            description: self.description(),
            encoding: self.encoding(),
            octets: self.octets().unwrap_or_default(),
            md5: self.md5(),
        }
    }

    /// The extension data.
    fn extension(self) -> Extension<'l> {
        Extension {
            disposition: self.disposition(),
            languages: self.languages(),
            location: self.location(),
        }
    }

    /// Whether two parts have the same fields and the same place.
    fn same(self, other: Part<'_>) -> bool {
        let place = |part: Part<'_>| (part.node.kind, part.node.parent, part.node.end);
        let numbers = |part: Part<'_>| (part.octets(), part.lines());
        let media_type = self.media_type();
        place(self) == place(other)
            && numbers(self) == numbers(other)
            && media_type.to_cow().eq_ignore_ascii_case(&other.media_type().to_cow())
            && self.fields() == PartFields { media_type, ..other.fields() }
            && self.envelope() == other.envelope()
            && self.extension() == other.extension()
            && self.extensions() == other.extensions()
    }
}

impl fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("depth", &self.depth())
            .field("kind", &self.kind())
            .field("fields", &self.fields())
            .field("octets", &self.octets())
            .field("lines", &self.lines())
            .field("envelope", &self.envelope())
            .field("extension", &self.extension())
            .field("extensions", &self.extensions().map(crate::wire::string::Escaped))
            .finish()
    }
}
