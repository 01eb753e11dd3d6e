//! LIST, LSUB, STATUS, SELECT and EXAMINE: RFC 9051 section 9, RFC 7162.

use alloc::{borrow::Cow, vec::Vec};

use nom::{
    Parser as _,
    branch::alt,
    bytes::complete::tag_no_case,
    character::complete::char,
    combinator::{map, map_opt, opt, verify},
    sequence::{delimited, preceded},
};

use crate::{
    command::{
        Command, ListReturn, ListSelection, SelectParameters, StatusItem,
        parse::argument::{list_of, list1_of, mailbox, mailbox_here, set, sp},
    },
    types::{MailboxName, ModSeq, UidValidity},
    wire::{FAIL, Parsed, atom::atom, list_inside, number::number, number64},
};

/// ```abnf
/// list            = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]
/// ```
pub(super) fn list(input: &[u8]) -> Parsed<'_, Command<'_>> {
    let (rest, selection) = opt(preceded(sp, list_select_opts)).parse(input)?;
    let selection = selection.unwrap_or_default();
    let (rest, reference) = mailbox(rest)?;
    let (rest, patterns) = preceded(sp, mbox_or_pat).parse(rest)?;
    let (rest, returns) = opt(preceded(sp, list_return_opts)).parse(rest)?;
    let returns = returns.unwrap_or_default();
    Ok((rest, Command::List { reference, patterns: Cow::Owned(patterns), selection, returns }))
}

/// ```abnf
/// list-select-opts = "(" [list-select-opt *(SP list-select-opt)] ")"
/// ```
fn list_select_opts(input: &[u8]) -> Parsed<'_, ListSelection> {
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
    let (rest, _) = list_of(option).parse(input)?;
    Ok((rest, selection))
}

/// ```abnf
/// mbox-or-pat     = list-mailbox / patterns
/// patterns        = "(" list-mailbox *(SP list-mailbox) ")"
/// list-mailbox    = 1*list-char / string
/// ```
fn mbox_or_pat(input: &[u8]) -> Parsed<'_, Vec<MailboxName<'_>>> {
    // The wildcards of a pattern are characters of a mailbox name too.
    alt((list_of(mailbox_here), map(mailbox_here, |pattern| Vec::from([pattern])))).parse(input)
}

/// ```abnf
/// list-return-opts = "RETURN" SP "(" [return-option *(SP return-option)] ")"
/// ```
fn list_return_opts(input: &[u8]) -> Parsed<'_, ListReturn<'_>> {
    let mut returns = ListReturn::default();
    let option = |input| return_option(input, &mut returns);
    let (rest, _) = preceded(tag_no_case("RETURN "), list_of(option)).parse(input)?;
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
            let (rest, items) = preceded(sp, list_of(status_att)).parse(rest)?;
            returns.status = Cow::Owned(items);
            return Ok((rest, ()));
        }
        _ => return Err(FAIL),
    };
    *option = true;
    Ok((rest, ()))
}

/// ```abnf
/// lsub            = "LSUB" SP mailbox SP list-mailbox
/// ```
pub(super) fn lsub(input: &[u8]) -> Parsed<'_, Command<'_>> {
    map((mailbox, mailbox), |(reference, pattern)| Command::Lsub { reference, pattern })
        .parse(input)
}

/// ```abnf
/// status          = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"
/// ```
pub(super) fn status(input: &[u8]) -> Parsed<'_, Command<'_>> {
    map((mailbox, preceded(sp, list1_of(status_att))), |(mailbox, items)| Command::Status {
        mailbox,
        items: Cow::Owned(items),
    })
    .parse(input)
}

fn status_att(input: &[u8]) -> Parsed<'_, StatusItem> {
    map_opt(atom, StatusItem::from_keyword).parse(input)
}

/// The arguments of SELECT and EXAMINE: RFC 7162 section 7.
pub(super) fn select<'a>(
    input: &'a [u8],
    command: impl FnOnce(MailboxName<'a>, SelectParameters<'a>) -> Command<'a>,
) -> Parsed<'a, Command<'a>> {
    let (rest, mailbox) = mailbox(input)?;
    let condstore = map(tag_no_case("CONDSTORE"), |_| SelectParameters::CondStore);
    let parameters = delimited(tag_no_case(" ("), alt((condstore, qresync)), char(')'));
    let (rest, parameters) = opt(parameters).parse(rest)?;
    Ok((rest, command(mailbox, parameters.unwrap_or_default())))
}

/// RFC 7162 section 3.2.5:
/// `"QRESYNC" SP "(" uidvalidity SP mod-sequence-value [SP known-uids] [SP seq-match-data] ")"`
fn qresync(input: &[u8]) -> Parsed<'_, SelectParameters<'_>> {
    let uid_validity = verify(number, |value| *value > 0);
    // A server may ignore the pairs of sequence numbers and UIDs.
    let pairs = opt(preceded(sp, list_inside));
    let values = (uid_validity, preceded(sp, number64), opt(preceded(sp, set)), pairs);
    let known = delimited(tag_no_case("QRESYNC ("), values, char(')'));
    map(known, |(uid_validity, mod_seq, known_uids, _)| SelectParameters::QResync {
        uid_validity: UidValidity::new(uid_validity),
        mod_seq: ModSeq::new(mod_seq),
        known_uids: known_uids.map(Cow::Owned),
    })
    .parse(input)
}
