//! LIST, STATUS, NAMESPACE and ID: RFC 9051 section 9, RFC 2971.

use alloc::vec::Vec;

use nom::{
    Parser as _,
    branch::alt,
    bytes::complete::{tag, take_until},
    character::complete::{char, one_of},
    combinator::{eof, iterator, map, map_opt, not, opt, peek, rest, value},
    multi::many0,
    sequence::{delimited, pair, preceded, separated_pair, terminated},
};

use crate::{
    response::{
        ListEntry, MailboxStatus, NamespaceEntry, Namespaces, StatusValue, StatusValues,
        parse::fetch::object_id,
    },
    types::{MailboxName, ModSeq, NameAttributes, UidValidity},
    wire::{
        Fail, IString, Parsed, astring, atom, byte, ends, in_parentheses, list_inside, nil, nil_or,
        nstring, number64, opt_sp, skip_value, some_value, sp, string::string, until_last, word,
    },
};

/// ```abnf
/// mailbox-list    = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox
///                   [SP mbox-list-extended]
/// ```
pub(crate) fn mailbox_list(input: &[u8]) -> Parsed<'_, ListEntry<'_>> {
    let (rest, (attributes, (), delimiter, ())) =
        (mbx_list_flags, sp, delimiter, sp).parse(input)?;
    let regular = pair(mailbox, mbox_list_extended_to_end);
    let (rest, (mailbox, extended)) = alt((regular, odd_quoted_name, odd_name)).parse(rest)?;
    let mut entry = ListEntry::new(attributes, delimiter, mailbox);
    if let Some(extended) = extended {
        add_extended(extended, &mut entry)?;
    }
    Ok((rest, entry))
}

/// ```abnf
/// mbx-list-flags  = *(mbx-list-oflag SP) mbx-list-sflag *(SP mbx-list-oflag) /
///                   mbx-list-oflag *(SP mbx-list-oflag)
/// ```
/// In their parentheses. A nested list or a string is skipped.
fn mbx_list_flags(input: &[u8]) -> Parsed<'_, NameAttributes<'_>> {
    map(list_inside, NameAttributes::from_wire_lenient).parse(input)
}

/// Some servers send `""` for NIL, and `"\"` for a backslash.
fn delimiter(input: &[u8]) -> Parsed<'_, Option<u8>> {
    let lone = byte(|octet| octet != b'"');
    alt((
        map(delimited(char('"'), lone, (char('"'), peek(one_of(" )")))), Some),
        map(nstring, |delimiter| delimiter.and_then(|delimiter| delimiter.bytes().next())),
    ))
    .parse(input)
}

/// ```abnf
/// mailbox         = "INBOX" / astring
/// ```
pub(crate) fn mailbox(input: &[u8]) -> Parsed<'_, MailboxName<'_>> {
    map(astring, MailboxName::received).parse(input)
}

/// A name with blanks, control characters or parentheses that the server did not quote (Exchange):
/// the rest of the line.
#[cold]
fn odd_name(input: &[u8]) -> Parsed<'_, (MailboxName<'_>, Option<&[u8]>)> {
    let name = preceded(not(alt((eof, tag("\""), tag("{"), tag("(")))), rest);
    map(name, |name| (MailboxName::received(IString::plain(name)), None)).parse(input)
}

/// A quoted name in which quotes or backslashes are not escaped (Exchange, jstedfast/MailKit#485):
/// it ends before the extended data, or at the last quote of the line.
#[cold]
fn odd_quoted_name(input: &[u8]) -> Parsed<'_, (MailboxName<'_>, Option<&[u8]>)> {
    let inside = delimited(char('"'), take_until("\" ("), char('"'));
    let extended = pair(inside, mbox_list_extended_to_end);
    let alone = (delimited(char('"'), until_last(b'"'), char('"')), map((opt_sp, eof), |_| None));
    map(alt((extended, alone)), |(name, extended)| {
        (MailboxName::received(IString::escaped(name)), extended)
    })
    .parse(input)
}

/// ```abnf
/// mbox-list-extended = "(" [mbox-list-extended-item *(SP mbox-list-extended-item)] ")"
/// ```
/// Returns its inside, if there is one. The line must end here.
fn mbox_list_extended_to_end(input: &[u8]) -> Parsed<'_, Option<&[u8]>> {
    terminated(opt(preceded(sp, list_inside)), (opt_sp, eof)).parse(input)
}

/// ```abnf
/// mbox-list-extended-item = mbox-list-extended-item-tag SP tagged-ext-val
/// ```
fn add_extended<'a>(inside: &'a [u8], entry: &mut ListEntry<'a>) -> Result<(), nom::Err<Fail>> {
    let mut items = iterator(inside, preceded(opt_sp, separated_pair(astring, sp, skip_value)));
    for (name, value) in items.by_ref() {
        if name.eq_ignore_ascii_case("CHILDINFO") {
            entry.child_info = in_parentheses(strings).parse(value)?.1;
        } else if name.eq_ignore_ascii_case("OLDNAME") {
            entry.old_name = Some(in_parentheses(mailbox).parse(value)?.1);
        }
    }
    let (rest, ()) = items.finish()?;
    (opt_sp, eof).parse(rest)?;
    Ok(())
}

/// Strings with any spaces before each.
pub(crate) fn strings(input: &[u8]) -> Parsed<'_, Vec<IString<'_>>> {
    many0(preceded(opt_sp, astring)).parse(input)
}

/// ```abnf
/// mailbox-data    =/ "STATUS" SP mailbox SP "(" [status-att-list] ")"
/// ```
pub(crate) fn status(input: &[u8]) -> Parsed<'_, MailboxStatus<'_>> {
    let (rest, (mailbox, (), values)) =
        alt(((mailbox, opt_sp, status_att_list), (odd_status_name, opt_sp, status_att_list)))
            .parse(input)?;
    Ok((rest, MailboxStatus::new(mailbox, values)))
}

/// A name without the quotes that its blanks or parentheses need (Mailutils), or with quotes or
/// backslashes that are not escaped.
#[cold]
fn odd_status_name(input: &[u8]) -> Parsed<'_, MailboxName<'_>> {
    let quoted = map(delimited(char('"'), until_last(b'"'), char('"')), IString::escaped);
    let unquoted = preceded(not(one_of("\"{")), until_last(b'('));
    let unquoted = map_opt(unquoted, |name| name.strip_suffix(b" ").map(IString::plain));
    map(alt((quoted, unquoted)), MailboxName::received).parse(input)
}

/// ```abnf
/// status-att-list = status-att-val *(SP status-att-val)
/// ```
/// In its parentheses.
fn status_att_list(input: &[u8]) -> Parsed<'_, StatusValues<'_>> {
    in_parentheses(|input| Ok(StatusValues::leading(input))).parse(input)
}

/// ```abnf
/// status-att-val  = ("MESSAGES" SP number) / ("UIDNEXT" SP nz-number) /
///                   ("UIDVALIDITY" SP nz-number) / ...
/// ```
/// An item whose value does not fit is [`StatusValue::Other`].
#[cold]
pub(crate) fn status_att_val(input: &[u8]) -> Parsed<'_, StatusValue<'_>> {
    let (input, name) = terminated(word, sp).parse(input)?;
    let is = |word| atom::is_word(name, word);
    let number = terminated(number64, ends(" )"));
    // The list of values ends at anything that is not a value.
    let missing = value(&b""[..], peek(alt((eof, tag(")")))));
    alt((
        map_opt(number, |number| status_number(name, number)),
        map_opt(nil, |()| is("APPENDLIMIT").then_some(StatusValue::AppendLimit(None))),
        map_opt(object_id, |id| id.filter(|_| is("MAILBOXID")).map(StatusValue::MailboxId)),
        map(alt((some_value, missing)), |value| StatusValue::Other {
            name: IString::plain(name),
            value: IString::plain(value),
        }),
    ))
    .parse(input)
}

fn status_number(name: &[u8], number: u64) -> Option<StatusValue<'static>> {
    let is = |word| atom::is_word(name, word);
    Some(match name.len() {
        4 if is("SIZE") => StatusValue::Size(number),
        6 if is("UNSEEN") => StatusValue::Unseen(number),
        6 if is("RECENT") => StatusValue::Recent(number),
        7 if is("UIDNEXT") => StatusValue::UidNext(number),
        7 if is("DELETED") => StatusValue::Deleted(number),
        8 if is("MESSAGES") => StatusValue::Messages(number),
        11 if is("UIDVALIDITY") => {
            StatusValue::UidValidity(UidValidity::new(u32::try_from(number).ok()?))
        }
        11 if is("APPENDLIMIT") => StatusValue::AppendLimit(Some(number)),
        13 if is("HIGHESTMODSEQ") => StatusValue::HighestModSeq(ModSeq::new(number)),
        15 if is("DELETED-STORAGE") => StatusValue::DeletedStorage(number),
        _ => return None,
    })
}

/// ```abnf
/// namespace-response = "NAMESPACE" SP namespace SP namespace SP namespace
/// ```
pub(crate) fn namespace_response(input: &[u8]) -> Parsed<'_, Namespaces<'_>> {
    map((namespace, sp, namespace, sp, namespace), |(personal, (), other_users, (), shared)| {
        Namespaces { personal, other_users, shared }
    })
    .parse(input)
}

/// ```abnf
/// namespace       = nil / "(" 1*namespace-descr ")"
/// ```
fn namespace(input: &[u8]) -> Parsed<'_, Vec<NamespaceEntry<'_>>> {
    let entries = in_parentheses(many0(preceded(opt_sp, namespace_descr)));
    map(nil_or(entries), |entries| entries.into_iter().flatten().flatten().collect()).parse(input)
}

/// ```abnf
/// namespace-descr = "(" string SP (DQUOTE QUOTED-CHAR DQUOTE / nil)
///                   [namespace-response-extensions] ")"
/// ```
/// Some servers send `()`.
fn namespace_descr(input: &[u8]) -> Parsed<'_, Option<NamespaceEntry<'_>>> {
    let extensions = many0(preceded(opt_sp, namespace_response_extension));
    let entry = (astring, sp, delimiter, extensions);
    let entry = map(entry, |(prefix, (), delimiter, extensions)| NamespaceEntry {
        prefix,
        delimiter,
        extensions,
    });
    in_parentheses(opt(entry)).parse(input)
}

/// ```abnf
/// namespace-response-extension = SP string SP "(" string *(SP string) ")"
/// ```
fn namespace_response_extension(input: &[u8]) -> Parsed<'_, (IString<'_>, Vec<IString<'_>>)> {
    separated_pair(string, sp, in_parentheses(strings)).parse(input)
}

/// ```abnf
/// id-params-list  = "(" [string SP nstring *(SP string SP nstring)] ")" / nil
/// ```
#[expect(clippy::type_complexity, reason = "the type of the field in `Response`")]
pub(crate) fn id_response(
    input: &[u8],
) -> Parsed<'_, Option<Vec<(IString<'_>, Option<IString<'_>>)>>> {
    let pair = preceded(opt_sp, separated_pair(string, sp, nstring));
    nil_or(in_parentheses(many0(pair))).parse(input)
}
