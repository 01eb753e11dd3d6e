//! More calls for transcripts: those whose arguments matter.

use mail_harness::operation::{Answer, Failure, Operation};
use mailclient::{Access, Error, Folders, Query};

use crate::session::{Session, failure};

/// A text, or the class of an error.
fn text(result: mailclient::Result<String>) -> Answer {
    result.map_err(|error: Error| -> Failure { failure(&error) })
}

const SEARCH: Operation<Session> = Operation::<Session>::new("search outside ASCII", |session| {
    Box::pin(async move {
        let found = session.mailbox()?.search(&Query::words("mütley")).await;
        text(found.map(|found| format!("{:?}", found.ids)))
    })
});

/// Opens each folder of the listing, and says their names.
const OPEN_ALL: Operation<Session> = Operation::<Session>::new("open every folder", |session| {
    Box::pin(async move {
        let mailbox = session.mailbox()?;
        let folders = mailbox.folders(&Folders::all()).await.map_err(|error| failure(&error))?;
        let mut names = Vec::new();
        for folder in folders {
            let opened = mailbox.open(&folder.name, Access::ReadOnly).await;
            names.push(opened.map_err(|error| failure(&error))?.name);
        }
        Ok(format!("{names:?}"))
    })
});

pub(crate) const ALL: [Operation<Session>; 2] = [SEARCH, OPEN_ALL];
