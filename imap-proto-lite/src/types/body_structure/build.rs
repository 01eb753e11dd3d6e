//! Making a structure: for servers.

use alloc::vec::Vec;

use crate::{
    types::{
        body_structure::{BodyStructure, Disposition, Languages, Parameters, Part, PartKind, read},
        envelope::Envelope,
    },
    wire::{
        string::IString,
        write::{nstring, number, string},
    },
};

/// The fields of a part that is no multipart.
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
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A part that is neither text nor message. `extension` is `None` for the BODY form.
    pub fn basic(
        &mut self,
        fields: &PartFields<'_>,
        extension: Option<&Extension<'_>>,
    ) -> &mut Self {
        self.fields(fields);
        self.md5(fields, extension);
        self.extension(extension);
        self.close()
    }

    /// A text part.
    pub fn text(
        &mut self,
        fields: &PartFields<'_>,
        lines: u64,
        extension: Option<&Extension<'_>>,
    ) -> &mut Self {
        self.fields(fields);
        self.octets.push(b' ');
        number(lines, &mut self.octets);
        self.md5(fields, extension);
        self.extension(extension);
        self.close()
    }

    /// Opens a message in the message; its body is the next part.
    pub fn message_start(&mut self, fields: &PartFields<'_>, envelope: &Envelope<'_>) -> &mut Self {
        self.fields(fields);
        self.octets.push(b' ');
        crate::response::encode::fetch::envelope(envelope, &mut self.octets);
        self.octets.push(b' ');
        self
    }

    /// Closes a message in the message.
    pub fn message_end(
        &mut self,
        fields: &PartFields<'_>,
        lines: u64,
        extension: Option<&Extension<'_>>,
    ) -> &mut Self {
        self.octets.push(b' ');
        number(lines, &mut self.octets);
        self.md5(fields, extension);
        self.extension(extension);
        self.close()
    }

    /// Opens a multipart; its parts are next, one at least.
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
        string(&subtype.to_cow(), &mut self.octets);
        if extension.is_some() {
            self.octets.push(b' ');
            self.parameters(parameters);
        }
        self.extension(extension);
        self.close()
    }

    /// The structure; `None` if a part is still open, or there is none or more than one outermost part.
    #[must_use]
    pub fn finish(&self) -> Option<BodyStructure<'static>> {
        match read::body(&self.octets) {
            Ok(([], structure)) => Some(structure.into_owned()),
            _ => None,
        }
    }

    fn close(&mut self) -> &mut Self {
        self.octets.push(b')');
        self
    }

    fn fields(&mut self, fields: &PartFields<'_>) {
        let out = &mut self.octets;
        out.push(b'(');
        string(&fields.media_type.to_cow(), out);
        out.push(b' ');
        string(&fields.subtype.to_cow(), out);
        out.push(b' ');
        self.parameters(&fields.parameters);
        let out = &mut self.octets;
        for field in [&fields.id, &fields.description, &fields.encoding] {
            out.push(b' ');
            nstring(field.as_ref(), out);
        }
        out.push(b' ');
        number(fields.octets, out);
    }

    fn md5(&mut self, fields: &PartFields<'_>, extension: Option<&Extension<'_>>) {
        if extension.is_some() {
            self.octets.push(b' ');
            nstring(fields.md5.as_ref(), &mut self.octets);
        }
    }

    fn extension(&mut self, extension: Option<&Extension<'_>>) {
        let Some(extension) = extension else { return };
        self.octets.push(b' ');
        match &extension.disposition {
            Some(disposition) => {
                self.octets.push(b'(');
                string(&disposition.kind.to_cow(), &mut self.octets);
                self.octets.push(b' ');
                self.parameters(&disposition.parameters);
                self.octets.push(b')');
            }
            None => self.octets.extend_from_slice(b"NIL"),
        }
        let out = &mut self.octets;
        out.push(b' ');
        match extension.languages.first() {
            None => out.extend_from_slice(b"NIL"),
            Some(language) if extension.languages.len() == 1 => string(&language.to_cow(), out),
            Some(_) => {
                out.push(b'(');
                out.extend_from_slice(Languages::new(extension.languages.iter()).as_wire());
                out.push(b')');
            }
        }
        out.push(b' ');
        nstring(extension.location.as_ref(), out);
    }

    fn parameters(&mut self, parameters: &Parameters<'_>) {
        if parameters.is_empty() {
            self.octets.extend_from_slice(b"NIL");
        } else {
            self.octets.push(b'(');
            self.octets.extend_from_slice(Parameters::new(parameters.iter()).as_wire());
            self.octets.push(b')');
        }
    }

    fn fields_of(part: Part<'_>) -> PartFields<'_> {
        PartFields {
            media_type: part.media_type(),
            subtype: part.subtype(),
            parameters: part.parameters(),
            id: part.id(),
            description: part.description(),
            encoding: part.encoding(),
            octets: part.octets().unwrap_or_default(),
            md5: part.md5(),
        }
    }
}

impl BodyStructure<'_> {
    /// Writes the structure as the RFC has it, whatever it looked like when it was received.
    pub(crate) fn write(&self, extensions: bool, out: &mut Vec<u8>) {
        let mut builder = BodyStructureBuilder { octets: core::mem::take(out) };
        let extension = |part: Part<'_>| {
            let extension = Extension {
                disposition: part.disposition(),
                languages: part.languages(),
                location: part.location(),
            };
            Extension {
                disposition: extension.disposition.map(|one| Disposition {
                    kind: one.kind.into_owned(),
                    parameters: one.parameters.into_owned(),
                }),
                languages: extension.languages.into_owned(),
                location: extension.location.map(IString::into_owned),
            }
        };
        let close = |builder: &mut BodyStructureBuilder, part: Part<'_>| {
            let extension = extensions.then(|| extension(part));
            match part.kind() {
                PartKind::Multipart => {
                    builder.multipart_end(&part.subtype(), &part.parameters(), extension.as_ref());
                }
                _ => {
                    let fields = BodyStructureBuilder::fields_of(part);
                    builder.message_end(
                        &fields,
                        part.lines().unwrap_or_default(),
                        extension.as_ref(),
                    );
                }
            }
        };
        let mut open: Vec<Part<'_>> = Vec::new();
        for part in self.parts() {
            while let Some(last) = open.pop() {
                if part.parent().is_some_and(|parent| parent.index() == last.index()) {
                    open.push(last);
                    break;
                }
                close(&mut builder, last);
            }
            match part.kind() {
                PartKind::Multipart => {
                    builder.multipart_start();
                    open.push(part);
                }
                PartKind::Message => {
                    let fields = BodyStructureBuilder::fields_of(part);
                    builder.message_start(&fields, &part.envelope().unwrap_or_default());
                    open.push(part);
                }
                PartKind::Text => {
                    let extension = extensions.then(|| extension(part));
                    let fields = BodyStructureBuilder::fields_of(part);
                    builder.text(&fields, part.lines().unwrap_or_default(), extension.as_ref());
                }
                PartKind::Basic => {
                    let extension = extensions.then(|| extension(part));
                    builder.basic(&BodyStructureBuilder::fields_of(part), extension.as_ref());
                }
            }
        }
        while let Some(last) = open.pop() {
            close(&mut builder, last);
        }
        *out = builder.octets;
    }
}
