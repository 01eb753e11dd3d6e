//! The client's view of the selected mailbox, updated from untagged lines. An optional helper.
//!
//! Create a [`Selected`] with each SELECT, and pass it every
//! [`Untagged`](crate::client::Event::Untagged) line from then on:
//! `view.apply(&line.response(), |change| ..)`. When the SELECT is done, pass the code of its
//! [`Done`](crate::client::Event::Done) to [`apply_code`](Selected::apply_code). The UID of a
//! message is known once a FETCH response named it. The view never guesses: once the server
//! contradicts itself, [`resync_needed`](Selected::resync_needed) returns why.

use alloc::vec::Vec;

use crate::{
    response::{Attributes, Condition, Fetch, FetchAttribute, Response, ResponseCode},
    types::{ModSeq, SeqNumber, Uid, UidRanges, UidValidity},
    wire::steps,
};

mod known;

use known::Known;

/// Why the view is not reliable any more: send SELECT again and fetch the UIDs again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Resync {
    /// The UIDVALIDITY is not that of the stored state, or changed while the mailbox was selected
    /// (RFC 9051 section 2.3.1.1): discard all UIDs.
    UidValidityChanged,
    /// EXISTS fell without EXPUNGE (Domino does so).
    ExistsFell,
    /// EXPUNGE or FETCH of a message that does not exist, or VANISHED with numbers that are
    /// not UIDs.
    UnknownMessage,
    /// A message has another UID than before, or UIDs do not rise with the numbers.
    UidContradicts,
    /// UIDNEXT or HIGHESTMODSEQ went backwards, or the mailbox lost its modification sequences
    /// (NOMODSEQ).
    WentBackwards,
}

/// What the server said about the UIDVALIDITY. Without a known one, UIDs are only good until the
/// mailbox is selected again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[expect(clippy::exhaustive_enums, reason = "a value is there, or is not, or is no value")]
pub enum Validity {
    /// The server sent none (Xeams).
    #[default]
    Missing,
    /// The server sent 0 or something that is not a number of 32 bits (dynadot).
    Unreadable,
    /// The server sent this one.
    Known(UidValidity),
}

/// A change of the view, in the order in which the changes happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Change {
    /// EXISTS, or the VANISHED of [`Forgotten`](Self::Forgotten): the count of messages changed.
    #[non_exhaustive]
    Count {
        /// The new [`Selected::message_count`].
        messages: u32,
    },
    /// EXPUNGE or VANISHED: messages are gone, and the numbers after them have moved up.
    #[non_exhaustive]
    Removed {
        /// The number of the first of them.
        first: SeqNumber,
        /// How many; 1 if the UID is known.
        count: u32,
        /// The UID, if it was known.
        uid: Option<Uid>,
    },
    /// VANISHED named UIDs that messages of unknown UID may have. The UIDs from this number on are
    /// not known any more, and the count is doubtful until the next EXISTS: it is that of RFC 7162
    /// section 3.2.10.2, which a server that names other UIDs too does not keep.
    #[non_exhaustive]
    Forgotten {
        /// The first number whose message is uncertain.
        from: SeqNumber,
    },
    /// The server contradicted itself for the first time.
    Resync(Resync),
}

/// The state that a client stores to resynchronise later.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_structs, reason = "RFC 7162 section 3.2.5 wants these, and no more")]
pub struct SyncState {
    /// Which mailbox this is.
    pub uid_validity: UidValidity,
    /// New messages have UIDs from this one on; 0 if unknown.
    pub uid_next: u32,
    /// Changes up to it have been seen; `None` without CONDSTORE.
    pub highest_mod_seq: Option<ModSeq>,
}

/// The view of the selected mailbox, with the UID of each message for which a FETCH named it.
///
/// A change or a lookup costs O(log n) in the number of known UIDs. Each message with a known UID
/// takes between 14 and 40 bytes, other messages take none. The total is at most 64 MiB: after
/// [`KNOWN_UIDS`](Self::KNOWN_UIDS) messages, further UIDs are not kept.
///
/// ```
/// use imap_proto_lite::{SeqNumber, Uid, parse, selected::{Change, Selected, Validity}};
///
/// let mut view = Selected::new();
/// for line in ["* 3 EXISTS\r\n", "* 2 FETCH (RFC822.SIZE 44 UID 7)\r\n"] {
///     view.apply(&parse::response(line.as_bytes(), &[]), |_| {});
/// }
/// assert_eq!(view.uid(SeqNumber::new(2).unwrap()), Uid::new(7));
/// assert_eq!(view.uid_validity(), Validity::Missing);
///
/// let mut gone = Vec::new();
/// view.apply(&parse::response(b"* VANISHED 7\r\n", &[]), |change| {
///     if let Change::Removed { uid, .. } = change {
///         gone.push(uid);
///     }
/// });
/// assert_eq!((gone, view.message_count()), (vec![Uid::new(7)], 2));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Selected {
    exists: u32,
    /// Whether `exists` is certain.
    announced: bool,
    uid_validity: Validity,
    uid_next: u32,
    highest_mod_seq: Option<ModSeq>,
    no_mod_seq: bool,
    read_only: bool,
    known: Known,
    resync: Option<Resync>,
}

impl Selected {
    /// The most UIDs that are kept.
    pub const KNOWN_UIDS: u32 = 1_600_000;

    /// A view of a mailbox whose SELECT is being sent.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Updates the view from a response, and calls `tell` with each change. A response about
    /// anything else changes nothing.
    pub fn apply(&mut self, response: &Response<'_>, mut tell: impl FnMut(Change)) {
        let before = self.resync;
        match response {
            // Everything before this code was about the old mailbox (RFC 7162 section 3.2.11).
            Response::Condition { code: Some(ResponseCode::Closed), .. } => *self = Self::default(),
            Response::Condition { condition: Condition::Ok, code: Some(code), .. } => {
                self.code(code);
            }
            Response::Exists(count) => self.exists(*count, &mut tell),
            Response::Expunge(seq) => self.expunge(*seq, &mut tell),
            Response::Vanished { earlier: false, uids } => self.vanish(uids, &mut tell),
            Response::Fetch(fetch) => self.fetch(fetch),
            Response::UidFetch { uid, attributes } => {
                self.saw(*uid);
                self.mod_seqs(attributes);
            }
            _ => {}
        }
        self.tell_resync(before, tell);
    }

    /// Updates the view from the code of a tagged OK: READ-ONLY and READ-WRITE of SELECT,
    /// HIGHESTMODSEQ of STORE and EXPUNGE.
    pub fn apply_code(&mut self, code: &ResponseCode<'_>, tell: impl FnMut(Change)) {
        let before = self.resync;
        self.code(code);
        self.tell_resync(before, tell);
    }

    /// Compares the view with a stored state; [`resync_needed`](Self::resync_needed) returns the
    /// result. Call it when SELECT is answered.
    pub fn compare(&mut self, stored: &SyncState) {
        if self.uid_validity != Validity::Known(stored.uid_validity) {
            self.needs(Resync::UidValidityChanged);
        } else if (self.uid_next != 0 && self.uid_next < stored.uid_next)
            || (stored.highest_mod_seq.is_some()
                && (self.no_mod_seq || self.highest_mod_seq < stored.highest_mod_seq))
        {
            self.needs(Resync::WentBackwards);
        }
    }

    /// How many messages there are.
    pub const fn message_count(&self) -> u32 {
        self.exists
    }

    /// How many messages have a known UID.
    pub const fn known_count(&self) -> u32 {
        self.known.len()
    }

    /// The UIDVALIDITY. It is reliable once SELECT is answered: before that, the server may not
    /// have sent it yet.
    pub const fn uid_validity(&self) -> Validity {
        self.uid_validity
    }

    /// A UID that no message has yet: new messages have this one or a higher one. The UIDNEXT of
    /// the server, or the UID after the highest that was seen; `None` if neither is known.
    #[must_use]
    pub fn uid_next(&self) -> Option<Uid> {
        Uid::new(self.uid_next)
    }

    /// Whether the mailbox cannot be written.
    pub const fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// The state to store. `None` without a known UIDVALIDITY or if a resync is needed: a doubtful
    /// state must not replace a good one.
    pub const fn sync_state(&self) -> Option<SyncState> {
        let Self { uid_validity, uid_next, highest_mod_seq, resync, .. } = *self;
        match (uid_validity, resync) {
            (Validity::Known(uid_validity), None) => {
                Some(SyncState { uid_validity, uid_next, highest_mod_seq })
            }
            _ => None,
        }
    }

    /// The first contradiction of the server; `None` as long as there is none.
    pub const fn resync_needed(&self) -> Option<Resync> {
        self.resync
    }

    /// The UID of a message, if it is known.
    #[must_use]
    pub fn uid(&self, seq: SeqNumber) -> Option<Uid> {
        let found = self.known.by_number(seq.get());
        Uid::new(found.uid.filter(|_| found.number() == seq.get())?)
    }

    /// The current number of a message, if its UID is known.
    #[must_use]
    pub fn seq(&self, uid: Uid) -> Option<SeqNumber> {
        let found = self.known.by_uid(uid.get());
        SeqNumber::new(found.uid.filter(|known| *known == uid.get()).map(|_| found.number())?)
    }

    fn needs(&mut self, resync: Resync) {
        self.resync.get_or_insert(resync);
    }

    fn tell_resync(&self, before: Option<Resync>, mut tell: impl FnMut(Change)) {
        if let (None, Some(resync)) = (before, self.resync) {
            tell(Change::Resync(resync));
        }
    }

    fn code(&mut self, code: &ResponseCode<'_>) {
        match code {
            ResponseCode::UidValidity(value) if value.get() > 0 => {
                self.validity(Validity::Known(*value));
            }
            ResponseCode::UidValidity(_) => self.validity(Validity::Unreadable),
            ResponseCode::Other { name, .. } if name.eq_ignore_ascii_case("UIDVALIDITY") => {
                self.validity(Validity::Unreadable);
            }
            ResponseCode::UidNext(value) => {
                if *value < self.uid_next {
                    self.needs(Resync::WentBackwards);
                }
                self.uid_next = self.uid_next.max(*value);
            }
            ResponseCode::HighestModSeq(value) => self.mod_seq(*value),
            ResponseCode::NoModSeq => {
                self.no_mod_seq = true;
                if self.highest_mod_seq.take().is_some() {
                    self.needs(Resync::WentBackwards);
                }
            }
            ResponseCode::ReadOnly => self.read_only = true,
            ResponseCode::ReadWrite => self.read_only = false,
            _ => {}
        }
    }

    fn validity(&mut self, validity: Validity) {
        if self.uid_validity != Validity::Missing && self.uid_validity != validity {
            self.needs(Resync::UidValidityChanged);
        }
        self.uid_validity = validity;
    }

    fn exists(&mut self, count: u32, tell: &mut dyn FnMut(Change)) {
        if (self.announced && count < self.exists) || self.known.span() > count {
            self.needs(Resync::ExistsFell);
            self.known = Known::default();
        }
        self.announced = true;
        if self.exists != count {
            self.exists = count;
            tell(Change::Count { messages: count });
        }
    }

    /// An EXPUNGE lowers the count by itself (RFC 9051 section 7.5.1).
    fn expunge(&mut self, seq: SeqNumber, tell: &mut dyn FnMut(Change)) {
        let number = seq.get();
        if number > self.exists {
            return self.needs(Resync::UnknownMessage);
        }
        self.exists -= 1;
        let found = self.known.by_number(number);
        let uid = found.uid.filter(|_| found.number() == number);
        if let Some(uid) = uid {
            self.known.remove(uid);
            self.add_unknown(uid, found.unknown);
        } else if let Some(next) = found.uid {
            self.known.set_unknown(next, found.unknown - 1);
        }
        tell(Change::Removed { first: seq, count: 1, uid: uid.and_then(Uid::new) });
    }

    /// Puts unknown messages before the first known message from this UID on.
    fn add_unknown(&mut self, uid: u32, unknown: u32) {
        if unknown > 0 {
            self.known.set_unknown(uid, self.known.by_uid(uid).unknown + unknown);
        }
    }

    /// Each UID is that of a message the client was told of, and lowers the count by one (RFC 7162
    /// section 3.2.10.2). Servers may name others too. If the set may include messages whose UID is
    /// unknown, the UIDs from there on become unknown.
    fn vanish(&mut self, uids: &UidRanges<'_>, tell: &mut dyn FnMut(Change)) {
        let Some(spans) = merged(uids) else {
            return self.needs(Resync::UnknownMessage);
        };
        let named: u64 = spans.iter().map(|(low, high)| u64::from(high - low) + 1).sum();
        let rest = u32::try_from(named).ok().and_then(|named| self.exists.checked_sub(named));
        // The last removed message, and the unknown ones that were before it: they are before the
        // next known one now, but their UIDs are lower than that of the removed one.
        let (mut removed, mut passed) = (0, 0);
        for (low, high) in spans {
            let mut next = self.known.by_uid(low);
            if next.last_uid > removed && passed > 0 {
                self.add_unknown(removed, passed);
                passed = 0;
                next = self.known.by_uid(low);
            }
            loop {
                let before = next.before + passed;
                let mut unknown = match next.uid {
                    Some(_) => next.unknown,
                    None => self.exists.saturating_sub(before),
                };
                // The UIDs that the unknown messages may have.
                let least = next.last_uid.max(removed).saturating_add(1);
                let most = next.uid.map_or(u32::MAX, |uid| uid - 1);
                if unknown > 0 && low <= most && high >= least {
                    if low > least || high < most {
                        return self.forget(before, next.uid, rest, tell);
                    }
                    self.exists -= unknown;
                    tell_removed(before, unknown, None, tell);
                    if let Some(uid) = next.uid {
                        self.known.set_unknown(uid, 0);
                    }
                    unknown = 0;
                }
                let Some(uid) = next.uid.filter(|uid| *uid <= high) else {
                    break;
                };
                self.known.remove(uid);
                self.exists -= 1;
                passed += unknown;
                removed = uid;
                tell_removed(next.before + passed, 1, Uid::new(uid), tell);
                next = self.known.by_uid(uid);
            }
        }
        self.add_unknown(removed, passed);
    }

    /// Messages of unknown UID, those after the first `before` ones, may have vanished. `rest`: how
    /// many messages there are now, unless the server named more than there were.
    fn forget(
        &mut self,
        before: u32,
        next: Option<u32>,
        rest: Option<u32>,
        tell: &mut dyn FnMut(Change),
    ) {
        if let Some(uid) = next {
            self.known.truncate(uid);
        }
        self.announced = false;
        if let Some(from) = SeqNumber::new(before.saturating_add(1)) {
            tell(Change::Forgotten { from });
        }
        let messages = rest.unwrap_or(self.exists).min(self.exists).max(self.known.span());
        if messages != self.exists {
            self.exists = messages;
            tell(Change::Count { messages });
        }
    }

    /// UIDs below the next one have been seen.
    fn saw(&mut self, uid: Uid) {
        self.uid_next = self.uid_next.max(uid.get().saturating_add(1));
    }

    fn fetch(&mut self, fetch: &Fetch<'_>) {
        self.mod_seqs(&fetch.attributes);
        let number = fetch.seq.get();
        if number > self.exists {
            return self.needs(Resync::UnknownMessage);
        }
        let Some(uid) = fetch.uid() else {
            return;
        };
        let found = self.known.by_number(number);
        let this = (number, uid.get());
        let next = found.uid.map(|uid| (found.number(), uid));
        if next != Some(this) {
            if !rises((found.before, found.last_uid), this)
                || next.is_some_and(|next| !rises(this, next))
            {
                return self.needs(Resync::UidContradicts);
            }
            if self.known.len() < Self::KNOWN_UIDS {
                self.known.insert(number, uid.get());
            }
        }
        self.saw(uid);
    }

    fn mod_seqs(&mut self, attributes: &Attributes<'_>) {
        // The MODSEQ of one message is no lower bound of the mailbox's until all changes came: only
        // HIGHESTMODSEQ is.
        let is_one =
            |attribute| matches!(attribute, FetchAttribute::ModSeq(value) if value.get() > 0);
        self.no_mod_seq = self.no_mod_seq && !attributes.iter().any(is_one);
    }

    fn mod_seq(&mut self, value: ModSeq) {
        if value.get() == 0 {
            self.no_mod_seq = true;
        } else if self.highest_mod_seq.is_some_and(|known| value < known) {
            self.needs(Resync::WentBackwards);
        } else {
            self.highest_mod_seq = Some(value);
        }
    }
}

fn tell_removed(before: u32, count: u32, uid: Option<Uid>, tell: &mut dyn FnMut(Change)) {
    if let Some(first) = SeqNumber::new(before.saturating_add(1)) {
        tell(Change::Removed { first, count, uid });
    }
}

/// Whether the UIDs ascend at least as fast as the numbers: each message between has a UID.
const fn rises(one: (u32, u32), next: (u32, u32)) -> bool {
    next.0 > one.0 && next.1 > one.1 && next.1 - one.1 >= next.0 - one.0
}

/// The ranges in ascending order, adjacent ones merged; `None` if a range is unreadable.
fn merged(uids: &UidRanges<'_>) -> Option<Vec<(u32, u32)>> {
    let mut spans: Vec<(u32, u32)> =
        uids.into_iter().map(|range| (range.low().get(), range.high().get())).collect();
    if spans.len() != uids.len() {
        return None;
    }
    steps::add(spans.len());
    spans.sort_unstable();
    spans.dedup_by(|next, span| {
        let touches = next.0 <= span.1.saturating_add(1);
        if touches {
            span.1 = span.1.max(next.1);
        }
        touches
    });
    Some(spans)
}

#[cfg(test)]
mod tests;
