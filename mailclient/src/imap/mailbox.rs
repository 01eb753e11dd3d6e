//! [`ImapMailbox`]: the state of a session, and what may be done in it.

use std::borrow::Cow;

use imap_proto_lite::{
    Capabilities, Command, CommandId, ModSeq, Uid, UidSet,
    client::Connection,
    command::{AppendData, AppendMessage, Messages, StoreAction},
    name_attribute::NameAttribute,
    selected::Selected,
};
use tokio::time::Instant;

use crate::{
    driver::Driver,
    error::{Error, Result},
    feature::{Feature, FeatureSet},
    folder::{Access, OpenFolder, Role},
    id::{IdSet, MessageId},
    imap::{
        folder_limits::FolderLimits,
        naming::{INBOX, Naming},
        pending::Pending,
        query::with_features,
        syncing::{Synced, Syncing},
    },
    limits::Limits,
    message::PermanentFlags,
    report::Report,
};

/// One session with a selected folder over IMAP (RFC 3501, RFC 9051).
///
/// Works with a plain IMAP4rev1 server such as Exchange Online; extensions save round trips. It is
/// used through [`Mailbox`]; here is what that trait lacks. [`Account::connect`] makes one, and
/// [`Mailbox::as_imap`] gives it back.
///
/// [`Account::connect`]: crate::Account::connect
/// [`Mailbox`]: crate::Mailbox
/// [`Mailbox::as_imap`]: crate::Mailbox::as_imap
#[derive(Debug)]
pub struct ImapMailbox {
    pub(super) driver: Driver<Connection>,
    pub(super) limits: Limits,
    /// The folder that is open; `None` from the call of `open` until it succeeded.
    pub(super) open: Option<OpenFolder>,
    /// Numbers and UIDs of the folder that the server has selected.
    pub(super) view: Selected,
    /// The folder said that its UIDs are good for this session only (UIDNOTSTICKY).
    pub(super) is_sticky: bool,
    /// The flags that the folder keeps, as the server told it last.
    pub(super) permanent_flags: Option<PermanentFlags>,
    /// Names the messages of folders without UIDVALIDITY.
    pub(super) session: u32,
    pub(super) under: Under,
    /// What the server told and no call returned yet.
    pub(super) pending: Pending,
    /// The messages to delete, of all folders. Kept here and not as `\Deleted` on the server, so
    /// that a session that ends early deletes nothing and another client's EXPUNGE does not either.
    pub(super) marks: IdSet,
    pub(super) watch: Watch,
    /// The names that the provider gives to folders with a role.
    pub(super) roles: &'static [(&'static str, Role)],
    pub(super) synced: Synced,
    pub(super) append_limits: FolderLimits,
    /// What `close` returned.
    pub(super) closed: Option<Report>,
}

/// The operation under way. A dropped future leaves it here, and the next call finishes it.
#[derive(Debug)]
pub(super) enum Under {
    /// Nothing that has to be remembered: the commands in flight are only to be answered.
    Nothing,
    /// A SELECT or EXAMINE.
    Opening,
    /// A command of the caller, which may ask for anything.
    Run,
    /// Changes since a state, row by row.
    Sync(Box<Syncing>),
    /// An upload whose bytes are not all sent: if it is dropped now, the connection is lost.
    Upload,
    /// An IDLE, and when it was sent.
    Idle { id: CommandId, since: Instant },
    /// A NOOP that waits for changes, or an IDLE that is being ended to be renewed.
    Poll { id: CommandId },
}

impl ImapMailbox {
    /// What the server announced, without what the account hides.
    #[must_use]
    pub fn capabilities(&self) -> Option<&Capabilities> {
        self.driver.machine().capabilities()
    }

    /// The first capability that a command needs, for itself or what it asks about messages, and
    /// the server lacks.
    pub(super) fn missing(&self, command: &Command<'_>) -> Option<&'static str> {
        let (machine, none) = (self.driver.machine(), Capabilities::default());
        let (known, enabled) = (machine.capabilities().unwrap_or(&none), machine.enabled());
        command.missing_item(known, enabled).or_else(|| command.missing(known, enabled))
    }

    /// Whether this command may be sent to this server.
    pub(super) fn can(&self, command: &Command<'_>) -> bool {
        self.missing(command).is_none()
    }

    /// UID EXPUNGE: only the messages that were marked here are removed.
    pub(super) fn can_expunge(&self) -> bool {
        self.can(&Command::UidExpunge { uids: Cow::Owned(UidSet::last()) })
    }

    pub(super) fn can_move(&self) -> bool {
        let (messages, mailbox) = (Messages::from(UidSet::last()), INBOX);
        self.can(&Command::Move { messages, mailbox })
    }

    /// REPLACE: one message for another as a whole.
    pub(super) fn can_replace(&self) -> bool {
        let (messages, message) = (Messages::from(UidSet::last()), no_message(AppendData::Literal));
        self.can(&Command::Replace { messages, mailbox: INBOX, message })
    }

    /// STORE of messages that did not change since.
    pub(super) fn can_store_on_condition(&self) -> bool {
        self.can_store(StoreAction::AddFlags(Cow::Borrowed(&[])), Some(ModSeq::new(1)))
    }

    /// STORE of Gmail's labels.
    pub(super) fn can_label(&self) -> bool {
        self.can_store(StoreAction::AddGmailLabels(Cow::Borrowed(&[])), None)
    }

    fn can_store(&self, action: StoreAction<'_>, unchanged_since: Option<ModSeq>) -> bool {
        let messages = Messages::from(UidSet::last());
        self.can(&Command::Store { messages, action, silent: false, unchanged_since })
    }

    /// A message with NUL in it.
    pub(super) fn can_append_binary(&self) -> bool {
        let message = no_message(AppendData::Literal8);
        self.can(&Command::Append { mailbox: INBOX, message })
    }

    pub(super) fn features_now(&self) -> FeatureSet {
        let always = [
            Feature::Headers,
            Feature::Folders,
            Feature::FolderChanges,
            Feature::Flags,
            Feature::Search,
            Feature::Append,
            Feature::Copy,
            Feature::Sections,
            Feature::Decoding,
            Feature::Structure,
            Feature::Changes,
            Feature::Pipelining,
        ];
        let searches = with_features().into_iter().filter(|(_, command)| self.can(command));
        let expunge = self.can_expunge();
        let special_use = Cow::Borrowed(&[NameAttribute::Sent][..]);
        let create = Command::Create { mailbox: INBOX, special_use };
        let is_stable = self.open.as_ref().is_none_or(|open| open.uid_validity.is_some());
        always
            .into_iter()
            .chain(searches.map(|(feature, _)| feature))
            .collect::<FeatureSet>()
            .with_if(Feature::StableIds, is_stable)
            .with_if(Feature::Sync, is_stable)
            .with_if(Feature::Delete, expunge)
            .with_if(Feature::Expunge, expunge)
            .with_if(Feature::Move, expunge || self.can_move())
            .with_if(Feature::ConditionalFlags, is_stable && self.can_store_on_condition())
            .with_if(Feature::Labels, self.can_label())
            .with_if(Feature::Replace, expunge || self.can_replace())
            .with_if(Feature::BinaryAppend, self.can_append_binary())
            .with_if(Feature::Namespaces, self.can(&Command::Namespace))
            .with_if(Feature::FolderRoles, self.can(&create))
            .with_if(Feature::Quota, self.can(&Command::GetQuotaRoot { mailbox: INBOX }))
            .with_if(Feature::Rights, self.can(&Command::MyRights { mailbox: INBOX }))
    }

    /// The open folder.
    pub(super) fn folder(&self) -> Result<&OpenFolder> {
        self.driver.check_open()?;
        self.open.as_ref().ok_or(Error::NoFolder)
    }

    /// The open folder, if it may be changed.
    pub(super) fn writable(&self) -> Result<&OpenFolder> {
        let open = self.folder()?;
        match open.access {
            Access::ReadWrite => Ok(open),
            Access::ReadOnly => Err(Error::ReadOnly(open.name.clone())),
        }
    }

    /// How the ids of the open folder are made.
    pub(super) fn naming(&self) -> Result<Naming> {
        Ok(Naming::new(self.folder()?, self.session))
    }

    /// The UID of one id of the open folder.
    pub(super) fn uid(&self, id: &MessageId) -> Result<Uid> {
        let uids = self.naming()?.uids(&id.into())?;
        let uid = uids.first().and_then(|uid| Uid::new(uid.get()));
        uid.ok_or_else(|| Error::NoSuchMessage(Box::new(id.clone())))
    }
}

fn no_message(data: AppendData) -> AppendMessage<'static> {
    AppendMessage { flags: Cow::Borrowed(&[]), date: None, octets: 0, data }
}

/// The facts known about waiting on this connection.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// IDLEs that were of no use, one after the other.
    pub(super) useless: u8,
    /// When the last NOOP was answered.
    pub(super) polled: Option<Instant>,
}
