//! The kinds of commands, and the facts about each: one row per command.
//!
//! A new command needs a variant in [`Command`], a row here, an encoder and a parser.

use alloc::vec::Vec;
use core::fmt;

use crate::{
    command::{
        AppendData, Command, FetchItem, ListReturn, Messages, SelectParameters, StatusItem,
        StoreAction,
    },
    patience::Patience,
    types::{
        Capabilities, SearchKey, SortCriterion, SortKey, ThreadAlgorithm, capability::speaks_rev2,
    },
};

/// Everything known about a command besides its arguments.
#[derive(Clone, Copy)]
pub(crate) struct Facts {
    /// On the wire.
    pub(crate) keyword: &'static str,
    /// Where it may be sent.
    pub(crate) states: States,
    /// The capability that a server announces for it.
    pub(crate) needs: Needs,
    /// How its answer changes the state.
    pub(crate) change: Change,
    pub(crate) barrier: Barrier,
    /// How long to wait for its answer.
    pub(crate) patience: Patience,
}

/// Where a command is allowed, by the headings of RFC 9051 sections 6.1 to 6.4.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum States {
    Any,
    NotAuthenticated,
    /// Authenticated or selected.
    Authenticated,
    /// Authenticated, and not selected.
    NotSelected,
    /// The command acts on the selected mailbox.
    Selected,
    /// The command acts on messages of the selected mailbox, and has a `UID` form too.
    Messages,
}

/// How the answer to a command changes the state. The table is in `state.rs`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Change {
    None,
    StartTls,
    Login,
    Compress,
    Select,
    Deselect,
    Logout,
}

/// Which commands must not be pipelined: RFC 9051 section 5.5.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Barrier {
    None,
    /// It waits for the commands on the selected mailbox, because it selects another one or none.
    Mailbox,
    /// No command may follow before its message is complete.
    Message,
    /// No command may follow before its answer, which changes what may be sent.
    Before,
    /// It must be the only command in flight: what may be sent depends on its answer, or its `+`
    /// could not be told from another one.
    Alone,
}

/// The capability that a command needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Needs {
    Nothing,
    Announced(&'static str),
    /// Part of IMAP4rev2, and else announced.
    InRev2(&'static str),
    /// A capability with any value, such as THREAD=REFERENCES.
    AnyValue(&'static str),
    /// The second one, or the first one, which includes it.
    Either(&'static str, &'static str),
    /// Switched on with ENABLE; with the text for the error.
    Enabled(&'static str, &'static str),
}

use self::Needs::{Announced, AnyValue, Either, Enabled, InRev2, Nothing};

const CONDSTORE: Needs = Either("QRESYNC", "CONDSTORE");
const DEFLATE: Needs = Announced("COMPRESS=DEFLATE");
const EXTENDED: Needs = InRev2("LIST-EXTENDED");
const QRESYNC: Needs = Enabled("QRESYNC", "QRESYNC (enabled)");
const QUOTASET: Needs = Either("QUOTASET", "QUOTA");
const GMAIL: Needs = Announced("X-GM-EXT-1");
const SEARCHRES: Needs = InRev2("SEARCHRES");
const UTF8: Needs = Enabled("UTF8=ACCEPT", "UTF8=ACCEPT (enabled)");

impl Needs {
    /// The capability that is missing.
    fn missing(self, announced: &Capabilities, enabled: &Capabilities) -> Option<&'static str> {
        let (found, name) = match self {
            Nothing => return None,
            Announced(name) => (announced.has(name), name),
            InRev2(name) => (announced.has(name) || speaks_rev2(announced, enabled), name),
            AnyValue(name) => (announced.values(name).next().is_some(), name),
            Either(other, name) => (announced.has(other) || announced.has(name), name),
            Enabled(name, text) => (enabled.has(name), text),
        };
        (!found).then_some(name)
    }
}

macro_rules! commands {
    ($($kind:ident $keyword:literal $states:ident $change:ident $barrier:ident $patience:ident
        $needs:expr;)*) => {
        /// Which command, without its arguments.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        pub enum CommandKind {
            $(#[doc = $keyword] $kind,)*
        }

        impl CommandKind {
            /// Every kind, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            pub(crate) const fn facts(self) -> Facts {
                match self {
                    $(Self::$kind => Facts {
                        keyword: $keyword,
                        states: States::$states,
                        change: Change::$change,
                        needs: $needs,
                        barrier: Barrier::$barrier,
                        patience: Patience::$patience,
                    },)*
                }
            }
        }

        impl Command<'_> {
            /// Which command it is.
            pub const fn kind(&self) -> CommandKind {
                match self {
                    $(Self::$kind { .. } => CommandKind::$kind,)*
                }
            }
        }
    };
}

commands! {
    Capability   "CAPABILITY"   Any              None     None    ANSWER      Nothing;
    Noop         "NOOP"         Any              None     None    ANSWER      Nothing;
    Logout       "LOGOUT"       Any              Logout   Before  ANSWER      Nothing;
    Id           "ID"           Any              None     None    ANSWER      Announced("ID");
    StartTls     "STARTTLS"     NotAuthenticated StartTls Alone   ANSWER      Announced("STARTTLS");
    Login        "LOGIN"        NotAuthenticated Login    Alone   LOGIN       Nothing;
    Authenticate "AUTHENTICATE" NotAuthenticated Login    Alone   LOGIN       Nothing;
    Enable       "ENABLE"       NotSelected      None     Before  ANSWER      InRev2("ENABLE");
    Namespace    "NAMESPACE"    Authenticated    None     None    ANSWER      InRev2("NAMESPACE");
    Compress     "COMPRESS"     Authenticated    Compress Alone   ANSWER      DEFLATE;
    List         "LIST"         Authenticated    None     None    STREAM      Nothing;
    Lsub         "LSUB"         Authenticated    None     None    STREAM      Nothing;
    Status       "STATUS"       Authenticated    None     None    ANSWER      Nothing;
    Select       "SELECT"       Authenticated    Select   Mailbox SLOW_ANSWER Nothing;
    Examine      "EXAMINE"      Authenticated    Select   Mailbox SLOW_ANSWER Nothing;
    Create       "CREATE"       Authenticated    None     None    ANSWER      Nothing;
    Delete       "DELETE"       Authenticated    None     None    SLOW_ANSWER Nothing;
    Rename       "RENAME"       Authenticated    None     None    SLOW_ANSWER Nothing;
    Subscribe    "SUBSCRIBE"    Authenticated    None     None    ANSWER      Nothing;
    Unsubscribe  "UNSUBSCRIBE"  Authenticated    None     None    ANSWER      Nothing;
    Append       "APPEND"       Authenticated    None     Message STREAM      Nothing;
    Idle         "IDLE"         Authenticated    None     Alone   ANSWER      InRev2("IDLE");
    Unselect     "UNSELECT"     Selected         Deselect Mailbox ANSWER      InRev2("UNSELECT");
    Close        "CLOSE"        Selected         Deselect Mailbox SLOW_ANSWER Nothing;
    Check        "CHECK"        Selected         None     None    SLOW_ANSWER Nothing;
    Expunge      "EXPUNGE"      Selected         None     None    SLOW_ANSWER Nothing;
    UidExpunge   "UID EXPUNGE"  Selected         None     None    SLOW_ANSWER InRev2("UIDPLUS");
    Search       "SEARCH"       Messages         None     None    SLOW_ANSWER Nothing;
    Sort         "SORT"         Messages         None     None    SLOW_ANSWER Announced("SORT");
    Thread       "THREAD"       Messages         None     None    SLOW_ANSWER AnyValue("THREAD");
    Fetch        "FETCH"        Messages         None     None    STREAM      Nothing;
    Store        "STORE"        Messages         None     None    STREAM      Nothing;
    Copy         "COPY"         Messages         None     None    SLOW_ANSWER Nothing;
    Move         "MOVE"         Messages         None     None    SLOW_ANSWER InRev2("MOVE");
    Replace      "REPLACE"      Messages         None     Message STREAM      Announced("REPLACE");
    GetQuota     "GETQUOTA"     Authenticated    None     None    ANSWER      Announced("QUOTA");
    GetQuotaRoot "GETQUOTAROOT" Authenticated    None     None    ANSWER      Announced("QUOTA");
    SetQuota     "SETQUOTA"     Authenticated    None     None    ANSWER      QUOTASET;
    GetAcl       "GETACL"       Authenticated    None     None    ANSWER      Announced("ACL");
    SetAcl       "SETACL"       Authenticated    None     None    ANSWER      Announced("ACL");
    DeleteAcl    "DELETEACL"    Authenticated    None     None    ANSWER      Announced("ACL");
    ListRights   "LISTRIGHTS"   Authenticated    None     None    ANSWER      Announced("ACL");
    MyRights     "MYRIGHTS"     Authenticated    None     None    ANSWER      Announced("ACL");
    Raw          "raw"          Any              None     Alone   STREAM      Nothing;
}

impl CommandKind {
    /// The keyword on the wire, and `raw` for a raw command.
    pub const fn to_keyword(self) -> &'static str {
        self.facts().keyword
    }

    /// Whether the command neither changes the state of the session nor needs anything of the
    /// caller before its answer: every command but STARTTLS, COMPRESS, ENABLE, the logins, those
    /// that select or close a mailbox, LOGOUT, IDLE, APPEND and REPLACE.
    pub const fn keeps_the_state(self) -> bool {
        let facts = self.facts();
        let waits_for_caller =
            matches!(facts.barrier, Barrier::Message) || matches!(self, Self::Idle | Self::Enable);
        matches!(facts.change, Change::None) && !waits_for_caller
    }

    /// The kind that a keyword names, in any case, after `UID` or not. Never [`Raw`](Self::Raw).
    pub(crate) fn from_keyword(name: &[u8], uid: bool) -> Option<Self> {
        Self::ALL.iter().copied().filter(|kind| *kind != Self::Raw).find(|kind| {
            let (keyword, is_form) = match kind.to_keyword().strip_prefix("UID ") {
                Some(keyword) => (keyword, uid),
                None => (kind.to_keyword(), !uid || kind.has_uid_form()),
            };
            is_form && keyword.as_bytes().eq_ignore_ascii_case(name)
        })
    }

    /// Whether the command has a `UID` form besides the other.
    const fn has_uid_form(self) -> bool {
        matches!(self.facts().states, States::Messages)
    }

    /// Whether the command acts on the selected mailbox.
    pub(crate) const fn needs_mailbox(self) -> bool {
        matches!(self.facts().states, States::Selected | States::Messages)
    }

    /// Whether the command sends credentials.
    pub(crate) const fn is_login(self) -> bool {
        matches!(self.facts().change, Change::Login)
    }
}

impl fmt::Display for CommandKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_keyword())
    }
}

impl Command<'_> {
    /// The first capability that the command needs and that is neither announced nor enabled, for
    /// servers that refuse what they do not announce. What it asks about messages is not looked at:
    /// see [`missing_item`](Self::missing_item).
    pub fn missing(
        &self,
        announced: &Capabilities,
        enabled: &Capabilities,
    ) -> Option<&'static str> {
        self.kind().facts().needs.missing(announced, enabled).or_else(|| {
            let mut needs = self.needs_of_arguments().into_iter().filter(|(used, _)| *used);
            needs.find_map(|(_, needs)| needs.missing(announced, enabled))
        })
    }

    /// As [`missing`](Self::missing), for the items of FETCH and STATUS, the keys of SEARCH, the
    /// criteria of SORT, the algorithm of THREAD, the labels of STORE, and `$`. A client may ask
    /// for them where they are not announced: some servers have more than they say.
    pub fn missing_item(
        &self,
        announced: &Capabilities,
        enabled: &Capabilities,
    ) -> Option<&'static str> {
        let saved = matches!(self.messages(), Some(Messages::SavedResult { .. }));
        let saved = if saved { SEARCHRES } else { Nothing };
        let missing = |needs: Needs| needs.missing(announced, enabled);
        let query = match self {
            Self::Search { query, .. } | Self::Sort { query, .. } | Self::Thread { query, .. } => {
                query.keys().map(needs_of_key).find_map(missing)
            }
            _ => None,
        };
        query.or_else(|| missing(saved)).or_else(|| match self {
            Self::Fetch { items, .. } => items.iter().map(needs_of_item).find_map(missing),
            Self::Status { items, .. }
            | Self::List { returns: ListReturn { status: items, .. }, .. } => {
                items.iter().copied().map(needs_of_status).find_map(missing)
            }
            Self::Store { action, .. } => missing(needs_of_action(action)),
            Self::Sort { criteria, .. } => {
                criteria.iter().map(needs_of_criterion).find_map(missing)
            }
            Self::Thread { algorithm, .. } => missing(needs_of_algorithm(*algorithm)),
            _ => None,
        })
    }

    /// What the arguments need, each row with whether the command has that argument.
    fn needs_of_arguments(&self) -> Vec<(bool, Needs)> {
        match self {
            Self::List { patterns, selection, returns, .. } => Vec::from([
                (!returns.status.is_empty(), InRev2("LIST-STATUS")),
                (returns.my_rights, Announced("LIST-MYRIGHTS")),
                (selection.special_use || returns.special_use, InRev2("SPECIAL-USE")),
                (patterns.len() > 1, EXTENDED),
                (selection.subscribed || selection.remote, EXTENDED),
                (selection.recursive_match, EXTENDED),
                (returns.subscribed || returns.children, EXTENDED),
            ]),
            Self::Fetch { modifiers, .. } => Vec::from([
                (modifiers.vanished, QRESYNC),
                (modifiers.changed_since.is_some(), CONDSTORE),
                (modifiers.partial.is_some(), Announced("PARTIAL")),
            ]),
            Self::Select { parameters, .. } | Self::Examine { parameters, .. } => Vec::from([
                (matches!(parameters, SelectParameters::CondStore), CONDSTORE),
                (matches!(parameters, SelectParameters::QResync { .. }), QRESYNC),
            ]),
            Self::Create { special_use, .. } => {
                Vec::from([(!special_use.is_empty(), Announced("CREATE-SPECIAL-USE"))])
            }
            Self::Append { message, .. } | Self::Replace { message, .. } => Vec::from([
                (message.data == AppendData::Literal8, Announced("BINARY")),
                (message.data == AppendData::Utf8, UTF8),
            ]),
            // PARTIAL includes ESEARCH (RFC 9394 section 3.1), and so does SEARCHRES.
            Self::Search { returns: Some(returns), .. } => Vec::from([
                (returns.partial.is_some(), Announced("PARTIAL")),
                (returns.partial.is_none() && returns.save, SEARCHRES),
                (returns.partial.is_none() && !returns.save, InRev2("ESEARCH")),
            ]),
            Self::Store { unchanged_since, .. } => {
                Vec::from([(unchanged_since.is_some(), CONDSTORE)])
            }
            _ => Vec::new(),
        }
    }

    /// How long to wait for its answer.
    pub(crate) fn patience(&self) -> Patience {
        let patience = self.kind().facts().patience;
        // The server reads every message for these, and may be silent until it is done.
        let is_slow = |item: &FetchItem<'_>| {
            matches!(item, FetchItem::Envelope | FetchItem::Body | FetchItem::BodyStructure)
        };
        match self {
            Self::Fetch { items, .. } if items.iter().any(is_slow) => {
                patience.longer(Patience::SLOW_ANSWER)
            }
            _ => patience,
        }
    }

    /// The messages that the command acts on.
    const fn messages(&self) -> Option<&Messages<'_>> {
        match self {
            Self::Fetch { messages, .. }
            | Self::Store { messages, .. }
            | Self::Copy { messages, .. }
            | Self::Move { messages, .. }
            | Self::Replace { messages, .. } => Some(messages),
            _ => None,
        }
    }

    /// Whether a command with two forms takes its `UID` form.
    pub(crate) fn is_uid_form(&self) -> bool {
        match self {
            Self::Search { uid, .. } | Self::Sort { uid, .. } | Self::Thread { uid, .. } => *uid,
            _ => self.messages().is_some_and(Messages::is_uid),
        }
    }

    /// Whether the command means messages by sequence number, which EXPUNGE changes.
    pub(crate) fn names_sequence_numbers(&self) -> bool {
        match self {
            Self::Search { .. } | Self::Sort { .. } | Self::Thread { .. } => !self.is_uid_form(),
            _ => matches!(self.messages(), Some(Messages::Sequence(_))),
        }
    }

    /// Whether the command sets the saved result (RFC 5182).
    pub(crate) fn saves_result(&self) -> bool {
        matches!(self, Self::Search { returns: Some(returns), .. } if returns.save)
    }

    /// Whether the command acts on the saved result. A raw command may.
    pub(crate) fn uses_saved_result(&self) -> bool {
        match self {
            Self::Search { query, .. } | Self::Sort { query, .. } | Self::Thread { query, .. } => {
                query.keys().any(|key| *key == SearchKey::SavedResult)
            }
            Self::Raw { .. } => true,
            _ => matches!(self.messages(), Some(Messages::SavedResult { .. })),
        }
    }

    /// Whether the server may send EXPUNGE during the command. It must not during FETCH, STORE and
    /// SEARCH by sequence number: RFC 9051 section 7.5.1.
    pub(crate) fn may_expunge(&self) -> bool {
        !matches!(self, Self::Fetch { .. } | Self::Store { .. } | Self::Search { .. })
            || !self.names_sequence_numbers()
    }
}

const fn needs_of_item(item: &FetchItem<'_>) -> Needs {
    match item {
        FetchItem::Binary { .. } | FetchItem::BinarySize { .. } => InRev2("BINARY"),
        FetchItem::ModSeq => CONDSTORE,
        FetchItem::GmailMessageId | FetchItem::GmailThreadId | FetchItem::GmailLabels => GMAIL,
        FetchItem::EmailId | FetchItem::ThreadId => Announced("OBJECTID"),
        FetchItem::Preview { .. } => Announced("PREVIEW"),
        FetchItem::SaveDate => Announced("SAVEDATE"),
        _ => Nothing,
    }
}

const fn needs_of_status(item: StatusItem) -> Needs {
    match item {
        StatusItem::Size => InRev2("STATUS=SIZE"),
        // RFC 9208 section 4.1.4
        StatusItem::Deleted => InRev2("QUOTA=RES-MESSAGE"),
        StatusItem::HighestModSeq => CONDSTORE,
        StatusItem::MailboxId => Announced("OBJECTID"),
        _ => Nothing,
    }
}

const fn needs_of_key(key: &SearchKey<'_>) -> Needs {
    match key {
        SearchKey::Older(_) | SearchKey::Younger(_) => Announced("WITHIN"),
        SearchKey::SavedBefore(_)
        | SearchKey::SavedOn(_)
        | SearchKey::SavedSince(_)
        | SearchKey::SaveDateSupported => Announced("SAVEDATE"),
        SearchKey::SavedResult => SEARCHRES,
        SearchKey::ModSeq(_) => CONDSTORE,
        SearchKey::EmailId(_) | SearchKey::ThreadId(_) => Announced("OBJECTID"),
        SearchKey::GmailRaw(_)
        | SearchKey::GmailMessageId(_)
        | SearchKey::GmailThreadId(_)
        | SearchKey::GmailLabel(_) => GMAIL,
        _ => Nothing,
    }
}

const fn needs_of_action(action: &StoreAction<'_>) -> Needs {
    match action {
        StoreAction::ReplaceGmailLabels(_)
        | StoreAction::AddGmailLabels(_)
        | StoreAction::RemoveGmailLabels(_) => GMAIL,
        _ => Nothing,
    }
}

const fn needs_of_criterion(criterion: &SortCriterion) -> Needs {
    match criterion.key {
        SortKey::DisplayFrom | SortKey::DisplayTo => Announced("SORT=DISPLAY"),
        _ => Nothing,
    }
}

const fn needs_of_algorithm(algorithm: ThreadAlgorithm) -> Needs {
    Announced(match algorithm {
        ThreadAlgorithm::OrderedSubject => "THREAD=ORDEREDSUBJECT",
        ThreadAlgorithm::References => "THREAD=REFERENCES",
        ThreadAlgorithm::Refs => "THREAD=REFS",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_the_session_do_not_keep_the_state() {
        use CommandKind::{
            Append, Authenticate, Close, Compress, Enable, Examine, Idle, Login, Logout, Replace,
            Select, StartTls, Unselect,
        };
        let changing: Vec<_> =
            CommandKind::ALL.iter().copied().filter(|kind| !kind.keeps_the_state()).collect();
        assert_eq!(
            changing,
            [
                Logout,
                StartTls,
                Login,
                Authenticate,
                Enable,
                Compress,
                Select,
                Examine,
                Append,
                Idle,
                Unselect,
                Close,
                Replace,
            ]
        );
    }

    #[test]
    fn what_a_command_asks_about_messages_needs_a_capability() {
        let enabled = Capabilities::default();
        for (command, needs) in [
            (&b"a FETCH 1 (FLAGS EMAILID)\r\n"[..], "OBJECTID"),
            (b"a FETCH 1 BINARY.PEEK[1]\r\n", "BINARY"),
            (b"a FETCH 1 MODSEQ\r\n", "CONDSTORE"),
            (b"a FETCH $ FLAGS\r\n", "SEARCHRES"),
            (b"a SEARCH SEEN OR SEEN OLDER 5\r\n", "WITHIN"),
            (b"a SORT (DATE DISPLAYTO) US-ASCII ALL\r\n", "SORT=DISPLAY"),
            (b"a SORT (DATE) US-ASCII X-GM-RAW x\r\n", "X-GM-EXT-1"),
            (b"a THREAD REFS US-ASCII ALL\r\n", "THREAD=REFS"),
            (b"a STORE 1 +X-GM-LABELS (x)\r\n", "X-GM-EXT-1"),
            (b"a STATUS x (MESSAGES SIZE)\r\n", "STATUS=SIZE"),
            (b"a STATUS x (DELETED)\r\n", "QUOTA=RES-MESSAGE"),
            (b"a STATUS x (UIDNEXT HIGHESTMODSEQ)\r\n", "CONDSTORE"),
            (b"a LIST \"\" * RETURN (STATUS (MAILBOXID))\r\n", "OBJECTID"),
        ] {
            let (_, parsed) = crate::command::parse::command(command).unwrap();
            let announced = |word: &str| Capabilities::from_iter([word.as_bytes()]);
            let missing = parsed.missing_item(&announced("IMAP4rev1"), &enabled);
            assert_eq!(missing, Some(needs), "{}", command.escape_ascii());
            assert_eq!(parsed.missing_item(&announced(needs), &enabled), None, "{needs}");
        }
    }

    #[test]
    fn a_literal8_needs_binary() {
        use crate::{
            command::{AppendData::Literal8, AppendMessage},
            types::{MailboxName, UidSet},
        };

        let message = AppendMessage { flags: [][..].into(), date: None, octets: 1, data: Literal8 };
        let (messages, mailbox) = (Messages::from(UidSet::last()), MailboxName::INBOX);
        let enabled = Capabilities::default();
        for command in [
            Command::Append { mailbox: mailbox.clone(), message: message.clone() },
            Command::Replace { messages, mailbox, message },
        ] {
            let missing =
                |words: &[&str]| command.missing(&words.iter().copied().collect(), &enabled);
            assert_eq!(missing(&["REPLACE"]), Some("BINARY"), "{command:?}");
            assert_eq!(missing(&["REPLACE", "BINARY"]), None, "{command:?}");
        }
    }

    #[test]
    fn keywords_name_their_kinds() {
        for kind in CommandKind::ALL {
            let keyword = kind.to_keyword().to_ascii_lowercase();
            let (keyword, uid) = match keyword.strip_prefix("uid ") {
                Some(keyword) => (keyword, true),
                None => (&*keyword, false),
            };
            let named = CommandKind::from_keyword(keyword.as_bytes(), uid);
            assert_eq!(named, Some(*kind).filter(|kind| *kind != CommandKind::Raw));
        }
        assert_eq!(CommandKind::from_keyword(b"FETCH", true), Some(CommandKind::Fetch));
        assert_eq!(CommandKind::from_keyword(b"NOOP", true), None);
        assert_eq!(CommandKind::from_keyword(b"", false), None);
    }
}
