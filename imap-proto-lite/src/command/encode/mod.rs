//! Commands: RFC 9051 section 6. Each file has the commands that the file of the same name in
//! `parse` reads.

mod append;
mod argument;
mod extension;
mod fetch;
mod list;
mod mailbox;
mod raw;
mod search;
mod session;
mod writer;

use crate::{
    command::{
        Command, Tag,
        encode::writer::{Writer, Written},
    },
    types::capability::LiteralMode,
    wire::{ArgumentError, EncodeSession, Encoded},
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
    let mut writer = Writer::new(session);
    writer.out.reserve(64);
    writer.word(tag.as_str());
    writer.sp();
    if command.is_uid_form() {
        writer.word("UID ");
    }
    if !matches!(command, Command::Raw { .. }) {
        writer.word(command.kind().to_keyword());
    }
    arguments(&mut writer, command)?;
    writer.word("\r\n");
    Ok(writer.finish())
}

/// The command for people. It is empty if the command cannot be sent.
pub(crate) fn for_display(one: &Command<'_>) -> Encoded {
    command(&Tag::NONE, one, &EncodeSession::new(LiteralMode::Plus, true)).unwrap_or_default()
}

/// The arguments, each with the space before it.
fn arguments(writer: &mut Writer<'_>, command: &Command<'_>) -> Written {
    match command {
        Command::Capability
        | Command::Noop
        | Command::Logout
        | Command::StartTls
        | Command::Namespace
        | Command::Idle
        | Command::Unselect
        | Command::Check
        | Command::Close
        | Command::Expunge => Ok(()),
        Command::Compress => session::compress(writer),
        Command::Id(parameters) => session::id(writer, parameters),
        Command::Login { user, password } => session::login(writer, user, password),
        Command::Authenticate { mechanism, initial_response } => {
            session::authenticate(writer, mechanism, initial_response.as_deref())
        }
        Command::Enable { capabilities } => session::enable(writer, capabilities),
        Command::List { reference, patterns, selection, returns } => {
            list::list(writer, reference, patterns, *selection, returns)
        }
        Command::Lsub { reference, pattern } => list::lsub(writer, reference, pattern),
        Command::Status { mailbox, items } => list::status(writer, mailbox, items),
        Command::Select { mailbox, parameters } | Command::Examine { mailbox, parameters } => {
            list::select(writer, mailbox, parameters)
        }
        Command::Create { mailbox, special_use } => mailbox::create(writer, mailbox, special_use),
        Command::Delete { mailbox }
        | Command::Subscribe { mailbox }
        | Command::Unsubscribe { mailbox }
        | Command::GetQuotaRoot { mailbox }
        | Command::GetAcl { mailbox }
        | Command::MyRights { mailbox } => argument::mailbox(writer, mailbox),
        Command::Rename { from, to } => mailbox::rename(writer, from, to),
        Command::Append { mailbox, message } => append::append(writer, mailbox, message),
        Command::Replace { messages, mailbox, message } => {
            append::replace(writer, messages, mailbox, message)
        }
        Command::UidExpunge { uids } => fetch::uid_expunge(writer, uids),
        Command::Search { returns, query, .. } => search::search(writer, *returns, query),
        Command::Sort { criteria, query, .. } => search::sort(writer, criteria, query),
        Command::Thread { algorithm, query, .. } => search::thread(writer, *algorithm, query),
        Command::Fetch { messages, items, modifiers } => {
            fetch::fetch(writer, messages, items, *modifiers)
        }
        Command::Store { messages, action, silent, unchanged_since } => {
            fetch::store(writer, messages, action, *silent, *unchanged_since)
        }
        Command::Copy { messages, mailbox } | Command::Move { messages, mailbox } => {
            fetch::copy(writer, messages, mailbox)
        }
        Command::GetQuota { root } => argument::astring(writer, root),
        Command::SetQuota { root, limits } => extension::set_quota(writer, root, limits),
        Command::SetAcl { mailbox, identifier, rights } => {
            extension::set_acl(writer, mailbox, identifier, rights)
        }
        Command::Raw { line } => raw::raw(writer, line),
        Command::DeleteAcl { mailbox, identifier }
        | Command::ListRights { mailbox, identifier } => {
            extension::acl_of(writer, mailbox, identifier)
        }
    }
}
