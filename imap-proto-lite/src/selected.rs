//! What a client knows of the selected mailbox, kept consistent from the lines that come: an optional helper.
//!
//! Feed it every [`Untagged`](crate::client::Event::Untagged) line between a SELECT and the next one. It never guesses:
//! where the server contradicts itself [`resync_needed`](Selected::resync_needed) says why, and stays.

use alloc::{string::String, vec::Vec};
use core::{fmt, str::FromStr};

use crate::{
    flag::Flags,
    response::{Attributes, Condition, FetchAttribute, Response, ResponseCode},
    sequence::{ModSeq, SeqNumber, Uid, UidValidity},
};

/// Why what is known cannot be trusted any more: SELECT again and fetch anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Resync {
    /// The mailbox is another one than the stored state is of (RFC 9051 section 2.3.1.1): forget all UIDs.
    UidValidityChanged,
    /// EXISTS fell without EXPUNGE (Domino does so).
    ExistsFell,
    /// EXPUNGE of a message that was not there.
    UnknownMessage,
    /// A message has another UID than before, one of 0, or UIDs do not rise.
    UidContradicts,
    /// UIDNEXT or HIGHESTMODSEQ went backwards, or the mailbox lost its modification sequences (NOMODSEQ).
    WentBackwards,
}

/// What a client has to store to go on later: an explicit value with a text form.
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
#[expect(
    clippy::exhaustive_structs,
    reason = "RFC 7162 section 3.2.5 wants these, and no more"
)]
pub struct SyncState {
    /// Which mailbox this is.
    pub uid_validity: UidValidity,
    /// UIDs below it have been seen; 0 is not known.
    pub uid_next: u32,
    /// Changes up to it have been seen; `None` without CONDSTORE.
    pub highest_mod_seq: Option<ModSeq>,
}

/// The text is no [`SyncState`].
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
        let uid_validity = field()?
            .parse()
            .map(UidValidity::new)
            .map_err(|_| NotASyncState)?;
        let uid_next = field()?.parse().map_err(|_| NotASyncState)?;
        let highest_mod_seq = match field()? {
            "-" => None,
            number => Some(ModSeq::new(number.parse().map_err(|_| NotASyncState)?)),
        };
        if fields.next().is_some() {
            return Err(NotASyncState);
        }
        Ok(Self {
            uid_validity,
            uid_next,
            highest_mod_seq,
        })
    }
}

/// The view of the selected mailbox.
///
/// Memory grows with the messages of the mailbox only if [`Selected::with_numbers`] asked for the map: eight octets each.
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
    /// The UID of each message, as far as it came.
    numbers: Option<Vec<Option<Uid>>>,
    resync: Option<Resync>,
}

impl Selected {
    /// Of a mailbox whose SELECT is being sent.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, keeping which UID each sequence number has.
    #[must_use]
    pub fn with_numbers() -> Self {
        Self {
            numbers: Some(Vec::new()),
            ..Self::default()
        }
    }

    /// Takes what concerns the mailbox from a response.
    pub fn apply(&mut self, response: &Response<'_>) {
        match response {
            // What came before was of the old mailbox (RFC 7162 section 3.2.11).
            Response::Condition {
                code: Some(ResponseCode::Closed),
                ..
            } => {
                let numbers = self.numbers.as_ref().map(|_| Vec::new());
                *self = Self {
                    numbers,
                    ..Self::default()
                };
            }
            Response::Condition {
                condition: Condition::Ok,
                code: Some(code),
                ..
            } => self.apply_code(code),
            Response::Exists(count) => self.exists(*count),
            Response::Expunge(seq) => self.expunge(*seq),
            Response::Vanished {
                earlier: false,
                uids,
            } => {
                for range in uids {
                    self.vanish(range.low(), range.high());
                }
            }
            Response::Fetch(fetch) => self.fetch(fetch.seq, &fetch.attributes),
            Response::UidFetch { attributes, .. } => self.mod_seqs(attributes),
            _ => {}
        }
    }

    /// Takes the code of a tagged OK: READ-ONLY and READ-WRITE of SELECT, HIGHESTMODSEQ of STORE and EXPUNGE.
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

    /// Compares with what was stored at an earlier time; call it when SELECT is answered.
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
    #[must_use]
    pub const fn message_count(&self) -> u32 {
        self.exists
    }

    /// Whether the mailbox cannot be written.
    #[must_use]
    pub const fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// The flags that last; `None` if the server did not say (all of them then, RFC 3501 section 7.1).
    #[must_use]
    pub const fn permanent_flags(&self) -> Option<&Flags<'static>> {
        self.permanent_flags.as_ref()
    }

    /// MAILBOXID (RFC 8474): stays when the mailbox is renamed.
    #[must_use]
    pub fn mailbox_id(&self) -> Option<&str> {
        self.mailbox_id.as_deref()
    }

    /// What to store; `None` without UIDVALIDITY, or where a resync is needed: stored values are never replaced by doubtful ones.
    #[must_use]
    pub fn sync_state(&self) -> Option<SyncState> {
        let uid_validity = self.uid_validity.filter(|_| self.resync.is_none())?;
        Some(SyncState {
            uid_validity,
            uid_next: self.uid_next,
            highest_mod_seq: self.highest_mod_seq,
        })
    }

    /// The first contradiction.
    #[must_use]
    pub const fn resync_needed(&self) -> Option<Resync> {
        self.resync
    }

    /// The UID of a message, if the map is kept and it came.
    #[must_use]
    pub fn uid(&self, seq: SeqNumber) -> Option<Uid> {
        *self.numbers.as_ref()?.get(index(seq))?
    }

    /// The number of a message now, if the map is kept and its UID came.
    #[must_use]
    pub fn seq(&self, uid: Uid) -> Option<SeqNumber> {
        let place = self
            .numbers
            .as_ref()?
            .iter()
            .position(|known| *known == Some(uid))?;
        SeqNumber::new(u32::try_from(place).ok()?.checked_add(1)?)
    }

    fn needs(&mut self, resync: Resync) {
        self.resync.get_or_insert(resync);
    }

    fn exists(&mut self, count: u32) {
        if self.announced && count < self.exists {
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
        if seq.get() > self.exists {
            return self.needs(Resync::UnknownMessage);
        }
        self.exists -= 1;
        if let Some(numbers) = &mut self.numbers
            && index(seq) < numbers.len()
        {
            numbers.remove(index(seq));
        }
    }

    /// Which messages these are is known with the map only; a set may name UIDs that nobody ever saw (RFC 7162 section 3.2.10.2).
    fn vanish(&mut self, low: Uid, high: Uid) {
        let Some(numbers) = &mut self.numbers else {
            // Without the map the count is a guess from here on; the server says it again.
            self.announced = false;
            return;
        };
        let before = numbers.len();
        let unknown = numbers.iter().filter(|uid| uid.is_none()).count();
        numbers.retain(|uid| uid.is_none_or(|uid| uid < low || uid > high));
        let gone = u32::try_from(before - numbers.len()).unwrap_or(u32::MAX);
        self.exists = self.exists.saturating_sub(gone);
        if unknown > 0 || numbers.len() < usize::try_from(self.exists).unwrap_or(usize::MAX) {
            self.announced = false;
        }
    }

    fn fetch(&mut self, seq: SeqNumber, attributes: &Attributes<'_>) {
        self.mod_seqs(attributes);
        let uid = attributes.iter().find_map(|attribute| {
            if let FetchAttribute::Uid(uid) = attribute {
                Some(uid)
            } else {
                None
            }
        });
        if seq.get() > self.exists {
            return self.needs(Resync::UnknownMessage);
        }
        let (Some(uid), Some(numbers)) = (uid, &mut self.numbers) else {
            return;
        };
        if numbers.len() <= index(seq) {
            // Only messages that were announced have a place: `seq` is not above EXISTS.
            numbers.resize(index(seq) + 1, None);
        }
        let before = numbers
            .get(..index(seq))
            .unwrap_or_default()
            .iter()
            .rev()
            .flatten()
            .next()
            .copied();
        let after = numbers
            .get(index(seq) + 1..)
            .unwrap_or_default()
            .iter()
            .flatten()
            .next()
            .copied();
        let Some(place) = numbers.get_mut(index(seq)) else {
            return;
        };
        if place.is_some_and(|known| known != uid)
            || before.is_some_and(|before| before >= uid)
            || after.is_some_and(|after| after <= uid)
        {
            return self.needs(Resync::UidContradicts);
        }
        *place = Some(uid);
        self.uid_next = self.uid_next.max(uid.get().saturating_add(1));
    }

    fn mod_seqs(&mut self, attributes: &Attributes<'_>) {
        // One message's MODSEQ says nothing of the mailbox's before all changes came: HIGHESTMODSEQ is the server's word.
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

fn index(seq: SeqNumber) -> usize {
    usize::try_from(seq.get() - 1).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;
    use crate::parse;

    fn view(lines: &[&str]) -> Selected {
        let mut view = Selected::with_numbers();
        for line in lines {
            view.apply(&parse::response(
                alloc::format!("* {line}\r\n").as_bytes(),
                &[],
            ));
        }
        view
    }

    const OPENED: [&str; 6] = [
        "3 EXISTS",
        "OK [UIDVALIDITY 7] x",
        "OK [UIDNEXT 10] x",
        "OK [HIGHESTMODSEQ 90] x",
        "1 FETCH (UID 2)",
        "3 FETCH (UID 9)",
    ];

    fn then(lines: &[&str]) -> Selected {
        view(&[&OPENED, lines].concat())
    }

    fn uids(view: &Selected) -> Vec<u32> {
        (1..=view.message_count())
            .map(|seq| view.uid(SeqNumber::new(seq).unwrap()).map_or(0, Uid::get))
            .collect()
    }

    #[test]
    fn counts_and_numbers_follow_the_lines() {
        let view = then(&[
            "2 EXPUNGE",
            "5 EXISTS",
            "4 FETCH (UID 12 FLAGS ())",
            "1 EXPUNGE",
        ]);
        assert_eq!(view.resync_needed(), None);
        assert_eq!(uids(&view), [9, 0, 12, 0]);
        assert_eq!(view.seq(Uid::new(12).unwrap()), SeqNumber::new(3));
        assert_eq!(view.sync_state().unwrap().to_string(), "7:13:90");
        let view = then(&["2 FETCH (UID 5)", "VANISHED 4:6,9,100:4294967295"]);
        assert_eq!(uids(&view), [2]);
        let view = then(&["VANISHED (EARLIER) 2"]);
        assert_eq!(uids(&view), [2, 0, 9]);
    }

    #[test]
    fn contradictions_ask_for_a_resync_and_stay() {
        for (lines, resync) in [
            (&["2 EXISTS"][..], Resync::ExistsFell),
            (&["4 EXPUNGE"], Resync::UnknownMessage),
            (&["4 FETCH (UID 12)"], Resync::UnknownMessage),
            (&["1 FETCH (UID 3)"], Resync::UidContradicts),
            (&["2 FETCH (UID 9)"], Resync::UidContradicts),
            (&["OK [UIDVALIDITY 8] x"], Resync::UidValidityChanged),
            (&["OK [UIDNEXT 3] x"], Resync::WentBackwards),
            (&["OK [HIGHESTMODSEQ 3] x"], Resync::WentBackwards),
            (&["OK [NOMODSEQ] x"], Resync::WentBackwards),
        ] {
            let mut view = then(lines);
            assert_eq!(view.resync_needed(), Some(resync), "{lines:?}");
            assert_eq!(view.sync_state(), None, "doubtful values are not stored");
            view.apply(&Response::Exists(100));
            assert_eq!(view.resync_needed(), Some(resync));
        }
    }

    #[test]
    fn a_stored_state_is_compared() {
        let state = then(&[]).sync_state().unwrap();
        let mut same = then(&[]);
        same.compare(&state);
        assert_eq!(same.resync_needed(), None);
        for (stored, resync) in [
            (
                SyncState {
                    uid_validity: UidValidity::new(8),
                    ..state
                },
                Resync::UidValidityChanged,
            ),
            (
                SyncState {
                    uid_next: 11,
                    ..state
                },
                Resync::WentBackwards,
            ),
            (
                SyncState {
                    highest_mod_seq: Some(ModSeq::new(91)),
                    ..state
                },
                Resync::WentBackwards,
            ),
        ] {
            let mut view = then(&[]);
            view.compare(&stored);
            assert_eq!(view.resync_needed(), Some(resync));
        }
    }

    #[test]
    fn closed_ends_the_old_mailbox() {
        let view = then(&["OK [CLOSED] x", "1 EXISTS", "OK [UIDVALIDITY 8] x"]);
        assert_eq!((view.message_count(), view.resync_needed()), (1, None));
        assert_eq!(uids(&view), [0]);
    }

    #[test]
    fn sync_states_are_text_and_back() {
        for text in ["1:2:3", "0:0:-"] {
            let state: SyncState = text.parse().unwrap();
            assert_eq!(state.to_string(), text);
        }
        for bad in [
            "",
            "1:2",
            "1:2:3:4",
            "x:2:3",
            "1:2:",
            "1:-2:3",
            "5000000000:1:1",
        ] {
            assert_eq!(bad.parse::<SyncState>(), Err(NotASyncState), "{bad}");
        }
    }
}
