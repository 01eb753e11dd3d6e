//! Commands about folders: LIST, STATUS, CREATE and the like, SELECT, APPEND.

use std::sync::Arc;

use bytes::BytesMut;
use imap_proto_lite::{
    Command, Flag, Flags, MailboxName, ModSeq, Response, SendError, UidValidity,
    command::{AppendMessage, ListReturn, ListSelection, StatusItem},
    name_attribute::{NameAttribute, NameAttributes},
    response::{
        Condition, ListEntry, MailboxStatus, NamespaceEntry, Namespaces, ResponseCode, StatusValue,
        StatusValues,
    },
    server::{AppendResponder, Connection, OwnedCommand, Responder, SelectResponder},
    string::IString,
};

use super::{
    super::{
        folder::{Content, Folder},
        store::{Account, Listed, SEPARATOR, covers},
        view::View,
    },
    Imap, Upload, code, permanent_flags, uid_ranges,
};

/// The most memory that is reserved for a message before its bytes arrive.
const RESERVED: u64 = 1 << 20;

/// Answers a command that needs no selected folder.
pub(super) fn answer(
    connection: &mut Connection,
    account: &Account,
    command: &Command<'_>,
    mut responder: Responder,
) -> Result<(), SendError> {
    let outcome = match command {
        Command::List { reference, patterns, selection, returns } => {
            return list(
                connection,
                account,
                (reference, patterns),
                *selection,
                returns,
                responder,
            );
        }
        Command::Lsub { reference, pattern } => {
            let pattern = format!("{}{}", reference.decoded(false), pattern.decoded(false));
            for listed in account.list() {
                if listed.subscribed && covers(&pattern, &listed.name) {
                    responder.untagged(connection, &Response::Lsub(entry(&listed, false)?))?;
                }
            }
            return responder.ok(connection, None, "LSUB completed");
        }
        Command::Namespace => {
            let mut namespaces = Namespaces::default();
            namespaces.personal.push(NamespaceEntry::new(IString::from(""), delimiter()));
            responder.untagged(connection, &Response::Namespace(namespaces))?;
            return responder.ok(connection, None, "NAMESPACE completed");
        }
        Command::Status { mailbox, items } => {
            let Some(status) = status(account, mailbox, items) else {
                return responder.no(connection, Some(ResponseCode::NonExistent), "no such folder");
            };
            responder.untagged(connection, &Response::Status(status))?;
            return responder.ok(connection, None, "STATUS completed");
        }
        Command::Create { mailbox, .. } => account.create(&mailbox.decoded(false)),
        Command::Delete { mailbox } => account.delete(&mailbox.decoded(false)),
        Command::Rename { from, to } => account.rename(&from.decoded(false), &to.decoded(false)),
        Command::Subscribe { mailbox } => account.subscribe(&mailbox.decoded(false), true),
        Command::Unsubscribe { mailbox } => account.subscribe(&mailbox.decoded(false), false),
        _ => return responder.bad(connection, "not here"),
    };
    match outcome {
        Ok(()) => responder.ok(connection, None, "completed"),
        Err(refusal) => responder.no(connection, Some(code(refusal)), "not with this folder"),
    }
}

fn list(
    connection: &mut Connection,
    account: &Account,
    (reference, patterns): (&MailboxName<'_>, &[MailboxName<'_>]),
    selection: ListSelection,
    returns: &ListReturn<'_>,
    mut responder: Responder,
) -> Result<(), SendError> {
    if let [pattern] = patterns
        && pattern.raw().is_empty()
    {
        // "a special request to return the hierarchy delimiter"
        let root = NameAttributes::new([NameAttribute::NoSelect]);
        let root = ListEntry::new(root, delimiter(), name("")?);
        responder.untagged(connection, &Response::List(root))?;
        return responder.ok(connection, None, "LIST completed");
    }
    let patterns: Vec<String> = patterns
        .iter()
        .map(|pattern| format!("{}{}", reference.decoded(false), pattern.decoded(false)))
        .collect();
    for listed in account.list() {
        let wanted = patterns.iter().any(|pattern| covers(pattern, &listed.name))
            && (!selection.subscribed || listed.subscribed)
            && (!selection.special_use || special_use(&listed.name).is_some());
        if !wanted {
            continue;
        }
        let subscribed = selection.subscribed || returns.subscribed;
        responder.untagged(connection, &Response::List(entry(&listed, subscribed)?))?;
        if listed.selectable
            && !returns.status.is_empty()
            && let Some(status) = status(account, &name(&listed.name)?, &returns.status)
        {
            responder.untagged(connection, &Response::Status(status))?;
        }
    }
    responder.ok(connection, None, "LIST completed")
}

fn entry(listed: &Listed, subscribed: bool) -> Result<ListEntry<'static>, SendError> {
    let mut attributes = vec![if listed.has_children {
        NameAttribute::HasChildren
    } else {
        NameAttribute::HasNoChildren
    }];
    if !listed.selectable {
        attributes.push(NameAttribute::NoSelect);
    }
    if subscribed && listed.subscribed {
        attributes.push(NameAttribute::Subscribed);
    }
    attributes.extend(special_use(&listed.name));
    Ok(ListEntry::new(NameAttributes::new(attributes), delimiter(), name(&listed.name)?))
}

/// The special use of the default folders.
fn special_use(name: &str) -> Option<NameAttribute<'static>> {
    Some(match name {
        "Archive" => NameAttribute::Archive,
        "Drafts" => NameAttribute::Drafts,
        "Junk" => NameAttribute::Junk,
        "Sent" => NameAttribute::Sent,
        "Trash" => NameAttribute::Trash,
        _ => return None,
    })
}

fn delimiter() -> Option<u8> {
    u8::try_from(SEPARATOR).ok()
}

fn name(name: &str) -> Result<MailboxName<'static>, SendError> {
    MailboxName::new(name.to_owned()).map_err(|_| SendError::InvalidArgument {
        argument: "mailbox name",
        reason: "cannot be written",
    })
}

fn status(
    account: &Account,
    mailbox: &MailboxName<'_>,
    items: &[StatusItem],
) -> Option<MailboxStatus<'static>> {
    account.look(&mailbox.decoded(false), |folder| {
        if !folder.selectable {
            return None;
        }
        let values = items.iter().filter_map(|item| {
            Some(match item {
                StatusItem::Messages => StatusValue::Messages(folder.count(|_| true).into()),
                StatusItem::Recent => StatusValue::Recent(0),
                StatusItem::UidNext => StatusValue::UidNext(folder.uid_next.into()),
                StatusItem::UidValidity => {
                    StatusValue::UidValidity(UidValidity::new(folder.uid_validity))
                }
                StatusItem::Unseen => {
                    StatusValue::Unseen(folder.count(|message| !message.has(&Flag::Seen)).into())
                }
                StatusItem::Deleted => {
                    StatusValue::Deleted(folder.count(|message| message.has(&Flag::Deleted)).into())
                }
                StatusItem::Size => {
                    let octets =
                        folder.messages().iter().map(|message| message.content.octets.len());
                    StatusValue::Size(u64::try_from(octets.sum::<usize>()).unwrap_or(u64::MAX))
                }
                StatusItem::HighestModSeq => {
                    StatusValue::HighestModSeq(ModSeq::new(folder.mod_seq))
                }
                _ => return None,
            })
        });
        Some(MailboxStatus::new(mailbox.clone().into_owned(), StatusValues::new(values)))
    })?
}

impl Imap<'_> {
    pub(super) fn select(
        &mut self,
        connection: &mut Connection,
        command: &OwnedCommand,
        mut responder: SelectResponder,
    ) -> Result<(), SendError> {
        self.view = None;
        self.saved.clear();
        let (mailbox, read_only) = match command.parse() {
            Command::Select { mailbox, .. } => (mailbox.into_owned(), false),
            Command::Examine { mailbox, .. } => (mailbox.into_owned(), true),
            _ => return responder.refuse(connection, None, "no folder was named"),
        };
        let opened = self.account.as_ref().and_then(|account| {
            account.look(&mailbox.decoded(false), |folder| {
                folder
                    .selectable
                    .then(|| (View::new(folder, read_only), announce(folder, read_only)))
            })?
        });
        let Some((view, responses)) = opened else {
            return responder.refuse(connection, Some(ResponseCode::NonExistent), "no such folder");
        };
        for response in &responses {
            responder.untagged(connection, response)?;
        }
        self.view = Some(view);
        responder.accept(connection, read_only, "folder is open")
    }

    pub(super) fn append(
        &mut self,
        connection: &mut Connection,
        command: &OwnedCommand,
        octets: u64,
        responder: AppendResponder,
    ) -> Result<(), SendError> {
        let Command::Append { mailbox, message } = command.parse() else {
            return responder.refuse(connection, Some(ResponseCode::Cannot), "not here");
        };
        let AppendMessage { flags, date, .. } = message;
        let folder = mailbox.decoded(false).into_owned();
        let exists = self
            .account
            .as_ref()
            .and_then(|account| account.look(&folder, |folder| folder.selectable));
        if exists != Some(true) {
            return responder.refuse(connection, Some(ResponseCode::TryCreate), "no such folder");
        }
        let reserved = usize::try_from(octets.min(RESERVED)).unwrap_or_default();
        self.upload = Some(Upload {
            folder,
            flags: flags.iter().cloned().map(Flag::into_owned).collect(),
            date: date.map_or_else(|| self.shared.clock.now(), |date| date.unix_timestamp()),
            octets: BytesMut::with_capacity(reserved),
        });
        responder.accept(connection)
    }

    pub(super) fn appended(
        &mut self,
        connection: &mut Connection,
        responder: Responder,
    ) -> Result<(), SendError> {
        let (Some(upload), Some(account)) = (self.upload.take(), self.account.clone()) else {
            return responder.no(connection, None, "there was no message");
        };
        let content = Arc::new(Content::new(upload.octets.freeze()));
        let stored = account.change(&upload.folder, |folder| {
            let uid = folder.add(content, upload.flags, upload.date);
            (folder.uid_validity, uid)
        });
        let Some((uid_validity, uid)) = stored else {
            return responder.no(connection, Some(ResponseCode::TryCreate), "the folder is gone");
        };
        self.news(connection, true)?;
        let code = ResponseCode::AppendUid {
            uid_validity: UidValidity::new(uid_validity),
            uids: uid_ranges([uid]),
        };
        let code = Some(code).filter(|_| !self.shared.hides("UIDPLUS"));
        responder.ok(connection, code, "APPEND completed")
    }
}

/// The data of a folder in the answer to SELECT.
fn announce(folder: &Folder, read_only: bool) -> Vec<Response<'static>> {
    let flags = permanent_flags(folder);
    let permanent =
        if read_only { Vec::new() } else { flags.iter().cloned().chain([Flag::Any]).collect() };
    let said = |code: ResponseCode<'static>, text: &'static str| Response::Condition {
        condition: Condition::Ok,
        code: Some(code),
        text: text.as_bytes().into(),
    };
    let mut responses = vec![
        Response::Flags(Flags::new(flags)),
        Response::Exists(folder.count(|_| true)),
        Response::Recent(0),
        said(ResponseCode::PermanentFlags(Flags::new(permanent)), "these can be set"),
        said(ResponseCode::UidValidity(UidValidity::new(folder.uid_validity)), "UIDs are valid"),
        said(ResponseCode::UidNext(folder.uid_next), "is the next UID"),
    ];
    let unseen = folder.messages().iter().position(|message| !message.has(&Flag::Seen));
    if let Some(first) = unseen.and_then(|place| u32::try_from(place + 1).ok()) {
        responses.push(said(ResponseCode::Unseen(first), "is the first unseen one"));
    }
    responses
}
