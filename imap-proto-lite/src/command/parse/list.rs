//! LIST, STATUS, SELECT and CREATE, for servers: RFC 9051 section 9, RFC 7162, RFC 6154.

use alloc::{borrow::Cow, vec::Vec};

use crate::{
    command::{
        Command, ListReturn, ListSelection, SelectParameters, StatusItem,
        parse::{list_of, mailbox, mailbox_here, set, sp},
    },
    types::{
        flag::NameAttribute,
        mailbox_name::MailboxName,
        sequence::{ModSeq, UidValidity},
    },
    wire::{
        FAIL, Parsed,
        atom::{self, keyword, octet},
        number::{self, number64},
        value,
    },
};

/// ```abnf
/// list            = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]
/// ```
pub(crate) fn list(input: &[u8]) -> Parsed<'_, Command<'_>> {
    let (mut rest, ()) = sp(input)?;
    let mut selection = ListSelection::default();
    if rest.first() == Some(&b'(') {
        let (after, words) = list_of(rest, atom::atom)?;
        for word in words {
            match word.to_ascii_uppercase().as_slice() {
                b"SUBSCRIBED" => selection.subscribed = true,
                b"REMOTE" => selection.remote = true,
                b"RECURSIVEMATCH" => selection.recursive_match = true,
                b"SPECIAL-USE" => selection.special_use = true,
                _ => return Err(FAIL),
            }
        }
        (rest, ()) = sp(after)?;
    }
    let (rest, reference) = list_mailbox(rest)?;
    let (rest, ()) = sp(rest)?;
    let (rest, patterns) = if rest.first() == Some(&b'(') {
        list_of(rest, list_mailbox)?
    } else {
        list_mailbox(rest).map(|(rest, pattern)| (rest, Vec::from([pattern])))?
    };
    let (rest, returns) = match keyword(rest, " RETURN ") {
        Ok((rest, ())) => list_return(rest)?,
        Err(_) => (rest, ListReturn::default()),
    };
    Ok((rest, Command::List { reference, patterns: Cow::Owned(patterns), selection, returns }))
}

/// ```abnf
/// list-mailbox    = 1*list-char / string
/// ```
fn list_mailbox(input: &[u8]) -> Parsed<'_, MailboxName<'_>> {
    // The wildcards are in the word of the response parser.
    mailbox_here(input)
}

/// ```abnf
/// list-return-opts = "RETURN" SP "(" [return-option *(SP return-option)] ")"
/// ```
fn list_return(input: &[u8]) -> Parsed<'_, ListReturn<'_>> {
    let mut returns = ListReturn::default();
    let (rest, _) = list_of(input, |input| {
        let (rest, word) = atom::atom(input)?;
        match word.to_ascii_uppercase().as_slice() {
            b"SUBSCRIBED" => returns.subscribed = true,
            b"CHILDREN" => returns.children = true,
            b"SPECIAL-USE" => returns.special_use = true,
            b"MYRIGHTS" => returns.my_rights = true,
            b"STATUS" => {
                let (rest, ()) = sp(rest)?;
                let (rest, items) = list_of(rest, status_att)?;
                returns.status = Cow::Owned(items);
                return Ok((rest, ()));
            }
            _ => return Err(FAIL),
        }
        Ok((rest, ()))
    })?;
    Ok((rest, returns))
}

pub(crate) fn lsub(input: &[u8]) -> Parsed<'_, Command<'_>> {
    let (rest, reference) = mailbox(input)?;
    let (rest, ()) = sp(rest)?;
    let (rest, pattern) = list_mailbox(rest)?;
    Ok((rest, Command::Lsub { reference, pattern }))
}

/// ```abnf
/// status          = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"
/// ```
pub(crate) fn status(input: &[u8]) -> Parsed<'_, Command<'_>> {
    let (rest, mailbox) = mailbox(input)?;
    let (rest, ()) = sp(rest)?;
    let (rest, items) = list_of(rest, status_att)?;
    if items.is_empty() {
        return Err(FAIL);
    }
    Ok((rest, Command::Status { mailbox, items: Cow::Owned(items) }))
}

fn status_att(input: &[u8]) -> Parsed<'_, StatusItem> {
    let (rest, word) = atom::atom(input)?;
    let item =
        StatusItem::ALL.into_iter().find(|item| word.eq_ignore_ascii_case(item.name().as_bytes()));
    item.map(|item| (rest, item)).ok_or(FAIL)
}

/// RFC 7162 section 7: the parameters of SELECT and EXAMINE.
pub(crate) fn select(input: &[u8]) -> Parsed<'_, (MailboxName<'_>, SelectParameters<'_>)> {
    let (rest, mailbox) = mailbox(input)?;
    let Ok((rest, ())) = keyword(rest, " (") else {
        return Ok((rest, (mailbox, SelectParameters::None)));
    };
    if let Ok((rest, ())) = keyword(rest, "CONDSTORE)") {
        return Ok((rest, (mailbox, SelectParameters::CondStore)));
    }
    let (rest, ()) = keyword(rest, "QRESYNC (")?;
    let (rest, uid_validity) = number::nz_number(rest)?;
    let (rest, ()) = sp(rest)?;
    let (rest, mod_seq) = number64(rest)?;
    let (rest, known_uids) = match sp(rest) {
        Ok((rest, ())) if rest.first() != Some(&b'(') => {
            let (rest, set) = set(rest)?;
            (rest, Some(Cow::Owned(set)))
        }
        _ => (rest, None),
    };
    // The client may name pairs of sequence numbers and UIDs; a server may leave them out of account.
    let rest = match sp(rest) {
        Ok((rest, ())) => value::list_inside(rest)?.0,
        Err(_) => rest,
    };
    let (rest, ()) = keyword(rest, "))")?;
    let uid_validity = UidValidity::new(uid_validity.get());
    let parameters =
        SelectParameters::QResync { uid_validity, mod_seq: ModSeq::new(mod_seq), known_uids };
    Ok((rest, (mailbox, parameters)))
}

/// RFC 6154: `"CREATE" SP mailbox [SP "(" "USE" SP "(" [use-attr *(SP use-attr)] ")" ")"]`
pub(crate) fn create(input: &[u8]) -> Parsed<'_, Command<'_>> {
    let (rest, mailbox) = mailbox(input)?;
    let Ok((rest, ())) = keyword(rest, " (USE ") else {
        return Ok((rest, Command::Create { mailbox, special_use: Cow::Borrowed(&[]) }));
    };
    let (rest, uses) = list_of(rest, |input| {
        let (rest, ()) = octet(input, b'\\')?;
        let (rest, name) = atom::atom(rest)?;
        Ok((rest, NameAttribute::received(name)))
    })?;
    let (rest, ()) = octet(rest, b')')?;
    Ok((rest, Command::Create { mailbox, special_use: Cow::Owned(uses) }))
}
