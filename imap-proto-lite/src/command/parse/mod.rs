//! Commands, for servers: RFC 9051 sections 6 and 9. Each file has the commands that the file of
//! the same name in `encode` writes. Stricter than the response parser: a client that breaks the
//! grammar gets an error.

mod append;
mod argument;
mod extension;
mod fetch;
mod list;
mod mailbox;
mod search;
mod session;

use nom::{
    Parser as _,
    bytes::complete::{tag_no_case, take_till},
    character::complete::char,
    combinator::{map, map_opt, opt},
};

use crate::{
    command::{Command, CommandKind, Tag, parse::argument::of_mailbox},
    wire::{FAIL, Parsed},
};

/// The command cannot be read. The server answers BAD.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{reason}")]
#[non_exhaustive]
pub struct CommandError<'a> {
    /// The tag, if there is one; without it the answer is an untagged BAD.
    pub tag: Option<Tag<'a>>,
    /// The reason, in words for the answer.
    pub reason: &'static str,
}

/// Parses one complete command with its CRLF and with its literals. Of APPEND and REPLACE this is
/// the head: everything up to the literal header of the message.
///
/// # Errors
/// The tag is missing or wrong, the command is unknown, or its arguments break the grammar.
pub fn command(octets: &[u8]) -> Result<(Tag<'_>, Command<'_>), CommandError<'_>> {
    let line = octets.strip_suffix(b"\r\n").unwrap_or(octets);
    let Ok((rest, tag)) = map_opt(until_sp, Tag::received).parse(line) else {
        return Err(CommandError { tag: None, reason: "Missing or invalid tag" });
    };
    let error = |tag, reason| Err(CommandError { tag: Some(tag), reason });
    let uid = map(opt(tag_no_case("UID ")), |word| word.is_some());
    let Ok((input, (_, uid, name))) = (char(' '), uid, until_sp).parse(rest) else {
        return error(tag, "Missing command");
    };
    match CommandKind::from_keyword(name, uid).map(|kind| arguments(kind, uid, input)) {
        Some(Ok(([], command))) => Ok((tag, command)),
        Some(_) => error(tag, "Invalid arguments"),
        None => error(tag, "Unknown command"),
    }
}

/// The bytes before the first space.
fn until_sp(input: &[u8]) -> Parsed<'_, &[u8]> {
    take_till(|octet| octet == b' ')(input)
}

/// The arguments. `input` begins with the space before the first one, or is empty.
fn arguments(kind: CommandKind, uid: bool, input: &[u8]) -> Parsed<'_, Command<'_>> {
    match kind {
        CommandKind::Capability => Ok((input, Command::Capability)),
        CommandKind::Noop => Ok((input, Command::Noop)),
        CommandKind::Logout => Ok((input, Command::Logout)),
        CommandKind::StartTls => Ok((input, Command::StartTls)),
        CommandKind::Namespace => Ok((input, Command::Namespace)),
        CommandKind::Idle => Ok((input, Command::Idle)),
        CommandKind::Unselect => Ok((input, Command::Unselect)),
        CommandKind::Check => Ok((input, Command::Check)),
        CommandKind::Close => Ok((input, Command::Close)),
        CommandKind::Expunge => Ok((input, Command::Expunge)),
        CommandKind::Compress => session::compress(input),
        CommandKind::Id => session::id(input),
        CommandKind::Login => session::login(input),
        CommandKind::Authenticate => session::authenticate(input),
        CommandKind::Enable => session::enable(input),
        CommandKind::List => list::list(input),
        CommandKind::Lsub => list::lsub(input),
        CommandKind::Status => list::status(input),
        CommandKind::Select => {
            list::select(input, |mailbox, parameters| Command::Select { mailbox, parameters })
        }
        CommandKind::Examine => {
            list::select(input, |mailbox, parameters| Command::Examine { mailbox, parameters })
        }
        CommandKind::Create => mailbox::create(input),
        CommandKind::Delete => of_mailbox(input, |mailbox| Command::Delete { mailbox }),
        CommandKind::Subscribe => of_mailbox(input, |mailbox| Command::Subscribe { mailbox }),
        CommandKind::Unsubscribe => of_mailbox(input, |mailbox| Command::Unsubscribe { mailbox }),
        CommandKind::Rename => mailbox::rename(input),
        CommandKind::Append => append::append(input),
        CommandKind::Replace => append::replace(input, uid),
        CommandKind::UidExpunge => fetch::uid_expunge(input),
        CommandKind::Search => search::search(input, uid),
        CommandKind::Sort => search::sort(input, uid),
        CommandKind::Thread => search::thread(input, uid),
        CommandKind::Fetch => fetch::fetch(input, uid),
        CommandKind::Store => fetch::store(input, uid),
        CommandKind::Copy => {
            fetch::copy(input, uid, |messages, mailbox| Command::Copy { messages, mailbox })
        }
        CommandKind::Move => {
            fetch::copy(input, uid, |messages, mailbox| Command::Move { messages, mailbox })
        }
        CommandKind::GetQuota => extension::get_quota(input),
        CommandKind::GetQuotaRoot => of_mailbox(input, |mailbox| Command::GetQuotaRoot { mailbox }),
        CommandKind::SetQuota => extension::set_quota(input),
        CommandKind::GetAcl => of_mailbox(input, |mailbox| Command::GetAcl { mailbox }),
        CommandKind::SetAcl => extension::set_acl(input),
        CommandKind::DeleteAcl => extension::delete_acl(input),
        CommandKind::ListRights => extension::list_rights(input),
        CommandKind::MyRights => of_mailbox(input, |mailbox| Command::MyRights { mailbox }),
        // No keyword names it.
        CommandKind::Raw => Err(FAIL),
    }
}
