//! The arguments of FETCH, and STORE: RFC 9051 section 9.

use alloc::{borrow::Cow, vec::Vec};

use nom::{
    Parser,
    branch::alt,
    bytes::complete::{tag_no_case, take_while},
    character::complete::char,
    combinator::{map, map_opt, not, opt, value},
    multi::separated_list1,
    sequence::{delimited, preceded, separated_pair},
};

use crate::{
    command::{
        Command, FetchItem, FetchModifiers, StoreAction,
        parse::argument::{flag, list_of, list1_of, mailbox_here, messages, mod_seq, sp},
    },
    types::{
        MailboxName, Partial,
        search::read::partial_range,
        section::read::{section, section_binary},
    },
    wire::{FAIL, Fail, Parsed, atom::atom, nil, number::number, nz_number, whole_word},
};

/// The items of FETCH: `"ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")"`
pub(super) fn fetch_atts(input: &[u8]) -> Parsed<'_, Vec<FetchItem<'_>>> {
    let one = map(fetch_att, |item| Vec::from([item]));
    alt((list1_of(fetch_att), fetch_macro, one)).parse(input)
}

/// The items of a macro, each of which begins with those of `FAST`.
fn fetch_macro(input: &[u8]) -> Parsed<'_, Vec<FetchItem<'_>>> {
    use FetchItem::{Body, Envelope, Flags, InternalDate, Rfc822Size};
    const ITEMS: [FetchItem<'_>; 5] = [Flags, InternalDate, Rfc822Size, Envelope, Body];
    let count = alt((
        value(3, whole_word("FAST")),
        value(4, whole_word("ALL")),
        value(5, whole_word("FULL")),
    ));
    map(count, |count| ITEMS.into_iter().take(count).collect()).parse(input)
}

/// RFC 4466: `SP "(" fetch-modifier *(SP fetch-modifier) ")"`, with those of RFC 7162 and RFC 9394
pub(super) fn fetch_modifiers(input: &[u8]) -> Parsed<'_, FetchModifiers> {
    let mut modifiers = FetchModifiers::default();
    let modifier = |input| fetch_modifier(input, &mut modifiers);
    let (rest, _) = preceded(sp, list_of(modifier)).parse(input)?;
    Ok((rest, modifiers))
}

fn fetch_modifier<'a>(input: &'a [u8], modifiers: &mut FetchModifiers) -> Parsed<'a, ()> {
    let (rest, word) = atom(input)?;
    match word.to_ascii_uppercase().as_slice() {
        b"CHANGEDSINCE" => map(mod_seq, |value| modifiers.changed_since = Some(value)).parse(rest),
        b"PARTIAL" => {
            map(preceded(sp, partial_range), |range| modifiers.partial = Some(range)).parse(rest)
        }
        b"VANISHED" => {
            modifiers.vanished = true;
            Ok((rest, ()))
        }
        _ => Err(FAIL),
    }
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
    let (rest, messages) = messages(uid)(input)?;
    let modifier = delimited(tag_no_case(" (UNCHANGEDSINCE"), mod_seq, char(')'));
    let (rest, unchanged_since) = opt(modifier).parse(rest)?;
    let (rest, (action, silent)) = preceded(sp, store_att_flags).parse(rest)?;
    Ok((rest, Command::Store { messages, action, silent, unchanged_since }))
}

/// ```abnf
/// store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))
/// ```
/// Gmail has `X-GM-LABELS` in place of `FLAGS`.
fn store_att_flags(input: &[u8]) -> Parsed<'_, (StoreAction<'_>, bool)> {
    alt((
        store_att("FLAGS", flag, StoreAction::ReplaceFlags),
        store_att("+FLAGS", flag, StoreAction::AddFlags),
        store_att("-FLAGS", flag, StoreAction::RemoveFlags),
        store_att("X-GM-LABELS", label, StoreAction::ReplaceGmailLabels),
        store_att("+X-GM-LABELS", label, StoreAction::AddGmailLabels),
        store_att("-X-GM-LABELS", label, StoreAction::RemoveGmailLabels),
    ))
    .parse(input)
}

/// One of the actions, and whether it is silent. The items are a list in parentheses or end with
/// the line.
fn store_att<'a, T: Clone + 'a>(
    name: &'static str,
    item: fn(&'a [u8]) -> Parsed<'a, T>,
    action: fn(Cow<'a, [T]>) -> StoreAction<'a>,
) -> impl Parser<&'a [u8], Output = (StoreAction<'a>, bool), Error = Fail> {
    let items = preceded(sp, alt((list_of(item), separated_list1(sp, item))));
    let att = (preceded(tag_no_case(name), opt(tag_no_case(".SILENT"))), items);
    map(att, move |(silent, items)| (action(Cow::Owned(items)), silent.is_some()))
}

fn label(input: &[u8]) -> Parsed<'_, MailboxName<'_>> {
    preceded(not(nil), mailbox_here).parse(input)
}
