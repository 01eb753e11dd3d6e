//! The states of a session as the server holds them, and the only place that changes one.

use alloc::{collections::BTreeSet, string::String, vec::Vec};

use super::event::{Maildrop, MaildropMessage};
use crate::{command::CommandKind, types::MessageNumber};

/// Where a session stands: [RFC 1939 section 3](https://www.rfc-editor.org/rfc/rfc1939#section-3).
///
/// Which command is served in which state (`x`); every other one is answered with `-ERR` and changes nothing:
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
    /// Nobody is logged in.
    Authorization,
    /// STLS was accepted; the caller does the handshake.
    TlsNegotiation,
    /// A maildrop is open.
    Transaction,
    /// QUIT came in `Transaction`: the caller removes the marked messages.
    Update,
    /// The session is over.
    Closed,
}

impl State {
    /// Is this command served in this state?
    #[must_use]
    pub const fn allows(self, command: CommandKind) -> bool {
        use CommandKind as C;
        match self {
            Self::Authorization => matches!(
                command,
                C::Capa
                    | C::Stls
                    | C::User
                    | C::Pass
                    | C::Apop
                    | C::Auth
                    | C::Quit
                    | C::Utf8
                    | C::Lang
            ),
            Self::Transaction => !matches!(
                command,
                C::Stls | C::User | C::Pass | C::Apop | C::Auth | C::Utf8 | C::Raw
            ),
            Self::Greeting | Self::TlsNegotiation | Self::Update | Self::Closed => false,
        }
    }
}

/// What a session is known to be in. Its methods are the only places that change it.
pub(super) struct Session {
    state: State,
    /// The name of the USER that came just before.
    user: Option<String>,
    utf8: bool,
    language: Option<usize>,
    maildrop: Maildrop,
    /// Marked with DELE, as indexes.
    deleted: BTreeSet<usize>,
    /// Octets of the messages that are not marked.
    octets: u64,
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
        }
    }

    /// The session after the handshake of STLS: nothing that was said before counts, and there is no second greeting.
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

    /// PASS counts only directly behind USER.
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
        self.octets =
            maildrop.messages().iter().fold(0, |sum, message| sum.saturating_add(message.octets));
        self.maildrop = maildrop;
        self.state = State::Transaction;
    }

    pub(super) const fn update(&mut self) {
        self.state = State::Update;
    }

    /// The session is over. What was marked and not removed by now is not removed.
    pub(super) fn closed(&mut self) {
        self.state = State::Closed;
        self.maildrop = Maildrop::default();
        self.deleted.clear();
        self.octets = 0;
    }

    /// Messages that are not marked.
    pub(super) fn count(&self) -> usize {
        self.maildrop.messages().len() - self.deleted.len()
    }

    /// Octets of the messages that are not marked.
    pub(super) const fn octets(&self) -> u64 {
        self.octets
    }

    /// A message that is there and not marked.
    pub(super) fn message(&self, number: MessageNumber) -> Option<&MaildropMessage> {
        let index = index(number)?;
        self.maildrop.messages().get(index).filter(|_| !self.deleted.contains(&index))
    }

    /// The first message at or behind this index that is not marked, and its index.
    pub(super) fn next_message(&self, from: usize) -> Option<(usize, &MaildropMessage)> {
        let messages = self.maildrop.messages().iter().enumerate().skip(from);
        messages.into_iter().find(|(index, _)| !self.deleted.contains(index))
    }

    /// False where there is no such message.
    pub(super) fn delete(&mut self, number: MessageNumber) -> bool {
        let Some(octets) = self.message(number).map(|message| message.octets) else {
            return false;
        };
        self.octets = self.octets.saturating_sub(octets);
        index(number).is_some_and(|index| self.deleted.insert(index))
    }

    pub(super) fn undelete_all(&mut self) {
        self.deleted.clear();
        self.octets = self
            .maildrop
            .messages()
            .iter()
            .fold(0, |sum, message| sum.saturating_add(message.octets));
    }

    /// What is marked, in ascending order.
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
