//! CREATE and RENAME: RFC 9051 section 9, RFC 6154.

use alloc::borrow::Cow;

use nom::{
    Parser as _,
    bytes::complete::tag_no_case,
    character::complete::char,
    combinator::{map, opt},
    sequence::{delimited, preceded},
};

use crate::{
    command::{
        Command,
        parse::argument::{list_of, mailbox},
    },
    types::NameAttribute,
    wire::{Parsed, atom::atom},
};

/// RFC 6154: `"CREATE" SP mailbox [SP "(" "USE" SP "(" [use-attr *(SP use-attr)] ")" ")"]`
pub(super) fn create(input: &[u8]) -> Parsed<'_, Command<'_>> {
    let attribute = preceded(char('\\'), map(atom, NameAttribute::received));
    let special_use = delimited(tag_no_case(" (USE "), list_of(attribute), char(')'));
    map((mailbox, opt(special_use)), |(mailbox, special_use)| Command::Create {
        mailbox,
        special_use: Cow::Owned(special_use.unwrap_or_default()),
    })
    .parse(input)
}

/// ```abnf
/// rename          = "RENAME" SP mailbox SP mailbox
/// ```
pub(super) fn rename(input: &[u8]) -> Parsed<'_, Command<'_>> {
    map((mailbox, mailbox), |(from, to)| Command::Rename { from, to }).parse(input)
}
