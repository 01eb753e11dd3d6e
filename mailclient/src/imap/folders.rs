//! LIST, SELECT, EXAMINE and the count of messages.

use std::borrow::Cow;

use imap_proto_lite::{
    Command, MailboxName,
    command::{ListReturn, ListSelection, SelectParameters},
    name_attribute::NameAttribute,
    response::{ListEntry, Response},
};

use crate::{
    driver::Stream,
    error::{Error, Result},
    folder::{Access, Folder, MailboxStatus, Role},
    imap::{
        ImapMailbox,
        observe::{Opening, Selected},
    },
};

impl<S: Stream> ImapMailbox<S> {
    /// See [`Mailbox::folders`](crate::Mailbox::folders). `INBOX` is first, the rest in the order
    /// of the server.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn folders(&mut self) -> Result<Vec<Folder>> {
        self.settle().await?;
        if self.has("SPECIAL-USE") && self.has("LIST-EXTENDED") {
            let mut returns = ListReturn::default();
            returns.special_use = true;
            returns.children = true;
            match self.listed(returns).await {
                // Some servers announce it and refuse it, or return nothing (Strato): plain LIST
                // works everywhere.
                Err(Error::Refused(_)) => {}
                Ok(folders) if folders.is_empty() => {}
                other => return other,
            }
        }
        self.listed(ListReturn::default()).await
    }

    async fn listed(&mut self, returns: ListReturn<'_>) -> Result<Vec<Folder>> {
        let everything = [name("*")?];
        let command = Command::List {
            reference: name("")?,
            patterns: Cow::Borrowed(&everything),
            selection: ListSelection::default(),
            returns,
        };
        let id = self.send(&command)?;
        let utf8 = self.driver.machine().utf8();
        let mut folders = Vec::new();
        self.complete(id, "LIST", |response| {
            if let Response::List(entry) = response {
                folders.push(folder(entry, utf8));
            }
        })
        .await?;
        folders.sort_by_key(|folder| folder.role != Some(Role::Inbox));
        Ok(folders)
    }

    /// See [`Mailbox::open`](crate::Mailbox::open).
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn open(&mut self, folder: &str, access: Access) -> Result<MailboxStatus> {
        self.settle().await?;
        let mailbox = name(folder)?;
        let parameters = SelectParameters::None;
        let (command, verb) = match access {
            Access::ReadWrite => (Command::Select { mailbox, parameters }, "SELECT"),
            Access::ReadOnly => (Command::Examine { mailbox, parameters }, "EXAMINE"),
        };
        let id = self.send(&command)?;
        let read_only = access == Access::ReadOnly;
        let folder = Selected { name: folder.into(), uid_validity: 0, messages: 0, read_only };
        self.opening = Some(Opening { id, folder });
        self.complete(id, verb, |_| ()).await?;
        self.selected()
    }

    /// See [`Mailbox::status`](crate::Mailbox::status).
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn status(&mut self) -> Result<MailboxStatus> {
        self.settle().await?;
        // STATUS is not for the open folder (RFC 9051 section 6.3.11); NOOP brings its count up to
        // date.
        self.run("NOOP", &Command::Noop).await?;
        self.selected()
    }

    fn selected(&self) -> Result<MailboxStatus> {
        self.selected
            .as_ref()
            .map(Selected::status)
            .ok_or_else(|| Error::misuse("no folder is open"))
    }
}

/// A folder name in its wire form.
pub(super) fn name(folder: &str) -> Result<MailboxName<'_>> {
    MailboxName::new(folder)
        .map_err(|_| Error::misuse("a folder name cannot hold line ends or NUL"))
}

/// `utf8`: names in this session are UTF-8.
fn folder(entry: &ListEntry<'_>, utf8: bool) -> Folder {
    let inbox = entry.mailbox.is_inbox();
    let mut folder = Folder {
        name: entry.mailbox.decoded(utf8).into_owned(),
        delimiter: entry.delimiter.map(char::from),
        role: inbox.then_some(Role::Inbox),
        selectable: true,
    };
    for attribute in entry.attributes.iter() {
        let role = match attribute {
            NameAttribute::NoSelect | NameAttribute::NonExistent => {
                folder.selectable = false;
                continue;
            }
            NameAttribute::All => Role::All,
            NameAttribute::Archive => Role::Archive,
            NameAttribute::Drafts => Role::Drafts,
            NameAttribute::Flagged => Role::Flagged,
            NameAttribute::Junk => Role::Junk,
            NameAttribute::Sent => Role::Sent,
            NameAttribute::Trash => Role::Trash,
            _ => continue,
        };
        folder.role.get_or_insert(role);
    }
    folder
}
