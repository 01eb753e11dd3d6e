//! Builds a structure, for servers.

use alloc::vec::Vec;

use crate::{
    types::{
        BodyStructure, Disposition, Envelope, Languages, Parameters, body_structure::read, envelope,
    },
    wire::{IString, List, list::sealed::Element, write_nstring, write_number, write_string},
};

/// The fields of a part that is not a multipart.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct PartFields<'a> {
    /// The media type.
    pub media_type: IString<'a>,
    /// The media subtype.
    pub subtype: IString<'a>,
    /// The parameters of the media type.
    pub parameters: Parameters<'a>,
    /// Content-ID.
    pub id: Option<IString<'a>>,
    /// Content-Description.
    pub description: Option<IString<'a>>,
    /// The transfer encoding.
    pub encoding: Option<IString<'a>>,
    /// The octets of the part in its transfer encoding.
    pub octets: u64,
    /// Content-MD5; written only with extension data.
    pub md5: Option<IString<'a>>,
}

/// Extension data that every part can have.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Extension<'a> {
    /// The disposition.
    pub disposition: Option<Disposition<'a>>,
    /// The languages.
    pub languages: Languages<'a>,
    /// Content-Location.
    pub location: Option<IString<'a>>,
}

/// Writes a [`BodyStructure`] part by part, in the order of the wire.
#[derive(Clone, Debug, Default)]
pub struct BodyStructureBuilder {
    octets: Vec<u8>,
}

impl BodyStructureBuilder {
    /// An empty builder.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A builder that writes after these octets.
    pub(super) const fn append_to(octets: Vec<u8>) -> Self {
        Self { octets }
    }

    /// All octets that were written.
    pub(super) fn into_octets(self) -> Vec<u8> {
        self.octets
    }

    /// A part that is neither text nor message. `extension` is `None` for the BODY form.
    pub fn basic(
        &mut self,
        fields: &PartFields<'_>,
        extension: Option<&Extension<'_>>,
    ) -> &mut Self {
        self.fields(fields);
        self.end_single(fields, None, extension)
    }

    /// A text part.
    pub fn text(
        &mut self,
        fields: &PartFields<'_>,
        lines: u64,
        extension: Option<&Extension<'_>>,
    ) -> &mut Self {
        self.fields(fields);
        self.end_single(fields, Some(lines), extension)
    }

    /// Opens a message inside the message; its body is the next part.
    pub fn message_start(&mut self, fields: &PartFields<'_>, envelope: &Envelope<'_>) -> &mut Self {
        self.fields(fields);
        self.octets.push(b' ');
        envelope::write::envelope(envelope, &mut self.octets);
        self.octets.push(b' ');
        self
    }

    /// Closes a message inside the message.
    pub fn message_end(
        &mut self,
        fields: &PartFields<'_>,
        lines: u64,
        extension: Option<&Extension<'_>>,
    ) -> &mut Self {
        self.end_single(fields, Some(lines), extension)
    }

    /// Opens a multipart. At least one part must follow.
    pub fn multipart_start(&mut self) -> &mut Self {
        self.octets.push(b'(');
        self
    }

    /// Closes a multipart. The parameters are written only with extension data.
    pub fn multipart_end(
        &mut self,
        subtype: &IString<'_>,
        parameters: &Parameters<'_>,
        extension: Option<&Extension<'_>>,
    ) -> &mut Self {
        self.octets.push(b' ');
        write_string(&subtype.to_cow(), &mut self.octets);
        if extension.is_some() {
            self.octets.push(b' ');
            self.list(parameters);
        }
        self.end(extension)
    }

    /// The structure. `None` if a part is still open, or if there is not exactly one outermost
    /// part.
    #[must_use]
    pub fn finish(&self) -> Option<BodyStructure<'static>> {
        match read::body(&self.octets) {
            Ok(([], structure)) => Some(structure.into_owned()),
            _ => None,
        }
    }

    /// The opening parenthesis and `body-fields`.
    fn fields(&mut self, fields: &PartFields<'_>) {
        let out = &mut self.octets;
        out.push(b'(');
        write_string(&fields.media_type.to_cow(), out);
        out.push(b' ');
        write_string(&fields.subtype.to_cow(), out);
        out.push(b' ');
        self.list(&fields.parameters);
        let out = &mut self.octets;
        for field in [&fields.id, &fields.description, &fields.encoding] {
            out.push(b' ');
            write_nstring(field.as_ref(), out);
        }
        out.push(b' ');
        write_number(fields.octets, out);
    }

    /// The end of a part that is not a multipart: lines, MD5, extension data.
    fn end_single(
        &mut self,
        fields: &PartFields<'_>,
        lines: Option<u64>,
        extension: Option<&Extension<'_>>,
    ) -> &mut Self {
        if let Some(lines) = lines {
            self.octets.push(b' ');
            write_number(lines, &mut self.octets);
        }
        if extension.is_some() {
            self.octets.push(b' ');
            write_nstring(fields.md5.as_ref(), &mut self.octets);
        }
        self.end(extension)
    }

    /// The extension data that every part can have, and the closing parenthesis.
    fn end(&mut self, extension: Option<&Extension<'_>>) -> &mut Self {
        if let Some(extension) = extension {
            self.octets.push(b' ');
            match &extension.disposition {
                Some(disposition) => {
                    self.octets.push(b'(');
                    write_string(&disposition.kind.to_cow(), &mut self.octets);
                    self.octets.push(b' ');
                    self.list(&disposition.parameters);
                    self.octets.push(b')');
                }
                None => self.octets.extend_from_slice(b"NIL"),
            }
            self.octets.push(b' ');
            match extension.languages.iter().next() {
                Some(one) if extension.languages.len() == 1 => {
                    write_string(&one.to_cow(), &mut self.octets);
                }
                _ => self.list(&extension.languages),
            }
            self.octets.push(b' ');
            write_nstring(extension.location.as_ref(), &mut self.octets);
        }
        self.octets.push(b')');
        self
    }

    /// A list in parentheses; NIL if it is empty.
    fn list<E: Element>(&mut self, list: &List<'_, E>) {
        if list.is_empty() {
            return self.octets.extend_from_slice(b"NIL");
        }
        self.octets.push(b'(');
        // The items are written anew: their form on the wire may not be the RFC's.
        self.octets.extend_from_slice(List::<E>::new(list.iter()).as_wire());
        self.octets.push(b')');
    }
}
