//! Commands of a client: RFC 9051 section 6 and the extensions of the subset.

use alloc::{borrow::Cow, vec::Vec};

pub(crate) mod encode;
mod fetch;
mod id;
pub(crate) mod kind;
mod list;
pub(crate) mod parse;
mod tag;

pub use self::{
    fetch::{FetchItem, FetchModifiers, StoreAction},
    id::{IdParameter, NotAnIdParameter},
    kind::CommandKind,
    list::{ListReturn, ListSelection, SelectParameters, StatusItem},
    tag::{NotATag, Tag},
};
use crate::{
    types::{
        AString, Atom, DateTime, Flag, MailboxName, NameAttribute, SearchQuery, SearchReturn,
        Secret, SequenceSet, SortCriterion, ThreadAlgorithm, UidSet,
    },
    wire::Fragment,
};

/// Which messages a command acts on. The UID form of a command is chosen by the type of the set.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "RFC 9051 numbers messages in two ways and RFC 5182 adds `$`"
)]
pub enum Messages<'a> {
    /// By sequence number.
    Sequence(Cow<'a, SequenceSet>),
    /// By unique identifier: the `UID` form of the command.
    Uid(Cow<'a, UidSet>),
    /// `$`, the saved result (RFC 5182).
    SavedResult {
        /// Use the `UID` form of the command.
        uid: bool,
    },
}

impl Messages<'_> {
    /// Whether the command takes its `UID` form.
    pub const fn is_uid(&self) -> bool {
        matches!(self, Messages::Uid(_) | Messages::SavedResult { uid: true })
    }
}

impl From<UidSet> for Messages<'_> {
    fn from(set: UidSet) -> Self {
        Messages::Uid(Cow::Owned(set))
    }
}

impl From<SequenceSet> for Messages<'_> {
    fn from(set: SequenceSet) -> Self {
        Messages::Sequence(Cow::Owned(set))
    }
}

impl<'a> From<&'a UidSet> for Messages<'a> {
    fn from(set: &'a UidSet) -> Self {
        Messages::Uid(Cow::Borrowed(set))
    }
}

impl<'a> From<&'a SequenceSet> for Messages<'a> {
    fn from(set: &'a SequenceSet) -> Self {
        Messages::Sequence(Cow::Borrowed(set))
    }
}

/// The head of a message to upload: APPEND and REPLACE.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_structs, reason = "`append-message` has these pieces")]
pub struct AppendMessage<'a> {
    /// The flags it gets.
    pub flags: Cow<'a, [Flag<'a>]>,
    /// The internal date it gets; `None` is now.
    pub date: Option<DateTime>,
    /// The size of the message in bytes.
    pub octets: u64,
    /// How its bytes are announced.
    pub data: AppendData,
}

/// How the bytes of an APPEND are announced.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum AppendData {
    /// A literal: any bytes but NUL.
    #[default]
    Literal,
    /// `~{n}`: any bytes (BINARY, RFC 3516).
    Literal8,
    /// `UTF8 (~{n})`: with 8-bit header fields (RFC 6855), after ENABLE UTF8=ACCEPT.
    Utf8,
}

/// A command. A list may be empty only where the RFC allows it; the encoder checks that.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command<'a> {
    /// CAPABILITY
    Capability,
    /// NOOP
    Noop,
    /// LOGOUT
    Logout,
    /// ID (RFC 2971): who the client is; an empty list is sent as NIL. At most 30 fields.
    Id(Cow<'a, [IdParameter<'a>]>),
    /// STARTTLS
    StartTls,
    /// LOGIN
    Login {
        /// The user name.
        user: AString<'a>,
        /// The password; never shown by `Debug`.
        password: Secret<'a>,
    },
    /// AUTHENTICATE
    Authenticate {
        /// The SASL mechanism.
        mechanism: Atom<'a>,
        /// The initial response, not in base64 (SASL-IR, RFC 4959); never shown by `Debug`.
        initial_response: Option<Cow<'a, [u8]>>,
    },
    /// ENABLE (RFC 5161)
    Enable {
        /// The capabilities.
        capabilities: Cow<'a, [Atom<'a>]>,
    },
    /// NAMESPACE (RFC 2342)
    Namespace,
    /// COMPRESS DEFLATE (RFC 4978)
    Compress,
    /// LIST, with the options of RFC 5258 (LIST-EXTENDED), RFC 5819 (LIST-STATUS) and RFC 6154
    /// (SPECIAL-USE).
    List {
        /// The reference name; usually empty.
        reference: MailboxName<'a>,
        /// The patterns, with `%` and `*`; more than one needs LIST-EXTENDED.
        patterns: Cow<'a, [MailboxName<'a>]>,
        /// Which names.
        selection: ListSelection,
        /// What to return for them.
        returns: ListReturn<'a>,
    },
    /// LSUB (RFC 3501)
    Lsub {
        /// The reference name; usually empty.
        reference: MailboxName<'a>,
        /// The pattern, with `%` and `*`.
        pattern: MailboxName<'a>,
    },
    /// STATUS
    Status {
        /// The mailbox; not the selected one.
        mailbox: MailboxName<'a>,
        /// What to return.
        items: Cow<'a, [StatusItem]>,
    },
    /// SELECT
    Select {
        /// The mailbox.
        mailbox: MailboxName<'a>,
        /// CONDSTORE or QRESYNC.
        parameters: SelectParameters<'a>,
    },
    /// EXAMINE: SELECT for reading only.
    Examine {
        /// The mailbox.
        mailbox: MailboxName<'a>,
        /// CONDSTORE or QRESYNC.
        parameters: SelectParameters<'a>,
    },
    /// CREATE
    Create {
        /// The mailbox.
        mailbox: MailboxName<'a>,
        /// Its special uses (CREATE-SPECIAL-USE, RFC 6154).
        special_use: Cow<'a, [NameAttribute<'a>]>,
    },
    /// DELETE
    Delete {
        /// The mailbox.
        mailbox: MailboxName<'a>,
    },
    /// RENAME
    Rename {
        /// The old name.
        from: MailboxName<'a>,
        /// The new name.
        to: MailboxName<'a>,
    },
    /// SUBSCRIBE
    Subscribe {
        /// The mailbox.
        mailbox: MailboxName<'a>,
    },
    /// UNSUBSCRIBE
    Unsubscribe {
        /// The mailbox.
        mailbox: MailboxName<'a>,
    },
    /// APPEND. The message is sent separately.
    Append {
        /// The mailbox.
        mailbox: MailboxName<'a>,
        /// The message.
        message: AppendMessage<'a>,
    },
    /// IDLE (RFC 2177)
    Idle,
    /// UNSELECT (RFC 3691)
    Unselect,
    /// CHECK (RFC 3501 section 6.4.1; RFC 9051 has no such command): a checkpoint of the mailbox.
    Check,
    /// CLOSE
    Close,
    /// EXPUNGE: every message with `\Deleted`.
    Expunge,
    /// UID EXPUNGE (RFC 4315): those of these messages that have `\Deleted`.
    UidExpunge {
        /// The messages.
        uids: Cow<'a, UidSet>,
    },
    /// SEARCH and UID SEARCH
    Search {
        /// Answer with unique identifiers: `UID SEARCH`.
        uid: bool,
        /// What to give back (ESEARCH, RFC 4731); `None` is the plain form.
        returns: Option<SearchReturn>,
        /// What to look for.
        query: SearchQuery<'a>,
    },
    /// SORT and UID SORT (RFC 5256)
    Sort {
        /// Answer with unique identifiers: `UID SORT`.
        uid: bool,
        /// By what to sort.
        criteria: Cow<'a, [SortCriterion]>,
        /// What to look for.
        query: SearchQuery<'a>,
    },
    /// THREAD and UID THREAD (RFC 5256)
    Thread {
        /// Answer with unique identifiers: `UID THREAD`.
        uid: bool,
        /// How to find threads.
        algorithm: ThreadAlgorithm,
        /// What to look for.
        query: SearchQuery<'a>,
    },
    /// FETCH and UID FETCH
    Fetch {
        /// Which messages.
        messages: Messages<'a>,
        /// What to fetch of each.
        items: Cow<'a, [FetchItem<'a>]>,
        /// CONDSTORE, QRESYNC and PARTIAL.
        modifiers: FetchModifiers,
    },
    /// STORE and UID STORE
    Store {
        /// Which messages.
        messages: Messages<'a>,
        /// What to do with them.
        action: StoreAction<'a>,
        /// Do not answer with the new flags.
        silent: bool,
        /// Only messages not changed since (CONDSTORE, RFC 7162).
        unchanged_since: Option<crate::types::sequence::ModSeq>,
    },
    /// COPY and UID COPY
    Copy {
        /// Which messages.
        messages: Messages<'a>,
        /// Where to.
        mailbox: MailboxName<'a>,
    },
    /// MOVE and UID MOVE (RFC 6851)
    Move {
        /// Which messages.
        messages: Messages<'a>,
        /// Where to.
        mailbox: MailboxName<'a>,
    },
    /// REPLACE and UID REPLACE (RFC 8508). The message is sent separately.
    Replace {
        /// The message to be replaced: a set of one.
        messages: Messages<'a>,
        /// Where the new message goes.
        mailbox: MailboxName<'a>,
        /// The new message.
        message: AppendMessage<'a>,
    },
    /// GETQUOTA (RFC 9208)
    GetQuota {
        /// The quota root.
        root: AString<'a>,
    },
    /// GETQUOTAROOT (RFC 9208)
    GetQuotaRoot {
        /// The mailbox.
        mailbox: MailboxName<'a>,
    },
    /// SETQUOTA (RFC 9208)
    SetQuota {
        /// The quota root.
        root: AString<'a>,
        /// Resources and their limits.
        limits: Cow<'a, [(Atom<'a>, u64)]>,
    },
    /// GETACL (RFC 4314)
    GetAcl {
        /// The mailbox.
        mailbox: MailboxName<'a>,
    },
    /// SETACL (RFC 4314)
    SetAcl {
        /// The mailbox.
        mailbox: MailboxName<'a>,
        /// Whose rights.
        identifier: AString<'a>,
        /// The rights, after `+` or `-` to add or take away.
        rights: AString<'a>,
    },
    /// DELETEACL (RFC 4314)
    DeleteAcl {
        /// The mailbox.
        mailbox: MailboxName<'a>,
        /// Whose rights.
        identifier: AString<'a>,
    },
    /// LISTRIGHTS (RFC 4314)
    ListRights {
        /// The mailbox.
        mailbox: MailboxName<'a>,
        /// Whose rights.
        identifier: AString<'a>,
    },
    /// MYRIGHTS (RFC 4314)
    MyRights {
        /// The mailbox.
        mailbox: MailboxName<'a>,
    },
    /// A command of an extension that has no type here. The commands that this crate knows are
    /// refused, because they would bypass its rules. Its untagged data comes like all other, and
    /// no other command may be in flight. The server role never reads one.
    Raw {
        /// Keyword and arguments without tag and line end, and without literals. `Debug` shows the
        /// keyword only.
        line: Cow<'a, str>,
    },
}

impl core::fmt::Debug for Command<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // The wire form is one line in the words of the RFC. Secrets are replaced.
        let mut out = Vec::new();
        for fragment in encode::for_display(self) {
            match fragment {
                Fragment::Octets { sensitive: true, .. } => out.extend_from_slice(b"(secret)"),
                Fragment::Octets { octets, .. } => out.extend_from_slice(&octets),
                _ => {}
            }
        }
        write!(f, "{:?}({})", self.kind(), out.trim_ascii_end().escape_ascii())
    }
}
