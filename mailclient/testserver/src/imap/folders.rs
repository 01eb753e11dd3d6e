//! Commands about folders: STATUS, NAMESPACE, CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE.

use imap_proto_lite::{
    Command, MailboxName, Response, SendError,
    command::StatusItem,
    name_attribute::NameAttribute,
    response::{NamespaceEntry, Namespaces, ResponseCode},
    server::{Connection, Responder},
    string::IString,
};

use super::{
    super::{
        names::{Names, SEPARATOR},
        store::{Account, Refusal},
    },
    Imap,
    answers::code,
    status::{mailbox_id, status},
};

/// The special uses that CREATE takes; `\All` and `\Flagged` are views that no folder is here.
const SPECIAL_USES: [NameAttribute<'static>; 6] = [
    NameAttribute::Archive,
    NameAttribute::Drafts,
    NameAttribute::Important,
    NameAttribute::Junk,
    NameAttribute::Sent,
    NameAttribute::Trash,
];

impl Imap<'_> {
    /// Answers a command about a folder by its name.
    pub(super) fn folder_command(
        &mut self,
        connection: &mut Connection,
        account: &Account,
        command: &Command<'_>,
        mut responder: Responder,
    ) -> Result<(), SendError> {
        let dialect = self.dialect(connection);
        let names = dialect.names;
        let inner = |name: &MailboxName<'_>| names.inner(name).ok_or(Refusal::NonExistent);
        let outcome = match command {
            Command::Namespace => {
                let namespaces = namespaces(names, &self.shared.persona.shared_prefixes);
                responder.untagged(connection, &Response::Namespace(namespaces))?;
                return responder.ok(connection, None, "NAMESPACE completed");
            }
            Command::Status { mailbox, items } => {
                let mailbox = mailbox.clone().into_owned();
                let name = names.inner(&mailbox);
                let found = name.and_then(|name| status(account, &name, mailbox, items, dialect));
                self.condstore |= items.contains(&StatusItem::HighestModSeq);
                let Some(status) = found else {
                    let code = Some(ResponseCode::NonExistent);
                    return responder.no(connection, code, "no such folder");
                };
                responder.untagged(connection, &Response::Status(status))?;
                return responder.ok(connection, None, "STATUS completed");
            }
            Command::Create { mailbox, special_use } => {
                let Some(special_use) = use_of(special_use) else {
                    let code = Some(ResponseCode::UseAttr);
                    return responder.no(connection, code, "not for this use");
                };
                inner(mailbox).map_err(|_| Refusal::Cannot).and_then(|name| {
                    account.create(&name, special_use)?;
                    let name = name.strip_suffix(SEPARATOR).unwrap_or(&name);
                    Ok(account.look(name, |folder| folder.identity))
                })
            }
            Command::Delete { mailbox } => {
                inner(mailbox).and_then(|name| account.delete(&name)).map(|()| None)
            }
            Command::Rename { from, to } => inner(from).and_then(|from| {
                let to = inner(to).map_err(|_| Refusal::Cannot)?;
                account.rename(&from, &to, self.shared.clock.now())?;
                Ok(None)
            }),
            Command::Subscribe { mailbox } => {
                inner(mailbox).and_then(|name| account.subscribe(&name, true)).map(|()| None)
            }
            Command::Unsubscribe { mailbox } => {
                inner(mailbox).and_then(|name| account.subscribe(&name, false)).map(|()| None)
            }
            _ => return responder.bad(connection, "not here"),
        };
        match outcome {
            Ok(made) => {
                // RFC 8474 section 4.1
                let code = made.filter(|_| self.announced.has("OBJECTID")).map(mailbox_id);
                responder.ok(connection, code.map(ResponseCode::MailboxId), "completed")
            }
            Err(refusal) => responder.no(connection, Some(code(refusal)), "not with this folder"),
        }
    }
}

fn namespaces(names: Names<'_>, shared: &[String]) -> Namespaces<'static> {
    let entry = |prefix: &str| NamespaceEntry {
        prefix: IString::from(prefix.to_owned()),
        delimiter: u8::try_from(names.delimiter).ok(),
        extensions: Vec::new(),
    };
    let mut namespaces = Namespaces::default();
    namespaces.personal.push(entry(names.prefix));
    namespaces.shared.extend(shared.iter().map(|prefix| entry(prefix)));
    namespaces
}

/// The special use that CREATE names, if it names one; `None` for one that no folder has here.
fn use_of(named: &[NameAttribute<'_>]) -> Option<Option<NameAttribute<'static>>> {
    match named {
        [] => Some(None),
        [one] => SPECIAL_USES.into_iter().find(|known| known == one).map(Some),
        _ => None,
    }
}
