//! Writes a section: RFC 9051 section 6.4.5.

use alloc::vec::Vec;
use core::fmt;

use crate::{
    types::{Section, SectionText},
    wire::{Printable, write_astring},
};

/// The inside of the brackets of `BODY[]`.
impl fmt::Display for Section<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::new();
        section(self, &mut out);
        fmt::Display::fmt(&Printable(&out), f)
    }
}

/// Writes the inside of the brackets of `BODY[]`.
pub(crate) fn section(section: &Section<'_>, out: &mut Vec<u8>) {
    if let Some(part) = &section.part {
        out.extend_from_slice(part.as_wire());
    }
    let Some(text) = &section.text else { return };
    if section.part.is_some() {
        out.push(b'.');
    }
    let (word, names) = match text {
        SectionText::Header => ("HEADER", None),
        SectionText::HeaderFields(names) => ("HEADER.FIELDS", Some(names)),
        SectionText::HeaderFieldsNot(names) => ("HEADER.FIELDS.NOT", Some(names)),
        SectionText::Text => ("TEXT", None),
        SectionText::Mime => ("MIME", None),
    };
    out.extend_from_slice(word.as_bytes());
    if let Some(names) = names {
        out.extend_from_slice(b" (");
        for (place, name) in names.iter().enumerate() {
            if place > 0 {
                out.push(b' ');
            }
            write_astring(name.as_bytes(), out);
        }
        out.push(b')');
    }
}
