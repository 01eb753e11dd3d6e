//! The arguments of LIST, STATUS, SELECT and CREATE: RFC 9051 section 9, RFC 7162, RFC 6154.

use alloc::{borrow::Cow, vec::Vec};

use nom::{
    Parser as _,
    branch::alt,
    bytes::complete::tag_no_case,
    character::complete::char,
    combinator::{map, map_opt, opt, value, verify},
    sequence::{delimited, preceded},
};

use crate::{
    command::{
        ListReturn, ListSelection, SelectParameters, StatusItem,
        parse::argument::{list_of, mailbox_here, mod_seq, set, sp},
    },
    types::{MailboxName, NameAttribute, UidValidity},
    wire::{FAIL, Parsed, atom::atom, list_inside, number::number},
};

/// ```abnf
/// list-select-opts = "(" [list-select-opt *(SP list-select-opt)] ")"
/// ```
/// With the space before it.
pub(super) fn list_select_opts(input: &[u8]) -> Parsed<'_, ListSelection> {
    let mut selection = ListSelection::default();
    let option = map_opt(atom, |word: &[u8]| {
        let option = match word.to_ascii_uppercase().as_slice() {
            b"SUBSCRIBED" => &mut selection.subscribed,
            b"REMOTE" => &mut selection.remote,
            b"RECURSIVEMATCH" => &mut selection.recursive_match,
            b"SPECIAL-USE" => &mut selection.special_use,
            _ => return None,
        };
        *option = true;
        Some(())
    });
    let (rest, _) = preceded(sp, list_of(option)).parse(input)?;
    Ok((rest, selection))
}

/// ```abnf
/// mbox-or-pat     = list-mailbox / patterns
/// patterns        = "(" list-mailbox *(SP list-mailbox) ")"
/// list-mailbox    = 1*list-char / string
/// ```
/// With the space before it.
pub(super) fn mbox_or_pat(input: &[u8]) -> Parsed<'_, Vec<MailboxName<'_>>> {
    // The wildcards of a pattern are characters of a mailbox name too.
    let one = map(mailbox_here, |pattern| Vec::from([pattern]));
    preceded(sp, alt((list_of(mailbox_here), one))).parse(input)
}

/// ```abnf
/// list-return-opts = "RETURN" SP "(" [return-option *(SP return-option)] ")"
/// ```
/// With the space before it.
pub(super) fn list_return_opts(input: &[u8]) -> Parsed<'_, ListReturn<'_>> {
    let mut returns = ListReturn::default();
    let option = |input| return_option(input, &mut returns);
    let (rest, _) = preceded(tag_no_case(" RETURN "), list_of(option)).parse(input)?;
    Ok((rest, returns))
}

/// RFC 5258, RFC 5819, RFC 6154 and RFC 8440.
fn return_option<'a>(input: &'a [u8], returns: &mut ListReturn<'_>) -> Parsed<'a, ()> {
    let (rest, word) = atom(input)?;
    let option = match word.to_ascii_uppercase().as_slice() {
        b"SUBSCRIBED" => &mut returns.subscribed,
        b"CHILDREN" => &mut returns.children,
        b"SPECIAL-USE" => &mut returns.special_use,
        b"MYRIGHTS" => &mut returns.my_rights,
        b"STATUS" => {
            let items = preceded(sp, list_of(status_att));
            return map(items, |items| returns.status = Cow::Owned(items)).parse(rest);
        }
        _ => return Err(FAIL),
    };
    *option = true;
    Ok((rest, ()))
}

pub(super) fn status_att(input: &[u8]) -> Parsed<'_, StatusItem> {
    map_opt(atom, StatusItem::from_keyword).parse(input)
}

/// RFC 7162 section 7: `SP "(" ("CONDSTORE" / qresync) ")"`
pub(super) fn select_params(input: &[u8]) -> Parsed<'_, SelectParameters<'_>> {
    let condstore = value(SelectParameters::CondStore, tag_no_case("CONDSTORE"));
    delimited(tag_no_case(" ("), alt((condstore, qresync)), char(')')).parse(input)
}

/// RFC 7162 section 3.2.5:
/// `"QRESYNC" SP "(" uidvalidity SP mod-sequence-value [SP known-uids] [SP seq-match-data] ")"`
fn qresync(input: &[u8]) -> Parsed<'_, SelectParameters<'_>> {
    let uid_validity = verify(number, |value| *value > 0);
    // A server may ignore the pairs of sequence numbers and UIDs.
    let pairs = opt(preceded(sp, list_inside));
    let values = (uid_validity, mod_seq, opt(preceded(sp, set)), pairs);
    let known = delimited(tag_no_case("QRESYNC ("), values, char(')'));
    map(known, |(uid_validity, mod_seq, known_uids, _)| SelectParameters::QResync {
        uid_validity: UidValidity::new(uid_validity),
        mod_seq,
        known_uids: known_uids.map(Cow::Owned),
    })
    .parse(input)
}

/// RFC 6154: `SP "(" "USE" SP "(" [use-attr *(SP use-attr)] ")" ")"`
pub(super) fn special_use(input: &[u8]) -> Parsed<'_, Vec<NameAttribute<'_>>> {
    let attribute = preceded(char('\\'), map(atom, NameAttribute::received));
    delimited(tag_no_case(" (USE "), list_of(attribute), char(')')).parse(input)
}
