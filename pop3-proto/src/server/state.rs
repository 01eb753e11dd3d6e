//! The states of a session as the server sees them, and the only file that changes one.

use alloc::{collections::BTreeSet, string::String, vec::Vec};

use crate::{
    command::{CommandKind, States},
    types::{MessageNumber, UniqueId},
};

/// The state of a session: [RFC 1939 section 3](https://www.rfc-editor.org/rfc/rfc1939#section-3).
///
/// The states in which a command is served (`x`). Every other one is answered with `-ERR` and
/// changes nothing:
///
/// ```text
///          Greeting  Authorization  TlsNegotiation  Transaction  Update  Closed
/// CAPA     -         x              -               x            -       -
/// STLS     -         x              -               -            -       -
/// USER     -         x              -               -            -       -
/// PASS     -         x              -               -            -       -
/// APOP     -         x              -               -            -       -
/// AUTH     -         x              -               -            -       -
/// STAT     -         -              -               x            -       -
/// LIST     -         -              -               x            -       -
/// UIDL     -         -              -               x            -       -
/// RETR     -         -              -               x            -       -
/// TOP      -         -              -               x            -       -
/// DELE     -         -              -               x            -       -
/// NOOP     -         -              -               x            -       -
/// RSET     -         -              -               x            -       -
/// QUIT     -         x              -               x            -       -
/// UTF8     -         x              -               -            -       -
/// LANG     -         x              -               x            -       -
/// raw      -         -              -               -            -       -
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum State {
    /// [`greet`](super::Connection::greet) was not called yet.
    Greeting,
    /// The client has to log in.
    Authorization,
    /// STLS was accepted; the caller does the handshake.
    TlsNegotiation,
    /// A maildrop is open.
    Transaction,
    /// QUIT was received in `Transaction`: the caller removes the marked messages.
    Update,
    /// The session is over.
    Closed,
}

impl State {
    /// Is this command served in this state?
    #[must_use]
    pub const fn allows(self, command: CommandKind) -> bool {
        let state = match self {
            Self::Authorization => States::AUTHORIZATION,
            Self::Transaction => States::TRANSACTION,
            Self::Greeting | Self::TlsNegotiation | Self::Update | Self::Closed => return false,
        };
        !matches!(command, CommandKind::Raw) && command.facts().states.contains(state)
    }
}

/// The messages of an open maildrop, in the order of their numbers. A snapshot: it does not change
/// during the session.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Maildrop {
    messages: Vec<MaildropMessage>,
}

/// What the machine has to know of a message to answer STAT, LIST and UIDL.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MaildropMessage {
    octets: u64,
    unique_id: UniqueId,
}

impl MaildropMessage {
    /// A message: its bytes with CRLF line ends, before dot-stuffing, and its unique-id.
    ///
    /// `None` for a unique-id that is not [conforming](UniqueId::is_conforming). Many clients
    /// accept more than RFC 1939 section 7 allows, but a client that refuses a line may refuse the
    /// whole maildrop. A store with longer names can send a digest of them.
    #[must_use]
    pub fn new(octets: u64, unique_id: UniqueId) -> Option<Self> {
        unique_id.is_conforming().then_some(Self { octets, unique_id })
    }

    /// Its bytes with CRLF line ends, before dot-stuffing.
    pub const fn octets(&self) -> u64 {
        self.octets
    }

    /// Its unique-id.
    pub const fn unique_id(&self) -> &UniqueId {
        &self.unique_id
    }
}

impl Maildrop {
    /// The messages in the order of their numbers, beginning with 1.
    #[must_use]
    pub const fn new(messages: Vec<MaildropMessage>) -> Self {
        Self { messages }
    }

    /// All messages.
    pub fn messages(&self) -> &[MaildropMessage] {
        &self.messages
    }

    fn octets(&self) -> u64 {
        self.messages.iter().fold(0, |sum, message| sum.saturating_add(message.octets))
    }
}

impl FromIterator<MaildropMessage> for Maildrop {
    fn from_iter<I: IntoIterator<Item = MaildropMessage>>(messages: I) -> Self {
        Self { messages: messages.into_iter().collect() }
    }
}

/// The state of a session and its flags. Only the methods here change them.
pub(super) struct Session {
    state: State,
    /// The name of a USER that was the last command.
    user: Option<String>,
    utf8: bool,
    language: Option<usize>,
    maildrop: Maildrop,
    /// Indexes of the messages marked with DELE.
    deleted: BTreeSet<usize>,
    /// Bytes of the messages that are not marked.
    octets: u64,
    /// Commands since the login that were refused as a mistake of the client.
    bad_commands: u32,
    /// `AuthCancelled` was not polled yet.
    auth_cancelled: bool,
    /// `Close` was not polled yet.
    close: bool,
}

impl Session {
    pub(super) const fn new() -> Self {
        Self {
            state: State::Greeting,
            user: None,
            utf8: false,
            language: None,
            maildrop: Maildrop::new(Vec::new()),
            deleted: BTreeSet::new(),
            octets: 0,
            bad_commands: 0,
            auth_cancelled: false,
            close: false,
        }
    }

    /// The session after the handshake of STLS: everything before is forgotten, and there is no
    /// second greeting.
    pub(super) const fn after_tls() -> Self {
        let mut session = Self::new();
        session.state = State::Authorization;
        session
    }

    pub(super) const fn state(&self) -> State {
        self.state
    }

    pub(super) const fn is_utf8(&self) -> bool {
        self.utf8
    }

    pub(super) const fn language(&self) -> Option<usize> {
        self.language
    }

    pub(super) const fn greeted(&mut self) {
        self.state = State::Authorization;
    }

    pub(super) fn user_named(&mut self, user: String) {
        self.user = Some(user);
    }

    /// PASS counts only directly after USER, so each command takes the name.
    pub(super) fn take_user(&mut self) -> Option<String> {
        self.user.take()
    }

    pub(super) const fn utf8_chosen(&mut self) {
        self.utf8 = true;
    }

    pub(super) const fn language_chosen(&mut self, index: usize) {
        self.language = Some(index);
    }

    pub(super) const fn tls_begins(&mut self) {
        self.state = State::TlsNegotiation;
    }

    pub(super) fn logged_in(&mut self, maildrop: Maildrop) {
        self.octets = maildrop.octets();
        self.maildrop = maildrop;
        self.bad_commands = 0;
        self.state = State::Transaction;
    }

    pub(super) const fn update(&mut self) {
        self.state = State::Update;
    }

    /// Counts a mistake of the client, and returns the number so far.
    pub(super) const fn bad_command(&mut self) -> u32 {
        self.bad_commands = self.bad_commands.saturating_add(1);
        self.bad_commands
    }

    pub(super) const fn auth_cancelled(&mut self) {
        self.auth_cancelled = true;
    }

    pub(super) const fn take_auth_cancelled(&mut self) -> bool {
        core::mem::replace(&mut self.auth_cancelled, false)
    }

    /// The session is over, and the caller has to close the transport.
    pub(super) fn closed(&mut self) {
        self.failed();
        self.close = true;
    }

    pub(super) const fn take_close(&mut self) -> bool {
        core::mem::replace(&mut self.close, false)
    }

    /// The session is over. Messages that are marked now are not removed.
    pub(super) fn failed(&mut self) {
        self.state = State::Closed;
        self.maildrop = Maildrop::default();
        self.deleted.clear();
        self.octets = 0;
    }

    /// The number of messages that are not marked.
    pub(super) fn count(&self) -> usize {
        self.maildrop.messages.len() - self.deleted.len()
    }

    /// Bytes of the messages that are not marked.
    pub(super) const fn octets(&self) -> u64 {
        self.octets
    }

    /// A message that exists and is not marked.
    pub(super) fn message(&self, number: MessageNumber) -> Option<&MaildropMessage> {
        let index = index(number)?;
        self.maildrop.messages.get(index).filter(|_| !self.deleted.contains(&index))
    }

    /// The first message from this index on that is not marked, and its index.
    pub(super) fn next_message(&self, from: usize) -> Option<(usize, &MaildropMessage)> {
        let mut messages = self.maildrop.messages.iter().enumerate().skip(from);
        messages.find(|(index, _)| !self.deleted.contains(index))
    }

    /// Marks a message. False if there is no such message.
    pub(super) fn delete(&mut self, number: MessageNumber) -> bool {
        let Some(octets) = self.message(number).map(|message| message.octets) else {
            return false;
        };
        self.octets = self.octets.saturating_sub(octets);
        index(number).is_some_and(|index| self.deleted.insert(index))
    }

    pub(super) fn undelete_all(&mut self) {
        self.deleted.clear();
        self.octets = self.maildrop.octets();
    }

    /// The marked messages, in ascending order.
    pub(super) fn deleted(&self) -> Vec<MessageNumber> {
        let number = |index: &usize| u32::try_from(index + 1).ok().and_then(MessageNumber::new);
        self.deleted.iter().filter_map(number).collect()
    }
}

fn index(number: MessageNumber) -> Option<usize> {
    usize::try_from(number.get()).ok()?.checked_sub(1)
}

#[cfg(test)]
mod tests;
