//! FETCH, STORE, COPY, MOVE and UID EXPUNGE, for servers: RFC 9051 section 9.

use alloc::{borrow::Cow, vec::Vec};

use nom::{
    Parser,
    branch::alt,
    bytes::complete::{tag_no_case, take_while},
    character::complete::{char, one_of},
    combinator::{map, map_opt, not, opt, value},
    multi::separated_list1,
    sequence::{delimited, preceded, separated_pair},
};

use crate::{
    command::{
        Command, FetchItem, FetchModifiers, Messages, StoreAction,
        parse::argument::{flag, list_of, list1_of, mailbox, mailbox_here, messages, set, sp},
    },
    types::{
        Flag, MailboxName, ModSeq, Partial, PartialRange,
        search::read::partial_range,
        section::read::{section, section_binary},
    },
    wire::{Fail, Parsed, nil, number::number, number64, nz_number, whole_word},
};

/// ```abnf
/// fetch           = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att /
///                   "(" fetch-att *(SP fetch-att) ")") [fetch-modifiers]
/// ```
pub(super) fn fetch(input: &[u8], uid: bool) -> Parsed<'_, Command<'_>> {
    let (rest, messages) = messages(input, uid)?;
    let one = map(fetch_att, |item| Vec::from([item]));
    let (rest, items) = preceded(sp, alt((list1_of(fetch_att), fetch_macro, one))).parse(rest)?;
    let (rest, modifiers) = opt(preceded(sp, fetch_modifiers)).parse(rest)?;
    let modifiers = modifiers.unwrap_or_default();
    Ok((rest, Command::Fetch { messages, items: Cow::Owned(items), modifiers }))
}

/// The items of a macro, each of which begins with those of `FAST`.
fn fetch_macro(input: &[u8]) -> Parsed<'_, Vec<FetchItem<'_>>> {
    const ITEMS: [FetchItem<'_>; 5] = [
        FetchItem::Flags,
        FetchItem::InternalDate,
        FetchItem::Rfc822Size,
        FetchItem::Envelope,
        FetchItem::Body,
    ];
    let count = alt((
        value(3, whole_word("FAST")),
        value(4, whole_word("ALL")),
        value(5, whole_word("FULL")),
    ));
    map(count, |count| ITEMS.into_iter().take(count).collect()).parse(input)
}

/// RFC 7162 and RFC 9394.
fn fetch_modifiers(input: &[u8]) -> Parsed<'_, FetchModifiers> {
    let mut modifiers = FetchModifiers::default();
    let modifier = map(fetch_modifier, |modifier| match modifier {
        Modifier::ChangedSince(value) => modifiers.changed_since = Some(value),
        Modifier::Partial(range) => modifiers.partial = Some(range),
        Modifier::Vanished => modifiers.vanished = true,
    });
    let (rest, _) = list_of(modifier).parse(input)?;
    Ok((rest, modifiers))
}

enum Modifier {
    ChangedSince(ModSeq),
    Partial(PartialRange),
    Vanished,
}

fn fetch_modifier(input: &[u8]) -> Parsed<'_, Modifier> {
    let changed_since = map(preceded(tag_no_case("CHANGEDSINCE "), number64), ModSeq::new);
    alt((
        map(changed_since, Modifier::ChangedSince),
        map(preceded(tag_no_case("PARTIAL "), partial_range), Modifier::Partial),
        map(tag_no_case("VANISHED"), |_| Modifier::Vanished),
    ))
    .parse(input)
}

/// ```abnf
/// fetch-att       = "ENVELOPE" / "FLAGS" / "INTERNALDATE" / "RFC822.SIZE" /
///                   "BODY" ["STRUCTURE"] / "UID" / "BODY" section [partial] /
///                   "BODY.PEEK" section [partial] / ...
/// section-binary  = "[" [section-part] "]"
/// ```
fn fetch_att(input: &[u8]) -> Parsed<'_, FetchItem<'_>> {
    let lazy = opt(tag_no_case(" (LAZY)"));
    let preview = map(preceded(tag_no_case("PREVIEW"), lazy), |lazy| FetchItem::Preview {
        lazy: lazy.is_some(),
    });
    alt((body, binary, binary_size, preview, word)).parse(input)
}

fn body(input: &[u8]) -> Parsed<'_, FetchItem<'_>> {
    let item = (tag_no_case("BODY"), peek, char('['), section, opt(partial));
    map(item, |(_, peek, _, section, partial)| FetchItem::BodySection { section, partial, peek })
        .parse(input)
}

fn binary(input: &[u8]) -> Parsed<'_, FetchItem<'_>> {
    let item = (tag_no_case("BINARY"), peek, char('['), section_binary, opt(partial));
    map(item, |(_, peek, _, part, partial)| FetchItem::Binary { part, partial, peek }).parse(input)
}

fn binary_size(input: &[u8]) -> Parsed<'_, FetchItem<'_>> {
    let item = preceded(tag_no_case("BINARY.SIZE["), section_binary);
    map(item, |part| FetchItem::BinarySize { part }).parse(input)
}

fn peek(input: &[u8]) -> Parsed<'_, bool> {
    map(opt(tag_no_case(".PEEK")), |word| word.is_some()).parse(input)
}

/// An item that is one word.
fn word(input: &[u8]) -> Parsed<'_, FetchItem<'_>> {
    let is_name = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-');
    let item = |name: &[u8]| {
        let mut words = FetchItem::WORDS.into_iter();
        words.find(|(word, _)| name.eq_ignore_ascii_case(word.as_bytes())).map(|(_, item)| item)
    };
    map_opt(take_while(is_name), item).parse(input)
}

/// ```abnf
/// partial         = "<" number "." nz-number ">"
/// ```
fn partial(input: &[u8]) -> Parsed<'_, Partial> {
    let numbers = separated_pair(number, char('.'), nz_number);
    map(delimited(char('<'), numbers, char('>')), |(offset, octets)| Partial { offset, octets })
        .parse(input)
}

/// ```abnf
/// store           = "STORE" SP sequence-set [store-modifiers] SP store-att-flags
/// ```
/// RFC 7162 has `"UNCHANGEDSINCE" SP mod-sequence-valzer` as a modifier.
pub(super) fn store(input: &[u8], uid: bool) -> Parsed<'_, Command<'_>> {
    let (rest, messages) = messages(input, uid)?;
    let modifier = delimited(tag_no_case(" (UNCHANGEDSINCE "), number64, char(')'));
    let (rest, unchanged_since) = opt(map(modifier, ModSeq::new)).parse(rest)?;
    let (rest, (action, silent)) = preceded(sp, store_att_flags).parse(rest)?;
    Ok((rest, Command::Store { messages, action, silent, unchanged_since }))
}

/// ```abnf
/// store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))
/// ```
/// Gmail has `X-GM-LABELS` in place of `FLAGS`.
fn store_att_flags(input: &[u8]) -> Parsed<'_, (StoreAction<'_>, bool)> {
    let (rest, sign) = opt(one_of("+-")).parse(input)?;
    let flags = preceded(tag_no_case("FLAGS"), (silent, preceded(sp, many(flag))));
    let labels = preceded(tag_no_case("X-GM-LABELS"), (silent, preceded(sp, many(label))));
    alt((
        map(flags, |(silent, flags)| (flag_action(sign, Cow::Owned(flags)), silent)),
        map(labels, |(silent, labels)| (label_action(sign, Cow::Owned(labels)), silent)),
    ))
    .parse(rest)
}

const fn flag_action<'a>(sign: Option<char>, flags: Cow<'a, [Flag<'a>]>) -> StoreAction<'a> {
    match sign {
        Some('+') => StoreAction::AddFlags(flags),
        Some(_) => StoreAction::RemoveFlags(flags),
        None => StoreAction::ReplaceFlags(flags),
    }
}

const fn label_action<'a>(
    sign: Option<char>,
    labels: Cow<'a, [MailboxName<'a>]>,
) -> StoreAction<'a> {
    match sign {
        Some('+') => StoreAction::AddGmailLabels(labels),
        Some(_) => StoreAction::RemoveGmailLabels(labels),
        None => StoreAction::ReplaceGmailLabels(labels),
    }
}

fn silent(input: &[u8]) -> Parsed<'_, bool> {
    map(opt(tag_no_case(".SILENT")), |word| word.is_some()).parse(input)
}

/// A list in parentheses, or items up to the end of the line.
fn many<'a, T>(
    item: impl Fn(&'a [u8]) -> Parsed<'a, T> + Copy,
) -> impl Parser<&'a [u8], Output = Vec<T>, Error = Fail> {
    alt((list_of(item), separated_list1(sp, item)))
}

fn label(input: &[u8]) -> Parsed<'_, MailboxName<'_>> {
    preceded(not(nil), mailbox_here).parse(input)
}

/// The arguments of COPY and MOVE.
///
/// ```abnf
/// copy            = "COPY" SP sequence-set SP mailbox
/// ```
pub(super) fn copy<'a>(
    input: &'a [u8],
    uid: bool,
    command: impl FnOnce(Messages<'a>, MailboxName<'a>) -> Command<'a>,
) -> Parsed<'a, Command<'a>> {
    let (rest, messages) = messages(input, uid)?;
    let (rest, mailbox) = mailbox(rest)?;
    Ok((rest, command(messages, mailbox)))
}

/// RFC 4315: `"UID" SP "EXPUNGE" SP sequence-set`
pub(super) fn uid_expunge(input: &[u8]) -> Parsed<'_, Command<'_>> {
    map(preceded(sp, set), |uids| Command::UidExpunge { uids: Cow::Owned(uids) }).parse(input)
}
