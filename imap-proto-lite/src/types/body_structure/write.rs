//! Writes a BODY or BODYSTRUCTURE, and builds one, for servers: RFC 9051 section 7.5.2.

use alloc::vec::Vec;

use crate::{
    types::{
        BodyStructure, Disposition, Envelope, Languages, Parameters, PartKind,
        body_structure::{Part, read},
        envelope,
    },
    wire::{
        IString, List,
        list::sealed::Element,
        put::{Out, Put, SP, nil_or, nstring, parens, spaced, string},
    },
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
    /// The size of the part in bytes, in its transfer encoding.
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

    /// A part that is neither text nor message. `extension` is `None` for the BODY form.
    pub fn basic(
        &mut self,
        fields: &PartFields<'_>,
        extension: Option<&Extension<'_>>,
    ) -> &mut Self {
        self.put((body_fields(fields), single_end(fields, None, extension)))
    }

    /// A text part.
    pub fn text(
        &mut self,
        fields: &PartFields<'_>,
        lines: u64,
        extension: Option<&Extension<'_>>,
    ) -> &mut Self {
        self.put((body_fields(fields), single_end(fields, Some(lines), extension)))
    }

    /// Opens a message inside the message; its body is the next part.
    pub fn message_start(&mut self, fields: &PartFields<'_>, envelope: &Envelope<'_>) -> &mut Self {
        self.put(message_start(fields, envelope))
    }

    /// Closes a message inside the message.
    pub fn message_end(
        &mut self,
        fields: &PartFields<'_>,
        lines: u64,
        extension: Option<&Extension<'_>>,
    ) -> &mut Self {
        self.put(single_end(fields, Some(lines), extension))
    }

    /// Opens a multipart. At least one part must follow.
    pub fn multipart_start(&mut self) -> &mut Self {
        self.put(b'(')
    }

    /// Closes a multipart. The parameters are written only with extension data.
    pub fn multipart_end(
        &mut self,
        subtype: &IString<'_>,
        parameters: &Parameters<'_>,
        extension: Option<&Extension<'_>>,
    ) -> &mut Self {
        self.put(multipart_end(subtype, parameters, extension))
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

    fn put(&mut self, value: impl Put) -> &mut Self {
        let mut out = Out::default();
        core::mem::swap(&mut out.bytes, &mut self.octets);
        out.put(value);
        self.octets = out.bytes;
        self
    }
}

impl BodyStructure<'_> {
    /// Writes the structure as the RFC spells it, however it was received.
    pub(crate) fn body(&self, extensions: bool) -> impl Put {
        move |out: &mut Out| {
            let mut open: Vec<Part<'_>> = Vec::new();
            for part in self.parts() {
                // All open parts that this one is not inside of have ended.
                while let Some(last) =
                    open.pop_if(|last| part.parent().is_none_or(|one| one.index() != last.index()))
                {
                    out.put(end(last, extensions));
                }
                out.put(start(part));
                open.push(part);
            }
            while let Some(last) = open.pop() {
                out.put(end(last, extensions));
            }
        }
    }
}

/// A part up to the parts inside of it.
fn start(part: Part<'_>) -> impl Put {
    move |out: &mut Out| match part.kind() {
        PartKind::Multipart => out.put(b'('),
        PartKind::Message => {
            out.put(message_start(&part.fields(), &part.envelope().unwrap_or_default()));
        }
        PartKind::Basic | PartKind::Text => out.put(body_fields(&part.fields())),
    }
}

/// A part from the end of the parts inside of it on.
fn end(part: Part<'_>, extensions: bool) -> impl Put {
    move |out: &mut Out| {
        let extension = extensions.then(|| part.extension());
        let extension = extension.as_ref();
        let lines = (part.kind() != PartKind::Basic).then(|| part.lines().unwrap_or_default());
        match part.kind() {
            PartKind::Multipart => {
                out.put(multipart_end(&part.subtype(), &part.parameters(), extension));
            }
            _ => out.put(single_end(&part.fields(), lines, extension)),
        }
    }
}

/// ```abnf
/// body-fields     = body-fld-param SP body-fld-id SP body-fld-desc SP body-fld-enc SP
///                   body-fld-octets
/// ```
/// With `"(" media-type SP media-subtype SP` before it.
fn body_fields(fields: &PartFields<'_>) -> impl Put {
    let media = [&fields.media_type, &fields.subtype].map(string);
    let texts = [&fields.id, &fields.description, &fields.encoding];
    let texts = spaced(texts.map(|text| nstring(text.as_ref())));
    (b'(', spaced(media), SP, list_or_nil(&fields.parameters), SP, texts, SP, fields.octets)
}

/// The start of a message inside the message.
fn message_start(fields: &PartFields<'_>, envelope: &Envelope<'_>) -> impl Put {
    (body_fields(fields), SP, envelope::write::envelope(envelope), SP)
}

/// The end of a multipart. The parameters are written only with extension data.
fn multipart_end(
    subtype: &IString<'_>,
    parameters: &Parameters<'_>,
    extension: Option<&Extension<'_>>,
) -> impl Put {
    let parameters = extension.map(|_| (SP, list_or_nil(parameters)));
    (SP, string(subtype), parameters, extension_end(extension))
}

/// The end of a part that is not a multipart: lines, MD5, extension data.
fn single_end(
    fields: &PartFields<'_>,
    lines: Option<u64>,
    extension: Option<&Extension<'_>>,
) -> impl Put {
    let md5 = extension.map(|_| (SP, nstring(fields.md5.as_ref())));
    (lines.map(|lines| (SP, lines)), md5, extension_end(extension))
}

/// The extension data that every part can have, and the closing parenthesis.
///
/// ```abnf
/// body-fld-dsp    = "(" string SP body-fld-param ")" / nil
/// ```
fn extension_end(extension: Option<&Extension<'_>>) -> impl Put {
    let extension = extension.map(|Extension { disposition, languages, location }| {
        let disposition = disposition.as_ref();
        let disposition =
            disposition.map(|one| parens((string(&one.kind), SP, list_or_nil(&one.parameters))));
        let location = nstring(location.as_ref());
        (SP, nil_or(disposition), SP, body_fld_lang(languages), SP, location)
    });
    (extension, b')')
}

/// ```abnf
/// body-fld-lang   = nstring / "(" string *(SP string) ")"
/// ```
fn body_fld_lang(languages: &Languages<'_>) -> impl Put {
    move |out: &mut Out| match languages.iter().next() {
        Some(one) if languages.len() == 1 => out.put(string(&one)),
        _ => out.put(list_or_nil(languages)),
    }
}

/// A list in parentheses; NIL if it is empty.
fn list_or_nil<E: Element>(list: &List<'_, E>) -> impl Put {
    nil_or((!list.is_empty()).then(|| parens(list)))
}
