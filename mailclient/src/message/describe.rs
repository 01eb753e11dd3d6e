//! What the parts of a message are: their descriptions.

use std::num::NonZeroU32;

use crate::{
    message::{
        envelope::ids,
        fields::first,
        parameters::Parameters,
        parts::{Kind, Place, content_type, transfer_encoding},
        words::unstructured,
    },
    structure::MimePart,
};

/// The most parameters of a part that are kept.
const PARAMETERS: usize = 32;

/// The fields that describe a part, from its header or as a server tells them.
#[derive(Debug, Default)]
pub(crate) struct Described<'f> {
    pub(crate) content_type: Parameters,
    pub(crate) disposition: Parameters,
    pub(crate) id: Option<&'f [u8]>,
    pub(crate) description: Option<&'f [u8]>,
}

impl Described<'_> {
    /// The part, with the fields decoded. It has no place yet.
    pub(crate) fn into_part(self) -> MimePart {
        let Self { content_type, disposition, id, description } = self;
        MimePart {
            name: disposition.text("filename").or_else(|| content_type.text("name")),
            parameters: content_type.texts(PARAMETERS),
            media_type: content_type.value,
            disposition: Some(disposition.value).filter(|value| !value.is_empty()),
            content_id: id.and_then(|value| ids(value, 1).pop()),
            description: description.map(unstructured).filter(|text| !text.is_empty()),
            ..MimePart::default()
        }
    }
}

/// Describes parts, which are each before its children.
pub(super) fn describe(bytes: &[u8], parts: &[Place]) -> Vec<MimePart> {
    let all = parts.iter().map(|place| {
        let around = place.parent.and_then(|parent| parts.get(parent)).map(|parent| parent.kind);
        let is_in_digest = matches!(around, Some(Kind::Multipart { is_digest: true }));
        let header = bytes.get(place.header.clone()).unwrap_or_default();
        let field = |name| first(header, name);
        let described = Described {
            content_type: content_type(header, is_in_digest),
            disposition: field("Content-Disposition").map(Parameters::parse).unwrap_or_default(),
            id: field("Content-ID"),
            description: field("Content-Description"),
        };
        let is_single = !matches!(place.kind, Kind::Multipart { .. });
        MimePart {
            path: path(parts, place),
            parent: place.parent,
            encoding: is_single.then(|| transfer_encoding(header)),
            size: is_single.then_some(place.body.len() as u64),
            ..described.into_part()
        }
    });
    all.collect()
}

/// The number of a part for FETCH BODY[] (RFC 9051 section 6.4.5). Empty for a multipart that is
/// a message's whole body: it has none.
fn path(parts: &[Place], place: &Place) -> Vec<NonZeroU32> {
    let is_multipart = |place: &Place| matches!(place.kind, Kind::Multipart { .. });
    let (mut path, mut part) = (Vec::new(), place);
    while let Some(parent) = part.parent.and_then(|parent| parts.get(parent)) {
        if is_multipart(parent) {
            path.extend(NonZeroU32::new(part.ordinal));
        } else if !is_multipart(part) {
            // The only part of a message's body.
            path.push(NonZeroU32::MIN);
        } else if std::ptr::eq(part, place) {
            return Vec::new();
        }
        part = parent;
    }
    if !is_multipart(part) {
        path.push(NonZeroU32::MIN);
    }
    path.reverse();
    path
}
