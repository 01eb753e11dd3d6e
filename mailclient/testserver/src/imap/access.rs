//! Quotas ([RFC 9208](https://www.rfc-editor.org/rfc/rfc9208)) and rights ([RFC
//! 4314](https://www.rfc-editor.org/rfc/rfc4314)).

use imap_proto_lite::{
    AString, Atom, Command, MailboxName, Response, SendError,
    response::{Acl, AclEntry, ListRights, Quota, QuotaResource, QuotaRoot, Raw},
    server::{Connection, Responder},
    string::IString,
};

use super::{
    super::{
        acl::{self, OWNER, Rights, Unset, with_obsolete},
        persona::Quirks,
        store::{self, Account, Refusal},
    },
    answers::code,
    dialect::Dialect,
};

/// The only quota root: the account.
const ROOT: &str = "";

/// Answers a command about quotas or rights.
pub(super) fn answer(
    connection: &mut Connection,
    dialect: Dialect<'_>,
    account: &Account,
    command: &Command<'_>,
    quirks: Quirks,
    mut responder: Responder,
) -> Result<(), SendError> {
    let answer = match command {
        Command::GetQuota { root } => get_quota(account, root, quirks),
        Command::GetQuotaRoot { mailbox } => existing(dialect, account, mailbox).map(|_| {
            let roots = vec![IString::from(ROOT)];
            let roots = QuotaRoot { mailbox: mailbox.clone().into_owned(), roots };
            vec![Response::QuotaRoot(roots), quota(account, quirks)]
        }),
        Command::SetQuota { root, limits } => {
            let Some(quota) = new_quota(limits) else {
                return responder.bad(connection, "no such resource");
            };
            get_quota(account, root, quirks).map(|_| account.set_quota(quota)).and_then(|()| {
                // The new state (RFC 9208 section 4.1.3).
                get_quota(account, root, quirks)
            })
        }
        Command::GetAcl { mailbox } => get_acl(dialect, account, mailbox),
        Command::SetAcl { mailbox, identifier, rights } => {
            let limit = account.limits().acl_identifiers;
            let set = |acl: &mut Rights| acl.set(identifier.as_str(), rights.as_str(), limit);
            let name = existing(dialect, account, mailbox);
            match name.and_then(|name| account.administer(&name, set)) {
                Ok(Ok(())) => Ok(Vec::new()),
                Ok(Err(Unset::NoRight)) => return responder.bad(connection, "no such right"),
                Ok(Err(Unset::Full)) => Err(Refusal::Limit),
                Err(refusal) => Err(refusal),
            }
        }
        Command::DeleteAcl { mailbox, identifier } => {
            let name = existing(dialect, account, mailbox);
            name.and_then(|name| account.administer(&name, |acl| acl.remove(identifier.as_str())))
                .map(|()| Vec::new())
        }
        Command::ListRights { mailbox, identifier } => {
            list_rights(dialect, account, mailbox, identifier)
        }
        Command::MyRights { mailbox } => existing(dialect, account, mailbox).map(|name| {
            let rights = account.look(&name, |folder| folder.rights.granted(&account.name));
            let rights = IString::from(with_obsolete(&rights.unwrap_or_default()));
            vec![Response::MyRights { mailbox: mailbox.clone().into_owned(), rights }]
        }),
        _ => return responder.bad(connection, "not here"),
    };
    match answer {
        Ok(responses) => {
            for response in &responses {
                responder.untagged(connection, response)?;
            }
            responder.ok(connection, None, "completed")
        }
        Err(refusal) => responder.no(connection, Some(code(refusal)), "not here"),
    }
}

/// The name inside of a folder that exists.
fn existing(
    dialect: Dialect<'_>,
    account: &Account,
    mailbox: &MailboxName<'_>,
) -> Result<String, Refusal> {
    let name = dialect.names.inner(mailbox).ok_or(Refusal::NonExistent)?;
    account.look(&name, |_| ()).ok_or(Refusal::NonExistent)?;
    Ok(name)
}

fn get_quota(
    account: &Account,
    root: &AString<'_>,
    quirks: Quirks,
) -> Result<Vec<Response<'static>>, Refusal> {
    if root.as_str() == ROOT { Ok(vec![quota(account, quirks)]) } else { Err(Refusal::NonExistent) }
}

/// The quota of SETQUOTA; `None` if it names a resource that is not counted.
fn new_quota(limits: &[(Atom<'_>, u64)]) -> Option<store::Quota> {
    let mut quota = store::Quota::default();
    for (name, limit) in limits {
        match name.as_str().to_ascii_uppercase().as_str() {
            "STORAGE" => quota.storage = Some(*limit),
            "MESSAGE" => quota.messages = Some(*limit),
            _ => return None,
        }
    }
    Some(quota)
}

fn quota(account: &Account, quirks: Quirks) -> Response<'static> {
    let store::Quota { storage, messages } = account.quota();
    let (octets, count) = account.usage();
    let rows = [("STORAGE", octets.div_ceil(1024), storage), ("MESSAGE", count, messages)];
    let resources = rows.into_iter().filter_map(|(name, usage, limit)| {
        Some(QuotaResource { name: IString::from(name), usage, limit: limit? })
    });
    let quota = Quota { root: IString::from(ROOT), resources: resources.collect() };
    if quirks.quota_without_list && quota.resources.is_empty() {
        let (name, raw) = (Raw::from("QUOTA"), Raw::from("* QUOTA \"\""));
        return Response::Unknown { name, number: None, raw };
    }
    Response::Quota(quota)
}

fn get_acl(
    dialect: Dialect<'_>,
    account: &Account,
    mailbox: &MailboxName<'_>,
) -> Result<Vec<Response<'static>>, Refusal> {
    let name = existing(dialect, account, mailbox)?;
    let acl = account.administer(&name, |rights| {
        let entries = rights.entries().map(|(identifier, rights)| AclEntry {
            identifier: IString::from(identifier.to_owned()),
            rights: IString::from(with_obsolete(rights)),
        });
        Acl { mailbox: mailbox.clone().into_owned(), entries: entries.collect() }
    })?;
    Ok(vec![Response::Acl(acl)])
}

/// The owner always has two rights; every other right can be given to everybody.
fn list_rights(
    dialect: Dialect<'_>,
    account: &Account,
    mailbox: &MailboxName<'_>,
    identifier: &AString<'_>,
) -> Result<Vec<Response<'static>>, Refusal> {
    let name = existing(dialect, account, mailbox)?;
    let is_owner = account.administer(&name, |rights| rights.owner == identifier.as_str())?;
    let required = if is_owner { OWNER } else { "" };
    let optional = acl::ALL.chars().filter(|right| !required.contains(*right));
    let rights = ListRights {
        mailbox: mailbox.clone().into_owned(),
        identifier: IString::from(identifier.as_str().to_owned()),
        required: IString::from(required),
        optional: optional.map(|right| IString::from(right.to_string())).collect(),
    };
    Ok(vec![Response::ListRights(rights)])
}
