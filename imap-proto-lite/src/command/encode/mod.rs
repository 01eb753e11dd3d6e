//! Commands: RFC 9051 section 6. Each file has the commands that the file of the same name in
//! `parse` reads.

mod append;
mod argument;
mod fetch;
mod list;
mod raw;
mod search;
mod session;

use crate::{
    command::{Command, Tag, encode::argument::mailbox},
    types::{AString, Atom, MailboxName, capability::LiteralMode},
    wire::{
        ArgumentError, EncodeSession, Encoded,
        put::{Out, Put, SP, astring, parens, spaced},
    },
};

/// Encodes one command with its tag and its CRLF.
///
/// # Errors
/// The arguments do not go together; a list is empty where the grammar wants an item, or has too
/// many; or a name or flag that a server made up cannot be sent.
pub fn command(
    tag: &Tag<'_>,
    command: &Command<'_>,
    session: &EncodeSession,
) -> Result<Encoded, ArgumentError> {
    let mut out = Out::new(Some(*session));
    let keyword = match command {
        Command::Raw { .. } => "",
        command => command.kind().to_keyword(),
    };
    let uid = command.is_uid_form().then_some("UID ");
    out.put((tag.as_str(), SP, uid, keyword, arguments(command), "\r\n"));
    match out.refused {
        Some(error) => Err(error),
        None => Ok(out.finish()),
    }
}

/// The command for people. It is empty if the command cannot be sent.
pub(crate) fn for_display(one: &Command<'_>) -> Encoded {
    command(&Tag::NONE, one, &EncodeSession::new(LiteralMode::Plus, true)).unwrap_or_default()
}

/// The arguments, each with the space before it.
fn arguments(command: &Command<'_>) -> impl Put {
    move |out: &mut Out| match command {
        Command::Capability
        | Command::Noop
        | Command::Logout
        | Command::StartTls
        | Command::Namespace
        | Command::Idle
        | Command::Unselect
        | Command::Check
        | Command::Close
        | Command::Expunge => {}
        Command::Compress => out.put(" DEFLATE"),
        Command::Id(parameters) => out.put(session::id(parameters)),
        Command::Login { user, password } => out.put(session::login(user, password)),
        Command::Authenticate { mechanism, initial_response } => {
            out.put(session::authenticate(mechanism, initial_response.as_deref()))
        }
        Command::Enable { capabilities } => out.put(session::enable(capabilities)),
        Command::List { reference, patterns, selection, returns } => {
            out.put(list::list(reference, patterns, *selection, returns))
        }
        Command::Lsub { reference, pattern } => out.put(list::lsub(reference, pattern)),
        Command::Status { mailbox, items } => out.put(list::status(mailbox, items)),
        Command::Select { mailbox, parameters } | Command::Examine { mailbox, parameters } => {
            out.put(list::select(mailbox, parameters))
        }
        Command::Create { mailbox, special_use } => out.put(list::create(mailbox, special_use)),
        Command::Delete { mailbox }
        | Command::Subscribe { mailbox }
        | Command::Unsubscribe { mailbox }
        | Command::GetQuotaRoot { mailbox }
        | Command::GetAcl { mailbox }
        | Command::MyRights { mailbox } => out.put(argument::mailbox(mailbox, "mailbox")),
        Command::Rename { from, to } => out.put((mailbox(from, "from"), mailbox(to, "to"))),
        Command::Append { mailbox, message } => out.put(append::append(mailbox, message)),
        Command::Replace { messages, mailbox, message } => {
            out.put(append::replace(messages, mailbox, message))
        }
        Command::UidExpunge { uids } => out.put((SP, &**uids)),
        Command::Search { returns, query, .. } => out.put(search::search(*returns, query)),
        Command::Sort { criteria, query, .. } => out.put(search::sort(criteria, query)),
        Command::Thread { algorithm, query, .. } => out.put(search::thread(*algorithm, query)),
        Command::Fetch { messages, items, modifiers } => {
            out.put(fetch::fetch(messages, items, *modifiers))
        }
        Command::Store { messages, action, silent, unchanged_since } => {
            out.put(fetch::store(messages, action, *silent, *unchanged_since))
        }
        Command::Copy { messages, mailbox } | Command::Move { messages, mailbox } => {
            out.put(fetch::copy(messages, mailbox))
        }
        Command::GetQuota { root } => out.put((SP, astring(root.as_str()))),
        Command::SetQuota { root, limits } => out.put(setquota(root, limits)),
        Command::SetAcl { mailbox, identifier: id, rights } => out.put(setacl(mailbox, id, rights)),
        Command::Raw { line } => out.put(raw::raw(line)),
        Command::DeleteAcl { mailbox, identifier }
        | Command::ListRights { mailbox, identifier } => out.put(acl_of(mailbox, identifier)),
    }
}

/// RFC 9208: `setquota = "SETQUOTA" SP quota-root-name SP setquota-list`
fn setquota(root: &AString<'_>, limits: &[(Atom<'_>, u64)]) -> impl Put {
    let limits = limits.iter().map(|(name, limit)| (name.as_str(), SP, *limit));
    (SP, astring(root.as_str()), SP, parens(spaced(limits)))
}

/// RFC 4314: `setacl = "SETACL" SP mailbox SP identifier SP mod-rights`
fn setacl(name: &MailboxName<'_>, identifier: &AString<'_>, rights: &AString<'_>) -> impl Put {
    (acl_of(name, identifier), SP, astring(rights.as_str()))
}

/// RFC 4314: `SP mailbox SP identifier`, the arguments of DELETEACL and LISTRIGHTS
fn acl_of(name: &MailboxName<'_>, identifier: &AString<'_>) -> impl Put {
    (mailbox(name, "mailbox"), SP, astring(identifier.as_str()))
}
