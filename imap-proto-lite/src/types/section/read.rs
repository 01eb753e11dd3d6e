//! `section` and its origin: RFC 9051 section 9.

use alloc::{borrow::Cow, vec::Vec};
use core::str::FromStr;

use crate::{
    types::{
        HeaderName, HeaderNames, PartNumber, Section, SectionText,
        section::{HeaderNameElement, NotAPartNumber},
    },
    wire::{
        FAIL, Parsed, astring, atom, leading_number, list::sealed::Element, number64, octet,
        spaces, string, value,
    },
};

impl<'a> PartNumber<'a> {
    /// ```abnf
    /// section-part    = nz-number *("." nz-number)
    /// ```
    /// Reads as far as it is a part number, without a dot at the end.
    pub(crate) fn parse(input: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (_, mut rest) = leading_number(input)?;
        while let Some((_, after)) = rest.strip_prefix(b".").and_then(leading_number) {
            rest = after;
        }
        let (text, rest) = input.split_at_checked(input.len() - rest.len())?;
        Some((Self(Cow::Borrowed(text)), rest))
    }
}

impl FromStr for PartNumber<'static> {
    type Err = NotAPartNumber;

    fn from_str(text: &str) -> Result<Self, NotAPartNumber> {
        match PartNumber::parse(text.as_bytes()) {
            Some((number, [])) => Ok(number.into_owned()),
            _ => Err(NotAPartNumber),
        }
    }
}

impl Element for HeaderNameElement {
    type Item<'a> = HeaderName<'a>;

    fn next<'a>(rest: &mut &'a [u8]) -> Option<HeaderName<'a>> {
        let (after, name) = astring(spaces(rest)).ok()?;
        let name = HeaderName::new(name.into_text()?).ok()?;
        *rest = after;
        Some(name)
    }

    fn write(item: &HeaderName<'_>, out: &mut Vec<u8>) {
        string::write_astring(item.as_bytes(), out);
    }
}

/// ```abnf
/// section         = "[" [section-spec] "]"
/// ```
/// The opening bracket has been taken.
pub(crate) fn section(input: &[u8]) -> Parsed<'_, Section<'_>> {
    if let [b']', rest @ ..] = input {
        return Ok((rest, Section::full()));
    }
    let (part, rest) = match PartNumber::parse(input) {
        Some((part, rest)) => (Some(part), rest),
        None => (None, input),
    };
    let (rest, text) = match rest.first() {
        Some(b']') => (rest, None),
        _ => {
            let rest = match &part {
                Some(_) => octet(rest, b'.')?.0,
                None => rest,
            };
            let (rest, text) = section_text(rest)?;
            (rest, Some(text))
        }
    };
    let (rest, ()) = octet(spaces(rest), b']')?;
    Ok((rest, Section { part, text }))
}

/// ```abnf
/// section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] SP header-list / "TEXT"
/// section-text    = section-msgtext / "MIME"
/// ```
fn section_text(input: &[u8]) -> Parsed<'_, SectionText<'_>> {
    let value = |word: &str| atom::keyword(input, word).ok().map(|(rest, ())| rest);
    if let Some(rest) = value("HEADER.FIELDS.NOT") {
        let (rest, names) = header_list(spaces(rest))?;
        return Ok((rest, SectionText::HeaderFieldsNot(names)));
    }
    if let Some(rest) = value("HEADER.FIELDS") {
        let (rest, names) = header_list(spaces(rest))?;
        return Ok((rest, SectionText::HeaderFields(names)));
    }
    if let Some(rest) = value("HEADER") {
        return Ok((rest, SectionText::Header));
    }
    if let Some(rest) = value("TEXT") {
        return Ok((rest, SectionText::Text));
    }
    value("MIME").map(|rest| (rest, SectionText::Mime)).ok_or(FAIL)
}

/// ```abnf
/// header-list     = "(" header-fld-name *(SP header-fld-name) ")"
/// ```
fn header_list(input: &[u8]) -> Parsed<'_, HeaderNames<'_>> {
    let (rest, inside) = value::list_inside(input)?;
    Ok((rest, HeaderNames::from_wire(inside.trim_ascii_end()).ok_or(FAIL)?))
}

/// ```abnf
/// section-binary  = "[" [section-part] "]"
/// ```
/// The opening bracket has been taken.
pub(crate) fn section_binary(input: &[u8]) -> Parsed<'_, Option<PartNumber<'_>>> {
    let (part, rest) = match PartNumber::parse(input) {
        Some((part, rest)) => (Some(part), rest),
        None => (None, input),
    };
    let (rest, ()) = octet(rest, b']')?;
    Ok((rest, part))
}

/// `"<" number ">"`, if present. Some server repeats the length of the request.
pub(crate) fn origin(input: &[u8]) -> Parsed<'_, Option<u64>> {
    let [b'<', rest @ ..] = input else {
        return Ok((input, None));
    };
    let (rest, origin) = number64(rest)?;
    let rest = match rest {
        [b'.', length @ ..] => number64(length)?.0,
        _ => rest,
    };
    let (rest, ()) = octet(rest, b'>')?;
    Ok((rest, Some(origin)))
}
