//! Commands: RFC 9051 section 6.

use alloc::{string::ToString as _, vec::Vec};

use base64::Engine as _;

mod fetch;
pub(crate) mod search;
mod writer;

use crate::{
    command::{
        AppendData, AppendMessage, Command, IdParameter, ListReturn, ListSelection, Messages,
        SelectParameters, StatusItem, Tag,
        encode::writer::{Writer, Written, check_line},
    },
    types::{
        capability::LiteralMode,
        mailbox_name::MailboxName,
        sequence::{Number, Set},
    },
    wire::encoded::{ArgumentError, EncodeSession, Encoded},
};

/// Encodes one command with its tag and its CRLF.
///
/// # Errors
/// The arguments do not go together, or are more or fewer than the grammar has (an empty list where one item is due), or a name or
/// flag that a server made up cannot be sent.
pub fn command(
    tag: &Tag<'_>,
    command: &Command<'_>,
    session: &EncodeSession,
) -> Result<Encoded, ArgumentError> {
    let mut writer = Writer::new(session);
    writer.out.reserve(64);
    writer.word(tag.as_str());
    writer.sp();
    arguments(&mut writer, command)?;
    writer.word("\r\n");
    Ok(writer.finish())
}

/// The command for people: what cannot be sent shows as nothing.
pub(crate) fn for_display(one: &Command<'_>) -> Encoded {
    command(&Tag::NONE, one, &EncodeSession::new(LiteralMode::Plus, true)).unwrap_or_default()
}

fn arguments(writer: &mut Writer<'_>, command: &Command<'_>) -> Written {
    match command {
        Command::Capability => writer.word("CAPABILITY"),
        Command::Noop => writer.word("NOOP"),
        Command::Logout => writer.word("LOGOUT"),
        Command::StartTls => writer.word("STARTTLS"),
        Command::Namespace => writer.word("NAMESPACE"),
        Command::Compress => writer.word("COMPRESS DEFLATE"),
        Command::Idle => writer.word("IDLE"),
        Command::Unselect => writer.word("UNSELECT"),
        Command::Check => writer.word("CHECK"),
        Command::Close => writer.word("CLOSE"),
        Command::Expunge => writer.word("EXPUNGE"),
        Command::Id(parameters) => return id(writer, parameters),
        Command::Login { user, password } => {
            writer.word("LOGIN ");
            writer.secret();
            writer.astring(user.as_bytes());
            writer.sp();
            writer.astring(password.as_bytes());
        }
        Command::Authenticate { mechanism, initial_response } => {
            writer.word("AUTHENTICATE ");
            writer.word(mechanism.as_str());
            if let Some(response) = initial_response {
                writer.sp();
                writer.secret();
                // An empty one is `=`, so that it is not taken for none (RFC 4959 section 3).
                match base64::engine::general_purpose::STANDARD.encode(response) {
                    empty if empty.is_empty() => writer.word("="),
                    text => writer.word(&text),
                }
            }
        }
        Command::Enable { capabilities } => {
            not_empty(capabilities.is_empty(), "capabilities")?;
            writer.word("ENABLE");
            for capability in capabilities.iter() {
                writer.sp();
                writer.word(capability.as_str());
            }
        }
        Command::List { reference, patterns, selection, returns } => {
            return list(writer, reference, patterns, *selection, returns);
        }
        Command::Lsub { reference, pattern } => {
            writer.word("LSUB ");
            list_mailbox(writer, reference, "reference")?;
            writer.sp();
            list_mailbox(writer, pattern, "pattern")?;
        }
        Command::Status { mailbox, items } => {
            not_empty(items.is_empty(), "items")?;
            writer.word("STATUS ");
            writer.mailbox(mailbox, "mailbox")?;
            writer.sp();
            status_items(writer, items)?;
        }
        Command::Select { mailbox, parameters } => {
            return select(writer, "SELECT ", mailbox, parameters);
        }
        Command::Examine { mailbox, parameters } => {
            return select(writer, "EXAMINE ", mailbox, parameters);
        }
        Command::Create { mailbox, special_use } => {
            writer.word("CREATE ");
            writer.mailbox(mailbox, "mailbox")?;
            if !special_use.is_empty() {
                writer.word(" (USE ");
                writer.list(special_use.iter(), |writer, attribute| {
                    writer.word("\\");
                    writer.atom(attribute.name(), "special_use")
                })?;
                writer.word(")");
            }
        }
        Command::Delete { mailbox } => return with_mailbox(writer, "DELETE ", mailbox),
        Command::Subscribe { mailbox } => return with_mailbox(writer, "SUBSCRIBE ", mailbox),
        Command::Unsubscribe { mailbox } => return with_mailbox(writer, "UNSUBSCRIBE ", mailbox),
        Command::Rename { from, to } => {
            with_mailbox(writer, "RENAME ", from)?;
            writer.sp();
            writer.mailbox(to, "to")?;
        }
        Command::Append { mailbox, message } => {
            with_mailbox(writer, "APPEND ", mailbox)?;
            return append_message(writer, message);
        }
        Command::Replace { messages, mailbox, message } => {
            uid_prefix(writer, messages);
            writer.word("REPLACE ");
            set(writer, messages);
            writer.sp();
            writer.mailbox(mailbox, "mailbox")?;
            return append_message(writer, message);
        }
        Command::UidExpunge { uids } => {
            writer.word("UID EXPUNGE ");
            ranges(writer, uids);
        }
        Command::Search { uid, returns, query } => {
            return search::search(writer, *uid, *returns, query);
        }
        Command::Sort { uid, criteria, query } => {
            return search::sort(writer, *uid, criteria, query);
        }
        Command::Thread { uid, algorithm, query } => {
            return search::thread(writer, *uid, *algorithm, query);
        }
        Command::Fetch { messages, items, modifiers } => {
            return fetch::fetch(writer, messages, items, *modifiers);
        }
        Command::Store { messages, action, silent, unchanged_since } => {
            uid_prefix(writer, messages);
            writer.word("STORE ");
            set(writer, messages);
            if let Some(mod_seq) = unchanged_since {
                writer.word(" (UNCHANGEDSINCE ");
                writer.number(mod_seq.get());
                writer.word(")");
            }
            writer.sp();
            return fetch::store(writer, action, *silent);
        }
        Command::Copy { messages, mailbox } => return copy(writer, "COPY ", messages, mailbox),
        Command::Move { messages, mailbox } => return copy(writer, "MOVE ", messages, mailbox),
        Command::GetQuota { root } => {
            writer.word("GETQUOTA ");
            writer.astring(root.as_bytes());
        }
        Command::GetQuotaRoot { mailbox } => return with_mailbox(writer, "GETQUOTAROOT ", mailbox),
        Command::SetQuota { root, limits } => {
            writer.word("SETQUOTA ");
            writer.astring(root.as_bytes());
            writer.sp();
            writer.list(limits.iter(), |writer, (name, limit)| {
                writer.word(name.as_str());
                writer.sp();
                writer.number(*limit);
                Ok(())
            })?;
        }
        Command::GetAcl { mailbox } => return with_mailbox(writer, "GETACL ", mailbox),
        Command::MyRights { mailbox } => return with_mailbox(writer, "MYRIGHTS ", mailbox),
        Command::SetAcl { mailbox, identifier, rights } => {
            with_mailbox(writer, "SETACL ", mailbox)?;
            writer.sp();
            writer.astring(identifier.as_bytes());
            writer.sp();
            writer.astring(rights.as_bytes());
        }
        Command::DeleteAcl { mailbox, identifier } => {
            with_mailbox(writer, "DELETEACL ", mailbox)?;
            writer.sp();
            writer.astring(identifier.as_bytes());
        }
        Command::ListRights { mailbox, identifier } => {
            with_mailbox(writer, "LISTRIGHTS ", mailbox)?;
            writer.sp();
            writer.astring(identifier.as_bytes());
        }
    }
    Ok(())
}

pub(crate) const fn not_empty(empty: bool, argument: &'static str) -> Written {
    if empty { Err(ArgumentError::new(argument, "is empty")) } else { Ok(()) }
}

fn with_mailbox(writer: &mut Writer<'_>, word: &str, mailbox: &MailboxName<'_>) -> Written {
    writer.word(word);
    writer.mailbox(mailbox, "mailbox")
}

/// RFC 2971: an empty list is NIL, since Exchange refuses `()`; section 3.3 has the bounds.
fn id(writer: &mut Writer<'_>, parameters: &[IdParameter<'_>]) -> Written {
    if parameters.len() > 30 {
        return Err(ArgumentError::new("parameters", "more than 30 of them"));
    }
    writer.word("ID ");
    if parameters.is_empty() {
        writer.word("NIL");
        return Ok(());
    }
    writer.list(parameters, |writer, parameter| {
        writer.string(parameter.name().as_bytes());
        writer.sp();
        match parameter.value() {
            Some(value) => writer.string(value.as_bytes()),
            None => writer.word("NIL"),
        }
        Ok(())
    })
}

/// A reference or a pattern: never the atom INBOX of another case, since `inbox%` is a pattern too.
fn list_mailbox(
    writer: &mut Writer<'_>,
    name: &MailboxName<'_>,
    argument: &'static str,
) -> Written {
    let wire = name.wire(writer.utf8());
    check_line(&wire, argument)?;
    writer.string(&wire);
    Ok(())
}

/// ```abnf
/// list            = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]
/// ```
fn list(
    writer: &mut Writer<'_>,
    reference: &MailboxName<'_>,
    patterns: &[MailboxName<'_>],
    selection: ListSelection,
    returns: &ListReturn<'_>,
) -> Written {
    not_empty(patterns.is_empty(), "patterns")?;
    if selection.recursive_match && !(selection.subscribed || selection.special_use) {
        return Err(ArgumentError::new("selection", "RECURSIVEMATCH needs another option"));
    }
    writer.word("LIST ");
    let selection: Vec<&str> = [
        (selection.subscribed, "SUBSCRIBED"),
        (selection.remote, "REMOTE"),
        (selection.recursive_match, "RECURSIVEMATCH"),
        (selection.special_use, "SPECIAL-USE"),
    ]
    .into_iter()
    .filter_map(|(chosen, word)| chosen.then_some(word))
    .collect();
    if !selection.is_empty() {
        writer.list(selection, |writer, word| {
            writer.word(word);
            Ok(())
        })?;
        writer.sp();
    }
    list_mailbox(writer, reference, "reference")?;
    writer.sp();
    match patterns {
        [pattern] => list_mailbox(writer, pattern, "patterns")?,
        patterns => {
            writer.list(patterns, |writer, pattern| list_mailbox(writer, pattern, "patterns"))?
        }
    }
    let words: Vec<&str> = [
        (returns.subscribed, "SUBSCRIBED"),
        (returns.children, "CHILDREN"),
        (returns.special_use, "SPECIAL-USE"),
        (returns.my_rights, "MYRIGHTS"),
        (!returns.status.is_empty(), "STATUS"),
    ]
    .into_iter()
    .filter_map(|(chosen, word)| chosen.then_some(word))
    .collect();
    if !words.is_empty() {
        writer.word(" RETURN ");
        writer.list(words, |writer, word| {
            writer.word(word);
            if word == "STATUS" {
                writer.sp();
                status_items(writer, &returns.status)?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn status_items(writer: &mut Writer<'_>, items: &[StatusItem]) -> Written {
    writer.list(items, |writer, item| {
        writer.word(item.name());
        Ok(())
    })
}

/// RFC 7162 section 3.2.5: `"(" "QRESYNC" SP "(" uidvalidity SP mod-sequence-value [SP known-uids] ")" ")"`
fn select(
    writer: &mut Writer<'_>,
    word: &str,
    mailbox: &MailboxName<'_>,
    parameters: &SelectParameters<'_>,
) -> Written {
    with_mailbox(writer, word, mailbox)?;
    match parameters {
        SelectParameters::None => {}
        SelectParameters::CondStore => writer.word(" (CONDSTORE)"),
        SelectParameters::QResync { uid_validity, mod_seq, known_uids } => {
            if uid_validity.get() == 0 || mod_seq.get() == 0 {
                return Err(ArgumentError::new(
                    "parameters",
                    "QRESYNC needs values that are not 0",
                ));
            }
            writer.word(" (QRESYNC (");
            writer.number(u64::from(uid_validity.get()));
            writer.sp();
            writer.number(mod_seq.get());
            if let Some(uids) = known_uids {
                writer.sp();
                ranges(writer, uids);
            }
            writer.word("))");
        }
    }
    Ok(())
}

/// ```abnf
/// append-message  = [SP flag-list] [SP date-time] SP append-data
/// ```
fn append_message(writer: &mut Writer<'_>, message: &AppendMessage<'_>) -> Written {
    if !message.flags.is_empty() {
        writer.sp();
        writer.list(message.flags.iter(), Writer::flag)?;
    }
    if let Some(date) = message.date {
        writer.word(" \"");
        writer.word(&date.to_string());
        writer.word("\"");
    }
    writer.sp();
    match message.data {
        AppendData::Literal => writer.streamed(message.octets, b""),
        AppendData::Literal8 => writer.streamed(message.octets, b"~"),
        AppendData::Utf8 => {
            writer.streamed(message.octets, b"UTF8 (~");
            writer.word(")");
        }
    }
    Ok(())
}

pub(crate) fn uid_prefix(writer: &mut Writer<'_>, messages: &Messages<'_>) {
    if messages.is_uid() {
        writer.word("UID ");
    }
}

pub(crate) fn set(writer: &mut Writer<'_>, messages: &Messages<'_>) {
    match messages {
        Messages::Sequence(set) => ranges(writer, set),
        Messages::Uid(set) => ranges(writer, set),
        Messages::SavedResult { .. } => writer.word("$"),
    }
}

/// ```abnf
/// sequence-set    = (seq-number / seq-range) ["," sequence-set]
/// ```
pub(crate) fn ranges<N: Number>(writer: &mut Writer<'_>, set: &Set<N>) {
    /// What stands behind a set in most commands: room for it, so that a long set is copied once.
    const BEHIND: usize = 128;
    writer.out.reserve(set.as_wire().len() + BEHIND);
    writer.out.extend_from_slice(set.as_wire());
}

fn copy(
    writer: &mut Writer<'_>,
    word: &str,
    messages: &Messages<'_>,
    mailbox: &MailboxName<'_>,
) -> Written {
    uid_prefix(writer, messages);
    writer.word(word);
    set(writer, messages);
    writer.sp();
    writer.mailbox(mailbox, "mailbox")
}
