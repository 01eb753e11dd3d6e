//! FETCH and STORE, for servers: RFC 9051 section 9.

use alloc::{borrow::Cow, vec::Vec};
use core::num::NonZeroU32;

use crate::{
    command::{
        Command, FetchItem, FetchModifiers, StoreAction,
        parse::{flag, list_of, messages, sp},
    },
    response::parse::search::partial_range,
    types::{
        mailbox_name::MailboxName,
        section::{
            Partial,
            read::{section, section_binary},
        },
        sequence::ModSeq,
    },
    wire::{
        FAIL, Parsed,
        atom::{keyword, nil, octet},
        number::{self, nz_number},
    },
};

/// ```abnf
/// fetch           = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")")
///                   [fetch-modifiers]
/// ```
pub(crate) fn fetch(input: &[u8], uid: bool) -> Parsed<'_, Command<'_>> {
    let (rest, messages) = messages(input, uid)?;
    let (rest, ()) = sp(rest)?;
    let (rest, items) = match rest.first() {
        Some(b'(') => list_of(rest, fetch_att)?,
        _ => match fetch_macro(rest) {
            Some(found) => found,
            None => fetch_att(rest).map(|(rest, item)| (rest, Vec::from([item])))?,
        },
    };
    if items.is_empty() {
        return Err(FAIL);
    }
    let mut modifiers = FetchModifiers::default();
    let rest = match sp(rest) {
        Ok((rest, ())) => list_of(rest, |input| fetch_modifier(input, &mut modifiers))?.0,
        Err(_) => rest,
    };
    Ok((rest, Command::Fetch { messages, items: Cow::Owned(items), modifiers }))
}

/// The macros, as the items that they stand for.
fn fetch_macro(input: &[u8]) -> Option<(&[u8], Vec<FetchItem<'_>>)> {
    let fast = [FetchItem::Flags, FetchItem::InternalDate, FetchItem::Rfc822Size];
    let end = input.iter().position(|octet| *octet == b' ').unwrap_or(input.len());
    let (word, rest) = input.split_at_checked(end)?;
    let more = match word.to_ascii_uppercase().as_slice() {
        b"FAST" => Vec::new(),
        b"ALL" => Vec::from([FetchItem::Envelope]),
        b"FULL" => Vec::from([FetchItem::Envelope, FetchItem::Body]),
        _ => return None,
    };
    Some((rest, fast.into_iter().chain(more).collect()))
}

/// RFC 7162 and RFC 9394.
fn fetch_modifier<'a>(input: &'a [u8], modifiers: &mut FetchModifiers) -> Parsed<'a, ()> {
    if let Ok((rest, ())) = keyword(input, "CHANGEDSINCE ") {
        let (rest, value) = number::number64(rest)?;
        modifiers.changed_since = Some(ModSeq::new(value));
        return Ok((rest, ()));
    }
    if let Ok((rest, ())) = keyword(input, "PARTIAL ") {
        let (rest, range) = partial_range(rest)?;
        modifiers.partial = Some(range);
        return Ok((rest, ()));
    }
    let (rest, ()) = keyword(input, "VANISHED")?;
    modifiers.vanished = true;
    Ok((rest, ()))
}

/// ```abnf
/// fetch-att       = "ENVELOPE" / "FLAGS" / "INTERNALDATE" / "RFC822.SIZE" / "BODY" ["STRUCTURE"] / "UID" /
///                   "BODY" section [partial] / "BODY.PEEK" section [partial] / ...
/// ```
fn fetch_att(input: &[u8]) -> Parsed<'_, FetchItem<'_>> {
    let length = input
        .iter()
        .position(|octet| !(octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-')))
        .unwrap_or(input.len());
    let (name, rest) = input.split_at_checked(length).ok_or(FAIL)?;
    let item = match (name.to_ascii_uppercase().as_slice(), rest) {
        (b"BODY", [b'[', rest @ ..]) => return body(rest, false),
        (b"BODY.PEEK", [b'[', rest @ ..]) => return body(rest, true),
        (b"BINARY", [b'[', rest @ ..]) => return binary(rest, false),
        (b"BINARY.PEEK", [b'[', rest @ ..]) => return binary(rest, true),
        (b"BINARY.SIZE", [b'[', rest @ ..]) => {
            let (rest, part) = section_binary(rest)?;
            return Ok((rest, FetchItem::BinarySize { part }));
        }
        (b"PREVIEW", _) => {
            return Ok(match keyword(rest, " (LAZY)") {
                Ok((rest, ())) => (rest, FetchItem::Preview { lazy: true }),
                Err(_) => (rest, FetchItem::Preview { lazy: false }),
            });
        }
        (b"UID", _) => FetchItem::Uid,
        (b"FLAGS", _) => FetchItem::Flags,
        (b"INTERNALDATE", _) => FetchItem::InternalDate,
        (b"RFC822.SIZE", _) => FetchItem::Rfc822Size,
        (b"ENVELOPE", _) => FetchItem::Envelope,
        (b"BODY", _) => FetchItem::Body,
        (b"BODYSTRUCTURE", _) => FetchItem::BodyStructure,
        (b"RFC822", _) => FetchItem::Rfc822,
        (b"RFC822.HEADER", _) => FetchItem::Rfc822Header,
        (b"RFC822.TEXT", _) => FetchItem::Rfc822Text,
        (b"MODSEQ", _) => FetchItem::ModSeq,
        (b"X-GM-MSGID", _) => FetchItem::GmailMessageId,
        (b"X-GM-THRID", _) => FetchItem::GmailThreadId,
        (b"X-GM-LABELS", _) => FetchItem::GmailLabels,
        (b"EMAILID", _) => FetchItem::EmailId,
        (b"THREADID", _) => FetchItem::ThreadId,
        (b"SAVEDATE", _) => FetchItem::SaveDate,
        _ => return Err(FAIL),
    };
    Ok((rest, item))
}

fn body(input: &[u8], peek: bool) -> Parsed<'_, FetchItem<'_>> {
    let (rest, section) = section(input)?;
    let (rest, partial) = partial(rest)?;
    Ok((rest, FetchItem::BodySection { section, partial, peek }))
}

fn binary(input: &[u8], peek: bool) -> Parsed<'_, FetchItem<'_>> {
    let (rest, part) = section_binary(input)?;
    let (rest, partial) = partial(rest)?;
    Ok((rest, FetchItem::Binary { part, partial, peek }))
}

/// ```abnf
/// partial         = "<" number "." nz-number ">"
/// ```
fn partial(input: &[u8]) -> Parsed<'_, Option<Partial>> {
    let [b'<', rest @ ..] = input else {
        return Ok((input, None));
    };
    let (rest, offset) = number::number(rest)?;
    let (rest, ()) = octet(rest, b'.')?;
    let (rest, octets): (_, NonZeroU32) = nz_number(rest)?;
    let (rest, ()) = octet(rest, b'>')?;
    Ok((rest, Some(Partial { offset, octets })))
}

/// ```abnf
/// store           = "STORE" SP sequence-set [store-modifiers] SP store-att-flags
/// store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))
/// ```
pub(crate) fn store(input: &[u8], uid: bool) -> Parsed<'_, Command<'_>> {
    let (rest, messages) = messages(input, uid)?;
    let (mut rest, ()) = sp(rest)?;
    let mut unchanged_since = None;
    if let Ok((after, ())) = keyword(rest, "(UNCHANGEDSINCE ") {
        let (after, value) = number::number64(after)?;
        let (after, ()) = keyword(after, ") ")?;
        unchanged_since = Some(ModSeq::new(value));
        rest = after;
    }
    let (rest, sign) = match rest {
        [sign @ (b'+' | b'-'), rest @ ..] => (rest, *sign),
        _ => (rest, b' '),
    };
    let labels = keyword(rest, "X-GM-LABELS").is_ok();
    let (rest, ()) = if labels { keyword(rest, "X-GM-LABELS")? } else { keyword(rest, "FLAGS")? };
    let (rest, silent) = match keyword(rest, ".SILENT") {
        Ok((rest, ())) => (rest, true),
        Err(_) => (rest, false),
    };
    let (rest, ()) = sp(rest)?;
    let (rest, action) = if labels {
        let (rest, labels) = many(rest, label)?;
        let labels = Cow::Owned(labels);
        let action = match sign {
            b'+' => StoreAction::AddGmailLabels(labels),
            b'-' => StoreAction::RemoveGmailLabels(labels),
            _ => StoreAction::ReplaceGmailLabels(labels),
        };
        (rest, action)
    } else {
        let (rest, flags) = many(rest, flag)?;
        let flags = Cow::Owned(flags);
        let action = match sign {
            b'+' => StoreAction::AddFlags(flags),
            b'-' => StoreAction::RemoveFlags(flags),
            _ => StoreAction::ReplaceFlags(flags),
        };
        (rest, action)
    };
    Ok((rest, Command::Store { messages, action, silent, unchanged_since }))
}

/// A list in parentheses, or items up to the end of the line.
fn many<'a, T>(
    input: &'a [u8],
    mut item: impl FnMut(&'a [u8]) -> Parsed<'a, T>,
) -> Parsed<'a, Vec<T>> {
    if input.first() == Some(&b'(') {
        return list_of(input, item);
    }
    let (mut rest, first) = item(input)?;
    let mut items = Vec::from([first]);
    while let Ok((after, ())) = sp(rest) {
        let (after, one) = item(after)?;
        items.push(one);
        rest = after;
    }
    Ok((rest, items))
}

fn label(input: &[u8]) -> Parsed<'_, MailboxName<'_>> {
    if nil(input).is_ok() {
        return Err(FAIL);
    }
    crate::command::parse::mailbox_here(input)
}
