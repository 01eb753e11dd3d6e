//! Commands, for servers: RFC 9051 section 6 and 9. Stricter than the response parser: a client that breaks the
//! grammar is told so.

use alloc::{borrow::Cow, vec::Vec};

use base64::Engine as _;

mod fetch;
mod list;
mod search;

use crate::{
    command::{AppendData, AppendMessage, Command, IdParameter, Messages, Tag},
    types::{
        argument::{AString, Atom, Secret},
        date::DateTime,
        flag::Flag,
        mailbox_name::MailboxName,
        sequence::{Number, Set, UidSet},
    },
    wire::{
        FAIL, Fail, Parsed,
        atom::{self, keyword, nil, octet},
        literal::literal_header,
        number::number64,
        string::{self, IString, astring, string},
    },
};

/// A command that is not one: what to answer BAD to.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{reason}")]
#[non_exhaustive]
pub struct CommandError<'a> {
    /// The tag, if there is one; without it the answer is an untagged BAD.
    pub tag: Option<Tag<'a>>,
    /// What is wrong, in words for the answer.
    pub reason: &'static str,
}

/// Parses one complete command with its CRLF and with the octets of its literals. Of APPEND and REPLACE this is the
/// head: everything up to the literal header of the message.
///
/// # Errors
/// It is no command of the subset, or its arguments are not what the grammar asks for.
pub fn command(octets: &[u8]) -> Result<(Tag<'_>, Command<'_>), CommandError<'_>> {
    let line = octets.strip_suffix(b"\r\n").unwrap_or(octets);
    let end = memchr::memchr(b' ', line).unwrap_or(line.len());
    let (tag, rest) = line.split_at_checked(end).unwrap_or((line, &[]));
    let Some(tag) = Tag::received(tag) else {
        return Err(CommandError { tag: None, reason: "Missing or invalid tag" });
    };
    let Some(rest) = rest.strip_prefix(b" ") else {
        return Err(CommandError { tag: Some(tag), reason: "Missing command" });
    };
    let end = rest.iter().position(|octet| *octet == b' ').unwrap_or(rest.len());
    let (name, arguments) = rest.split_at_checked(end).unwrap_or((rest, &[]));
    let name = name.to_ascii_uppercase();
    let (uid, name, arguments) = if name == b"UID" {
        let arguments = arguments.get(1..).unwrap_or_default();
        let end = arguments.iter().position(|octet| *octet == b' ').unwrap_or(arguments.len());
        let (name, arguments) = arguments.split_at_checked(end).unwrap_or((arguments, &[]));
        (true, name.to_ascii_uppercase(), arguments)
    } else {
        (false, name, arguments)
    };
    match arguments_of(uid, &name, arguments) {
        Some(Ok(([], command))) => Ok((tag, command)),
        Some(_) => Err(CommandError { tag: Some(tag), reason: "Invalid arguments" }),
        None => Err(CommandError { tag: Some(tag), reason: "Unknown command" }),
    }
}

/// `None` is an unknown command. `input` begins with the space before the first argument, or is empty.
fn arguments_of<'a>(uid: bool, name: &[u8], input: &'a [u8]) -> Option<Parsed<'a, Command<'a>>> {
    let alone = |command: Command<'a>| Some(Ok((input, command)));
    if uid {
        return match name {
            b"FETCH" => Some(fetch::fetch(input, true)),
            b"STORE" => Some(fetch::store(input, true)),
            b"SEARCH" => Some(search::search(input, true)),
            b"SORT" => Some(search::sort(input, true)),
            b"THREAD" => Some(search::thread(input, true)),
            b"COPY" => Some(
                copy(input, true)
                    .map(|(rest, (messages, mailbox))| (rest, Command::Copy { messages, mailbox })),
            ),
            b"MOVE" => Some(
                copy(input, true)
                    .map(|(rest, (messages, mailbox))| (rest, Command::Move { messages, mailbox })),
            ),
            b"REPLACE" => Some(replace(input, true)),
            b"EXPUNGE" => Some(sp(input).and_then(|(rest, ())| {
                let (rest, uids): (_, UidSet) = set(rest)?;
                Ok((rest, Command::UidExpunge { uids: Cow::Owned(uids) }))
            })),
            _ => None,
        };
    }
    match name {
        b"CAPABILITY" => alone(Command::Capability),
        b"NOOP" => alone(Command::Noop),
        b"LOGOUT" => alone(Command::Logout),
        b"STARTTLS" => alone(Command::StartTls),
        b"NAMESPACE" => alone(Command::Namespace),
        b"IDLE" => alone(Command::Idle),
        b"UNSELECT" => alone(Command::Unselect),
        b"CHECK" => alone(Command::Check),
        b"CLOSE" => alone(Command::Close),
        b"EXPUNGE" => alone(Command::Expunge),
        b"COMPRESS" => Some(keyword(input, " DEFLATE").map(|(rest, ())| (rest, Command::Compress))),
        b"ID" => Some(id(input)),
        b"LOGIN" => Some(login(input)),
        b"AUTHENTICATE" => Some(authenticate(input)),
        b"ENABLE" => Some(enable(input)),
        b"LIST" => Some(list::list(input)),
        b"LSUB" => Some(list::lsub(input)),
        b"STATUS" => Some(list::status(input)),
        b"SELECT" => {
            Some(list::select(input).map(|(rest, (mailbox, parameters))| {
                (rest, Command::Select { mailbox, parameters })
            }))
        }
        b"EXAMINE" => {
            Some(list::select(input).map(|(rest, (mailbox, parameters))| {
                (rest, Command::Examine { mailbox, parameters })
            }))
        }
        b"CREATE" => Some(list::create(input)),
        b"DELETE" => {
            Some(mailbox(input).map(|(rest, mailbox)| (rest, Command::Delete { mailbox })))
        }
        b"SUBSCRIBE" => {
            Some(mailbox(input).map(|(rest, mailbox)| (rest, Command::Subscribe { mailbox })))
        }
        b"UNSUBSCRIBE" => {
            Some(mailbox(input).map(|(rest, mailbox)| (rest, Command::Unsubscribe { mailbox })))
        }
        b"GETQUOTAROOT" => {
            Some(mailbox(input).map(|(rest, mailbox)| (rest, Command::GetQuotaRoot { mailbox })))
        }
        b"GETACL" => {
            Some(mailbox(input).map(|(rest, mailbox)| (rest, Command::GetAcl { mailbox })))
        }
        b"MYRIGHTS" => {
            Some(mailbox(input).map(|(rest, mailbox)| (rest, Command::MyRights { mailbox })))
        }
        b"RENAME" => Some(mailbox(input).and_then(|(rest, from)| {
            let (rest, to) = mailbox(rest)?;
            Ok((rest, Command::Rename { from, to }))
        })),
        b"APPEND" => Some(mailbox(input).and_then(|(rest, mailbox)| {
            let (rest, message) = append_message(rest)?;
            Ok((rest, Command::Append { mailbox, message }))
        })),
        b"FETCH" => Some(fetch::fetch(input, false)),
        b"STORE" => Some(fetch::store(input, false)),
        b"SEARCH" => Some(search::search(input, false)),
        b"SORT" => Some(search::sort(input, false)),
        b"THREAD" => Some(search::thread(input, false)),
        b"COPY" => Some(
            copy(input, false)
                .map(|(rest, (messages, mailbox))| (rest, Command::Copy { messages, mailbox })),
        ),
        b"MOVE" => Some(
            copy(input, false)
                .map(|(rest, (messages, mailbox))| (rest, Command::Move { messages, mailbox })),
        ),
        b"REPLACE" => Some(replace(input, false)),
        b"GETQUOTA" => Some(word(input).map(|(rest, root)| (rest, Command::GetQuota { root }))),
        b"SETQUOTA" => Some(set_quota(input)),
        b"SETACL" => Some(mailbox(input).and_then(|(rest, mailbox)| {
            let (rest, identifier) = word(rest)?;
            let (rest, rights) = word(rest)?;
            Ok((rest, Command::SetAcl { mailbox, identifier, rights }))
        })),
        b"DELETEACL" => Some(mailbox(input).and_then(|(rest, mailbox)| {
            let (rest, identifier) = word(rest)?;
            Ok((rest, Command::DeleteAcl { mailbox, identifier }))
        })),
        b"LISTRIGHTS" => Some(mailbox(input).and_then(|(rest, mailbox)| {
            let (rest, identifier) = word(rest)?;
            Ok((rest, Command::ListRights { mailbox, identifier }))
        })),
        _ => None,
    }
}

/// Exactly one space.
pub(crate) fn sp(input: &[u8]) -> Parsed<'_, ()> {
    octet(input, b' ')
}

/// A string that can be an argument: without CR, LF and NUL, and UTF-8.
fn text(value: IString<'_>) -> Result<AString<'_>, nom::Err<Fail>> {
    let text = value.into_text().ok_or(FAIL)?;
    AString::new(text).map_err(|_| FAIL)
}

/// A space and an astring.
pub(crate) fn word(input: &[u8]) -> Parsed<'_, AString<'_>> {
    let (rest, ()) = sp(input)?;
    let (rest, value) = astring(rest)?;
    Ok((rest, text(value)?))
}

/// A space and an atom; a string that holds one is taken too.
fn atom(input: &[u8]) -> Parsed<'_, Atom<'_>> {
    let (rest, value) = word(input)?;
    Ok((rest, to_atom(value)?))
}

pub(crate) fn to_atom(value: AString<'_>) -> Result<Atom<'_>, nom::Err<Fail>> {
    Atom::new(value.into_cow()).map_err(|_| FAIL)
}

/// A space and a mailbox.
pub(crate) fn mailbox(input: &[u8]) -> Parsed<'_, MailboxName<'_>> {
    let (rest, ()) = sp(input)?;
    mailbox_here(rest)
}

pub(crate) fn mailbox_here(input: &[u8]) -> Parsed<'_, MailboxName<'_>> {
    let (rest, name) = astring(input)?;
    let name = MailboxName::from_wire(name.into_cow()).map_err(|_| FAIL)?;
    Ok((rest, name))
}

/// Items in parentheses, separated by one space each.
pub(crate) fn list_of<'a, T>(
    input: &'a [u8],
    mut item: impl FnMut(&'a [u8]) -> Parsed<'a, T>,
) -> Parsed<'a, Vec<T>> {
    let (mut rest, ()) = octet(input, b'(')?;
    let mut items = Vec::new();
    if let [b')', rest @ ..] = rest {
        return Ok((rest, items));
    }
    loop {
        let (after, one) = item(rest)?;
        items.push(one);
        match after {
            [b')', after @ ..] => return Ok((after, items)),
            [b' ', after @ ..] => rest = after,
            _ => return Err(FAIL),
        }
    }
}

/// ```abnf
/// sequence-set    = (seq-number / seq-range) ["," sequence-set]
/// ```
pub(crate) fn set<N: Number>(input: &[u8]) -> Parsed<'_, Set<N>> {
    let length = input
        .iter()
        .position(|octet| !matches!(octet, b'0'..=b'9' | b',' | b':' | b'*'))
        .unwrap_or(input.len());
    let (set, rest) = input.split_at_checked(length).ok_or(FAIL)?;
    let set = core::str::from_utf8(set).map_err(|_| FAIL)?.parse().map_err(|_| FAIL)?;
    Ok((rest, set))
}

/// A space and which messages.
pub(crate) fn messages(input: &[u8], uid: bool) -> Parsed<'_, Messages<'_>> {
    let (rest, ()) = sp(input)?;
    if let [b'$', rest @ ..] = rest {
        return Ok((rest, Messages::SavedResult { uid }));
    }
    if uid {
        return set(rest).map(|(rest, set)| (rest, Messages::Uid(Cow::Owned(set))));
    }
    set(rest).map(|(rest, set)| (rest, Messages::Sequence(Cow::Owned(set))))
}

/// ```abnf
/// flag            = "\Answered" / "\Flagged" / "\Deleted" / "\Seen" / "\Draft" / flag-keyword / flag-extension
/// ```
pub(crate) fn flag(input: &[u8]) -> Parsed<'_, Flag<'_>> {
    let (name, backslash) = match input {
        [b'\\', rest @ ..] => (rest, 1),
        _ => (input, 0),
    };
    let length =
        name.iter().position(|octet| !atom::is_astring_atom(&[*octet])).unwrap_or(name.len());
    if length == 0 {
        return Err(FAIL);
    }
    let (flag, rest) = input.split_at_checked(length + backslash).ok_or(FAIL)?;
    match Flag::received(flag) {
        Flag::Recent | Flag::Any => Err(FAIL),
        flag => Ok((rest, flag)),
    }
}

/// RFC 2971: `"ID" SP id-params-list`
fn id(input: &[u8]) -> Parsed<'_, Command<'_>> {
    let (rest, ()) = sp(input)?;
    if let Ok((rest, ())) = nil(rest) {
        return Ok((rest, Command::Id(Cow::Borrowed(&[]))));
    }
    let (rest, pairs) = list_of(rest, |input| {
        let (rest, name) = string(input)?;
        let (rest, ()) = sp(rest)?;
        let name = text(name)?;
        let (rest, value) = string::nstring(rest)?;
        let parameter = IdParameter::new(name, value.map(text).transpose()?);
        Ok((rest, parameter.map_err(|_| FAIL)?))
    })?;
    Ok((rest, Command::Id(Cow::Owned(pairs))))
}

/// ```abnf
/// login           = "LOGIN" SP userid SP password
/// ```
fn login(input: &[u8]) -> Parsed<'_, Command<'_>> {
    let (rest, user) = word(input)?;
    let (rest, password) = word(rest)?;
    let password = Secret::from(password);
    Ok((rest, Command::Login { user, password }))
}

/// ```abnf
/// authenticate    = "AUTHENTICATE" SP auth-type [SP initial-resp] *(CRLF base64)
/// ```
fn authenticate(input: &[u8]) -> Parsed<'_, Command<'_>> {
    let (rest, mechanism) = atom(input)?;
    let initial_response = match rest {
        [] => None,
        [b' ', b'='] => Some(Cow::Borrowed(&[][..])),
        [b' ', base64 @ ..] => Some(Cow::Owned(
            base64::engine::general_purpose::STANDARD.decode(base64).map_err(|_| FAIL)?,
        )),
        _ => return Err(FAIL),
    };
    Ok((&[], Command::Authenticate { mechanism, initial_response }))
}

/// RFC 5161: `"ENABLE" 1*(SP capability)`
fn enable(input: &[u8]) -> Parsed<'_, Command<'_>> {
    let mut rest = input;
    let mut capabilities = Vec::new();
    while !rest.is_empty() {
        let (after, capability) = atom(rest)?;
        capabilities.push(capability);
        rest = after;
    }
    if capabilities.is_empty() {
        return Err(FAIL);
    }
    Ok((rest, Command::Enable { capabilities: Cow::Owned(capabilities) }))
}

fn copy(input: &[u8], uid: bool) -> Parsed<'_, (Messages<'_>, MailboxName<'_>)> {
    let (rest, messages) = messages(input, uid)?;
    let (rest, mailbox) = mailbox(rest)?;
    Ok((rest, (messages, mailbox)))
}

/// RFC 8508: `"REPLACE" SP seq-number SP mailbox append-message`
fn replace(input: &[u8], uid: bool) -> Parsed<'_, Command<'_>> {
    let (rest, (messages, mailbox)) = copy(input, uid)?;
    let (rest, message) = append_message(rest)?;
    Ok((rest, Command::Replace { messages, mailbox, message }))
}

/// ```abnf
/// append-message  = [SP flag-list] [SP date-time] SP append-data
/// ```
/// Up to the literal header.
fn append_message(input: &[u8]) -> Parsed<'_, AppendMessage<'_>> {
    let (mut rest, ()) = sp(input)?;
    let mut flags = Vec::new();
    if rest.first() == Some(&b'(') {
        (rest, flags) = list_of(rest, flag)?;
        (rest, ()) = sp(rest)?;
    }
    let mut date = None;
    if rest.first() == Some(&b'"') {
        let (after, text) = string::quoted(rest)?;
        date = Some(DateTime::parse(&text.to_cow()).ok_or(FAIL)?);
        (rest, ()) = sp(after)?;
    }
    let (rest, data) = match rest {
        [b'~', ..] => (rest, AppendData::Literal8),
        _ => match keyword(rest, "UTF8 (") {
            Ok((rest, ())) => (rest, AppendData::Utf8),
            Err(_) => (rest, AppendData::Literal),
        },
    };
    let (rest, octets) = match literal_header(rest) {
        Ok(found) => found,
        // The line end may have been cut off.
        Err(_) => {
            let header = rest.strip_prefix(b"~").unwrap_or(rest).strip_prefix(b"{").ok_or(FAIL)?;
            let (rest, octets) = number64(header)?;
            (rest.strip_prefix(b"+").unwrap_or(rest).strip_prefix(b"}").ok_or(FAIL)?, octets)
        }
    };
    Ok((rest, AppendMessage { flags: Cow::Owned(flags), date, octets, data }))
}

/// RFC 9208: `"SETQUOTA" SP quota-root-name SP setquota-list`
fn set_quota(input: &[u8]) -> Parsed<'_, Command<'_>> {
    let (rest, root) = word(input)?;
    let (rest, ()) = sp(rest)?;
    let (rest, limits) = list_of(rest, |input| {
        let (rest, name) = atom::atom(input)?;
        let (rest, ()) = sp(rest)?;
        let (rest, limit) = number64(rest)?;
        Ok((rest, (to_atom(text(IString::plain(name))?)?, limit)))
    })?;
    Ok((rest, Command::SetQuota { root, limits: Cow::Owned(limits) }))
}
