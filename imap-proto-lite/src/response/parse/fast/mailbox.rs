//! Shortcuts of LIST and STATUS.

use crate::{
    response::{ListEntry, MailboxStatus, StatusValue, StatusValues},
    types::{MailboxName, NameAttributes},
    wire::{IString, fast, swar},
};

/// LIST, from its attributes to the end of the line.
#[inline(always)]
pub(crate) fn mailbox_list(input: &[u8]) -> Option<ListEntry<'_>> {
    let (rest, (attributes, count)) = fast::flag_list(input, |_| {})?;
    let [b' ', b'"', delimiter, b'"', b' ', rest @ ..] = rest else {
        return None;
    };
    let (rest, name) = mailbox(rest)?;
    if *delimiter == b'"' || !matches!(rest, [b'\r', b'\n']) {
        return None;
    }
    Some(ListEntry::new(
        NameAttributes::from_wire_counted(attributes, count),
        Some(*delimiter),
        MailboxName::received(IString::plain(name)),
    ))
}

/// STATUS, from its mailbox to the end of the line.
#[inline(always)]
pub(crate) fn status(input: &[u8]) -> Option<MailboxStatus<'_>> {
    let ([b' ', b'(', inside @ ..], name) = mailbox(input)? else {
        return None;
    };
    let mut rest = inside;
    let mut count = 0;
    while let Some(after) = skip_status_att_val(rest) {
        rest = after;
        count += 1;
    }
    let [b')', b'\r', b'\n'] = rest else {
        return None;
    };
    let values = inside.get(..inside.len() - rest.len())?;
    Some(MailboxStatus::new(
        MailboxName::received(IString::plain(name)),
        StatusValues::from_wire_counted(values, count),
    ))
}

/// A name in quotes without escapes, or an atom that cannot be anything else.
#[inline(always)]
fn mailbox(input: &[u8]) -> Option<(&[u8], &[u8])> {
    if input.first() == Some(&b'"') {
        return match fast::nstring(input)? {
            (rest, Some(name)) => Some((rest, name)),
            (_, None) => None,
        };
    }
    fast::atom(input)
}

/// A fact that has a number, with the space before it. The name is found by one comparison.
#[inline(always)]
pub(crate) fn status_att_val<'a>(rest: &mut &'a [u8]) -> Option<StatusValue<'a>> {
    let input = match *rest {
        [b' ', input @ ..] => input,
        input => input,
    };
    #[derive(Clone, Copy)]
    enum Fact {
        Messages,
        Unseen,
        UidNext,
        Recent,
    }
    let (fact, input) = if let Some(input) = input.strip_prefix(b"MESSAGES ") {
        (Fact::Messages, input)
    } else if let Some(input) = input.strip_prefix(b"UNSEEN ") {
        (Fact::Unseen, input)
    } else if let Some(input) = input.strip_prefix(b"UIDNEXT ") {
        (Fact::UidNext, input)
    } else {
        (Fact::Recent, input.strip_prefix(b"RECENT ")?)
    };
    let (after, number) = fast::number64(input)?;
    if !matches!(after, [] | [b' ' | b')', ..]) {
        return None;
    }
    *rest = after;
    Some(match fact {
        Fact::Messages => StatusValue::Messages(number),
        Fact::Unseen => StatusValue::Unseen(number),
        Fact::UidNext => StatusValue::UidNext(number),
        Fact::Recent => StatusValue::Recent(number),
    })
}

/// The input after a fact that has a number, and after the space before it.
#[inline(always)]
fn skip_status_att_val(input: &[u8]) -> Option<&[u8]> {
    let input = match input {
        [b' ', input @ ..] => input,
        _ => input,
    };
    let name = input.iter().take_while(|octet| octet.is_ascii_uppercase());
    let name = name.count();
    let [b' ', rest @ ..] = input.get(name..)? else {
        return None;
    };
    if name == 0 {
        return None;
    }
    // A number beyond 64 bits is one value as well.
    let digits = swar::count_digits(rest);
    let rest = rest.get(digits..)?;
    (digits > 0 && matches!(rest, [b' ' | b')', ..])).then_some(rest)
}
