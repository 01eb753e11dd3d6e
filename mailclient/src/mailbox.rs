//! [`Mailbox`]: one trait over both protocols.

use std::{future::Future, pin::Pin};

use tokio::io::AsyncRead;

use crate::{
    body::Body,
    envelope::Envelope,
    error::{Error, Result},
    feature::{Feature, FeatureSet},
    folder::{Access, Folder, MailboxStatus},
    listing::{Listing, Window},
    message::{FlagChange, Flags, MessageId, Part},
    search::Query,
};

/// A boxed future, so that `Box<dyn Mailbox>` is possible: an application picks the protocol at run
/// time.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One open maildrop (POP3) or one session with a selected folder (IMAP).
///
/// The first group means the same on both protocols. The second group has provided bodies that
/// return [`Error::Unsupported`]; [`features`](Self::features) tells which of them work. A missing
/// feature is an error, never a slow imitation.
///
/// **Cancellation.** Every future here may be dropped at any await. The next call first reads the
/// rest of the unfinished answer and then gives its own. After half an upload it returns
/// [`Error::Closed`].
///
/// **Dropping a mailbox deletes nothing.** [`delete`](Self::delete) is provisional until
/// [`close`](Self::close) on both protocols.
pub trait Mailbox: Send {
    /// The features of this mailbox, from the server's capabilities.
    fn features(&self) -> FeatureSet;

    /// The content of the open folder, counted.
    ///
    /// # Errors
    /// See [`Error`].
    fn status(&mut self) -> BoxFuture<'_, Result<MailboxStatus>>;

    /// The messages of the open folder, oldest first, pulled one by one.
    ///
    /// # Errors
    /// See [`Error`].
    fn list(&mut self, window: Window) -> BoxFuture<'_, Result<Listing<'_>>>;

    /// The header fields that a list of messages shows, decoded, in the order of `ids`; `None` for
    /// a message that is gone. Reads the header block only: on POP3 it needs [`Feature::Headers`].
    ///
    /// # Errors
    /// See [`Error`].
    fn envelopes<'a>(
        &'a mut self,
        ids: &'a [MessageId],
    ) -> BoxFuture<'a, Result<Vec<Option<Envelope>>>>;

    /// Opens a message, or a part of it, for reading. Never sets `\Seen`.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::NoSuchMessage`] when it is gone.
    fn fetch<'a>(&'a mut self, id: &'a MessageId, part: Part) -> BoxFuture<'a, Result<Body<'a>>>;

    /// Marks messages for deletion. [`close`](Self::close) removes them.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::Unsupported`] where single messages cannot be deleted safely.
    fn delete<'a>(&'a mut self, ids: &'a [MessageId]) -> BoxFuture<'a, Result<()>>;

    /// Carries out the deletions and ends the session (POP3: QUIT; IMAP: UID EXPUNGE of just those
    /// messages, then LOGOUT).
    ///
    /// # Errors
    /// See [`Error`]; [`Error::Unknown`] when the connection ended before the server confirmed the
    /// deletions.
    fn close(self: Box<Self>) -> BoxFuture<'static, Result<()>>;

    /// The folders. POP3 has one, INBOX, because a maildrop is the inbox.
    ///
    /// # Errors
    /// See [`Error`].
    fn folders(&mut self) -> BoxFuture<'_, Result<Vec<Folder>>>;

    /// Opens a folder by its [`Folder::name`]. `INBOX` always exists.
    ///
    /// # Errors
    /// See [`Error`]; after a refusal no folder is open.
    fn open<'a>(
        &'a mut self,
        folder: &'a str,
        access: Access,
    ) -> BoxFuture<'a, Result<MailboxStatus>> {
        let _ = (folder, access);
        unsupported(Feature::Folders)
    }

    /// Changes flags.
    ///
    /// # Errors
    /// See [`Error`].
    fn set_flags<'a>(
        &'a mut self,
        ids: &'a [MessageId],
        change: FlagChange,
        flags: &'a Flags,
    ) -> BoxFuture<'a, Result<()>> {
        let _ = (ids, change, flags);
        unsupported(Feature::Flags)
    }

    /// The messages of the open folder that the server finds, oldest first.
    ///
    /// # Errors
    /// See [`Error`].
    fn search<'a>(&'a mut self, query: &'a Query) -> BoxFuture<'a, Result<Vec<MessageId>>> {
        let _ = query;
        unsupported(Feature::Search)
    }

    /// Uploads a message of `octets` bytes to a folder, read from `message` on the way. Returns its
    /// id if the server tells it (UIDPLUS); the id belongs to that folder.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::Unknown`] when the connection ended before the server confirmed it.
    fn append<'a>(
        &'a mut self,
        folder: &'a str,
        flags: &'a Flags,
        octets: u64,
        message: &'a mut (dyn AsyncRead + Send + Unpin),
    ) -> BoxFuture<'a, Result<Option<MessageId>>> {
        let _ = (folder, flags, octets, message);
        unsupported(Feature::Append)
    }

    /// Copies messages of the open folder to another.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::Unknown`] when the connection ended before the server confirmed it.
    fn copy<'a>(&'a mut self, ids: &'a [MessageId], folder: &'a str) -> BoxFuture<'a, Result<()>> {
        let _ = (ids, folder);
        unsupported(Feature::Copy)
    }

    /// Moves messages of the open folder to another, in one step.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::Unknown`] when the connection ended before the server confirmed it.
    fn move_to<'a>(
        &'a mut self,
        ids: &'a [MessageId],
        folder: &'a str,
    ) -> BoxFuture<'a, Result<()>> {
        let _ = (ids, folder);
        unsupported(Feature::Move)
    }

    /// Waits for the next change of the open folder.
    ///
    /// # Errors
    /// See [`Error`].
    fn next_change(&mut self) -> BoxFuture<'_, Result<crate::change::Change>> {
        unsupported(Feature::Changes)
    }
}

fn unsupported<'a, T: Send + 'a>(feature: Feature) -> BoxFuture<'a, Result<T>> {
    Box::pin(std::future::ready(Err(Error::Unsupported(feature))))
}
