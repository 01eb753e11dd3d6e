//! LIST, LSUB and NAMESPACE.

use std::{borrow::Cow, collections::HashMap};

use imap_proto_lite::{
    Command, MailboxName,
    command::{ListReturn, ListSelection},
    name_attribute::NameAttribute,
    response::{ListEntry, NamespaceEntry, Response},
};

use crate::{
    error::{Damage, Error, Result},
    feature::Feature,
    folder::{
        Folder, FolderName, FolderStatus, Folders, Namespace, Owner, Role, RoleSource,
        assign_by_name,
    },
    imap::{mailbox::ImapMailbox, status::status},
};

/// The rows of a listing, and the counts that came with them.
#[derive(Default)]
struct Listed {
    folders: Vec<Folder>,
    counts: HashMap<FolderName, FolderStatus>,
    bytes: u64,
}

impl ImapMailbox {
    pub(super) async fn list_folders(&mut self, which: &Folders) -> Result<Vec<Folder>> {
        let pattern = [MailboxName::new(which.pattern()).map_err(Error::misuse)?];
        let namespaces = if which.owners { self.list_namespaces().await? } else { Vec::new() };
        self.settle().await?;
        let Listed { mut folders, mut counts, .. } = self.list_as_offered(which, &pattern).await?;
        folders.retain(|folder| folder.damage.is_some() || which.holds(folder));
        assign_by_name(&mut folders, self.roles);
        folders.sort_by_key(|folder| folder.role != Some(Role::Inbox));
        for folder in &mut folders {
            let namespace = Namespace::of(&namespaces, &folder.name);
            folder.owner = namespace.map(|namespace| namespace.owner);
        }
        if which.counts {
            self.count_each(&folders, &mut counts).await?;
            for folder in folders.iter_mut().filter(|folder| folder.selectable) {
                folder.status = counts.remove(&folder.name);
            }
        }
        Ok(folders)
    }

    /// With the options that the server announces; else, or if it refuses them or returns nothing,
    /// without: some servers announce what they do not have (Proton), or return nothing (Strato).
    async fn list_as_offered(
        &mut self,
        which: &Folders,
        pattern: &[MailboxName<'_>],
    ) -> Result<Listed> {
        let mut selection = ListSelection::default();
        selection.subscribed = which.subscribed;
        let list = |selection, returns| Command::List {
            reference: NOTHING,
            patterns: Cow::Borrowed(pattern),
            selection,
            returns,
        };
        let returns = self.offered(which);
        let extended = list(selection, returns.clone());
        if (which.subscribed || returns != ListReturn::default()) && self.can(&extended) {
            match self.listed(&extended).await {
                Err(error @ Error::Refused(_)) if error.is_transient() => return Err(error),
                Err(Error::Refused(_)) => {}
                Ok(listed) if listed.folders.is_empty() => {}
                other => return other,
            }
        }
        match pattern.first() {
            Some(pattern) if which.subscribed => {
                let (reference, pattern) = (NOTHING, pattern.clone());
                self.listed(&Command::Lsub { reference, pattern }).await
            }
            _ => self.listed(&list(ListSelection::default(), ListReturn::default())).await,
        }
    }

    /// What LIST can be asked to tell, of what is wanted.
    fn offered(&self, which: &Folders) -> ListReturn<'static> {
        let offers = |change: &dyn Fn(&mut ListReturn<'static>)| {
            let mut returns = ListReturn::default();
            change(&mut returns);
            self.can(&Command::List {
                reference: NOTHING,
                patterns: Cow::Borrowed(&[NOTHING]),
                selection: ListSelection::default(),
                returns,
            })
        };
        let items = self.status_items();
        let mut returns = ListReturn::default();
        returns.subscribed = offers(&|returns| returns.subscribed = true);
        returns.children = returns.subscribed;
        returns.special_use = offers(&|returns| returns.special_use = true);
        if which.counts && offers(&|returns| returns.status = Cow::Owned(items.clone())) {
            returns.status = Cow::Owned(items);
        }
        returns
    }

    async fn listed(&mut self, command: &Command<'_>) -> Result<Listed> {
        let id = self.send(command)?;
        let utf8 = self.driver.machine().utf8();
        let limit = self.limits.folders;
        let tells_subscribed = match command {
            Command::List { selection, returns, .. } => selection.subscribed || returns.subscribed,
            _ => true,
        };
        let mut listed = Listed::default();
        self.complete(id, command.kind().to_keyword(), &mut |_, response| {
            let row = match response {
                Response::List(entry) => folder(entry, utf8, tells_subscribed.then_some(false)),
                // It lists what is subscribed, and levels above that with \Noselect.
                Response::Lsub(entry) => {
                    let mut row = folder(entry, utf8, None);
                    row.subscribed = Some(row.selectable);
                    row
                }
                Response::Status(told) => {
                    let name = FolderName::from_server(&told.mailbox.decoded(utf8));
                    if let (Some(name), Some(status)) = (name, status(told)) {
                        listed.bytes += (name.as_str().len() + size_of::<FolderStatus>()) as u64;
                        if listed.bytes <= limit {
                            listed.counts.insert(name, status);
                        }
                    }
                    return true;
                }
                Response::Malformed { raw } => {
                    let reason = "a line of the folder listing cannot be read";
                    Folder::damaged(Damage::new(None, reason, raw))
                }
                _ => return false,
            };
            listed.bytes = listed.bytes.saturating_add(weight(&row));
            if listed.bytes <= limit {
                listed.folders.push(row);
            }
            true
        })
        .await?;
        if listed.bytes > limit {
            return Err(Error::limit("bytes of folder names", limit));
        }
        Ok(listed)
    }

    pub(super) async fn list_namespaces(&mut self) -> Result<Vec<Namespace>> {
        if !self.can(&Command::Namespace) {
            return Err(Error::Unsupported(Feature::Namespaces));
        }
        self.settle().await?;
        let id = self.send(&Command::Namespace)?;
        let utf8 = self.driver.machine().utf8();
        let mut found = Err(Error::inconsistent("NAMESPACE was answered without namespaces"));
        self.complete(id, "NAMESPACE", &mut |_, response| {
            match response {
                Response::Namespace(told) => {
                    let kinds = [
                        (Owner::Personal, &told.personal),
                        (Owner::OtherUsers, &told.other_users),
                        (Owner::Shared, &told.shared),
                    ];
                    let entries = kinds.into_iter().flat_map(|(owner, entries)| {
                        entries.iter().map(move |entry| namespace(owner, entry, utf8))
                    });
                    found = Ok(entries.collect());
                }
                Response::Malformed { raw } if found.is_err() => {
                    found = Err(Error::damaged(None, "the namespaces cannot be read", raw));
                }
                _ => return false,
            }
            true
        })
        .await?;
        found
    }
}

/// The reference of LIST: names are whole.
const NOTHING: MailboxName<'static> = MailboxName::EMPTY;

/// The memory of a row, in bytes.
fn weight(row: &Folder) -> u64 {
    let raw = row.damage.as_ref().map_or(0, |damage| damage.raw.len());
    (row.name.as_str().len() + raw + size_of::<Folder>()) as u64
}

fn namespace(owner: Owner, entry: &NamespaceEntry<'_>, utf8: bool) -> Namespace {
    let prefix = MailboxName::from_wire(entry.prefix.to_cow());
    let prefix = prefix.map_or_else(|_| String::new(), |name| name.decoded(utf8).into_owned());
    Namespace::new(owner, prefix, entry.delimiter.map(char::from))
}

/// `utf8`: names in this session are UTF-8. `subscribed` is what a missing `\Subscribed` means.
fn folder(entry: &ListEntry<'_>, utf8: bool, subscribed: Option<bool>) -> Folder {
    let Some(name) = FolderName::from_server(&entry.mailbox.decoded(utf8)) else {
        let reason = "the name of a folder cannot be read";
        return Folder::damaged(Damage::new(None, reason, &entry.mailbox.raw()));
    };
    let mut folder = Folder::new(name);
    folder.delimiter = entry.delimiter.map(char::from);
    folder.subscribed = subscribed;
    for attribute in entry.attributes.iter() {
        match attribute {
            NameAttribute::NoSelect => folder.selectable = false,
            NameAttribute::NonExistent => (folder.selectable, folder.exists) = (false, false),
            NameAttribute::HasChildren => folder.children = Some(true),
            NameAttribute::HasNoChildren => folder.children = Some(false),
            NameAttribute::NoInferiors => {
                (folder.inferiors, folder.children) = (false, Some(false));
            }
            NameAttribute::Subscribed => folder.subscribed = Some(true),
            other => {
                let found = ROLES.iter().find(|(_, attribute)| *attribute == other);
                if let (Some((role, _)), None) = (found, folder.role) {
                    (folder.role, folder.role_source) = (Some(*role), Some(RoleSource::Server));
                }
            }
        }
    }
    folder
}

/// The attribute of each role (RFC 6154, RFC 8457).
pub(super) const ROLES: [(Role, NameAttribute<'static>); 8] = [
    (Role::All, NameAttribute::All),
    (Role::Archive, NameAttribute::Archive),
    (Role::Drafts, NameAttribute::Drafts),
    (Role::Flagged, NameAttribute::Flagged),
    (Role::Important, NameAttribute::Important),
    (Role::Junk, NameAttribute::Junk),
    (Role::Sent, NameAttribute::Sent),
    (Role::Trash, NameAttribute::Trash),
];
