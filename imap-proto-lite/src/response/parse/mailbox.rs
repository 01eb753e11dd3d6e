//! LIST, STATUS, NAMESPACE and ID: RFC 9051 section 9, RFC 2971.

use alloc::vec::Vec;

use nom::{Parser as _, combinator::map, sequence::separated_pair};

use crate::{
    response::{
        ListEntry, MailboxStatus, NamespaceEntry, Namespaces, StatusValue, StatusValues,
        parse::{fetch::object_id, items},
    },
    types::{MailboxName, ModSeq, NameAttributes, UidValidity},
    wire::{
        FAIL, Fail, IString, Parsed, astring, atom, nil, nstring, number64, octet, sp, spaces,
        string::string, value,
    },
};

/// ```abnf
/// mailbox-list    = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox
///                   [SP mbox-list-extended]
/// ```
pub(crate) fn mailbox_list(input: &[u8]) -> Parsed<'_, ListEntry<'_>> {
    // A nested list or a string is not an attribute.
    let (rest, attributes) =
        map(value::list_inside, NameAttributes::from_wire_lenient).parse(input)?;
    let (rest, ((), delimiter, (), name)) = (sp, delimiter, sp, mailbox).parse(rest)?;
    let mut entry = ListEntry::new(attributes, delimiter, name);
    let rest = spaces(rest);
    match rest.first() {
        None => Ok((rest, entry)),
        Some(b'(') => {
            let (rest, extended) = value::list_inside(rest)?;
            mbox_list_extended(extended, &mut entry)?;
            Ok((spaces(rest), entry))
        }
        Some(_) => Err(FAIL),
    }
}

/// `""` occurs, and means NIL; so does `"\"`, for a backslash.
fn delimiter(input: &[u8]) -> Parsed<'_, Option<u8>> {
    match input {
        [b'"', delimiter, b'"', rest @ ..]
            if *delimiter != b'"' && matches!(rest, [b' ' | b')', ..]) =>
        {
            Ok((rest, Some(*delimiter)))
        }
        _ => {
            let (rest, delimiter) = nstring(input)?;
            let delimiter = delimiter.and_then(|delimiter| delimiter.bytes().next());
            Ok((rest, delimiter))
        }
    }
}

/// ```abnf
/// mailbox         = "INBOX" / astring
/// ```
/// Exchange leaves names with blanks and control characters unquoted: then the rest of the line is
/// the name.
fn mailbox(input: &[u8]) -> Parsed<'_, MailboxName<'_>> {
    let (rest, name) = match astring(input) {
        Ok(found) => found,
        Err(error) if matches!(input.first(), None | Some(b'"' | b'{' | b'(')) => {
            return Err(error);
        }
        Err(_) => (input, IString::default()),
    };
    let unquoted = !matches!(input.first(), Some(b'"' | b'{'));
    let whole = match spaces(rest) {
        [] => true,
        after @ [b'(', ..] if after.len() < rest.len() => {
            value::list_inside(after).is_ok_and(|(rest, _)| spaces(rest).is_empty())
        }
        _ => false,
    };
    if whole {
        return Ok((rest, MailboxName::received(name)));
    }
    if unquoted && !input.is_empty() {
        return Ok((&[], MailboxName::received(IString::plain(input))));
    }
    // An unescaped quote inside the quotes: the last quote of the line closes the string.
    match input.strip_prefix(b"\"").and_then(|inside| inside.strip_suffix(b"\"")) {
        Some(inside) => Ok((&[], MailboxName::received(IString::escaped(inside)))),
        None => Err(FAIL),
    }
}

/// ```abnf
/// mbox-list-extended = "(" [mbox-list-extended-item *(SP mbox-list-extended-item)] ")"
/// ```
fn mbox_list_extended<'a>(
    inside: &'a [u8],
    entry: &mut ListEntry<'a>,
) -> Result<(), nom::Err<Fail>> {
    let mut rest = spaces(inside);
    while !rest.is_empty() {
        let (after, (name, value)) = separated_pair(astring, sp, value::skip_value).parse(rest)?;
        if name.eq_ignore_ascii_case("CHILDINFO") {
            entry.child_info = strings(value)?;
        } else if name.eq_ignore_ascii_case("OLDNAME") {
            let (_, inside) = value::list_inside(value)?;
            entry.old_name = Some(MailboxName::received(astring(spaces(inside))?.1));
        }
        rest = spaces(after);
    }
    Ok(())
}

/// A list of strings in parentheses.
fn strings(list: &[u8]) -> Result<Vec<IString<'_>>, nom::Err<Fail>> {
    let (_, inside) = value::list_inside(list)?;
    Ok(items(inside, astring)?.1)
}

/// ```abnf
/// mailbox-data    =/ "STATUS" SP mailbox SP "(" [status-att-list] ")"
/// ```
#[inline]
pub(crate) fn status(input: &[u8]) -> Parsed<'_, MailboxStatus<'_>> {
    match astring(input).and_then(|(rest, name)| status_of(name, rest)) {
        // A name sent without the quotes that its blanks or parentheses need (Mailutils) ends at
        // the last opening parenthesis.
        Err(_) if !matches!(input.first(), Some(b'"' | b'{')) => {
            let end = memchr::memrchr(b'(', input).ok_or(FAIL)?;
            let (name, rest) = input.split_at_checked(end).ok_or(FAIL)?;
            let name = name.strip_suffix(b" ").ok_or(FAIL)?;
            status_of(IString::plain(name), rest)
        }
        result => result,
    }
}

/// The rest of [`status`] after the name.
#[inline]
fn status_of<'a>(name: IString<'a>, input: &'a [u8]) -> Parsed<'a, MailboxStatus<'a>> {
    let (inside, ()) = octet(spaces(input), b'(')?;
    let (rest, values) = StatusValues::leading(inside);
    let (rest, ()) = octet(spaces(rest), b')')?;
    Ok((spaces(rest), MailboxStatus::new(MailboxName::received(name), values)))
}

/// ```abnf
/// status-att-val  = ("MESSAGES" SP number) / ("UIDNEXT" SP nz-number) /
///                   ("UIDVALIDITY" SP nz-number) / ...
/// ```
#[inline]
pub(crate) fn status_att_val(input: &[u8]) -> Parsed<'_, StatusValue<'_>> {
    let (rest, name) = atom::word(input)?;
    let (rest, ()) = sp(rest)?;
    if let Ok((after, number)) = number64(rest)
        && matches!(after.first(), Some(b' ' | b')') | None)
        && let Some(value) = status_number(name, number)
    {
        return Ok((after, value));
    }
    if name.eq_ignore_ascii_case(b"APPENDLIMIT")
        && let Ok((after, ())) = nil(rest)
    {
        return Ok((after, StatusValue::AppendLimit(None)));
    }
    if name.eq_ignore_ascii_case(b"MAILBOXID")
        && let Ok((after, Some(id))) = object_id(rest)
    {
        return Ok((after, StatusValue::MailboxId(id)));
    }
    // A value that is missing costs its item; at anything else the list ends.
    let (after, value) = value::skip_value(rest)?;
    if value.is_empty() && !matches!(after, [] | [b')', ..]) {
        return Err(FAIL);
    }
    Ok((after, StatusValue::Other { name: IString::plain(name), value: IString::plain(value) }))
}

#[inline]
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
    let (rest, (personal, (), other_users, (), shared)) =
        (namespace, sp, namespace, sp, namespace).parse(input)?;
    Ok((spaces(rest), Namespaces { personal, other_users, shared }))
}

/// ```abnf
/// namespace       = nil / "(" 1*namespace-descr ")"
/// namespace-descr = "(" string SP (DQUOTE QUOTED-CHAR DQUOTE / nil)
///                   [namespace-response-extensions] ")"
/// ```
fn namespace(input: &[u8]) -> Parsed<'_, Vec<NamespaceEntry<'_>>> {
    if let Ok((rest, ())) = nil(input) {
        return Ok((rest, Vec::new()));
    }
    let (mut rest, ()) = octet(input, b'(')?;
    let mut entries = Vec::new();
    loop {
        rest = match spaces(rest) {
            [b')', rest @ ..] => return Ok((rest, entries)),
            // `(())` occurs.
            [b'(', b')', rest @ ..] => rest,
            rest => {
                let (rest, ()) = octet(rest, b'(')?;
                let (rest, (prefix, delimiter)) =
                    separated_pair(astring, sp, delimiter).parse(rest)?;
                let mut entry = NamespaceEntry::new(prefix, delimiter);
                let (rest, extensions) = items(rest, namespace_response_extension)?;
                entry.extensions = extensions;
                entries.push(entry);
                octet(rest, b')')?.0
            }
        };
    }
}

/// ```abnf
/// namespace-response-extension = SP string SP "(" string *(SP string) ")"
/// ```
fn namespace_response_extension(input: &[u8]) -> Parsed<'_, (IString<'_>, Vec<IString<'_>>)> {
    let (rest, (name, values)) = separated_pair(string, sp, value::skip_value).parse(input)?;
    Ok((rest, (name, strings(values)?)))
}

/// ```abnf
/// id-params-list  = "(" [string SP nstring *(SP string SP nstring)] ")" / nil
/// ```
#[expect(clippy::type_complexity, reason = "the type of the field in `Response`")]
pub(crate) fn id_response(
    input: &[u8],
) -> Parsed<'_, Option<Vec<(IString<'_>, Option<IString<'_>>)>>> {
    if let Ok((rest, ())) = nil(input) {
        return Ok((spaces(rest), None));
    }
    let (rest, ()) = octet(input, b'(')?;
    let (rest, pairs) = items(rest, separated_pair(string, sp, nstring))?;
    let (rest, ()) = octet(rest, b')')?;
    Ok((spaces(rest), Some(pairs)))
}
