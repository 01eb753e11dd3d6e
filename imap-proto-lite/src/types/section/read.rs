//! `section` and its origin: RFC 9051 section 9.

use alloc::borrow::Cow;
use core::str::FromStr;

use nom::{
    Parser as _,
    branch::alt,
    bytes::complete::tag_no_case,
    character::complete::char,
    combinator::{all_consuming, map, map_opt, opt, recognize, value},
    multi::many0_count,
    sequence::{delimited, preceded, terminated},
};

use crate::{
    types::{
        HeaderName, HeaderNames, Section, SectionText,
        section::{HeaderNameElement, NotAPartNumber, PartNumber},
    },
    wire::{
        Parsed, Token, astring,
        atom::opt_sp,
        list::sealed::Element,
        list_inside, number64, nz_number,
        put::{self, Out},
    },
};

/// ```abnf
/// section         = "[" [section-spec] "]"
/// section-spec    = section-msgtext / (section-part ["." section-text])
/// ```
/// The opening bracket has been taken.
pub(crate) fn section(input: &[u8]) -> Parsed<'_, Section<'_>> {
    let part = (section_part, opt(preceded(char('.'), section_text)));
    let spec = alt((
        map(part, |(part, text)| Section { part: Some(part), text }),
        map(opt(section_text), |text| Section { part: None, text }),
    ));
    terminated(spec, (opt_sp, char(']'))).parse(input)
}

/// ```abnf
/// section-part    = nz-number *("." nz-number)
/// ```
fn section_part(input: &[u8]) -> Parsed<'_, PartNumber<'_>> {
    let numbers = (nz_number, many0_count(preceded(char('.'), nz_number)));
    map(recognize(numbers), |text| PartNumber(Cow::Borrowed(text))).parse(input)
}

/// ```abnf
/// section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] SP header-list / "TEXT"
/// section-text    = section-msgtext / "MIME"
/// ```
fn section_text(input: &[u8]) -> Parsed<'_, SectionText<'_>> {
    let fields = |name| preceded(tag_no_case(name), header_list);
    alt((
        map(fields("HEADER.FIELDS.NOT"), SectionText::HeaderFieldsNot),
        map(fields("HEADER.FIELDS"), SectionText::HeaderFields),
        value(SectionText::Header, tag_no_case("HEADER")),
        value(SectionText::Text, tag_no_case("TEXT")),
        value(SectionText::Mime, tag_no_case("MIME")),
    ))
    .parse(input)
}

/// ```abnf
/// header-list     = "(" header-fld-name *(SP header-fld-name) ")"
/// ```
/// Mailutils leaves out the space before it.
fn header_list(input: &[u8]) -> Parsed<'_, HeaderNames<'_>> {
    map_opt(preceded(opt_sp, list_inside), |inside| HeaderNames::from_wire(inside.trim_ascii_end()))
        .parse(input)
}

/// ```abnf
/// section-binary  = "[" [section-part] "]"
/// ```
/// The opening bracket has been taken.
pub(crate) fn section_binary(input: &[u8]) -> Parsed<'_, Option<PartNumber<'_>>> {
    terminated(opt(section_part), char(']')).parse(input)
}

/// `["<" number ">"]`. Some server repeats the length of the request.
pub(crate) fn origin(input: &[u8]) -> Parsed<'_, Option<u64>> {
    let length = opt(preceded(char('.'), number64));
    opt(delimited(char('<'), number64, (length, char('>')))).parse(input)
}

impl FromStr for PartNumber<'static> {
    type Err = NotAPartNumber;

    fn from_str(text: &str) -> Result<Self, NotAPartNumber> {
        let (_, number) =
            all_consuming(section_part).parse(text.as_bytes()).map_err(|_| NotAPartNumber)?;
        Ok(number.into_owned())
    }
}

impl Element for HeaderNameElement {
    type Item<'a> = HeaderName<'a>;

    fn read(input: &[u8]) -> Token<'_, HeaderName<'_>> {
        let name = map_opt(astring, |name| HeaderName::new(name.into_text()?).ok());
        preceded(opt_sp, name).parse(input).ok()
    }

    fn write(item: &HeaderName<'_>, out: &mut Out) {
        out.put(put::astring(item.as_bytes()));
    }
}
