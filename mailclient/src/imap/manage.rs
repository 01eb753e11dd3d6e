//! CREATE, RENAME, DELETE, SUBSCRIBE, UNSUBSCRIBE.

use std::borrow::Cow;

use imap_proto_lite::{Command, client::State};

use crate::{
    change::Change,
    error::{Error, Result},
    feature::Feature,
    folder::{FolderName, Folders, NewFolder, OpenFolder},
    imap::{batch::Ended, folders::ROLES, mailbox::ImapMailbox, naming::wire_name},
};

impl ImapMailbox {
    pub(super) async fn create_folder(&mut self, folder: &NewFolder) -> Result<()> {
        let attribute = folder.role.map(|role| {
            let found = ROLES.iter().find(|(known, _)| *known == role);
            found.map(|(_, attribute)| attribute.clone())
        });
        if attribute == Some(None) {
            return Err(Error::misuse("every account has one INBOX already"));
        }
        let special_use = Cow::Owned(attribute.flatten().into_iter().collect());
        let command = Command::Create { mailbox: wire_name(&folder.name)?, special_use };
        if folder.role.is_some() && !self.can(&command) {
            return Err(Error::Unsupported(Feature::FolderRoles));
        }
        self.settle().await?;
        self.confirmed("CREATE", &command).await
    }

    /// The marks go with the messages, whose UIDs survive. RENAME of INBOX moves its messages and
    /// leaves it there (RFC 9051 section 6.3.6): its marks stay, and find nothing any more.
    pub(super) async fn rename_folder(&mut self, from: &FolderName, to: &FolderName) -> Result<()> {
        let command = Command::Rename { from: wire_name(from)?, to: wire_name(to)? };
        self.settle().await?;
        let below = self.begin_below(from).await?;
        let renamed = |name: &FolderName| match &below {
            _ if name == from => Some(to.clone()),
            Some(below) if name.as_str().starts_with(below.as_str()) => {
                let rest = name.as_str().get(from.as_str().len()..)?;
                FolderName::from_server(&format!("{to}{rest}"))
            }
            _ => None,
        };
        let open = self.leave(|name| renamed(name).is_some()).await?;
        let done = self.confirmed("RENAME", &command).await;
        self.open_again_unless_done(open, &done).await;
        self.append_limits.forget();
        done?;
        if !from.is_inbox() {
            self.marks.rename(|name| Some(renamed(name).unwrap_or_else(|| name.clone())));
        }
        Ok(())
    }

    /// What the names below a folder begin with. The server is asked only if the open folder or a
    /// mark may be below it.
    async fn begin_below(&mut self, folder: &FolderName) -> Result<Option<String>> {
        let may_be_below = |name: &FolderName| {
            name != folder && name.as_str().starts_with(folder.as_str()) && !folder.is_inbox()
        };
        let is_open = self.open.as_ref().is_some_and(|open| may_be_below(&open.name));
        if !is_open && !self.marks.folders().any(may_be_below) {
            return Ok(None);
        }
        let found = self.list_folders(&Folders::named(folder.clone())).await?;
        let delimiter = found.first().and_then(|found| found.delimiter);
        Ok(delimiter.map(|delimiter| format!("{folder}{delimiter}")))
    }

    /// The messages are gone with the folder, and so are their marks.
    pub(super) async fn remove_folder(&mut self, folder: &FolderName) -> Result<()> {
        let command = Command::Delete { mailbox: wire_name(folder)? };
        self.settle().await?;
        let open = self.leave(|name| name == folder).await?;
        let done = self.confirmed("DELETE", &command).await;
        self.open_again_unless_done(open, &done).await;
        self.append_limits.forget();
        done?;
        self.marks.rename(|name| (name != folder).then(|| name.clone()));
        Ok(())
    }

    pub(super) async fn subscribe_to(&mut self, folder: &FolderName, is_on: bool) -> Result<()> {
        let mailbox = wire_name(folder)?;
        self.settle().await?;
        let (name, command) = match is_on {
            true => ("SUBSCRIBE", Command::Subscribe { mailbox }),
            false => ("UNSUBSCRIBE", Command::Unsubscribe { mailbox }),
        };
        self.ask(name, &command).await.map(drop)
    }

    /// Sends a command that must not be repeated without a look.
    ///
    /// # Errors
    /// [`Error::Unknown`] when the connection ended after a byte of it was sent.
    async fn confirmed(&mut self, name: &'static str, command: &Command<'_>) -> Result<()> {
        match self.run_one(name, command, &mut |_, _| false).await {
            Ended::Ok => Ok(()),
            Ended::Refused { error, .. } => Err(error),
            Ended::Cut { was_sent: true, error } if error.ends_the_connection() => {
                Err(Error::Unknown { command: name, source: Box::new(error) })
            }
            Ended::Cut { error, .. } => Err(error),
        }
    }

    /// Closes the open folder if it is about to go. Dovecot ends a session whose selected folder
    /// was removed or renamed ("Selected mailbox was deleted, have to disconnect"). INBOX stays:
    /// it cannot be removed, and RENAME leaves it there.
    async fn leave(&mut self, goes: impl Fn(&FolderName) -> bool) -> Result<Option<OpenFolder>> {
        let open = self.open.take_if(|open| goes(&open.name));
        if open.as_ref().is_some_and(|open| !open.name.is_inbox()) && self.can(&Command::Unselect) {
            self.ask("UNSELECT", &Command::Unselect).await?;
        }
        Ok(open)
    }

    /// A folder that was not removed or renamed is opened again. What the server told of it in the
    /// meantime was not heard.
    async fn open_again_unless_done(&mut self, open: Option<OpenFolder>, done: &Result<()>) {
        let (Some(open), Err(Error::Refused(_))) = (open, done) else { return };
        match self.driver.machine().state() {
            State::Selected => self.open = Some(open),
            // Without success no folder is open, and the next call says so.
            _ => drop(self.select(&open.name, open.access).await),
        }
        if self.open.is_some() {
            self.pending.push(Change::Resync, &self.limits);
            self.check_validity();
        }
    }
}
