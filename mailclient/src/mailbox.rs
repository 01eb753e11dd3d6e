//! [`Mailbox`]: one trait over both protocols.

use std::{future::Future, pin::Pin};

use tokio::io::AsyncRead;

use crate::{
    append::Append,
    body::{Bodies, Body},
    change::Change,
    error::{Error, Result},
    feature::{Feature, FeatureSet},
    folder::{Access, Folder, FolderName, FolderStatus, Folders, Namespace, NewFolder, OpenFolder},
    id::{IdSet, MessageId},
    imap::mailbox::ImapMailbox,
    list::List,
    message::{FlagChange, Flags},
    order::{SortBy, Thread, ThreadBy},
    part::Part,
    pop3::mailbox::Pop3Mailbox,
    quota::{Quota, Rights},
    report::Report,
    rows::{Changes, Listing},
    search::{Found, Query},
    structure::Structure,
    sync::SyncState,
};

/// A boxed future, so that `Box<dyn Mailbox>` is possible: an application picks the protocol at run
/// time.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a method of [`Mailbox`] returns.
pub(crate) type Answer<'a, T> = BoxFuture<'a, Result<T>>;

/// One open maildrop (POP3) or one session with a selected folder (IMAP).
///
/// The required methods mean the same on both protocols. The provided ones return
/// [`Error::Unsupported`] unless an implementation has them; [`features`](Self::features) tells
/// which work. A missing feature is an error, never a slow imitation. The trait can be implemented
/// and wrapped outside of this crate: every type here has a public constructor.
///
/// **Errors.** Every call that speaks to the server can fail with [`Error::Closed`],
/// [`Error::Timeout`] and [`Error::Protocol`], after which every further call is `Closed`, and with
/// [`Error::Refused`]. Every call about the open folder can fail with [`Error::NoFolder`], and with
/// an id it can fail with [`Error::OtherFolder`], [`Error::StaleId`] and
/// [`Error::WrongProtocol`]. The methods name what else they can fail with.
///
/// **Cancellation.** Every future and every stream may be dropped at any await. A command of which
/// no byte was sent is taken back; the rest of an answer is read by the next call, within 8 MiB and
/// 5 seconds. If more is outstanding, or half an upload was sent, the next call is `Closed`. It is
/// not told what a dropped call did: look before repeating it.
///
/// **Deletion.** [`delete`](Self::delete) only marks, and the marks are kept on our side.
/// [`expunge`](Self::expunge) and [`close`](Self::close) remove what was marked here and nothing
/// else. Dropping a mailbox deletes nothing.
#[expect(unused_variables, reason = "a method that is not there does not look at its arguments")]
pub trait Mailbox: Send {
    /// What this mailbox can do now, from what the server announced. Sends nothing.
    ///
    #[doc = include_str!("mailbox/features.md")]
    fn features(&self) -> FeatureSet;

    /// The folder that is open, as it was when it was opened. `None` from the call of
    /// [`open`](Self::open) until it returned `Ok`, after the server closed the folder or gave it
    /// another UIDVALIDITY, and after the folder was [renamed](Self::rename) or
    /// [removed](Self::remove). Sends nothing.
    ///
    #[doc = include_str!("mailbox/selected.md")]
    fn selected(&self) -> Option<&OpenFolder>;

    /// Marks messages of the open folder for deletion. From now on they are in no listing, count
    /// or search, and cannot be fetched. Sends nothing.
    ///
    #[doc = include_str!("mailbox/delete.md")]
    ///
    /// # Errors
    /// [`Error::Unsupported`] where single messages cannot be deleted safely, [`Error::ReadOnly`].
    /// Then no message was marked.
    fn delete(&mut self, ids: &IdSet) -> Result<()>;

    /// Takes marks back, of any folder. Ids without a mark are ignored. Sends nothing.
    ///
    #[doc = include_str!("mailbox/undelete.md")]
    ///
    /// # Errors
    /// [`Error::WrongProtocol`].
    fn undelete(&mut self, ids: &IdSet) -> Result<()>;

    /// The mailbox as one over IMAP, for commands that this trait does not have.
    ///
    #[doc = include_str!("mailbox/as_imap.md")]
    fn as_imap(&mut self) -> Option<&mut ImapMailbox> {
        None
    }

    /// The mailbox as one over POP3, for commands that this trait does not have.
    ///
    #[doc = include_str!("mailbox/as_pop3.md")]
    fn as_pop3(&mut self) -> Option<&mut Pop3Mailbox> {
        None
    }

    /// Opens a folder. POP3 has one, `INBOX`.
    ///
    #[doc = include_str!("mailbox/open.md")]
    ///
    /// # Errors
    /// [`Error::Unsupported`] for another folder on POP3. After an error no folder is open.
    fn open<'a>(
        &'a mut self,
        folder: &'a FolderName,
        access: Access,
    ) -> BoxFuture<'a, Result<OpenFolder>>;

    /// The content of the open folder, counted now, without what is marked for deletion.
    ///
    #[doc = include_str!("mailbox/status.md")]
    ///
    /// # Errors
    /// See the trait.
    fn status(&mut self) -> BoxFuture<'_, Result<FolderStatus>>;

    /// Messages of the open folder, oldest first unless the request says otherwise, pulled one by
    /// one. A message whose row cannot be read is an item [`Error::Damaged`].
    ///
    #[doc = include_str!("mailbox/list.md")]
    ///
    /// The rows borrow the request: give it a name where they are pulled one by one.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for envelopes without [`Feature::Headers`], for structures without
    /// [`Feature::Structure`] and for labels without [`Feature::Labels`]. An empty folder is asked
    /// for too, so a dead connection is an error and not an empty listing.
    fn list<'a>(&'a mut self, request: &'a List) -> BoxFuture<'a, Result<Listing<'a>>>;

    /// Opens a message, or a part of it, for reading. Never sets `\Seen`.
    ///
    #[doc = include_str!("mailbox/fetch.md")]
    ///
    /// # Errors
    /// [`Error::NoSuchMessage`] when it is gone or marked for deletion, [`Error::NoSuchPart`],
    /// [`Error::Damaged`] when the server has it and does not give it, or gives other bytes than a
    /// [`Part::Range`] of it, [`Error::Unsupported`] for a part that needs a feature.
    fn fetch<'a>(
        &'a mut self,
        id: &'a MessageId,
        part: &'a Part,
    ) -> BoxFuture<'a, Result<Body<'a>>>;

    /// Opens many messages, or the same part of each, in any order. Those that cannot be read are
    /// told one by one, and the others come. With [`Feature::Pipelining`] many are asked for at
    /// once: at most 4 MiB and one message, which the next call reads and drops if this is left
    /// early, within 8 MiB and 5 seconds.
    ///
    #[doc = include_str!("mailbox/fetch_many.md")]
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch), for errors about all of them.
    fn fetch_many<'a>(
        &'a mut self,
        ids: &'a IdSet,
        part: &'a Part,
    ) -> BoxFuture<'a, Result<Bodies<'a>>>;

    /// Sends NOOP if the connection was quiet for so long that the server may soon end it: call it
    /// at least every 30 seconds while doing something else.
    ///
    #[doc = include_str!("mailbox/keep_alive.md")]
    ///
    /// # Errors
    /// See the trait.
    fn keep_alive(&mut self) -> BoxFuture<'_, Result<()>>;

    /// Carries out the deletions of all folders and ends the session (POP3: DELE and QUIT; IMAP:
    /// UID EXPUNGE of just those messages, then LOGOUT). Called again after `Ok`, it returns the
    /// same report.
    ///
    #[doc = include_str!("mailbox/close.md")]
    ///
    /// # Errors
    /// [`Error::Partial`] when not every deletion was done. After an error that
    /// [does not need a reconnect](Error::needs_reconnect) the session goes on, what was not done
    /// is still marked, and `close` can be called again.
    fn close(&mut self) -> BoxFuture<'_, Result<Report>>;

    /// Carries out the deletions of all folders, and keeps the session.
    ///
    #[doc = include_str!("mailbox/expunge.md")]
    ///
    /// # Errors
    /// [`Error::Partial`] when not every deletion was done; the other messages are still marked.
    /// The same with a report of deletions that are all done when the folder that was open could
    /// not be opened again: the report's cause says why, and no folder is open.
    fn expunge(&mut self) -> BoxFuture<'_, Result<Report>> {
        unsupported(Feature::Expunge)
    }

    /// The MIME tree of a message. [`List::with_structure`] asks for those of many at once.
    ///
    #[doc = include_str!("mailbox/structure.md")]
    ///
    /// # Errors
    /// [`Error::NoSuchMessage`]; [`Error::Damaged`] when it cannot be read, or is larger than
    /// [`Limits::structure`](crate::Limits::structure).
    fn structure<'a>(&'a mut self, id: &'a MessageId) -> BoxFuture<'a, Result<Structure>> {
        unsupported(Feature::Structure)
    }

    /// The messages of the open folder that the server finds.
    ///
    #[doc = include_str!("mailbox/search.md")]
    ///
    /// # Errors
    /// [`Error::Limit`], [`Error::Damaged`] when part of the answer cannot be read,
    /// [`Error::Unsupported`] for a condition that needs a feature, and [`Error::Misuse`] for one
    /// that cannot be sent. [`Error::Refused`] also for a text that is not ASCII where the server
    /// takes ASCII alone (`BADCHARSET`; Exchange Online): nothing is transliterated.
    fn search<'a>(&'a mut self, query: &'a Query) -> BoxFuture<'a, Result<Found>> {
        unsupported(Feature::Search)
    }

    /// The messages of the open folder that the server finds, in order. The first key counts most.
    ///
    #[doc = include_str!("mailbox/sort.md")]
    ///
    /// # Errors
    /// As [`search`](Self::search). [`Error::Misuse`] without a key.
    fn sort<'a>(
        &'a mut self,
        query: &'a Query,
        by: &'a [SortBy],
    ) -> BoxFuture<'a, Result<Vec<MessageId>>> {
        unsupported(Feature::Sort)
    }

    /// The conversations among the messages of the open folder that the server finds.
    ///
    #[doc = include_str!("mailbox/thread.md")]
    ///
    /// # Errors
    /// As [`search`](Self::search). [`Error::Unsupported`] with the feature of this way.
    fn thread<'a>(
        &'a mut self,
        query: &'a Query,
        by: ThreadBy,
    ) -> BoxFuture<'a, Result<Vec<Thread>>> {
        unsupported(by.feature())
    }

    /// The folders. `INBOX` is first, the rest in the order of the server. A row that cannot be
    /// read does not cost the others: it is a [`Folder`] with [`damage`](Folder::damage), which
    /// cannot be opened.
    ///
    #[doc = include_str!("mailbox/folders.md")]
    ///
    /// # Errors
    /// [`Error::Limit`], [`Error::Misuse`] for a pattern that cannot be sent,
    /// [`Error::Unsupported`] for owners without [`Feature::Namespaces`].
    fn folders<'a>(&'a mut self, which: &'a Folders) -> BoxFuture<'a, Result<Vec<Folder>>> {
        unsupported(Feature::Folders)
    }

    /// The namespaces (RFC 2342): where the user's own folders are, and those that others share.
    ///
    #[doc = include_str!("mailbox/namespaces.md")]
    ///
    /// # Errors
    /// [`Error::Damaged`] when the answer cannot be read.
    fn namespaces(&mut self) -> Answer<'_, Vec<Namespace>> {
        unsupported(Feature::Namespaces)
    }

    /// Creates a folder. The levels above it are created too, if the server does so.
    ///
    #[doc = include_str!("mailbox/create.md")]
    ///
    /// # Errors
    /// [`Error::Unknown`] when the connection ended before the server confirmed it,
    /// [`Error::Unsupported`] for a role without [`Feature::FolderRoles`], [`Error::Misuse`] for
    /// another INBOX.
    fn create<'a>(&'a mut self, folder: &'a NewFolder) -> BoxFuture<'a, Result<()>> {
        unsupported(Feature::FolderChanges)
    }

    /// Renames a folder and those below it (RFC 9051 section 6.3.6). See [`MessageId::in_folder`]
    /// for the ids of its messages; their marks for deletion go with them.
    ///
    /// If the open folder is one of them, none is open from this call until it is refused: open it
    /// by its new name. Renaming INBOX moves its messages to the new folder, with other ids, and
    /// leaves it empty; marks of those messages find nothing any more.
    ///
    #[doc = include_str!("mailbox/rename.md")]
    ///
    /// # Errors
    /// [`Error::Unknown`] when the connection ended before the server confirmed it.
    fn rename<'a>(
        &'a mut self,
        from: &'a FolderName,
        to: &'a FolderName,
    ) -> BoxFuture<'a, Result<()>> {
        unsupported(Feature::FolderChanges)
    }

    /// Removes a folder and its messages, and their marks for deletion. Folders below it stay
    /// (RFC 9051 section 6.3.5).
    ///
    /// If it is the open folder, none is open from this call until it is refused.
    ///
    #[doc = include_str!("mailbox/remove.md")]
    ///
    /// # Errors
    /// [`Error::Unknown`] when the connection ended before the server confirmed it.
    fn remove<'a>(&'a mut self, folder: &'a FolderName) -> BoxFuture<'a, Result<()>> {
        unsupported(Feature::FolderChanges)
    }

    /// Subscribes to a folder, or ends the subscription. The folder need not exist (RFC 9051
    /// section 6.3.7); some servers refuse that.
    ///
    #[doc = include_str!("mailbox/subscribe.md")]
    ///
    /// # Errors
    /// See the trait.
    fn subscribe<'a>(
        &'a mut self,
        folder: &'a FolderName,
        subscribed: bool,
    ) -> BoxFuture<'a, Result<()>> {
        unsupported(Feature::FolderChanges)
    }

    /// The content of a folder, counted, without opening it.
    ///
    #[doc = include_str!("mailbox/status_of.md")]
    ///
    /// # Errors
    /// See the trait.
    fn status_of<'a>(&'a mut self, folder: &'a FolderName) -> BoxFuture<'a, Result<FolderStatus>> {
        unsupported(Feature::Folders)
    }

    /// Changes the flags of messages of the open folder.
    ///
    /// A flag that the folder does not keep is refused here, because servers take it and lose it:
    /// Exchange Online keeps no keywords. [`OpenFolder::permanent_flags`] tells beforehand.
    ///
    #[doc = include_str!("mailbox/set_flags.md")]
    ///
    /// # Errors
    /// Before anything is sent: [`Error::ReadOnly`], [`Error::NotKept`] for flags to set that the
    /// folder would lose, [`Error::Misuse`] for a keyword that cannot be sent. [`Error::Partial`]
    /// when not every message was changed.
    fn set_flags<'a>(
        &'a mut self,
        ids: &'a IdSet,
        change: FlagChange,
        flags: &'a Flags,
    ) -> BoxFuture<'a, Result<Report>> {
        unsupported(Feature::Flags)
    }

    /// As [`set_flags`](Self::set_flags), but only for messages that no client changed since a
    /// synchronisation (RFC 7162 section 3.1.3). The others are left as they are:
    /// [`Outcome::Changed`](crate::Outcome::Changed).
    ///
    #[doc = include_str!("mailbox/set_flags_if_unchanged.md")]
    ///
    /// # Errors
    /// As [`set_flags`](Self::set_flags). [`Error::Misuse`] for the state of another folder, and
    /// for one without a modification sequence: [`changes_since`](Self::changes_since) tells one
    /// where the server has them. [`Error::Partial`] also when messages had changed.
    fn set_flags_if_unchanged<'a>(
        &'a mut self,
        ids: &'a IdSet,
        change: FlagChange,
        flags: &'a Flags,
        since: &'a SyncState,
    ) -> BoxFuture<'a, Result<Report>> {
        unsupported(Feature::ConditionalFlags)
    }

    /// Changes Gmail's labels of messages of the open folder. A label is the name of a folder, or
    /// one of the system with a backslash before it: without `\Inbox` a message is archived.
    ///
    #[doc = include_str!("mailbox/set_labels.md")]
    ///
    /// # Errors
    /// [`Error::ReadOnly`], [`Error::Misuse`] for a label that cannot be sent, [`Error::Partial`]
    /// when not every message was changed.
    fn set_labels<'a>(
        &'a mut self,
        ids: &'a IdSet,
        change: FlagChange,
        labels: &'a [String],
    ) -> BoxFuture<'a, Result<Report>> {
        unsupported(Feature::Labels)
    }

    /// Uploads a message to a folder, read from `message` on the way. Returns its id in that folder
    /// if the server tells it (UIDPLUS). A message for the open folder is in its next listing.
    ///
    /// Where each folder has its limit (RFC 7889), the first message for it in a session
    /// costs a round trip more.
    ///
    #[doc = include_str!("mailbox/append.md")]
    ///
    /// # Errors
    /// Before anything is sent: [`Error::TooLarge`] for more bytes than the server takes,
    /// [`Error::Unsupported`] for a [binary](Append::binary) message without
    /// [`Feature::BinaryAppend`]. Afterwards: [`Error::Unknown`] when the connection ended before
    /// the server confirmed it, [`Error::Local`] when the reader fails, ends early, gives nothing
    /// for a minute, or gives NUL that was not announced.
    fn append<'a>(
        &'a mut self,
        folder: &'a FolderName,
        options: &'a Append,
        message: &'a mut (dyn AsyncRead + Send + Unpin),
    ) -> BoxFuture<'a, Result<Option<MessageId>>> {
        unsupported(Feature::Append)
    }

    /// Puts a message in the place of one of the open folder, such as the next version of a draft.
    /// At every time at least one of the two is there, whatever breaks. Returns the new id if the
    /// server tells it.
    ///
    /// With REPLACE (RFC 8508) the server does it as a whole. Else the message is appended, and
    /// only after the server has confirmed that, the old one is removed, and no other (UIDPLUS):
    /// a call that is dropped or stops half-way can leave both.
    ///
    #[doc = include_str!("mailbox/replace.md")]
    ///
    /// # Errors
    /// [`Error::Replacement`] says which versions are there when it stopped half-way. After every
    /// other error the old one is there as it was, and no new one; they are those of
    /// [`append`](Self::append), [`Error::ReadOnly`], and [`Error::NoSuchMessage`] for a message
    /// that is gone or marked for deletion.
    fn replace<'a>(
        &'a mut self,
        id: &'a MessageId,
        options: &'a Append,
        message: &'a mut (dyn AsyncRead + Send + Unpin),
    ) -> BoxFuture<'a, Result<Option<MessageId>>> {
        unsupported(Feature::Replace)
    }

    /// Copies messages of the open folder to another.
    ///
    #[doc = include_str!("mailbox/copy.md")]
    ///
    /// # Errors
    /// [`Error::Partial`] when not every message was copied.
    fn copy<'a>(
        &'a mut self,
        ids: &'a IdSet,
        folder: &'a FolderName,
    ) -> BoxFuture<'a, Result<Report>> {
        unsupported(Feature::Copy)
    }

    /// Moves messages of the open folder to another: with MOVE, else by copying and removing just
    /// those. A stop half-way is [`Outcome::Copied`](crate::Outcome::Copied).
    ///
    #[doc = include_str!("mailbox/move_to.md")]
    ///
    /// # Errors
    /// [`Error::ReadOnly`], [`Error::Partial`] when not every message was moved.
    fn move_to<'a>(
        &'a mut self,
        ids: &'a IdSet,
        folder: &'a FolderName,
    ) -> BoxFuture<'a, Result<Report>> {
        unsupported(Feature::Move)
    }

    /// What changed in the open folder since an earlier synchronisation: messages that are new with
    /// their flags, flags that changed, messages that are gone, and last a [`Change::State`].
    ///
    /// Every change is told at least once, also when the stream is dropped: the state moves only
    /// past what was told. With QRESYNC or CONDSTORE (RFC 7162) only what changed is sent, else the
    /// flags of all messages; then [`Changes::exact`] is false. If the folder has another
    /// UIDVALIDITY than the state, one [`Change::Reset`] is told, and if the server contradicts
    /// itself, the last row is a [`Change::Resync`]. Marks for deletion do not matter here: a
    /// marked message is on the server until it is removed.
    ///
    #[doc = include_str!("mailbox/changes_since.md")]
    ///
    /// **Cancellation.** QRESYNC can be switched on only while no folder is open, so the first call
    /// of a session may open the folder anew. If that call is dropped, no folder may be open.
    ///
    /// # Errors
    /// [`Error::Misuse`] for the state of another folder, [`Error::Unsupported`] for a folder
    /// without UIDVALIDITY, [`Error::Limit`] when the known messages are more ranges than
    /// [`Limits::search`](crate::Limits::search) has room for.
    fn changes_since<'a>(&'a mut self, state: &'a SyncState) -> BoxFuture<'a, Result<Changes<'a>>> {
        unsupported(Feature::Sync)
    }

    /// Waits for the next change of the open folder. Changes that came during other calls are
    /// returned first. There is no background task: a mailbox that is not polled notices nothing.
    ///
    /// With IDLE a server tells at once what came since the call before. One that does not (pymap)
    /// tells it when IDLE is renewed, after 9 minutes; [`status`](Self::status) asks for it.
    ///
    #[doc = include_str!("mailbox/next_change.md")]
    ///
    /// # Errors
    /// See the trait.
    fn next_change(&mut self) -> BoxFuture<'_, Result<Change>> {
        unsupported(Feature::Changes)
    }

    /// The quotas that count for a folder; none if there is no limit.
    ///
    #[doc = include_str!("mailbox/quota.md")]
    ///
    /// # Errors
    /// [`Error::Damaged`] when one cannot be read, [`Error::Limit`].
    fn quota<'a>(&'a mut self, folder: &'a FolderName) -> BoxFuture<'a, Result<Vec<Quota>>> {
        unsupported(Feature::Quota)
    }

    /// What the user may do in a folder.
    ///
    #[doc = include_str!("mailbox/rights.md")]
    ///
    /// # Errors
    /// [`Error::Damaged`] when the answer cannot be read.
    fn rights<'a>(&'a mut self, folder: &'a FolderName) -> BoxFuture<'a, Result<Rights>> {
        unsupported(Feature::Rights)
    }
}

fn unsupported<'a, T: Send + 'a>(feature: Feature) -> Answer<'a, T> {
    Box::pin(std::future::ready(Err(Error::Unsupported(feature))))
}
