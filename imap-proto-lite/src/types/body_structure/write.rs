//! Writes a BODY or BODYSTRUCTURE: RFC 9051 section 7.5.2.

use alloc::vec::Vec;

use crate::{
    types::{
        BodyStructure, PartKind,
        body_structure::{Part, build::BodyStructureBuilder},
    },
    wire::put::{Out, Put},
};

impl BodyStructure<'_> {
    /// Writes the structure as the RFC spells it, however it was received.
    pub(crate) fn body(&self, extensions: bool) -> impl Put {
        move |out: &mut Out| self.write(extensions, out)
    }

    fn write(&self, extensions: bool, out: &mut Out) {
        let mut builder = BodyStructureBuilder::append_to(core::mem::take(&mut out.bytes));
        let mut open: Vec<Part<'_>> = Vec::new();
        for part in self.parts() {
            // All open parts that this one is not inside of have ended.
            while let Some(last) =
                open.pop_if(|last| part.parent().is_none_or(|one| one.index() != last.index()))
            {
                end(last, extensions, &mut builder);
            }
            if matches!(part.kind(), PartKind::Multipart | PartKind::Message) {
                start(part, &mut builder);
                open.push(part);
            } else {
                leaf(part, extensions, &mut builder);
            }
        }
        while let Some(last) = open.pop() {
            end(last, extensions, &mut builder);
        }
        out.bytes = builder.into_octets();
    }
}

/// The start of a part that has parts inside.
fn start(part: Part<'_>, builder: &mut BodyStructureBuilder) {
    if part.kind() == PartKind::Multipart {
        builder.multipart_start();
    } else {
        builder.message_start(&part.fields(), &part.envelope().unwrap_or_default());
    }
}

/// The end of a part that has parts inside.
fn end(part: Part<'_>, extensions: bool, builder: &mut BodyStructureBuilder) {
    let extension = extensions.then(|| part.extension());
    let extension = extension.as_ref();
    if part.kind() == PartKind::Multipart {
        builder.multipart_end(&part.subtype(), &part.parameters(), extension);
    } else {
        builder.message_end(&part.fields(), part.lines().unwrap_or_default(), extension);
    }
}

/// A part that has no parts inside.
fn leaf(part: Part<'_>, extensions: bool, builder: &mut BodyStructureBuilder) {
    let extension = extensions.then(|| part.extension());
    let extension = extension.as_ref();
    if part.kind() == PartKind::Text {
        builder.text(&part.fields(), part.lines().unwrap_or_default(), extension);
    } else {
        builder.basic(&part.fields(), extension);
    }
}
