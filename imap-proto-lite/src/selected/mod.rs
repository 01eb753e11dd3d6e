//! The client's view of the selected mailbox, updated from untagged lines. An optional helper.
//!
//! Feed it every [`Untagged`](crate::client::Event::Untagged) line between a SELECT and the next
//! one. It never guesses: once the server contradicts itself,
//! [`resync_needed`](Selected::resync_needed) returns why.

use alloc::{string::String, vec::Vec};
use core::{fmt, str::FromStr};

use crate::{
    response::{Attributes, Condition, Fetch, FetchAttribute, Response, ResponseCode},
    types::{Flags, ModSeq, SeqNumber, Uid, UidRanges, UidValidity},
};

/// Why the view is not reliable any more: SELECT again and fetch anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Resync {
    /// The mailbox is not the one of the stored state (RFC 9051 section 2.3.1.1): discard all UIDs.
    UidValidityChanged,
    /// EXISTS fell without EXPUNGE (Domino does so).
    ExistsFell,
    /// EXPUNGE of a message that does not exist.
    UnknownMessage,
    /// A message has another UID than before, or UIDs do not rise with the numbers.
    UidContradicts,
    /// UIDNEXT or HIGHESTMODSEQ went backwards, or the mailbox lost its modification sequences
    /// (NOMODSEQ).
    WentBackwards,
}

/// The state that a client stores to resynchronise later, with a text form.
///
/// ```
/// use imap_proto_lite::{ModSeq, UidValidity, selected::SyncState};
///
/// let state: SyncState = "1700000000:8:715194045007".parse()?;
/// assert_eq!(state.uid_validity, UidValidity::new(1_700_000_000));
/// assert_eq!(state.highest_mod_seq, Some(ModSeq::new(715_194_045_007)));
/// assert_eq!(state.to_string(), "1700000000:8:715194045007");
/// # Ok::<(), imap_proto_lite::selected::NotASyncState>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_structs, reason = "RFC 7162 section 3.2.5 wants these, and no more")]
pub struct SyncState {
    /// Which mailbox this is.
    pub uid_validity: UidValidity,
    /// UIDs below it have been seen; 0 if unknown.
    pub uid_next: u32,
    /// Changes up to it have been seen; `None` without CONDSTORE.
    pub highest_mod_seq: Option<ModSeq>,
}

/// The text is not a [`SyncState`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a sync state")]
#[non_exhaustive]
pub struct NotASyncState;

impl fmt::Display for SyncState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:", self.uid_validity, self.uid_next)?;
        match self.highest_mod_seq {
            Some(value) => write!(f, "{value}"),
            None => f.write_str("-"),
        }
    }
}

impl FromStr for SyncState {
    type Err = NotASyncState;

    fn from_str(text: &str) -> Result<Self, NotASyncState> {
        let mut fields = text.split(':');
        let mut field = || fields.next().ok_or(NotASyncState);
        let uid_validity = field()?.parse().map(UidValidity::new).map_err(|_| NotASyncState)?;
        let uid_next = field()?.parse().map_err(|_| NotASyncState)?;
        let highest_mod_seq = match field()? {
            "-" => None,
            number => Some(ModSeq::new(number.parse().map_err(|_| NotASyncState)?)),
        };
        if fields.next().is_some() {
            return Err(NotASyncState);
        }
        Ok(Self { uid_validity, uid_next, highest_mod_seq })
    }
}

/// The view of the selected mailbox.
///
/// Memory grows only with [`Selected::with_numbers`]: eight bytes for each message whose UID is
/// known.
#[derive(Clone, Debug, Default)]
pub struct Selected {
    exists: u32,
    announced: bool,
    uid_validity: Option<UidValidity>,
    uid_next: u32,
    highest_mod_seq: Option<ModSeq>,
    no_mod_seq: bool,
    read_only: bool,
    permanent_flags: Option<Flags<'static>>,
    mailbox_id: Option<String>,
    /// Number and UID of each message with a known UID. Both ascend, so both can be searched.
    numbers: Option<Vec<(u32, Uid)>>,
    resync: Option<Resync>,
}

impl Selected {
    /// A view of a mailbox whose SELECT is being sent.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A view that also maps sequence numbers to UIDs.
    #[must_use]
    pub fn with_numbers() -> Self {
        Self { numbers: Some(Vec::new()), ..Self::default() }
    }

    /// Updates the view from a response.
    pub fn apply(&mut self, response: &Response<'_>) {
        match response {
            // Everything before this code was about the old mailbox (RFC 7162 section 3.2.11).
            Response::Condition { code: Some(ResponseCode::Closed), .. } => {
                let numbers = self.numbers.as_ref().map(|_| Vec::new());
                *self = Self { numbers, ..Self::default() };
            }
            Response::Condition { condition: Condition::Ok, code: Some(code), .. } => {
                self.apply_code(code)
            }
            Response::Exists(count) => self.exists(*count),
            Response::Expunge(seq) => self.expunge(*seq),
            Response::Vanished { earlier: false, uids } => self.vanish(uids),
            Response::Fetch(fetch) => self.fetch(fetch),
            Response::UidFetch { uid, attributes } => {
                self.saw(*uid);
                self.mod_seqs(attributes);
            }
            _ => {}
        }
    }

    /// Updates the view from the code of a tagged OK: READ-ONLY and READ-WRITE of SELECT,
    /// HIGHESTMODSEQ of STORE and EXPUNGE.
    pub fn apply_code(&mut self, code: &ResponseCode<'_>) {
        match code {
            ResponseCode::UidValidity(value) => {
                if self.uid_validity.is_some_and(|known| known != *value) || value.get() == 0 {
                    self.needs(Resync::UidValidityChanged);
                }
                self.uid_validity = Some(*value);
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
            ResponseCode::PermanentFlags(flags) => {
                self.permanent_flags = Some(flags.clone().into_owned())
            }
            ResponseCode::MailboxId(id) => self.mailbox_id = Some(id.to_str_lossy().into_owned()),
            _ => {}
        }
    }

    /// Compares with a stored state. Call it when SELECT is answered.
    pub fn compare(&mut self, stored: &SyncState) {
        if self.uid_validity != Some(stored.uid_validity) {
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

    /// Whether the mailbox cannot be written.
    pub const fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// The permanent flags; `None` if the server sent none (then all flags are, RFC 3501 section
    /// 7.1).
    pub const fn permanent_flags(&self) -> Option<&Flags<'static>> {
        self.permanent_flags.as_ref()
    }

    /// MAILBOXID (RFC 8474), which a rename does not change.
    pub fn mailbox_id(&self) -> Option<&str> {
        self.mailbox_id.as_deref()
    }

    /// The state to store. `None` without UIDVALIDITY or if a resync is needed: a doubtful state
    /// must not replace a good one.
    pub fn sync_state(&self) -> Option<SyncState> {
        let uid_validity = self.uid_validity.filter(|_| self.resync.is_none())?;
        Some(SyncState {
            uid_validity,
            uid_next: self.uid_next,
            highest_mod_seq: self.highest_mod_seq,
        })
    }

    /// The first contradiction.
    pub const fn resync_needed(&self) -> Option<Resync> {
        self.resync
    }

    /// The UID of a message, if it is known and the map is kept.
    #[must_use]
    pub fn uid(&self, seq: SeqNumber) -> Option<Uid> {
        let numbers = self.numbers.as_ref()?;
        let place = numbers.binary_search_by_key(&seq.get(), |(seq, _)| *seq).ok()?;
        numbers.get(place).map(|(_, uid)| *uid)
    }

    /// The current number of a message, if its UID is known and the map is kept.
    #[must_use]
    pub fn seq(&self, uid: Uid) -> Option<SeqNumber> {
        let numbers = self.numbers.as_ref()?;
        let place = numbers.binary_search_by_key(&uid, |(_, uid)| *uid).ok()?;
        SeqNumber::new(numbers.get(place)?.0)
    }

    fn needs(&mut self, resync: Resync) {
        self.resync.get_or_insert(resync);
    }

    fn exists(&mut self, count: u32) {
        let last = self.numbers.as_ref().and_then(|numbers| numbers.last());
        if (self.announced && count < self.exists) || last.is_some_and(|(seq, _)| *seq > count) {
            self.needs(Resync::ExistsFell);
            if let Some(numbers) = &mut self.numbers {
                numbers.clear();
            }
        }
        self.announced = true;
        self.exists = count;
    }

    /// An EXPUNGE lowers the count by itself (RFC 9051 section 7.5.1).
    fn expunge(&mut self, seq: SeqNumber) {
        let seq = seq.get();
        if seq > self.exists {
            return self.needs(Resync::UnknownMessage);
        }
        self.exists -= 1;
        let Some(numbers) = &mut self.numbers else {
            return;
        };
        let mut place = numbers.partition_point(|(known, _)| *known < seq);
        if numbers.get(place).is_some_and(|(known, _)| *known == seq) {
            numbers.remove(place);
        }
        while let Some((known, _)) = numbers.get_mut(place) {
            *known -= 1;
            place += 1;
        }
    }

    /// A set may name UIDs that never existed (RFC 7162 section 3.2.10.2). If it may mean messages
    /// whose UID is unknown, the numbers after them become unknown.
    fn vanish(&mut self, uids: &UidRanges<'_>) {
        let Some(numbers) = &mut self.numbers else {
            // Without the map the count is unknown until the server sends EXISTS.
            self.announced = false;
            return;
        };
        let spans = merged(uids);
        let mut spans = spans.iter().peekable();
        // The effect on the UIDs from `low` to `high`, which ascend from call to call.
        let mut gone = |low: u32, high: u32| {
            while spans.next_if(|(_, end)| *end < low).is_some() {}
            match spans.peek() {
                Some((start, end)) if *start <= low && *end >= high => Gone::All,
                Some((start, _)) if *start <= high => Gone::Perhaps,
                _ => Gone::None,
            }
        };
        let (mut last_seq, mut last_uid) = (0, 0);
        let mut vanished = 0;
        let mut certain = true;
        numbers.retain_mut(|(seq, uid)| {
            let unknown = *seq - last_seq - 1;
            if certain && unknown > 0 {
                match gone(last_uid + 1, uid.get() - 1) {
                    Gone::All => vanished += unknown,
                    Gone::Perhaps => certain = false,
                    Gone::None => {}
                }
            }
            if !certain {
                return false;
            }
            (last_seq, last_uid) = (*seq, uid.get());
            if gone(uid.get(), uid.get()) == Gone::All {
                vanished += 1;
                return false;
            }
            *seq -= vanished;
            true
        });
        // And those after the last known one.
        let unknown = self.exists.saturating_sub(last_seq);
        if certain && unknown > 0 && gone(last_uid.saturating_add(1), u32::MAX) != Gone::None {
            certain = false;
        }
        self.exists = self.exists.saturating_sub(vanished);
        self.announced &= certain;
    }

    /// UIDs below the next one have been seen.
    fn saw(&mut self, uid: Uid) {
        self.uid_next = self.uid_next.max(uid.get().saturating_add(1));
    }

    fn fetch(&mut self, fetch: &Fetch<'_>) {
        self.mod_seqs(&fetch.attributes);
        let seq = fetch.seq.get();
        if seq > self.exists {
            return self.needs(Resync::UnknownMessage);
        }
        let Some(uid) = fetch.uid() else {
            return;
        };
        if let Some(numbers) = &mut self.numbers {
            let place = numbers.partition_point(|(known, _)| *known < seq);
            let (before, behind) = numbers.split_at_checked(place).unwrap_or_default();
            let before = before.last().copied().map(|(seq, uid)| (seq, uid.get()));
            let behind = behind.first().copied().map(|(seq, uid)| (seq, uid.get()));
            let this = (seq, uid.get());
            if behind == Some(this) {
                return;
            }
            if rises(before.unwrap_or_default(), this)
                && behind.is_none_or(|behind| rises(this, behind))
            {
                numbers.insert(place, (seq, uid));
            } else {
                return self.needs(Resync::UidContradicts);
            }
        }
        self.saw(uid);
    }

    fn mod_seqs(&mut self, attributes: &Attributes<'_>) {
        // The MODSEQ of one message is no lower bound of the mailbox's until all changes came: only
        // HIGHESTMODSEQ is.
        if self.no_mod_seq
            && attributes.iter().any(
                |attribute| matches!(attribute, FetchAttribute::ModSeq(value) if value.get() > 0),
            )
        {
            self.no_mod_seq = false;
        }
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

/// Whether the UIDs ascend at least as fast as the numbers: each message between has a UID.
fn rises(one: (u32, u32), next: (u32, u32)) -> bool {
    next.0 > one.0 && next.1 > one.1 && next.1 - one.1 >= next.0 - one.0
}

/// The effect of VANISHED on some UIDs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gone {
    All,
    Perhaps,
    None,
}

/// The ranges in ascending order, adjacent ones merged. Linear in the number of ranges.
fn merged(uids: &UidRanges<'_>) -> Vec<(u32, u32)> {
    let mut spans: Vec<(u32, u32)> =
        uids.into_iter().map(|range| (range.low().get(), range.high().get())).collect();
    spans.sort_unstable();
    spans.dedup_by(|next, span| {
        let touches = next.0 <= span.1.saturating_add(1);
        if touches {
            span.1 = span.1.max(next.1);
        }
        touches
    });
    spans
}

#[cfg(test)]
mod tests;
