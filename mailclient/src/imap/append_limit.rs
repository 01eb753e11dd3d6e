//! APPENDLIMIT (RFC 7889): how large a message of a folder may be.

use std::borrow::Cow;

use imap_proto_lite::{
    Command,
    command::StatusItem,
    response::{Response, StatusValue},
};

use crate::{
    append::Append,
    error::{Error, Result},
    folder::FolderName,
    imap::{answer::Listener, mailbox::ImapMailbox, naming::wire_name, status::is_about},
};

impl ImapMailbox {
    /// Refuses a message that is larger than the server takes, before anything of it is sent.
    pub(super) async fn check_size(&mut self, folder: &FolderName, options: &Append) -> Result<()> {
        match self.append_limit(folder).await? {
            Some(limit) if options.size > limit => Err(Error::too_large(options.size, limit)),
            _ => Ok(()),
        }
    }

    /// The most bytes of a message, if there is a limit. Where each folder has its own, the server
    /// is asked once a session.
    async fn append_limit(&mut self, folder: &FolderName) -> Result<Option<u64>> {
        let (limit, is_by_folder) = match self.capabilities() {
            Some(known) => (known.append_limit(), known.has("APPENDLIMIT")),
            None => (None, false),
        };
        if limit.is_some() || !is_by_folder {
            return Ok(limit);
        }
        if let Some(limit) = self.append_limits.get(folder) {
            return Ok(limit);
        }
        let items = Cow::Borrowed(&[StatusItem::AppendLimit][..]);
        let id = self.send(&Command::Status { mailbox: wire_name(folder)?, items })?;
        let (mut found, utf8) = (None, self.driver.machine().utf8());
        let listen: &mut Listener<'_> = &mut |_, response| {
            let Response::Status(told) = response else {
                return false;
            };
            if !is_about(told, folder, utf8) {
                return false;
            }
            for value in told.values.iter() {
                if let StatusValue::AppendLimit(limit) = value {
                    found = limit;
                }
            }
            true
        };
        match self.complete(id, "STATUS", listen).await {
            Ok(_) => self.append_limits.remember(folder, found),
            // The server says better why when it refuses the message itself.
            Err(Error::Refused(_)) => {}
            Err(error) => return Err(error),
        }
        Ok(found)
    }
}
