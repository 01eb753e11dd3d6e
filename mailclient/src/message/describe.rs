//! What the parts of a message are: their descriptions, and which of them are its text.

use std::num::NonZeroU32;

use crate::{
    message::{
        envelope::ids,
        fields::first,
        parameters::Parameters,
        parts::{Kind, Place, content_type, transfer_encoding},
    },
    structure::MimePart,
};

/// A part as it is shown.
#[derive(Clone, Debug)]
pub(super) struct Described {
    pub(super) mime: MimePart,
    pub(super) role: Role,
    pub(super) charset: Option<Vec<u8>>,
    kind: Kind,
    /// It is inside of an enclosed message.
    is_enclosed: bool,
    /// The innermost `multipart/alternative` around it.
    alternative: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Plain,
    /// With or without an alternative that is plain text.
    Html {
        has_plain: bool,
    },
    Attachment,
    /// Parts, and what is in an enclosed message.
    Other,
}

/// Describes parts, which are each before its children.
pub(super) fn describe(bytes: &[u8], parts: &[Place]) -> Vec<Described> {
    let mut all: Vec<Described> = Vec::with_capacity(parts.len());
    for place in parts {
        let parent = place.parent.and_then(|parent| all.get(parent));
        let header = bytes.get(place.header.clone()).unwrap_or_default();
        let described = describe_one(place, parent, header, path(parts, place));
        all.push(described);
    }
    let plain = |part: &Described| (part.role == Role::Plain).then_some(part.alternative)?;
    let mut has_plain = vec![false; all.len()];
    for alternative in all.iter().filter_map(plain) {
        if let Some(has_plain) = has_plain.get_mut(alternative) {
            *has_plain = true;
        }
    }
    for part in &mut all {
        let beside = part.alternative.and_then(|alternative| has_plain.get(alternative));
        if let (Role::Html { has_plain }, Some(beside)) = (&mut part.role, beside) {
            *has_plain = *beside;
        }
    }
    all
}

fn describe_one(
    place: &Place,
    parent: Option<&Described>,
    header: &[u8],
    path: Vec<NonZeroU32>,
) -> Described {
    let around = parent.map(|parent| parent.kind);
    let is_in_digest = matches!(around, Some(Kind::Multipart { is_digest: true, .. }));
    let content_type = content_type(header, is_in_digest);
    let field = first(header, "Content-Disposition").map(Parameters::parse).unwrap_or_default();
    let is_alternative = matches!(around, Some(Kind::Multipart { is_alternative: true, .. }));
    let alternative = if is_alternative { place.parent } else { None };
    let is_single = !matches!(place.kind, Kind::Multipart { .. });
    let disposition = Some(field.value.clone()).filter(|value| !value.is_empty());
    let content_id = first(header, "Content-ID").and_then(|value| ids(value, 1).pop());
    let mut described = Described {
        charset: content_type.token("charset").map(<[u8]>::to_vec),
        role: Role::Other,
        kind: place.kind,
        is_enclosed: parent
            .is_some_and(|around| around.is_enclosed || around.kind == Kind::Message),
        alternative: alternative.or_else(|| parent.and_then(|parent| parent.alternative)),
        mime: MimePart {
            path,
            parent: place.parent,
            name: field.text("filename").or_else(|| content_type.text("name")),
            media_type: content_type.value,
            encoding: is_single.then(|| transfer_encoding(header)),
            disposition,
            content_id,
            size: is_single.then_some(place.body.len() as u64),
        },
    };
    if is_single && !described.is_enclosed {
        described.role = role(&described, parent.is_none());
    }
    described
}

/// Text is what has no name, is not said to be an attachment, and can be shown as text.
fn role(part: &Described, is_root: bool) -> Role {
    let is_shown =
        part.mime.disposition.as_deref().is_none_or(|disposition| disposition == "inline");
    let is_file = part.mime.name.is_some() && !is_root && part.alternative.is_none();
    match part.mime.media_type.as_str() {
        _ if !is_shown || is_file || part.kind == Kind::Message => Role::Attachment,
        "text/plain" => Role::Plain,
        "text/html" => Role::Html { has_plain: false },
        // A multipart without a boundary.
        value if is_root && value.starts_with("multipart/") => Role::Plain,
        _ => Role::Attachment,
    }
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
