//! APPEND and REPLACE: RFC 9051 section 9, RFC 8508.

use alloc::borrow::Cow;

use nom::{
    Parser as _,
    branch::alt,
    bytes::complete::tag_no_case,
    character::complete::{char, line_ending},
    combinator::{map, map_opt, opt, peek},
    sequence::{delimited, preceded},
};

use crate::{
    command::{
        AppendData, AppendMessage,
        parse::argument::{flag, list_of, or_default, sp},
    },
    types::DateTime,
    wire::{Parsed, number64, quoted},
};

/// ```abnf
/// append-message  = [SP flag-list] [SP date-time] SP append-data
/// ```
/// Up to the literal header.
pub(super) fn append_message(input: &[u8]) -> Parsed<'_, AppendMessage<'_>> {
    let date = map_opt(quoted, |text| DateTime::parse(&text.to_cow()));
    let (rest, flags) = or_default(preceded(sp, list_of(flag))).parse(input)?;
    let (rest, date) = opt(preceded(sp, date)).parse(rest)?;
    let (rest, (data, octets)) = preceded(sp, append_data).parse(rest)?;
    Ok((rest, AppendMessage { flags: Cow::Owned(flags), date, octets, data }))
}

/// ```abnf
/// append-data     = literal / literal8 / append-data-ext
/// ```
/// RFC 6855 has `"UTF8" SP "(" literal8 ")"`.
fn append_data(input: &[u8]) -> Parsed<'_, (AppendData, u64)> {
    alt((
        map(preceded(peek(char('~')), header), |octets| (AppendData::Literal8, octets)),
        map(preceded(tag_no_case("UTF8 ("), header), |octets| (AppendData::Utf8, octets)),
        map(header, |octets| (AppendData::Literal, octets)),
    ))
    .parse(input)
}

/// A literal header, with or without its line end.
fn header(input: &[u8]) -> Parsed<'_, u64> {
    let end = (opt(char('+')), char('}'), opt(line_ending));
    delimited((opt(char('~')), char('{')), number64, end).parse(input)
}
