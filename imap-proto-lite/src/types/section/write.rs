//! Writes a section: RFC 9051 section 6.4.5.

use core::fmt;

use crate::{
    types::{PartNumber, Section, SectionText},
    wire::{
        Printable,
        put::{Out, Put, parens},
    },
};

/// The inside of the brackets of `BODY[]`.
impl fmt::Display for Section<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Out::default();
        out.put(section_spec(self));
        fmt::Display::fmt(&Printable(&out.bytes), f)
    }
}

/// ```abnf
/// section-spec    = section-msgtext / (section-part ["." section-text])
/// ```
pub(crate) fn section_spec(section: &Section<'_>) -> impl Put {
    let part = section.part.as_ref().map(PartNumber::as_wire);
    let dot = (part.is_some() && section.text.is_some()).then_some(b'.');
    (part, dot, section.text.as_ref().map(section_text))
}

/// ```abnf
/// section-text    = section-msgtext / "MIME"
/// section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] SP header-list / "TEXT"
/// header-list     = "(" header-fld-name *(SP header-fld-name) ")"
/// ```
fn section_text(text: &SectionText<'_>) -> impl Put {
    let (word, names) = match text {
        SectionText::Header => ("HEADER", None),
        SectionText::HeaderFields(names) => ("HEADER.FIELDS ", Some(names)),
        SectionText::HeaderFieldsNot(names) => ("HEADER.FIELDS.NOT ", Some(names)),
        SectionText::Text => ("TEXT", None),
        SectionText::Mime => ("MIME", None),
    };
    (word, names.map(parens))
}
