//! Arguments that several commands have.

use alloc::vec::Vec;

use nom::{
    Parser,
    branch::alt,
    bytes::complete::take_while1,
    character::complete::char,
    combinator::{map, map_opt, map_res, opt, recognize, value},
    multi::{separated_list0, separated_list1},
    sequence::{delimited, preceded},
};

use crate::{
    command::Messages,
    types::{AString, Atom, Flag, MailboxName, ModSeq, Number, SeqNumber, Set, Uid},
    wire::{Fail, IString, Parsed, is_astring_atom, number64, string},
};

/// Exactly one space.
pub(super) fn sp(input: &[u8]) -> Parsed<'_, ()> {
    value((), char(' ')).parse(input)
}

/// A string that can be an argument: UTF-8, and without CR, LF and NUL.
pub(super) fn text(value: IString<'_>) -> Option<AString<'_>> {
    AString::new(value.into_text()?).ok()
}

/// A space and an astring.
pub(super) fn astring(input: &[u8]) -> Parsed<'_, AString<'_>> {
    preceded(sp, map_opt(string::astring, text)).parse(input)
}

/// A space and an atom, or a string that holds one.
pub(super) fn atom(input: &[u8]) -> Parsed<'_, Atom<'_>> {
    map_res(astring, |name| Atom::new(name.into_cow())).parse(input)
}

/// A space and a mailbox.
pub(super) fn mailbox(input: &[u8]) -> Parsed<'_, MailboxName<'_>> {
    preceded(sp, mailbox_here).parse(input)
}

pub(super) fn mailbox_here(input: &[u8]) -> Parsed<'_, MailboxName<'_>> {
    map_res(string::astring, |name| MailboxName::from_wire(name.into_cow())).parse(input)
}

/// A space and a modification sequence.
pub(super) fn mod_seq(input: &[u8]) -> Parsed<'_, ModSeq> {
    map(preceded(sp, number64), ModSeq::new).parse(input)
}

/// Items in parentheses, separated by one space each; perhaps none.
pub(super) fn list_of<'a, T>(
    item: impl Parser<&'a [u8], Output = T, Error = Fail>,
) -> impl Parser<&'a [u8], Output = Vec<T>, Error = Fail> {
    delimited(char('('), separated_list0(char(' '), item), char(')'))
}

/// As [`list_of`], at least one item.
pub(super) fn list1_of<'a, T>(
    item: impl Parser<&'a [u8], Output = T, Error = Fail>,
) -> impl Parser<&'a [u8], Output = Vec<T>, Error = Fail> {
    delimited(char('('), separated_list1(char(' '), item), char(')'))
}

/// ```abnf
/// sequence-set    = (seq-number / seq-range) ["," sequence-set]
/// ```
pub(super) fn set<N: Number>(input: &[u8]) -> Parsed<'_, Set<N>> {
    let octets = take_while1(|octet| matches!(octet, b'0'..=b'9' | b',' | b':' | b'*'));
    map_opt(octets, |octets| core::str::from_utf8(octets).ok()?.parse().ok()).parse(input)
}

/// A space and a set of messages. RFC 5182 adds `$`.
pub(super) fn messages(uid: bool) -> impl Fn(&[u8]) -> Parsed<'_, Messages<'_>> {
    move |input| {
        let saved = value(Messages::SavedResult { uid }, char('$'));
        let numbered = |input| match uid {
            true => map(set::<Uid>, Messages::from).parse(input),
            false => map(set::<SeqNumber>, Messages::from).parse(input),
        };
        preceded(sp, alt((saved, numbered))).parse(input)
    }
}

/// The value of the rule, or the default if there is none.
pub(super) fn or_default<'a, T: Default>(
    rule: impl Parser<&'a [u8], Output = T, Error = Fail>,
) -> impl Parser<&'a [u8], Output = T, Error = Fail> {
    map(opt(rule), Option::unwrap_or_default)
}

/// ```abnf
/// flag            = "\Answered" / "\Flagged" / "\Deleted" / "\Seen" / "\Draft" / flag-keyword /
///                   flag-extension
/// ```
pub(super) fn flag(input: &[u8]) -> Parsed<'_, Flag<'_>> {
    let name = take_while1(|octet| is_astring_atom(&[octet]));
    let flag = |octets| match Flag::received(octets) {
        Flag::Recent | Flag::Any => None,
        flag => Some(flag),
    };
    map_opt(recognize((opt(char('\\')), name)), flag).parse(input)
}
